// What compiled code calls: the halves of its words.
//
// Those that need no frame to rest answer at once, or say LEAVE: then the compiled code writes its
// variables back and the loop (loop.ts) does the word as if nothing had been tried. So nothing here
// may have changed anything by the time it says LEAVE.
//
// Those that let other frames run find the caller written back, run what is compiled of them, and
// say by a number how it has ended: RETURNED, LANDED and so on.

import { binary, type BinaryOp } from '../values/arithmetic.ts';
import { Cell, List, Slice, Tuple } from '../values/collections.ts';
import { Dict } from '../values/dict.ts';
import { ExceptionObject, Raised, tracebackOf, typeError } from '../values/exception.ts';
import { advance, iteratorOf } from '../values/iterate.ts';
import { HeapObject } from '../values/heap.ts';
import { NativeIterator } from '../values/iterator.ts';
import { SetObject } from '../values/set.ts';
import { setSliced, sliced } from '../values/slice.ts';
import { Instance, typeEpoch, TypeObject } from '../values/type.ts';
import { typeOf } from '../values/typeof.ts';
import { types } from '../values/types.ts';
import { Float, type Slot, type Value } from '../values/value.ts';
import {
  CALLED,
  enterFunction,
  missingSlot,
  reserve,
  rest,
  takes,
  topOf,
  type Stepped,
} from './calls.ts';
import { initializer, maker, returnValue } from './call-words.ts';
import * as control from './control.ts';
import { GeneratorObject, HOOKS, isAwaitedOnce, type Frame, type Task } from './frame.ts';
import { BoundMethod, FunctionObject } from './function.ts';
import { recall, storeKnown, type InlineCache } from './inline-cache.ts';
import { characterAt, containsNative, isSame } from './items.ts';
import { enterKeywords } from './keywords.ts';
import type { Machine } from './machine.ts';
import { DECLINED, Native, TailCall, type NativeResult } from './native.ts';
import { askFirst, compareAtOnce, comparisonOf, truthOf, type Comparison } from './operators.ts';
import type { Translation } from './translate.ts';
import { finishFrame, raiseIn, resume, yieldValue } from './unwind.ts';

/** The loop must do this word. */
export const LEAVE = Symbol('leave');

/** What compiled code returns when frames were pushed or popped: go on with the top one. */
export const RELOAD = -1;
/** The same when the frame has given its value into its caller's slot, and nothing else. */
export const RETURNED = -2;

/** The same when an exception has come to a handler of the top frame: frames were popped only. */
export const LANDED = -3;
/** The task has ended or waits. */
export const STOPPED = -4;
/** A generator has come to its end, in the for loop or the `yield from` that waits for it. */
export const FINISHED = -5;

/**
 * Compiled functions that call one another directly, on the host's stack: an abbreviation of the
 * way over the loop. Every frame is on the task's stack all the same (L3), and at rest; so at this
 * depth, or when anything but a plain return comes, all of them return and the loop goes on.
 */
const NESTING_MAX = 64;

/** x OP y of numbers, strs aside. */
function operate(symbol: BinaryOp, x: Value, y: Value): Value | typeof LEAVE {
  if (x instanceof Instance || y instanceof Instance) return LEAVE;
  return binary(symbol, x, y) ?? LEAVE;
}

function compare(symbol: Comparison, x: Value, y: Value): boolean | typeof LEAVE {
  return compareAtOnce(symbol, x, y) ?? LEAVE;
}

/** x.name where the first entry of the cache does not hold. */
function attribute(x: Value, cache: InlineCache, name: string): Slot | typeof LEAVE {
  if (x instanceof TypeObject) return classAttribute(x, name) ?? LEAVE;
  if (!(x instanceof Instance) || x.dict !== null) return LEAVE;
  const known = recall(cache, x.shape);
  if (known === undefined) return LEAVE;
  return known.slot >= 0 ? x.slots[known.slot] : known.value;
}

/** A plain value that a class binds to a name which its metaclass does not know. */
function classAttribute(cls: TypeObject, name: string): Slot {
  if (cls.isBuiltin || cls.meta !== null || name.startsWith('__')) return undefined;
  if (types.type.lookup(name) !== undefined) return undefined;
  const value = cls.lookup(name);
  return value instanceof HeapObject ? undefined : value;
}

/** x.name = value, the same; whether it is done. */
function storeAttribute(x: Value, value: Value, cache: InlineCache, name: string): boolean {
  if (x instanceof TypeObject) {
    if (value instanceof HeapObject || classAttribute(x, name) === undefined) return false;
    x.setAttr(name, value);
    return true;
  }
  if (!(x instanceof Instance) || x.dict !== null) return false;
  const known = recall(cache, x.shape);
  if (known === undefined) return false;
  storeKnown(x, known, value);
  return true;
}

