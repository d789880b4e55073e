// The driver: the one facade over engine, outbox and connectors, for doors and tests.
//
//     openDriver({ store, registry, clock, … }) ──▶ start, resume, cancel, why, inspect, close
//
//                 ┌──────── Driver ────────┐
//     bin/ ─────▶ │ Engine      Outbox     │ ─────▶ Store
//                 └────────────────┬───────┘
//                                  ▼
//                              connectors
//
// The world is handed in: the clock, random bytes, a name for this process, connectors. The store
// is the caller's: it opens it and closes it, after the driver.
//
// Only runs that were started or resumed through it move; resume() without names takes all.

import type { PackedProgram } from '../bytecode/encode.ts';
import { encode } from '../bytecode/codec.ts';
import { FlowError } from '../bytecode/errors.ts';
import type { Registry } from '../machine/registry.ts';
import type { Base } from '../snapshot/base.ts';
import { isQuotaLimit, isQuotaName, QUOTAS, type Quotas } from '../values/quotas.ts';
import type { Delivered, NewRun, RunId, RunStatus, Store } from '../store/store.ts';
import type { CheckpointMaker } from './checkpoint-maker.ts';
import type { Clock } from './clock.ts';
import type { Connector, EffectKinds } from './connector.ts';
import { readEnding, type Ending } from './endings.ts';
import { Engine } from './engine.ts';
import type { EngineEvents } from './events.ts';
import { encodeInput, type ValueTexts } from './input.ts';
import { inspectRun, type RunView } from './inspect.ts';
import { CANCEL } from './turn.ts';
import { Outbox } from './outbox.ts';
import { Past, type At } from './past.ts';
import { Programs } from './programs.ts';
import type { Kept } from './keep.ts';
import { explain, type Explanation } from './why.ts';

export interface DriverOptions {
  readonly store: Store;
  readonly registry: Registry;
  readonly clock: Clock;
  /** So many random bytes: for new runs' ids and seeds. */
  readonly random: (bytes: number) => Uint8Array;
  /** Names this process among all drivers there ever were: host, process id, something random. */
  readonly name: string;
  /** Which kinds of effects there are, whoever carries them out. */
  readonly kinds: EffectKinds;
  /** Those that live in this process; started and stopped with the driver. */
  readonly connectors?: readonly Connector[];
  /** JSON as values and back. */
  readonly texts: ValueTexts;
  readonly events?: EngineEvents;
  /** Waiting runs kept in memory. */
  readonly warmRunsMax?: number;
  /** Whether runs begin from base images; see NewRunOptions.base. */
  readonly bases?: boolean;
  /** How much of the past of a run is kept that has no policy of its own (keep.ts). */
  readonly kept?: Kept;
  /** Who makes checkpoints of large states; without, they hold up all runs. Closed with this. */
  readonly checkpoints?: CheckpointMaker;
}

export interface NewRunOptions {
  readonly program: PackedProgram;
  /** A function of the program to call after its body has run. */
  readonly entry?: string;
  /** JSON texts: the arguments of that function. */
  readonly args?: readonly string[];
  /** What sys.argv shows. */
  readonly argv?: readonly string[];
  /** How much of what it may use (vm/values/quotas.ts). A run with quotas begins from no base. */
  readonly quotas?: Quotas;
  readonly labels?: Readonly<Record<string, string>>;
  /** Starting again under the same key gives the run of the first time. */
  readonly key?: string;
  readonly id?: RunId;
  /** False only puts it into the store: resume() lets it go, here or in another process. */
  readonly go?: boolean;
  /**
   * Whether it begins from the base image of its program, if there is one (vm/snapshot/base.ts).
   * By default from the second run of a program in this process on: a program that runs once would
   * execute its imports twice.
   */
  readonly base?: boolean;
}

/** Start connectors and engine. Nothing moves before start() or resume(). */
export async function openDriver(options: DriverOptions): Promise<Driver> {
  const driver = new Driver(options);
  await driver.open();
  return driver;
}

/** Bits of a run's id, and of its seed. */
const ID_BYTES = 8;
const SEED_BYTES = 32;

/** Programs whose starts are remembered. */
const STARTED_MAX = 4096;

