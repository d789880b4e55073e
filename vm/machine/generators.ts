// Generators, coroutines and asynchronous generators as calls drive them: send, throw, close.
//
//     send ──▶ resume      throw ──▶ the innermost one that it delegates to ──▶ raise there

import {
  ExceptionObject,
  makeException,
  Raised,
  setTraceback,
  stopIteration,
  TracebackObject,
  typeError,
  valueError,
} from '../values/exception.ts';
import { hasMethod } from '../values/plain.ts';
import { Instance, TypeObject } from '../values/type.ts';
import { typeOf } from '../values/typeof.ts';
import { types } from '../values/types.ts';
import type { Slot, Value } from '../values/value.ts';
import { isDelegating, kindName, runtimeError } from './awaiting.ts';
import { CALLED, invoke, type Stepped } from './calls.ts';
import {
  GeneratorObject,
  HOOKS,
  isAwaitedOnce,
  reusedText,
  type Hook,
  type Task,
} from './frame.ts';
import type { Machine } from './machine.ts';
import { blame, endGenerator, raiseIn, resume } from './unwind.ts';

/** A call of something that the machine itself performs. */
export interface Call {
  readonly machine: Machine;
  readonly task: Task;
  readonly hook: Hook;
  readonly data: Value;
}

export const asGenerator = (value: Slot): GeneratorObject => {
  if (value instanceof GeneratorObject) return value;
  throw typeError('expected a generator');
};

export const asAsyncGenerator = (value: Slot): GeneratorObject => {
  if (value instanceof GeneratorObject && value.kind === 'async_generator') return value;
  throw typeError('expected an asynchronous generator');
};

/** One call at a time: the next one comes when what the first awaits has let it go on. */
export function checkIdle(generator: GeneratorObject, method: Slot): void {
  if (typeof method !== 'string') return;
  if (generator.state !== 'running' && !isDelegating(generator)) return;
  throw runtimeError(`${method}(): asynchronous generator is already running`);
}

/** Resume a generator with a value; the caller rests. */
export function send(call: Call, generator: GeneratorObject, value: Value): Stepped {
  const { machine, task, hook } = call;
  const what = kindName(generator);
  if (generator.state === 'running') throw valueError(`${what} already executing`);
  if (generator.state === 'done') {
    if (isAwaitedOnce(generator)) {
      throw runtimeError(reusedText(generator));
    }
    throw new Raised(
      generator.kind === 'generator'
        ? stopIteration(null)
        : makeException(types.StopAsyncIteration),
    );
  }
  if (generator.state === 'new' && value !== null) {
    throw typeError(`can't send non-None value to a just-started ${what}`);
  }
  resume(machine, task, generator, value, hook);
  return CALLED;
}

/** Whether throw(type, value) is to call a class that is no plain one, or has arguments for it. */
export function needsMaking(type: Slot, value: Slot): boolean {
  if (!(type instanceof TypeObject && type.isSubtype(types.BaseException))) return false;
  if (value instanceof ExceptionObject && value.cls.isSubtype(type)) return false;
  return (value ?? null) !== null || !type.isBuiltin;
}

/** What throw() and raise accept: an exception, or a builtin class to make one of. */
export function asException(type: Slot, value: Slot): ExceptionObject {
  if (type instanceof ExceptionObject) {
    if ((value ?? null) === null) return type;
    throw typeError('instance exception may not have a separate value');
  }
  if (type instanceof TypeObject && type.isSubtype(types.BaseException)) {
    return value instanceof ExceptionObject ? value : makeException(type);
  }
  throw typeError(
    `exceptions must be classes or instances deriving from BaseException, not ${
      typeOf(type ?? null).name
    }`,
  );
}

/** The same with the third argument of throw(), a traceback or None. */
export function withTraceback(type: Slot, value: Slot, traceback: Slot): ExceptionObject {
  const given = traceback ?? null;
  if (given !== null && !(given instanceof TracebackObject)) {
    throw typeError('throw() third argument must be a traceback object');
  }
  const error = asException(type, value);
  if (given !== null && given !== error.traceback) setTraceback(error, given);
  return error;
}

/** Raise inside a generator, at the innermost one it delegates to. */
export function throwInto(call: Call, generator: GeneratorObject, error: ExceptionObject): Stepped {
  const { machine, task, hook } = call;
  if (generator.state === 'running') {
    throw valueError(`${kindName(generator)} already executing`);
  }
  if (generator.state === 'done' && isAwaitedOnce(generator)) {
    throw runtimeError(reusedText(generator));
  }
  if (generator.state === 'done') throw new Raised(error);
  const isExit = error.cls.isSubtype(types.GeneratorExit);
  let inner = generator;
  resume(machine, task, inner, null, hook);
  for (;;) {
    const next = delegated(machine, task);
    if (!(next instanceof GeneratorObject) || next.state !== 'suspended') break;
    inner = next;
    resume(machine, task, inner, null, HOOKS.DELEGATE.code);
    // GeneratorExit closes each of them in turn, from the innermost: then none may yield, and where
    // one returns, the exception goes on in the next. The frame's data says so.
    if (isExit && task.top !== undefined) task.top.data = error;
  }
  const frame = task.top;
  if (frame !== undefined) {
    const it = delegated(machine, task);
    if (it instanceof Instance && (hasMethod(it, 'throw') || hasMethod(it, 'close'))) {
      const through = machine.prelude('_throw_through');
      return invoke(machine, task, through, [it, error], null, HOOKS.DELEGATE.code);
    }
    blame(machine, frame, it === undefined ? HOOKS.VALUE.code : HOOKS.DELEGATE.code);
  }
  raiseIn(machine, task, error, false, true);
  return CALLED;
}

/** What the frame just resumed waits for in a YIELD_FROM. */
function delegated(machine: Machine, task: Task): Slot {
  const frame = task.top;
  if (frame === undefined || machine.operationAt(frame) !== 'YIELD_FROM') return undefined;
  const { code } = frame;
  const depth = code.depths[code.table.pcs[frame.rest] ?? 0] ?? 2;
  return task.stack[frame.base + code.localCount + depth - 2];
}

export function close(call: Call, generator: GeneratorObject): Stepped {
  if (generator.state === 'new' || generator.state === 'done') {
    endGenerator(generator);
    return null;
  }
  const error = makeException(types.GeneratorExit);
  const hook = call.hook === HOOKS.VALUE.code ? HOOKS.CLOSE.code : call.hook;
  return throwInto({ ...call, hook }, generator, error);
}