/** The method that x.name(…) calls with x in front; undefined if the cache does not know. */
function method(x: Value, cache: InlineCache): Slot {
  if (x instanceof Instance) {
    return x.dict === null ? recall(cache, x.shape)?.value : undefined;
  }
  return typeOf(x) === cache.builtin ? cache.value : undefined;
}

/** A method in flow that the machine calls by its name, of the class whatever the instance has. */
function special(x: Value, name: string): FunctionObject | undefined {
  const found = x instanceof Instance ? x.cls.lookup(name) : undefined;
  return found instanceof FunctionObject ? found : undefined;
}

/** x[key] of builtin types, but for what the compiled code does itself. */
function getItem(machine: Machine, x: Value, key: Value): Value | typeof LEAVE {
  if (typeof x === 'string' && typeof key === 'number') {
    const character = characterAt(x, key);
    return character === '' ? LEAVE : character;
  }
  if (x instanceof Instance || x instanceof TypeObject || x instanceof Dict) return LEAVE;
  const native = typeOf(x).lookup('__getitem__');
  if (!(native instanceof Native) || native.most !== 2) return LEAVE;
  return settled(native.row.run(machine, x, key));
}

function settled(result: NativeResult): Value | typeof LEAVE {
  return result === DECLINED || result instanceof TailCall ? LEAVE : result;
}

/** x[key] = value, where the host can; whether it is done. */
function setItem(machine: Machine, x: Value, key: Value, value: Value): boolean {
  if (x instanceof Dict) return x.set(key, value) === false;
  // A slice takes any iterable, and what is gone over once cannot be gone over again.
  if (!(x instanceof List) || !(value instanceof List || value instanceof Tuple)) return false;
  if (!(key instanceof Slice)) return false;
  const native = types.list.lookup('__setitem__');
  if (!(native instanceof Native)) return false;
  return settled(native.row.run(machine, x, key, value)) !== LEAVE;
}

function contains(container: Value, x: Value): boolean | typeof LEAVE {
  return containsNative(container, x) ?? LEAVE;
}

function dictOf(pairs: readonly Value[]): Dict | typeof LEAVE {
  const dict = new Dict();
  for (let i = 0; i < pairs.length; i += 2) {
    if (dict.set(pairs[i] as Value, pairs[i + 1] as Value) !== false) return LEAVE;
  }
  return dict;
}

function truth(x: Value): boolean | typeof LEAVE {
  return truthOf(x) ?? LEAVE;
}

/** iter(x) for FOR_ITER. */
function iterate(x: Value): Value | typeof LEAVE {
  const isGenerator = x instanceof GeneratorObject && x.kind === 'generator';
  return isGenerator ? x : (iteratorOf(x) ?? LEAVE);
}

/**
 * A call that compiled code does not make itself, as the loop makes it.
 *
 * @param result what a native has answered that cannot be the value; LEAVE if none was called
 */
function callOther(
  machine: Machine,
  frame: Frame,
  stack: Slot[],
  base: number,
  pc: number,
  result: typeof LEAVE | typeof DECLINED | TailCall,
): Stepped {
  const { words } = frame.code.translation(machine.mode);
  const at = base + words[pc + 1]!;
  const count = words[pc + 2]!;
  const next = words[pc + 3]!;
  const args = stack.slice(at + 1, at + 1 + count) as Value[];
  const callee = stack[at] as Value;
  frame.wpc = pc;
  if (result === LEAVE) return control.callFrom(machine, frame, pc, next, callee, args);
  if (!(callee instanceof TypeObject))
    return afterNative(machine, frame, next, callee, args, result);
  const make = maker(callee, count) ?? null;
  return afterNative(machine, frame, next, make, [callee, ...args], result);
}

/** The same for a method call: below the method stands its self, or nothing. */
function callOtherMethod(
  machine: Machine,
  frame: Frame,
  stack: Slot[],
  base: number,
  pc: number,
  result: typeof LEAVE | typeof DECLINED | TailCall,
): Stepped {
  const { words } = frame.code.translation(machine.mode);
  const at = base + words[pc + 1]!;
  const count = words[pc + 2]!;
  const next = words[pc + 3]!;
  const method = stack[at + 1];
  const args = stack.slice(at + 1, at + 2 + count) as Value[];
  if (stack[at] === undefined) args.shift();
  else args[0] = stack[at];
  frame.wpc = pc;
  if (method === undefined) throw typeError('the method is missing');
  if (result === LEAVE) return control.callFrom(machine, frame, pc, next, method, args);
  return afterNative(machine, frame, next, method, args, result);
}

