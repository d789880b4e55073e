// Checking the barrier: whether the deltas of a run say all that has changed.
//
//     deltas ──▶ a copy ──▶ its checkpoint ─┐
//                                           ├── alike, byte for byte?
//     the live state ─────▶ its checkpoint ─┘
//
// A write that was not noted (heap.ts H2) is in the live state and in no delta, so the
// copy lacks it. For tests and for those who hunt such a write: it costs what the whole
// state costs.

import { Buffer } from 'node:buffer';
import type { Plain } from '../bytecode/codec.ts';
import type { Machine } from '../machine/machine.ts';
import { encodeCheckpoint } from './checkpoint.ts';
import type { SavedState } from './gather.ts';
import { kindName } from './kinds.ts';
import { restoreMachine } from './restore.ts';
import { decodeChunk, type Row } from './segment.ts';

/** What the live state and its copy made from what was saved do not share; null if nothing. */
export function findUnsaved(machine: Machine, saved: SavedState): string | null {
  const live = encodeCheckpoint(machine).chunks;
  const { program, registry, mode } = machine;
  const copy = restoreMachine({ program, registry, mode, random: () => 0 }, saved);
  const again = encodeCheckpoint(copy).chunks;
  const isSame =
    live.length === again.length &&
    live.every((chunk, i) => Buffer.compare(chunk, again[i]!) === 0);
  return isSame ? null : firstDifference(rowsOf(live), rowsOf(again));
}

function rowsOf(chunks: readonly Uint8Array[]): Row[] {
  return chunks.flatMap((chunk, number) => [...decodeChunk(chunk, number, chunks.length)]);
}

function firstDifference(live: readonly Row[], copy: readonly Row[]): string {
  for (let i = 0; i < Math.max(live.length, copy.length); i++) {
    const [here, there] = [show(live[i]), show(copy[i])];
    if (here !== there) return `row ${i}: ${here} in the state, ${there} in its copy`;
  }
  return 'the same rows in other chunks';
}

function show(row: Row | undefined): string {
  if (row === undefined) return 'nothing';
  return `${kindName(row[0] as number) ?? '?'} ${JSON.stringify(row.slice(1), plainText)}`;
}

function plainText(_key: string, value: Plain): unknown {
  return value instanceof Uint8Array ? `bytes ${Buffer.from(value).toString('hex')}` : value;
}
