// The test of writes, short: `npm run crash -- --writes` is the long one, with every fault at every
// write.

import { expect, test } from 'vitest';
import { writesTest } from './writes.ts';

test('a fault at any write changes nothing', { timeout: 240_000 }, async () => {
  // As the store is made, the run is made, requests go out, an answer comes in, a state is kept.
  const points = [
    { fault: 'after', write: 1 },
    { fault: 'full', write: 2 },
    { fault: 'before', write: 5, again: 2 },
    { fault: 'denied', write: 8 },
    { fault: 'during', write: 12 },
  ];
  const { wrong, tried, beyond } = await writesTest({ points, seed: 1, seconds: 200 });
  expect(wrong).toEqual([]);
  expect({ tried, beyond }).toEqual({ tried: points.length, beyond: 0 });
});
