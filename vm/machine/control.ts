// Calls, exceptions, generators and waiting: the loop's steps that are not in
// the loop.

import { List, Tuple } from '../values/collections.ts';
import { Dict } from '../values/dict.ts';
import {
  ExceptionObject,
  makeException,
  Raised,
  tracebackOf,
  typeError,
} from '../values/exception.ts';
import { advance, drain } from '../values/iterate.ts';
import { NativeIterator } from '../values/iterator.ts';
import { plain } from '../values/plain.ts';
import { Instance, TypeObject } from '../values/type.ts';
import { typeOf } from '../values/typeof.ts';
import { types } from '../values/types.ts';
import type { Slot, Value } from '../values/value.ts';
import { findAttribute, noAttribute } from './attributes.ts';
import { awaitEvent, runtimeError } from './awaiting.ts';
import { bindNative, countsKeywords, noKeywords, type Keywords } from './bind-native.ts';
import { CALLED, invoke, invokeFrom, rest, restAt, takeFrame, type Stepped } from './calls.ts';
import {
  GeneratorObject,
  HOOKS,
  isAwaitedOnce,
  reusedText,
  type Frame,
  type Task,
} from './frame.ts';
import { FLAG } from '../bytecode/program.ts';
import { BoundMethod, FunctionObject } from './function.ts';
import type { Machine } from './machine.ts';
import { type DECLINED, Native, type NativeResult, TailCall } from './native.ts';
import { awaitableEvent } from './specials.ts';
import { detach, resume, finishFrame } from './unwind.ts';

/** A call that the loop could not make itself; the frame goes on before `next`. */
export function callFrom(
  machine: Machine,
  frame: Frame,
  pc: number,
  next: number,
  callable: Value,
  args: readonly Value[],
  keywords: Keywords = null,
): Stepped {
  restAt(machine, frame, next);
  try {
    return invoke(machine, machine.current, callable, args, keywords);
  } catch (problem) {
    frame.wpc = pc;
    throw problem;
  }
}

/** Whether making an instance of a class is nothing but making it: object's own __new__. */
export function isPlainClass(cls: TypeObject): boolean {
  return cls.layout === 'object' && cls.lookup('__new__') === types.object.attrs.get('__new__');
}

/** A native called with as many values as it accepts(). */
export function callNative(
  machine: Machine,
  native: Native,
  stack: readonly Slot[],
  at: number,
  count: number,
): NativeResult {
  if (native.others !== null) {
    return callWithRest(machine, native, native.others, stack.slice(at, at + count) as Value[]);
  }
  const { run } = native.row;
  let first = stack[at];
  if (native.unwraps && first instanceof Instance && first.base !== undefined) {
    first = first.base;
  }
  const { most, fallbacks } = native;
  if (most === 0) return run(machine);
  if (count === 0) first = fallbacks[0];
  if (most === 1) return run(machine, first);
  const second = count > 1 ? stack[at + 1] : fallbacks[1];
  if (most === 2) return run(machine, first, second);
  const third = count > 2 ? stack[at + 2] : fallbacks[2];
  if (most === 3) return run(machine, first, second, third);
  const others: Slot[] = [];
  for (let i = 3; i < most; i++) others.push(count > i ? stack[at + i] : fallbacks[i]);
  return run(machine, first, second, third, ...others);
}

/** A native with *args, the same. */
export function callWithRest(
  machine: Machine,
  native: Native,
  [a, b, c, d]: readonly Slot[],
  args: Value[],
): NativeResult {
  const { run } = native.row;
  if (native.most === 0) return run(machine, new Tuple(args), a, b, c, d);
  let first = args.length > 0 ? args.shift() : native.fallbacks[0];
  if (native.unwraps && first instanceof Instance && first.base !== undefined) first = first.base;
  return run(machine, first, new Tuple(args), a, b, c, d);
}

/** A native has declined, or named another call: make that. It is not run a second time. */
export function afterNative(
  machine: Machine,
  frame: Frame,
  pc: number,
  next: number,
  native: Native,
  args: readonly Value[],
  result: typeof DECLINED | TailCall,
): Stepped {
  if (result instanceof TailCall) {
    return callFrom(machine, frame, pc, next, result.callable, result.args, result.keywords);
  }
  const bound = bindNative(native, args, null).map((each) => (each === undefined ? null : each));
  return callFrom(machine, frame, pc, next, machine.twinOf(native), bound);
}