export class Driver {
  private readonly options: DriverOptions;
  private readonly engine: Engine;
  private readonly outbox: Outbox;
  private readonly programs: Programs;
  private readonly waiters = new Map<RunId, Waiter[]>();
  /** Programs that a run was started of. */
  private readonly started = new Set<string>();
  private failure: unknown = null;
  private closing: Promise<void> | null = null;

  constructor(options: DriverOptions) {
    this.options = options;
    const { store, registry, clock, kinds, texts, name, events = {} } = options;
    const connectors = options.connectors ?? [];
    this.programs = new Programs(store, registry);
    this.engine = new Engine({
      store,
      programs: this.programs,
      registry,
      clock,
      kinds,
      texts,
      driver: name,
      environment: (kind) => connectors.find((each) => each.kind === kind)?.address ?? null,
      events: {
        ...events,
        ended: (event) => {
          events.ended?.(event);
          this.settle(event.run, (waiter) => waiter.resolve(event.ending));
        },
        stuck: (event) => {
          events.stuck?.(event);
          this.settle(event.run, (waiter) => waiter.reject(event.error));
        },
        failed: (error) => {
          this.failure = error;
          events.failed?.(error);
          for (const run of [...this.waiters.keys()]) {
            this.settle(run, (waiter) => waiter.reject(error));
          }
        },
      },
      ...(options.warmRunsMax === undefined ? {} : { warmRunsMax: options.warmRunsMax }),
      ...(options.kept === undefined ? {} : { kept: options.kept }),
      ...(options.checkpoints === undefined ? {} : { checkpoints: options.checkpoints }),
    });
    this.outbox = new Outbox({
      store,
      clock,
      connectors,
      kinds,
      drives: (run) => this.engine.drives(run),
      ask: (call) => this.engine.ask(call),
      giveUp: (run, error) => this.engine.giveUp(run, error),
      fail: (error) => this.engine.fail(error),
    });
    this.engine.connect(this.outbox);
  }

  /** Called once, by openDriver. */
  async open(): Promise<void> {
    await this.outbox.start();
  }

  /**
   * Make a run, and let it go. Resolves when the run is in the store.
   *
   * @throws FLOW_RUN_EXISTS, FLOW_STORE_UNAVAILABLE, FLOW_REQUEST_INVALID
   */
  async start(asked: NewRunOptions): Promise<{ readonly run: RunId; readonly created: boolean }> {
    const { store, clock, random, texts, name } = this.options;
    const { program, argv = [], args = [], quotas = {}, labels, key } = asked;
    checkQuotas(quotas);
    // A run that cannot read them could neither go on nor fail.
    const unread = args.findIndex((json) => texts.read(json) === undefined);
    if (unread >= 0) {
      const what = `argument ${unread + 1} is no JSON that can be read here`;
      throw new FlowError('FLOW_REQUEST_INVALID', what, { field: 'args' });
    }
    const { hash, manifest, modules } = program;
    const base = await this.baseFor(asked);
    const blobs = base === null ? modules : [...modules, base];
    const isGoing = asked.go !== false;
    const birth: NewRun = {
      run: asked.id ?? runId(random(ID_BYTES)),
      program: hash,
      modules: blobs.map((each) => each.hash),
      code: [...blobs, { hash, bytes: manifest }],
      entry: asked.entry ?? '',
      input: encodeInput({ argv, args, quotas }),
      createdMs: clock.nowMs(),
      seed: random(SEED_BYTES),
      ...(labels === undefined ? {} : { labels }),
      ...(key === undefined ? {} : { key }),
      ...(isGoing ? { driver: name } : {}),
    };
    // It goes on while it is on its way to the disk: its first commit is written with it.
    const made = await store.createRun(birth, (record) => {
      this.engine.drive(record.run, { record, linked: this.programs.take(program), base });
    });
    if (isGoing && !made.created) this.engine.drive(made.run);
    return made;
  }

  /** What a new run begins from; null if it executes its imports. */
  private async baseFor({ program, base, quotas = {} }: NewRunOptions): Promise<Base | null> {
    const { hash } = program;
    // What its imports use counts, too.
    if (Object.keys(quotas).length > 0) return null;
    const isFirst = !this.started.has(hash);
    if (isFirst) {
      if (this.started.size >= STARTED_MAX) this.started.clear();
      this.started.add(hash);
    }
    const wants = base ?? this.options.bases ?? !isFirst;
    return wants ? this.programs.base(program) : null;
  }

