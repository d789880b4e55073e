// Reading tasks and generators: whole stacks of frames, put back into one array of slots.
//
//     stack   [ main's locals ─ alive ─ ? │ f's locals ─ alive ─ ? │ g's locals ─ alive ]
//
// A frame's slots begin right above what is alive of its caller's, a place for the
// missing value between them. So the array is as long as the frames say, not as their
// functions could make it (L7); what a caller needs above that is free by the time it
// goes on.

import type { Plain } from '../bytecode/codec.ts';
import { EventObject, PENDING } from '../machine/event.ts';
import type { GeneratorObject, Task } from '../machine/frame.ts';
import { HOOKS, HOOK_ROWS, READY, type Deadline, type TaskState } from '../machine/frame.ts';
import { FunctionObject } from '../machine/function.ts';
import { ExceptionObject } from '../values/exception.ts';
import { Tuple } from '../values/collections.ts';
import type { HeapObject } from '../values/heap.ts';
import {
  checkBody,
  checkProgress,
  frameHook,
  readFrame,
  readResting,
  type RestingFrame,
} from './frames.ts';
import type { Raw, Scope } from './gather.ts';
import { GENERATOR_STATES } from './kinds.ts';
import type { Reader } from './reader.ts';
import type { Waiting } from './resting.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

// -------------------------------------------------------------- generators

/** Fill a generator; the frame of one that runs comes with its task. */
export function fillGenerator(
  reader: Reader,
  generator: GeneratorObject,
  { row, scope }: Raw,
): void {
  generator.state = reader.word(row[3], GENERATOR_STATES, 'its state');
  const named = generator as Mutable<GeneratorObject>;
  if (generator.state === 'running' || generator.state === 'done') {
    reader.end(row, 6);
    named.name = reader.text(row[4], 'its name');
    named.qualname = reader.text(row[5], 'its qualified name');
    return;
  }
  const fn = reader.of(row[6], scope, FunctionObject, 'a function');
  const { info } = fn.code;
  named.name = row[4] === null ? info.name : reader.text(row[4], 'its name');
  named.qualname = row[5] === null ? info.qualname : reader.text(row[5], 'its qualified name');
  checkBody(reader, generator, fn.code);
  const isNew = generator.state === 'new';
  const waiting: Waiting = isNew ? 'nothing' : 'sent';
  const { frame, slots } = readResting(reader, fn, row[7], row.slice(9), scope, waiting);
  checkProgress(reader, frame, isNew);
  frame.handled = reader.maybe(row[8], scope, ExceptionObject, 'an exception');
  frame.generator = generator;
  generator.frame = frame;
  generator.slots = [...slots];
}

/** After all tasks: that every generator that runs has been met on a stack. */
export function checkGenerator(reader: Reader, generator: GeneratorObject): void {
  if (generator.state === 'running' && generator.frame === null) {
    throw reader.fault('it runs in no task');
  }
}

// ------------------------------------------------------------------- tasks

/** Fill a task with its frames; all other objects but generators' frames are filled. */
export function fillTask(reader: Reader, task: Task, raw: Raw): void {
  const { row, scope } = raw;
  if (row.length < 11) throw reader.fault('it ends too early');
  (task as Mutable<Task>).done = reader.of(row[4], scope, EventObject, 'an event');
  task.deadlines = readDeadlines(reader, reader.list(row[7], 'its deadlines'));
  task.wake = readWake(reader, row[8], scope);
  task.cancelled = reader.maybe(row[9], scope, ExceptionObject, 'an exception');
  task.start = readStart(reader, row[10], scope);
  task.reprs = readReprs(reader, row.slice(11), scope);
  task.state = readState(reader, row[6], scope);
  const frames = reader.parts(raw.frames, reader.index(row[5], Infinity, 'its depth'));
  task.depth = frames.length;
  task.low = frames.length;
  checkTask(reader, task);

  const isWaiting = task.state.kind === 'waiting' || task.wake !== null;
  let caller: RestingFrame | null = null;
  for (const [index, part] of frames.entries()) {
    const next = frames[index + 1];
    const waiting: Waiting =
      next !== undefined ? frameHook(reader, next) : isWaiting ? 'event' : 'nothing';
    const resting = readFrame(reader, part, waiting);
    const isLowest = resting.frame.hook === HOOKS.TASK.code;
    if (isLowest !== (index === 0)) throw reader.fault('its lowest frame is not the first');
    place(task, resting, caller);
    caller = resting;
  }
  const needed = task.frames.reduce(
    (most, { base, code }) => Math.max(most, base + code.frameSize),
    0,
  );
  while (task.stack.length <= needed) task.stack.push(undefined);
}

