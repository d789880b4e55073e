// The verifier: what makes a module acceptable to a machine.
//
//     bytes ──decode──▶ Module ──verify──▶ VerifiedFunction[] ──▶ machine, snapshot decoder
//
// Everything that comes from disk or from another machine goes through here before a single
// instruction of it runs (L7). After it, the machine's loop trusts indices, jumps, stack depths and
// the kinds of slots that are its own. What it still asks at run time is what flow code can change:
// whether a value is callable, a global bound, a cell full.
//
// Owns:     P1 to P5 of program.ts, as one question with one answer.
// Does not: know values. A constant is an int or a str here, never an object of the heap.
//
// Beside program.ts's invariants it holds these, of the instructions:
//
//   C1. MAKE_CELL stands only at the beginning of a function, once for each cell that is not free.
//       Cells are read and written by cell instructions only, other locals by the others only.
//   C2. RETURN_GENERATOR follows them in what is a generator or coroutine, and stands nowhere else.
//       YIELD is in generators only, YIELD_FROM in what can suspend.
//   C3. The instructions of class bodies are in class bodies, IMPORT_STAR in a module's body.
//   C4. Handler rows are in order and do not overlap; each lies before its target.

import { CODE_BYTES_MAX, MODULES_MAX, STACK_VALUES_MAX } from './limits.ts';
import { OP, OPCODES, type OperandKind } from './opcodes.ts';
import { corruptProgram, opName, readCode, type CodeTable } from './operands.ts';
import { FLAG } from './program.ts';
import type { FunctionCode, Module, Program, Safepoint } from './program.ts';
import { FlowError } from './errors.ts';
import { Budget, graphOf, type Graph } from './verify-graph.ts';
import { eachLoad } from './verify-locals.ts';
import { safepointsOf } from './verify-safepoints.ts';
import { shapesOf, type Shape } from './verify-shapes.ts';
import { entryCount, verifyTables } from './verify-tables.ts';

/** What the verifier found out, for those who need not find it again. */
export interface VerifiedFunction {
  /** By offset: the depth of the stack before the instruction there, or -1 where none begins. */
  readonly depths: Int32Array;
  /** The code by instruction. */
  readonly table: CodeTable;
  /** By instruction: the stack before it, with the kinds of its slots. */
  readonly shapes: readonly Shape[];
}

/** Verify a whole program: its modules, and that those they import are there. */
export function verifyProgram(program: Program): Map<string, VerifiedFunction[]> {
  if (program.modules.length > MODULES_MAX) throw corruptProgram('too many modules');
  const names = new Set(program.modules.map(({ name }) => name));
  if (names.size !== program.modules.length) throw corruptProgram('two modules have one name');
  if (!names.has(program.entry)) throw corruptProgram(`there is no module ${program.entry}`);
  for (const { name, imports } of program.modules) {
    const missing = imports.find((wanted) => !names.has(wanted));
    if (missing === undefined) continue;
    throw corruptProgram(`${name} imports ${missing}, which is not there`, { module: name });
  }
  return new Map(program.modules.map((module) => [module.name, verifyModule(module)]));
}

/** Verify one module. @throws FLOW_PROGRAM_CORRUPT with what and where */
export function verifyModule(module: Module): VerifiedFunction[] {
  verifyModuleTables(module);
  const budget = new Budget();
  return module.functions.map((fn) => verifyFunction(module, fn, budget));
}

/** Verify what a module has beside its code; verifyFunction() has to follow for each function. */
export function verifyModuleTables(module: Module): void {
  withPlace(module, null, () => verifyTables(module));
}

/** Verify one function of a module whose tables have been verified. */
export function verifyFunction(
  module: Module,
  fn: FunctionCode,
  budget: Budget = new Budget(),
): VerifiedFunction {
  return withPlace(module, fn, () => verifyCode(module, fn, budget));
}

/** Say in what goes wrong where it was. */
function withPlace<T>(module: Module, fn: FunctionCode | null, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof FlowError)) throw error;
    const at = fn?.qualname ?? '';
    throw new FlowError(error.code, `${error.message} (${module.name}:${at})`, {
      module: module.name,
      ...(at === '' ? {} : { function: at }),
      ...error.details,
    });
  }
}