function afterNative(
  machine: Machine,
  frame: Frame,
  next: number,
  native: Value,
  args: Value[],
  result: typeof DECLINED | TailCall,
): Stepped {
  if (!(native instanceof Native)) throw new Error('no native was called');
  return control.afterNative(machine, frame, frame.wpc, next, native, args, result);
}

/**
 * What a call has come to: a value, which goes to the caller's slot, or a frame above the caller,
 * which runs here. Or frames were popped, or others pushed: then the loop goes on.
 */
function settle(
  machine: Machine,
  task: Task,
  caller: Frame,
  stack: Slot[],
  ret: number,
  stepped: Stepped,
): number {
  if (stepped !== CALLED) {
    stack[ret] = stepped;
    return RETURNED;
  }
  const top = task.frames[task.depth - 1] as Frame;
  if (task.frames[task.depth - 2] !== caller) return RELOAD;
  const translation = top.code.fused ?? top.code.translation('fused');
  translation.heat++;
  return goOn(machine, task, top, stack, translation);
}

/** Whether enter() can call a function; else the call is the loop's. */
function enterable(machine: Machine, task: Task, fn: FunctionObject, count: number): boolean {
  return machine.ticks > 1 && task.depth <= machine.framesMax && takes(fn, count);
}

/**
 * Call a flow function. The caller is written back and rests.
 *
 * @returns RETURNED, or RELOAD: then the caller returns that too
 */
function enter(
  machine: Machine,
  task: Task,
  caller: Frame,
  stack: Slot[],
  fn: FunctionObject,
  from: number,
  count: number,
  ret: number,
  isInit: boolean,
): number {
  const frame = enterFunction(task, caller, fn, from, count, ret);
  if (isInit) {
    frame.hook = HOOKS.INIT.code;
    frame.data = stack[ret] as Value;
  }
  return begin(machine, task, frame, stack);
}

/** Call with keywords, the operands at home from a slot on; the caller is written back. */
function enterNamed(
  machine: Machine,
  task: Task,
  caller: Frame,
  stack: Slot[],
  at: number,
  count: number,
  isMethod: boolean,
): number | typeof LEAVE {
  if (machine.ticks <= 1) return LEAVE;
  const frame = enterKeywords(machine, task, caller, at, count, isMethod);
  return frame === undefined ? LEAVE : begin(machine, task, frame, stack);
}

/** Run a frame just pushed. */
function begin(machine: Machine, task: Task, frame: Frame, stack: Slot[]): number {
  const { code } = frame;
  machine.ticks--;
  const translation = code.fused ?? code.translation('fused');
  translation.heat++;
  return goOn(machine, task, frame, stack, translation);
}

/**
 * Ask the method in flow that decides x OP y. The caller is written back.
 *
 * @returns RETURNED: the answer stands where the resting caller lacks it; RELOAD, as by enter(); or
 *   LEAVE
 */
function ask(
  machine: Machine,
  task: Task,
  caller: Frame,
  stack: Slot[],
  symbol: Comparison,
  x: Value,
  y: Value,
): number | typeof LEAVE {
  const asked = askFirst(comparisonOf(symbol), x, y);
  if (asked === undefined || !enterable(machine, task, asked.method, 2)) return LEAVE;
  rest(machine, task, caller, HOOKS.BINARY.code);
  const from = topOf(caller);
  reserve(task, from + 2);
  stack[from] = asked.self;
  stack[from + 1] = asked.other;
  const frame = enterFunction(task, caller, asked.method, from, 2, missingSlot(caller));
  frame.hook = HOOKS.BINARY.code;
  frame.data = asked.data;
  return begin(machine, task, frame, stack);
}

/** Whether a generator can be resumed here. */
function canDelegate(machine: Machine, task: Task, it: Value): boolean {
  if (!(it instanceof GeneratorObject) || it.kind !== 'generator') return false;
  return it.isAtRest && task.depth <= machine.framesMax;
}

/** Whether a YIELD_FROM of a generator that is done gives None. */
function isOver(it: Value): boolean {
  if (!(it instanceof GeneratorObject) || it.kind !== 'generator') return false;
  return it.state === 'done' && !isAwaitedOnce(it);
}

