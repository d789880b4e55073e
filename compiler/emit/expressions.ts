// Expressions: each leaves exactly one value on the stack.
//
//     a + b * c          a  b  c  MULTIPLY  ADD
//     f(x).y[z]          f  x  CALL 1  GET_ATTR y  z  GET_ITEM
//
// Chains may be as long as the text: a + b + c …, a.b().c() …, - - - x, x if a else y if b else …
// (T4 of the tree). So what is still to be written waits on a stack of our own, last first: nodes,
// and what to write after them. Only what stands in brackets is written by recursion, and the
// parser bounds how deep those go.

import { OP } from '../../vm/bytecode/opcodes.ts';
import { SURROGATE_PAIR } from '../syntax/literals.ts';
import type {
  BinOp,
  BoolOp,
  Compare,
  Expression,
  IfExp,
  JoinedStr,
  NamedExpr,
  Subscript,
  UnaryOp,
} from '../syntax/tree.ts';
import { attributeSpan, writeCall } from './calls.ts';
import { writeComprehension } from './comprehensions.ts';
import { constantOf, frozen } from './constants.ts';
import { jumpIf } from './conditions.ts';
import { writeDict, writeList, writeSet, writeTuple } from './displays.ts';
import { writeLambda } from './functions.ts';
import { BINARY, COMPARE, CONVERSION, UNARY } from './operators.ts';
import { store } from './targets.ts';
import type { FunctionWriter } from './writer.ts';

/** A node to be written, or what to write after one. */
export type Task = Expression | (() => void);

/** Write an expression. */
export function expression(w: FunctionWriter, root: Expression): void {
  const waiting: Task[] = [root];
  for (let task = waiting.pop(); task !== undefined; task = waiting.pop()) {
    if (typeof task === 'function') task();
    else write(w, task, waiting);
  }
}

/** Write some expressions, one after another. */
export function expressions(w: FunctionWriter, nodes: readonly Expression[]): void {
  for (const node of nodes) expression(w, node);
}

function write(w: FunctionWriter, node: Expression, waiting: Task[]): void {
  w.at(node);
  switch (node.kind) {
    case 'Constant':
    case 'Tuple':
    case 'Name':
    case 'UnaryOp':
      return writeSimple(w, node, waiting);
    case 'BinOp':
      return binary(w, node, waiting);
    case 'Attribute':
      waiting.push(() => {
        w.code.at(attributeSpan(w, node));
        w.op(OP.GET_ATTR, w.nameIndex(w.scope.mangle(node.attr)));
      }, node.value);
      return;
    case 'Subscript':
      return subscript(w, node, waiting);
    case 'Call':
      return writeCall(w, node, waiting);
    case 'IfExp':
      return conditional(w, node, waiting);
    case 'BoolOp':
      return boolean(w, node);
    case 'Compare':
      return compare(w, node);
    case 'Lambda':
      return writeLambda(w, node);
    case 'ListComp':
    case 'SetComp':
    case 'DictComp':
    case 'GeneratorExp':
      return writeComprehension(w, node);
    case 'List':
      return writeList(w, node);
    case 'Set':
      return writeSet(w, node);
    case 'Dict':
      return writeDict(w, node);
    case 'NamedExpr':
      return named(w, node);
    case 'JoinedStr':
      return joined(w, node);
    default:
      return writeRare(w, node);
  }
}

function writeSimple(
  w: FunctionWriter,
  node: Expression & { readonly kind: 'Constant' | 'Tuple' | 'Name' | 'UnaryOp' },
  waiting: Task[],
): void {
  const constant = constantOf(node);
  if (constant !== null) return w.constant(constant);
  if (node.kind === 'Constant') return refused(w);
  if (node.kind === 'Name') return w.load(node.id);
  if (node.kind === 'Tuple') return writeTuple(w, node);
  if (node.kind === 'UnaryOp') return unary(w, node, waiting);
}

/** In place of a str that no str of ours is: NotImplementedError(⟨why⟩) RAISE */
function refused(w: FunctionWriter): void {
  w.builtin('NotImplementedError');
  w.string(SURROGATE_PAIR);
  w.op(OP.CALL, 1);
  w.op(OP.RAISE);
}

function writeRare(w: FunctionWriter, node: Expression): void {
  switch (node.kind) {
    case 'Await':
      expression(w, node.value);
      w.at(node);
      return w.await();
    case 'Yield':
      if (node.value === null) w.none();
      else expression(w, node.value);
      w.at(node);
      return w.op(OP.YIELD);
    case 'YieldFrom':
      // it  sent → result: the first thing sent is None
      expression(w, node.value);
      w.at(node);
      w.op(OP.GET_YIELD_ITER);
      w.none();
      return w.op(OP.YIELD_FROM);
    case 'Slice': {
      const parts =
        node.step === null ? [node.lower, node.upper] : [node.lower, node.upper, node.step];
      for (const part of parts) {
        if (part === null) w.none();
        else expression(w, part);
      }
      w.at(node);
      return w.op(OP.MAKE_SLICE, parts.length);
    }
    default:
      throw new Error(`${node.kind} is no expression of its own`);
  }
}

