// Functions: making them where they are defined, and the code inside.
//
//     @deco                    ⟨deco⟩
//     def f(a, b=1, *, c=2):   ⟨(1,)⟩ ⟨{'c': 2}⟩ ⟨annotations⟩ ⟨cells⟩ MAKE_CLOSURE f
//                              CALL 1
//                              STORE f
//
// A function without any of these is MAKE_FUNCTION alone. Inside it stands
//
//     MAKE_CELL …              for each local that an inner function uses
//     RETURN_GENERATOR         if it yields, or is a coroutine
//     ⟨body⟩
//     LOAD_NONE RETURN

import { OP } from '../../vm/bytecode/opcodes.ts';
import { FLAG } from '../../vm/bytecode/program.ts';
import type { Constant } from '../../vm/bytecode/program.ts';
import type { FunctionNode, Scope } from '../names/scope.ts';
import type { Arg, Arguments, Expression, Lambda, Statement } from '../syntax/tree.ts';
import { classBody } from './classes.ts';
import { comprehensionBody } from './comprehensions.ts';
import { constantsOf } from './constants.ts';
import { expression } from './expressions.ts';
import { statementHash } from './hash.ts';
import { statements } from './statements.ts';
import { unparse } from './unparse.ts';
import { FunctionWriter } from './writer.ts';
import type { FunctionDraft, FunctionSource, ModuleWriter } from './writer.ts';

// ------------------------------------------------------------ where it is made

export function functionDef(w: FunctionWriter, node: FunctionNode): void {
  for (const decorator of node.decorator_list) expression(w, decorator);
  makeFunction(w, node, node.args, node.returns);
  decorate(w, node.decorator_list);
  w.at(node);
  w.store(node.name);
}

export function writeLambda(w: FunctionWriter, node: Lambda): void {
  makeFunction(w, node, node.args);
}

/** `decorators… value → value`: call each with what the one below it gave. */
export function decorate(w: FunctionWriter, decorators: readonly Expression[]): void {
  for (const decorator of decorators.toReversed()) {
    w.at(decorator);
    w.op(OP.CALL, 1);
  }
}

/** `→ function` */
export function makeFunction(
  w: FunctionWriter,
  node: FunctionSource,
  args: Arguments | null = null,
  returns: Expression | null = null,
): void {
  const number = w.module.addFunction(node);
  const { frees } = w.module.facts.names.scopeOf(node);
  const annotated = args === null ? [] : annotations(w, args, returns);
  const keywords = args === null ? [] : args.kw_defaults.filter((value) => value !== null);
  const defaults = args?.defaults ?? [];
  w.at(node);
  if (frees.size + annotated.length + keywords.length + defaults.length === 0) {
    return w.op(OP.MAKE_FUNCTION, number);
  }
  writeDefaults(w, node, defaults);
  if (args === null || keywords.length === 0) w.none();
  else writeKeywordDefaults(w, node, args);
  writeAnnotations(w, node, annotated);
  w.at(node);
  writeCells(w, [...frees].sort());
  w.op(OP.MAKE_CLOSURE, number);
}

function writeDefaults(
  w: FunctionWriter,
  node: FunctionSource,
  defaults: readonly Expression[],
): void {
  if (defaults.length === 0) return w.none();
  const items = constantsOf(defaults);
  if (items !== null) return w.constant({ type: 'tuple', items });
  for (const value of defaults) expression(w, value);
  w.at(node);
  w.op(OP.MAKE_TUPLE, defaults.length);
}

function writeKeywordDefaults(w: FunctionWriter, node: FunctionSource, args: Arguments): void {
  const { scope } = w;
  let count = 0;
  for (const [i, { arg }] of args.kwonlyargs.entries()) {
    const value = args.kw_defaults[i];
    if (value === null || value === undefined) continue;
    w.at(node);
    w.string(scope.mangle(arg));
    expression(w, value);
    count += 1;
  }
  w.at(node);
  w.op(OP.MAKE_DICT, count);
}

function writeCells(w: FunctionWriter, frees: readonly string[]): void {
  if (frees.length === 0) return w.none();
  for (const name of frees) w.op(OP.LOAD_CLOSURE, w.scope.cellFor(name));
  w.op(OP.MAKE_TUPLE, frees.length);
}

interface Annotated {
  readonly name: string;
  readonly annotation: Expression;
}

/** In the order in which CPython evaluates them, which is not quite that of the text. */
function annotations(
  w: FunctionWriter,
  args: Arguments,
  returns: Expression | null,
): readonly Annotated[] {
  const all: (Arg | null)[] = [...args.args, ...args.posonlyargs, args.vararg];
  all.push(...args.kwonlyargs, args.kwarg);
  const found: Annotated[] = [];
  for (const arg of all) {
    if (arg === null || arg.annotation === null) continue;
    found.push({ name: w.scope.mangle(arg.arg), annotation: arg.annotation });
  }
  if (returns !== null) found.push({ name: 'return', annotation: returns });
  return found;
}

