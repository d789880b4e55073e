// The engine: makes runs move.
//
//     claim ──▶ load ──▶ turn ──▶ commit ──▶ release ──┐
//       ▲                 ▲                  (effects, │ more to do
//     wake: arrival,      └──────────────── output) ◀──┘
//     timer, resume
//
// Owns:      which runs this process drives, which of them are in memory, and whose turn it is.
// Does not:  know an opcode (machine), a byte (snapshot, store), or how an effect is carried out.
// Talks to:  Store, LiveRun, Outbox, Clock, and whoever listens.
//
// Invariants:
//
//   EN1. Nothing leaves before it is committed (L1): effects and output are released when the store
//        has said that their commit is on disk. Meanwhile the run, and others, may go on.
//   EN2. One driver a run (L8): each commit names the epoch of the claim. A run whose commit is
//        refused for that is let go, and what it did since is forgotten.
//   EN3. A turn is synchronous. No answer and no other run can come in between.
//   EN4. The world enters as recorded inputs: the moment, arrivals, the environment (L4).
//   EN5. Runs that can go on take turns. None waits for more than one turn of each other.
//   EN6. A run that waits may be forgotten at any time after its last commit: what wakes it is in
//        the store.
//
// The only awaits in this file are on the store.

import { FlowError, isFlowError } from '../bytecode/errors.ts';
import type { Registry } from '../machine/registry.ts';
import type { EffectRecord, RunId, RunRecord, RunStatus, Store } from '../store/store.ts';
import type { Clock, Stop } from './clock.ts';
import type { EffectKinds } from './connector.ts';
import { readEnding, type Ending } from './endings.ts';
import { argumentValues, decodeInput, type ValueTexts } from './input.ts';
import type { HostEnvironment } from './instant.ts';
import {
  COMMITS_AHEAD_MAX,
  LOADS_MAX,
  RELEASE_NOTE_MS,
  WARM_BYTES_MAX,
  WARM_RUNS_MAX,
} from './limits.ts';
import { LiveRun, stderrOf, WAKE, type LiveContext, type Release } from './live.ts';
import type { Outbox } from './outbox.ts';
import type { Programs } from './programs.ts';
import { randomSource } from './random.ts';
import { machineOf } from './state.ts';
import { Wakeups } from './wakeups.ts';

/** What doors are told. All of it is on disk when it is told. */
export interface EngineEvents {
  /** The program printed this. `again`: it may have been told before a crash. */
  output?(event: {
    readonly run: RunId;
    readonly sequence: number;
    readonly stdout: string;
    readonly stderr: string;
    readonly again: boolean;
  }): void;
  /** A run that had begun was read from the store, and goes on from there. */
  loaded?(event: {
    readonly run: RunId;
    readonly sequence: number;
    /** Calls and loop turns it has made up to there, since it began. */
    readonly ticks: number;
    /** Of the state: its last checkpoint and the deltas since. */
    readonly bytes: number;
  }): void;
  /** A commit is on disk. */
  progress?(event: {
    readonly run: RunId;
    readonly sequence: number;
    readonly status: RunStatus;
    /** As in `loaded`, after this commit. */
    readonly ticks: number;
  }): void;
  ended?(event: { readonly run: RunId; readonly ending: Ending }): void;
  /** The run cannot go on in this process: another driver took it, or it cannot be loaded. */
  stuck?(event: { readonly run: RunId; readonly error: unknown }): void;
  /** The store has failed; nothing goes on. */
  failed?(error: unknown): void;
}

export interface EngineOptions {
  readonly store: Store;
  readonly programs: Programs;
  readonly registry: Registry;
  readonly clock: Clock;
  readonly kinds: EffectKinds;
  readonly texts: ValueTexts;
  readonly environment: HostEnvironment;
  /** Names this process among all drivers there ever were. */
  readonly driver: string;
  readonly events: EngineEvents;
  readonly warmRunsMax?: number;
}

/** A run in memory, with what only the engine knows of it. */
interface Seat {
  readonly live: LiveRun;
  /** Has its place in the queue. */
  isQueued: boolean;
  /** Arrivals wait in the store. */
  hasArrivals: boolean;
  /** They are being read. */
  isReading: boolean;
  /** Commits on their way to the disk. */
  ahead: number;
  /** Waits until some of them are there. */
  isParked: boolean;
  /** Bytes of its state, for the sum of all. */
  bytes: number;
  note: Stop | null;
}

