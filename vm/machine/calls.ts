// Calls: from a callable and arguments to a frame, or to a native's result.
//
//     invoke(callable, args) ──▶ CALLED   a frame was pushed; the caller rests
//                            ──▶ value    a native computed it at once
//
// What a callable amounts to is found by going round: a bound method becomes
// its function with self in front, a class its construction, a native that
// declines its twin in flow, a TailCall what it names. Nothing here recurses,
// so no chain of wrappers can exhaust the host's stack (L3).

import { FLAG } from '../bytecode/program.ts';
import { Tuple } from '../values/collections.ts';
import { Dict } from '../values/dict.ts';
import { ExceptionObject, Raised, raised, typeError } from '../values/exception.ts';
import { SetObject } from '../values/set.ts';
import { Instance, TypeObject } from '../values/type.ts';
import { typeOf } from '../values/typeof.ts';
import { types } from '../values/types.ts';
import type { Slot, Value } from '../values/value.ts';
import { bindNative, leavesKeywords, type Keywords } from './bind-native.ts';
import { bindArguments } from './bind.ts';
import { Frame, HOOKS, HOOK_ROWS, type Hook, type Task } from './frame.ts';
import { BoundMethod, FunctionObject, MethodWrapper, PropertyObject } from './function.ts';
import type { Machine } from './machine.ts';
import { DECLINED, Native, TailCall } from './native.ts';
import { quotaError } from './quotas.ts';
import { SPECIALS } from './specials.ts';

/** A frame was pushed (or the frames changed): go on with the top one. */
export const CALLED = Symbol('called');

export type Stepped = Value | typeof CALLED;

/** Put the pending entries of the instruction at `frame.wpc` into their homes (W3). */
function settlePending(task: Task, frame: Frame, machine: Machine): number {
  const translation = frame.code.translation(machine.mode);
  const moves = translation.pending.get(frame.wpc);
  if (moves !== undefined) {
    const { stack } = task;
    for (const move of moves) {
      stack[frame.base + move.home] =
        move.kind === 'local'
          ? stack[frame.base + move.local]
          : move.kind === 'constant'
            ? frame.code.unit.constants[move.constant]
            : move.kind === 'int'
              ? move.int
              : null;
    }
  }
  return translation.instruction[frame.wpc] ?? -1;
}

/**
 * Bring the running frame to rest around the instruction at `frame.wpc`: after
 * it, or before it where the hook says that it will be done again.
 */
export function rest(machine: Machine, task: Task, frame: Frame, hook: Hook): void {
  const instruction = settlePending(task, frame, machine);
  restAt(machine, frame, HOOK_ROWS[hook]?.same === true ? instruction : instruction + 1);
}

/** The frame goes on before an instruction (of the stack code). */
export function restAt(machine: Machine, frame: Frame, instruction: number): void {
  const { code } = frame;
  const made = machine.mode === 'plain' ? code.plain : code.fused;
  frame.rest = instruction;
  frame.wpc = (made ?? code.translation(machine.mode)).entry[instruction] ?? 0;
}

/** The stack slot (of the task) that a resting frame's missing value belongs in. */
export function missingSlot(frame: Frame): number {
  return frame.base + (frame.code.missing[frame.rest] ?? frame.code.localCount);
}

/** First free slot above a frame. */
export function topOf(frame: Frame): number {
  return frame.base + frame.code.frameSize;
}

/** Make sure the task's stack reaches an index. */
export function reserve(task: Task, length: number): void {
  const { stack } = task;
  while (stack.length < length) stack.push(undefined);
}

