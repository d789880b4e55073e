// What locals() and globals() see: the names of a frame and of its module, as dicts.
//
//     module body   the module's globals     class body   its namespace itself
//     function      a new dict: locals that are bound, then cells, then free variables
//
// The order is CPython's: locals as they first stand in the code, cells and free variables by
// name. A frame that calls locals() rests, so each local is in its slot (calls.ts).

import { FLAG } from '../bytecode/program.ts';
import { OP } from '../bytecode/opcodes.ts';
import { Cell } from '../values/collections.ts';
import { Dict } from '../values/dict.ts';
import { compareText } from '../values/text.ts';
import type { Slot, Value } from '../values/value.ts';
import type { Code } from './code.ts';
import type { Frame, Task } from './frame.ts';
import { namespaceOf } from './namespace.ts';

/** What locals() gives in a frame at rest. */
export function localsOf(task: Task, frame: Frame): Value {
  const { code } = frame;
  const { flags } = code.info;
  if ((flags & FLAG.moduleBody) !== 0) return namespaceOf(frame.fn.module);
  if ((flags & FLAG.classBody) !== 0) return task.stack[frame.base] ?? null;
  return variablesOf(code, task.stack, frame.base);
}

/** The variables of a function that are bound, where its frame's slots lie in a list. */
export function variablesOf(code: Code, slots: readonly Slot[], base: number): Dict {
  const { locals } = code.info;
  const dict = new Dict();
  const cells = cellsOf(code);
  for (const at of namesInOrder(code, cells)) {
    const slot = slots[base + at];
    const value = cells.has(at) && slot instanceof Cell ? slot.value : slot;
    if (value !== undefined) dict.set(locals[at] ?? '?', value);
  }
  return dict;
}

/** Which locals are cells: those that a function begins by making, and the closure's. */
function cellsOf(code: Code): ReadonlySet<number> {
  const cells = new Set<number>();
  const { table } = code;
  for (let i = 0; i < table.count && table.ops[i] === OP.MAKE_CELL; i++) {
    cells.add(table.operands[i] ?? -1);
  }
  for (let at = code.freeStart; at < code.localCount; at++) cells.add(at);
  return cells;
}

function parameterCount(code: Code): number {
  const { flags, positional, keywordOnly } = code.info;
  const stars = (flags & FLAG.varargs ? 1 : 0) + (flags & FLAG.varkeywords ? 1 : 0);
  return positional + keywordOnly + stars;
}

/** Locals of a function that no function in it, or around it, shares: CPython's co_varnames. */
export function ownVariables(code: Code): string[] {
  const { flags, locals } = code.info;
  if ((flags & (FLAG.moduleBody | FLAG.classBody)) !== 0) return [];
  const cells = cellsOf(code);
  const parameters = parameterCount(code);
  return locals.filter((_name, at) => at < parameters || !cells.has(at));
}

/** The variables that are cells here, and are shared with the functions inside: co_cellvars. */
export function cellVariables(code: Code): string[] {
  const { flags, locals } = code.info;
  if ((flags & (FLAG.moduleBody | FLAG.classBody)) !== 0) return [];
  const own = [...cellsOf(code)].filter((at) => at < code.freeStart);
  return own.map((at) => locals[at] ?? '').toSorted(compareText);
}

function namesInOrder(code: Code, cells: ReadonlySet<number>): number[] {
  const { locals } = code.info;
  const parameters = parameterCount(code);
  const all = [...locals.keys()];
  // A parameter that is a cell stays among the parameters.
  const plain = all.filter((at) => at < parameters || !cells.has(at));
  const own = all.filter((at) => at >= parameters && cells.has(at) && at < code.freeStart);
  const byName = (a: number, b: number): number => compareText(locals[a] ?? '', locals[b] ?? '');
  return [...plain, ...own.toSorted(byName), ...all.slice(code.freeStart).toSorted(byName)];
}
