// try with except*: each clause takes its part of the group that was raised.
//
// try:               ⟨body⟩                                   exceptions → error
//     body           ⟨last⟩
// except* E as x:    JUMP             end
//     handler error: HANDLE                       before exc
//                    MAKE_LIST 0  COPY 2          before exc raised rest
//                    ⟨one clause after the other⟩                 exceptions → restore
//                    LIST_APPEND 1                before exc raised
//                    ⟨_star_raise⟩                before error
//                    COPY 1  JUMP_IF_NONE handled
//           restore: SWAP 2 END_HANDLE RERAISE
//           handled: POP END_HANDLE
//               end:
//
// A clause is entered only with a match, and what its body raises is put with the others:
//
//                    ⟨_star_match(rest, E)⟩       … rest match
//                    COPY 1  JUMP_IF_NONE none
//                    COPY 1  ⟨store x⟩
//                    HANDLE  POP                  … rest before'
//                    ⟨handler⟩                                exceptions → failed
//                    END_HANDLE ⟨forget x⟩        … rest
//                    JUMP             next
//            failed: SWAP 2 END_HANDLE LIST_APPEND 2 ⟨forget x⟩
//                    JUMP             next
//              none: POP
//              next:                              … rest
//
// What is left of a group, and what is raised in its stead, is the prelude's (groups.flow).

import { OP } from '../../vm/bytecode/opcodes.ts';
import type { ExceptHandler, TryStar } from '../syntax/tree.ts';
import { bodyAndElse, restoreAndRaise } from './exceptions.ts';
import { forget } from './exits.ts';
import { expression } from './expressions.ts';
import { statements } from './statements.ts';
import type { FunctionWriter } from './writer.ts';

/** What a clause stands on: before, exc, raised and rest. */
const VALUES = 4;

export function tryStar(w: FunctionWriter, node: TryStar): void {
  const depth = w.depth;
  const restore = w.code.label();
  const handled = w.code.label();
  const end = w.code.label();
  bodyAndElse(w, node, end);
  w.guarded(restore, depth + 1, () => {
    w.op(OP.MAKE_LIST, 0);
    w.op(OP.COPY, 2);
    for (const handler of node.handlers) starClause(w, handler, depth);
    w.at(node);
    w.op(OP.LIST_APPEND, 1);
    w.builtin('_star_raise');
    w.op(OP.SWAP, 3);
    w.op(OP.SWAP, 2);
    w.op(OP.CALL, 2);
    w.op(OP.COPY, 1);
    w.jump(OP.JUMP_IF_NONE, handled);
  });
  restoreAndRaise(w, restore);
  w.code.place(handled);
  w.op(OP.POP);
  w.op(OP.END_HANDLE);
  w.code.place(end);
}

/** `before exc raised rest`: one clause, which leaves the rest that it does not match. */
function starClause(w: FunctionWriter, handler: ExceptHandler, depth: number): void {
  const { type, name } = handler;
  const guard = w.code.currentGuard;
  const failed = w.code.label();
  const none = w.code.label();
  const next = w.code.label();
  w.at(handler);
  w.builtin('_star_match');
  w.op(OP.SWAP, 2);
  expression(w, type!);
  w.at(handler);
  w.op(OP.CALL, 2);
  w.op(OP.UNPACK, 2);
  w.op(OP.COPY, 1);
  w.jump(OP.JUMP_IF_NONE, none);
  if (name !== null) {
    w.op(OP.COPY, 1);
    w.store(name);
  }
  w.op(OP.HANDLE);
  w.op(OP.POP);
  w.within({ kind: 'star-handler', guard }, () => {
    w.guarded(failed, depth + VALUES + 1, () => statements(w, handler.body));
  });
  w.at(handler);
  w.op(OP.END_HANDLE);
  if (name !== null) forget(w, name);
  w.jump(OP.JUMP, next);

  w.code.place(failed);
  w.op(OP.SWAP, 2);
  w.op(OP.END_HANDLE);
  w.op(OP.LIST_APPEND, 2);
  if (name !== null) forget(w, name);
  w.jump(OP.JUMP, next);
  w.code.place(none);
  w.op(OP.POP);
  w.code.place(next);
}
