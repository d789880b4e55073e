// Targets: what is assigned to, assigned in place, and deleted.
//
//     x = v              ⟨v⟩ STORE x
//     o.a = v            ⟨v⟩ ⟨o⟩ SET_ATTR a
//     o[k] = v           ⟨v⟩ ⟨o⟩ ⟨k⟩ SET_ITEM
//     a, *b, c = v       ⟨v⟩ UNPACK_STAR 1,1  STORE a  STORE b  STORE c

import { OP, UNPACK_AFTER_BITS } from '../../vm/bytecode/opcodes.ts';
import type { AugAssign, Expression } from '../syntax/tree.ts';
import { attributeSpan } from './calls.ts';
import { expression } from './expressions.ts';
import { IN_PLACE } from './operators.ts';
import { EmitError, type FunctionWriter } from './writer.ts';

/** Elements that UNPACK_STAR can count on one side of the star. */
const STAR_SIDE_MAX = (1 << UNPACK_AFTER_BITS) - 1;

/** `value →`: assign the top of the stack. */
export function store(w: FunctionWriter, target: Expression): void {
  switch (target.kind) {
    case 'Name':
      w.at(target);
      return w.store(target.id);
    case 'Attribute':
      expression(w, target.value);
      w.code.at(attributeSpan(w, target));
      return w.op(OP.SET_ATTR, w.nameIndex(w.scope.mangle(target.attr)));
    case 'Subscript':
      expression(w, target.value);
      expression(w, target.slice);
      w.at(target);
      return w.op(OP.SET_ITEM);
    case 'Tuple':
    case 'List':
      w.at(target);
      unpack(
        w,
        target.elts.map(({ kind }) => kind === 'Starred'),
      );
      for (const item of target.elts) store(w, item.kind === 'Starred' ? item.value : item);
      return;
    default:
      throw new Error(`${target.kind} is no target`);
  }
}

/** `value → xn..x1`: take an iterable apart; at most one of the parts is starred. */
export function unpack(w: FunctionWriter, starred: readonly boolean[]): void {
  const star = starred.indexOf(true);
  if (star < 0) return w.op(OP.UNPACK, starred.length);
  const after = starred.length - star - 1;
  if (star > STAR_SIDE_MAX || after > STAR_SIDE_MAX) {
    throw new EmitError(
      w.code.here,
      'too-large',
      'too many expressions in star-unpacking assignment',
    );
  }
  w.op(OP.UNPACK_STAR, (star << UNPACK_AFTER_BITS) | after);
}

// o.a += v        ⟨o⟩ COPY 1             o o
//                 GET_ATTR a             o x
//                 ⟨v⟩ ADD_TO             o z
//                 SWAP 2  SET_ATTR a
//
// o[k] += v       ⟨o⟩ ⟨k⟩ COPY 2 COPY 2  o k o k
//                 GET_ITEM               o k x
//                 ⟨v⟩ ADD_TO             o k z
//                 SWAP 3  SWAP 2         z o k
//                 SET_ITEM
export function augAssign(w: FunctionWriter, node: AugAssign): void {
  const { target, op, value } = node;
  const operate = (): void => {
    expression(w, value);
    w.at(node);
    w.op(IN_PLACE[op]);
  };
  switch (target.kind) {
    case 'Name':
      w.at(target);
      w.load(target.id);
      operate();
      w.at(target);
      return w.store(target.id);
    case 'Attribute': {
      const name = w.nameIndex(w.scope.mangle(target.attr));
      expression(w, target.value);
      w.at(target);
      w.op(OP.COPY, 1);
      w.code.at(attributeSpan(w, target));
      w.op(OP.GET_ATTR, name);
      operate();
      w.code.at(attributeSpan(w, target));
      w.op(OP.SWAP, 2);
      return w.op(OP.SET_ATTR, name);
    }
    case 'Subscript':
      expression(w, target.value);
      expression(w, target.slice);
      w.at(target);
      w.op(OP.COPY, 2);
      w.op(OP.COPY, 2);
      w.op(OP.GET_ITEM);
      operate();
      w.at(target);
      w.op(OP.SWAP, 3);
      w.op(OP.SWAP, 2);
      return w.op(OP.SET_ITEM);
  }
}

/** `del target` */
export function remove(w: FunctionWriter, target: Expression): void {
  switch (target.kind) {
    case 'Name':
      w.at(target);
      return w.delete(target.id);
    case 'Attribute':
      expression(w, target.value);
      w.code.at(attributeSpan(w, target));
      return w.op(OP.DELETE_ATTR, w.nameIndex(w.scope.mangle(target.attr)));
    case 'Subscript':
      expression(w, target.value);
      expression(w, target.slice);
      w.at(target);
      return w.op(OP.DELETE_ITEM);
    case 'Tuple':
    case 'List':
      for (const item of target.elts) remove(w, item);
      return;
    default:
      throw new Error(`${target.kind} cannot be deleted`);
  }
}
