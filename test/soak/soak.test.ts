// A few seconds of the soak test; `npm run soak` does it for as long as one likes.

import { expect, test } from 'vitest';
import { soak } from './soak.ts';

test('the books balance after some seconds of everything', { timeout: 120_000 }, async () => {
  const report = await soak({ seconds: 4, runs: 3, seed: 3 });
  expect(report.wrong).toEqual([]);
  expect(report.kills).toBeGreaterThan(0);
  expect(report.turns).toBeGreaterThan(3);
  expect(report.lines).toBeGreaterThan(15);
});
