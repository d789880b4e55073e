// Variables: where a name of the program is kept, told so that it is found in any state of a run.
//
//     global   module, name           a slot of a module
//     local    task, index, code      a slot of the frame that stands so deep in a task's stack
//     object   a cell or a generator  kept by an object: what a closure shares with a function that
//                                     has returned, or a local of a generator, which may not be on
//                                     the stack
//
// Invariant: nothing here changes a machine.

import { FLAG } from '../bytecode/program.ts';
import type { Code } from '../machine/code.ts';
import { GeneratorObject, type Frame, type Task } from '../machine/frame.ts';
import type { ModuleObject } from '../machine/function.ts';
import type { Machine } from '../machine/machine.ts';
import { moduleGlobal } from '../machine/module-attributes.ts';
import { moduleDunder } from '../machine/namespace.ts';
import { Cell } from '../values/collections.ts';
import { Dict } from '../values/dict.ts';
import type { Slot } from '../values/value.ts';
import { isWatcher } from './reasons.ts';

/** What keeps a variable though it may be on no stack. */
export type Keeper = Cell | GeneratorObject;

export type Variable =
  | { readonly kind: 'global'; readonly module: string; readonly name: string }
  | {
      readonly kind: 'local';
      readonly task: number;
      readonly index: number;
      readonly code: Code;
      readonly slot: number;
    }
  | {
      readonly kind: 'object';
      readonly keeper: Keeper;
      readonly code: Code;
      readonly slot: number;
      readonly name: string;
    };

/** The instruction before which the top frame of a running task stands. */
export function instructionAt({ code, wpc }: Frame): number {
  return code.translation('plain').instruction[wpc] ?? 0;
}

/** What a slot holds, be it in a cell. */
export function opened(slot: Slot): Slot {
  return slot instanceof Cell ? slot.value : slot;
}

/** What a name means in a frame: a local, or a global of its module. Builtins aside. */
export function nameIn(machine: Machine, task: Task, frame: Frame, name: string): Slot {
  const { module } = frame.fn;
  return localIn(task, frame, name) ?? globalIn(machine, module, name);
}

function localIn(task: Task, frame: Frame, name: string): Slot {
  const { code, base } = frame;
  const at = code.info.locals.indexOf(name);
  if (at >= 0) return opened(task.stack[base + at]);
  const namespace = (code.info.flags & FLAG.classBody) === 0 ? null : task.stack[base];
  return namespace instanceof Dict ? namespace.getText(name) : undefined;
}

function globalIn(machine: Machine, module: ModuleObject, name: string): Slot {
  const bound = moduleGlobal(module, name);
  return bound === undefined && name.startsWith('__') ? moduleDunder(machine, module, name) : bound;
}

/** Tasks as a name is looked for in them: the one that runs, the program's own, others. */
export function tasksInOrder({ state, current }: Machine): Task[] {
  const tasks = state.tasks.filter((task) => !isWatcher(task));
  const rank = (task: Task): number => (task === current ? 0 : task.number);
  return tasks.toSorted((a, b) => rank(a) - rank(b));
}

/** Frames of the program itself, innermost first. */
function* programFrames(task: Task): Generator<{ readonly frame: Frame; readonly index: number }> {
  for (let index = task.depth - 1; index >= 0; index--) {
    const frame = task.frames[index];
    if (frame !== undefined && !frame.code.unit.module.isLibrary) yield { frame, index };
  }
}

/**
 * The variable that a name means where a run stands: a local of the innermost frame of the program
 * that has it, else a global. One that is bound goes before one that is not. Null if there is none.
 */
export function findVariable(machine: Machine, name: string): Variable | null {
  const [first, ...others] = tasksInOrder(machine);
  const found = first === undefined ? [] : localsOf(machine, first, name);
  found.push(...globalsOf(machine, first, name));
  for (const task of others) found.push(...localsOf(machine, task, name));
  return found.find((each) => readVariable(machine, each) !== undefined) ?? found[0] ?? null;
}

/** Names that would have been found, for a person who has misspelled one. */
export function namesNear(machine: Machine): string[] {
  const names = new Set<string>();
  for (const task of tasksInOrder(machine)) {
    for (const { frame } of programFrames(task)) {
      for (const name of frame.code.info.locals) names.add(name);
    }
  }
  for (const { unit } of programModules(machine))
    for (const name of unit.module.globals) names.add(name);
  return [...names].filter((name) => /^[\p{L}_]/u.test(name));
}

