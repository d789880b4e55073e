// Leaving frames: by value, by yield, by exception.
//
// Each frame says with its hook what its end means to its caller. The loop does
// the commonest case itself (a VALUE into the caller's slot); everything else
// comes here. Nothing recurses: a chain of generators, or of frames that an
// exception leaves, is walked.

import { OP, OP_NAMES } from '../bytecode/opcodes.ts';
import type { Handler } from '../bytecode/program.ts';
import { Tuple } from '../values/collections.ts';
import { makeException, Raised, stopIteration, ExceptionObject } from '../values/exception.ts';
import { typeOf } from '../values/typeof.ts';
import { types } from '../values/types.ts';
import type { Value } from '../values/value.ts';
import { nameMissing } from './attributes.ts';
import { isAwaiting, kindName, runtimeError, wrapStop } from './awaiting.ts';
import {
  CALLED,
  invoke,
  missingSlot,
  pushFrame,
  recursionError,
  reserve,
  restAt,
  topOf,
} from './calls.ts';
import { Frame, HOOKS, HOOK_MISSING, HOOK_ROWS, type GeneratorObject, type Task } from './frame.ts';
import { ModuleObject } from './function.ts';
import type { Machine } from './machine.ts';
import { madeFor } from './made.ts';
import { WORD } from './words.ts';

/** Take the top frame off. */
export function popFrame(task: Task): Frame {
  const depth = --task.depth;
  if (depth <= task.low) task.low = depth > 0 ? depth - 1 : 0;
  const frame = task.frames[depth] as Frame;
  frame.data = null;
  // A generator's frame has ended with its generator; what stood there is used again.
  if (frame.generator !== null) task.frames[depth] = frame.generator.displaced ?? spare(frame);
  return frame;
}

/** A frame object for a place that had none yet. */
function spare(like: Frame): Frame {
  return new Frame(like.code, like.fn);
}

/** The instruction that a waiting frame is blamed at, given the callee's hook. */
export function blamedInstruction(frame: Frame, hook: number): number {
  return HOOK_ROWS[hook]?.same === true ? frame.rest : frame.rest - 1;
}

function findHandler(frame: Frame, instruction: number): Handler | undefined {
  const { info, table } = frame.code;
  if (info.handlers.length === 0) return undefined;
  const pc = table.pcs[instruction] ?? 0;
  for (const handler of info.handlers) {
    if (pc >= handler.start && pc < handler.end) return handler;
  }
  return undefined;
}

/**
 * Where a task goes on after an exception: at a handler of its top frame, which is as it was but
 * for what stood above it; as some caller took it (the end of a loop); or nowhere, it has ended.
 */
export type Landing = 'handler' | 'caller' | 'ended';

/** Give a raised exception the one being handled as its context, without making a circle. */
function setContext(
  frame: Frame,
  error: ExceptionObject,
  handled: ExceptionObject | null = frame.handled ?? frame.outer,
): void {
  if (handled === null || handled === error) return;
  // The program can have made a circle itself (e.__context__ = e): half as fast, `behind` is met.
  let behind = handled;
  let steps = 0;
  for (let at = handled; at.context !== null; steps++) {
    if (at.context === error) {
      at.context = null;
      at.touch();
      break;
    }
    at = at.context;
    if (at === behind) break;
    if (steps % 2 === 1) behind = behind.context as ExceptionObject;
  }
  error.context = handled;
  error.touch();
}

/**
 * Raise in the task's top frame, at the instruction it is running.
 *
 * @param again whether the exception is on its way already (RERAISE)
 * @param isThrown whether it comes by throw(): then its context is what the generator itself is
 *   handling, not what whoever throws is
 * @returns where the task goes on, or that it has ended with it
 */
