// Every snippet is read as CPython 3.11 reads it: the same tree with the same places, or a refusal.

import { describe, expect, test } from 'vitest';

import { Report } from '../../../compiler/diagnostics/report.ts';
import { Source } from '../../../compiler/diagnostics/source.ts';
import { parse } from '../../../compiler/syntax/parse.ts';
import { canonical } from './canonical.ts';
import { readSnippets, SNIPPET_FILES } from './snippets.ts';

for (const name of SNIPPET_FILES) {
  describe(name, () => {
    test.each(readSnippets(name))(`${name}.txt:$line`, ({ text, expected }) => {
      if (expected === null) throw new Error('run write-expected.ts');
      const source = new Source(name, text);
      const report = new Report();
      const tree = parse(source, report);
      if ('error' in expected) {
        expect(report.hasErrors).toBe(true);
      } else {
        expect(report.errors.map(({ title }) => title)).toEqual([]);
        expect(canonical(tree!, source)).toBe(expected.tree);
      }
    });
  });
}

/** The same text with other line ends has the same tree; lines keep their numbers. */
describe.each([
  ['CR LF', '\r\n'],
  ['CR', '\r'],
])('with %s', (_, lineEnd) => {
  test.each(readSnippets('statements'))(`statements.txt:$line`, ({ text, expected }) => {
    if (expected === null || 'error' in expected) throw new Error('run write-expected.ts');
    const source = new Source('statements', text.replaceAll('\n', lineEnd));
    const report = new Report();
    const tree = parse(source, report);
    expect(report.errors.map(({ title }) => title)).toEqual([]);
    expect(canonical(tree!, source)).toBe(expected.tree);
  });
});

test('a byte order mark and a missing last line break change nothing', () => {
  const [first] = readSnippets('statements').filter(({ text }) => text.startsWith('x = 1\n'));
  if (first?.expected === null || first === undefined || 'error' in first.expected) {
    throw new Error('run write-expected.ts');
  }
  const source = new Source('statements', `\uFEFF${first.text.trimEnd()}`);
  const tree = parse(source, new Report());
  expect(canonical(tree!, source)).toBe(first.expected.tree);
});

test('await may stand in any function, and outside of one', () => {
  const source = new Source('await', 'def f(): return await x\nawait y\n');
  const report = new Report();
  const tree = parse(source, report);
  expect(report.errors).toEqual([]);
  expect(canonical(tree!, source)).toContain('Await@1:16-1:23(Name@1:22-1:23("x"))');
});
