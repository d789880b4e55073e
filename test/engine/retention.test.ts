// Retention: a run that loops for ever stays bounded, and goes on all the while.

import { describe, expect, test } from 'vitest';
import { FunctionsConnector } from '../../stdlib/connectors/functions.ts';
import { KEEP_LABEL, readPolicy } from '../../vm/engine/keep.ts';
import { PRUNE_COMMITS } from '../../vm/engine/limits.ts';
import type { RunRecord } from '../../vm/store/store.ts';
import { findings } from '../store/parts/place.ts';
import { World } from './sim.ts';

const LOOP = `
from flow.functions import function
from flow.time import sleep
inc = function('inc')
n = 0
while n < 1600:
    n = await inc(n)
    if n % 500 == 0:
        sleep(1)
print(n)
`;

/** Rows of a store, by table. */
async function rowsOf({ disk }: World): Promise<Readonly<Record<string, number>>> {
  const rows: Record<string, number> = {};
  for await (const [key] of disk.range({ from: '', to: '\uffff' })) {
    const [table = ''] = key.split('!');
    rows[table] = (rows[table] ?? 0) + 1;
  }
  return rows;
}

test('what is older than is kept is forgotten, while the run goes on', async () => {
  const kept = { states: 100, history: 300 };
  const connectors = [
    new FunctionsConnector({ functions: new Map([['inc', ([n]) => Number(n) + 1]]) }),
  ];
  const world = await World.open({ kept, connectors: () => connectors });
  const run = await world.start(LOOP);
  await world.play();
  expect(world.stdout).toBe('1600\n');
  const record = await world.store.getRun(run);
  const sequence = record?.sequence ?? 0;
  expect(sequence).toBeGreaterThan(1600);
  // Nothing is taken away but up to a checkpoint, and not at each commit.
  const slack = PRUNE_COMMITS + 400;
  const rows = await rowsOf(world);
  expect(rows['log']).toBeLessThan(kept.history + slack);
  expect(rows['delta']).toBeLessThan(kept.states + slack);
  expect(rows['effect']).toBeLessThan(kept.history + slack);
  expect(rows['fate']).toBe(rows['effect']);
  expect(rows['arrival']).toBeLessThan(kept.history + slack);
  expect(record?.historyFrom).toBeGreaterThan(sequence - kept.history - slack);
  expect(await findings(world.store)).toEqual([]);
  for (const at of [sequence - 1, sequence - kept.states + PRUNE_COMMITS]) {
    if (at <= sequence) expect((await world.store.loadRun(run, at)).sequence).toBe(at);
  }
  const told = [];
  for await (const entry of world.store.history({ run })) told.push(entry.sequence);
  expect(told.at(-1)).toBe(sequence);
  expect(told.length).toBeGreaterThanOrEqual(kept.history);
});

test('a run with fewer commits keeps them all', async () => {
  const world = await World.open({ kept: { states: 5000, history: 5000 } });
  const run = await world.start(`
from flow import checkpoint
for i in range(700):
    checkpoint()
`);
  await world.play();
  expect((await world.store.getRun(run))?.historyFrom).toBe(1);
  expect((await world.store.loadRun(run, 1)).sequence).toBe(1);
});

/** Commits that each write a few kilobytes, ten of them a second. */
const STEADY = `
from flow import checkpoint
from flow.time import sleep
text = ''
for n in range(800):
    text = str(n) * 1500
    if n % 10 == 0:
        sleep(1)
    else:
        checkpoint()
`;

/** Commits that each print something. */
const PRINTS = `
from flow import checkpoint
for n in range(120):
    text = str(n) * 1500
    print(n)
    checkpoint()
`;

/** STEADY under a policy, as it is left. */
async function kept(
  policy: string | null,
  byDefault?: number,
): Promise<{ readonly world: World; readonly record: RunRecord }> {
  const world = await World.open(
    byDefault === undefined ? {} : { kept: { states: byDefault, history: byDefault } },
  );
  const labels = policy === null ? {} : { [KEEP_LABEL]: policy };
  const run = await world.start(STEADY, { labels });
  // Killed, and driven further by another process: the policy is the run's own.
  await world.play(world.clock.ms + 30_000);
  await world.driver.close();
  const { disk, clock } = world;
  const second = await World.open({ disk, clock });
  await second.driver.resume([run]);
  await second.play();
  const record = (await second.store.getRun(run))!;
  expect(record.status.kind).toBe('done');
  expect(record.sequence).toBeGreaterThanOrEqual(800);
  expect(await findings(second.store)).toEqual([]);
  return { world: second, record };
}

