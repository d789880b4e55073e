// Holding a run to its quotas (vm/values/quotas.ts): QuotaExceeded at the instruction that passes
// the limit.
//
//     frames, tasks, log, effects    the call that would pass the limit fails, each time anew
//     instructions, heap             raised once where the running task is; then there is a grace,
//                                    for handlers and `finally`; the run that is still beyond its
//                                    limit when that is over ends, and no handler sees it
//
// Nothing here runs for each instruction. A step has no more ticks than there are until the next
// look, and the look is where its budget is spent: so a run without quotas costs nothing, and the
// loop and compiled code meet a limit at the same tick (compile.ts J3).
//
// Owns:      RunState.quotaUse, what a state must know of its quotas besides its counters.
// Does not:  say what the limits are (the run's input does), or how large a heap is (snapshot).

import { Buffer } from 'node:buffer';
import { makeException, Raised, setField, type ExceptionObject } from '../values/exception.ts';
import { QUOTAS, type QuotaName, type Quotas } from '../values/quotas.ts';
import { types } from '../values/types.ts';
import type { Task } from './frame.ts';
import { isDriverKind } from './event.ts';
import type { Machine } from './machine.ts';
import type { RunState } from './state.ts';
import { endWith, raiseIn } from './unwind.ts';

/** What a machine is held to. */
export interface Held {
  readonly limits: Quotas;
  /** Bytes of the heap of a machine whose frames all rest; asked if there is a quota of it. */
  readonly heapBytes: (machine: Machine) => number;
}

/** Ticks that a run has left when its instructions or its heap are used up: to tidy up. */
export const GRACE_TICKS = 10_000;

/** Ticks between two looks at the heap, at least. */
const MEASURE_TICKS_LEAST = 1_000;

/**
 * Bytes of the heap for each tick between two looks: to measure one takes about as long as so many
 * ticks, so a run spends no more time being measured than running.
 */
const MEASURE_BYTES_PER_TICK = 8;

/** The exception of a quota that has been used up. Its attributes are `quota` and `limit`. */
export function quotaError(quota: QuotaName, limit: number): ExceptionObject {
  const error = makeException(types.QuotaExceeded, `more than ${limit} ${QUOTAS[quota].unit}`);
  setField(error, 'quota', quota);
  setField(error, 'limit', limit);
  return error;
}

/** Frames that may stand above a task's lowest: whichever of its two bounds is the lower. */
export function framesMax({ recursionLimit }: RunState, held: Held | null): number {
  return Math.min(recursionLimit, held?.limits.frames ?? Infinity);
}

/** Another task is about to be made. */
export function holdTasks({ state, held }: Machine): void {
  const limit = held?.limits.tasks;
  if (limit !== undefined && state.tasks.length >= limit) throw beyond('tasks', limit);
}

/** Another effect is about to be asked for. What the driver answers at once is none. */
export function holdEffects({ state, held }: Machine, kind: string): void {
  const limit = held?.limits.effects;
  if (limit === undefined || isDriverKind(kind) || state.pending.size < limit) return;
  const inFlight = [...state.pending.values()].filter((event) => !isDriverKind(event.kind));
  if (inFlight.length >= limit) throw beyond('effects', limit);
}

/** Something is about to be printed. What the language tells of itself is counted, not refused. */
export function holdLog({ state, held }: Machine, text: string, isOurs: boolean): void {
  const limit = held?.limits.log;
  if (limit === undefined) return;
  const log = state.quotaUse.log + Buffer.byteLength(text);
  if (log > limit && !isOurs) throw beyond('log', limit);
  state.quotaUse = { ...state.quotaUse, log };
}

function beyond(quota: QuotaName, limit: number): Raised {
  return new Raised(quotaError(quota, limit));
}

/** The tick of the next look at instructions, and at the heap. */
function looksAt({ quotaUse }: RunState, { limits }: Held): { ticks: number; heap: number } {
  const { graceUntil, measureAt } = quotaUse;
  const most = graceUntil === 0 ? limits.instructions : graceUntil;
  return {
    ticks: most === undefined ? Infinity : most + 1,
    heap: limits.heap === undefined ? Infinity : measureAt || MEASURE_TICKS_LEAST,
  };
}

/** Ticks that a step may do before holdTicks() has something to look at; at least one. */
export function ticksLeft({ state, held }: Machine): number {
  if (held === null) return Infinity;
  const next = looksAt(state, held);
  return Math.max(1, Math.min(next.ticks, next.heap) - state.tickCount);
}

/** A task has spent the budget of a step: see whether it was a quota's, and what is to be done. */
export function holdTicks(machine: Machine, task: Task): void {
  const { state, held } = machine;
  if (held === null) return;
  const { limits } = held;
  const next = looksAt(state, held);
  const { tickCount } = state;
  if (limits.instructions !== undefined && tickCount >= next.ticks) {
    const error = quotaError('instructions', limits.instructions);
    if (state.quotaUse.graceUntil > 0) endRun(machine, error);
    else {
      state.quotaUse = { ...state.quotaUse, graceUntil: tickCount + GRACE_TICKS };
      raiseIn(machine, task, error, false);
    }
  } else if (limits.heap !== undefined && tickCount >= next.heap) {
    const bytes = held.heapBytes(machine);
    const isOver = bytes > limits.heap;
    const pause = Math.max(MEASURE_TICKS_LEAST, Math.ceil(bytes / MEASURE_BYTES_PER_TICK));
    const wasOver = state.quotaUse.isOver;
    const measureAt = tickCount + (isOver ? GRACE_TICKS : pause);
    state.quotaUse = { ...state.quotaUse, measureAt, isOver };
    if (!isOver) return;
    const error = quotaError('heap', limits.heap);
    if (wasOver) endRun(machine, error);
    else raiseIn(machine, task, error, false);
  }
}

/** End the program's own task, and the run with it, whatever its handlers would do. */
function endRun(machine: Machine, error: ExceptionObject): void {
  const main = machine.state.tasks.find(({ number }) => number === 1);
  if (main !== undefined) endWith(machine, main, error);
}
