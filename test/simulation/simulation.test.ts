// The simulation, short: `npm run simulate` is the long one.

import { describe, expect, test } from 'vitest';
import { Stage, Tally } from './campaign.ts';
import { BREAKAGES } from './sabotages.ts';

const stage = new Stage();

describe('the simulation', () => {
  test('twenty stories, and nothing goes wrong that must not', async () => {
    const tally = new Tally();
    for (let seed = 1; seed <= 20; seed++) {
      const report = await stage.play(seed);
      expect([seed, report.violation]).toEqual([seed, null]);
      tally.add(report);
    }
    expect(tally.crashPoints).toBeGreaterThan(150);
    expect(tally.faults.size).toBeGreaterThan(12);
  });

  test('the same seed twice gives the same story', async () => {
    for (const seed of [7, 8]) {
      const first = await stage.play(seed, { isTraced: true });
      const second = await stage.play(seed, { isTraced: true });
      expect(second.trace).toEqual(first.trace);
      expect(second.hash).toBe(first.hash);
    }
    expect((await stage.play(7)).hash).not.toBe((await stage.play(8)).hash);
  });

  test('states are compared over crashes, and runs are done again from their birth', async () => {
    for (const seed of [1, 2]) {
      const report = await stage.play(seed, { plan: { isDeep: true, lies: false } });
      expect([seed, report.violation]).toEqual([seed, null]);
    }
  });
});

describe('is seen to find', () => {
  test.each(BREAKAGES)('$what', async ({ found, how }) => {
    const seen: string[] = [];
    for (let seed = 1; seed <= 12; seed++) {
      const { violation } = await stage.play(seed, how);
      const check = violation?.message.split(':')[0] ?? 'nothing';
      if (found.includes(check)) return;
      seen.push(check);
    }
    expect(seen).toContain(found[0]);
  });
});
