// Awaiting: coroutines, asynchronous iterators and managers.
//
//     in a coroutine       GET_AWAITABLE  YIELD_FROM     what it yields is for whoever drives it
//     in another function  AWAIT                         the task waits, or goes on for a turn
//
// An event or task suspends the task where it stands, frames and all; only what programs yield in
// an `__await__` of their own travels outwards. A plain function that meets such a yield in the
// coroutine it awaits goes on with it in flow (`_go_on`), as CPython's event loop would.

import { makeException, Raised, typeError, type ExceptionObject } from '../values/exception.ts';
import { OP } from '../bytecode/opcodes.ts';
import { typeOf } from '../values/typeof.ts';
import { types } from '../values/types.ts';
import type { Slot, Value } from '../values/value.ts';
import { iteratorOf } from '../values/iterate.ts';
import { CALLED, invokeFrom, rest, type Stepped } from './calls.ts';
import type { Code } from './code.ts';
import { findSpecial } from './control.ts';
import type { EventObject } from './event.ts';
import { GeneratorObject, HOOKS, reusedText, type Frame, type Task } from './frame.ts';
import type { Machine } from './machine.ts';
import { awaitableEvent } from './specials.ts';
import { noteAwaited, waitFor } from './tasks.ts';
import { resume } from './unwind.ts';

export const runtimeError = (text: string): Raised =>
  new Raised(makeException(types.RuntimeError, text));

/** Words for what is not awaitable, by GET_AWAITABLE's operand. */
const REFUSALS: readonly ((name: string) => string)[] = [
  (name) => `object ${name} can't be used in 'await' expression`,
  (name) =>
    `'async with' received an object from __aenter__ that does not implement __await__: ${name}`,
  (name) =>
    `'async with' received an object from __aexit__ that does not implement __await__: ${name}`,
  (name) => `'async for' received an invalid object from __anext__: ${name}`,
];

/** What GET_AWAITABLE's operand says of what __anext__() has given. */
const AWAITED_NEXT = 3;

function refusal(name: string, from: number): Raised {
  const refused = typeError((REFUSALS[from] ?? REFUSALS[0]!)(name));
  if (from === AWAITED_NEXT) {
    const cause = typeError(REFUSALS[0]!(name)).exception;
    refused.exception.cause = cause;
    refused.exception.context = cause;
    refused.exception.suppressContext = true;
  }
  return refused;
}

/** Whether a generator rests in the middle of an await. */
export function isDelegating(generator: GeneratorObject): boolean {
  if (generator.state !== 'suspended' || generator.frame === null) return false;
  const { code, rest: at } = generator.frame;
  return code.table.ops[at] === OP.YIELD_FROM;
}

/** What a generator at rest delegates to: the object of its `yield from` or `await`. */
export function delegateOf(generator: GeneratorObject): Value {
  const { frame, slots } = generator;
  if (frame === null || !isDelegating(generator)) return null;
  const { code, rest: at } = frame;
  const depth = code.depths[code.table.pcs[at] ?? 0] ?? 2;
  return slots[code.localCount + depth - 2] ?? null;
}

/** GET_AWAITABLE: what YIELD_FROM is to run for an `await x` in a coroutine. */
export function awaitable(machine: Machine, frame: Frame, x: Value, from: number): Stepped {
  if (x instanceof GeneratorObject) {
    if (x.kind === 'coroutine') {
      if (isDelegating(x)) throw runtimeError('coroutine is being awaited already');
      return x;
    }
    // The library's own half of an asynchronous generator.
    if (x.kind === 'generator' && x.frame?.code.isHidden === true) return x;
  } else if (awaitableEvent(x) !== null) return x;
  if (typeOf(x).lookup('__await__') === undefined) {
    throw refusal(typeOf(x).name, from);
  }
  const iterator = from === AWAITED_NEXT ? '_await_next_iter' : '_await_iter';
  return invokeFrom(machine, frame, machine.prelude(iterator), [x]);
}

/** Wait for an event in the running frame, which rests; or its result at once. */
export function awaitEvent(
  machine: Machine,
  frame: Frame,
  task: Task,
  event: EventObject,
): Value | typeof CALLED {
  if (task.cancelled === null) {
    if (event.state.kind === 'resolved') return event.state.value;
    if (event.state.kind === 'rejected') {
      noteAwaited(machine, event);
      throw new Raised(event.state.error);
    }
  }
  rest(machine, task, frame, HOOKS.VALUE.code);
  waitFor(machine, task, event);
  return CALLED;
}

