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

import { isFlowError } from '../bytecode/errors.ts';
import type { Registry } from '../machine/registry.ts';
import type { Arrival, EffectRecord, Page, RunId, RunRecord, Store } from '../store/store.ts';
import type { CheckpointMaker } from './checkpoint-maker.ts';
import type { Clock, Stop } from './clock.ts';
import type { EffectKinds } from './connector.ts';
import { readEnding, type Ending } from './endings.ts';
import type { EngineEvents } from './events.ts';
import type { ValueTexts } from './input.ts';
import type { HostEnvironment } from './instant.ts';
import { KEPT, type Kept } from './keep.ts';
import { COMMITS_AHEAD_MAX, LOADS_MAX, RELEASE_NOTE_MS, UNTOLD_MAX } from './limits.ts';
import type { LiveContext, Release } from './live.ts';
import { Loader, type FreshRun } from './loading.ts';
import type { Outbox } from './outbox.ts';
import type { Programs } from './programs.ts';
import { Quiet } from './quiet.ts';
import { Retention } from './retention.ts';
import { Seats, type Seat } from './seats.ts';
import { Staging } from './staging.ts';
import { Turns } from './turns.ts';
import { Wakeups } from './wakeups.ts';

export type { EngineEvents } from './events.ts';

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
  readonly kept?: Kept;
  /** Who makes checkpoints of large states; without, they are made between turns. */
  readonly checkpoints?: CheckpointMaker;
}

export class Engine {
  private readonly options: EngineOptions;
  private readonly liveContext: LiveContext;
  private readonly loader: Loader;
  private readonly wakeups: Wakeups;
  private readonly quiet: Quiet;
  private readonly seats: Seats;
  private readonly retention: Retention;
  private readonly staging: Staging;
  private outbox: Outbox | null = null;
  private readonly turns = new Turns<Seat>();
  private isPumping = false;
  /** Turns that will be taken before all others. */
  private hurried = 0;
  /** Runs to be loaded, and being loaded. */
  private readonly wanted = new Set<RunId>();
  private readonly loading = new Set<RunId>();
  /** Of the runs to be loaded: those that were made here, and something may have arrived for. */
  private readonly fresh = new Map<RunId, { run: FreshRun; hasArrivals: boolean }>();
  /** The runs this process drives; null for all that there are. */
  private scope: Set<RunId> | null = new Set();
  private readonly stuckRuns = new Map<RunId, unknown>();
  private readonly stopArrivals: readonly Stop[];
  /** The last arrival of a run that is on its way to the disk, and was not taken in before. */
  private readonly coming = new Map<RunId, number>();
  private failure: unknown = null;
  private isClosing = false;

  constructor(options: EngineOptions) {
    this.options = options;
    const { kinds, environment, texts, store, clock, events } = options;
    const tellsOutput = events.output !== undefined;
    const makesApart = options.checkpoints !== undefined;
    this.liveContext = { kinds, environment, texts, tellsOutput, makesApart };
    this.loader = new Loader({ ...options, context: this.liveContext });
    this.quiet = new Quiet(clock, () => this.hasWork);
    this.seats = new Seats(options.warmRunsMax);
    this.retention = new Retention({
      store,
      kept: options.kept ?? KEPT,
      ask: (call) => this.ask(call),
      fail: (error) => this.fail(error),
    });
    this.staging = new Staging({
      store,
      maker: options.checkpoints ?? null,
      ask: (call) => this.ask(call),
      goOn: (seat) => {
        if (this.seats.isTaken(seat)) this.enqueue(seat);
      },
      giveUp: (run, error) => this.giveUp(run, error),
    });
    this.wakeups = new Wakeups({
      store,
      clock,
      wake: (run) => this.wake(run),
      drives: (run) => this.drives(run),
      isInMemory: (run) => this.seats.has(run) || this.loading.has(run) || this.wanted.has(run),
      ask: (call) => this.ask(call),
    });
    this.stopArrivals = [
      store.onArriving((run, arrival) => this.arriving(run, arrival)),
      store.onArrival((run, arrival) => this.arrived(run, arrival)),
    ];
  }

  /** The outbox takes what commits ask for. Set once, before anything moves. */
  connect(outbox: Outbox): void {
    this.outbox = outbox;
  }

  // ------------------------------------------------------------ what to drive

  drives(run: RunId): boolean {
    // Without a store it moves none: who is due must not be looked for again and again.
    if (this.failure !== null || this.stuckRuns.has(run)) return false;
    return this.scope === null || this.scope.has(run);
  }

