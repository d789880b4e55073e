// Roots: the rows of what a run has that is no object.
//
//     TASKS [1, 3] [57]      the second and fourth of the tasks before are gone, 57 is new
//
// Lists change by losing members and by getting new ones at the end: a task that
// has had its turn goes to the end, a timer that is due goes away. So a delta
// writes which positions are gone and what was added, and a checkpoint the same
// for a list that was empty before.

import { isList, type Plain } from '../bytecode/codec.ts';
import { EventObject } from '../machine/event.ts';
import type { RunState } from '../machine/state.ts';
import type { HeapObject } from '../values/heap.ts';
import type { Flattener } from './flatten.ts';
import { KIND } from './kinds.ts';
import type { Ledger } from './ledger.ts';
import { corrupt, type Row } from './segment.ts';

/** How one list becomes another. */
export interface ListChange<T> {
  /** Positions in the list before, ascending. */
  readonly gone: readonly number[];
  readonly added: readonly T[];
}

/** Null if the lists are alike. */
export function listChange<T>(before: readonly T[], now: readonly T[]): ListChange<T> | null {
  const gone: number[] = [];
  let kept = 0;
  for (const [position, each] of before.entries()) {
    if (now[kept] === each) kept++;
    else gone.push(position);
  }
  if (gone.length === 0 && kept === now.length) return null;
  return { gone, added: now.slice(kept) };
}

/** Carry a change out. @throws FLOW_SNAPSHOT_CORRUPT */
export function changeList<T>(list: T[], gone: Plain | undefined, added: readonly T[]): T[] {
  const positions = new Set<number>();
  let last = -1;
  for (const position of isList(gone) ? gone : []) {
    if (typeof position !== 'number' || position <= last || position >= list.length) {
      throw corrupt('a member is gone from a list that did not have it');
    }
    positions.add((last = position));
  }
  const kept = positions.size === 0 ? list : list.filter((_, at) => !positions.has(at));
  return [...kept, ...added];
}

/** The rows of a state's roots: those that the ledger does not say are written. */
export function writeRoots(
  out: Flattener,
  state: RunState,
  ledger: Ledger,
  dirty: readonly HeapObject[],
): Row[] {
  const rows: Row[] = [];
  if (state.argv !== ledger.argv) rows.push([KIND.ARGV, ...state.argv]);
  if (state.intTextDigits !== ledger.intTextDigits) {
    rows.push([KIND.INT_DIGITS, state.intTextDigits]);
  }
  if (state.quotaUse !== ledger.quotaUse) {
    const { log, graceUntil, measureAt, isOver } = state.quotaUse;
    rows.push([KIND.QUOTA_USE, log, graceUntil, measureAt, Number(isOver)]);
  }
  const modules = [...state.modules.values()];
  if (listChange(ledger.modules, modules) !== null) {
    rows.push([KIND.MODULES, ...modules.map((module) => out.ref(module))]);
  }
  const tasks = listChange(ledger.tasks, state.tasks);
  if (tasks !== null) {
    rows.push([KIND.TASKS, tasks.gone, ...tasks.added.map((task) => out.ref(task))]);
  }
  const pending = pendingChange(state, ledger, dirty);
  if (pending !== null) {
    ledger.notePending(pending.gone, pending.added);
    const row: Plain[] = [KIND.PENDING, pending.gone];
    for (const event of pending.added) row.push(event.effect, out.ref(event));
    rows.push(row);
  }
  const timers = listChange(ledger.timers, state.timers);
  if (timers !== null) {
    const row: Plain[] = [KIND.TIMERS, timers.gone];
    for (const { dueMs, event } of timers.added) row.push(dueMs, out.ref(event));
    rows.push(row);
  }
  const failed = listChange(ledger.failed, state.failed);
  if (failed !== null) {
    rows.push([KIND.FAILED, failed.gone, ...failed.added.map((task) => out.ref(task))]);
  }
  return rows;
}

/**
 * Which events wait for an answer that did not before, and the ordinals of those
 * that no longer do. New ones have new ordinals and settled ones are dirty, so
 * how many wait does not matter (L5); if the sums do not agree, all are looked at.
 */
function pendingChange(
  { pending, effectCount }: RunState,
  ledger: Ledger,
  dirty: readonly HeapObject[],
): ListChange<EventObject> | null {
  const added: EventObject[] = [];
  if (ledger.isNew) added.push(...pending.values());
  for (let at = ledger.effectCount + 1; at <= effectCount && !ledger.isNew; at++) {
    const event = pending.get(at);
    if (event !== undefined) added.push(event);
  }
  let gone: number[] = [];
  for (const each of dirty) {
    if (!(each instanceof EventObject) || each.state.kind === 'pending') continue;
    if (ledger.pending.has(each.effect)) gone.push(each.effect);
  }
  if (ledger.pending.size - gone.length + added.length !== pending.size) {
    gone = [...ledger.pending].filter((ordinal) => !pending.has(ordinal));
  }
  if (gone.length === 0 && added.length === 0) return null;
  return { gone: gone.sort((a, b) => a - b), added };
}

export function stateRow(state: RunState): Row {
  return [
    KIND.STATE,
    state.heap.nextId,
    state.tickCount,
    state.effectCount,
    state.randomCount,
    state.taskCount,
    state.deadlineCount,
    state.identityCount,
    state.recursionLimit,
  ];
}