/** Push a frame whose locals are given (missing ones unbound). The caller rests already. */
export function pushFrame(
  machine: Machine,
  task: Task,
  fn: FunctionObject,
  locals: readonly Slot[],
  hook: Hook,
  data: Value,
): Frame {
  const caller = task.top;
  if (task.depth > machine.framesMax) throw recursionError(machine);
  const { code } = fn;
  const frame = takeFrame(task, code, fn);
  frame.base = caller === undefined ? 0 : topOf(caller);
  frame.hook = hook;
  frame.data = data;
  frame.ret = caller !== undefined && HOOK_ROWS[hook]?.missing === true ? missingSlot(caller) : 0;
  frame.outer = caller === undefined ? null : (caller.handled ?? caller.outer);
  reserve(task, frame.base + code.frameSize + 1);
  const { stack } = task;
  for (let i = 0; i < code.localCount; i++) stack[frame.base + i] = locals[i];
  if (fn.closure !== null) {
    const cells = fn.closure.items;
    for (let i = 0; i < cells.length; i++) stack[frame.base + code.freeStart + i] = cells[i];
  }
  task.depth++;
  machine.ticks--;
  // Not the machine's mode but the words there are: what is called over hooks only gets hot too.
  if (code.fused !== null) code.fused.heat++;
  return frame;
}

/** Whether a number of positional arguments is all that a function needs besides its defaults. */
export function takes(fn: FunctionObject, count: number): boolean {
  const missing = fn.code.plainArguments - count;
  if (missing === 0) return true;
  return missing > 0 && fn.defaults !== null && missing <= fn.defaults.items.length;
}

/**
 * Push the frame of a function whose arguments, as many as it takes(), stand on the stack from
 * `from` on: they become its first locals. The caller rests already.
 */
export function enterFunction(
  task: Task,
  caller: Frame,
  fn: FunctionObject,
  from: number,
  count: number,
  ret: number,
): Frame {
  const { code } = fn;
  const { stack } = task;
  const frame = takeFrame(task, code, fn);
  frame.base = from;
  frame.ret = ret;
  frame.outer = caller.handled ?? caller.outer;
  frame.hook = HOOKS.VALUE.code;
  const end = from + code.localCount;
  const top = from + code.frameSize;
  if (stack.length <= top) reserve(task, top * 2 + 64);
  let i = from + count;
  const missing = code.plainArguments - count;
  if (missing > 0 && fn.defaults !== null) {
    const { items } = fn.defaults;
    for (let d = items.length - missing; d < items.length; d++) stack[i++] = items[d];
  }
  for (; i < end; i++) stack[i] = undefined;
  if (fn.closure !== null) {
    const cells = fn.closure.items;
    for (let c = 0, to = from + code.freeStart; c < cells.length; c++) stack[to + c] = cells[c];
  }
  task.depth++;
  return frame;
}

/** A frame object for the next call, made or used again. */
export function takeFrame(task: Task, code: Frame['code'], fn: FunctionObject): Frame {
  let frame = task.frames[task.depth];
  if (frame === undefined || frame.generator !== null) {
    frame = new Frame(code, fn);
    task.frames[task.depth] = frame;
  } else {
    frame.code = code;
    frame.fn = fn;
    frame.handled = null;
  }
  frame.wpc = 0;
  frame.rest = 0;
  return frame;
}

/** One frame more than a task may have. */
export function recursionError({ framesMax, state }: Machine): Error {
  if (framesMax < state.recursionLimit) return new Raised(quotaError('frames', framesMax));
  return raised(types.RecursionError, 'maximum recursion depth exceeded');
}

/**
 * Call something. The top frame of the task rests already; what the result is
 * to it, the hook says. A value that comes at once is given back for the caller
 * to deal with, VALUE or not.
 */
