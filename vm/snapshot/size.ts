// The size of a heap: bytes of all that can be reached, about as a checkpoint would write them.
//
// For a quota (vm/machine/quotas.ts): the same for equal states, whatever was committed when, and
// whether a run was restored on the way. A long str is counted once, however many hold it, as it is
// written once; but a str can be told from another only by looking at all of it, so where that
// would take too long, some are counted again.
//
// It goes over the whole heap, with the writers of objects and without making bytes: a third of the
// time of a checkpoint.

import type { Plain } from '../bytecode/codec.ts';
import type { Machine } from '../machine/machine.ts';
import type { HeapObject } from '../values/heap.ts';
import type { Slot } from '../values/value.ts';
import { Flattener } from './flatten.ts';
import { Ledger } from './ledger.ts';
import { writeRoots } from './roots.ts';
import type { Row } from './segment.ts';
import { INLINE_UNITS_MAX, TextLedger } from './texts.ts';
import { writeObject } from './write.ts';

/** Bytes of a row besides its slots: its header, kind and id. */
const ROW_BYTES = 8;

/** Bytes of the name of a long str. */
const NAME_BYTES = 20;

/** Long strs of one length that another of that length is held against. */
const ALIKE_MAX = 8;

/** Units of strs that are compared in all: some 100 ms. */
const COMPARED_UNITS_MAX = 1 << 28;

class Sizer extends Flattener {
  /** In the order in which they are met; a walk over it sees what it adds. */
  readonly met = new Set<HeapObject>();
  /** Long strs met of late, by length: the host's own hash of a very long str is its length. */
  private readonly long = new Map<number, string[]>();
  private compared = 0;
  private rows = 0;

  constructor({ program, state }: Machine) {
    super(program, state.heap, new TextLedger());
  }

  get total(): number {
    return this.bytes + this.rows * ROW_BYTES;
  }

  override slot(value: Slot): Plain {
    if (typeof value !== 'string' || value.length <= INLINE_UNITS_MAX) return super.slot(value);
    this.bytes += NAME_BYTES + (this.isKnown(value) ? 0 : value.length);
    return null;
  }

  private isKnown(text: string): boolean {
    const alike = this.long.get(text.length) ?? [];
    for (const other of alike) {
      if (this.compared > COMPARED_UNITS_MAX) return false;
      this.compared += text.length;
      if (other === text) return true;
    }
    if (alike.length >= ALIKE_MAX) alike.shift();
    alike.push(text);
    this.long.set(text.length, alike);
    return false;
  }

  override put(_row: Row): void {
    this.rows++;
  }

  protected override meet(object: HeapObject): void {
    this.met.add(object);
  }

  override wantsPage(): boolean {
    return true;
  }

  protected override wantsText(): boolean {
    return false;
  }

  override firstFrame(): number {
    return 0;
  }

  override globalsBefore(): null {
    return null;
  }
}

/** The size of the heap of a machine whose frames all rest. */
export function heapBytes(machine: Machine): number {
  return walk(machine).total;
}

/** Every object that can be reached in such a machine. */
export function heapObjects(machine: Machine): ReadonlySet<HeapObject> {
  return walk(machine).met;
}

function walk(machine: Machine): Sizer {
  const out = new Sizer(machine);
  // An empty ledger: as if nothing had been written before.
  writeRoots(out, machine.state, new Ledger(), []);
  for (const object of out.met) writeObject(out, object);
  return out;
}
