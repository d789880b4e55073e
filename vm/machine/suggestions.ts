// "Did you mean": what CPython 3.11 adds to a NameError or AttributeError that ends a program.
//
//     NameError: name 'lenght' is not defined. Did you mean: 'length'?
//
// The names to choose from are those a program could have meant: of a NameError the locals of the
// innermost frame, else the globals of its module, else the builtins; of an AttributeError what
// dir() says, which flow code may answer (prelude/machine.flow asks).

import { List } from '../values/collections.ts';
import type { ExceptionObject } from '../values/exception.ts';
import { ownVariables } from './locals.ts';
import type { Machine } from './machine.ts';

/** CPython's numbers: candidates and bytes of a name beyond which it does not look. */
const CANDIDATES_MAX = 750;
const NAME_MAX = 40;

/** What one letter costs that is put in, left out or changed, and one in the other case. */
const MOVE = 2;
const CASE = 1;

const utf8 = new TextEncoder();

/** Lists of the names that were in reach where an error was raised, nearest first. */
export function namesInReach(machine: Machine, error: ExceptionObject): List {
  const [innermost] = error.trace;
  const unit = innermost && machine.program.unitsByHash.get(innermost.module);
  const code = unit?.codes[innermost?.function ?? 0];
  const locals = code === undefined ? [] : ownVariables(code);
  const module = unit && machine.state.modules.get(unit.module.name);
  const globals = unit?.module.globals.filter((_name, i) => module?.slots[i] !== undefined) ?? [];
  const builtins = [...machine.registry.builtins.keys()].filter((name) => !name.startsWith('_'));
  builtins.push('None', 'True', 'False');
  return new List([new List(locals), new List(globals), new List(builtins)]);
}

/** The candidate nearest to a name, the first of several; null if none is near. */
export function nearest(name: string, candidates: readonly string[]): string | null {
  if (candidates.length >= CANDIDATES_MAX) return null;
  const letters = utf8.encode(name);
  let best: string | null = null;
  let bestCost = Infinity;
  for (const candidate of candidates) {
    if (candidate === name || candidate.length > NAME_MAX) continue;
    const others = utf8.encode(candidate);
    const limit = Math.floor(((letters.length + others.length + 3) * MOVE) / 6);
    const cost = distance(letters, others, Math.min(limit, bestCost - 1));
    if (cost >= bestCost || cost > limit) continue;
    best = candidate;
    bestCost = cost;
  }
  return best;
}

/** What it costs to make one word of another; anything more than the limit if it is more. */
function distance(a: Uint8Array, b: Uint8Array, limit: number): number {
  if (a.length > NAME_MAX || b.length > NAME_MAX) return limit + 1;
  if (Math.abs(a.length - b.length) * MOVE > limit) return limit + 1;
  let row = Array.from({ length: b.length + 1 }, (_, j) => j * MOVE);
  for (const [i, letter] of a.entries()) {
    const next = [(i + 1) * MOVE];
    for (const [j, other] of b.entries()) {
      const changed = (row[j] ?? 0) + changing(letter, other);
      next.push(Math.min(changed, (row[j + 1] ?? 0) + MOVE, (next[j] ?? 0) + MOVE));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}

function changing(letter: number, other: number): number {
  if (letter === other) return 0;
  return lower(letter) === lower(other) ? CASE : MOVE;
}

/** Of an ASCII letter; other bytes stay as they are. */
const lower = (byte: number): number => (byte >= 65 && byte <= 90 ? byte + 32 : byte);
