// The prefix of a program: what stands at its beginning and is the same in all its runs.
//
//     """Docstring."""               LOAD_CONST  STORE_GLOBAL
//     import json                    IMPORT  STORE_GLOBAL
//     from flow.time import sleep    IMPORT  IMPORT_FROM  STORE_GLOBAL  POP
//     def work(n: int): ...          …  MAKE_CLOSURE  STORE_GLOBAL
//     ───────────────────────────    the prefix ends: its cut
//     total = compute()
//
// A cut is an instruction of the main module's body before which its operand stack is empty, and to
// which one straight line leads: imports of library modules, definitions of functions, and bindings
// of names to constants, to what was imported, and to new collections of these. So of the program
// itself nothing is called. That an import stands in a `try` does not matter: where none raises, no
// handler is looked at, and one that raises ends the prefix.
//
// That a library module is the same in each run is not believed but found out: a blank machine, one
// without arguments, moment or random numbers, executes the prefix, and what it asks of the outside
// or says to it moves the cut before the import that did (isTouched). `sys.argv` alone is a list of
// the library that differs: it is filled by give(), and nothing looks into it before: no
// instruction of a prefix, and no module while it is imported (test/snapshot/base.test.ts).
//
// Invariants:
//
//   PX1. The state at the cut is a function of the program alone.
//   PX2. A machine that is given its arguments there goes on as one that began with them.

import { FlowError } from '../bytecode/errors.ts';
import { OP } from '../bytecode/opcodes.ts';
import { List, Tuple } from '../values/collections.ts';
import type { Value } from '../values/value.ts';
import type { Code } from './code.ts';
import { READY } from './frame.ts';
import type { LinkedProgram } from './link.ts';
import { Machine, type MachineOptions } from './machine.ts';
import { moduleGlobal } from './module-attributes.ts';
import type { RunState } from './state.ts';

/** What a run is given at its beginning. */
export interface Given {
  /** What sys.argv shows. */
  readonly argv: readonly string[];
  /** A function to be called after the body of the main module; null for none. */
  readonly entry: string | null;
  readonly args: readonly Value[];
}

/**
 * Instructions of a prefix besides IMPORT, which is looked at more closely. None of them looks
 * into a list or calls what the program has defined.
 */
const PLAIN: ReadonlySet<number> = new Set([
  OP.IMPORT_FROM,
  OP.IMPORT_STAR,
  OP.LOAD_CONST,
  OP.LOAD_INT,
  OP.LOAD_NONE,
  OP.LOAD_GLOBAL,
  OP.LOAD_BUILTIN,
  OP.GET_ATTR,
  OP.STORE_GLOBAL,
  OP.MAKE_FUNCTION,
  OP.MAKE_CLOSURE,
  OP.MAKE_TUPLE,
  OP.MAKE_LIST,
  OP.MAKE_DICT,
  OP.POP,
  OP.COPY,
  OP.SWAP,
  OP.JUMP,
]);

/** Ticks of all imports together: asyncio takes 6,000. */
const PREFIX_TICKS_MAX = 2_000_000;

/** Frames of a task whose main module's body is on top: `_start` and the body. */
const BODY_DEPTH = 2;

/** The cuts of a program's main module, in order; none if it has no prefix. */
export function cutsOf(program: LinkedProgram): number[] {
  const code = mainCode(program);
  const cuts: number[] = [];
  if (code === undefined) return cuts;
  const { table, depths, unit } = code;
  let imports = 0;
  for (let at = 0, next = 0; at < table.count; at = next) {
    if (imports > 0 && depths[table.pcs[at] ?? 0] === 0) cuts.push(at);
    const op = table.ops[at] ?? -1;
    const operand = table.operands[at] ?? -1;
    next = op === OP.JUMP ? (table.indexAt[operand] ?? -1) : at + 1;
    if (next <= at) break;
    if (op === OP.IMPORT) {
      const name = unit.module.imports[operand] ?? '';
      if (program.units.get(name)?.module.isLibrary !== true) break;
      imports++;
    } else if (!PLAIN.has(op)) break;
  }
  return cuts;
}