/** Whether advanceGenerator() can do a turn of a for loop over something: a turn is a tick. */
function canAdvance(machine: Machine, task: Task, it: Value): boolean {
  return machine.ticks > 1 && canDelegate(machine, task, it);
}

/** FOR_ITER over a generator: RETURNED is a yield, FINISHED its end. */
function advanceGenerator(
  machine: Machine,
  task: Task,
  stack: Slot[],
  generator: GeneratorObject,
): number {
  resume(machine, task, generator, null, HOOKS.ITERATE.code);
  machine.ticks--;
  return goOnInside(machine, task, stack);
}

/** YIELD_FROM a generator: RETURNED is a yield, which the frame that delegates has passed on. */
function delegateTo(
  machine: Machine,
  task: Task,
  stack: Slot[],
  generator: GeneratorObject,
  sent: Value,
): number {
  resume(machine, task, generator, sent, HOOKS.DELEGATE.code);
  return goOnInside(machine, task, stack);
}

function goOnInside(machine: Machine, task: Task, stack: Slot[]): number {
  const frame = task.frames[task.depth - 1] as Frame;
  return goOn(machine, task, frame, stack, frame.code.fused);
}

/** YIELD of a frame that is written back. */
function yieldOut(machine: Machine, task: Task, value: Value): number {
  return yieldValue(machine, task, value) ? RETURNED : STOPPED;
}

/** RETURN of a generator's frame. For next() and send() it raises StopIteration in the caller. */
function finishGenerator(machine: Machine, task: Task, frame: Frame, value: Value): number {
  const { hook } = frame;
  if (!finishFrame(machine, task, value)) return STOPPED;
  const isAwaited = hook === HOOKS.ITERATE.code || hook === HOOKS.DELEGATE.code;
  return isAwaited ? FINISHED : RELOAD;
}

/** Run the top frame from where it rests, if it is compiled. */
function goOn(
  machine: Machine,
  task: Task,
  frame: Frame,
  stack: Slot[],
  translation: Translation | null,
): number {
  const compiled = translation?.compiled ?? null;
  if (compiled === null || translation === null || translation.heat < machine.hot) return RELOAD;
  const entry = compiled.entries[frame.wpc] ?? -1;
  if (entry < 0 || machine.nesting >= NESTING_MAX) return RELOAD;
  machine.nesting++;
  const next = compiled.run(machine, task, frame, stack, frame.base, entry);
  machine.nesting--;
  if (next < 0) return next;
  frame.wpc = next;
  machine.hasLeft = true;
  return RELOAD;
}

/**
 * Raise in the top frame. If it comes to a handler of `frame`, the compiled function goes on there;
 * a frame that is left by it needs no writing back.
 *
 * @param landings by word offset: the case at which a handler is entered with an exception
 * @returns that case, or what the compiled function returns
 */
function raise(
  machine: Machine,
  task: Task,
  frame: Frame,
  landings: Int32Array,
  error: ExceptionObject,
  again: boolean,
): number {
  switch (raiseIn(machine, task, error, again)) {
    case 'handler':
      return task.frames[task.depth - 1] === frame ? (landings[frame.wpc] as number) : LANDED;
    case 'caller':
      return RELOAD;
    case 'ended':
      return STOPPED;
  }
}

/** What RAISE and RAISEFROM raise, if no class must be called for it. */
function raising(x: Value, cause: Slot): ExceptionObject | typeof LEAVE {
  return control.raisingAtOnce(x, cause) ?? LEAVE;
}

/** Everything the generated text names. */
export const RUNTIME = {
  LEAVE,
  DECLINED,
  TailCall,
  Float,
  List,
  Tuple,
  Slice,
  Cell,
  Dict,
  SetObject,
  Instance,
  TypeObject,
  Native,
  NativeIterator,
  FunctionObject,
  typeEpoch,
  advance,
  operate,
  compare,
  attribute,
  storeAttribute,
  method,
  getItem,
  setItem,
  contains,
  dictOf,
  truth,
  iterate,
  maker,
  initializer,
  callOther,
  callOtherMethod,
  settle,
  returnValue,
  enterable,
  enter,
  enterNamed,
  ask,
  ExceptionObject,
  callWithRest: control.callWithRest,
  BoundMethod,
  special,
  tracebackOf,
  reserve,
  Raised,
  raise,
  raising,
  caught: control.caught,
  matchException: control.matchException,
  canAdvance,
  advanceGenerator,
  canDelegate,
  delegateTo,
  isOver,
  yieldOut,
  finishGenerator,
  makeGenerator: control.makeGenerator,
  isSame,
  sliced,
  setSliced,
} as const;
