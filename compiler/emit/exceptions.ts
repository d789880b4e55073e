// try, except, finally and with.
//
// An exception costs nothing until it is raised: who handles it is said by a table beside the code
// (Handler rows), not by instructions. A handler finds the stack as it was where its block began,
// and the exception on top. It says HANDLE, and END_HANDLE when it is done; an exception on
// the way finds a row of its own, whose code restores what was handled before and passes it on:
//
//     restore:  … before exc      SWAP 2  END_HANDLE  RERAISE
//
// A `finally` is written once for each way that leads to it: the good one, the exception, and each
// return, break or continue (exits.ts).

import { OP } from '../../vm/bytecode/opcodes.ts';
import type { AsyncWith, ExceptHandler, Raise, Try, TryStar, With } from '../syntax/tree.ts';
import type { Label } from './code.ts';
import { tryStar } from './exception-groups.ts';
import { callExit, forget } from './exits.ts';
import { expression } from './expressions.ts';
import { statements } from './statements.ts';
import { store } from './targets.ts';
import { AWAITED, type Block, type FunctionWriter } from './writer.ts';

export function raiseStatement(w: FunctionWriter, node: Raise): void {
  if (node.exc === null) {
    w.at(node);
    return w.op(OP.RAISE_AGAIN);
  }
  expression(w, node.exc);
  if (node.cause !== null) expression(w, node.cause);
  w.at(node);
  w.op(node.cause === null ? OP.RAISE : OP.RAISE_FROM);
}

export function tryStatement(w: FunctionWriter, node: Try | TryStar): void {
  if (node.finalbody.length === 0) return tryHandlers(w, node);
  tryFinally(w, node);
}

// try:              ⟨body⟩                               exceptions → error
//     body          ⟨last⟩
// finally:          JUMP        end
//     last   error: HANDLE                  before exc
//                   ⟨last⟩                               exceptions → restore
//          restore: SWAP 2 END_HANDLE RERAISE
//              end:
function tryFinally(w: FunctionWriter, node: Try | TryStar): void {
  const guard = w.code.currentGuard;
  const depth = w.depth;
  const error = w.code.label();
  const restore = w.code.label();
  const end = w.code.label();
  w.within({ kind: 'finally', guard, body: node.finalbody }, () => {
    w.guarded(error, depth, () => {
      if (node.handlers.length > 0) tryHandlers(w, node);
      else statements(w, node.body);
    });
  });
  statements(w, node.finalbody);
  w.at(node);
  w.jump(OP.JUMP, end);

  w.code.place(error);
  w.op(OP.HANDLE);
  w.within({ kind: 'finally-error', guard }, () => {
    w.guarded(restore, depth + 1, () => statements(w, node.finalbody));
  });
  w.at(node);
  restoreAndRaise(w, restore);
  w.code.place(end);
}

/** The body of a try and its else part, which jumps to `end`; then HANDLE, where handlers begin. */
export function bodyAndElse(w: FunctionWriter, node: Try | TryStar, end: Label): void {
  const guard = w.code.currentGuard;
  const error = w.code.label();
  w.within({ kind: 'try', guard }, () => {
    w.guarded(error, w.depth, () => statements(w, node.body));
  });
  statements(w, node.orelse);
  w.at(node);
  w.jump(OP.JUMP, end);
  w.code.place(error);
  w.op(OP.HANDLE);
}

/** `before exc`: go on raising, as if nothing had been handled here. */
export function restoreAndRaise(w: FunctionWriter, restore: Label): void {
  w.code.place(restore);
  w.op(OP.SWAP, 2);
  w.op(OP.END_HANDLE);
  w.op(OP.RERAISE);
}

function tryHandlers(w: FunctionWriter, node: Try | TryStar): void {
  if (node.kind === 'TryStar') tryStar(w, node);
  else tryExcept(w, node);
}

