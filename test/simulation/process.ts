// A process of the simulation: one store over the disk, and the drivers that move runs on it.
//
//     Life ── Handle ── Core ── WatchedStore ──┬── driver (the newest, whose door is open)
//                                              └── driver (a zombie: nobody told it)
//
// Killing a process is forgetting it: its life ends, so nothing of it happens any more, and what it
// had handed to the disk is there or not. A driver can be killed alone, or left behind alive.

import { encode } from '../../vm/bytecode/codec.ts';
import { hex, sha256 } from '../../vm/bytecode/hash.ts';
import { makeCheckpoint, type CheckpointMaker } from '../../vm/engine/checkpoint-maker.ts';
import { HISTORY_KEPT } from '../../vm/engine/limits.ts';
import type { LiveRun } from '../../vm/engine/live.ts';
import { openDriver, type Driver } from '../../vm/engine/driver.ts';
import { randomSource } from '../../vm/engine/random.ts';
import { machineOf } from '../../vm/engine/state.ts';
import { CANCEL } from '../../vm/engine/turn.ts';
import type { Machine } from '../../vm/machine/machine.ts';
import { Programs } from '../../vm/engine/programs.ts';
import { encodeCheckpoint } from '../../vm/snapshot/checkpoint.ts';
import type { Core } from '../../vm/store/core.ts';
import { openCore } from '../../vm/store/identity.ts';
import type {
  Arrival,
  Commit,
  Committed,
  Delivered,
  LoadedRun,
  RunId,
  Store,
} from '../../vm/store/store.ts';
import { TableStore } from '../../vm/store/tables.ts';
import { HttpRequestConnector } from '../../stdlib/connectors/http-request.ts';
import { effectKinds } from '../../stdlib/connectors/kinds.ts';
import { openLibrary } from '../../stdlib/library.ts';
import { valueTexts } from '../../stdlib/natives/json.ts';
import type { Audit } from './audit.ts';
import { DriverClock } from './clock.ts';
import type { Handle, SimDisk } from './disk.ts';
import { Door, Line, type Network } from './network.ts';
import { STORE_OPTIONS } from './programs.ts';
import { Life, never, type Timeline } from './timeline.ts';
import type { World } from './world.ts';

/** What a test breaks on purpose, to see that it is found. */
export interface Sabotage {
  readonly core?: (core: Core) => void;
  readonly store?: (store: TableStore) => void;
  readonly handle?: (handle: Handle, disk: SimDisk) => void;
  readonly driver?: (driver: Driver) => void;
}

/** What a process needs of its story. */
export interface Surroundings {
  readonly world: World;
  readonly audit: Audit;
  readonly network: Network;
  readonly disk: SimDisk;
  readonly sabotage: Sabotage;
  /** A process can do no more: its store has failed. */
  readonly gone: (process: Process, error: unknown) => void;
  /** A run cannot go on in a driver. */
  readonly stuck: (process: Process, run: RunId, error: unknown) => void;
}

/** The store, with somebody who looks at what goes in and comes out. */
class WatchedStore extends TableStore {
  private readonly timeline: Timeline;
  /** Of the driver that is being opened: what listens from now on is a part of it. */
  listener: Life;
  /** Arrivals that somebody who stood still has not heard of yet. */
  private readonly unheard = new Map<Life, number>();
  onCommit: (commit: Commit) => void = () => {};
  onLoad: (loaded: LoadedRun) => Promise<void> = async () => {};

  constructor(core: Core, timeline: Timeline, listener: Life) {
    super(core);
    this.timeline = timeline;
    this.listener = listener;
  }

  /** Who is dead hears nothing; who stands still, later, and all in order. */
  override onArrival(call: (run: RunId, arrival: number) => void): () => void {
    const { listener, timeline } = this;
    return super.onArrival((run, arrival) => {
      if (this.canHear(listener)) {
        call(run, arrival);
        return;
      }
      this.unheard.set(listener, (this.unheard.get(listener) ?? 0) + 1);
      timeline.after(0, listener, () => {
        this.unheard.set(listener, (this.unheard.get(listener) ?? 0) - 1);
        call(run, arrival);
      });
    });
  }

