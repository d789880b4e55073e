// An independent witness of the verifier: it walks through a function's code as a machine would,
// turning at random, and counts the stack by the pictures alone. What verify.ts found out by
// looking at all ways at once must hold on each of them.

import { OPCODES } from '../../vm/bytecode/opcodes.ts';
import { mayRaise, opName, popCount, pushCount } from '../../vm/bytecode/operands.ts';
import type { FunctionCode } from '../../vm/bytecode/program.ts';
import type { VerifiedFunction } from '../../vm/bytecode/verify.ts';

/**
 * Walk some steps from the beginning; throws at the first thing that is not as verified.
 *
 * @param next a number from 0 up to, but not with, its argument
 */
export function walkAtRandom(
  fn: FunctionCode,
  { depths, table }: VerifiedFunction,
  next: (below: number) => number,
  steps: number,
): void {
  const bound = new Set<number>();
  let depth = 0;
  let i = 0;
  const parameters = fn.locals.length - fn.freeCount;
  for (let step = 0; step < steps; step++) {
    const pc = table.pcs[i]!;
    const name = opName(table, i);
    const operand = table.operands[i]!;
    const row = OPCODES[name];
    if (depths[pc] !== depth) throw new Error(`${name} at ${pc}: ${depth}, not ${depths[pc]}`);
    if (depth > fn.stackMax) throw new Error(`${name} at ${pc}: deeper than ${fn.stackMax}`);

    const handler = fn.handlers.find(({ start, end }) => pc >= start && pc < end);
    if (handler !== undefined && mayRaise(row.code) && next(4) === 0) {
      if (depth < handler.depth) throw new Error(`${name} at ${pc}: the handler keeps too much`);
      depth = handler.depth + 1;
      i = table.indexAt[handler.target]!;
      continue;
    }
    if (mayRaise(row.code) && handler === undefined && next(50) === 0) return;
    const jumps = row.flow === 'jump' || (row.flow === 'branch' && next(2) === 0);
    const pops = popCount(row.code, operand, jumps);
    if (pops > depth) throw new Error(`${name} at ${pc}: takes ${pops} of ${depth}`);
    depth += pushCount(row.code, operand, jumps) - pops;
    if (name === 'STORE_LOCAL' || name === 'LOAD_LOCAL_CHECKED') bound.add(operand);
    if (name === 'DELETE_LOCAL') bound.delete(operand);
    if (name === 'LOAD_LOCAL' && !bound.has(operand) && !isEntry(fn, operand, parameters)) {
      throw new Error(`${name} at ${pc}: ${fn.locals[operand]} is not bound`);
    }
    if (row.flow === 'end') return;
    i = jumps ? table.indexAt[operand]! : i + 1;
  }
}

/** Whether a local may be bound by the call: the verifier knows better, this only must not err. */
function isEntry(fn: FunctionCode, local: number, parameters: number): boolean {
  return local < parameters && local < fn.positional + fn.keywordOnly + 2;
}
