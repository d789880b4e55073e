// Deltas: what one commit changes.
//
//     roots that changed ─┐
//     dirty objects ──────┼──▶ rows ──▶ bytes         then all of it is clean
//     objects they reach ─┘
//        for the first time
//
// An object gets its id when a commit reaches it first, and keeps it for ever. The
// order is canonical: roots, then dirty objects by id, then new ones in the order
// in which rows refer to them, which is the order of their ids.
//
// Invariants:
//
//   S3. Its cost follows the change: nothing here looks at an object that is neither
//       dirty nor new (L5). Of a task, frames below `low` are neither.
//   S4. A delta together with what came before it in its chain (a checkpoint and the
//       deltas since, or all deltas) gives the state. The first delta of a run is full, or
//       names a base image: then the base comes before it.
//   S5. A delta defines what it names (statics, layouts), pages of long strs excepted.

import { Buffer } from 'node:buffer';
import type { Plain } from '../bytecode/codec.ts';
import { Task } from '../machine/frame.ts';
import { ModuleObject } from '../machine/function.ts';
import type { LinkedProgram } from '../machine/link.ts';
import type { Machine } from '../machine/machine.ts';
import { PagedObject, type HeapObject } from '../values/heap.ts';
import type { Slot } from '../values/value.ts';
import { Flattener } from './flatten.ts';
import { KIND } from './kinds.ts';
import { ledgerOf, type Ledger } from './ledger.ts';
import { stateRow, writeRoots } from './roots.ts';
import { encodeDeltaSegment, type Row } from './segment.ts';
import type { PageName } from './texts.ts';
import { pagedLength, writeObject } from './write.ts';

class DeltaFlattener extends Flattener {
  private readonly ledger: Ledger;
  /** Objects that were given an id, in its order. */
  readonly fresh: HeapObject[] = [];
  /** Rows of objects, in order. */
  readonly rows: Row[] = [];

  constructor({ program, state }: Machine, ledger: Ledger) {
    super(program, state.heap, ledger.texts);
    this.ledger = ledger;
  }

  protected override meet(object: HeapObject): void {
    if (object.owner === this.heap) return;
    if (object.owner !== null) throw new Error('an object of another run');
    object.id = this.heap.nextId++;
    object.owner = this.heap;
    this.fresh.push(object);
  }

  override wantsPage({ pages }: PagedObject, page: number): boolean {
    return pages === null || page >= pages.length || pages[page] === 1;
  }

  protected override wantsText(page: PageName): boolean {
    if (this.ledger.texts.written.has(page)) return false;
    this.ledger.texts.written.add(page);
    return true;
  }

  override firstFrame(task: Task): number {
    return task.low;
  }

  override globalsBefore(module: ModuleObject): readonly Slot[] | null {
    return this.ledger.globals.get(module) ?? null;
  }

  override put(row: Row): void {
    this.rows.push(row);
  }

  /** Put the rows of an object, which is clean from then on. */
  write(object: HeapObject): void {
    writeObject(this, object);
    this.ledger.noteRow(object.id);
    object.dirty = false;
    if (object instanceof PagedObject) cleanPages(object);
    else if (object instanceof ModuleObject) this.ledger.noteGlobals(object);
    else if (object instanceof Task) object.low = object.depth;
  }
}

/** From now on the pages of a collection say what has changed since. */
export function cleanPages(object: PagedObject): void {
  const { length, page } = pagedLength(object);
  const count = Math.ceil(length / page);
  if (count <= 1) object.pages = null;
  else if (object.pages?.length === count) object.pages.fill(0);
  else object.pages = new Uint8Array(count);
}

/**
 * The bytes of what changed since the last delta; all that changed is clean after.
 * For a machine whose step() has returned.
 */
export function encodeDelta(machine: Machine): Uint8Array {
  const { state, program } = machine;
  const ledger = ledgerOf(machine);
  const out = new DeltaFlattener(machine, ledger);
  const dirty = state.heap.dirty.slice().sort((a, b) => a.id - b.id);
  state.heap.dirty.length = 0;

  const roots = writeRoots(out, state, ledger, dirty);
  const identities: Plain[] = [KIND.IDENTITIES];
  const write = (object: HeapObject): void => {
    out.write(object);
    if (state.identityCount === 0) return;
    const identity = machine.identityOf(object);
    if (identity !== 0) identities.push(out.ref(object), identity);
  };
  for (const object of dirty) write(object);
  // Writing an object may append to `fresh`, which the loop then sees.
  for (const object of out.fresh) write(object);
  for (const [object, identity] of state.staticIdentities.slice(ledger.staticIdentityCount)) {
    identities.push(out.ref(object), identity);
  }

  const first: Row[] = ledger.isNew ? [beginningRow(program, ledger)] : [];
  const last: Row[] = identities.length > 1 ? [identities] : [];
  // The counters last of all: nextId is known only now.
  const rows = [...first, stateRow(state), ...roots, ...out.definitions, ...out.rows, ...last];
  ledger.noteRoots(state);
  return encodeDeltaSegment(rows);
}

/** What a chain is said of: a program, or a base image of one. */
export function beginningRow({ hash }: LinkedProgram, { base }: Ledger): Row {
  return base === null ? [KIND.PROGRAM, hashBytes(hash)] : [KIND.BASE, base.hash];
}

/** A hash as it is written. */
export function hashBytes(hash: string): Uint8Array {
  return new Uint8Array(Buffer.from(hash, 'hex'));
}
