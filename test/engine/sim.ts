// A driver in a world of its own: simulated time, a store in memory, programs from text.
//
// Time stands still until somebody lets it go on; then it jumps from appointment to appointment.
// The disk outlives drivers, so a test kills one by leaving it alone and opening another.

import { compile } from '../../compiler/compile.ts';
import { renderReport } from '../../compiler/diagnostics/render.ts';
import { Report } from '../../compiler/diagnostics/report.ts';
import { Source } from '../../compiler/diagnostics/source.ts';
import { effectKinds } from '../../stdlib/connectors/kinds.ts';
import { openLibrary } from '../../stdlib/library.ts';
import { jsonToValue, valueTexts } from '../../stdlib/natives/json.ts';
import { packProgram, type PackedProgram } from '../../vm/bytecode/encode.ts';
import type { CheckpointMaker } from '../../vm/engine/checkpoint-maker.ts';
import type { Clock, Stop } from '../../vm/engine/clock.ts';
import type { Connector } from '../../vm/engine/connector.ts';
import { openDriver, type Driver, type NewRunOptions } from '../../vm/engine/driver.ts';
import type { Ending } from '../../vm/engine/endings.ts';
import type { Kept } from '../../vm/engine/keep.ts';
import { MemoryDisk } from '../../vm/store/memory-disk.ts';
import { openMemoryStore } from '../../vm/store/memory.ts';
import type { Adoption, RunId, RunStatus, Store } from '../../vm/store/store.ts';
import { testEnvironment } from '../harness/library.ts';

/** 2030-01-01T00:00:00Z */
export const START_MS = 1_893_456_000_000;

interface Appointment {
  readonly atMs: number;
  readonly number: number;
  readonly call: () => void;
}

/** A clock that stands still between appointments. */
export class SimClock implements Clock {
  ms = START_MS;
  private appointments: Appointment[] = [];
  private count = 0;

  nowMs(): number {
    return this.ms;
  }

  at(atMs: number, call: () => void): Stop {
    const made = { atMs, number: ++this.count, call };
    this.appointments.push(made);
    return () => {
      this.appointments = this.appointments.filter((each) => each !== made);
    };
  }

  soon(call: () => void): void {
    setImmediate(call);
  }

  /** The next appointment's moment; null if there is none. */
  get nextMs(): number | null {
    const next = this.next();
    return next === undefined ? null : next.atMs;
  }

  private next(): Appointment | undefined {
    return this.appointments.toSorted((a, b) => a.atMs - b.atMs || a.number - b.number)[0];
  }

  /** Go to the next appointment and keep it; whether there was one. */
  advance(): boolean {
    const next = this.next();
    if (next === undefined) return false;
    this.appointments = this.appointments.filter((each) => each !== next);
    this.ms = Math.max(this.ms, next.atMs);
    next.call();
    return true;
  }
}

export function compileText(text: string, name = 'main.flow'): PackedProgram {
  const report = new Report();
  const program = compile(new Source(name, text), testEnvironment(), report);
  if (program === null) throw new Error(renderReport(report, { colour: false }));
  return packProgram(program);
}

export { jsonToValue };

/** Random bytes that are the same in every test. */
export function seededBytes(): (count: number) => Uint8Array {
  let state = 1;
  return (count) =>
    Uint8Array.from({ length: count }, () => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
      return state >>> 24;
    });
}

export interface WorldOptions {
  readonly disk?: MemoryDisk;
  readonly clock?: SimClock;
  readonly connectors?: (world: World) => readonly Connector[];
  readonly home?: string;
  readonly adopt?: Adoption;
  readonly warmRunsMax?: number;
  readonly bases?: boolean;
  readonly kept?: Kept;
  readonly checkpoints?: CheckpointMaker;
  readonly name?: string;
  /** How telling what was printed goes. */
  readonly told?: () => Promise<void>;
  /** Runs that get stuck are part of the test. */
  readonly quiet?: boolean;
}

let names = 0;

/** One driver over one disk. */
export class World {
  readonly clock: SimClock;
  readonly disk: MemoryDisk;
  readonly store: Store;
  driver!: Driver;
  stdout = '';
  stderr = '';
  again = '';
  readonly endings = new Map<RunId, Ending>();
  readonly progress: { run: RunId; sequence: number; status: RunStatus }[] = [];
  readonly stuck: { run: RunId; error: unknown }[] = [];
  failure: unknown = null;

  private constructor(clock: SimClock, disk: MemoryDisk, store: Store) {
    this.clock = clock;
    this.disk = disk;
    this.store = store;
  }

  static async open(options: WorldOptions = {}): Promise<World> {
    const { clock = new SimClock(), disk = new MemoryDisk(), home = 'here', adopt } = options;
    const store = await openMemoryStore(
      {
        home,
        create: { id: 'store-1', atMs: clock.nowMs() },
        ...(adopt === undefined ? {} : { adopt }),
      },
      disk,
    );
    const world = new World(clock, disk, store);
    world.driver = await openDriver({
      store,
      registry: openLibrary().registry,
      clock,
      random: seededBytes(),
      name: options.name ?? `driver-${++names}`,
      kinds: effectKinds,
      connectors: options.connectors?.(world) ?? [],
      texts: valueTexts,
      ...(options.bases === undefined ? {} : { bases: options.bases }),
      ...(options.warmRunsMax === undefined ? {} : { warmRunsMax: options.warmRunsMax }),
      ...(options.kept === undefined ? {} : { kept: options.kept }),
      ...(options.checkpoints === undefined ? {} : { checkpoints: options.checkpoints }),
      events: {
        output: ({ stdout, stderr, again }) => {
          if (again) world.again += stdout;
          else world.stdout += stdout;
          world.stderr += stderr;
          return options.told?.();
        },
        progress: (event) => world.progress.push(event),
        ended: ({ run, ending }) => world.endings.set(run, ending),
        stuck: (event) => {
          world.stuck.push(event);
          if (options.quiet !== true) console.error(event.error);
        },
        failed: (error) => {
          world.failure = error;
        },
      },
    });
    return world;
  }

  async start(
    text: string,
    more: Pick<NewRunOptions, 'entry' | 'args' | 'quotas' | 'labels'> = {},
  ): Promise<RunId> {
    const { run } = await this.driver.start({ program: compileText(text), ...more });
    return run;
  }

  /**
   * Let everything happen that can, and time go on, until nothing more can or a moment is reached.
   */
  async play(untilMs = Infinity): Promise<void> {
    for (;;) {
      await this.driver.settled();
      const next = this.clock.nextMs;
      if (next === null || next > untilMs) {
        if (untilMs !== Infinity) this.clock.ms = Math.max(this.clock.ms, untilMs);
        return;
      }
      this.clock.advance();
    }
  }

  /** Start a program, play to the end, and give its ending. */
  async run(text: string): Promise<Ending> {
    const run = await this.start(text);
    await this.play();
    const ending = this.endings.get(run);
    if (ending !== undefined) return ending;
    const stuck = this.stuck.find((each) => each.run === run);
    if (stuck !== undefined) throw stuck.error;
    throw new Error(`the run has not ended: ${JSON.stringify(await this.driver.why(run))}`);
  }
}