function binary(w: FunctionWriter, node: BinOp, waiting: Task[]): void {
  waiting.push(
    () => {
      w.at(node);
      w.op(BINARY[node.op]);
    },
    node.right,
    node.left,
  );
}

function unary(w: FunctionWriter, node: UnaryOp, waiting: Task[]): void {
  waiting.push(() => {
    w.at(node);
    w.op(UNARY[node.op]);
  }, node.operand);
}

function subscript(w: FunctionWriter, node: Subscript, waiting: Task[]): void {
  waiting.push(
    () => {
      w.at(node);
      w.op(OP.GET_ITEM);
    },
    node.slice,
    node.value,
  );
}

// body if test else last:     ⟨jump if not test⟩  other
//                             ⟨body⟩
//                             JUMP                end
//                      other: ⟨last⟩              maybe another of these
//                        end:
function conditional(w: FunctionWriter, node: IfExp, waiting: Task[]): void {
  const other = w.code.label();
  const end = w.code.label();
  jumpIf(w, node.test, false, other);
  expression(w, node.body);
  w.at(node);
  w.jump(OP.JUMP, end);
  w.code.place(other);
  waiting.push(() => w.code.place(end), node.orelse);
}

// a and b and c:     ⟨a⟩  AND_JUMP end  ⟨b⟩  AND_JUMP end  ⟨c⟩  end:
function boolean(w: FunctionWriter, node: BoolOp): void {
  const end = w.code.label();
  const op = node.op === 'And' ? OP.AND_JUMP : OP.OR_JUMP;
  for (const [i, value] of node.values.entries()) {
    expression(w, value);
    w.at(node);
    if (i < node.values.length - 1) w.jump(op, end);
  }
  w.code.place(end);
}

// a < b < c:     ⟨a⟩ ⟨b⟩            a b
//                SWAP 2  COPY 2     b a b
//                LESS               b bool
//                AND_JUMP  drop     b
//                ⟨c⟩ LESS           bool
//                JUMP      end
//          drop: SWAP 2  POP        bool
//           end:
function compare(w: FunctionWriter, node: Compare): void {
  expression(w, node.left);
  const last = node.ops.length - 1;
  const drop = w.code.label();
  const end = w.code.label();
  for (const [i, op] of node.ops.entries()) {
    operand(w, node, i);
    w.at(node);
    if (i < last) {
      w.op(OP.SWAP, 2);
      w.op(OP.COPY, 2);
    }
    w.op(COMPARE[op]);
    if (i < last) w.jump(OP.AND_JUMP, drop);
  }
  if (last === 0) return;
  w.jump(OP.JUMP, end);
  w.code.place(drop);
  w.op(OP.SWAP, 2);
  w.op(OP.POP);
  w.code.place(end);
}

/** The right side of a comparison; what `in` looks through may be made once for all. */
export function operand(w: FunctionWriter, node: Compare, i: number): void {
  const right = node.comparators[i]!;
  const constant = node.ops[i] === 'In' || node.ops[i] === 'NotIn' ? frozen(right) : null;
  if (constant === null) return expression(w, right);
  w.at(right);
  w.constant(constant);
}

function named(w: FunctionWriter, node: NamedExpr): void {
  expression(w, node.value);
  w.at(node);
  w.op(OP.COPY, 1);
  store(w, node.target);
}

/** Strs joined at once: more of them would only make the stack deep. */
const PARTS_MAX = 30;

/** @param at the whole string: its parts are blamed on all of it, as in CPython */
function joined(w: FunctionWriter, node: JoinedStr, at: JoinedStr = node): void {
  const { values } = node;
  const [first] = values;
  if (first === undefined) return w.string('');
  let waiting = 0;
  for (const value of values) {
    if (waiting === PARTS_MAX) {
      w.at(at);
      w.op(OP.MAKE_STRING, waiting);
      waiting = 1;
    }
    formatted(w, value, at);
    waiting += 1;
  }
  w.at(at);
  if (waiting > 1) w.op(OP.MAKE_STRING, waiting);
}

function formatted(w: FunctionWriter, node: JoinedStr['values'][number], at: JoinedStr): void {
  if (node.kind === 'Constant') return expression(w, node);
  const conversion = node.conversion === null ? 0 : CONVERSION[node.conversion];
  expression(w, node.value);
  if (node.format_spec !== null) joined(w, node.format_spec, at);
  w.at(at);
  w.op(node.format_spec === null ? OP.FORMAT : OP.FORMAT_SPEC, conversion);
}
