// Checkpoints of large states: made apart of what the store has, while the run goes on.

import { expect, test } from 'vitest';
import { openLibrary } from '../../stdlib/library.ts';
import { makeCheckpoint, type CheckpointMaker } from '../../vm/engine/checkpoint-maker.ts';
import { Programs } from '../../vm/engine/programs.ts';
import { machineOf } from '../../vm/engine/state.ts';
import type { LiveRun } from '../../vm/engine/live.ts';
import type { Machine } from '../../vm/machine/machine.ts';
import { encodeCheckpoint } from '../../vm/snapshot/checkpoint.ts';
import type { RunId, Store } from '../../vm/store/store.ts';
import { findings } from '../store/parts/place.ts';
import { World } from './sim.ts';

/** More than CHECKPOINT_APART_BYTES from the first rounds on. */
const GROWS = `
from flow import checkpoint
kept = {}
for n in range(40):
    kept[n] = [f'{n}-{i} and some more' for i in range(400)]
    checkpoint()
print(sum(len(each) for rows in kept.values() for each in rows))
`;

/** Does it in this process, when it is told to. */
class Maker implements CheckpointMaker {
  made = 0;
  failures = 0;
  isClosed = false;
  /** Who waits to be told. */
  private waiting: (() => void)[] = [];
  private readonly waits: boolean;

  constructor(waits = false) {
    this.waits = waits;
  }

  async make(...[job, getCode]: Parameters<CheckpointMaker['make']>) {
    const { registry } = openLibrary();
    if (this.waits) await new Promise<void>((resolve) => this.waiting.push(resolve));
    if (this.isClosed || this.failures-- > 0) throw new Error('no');
    this.made++;
    return makeCheckpoint(job, new Programs({ getCode }, registry), registry);
  }

  get isWaiting(): boolean {
    return this.waiting.length > 0;
  }

  go(): void {
    for (const resolve of this.waiting.splice(0)) resolve();
  }

  close(): Promise<void> {
    this.isClosed = true;
    this.go();
    return Promise.resolve();
  }
}

/** The states that a run has checkpoints of. */
async function checkpointsOf(store: Store, run: RunId): Promise<number[]> {
  const found: number[] = [];
  for await (const { checkpoint } of store.history({ run })) {
    if (checkpoint !== null) found.push(checkpoint);
  }
  return found;
}

async function chunksAt(store: Store, run: RunId, at: number): Promise<readonly Uint8Array[]> {
  return (await store.loadRun(run, at)).checkpoint?.chunks ?? [];
}

function digest(machine: Machine): string {
  return Buffer.concat(encodeCheckpoint(machine).chunks).toString('base64');
}

/** The state of a run as it is read from the store. */
async function stored(store: Store, run: RunId): Promise<Machine> {
  const { registry } = openLibrary();
  const loaded = await store.loadRun(run);
  const programs = new Programs(store, registry);
  const program = await programs.load(loaded.record.program);
  const base = await programs.baseOf(loaded.record, program);
  return machineOf(loaded, { program, registry, random: () => 0, base });
}

function liveOf({ driver }: World, run: RunId): LiveRun {
  const live = driver['engine']['seats'].get(run)?.live;
  if (live === undefined) throw new Error('it is not in memory');
  return live;
}

/** Whether it waits for time to pass, with all on disk. */
function isAsleep(world: World, run: RunId): boolean {
  const live = liveOf(world, run);
  return live.isAtRest && live.durable === live.sequence && !live.checkpoints.hasSlices;
}

/** Let events pass until something is so. */
async function until(isSo: () => boolean): Promise<void> {
  for (let i = 0; i < 10_000 && !isSo(); i++) await new Promise((next) => setImmediate(next));
  expect(isSo()).toBe(true);
}

test.each([
  ['', {}],
  [' of a run with quotas, too', { log: 10_000, tasks: 50, heap: 50_000_000 }],
])('one made apart has the bytes that the run itself would have written%s', async (_, quotas) => {
  const maker = new Maker();
  const apart = await World.open({ checkpoints: maker });
  const here = await World.open();
  const runs = [await apart.start(GROWS, { quotas }), await here.start(GROWS, { quotas })] as const;
  await apart.play();
  await here.play();
  expect(apart.stdout).toBe(here.stdout);
  expect(maker.made).toBeGreaterThan(0);
  const common = await checkpointsOf(here.store, runs[1]);
  const made = (await checkpointsOf(apart.store, runs[0])).filter((at) => common.includes(at));
  const large = [];
  for (const at of made) {
    const chunks = await chunksAt(apart.store, runs[0], at);
    expect(chunks).toEqual(await chunksAt(here.store, runs[1], at));
    if (chunks.length > 2) large.push(at);
  }
  expect(large.length).toBeGreaterThan(0);
  expect(await findings(apart.store)).toEqual([]);
});