/** Put a frame on top of its caller. */
function place(task: Task, { frame, slots }: RestingFrame, caller: RestingFrame | null): void {
  if (caller !== null) {
    frame.base = caller.frame.base + caller.slots.length + 1;
    frame.outer = caller.frame.handled ?? caller.frame.outer;
    if (HOOK_ROWS[frame.hook]?.missing === true) frame.ret = frame.base - 1;
  }
  const { stack } = task;
  while (stack.length < frame.base) stack.push(undefined);
  for (const slot of slots) stack.push(slot);
  task.frames.push(frame);
}

function checkTask(reader: Reader, task: Task): void {
  const { state, depth, start, wake } = task;
  const isDone = state.kind === 'done';
  const isFit = isDone
    ? depth === 0 && start === null && task.reprs.length === 0
    : depth > 0 === (start === null) && !(wake !== null && depth === 0);
  if (!isFit) throw reader.fault('its frames do not fit its state');
  if (state.kind !== 'waiting') return;
  if (depth === 0 || wake !== null || state.on.state !== PENDING) {
    throw reader.fault('it waits for what it cannot');
  }
}

function readState(reader: Reader, plain: Plain | undefined, scope: Scope): TaskState {
  if (plain === 0) return READY;
  if (plain === 1) return { kind: 'done' };
  const [on, since] = reader.list(plain, 'its state');
  return {
    kind: 'waiting',
    on: reader.of(on, scope, EventObject, 'an event'),
    sinceMs: reader.finite(since, 'the moment since when it waits'),
  };
}

function readDeadlines(reader: Reader, plain: readonly Plain[]): Deadline[] {
  const deadlines: Deadline[] = [];
  if (plain.length % 2 !== 0) throw reader.fault('a deadline of it has no moment');
  for (let i = 0; i < plain.length; i += 2) {
    deadlines.push({
      id: reader.index(plain[i], Infinity, 'the number of a deadline'),
      dueMs: reader.finite(plain[i + 1], 'a deadline'),
    });
  }
  return deadlines;
}

function readWake(reader: Reader, plain: Plain | undefined, scope: Scope): Task['wake'] {
  if (plain === null) return null;
  const [how, what] = reader.list(plain, 'what wakes it');
  if (how === 0) return { value: reader.value(what, scope) };
  if (how !== 1) throw reader.fault('it wakes in no way');
  return { error: reader.of(what, scope, ExceptionObject, 'an exception') };
}

function readStart(reader: Reader, plain: Plain | undefined, scope: Scope): Task['start'] {
  if (plain === null) return null;
  const [callable, args] = reader.list(plain, 'what it begins with');
  return {
    callable: reader.value(callable, scope),
    args: reader.of(args, scope, Tuple, 'a tuple'),
  };
}

/** Rows of the first versions have none of these, and most rows of later ones. */
function readReprs(reader: Reader, plain: readonly Plain[], scope: Scope): HeapObject[] {
  const reprs = plain.map((each) => reader.ref(each, scope));
  if (new Set(reprs).size !== reprs.length) throw reader.fault('it writes an object twice');
  return reprs;
}