export function raiseIn(
  machine: Machine,
  task: Task,
  exception: ExceptionObject,
  again: boolean,
  isThrown = false,
): Landing {
  let error = exception;
  let frame = task.top as Frame;
  if (isThrown) setContext(frame, error, frame.handled);
  else if (!again) setContext(frame, error);
  let instruction = frame.code.translation(machine.mode).instruction[frame.wpc] ?? 0;
  let noted = again;
  for (;;) {
    if (!noted) note(error, frame, instruction);
    noted = false;
    const handler = findHandler(frame, instruction);
    if (handler !== undefined) {
      task.stack[frame.base + frame.code.localCount + handler.depth] = error;
      restAt(machine, frame, frame.code.table.indexAt[handler.target] ?? 0);
      return 'handler';
    }
    const { hook, data, generator } = frame;
    popFrame(task);
    if (generator !== null) {
      endGenerator(generator);
      error = wrapStop(error, generator);
    }
    if (hook === HOOKS.TASK.code) {
      machine.endTask(task, { kind: 'rejected', error });
      return 'ended';
    }
    frame = task.top as Frame;
    // What was thrown through generators belongs to what each of them is handling.
    if (isThrown && hook === HOOKS.DELEGATE.code) setContext(frame, error, frame.handled);
    try {
      if (resolves(machine, task, frame, hook, data, error)) return 'caller';
    } catch (problem) {
      if (!(problem instanceof Raised)) throw problem;
      error = problem.exception;
      setContext(frame, error);
    }
    instruction = blamedInstruction(frame, hook);
  }
}

/** Add where a frame stands to an exception's traceback. */
function note(error: ExceptionObject, { code }: Frame, instruction: number): void {
  if (code.isHidden) return;
  const pc = code.table.pcs[instruction] ?? 0;
  error.trace.push({ module: code.unit.hash, function: code.index, pc });
  error.touch();
}

/** End a task that rests with an exception which none of its handlers sees. */
export function endWith(machine: Machine, task: Task, error: ExceptionObject): void {
  // What waits is blamed at its await, what only had its turn at what it would do next.
  const isWaiting = task.state.kind === 'waiting' || task.wake !== null;
  let hook: number | null = isWaiting ? HOOKS.VALUE.code : null;
  while (task.top !== undefined) {
    const frame = task.top;
    note(error, frame, hook === null ? frame.rest : blamedInstruction(frame, hook));
    ({ hook } = frame);
    if (hook === HOOKS.IMPORT.code) forgetImport(machine, frame.data);
    const { generator } = frame;
    popFrame(task);
    if (generator !== null) endGenerator(generator);
  }
  task.wake = null;
  task.cancelled = null;
  task.deadlines = [];
  machine.endTask(task, { kind: 'rejected', error });
}

/**
 * A module's body has not come to its end. The program's own module stays to be looked at: its end
 * is the end of the run.
 */
function forgetImport({ program, state }: Machine, module: Value): void {
  if (!(module instanceof ModuleObject) || module.unit.module.name === program.entry) return;
  module.state = 'new';
  module.touch();
  state.modules.delete(module.unit.module.name);
}

export function endGenerator(generator: GeneratorObject): void {
  generator.state = 'done';
  generator.frame = null;
  generator.slots = [];
  generator.displaced = null;
  generator.touch();
}

/** Whether an exception that left a frame means something else to its caller. */
function resolves(
  machine: Machine,
  task: Task,
  caller: Frame,
  hook: number,
  data: Value,
  error: ExceptionObject,
): boolean {
  const isStop = error.cls.isSubtype(types.StopIteration);
  switch (hook) {
    case HOOKS.ITERATE.code:
      if (!isStop) return false;
      finishLoop(machine, task, caller);
      return true;
    case HOOKS.DELEGATE.code:
      if (!isStop) return false;
      delegateDone(machine, task, caller, error.args.items[0] ?? null);
      return true;
    case HOOKS.CLOSE.code:
      if (!isStop && !error.cls.isSubtype(types.GeneratorExit)) return false;
      task.stack[missingSlot(caller)] = null;
      return true;
    case HOOKS.IMPORT.code:
      forgetImport(machine, data);
      return false;
    case HOOKS.GETATTR.code: {
      if (!error.cls.isSubtype(types.AttributeError) || !(data instanceof Tuple)) return false;
      const [object, name, isLast] = data.items as [Value, string, Value?];
      if (isLast === true) {
        nameMissing(error, object, name);
        return false;
      }
      const fallback = typeOf(object).lookup('__getattr__');
      if (fallback === undefined) return false;
      const asked = new Tuple([object, name, true]);
      const args = [object, name];
      const value = invoke(machine, task, fallback, args, null, HOOKS.GETATTR.code, asked);
      if (value !== CALLED) task.stack[missingSlot(caller)] = value;
      return true;
    }
    default:
      return false;
  }
}

/** FOR_ITER has come to its end: drop the iterator and jump. */
function finishLoop(machine: Machine, _task: Task, frame: Frame): void {
  const { table } = frame.code;
  const target = table.indexAt[table.operands[frame.rest] ?? 0] ?? 0;
  restAt(machine, frame, target);
}