export function invoke(
  machine: Machine,
  task: Task,
  callable: Value,
  args: readonly Value[],
  keywords: Keywords,
  hook: Hook = HOOKS.VALUE.code,
  data: Value = null,
): Stepped {
  let target = callable;
  let given = args;
  let named = keywords !== null && keywords.size > 0 ? keywords : null;
  let self: Value | undefined;
  // A class may have an instance of its own as its __call__: each look is a call of CPython's.
  for (let looks = 0; ; looks++) {
    if (looks > machine.state.recursionLimit) {
      throw raised(
        types.RecursionError,
        'maximum recursion depth exceeded while calling a Python object',
      );
    }
    if (target instanceof FunctionObject) {
      pushFrame(machine, task, target, bindArguments(target, given, named), hook, data);
      return CALLED;
    }
    if (target instanceof Native) {
      const special = target.row.isSpecial === true ? SPECIALS.get(target.row.name) : undefined;
      if (special !== undefined) return special(machine, task, given, named, hook, data);
      const bound = bindNative(target, given, named, self);
      const result = machine.runNative(target, bound);
      if (result === DECLINED) {
        target = machine.twinOf(target);
        given = bound.map((each) => (each === undefined ? null : each));
        named = null;
        continue;
      }
      if (result instanceof TailCall) {
        self = undefined;
        target = result.callable;
        given = result.args;
        named = result.keywords;
        continue;
      }
      return result;
    }
    if (target instanceof BoundMethod) {
      self = target.self;
      given = [self, ...given];
      target = target.callable;
      continue;
    }
    if (target instanceof TypeObject) {
      return construct(machine, task, target, given, named, hook, data);
    }
    if (target instanceof MethodWrapper && target.kind === 'static') {
      target = target.callable;
      continue;
    }
    const call = typeOf(target).lookup('__call__');
    if (call === undefined || !(target instanceof Instance)) {
      throw typeError(`'${typeOf(target).name}' object is not callable`);
    }
    if (call instanceof MethodWrapper) {
      if (call.kind === 'class') given = [typeOf(target), ...given];
      target = call.callable;
    } else if (call instanceof FunctionObject || call instanceof Native) {
      given = [target, ...given];
      target = call;
    } else if (call instanceof PropertyObject || isDescriptor(call)) {
      given = [new Tuple([target, '__call__']), ...given];
      target = machine.prelude('_late_special');
    } else target = call;
  }
}

/** Whether it is asked for what it gives to an instance. */
function isDescriptor(attribute: Slot): boolean {
  return attribute instanceof Instance && attribute.cls.lookup('__get__') !== undefined;
}

/** Call for the running frame: it comes to rest, then as invoke(). */
export function invokeFrom(
  machine: Machine,
  frame: Frame,
  callable: Value,
  args: readonly Value[],
  hook: Hook = HOOKS.VALUE.code,
  data: Value = null,
  keywords: Keywords = null,
): Stepped {
  const task = machine.current;
  const { wpc } = frame;
  rest(machine, task, frame, hook);
  let result: Stepped;
  try {
    result = invoke(machine, task, callable, args, keywords, hook, data);
  } catch (problem) {
    frame.wpc = wpc;
    throw problem;
  }
  // A value at once: the frame has not stopped running.
  if (result !== CALLED) frame.wpc = wpc;
  return result;
}