function mainCode({ units, entry }: LinkedProgram): Code | undefined {
  return units.get(entry)?.codes[0];
}

const NOTHING: Given = { argv: [], entry: null, args: [] };

/**
 * A machine that has executed the prefix of its program and nothing more; null if it has none.
 *
 * @param given for tests: what give() would give it, from the beginning
 */
export function machineAtCut(
  options: Omit<MachineOptions, 'state' | 'mode'>,
  { argv, entry, args } = NOTHING,
): Machine | null {
  const cuts = cutsOf(options.program);
  while (cuts.length > 0) {
    const machine = new Machine({ ...options, mode: 'plain' });
    machine.state.argv = argv;
    machine.start(entry, args);
    machine.singleStep = true;
    const reached = cuts.findIndex((cut) => !runTo(machine, cut));
    machine.stopDepth = 0;
    if (reached < 0) return machine;
    // The machine has gone too far to be of use: another one stops at the cut before.
    cuts.length = reached;
  }
  return null;
}

/** Go on to a cut; false if something of the outside is needed on the way. */
function runTo(machine: Machine, cut: number): boolean {
  const task = machine.current;
  const main = machine.moduleNamed(machine.program.entry);
  do {
    // One instruction; and if it has called something, that to its end.
    const isInside = task.depth > BODY_DEPTH;
    machine.steps = isInside ? Infinity : 1;
    machine.stopDepth = isInside ? BODY_DEPTH : 0;
    const ticks = PREFIX_TICKS_MAX - machine.state.tickCount;
    const outcome = machine.step({ nowMs: 0, ticks });
    if (outcome.kind !== 'spent' || isTouched(machine)) return false;
    const isOver = task.depth < BODY_DEPTH && main.state !== 'new';
    // A handler has it.
    const isBeyond = task.depth === BODY_DEPTH && (task.top?.rest ?? 0) > cut;
    if (isOver || isBeyond || machine.state.tickCount >= PREFIX_TICKS_MAX) return false;
  } while (task.depth !== BODY_DEPTH || task.top?.rest !== cut);
  return true;
}

/** Whether a machine has been asked for what is not in its state, or has said something. */
function isTouched(machine: Machine): boolean {
  const { state, momentReads } = machine;
  const { effectCount, randomCount, taskCount, deadlineCount, timers } = state;
  const isQuiet = machine.takeOutput().length === 0 && momentReads === 0;
  return !isQuiet || effectCount + randomCount + deadlineCount + timers.length > 0 || taskCount > 1;
}

/** Whether a state is one of a program whose main module has begun, and nothing else. */
export function isBeginning(program: LinkedProgram, state: RunState): boolean {
  const { tasks, effectCount, randomCount, taskCount, timers } = state;
  const [task] = tasks;
  return (
    task !== undefined &&
    task.depth === BODY_DEPTH &&
    task.state === READY &&
    task.frames[0]?.fn === program.prelude.get('_start') &&
    task.top?.code === mainCode(program) &&
    tasks.length === 1 &&
    effectCount + randomCount + timers.length === 0 &&
    taskCount === 1
  );
}

/** Give a machine at the cut of its program what a run begins with. PX2 */
export function give(machine: Machine, { argv, entry, args }: Given): void {
  const { program, state } = machine;
  const [task] = state.tasks;
  if (task === undefined || !isBeginning(program, state)) {
    throw new FlowError('FLOW_RUN_STARTED', 'the run has begun already');
  }
  if (argv.length > 0) {
    state.argv = argv;
    const sys = state.modules.get('sys');
    const list = sys === undefined ? undefined : moduleGlobal(sys, 'argv');
    if (list instanceof List) {
      list.items = [...argv];
      list.touchAll();
    }
  }
  if (entry === null && args.length === 0) return;
  // `_start(module, entry, args)` has not looked at them yet.
  const base = task.frames[0]?.base ?? 0;
  task.stack[base + 1] = entry;
  if (args.length > 0) task.stack[base + 2] = new Tuple(args);
  task.low = 0;
  task.touch();
}