/** AND_JUMP or OR_JUMP knows the truth of its operand. */
function finishTest(machine: Machine, frame: Frame, isTrue: boolean): void {
  const { table } = frame.code;
  const jumps = table.ops[frame.rest] === OP.AND_JUMP ? !isTrue : isTrue;
  const target = table.indexAt[table.operands[frame.rest] ?? 0] ?? 0;
  restAt(machine, frame, jumps ? target : frame.rest + 1);
}

/** FOR_ITER has its next element. */
function feedLoop(machine: Machine, task: Task, frame: Frame, value: Value): void {
  const { words } = frame.code.translation(machine.mode);
  let { wpc } = frame;
  // In plain mode a TICK stands before the instruction.
  if (words[wpc] === WORD.TICK) wpc++;
  task.stack[frame.base + (words[wpc + 2] ?? 0)] = value;
  frame.wpc = wpc + 4;
}

/** YIELD_FROM has its result: it takes the place of iterator and sent value. */
function delegateDone(machine: Machine, task: Task, frame: Frame, value: Value): void {
  const { code } = frame;
  const depth = code.depths[code.table.pcs[frame.rest] ?? 0] ?? 2;
  task.stack[frame.base + code.localCount + depth - 2] = value;
  restAt(machine, frame, frame.rest + 1);
}

/**
 * The top frame returns a value; it is taken off and its caller gets what the
 * hook says. May raise (Raised) in the caller, which is the top frame then.
 *
 * @returns whether the task goes on
 */
export function finishFrame(machine: Machine, task: Task, value: Value): boolean {
  const frame = task.top as Frame;
  const { hook, data, ret, generator } = frame;
  popFrame(task);
  if (generator !== null) endGenerator(generator);
  if (hook === HOOKS.TASK.code) {
    machine.endTask(task, { kind: 'resolved', value });
    return false;
  }
  const caller = task.top as Frame;
  const { stack } = task;
  switch (hook) {
    case HOOKS.VALUE.code:
    case HOOKS.RETRY.code:
    case HOOKS.GETATTR.code:
      // next() and send(): the end of a generator is an exception there.
      if (generator !== null && !(generator.kind === 'coroutine' && isAwaiting(caller))) {
        blame(machine, caller, hook);
        throw new Raised(
          generator.kind === 'async_generator'
            ? makeException(types.StopAsyncIteration)
            : stopIteration(value),
        );
      }
      stack[ret] = value;
      return true;
    case HOOKS.MADE.code:
      stack[ret] = checkMade(machine, caller, hook, value);
      return true;
    case HOOKS.DROP.code:
      return true;
    case HOOKS.INIT.code:
      if (value !== null) {
        blame(machine, caller, hook);
        throw new Raised(
          makeException(
            types.TypeError,
            `__init__() should return None, not '${typeOf(value).name}'`,
          ),
        );
      }
      stack[ret] = data;
      return true;
    case HOOKS.ITERATE.code:
      if (generator !== null) finishLoop(machine, task, caller);
      else feedLoop(machine, task, caller, value);
      return true;
    case HOOKS.BINARY.code:
      return machine.finishBinary(task, data, value, ret);
    case HOOKS.TEST.code:
      finishTest(machine, caller, value === true);
      return true;
    case HOOKS.NOT.code:
      stack[ret] = value !== true;
      return true;
    case HOOKS.IMPORT.code:
      if (data instanceof ModuleObject) {
        data.state = 'done';
        data.touch();
      }
      stack[ret] = data;
      return true;
    case HOOKS.CLOSE.code:
      stack[ret] = null;
      return true;
    case HOOKS.DELEGATE.code:
      if (data instanceof ExceptionObject) {
        // It was closed, and its end is not the end of what closed it.
        blame(machine, caller, hook);
        throw new Raised(data);
      }
      if (generator !== null) delegateDone(machine, task, caller, value);
      else return yieldValue(machine, task, value);
      return true;
  }
}

/** What the waiting instruction takes unseen: of its kind, or a TypeError there. */
function checkMade(machine: Machine, caller: Frame, hook: number, value: Value): Value {
  const op = caller.code.table.ops[blamedInstruction(caller, hook)] ?? -1;
  const made = madeFor(op, value);
  if (made !== undefined) return made;
  blame(machine, caller, hook);
  const what = `${OP_NAMES[op] ?? '?'} got a value of type '${typeOf(value).name}'`;
  throw new Raised(makeException(types.TypeError, what));
}

