// An ordered map in memory, standing in for a disk.
//
// It outlives the stores opened on it, which is what a crash is: what was written is there, what
// was queued is not. It can be copied, which is what `cp -r` is. And a test can stand in the way
// of a write, to let it fail, or to stop the world just before or after it.
//
// The keys are kept in blocks, each sorted, and the blocks in order: putting a key in moves some
// hundred others at most, where one sorted array would move them all.

import type { Disk, Op, RangeOptions, Row } from './disk.ts';
import type { Range } from './keys.ts';

/** A block that grows beyond this is split in two. */
const BLOCK_KEYS_MAX = 512;

export class MemoryDisk implements Disk {
  readonly #values = new Map<string, Uint8Array>();
  /** Never an empty block, but for the first. */
  #blocks: string[][] = [[]];

  /**
   * Called with each write before it takes effect. Throwing or rejecting makes the write fail
   * with nothing written; waiting makes it wait.
   */
  beforeWrite: ((ops: readonly Op[]) => void | Promise<void>) | null = null;
  /** Called after a write has taken effect. Throwing makes it fail although it is written. */
  afterWrite: ((ops: readonly Op[]) => void | Promise<void>) | null = null;

  /** Another disk with the same rows. */
  copy(): MemoryDisk {
    const disk = new MemoryDisk();
    for (const [key, value] of this.#values) disk.#values.set(key, new Uint8Array(value));
    disk.#blocks = this.#blocks.map((block) => [...block]);
    return disk;
  }

  get(key: string): Promise<Uint8Array | undefined> {
    return Promise.resolve(this.#values.get(key));
  }

  has(key: string): Promise<boolean> {
    return Promise.resolve(this.#values.has(key));
  }

  getMany(keys: readonly string[]): Promise<readonly (Uint8Array | undefined)[]> {
    return Promise.resolve(keys.map((key) => this.#values.get(key)));
  }

  async *range(range: Range, options: RangeOptions = {}): AsyncGenerator<Row> {
    // Rows are taken now, not when they are asked for: the disk may change in between.
    yield* this.rowsOf(range, options);
  }

  /** The rows of a range as they are now. */
  rowsOf(range: Range, options: RangeOptions = {}): Row[] {
    const rows: Row[] = [];
    const limit = options.limit ?? Number.POSITIVE_INFINITY;
    for (const key of this.#keys(range, options.reverse === true)) {
      if (rows.length >= limit) break;
      const value = this.#values.get(key);
      if (value !== undefined) rows.push([key, value]);
    }
    return rows;
  }

  async write(ops: readonly Op[]): Promise<void> {
    await this.beforeWrite?.(ops);
    this.apply(ops);
    await this.afterWrite?.(ops);
  }

  /** Changes the rows at once, with nobody in the way: what a test does to a disk by itself. */
  apply(ops: readonly Op[]): void {
    for (const { key, value } of ops) {
      if (value === null) {
        if (this.#values.delete(key)) this.#remove(key);
      } else {
        if (!this.#values.has(key)) this.#insert(key);
        this.#values.set(key, value);
      }
    }
  }

  /** What a key holds now. */
  peek(key: string): Uint8Array | undefined {
    return this.#values.get(key);
  }

  /** Keeps its rows: a store can be opened on it again. */
  close(): Promise<void> {
    return Promise.resolve();
  }

  *#keys({ from, to }: Range, reverse: boolean): Generator<string> {
    const first = this.#blockOf(from);
    const last = this.#blockOf(to);
    for (let i = 0; i <= last - first; i++) {
      const block = this.#blocks[reverse ? last - i : first + i] ?? [];
      const keys = block.slice(place(block, from), place(block, to));
      yield* reverse ? keys.reverse() : keys;
    }
  }

  #insert(key: string): void {
    const index = this.#blockOf(key);
    const block = this.#blocks[index] ?? [];
    block.splice(place(block, key), 0, key);
    if (block.length > BLOCK_KEYS_MAX) {
      this.#blocks.splice(index + 1, 0, block.splice(block.length >> 1));
    }
  }

  #remove(key: string): void {
    const index = this.#blockOf(key);
    const block = this.#blocks[index] ?? [];
    block.splice(place(block, key), 1);
    if (block.length === 0 && this.#blocks.length > 1) this.#blocks.splice(index, 1);
  }

  /** The last block that begins at or before the key: the one it is in, or belongs into. */
  #blockOf(key: string): number {
    let low = 0;
    let high = this.#blocks.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#blocks[middle]?.[0] ?? '') <= key) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

/** The index of the first key at or after this one. */
function place(keys: readonly string[], key: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((keys[middle] ?? '') < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