  /**
   * Drive a run: from now on it goes on whenever it can.
   *
   * @param fresh  one that has just been made and claimed
   */
  drive(run: RunId, fresh?: FreshRun): void {
    if (fresh !== undefined) this.fresh.set(run, { run: fresh, hasArrivals: false });
    this.scope?.add(run);
    this.stuckRuns.delete(run);
    this.wake(run);
  }

  /** Drive every run there is and will be in the store. */
  async driveAll(): Promise<void> {
    this.scope = null;
    this.wakeups.watchStore();
    // Those that sleep are not looked at: there may be a million of them.
    const { store } = this.options;
    for (let after: string | null = null; ;) {
      const page: Page<RunRecord> = await store.listRuns({ status: 'ready', after });
      for (const { run } of page.rows) this.wake(run);
      for (const { run, error } of page.unreadable) this.giveUp(run, error);
      if (this.isClosing || (after = page.next) === null) break;
    }
    for (let after: string | null = null; ;) {
      const page: Page<RunId> = await store.unreadRuns({ after });
      for (const run of page.rows) if (await this.isOpen(run)) this.wake(run);
      if (this.isClosing || (after = page.next) === null) break;
    }
  }

  /** Whether a run can still go on. If that cannot be read, it does not here. */
  private async isOpen(run: RunId): Promise<boolean> {
    try {
      const record = await this.options.store.getRun(run);
      return record !== null && readEnding(record.status) === null;
    } catch (error) {
      this.giveUp(run, error);
      return false;
    }
  }

  /** Why a run does not go on in this process, if it is stuck. */
  stuckError(run: RunId): unknown {
    return this.stuckRuns.get(run);
  }

  // ------------------------------------------------------------------- waking

  /**
   * What is on its way to the disk is taken in at once by a run that has taken in all before it:
   * its next commit is then written with it. Else it is read when it is there.
   */
  private arriving(run: RunId, arrival: Arrival): void {
    const seat = this.seats.get(run);
    const isNext = seat !== undefined && !seat.hasArrivals && !seat.isReading;
    if (!isNext || this.coming.has(run) || !this.drives(run) || this.isClosing) {
      this.coming.set(run, arrival.arrival);
      return;
    }
    if (seat.ahead === 0) seat.live.forgetGivenUp();
    seat.live.take([arrival]);
    this.hurry(seat);
  }

  private arrived(run: RunId, arrival: number): void {
    if (this.coming.get(run) === arrival) this.coming.delete(run);
    if (!this.drives(run)) return;
    const seat = this.seats.get(run);
    const fresh = this.fresh.get(run);
    if (fresh !== undefined) fresh.hasArrivals = true;
    if (seat === undefined) this.wake(run);
    else if (arrival > seat.live.lastArrival) {
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
      if (run === undefined) {
        this.wakeups.more();
        return;
      }
      this.wanted.delete(run);
      this.loading.add(run);
      void this.ask(() => this.load(run))
        .catch((error: unknown) => this.giveUp(run, error))
        .finally(() => {
          this.loading.delete(run);
          this.loadNext();
          this.quiet.check();
        });
    }
  }

  private async load(run: RunId): Promise<void> {
    const fresh = this.fresh.get(run);
    if (fresh !== undefined) {
      try {
        const live = await this.loader.begin(fresh.run);
        if (!this.isClosing) this.enqueue(this.seats.take(live, fresh.hasArrivals));
      } finally {
        // If it failed, the record may not be its last when it is tried again.
        this.fresh.delete(run);
      }
      return;
    }
    const loaded = await this.loader.load(run);
    if (this.isClosing) return;
    if (loaded.kind === 'ended') this.end(run, loaded.ending);
    else {
      const { live, isTaken } = loaded;
      live.answerWaits();
      if (isTaken) this.outbox?.takeOver(run, live.asked());
      this.enqueue(this.seats.take(live));
    }
  }

  // -------------------------------------------------------------------- turns

  private enqueue(seat: Seat): void {
    if (seat.isQueued || seat.isReading || this.isClosing) return;
    seat.isQueued = true;
    this.turns.put(seat, seat.live.outcome.kind === 'spent');
    this.pumpSoon();
  }

  /**
   * A turn before all others, as soon as the caller has come to its end: for a run whose next
   * commit can go with a write that is being gathered. Each such turn has cost a write, so nobody
   * is kept from theirs (EN5).
   */
  private hurry(seat: Seat): void {
    if (seat.isQueued || seat.isReading || this.isClosing) return;
    seat.isQueued = true;
    this.hurried++;
    queueMicrotask(() => {
      this.hurried--;
      this.serve(seat);
      this.quiet.check();
    });
  }