export class Engine {
  private readonly options: EngineOptions;
  private readonly liveContext: LiveContext;
  private readonly wakeups: Wakeups;
  private outbox: Outbox | null = null;
  /** In memory, the longest unused first. */
  private readonly seats = new Map<RunId, Seat>();
  private warmBytes = 0;
  private queue: Seat[] = [];
  private isPumping = false;
  /** Runs to be loaded, and being loaded. */
  private readonly wanted = new Set<RunId>();
  private readonly loading = new Set<RunId>();
  /** The runs this process drives; null for all that there are. */
  private scope: Set<RunId> | null = new Set();
  private readonly stuckRuns = new Map<RunId, unknown>();
  private readonly stopArrivals: Stop;
  private failure: unknown = null;
  private isClosing = false;
  /** Calls of the store that have not come back. */
  private calls = 0;
  private settledWaiters: (() => void)[] = [];

  constructor(options: EngineOptions) {
    this.options = options;
    const { kinds, environment, texts, store, clock } = options;
    const tellsOutput = options.events.output !== undefined;
    this.liveContext = { kinds, environment, texts, tellsOutput };
    this.wakeups = new Wakeups({
      store,
      clock,
      wake: (run) => this.wake(run),
      isInMemory: (run) => this.seats.has(run) || this.loading.has(run) || this.wanted.has(run),
      ask: (call) => this.ask(call),
    });
    this.stopArrivals = store.onArrival((run) => this.arrived(run));
  }

  /** The outbox takes what commits ask for. Set once, before anything moves. */
  connect(outbox: Outbox): void {
    this.outbox = outbox;
  }

  // ------------------------------------------------------------ what to drive

  drives(run: RunId): boolean {
    return !this.stuckRuns.has(run) && (this.scope === null || this.scope.has(run));
  }

  /** Drive a run: from now on it goes on whenever it can. */
  drive(run: RunId): void {
    this.scope?.add(run);
    this.stuckRuns.delete(run);
    this.wake(run);
  }

  /** Drive every run there is and will be in the store. */
  async driveAll(): Promise<void> {
    this.scope = null;
    this.wakeups.watchStore();
    const { store } = this.options;
    let after: string | null = null;
    do {
      const page = await store.listRuns({ status: 'open', after });
      for (const { run, status } of page.rows) {
        if (this.isClosing) return;
        if (status.kind === 'ready') this.wake(run);
        else if ((await store.answersFor({ run, limit: 1 })).length > 0) this.wake(run);
      }
      after = page.next;
    } while (after !== null);
  }

  /** Why a run does not go on in this process, if it is stuck. */
  stuckError(run: RunId): unknown {
    return this.stuckRuns.get(run);
  }

  /** The live machine of a run, if it is in memory and nothing of it is on its way. */
  liveRun(run: RunId): LiveRun | null {
    return this.seats.get(run)?.live ?? null;
  }

  // ------------------------------------------------------------------- waking

  private arrived(run: RunId): void {
    if (!this.drives(run)) return;
    const seat = this.seats.get(run);
    if (seat === undefined) this.wake(run);
    else {
      seat.hasArrivals = true;
      this.enqueue(seat);
    }
  }

  private wake(run: RunId): void {
    if (this.isClosing || this.failure !== null || !this.drives(run)) return;
    const seat = this.seats.get(run);
    if (seat !== undefined) this.enqueue(seat);
    else if (!this.loading.has(run)) {
      this.wanted.add(run);
      this.loadNext();
    }
  }

  private loadNext(): void {
    while (this.loading.size < LOADS_MAX) {
      const [run] = this.wanted;
      if (run === undefined) return;
      this.wanted.delete(run);
      this.loading.add(run);
      void this.ask(() => this.load(run))
        .catch((error: unknown) => this.giveUp(run, error))
        .finally(() => {
          this.loading.delete(run);
          this.loadNext();
          this.checkSettled();
        });
    }
  }