/** CALL_SPREAD: fn, args, kwargs stand at `at`. */
export function callSpread(
  machine: Machine,
  frame: Frame,
  pc: number,
  next: number,
  at: number,
): Stepped {
  const { stack } = machine.current;
  const [callee, args, kwargs] = stack.slice(at, at + 3);
  const items = args instanceof List || args instanceof Tuple ? args.items : [];
  let keywords: Map<string, Value> | null = null;
  if (kwargs instanceof Dict) {
    keywords = new Map();
    for (const [key, value] of kwargs.entries()) {
      const name = plain(key);
      if (typeof name === 'string') keywords.set(name, value);
      else checkKeyword(callee, items.length);
    }
  }
  return callFrom(machine, frame, pc, next, callee as Value, [...items], keywords);
}

/** A keyword that is no str: what takes no arguments or no keywords does not look at it. */
function checkKeyword(callee: Slot, count: number): void {
  const [fn, self] =
    callee instanceof BoundMethod ? [callee.callable, callee.self] : [callee, undefined];
  if (fn instanceof Native) {
    if (countsKeywords(fn, self)) throw noKeywords(fn, self);
    // It looks for the names that it needs.
    if (fn.row.name === 'str.format') return;
    // It misses what it wants to compare first.
    if (count === 0 && (fn.row.name === 'min' || fn.row.name === 'max')) return;
  }
  if (callee === types.memoryview && count === 0) return;
  if (callee instanceof TypeObject && callee.meta === null && isPlainClass(callee)) {
    const isBare = callee.lookup('__init__') === types.object.attrs.get('__init__');
    if (isBare) throw typeError(`${callee.name}() takes no arguments`);
  }
  if (callee instanceof TypeObject && refusesKeywords(callee)) {
    throw typeError(`${callee.name}() takes no keyword arguments`);
  }
  throw typeError('keywords must be strings');
}

const WITH_KEYWORDS = [types.ImportError, types.AttributeError, types.NameError];
const WITHOUT_KEYWORDS = new Set([types.slice, types.staticmethod, types.classmethod]);

/** Classes that see whether there are keywords, and do not look at them. */
function refusesKeywords(cls: TypeObject): boolean {
  if (!cls.isSubtype(types.BaseException)) return WITHOUT_KEYWORDS.has(cls);
  const isOwn = ['__init__', '__new__'].some((name) => !(cls.lookup(name) instanceof Native));
  return !isOwn && !WITH_KEYWORDS.some((each) => cls.isSubtype(each));
}

/** The name of a function in the TypeErrors about what is spread into its call, or itself. */
export function calleeName(callee: Slot): Value {
  const fn = callee instanceof BoundMethod ? callee.callable : callee;
  if (fn instanceof FunctionObject) {
    // A method of a class that CPython has in C knows no module.
    const hasModule = !(fn.code.isHidden && fn.qualname.includes('.'));
    return `${hasModule ? `${fn.module.unit.module.name}.` : ''}${fn.qualname}()`;
  }
  if (fn instanceof Native) return `${fn.row.name}()`;
  if (!(fn instanceof TypeObject)) return callee ?? null; // by its str()
  const module = fn.isBuiltin ? 'builtins' : fn.attrs.get('__module__');
  const isPlain = module === 'builtins' || typeof module !== 'string';
  return isPlain ? `${fn.qualname}()` : `${module}.${fn.qualname}()`;
}

/** FORMAT and FORMAT_SPEC. */
export function formatValue(
  machine: Machine,
  frame: Frame,
  x: Value,
  conversion: number,
  spec: Value,
): Stepped {
  if (spec === '') {
    if (typeof x === 'string' && conversion < 2) return x;
    if (typeof x === 'number') return String(x);
  }
  const format = machine.prelude('_format_value');
  return invokeFrom(machine, frame, format, [x, conversion, spec], HOOKS.MADE.code);
}

/** ARGUMENT_LIST: what `fn(*x)` passes on. */
export function argumentList(machine: Machine, frame: Frame, fn: Value, x: Value): Stepped {
  const items = drain(x);
  if (items !== undefined) return new List(items);
  const make = machine.prelude('_argument_list');
  return invokeFrom(machine, frame, make, [x, calleeName(fn)], HOOKS.MADE.code);
}

/** MAKE_CLASS: body, name, bases and keywords stand at `at`. */
export function makeClass(
  machine: Machine,
  frame: Frame,
  pc: number,
  next: number,
  at: number,
  count: number,
): Stepped {
  const { stack } = machine.current;
  const [body, name] = stack.slice(at, at + 2) as Value[];
  const bases = new Tuple(stack.slice(at + 2, at + 2 + count) as Value[]);
  const keywords = stack[at + 2 + count] as Value;
  const build = machine.prelude('_build_class');
  const args = [body as Value, name as Value, bases, keywords instanceof Dict ? keywords : null];
  return callFrom(machine, frame, pc, next, build, args);
}

