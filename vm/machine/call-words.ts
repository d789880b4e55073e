// Calls and returns as the loop makes them.
//
//     CALL         fn  x  y            ──▶ a frame over x y                ENTERED
//     CALLMETHOD   self  method  x     ──▶ a frame over self x             ENTERED
//                  nothing  fn  x      ──▶ what a native gives at once     value
//
// The arguments of a function stand on the stack already where its first locals belong, so its
// frame begins there and nothing is copied. What does not come down to that goes the long way,
// calls.ts.

import { typeError } from '../values/exception.ts';
import { Instance, TypeObject } from '../values/type.ts';
import { types } from '../values/types.ts';
import type { Slot, Value } from '../values/value.ts';
import { enterFunction, recursionError, takes, type Stepped } from './calls.ts';
import { afterNative, callFrom, callNative, isPlainClass } from './control.ts';
import { HOOKS, type Frame, type Task } from './frame.ts';
import { BoundMethod, FunctionObject } from './function.ts';
import { callKeywords, enterKeywords } from './keywords.ts';
import type { Machine } from './machine.ts';
import { DECLINED, Native, TailCall } from './native.ts';
import { answerOf } from './operators.ts';
import { popFrame } from './unwind.ts';

/** A frame was pushed over the arguments; that is a tick, which the loop counts. */
export const ENTERED = Symbol('entered');

export type Called = Stepped | typeof ENTERED;

/** Words of CALL and its kin. */
const CALL_SIZE = 4;

/** CALL: what is called stands at `at`, the arguments above. Before `next` the caller goes on. */
export function call(
  machine: Machine,
  task: Task,
  caller: Frame,
  at: number,
  count: number,
  next: number,
): Called {
  return callAt(machine, task, caller, task.stack[at], at, count, next, at);
}

/** CALL_METHOD: at `at` stands self, or nothing; above it what is called, then the arguments. */
export function callMethod(
  machine: Machine,
  task: Task,
  caller: Frame,
  at: number,
  count: number,
  next: number,
): Called {
  const { stack } = task;
  const method = stack[at + 1];
  if (method === undefined) throw typeError('the method is missing');
  if (stack[at] === undefined) {
    return callAt(machine, task, caller, method, at + 1, count, next, at);
  }
  stack[at + 1] = stack[at];
  return callAt(machine, task, caller, method, at, count + 1, next, at);
}

/** Both with keywords: above the arguments stand the names of the last ones. */
export function callNamed(
  machine: Machine,
  task: Task,
  caller: Frame,
  at: number,
  count: number,
  next: number,
  isMethod: boolean,
): Called {
  const pc = caller.wpc;
  caller.rest = next;
  caller.wpc = pc + CALL_SIZE;
  const entered = enterKeywords(machine, task, caller, at, count, isMethod);
  if (entered !== undefined) return begun(machine, entered);
  caller.wpc = pc;
  return callKeywords(machine, caller, pc, next, at, count, isMethod);
}

/** Call with the arguments that stand above `at`; a frame's result will go to `ret`. */
function callAt(
  machine: Machine,
  task: Task,
  caller: Frame,
  callee: Slot,
  at: number,
  count: number,
  next: number,
  ret: number,
): Called {
  const { stack } = task;
  if (callee instanceof FunctionObject) {
    if (takes(callee, count)) return enter(machine, task, caller, callee, at + 1, count, next, ret);
  } else if (callee instanceof Native) {
    if (callee.accepts(count)) return runNative(machine, task, caller, callee, at + 1, count, next);
  } else if (callee instanceof TypeObject) {
    const make = maker(callee, count);
    if (make !== undefined) {
      stack[at] = callee;
      return runNative(machine, task, caller, make, at, count + 1, next);
    }
    const init = initializer(callee, count);
    if (init === null) return new Instance(callee);
    if (init !== undefined) {
      const instance = new Instance(callee);
      stack[at] = instance;
      enter(machine, task, caller, init, at, count + 1, next, ret);
      const frame = task.top as Frame;
      frame.hook = HOOKS.INIT.code;
      frame.data = instance;
      return ENTERED;
    }
  } else if (callee instanceof BoundMethod) {
    const { callable, self } = callee;
    if (callable instanceof FunctionObject && callable.code.plainArguments === count + 1) {
      stack[at] = self;
      return enter(machine, task, caller, callable, at, count + 1, next, ret);
    }
  }
  const args = stack.slice(at + 1, at + 1 + count) as Value[];
  return callFrom(machine, caller, caller.wpc, next, callee as Value, args);
}

function enter(
  machine: Machine,
  task: Task,
  caller: Frame,
  fn: FunctionObject,
  from: number,
  count: number,
  next: number,
  ret: number,
): typeof ENTERED {
  if (task.depth > machine.framesMax) throw recursionError(machine);
  caller.rest = next;
  caller.wpc += CALL_SIZE;
  return begun(machine, enterFunction(task, caller, fn, from, count, ret));
}

function begun(machine: Machine, frame: Frame): typeof ENTERED {
  frame.code.translation(machine.mode).heat++;
  return ENTERED;
}

/** A native with as many values as it accepts(), which stand from `from` on. */
function runNative(
  machine: Machine,
  task: Task,
  caller: Frame,
  native: Native,
  from: number,
  count: number,
  next: number,
): Stepped {
  const result = callNative(machine, native, task.stack, from, count);
  if (result !== DECLINED && !(result instanceof TailCall)) return result;
  const args = task.stack.slice(from, from + count) as Value[];
  return afterNative(machine, caller, caller.wpc, next, native, args, result);
}

/** What a call of a builtin type runs, the type in front of the arguments; else undefined. */
export function maker(callee: TypeObject, count: number): Native | undefined {
  if (!callee.isBuiltin || callee === types.type) return undefined;
  const make = callee.lookup('__new__');
  return make instanceof Native && make.accepts(count + 1) ? make : undefined;
}

/**
 * What making an instance of a class in flow calls: its __init__, null for nothing; undefined
 * where there is more to it.
 */
export function initializer(cls: TypeObject, count: number): FunctionObject | null | undefined {
  if (cls.isBuiltin || cls.meta !== null || !isPlainClass(cls)) return undefined;
  const init = cls.lookup('__init__');
  if (init instanceof FunctionObject) {
    return init.code.plainArguments === count + 1 ? init : undefined;
  }
  return count === 0 && init === types.object.lookup('__init__') ? null : undefined;
}

/** RETURN into a caller that only waits for the value; false: there is more to do. */
export function returnValue(task: Task, frame: Frame, value: Value): boolean {
  if (frame.generator !== null) return false;
  const { stack } = task;
  if (frame.hook === HOOKS.VALUE.code) stack[frame.ret] = value;
  else if (frame.hook === HOOKS.INIT.code && value === null) stack[frame.ret] = frame.data;
  else if (frame.hook === HOOKS.BINARY.code) {
    const answer = answerOf(frame.data, value);
    if (answer === undefined) return false;
    stack[frame.ret] = answer;
  } else return false;
  popFrame(task);
  return true;
}
