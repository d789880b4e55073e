// The crash test, short: `node test/crash/crash.ts` is the long one, with its seed and budget.

import { expect, test } from 'vitest';
import { crashTest } from './crash.ts';

test('twelve kills change nothing', { timeout: 240_000 }, async () => {
  const report = await crashTest({ kills: 12, seed: 7, runs: 3, rounds: 3, seconds: 120 });
  expect(report.wrong).toEqual([]);
  expect(report.kills).toBeGreaterThanOrEqual(12);
  expect(report.runs).toBeGreaterThanOrEqual(3);
});