/** MAKE_CLASS_SPREAD: body, name, a list of bases and keywords stand at `at`. */
export function makeClassSpread(
  machine: Machine,
  frame: Frame,
  pc: number,
  next: number,
  at: number,
): Stepped {
  const [body, name, bases, keywords] = machine.current.stack.slice(at, at + 4) as Value[];
  const build = machine.prelude('_build_class');
  const parents = new Tuple(bases instanceof List ? [...bases.items] : []);
  const args = [body as Value, name as Value, parents, keywords instanceof Dict ? keywords : null];
  return callFrom(machine, frame, pc, next, build, args);
}

/** The budget is spent at a LOOP: the frame rests at its target. */
export function restAtTarget(machine: Machine, frame: Frame): void {
  const { table } = frame.code;
  const at = frame.code.translation(machine.mode).instruction[frame.wpc] ?? 0;
  restAt(machine, frame, table.indexAt[table.operands[at] ?? 0] ?? 0);
}

// -------------------------------------------------------------- exceptions

/** What `raise x` and `raise x from cause` raise; CALLED if a class must be called first. */
export function raising(
  machine: Machine,
  frame: Frame,
  x: Value,
  cause: Slot,
): ExceptionObject | typeof CALLED {
  const error = raisingAtOnce(x, cause);
  if (error !== undefined) return error;
  const args = cause === undefined ? [x] : [x, cause];
  const raise = machine.prelude(cause === undefined ? '_raise' : '_raise_from');
  invokeFrom(machine, frame, raise, args, HOOKS.DROP.code);
  return CALLED;
}

/** The same, undefined if a class must be called whose __init__ may be flow code. */
export function raisingAtOnce(x: Value, cause: Slot): ExceptionObject | undefined {
  const isClass = (each: Slot): each is TypeObject =>
    each instanceof TypeObject && each.isSubtype(types.BaseException);
  if (isClass(cause)) return undefined;
  if (isClass(x)) return canMake(x) ? withCause(makeException(x), cause) : undefined;
  if (!(x instanceof ExceptionObject)) {
    throw typeError('exceptions must derive from BaseException');
  }
  return withCause(x, cause);
}

/** Whether making an instance of an exception class runs no flow code. */
function canMake(cls: TypeObject): boolean {
  if (cls.isSubtype(types.BaseExceptionGroup)) return false; // it has arguments that it needs
  const init = cls.lookup('__init__');
  const make = cls.lookup('__new__');
  const isBuiltin = (each: Slot): boolean =>
    each === undefined || (typeof each === 'object' && each !== null && 'row' in each);
  return isBuiltin(init) && isBuiltin(make);
}

function withCause(error: ExceptionObject, cause: Slot): ExceptionObject {
  if (cause === undefined) return error;
  if (cause !== null && !(cause instanceof ExceptionObject)) {
    throw typeError('exception causes must derive from BaseException');
  }
  error.cause = cause;
  error.suppressContext = true;
  error.touch();
  return error;
}

/**
 * The exception that a handler's instructions find on the stack. The verifier proves that a value
 * is there; that it is an exception, forged code or a forged snapshot may belie (L7).
 */
export function caught(x: Slot): ExceptionObject {
  if (x instanceof ExceptionObject) return x;
  throw typeError('exceptions must derive from BaseException');
}

/** What `raise` alone raises again. */
export function handledIn(frame: Frame): ExceptionObject {
  const error = frame.handled ?? frame.outer;
  if (error === null) throw runtimeError('No active exception to reraise');
  return error;
}

/** Whether an exception is of a type, or of one in a tuple of types. */
export function matchException(error: Value, type: Value): boolean {
  if (!(type instanceof Tuple)) return matchType(error, type);
  let matches = false;
  for (const each of type.items) if (matchType(error, each)) matches = true;
  return matches;
}

function matchType(error: Value, type: Value): boolean {
  // One that is an exception's own needs no further proof.
  if (error instanceof ExceptionObject && error.cls === type) return true;
  if (!(type instanceof TypeObject) || !type.isSubtype(types.BaseException)) {
    throw typeError('catching classes that do not inherit from BaseException is not allowed');
  }
  return error instanceof ExceptionObject && error.cls.isSubtype(type);
}

