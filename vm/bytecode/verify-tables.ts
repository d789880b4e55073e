// What must hold of a module before any of its code is looked at: sizes, names, constants, and the
// parts of each function that are not code.
//
// A module body's tables are bounded here, in front of everything that loops over them.

import { HASH_BYTES, STATEMENT_HASH_BYTES } from './hash.ts';
import {
  CODE_BYTES_MAX,
  CONSTANT_DEPTH_MAX,
  FUNCTIONS_MAX,
  LOCALS_MAX,
  TABLE_ENTRIES_MAX,
} from './limits.ts';
import { corruptProgram } from './operands.ts';
import { FLAG } from './program.ts';
import type { Constant, FunctionCode, Module } from './program.ts';

const ALL_FLAGS = Object.values(FLAG).reduce((all, bit) => all | bit, 0);

/** The flags of which a function has at most one: how it is run. */
const RUNS = FLAG.generator | FLAG.coroutine | FLAG.asyncGenerator;

/** The name and version of a native, as a program names it. */
const NATIVE = /^[^@\s]+@\d+$/;

/** Check what is not code. P1, P5 */
export function verifyTables(module: Module): void {
  if (module.name === '') throw corruptProgram('a module without a name');
  const tables = { constants: module.constants, names: module.names, globals: module.globals };
  for (const [what, table] of Object.entries({ ...tables, imports: module.imports })) {
    if (table.length > TABLE_ENTRIES_MAX) throw corruptProgram(`too many ${what}`);
  }
  for (const [what, table] of Object.entries({
    names: module.names,
    globals: module.globals,
    imports: module.imports,
    natives: module.natives,
  })) {
    if (new Set(table).size !== table.length) throw corruptProgram(`${what} repeat themselves`);
  }
  for (const native of module.natives) {
    if (!NATIVE.test(native)) throw corruptProgram(`${native} is not a native and its version`);
  }
  for (const constant of module.constants) verifyConstant(constant, 0);
  if (module.functions.length > FUNCTIONS_MAX) throw corruptProgram('too many functions');
  const body = module.functions[0];
  if (body === undefined || (body.flags & FLAG.moduleBody) === 0) {
    throw corruptProgram('function 0 is not the body of the module'); // P5
  }
  for (const [index, fn] of module.functions.entries()) {
    if (index > 0 && (fn.flags & FLAG.moduleBody) !== 0) {
      throw corruptProgram('a module has two bodies', { function: fn.qualname });
    }
    verifyHead(module, fn);
  }
}

function verifyConstant(constant: Constant, depth: number): void {
  if (depth > CONSTANT_DEPTH_MAX) throw corruptProgram('constants nest too deeply');
  if (constant.type !== 'tuple' && constant.type !== 'frozenset') return;
  if (constant.items.length > TABLE_ENTRIES_MAX) throw corruptProgram('too long a constant');
  for (const item of constant.items) verifyConstant(item, depth + 1);
}

/** How many locals are bound when a function begins: its parameters, or a class's namespace. */
export function entryCount(fn: FunctionCode): number {
  const { flags } = fn;
  return (
    fn.positional +
    fn.keywordOnly +
    ((flags & FLAG.varargs) === 0 ? 0 : 1) +
    ((flags & FLAG.varkeywords) === 0 ? 0 : 1) +
    ((flags & FLAG.classBody) === 0 ? 0 : 1)
  );
}

function verifyHead(module: Module, fn: FunctionCode): void {
  const fault = (what: string): Error => corruptProgram(what, { function: fn.qualname });
  const { flags } = fn;
  if ((flags & ~ALL_FLAGS) !== 0) throw fault(`flags ${flags} are not known`);
  const runs = flags & RUNS;
  if ((runs & (runs - 1)) !== 0) throw fault('a function is one kind of generator only');
  if ((flags & (FLAG.classBody | FLAG.moduleBody)) !== 0) {
    const parameters = fn.positional + fn.keywordOnly;
    const plain = flags & ~(FLAG.classBody | FLAG.moduleBody | FLAG.hidden);
    const both = (flags & FLAG.classBody) !== 0 && (flags & FLAG.moduleBody) !== 0;
    if (parameters > 0 || plain !== 0 || both) throw fault('a body is no function');
    if ((flags & FLAG.moduleBody) !== 0 && fn.freeCount > 0) throw fault('a body without outside');
  }
  for (const count of [fn.positionalOnly, fn.positional, fn.keywordOnly, fn.freeCount]) {
    if (!Number.isSafeInteger(count) || count < 0) throw fault(`${count} is no count`);
  }
  if (fn.positionalOnly > fn.positional) throw fault('more positional-only than positional');
  if (fn.locals.length > LOCALS_MAX) throw fault(`${fn.locals.length} locals`);
  if (entryCount(fn) + fn.freeCount > fn.locals.length) throw fault('fewer locals than parameters');
  const parameters = fn.locals.slice(0, entryCount(fn));
  if (new Set(parameters).size !== parameters.length) throw fault('two parameters of one name');
  if (fn.code.length > CODE_BYTES_MAX) throw fault(`${fn.code.length} bytes of code`);
  if (fn.doc < -1 || fn.doc >= module.constants.length) throw fault('the docstring is nowhere');
  if (fn.doc >= 0 && module.constants[fn.doc]!.type !== 'str') throw fault('a docstring is a str');
  if (fn.hash.length !== HASH_BYTES) throw fault(`a hash of ${fn.hash.length} bytes`);
  if (!Number.isSafeInteger(fn.line) || fn.line < 0) throw fault(`line ${fn.line}`);
  const { statements } = fn;
  if (statements.length === 0) throw fault('a function without a statement');
  for (const { hash } of statements) {
    if (hash.length !== STATEMENT_HASH_BYTES) throw fault('a statement hash of another length');
  }
}
