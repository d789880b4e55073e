// Locals at rest: which must be bound, which must be cells.
//
// The machine reads a local without looking where the verifier has proved that it
// is bound (P3), and takes a cell's local for a cell. A decoded frame says what its
// locals are; here is what they must be for that trust to hold.
//
//     bound      on every path from the function's beginning to the place
//     cells      free variables always, own ones from their MAKE_CELL on (C1)

import { OP } from '../bytecode/opcodes.ts';
import { Budget, graphOf, type Graph } from '../bytecode/verify-graph.ts';
import { entryCount } from '../bytecode/verify-tables.ts';
import type { Code } from '../machine/code.ts';

/** What is known of one function's locals. */
export class LocalFacts {
  private readonly graph: Graph;
  private readonly words: number;
  /** The locals bound where each block begins, a set of bits a block. */
  private readonly entries: Uint32Array;
  /** By local: the MAKE_CELL that makes a cell of it; -1 for one handed over by the closure. */
  readonly cells: ReadonlyMap<number, number>;

  constructor(code: Code) {
    const { table, info, localCount } = code;
    this.graph = graphOf(table, info.handlers);
    this.words = (localCount + 31) >>> 5;
    this.entries = new Uint32Array(this.graph.falls.length * this.words).fill(0xffff_ffff);
    this.cells = cellsOf(code);
    this.solve(entryCount(info), info.code.length);
  }

  /** The locals certainly bound before an instruction, or after it. */
  boundAt(instruction: number, isAfter: boolean): Uint32Array {
    const { starts } = this.graph;
    let block = 0;
    for (let high = starts.length - 2; block < high;) {
      const middle = (block + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= instruction) block = middle;
      else high = middle - 1;
    }
    const bound = this.entries.slice(block * this.words, (block + 1) * this.words);
    this.runBlock(block, bound, instruction + (isAfter ? 1 : 0));
    return bound;
  }

  private solve(entry: number, codeBytes: number): void {
    const { falls, jumps, covers, targets } = this.graph;
    // The verifier did the same within the same budget, so this cannot exceed it.
    const budget = new Budget();
    budget.grant(codeBytes);
    const first = new Uint32Array(this.words);
    for (let local = 0; local < entry; local++) mark(first, local);
    this.meet(0, first);
    for (let changed = true; changed;) {
      changed = false;
      budget.spend(falls.length * this.words * 4 + this.graph.table.count);
      for (let block = 0; block < falls.length; block++) {
        const bound = this.entries.slice(block * this.words, (block + 1) * this.words);
        const row = covers[block] ?? -1;
        if (row >= 0) this.meet(targets[row] ?? 0, bound);
        this.runBlock(block, bound, Infinity);
        const [falling, jumping] = [falls[block] ?? -1, jumps[block] ?? -1];
        if (falling >= 0) this.meet(falling, bound);
        if (jumping >= 0 && this.meet(jumping, bound) && jumping <= block) changed = true;
      }
    }
  }

  private meet(block: number, bound: Uint32Array): boolean {
    const from = block * this.words;
    let changed = false;
    for (let w = 0; w < this.words; w++) {
      const before = this.entries[from + w] ?? 0;
      const now = (before & (bound[w] ?? 0)) >>> 0;
      if (now !== before) changed = true;
      this.entries[from + w] = now;
    }
    return changed;
  }

  /** Go through a block, up to an instruction. */
  private runBlock(block: number, bound: Uint32Array, end: number): void {
    const { table, starts } = this.graph;
    const to = Math.min(end, starts[block + 1] ?? 0);
    for (let i = starts[block] ?? 0; i < to; i++) {
      const local = table.operands[i] ?? 0;
      const op = table.ops[i];
      if (op === OP.STORE_LOCAL || op === OP.LOAD_LOCAL_CHECKED) mark(bound, local);
      else if (op === OP.DELETE_LOCAL) {
        bound[local >>> 5] = (bound[local >>> 5] ?? 0) & ~(1 << (local & 31));
      }
    }
  }
}

function mark(set: Uint32Array, local: number): void {
  set[local >>> 5] = (set[local >>> 5] ?? 0) | (1 << (local & 31));
}

export function isMarked(set: Uint32Array, local: number): boolean {
  return ((set[local >>> 5] ?? 0) & (1 << (local & 31))) !== 0;
}

function cellsOf({ table, localCount, freeStart }: Code): Map<number, number> {
  const cells = new Map<number, number>();
  for (let i = 0; i < table.count && table.ops[i] === OP.MAKE_CELL; i++) {
    cells.set(table.operands[i] ?? 0, i);
  }
  for (let local = freeStart; local < localCount; local++) cells.set(local, -1);
  return cells;
}

const known = new WeakMap<Code, LocalFacts>();

export function localFacts(code: Code): LocalFacts {
  let facts = known.get(code);
  if (facts === undefined) known.set(code, (facts = new LocalFacts(code)));
  return facts;
}
