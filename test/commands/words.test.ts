// The small words of the commands: ids, arguments, lengths of time, tables.

import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { argumentText, readLabels, readQuotas } from '../../bin/arguments.ts';
import { findRun, speakable } from '../../bin/ids.ts';
import { bytes, clockTime, duration, fromNow } from '../../bin/moments.ts';
import { clip, table } from '../../bin/table.ts';
import { CommandError, UsageError } from '../../bin/told.ts';
import { openMemoryStore } from '../../vm/store/memory.ts';
import type { Store } from '../../vm/store/store.ts';

describe('ids', () => {
  test('are words of consonants and vowels, one for each number', () => {
    expect(speakable(Uint8Array.of(127, 0, 0, 1))).toBe('lusab-babad');
    expect(speakable(Uint8Array.of(63, 84, 220, 193))).toBe('gutih-tugad');
    const all = new Set<string>();
    for (let i = 0; i < 0x10000; i++) all.add(speakable(Uint8Array.of(i >> 8, i & 0xff)));
    expect(all.size).toBe(0x10000);
  });

  test('may be cut short where that is clear', async () => {
    const store = await storeWith('lusab-babad', 'lusab-babas', 'gutih-tugad');
    expect((await findRun(store, 'lusab-babad')).run).toBe('lusab-babad');
    expect((await findRun(store, 'g')).run).toBe('gutih-tugad');
    const refused = async (text: string): Promise<CommandError> =>
      await findRun(store, text).then(
        () => expect.unreachable(),
        (error: unknown) => (error instanceof CommandError ? error : expect.unreachable()),
      );
    expect(await refused('lusab')).toMatchObject({
      message: "'lusab' is the beginning of 2 runs",
      help: ['lusab-babad, lusab-babas'],
    });
    expect(await refused('gutih-tugda')).toMatchObject({ help: ['did you mean gutih-tugad?'] });
    expect(await refused('')).toMatchObject({ message: "there is no run ''" });
    expect(await refused('no such run!')).toMatchObject({ help: ['to see all runs: flowvm ps'] });
  });
});

async function storeWith(...runs: string[]): Promise<Store> {
  const store = await openMemoryStore({ home: 'here', create: { id: 'store', atMs: 0 } });
  const code = Uint8Array.of(1);
  const program = createHash('sha256').update(code).digest('hex');
  await store.putCode(program, code);
  for (const run of runs) {
    await store.createRun({
      run,
      program,
      entry: '',
      input: new Uint8Array(),
      createdMs: 0,
      seed: new Uint8Array(16),
    });
  }
  return store;
}

describe('arguments', () => {
  test.each([
    ['12', '12'],
    ['123456789012345678901234567890', '123456789012345678901234567890'],
    ['{"a": [1, null]}', '{"a": [1, null]}'],
    ['true', 'true'],
    ['"quoted"', '"quoted"'],
    ['host-7', '"host-7"'],
    ['007', '"007"'],
    ['None', '"None"'],
    ['', '""'],
    ['{"a"', '"{\\"a\\""'],
    ['NaN', '"NaN"'],
    ['['.repeat(2000) + ']'.repeat(2000), `"${'['.repeat(2000) + ']'.repeat(2000)}"`],
    ['9'.repeat(5000), `"${'9'.repeat(5000)}"`],
  ])('%j is %s', (word, json) => {
    expect(argumentText(word)).toBe(json);
  });

  test('labels are names with values', () => {
    expect(readLabels(['team=ops', 'note=a=b', 'empty='])).toEqual({
      team: 'ops',
      note: 'a=b',
      empty: '',
    });
    for (const wrong of ['team', '=ops', 'a b=c']) {
      expect(() => readLabels([wrong])).toThrow(UsageError);
    }
  });

  test('quotas are names with whole numbers', () => {
    expect(readQuotas([])).toEqual({});
    expect(readQuotas(['tasks=3', 'log=0', 'tasks=4'])).toEqual({ tasks: 4, log: 0 });
    for (const wrong of [
      'tasks',
      'tasks=',
      'tasks=0',
      'tasks=1e3',
      'log=-1',
      'log=1.5',
      '=3',
      'x=3',
    ]) {
      expect(() => readQuotas([wrong])).toThrow(UsageError);
    }
    expect(() => readQuotas(['toString=3'])).toThrow("there is no quota 'toString'");
    expect(() => readQuotas([`log=${'9'.repeat(20)}`])).toThrow('no limit of log');
  });
});

describe('moments', () => {
  test.each([
    [0, '0 ms'],
    [999, '999 ms'],
    [1000, '1 s'],
    [61_500, '1 min 1 s'],
    [3_600_000, '1 h'],
    [90_061_000, '1 d 1 h'],
    [-5, '0 ms'],
  ])('%i ms is %s', (ms, text) => {
    expect(duration(ms)).toBe(text);
  });

  test('are told from now', () => {
    expect(fromNow(10_000, 5000)).toBe('in 5 s');
    expect(fromNow(5000, 70_000)).toBe('1 min 5 s ago');
    expect(fromNow(5000, 5999)).toBe('now');
    expect(clockTime(Number.MAX_SAFE_INTEGER)).toMatch(/ ms$/);
  });

  test.each([
    [1, '1 byte'],
    [999, '999 bytes'],
    [1200, '1.2 KB'],
    [25_000_000, '25 MB'],
  ])('%i is %s', (count, text) => {
    expect(bytes(count)).toBe(text);
  });
});

test('tables are as wide as their words', () => {
  const rows = [
    ['RUN', 'STATUS', ''],
    ['lusab-babad', 'waiting', ''],
    ['é', 'x', 'line 3'],
  ];
  expect(table(rows)).toBe(
    'RUN          STATUS\nlusab-babad  waiting\né            x        line 3\n',
  );
  expect(clip('one\n  two', 20)).toBe('one two');
  expect(clip('abcdef', 4)).toBe('abc…');
  expect(clip('a\u001b[31mb', 9)).toBe('a\uFFFD[31mb');
});
