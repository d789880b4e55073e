// Tasks: who waits for what, and what makes them go on.
//
//     ready ──await──▶ waiting ──answer, time, cancel──▶ ready ──▶ … ──▶ done
//
// A task goes on with a value or with an exception raised at the waiting line;
// `wake` holds which. Time is an input of the batch like any other.

import { makeException, type ExceptionObject } from '../values/exception.ts';
import { types } from '../values/types.ts';
import { missingSlot } from './calls.ts';
import { EventObject, type EventState } from './event.ts';
import { HOOKS, READY, type Frame, type Task } from './frame.ts';
import type { Machine } from './machine.ts';
import { formatTraceback } from './traceback.ts';
import { blame, raiseIn } from './unwind.ts';

/** Kinds of events that the machine settles itself: at once, the others having their turn first. */
const TURN = 'turn';

/** And when no task can go on: so whoever awaits it lets another one run until it waits. */
const IDLE = 'idle';

/** Let those go on that wait until no other task can; whether there were any. */
export function wakeIdle(machine: Machine): boolean {
  const idle = machine.state.tasks.find(
    ({ state }) => state.kind === 'waiting' && state.on.effect === 0 && state.on.kind === IDLE,
  );
  if (idle?.state.kind !== 'waiting') return false;
  machine.settleEvent(idle.state.on, { kind: 'resolved', value: null });
  return true;
}

/** Let the running task wait for an event. Its frame rests, lacking the event's value. */
export function waitFor(machine: Machine, task: Task, event: EventObject): void {
  task.state = { kind: 'waiting', on: event, sinceMs: machine.nowMs };
  task.touch();
  if (task.cancelled !== null) {
    wakeWithError(task, task.cancelled);
    task.cancelled = null;
    return;
  }
  // Others that are ready have their turn first.
  if (event.kind === TURN) {
    machine.settleEvent(event, { kind: 'resolved', value: null });
    machine.rotate(task);
  }
  // A deadline that has passed already is noticed at once.
  expire(machine, task);
}

/** Raise Timeout in a waiting task whose deadline has come. */
function expire(machine: Machine, task: Task): void {
  if (task.state.kind !== 'waiting') return;
  const passed = task.deadlines.find(({ dueMs }) => dueMs <= machine.momentMs);
  if (passed === undefined) return;
  wakeWithError(task, makeException(types.Timeout, 'timed out'));
}

export function wakeWithError(task: Task, error: ExceptionObject): void {
  task.wake = { error };
  task.state = READY;
  task.touch();
}

/** What the moment of this batch changes: timers that are due, deadlines that have passed. */
export function wakeByTime(machine: Machine): void {
  const { state, momentMs: nowMs } = machine;
  const due: { readonly dueMs: number; readonly what: EventObject | Task }[] = [];
  for (const { dueMs, event } of state.timers) if (dueMs <= nowMs) due.push({ dueMs, what: event });
  if (due.length > 0) state.timers = state.timers.filter(({ dueMs }) => dueMs > nowMs);
  for (const task of state.tasks) {
    if (task.state.kind !== 'waiting') continue;
    const first = task.deadlines.reduce((least, { dueMs }) => Math.min(least, dueMs), Infinity);
    if (first <= nowMs) due.push({ dueMs: first, what: task });
  }
  // In the order of the moments, as they would have come one by one: a run whose driver was away
  // finds what it would have found. Of one moment, timers first.
  for (const { what } of due.toSorted((a, b) => a.dueMs - b.dueMs)) {
    if (what instanceof EventObject) machine.settleEvent(what, { kind: 'resolved', value: null });
    else expire(machine, what);
  }
}

/** Make the frame at rest go on with what woke the task. */
export function wakeTask(machine: Machine, task: Task): void {
  const { wake } = task;
  task.wake = null;
  if (wake === null) return;
  const frame = task.top as Frame;
  if ('value' in wake) {
    task.stack[missingSlot(frame)] = wake.value;
    return;
  }
  blame(machine, frame, HOOKS.VALUE.code);
  raiseIn(machine, task, wake.error, false);
}

/** A task has come to its end. */
export function endTask(
  machine: Machine,
  task: Task,
  how: Exclude<EventState, { kind: 'pending' }>,
): void {
  const { state } = machine;
  task.state = { kind: 'done' };
  task.frames = [];
  task.stack = [];
  task.depth = 0;
  task.low = 0;
  task.reprs = [];
  task.touch();
  state.tasks = state.tasks.filter((each) => each !== task);
  if (task.number === 1) machine.ended = how;
  else if (how.kind === 'rejected' && !isAwaited(machine, task)) {
    // One that was asked to stop, and did, has not failed.
    if (!how.error.cls.isSubtype(types.Cancelled)) state.failed = [...state.failed, task];
  }
  machine.settleEvent(task.done, how);
}

function isAwaited({ state }: Machine, { done }: Task): boolean {
  return state.tasks.some((each) => each.state.kind === 'waiting' && each.state.on === done);
}

/** Somebody learns of a failure by awaiting it: it need not be told at the end. */
export function noteAwaited({ state }: Machine, event: EventObject): void {
  if (state.failed.length === 0) return;
  state.failed = state.failed.filter(({ done }) => done !== event);
}

/** What the first of the failed tasks failed with, if more than so many are not told of yet. */
export function untoldFailure({ state }: Machine, kept: number): ExceptionObject | null {
  const [first] = state.failed;
  if (first === undefined || state.failed.length <= kept) return null;
  return first.done.state.kind === 'rejected' ? first.done.state.error : null;
}

/** Tell of it on stderr: it is told once, since it is not in the state of that commit any more. */
export function tellFailure(machine: Machine, error: ExceptionObject): void {
  const { state, program } = machine;
  const [first] = state.failed;
  // Its text was computed in flow, and meanwhile somebody may have awaited it.
  if (first?.done.state.kind !== 'rejected' || first.done.state.error !== error) return;
  state.failed = state.failed.slice(1);
  const head = `Task '${first.name}' failed, and nothing awaited it:\n`;
  machine.tell(head + formatTraceback(program, error));
}

/** Ask a task to stop: Cancelled is raised at its waiting line, or before it begins. */
export function cancelTask(machine: Machine, task: Task, reason: string | null): boolean {
  if (task.state.kind === 'done') return false;
  const error = makeException(types.Cancelled, ...(reason === null ? [] : [reason]));
  if (task.depth === 0) {
    task.start = null;
    endTask(machine, task, { kind: 'rejected', error });
    return true;
  }
  // A task that does not wait (it runs, or its turn is over) gets it at its next wait: only a frame
  // that waits has a place for it.
  if (task.state.kind === 'ready' && task.wake === null) {
    task.cancelled = error;
    task.touch();
    return true;
  }
  wakeWithError(task, error);
  return true;
}
