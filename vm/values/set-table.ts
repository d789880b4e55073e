// The slots of a set's table: which of them a hash tries, and which are dead.
//
// As in CPython 3.11 (Objects/setobject.c), so that sets come out in its order.
// A table has a power of two of slots. A hash tries its home slot and its
// neighbours, then jumps, and never stops jumping:
//
//     mask 31, hash 9     9 10 11 ... 18 │ jump │ neighbours │ jump ...
//
// Everything here is in host numbers: probing is the inner loop of programs
// that live on sets, and a bigint would cost more than all the rest.

import type { Hash } from './keys.ts';
import type { Slot } from './value.ts';

/** Slots that are tried side by side before jumping. */
const LINEAR_PROBES = 9;
const PERTURB_SHIFT = 5;
const WORD = 2 ** 32;

/** The slots whose element was removed. Probing goes on past them. */
export class DeadSlots {
  size = 0;
  /** 1 for a dead slot. */
  private readonly marks: Uint8Array;
  /** Every slot that died, in the order they did; some were filled again since. */
  private died: number[] = [];

  constructor(slots: number, dead: readonly number[] = []) {
    this.marks = new Uint8Array(slots);
    for (const slot of dead) this.add(slot);
  }

  has(slot: number): boolean {
    return this.marks[slot] === 1;
  }

  /** Mark a slot that is not dead yet. */
  add(slot: number): void {
    this.marks[slot] = 1;
    this.size++;
    this.died.push(slot);
    // Mostly filled again: what is left is looked for once in as many removals.
    if (this.died.length > 64 && this.died.length > this.size * 4) this.died = this.inOrder();
  }

  /** A slot is filled; whether it was dead. */
  fill(slot: number): boolean {
    if (this.marks[slot] !== 1) return false;
    this.marks[slot] = 0;
    this.size--;
    return true;
  }

  /** The dead slots in ascending order. */
  inOrder(): number[] {
    const left = this.died.filter((slot) => this.marks[slot] === 1).sort((a, b) => a - b);
    return left.filter((slot, i) => slot !== left[i - 1]);
  }
}

/** Where an element goes in a table that it is not in: set_add_entry(). */
export function freeSlot(keys: readonly Slot[], dead: DeadSlots | null, hash: Hash): number {
  const mask = keys.length - 1;
  const home = lowWord(hash) & mask;
  if (keys[home] === undefined && (dead === null || !dead.has(home))) return home;
  let reusable = -1;
  const probe = new Probe(mask, hash);
  for (let { slot } = probe; ; slot = probe.next()) {
    if (keys[slot] !== undefined) continue;
    if (dead === null || !dead.has(slot)) return reusable < 0 ? slot : reusable;
    reusable = slot;
  }
}

/** The slots that CPython tries for a hash, in order; without end. */
export class Probe {
  slot: number;
  private last: number;
  private at: number;
  /** The hash as 64 bits, shifted at every jump. */
  private low: number;
  private high: number;
  private readonly mask: number;

  constructor(mask: number, hash: Hash) {
    this.mask = mask;
    this.low = lowWord(hash);
    this.high = highWord(hash);
    this.at = this.low & mask;
    this.slot = this.at;
    this.last = this.neighbours();
  }

  /** The last slot that is tried side by side with `at`. */
  private neighbours(): number {
    return this.at + LINEAR_PROBES <= this.mask ? this.at + LINEAR_PROBES : this.at;
  }

  next(): number {
    if (this.slot < this.last) return ++this.slot;
    this.low = (this.low >>> PERTURB_SHIFT) | (this.high << (32 - PERTURB_SHIFT));
    this.high >>>= PERTURB_SHIFT;
    this.at = (this.at * 5 + 1 + this.low) & this.mask;
    this.slot = this.at;
    this.last = this.neighbours();
    return this.slot;
  }
}

/** The low 32 bits of a hash, as `&` takes them. */
function lowWord(hash: Hash): number {
  return typeof hash === 'number' ? hash | 0 : Number(BigInt.asIntN(32, hash));
}

/** The 32 bits above them. */
function highWord(hash: Hash): number {
  return typeof hash === 'number'
    ? Math.floor(hash / WORD) | 0
    : Number(BigInt.asIntN(32, hash >> 32n));
}
