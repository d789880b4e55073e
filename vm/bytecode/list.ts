// Bytecode as text, for `flowc --list`.
//
//     charge(amount)
//        4     0  LOAD_LOCAL             0  amount
//              2  LOAD_GLOBAL            0  rate
//              4  MULTIPLY
//        5     7  LOAD_LOCAL             1  fee
//
// Columns: the source line where it changes, the offset, the instruction, its operand, and what the
// operand names. Below a function stand the rows that say who handles its exceptions.

import { OP, OPCODES, UNPACK_AFTER_BITS, type OpName } from './opcodes.ts';
import { opName, readCode } from './operands.ts';
import { FLAG } from './program.ts';
import type { Constant, FunctionCode, Module, Program } from './program.ts';

/** A program, module after module. */
export function listProgram(program: Program): string {
  return program.modules
    .map((module) => `module ${module.name} (${module.file})\n\n${listModule(module)}`)
    .join('\n');
}

/** A module, function after function. */
export function listModule(module: Module): string {
  return module.functions.map((fn) => listFunction(module, fn)).join('\n');
}

/** One function. */
export function listFunction(module: Module, fn: FunctionCode): string {
  const table = readCode(fn.code);
  const lines = [titleOf(fn)];
  const starts = new Map(fn.positions.map(({ pc, line }) => [pc, line]));
  let line = 0;
  for (let i = 0; i < table.count; i++) {
    const pc = table.pcs[i]!;
    const here = starts.get(pc) ?? line;
    const margin = here === line ? '' : String(here);
    line = here;
    const name = opName(table, i);
    const operand = OPCODES[name].operand === 'none' ? '' : String(table.operands[i]!);
    const meaning = meaningOf(module, fn, name, table.operands[i]!);
    const columns = [
      margin.padStart(4),
      String(pc).padStart(5),
      ` ${name.padEnd(NAME_WIDTH)}`,
      operand.padStart(5),
      ` ${meaning}`,
    ];
    lines.push(columns.join(' ').trimEnd());
  }
  for (const { start, end, target, depth } of fn.handlers) {
    lines.push(`      ${start} to ${end}: exceptions go to ${target}, at depth ${depth}`);
  }
  return `${lines.join('\n')}\n`;
}

const NAME_WIDTH = Math.max(...Object.keys(OPCODES).map((name) => name.length));

function titleOf(fn: FunctionCode): string {
  const { positional, positionalOnly, keywordOnly, flags, locals } = fn;
  const parameters: string[] = [...locals.slice(0, positional)];
  if (positionalOnly > 0) parameters.splice(positionalOnly, 0, '/');
  let next = positional + keywordOnly;
  if ((flags & FLAG.varargs) !== 0) parameters.push(`*${locals[next++]}`);
  else if (keywordOnly > 0) parameters.push('*');
  parameters.push(...locals.slice(positional, positional + keywordOnly));
  if ((flags & FLAG.varkeywords) !== 0) parameters.push(`**${locals[next]}`);
  const words = Object.entries(FLAG_WORDS).filter(([, bit]) => (flags & bit) !== 0);
  const notes = words.map(([word]) => word).join(', ');
  const name = (flags & FLAG.moduleBody) === 0 ? fn.qualname : 'module';
  return `${name}(${parameters.join(', ')})${notes === '' ? '' : `  ${notes}`}`;
}

const FLAG_WORDS = {
  generator: FLAG.generator,
  coroutine: FLAG.coroutine,
  'async generator': FLAG.asyncGenerator,
  'class body': FLAG.classBody,
  hidden: FLAG.hidden,
} as const;

function meaningOf(module: Module, fn: FunctionCode, name: OpName, operand: number): string {
  switch (OPCODES[name].operand) {
    case 'const':
      return constantText(module.constants[operand]!);
    case 'name':
      return module.names[operand]!;
    case 'local':
      return fn.locals[operand]!;
    case 'global':
      return module.globals[operand]!;
    case 'function':
      return module.functions[operand]!.qualname;
    case 'module':
      return module.imports[operand]!;
    case 'flags':
      if (OPCODES[name].code !== OP.UNPACK_STAR) return '';
      return `${operand >> UNPACK_AFTER_BITS}, *, ${operand & ((1 << UNPACK_AFTER_BITS) - 1)}`;
    case 'jump':
    case 'count':
    case 'depth':
    case 'none':
      return '';
  }
}

/** Characters of a constant that are shown. */
const CONSTANT_WIDTH = 60;

/** A constant as one line. */
export function constantText(constant: Constant): string {
  const text = fullText(constant);
  return text.length <= CONSTANT_WIDTH ? text : `${text.slice(0, CONSTANT_WIDTH)}…`;
}

function fullText(constant: Constant): string {
  switch (constant.type) {
    case 'none':
      return 'None';
    case 'ellipsis':
      return '...';
    case 'bool':
      return constant.value ? 'True' : 'False';
    case 'int':
      return String(constant.value);
    case 'float':
      return floatText(constant.value);
    case 'imaginary':
      return `${floatText(constant.value)}j`;
    case 'str':
      return JSON.stringify(constant.value);
    case 'bytes':
      return `b${JSON.stringify(String.fromCharCode(...constant.value.subarray(0, 64)))}`;
    case 'tuple': {
      const items = constant.items.slice(0, 32).map(fullText).join(', ');
      return `(${items}${constant.items.length === 1 ? ',' : ''})`;
    }
    case 'frozenset':
      return `frozenset {${constant.items.slice(0, 32).map(fullText).join(', ')}}`;
  }
}

function floatText(value: number): string {
  if (Object.is(value, -0)) return '-0.0';
  return Number.isInteger(value) ? `${value}.0` : String(value);
}