  private async load(run: RunId): Promise<void> {
    const { store, programs, registry, driver, clock } = this.options;
    const found = await store.getRun(run);
    if (found === null) throw new FlowError('FLOW_RUN_UNKNOWN', `there is no run ${run}`, { run });
    const ending = readEnding(found.status);
    if (ending !== null) {
      this.scope?.delete(run);
      this.options.events.ended?.({ run, ending });
      return;
    }
    const record = await this.claim(found, driver, clock.nowMs());
    const program = await programs.load(record.program);
    const random = randomSource(record.seed, run, record.lineage);
    const options = { program, registry, random };
    const timers = await store.timersOf(run);
    const timer = timers.find((each) => each.timer === WAKE)?.dueMs ?? null;
    const machine = machineOf(await store.loadRun(run), options);
    if (record.sequence === 0) {
      const input = decodeInput(run, record.input);
      machine.state.argv = input.argv;
      const args = argumentValues(run, input, this.options.texts);
      machine.start(record.entry === '' ? null : record.entry, args);
    }
    const live = new LiveRun(record, machine, program, timer, this.liveContext);
    if (this.isClosing) return;
    await this.tellAgain(record);
    this.seat(live);
    if (record.sequence === 0) return;
    const { sequence, bytes } = record;
    const ticks = machine.state.tickCount;
    const size = bytes.checkpoint + bytes.sinceCheckpoint;
    this.options.events.loaded?.({ run, sequence, ticks, bytes: size });
  }

  /** Claim a run, unless the last claim is this process's own. */
  private claim(found: RunRecord, driver: string, atMs: number): Promise<RunRecord> {
    const { store } = this.options;
    const { id, generation } = store.identity;
    const { lineage } = found;
    const isOurs =
      found.driver === driver && lineage.store === id && lineage.generation === generation;
    if (isOurs) return Promise.resolve(found);
    return store.claimRun({ run: found.run, driver, epoch: found.epoch, atMs });
  }

  /** What was committed and perhaps never told: the driver before us died in between. */
  private async tellAgain({ run, released, sequence, historyFrom }: RunRecord): Promise<void> {
    const { store, events } = this.options;
    if (events.output === undefined || released >= sequence) return;
    const from = Math.max(released + 1, historyFrom);
    for await (const entry of store.history({ run, from, to: sequence })) {
      const stderr = stderrOf(entry.events);
      if (entry.output === '' && stderr === '') continue;
      const told = { run, sequence: entry.sequence, stdout: entry.output, stderr };
      events.output({ ...told, again: true });
    }
  }

  private seat(live: LiveRun): void {
    const { bytes } = live.record;
    const seat: Seat = {
      live,
      isQueued: false,
      hasArrivals: true,
      isReading: false,
      ahead: 0,
      isParked: false,
      bytes: bytes.checkpoint + bytes.sinceCheckpoint,
      note: null,
    };
    // tellAgain() has just told what was not noted as told.
    if (this.liveContext.tellsOutput) live.released = live.record.sequence;
    live.answerFlushes();
    this.seats.set(live.run, seat);
    this.warmBytes += seat.bytes;
    this.enqueue(seat);
  }

  // -------------------------------------------------------------------- turns

  private enqueue(seat: Seat): void {
    if (seat.isQueued || seat.isReading || this.isClosing) return;
    seat.isQueued = true;
    this.queue.push(seat);
    this.pumpSoon();
  }

  private pumpSoon(): void {
    if (this.isPumping) return;
    this.isPumping = true;
    this.options.clock.soon(() => this.pump());
  }

  /** One turn of one run (EN5). */
  private pump(): void {
    this.isPumping = false;
    const seat = this.queue.shift();
    if (seat !== undefined && this.failure === null && !this.isClosing) {
      seat.isQueued = false;
      // The map's order is that of use.
      this.seats.delete(seat.live.run);
      this.seats.set(seat.live.run, seat);
      try {
        if (seat.hasArrivals) this.readArrivals(seat);
        else this.turn(seat);
      } catch (error) {
        // The machine has failed us: the run stays where its last commit left it.
        this.giveUp(seat.live.run, error);
      }
    }
    if (this.queue.length > 0) this.pumpSoon();
    else this.checkSettled();
  }

  private readArrivals(seat: Seat): void {
    const { live } = seat;
    seat.hasArrivals = false;
    seat.isReading = true;
    if (seat.ahead === 0) live.forgetGivenUp();
    const { run } = live;
    void this.ask(() => this.options.store.answersFor({ run, after: live.lastArrival }))
      .then((arrivals) => {
        live.take(arrivals);
        // A full page may not be all.
        if (arrivals.length > 0) seat.hasArrivals = true;
      })
      .catch((error: unknown) => this.giveUp(run, error))
      .finally(() => {
        seat.isReading = false;
        if (this.seats.get(run) === seat) this.enqueue(seat);
        this.checkSettled();
      });
  }