/** AWAIT: the value at once, or CALLED when the task waits or a coroutine runs. */
export function awaitValue(machine: Machine, frame: Frame, task: Task, x: Value): Stepped {
  if (x instanceof GeneratorObject && x.kind === 'coroutine') {
    if (isDelegating(x)) throw runtimeError('coroutine is being awaited already');
    if (x.state !== 'new') throw runtimeError(reusedText(x));
    rest(machine, task, frame, HOOKS.VALUE.code);
    resume(machine, task, x, null, HOOKS.VALUE.code);
    return CALLED;
  }
  const event = awaitableEvent(x);
  if (event !== null) return awaitEvent(machine, frame, task, event);
  const isInner = x instanceof GeneratorObject && x.frame?.code.isHidden === true;
  if (!isInner && typeOf(x).lookup('__await__') === undefined) {
    throw typeError(`object ${typeOf(x).name} can't be used in 'await' expression`);
  }
  return invokeFrom(machine, frame, machine.prelude('_await'), [x]);
}

/** Whether a task that has come to rest is not to go on: it waits. */
export function isWaiting(task: Task): boolean {
  return task.state.kind !== 'ready' || task.wake !== null;
}

/** Whether a resting frame waits for the coroutine above it in an AWAIT. */
export function isAwaiting(caller: Frame): boolean {
  return caller.code.table.ops[caller.rest - 1] === OP.AWAIT;
}

/** ASYNC_WITH_ENTER: the manager stands at `at`, where its bound __aexit__ goes. */
export function enterAsyncWith(machine: Machine, frame: Frame, stack: Slot[], at: number): Stepped {
  const manager = stack[at] as Value;
  const type = typeOf(manager);
  const hasEnter = type.lookup('__aenter__') !== undefined;
  if (!hasEnter || type.lookup('__aexit__') === undefined) {
    const missing = hasEnter ? ' (missed __aexit__ method)' : '';
    throw typeError(
      `'${type.name}' object does not support the asynchronous context manager protocol${missing}`,
    );
  }
  const enter = findSpecial(machine, manager, '__aenter__');
  stack[at] = findSpecial(machine, manager, '__aexit__');
  return invokeFrom(machine, frame, enter, []);
}

/** GET_ASYNC_ITER */
export function asyncIterator(machine: Machine, frame: Frame, x: Value): Stepped {
  if (x instanceof GeneratorObject && x.kind === 'async_generator') return x;
  if (typeOf(x).lookup('__aiter__') === undefined) {
    const name = typeOf(x).name;
    throw typeError(`'async for' requires an object with __aiter__ method, got ${name}`);
  }
  return invokeFrom(machine, frame, machine.prelude('_async_iter'), [x]);
}

/** GET_ASYNC_NEXT */
export function asyncNext(machine: Machine, frame: Frame, it: Value): Stepped {
  if (it instanceof GeneratorObject && it.kind === 'async_generator') {
    return invokeFrom(machine, frame, machine.prelude('_agen_next'), [it]);
  }
  if (typeOf(it).lookup('__anext__') === undefined) {
    const name = typeOf(it).name;
    throw typeError(`'async for' requires an iterator with __anext__ method, got ${name}`);
  }
  return invokeFrom(machine, frame, findSpecial(machine, it, '__anext__'), []);
}

/** How errors name what a generator object is. */
export function kindName({ kind }: GeneratorObject): string {
  return kind === 'async_generator' ? 'async generator' : kind;
}

/** What leaves a generator's frame when it must not: StopIteration is told as something else. */
export function wrapStop(error: ExceptionObject, generator: GeneratorObject): ExceptionObject {
  const isStop = error.cls.isSubtype(types.StopIteration);
  const isAsyncStop =
    generator.kind === 'async_generator' && error.cls.isSubtype(types.StopAsyncIteration);
  if (!isStop && !isAsyncStop) return error;
  const what = isStop ? 'StopIteration' : 'StopAsyncIteration';
  const text = `${kindName(generator)} raised ${what}`;
  const wrapped = makeException(types.RuntimeError, text);
  wrapped.cause = error;
  wrapped.context = error;
  wrapped.suppressContext = true;
  return wrapped;
}

/** GET_YIELD_ITER, undefined if flow must be asked. */
export function yieldIterator(code: Code, x: Value): Value | undefined {
  if (!(x instanceof GeneratorObject)) return iteratorOf(x);
  if (x.kind === 'generator' || x.role !== null) return x;
  if (x.kind === 'coroutine' && code.isHidden) return x;
  if (x.kind === 'async_generator') return undefined;
  throw typeError("cannot 'yield from' a coroutine object in a non-coroutine generator");
}