// try:               ⟨body⟩                                   exceptions → error
//     body           ⟨last⟩
// except E as x:     JUMP             end
//     handler error: HANDLE                       before exc
// else:              ⟨E⟩ MATCH_EXCEPTION                      from here on exceptions → restore
//     last           JUMP_IF_FALSE    next        before exc
//                    ⟨store x⟩                    before
//                    ⟨handler⟩                                exceptions → unbind
//                    END_HANDLE ⟨forget x⟩
//                    JUMP             end
//            unbind: ⟨forget x⟩                   before exc
//                    JUMP             restore
//              next: …                            before exc
//           restore: SWAP 2 END_HANDLE RERAISE
//               end:
function tryExcept(w: FunctionWriter, node: Try): void {
  const guard = w.code.currentGuard;
  const depth = w.depth;
  const restore = w.code.label();
  const end = w.code.label();
  bodyAndElse(w, node, end);
  for (const handler of node.handlers) exceptClause(w, handler, depth, guard, restore, end);
  w.at(node);
  restoreAndRaise(w, restore);
  w.code.place(end);
}

/** `before exc`: one clause; falls through to the next if its type does not match. */
function exceptClause(
  w: FunctionWriter,
  handler: ExceptHandler,
  depth: number,
  guard: number,
  restore: Label,
  end: Label,
): void {
  const { type, name } = handler;
  const next = w.code.label();
  w.guarded(restore, depth + 1, () => {
    w.at(handler);
    if (type !== null) {
      expression(w, type);
      w.at(handler);
      w.op(OP.MATCH_EXCEPTION);
      w.jump(OP.JUMP_IF_FALSE, next);
    }
    if (name === null) w.op(OP.POP);
    else w.store(name);
  });
  const block: Block = { kind: 'handler', guard, name };
  const unbind = name === null ? restore : w.code.label();
  w.within(block, () => {
    w.guarded(unbind, depth + 1, () => statements(w, handler.body));
  });
  w.at(handler);
  w.op(OP.END_HANDLE);
  if (name !== null) forget(w, name);
  w.jump(OP.JUMP, end);
  if (name !== null) {
    w.code.place(unbind);
    w.guarded(restore, depth + 1, () => {
      forget(w, name);
    });
    w.jump(OP.JUMP, restore);
  }
  w.code.place(next);
}

// with manager as target:    ⟨manager⟩
//     body                   WITH_ENTER                 exit value
//                            ⟨store target⟩             exit           exceptions → error
//                            ⟨body⟩
//                            ⟨exit(None, None, None)⟩
//                            JUMP            end
//                     error: HANDLE                     exit before exc
//                            WITH_FAIL                  exit before exc answer  → restore
//                            JUMP_IF_TRUE    swallow
//                   restore: SWAP 2 END_HANDLE RERAISE
//                   swallow: POP END_HANDLE POP
//                       end:
//
// Several managers are as many such blocks, one in the other.
export function withStatement(w: FunctionWriter, node: With | AsyncWith): void {
  const isAsync = node.kind === 'AsyncWith';
  const guard = w.code.currentGuard;
  const errors: Label[] = [];
  for (const { context_expr, optional_vars } of node.items) {
    const around = w.code.currentGuard;
    expression(w, context_expr);
    w.at(node);
    w.op(isAsync ? OP.ASYNC_WITH_ENTER : OP.WITH_ENTER);
    if (isAsync) {
      // The exit that is there already must not be called if entering fails, so no guard yet.
      w.await(AWAITED.enter);
    }
    const error = w.code.label();
    const depth = w.depth + 1;
    w.open({ kind: 'with', guard: around, isAsync, span: node.span });
    w.code.enterGuard({ label: error, depth });
    errors.push(error);
    if (optional_vars === null) w.op(OP.POP);
    else store(w, optional_vars);
  }
  statements(w, node.body);
  while (errors.length > 0) {
    const block = w.blocks.pop()!;
    w.code.setGuard(block.guard);
    closeWith(w, node, isAsync, errors.pop()!);
  }
  w.code.setGuard(guard);
}

function closeWith(
  w: FunctionWriter,
  node: With | AsyncWith,
  isAsync: boolean,
  error: Label,
): void {
  const depth = w.depth + 2; // exit before
  const restore = w.code.label();
  const swallow = w.code.label();
  const end = w.code.label();
  w.at(node);
  callExit(w, isAsync);
  w.jump(OP.JUMP, end);
  w.code.place(error);
  w.op(OP.HANDLE);
  w.guarded(restore, depth, () => {
    w.op(OP.WITH_FAIL);
    if (isAsync) w.await(AWAITED.exit);
    w.jump(OP.JUMP_IF_TRUE, swallow);
  });
  restoreAndRaise(w, restore);
  w.code.place(swallow);
  w.op(OP.POP);
  w.op(OP.END_HANDLE);
  w.op(OP.POP);
  w.code.place(end);
}
