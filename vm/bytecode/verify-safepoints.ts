// Safepoints: the places where a frame can rest when a batch ends (P4).
//
//     pc 0                          a call has been made, nothing has run
//     a LOOP's target               the budget is spent at a back edge
//     after a call, an await, …     what was called has ended the batch
//
// A frame can stop elsewhere too: any instruction whose row says `calls` may be waiting for flow
// code, in __add__ or a key function. Its stack is then known from the pc alone (verify.ts), and
// needs no row. The rows are for those who look at a frame from outside: time travel, compiled
// code that is entered again, the upgrade of sleeping runs.

import { SAFEPOINT_SLOTS_MAX } from './limits.ts';
import { OP } from './opcodes.ts';
import { limitExceeded, type CodeTable } from './operands.ts';
import type { Safepoint } from './program.ts';
import type { Graph, Budget } from './verify-graph.ts';
import { liveBefore } from './verify-locals.ts';
import type { Shapes } from './verify-shapes.ts';

/** A frame can rest right after these. */
const RESTS: ReadonlySet<number> = new Set([
  OP.CALL,
  OP.CALL_KEYWORDS,
  OP.CALL_SPREAD,
  OP.CALL_METHOD,
  OP.CALL_METHOD_KEYWORDS,
  OP.MAKE_CLASS,
  OP.MAKE_CLASS_SPREAD,
  OP.AWAIT,
  OP.YIELD,
  OP.YIELD_FROM,
  OP.RETURN_GENERATOR,
  OP.IMPORT,
  OP.WITH_ENTER,
  OP.WITH_FAIL,
]);

/** The instructions at which there is a safepoint, ascending. */
export function safepointIndices({ count, ops, operands, indexAt }: CodeTable): number[] {
  const rests = new Uint8Array(count + 1);
  rests[0] = 1;
  for (let i = 0; i < count; i++) {
    if (ops[i] === OP.LOOP) rests[indexAt[operands[i]!]!] = 1;
    else if (RESTS.has(ops[i]!)) rests[i + 1] = 1;
  }
  const found: number[] = [];
  for (let i = 0; i < count; i++) if (rests[i] === 1) found.push(i);
  return found;
}

/**
 * The table of a function: what compilers write and verifiers expect.
 *
 * @param statementAt the statement of an instruction, by index
 */
export function safepointsOf(
  graph: Graph,
  shapes: Shapes,
  locals: number,
  classBody: boolean,
  budget: Budget,
  statementAt: (index: number) => number,
): Safepoint[] {
  const indices = safepointIndices(graph.table);
  let slots = 0;
  for (const index of indices) slots += shapes.before[index]!.depth;
  if (slots > SAFEPOINT_SLOTS_MAX) throw limitExceeded('too many stack slots at safepoints');
  const live = liveBefore(graph, locals, classBody, indices, budget);
  return indices.map((index, row) => ({
    pc: graph.table.pcs[index]!,
    statement: statementAt(index),
    stack: shapes.before[index]!.slots(),
    live: live[row]!,
  }));
}