/** Make `wpc` of a resting frame name the instruction it is blamed at, to raise there. */
export function blame(machine: Machine, frame: Frame, hook: number): void {
  const instruction = blamedInstruction(frame, hook);
  const translation = frame.code.translation(machine.mode);
  // Some word of that instruction; any will do, since only its owner is asked.
  frame.wpc = Math.max(0, translation.instruction.indexOf(instruction));
}

/** A generator's frame leaves the task's stack and keeps its slots itself. */
export function detach(task: Task, frame: Frame, generator: GeneratorObject, size: number): void {
  const { slots } = generator;
  const { stack } = task;
  const { base } = frame;
  if (slots.length === size) for (let i = 0; i < size; i++) slots[i] = stack[base + i];
  else generator.slots = stack.slice(base, base + size);
  generator.frame = frame;
  generator.state = 'suspended';
  generator.touch();
  task.depth--;
  if (task.depth - 1 < task.low) task.low = Math.max(0, task.depth - 1);
  // The frame object goes with the generator; the next call finds the one that stood there.
  task.frames[task.depth] = generator.displaced ?? spare(frame);
  generator.displaced = null;
}

/** For `_agen_resume`: a value of the generator's own, or one that what it awaits has yielded. */
function steps({ code, rest }: Frame, value: Value): Tuple {
  const isOwn = code.table.ops[rest - 1] === OP.YIELD;
  return new Tuple(isOwn ? [value] : [null, value]);
}

function ignoredExit(
  machine: Machine,
  caller: Frame,
  generator: GeneratorObject,
  hook: number,
): Raised {
  blame(machine, caller, hook);
  return runtimeError(`${kindName(generator)} ignored GeneratorExit`);
}

/**
 * The top frame, a generator's at rest, yields a value to whoever resumed it;
 * through a chain of YIELD_FROM to the first that consumes it.
 */
export function yieldValue(machine: Machine, task: Task, value: Value): boolean {
  for (;;) {
    const frame = task.frames[task.depth - 1] as Frame;
    const generator = frame.generator as GeneratorObject;
    const { hook, data } = frame;
    // What will be sent belongs on top: the stack at `rest` but for that.
    detach(task, frame, generator, missingSlot(frame) - frame.base);
    const caller = task.frames[task.depth - 1] as Frame;
    switch (hook) {
      case HOOKS.ITERATE.code:
        feedLoop(machine, task, caller, value);
        return true;
      case HOOKS.DELEGATE.code:
        if (!(data instanceof ExceptionObject)) continue;
        throw ignoredExit(machine, caller, generator, hook);
      case HOOKS.CLOSE.code:
        throw ignoredExit(machine, caller, generator, hook);
      default:
        if (generator.kind === 'coroutine' && isAwaiting(caller)) {
          pushFrame(machine, task, machine.prelude('_go_on'), [generator, value], hook, null);
          return true;
        }
        task.stack[missingSlot(caller)] =
          generator.kind === 'async_generator' ? steps(frame, value) : value;
        return true;
    }
  }
}

/**
 * Put a generator's frame on top of the resting caller. `sent` becomes the
 * value of the yield it waits at; a new generator takes none.
 */
export function resume(
  machine: Machine,
  task: Task,
  generator: GeneratorObject,
  sent: Value,
  hook: Frame['hook'],
): void {
  const frame = generator.frame as Frame;
  const caller = task.frames[task.depth - 1] as Frame;
  if (task.depth > machine.framesMax) throw recursionError(machine);
  frame.base = topOf(caller);
  frame.hook = hook;
  frame.data = null;
  frame.outer = caller.handled ?? caller.outer;
  frame.ret = HOOK_MISSING[hook] === true ? missingSlot(caller) : 0;
  reserve(task, frame.base + frame.code.frameSize + 1);
  const { stack } = task;
  const { slots } = generator;
  for (let i = 0; i < slots.length; i++) stack[frame.base + i] = slots[i];
  if (generator.state === 'suspended') stack[missingSlot(frame)] = sent;
  generator.state = 'running';
  generator.touch();
  generator.displaced = task.frames[task.depth] ?? null;
  task.frames[task.depth] = frame;
  task.depth++;
  restAt(machine, frame, frame.rest);
}
