// A run in memory: its machine, and what of it is on its way to the disk.
//
//     arrivals ──take──▶ machine ──turn──▶ [ effects, output, status ] ──commit──▶ store
//                                                    │                     │ on disk
//                                                    └──── released ◀──────┘
//
// Synchronous and without a clock: the engine says what time it is, and hands what comes out to
// the store. So a run can be stepped in a test by hand.
//
// Owns:      the machine, the numbers of commits, what was taken in and asked for since the last.
// Does not:  wait, read the store, or send anything.
//
// Invariants:
//
//   LV1. What leaves (effects, output) is in the Release of a commit, and the engine releases
//        nothing before that commit is on disk (L1).
//   LV2. The moments a run sees never go back, whatever the host's clock does.
//   LV3. An arrival is settled in the machine and named as consumed by the same commit (T7).

import type { EffectRequest, Machine, Outcome } from '../machine/machine.ts';
import type { LinkedProgram } from '../machine/link.ts';
import type {
  Arrival,
  Commit,
  EffectId,
  NewEffect,
  NewTimer,
  RunId,
  RunRecord,
  RunStatus,
  StagedChunk,
} from '../store/store.ts';
import { BatchInputs } from './batch.ts';
import { Checkpointing } from './checkpointing.ts';
import type { EffectKinds } from './connector.ts';
import { effectId, newEffect } from './effects.ts';
import { doneStatus, failedStatus } from './endings.ts';
import type { ValueTexts } from './input.ts';
import { driverWaitOf, type DriverWait, type HostEnvironment } from './instant.ts';
import { COMMIT_TICKS, COMPUTE_TICKS_MAX, TICKS_PER_BYTE } from './limits.ts';
import { encodeNotes } from './notes.ts';
import { encodeReasons, reasonsOf } from './reasons.ts';
import { StateWriter } from './state.ts';
import { settleWait, takeIn, takeTurn, type TurnHost } from './turn.ts';

/** What leaves once a commit is on disk. */
export interface Release {
  readonly sequence: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly effects: readonly NewEffect[];
  readonly abandoned: readonly string[];
  readonly status: RunStatus;
  /** Ticks since the run began. */
  readonly ticks: number;
}

/** What a live run needs of its driver. */
export interface LiveContext {
  readonly kinds: EffectKinds;
  readonly environment: HostEnvironment;
  readonly texts: ValueTexts;
  /** Whether somebody is told what runs print. */
  readonly tellsOutput: boolean;
  /** Whether somebody makes checkpoints of large states (checkpoint-maker.ts). */
  readonly makesApart?: boolean;
}

/** The one timer a run has in the store: the earliest moment at which time alone wakes it. */
export const WAKE = 'wake';

export class LiveRun {
  readonly run: RunId;
  readonly record: RunRecord;
  readonly machine: Machine;
  readonly program: LinkedProgram;
  readonly checkpoints: Checkpointing;
  private readonly writer: StateWriter;
  private readonly context: LiveContext;

  /** The last commit handed to the store, and the last that is on disk. */
  sequence: number;
  durable: number;
  /** The last arrival taken in. */
  lastArrival = 0;
  /** What commits up to this one printed has been told; and what the store knows of that. */
  private toldUpTo: number;
  private noted: number;
  /** The last commit that printed something. */
  private lastOutput = 0;
  /** Tasks that wait for their driver, with the commit that says so. */
  private waits: (DriverWait & { readonly sequence: number })[];
  /** How the last turn ended; before the first, what the state says by itself. */
  outcome: Outcome;
  /** The moment the run has seen. */
  private nowMs: number;

  /** What only this driver can say to the run, written down as it says it. */
  private readonly host: TurnHost = {
    environment: (name) => this.inputs.says(this.context.environment(name)),
    isTold: (hasPrinted) =>
      this.inputs.says(!this.owesOutput && !(hasPrinted && this.context.tellsOutput)),
  };

  // Since the last commit:
  private readonly inputs: BatchInputs;
  private consumed: number[] = [];
  private effects: EffectRequest[] = [];
  private abandoned = new Set<number>();
  private stdout = '';
  private stderr = '';
  private messages: string[] = [];
  private ticks = 0;
  private worked = false;
  private ticksSeen: number;

