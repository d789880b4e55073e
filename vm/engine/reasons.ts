// Reasons: why each task of a run is not running, typed, with the line that waits (L10).
//
//     machine ──reasonsOf──▶ Reason[] ──encode──▶ the `waiting` status ──decode──▶ `flowvm why`
//
// What only the store knows of an effect (tries, failures, when the next one is) is added when
// somebody asks (why.ts). The bytes are one array:
//
//     [1, tasks in all, [task, name, place, on, sinceMs, deadlineMs | null], …]
//     place  [file, line, function, text of the line] or null
//     on     ['timer', dueMs] | ['effect', id, kind] | ['task', number] | ['event', what]

import { decode, encode, isList, type Plain } from '../bytecode/codec.ts';
import type { Code } from '../machine/code.ts';
import { HOOKS, type Frame, type Task } from '../machine/frame.ts';
import type { Machine } from '../machine/machine.ts';
import { placeOf } from '../machine/traceback.ts';
import { blamedInstruction } from '../machine/unwind.ts';
import { effectId } from './effects.ts';
import { REASON_TASKS_MAX } from './limits.ts';

const VERSION = 1;

/** A line of the program. */
export interface SourcePlace {
  readonly file: string;
  readonly line: number;
  readonly name: string;
  readonly text: string;
}

/** What a task waits for. */
export type Awaited =
  /** A moment: time wakes it. */
  | { readonly kind: 'timer'; readonly dueMs: number }
  /** An answer from outside. */
  | { readonly kind: 'effect'; readonly effect: string; readonly effectKind: string }
  /** The end of another task of the run. */
  | { readonly kind: 'task'; readonly task: number }
  /** Something that other tasks of the run will make happen. */
  | { readonly kind: 'event'; readonly what: string };

export interface Reason {
  readonly task: number;
  readonly name: string;
  readonly place: SourcePlace | null;
  readonly on: Awaited;
  readonly sinceMs: number;
  /** When Timeout is raised there; null if never. */
  readonly deadlineMs: number | null;
}

export interface Reasons {
  /** Waiting tasks in all; more than there are rows if there are very many. */
  readonly tasks: number;
  readonly rows: readonly Reason[];
}

/** Where a frame at rest stands, given what its callee's end means to it. */
export function restingPlace(frame: Frame, hook: number): SourcePlace {
  return placeAt(frame, blamedInstruction(frame, hook));
}

/** Where a frame between two instructions goes on. */
export function nextPlace(frame: Frame): SourcePlace {
  return placeAt(frame, frame.rest);
}

/** Where an instruction of a frame stands. */
export function placeAt({ code }: Frame, instruction: number): SourcePlace {
  let known = placesOf.get(code);
  if (known === undefined) placesOf.set(code, (known = new Map()));
  let place = known.get(instruction);
  if (place === undefined) {
    const { file, line, name, text } = placeOf(code, code.table.pcs[instruction] ?? 0);
    place = { file, line, name, text: text.trim() };
    known.set(instruction, place);
  }
  return place;
}

/** By instruction: runs wait at few, again and again, and to find one unpacks a table. */
const placesOf = new WeakMap<Code, Map<number, SourcePlace>>();

/**
 * The line of the program at which a task rests: past the library's own frames. A task that is all
 * the library's, such as spawn(sleep, 5), may have none.
 */
export function waitingPlace(task: Task): SourcePlace | null {
  let hook: number = HOOKS.VALUE.code;
  let innermost: SourcePlace | null = null;
  for (let i = task.depth - 1; i >= 0; i--) {
    const frame = task.frames[i];
    if (frame === undefined) break;
    if (!frame.code.unit.module.isLibrary) return restingPlace(frame, hook);
    if (!frame.code.isHidden) innermost ??= restingPlace(frame, hook);
    ({ hook } = frame);
  }
  return innermost;
}

/** The line of the program that a task runs, between two instructions of it. */
export function runningPlace(task: Task): SourcePlace | null {
  const { top } = task;
  if (top === undefined || top.code.unit.module.isLibrary) return waitingPlace(task);
  return placeAt(top, top.code.translation('plain').instruction[top.wpc] ?? 0);
}

/** Functions by which gather, and race in the first library, watch what they were given. */
const WATCHERS: ReadonlySet<string> = new Set(['_gather_one', '_race_one']);