/** Pairs on the stack before a dict is made of them. */
const PAIRS_MAX = 15;

function writeAnnotations(
  w: FunctionWriter,
  node: FunctionSource,
  annotated: readonly Annotated[],
): void {
  if (annotated.length === 0) return w.none();
  const first = annotated.length <= PAIRS_MAX ? annotated.length : 0;
  if (first === 0) w.op(OP.MAKE_DICT, 0);
  for (const { name, annotation } of annotated) {
    w.at(annotation);
    w.string(name);
    writeAnnotation(w, annotation);
    if (first === 0) w.op(OP.MAP_ADD, 1);
  }
  w.at(node);
  if (first > 0) w.op(OP.MAKE_DICT, first);
}

/** `→ value`: what an annotation means; under `from __future__ import annotations` its text. */
export function writeAnnotation(w: FunctionWriter, node: Expression): void {
  w.at(node);
  if (w.module.facts.names.future.annotations) return w.string(unparse(node));
  if (node.kind !== 'Starred') return expression(w, node);
  // *args: *Ts takes the one element that *Ts gives.
  expression(w, node.value);
  w.at(node);
  w.op(OP.UNPACK, 1);
}

// ------------------------------------------------------------ the code inside

/** Write the code of a function of the module. */
export function writeFunction(module: ModuleWriter, node: FunctionSource): FunctionDraft {
  const scope = module.facts.names.scopeOf(node);
  const w = new FunctionWriter(module, scope);
  // A decorated one begins at its first decorator: what is raised before its body is raised there.
  const decorator = 'decorator_list' in node ? node.decorator_list[0] : undefined;
  const { start } = (decorator ?? node).span;
  w.code.at({ start, end: start });
  for (const name of cellsOf(scope)) w.op(OP.MAKE_CELL, scope.cellFor(name));
  const flags = flagsOf(module, scope);
  if ((flags & SUSPENDS) !== 0) w.op(OP.RETURN_GENERATOR);
  const doc = writeBody(w, node);
  return { scope, code: w.code, flags, doc };
}

/** Returns the docstring's number, or -1. */
function writeBody(w: FunctionWriter, node: FunctionSource): number {
  switch (node.kind) {
    case 'FunctionDef':
    case 'AsyncFunctionDef': {
      const doc = docstring(node.body);
      statements(w, node.body);
      finish(w);
      return doc === null ? -1 : w.module.tables.constants.add(doc);
    }
    case 'Module':
      return moduleBody(w, node.body, w.module.hashOf(node));
    case 'ClassDef':
      classBody(w, node);
      return -1;
    case 'Lambda':
      w.code.beginStatement(undefined, statementHash(w.module.hashOf(node)));
      expression(w, node.body);
      w.at(node.body);
      w.op(OP.RETURN);
      return -1;
    default:
      w.code.beginStatement(undefined, statementHash(w.module.hashOf(node)));
      comprehensionBody(w, node);
      return -1;
  }
}

function moduleBody(w: FunctionWriter, body: readonly Statement[], hash: Uint8Array): number {
  const doc = docstring(body);
  if (body.length === 0) w.code.beginStatement(undefined, statementHash(hash));
  if (w.scope.hasAnnotations) {
    w.op(OP.MAKE_DICT, 0);
    w.store('__annotations__');
  }
  if (doc !== null) {
    w.at(body[0]!);
    w.constant(doc);
    w.store('__doc__');
  }
  statements(w, body);
  finish(w);
  return doc === null ? -1 : w.module.tables.constants.add(doc);
}

function finish(w: FunctionWriter): void {
  w.none();
  w.op(OP.RETURN);
}

/** The docstring that a body begins with. */
export function docstring(body: readonly Statement[]): (Constant & { type: 'str' }) | null {
  const [first] = body;
  if (first?.kind !== 'Expr' || first.value.kind !== 'Constant') return null;
  const { value } = first.value;
  return value.type === 'str' ? value : null;
}

/** The locals to be put into cells, in the order of the layout. */
function cellsOf(scope: Scope): string[] {
  if (scope.kind === 'class') return scope.needsClassCell ? ['__class__'] : [];
  return scope.locals.filter((name) => scope.cells.has(name));
}

const SUSPENDS = FLAG.generator | FLAG.coroutine | FLAG.asyncGenerator;

function flagsOf(module: ModuleWriter, scope: Scope): number {
  let flags = module.facts.isHidden ? FLAG.hidden : 0;
  if (scope.kind === 'module') return flags | FLAG.moduleBody;
  if (scope.kind === 'class') return flags | FLAG.classBody;
  const { node } = scope;
  if ('args' in node) {
    if (node.args.vararg !== null) flags |= FLAG.varargs;
    if (node.args.kwarg !== null) flags |= FLAG.varkeywords;
  }
  const yields = scope.yields || node.kind === 'GeneratorExp';
  if (yields) return flags | (scope.isAsync ? FLAG.asyncGenerator : FLAG.generator);
  return flags | (scope.isAsync ? FLAG.coroutine : 0);
}