  /**
   * Take unfinished runs up again: those named, or all there are and will be in the store. What
   * they had asked for and has no answer yet is sent again by the rules of its connector.
   *
   * @throws FLOW_RUN_UNKNOWN  nothing is resumed
   */
  async resume(runs?: readonly RunId[]): Promise<void> {
    if (runs === undefined) await this.engine.driveAll();
    else {
      for (const run of runs) await this.need(run);
      for (const run of runs) this.engine.drive(run);
    }
    this.outbox.look();
  }

  /** Ask a run to stop: Cancelled is raised where it waits, and its `finally` blocks run. */
  async cancel(run: RunId, reason: string | null = null): Promise<Delivered> {
    const { store, clock } = this.options;
    await this.need(run);
    const told = await store.send({
      run,
      name: CANCEL,
      body: encode([1, reason]),
      atMs: clock.nowMs(),
    });
    if (told === 'accepted') this.engine.drive(run);
    return told;
  }

  /** How a run ends. Rejects if it cannot go on in this process. It must be driven by this one. */
  async ended(run: RunId): Promise<Ending> {
    const { status } = await this.need(run);
    const ending = readEnding(status);
    if (ending !== null) return ending;
    const stuck = this.engine.stuckError(run) ?? this.failure;
    if (stuck != null) throw stuck;
    return new Promise<Ending>((resolve, reject) => {
      const waiters = this.waiters.get(run) ?? [];
      waiters.push({ resolve, reject });
      this.waiters.set(run, waiters);
    });
  }

  /** Why a run is not running. @throws FLOW_RUN_UNKNOWN */
  why(run: RunId): Promise<Explanation> {
    return explain(this.options.store, this.options.kinds, run);
  }

  /**
   * A run's stack, locals and globals, without moving it.
   *
   * @param at  a point in its past; by default its last commit
   * @throws FLOW_RUN_UNKNOWN, FLOW_REQUEST_INVALID  that point is not there
   */
  inspect(run: RunId, at?: At): Promise<RunView> {
    const { programs } = this;
    return inspectRun(new Past({ ...this.options, programs }), run, at);
  }

  /** Resolves when no run can go on before time passes or something arrives. */
  settled(): Promise<void> {
    return this.engine.settled();
  }

  /** Stop: what was handed to the store is finished, all else is as the last commits left it. */
  close(): Promise<void> {
    this.closing ??= this.shut();
    return this.closing;
  }

  private async shut(): Promise<void> {
    await this.outbox.stop();
    await this.engine.stop();
    const error = new FlowError('FLOW_STORE_CLOSED', 'the driver was closed');
    for (const run of [...this.waiters.keys()]) this.settle(run, (waiter) => waiter.reject(error));
  }

  private async need(run: RunId): Promise<{ readonly status: RunStatus }> {
    const record = await this.options.store.getRun(run);
    if (record !== null) return record;
    throw new FlowError('FLOW_RUN_UNKNOWN', `there is no run ${run} in this store`, { run });
  }

  private settle(run: RunId, how: (waiter: Waiter) => void): void {
    const waiters = this.waiters.get(run) ?? [];
    this.waiters.delete(run);
    for (const waiter of waiters) how(waiter);
  }
}

/** @throws FLOW_REQUEST_INVALID */
function checkQuotas(quotas: Quotas): void {
  for (const [name, limit] of Object.entries(quotas)) {
    if (isQuotaName(name) && isQuotaLimit(name, limit)) continue;
    const what = isQuotaName(name)
      ? `a quota of ${name} is a whole number, at least ${QUOTAS[name].least}`
      : `there is no quota of '${name}'`;
    throw new FlowError('FLOW_REQUEST_INVALID', what, { field: 'quotas' });
  }
}

interface Waiter {
  readonly resolve: (ending: Ending) => void;
  readonly reject: (error: unknown) => void;
}

/** Letters and digits that nobody confuses when reading them out. */
const ID_DIGITS = 'abcdefghjkmnpqrstuvwxyz23456789';

/** `r-` and text of random bytes. */
function runId(bytes: Uint8Array): RunId {
  let value = bytes.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
  let text = '';
  while (text.length < 12) {
    text += ID_DIGITS.charAt(Number(value % BigInt(ID_DIGITS.length)));
    value /= BigInt(ID_DIGITS.length);
  }
  return `r-${text}`;
}
