// Checkpoints: the whole live state, so that what came before it is not needed.
//
//     roots ──▶ walk all that is reachable ──▶ rows, by id ──▶ chunks of about 64 KB
//
// Made at once, since the run that goes on changes what would be written later. Rows are
// turned into bytes chunk by chunk, so only the bytes are in memory beside the state.
// Measured (test/bench/snapshot.bench.ts), 300,000 objects, 5.6 MB: the walk takes a third of
// the time, rows and bytes the rest. To keep the rows of all objects from the walk on, and
// make bytes of them later, took twice as long, most of it garbage collection.
//
// Invariants:
//
//   S6. A checkpoint of a state depends on the state alone: not on the deltas it came
//       by, nor on the checkpoint before. What is not reachable is not in it, and its
//       ids are never given again. That of a run that began from a base image depends on the
//       base, too, and on which of its objects the chain has a row of (Ledger.changed): these,
//       and the objects that are not in the base, it has rows of. So the bytes are the same
//       whether a run stayed in memory or was restored on the way. Objects of the base that are
//       not reachable any more are named (GONE).
//   S7. It changes nothing of the chain of deltas but this: pages of strs that are not
//       in it count as not written (X3), so that the next delta can follow it, too.

import type { Plain } from '../bytecode/codec.ts';
import type { Task } from '../machine/frame.ts';
import type { ModuleObject } from '../machine/function.ts';
import type { Machine } from '../machine/machine.ts';
import type { HeapObject, PagedObject } from '../values/heap.ts';
import type { Slot } from '../values/value.ts';
import { beginningRow } from './delta.ts';
import { Flattener } from './flatten.ts';
import { KIND } from './kinds.ts';
import { Ledger, ledgerOf } from './ledger.ts';
import { stateRow, writeRoots } from './roots.ts';
import { encodeChunk, type Row } from './segment.ts';
import type { PageName } from './texts.ts';
import { writeObject } from './write.ts';

/** Bytes of a chunk, as far as rows can be cut: a row is never divided. */
export const CHUNK_BYTES = 56 * 1024;

export interface Checkpoint {
  /** How many objects are in it. */
  readonly objects: number;
  /** Its bytes, in order: what restoreMachine() takes. */
  readonly chunks: readonly Uint8Array[];
  /** Names of the pages of strs in it. */
  readonly texts: ReadonlySet<PageName>;
}

class CheckpointFlattener extends Flattener {
  readonly met: HeapObject[] = [];
  readonly pages = new Set<PageName>();
  protected readonly ledger: Ledger;
  /** Rows of the chunk that is being made; null during the walk, when rows are let go. */
  rows: Row[] | null = null;

  constructor({ program, state }: Machine, ledger: Ledger) {
    super(program, state.heap, ledger.texts);
    this.ledger = ledger;
  }

  /** `dirty` marks what was met: all is clean when the walk begins, and again when it ends. */
  override meet(object: HeapObject): void {
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
    if (this.pages.has(page) || this.ledger.base?.texts.has(page) === true) return false;
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
  walk(machine: Machine): void {
    const { ledger } = this;
    const within = ledger.base === null ? this : new BaseWalker(machine, this);
    for (const object of this.met) {
      writeObject(ledger.isInBase(object.id) ? within : this, object);
    }
  }

  /** Bytes flattened since the last question, roughly. */
  takeBytes(): number {
    const { bytes } = this;
    this.bytes = 0;
    return bytes;
  }
}

/** Goes through objects that the base has rows of: their definitions are not wanted here. */
class BaseWalker extends CheckpointFlattener {
  private readonly out: CheckpointFlattener;

  constructor(machine: Machine, out: CheckpointFlattener) {
    super(machine, ledgerOf(machine));
    this.out = out;
  }

  override meet(object: HeapObject): void {
    this.out.meet(object);
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
  const out = new CheckpointFlattener(machine, ledger);
  let roots: Row[];
  try {
    // An empty ledger: as if nothing had been written before.
    roots = writeRoots(out, state, new Ledger(), []);
    out.walk(machine);
  } finally {
    for (const object of out.met) object.dirty = false;
  }
  out.met.sort((a, b) => a.id - b.id);
  const tail = state.identityCount > 0 ? identitiesOf(machine, out) : [];
  const written = out.met.filter(({ id }) => !ledger.isInBase(id));
  ledger.texts.written = new Set([...(ledger.base?.texts ?? []), ...out.pages]);
  ledger.changed = new Set();
  for (const { id } of written) ledger.noteRow(id);

  const head: Row[] = [
    beginningRow(program, ledger),
    stateRow(state),
    ...roots,
    ...goneFrom(ledger, out.met),
    ...out.definitions,
  ];
  const chunks = chunksOf(head, out, written, tail);
  return { objects: written.length, chunks, texts: out.pages };
}

/** The ids of the base's objects that are not reachable any more: rows of neighbours. */
function goneFrom({ base }: Ledger, met: readonly HeapObject[]): Row[] {
  const row: Plain[] = [KIND.GONE];
  let next = 1;
  for (const id of [...met.map((object) => object.id), Infinity]) {
    const until = Math.min(id, base?.end ?? 0);
    if (until > next) row.push(next, until - next);
    next = Math.max(next, id + 1);
  }
  return row.length > 1 ? [row] : [];
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
  let bytes = ROW_BYTES;
  for (const part of row) bytes += typeof part === 'string' ? part.length + 3 : 6;
  return bytes;
}

/** Bytes of a row besides its slots: its header, kind and id. */
const ROW_BYTES = 8;

/** Collects rows into chunks. */
class Chunks {
  readonly done: Uint8Array[] = [];
  private rows: Row[] = [];
  private bytes = 0;

  add(row: Row, bytes: number): void {
    if (this.bytes + bytes > CHUNK_BYTES && this.rows.length > 0) this.close(false);
    this.rows.push(row);
    this.bytes += bytes;
  }

  close(isLast: boolean): void {
    this.done.push(encodeChunk(this.done.length, isLast, this.rows));
    this.rows = [];
    this.bytes = 0;
  }
}

function chunksOf(
  head: readonly Row[],
  out: CheckpointFlattener,
  objects: readonly HeapObject[],
  tail: readonly Row[],
): Uint8Array[] {
  const chunks = new Chunks();
  for (const row of head) chunks.add(row, roughBytes(row));
  const rows: Row[] = (out.rows = []);
  out.takeBytes();
  for (const object of objects) {
    writeObject(out, object);
    // Objects of one row are nearly all; those of many have rows of like size.
    const each = out.takeBytes() / rows.length + ROW_BYTES;
    for (const row of rows) chunks.add(row, each);
    rows.length = 0;
  }
  for (const row of tail) chunks.add(row, roughBytes(row));
  chunks.close(true);
  return chunks.done;
}
