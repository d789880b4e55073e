// A store in which everything is in use: four runs of one program and what waits for them, on a
// disk that remembers what each row was before. It can be copied, damaged, and gone on with.

import { HTTP_REQUEST } from '../../../stdlib/connectors/http-messages.ts';
import { encode } from '../../../vm/bytecode/codec.ts';
import { MemoryDisk } from '../../../vm/store/memory-disk.ts';
import type { RunId, Store } from '../../../vm/store/store.ts';
import { compileText, START_MS, SimClock, World } from '../../engine/sim.ts';
import { Outside, response, SimCallbacks, SimHttp } from '../../engine/sim-http.ts';

/** Requests, callbacks, timers, tasks, output, and states that grow to checkpoints in pieces. */
const PROGRAM = `
import json
from flow.http import callback, request
from flow.time import sleep, timeout

def tick(name, n):
    for i in range(n):
        sleep(0.5)
    return f"{name} {n}"

def ask(name, what, url=None):
    return request.new(
        "POST", f"http://a.test/{what}", idempotent=True, json=[name, url]).execute().json()

def grow(size):
    held = []
    for i in range(5):
        held.append(str(i) * size)
        sleep(0.1)
    return held

def main(name, size):
    print(name, "begins", ask(name, "first"))
    held = grow(size)
    print(name, gather(spawn(tick, name, 2), spawn(ask, name, "second"), spawn(tick, name, 3)))
    try:
        with timeout(1):
            await callback.new().event
    except Timeout:
        print(name, "nobody called")
    cb = callback.new()
    ask(name, "call", cb.url)
    later = [spawn(tick, name, 40), spawn(tick, name, 50), spawn(ask, name, "slow")]
    print(name, "was told", await cb.event)
    print(name, gather(*later), sum(len(text) for text in held))
    return [name, len(held)]
`;

/** Runs of it, and how large their states are. */
const SIZES: Readonly<Record<RunId, number>> = { large: 70_000, some: 15_000, small: 10 };
export const UNFINISHED = Object.keys(SIZES);
/** A run of another program that has ended when the story stops. */
const ENDED = 'ended';

/** Everybody waits for a callback. */
const STOPPED_MS = START_MS + 8000;

export interface Story {
  readonly disk: MemoryDisk;
  /** What rows were before, and what those were that are gone; by key, oldest first. */
  readonly earlier: ReadonlyMap<string, readonly Uint8Array[]>;
}

interface Scene {
  readonly world: World;
  readonly callbacks: SimCallbacks;
}

/** A driver on a disk, and the service it calls. */
async function open(disk: MemoryDisk, outside: Outside): Promise<Scene> {
  const clock = new SimClock();
  clock.ms = Math.max(START_MS, outside.seen.at(-1)?.atMs ?? 0);
  const callbacks = new SimCallbacks();
  const connectors = () => [new SimHttp(outside), callbacks];
  return { world: await World.open({ disk, clock, connectors, quiet: true }), callbacks };
}

/** Of the service, who outlives drivers and copies of disks. */
const outside = new Outside(({ url }) => ({
  afterMs: url.endsWith('slow') ? 60_000 : 50,
  answer: response(200, 'acted'),
}));

/** Call a run that waits for it. */
async function call({ callbacks }: Scene, run: RunId): Promise<void> {
  const bodies = outside.seen.map(({ body }) => JSON.parse(body) as [string, string | null]);
  const url = bodies.find(([name, to]) => name === run && to !== null)?.[1] ?? '';
  await callbacks.post(url, 'called');
}

/** The store in the middle of it, as a driver that was stopped has left it. */
export async function makeStory(): Promise<Story> {
  const disk = new MemoryDisk();
  const earlier = remember(disk);
  const first = await open(disk, outside);
  const { driver } = first.world;
  const program = compileText(PROGRAM);
  for (const [id, size] of Object.entries(SIZES)) {
    const args = [id, size].map((each) => JSON.stringify(each));
    await driver.start({ program, id, entry: 'main', args, key: `key of ${id}` });
  }
  await driver.start({ program: compileText('print("short")\n'), id: ENDED, labels: { a: 'b' } });
  await first.world.play(STOPPED_MS);
  await call(first, 'some');
  await first.world.play(STOPPED_MS + 1000);
  await driver.close();
  // What comes while nobody drives a run waits for the next one who does.
  const second = await open(disk, outside);
  const { store } = second.world;
  await call(second, 'large');
  for (const run of UNFINISHED) {
    await store.send({ run, name: 'note', body: new Uint8Array([1]), atMs: 1, key: 'once' });
  }
  for (const handle of ['env:ONE', 'env:TWO']) await store.putSecret('name', handle);
  await leave(store, 'small');
  await second.world.driver.close();
  disk.afterWrite = null;
  return { disk, earlier };
}

/** What a driver leaves that claims a run, tries an effect, begins a checkpoint, and dies. */
async function leave(store: Store, run: RunId): Promise<void> {
  const atMs = STOPPED_MS + 1000;
  const { epoch: before = 0 } = (await store.getRun(run)) ?? {};
  const { epoch, sequence } = await store.claimRun({ run, driver: 'dead', epoch: before, atMs });
  const { rows } = await store.listPending({ kind: HTTP_REQUEST });
  const effect = rows.find((each) => each.run === run)?.effect ?? '';
  await store.startAttempt({ run, effect, atMs, info: encode('sent') });
  await store.beginCheckpoint({ run, epoch, sequence });
  await store.stageChunk({ run, epoch, sequence, index: 0, bytes: new Uint8Array(500) });
}

/**
 * Let all runs that can go on to their ends; gives how some of them ended, and what they printed.
 */
export async function goOn(disk: MemoryDisk, runs: readonly RunId[]): Promise<string[]> {
  const scene = await open(disk, outside.copy());
  const { world } = scene;
  await world.driver.resume();
  await world.play(STOPPED_MS + 2000);
  for (const run of runs) await call(scene, run);
  await world.play();
  const told: string[] = [];
  for (const run of runs) {
    const ending = world.endings.get(run);
    const error = world.stuck.find((each) => each.run === run)?.error ?? world.failure;
    let output = ending === undefined ? `${String(error)}: ` : `${JSON.stringify(ending)}: `;
    if (ending !== undefined) {
      for await (const entry of world.store.history({ run })) output += entry.output;
    }
    told.push(output);
  }
  await world.driver.close();
  return told;
}

/** Notes what each write changes. */
function remember(disk: MemoryDisk): Map<string, Uint8Array[]> {
  const earlier = new Map<string, Uint8Array[]>();
  const now = new Map<string, Uint8Array>();
  disk.afterWrite = (ops) => {
    for (const { key, value } of ops) {
      const before = now.get(key);
      if (before !== undefined) earlier.set(key, [...(earlier.get(key) ?? []), before]);
      if (value === null) now.delete(key);
      else now.set(key, new Uint8Array(value));
    }
  };
  return earlier;
}