/** cls(*args): make an instance and initialise it. */
function construct(
  machine: Machine,
  task: Task,
  cls: TypeObject,
  args: readonly Value[],
  keywords: Keywords,
  hook: Hook,
  data: Value,
): Stepped {
  if (cls === types.type && args.length === 1 && keywords === null) return typeOf(args[0] as Value);
  const metaCall = cls.meta?.lookup('__call__');
  if (metaCall instanceof FunctionObject) {
    return invoke(machine, task, metaCall, [cls, ...args], keywords, hook, data);
  }
  const make = cls.lookup('__new__');
  if (cls.isBuiltin) {
    if (make === undefined || (make instanceof Native && isAbstract(make, cls))) {
      throw typeError(`cannot create '${cls.name}' instances`);
    }
    return invoke(machine, task, make, [cls, ...args], keywords, hook, data);
  }
  const init = cls.lookup('__init__');
  const canInitHere = hook === HOOKS.VALUE.code;
  if (!(make instanceof Native) || !canInitHere || make.ofType === types.type) {
    // A __new__ of its own or of a metaclass, or no place for the hook: the flow half does it.
    const tuple = new Tuple(args);
    return invoke(
      machine,
      task,
      machine.prelude('_construct'),
      [cls, tuple, keywordDict(keywords)],
      null,
      hook,
      data,
    );
  }
  const made = makeInstance(machine, cls, make, args, keywords);
  if (typeof made === 'symbol') {
    const tuple = new Tuple(args);
    const both = [cls, tuple, keywordDict(keywords)];
    return invoke(machine, task, machine.prelude('_construct'), both, null, hook, data);
  }
  if (init instanceof FunctionObject) {
    return invoke(machine, task, init, [made, ...args], keywords, HOOKS.INIT.code, made);
  }
  if (init instanceof Native && init.ofType === types.object) {
    if (make.ofType === types.object && (args.length > 0 || keywords !== null)) {
      throw typeError(`${cls.name}() takes no arguments`);
    }
    return made;
  }
  if (init === undefined) return made;
  const both = [made, ...args];
  const ended = invoke(machine, task, init, both, keywords, HOOKS.INIT.code, made);
  // An __init__ of the host has filled it by now.
  return ended === CALLED ? CALLED : made;
}

function isAbstract(make: Native, cls: TypeObject): boolean {
  return make.ofType === types.object && cls !== types.object;
}

export function keywordDict(keywords: Keywords): Dict {
  const dict = new Dict();
  for (const [name, value] of keywords ?? []) dict.set(name, value);
  return dict;
}

/** What __init__ fills, whose __new__ takes no notice of the arguments: it is given these. */
const FILLED_LATER: ReadonlyMap<TypeObject, readonly Value[]> = new Map([
  [types.list, []],
  [types.dict, []],
  [types.set, []],
  [types.bytearray, []],
  [types.property, []],
  [types.staticmethod, [null]],
  [types.classmethod, [null]],
]);

/**
 * What a native __new__ makes of a class written in flow: an Instance, whose
 * base is the plain value where the class extends int, list, dict, …
 */
export function makeInstance(
  machine: Machine,
  cls: TypeObject,
  make: Native,
  args: readonly Value[],
  keywords: Keywords,
): Instance | typeof DECLINED {
  const owner = make.ofType ?? types.object;
  if (owner.layout === 'exception') {
    const error = machine.runNative(make, bindNative(make, [cls, ...args], keywords));
    return error instanceof ExceptionObject ? error : DECLINED;
  }
  if (owner === types.object) refuseAbstract(cls);
  const instance = new Instance(cls);
  if (owner === types.object || owner === types.module) return instance;
  const blanks = FILLED_LATER.get(owner);
  const result = machine.runNative(
    make,
    blanks === undefined
      ? bindNative(make, [owner, ...args], leavesKeywords(make, cls) ? null : keywords)
      : bindNative(make, [owner, ...blanks], null),
  );
  if (result === DECLINED || result instanceof TailCall) return DECLINED;
  // reversed([]) gives an iterator of another type.
  if (owner.layout === 'iterator' && typeOf(result) !== owner) return DECLINED;
  instance.base = result;
  return instance;
}

/** object.__new__() refuses a class whose metaclass (abc.ABCMeta) says what is left to define. */
export function refuseAbstract(cls: TypeObject): void {
  const left = cls.meta === null ? undefined : cls.attrs.get('__abstractmethods__');
  if (!(left instanceof SetObject) || left.size === 0) return;
  const names = [...left.items()].filter((name) => typeof name === 'string').toSorted();
  const methods = `method${left.size === 1 ? '' : 's'} ${names.join(', ')}`;
  throw typeError(`Can't instantiate abstract class ${cls.name} with abstract ${methods}`);
}

/** Whether calling a function makes a generator or coroutine instead of running it. */
export function isLazy(fn: FunctionObject): boolean {
  return (fn.code.info.flags & (FLAG.generator | FLAG.coroutine | FLAG.asyncGenerator)) !== 0;
}
