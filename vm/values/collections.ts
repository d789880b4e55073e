// Sequences and the small objects around them.

import type { TypeObject } from './type.ts';
import { types } from './types.ts';
import { HeapObject, PagedObject } from './heap.ts';
import type { Slot, Value } from './value.ts';

/** A list. Whoever writes to `items` calls touchAt, touchFrom or touchAll (H2). */
export class List extends PagedObject {
  override get type(): TypeObject {
    return types.list;
  }

  items: Value[];

  constructor(items: Value[]) {
    super();
    this.items = items;
  }

  override get isUnhashable(): boolean {
    return true;
  }
}

/** A tuple. Never changes; has identity only so that sharing survives a snapshot. */
export class Tuple extends HeapObject {
  override get type(): TypeObject {
    return types.tuple;
  }

  readonly items: readonly Value[];

  constructor(items: readonly Value[]) {
    super();
    this.items = items;
  }
}

/** Bytes. Never change. */
export class Bytes extends HeapObject {
  override get type(): TypeObject {
    return types.bytes;
  }

  readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    super();
    this.bytes = bytes;
  }
}

/** Bytes of one page of a bytearray, or of long bytes, in a snapshot. */
export const PAGE_BYTES = 4096;
const PAGE_BYTES_SHIFT = 12;

/**
 * A bytearray. Whoever writes single bytes calls touchAt(); whoever replaces or
 * rearranges them calls touchFrom() or touch(), which here stands for touchAll().
 */
export class ByteArray extends PagedObject {
  override get type(): TypeObject {
    return types.bytearray;
  }

  bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    super();
    this.bytes = bytes;
  }

  override get isUnhashable(): boolean {
    return true;
  }

  override touch(): void {
    super.touch();
    this.pages = null;
  }

  override touchAt(index: number): void {
    super.touch();
    const page = index >> PAGE_BYTES_SHIFT;
    if (this.pages !== null && page < this.pages.length) this.pages[page] = 1;
  }

  override touchFrom(index: number): void {
    super.touch();
    if (index < PAGE_BYTES) this.pages = null;
    else this.pages?.fill(1, index >> PAGE_BYTES_SHIFT);
  }

  override touchAll(): void {
    this.touch();
  }
}

/** range(start, stop, step): numbers, or bigints where they do not fit. */
export class Range extends HeapObject {
  override get type(): TypeObject {
    return types.range;
  }

  readonly start: number | bigint;
  readonly stop: number | bigint;
  readonly step: number | bigint;
  /** How many elements; the machine loops over it without looking at the rest. */
  readonly length: number | bigint;
  /**
   * All of these are safe integers, and so every element is, and its distance from the start: an
   * element is `start + i * step` in the host's numbers.
   */
  readonly isSmall: boolean;

  constructor(start: number | bigint, stop: number | bigint, step: number | bigint) {
    super();
    this.start = start;
    this.stop = stop;
    this.step = step;
    this.length = rangeLength(start, stop, step);
    const isNear = Math.abs(Number(stop) - Number(start)) <= Number.MAX_SAFE_INTEGER;
    const parts = [start, stop, step, this.length];
    this.isSmall = isNear && parts.every((each) => typeof each === 'number');
  }
}

function rangeLength(
  start: number | bigint,
  stop: number | bigint,
  step: number | bigint,
): number | bigint {
  if (typeof start === 'number' && typeof stop === 'number' && typeof step === 'number') {
    const distance = step > 0 ? stop - start : start - stop;
    if (distance <= 0) return 0;
    if (distance <= Number.MAX_SAFE_INTEGER) return Math.floor((distance - 1) / Math.abs(step)) + 1;
  }
  const [a, b, s] = [BigInt(start), BigInt(stop), BigInt(step)];
  const distance = s > 0n ? b - a : a - b;
  if (distance <= 0n) return 0;
  const length = (distance - 1n) / (s > 0n ? s : -s) + 1n;
  return length <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(length) : length;
}

/** slice(start, stop, step). */
export class Slice extends HeapObject {
  override get type(): TypeObject {
    return types.slice;
  }

  readonly start: Value;
  readonly stop: Value;
  readonly step: Value;

  constructor(start: Value, stop: Value, step: Value) {
    super();
    this.start = start;
    this.stop = stop;
    this.step = step;
  }

  override get isUnhashable(): boolean {
    return true;
  }
}

/** A variable shared by closures; empty while the variable is not bound. */
export class Cell extends HeapObject {
  override get type(): TypeObject {
    return types.cell;
  }

  value: Slot;

  constructor(value: Slot) {
    super();
    this.value = value;
  }
}