  private turn(seat: Seat): void {
    const { live } = seat;
    const { clock } = this.options;
    if (seat.ahead >= COMMITS_AHEAD_MAX) {
      seat.isParked = true;
      return;
    }
    const nowMs = clock.nowMs();
    if (live.isEnded) return;
    if (live.hasSlices) this.stageSlice(seat);
    if (live.canGoOn(nowMs)) {
      live.turn(nowMs);
      if (live.needsCommit) this.commit(seat);
    }
    if (live.isEnded) return;
    if (seat.hasArrivals || live.hasSlices || live.canGoOn(nowMs)) this.enqueue(seat);
    else this.rest(seat);
  }

  /** Nothing to do until something happens. */
  private rest(seat: Seat): void {
    const { wakeAtMs } = seat.live;
    this.wakeups.appoint(seat.live.run, wakeAtMs);
    this.noteRelease(seat);
    this.trim();
  }

  // ------------------------------------------------------------------ commits

  private commit(seat: Seat): void {
    const { live } = seat;
    seat.note?.();
    seat.note = null;
    const wasSlicing = live.hasSlices;
    const { commit, release } = live.commit(this.options.clock.nowMs());
    seat.ahead++;
    void this.ask(() => this.options.store.commit(commit))
      .then(({ bytes }) => {
        live.durable = commit.sequence;
        live.noteBytes(bytes.sinceCheckpoint, bytes.checkpoint);
        this.weigh(seat, bytes.checkpoint + bytes.sinceCheckpoint);
        this.release(live, release);
      })
      .catch((error: unknown) => this.giveUp(live.run, error))
      .finally(() => {
        seat.ahead--;
        this.landed(seat);
      });
    // The first slice must be handed in while its commit is the run's last.
    if (live.hasSlices && !wasSlicing) this.stageSlice(seat);
  }

  /** Write one slice of a large checkpoint ahead of the commit that will complete it. */
  private stageSlice(seat: Seat): void {
    const slice = seat.live.takeSlice();
    if (slice === null) return;
    void this.ask(() => this.options.store.stageChunk(slice)).catch((error: unknown) =>
      this.giveUp(seat.live.run, error),
    );
  }

  private landed(seat: Seat): void {
    const { live } = seat;
    if (this.seats.get(live.run) === seat) {
      if (live.isEnded && seat.ahead === 0) this.forget(seat);
      else if (seat.isParked) {
        seat.isParked = false;
        this.enqueue(seat);
      } else if (!seat.isQueued) this.noteRelease(seat);
    }
    this.checkSettled();
  }

  /** A commit is on disk: what it asked for may leave (EN1). */
  private release(live: LiveRun, release: Release): void {
    const { events, store } = this.options;
    const { run, record } = live;
    const { sequence, status, stdout, stderr, ticks } = release;
    if (stdout !== '' || stderr !== '') {
      events.output?.({ run, sequence, stdout, stderr, again: false });
      live.released = sequence;
      const seat = this.seats.get(run);
      if (live.answerFlushes() && seat?.live === live) this.enqueue(seat);
    }
    for (const effect of release.effects) {
      const asked: EffectRecord = {
        run,
        effect: effect.effect,
        kind: effect.kind,
        request: effect.request,
        sequence,
        origin: store.identity.id,
        dispatch: effect.dispatch ?? true,
        state: { kind: 'pending', notBeforeMs: 0 },
      };
      this.outbox?.offer(asked, record.seed);
    }
    this.outbox?.cancel(release.abandoned.map((effect) => ({ run, effect })));
    events.progress?.({ run, sequence, status, ticks });
    const ending = readEnding(status);
    if (ending === null) return;
    this.scope?.delete(run);
    events.ended?.({ run, ending });
  }

  /**
   * Let the store know that the output of a run that waits was released, so that a resumed run
   * does not tell it again. A little later: the next commit may be about to say so.
   */
  private noteRelease(seat: Seat): void {
    const { live } = seat;
    const { clock } = this.options;
    if (seat.note !== null || seat.ahead > 0 || !live.owesReleaseNote) return;
    seat.note = clock.at(clock.nowMs() + RELEASE_NOTE_MS, () => {
      seat.note = null;
      if (this.isClosing || this.seats.get(live.run) !== seat || seat.ahead > 0) return;
      if (live.owesReleaseNote) this.commit(seat);
    });
  }

  // ------------------------------------------------------------------- memory

