// What a slot can hold.
//
//     None       null                     bool    true, false
//     int        number, while it is a safe integer; bigint beyond
//     float      Float, a class of its own, so that 1 and 1.0 stay apart
//     str        string; code points are counted by text.ts
//     the rest   HeapObject and its kin
//
// Measured over twelve programs, with all type and overflow guards: this is the
// fastest honest way to keep ints and floats apart; boxing ints instead costs
// 1.2 to 18 times on integer code.
//
// Invariants:
//
//   V1. A number is a safe integer (never NaN, a fraction or -0); a bigint is not
//       in the safe range. `integer()` restores this after arithmetic.
//   V2. `undefined` is no value: it stands for an unbound slot inside the machine.

import type { HeapObject } from './heap.ts';

/** A float. Compared by value, never by identity: the machine may make it anew. */
export class Float {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }
}

export type Value = null | boolean | number | bigint | string | Float | HeapObject;

/** A local, global or attribute slot: bound or not (V2). */
export type Slot = Value | undefined;

const SAFE_MAX = BigInt(Number.MAX_SAFE_INTEGER);
const SAFE_MIN = -SAFE_MAX;

/** An int from a bigint, in the one form V1 allows. */
export function integer(value: bigint): number | bigint {
  return value >= SAFE_MIN && value <= SAFE_MAX ? Number(value) : value;
}

/** Whether a value is an int proper (bool, which is an int too, is not meant). */
export function isInt(value: Slot): value is number | bigint {
  return typeof value === 'number' || typeof value === 'bigint';
}