/** WITH_ENTER: the manager stands at `at`, where its bound __exit__ goes. */
export function enterWith(machine: Machine, frame: Frame, stack: Slot[], at: number): Stepped {
  const manager = stack[at] as Value;
  const type = typeOf(manager);
  const enter = type.lookup('__enter__');
  const exit = type.lookup('__exit__');
  if (enter === undefined || exit === undefined) {
    const missing = enter === undefined ? '' : ' (missed __exit__ method)';
    throw typeError(
      `'${type.name}' object does not support the context manager protocol${missing}`,
    );
  }
  const bound = findSpecial(machine, manager, '__exit__');
  stack[at] = bound;
  const call = findSpecial(machine, manager, '__enter__');
  return invokeFrom(machine, frame, call, []);
}

/** WITH_FAIL: tell the manager's __exit__ of an exception. */
export function failWith(machine: Machine, frame: Frame, exit: Value, x: Slot): Stepped {
  const error = caught(x);
  return invokeFrom(machine, frame, exit, [error.cls, error, tracebackOf(error)]);
}

/** A method of the class, bound, past what the instance itself may have. */
export function findSpecial(machine: Machine, x: Value, name: string): Value {
  if (x instanceof Instance && x.getOwn(name) === undefined) {
    const found = findAttribute(machine, x, name);
    // A descriptor written in flow is asked when the method is called.
    if (found instanceof TailCall) {
      return new BoundMethod(new Tuple([x, name]), machine.prelude('_late_special'));
    }
    if (found !== undefined) return found;
  }
  const method = typeOf(x).lookup(name) as Value;
  return machine.bind(x, method);
}

// -------------------------------------------------------------- generators

/** RETURN_GENERATOR: the running frame becomes a generator, which the caller gets. */
export function makeGenerator(machine: Machine, task: Task, frame: Frame): void {
  const { flags } = frame.code.info;
  const kind =
    (flags & FLAG.asyncGenerator) !== 0
      ? 'async_generator'
      : (flags & FLAG.coroutine) !== 0
        ? 'coroutine'
        : 'generator';
  const generator = new GeneratorObject(kind, frame);
  const { hook, data, ret } = frame;
  detach(task, frame, generator, frame.code.localCount);
  generator.state = 'new';
  frame.generator = generator;
  frame.handled = null;
  if (hook === HOOKS.VALUE.code) {
    task.stack[ret] = generator;
    return;
  }
  // Another frame object stands for the call while it returns the generator.
  const standing = takeFrame(task, frame.code, frame.fn);
  standing.hook = hook;
  standing.data = data;
  standing.ret = ret;
  task.depth++;
  finishFrame(machine, task, generator);
}

/** What a YIELD_FROM passes on. */
export class Yielded {
  readonly value: Value;

  constructor(value: Value) {
    this.value = value;
  }
}

/** YIELD_FROM: give `sent` to the iterator; what comes is yielded, or the result. */
export function delegate(
  machine: Machine,
  frame: Frame,
  it: Value,
  sent: Value,
): Value | Yielded | typeof CALLED {
  if (it instanceof GeneratorObject && it.kind !== 'async_generator') {
    if (it.state === 'done') {
      if (!isAwaitedOnce(it)) return null;
      throw runtimeError(reusedText(it));
    }
    if (it.state === 'running') {
      throw new Raised(makeException(types.ValueError, `${it.kind} already executing`));
    }
    rest(machine, machine.current, frame, HOOKS.DELEGATE.code);
    resume(machine, machine.current, it, sent, HOOKS.DELEGATE.code);
    return CALLED;
  }
  const event = awaitableEvent(it);
  if (event !== null) return awaitEvent(machine, frame, machine.current, event);
  if (it instanceof NativeIterator && sent === null) {
    const value = advance(it);
    return value === undefined ? null : new Yielded(value);
  }
  const method = typeOf(it).lookup(sent === null ? '__next__' : 'send');
  if (method === undefined) {
    if (sent !== null) throw noAttribute(it, 'send');
    throw typeError(`'${typeOf(it).name}' object is not an iterator`);
  }
  const args = sent === null ? [it] : [it, sent];
  try {
    const value = invokeFrom(machine, frame, method, args, HOOKS.DELEGATE.code);
    return value === CALLED ? CALLED : new Yielded(value);
  } catch (problem) {
    if (!(problem instanceof Raised) || !problem.exception.cls.isSubtype(types.StopIteration)) {
      throw problem;
    }
    return problem.exception.args.items[0] ?? null;
  }
}
