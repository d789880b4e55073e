// Loops, and what leaves them.

import { OP } from '../../vm/bytecode/opcodes.ts';
import type { AsyncFor, Break, Continue, For, While } from '../syntax/tree.ts';
import { jumpIf } from './conditions.ts';
import { frozen, isDisplay } from './constants.ts';
import { leaveBlocks } from './exits.ts';
import { expression } from './expressions.ts';
import { statements } from './statements.ts';
import { store } from './targets.ts';
import { AWAITED, type Block, type FunctionWriter } from './writer.ts';

// while test:         top: ⟨if not test → finish⟩
//     body                 ⟨body⟩                    break → leave, continue → top
// else:                    LOOP          top
//     last         finish: ⟨last⟩
//                   leave:
export function whileStatement(w: FunctionWriter, node: While): void {
  const top = w.code.labelHere();
  const finish = w.code.label();
  const leave = w.code.label();
  const loop: Block = { kind: 'loop', guard: w.code.currentGuard, top, leave, values: 0 };
  w.within(loop, () => {
    jumpIf(w, node.test, false, finish);
    statements(w, node.body);
    w.jump(OP.LOOP, top);
  });
  w.code.place(finish);
  statements(w, node.orelse);
  w.code.place(leave);
}

// for target in iterable:  ⟨iterable⟩
//     body                 GET_ITER                  it
// else:               top: FOR_ITER      finish      it x
//     last                 ⟨store target⟩            it
//                          ⟨body⟩                    break → leave, continue → top
//                          LOOP          top
//                  finish: ⟨last⟩
//                   leave:
export function forStatement(w: FunctionWriter, node: For): void {
  const constant = isDisplay(node.iter) ? frozen(node.iter) : null;
  if (constant === null) expression(w, node.iter);
  else w.constant(constant);
  w.at(node);
  w.op(OP.GET_ITER);
  const top = w.code.labelHere();
  const finish = w.code.label();
  const leave = w.code.label();
  const loop: Block = { kind: 'loop', guard: w.code.currentGuard, top, leave, values: 1 };
  w.within(loop, () => {
    w.jump(OP.FOR_ITER, finish);
    store(w, node.target);
    statements(w, node.body);
    w.jump(OP.LOOP, top);
  });
  w.code.place(finish);
  statements(w, node.orelse);
  w.code.place(leave);
}

// async for:               ⟨iterable⟩
//                          GET_ASYNC_ITER            it
//                     top: GET_ASYNC_NEXT            it awaitable      StopAsyncIteration → stop
//                          ⟨await⟩                   it x
//                          ⟨store target⟩ ⟨body⟩
//                          LOOP          top
//                    stop: …                         it exc
//                          ⟨last⟩
export function asyncForStatement(w: FunctionWriter, node: AsyncFor): void {
  expression(w, node.iter);
  w.at(node);
  w.op(OP.GET_ASYNC_ITER);
  const depth = w.depth + 1;
  const top = w.code.labelHere();
  const stop = w.code.label();
  const leave = w.code.label();
  const loop: Block = { kind: 'loop', guard: w.code.currentGuard, top, leave, values: 1 };
  w.within(loop, () => {
    w.guarded(stop, depth, () => {
      w.op(OP.GET_ASYNC_NEXT);
      w.await(AWAITED.next);
    });
    store(w, node.target);
    statements(w, node.body);
    w.jump(OP.LOOP, top);
  });
  w.code.place(stop);
  w.at(node);
  stopAsync(w);
  statements(w, node.orelse);
  w.code.place(leave);
}

/** `it exc →`: an asynchronous iterator is at its end, or has failed. */
export function stopAsync(w: FunctionWriter): void {
  const fail = w.code.label();
  const end = w.code.label();
  w.builtin('StopAsyncIteration');
  w.op(OP.MATCH_EXCEPTION);
  w.jump(OP.JUMP_IF_FALSE, fail);
  w.op(OP.POP);
  w.op(OP.POP);
  w.jump(OP.JUMP, end);
  w.code.place(fail);
  w.op(OP.RERAISE);
  w.code.place(end);
}

export function breakStatement(w: FunctionWriter, node: Break): void {
  const [index, loop] = innermostLoop(w);
  w.at(node);
  leaveBlocks(w, index, false, () => w.jump(OP.JUMP, loop.leave));
}

export function continueStatement(w: FunctionWriter, node: Continue): void {
  const [index, loop] = innermostLoop(w);
  w.at(node);
  leaveBlocks(w, index + 1, false, () => w.jump(OP.LOOP, loop.top));
}

function innermostLoop(w: FunctionWriter): [number, Block & { readonly kind: 'loop' }] {
  for (let i = w.blocks.length - 1; i >= 0; i--) {
    const block = w.blocks[i]!;
    if (block.kind === 'loop') return [i, block];
  }
  throw new Error('a loop is around every break and continue');
}