function verifyCode(module: Module, fn: FunctionCode, budget: Budget): VerifiedFunction {
  budget.grant(fn.code.length);
  const table = readCode(fn.code);
  verifyOperands(module, fn, table);
  const prologue = verifyCells(fn, table);
  verifyPlaces(fn, table, prologue);
  for (const { depth } of fn.handlers) {
    if (!(depth >= 0 && depth <= STACK_VALUES_MAX)) throw corruptProgram(`handler depth ${depth}`);
  }
  const graph = graphOf(table, fn.handlers);
  const shapes = shapesOf(graph, fn, module, budget);
  if (shapes.max !== fn.stackMax) {
    throw corruptProgram(`the stack grows to ${shapes.max}, not ${fn.stackMax}`);
  }
  verifyBound(fn, graph, budget);
  verifyStatements(fn, table);
  const expected = safepointsOf(
    graph,
    shapes,
    fn.locals.length,
    (fn.flags & FLAG.classBody) !== 0,
    budget,
    () => -1,
  );
  verifySafepoints(fn, expected);
  const depths = new Int32Array(fn.code.length).fill(-1);
  for (let i = 0; i < table.count; i++) depths[table.pcs[i]!] = shapes.before[i]!.depth;
  return { depths, table, shapes: shapes.before };
}

/** Each operand against what it names. Jumps are graphOf's, counts shapesOf's. */
function verifyOperands(module: Module, fn: FunctionCode, table: CodeTable): void {
  const bounds: Readonly<Record<OperandKind, number>> = {
    none: 1,
    const: module.constants.length,
    name: module.names.length,
    local: fn.locals.length,
    global: module.globals.length,
    function: module.functions.length,
    module: module.imports.length,
    count: Infinity,
    depth: STACK_VALUES_MAX + 1,
    flags: Infinity,
    jump: CODE_BYTES_MAX,
  };
  for (let i = 0; i < table.count; i++) {
    const name = opName(table, i);
    const bound = bounds[OPCODES[name].operand];
    if (table.operands[i]! < bound) continue;
    const pc = table.pcs[i]!;
    throw corruptProgram(`${name} ${table.operands[i]} at ${pc} is out of range`, { pc });
  }
}

/** C1. Returns how many MAKE_CELLs the function begins with. */
function verifyCells(fn: FunctionCode, { count, ops, operands, pcs }: CodeTable): number {
  const isCell = new Uint8Array(fn.locals.length);
  isCell.fill(1, fn.locals.length - fn.freeCount);
  const isClass = (fn.flags & FLAG.classBody) !== 0;
  let prologue = 0;
  for (; prologue < count && ops[prologue] === OP.MAKE_CELL; prologue++) {
    const local = operands[prologue]!;
    if (isCell[local] === 1 || (isClass && local === 0)) {
      throw corruptProgram(`MAKE_CELL ${local} at ${pcs[prologue]} makes no new cell`);
    }
    isCell[local] = 1;
  }
  for (let i = prologue; i < count; i++) {
    const wants = WANTS_CELL.get(ops[i]!);
    if (wants === undefined) continue;
    const local = operands[i]!;
    // A class's namespace is not a local that code can name.
    if (isCell[local] === (wants ? 1 : 0) && !(isClass && local === 0)) continue;
    const pc = pcs[i]!;
    throw corruptProgram(`local ${local} at ${pc} ${wants ? 'is no cell' : 'is a cell'}`, { pc });
  }
  return prologue;
}

/** Which instructions need a cell in their local, and which need none. A late MAKE_CELL fails. */
const WANTS_CELL: ReadonlyMap<number, boolean> = new Map<number, boolean>([
  [OP.LOAD_LOCAL, false],
  [OP.LOAD_LOCAL_CHECKED, false],
  [OP.STORE_LOCAL, false],
  [OP.DELETE_LOCAL, false],
  [OP.LOAD_CELL, true],
  [OP.STORE_CELL, true],
  [OP.DELETE_CELL, true],
  [OP.LOAD_CLOSURE, true],
  [OP.LOAD_CLASS_CELL, true],
]);