async function told({ world, record }: Awaited<ReturnType<typeof kept>>): Promise<number> {
  let commits = 0;
  for await (const _ of world.store.history({ run: record.run })) commits++;
  return commits;
}

describe('the policy of a run', () => {
  test('last: so many commits, and not many more', async () => {
    const left = await kept('last 100');
    const { sequence, historyFrom, statesFrom } = left.record;
    expect(sequence - historyFrom).toBeGreaterThanOrEqual(99);
    expect(sequence - historyFrom).toBeLessThan(100 + 200);
    expect(statesFrom).toBeGreaterThan(sequence - 300);
    expect(await told(left)).toBe(sequence - historyFrom + 1);
    for (const at of [sequence - 99, sequence]) {
      expect((await left.world.store.loadRun(left.record.run, at)).sequence).toBe(at);
    }
  });

  test('full: everything, whatever the driver forgets by default', async () => {
    const left = await kept('full', 50);
    expect(left.record).toMatchObject({ historyFrom: 1, statesFrom: 0 });
    expect(await told(left)).toBe(left.record.sequence);
    const other = await kept(null, 50);
    expect(other.record.historyFrom).toBeGreaterThan(1);
  });

  test('a duration: what is younger', async () => {
    const left = await kept('20s');
    const { historyFrom, statesFrom, updatedMs, run } = left.record;
    expect(historyFrom).toBeGreaterThan(1);
    expect(statesFrom).toBeGreaterThan(0);
    let firstMs = 0;
    for await (const { atMs } of left.world.store.history({ run, limit: 1 })) firstMs = atMs;
    // At least so much, and a bit more: what is between two looks and two checkpoints.
    expect(updatedMs - firstMs).toBeGreaterThanOrEqual(20_000);
    expect(updatedMs - firstMs).toBeLessThan(40_000);
  });

  test('events: the history, and of the states the last', async () => {
    const left = await kept('events');
    const { sequence, historyFrom, statesFrom, run } = left.record;
    expect(historyFrom).toBe(1);
    expect(statesFrom).toBeGreaterThan(sequence - 150);
    expect(await told(left)).toBe(sequence);
    expect((await left.world.store.loadRun(run)).sequence).toBe(sequence);
    await expect(left.world.store.loadRun(run, 1)).rejects.toMatchObject({
      code: 'FLOW_REQUEST_INVALID',
    });
  });

  test('keeps what was printed until it was told', async () => {
    let open = (): void => {};
    const gate = new Promise<void>((resolve) => (open = resolve));
    let told = 0;
    // So many that the run is looked at while some of them are not told.
    const world = await World.open({ told: () => (++told < 45 ? Promise.resolve() : gate) });
    const labels = { [KEEP_LABEL]: 'last 1' };
    const run = await world.start(PRINTS, { labels });
    await world.play();
    const record = (await world.store.getRun(run))!;
    expect(record.sequence).toBeGreaterThan(52);
    expect(record.historyFrom).toBeGreaterThan(1);
    // It dies here; another process tells all that may not have been.
    const second = await World.open({ disk: world.disk.copy() });
    await second.driver.resume([run]);
    await second.play();
    const numbers = `${second.again}${second.stdout}`.trim().split('\n').map(Number);
    expect(numbers[0]).toBeLessThanOrEqual(44);
    expect(numbers).toEqual(numbers.map((_, i) => numbers[0]! + i));
    expect(numbers.at(-1)).toBe(119);
    open();
    await world.play();
  });

  test('of a later flowmetal: nothing is forgotten', async () => {
    const { record } = await kept('every other commit', 50);
    expect(record).toMatchObject({ historyFrom: 1, statesFrom: 0 });
  });

  test.each([
    ['full', 'full'],
    ['events', 'events'],
    ['last 10', 'last 10'],
    ['last=10', 'last 10'],
    ['1h 30m', '1h30m'],
    [' 30d ', '30d'],
    ['last 0', null],
    ['last', null],
    ['last -1', null],
    ['0s', null],
    ['99999999999w', null],
    ['30', null],
    ['', null],
  ])('is read from %j', (text, canonical) => {
    expect(readPolicy(text)?.text ?? null).toBe(canonical);
  });
});
