// Of regular expressions, what no program can show: the numbers in the loop's switch, and that a
// match as bytes can be gone on with from any step, and is refused where it is damaged.

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { Bytes } from '../../vm/values/collections.ts';
import { Raised } from '../../vm/values/exception.ts';
import { compilePattern } from '../../stdlib/natives/regex-compile.ts';
import { Matcher } from '../../stdlib/natives/regex-match.ts';
import { HOW, OP } from '../../stdlib/natives/regex-program.ts';
import { KIND } from '../../stdlib/natives/regex-stack.ts';
import { restoreMatch, saveMatch } from '../../stdlib/natives/regex-state.ts';
import { subjectOf } from '../../stdlib/natives/regex-subject.ts';

const LOOP = readFileSync('stdlib/natives/regex-execute.ts', 'utf8');

/** Patterns that keep something of every kind, and a text they work on for some steps. */
const CASES: readonly (readonly [pattern: string, text: string])[] = [
  ['(?:(a)|b|(?:ba)*?)*(c)', 'abbabaabd'],
  ['(?:(?=(a+?))\\1|(?>b+)|(?!c)(?:.b)*+)*c', 'aabbabad'],
  ['(?:a*?(b+)){2,3}?(?<=b)c', 'abababbb'],
  ['(x)?(?:(?(1)y|a)|(?:b?){2,4}+)+$', 'aababad'],
];

function spans(matcher: Matcher): readonly number[] {
  return [matcher.start, matcher.pos, ...matcher.marks.slice(0, matcher.lastMark + 1)];
}

describe('regular expressions', () => {
  test('the numbers in the switch are those of the tables', () => {
    const cases = [...LOOP.matchAll(/case (\d+) \/\* (\w+) \*\//g)];
    const found = cases.map(([, number, name]) => [name ?? '', Number(number)] as const);
    const tables: Readonly<Record<string, number>> = { ...OP, ...KIND };
    for (const [name, number] of found) expect([name, number]).toEqual([name, tables[name]]);
    const missing = Object.keys(tables).filter((name) => !found.some(([each]) => each === name));
    expect(missing).toEqual(['FAIL']);
  });

  test.each(CASES)('%s goes on from any step, made anew from bytes', (pattern, text) => {
    const program = compilePattern(pattern, true, 0);
    const subject = subjectOf(text);
    const whole = new Matcher(program, subject, 0, text.length, HOW.search, false);
    const answer = whole.run(1_000_000);
    const expected = answer === 'found' ? spans(whole) : answer;
    let matcher = new Matcher(program, subject, 0, text.length, HOW.search, false);
    let steps = 0;
    while (matcher.run(1) === 'spent') {
      const state = saveMatch(matcher);
      matcher = restoreMatch(program, subject, new Bytes(state.bytes));
      expect(saveMatch(matcher).bytes).toEqual(state.bytes);
      steps++;
    }
    expect(steps).toBeGreaterThan(5);
    expect(answer === 'found' ? spans(matcher) : answer).toEqual(expected);
  });

  test('what a match has to remember is bounded', () => {
    const program = compilePattern('(?:(a)|b)*', true, 0);
    const matcher = (text: string): Matcher =>
      new Matcher(program, subjectOf(text), 0, text.length, HOW.match, false);
    expect(matcher('ab'.repeat(100_000)).run(Infinity)).toBe('found');
    expect(() => matcher('ab'.repeat(1_000_000)).run(Infinity)).toThrow('MemoryError');
  });

  test.each(CASES)('%s: damaged bytes are refused, or do no harm', (pattern, text) => {
    const program = compilePattern(pattern, true, 0);
    const subject = subjectOf(text);
    const matcher = new Matcher(program, subject, 0, text.length, HOW.search, false);
    for (let turn = 0; turn < 30 && matcher.run(2) === 'spent'; turn++) {
      const { bytes } = saveMatch(matcher);
      for (let at = 0; at < bytes.length; at += 1 + (turn % 3)) {
        for (const value of [0, 1, 9, 0x7f, 0xff]) {
          const damaged = Uint8Array.from(bytes);
          damaged[at] = value;
          try {
            restoreMatch(program, subject, new Bytes(damaged)).run(1000);
          } catch (problem) {
            expect(problem).toBeInstanceOf(Raised);
          }
        }
      }
      restoreMatch(program, subject, new Bytes(bytes)).run(0);
    }
  });
});