  private weigh(seat: Seat, bytes: number): void {
    if (this.seats.get(seat.live.run) !== seat) return;
    this.warmBytes += bytes - seat.bytes;
    seat.bytes = bytes;
  }

  private forget(seat: Seat): void {
    if (this.seats.get(seat.live.run) !== seat) return;
    seat.note?.();
    seat.note = null;
    this.seats.delete(seat.live.run);
    this.warmBytes -= seat.bytes;
  }

  /** Forget runs that wait, the longest unused first, while there are too many in memory (EN6). */
  private trim(): void {
    const runsMax = this.options.warmRunsMax ?? WARM_RUNS_MAX;
    if (this.seats.size <= runsMax && this.warmBytes <= WARM_BYTES_MAX) return;
    for (const seat of this.seats.values()) {
      if (this.seats.size <= runsMax && this.warmBytes <= WARM_BYTES_MAX) return;
      const { live } = seat;
      const isBusy = seat.isQueued || seat.isReading || seat.ahead > 0 || seat.hasArrivals;
      if (isBusy || live.hasSlices || !live.isAtRest || live.owesReleaseNote) continue;
      this.forget(seat);
      this.wakeups.asleep(live.run, live.wakeAtMs);
    }
  }

  // ----------------------------------------------------------------- failures

  /** Let go of a run that this process cannot move. The store keeps it as it was. */
  private giveUp(run: RunId, error: unknown): void {
    const seat = this.seats.get(run);
    if (seat !== undefined) this.forget(seat);
    if (this.isClosing && isFlowError(error, 'FLOW_STORE_CLOSED')) return;
    if (isFlowError(error, 'FLOW_STORE_UNAVAILABLE') || isFlowError(error, 'FLOW_STORE_CLOSED')) {
      this.fail(error);
      return;
    }
    if (this.stuckRuns.has(run)) return;
    this.stuckRuns.set(run, error);
    this.options.events.stuck?.({ run, error });
  }

  /** The store is gone: nothing more can be made permanent, so nothing more may happen. */
  fail(error: unknown): void {
    if (this.failure !== null || this.isClosing) return;
    this.failure = error;
    this.options.events.failed?.(error);
    this.checkSettled();
  }

  // ------------------------------------------------------------------ the end

  /** Count calls of the store, to know when all is quiet. */
  async ask<Result>(call: () => Promise<Result>): Promise<Result> {
    this.calls++;
    try {
      return await call();
    } finally {
      this.calls--;
      this.checkSettled();
    }
  }

  private get isSettled(): boolean {
    if (this.failure !== null) return true;
    return (
      this.calls === 0 &&
      this.queue.length === 0 &&
      !this.isPumping &&
      this.loading.size === 0 &&
      this.wanted.size === 0
    );
  }

  private checkSettled(): void {
    if (this.settledWaiters.length === 0 || !this.isSettled) return;
    const waiters = this.settledWaiters;
    this.settledWaiters = [];
    for (const resolve of waiters) resolve();
  }

  /** Resolves when no run can go on until time passes or something arrives. */
  async settled(): Promise<void> {
    for (let quiet = 0; quiet < 2;) {
      if (this.isSettled) {
        // Who waited for the last call of the store may be about to make another one.
        await new Promise<void>((resolve) => this.options.clock.soon(resolve));
        quiet = this.isSettled ? quiet + 1 : 0;
      } else {
        quiet = 0;
        await new Promise<void>((resolve) => this.settledWaiters.push(resolve));
      }
    }
  }

  /** Stop taking turns; resolves when what was handed to the store has come back. */
  async stop(): Promise<void> {
    this.isClosing = true;
    this.stopArrivals();
    this.wakeups.stop();
    this.queue = [];
    this.wanted.clear();
    for (const seat of this.seats.values()) {
      seat.isQueued = false;
      seat.note?.();
      seat.note = null;
    }
    while (this.calls > 0) {
      await new Promise<void>((resolve) => this.options.clock.soon(resolve));
    }
    await this.noteReleases();
  }

  /** Last of all: say what output was released, so that nobody tells it again. */
  private async noteReleases(): Promise<void> {
    if (this.failure !== null) return;
    const { store, clock } = this.options;
    for (const { live } of this.seats.values()) {
      if (!live.owesReleaseNote) continue;
      const { commit } = live.commit(clock.nowMs());
      await store.commit(commit).catch(() => {});
    }
  }
}