function localsOf(machine: Machine, task: Task, name: string): Variable[] {
  const found: Variable[] = [];
  for (const { frame, index } of programFrames(task)) {
    const { code, generator } = frame;
    const slot = code.info.locals.indexOf(name);
    if (slot < 0) continue;
    const held = task.stack[frame.base + slot];
    if (slot >= code.freeStart && held instanceof Cell) {
      found.push(ownerOf(machine, held) ?? { kind: 'object', keeper: held, code, slot, name });
    } else if (generator !== null) {
      found.push({ kind: 'object', keeper: generator, code, slot, name });
    } else found.push({ kind: 'local', task: task.number, index, code, slot });
  }
  return found;
}

/** The function that made a cell, if it has not returned. */
function ownerOf({ state }: Machine, cell: Cell): Variable | null {
  for (const task of state.tasks) {
    for (const { frame, index } of programFrames(task)) {
      const { code, base, generator } = frame;
      if (generator !== null) continue;
      const slot = task.stack.slice(base, base + code.freeStart).indexOf(cell);
      if (slot >= 0) return { kind: 'local', task: task.number, index, code, slot };
    }
  }
  return null;
}

function programModules({ state }: Machine): ModuleObject[] {
  return [...state.modules.values()].filter(({ unit }) => !unit.module.isLibrary);
}

function globalsOf(machine: Machine, task: Task | undefined, name: string): Variable[] {
  const around = task === undefined ? undefined : [...programFrames(task)][0]?.frame.fn.module;
  const entry = machine.state.modules.get(machine.program.entry);
  const modules = new Set([around, entry, ...programModules(machine)]);
  return [...modules]
    .filter((module) => module !== undefined)
    .filter(
      (module) =>
        moduleGlobal(module, name) !== undefined ||
        (module.unit.module.globals.includes(name) && machine.builtin(name, false) === undefined),
    )
    .map((module): Variable => ({ kind: 'global', module: module.unit.module.name, name }));
}

/** What is in a variable, in the state of a machine. */
export function readVariable(machine: Machine, variable: Variable): Slot {
  switch (variable.kind) {
    case 'global': {
      const module = machine.state.modules.get(variable.module);
      return module === undefined ? undefined : moduleGlobal(module, variable.name);
    }
    case 'local': {
      const task = machine.state.tasks.find(({ number }) => number === variable.task);
      return task === undefined ? undefined : readLocal(task, variable);
    }
    case 'object':
      return readKept(machine, variable.keeper, variable.slot);
  }
}

/** A slot of the frame that stands so deep in a stack, if it is of that function. */
export function readLocal(
  task: Task,
  { index, code, slot }: { readonly index: number; readonly code: Code; readonly slot: number },
): Slot {
  const frame = task.depth > index ? task.frames[index] : undefined;
  return frame?.code === code ? opened(task.stack[frame.base + slot]) : undefined;
}

/** A variable that an object keeps. */
export function readKept({ state }: Machine, keeper: Keeper, slot: number): Slot {
  if (keeper instanceof Cell) return keeper.value;
  if (keeper.state !== 'running') return opened(keeper.slots[slot]);
  for (const task of state.tasks) {
    for (let index = task.depth - 1; index >= 0; index--) {
      const frame = task.frames[index];
      if (frame?.generator === keeper) return opened(task.stack[frame.base + slot]);
    }
  }
  return undefined;
}

/** What in the top frame of a task could be the keeper of a variable; undefined if nothing. */
export function keeperIn(
  task: Task,
  { keeper, code, name }: Extract<Variable, { kind: 'object' }>,
): Keeper | undefined {
  const frame = task.top;
  if (frame === undefined) return undefined;
  if (keeper instanceof GeneratorObject) {
    return frame.code === code ? (frame.generator ?? undefined) : undefined;
  }
  if (frame.code.unit !== code.unit) return undefined;
  const slot = frame.code.info.locals.indexOf(name);
  const held = slot < 0 ? undefined : task.stack[frame.base + slot];
  return held instanceof Cell ? held : undefined;
}