  private pumpSoon(): void {
    if (this.isPumping) return;
    this.isPumping = true;
    this.options.clock.soon(() => this.pump());
  }

  /** One turn of one run (EN5). */
  private pump(): void {
    this.isPumping = false;
    const seat = this.turns.take();
    if (seat !== undefined) this.serve(seat);
    if (this.turns.length > 0) this.pumpSoon();
    else this.quiet.check();
  }

  private serve(seat: Seat): void {
    seat.isQueued = false;
    if (this.failure !== null || this.isClosing || !this.seats.isTaken(seat)) return;
    this.seats.use(seat);
    try {
      if (seat.hasArrivals) this.readArrivals(seat);
      else this.turn(seat);
    } catch (error) {
      // The machine has failed us: the run stays where its last commit left it.
      this.giveUp(seat.live.run, error);
    }
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
        if (this.seats.isTaken(seat)) this.enqueue(seat);
        this.quiet.check();
      });
  }

  private turn(seat: Seat): void {
    const { live } = seat;
    const { clock } = this.options;
    const isFarAhead = seat.telling !== null && live.untold > UNTOLD_MAX;
    if (seat.ahead >= COMMITS_AHEAD_MAX || isFarAhead) {
      seat.isParked = true;
      return;
    }
    const nowMs = clock.nowMs();
    if (live.isEnded) return;
    if (live.checkpoints.hasSlices) this.staging.stage(seat);
    if (live.canGoOn(nowMs)) {
      live.turn(nowMs);
      if (live.needsCommit) this.commit(seat);
    } else if (live.checkpoints.isStaged) this.commit(seat);
    if (live.isEnded) return;
    const hasMore = seat.hasArrivals || live.checkpoints.hasSlices || live.canGoOn(nowMs);
    if (hasMore || live.checkpoints.isStaged) this.enqueue(seat);
    else this.rest(seat);
  }

  /** Nothing to do until something happens. */
  private rest(seat: Seat): void {
    const { wakeAtMs } = seat.live;
    this.wakeups.appoint(seat.live.run, wakeAtMs);
    this.noteTold(seat);
    for (const { live } of this.seats.trim()) this.wakeups.asleep(live.run, live.wakeAtMs);
  }

  // ------------------------------------------------------------------ commits

  private commit(seat: Seat): void {
    const { live } = seat;
    seat.note?.();
    seat.note = null;
    const nowMs = this.options.clock.nowMs();
    const begins = (kind: string): boolean => this.outbox?.reserve(kind) ?? false;
    const { commit, release } = live.commit(nowMs, begins);
    seat.ahead++;
    void this.ask(() => this.options.store.commit(commit))
      .catch((error: unknown) => {
        this.forgo(release);
        throw error;
      })
      .then(({ bytes }) => {
        live.durable = commit.sequence;
        live.checkpoints.noteBytes(bytes.sinceCheckpoint, bytes.checkpoint);
        this.seats.weigh(seat, bytes.checkpoint + bytes.sinceCheckpoint);
        this.release(seat, release);
        this.retention.committed(live.record, commit);
        this.answerWaits(seat);
        this.staging.durable(seat, commit.sequence);
      })
      .catch((error: unknown) => this.giveUp(live.run, error))
      .finally(() => {
        seat.ahead--;
        this.landed(seat);
      });
    this.staging.committed(seat, commit);
  }

  private landed(seat: Seat): void {
    const { live } = seat;
    if (this.seats.isTaken(seat)) {
      if (live.isEnded && seat.ahead === 0) this.seats.leave(seat);
      else this.unpark(seat);
    }
    this.quiet.check();
  }

  /** Something that a run may have waited for is done. */
  private unpark(seat: Seat): void {
    if (!this.seats.isTaken(seat)) return;
    if (seat.isParked) {
      seat.isParked = false;
      this.enqueue(seat);
    } else if (!seat.isQueued) this.noteTold(seat);
  }

  /** A commit is on disk: what it asked for may leave (EN1). */
  private release(seat: Seat, release: Release): void {
    const { events, store } = this.options;
    const { run, record } = seat.live;
    const { sequence, status, ticks } = release;
    this.tell(seat, release);
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
      this.outbox?.offer(asked, record.seed, effect.attempt !== undefined);
    }
    this.outbox?.cancel(release.abandoned.map((effect) => ({ run, effect })));
    events.progress?.({ run, sequence, status, ticks });
    const ending = readEnding(status);
    if (ending !== null) this.end(run, ending);
  }

  /** A commit has failed: room in the outbox was kept for nothing. */
  private forgo({ effects }: Release): void {
    for (const { kind, attempt } of effects) if (attempt !== undefined) this.outbox?.forgo(kind);
  }

  private end(run: RunId, ending: Ending): void {
    this.scope?.delete(run);
    this.retention.forget(run);
    this.wakeups.appoint(run, null);
    this.options.events.ended?.({ run, ending });
  }

  /** Tell what a commit printed, in the order of commits; what was told is noted in order, too. */
  private tell(seat: Seat, { sequence, stdout, stderr }: Release): void {
    const { live } = seat;
    const { run } = live;
    const hasOutput = stdout !== '' || stderr !== '';
    const { events } = this.options;
    const said = hasOutput
      ? events.output?.({ run, sequence, stdout, stderr, again: false })
      : undefined;
    if (said === undefined && seat.telling === null) {
      this.told(seat, sequence, hasOutput);
      return;
    }
    const telling: Promise<void> = Promise.all([seat.telling, said])
      .then(() => {
        if (seat.telling === telling) seat.telling = null;
        this.told(seat, sequence, hasOutput);
      })
      .catch((error: unknown) => this.giveUp(run, error));
    seat.telling = telling;
  }

  private told(seat: Seat, sequence: number, hasOutput: boolean): void {
    seat.live.told(sequence, hasOutput);
    this.answerWaits(seat);
    this.unpark(seat);
  }

  private answerWaits(seat: Seat): void {
    if (seat.live.answerWaits() && this.seats.isTaken(seat)) this.hurry(seat);
  }

  /**
   * Let the store know what a run that waits has told, so that a resumed run does not tell it
   * again. A little later: the next commit may be about to say so.
   */
  private noteTold(seat: Seat): void {
    const { live } = seat;
    const { clock } = this.options;
    if (seat.note !== null || seat.ahead > 0 || !live.owesNote) return;
    seat.note = clock.at(clock.nowMs() + RELEASE_NOTE_MS, () => {
      seat.note = null;
      if (this.isClosing || !this.seats.isTaken(seat) || seat.ahead > 0) return;
      if (live.owesNote) this.commit(seat);
    });
  }

  // ----------------------------------------------------------------- failures

  /** Let go of a run that this process cannot move. The store keeps it as it was. */
  giveUp(run: RunId, error: unknown): void {
    const seat = this.seats.get(run);
    if (seat !== undefined) this.seats.leave(seat);
    if (this.isClosing && isFlowError(error, 'FLOW_STORE_CLOSED')) return;
    if (isFlowError(error, 'FLOW_STORE_UNAVAILABLE') || isFlowError(error, 'FLOW_STORE_CLOSED')) {
      this.fail(error);
      return;
    }
    // What goes wrong after the store has failed follows from that.
    if (this.failure !== null || this.stuckRuns.has(run)) return;
    this.stuckRuns.set(run, error);
    this.options.events.stuck?.({ run, error });
  }

  /** The store is gone: nothing more can be made permanent, so nothing more may happen. */
  fail(error: unknown): void {
    if (this.failure !== null || this.isClosing) return;
    this.failure = error;
    this.options.events.failed?.(error);
    this.quiet.check();
  }

  // ------------------------------------------------------------------ the end

  /** Make a call of the store that counts as work under way. */
  ask<Result>(call: () => Promise<Result>): Promise<Result> {
    return this.quiet.ask(call);
  }

  private get hasWork(): boolean {
    if (this.failure !== null) return false;
    const hasTurns = this.turns.length > 0 || this.isPumping || this.hurried > 0;
    return hasTurns || this.loading.size > 0 || this.wanted.size > 0;
  }

  /** Resolves when no run can go on until time passes or something arrives. */
  settled(): Promise<void> {
    return this.quiet.settled();
  }

  /** Stop taking turns; resolves when what was handed to the store has come back. */
  async stop(): Promise<void> {
    this.isClosing = true;
    for (const stop of this.stopArrivals) stop();
    this.wakeups.stop();
    this.retention.stop();
    this.turns.clear();
    this.wanted.clear();
    for (const seat of this.seats) {
      seat.isQueued = false;
      seat.note?.();
      seat.note = null;
    }
    await this.staging.stop();
    await this.quiet.answered();
    for (const { telling } of this.seats) await telling;
    await this.noteAll();
  }

  /** Last of all: say what was told, so that nobody tells it again. */
  private async noteAll(): Promise<void> {
    if (this.failure !== null) return;
    const { store, clock } = this.options;
    for (const { live } of this.seats) {
      if (!live.owesNote) continue;
      const { commit } = live.commit(clock.nowMs(), () => false);
      await store.commit(commit).catch(() => {});
    }
  }
}
