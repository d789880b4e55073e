// Checkpoints: the whole live state, so that what came before it is not needed.
//
//     roots ──▶ walk all that is reachable ──▶ rows, by id ──▶ chunks of about 64 KB
//               (at once)                      (a chunk at a time)
//
// The walk takes the state as it is after a delta, when every object has its id. Chunks
// are made when they are asked for, so that a large state need not be in memory twice and
// other runs can have their turn in between; this run waits until the last one is made.
//
// Measured (test/bench/snapshot.bench.ts), 300,000 objects, 5.6 MB: the walk takes a third
// of the time, chunks the rest. Keeping the rows of all objects from the walk on, so that
// the run could go on at once, made garbage collection two thirds of the whole.
//
// Invariants:
//
//   S6. A checkpoint of a state depends on the state alone: not on the deltas it came
//       by, nor on the checkpoint before. What is not reachable is not in it, and its
//       ids are never given again.
//   S7. It changes nothing of the chain of deltas but this: pages of strs that are not
//       in it count as not written (X3), so that the next delta can follow it, too.

import type { Plain } from '../bytecode/codec.ts';
import type { Task } from '../machine/frame.ts';
import type { ModuleObject } from '../machine/function.ts';
import type { Machine } from '../machine/machine.ts';
import type { HeapObject, PagedObject } from '../values/heap.ts';
import type { Slot } from '../values/value.ts';
import { hashBytes } from './delta.ts';
import { Flattener } from './flatten.ts';
import { KIND } from './kinds.ts';
import { Ledger, ledgerOf } from './ledger.ts';
import { stateRow, writeRoots } from './roots.ts';
import { encodeChunk, type Row } from './segment.ts';
import type { PageName } from './texts.ts';
import { writeObject } from './write.ts';

/** Bytes of a chunk, as far as rows can be cut: a row is never divided. */
const CHUNK_BYTES = 56 * 1024;

export interface Checkpoint {
  /** How many objects are in it. */
  readonly objects: number;
  /** Its chunks, each made when it is asked for, before the machine steps again. To be gone through once. */
  readonly chunks: Iterable<Uint8Array>;
}

class CheckpointFlattener extends Flattener {
  readonly met: HeapObject[] = [];
  readonly pages = new Set<PageName>();
  /** Rows of the chunk that is being made; null during the walk, when rows are let go. */
  rows: Row[] | null = null;

  /** `dirty` marks what was met: all is clean when the walk begins, and again when it ends. */
  protected override meet(object: HeapObject): void {
    if (object.dirty || this.rows !== null) return;
    if (object.owner !== this.heap) throw changed();
    object.dirty = true;
    this.met.push(object);
  }

  override put(row: Row): void {
    this.rows?.push(row);
  }

  override wantsPage(_object: PagedObject, _page: number): boolean {
    return true;
  }

  protected override wantsText(page: PageName): boolean {
    if (this.pages.has(page)) return false;
    this.pages.add(page);
    return true;
  }

  override firstFrame(_task: Task): number {
    return 0;
  }

  override globalsBefore(_module: ModuleObject): readonly Slot[] | null {
    return null;
  }

  /** Meet all that can be reached from what was met. */
  walk(): void {
    for (const object of this.met) writeObject(this, object);
  }

  /** Bytes flattened since the last question, roughly. */
  takeBytes(): number {
    const { bytes } = this;
    this.bytes = 0;
    return bytes;
  }
}

function changed(): Error {
  return new Error('a checkpoint of a state that has changed since its last delta');
}

/** The state of a machine whose last delta has just been made. */
export function encodeCheckpoint(machine: Machine): Checkpoint {
  const { state, program } = machine;
  if (state.heap.dirty.length > 0) throw changed();
  const ledger = ledgerOf(machine);
  const out = new CheckpointFlattener(program, state.heap, ledger.texts);
  let roots: Row[];
  try {
    // An empty ledger: as if nothing had been written before.
    roots = writeRoots(out, state, new Ledger(), []);
    out.walk();
  } finally {
    for (const object of out.met) object.dirty = false;
  }
  out.met.sort((a, b) => a.id - b.id);
  const tail = state.identityCount > 0 ? identitiesOf(machine, out) : [];
  ledger.texts.written = out.pages;

  const head: Row[] = [
    [KIND.PROGRAM, hashBytes(program.hash)],
    stateRow(state),
    ...roots,
    ...out.definitions,
  ];
  const { deltas } = ledger;
  const isSame = (): boolean => state.heap.dirty.length === 0 && ledger.deltas === deltas;
  return { objects: out.met.length, chunks: chunksOf(head, out, tail, isSame) };
}

/** What id() has given: to live objects by their ids, then to those of the code. */
function identitiesOf(machine: Machine, out: CheckpointFlattener): Row[] {
  const row: Plain[] = [KIND.IDENTITIES];
  for (const object of out.met) {
    const identity = machine.identityOf(object);
    if (identity !== 0) row.push([object.id], identity);
  }
  for (const [object, identity] of machine.state.staticIdentities) {
    row.push(out.ref(object), identity);
  }
  return row.length > 1 ? [row] : [];
}

function roughBytes(row: Row): number {
  let bytes = 8;
  for (const part of row) bytes += typeof part === 'string' ? part.length + 3 : 6;
  return bytes;
}

/** Bytes of a row besides its slots: its header, kind and id. */
const ROW_BYTES = 8;

function* chunksOf(
  head: readonly Row[],
  out: CheckpointFlattener,
  tail: readonly Row[],
  isSame: () => boolean,
): Generator<Uint8Array> {
  let number = 0;
  let rows: Row[] = [];
  let bytes = 0;
  /** The chunk that is full before so much more is added to it; null if it is not. */
  const full = (more: number): Row[] | null => {
    const isFull = bytes + more > CHUNK_BYTES && rows.length > 0;
    const done = isFull ? rows : null;
    if (isFull) {
      rows = [];
      bytes = 0;
    }
    bytes += more;
    return done;
  };

  for (const row of head) {
    const done = full(roughBytes(row));
    if (done !== null) yield encodeChunk(number++, false, done);
    rows.push(row);
  }
  out.takeBytes();
  const made: Row[] = (out.rows = []);
  for (const object of out.met) {
    if (!isSame()) throw changed();
    made.length = 0;
    writeObject(out, object);
    // Objects of one row are nearly all; those of many are cut between rows of like size.
    const each = out.takeBytes() / made.length + ROW_BYTES;
    for (const row of made) {
      const done = full(each);
      if (done !== null) yield encodeChunk(number++, false, done);
      rows.push(row);
    }
  }
  for (const row of tail) {
    const done = full(roughBytes(row));
    if (done !== null) yield encodeChunk(number++, false, done);
    rows.push(row);
  }
  yield encodeChunk(number, true, rows);
}
