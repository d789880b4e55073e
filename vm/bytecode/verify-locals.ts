// What is known about locals at each place: which are certainly bound, which are still wanted.
//
//     def f(a):            bound          live
//         if a:            a              a
//             b = 1        a              a
//         print(b)         a (not b)      b            → b must be read with a check
//
// Both are questions over all paths, answered by sets of bits, one set a block, refined until
// nothing changes. Cells are locals too: they are bound by MAKE_CELL, and live while anything
// below still reads, writes or hands them on.
//
// Invariants:
//
//   B1. Bound is an under-estimate and live an over-estimate of what can happen at run time.
//   B2. An exception may come at any instruction of a guarded block. So a handler finds bound what
//       is bound where a block begins (G3), and what it reads is live all through the block.
//   B3. In a class body local 0, the namespace, is bound from the start and live to the end.

import { SAFEPOINT_LOCALS_MAX } from './limits.ts';
import { OP } from './opcodes.ts';
import { limitExceeded } from './operands.ts';
import { ANALYSIS_WORDS_MAX, type Budget, type Graph } from './verify-graph.ts';

const ALL = 0xffff_ffff;

/** One set of locals for each block. */
class Sets {
  readonly words: number;
  readonly bits: Uint32Array;

  constructor(blocks: number, locals: number, fill: number) {
    this.words = (locals + 31) >>> 5;
    if (blocks * this.words > ANALYSIS_WORDS_MAX) {
      throw limitExceeded(`${locals} locals over ${blocks} blocks are too many to be verified`);
    }
    this.bits = new Uint32Array(blocks * this.words).fill(fill);
  }

  /** set[block] ∩= other; says whether that changed it. */
  meet(block: number, other: Uint32Array): boolean {
    const from = block * this.words;
    let changed = 0;
    for (let w = 0; w < this.words; w++) {
      const before = this.bits[from + w]!;
      this.bits[from + w] = before & other[w]!;
      changed |= before & ~other[w]!;
    }
    return changed !== 0;
  }

  /** into = set[block] */
  read(block: number, into: Uint32Array): void {
    const from = block * this.words;
    for (let w = 0; w < this.words; w++) into[w] = this.bits[from + w]!;
  }

  /** into ∪= set[block] */
  join(block: number, into: Uint32Array): void {
    const from = block * this.words;
    for (let w = 0; w < this.words; w++) into[w] = into[w]! | this.bits[from + w]!;
  }

  /** set[block] = other; says whether that changed it. */
  write(block: number, other: Uint32Array): boolean {
    const from = block * this.words;
    let changed = false;
    for (let w = 0; w < this.words; w++) {
      if (this.bits[from + w] === other[w]) continue;
      this.bits[from + w] = other[w]!;
      changed = true;
    }
    return changed;
  }

  has(block: number, local: number): boolean {
    return (this.bits[block * this.words + (local >>> 5)]! & (1 << (local & 31))) !== 0;
  }
}

function add(set: Uint32Array, local: number): void {
  set[local >>> 5] = set[local >>> 5]! | (1 << (local & 31));
}

function remove(set: Uint32Array, local: number): void {
  set[local >>> 5] = set[local >>> 5]! & ~(1 << (local & 31));
}

function has(set: Uint32Array, local: number): boolean {
  return (set[local >>> 5]! & (1 << (local & 31))) !== 0;
}

/**
 * Say of each LOAD_LOCAL and LOAD_LOCAL_CHECKED whether its local is certainly bound. B1
 *
 * @param entry how many locals are bound when the function begins: the first ones
 */
export function eachLoad(
  graph: Graph,
  locals: number,
  entry: number,
  budget: Budget,
  visit: (index: number, bound: boolean) => void,
): void {
  if (locals === 0) return;
  const blocks = graph.falls.length;
  const sets = new Sets(blocks, locals, ALL);
  const current = new Uint32Array(sets.words);
  for (let local = 0; local < entry; local++) add(current, local);
  sets.write(0, current);

  for (let changed = true; changed;) {
    changed = false;
    budget.spend(blocks * sets.words * 4 + graph.table.count);
    for (let block = 0; block < blocks; block++) {
      sets.read(block, current);
      const row = graph.covers[block]!;
      if (row >= 0) sets.meet(graph.targets[row]!, current); // B2
      runBlock(graph, block, current, null);
      const falls = graph.falls[block]!;
      const jumps = graph.jumps[block]!;
      if (falls >= 0) sets.meet(falls, current);
      // A change that goes back is seen by the next pass only (G1).
      if (jumps >= 0 && sets.meet(jumps, current) && jumps <= block) changed = true;
    }
  }
  for (let block = 0; block < blocks; block++) {
    sets.read(block, current);
    runBlock(graph, block, current, visit);
  }
}