  /** Effects given up by commits that may not be on disk yet. */
  private readonly givenUp = new Set<string>();
  /** The timer as the last commit set it. */
  private timer: number | null;
  /** Bytes of the last commit, with the slices of a checkpoint since the one before. */
  private cost = 0;
  private sliceBytes = 0;

  constructor(
    record: RunRecord,
    machine: Machine,
    program: LinkedProgram,
    timer: number | null,
    context: LiveContext,
  ) {
    this.run = record.run;
    this.record = record;
    this.machine = machine;
    this.program = program;
    this.inputs = new BatchInputs(record);
    this.writer = new StateWriter(machine);
    this.checkpoints = new Checkpointing(this.writer, context.makesApart === true);
    this.context = context;
    this.sequence = record.sequence;
    this.durable = record.sequence;
    // What was pruned cannot be told any more.
    this.toldUpTo = Math.max(record.released, record.historyFrom - 1);
    this.noted = record.released;
    this.nowMs = record.sequence === 0 ? record.createdMs : record.updatedMs;
    this.timer = timer;
    this.ticksSeen = machine.state.tickCount;
    this.waits = [...machine.state.pending.values()].flatMap(({ kind, effect }) => {
      const wait = driverWaitOf(kind);
      return wait === null ? [] : [{ ordinal: effect, kind: wait, sequence: record.sequence }];
    });
    this.outcome = this.hasReadyTask
      ? { kind: 'spent' }
      : { kind: 'waiting', wakeAtMs: machine.wakeAtMs() };
    this.checkpoints.noteBytes(record.bytes.sinceCheckpoint, record.bytes.checkpoint);
  }

  /** Bytes of its state that the store does not count with it. */
  get baseBytes(): number {
    return this.writer.baseBytes;
  }

  /** When time alone will let it go on; null if it never will, or need not wait. */
  get wakeAtMs(): number | null {
    return this.outcome.kind === 'waiting' ? this.outcome.wakeAtMs : null;
  }

  /** Whether all that has happened to it is in a commit: the store can wake it anew. */
  get isAtRest(): boolean {
    const isClean =
      !this.worked && this.consumed.length === 0 && this.waits.length === 0 && !this.isOutward;
    return this.outcome.kind === 'waiting' && isClean && !this.hasReadyTask;
  }

  get isEnded(): boolean {
    return this.outcome.kind === 'done' || this.outcome.kind === 'failed';
  }

  /** Whether the next turn could do anything at a moment. */
  canGoOn(nowMs: number): boolean {
    if (this.isEnded) return false;
    if (this.consumed.length > 0 || this.hasReadyTask) return true;
    const { wakeAtMs } = this;
    return wakeAtMs !== null && wakeAtMs <= Math.max(nowMs, this.nowMs);
  }

  private get hasReadyTask(): boolean {
    return this.machine.state.tasks.some(({ state }) => state.kind === 'ready');
  }

  /** Whether there is something that only the next commit will show the world. */
  get isOutward(): boolean {
    return this.effects.length > 0 || this.hasOutput;
  }

  /**
   * Take in what has arrived. An answer to an effect that a commit on its way to the disk gives up
   * is left alone: that commit drops it.
   */
  take(arrivals: readonly Arrival[]): void {
    for (const each of arrivals) {
      const { arrival, source } = each;
      if (arrival <= this.lastArrival) continue;
      this.lastArrival = arrival;
      if (source.kind === 'answer' && this.givenUp.has(source.effect)) continue;
      this.consumed.push(arrival);
      this.inputs.took();
      if (source.kind === 'message') this.messages.push(source.name);
      takeIn(this.machine, each, this.context);
    }
  }

  /** Let the run go on for one turn. */
  turn(nowMs: number): void {
    const { machine } = this;
    this.nowMs = Math.max(this.nowMs, nowMs);
    const wake = machine.wakeAtMs();
    const isDue = wake !== null && wake <= this.nowMs;
    if (isDue || this.hasReadyTask) this.worked = true;
    const reads = machine.momentReads;
    const turned = takeTurn(machine, this.nowMs, this.host);
    this.outcome = turned.outcome;
    this.stdout += turned.stdout;
    this.stderr += turned.stderr;
    this.effects.push(...turned.effects);
    const sequence = this.sequence + 1;
    for (const each of turned.waits) this.waits.push({ ...each, sequence });
    for (const ordinal of turned.abandoned) this.abandoned.add(ordinal);
    this.inputs.turned(this.nowMs, wake !== null || machine.momentReads > reads);
    this.ticks += machine.state.tickCount - this.ticksSeen;
    this.ticksSeen = machine.state.tickCount;
  }

