// Frames, generators and tasks: what a run is doing, as objects of its heap.
//
//     Task.stack   [ main's slots ──── │ f's slots ── │ g's slots ─ ]   one array
//     Task.frames  [ main             , f            , g            ]   callers first
//
// A callee's slots begin where its arguments stand on the caller's stack, so a
// call copies nothing. A generator that is not running keeps its slots itself.
//
// Invariants:
//
//   F1. A frame that is not on top waits: what it waits for is said by the
//       callee's `hook`, and `rest` is the instruction before which it goes on.
//   F2. `wpc` of a waiting frame is the word at which `rest` is entered.
//   F3. `low` is the lowest index of a frame that has run since the last commit;
//       frames below it are as the last commit wrote them (L5). After a commit it
//       is `depth`: none has run. step() lowers it to the top frame of a task that
//       it lets run, popFrame() to each frame that a return uncovers.

import type { Tuple } from '../values/collections.ts';
import type { ExceptionObject } from '../values/exception.ts';
import { HeapObject } from '../values/heap.ts';
import type { TypeObject } from '../values/type.ts';
import { types } from '../values/types.ts';
import type { Slot, Value } from '../values/value.ts';
import type { Code } from './code.ts';
import type { EventObject } from './event.ts';
import type { FunctionObject } from './function.ts';

/**
 * What becomes of a frame's result in its caller. Numbers are on disk.
 *
 *   missing: the caller's stack lacks its top value, the result
 *   same:    the caller goes on at the instruction that called, not after it
 */
export const HOOKS = {
  VALUE: { code: 0, missing: true, same: false }, // the result is pushed
  DROP: { code: 1, missing: false, same: false }, // the result is dropped
  INIT: { code: 2, missing: true, same: false }, // __init__: None, and data is pushed
  ITERATE: { code: 3, missing: false, same: true }, // FOR_ITER: the next element, or the end
  BINARY: { code: 4, missing: true, same: false }, // NotImplemented: try on, data is (op, flag, x, y)
  RETRY: { code: 5, missing: true, same: true }, // the result takes the operand's place
  IMPORT: { code: 6, missing: true, same: false }, // a module body: data, the module, is pushed
  TASK: { code: 7, missing: false, same: false }, // first frame of a task: settles it
  DELEGATE: { code: 8, missing: false, same: true }, // YIELD_FROM: pass on, or its result
  GETATTR: { code: 9, missing: true, same: false }, // AttributeError: __getattr__ of data (x, name)
  // or, if data are (x, name, true), it is raised by that: it gets x and name
  NOT: { code: 10, missing: true, same: false }, // a bool is pushed negated
  CLOSE: { code: 11, missing: true, same: false }, // generator.close(): must not yield
  TEST: { code: 12, missing: false, same: true }, // `and`, `or`: keep the operand and jump, or drop it
  MADE: { code: 13, missing: true, same: false }, // the result is pushed if it is what was proved
} as const;

export type HookName = keyof typeof HOOKS;
export type Hook = (typeof HOOKS)[HookName]['code'];

export const HOOK_ROWS = Object.fromEntries(
  Object.values(HOOKS).map((row) => [row.code, row]),
) as unknown as Readonly<Record<number, (typeof HOOKS)[HookName]>>;

/** By hook: `missing`. The loop of a generator's consumer asks at each turn. */
export const HOOK_MISSING: readonly boolean[] = Object.values(HOOKS).map((row) => row.missing);

export class Frame {
  code: Code;
  fn: FunctionObject;
  /** Index in the task's stack of this frame's slot 0. */
  base = 0;
  /** Word offset: of the running instruction, or where a resting frame goes on. */
  wpc = 0;
  /** While it rests: the instruction before which it goes on (F1). */
  rest = 0;
  hook: Hook = HOOKS.VALUE.code;
  data: Value = null;
  /** Index in the task's stack of the slot that takes the result. */
  ret = 0;
  /** The exception this frame is handling, if it is inside an except block. */
  handled: ExceptionObject | null = null;
  /** What its caller was handling when it was entered. */
  outer: ExceptionObject | null = null;
  /** The generator or coroutine whose body this is. */
  generator: GeneratorObject | null = null;

  constructor(code: Code, fn: FunctionObject) {
    this.code = code;
    this.fn = fn;
  }
}

export type GeneratorState = 'new' | 'suspended' | 'running' | 'done';