/** Instructions that belong to one kind of function, as bits of its flags. C2, C3 */
const BELONGS: ReadonlyMap<number, number> = new Map<number, number>([
  [OP.YIELD, FLAG.generator | FLAG.asyncGenerator],
  [OP.YIELD_FROM, FLAG.generator | FLAG.coroutine | FLAG.asyncGenerator],
  [OP.LOAD_NAME, FLAG.classBody],
  [OP.STORE_NAME, FLAG.classBody],
  [OP.DELETE_NAME, FLAG.classBody],
  [OP.LOAD_CLASS_CELL, FLAG.classBody],
  [OP.IMPORT_STAR, FLAG.moduleBody],
]);

const SUSPENDS = FLAG.generator | FLAG.coroutine | FLAG.asyncGenerator;

function verifyPlaces(fn: FunctionCode, table: CodeTable, prologue: number): void {
  const suspends = (fn.flags & SUSPENDS) !== 0;
  for (let i = 0; i < table.count; i++) {
    const op = table.ops[i]!;
    const pc = table.pcs[i]!;
    if ((op === OP.RETURN_GENERATOR) !== (suspends && i === prologue)) {
      throw corruptProgram(`RETURN_GENERATOR is missing or misplaced at ${pc}`, { pc });
    }
    if (op === OP.MAKE_CELL && i >= prologue) {
      throw corruptProgram(`MAKE_CELL at ${pc} is not at the beginning`, { pc });
    }
    const flags = BELONGS.get(op);
    if (flags === undefined || (fn.flags & flags) !== 0) continue;
    throw corruptProgram(`${opName(table, i)} at ${pc} is in the wrong kind of function`, { pc });
  }
}

/** P3 */
function verifyBound(fn: FunctionCode, graph: Graph, budget: Budget): void {
  eachLoad(graph, fn.locals.length, entryCount(fn), budget, (index, bound) => {
    if (bound || graph.table.ops[index] !== OP.LOAD_LOCAL) return;
    const pc = graph.table.pcs[index]!;
    const name = fn.locals[graph.table.operands[index]!]!;
    throw corruptProgram(`LOAD_LOCAL at ${pc} reads ${name}, which may be unbound`, { pc });
  });
}

/** Statements and positions begin at instructions; positions go on and say something. */
function verifyStatements(fn: FunctionCode, { indexAt }: CodeTable): void {
  for (const { pc } of fn.statements) {
    if ((indexAt[pc] ?? -1) < 0) throw corruptProgram(`a statement at ${pc}, no instruction`);
  }
  const { positions } = fn;
  let last = -1;
  for (const { pc, line, column, endLine, endColumn } of positions) {
    if ((indexAt[pc] ?? -1) < 0 || pc <= last) throw corruptProgram(`positions are out of order`);
    last = pc;
    const ordered = endLine > line || (endLine === line && endColumn >= column);
    if (!(line >= 1 && column >= 0 && endColumn >= 0 && ordered)) {
      throw corruptProgram(`position ${line}:${column} to ${endLine}:${endColumn}`, { pc });
    }
  }
  if (positions[0]?.pc !== 0) throw corruptProgram('the first instruction has no position');
}

/** P4 */
function verifySafepoints(fn: FunctionCode, expected: readonly Safepoint[]): void {
  const { safepoints, statements } = fn;
  if (safepoints.length !== expected.length) {
    throw corruptProgram(`${safepoints.length} safepoints where ${expected.length} are needed`);
  }
  for (const [i, { pc, statement, stack, live }] of safepoints.entries()) {
    const wanted = expected[i]!;
    if (pc !== wanted.pc) throw corruptProgram(`a safepoint at ${pc}, not ${wanted.pc}`, { pc });
    if (!(statement >= 0 && statement < statements.length)) {
      throw corruptProgram(`the safepoint at ${pc} is in no statement`, { pc });
    }
    if (!sameItems(stack, wanted.stack)) {
      throw corruptProgram(`the safepoint at ${pc} shows another stack`, { pc });
    }
    if (!sameItems(live, wanted.live)) {
      throw corruptProgram(`the safepoint at ${pc} shows other live locals`, { pc });
    }
  }
}

function sameItems<T>(a: readonly T[], b: readonly T[]): boolean {
  return a.length === b.length && a.every((item, i) => item === b[i]);
}