test('the run goes on while it is made, and what comes later follows it', async () => {
  const maker = new Maker(true);
  const world = await World.open({ checkpoints: maker });
  const run = await world.start(`${GROWS}
from flow.time import sleep
sleep(1)
`);
  await until(() => maker.isWaiting);
  const { sequence } = liveOf(world, run);
  await until(() => liveOf(world, run).sequence > sequence + 5);
  maker.go();
  await until(() => isAsleep(world, run) && !liveOf(world, run).checkpoints.isUnderWay);
  const found = await checkpointsOf(world.store, run);
  expect(found.at(-1)).toBeLessThanOrEqual(sequence + 1);
  expect(digest(await stored(world.store, run))).toBe(digest(liveOf(world, run).machine));
  await world.play();
  expect(world.stuck).toEqual([]);
});

/** A str of several pages is dropped, and another one like it comes while nobody has it. */
const TEXTS = `
from flow import checkpoint
kept = [str(i) * 40 for i in range(1500)]
text = 'ab' * 20000
for n in range(30):
    kept[n] = [f'{n}-{i} and some more text' for i in range(200)]
    checkpoint()
    if n == 8:
        text = None
text = 'ab' * 20000
checkpoint()
from flow.time import sleep
sleep(1)
print(len(text))
`;

test('pages of a str that was dropped before it are said anew after it', async () => {
  const maker = new Maker(true);
  const world = await World.open({ checkpoints: maker });
  const run = await world.start(TEXTS);
  // The first begins while it is there; the one after it, made when it is gone, is held until the
  // str is back.
  const isGone = (): boolean => liveOf(world, run).sequence > 14;
  await until(() => maker.isWaiting);
  await until(() => {
    maker.go();
    return isGone();
  });
  await until(() => isAsleep(world, run));
  maker.go();
  await until(() => !liveOf(world, run).checkpoints.isUnderWay);
  expect(Math.max(...(await checkpointsOf(world.store, run)))).toBeGreaterThan(9);
  expect(digest(await stored(world.store, run))).toBe(digest(liveOf(world, run).machine));
  await world.play();
  expect(world.stdout).toBe('40000\n');
});

test('a run that waits completes it all the same', async () => {
  const maker = new Maker();
  const world = await World.open({ checkpoints: maker });
  const run = await world.start(`
from flow.time import sleep
for n in range(3):
    kept = [[str(i), i + n] for i in range(9000)]
    sleep(1000)
`);
  await world.play();
  expect(maker.made).toBe(1);
  const told = [];
  for await (const { checkpoint, atMs, status } of world.store.history({ run })) {
    told.push([checkpoint, atMs - world.clock.ms + 3_000_000, status.kind]);
  }
  // The fourth commit does nothing else, and as soon as it can.
  expect(told).toEqual([
    [null, 0, 'waiting'],
    [null, 1_000_000, 'waiting'],
    [null, 2_000_000, 'waiting'],
    [3, 2_000_000, 'waiting'],
    [null, 3_000_000, 'done'],
  ]);
});

test('if nobody can make it, the run does', async () => {
  const maker = new Maker();
  maker.failures = 1;
  const world = await World.open({ checkpoints: maker });
  const run = await world.start(GROWS);
  await world.play();
  expect(maker.made).toBe(0);
  expect((await checkpointsOf(world.store, run)).length).toBeGreaterThan(1);
  expect(world.stuck).toEqual([]);
});

test('a driver that stops does not wait for it', async () => {
  const maker = new Maker(true);
  const world = await World.open({ checkpoints: maker });
  const run = await world.start(GROWS);
  await until(() => maker.isWaiting);
  await world.driver.close();
  expect(maker.isClosed).toBe(true);
  const next = await World.open({ disk: world.disk, clock: world.clock });
  await next.driver.resume([run]);
  await next.play();
  expect(next.endings.get(run)?.kind).toBe('done');
});
