// Many things at once, then a crash, then a look: whatever was handed in together, and wherever
// the disk died, the store comes back whole and has all that was acknowledged.

import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { isFlowError } from '../../vm/bytecode/errors.ts';
import type { Store } from '../../vm/store/store.ts';
import { MemoryDisk } from '../../vm/store/memory-disk.ts';
import { openMemoryStore } from '../../vm/store/memory.ts';
import { bytes, findings, newRun, PROGRAM, PROGRAM_HASH } from './parts/place.ts';

const RUNS = ['a', 'b', 'c'];

/** What a run does next, by number; its meaning depends on what waits. */
const step = fc.record({
  run: fc.constantFrom(...RUNS),
  act: fc.constantFrom(
    'commit',
    'commit',
    'commit',
    'deliver',
    'send',
    'attempt',
    'prune',
    'claim',
  ),
  pick: fc.nat(5),
  /** Whether to wait for it before the next step. */
  wait: fc.boolean(),
});
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

interface Model {
  readonly acknowledged: Map<string, number>;
  readonly accepted: Set<string>;
}

/** A driver of all runs, which keeps its own count of what it handed in. */
class Driver {
  readonly store: Store;
  readonly model: Model;
  readonly #next = new Map<string, number>();
  readonly #epochs = new Map<string, number>();
  #arrived = new Map<string, number[]>();

  constructor(store: Store, model: Model) {
    this.store = store;
    this.model = model;
  }

  async start(): Promise<void> {
    await this.store.putCode(PROGRAM_HASH, PROGRAM);
    for (const run of RUNS) {
      await this.store.createRun(newRun(run, { key: run }));
      const { epoch = 0, sequence = 0 } = (await this.store.getRun(run)) ?? {};
      await this.store.claimRun({ run, driver: 'soak', epoch, atMs: 1 });
      this.#epochs.set(run, epoch + 1);
      this.#next.set(run, sequence + 1);
    }
  }

  async act({ run, act, pick }: Step): Promise<void> {
    const sequence = this.#next.get(run) ?? 1;
    const epoch = this.#epochs.get(run) ?? 0;
    const effect = `e${Math.max(1, sequence - 1 - pick)}`;
    if (act === 'commit') {
      this.#next.set(run, sequence + 1);
      const consumed = (this.#arrived.get(run) ?? []).splice(0, pick);
      await this.store.commit({
        run,
        epoch,
        sequence,
        atMs: sequence,
        delta: bytes(`${run} ${sequence}`),
        status:
          pick % 2 === 0
            ? { kind: 'ready' }
            : { kind: 'waiting', reasons: bytes(''), wakeAtMs: sequence },
        consumed,
        effects: [
          { effect: `e${sequence}`, kind: 'k', request: bytes('r'), token: `${run} ${sequence}` },
        ],
        timers: { set: [{ timer: `t${pick}`, dueMs: sequence }] },
        ...(pick === 3 ? { checkpoint: { sequence, chunks: [bytes('full')] } } : {}),
      });
      this.model.acknowledged.set(run, sequence);
    } else if (act === 'deliver') {
      const told = await this.store.deliver({ run, effect, answer: bytes('yes'), atMs: 1 });
      const name = `${run} ${effect}`;
      if (told === 'accepted') {
        expect(this.model.accepted.has(name)).toBe(false);
        this.model.accepted.add(name);
      }
    } else if (act === 'send') {
      await this.store.send({ run, name: 'm', body: bytes('hi'), atMs: 1, key: `k${pick}` });
      const waiting = await this.store.answersFor({ run });
      this.#arrived.set(
        run,
        waiting.map(({ arrival }) => arrival),
      );
    } else if (act === 'attempt') {
      if ((await this.store.getEffect({ run, effect })) === null) return;
      await this.store.startAttempt({ run, effect, atMs: 1, info: bytes('') });
    } else if (act === 'claim') {
      const claimed = await this.store.claimRun({ run, driver: 'again', epoch, atMs: 1 });
      this.#epochs.set(run, claimed.epoch);
      this.#next.set(run, claimed.sequence + 1);
    } else {
      await this.store.prune({ run, before: sequence, history: pick > 2, records: pick + 1 });
    }
  }
}

test('a crash anywhere in anything leaves a whole store', async () => {
  const rounds = fc.array(
    fc.record({
      steps: fc.array(step, { minLength: 10, maxLength: 60 }),
      deadAt: fc.integer({ min: 1, max: 40 }),
      after: fc.boolean(),
    }),
    { minLength: 1, maxLength: 4 },
  );
  await fc.assert(
    fc.asyncProperty(rounds, async (all) => {
      const disk = new MemoryDisk();
      const model: Model = { acknowledged: new Map(), accepted: new Set() };
      for (const { steps, deadAt, after } of all) {
        await live(disk, model, steps, deadAt, after);
        await look(disk, model);
      }
    }),
    { numRuns: 60 },
  );
});

/** One life of a store: steps until the disk dies or they are done. */
async function live(
  disk: MemoryDisk,
  model: Model,
  steps: readonly Step[],
  deadAt: number,
  after: boolean,
): Promise<void> {
  let writes = 0;
  disk[after ? 'afterWrite' : 'beforeWrite'] = () => {
    if (++writes >= deadAt) throw new Error('dead');
  };
  const going: Promise<unknown>[] = [];
  try {
    const store = await openMemoryStore({ home: 'h', create: { id: 's', atMs: 1 } }, disk);
    const driver = new Driver(store, model);
    await driver.start();
    for (const each of steps) {
      // What is refused because of another step handed in with it is refused; that is all.
      const done = driver.act(each).catch((error: unknown) => {
        if (!isFlowError(error)) throw error;
      });
      going.push(done);
      if (each.wait) await done;
    }
    await Promise.all(going);
    await store.close();
  } catch {
    await Promise.all(going);
  }
  disk.beforeWrite = null;
  disk.afterWrite = null;
}

async function look(disk: MemoryDisk, model: Model): Promise<void> {
  const store = await openMemoryStore({ home: 'h', create: { id: 's', atMs: 1 } }, disk);
  expect(await findings(store)).toEqual([]);
  for (const [run, acknowledged] of model.acknowledged) {
    const { sequence } = await store.loadRun(run);
    expect(sequence).toBeGreaterThanOrEqual(acknowledged);
  }
  for (const name of model.accepted) {
    const [run = '', effect = ''] = name.split(' ');
    const record = await store.getEffect({ run, effect });
    // Null when it was consumed and pruned.
    if (record !== null) expect(record.state.kind).toBe('answered');
  }
  await store.close();
}