/** A task of the library's own that only watches another one, which is told of itself. */
export function isWatcher(task: Task): boolean {
  const code = task.frames[1]?.code;
  return code !== undefined && WATCHERS.has(code.info.name) && code.unit.module.isLibrary;
}

/** Why each waiting task waits. The program's own task comes first. */
export function reasonsOf(machine: Machine): Reasons {
  const waiting = machine.state.tasks
    .filter((task) => task.state.kind === 'waiting' && !isWatcher(task))
    .toSorted((a, b) => a.number - b.number);
  const rows: Reason[] = [];
  for (const task of waiting.slice(0, REASON_TASKS_MAX)) {
    if (task.state.kind !== 'waiting') continue;
    const dues = task.deadlines.map(({ dueMs }) => dueMs);
    rows.push({
      task: task.number,
      name: task.name,
      place: waitingPlace(task),
      on: awaited(machine, task),
      sinceMs: task.state.sinceMs,
      deadlineMs: dues.length === 0 ? null : Math.min(...dues),
    });
  }
  return { tasks: waiting.length, rows };
}

function awaited(machine: Machine, task: Task): Awaited {
  if (task.state.kind !== 'waiting') return { kind: 'event', what: 'nothing' };
  const { on } = task.state;
  if (on.effect !== 0) {
    return { kind: 'effect', effect: effectId(on.effect), effectKind: on.kind };
  }
  const timer = machine.state.timers.find(
    ({ event }) => event === on || event.watchers?.some((watcher) => watcher.event === on) === true,
  );
  if (timer !== undefined) return { kind: 'timer', dueMs: timer.dueMs };
  const other = machine.state.tasks.find(({ done }) => done === on);
  return other === undefined
    ? { kind: 'event', what: on.kind }
    : { kind: 'task', task: other.number };
}

export function encodeReasons({ tasks, rows }: Reasons): Uint8Array {
  return encode([
    VERSION,
    tasks,
    ...rows.map(({ task, name, place, on, sinceMs, deadlineMs }): Plain => [
      task,
      name,
      place === null ? null : [place.file, place.line, place.name, place.text],
      encodeAwaited(on),
      sinceMs,
      deadlineMs,
    ]),
  ]);
}

function encodeAwaited(on: Awaited): Plain {
  switch (on.kind) {
    case 'timer':
      return ['timer', on.dueMs];
    case 'effect':
      return ['effect', on.effect, on.effectKind];
    case 'task':
      return ['task', on.task];
    case 'event':
      return ['event', on.what];
  }
}

/** The reasons of a status; none where the bytes are not reasons. For showing only. */
export function decodeReasons(bytes: Uint8Array): Reasons {
  let value: Plain;
  try {
    value = decode(bytes);
  } catch {
    return { tasks: 0, rows: [] };
  }
  const [version, tasks, ...rows] = isList(value) ? value : [];
  if (version !== VERSION || typeof tasks !== 'number') return { tasks: 0, rows: [] };
  return { tasks, rows: rows.map(decodeReason).filter((row) => row !== null) };
}

function decodeReason(row: Plain): Reason | null {
  const [task, name, place, on, sinceMs, deadlineMs] = isList(row) ? row : [];
  const awaitedFor = decodeAwaited(on);
  if (typeof task !== 'number' || typeof name !== 'string' || awaitedFor === null) return null;
  return {
    task,
    name,
    place: decodePlace(place),
    on: awaitedFor,
    sinceMs: typeof sinceMs === 'number' ? sinceMs : 0,
    deadlineMs: typeof deadlineMs === 'number' ? deadlineMs : null,
  };
}

function decodePlace(place: Plain | undefined): SourcePlace | null {
  const [file, line, name, text] = isList(place) ? place : [];
  if (typeof file !== 'string' || typeof line !== 'number') return null;
  return { file, line, name: String(name ?? ''), text: String(text ?? '') };
}

function decodeAwaited(on: Plain | undefined): Awaited | null {
  const [kind, a, b] = isList(on) ? on : [];
  if (kind === 'timer' && typeof a === 'number') return { kind, dueMs: a };
  if (kind === 'task' && typeof a === 'number') return { kind, task: a };
  if (kind === 'event' && typeof a === 'string') return { kind, what: a };
  if (kind === 'effect' && typeof a === 'string' && typeof b === 'string') {
    return { kind, effect: a, effectKind: b };
  }
  return null;
}