  /** Whether something that was printed has not been told yet. */
  private get owesOutput(): boolean {
    const { tellsOutput } = this.context;
    return tellsOutput && (this.lastOutput > this.toldUpTo || this.hasOutput);
  }

  private get hasOutput(): boolean {
    return this.stdout !== '' || this.stderr !== '';
  }

  /** Let those go on whose wait for the driver is over; whether there were any. */
  answerWaits(): boolean {
    if (this.waits.length === 0) return false;
    const { owesOutput, durable } = this;
    const settled: number[] = [];
    const left = this.waits.filter(({ ordinal, kind, sequence }) => {
      if (kind === 'told' ? owesOutput : sequence > durable) return true;
      settleWait(this.machine, ordinal);
      settled.push(ordinal);
      return false;
    });
    if (left.length === this.waits.length) return false;
    this.inputs.settled(settled);
    this.waits = left;
    return true;
  }

  /** Whether a task waits for the next commit to be on disk. */
  private get awaitsCommit(): boolean {
    const next = this.sequence + 1;
    return this.waits.some(({ kind, sequence }) => kind === 'durable' && sequence === next);
  }

  /**
   * Ticks after which a run that only computes is committed. Nobody outside sees such a commit, so
   * it may not cost more than a small part of the work that it saves.
   */
  private get patience(): number {
    return Math.min(COMPUTE_TICKS_MAX, Math.max(COMMIT_TICKS, TICKS_PER_BYTE * this.cost));
  }

  /** Whether what the last turn did must be, or had better be, made permanent now. */
  get needsCommit(): boolean {
    if (this.isEnded || this.isOutward || this.consumed.length > 0) return true;
    if (this.abandoned.size > 0 || this.awaitsCommit || this.checkpoints.isStaged) return true;
    if (this.outcome.kind === 'spent') return this.ticks >= this.patience;
    return this.worked;
  }

  /**
   * What a commit printed has been told, or it printed nothing. In the order of commits. A driver
   * that tells nobody stops at the first that printed something: a later one will tell it.
   */
  told(sequence: number, hasOutput: boolean): void {
    if (sequence !== this.toldUpTo + 1) return;
    if (hasOutput && !this.context.tellsOutput) return;
    this.toldUpTo = sequence;
    if (hasOutput) this.lastOutput = Math.max(this.lastOutput, sequence);
  }

  /** Commits that are not known to have been told. */
  get untold(): number {
    return this.durable - this.toldUpTo;
  }

  /** Whether something was told that the store would have told again. */
  get owesNote(): boolean {
    return this.lastOutput > this.noted && this.lastOutput <= this.toldUpTo && this.isAtRest;
  }

  /**
   * The next commit, and what may leave when it is on disk.
   *
   * @param begins whether an effect of a kind will be carried out as soon as it is
   */
  commit(
    nowMs: number,
    begins: (kind: string) => boolean,
  ): { readonly commit: Commit; readonly release: Release } {
    const { run, context } = this;
    const sequence = ++this.sequence;
    if (this.hasOutput) this.lastOutput = sequence;
    const { effects, abandoned } = this.outgoing();
    const status = this.status();
    const timers = this.timers();
    const isOver = this.isEnded;
    const delta = this.writer.delta();
    this.checkpoints.noteDelta(delta.length);
    const checkpoint = isOver ? undefined : this.checkpoints.next(sequence);
    const events = encodeNotes({ messages: this.messages, stderr: this.stderr });
    const atMs = Math.max(this.nowMs, nowMs);
    const commit: Commit = {
      run,
      epoch: this.record.epoch,
      sequence,
      atMs,
      delta,
      inputs: this.inputs.take(atMs),
      status,
      consumed: this.consumed,
      effects: effects.map((request) => newEffect(request, context.kinds, begins)),
      abandoned,
      output: this.stdout,
      ...(timers === null ? {} : { timers }),
      ...(events === undefined ? {} : { events }),
      ...(checkpoint === undefined ? {} : { checkpoint }),
      ...(this.toldUpTo > this.noted ? { released: this.toldUpTo } : {}),
    };
    this.noted = this.toldUpTo;
    this.cost = delta.length + (checkpoint === undefined ? 0 : sizeOf(checkpoint.chunks));
    this.cost += this.sliceBytes;
    this.sliceBytes = 0;
    for (const effect of abandoned) this.givenUp.add(effect);
    const release: Release = {
      sequence,
      stdout: this.stdout,
      stderr: this.stderr,
      effects: commit.effects ?? [],
      abandoned,
      status,
      ticks: this.ticksSeen,
    };
    this.begin();
    return { commit, release };
  }