function runBlock(
  { table, starts }: Graph,
  block: number,
  bound: Uint32Array,
  visit: ((index: number, bound: boolean) => void) | null,
): void {
  for (let i = starts[block]!; i < starts[block + 1]!; i++) {
    const local = table.operands[i]!;
    switch (table.ops[i]) {
      case OP.LOAD_LOCAL:
        visit?.(i, has(bound, local));
        break;
      case OP.LOAD_LOCAL_CHECKED:
        visit?.(i, has(bound, local));
        add(bound, local); // or else it would have raised
        break;
      case OP.STORE_LOCAL:
        add(bound, local);
        break;
      case OP.DELETE_LOCAL:
        remove(bound, local);
        break;
      default:
    }
  }
}

/**
 * The locals that are live before each of some instructions. B1
 *
 * @param wanted indices of instructions, ascending
 * @param classBody whether local 0 is a namespace (B3)
 * @returns for each of them the locals, ascending
 */
export function liveBefore(
  graph: Graph,
  locals: number,
  classBody: boolean,
  wanted: readonly number[],
  budget: Budget,
): number[][] {
  if (locals === 0) return wanted.map(() => []);
  const blocks = graph.falls.length;
  const sets = new Sets(blocks, locals, 0);
  const current = new Uint32Array(sets.words);
  for (let changed = true; changed;) {
    changed = false;
    budget.spend(blocks * sets.words * 4 + graph.table.count);
    for (let block = blocks - 1; block >= 0; block--) {
      liveAtEnd(graph, sets, block, classBody, current);
      for (let i = graph.starts[block + 1]! - 1; i >= graph.starts[block]!; i--) {
        stepBack(graph, sets, block, i, current);
      }
      if (sets.write(block, current)) changed = true;
    }
  }
  return collect(graph, sets, classBody, wanted, current);
}

function liveAtEnd(
  graph: Graph,
  sets: Sets,
  block: number,
  classBody: boolean,
  live: Uint32Array,
): void {
  live.fill(0);
  const row = graph.covers[block]!;
  if (row >= 0) sets.join(graph.targets[row]!, live); // B2
  if (graph.falls[block]! >= 0) sets.join(graph.falls[block]!, live);
  if (graph.jumps[block]! >= 0) sets.join(graph.jumps[block]!, live);
  if (classBody) add(live, 0); // B3
}

/** From what is live after an instruction to what is live before it. */
function stepBack(graph: Graph, sets: Sets, block: number, i: number, live: Uint32Array): void {
  const local = graph.table.operands[i]!;
  switch (graph.table.ops[i]) {
    case OP.STORE_LOCAL: {
      const row = graph.covers[block]!;
      if (row < 0 || !sets.has(graph.targets[row]!, local)) remove(live, local);
      return;
    }
    case OP.LOAD_LOCAL:
    case OP.LOAD_LOCAL_CHECKED:
    case OP.DELETE_LOCAL:
    case OP.MAKE_CELL:
    case OP.LOAD_CELL:
    case OP.STORE_CELL:
    case OP.DELETE_CELL:
    case OP.LOAD_CLOSURE:
    case OP.LOAD_CLASS_CELL:
      add(live, local);
      return;
    default:
  }
}

function collect(
  graph: Graph,
  sets: Sets,
  classBody: boolean,
  wanted: readonly number[],
  current: Uint32Array,
): number[][] {
  const rows: number[][] = wanted.map(() => []);
  let next = wanted.length - 1;
  let total = 0;
  for (let block = graph.falls.length - 1; block >= 0 && next >= 0; block--) {
    const start = graph.starts[block]!;
    if (wanted[next]! < start) continue;
    liveAtEnd(graph, sets, block, classBody, current);
    for (let i = graph.starts[block + 1]! - 1; i >= start; i--) {
      stepBack(graph, sets, block, i, current);
      if (wanted[next] !== i) continue;
      const row = members(current);
      total += row.length;
      if (total > SAFEPOINT_LOCALS_MAX) throw limitExceeded('too many live locals at safepoints');
      rows[next--] = row;
    }
  }
  return rows;
}

/** The numbers in a set, ascending. */
function members(set: Uint32Array): number[] {
  const found: number[] = [];
  for (let w = 0; w < set.length; w++) {
    for (let word = set[w]!; word !== 0; word &= word - 1) {
      found.push(w * 32 + (31 - Math.clz32(word & -word)));
    }
  }
  return found;
}