  /** Of what is coming it then does not hear at all: it must do without. */
  override onArriving(call: (run: RunId, arrival: Arrival) => void): () => void {
    const { listener } = this;
    return super.onArriving((run, arrival) => {
      if (this.canHear(listener)) call(run, arrival);
    });
  }

  private canHear(listener: Life): boolean {
    const isAwake = listener.isAlive && listener.frozenUntil <= this.timeline.ms;
    return isAwake && (this.unheard.get(listener) ?? 0) === 0;
  }

  override commit(commit: Commit): Promise<Committed> {
    this.onCommit(commit);
    return super.commit(commit);
  }

  override async loadRun(run: RunId, at?: number): Promise<LoadedRun> {
    const loaded = await super.loadRun(run, at);
    await this.onLoad(loaded);
    return loaded;
  }
}

/**
 * The store as one driver reaches it: who is dead asks for nothing and is told nothing, though the
 * store lives on; who stands still is told when it goes on.
 */
function reachedBy(store: TableStore, life: Life, timeline: Timeline): Store {
  const tell = (call: () => void): void => {
    if (life.frozenUntil > timeline.ms) timeline.after(0, life, call);
    else if (life.isAlive) call();
  };
  return new Proxy<Store>(store, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      return (...args: readonly unknown[]): unknown => {
        if (!life.isAlive) return never();
        const result: unknown = Reflect.apply(member, target, args);
        if (!(result instanceof Promise)) return result;
        return new Promise((resolve, reject) => {
          result.then(
            (value) => tell(() => resolve(value)),
            (error: unknown) => tell(() => reject(error)),
          );
        });
      };
    },
  });
}

export interface Driving {
  readonly life: Life;
  readonly name: string;
  readonly driver: Driver;
  readonly door: Door;
}

/** A state in a few bytes, to be compared. */
export function digestOf(machine: Machine): string {
  const chunks = encodeCheckpoint(machine).chunks.map((chunk) => sha256(chunk));
  return hex(sha256(Buffer.concat(chunks))).slice(0, 16);
}

export class Process {
  readonly life: Life;
  readonly handle: Handle;
  store: WatchedStore | null = null;
  /** The newest last. */
  drivers: Driving[] = [];
  /** How many it has had: with more than one, a run may be lost to another. */
  driversMade = 0;
  /** Events until it dies. */
  eventsLeft: number;
  private readonly around: Surroundings;

  constructor(around: Surroundings, name: string, eventsLeft: number) {
    this.around = around;
    this.life = new Life(name, around.world.life);
    this.handle = around.disk.open(this.life);
    this.eventsLeft = eventsLeft;
    around.sabotage.handle?.(this.handle, around.disk);
  }

  async open(): Promise<void> {
    const { sabotage } = this.around;
    const core = await openCore(this.handle, STORE_OPTIONS, 'the simulation');
    sabotage.core?.(core);
    const store = new WatchedStore(core, this.around.world.timeline, this.life);
    sabotage.store?.(store);
    if (this.around.world.plan.isDeep) {
      store.onCommit = (commit) => this.committing(commit);
      store.onLoad = (loaded) => this.loaded(loaded);
    }
    this.store = store;
    await this.drive();
  }

