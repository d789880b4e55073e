// Leaving blocks: what `return`, `break` and `continue` do on their way out.
//
//     for x in xs:                     … y                    the value to return
//         with m:                      SWAP 2                 y exit
//             try:                     …
//                 return y      ──▶    ⟨last⟩                 of the try
//             finally:                 ⟨call exit⟩            of the with
//                 last                 SWAP 2  POP            the loop's iterator
//                                      RETURN
//
// Blocks are left from the inside out. What one leaves behind is written under the guard that is
// around it, not the one inside: an exception in a `finally` does not run the same `finally` again.
// A value that is carried out stays on top all the way.

import { OP } from '../../vm/bytecode/opcodes.ts';
import { statements } from './statements.ts';
import { AWAITED, type Block, type FunctionWriter } from './writer.ts';

/**
 * Leave all blocks down to a number of them, write what follows there, and go on inside.
 *
 * @param holds whether there is a value on top to be kept
 */
export function leaveBlocks(
  w: FunctionWriter,
  remaining: number,
  holds: boolean,
  then: () => void,
): void {
  const left: Block[] = [];
  const guard = w.code.currentGuard;
  const span = w.code.here;
  while (w.blocks.length > remaining) {
    const block = w.blocks.pop()!;
    left.push(block);
    w.code.setGuard(block.guard);
    leaveBlock(w, block, holds);
    w.code.at(span);
  }
  then();
  while (left.length > 0) w.blocks.push(left.pop()!);
  w.code.setGuard(guard);
}

function leaveBlock(w: FunctionWriter, block: Block, holds: boolean): void {
  switch (block.kind) {
    case 'try':
      return;
    case 'star-handler':
      throw new Error('except* is left by its end: names/ has seen to that');
    case 'loop':
      if (block.values > 0) dropBelow(w, holds);
      return;
    case 'value':
      return dropBelow(w, holds);
    case 'with':
      if (holds) w.op(OP.SWAP, 2);
      w.at(block);
      return callExit(w, block.isAsync);
    case 'finally':
      if (!holds) return statements(w, block.body);
      return w.within({ kind: 'value', guard: block.guard }, () => statements(w, block.body));
    case 'handler':
      if (holds) w.op(OP.SWAP, 2);
      w.op(OP.END_HANDLE);
      if (block.name !== null) forget(w, block.name);
      return;
    case 'finally-error':
      dropBelow(w, holds);
      if (holds) w.op(OP.SWAP, 2);
      return w.op(OP.END_HANDLE);
  }
}

/** Drop the value below the one that is held, or the top one. */
function dropBelow(w: FunctionWriter, holds: boolean): void {
  if (holds) w.op(OP.SWAP, 2);
  w.op(OP.POP);
}

/** `exit →`: leave a `with` in good order. */
export function callExit(w: FunctionWriter, isAsync: boolean): void {
  w.none();
  w.none();
  w.none();
  w.op(OP.CALL, 3);
  if (isAsync) w.await(AWAITED.exit);
  w.op(OP.POP);
}

/** Unbind the name of an `except`; it may be unbound already, so it is bound first. */
export function forget(w: FunctionWriter, name: string): void {
  w.none();
  w.store(name);
  w.delete(name);
}
