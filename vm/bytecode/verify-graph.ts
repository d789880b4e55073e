// The shape of a function's control flow: basic blocks, and who handles their exceptions.
//
//     instructions  0 1 2 | 3 4 | 5 6 7 | 8        a block is entered at its first
//     handler row         └─────┘──▶ 8             instruction only, left at its last
//
// Compiler and verifier ask the same questions of the same code (what is bound here, what is
// live), so that what the one wrote the other finds. They are asked by block.
//
// Invariants:
//
//   G1. Blocks are in the order of the code. Every edge goes forwards, but for that of a LOOP: so
//       one pass in order meets each block after all that lead to it, loops excepted.
//   G2. A block is wholly inside a handler's range or wholly outside.
//   G3. An instruction that unbinds a local (DELETE_LOCAL) ends its block, so that what is bound
//       at an exception is what is bound at the beginning of a block.

import { OP } from './opcodes.ts';
import {
  corruptProgram,
  flowOf,
  limitExceeded,
  isJump,
  opName,
  type CodeTable,
} from './operands.ts';
import type { Handler } from './program.ts';

/** One function's code with its edges. Blocks are by number, instructions by index. */
export interface Graph {
  readonly table: CodeTable;
  readonly handlers: readonly Handler[];
  /** First instruction of each block; one more for the end of the code. */
  readonly starts: Int32Array;
  /** The block that follows when nothing jumps, or -1. */
  readonly falls: Int32Array;
  /** The block that the last instruction may jump to, or -1. */
  readonly jumps: Int32Array;
  /** The row of `handlers` that covers the block, or -1. */
  readonly covers: Int32Array;
  /** By row: the block its target begins. */
  readonly targets: Int32Array;
}

/** Steps of one module beyond those that every byte of code is granted. */
const ANALYSIS_STEPS_MAX = 1 << 27;

const ANALYSIS_STEPS_PER_BYTE = 64;

/**
 * How much work the analyses of one module may do; what needs more is refused, be it hostile or
 * absurd. A step is about 5 ns. Python's own library takes 30 to 50 steps a byte of code; the rest
 * is for what is odd: a second of it at most, in all functions together.
 */
export class Budget {
  private left = ANALYSIS_STEPS_MAX;

  /** Another function is to be looked at. */
  grant(bytes: number): void {
    this.left += ANALYSIS_STEPS_PER_BYTE * bytes;
  }

  spend(steps: number): void {
    this.left -= steps;
    if (this.left < 0) throw limitExceeded('the code is too tangled to be verified');
  }
}

/** Words of one function's sets of locals, one set a block: 64 MB. */
export const ANALYSIS_WORDS_MAX = 1 << 24;

/** Check rows and jumps (P1), and find the blocks. */
export function graphOf(table: CodeTable, handlers: readonly Handler[]): Graph {
  const { count, ops, operands, pcs, indexAt } = table;
  if (count === 0) throw corruptProgram('a function without code');
  const leads = new Uint8Array(count + 1);
  leads[0] = 1;
  leads[count] = 1;
  const indexOf = (pc: number, what: string): number => {
    const index = indexAt[pc] ?? -1;
    if (index < 0)
      throw corruptProgram(`${what} ${pc} is inside an instruction or outside`, { pc });
    return index;
  };

  for (let i = 0; i < count; i++) {
    if (isJump(ops[i]!)) {
      const pc = operands[i]!;
      const target = indexOf(pc, 'jump target');
      if (ops[i] === OP.LOOP ? target > i : target <= i) {
        throw corruptProgram(`${opName(table, i)} to ${pc} goes the wrong way`, { pc: pcs[i]! });
      }
      leads[target] = 1;
    }
    if (flowOf(ops[i]!) !== 'next' || ops[i] === OP.DELETE_LOCAL) leads[i + 1] = 1; // G3
  }

  const rowOf = new Int32Array(count).fill(-1);
  let last = 0;
  for (const [row, { start, end, target }] of handlers.entries()) {
    const from = indexOf(start, 'handler start');
    const to = end === pcs[count] ? count : indexOf(end, 'handler end');
    const goes = indexOf(target, 'handler target');
    if (start >= end || start < last) throw corruptProgram('handler rows overlap', { pc: start });
    if (target < end) throw corruptProgram('a handler lies before what it guards', { pc: target });
    last = end;
    leads[from] = 1;
    leads[to] = 1;
    leads[goes] = 1;
    rowOf.fill(row, from, to);
  }
  return blocksOf(table, handlers, leads, rowOf);
}

function blocksOf(
  table: CodeTable,
  handlers: readonly Handler[],
  leads: Uint8Array,
  rowOf: Int32Array,
): Graph {
  const { count, ops, operands, pcs, indexAt } = table;
  const blockAt = new Int32Array(count + 1).fill(-1);
  const starts: number[] = [];
  for (let i = 0; i <= count; i++) {
    if (leads[i] !== 1) continue;
    blockAt[i] = starts.length;
    starts.push(i);
  }
  const blocks = starts.length - 1;
  const falls = new Int32Array(blocks).fill(-1);
  const jumps = new Int32Array(blocks).fill(-1);
  const covers = new Int32Array(blocks);
  for (let block = 0; block < blocks; block++) {
    const end = starts[block + 1]! - 1;
    const flow = flowOf(ops[end]!);
    if (flow === 'next' || flow === 'branch') {
      if (block + 1 === blocks)
        throw corruptProgram('the code runs off its end', { pc: pcs[end]! });
      falls[block] = block + 1;
    }
    if (isJump(ops[end]!)) jumps[block] = blockAt[indexAt[operands[end]!]!]!;
    covers[block] = rowOf[starts[block]!]!;
  }
  return {
    table,
    handlers,
    starts: Int32Array.from(starts),
    falls,
    jumps,
    covers,
    targets: Int32Array.from(handlers, ({ target }) => blockAt[indexAt[target]!]!),
  };
}