  /** The next slice of a checkpoint; null if there is none. */
  takeSlice(): StagedChunk | null {
    const slice = this.checkpoints.takeSlice();
    if (slice === null) return null;
    this.sliceBytes += slice.bytes.length;
    return { run: this.run, epoch: this.record.epoch, ...slice };
  }

  /** What it has asked of the outside and has no answer to, as of its last commit. */
  asked(): { readonly effect: EffectId; readonly kind: string }[] {
    return [...this.machine.state.pending.values()]
      .filter(({ kind }) => {
        return driverWaitOf(kind) === null && this.context.kinds.get(kind)?.dispatch !== false;
      })
      .map(({ effect, kind }) => ({ effect: effectId(effect), kind }));
  }

  /** What the batch asks for and gives up. What it did both with never leaves. */
  private outgoing(): { effects: EffectRequest[]; abandoned: string[] } {
    const asked = new Set(this.effects.map(({ ordinal }) => ordinal));
    if (this.isEnded) {
      // A run that ends takes no more answers, and nothing more is sent for it.
      for (const [ordinal, { kind }] of this.machine.state.pending) {
        if (driverWaitOf(kind) === null) this.abandoned.add(ordinal);
      }
    }
    return {
      effects: this.effects.filter(({ ordinal }) => !this.abandoned.has(ordinal)),
      abandoned: [...this.abandoned].filter((ordinal) => !asked.has(ordinal)).map(effectId),
    };
  }

  private begin(): void {
    this.consumed = [];
    this.effects = [];
    this.abandoned = new Set();
    this.stdout = '';
    this.stderr = '';
    this.messages = [];
    this.ticks = 0;
    this.worked = false;
  }

  private status(): RunStatus {
    const { outcome, program, context } = this;
    switch (outcome.kind) {
      case 'spent':
        return { kind: 'ready' };
      case 'waiting':
        // Only the driver can let it go on, so it must not be taken for asleep.
        if (this.waits.length > 0) return { kind: 'ready' };
        return {
          kind: 'waiting',
          reasons: encodeReasons(reasonsOf(this.machine)),
          wakeAtMs: outcome.wakeAtMs,
        };
      case 'done':
        return doneStatus(outcome.result, context.texts);
      case 'failed':
        return failedStatus(program, outcome.error, context.texts);
    }
  }

  /** How the run's timer must change; null if it need not. */
  private timers(): { set?: NewTimer[]; clear?: string[] } | null {
    // A run that has more to do is resumed anyway. One that ends loses its timers by itself, but
    // that the store must look for them.
    const isOver = this.isEnded;
    if (!isOver && (this.outcome.kind !== 'waiting' || this.waits.length > 0)) return null;
    const dueMs = this.outcome.kind === 'waiting' ? this.outcome.wakeAtMs : null;
    if (dueMs === this.timer) return null;
    this.timer = dueMs;
    return dueMs === null ? { clear: [WAKE] } : { set: [{ timer: WAKE, dueMs }] };
  }

  /** All commits are on disk: from now on the store itself drops what was given up. */
  forgetGivenUp(): void {
    this.givenUp.clear();
  }
}

function sizeOf(chunks: readonly Uint8Array[]): number {
  return chunks.reduce((sum, { length }) => sum + length, 0);
}
