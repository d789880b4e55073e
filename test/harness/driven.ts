// `straight` and `crashed`: a run under the whole engine, on a store in memory, in simulated time.
//
// A crash is a write to the disk that never comes back: what was written is there, what was not is
// not, and whoever waited for it is left alone. Another driver then goes on with a copy of the
// disk.

import { StillClock } from '../../bin/rehearsal/clock.ts';
import { decode } from '../../vm/bytecode/codec.ts';
import { PRELUDE } from '../../compiler/compile.ts';
import { openDriver, type Driver, type NewRunOptions } from '../../vm/engine/driver.ts';
import type { Ending } from '../../vm/engine/endings.ts';
import { MemoryDisk } from '../../vm/store/memory-disk.ts';
import { openMemoryStore } from '../../vm/store/memory.ts';
import type { Store } from '../../vm/store/store.ts';
import { HTTP_CALLBACK, readCallbackToken } from '../../stdlib/connectors/http-messages.ts';
import { effectKinds } from '../../stdlib/connectors/kinds.ts';
import { openLibrary } from '../../stdlib/library.ts';
import { valueTexts } from '../../stdlib/natives/json.ts';
import { CALLBACK_BASE, ScriptedCallbacks, ScriptedHttp } from './outside.ts';
import { batchesAgain } from './again.ts';
import { GOLDEN_ALL, type GoldenOutcome } from './run.ts';
import { WORLD_START_MS, type World } from './world.ts';

/** A program, and what its run is held to. */
type Asked = Pick<NewRunOptions, 'program' | 'quotas'>;

const never = new Promise<never>(() => {});

/** Bytes for ids and seeds: the same in every test. */
function countedBytes(): (count: number) => Uint8Array {
  let state = 7;
  return (count) =>
    Uint8Array.from({ length: count }, () => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
      return state >>> 24;
    });
}

let drivers = 0;

const STORE = { home: 'here', create: { id: 'store-1', atMs: WORLD_START_MS } };

const supplied = new MemoryDisk();
let supplying: Promise<void> | null = null;

/**
 * A new disk with a store that has the prelude's code, as most have: a program is hardly ever the
 * first of its store, and to write the prelude takes longer than most goldens.
 */
async function newDisk({ program: { modules } }: Asked): Promise<MemoryDisk> {
  supplying ??= openMemoryStore(STORE, supplied).then(async (store) => {
    const preludes = modules.filter(({ name }) => name === PRELUDE);
    for (const { hash, bytes } of preludes) await store.putCode(hash, bytes);
    await store.close();
  });
  await supplying;
  return supplied.copy();
}

/** One driver over one disk and one World, until it ends or dies. */
class Session {
  readonly clock: StillClock;
  readonly disk: MemoryDisk;
  /** What was printed, by the sequence of the commit that released it. */
  readonly printed: Map<number, { stdout: string; stderr: string }>;
  private readonly world: World;
  private readonly callbacks = new ScriptedCallbacks();
  private store!: Store;
  private driver!: Driver;
  private readonly known = new Set<string>();
  /** The first commit in which no callback was looked for. */
  private unwatched = 0;
  private ending: Ending | null = null;
  /** Whether this one session saw the run from its beginning to its end. */
  private readonly isWhole: boolean;
  private readonly bases: boolean;
  private problem: unknown = null;

  constructor(
    world: World,
    disk: MemoryDisk,
    clock: StillClock,
    before: Session | null,
    bases: boolean,
  ) {
    this.bases = bases;
    this.world = world;
    this.disk = disk;
    this.clock = clock;
    this.printed = new Map(before?.printed);
    this.isWhole = before === null;
  }

  async open(): Promise<void> {
    const { clock, disk } = this;
    this.store = await openMemoryStore(STORE, disk);
    this.driver = await openDriver({
      store: this.store,
      registry: openLibrary().registry,
      clock,
      random: countedBytes(),
      name: `driver-${++drivers}`,
      kinds: effectKinds,
      connectors: [new ScriptedHttp(this.world, () => this.watchCallbacks()), this.callbacks],
      texts: valueTexts,
      bases: this.bases,
      events: {
        output: ({ sequence, stdout, stderr }) => {
          this.printed.set(sequence, { stdout, stderr });
        },
        ended: ({ ending }) => {
          this.ending = ending;
        },
        stuck: ({ error }) => {
          this.problem = error;
        },
        failed: (error) => {
          this.problem = error;
        },
      },
    });
  }

  async start(asked: Asked): Promise<void> {
    await this.driver.start({ ...asked, id: 'golden' });
  }

  async resume(): Promise<void> {
    await this.driver.resume();
  }

  get isStarted(): Promise<boolean> {
    return this.store.getRun('golden').then((run) => run !== null);
  }

  async play(): Promise<void> {
    while (this.ending === null) {
      await this.driver.settled();
      if (this.problem !== null) throw this.problem;
      await this.watchCallbacks();
      if (this.ending !== null || this.clock.advance()) continue;
      const { state } = await this.driver.why('golden');
      // A driver that comes after the last commit finds nothing left to do.
      if (state.kind !== 'ended') throw new Error(`the program waits: ${JSON.stringify(state)}`);
      this.ending = state.ending;
    }
    await this.driver.settled();
  }