  /** Another driver, which takes over all there is. Those before it are not told. */
  async drive(): Promise<Driver> {
    const { world, audit, network, sabotage, gone, stuck } = this.around;
    const { timeline, random, plan } = world;
    const { store } = this;
    if (store === null) throw new Error('the process has no store yet');
    const name = `${this.life.name}.${++this.driversMade}`;
    const life = new Life(name, this.life);
    const door = new Door();
    store.listener = life;
    const driver = await openDriver({
      store: reachedBy(store, life, timeline),
      registry: openLibrary().registry,
      clock: new DriverClock(timeline, world.wall, life, () => random.below(100) / 1000),
      random: world.bytes,
      name,
      kinds: effectKinds,
      connectors: [new HttpRequestConnector({ sender: new Line(network, life) }), door],
      texts: valueTexts,
      warmRunsMax: plan.warmRunsMax,
      kept: { states: plan.statesKept, history: HISTORY_KEPT },
      bases: plan.bases,
      ...(plan.apart ? { checkpoints: this.maker(life) } : {}),
      events: {
        output: (event) => {
          audit.told(name, event);
          if (!world.strikes(plan.terminal)) return undefined;
          world.count('terminal slow');
          return new Promise((resolve) => timeline.after(world.delay(1, 3000), life, resolve));
        },
        progress: ({ run, sequence }) => audit.acknowledged(run, sequence),
        ended: ({ run, ending }) => timeline.note('ended', name, run, ending.kind),
        stuck: ({ run, error }) => {
          timeline.note('stuck', name, run, String(error));
          stuck(this, run, error);
        },
        failed: (error) => gone(this, error),
      },
    });
    sabotage.driver?.(driver);
    this.drivers.push({ life, name, driver, door });
    timeline.note('driver', name);
    await driver.resume();
    return driver;
  }

  /** Makes checkpoints apart: after a while, if its driver still lives. */
  private maker(life: Life): CheckpointMaker {
    const { world } = this.around;
    const { registry } = openLibrary();
    return {
      make: async (job, getCode) => {
        const delayMs = world.delay(0, 200);
        await new Promise<void>((resolve) => world.timeline.after(delayMs, life, resolve));
        return makeCheckpoint(job, new Programs({ getCode }, registry), registry);
      },
      close: () => Promise.resolve(),
    };
  }

  /** A driver that somebody outside would reach. */
  get door(): Driving | undefined {
    return this.drivers.findLast(({ life }) => life.isAlive);
  }

  kill(driving: Driving): void {
    driving.life.end();
    this.drivers = this.drivers.filter((each) => each !== driving);
  }

  crash(): void {
    this.life.end();
    this.handle.crash();
  }

  /** Ask a run to stop, as often as it takes to be told that it was asked. */
  async cancel(run: RunId): Promise<Delivered> {
    const { world } = this.around;
    if (this.store === null) return 'unknown';
    return this.store.send({
      run,
      name: CANCEL,
      body: encode([1, 'enough']),
      atMs: world.wall.nowMs(),
      key: 'cancel',
    });
  }

  // ------------------------------------------------------------------- states

  private liveOf({ run, epoch, sequence }: Commit): LiveRun | null {
    for (const { driver } of this.drivers) {
      const live = driver['engine']['seats'].get(run)?.live;
      if (live?.record.epoch === epoch && live.sequence === sequence) return live;
    }
    return null;
  }

  /** In memory, the state of a commit is there at the moment it is handed to the store. */
  private committing(commit: Commit): void {
    const live = this.liveOf(commit);
    if (live === null) return;
    const { run, epoch, sequence } = commit;
    this.around.audit.committing(run, epoch, sequence, digestOf(live.machine));
  }

  private async loaded(loaded: LoadedRun): Promise<void> {
    const { store } = this;
    if (store === null) return;
    const digest = await digestOfLoaded(store, loaded);
    this.around.audit.loaded(loaded.record.run, loaded.sequence, digest);
  }
}

/** The state that a store gives, in a machine of its own. */
export async function digestOfLoaded(store: TableStore, loaded: LoadedRun): Promise<string> {
  const { registry } = openLibrary();
  const { run, seed, lineage, program: hash } = loaded.record;
  const programs = new Programs(store, registry);
  const program = await programs.load(hash);
  const machine = machineOf(loaded, {
    program,
    registry,
    random: randomSource(seed, run, lineage),
    base: await programs.baseOf(loaded.record, program),
  });
  return digestOf(machine);
}