/** What each kind of awaitable of the language is made of: a part of it that is written in flow. */
export const ROLES = {
  async_generator_asend: 'coroutine',
  async_generator_athrow: 'coroutine',
  anext_awaitable: 'coroutine',
  coroutine_wrapper: 'generator',
} as const;

export type Role = keyof typeof ROLES;

/** By function of the prelude. */
const ROLE_OF: Readonly<Record<string, Role>> = {
  _agen_step: 'async_generator_asend',
  _agen_athrow: 'async_generator_athrow',
  _agen_aclose: 'async_generator_athrow',
  _anext_or: 'anext_awaitable',
  _coroutine_iter: 'coroutine_wrapper',
};

function roleOf(frame: Frame | null): Role | null {
  if (frame === null || !frame.code.isHidden) return null;
  return ROLE_OF[frame.code.info.qualname] ?? null;
}

/** A generator or coroutine. While it is not running it owns its frame's slots. */
export class GeneratorObject extends HeapObject {
  readonly kind: 'generator' | 'coroutine' | 'async_generator';
  /** Under which type programs know it, if that is not its kind. */
  readonly role: Role | null;
  /** Null once it is done. */
  frame: Frame | null;
  /** Locals and operand stack, while `state` is new or suspended; else left over for reuse. */
  slots: Slot[] = [];
  /** While it runs: the frame object whose place in Task.frames its own has taken. */
  displaced: Frame | null = null;
  state: GeneratorState = 'new';
  name: string;
  qualname: string;

  /** Named after its function; a snapshot, where that may be gone, gives the names. */
  constructor(
    kind: 'generator' | 'coroutine' | 'async_generator',
    frame: Frame | null,
    name = frame?.fn.name ?? '',
    qualname = frame?.fn.qualname ?? '',
    role = roleOf(frame),
  ) {
    super();
    this.kind = kind;
    this.role = role;
    this.frame = frame;
    this.name = name;
    this.qualname = qualname;
  }

  /** Whether it can be resumed. */
  get isAtRest(): boolean {
    return this.state === 'suspended' || this.state === 'new';
  }

  override get type(): TypeObject {
    return types[this.role ?? this.kind];
  }
}

/** Whether it is awaited once: then it is an error to resume it when it is done. */
export const isAwaitedOnce = ({ kind, role }: GeneratorObject): boolean =>
  kind === 'coroutine' || role === 'coroutine_wrapper';

/** What is said of one that is to be awaited once more. */
export function reusedText({ role }: GeneratorObject): string {
  const what =
    role === 'async_generator_asend'
      ? '__anext__()/asend()'
      : role === 'async_generator_athrow'
        ? 'aclose()/athrow()'
        : 'coroutine';
  return `cannot reuse already awaited ${what}`;
}

/** A bound on waiting that a task is inside of (`with timeout(...)`). */
export interface Deadline {
  /** Names it within its run, so that leaving the block removes the right one. */
  readonly id: number;
  readonly dueMs: number;
}

/** Why a task is not running (L10). */
export type TaskState =
  | { readonly kind: 'ready' }
  /** Awaits an event, since a moment. */
  | { readonly kind: 'waiting'; readonly on: EventObject; readonly sinceMs: number }
  | { readonly kind: 'done' };

export const READY: TaskState = { kind: 'ready' };

/** One thread of control. `await task` gives what its function returns. */
export class Task extends HeapObject {
  readonly number: number;
  readonly name: string;
  stack: Slot[] = [];
  frames: Frame[] = [];
  /** How many of `frames` are in use; those above are kept for the next calls. */
  depth = 0;
  low = 0;
  state: TaskState = READY;
  /** Settled when the task ends. */
  readonly done: EventObject;
  deadlines: readonly Deadline[] = [];
  /** Raised at the waiting line when the task goes on: a cancellation or a rejection. */
  wake: { readonly error: ExceptionObject } | { readonly value: Value } | null = null;
  /** Containers whose repr() is under way, outermost first. */
  reprs: readonly HeapObject[] = [];
  /** A cancellation of the running task by itself: raised at its next wait. */
  cancelled: ExceptionObject | null = null;
  /** What a task that has not begun will call. */
  start: { readonly callable: Value; readonly args: Tuple } | null = null;

  constructor(number: number, name: string, done: EventObject) {
    super();
    this.number = number;
    this.name = name;
    this.done = done;
  }

  override get type(): TypeObject {
    return types.Task;
  }

  get top(): Frame | undefined {
    return this.frames[this.depth - 1];
  }
}