  /** Callbacks that the program has made are told to the World, which posts to them in time. */
  private async watchCallbacks(): Promise<void> {
    const history = this.store.history({ run: 'golden', from: this.unwatched });
    for await (const { sequence, effects } of history) {
      this.unwatched = sequence + 1;
      for (const { effect, kind } of effects) {
        if (kind !== HTTP_CALLBACK || this.known.has(effect)) continue;
        this.known.add(effect);
        const record = await this.store.getEffect({ run: 'golden', effect });
        if (record === null) continue;
        const token = readCallbackToken(decode(record.request));
        const url = `${CALLBACK_BASE}/callback/${token}`;
        for (const { atMs, body } of this.world.callback(url, this.clock.nowMs())) {
          this.clock.at(atMs, () => void this.callbacks.post(token, body));
        }
      }
    }
  }

  /** What the store says was printed: a driver that dies after the last commit tells nobody. */
  async outcome(): Promise<GoldenOutcome> {
    const parts: string[] = [];
    for await (const { output } of this.store.history({ run: 'golden' })) parts.push(output);
    const rows = [...this.printed].toSorted(([a], [b]) => a - b).map(([, row]) => row);
    const stdout = parts.join('');
    const told = rows.map((row) => row.stdout).join('');
    if (this.isWhole && told !== stdout) throw new Error(`told '${told}', stored '${stdout}'`);
    const stderr = rows.map((row) => row.stderr).join('');
    const { ending } = this;
    if (ending?.kind !== 'failed') return { stdout, stderr };
    const { lastLine, places, traceback } = ending;
    return { stdout, stderr: stderr + traceback, failure: { lastLine, trace: places } };
  }

  /**
   * What came into the run is in the store, and gives what it gave. Of runs that only compute a
   * sixteenth is looked at, for they take in but a moment; and as many go one instruction at a
   * time. FLOWMETAL_GOLDEN=all does all of it.
   */
  async checkPast({ program }: Asked): Promise<void> {
    const isChosen = GOLDEN_ALL || program.hash.startsWith('0');
    if (!isChosen && (await this.effectsAsked()) === 0) return;
    const problem = await batchesAgain(
      this.store,
      'golden',
      isChosen ? ['fused', 'plain'] : ['fused'],
    );
    if (problem !== null) throw new Error(problem);
  }

  private async effectsAsked(): Promise<number> {
    let count = 0;
    for await (const { effects } of this.store.history({ run: 'golden' })) count += effects.length;
    return count;
  }

  close(): Promise<void> {
    return this.driver.close().then(() => this.store.close());
  }
}

export async function runStraight(
  asked: Asked,
  world: World,
  bases: boolean,
  given: MemoryDisk | null = null,
): Promise<GoldenOutcome> {
  const disk = given ?? (await newDisk(asked));
  const session = new Session(world, disk, new StillClock(WORLD_START_MS), null, bases);
  await session.open();
  await session.start(asked);
  await session.play();
  const outcome = await session.outcome();
  await session.checkPast(asked);
  await session.close();
  return outcome;
}

/** Let the driver die at one write, before or after it, and another go on. */
async function dieAt(
  asked: Asked,
  world: World,
  at: number,
  when: 'before' | 'after',
  bases: boolean,
): Promise<GoldenOutcome> {
  const disk = await newDisk(asked);
  const clock = new StillClock(WORLD_START_MS);
  let writes = 0;
  let die: () => void = () => {};
  const died = new Promise<'died'>((resolve) => {
    die = () => resolve('died');
  });
  const hang = (isNow: boolean): Promise<void> | void => {
    if (!isNow) return undefined;
    die();
    return never;
  };
  disk.beforeWrite = () => hang(++writes > at || (when === 'before' && writes === at));
  disk.afterWrite = () => hang(when === 'after' && writes >= at);
  const first = new Session(world, disk, clock, null, bases);
  const live = async (): Promise<'ended'> => {
    await first.open();
    await first.start(asked);
    await first.play();
    return 'ended';
  };
  const fate = await Promise.race([live(), died]);
  if (fate === 'ended') return await first.outcome();
  const second = new Session(world, disk.copy(), clock, first, bases);
  await second.open();
  // Dead before the run was made: whoever wanted it asks again.
  if (await second.isStarted) await second.resume();
  else await second.start(asked);
  await second.play();
  const outcome = await second.outcome();
  await second.close();
  return outcome;
}

/** At so many writes a run dies, unless FLOWMETAL_GOLDEN=all (npm run golden:all) wants each. */
const DEATHS_MAX = 6;

/** The numbers of the writes to die before; one more than there are is after the last. */
function deathsAmong(writes: number): number[] {
  const all = Array.from({ length: writes + 1 }, (_, index) => index + 1);
  if (GOLDEN_ALL || all.length <= DEATHS_MAX) return all;
  // The first and the last always: there the run is made, and there it ends.
  const step = writes / (DEATHS_MAX - 1);
  return Array.from({ length: DEATHS_MAX }, (_, index) => all[Math.round(index * step)] ?? 1);
}

/**
 * For writes to the disk, dying just before them, and once after the last. The first outcome that
 * differs is returned.
 */
export async function runCrashed(
  asked: Asked,
  renew: () => World,
  bases: boolean,
): Promise<GoldenOutcome> {
  const disk = await newDisk(asked);
  let writes = 0;
  disk.beforeWrite = () => {
    writes++;
  };
  const expected = await runStraight(asked, renew(), bases, disk);
  // Dead after one write is dead before the next, but for what the World was asked in between.
  for (const at of deathsAmong(writes)) {
    const when = at > writes ? 'after' : 'before';
    const outcome = await dieAt(asked, renew(), Math.min(at, writes), when, bases);
    if (
      outcome.stdout !== expected.stdout ||
      outcome.failure?.lastLine !== expected.failure?.lastLine
    ) {
      return outcome;
    }
  }
  return expected;
}
