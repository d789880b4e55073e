// The campaign of damages, short: each kind of damage to a row of each table. `npm run damage` does
// all of it to every row.

import { expect, test } from 'vitest';
import { damagesTest } from './damages.ts';

test('whatever is done to a row is found and placed, and other runs go on', async () => {
  const report = await damagesTest({ seed: 11, seconds: 200, bits: 1, short: 8 });
  expect(report.wrong).toEqual([]);
  expect(report.left).toBe(0);
  // One in each table; and those that can be: a table may have one row, or rows of one run.
  expect(report.done).toMatchObject({ 'a flipped bit': 22, 'a lost row': 22 });
  for (const count of Object.values(report.done)) expect(count).toBeGreaterThan(5);
}, 240_000);
