// Evaluating an expression where a run stood, on a machine that is thrown away afterwards.
//
//     module that binds RESULT to the expression ──▶ its globals are what the frame's names mean
//                                                ──▶ a task of its own, alone on the machine
//
// It is flow that runs, so the expression may call whatever the program can. Nothing of it leaves:
// effects are dropped, so is what it prints, and its ticks are bounded.

import type { Module } from '../bytecode/program.ts';
import { verifyModule } from '../bytecode/verify.ts';
import { FlowError } from '../bytecode/errors.ts';
import { Unit } from '../machine/code.ts';
import { pushFrame } from '../machine/calls.ts';
import { HOOKS, READY, type Frame, type Task } from '../machine/frame.ts';
import { FunctionObject, ModuleObject } from '../machine/function.ts';
import type { Machine } from '../machine/machine.ts';
import { moduleGlobal } from '../machine/module-attributes.ts';
import { lastLine } from '../machine/traceback.ts';
import type { Value } from '../values/value.ts';
import { describeValue } from './describe.ts';
import { EXPRESSION_TICKS_MAX } from './limits.ts';
import type { Path } from './path.ts';
import { nameIn } from './variable.ts';

/** The global that an expression's module binds its value to. */
export const RESULT = '__value__';

/** An expression, compiled. */
export interface Expression {
  /** As it was written. */
  readonly text: string;
  /** `RESULT = (text)`, compiled as a module of its own. */
  readonly module: Module;
  /** If it is one: then no flow code need run. */
  readonly path: Path | null;
}

export type Evaluated =
  | { readonly kind: 'value'; readonly text: string }
  /** `KeyError: 'a-17'` */
  | { readonly kind: 'raised'; readonly text: string };

const units = new WeakMap<Module, Unit>();

/** A unit that no program has: its code is never named in a snapshot. */
function unitOf({ module }: Expression): Unit {
  let unit = units.get(module);
  if (unit === undefined) units.set(module, (unit = new Unit(module, '', verifyModule(module))));
  return unit;
}

/**
 * Evaluate in a frame of a task. The machine is good for nothing else after that.
 *
 * @throws FLOW_EXPRESSION_UNFINISHED
 */
export function evaluate(
  machine: Machine,
  at: { readonly task: Task; readonly frame: Frame; readonly nowMs: number },
  expression: Expression,
): Evaluated {
  const { task, frame, nowMs } = at;
  const unit = unitOf(expression);
  const module = new ModuleObject(unit);
  for (const [i, name] of unit.module.globals.entries()) {
    module.slots[i] = nameIn(machine, task, frame, name);
  }
  const [body] = unit.codes;
  if (body === undefined) throw new Error('a module without a body');
  const { done } = run(machine, new FunctionObject(body, module, null), [], nowMs);
  if (done.state.kind === 'resolved') {
    return { kind: 'value', text: describeValue(moduleGlobal(module, RESULT)) };
  }
  if (done.state.kind === 'pending') throw unfinished(machine, expression);
  const { error } = done.state;
  run(machine, machine.prelude('_describe'), [error], nowMs);
  return { kind: 'raised', text: lastLine(error) };
}

/** Call a function in a task that has the machine for itself, as far as it gets. */
function run(machine: Machine, fn: FunctionObject, args: readonly Value[], nowMs: number): Task {
  const { state } = machine;
  const task = machine.newTask('expression');
  state.tasks = [task];
  machine.ended = null;
  machine.held = null;
  machine.singleStep = false;
  task.state = READY;
  pushFrame(machine, task, fn, args, HOOKS.TASK.code, null);
  machine.step({ nowMs, ticks: EXPRESSION_TICKS_MAX });
  machine.takeEffects();
  machine.takeOutput();
  return task;
}

function unfinished({ state }: Machine, { text }: Expression): FlowError {
  const waits = state.tasks.some((task) => task.state.kind === 'waiting');
  const what = waits
    ? `'${text}' would wait: an expression about the past has nothing to wait for`
    : `'${text}' computes for too long: more than ${EXPRESSION_TICKS_MAX} calls and turns of loops`;
  return new FlowError('FLOW_EXPRESSION_UNFINISHED', what, { expression: text });
}
