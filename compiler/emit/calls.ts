// Calls.
//
//     f(a, b)              ⟨f⟩ ⟨a⟩ ⟨b⟩ CALL 2
//     f(a, k=b)            ⟨f⟩ ⟨a⟩ ⟨b⟩ ('k',) CALL_KEYWORDS 2
//     o.m(a)               ⟨o⟩ GET_METHOD m ⟨a⟩ CALL_METHOD 1
//     f(*a)                ⟨f⟩ ⟨a⟩ ARGUMENT_LIST LOAD_NONE CALL_SPREAD
//     f(*a, k=b)           ⟨f⟩ ⟨a⟩ ⟨{'k': b}⟩ … ARGUMENT_LIST … CALL_SPREAD: a is gone over last
//     f(*a, b, **c)        ⟨f⟩ MAKE_LIST 0 ⟨a⟩ LIST_EXTEND 1 ⟨b⟩ LIST_APPEND 1
//                          MAKE_DICT 0 ⟨c⟩ DICT_MERGE 1  CALL_SPREAD
//     super()              super(__class__, ⟨first parameter⟩)

import { OP } from '../../vm/bytecode/opcodes.ts';
import type { Constant } from '../../vm/bytecode/program.ts';
import type { Span } from '../diagnostics/source.ts';
import { USE } from '../names/scope.ts';
import type { Attribute, Call, Expression, Keyword } from '../syntax/tree.ts';
import { AT_ONCE_MAX, fitsStack, writeItems } from './displays.ts';
import { expression, expressions, type Task } from './expressions.ts';
import type { FunctionWriter } from './writer.ts';

type Placed = { readonly span: Span };

/** The text that an attribute is blamed on: of one over several lines, its name only. */
export function attributeSpan(w: FunctionWriter, node: Attribute): Span {
  const { places } = w.module;
  const { start, end } = node.span;
  return places.lineOf(start) === places.lineOf(end) ? node.span : node.attrSpan;
}

/** Write a call; what is called is a chain, so it goes on the stack of tasks. */
export function writeCall(w: FunctionWriter, node: Call, waiting: Task[]): void {
  const { func, args, keywords } = node;
  if (isBareSuper(w, node) && writeSuper(w, node)) return;
  const spread =
    !fitsStack(args) ||
    keywords.some(({ arg }) => arg === null) ||
    args.length + 2 * keywords.length > AT_ONCE_MAX;
  if (func.kind === 'Attribute' && !spread) {
    waiting.push(() => callMethod(w, node, func), func.value);
    return;
  }
  waiting.push(() => {
    if (spread) {
      writeSpread(w, node, args, keywords);
      w.at(node);
      return w.op(OP.CALL_SPREAD);
    }
    expressions(w, args);
    const count = args.length + writeKeywords(w, node, keywords);
    w.at(node);
    w.op(keywords.length === 0 ? OP.CALL : OP.CALL_KEYWORDS, count);
  }, func);
}

function callMethod(w: FunctionWriter, node: Call, func: Attribute): void {
  const span = attributeSpan(w, func);
  const callSpan = span === func.span ? node.span : { start: span.start, end: node.span.end };
  w.code.at(span);
  w.op(OP.GET_METHOD, w.nameIndex(w.scope.mangle(func.attr)));
  expressions(w, node.args);
  const count = node.args.length + writeKeywords(w, { span: callSpan }, node.keywords);
  w.code.at(callSpan);
  w.op(node.keywords.length === 0 ? OP.CALL_METHOD : OP.CALL_METHOD_KEYWORDS, count);
}

/** `→ x1..xn names`, or nothing if there are none; returns n. */
function writeKeywords(w: FunctionWriter, at: Placed, keywords: readonly Keyword[]): number {
  if (keywords.length === 0) return 0;
  for (const { value } of keywords) expression(w, value);
  w.at(at);
  const items = keywords.map(({ arg }): Constant => ({ type: 'str', value: arg ?? '' }));
  w.constant({ type: 'tuple', items });
  return keywords.length;
}

/** `→ args kwargs`, for CALL_SPREAD. */
function writeSpread(
  w: FunctionWriter,
  at: Placed,
  args: readonly Expression[],
  keywords: readonly Keyword[],
): void {
  const [only] = args;
  if (args.length === 1 && only?.kind === 'Starred') {
    expression(w, only.value);
    w.at(at);
    if (keywords.length === 0) {
      w.op(OP.ARGUMENT_LIST);
      return w.none();
    }
    writeKeywordDict(w, at, keywords);
    // fn x kwargs → kwargs fn x, and kwargs fn list → fn list kwargs
    w.op(OP.SWAP, 3);
    w.op(OP.SWAP, 2);
    w.op(OP.ARGUMENT_LIST);
    w.op(OP.SWAP, 2);
    return w.op(OP.SWAP, 3);
  }
  writeItems(w, at, args);
  writeKeywordDict(w, at, keywords);
}

/** `→ kwargs`: a dict of keyword arguments, or None if there are none. */
export function writeKeywordDict(
  w: FunctionWriter,
  at: Placed,
  keywords: readonly Keyword[],
): void {
  if (keywords.length === 0) return w.none();
  // Runs of plain keywords become dicts; each but a first is merged, which finds repeated names.
  for (let i = 0; i < keywords.length || i === 0;) {
    const merges = i > 0;
    let count = 0;
    for (; keywords[i]?.arg != null && count < AT_ONCE_MAX / 2; i++, count++) {
      w.at(at);
      w.string(keywords[i]!.arg!);
      expression(w, keywords[i]!.value);
    }
    w.at(at);
    if (count > 0 || !merges) w.op(OP.MAKE_DICT, count);
    if (count > 0 && merges) w.op(OP.DICT_MERGE, 1);
    const next = keywords[i];
    if (next === undefined || next.arg !== null) continue;
    expression(w, next.value);
    w.at(at);
    w.op(OP.DICT_MERGE, 1);
    i += 1;
  }
}

// ------------------------------------------------------------------- super()

/** `super()`, where that is the builtin and in a function. */
function isBareSuper(w: FunctionWriter, { func, args, keywords }: Call): boolean {
  if (func.kind !== 'Name' || func.id !== 'super' || args.length + keywords.length > 0)
    return false;
  const { scope, module } = w;
  const isBuiltin =
    scope.place('super').kind === 'global' &&
    (module.facts.names.module.usesOf('super') & USE.bound) === 0;
  return scope.isFunction && isBuiltin;
}

/** Write `super()` with its arguments, or as CPython's error; false if it has no arguments. */
function writeSuper(w: FunctionWriter, node: Call): boolean {
  const { scope } = w;
  const [first] = scope.parameters;
  if (first === undefined || positionalCount(w) === 0) return false;
  w.at(node);
  if (scope.place('__class__').kind !== 'cell') {
    w.builtin('RuntimeError');
    w.string('super(): __class__ cell not found');
    w.op(OP.CALL, 1);
    w.op(OP.RAISE);
    w.none(); // never reached: every expression leaves a value
    return true;
  }
  w.at(node.func);
  w.load('super');
  w.at(node);
  w.load('__class__');
  w.load(first);
  w.op(OP.CALL, 2);
  return true;
}

function positionalCount({ scope }: FunctionWriter): number {
  const { node } = scope;
  if (!('args' in node)) return 1; // a comprehension has its iterator
  return node.args.posonlyargs.length + node.args.args.length;
}
