// Objects with identity, and what a commit must know of them.
//
//     new ──first commit that reaches it──▶ owned (id, clean) ──write──▶ dirty ──commit──▶ clean
//
// An object that no commit has reached yet costs nothing to write to: its
// `owner` is null and the barrier is one comparison. From its first commit on
// it belongs to a heap, has an id for ever, and the first write after each
// commit puts it on the heap's dirty list. So a commit looks at what changed,
// never at what is there (L5).
//
// Long collections are encoded in pages; each write says which page it touched.
//
// Invariants:
//
//   H1. owner === null exactly if id === 0.
//   H2. Every write to a field that a snapshot encodes goes through touch*().
//   H3. An object is on its owner's dirty list exactly if `dirty` is set.
//   H4. Ids are given by the snapshot encoder alone, in canonical order.

import type { TypeObject } from './type.ts';

/** Elements of one page of a list, a dict or a set. */
export const PAGE_ITEMS = 128;
const PAGE_SHIFT = 7;

/** Where changed objects are noted until the next commit. */
export interface Heap {
  readonly dirty: HeapObject[];
}

export abstract class HeapObject {
  /** Name of the object in its run, from 1; 0 until a commit has reached it. */
  id = 0;
  owner: Heap | null = null;
  dirty = false;

  /** Its class, as type(x) says. */
  abstract get type(): TypeObject;

  /** Lists, dicts, sets and bytearrays: what can change by value can be no key. */
  get isUnhashable(): boolean {
    return false;
  }

  /** Note a write: call before or after it, but in the same instruction. */
  touch(): void {
    if (this.owner !== null && !this.dirty) {
      this.dirty = true;
      this.owner.dirty.push(this);
    }
  }
}

/** A collection whose elements are encoded in pages of PAGE_ITEMS. */
export abstract class PagedObject extends HeapObject {
  /**
   * The pages the last commit wrote, one byte each, 1 where changed since; null
   * when all must be written (never committed, or rearranged).
   */
  pages: Uint8Array | null = null;

  /** Note a write to the element at an index. */
  touchAt(index: number): void {
    if (this.owner === null) return;
    this.touch();
    const page = index >> PAGE_SHIFT;
    if (this.pages !== null && page < this.pages.length) this.pages[page] = 1;
  }

  /** Note writes to the elements from one index to another, that one included. */
  touchRange(first: number, last: number): void {
    if (this.owner === null) return;
    for (let at = first; at < last; at += PAGE_ITEMS) this.touchAt(at);
    this.touchAt(last);
  }

  /** Note that the elements from an index on have moved or changed. */
  touchFrom(index: number): void {
    if (this.owner === null) return;
    this.touch();
    if (this.pages === null) return;
    if (index < PAGE_ITEMS) this.pages = null;
    else this.pages.fill(1, index >> PAGE_SHIFT);
  }

  /** Note that everything may have changed. */
  touchAll(): void {
    if (this.owner === null) return;
    this.touch();
    this.pages = null;
  }
}
