// Driving: a store open, a driver on it, and runs that go on until they end or somebody says stop.
//
//     start or resume ──▶ driver ──▶ output → stdout     ends → exit status
//                           ▲
//                  Ctrl-C, SIGTERM, a closed stdout: close it; its runs stay in the store
//
// Owns: the process's signals and streams while runs are driven.
//
// Invariants:
//
//   DR1. stdout has what programs print and nothing else; with --json, events as lines and nothing
//        else. Whatever a person is told goes to stderr.
//   DR2. However the command ends, the runs are as their last commits left them, and who is not
//        at its end is named with the command that goes on with it.

import type { Connector } from '../vm/engine/connector.ts';
import { openDriver, type Driver, type DriverOptions } from '../vm/engine/driver.ts';
import type { Ending } from '../vm/engine/endings.ts';
import type { EngineEvents } from '../vm/engine/engine.ts';
import type { RunId, Store } from '../vm/store/store.ts';
import { readKeep } from './arguments.ts';
import { monotonicMs } from './moments.ts';
import { openStore, type Opening } from './open.ts';
import type { Place } from './place.ts';
import { Reporter } from './reporter.ts';
import { EXIT, say, type ExitStatus } from './terminal.ts';
import { driverOptions, makeConnectors, type Listening } from './world.ts';

export interface DriveOptions extends Listening {
  readonly json?: boolean;
  /** How much of their past runs keep that have no policy of their own. */
  readonly keep?: string;
}

/** What a command has while it drives. */
export interface Driving {
  readonly driver: Driver;
  readonly store: Store;
  readonly reporter: Reporter;
}

/** What a command does once a driver is open: the runs it then waits for. */
export type Begin = (driving: Driving) => Promise<Iterable<RunId>>;

export interface Drive {
  readonly place: Place;
  /** `flowvm resume`: for the note of who has the store. */
  readonly command: string;
  readonly create: boolean;
  /** The store, if it is being opened already. It is closed here. */
  readonly opening?: Opening | null;
  readonly options: DriveOptions;
  /** How a person goes on with runs that were left off. */
  readonly resume: (runs: readonly RunId[]) => string;
  /** What the end of a cancelled run means to the command; by default failure. */
  readonly cancelledStatus?: ExitStatus;
}

/** Signals that end a driver, and the exit status of each: 128 and its number. */
const SIGNALS = { SIGINT: EXIT.interrupted, SIGTERM: 143, SIGHUP: 129 } as const;

/** Drive runs until all have ended; returns what the process should exit with. */
export async function drive(asked: Drive, begin: Begin): Promise<ExitStatus> {
  const { place, command, create, opening } = asked;
  const { keep } = asked.options;
  // First, so that a mistake in an option makes no store.
  const kept = keep === undefined ? {} : { kept: readKeep(keep).kept };
  const connectors = await makeConnectors(asked.options);
  const open = await (opening?.opened ?? openStore(place, { command, create, drives: true }));
  try {
    return await new Session(asked, open.store, connectors, kept).run(begin);
  } finally {
    await open.close();
  }
}

class Session {
  private readonly asked: Drive;
  private readonly store: Store;
  private readonly connectors: readonly Connector[];
  private readonly kept: Pick<DriverOptions, 'kept'>;
  private readonly reporter: Reporter;
  /** Runs that are waited for. */
  private readonly open = new Set<RunId>();
  private readonly endings = new Map<RunId, Ending>();
  private readonly stuck = new Set<RunId>();
  /** Of the store; it has been told. */
  private failure: unknown = null;
  private stop: (status: ExitStatus) => void = () => {};
  private readonly stopped: Promise<ExitStatus>;
  private begun = false;
  private begunMs = 0;

  constructor(
    asked: Drive,
    store: Store,
    connectors: readonly Connector[],
    kept: Pick<DriverOptions, 'kept'>,
  ) {
    this.asked = asked;
    this.kept = kept;
    this.connectors = connectors;
    this.store = store;
    this.reporter = new Reporter({
      json: asked.options.json === true,
      place: asked.place,
      unread: () => this.stop(EXIT.unread),
    });
    this.stopped = new Promise((resolve) => (this.stop = resolve));
  }

  async run(begin: Begin): Promise<ExitStatus> {
    // A driver whose runs all sleep holds nothing that would keep the process alive.
    const alive = setInterval(() => {}, 2 ** 30);
    const signals = Object.entries(SIGNALS).map(([name, status]) => {
      const signal = name as keyof typeof SIGNALS;
      const listener = (): void => this.interrupted(status);
      process.on(signal, listener);
      return () => process.off(signal, listener);
    });
    try {
      const options = driverOptions(this.store, this.connectors);
      const driver = await openDriver({ ...options, ...this.kept, events: this.events() });
      try {
        const { store, reporter } = this;
        for (const { address } of this.connectors) {
          if (address == null) continue;
          reporter.event('listening', { address });
          reporter.hint(`callbacks are taken at ${address}/callback/`);
        }
        this.begunMs = monotonicMs();
        for (const run of await begin({ driver, store, reporter })) {
          // Some may have ended while the others were begun.
          if (!this.endings.has(run) && !this.stuck.has(run)) this.open.add(run);
        }
        this.begun = true;
        this.checkEnd();
        const status = await this.stopped;
        await driver.close();
        return status;
      } catch (error) {
        if (error !== this.failure) throw error;
        return EXIT.failed;
      } finally {
        await driver.close();
      }
    } finally {
      clearInterval(alive);
      for (const off of signals) off();
      this.leave();
    }
  }

  private events(): EngineEvents {
    const { reporter } = this;
    return {
      output: (event) => reporter.output(event),
      loaded: (event) => reporter.loaded(event, monotonicMs() - this.begunMs),
      progress: (event) => reporter.progress(event),
      ended: ({ run, ending }) => {
        this.endings.set(run, ending);
        reporter.ended(run, ending);
        this.open.delete(run);
        this.checkEnd();
      },
      stuck: ({ run, error }) => {
        this.stuck.add(run);
        reporter.stuck(run, error);
        this.open.delete(run);
        this.checkEnd();
      },
      failed: (error) => {
        this.failure = error;
        reporter.failed(error);
        this.stop(EXIT.failed);
      },
    };
  }

  private checkEnd(): void {
    if (this.begun && this.open.size === 0) this.stop(this.status());
  }

  /** Of one run, its own; of several, whether all went well. */
  private status(): ExitStatus {
    if (this.stuck.size > 0) return EXIT.failed;
    const statuses = [...this.endings.values()].map((ending) => this.statusOf(ending));
    const [only = EXIT.done] = statuses;
    if (statuses.length === 1) return only;
    return statuses.every((each) => each === EXIT.done) ? EXIT.done : EXIT.failed;
  }

  private statusOf(ending: Ending): ExitStatus {
    if (ending.kind === 'done') return EXIT.done;
    if (ending.kind === 'failed') return ending.exitStatus;
    return this.asked.cancelledStatus ?? EXIT.failed;
  }

  private interrupted(status: ExitStatus): void {
    this.stop(status);
    // Asked twice: whatever is under way is not waited for. The store bears that (T1).
    for (const name of Object.keys(SIGNALS)) {
      process.on(name, () => {
        this.leave();
        process.exit(status);
      });
    }
  }

  /** DR2 */
  private leave(): void {
    this.reporter.close();
    const left = [...this.open];
    const [only] = left;
    if (only === undefined) return;
    const what = left.length === 1 ? `run ${only} is` : `${left.length} runs are`;
    say(`${what} suspended; to go on: ${this.asked.resume(left)}`);
  }
}
