// Rows that versions before this one wrote, and are written no more: they are read as ever (N1).

import { expect, test } from 'vitest';
import { decode, encode, type Plain } from '../../vm/bytecode/codec.ts';
import type { Machine } from '../../vm/machine/machine.ts';
import { KIND } from '../../vm/snapshot/kinds.ts';
import {
  advance,
  begin,
  chunksOf,
  encodeDelta,
  linkText,
  optionsFor,
  restoreMachine,
} from './programs.ts';

type Rewrite = (row: readonly Plain[]) => Plain[];

/** A script's end, moved after some steps with the rows of a kind as they were written once. */
function endOf(text: string, steps: number, kind: number, rewrite: Rewrite): string {
  const program = linkText(text);
  const before = begin(program, 'plain');
  advance(before, steps);
  encodeDelta(before);
  let found = 0;
  const chunks = chunksOf(before).map((bytes) => {
    const chunk = decode(bytes) as Plain[];
    const rows = (chunk[3] as Plain[][]).map((row) => {
      if (row[0] !== kind) return row;
      found++;
      return rewrite(row);
    });
    return encode([...chunk.slice(0, 3), rows]);
  });
  expect(found).toBeGreaterThan(0);
  const machine = restoreMachine(optionsFor(program, 'plain'), { checkpoint: chunks, deltas: [] });
  advance(machine, 10_000);
  return printed(before) + printed(machine);
}

function printed(machine: Machine): string {
  return machine
    .takeOutput()
    .map(({ text }) => text)
    .join('');
}

test('an iterator over a dict that does not count goes on, and does not complain', () => {
  const text = `
d = {1: 1, 2: 2, 3: 3}
for key in d:
    print(key, end=' ')
    if key == 1:
        d[4] = d.pop(2)
print('end')
`;
  const uncounted: Rewrite = (row) => [KIND.ITERATOR, ...row.slice(1, 6)];
  for (let steps = 30; steps < 40; steps++) {
    expect(endOf(text, steps, KIND.DICT_ITERATOR, uncounted)).toBe('1 3 4 end\n');
  }
});
