// Attributes of code objects, and of generators that lead to their code and frame.
//
//     f.__code__.co_varnames     gen.gi_frame.f_lineno
//
// Code says what a function is like, not how it is compiled here: there is no bytecode to look at,
// and nothing can be put in the place of a part of it.

import { FLAG } from '../../vm/bytecode/program.ts';
import { Tuple } from '../../vm/values/collections.ts';
import { compareText } from '../../vm/values/text.ts';
import type { Value } from '../../vm/values/value.ts';
import { CodeObject, type Code } from '../../vm/machine/code.ts';
import { GeneratorObject } from '../../vm/machine/frame.ts';
import { cellVariables, ownVariables } from '../../vm/machine/locals.ts';
import type { AttributeRow } from '../../vm/machine/registry.ts';
import { frameOf } from './traceback.ts';
import { readOnlyMember, wrongSelf } from './object-receiver.ts';

/** Bits of co_flags, as inspect names them. */
const CO = {
  optimized: 1,
  newLocals: 2,
  varargs: 4,
  varkeywords: 8,
  nested: 16,
  generator: 32,
  coroutine: 128,
  iterableCoroutine: 256,
  asyncGenerator: 512,
} as const;

function flagsOf({ info, isHidden }: Code): number {
  const has = (flag: number): boolean => (info.flags & flag) !== 0;
  if (has(FLAG.moduleBody)) return 0;
  const nested = info.qualname.includes('<locals>.') ? CO.nested : 0;
  if (has(FLAG.classBody)) return nested;
  return (
    CO.optimized |
    CO.newLocals |
    nested |
    (has(FLAG.varargs) ? CO.varargs : 0) |
    (has(FLAG.varkeywords) ? CO.varkeywords : 0) |
    (has(FLAG.generator) ? CO.generator | (isHidden ? CO.iterableCoroutine : 0) : 0) |
    (has(FLAG.coroutine) ? CO.coroutine : 0) |
    (has(FLAG.asyncGenerator) ? CO.asyncGenerator : 0)
  );
}

const freeNames = ({ info, freeStart }: Code): string[] =>
  info.locals.slice(freeStart).toSorted(compareText);

/** What a code object tells of its function. */
const PARTS: readonly [string, (code: Code) => Value][] = [
  ['co_name', ({ info }) => info.name],
  ['co_qualname', ({ info }) => info.qualname],
  ['co_filename', ({ unit }) => unit.module.file],
  ['co_firstlineno', ({ info }) => info.line],
  ['co_argcount', ({ info }) => info.positional],
  ['co_posonlyargcount', ({ info }) => info.positionalOnly],
  ['co_kwonlyargcount', ({ info }) => info.keywordOnly],
  ['co_nlocals', (code) => ownVariables(code).length],
  ['co_varnames', (code) => new Tuple(ownVariables(code))],
  ['co_cellvars', (code) => new Tuple(cellVariables(code))],
  ['co_freevars', (code) => new Tuple(freeNames(code))],
  ['co_flags', flagsOf],
];

function codeSelf(name: string, self: Value): Code {
  if (self instanceof CodeObject) return self.code;
  throw wrongSelf('code', name, self);
}

/** What generators and their kin call their code, frame: None once they are done. */
const KINDS = [
  ['generator', 'gi'],
  ['coroutine', 'cr'],
  ['async_generator', 'ag'],
] as const;

function generatorPart(
  type: (typeof KINDS)[number][0],
  name: string,
  get: (generator: GeneratorObject) => Value,
): AttributeRow {
  return {
    type,
    name,
    get: (_context, self) => (self instanceof GeneratorObject ? get(self) : null),
  };
}

export const attributes: readonly AttributeRow[] = [
  ...PARTS.map(([name, get]): AttributeRow => ({
    type: 'code',
    name,
    get: (_context, self) => get(codeSelf(name, self)),
    set: readOnlyMember,
    remove: readOnlyMember,
  })),
  ...KINDS.flatMap(([type, prefix]) => [
    generatorPart(type, `${prefix}_code`, ({ frame }) => frame?.code.object ?? null),
    generatorPart(type, `${prefix}_frame`, (generator) =>
      generator.frame === null ? null : frameOf(generator),
    ),
  ]),
];
