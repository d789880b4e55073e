// What a store stands on: an ordered map of keys to bytes with an atomic write.
//
// Owns nothing. level.ts implements it over LevelDB, memory.ts over a sorted array; the rules of
// the store (tables.ts and below it) are written once, over this.
//
// Invariants, which an implementation holds:
//
//   D1. A write is whole or absent, also after a crash, and resolved means on disk.
//   D2. Writes take effect in the order they are called. The writer calls one at a time.
//   D3. A read sees every write that has resolved, and none that has not reached the disk.
//   D4. A range is read in byte order of its keys, as of some moment during the read.

import type { Range } from './keys.ts';

/** One change. A null value deletes. */
export interface Op {
  readonly key: string;
  readonly value: Uint8Array | null;
  /** Nobody looks this key up before it is on disk, so the writer need not remember it. */
  readonly blind?: boolean;
}

export interface RangeOptions {
  readonly reverse?: boolean;
  readonly limit?: number;
}

export type Row = readonly [key: string, value: Uint8Array];

export interface Disk {
  get(key: string): Promise<Uint8Array | undefined>;
  /** Whether there is a value, which need not be read for it. */
  has(key: string): Promise<boolean>;
  getMany(keys: readonly string[]): Promise<readonly (Uint8Array | undefined)[]>;
  range(range: Range, options?: RangeOptions): AsyncIterable<Row>;
  write(ops: readonly Op[]): Promise<void>;
  close(): Promise<void>;
}
