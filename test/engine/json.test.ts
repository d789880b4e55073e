// The module json against what CPython printed for the same program.

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { World } from './sim.ts';

const read = (name: string): string => readFileSync(new URL(name, import.meta.url), 'utf8');

test('json reads and writes as CPython does', async () => {
  const world = await World.open();
  const ending = await world.run(read('json.flow'));
  if (ending.kind === 'failed') throw new Error(ending.traceback);
  const expected = read('json.txt').split('\n');
  const printed = world.stdout.split('\n');
  for (const [i, line] of expected.entries()) {
    expect(`${i + 1}: ${printed[i]}`).toBe(`${i + 1}: ${line}`);
  }
  expect(printed.length).toBe(expected.length);
});
