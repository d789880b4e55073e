// Another value for a name of a run that is not running, in the words of the program: a local of
// the innermost frame of the program that has it, or else a global of its main module.
//
// Marks what it changes, as the machine would: the next delta has it.

import type { Frame, Task } from '../machine/frame.ts';
import type { Machine } from '../machine/machine.ts';
import { setModuleGlobal } from '../machine/module-attributes.ts';
import { globalSlot } from '../machine/namespace.ts';
import { Cell } from '../values/collections.ts';
import type { Slot, Value } from '../values/value.ts';

/** @returns what the name is; null if nothing that runs has it, and nothing was changed */
export function assignName(
  machine: Machine,
  name: string,
  value: Value,
): 'local' | 'global' | null {
  const tasks = machine.state.tasks.toSorted((a, b) => a.number - b.number);
  for (const task of tasks) {
    for (let depth = task.depth - 1; depth >= 0; depth--) {
      const frame = task.frames[depth];
      if (frame === undefined || frame.code.unit.module.isLibrary) continue;
      if (assignLocal(task, depth, frame, name, value)) return 'local';
    }
  }
  const main = machine.moduleNamed(machine.program.entry);
  if (globalSlot(main, name) < 0) return null;
  setModuleGlobal(main, name, value);
  return 'global';
}

/** @returns whether the frame has bound the name */
function assignLocal(task: Task, depth: number, frame: Frame, name: string, value: Value): boolean {
  const at = frame.code.info.locals.indexOf(name);
  if (at < 0) return false;
  const slot: Slot = task.stack[frame.base + at];
  if (slot instanceof Cell) {
    if (slot.value === undefined) return false;
    slot.value = value;
    slot.touch();
    return true;
  }
  if (slot === undefined) return false;
  task.stack[frame.base + at] = value;
  // F3: this frame and those above it differ from what the last commit wrote.
  task.low = Math.min(task.low, depth);
  task.touch();
  return true;
}
