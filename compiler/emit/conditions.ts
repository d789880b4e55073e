// Conditions: jumping on whether an expression is true, without making a value of that.
//
//     if a and not b:     ⟨a⟩  JUMP_IF_FALSE no     instead of   ⟨a⟩ AND_JUMP t  ⟨b⟩ NOT  t:
//         …               ⟨b⟩  JUMP_IF_TRUE  no                  JUMP_IF_FALSE no
//
// A jump is blamed on the last comparison before it, or on the statement: CPython 3.11's way, which
// an `assert` with a message shows.
//
// A constant decides at once; what then cannot be reached is left out by layout.ts, so
// `while True:` has no test.

import { OP } from '../../vm/bytecode/opcodes.ts';
import type { BoolOp, Compare, Expression } from '../syntax/tree.ts';
import type { Label } from './code.ts';
import { constantOf, truth } from './constants.ts';
import { expression, operand } from './expressions.ts';
import { COMPARE } from './operators.ts';
import type { FunctionWriter } from './writer.ts';

/** Go to a label if an expression is true, or if it is false; else go on. */
export function jumpIf(w: FunctionWriter, root: Expression, when: boolean, label: Label): void {
  // Where an arm of `x if a else y` that does not jump goes on: after the whole of it.
  const ends: Label[] = [];
  let node = root;
  let wanted = when;
  for (;;) {
    if (node.kind === 'UnaryOp' && node.op === 'Not') {
      wanted = !wanted;
      node = node.operand;
      continue;
    }
    if (node.kind !== 'IfExp') break;
    const other = w.code.label();
    const end = w.code.label();
    jumpIf(w, node.test, false, other);
    jumpIf(w, node.body, wanted, label);
    w.jump(OP.JUMP, end);
    w.code.place(other);
    ends.push(end);
    node = node.orelse;
  }
  if (node.kind === 'BoolOp') anyOrAll(w, node, wanted, label);
  else if (node.kind === 'Compare' && node.ops.length > 1) chain(w, node, wanted, label);
  else simple(w, node, wanted, label);
  for (const end of ends) w.code.place(end);
}

function simple(w: FunctionWriter, node: Expression, when: boolean, label: Label): void {
  const span = w.code.here;
  const constant = constantOf(node);
  if (constant !== null) {
    if (truth(constant) === when) w.jump(OP.JUMP, label);
    return;
  }
  expression(w, node);
  if (node.kind !== 'Compare') w.code.at(span);
  w.jump(when ? OP.JUMP_IF_TRUE : OP.JUMP_IF_FALSE, label);
}

// if a and b: goes on        ⟨a⟩ false → label   ⟨b⟩ false → label
// if a or b: goes on         ⟨a⟩ true → end      ⟨b⟩ false → label    end:
function anyOrAll(w: FunctionWriter, node: BoolOp, when: boolean, label: Label): void {
  const decides = node.op === 'Or'; // the value of one that decides for all
  const end = w.code.label();
  const last = node.values.length - 1;
  for (const [i, value] of node.values.entries()) {
    if (i === last) jumpIf(w, value, when, label);
    else jumpIf(w, value, decides, decides === when ? label : end);
  }
  w.code.place(end);
}

// a < b < c:     ⟨a⟩ ⟨b⟩ SWAP 2 COPY 2 LESS     b bool
//                JUMP_IF_FALSE  drop            b
//                ⟨c⟩ LESS                       bool
//                JUMP_IF_TRUE   label
//                JUMP           end
//          drop: POP                            and to label, if false is wanted
//           end:
function chain(w: FunctionWriter, node: Compare, when: boolean, label: Label): void {
  const drop = w.code.label();
  const end = w.code.label();
  const last = node.ops.length - 1;
  expression(w, node.left);
  for (const [i, op] of node.ops.entries()) {
    operand(w, node, i);
    w.at(node);
    if (i === last) {
      w.op(COMPARE[op]);
      break;
    }
    w.op(OP.SWAP, 2);
    w.op(OP.COPY, 2);
    w.op(COMPARE[op]);
    w.jump(OP.JUMP_IF_FALSE, drop);
  }
  w.jump(when ? OP.JUMP_IF_TRUE : OP.JUMP_IF_FALSE, label);
  w.jump(OP.JUMP, end);
  w.code.place(drop);
  w.op(OP.POP);
  if (!when) w.jump(OP.JUMP, label);
  w.code.place(end);
}
