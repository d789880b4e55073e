// Retention: a run that loops for ever stays bounded, and goes on all the while.

import { expect, test } from 'vitest';
import { FunctionsConnector } from '../../stdlib/connectors/functions.ts';
import { PRUNE_COMMITS } from '../../vm/engine/limits.ts';
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
