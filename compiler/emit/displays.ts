// Displays: lists, tuples, sets and dicts written out.
//
//     [a, b]             ⟨a⟩ ⟨b⟩ MAKE_LIST 2
//     [a, *b, c]         ⟨a⟩ MAKE_LIST 1  ⟨b⟩ LIST_EXTEND 1  ⟨c⟩ LIST_APPEND 1
//     (a, *b)            the same, and LIST_TO_TUPLE
//     {1, 2, 3}          MAKE_SET 0  LOAD_CONST frozenset  SET_UPDATE 1
//     {k: v, **d}        ⟨k⟩ ⟨v⟩ MAKE_DICT 1  ⟨d⟩ DICT_UPDATE 1
//
// Long ones are filled one by one too, so that the stack stays shallow: it is what a frame at rest
// writes to disk.

import { OP } from '../../vm/bytecode/opcodes.ts';
import type { Dict, Expression, List, Set, Tuple } from '../syntax/tree.ts';
import { frozen } from './constants.ts';
import { expression } from './expressions.ts';
import type { FunctionWriter } from './writer.ts';

/** Values that one instruction takes from the stack. */
export const AT_ONCE_MAX = 30;

interface Filling {
  readonly make: number;
  readonly add: number;
  readonly extend: number;
}

const LIST: Filling = { make: OP.MAKE_LIST, add: OP.LIST_APPEND, extend: OP.LIST_EXTEND };
const SET: Filling = { make: OP.MAKE_SET, add: OP.SET_ADD, extend: OP.SET_UPDATE };

type Placed = Pick<Expression, 'span'>;

export function writeList(w: FunctionWriter, node: List): void {
  fill(w, node, node.elts, LIST);
}

/** From this many constants on, CPython makes a set of a constant one: the order is another. */
const FROZEN_MIN = 3;

export function writeSet(w: FunctionWriter, node: Set): void {
  const constant = node.elts.length < FROZEN_MIN ? null : frozen(node);
  if (constant !== null) {
    w.at(node);
    w.op(OP.MAKE_SET, 0);
    w.constant(constant);
    return w.op(OP.SET_UPDATE, 1);
  }
  fill(w, node, node.elts, SET);
}

export function writeTuple(w: FunctionWriter, node: Tuple): void {
  if (fitsStack(node.elts)) {
    for (const item of node.elts) expression(w, item);
    w.at(node);
    return w.op(OP.MAKE_TUPLE, node.elts.length);
  }
  writeItems(w, node, node.elts);
  w.at(node);
  w.op(OP.LIST_TO_TUPLE);
}

/** A list of items, starred ones among them. */
export function writeItems(w: FunctionWriter, at: Placed, items: readonly Expression[]): void {
  fill(w, at, items, LIST);
}

/** Whether some items can be taken from the stack by one instruction. */
export function fitsStack(items: readonly Expression[]): boolean {
  return items.length <= AT_ONCE_MAX && items.every(({ kind }) => kind !== 'Starred');
}

function fill(
  w: FunctionWriter,
  at: Placed,
  items: readonly Expression[],
  { make, add, extend }: Filling,
): void {
  // The first ones, up to a star, are made at once; a long display begins empty.
  let first = 0;
  if (items.length <= AT_ONCE_MAX) {
    while (first < items.length && items[first]!.kind !== 'Starred') first += 1;
  }
  for (let i = 0; i < first; i++) expression(w, items[i]!);
  w.at(at);
  w.op(make, first);
  for (let i = first; i < items.length; i++) {
    const item = items[i]!;
    const starred = item.kind === 'Starred';
    expression(w, starred ? item.value : item);
    w.at(at);
    w.op(starred ? extend : add, 1);
  }
}

export function writeDict(w: FunctionWriter, node: Dict): void {
  const { keys, values } = node;
  let first = 0;
  if (keys.length <= AT_ONCE_MAX / 2) {
    while (first < keys.length && keys[first] !== null) first += 1;
  }
  for (let i = 0; i < first; i++) {
    expression(w, keys[i]!);
    expression(w, values[i]!);
  }
  w.at(node);
  w.op(OP.MAKE_DICT, first);
  for (let i = first; i < keys.length; i++) {
    const key = keys[i];
    if (key !== null && key !== undefined) expression(w, key);
    expression(w, values[i]!);
    w.at(node);
    w.op(key === null ? OP.DICT_UPDATE : OP.MAP_ADD, 1);
  }
}
