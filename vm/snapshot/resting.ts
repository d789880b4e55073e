// Frames at rest: how much of a frame's operand stack is alive, and what it lacks.
//
//     rest   the instruction before which the frame goes on
//     hook   of the frame above: what its end will mean to this one
//
// A frame above another takes away the operands of the instruction that called,
// and owes its result. So what is alive is known from `rest` and the hook alone:
// the depth the verifier proved, less the missing value. Everything above that is
// left-overs of the host, different from one translation to the other (translate.ts
// W4), and is never written.

import { flowOf, popCount } from '../bytecode/operands.ts';
import type { Code } from '../machine/code.ts';
import { HOOK_ROWS } from '../machine/frame.ts';

/**
 * What a frame waits for: nothing, the event of its await, what will be sent to
 * its generator, or the end of the frame above, whose hook is given.
 */
export type Waiting = 'nothing' | 'event' | 'sent' | number;

/** The depth of the operand stack before an instruction; -1 past the end of the code. */
export function depthBefore(code: Code, instruction: number): number {
  return code.depths[code.table.pcs[instruction] ?? -1] ?? -1;
}

/** Whether the frame goes on with its top value yet to come. */
export function lacksValue(waiting: Waiting): boolean {
  if (typeof waiting === 'string') return waiting !== 'nothing';
  return HOOK_ROWS[waiting]?.missing === true;
}

/** Whether the frame waits for the frame above at the instruction before `rest`, not at `rest`. */
export function waitsBefore(waiting: Waiting): boolean {
  return typeof waiting === 'number' && HOOK_ROWS[waiting]?.same !== true;
}

/** Whether the waiting instruction never goes on to `rest`, only to a handler: `raise Class`. */
export function waitsToRaise(code: Code, rest: number, waiting: Waiting): boolean {
  return waitsBefore(waiting) && rest > 0 && flowOf(code.table.ops[rest - 1] ?? 0) === 'end';
}

/** How many values of the operand stack are alive; negative if the place cannot be. */
export function liveDepth(code: Code, rest: number, waiting: Waiting): number {
  if (waitsToRaise(code, rest, waiting)) {
    const { ops, operands } = code.table;
    return depthBefore(code, rest - 1) - popCount(ops[rest - 1] ?? 0, operands[rest - 1] ?? 0);
  }
  return depthBefore(code, rest) - (lacksValue(waiting) ? 1 : 0);
}
