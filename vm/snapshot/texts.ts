// Long strs: kept in pages that are named by what is in them.
//
//     "aaaa…"     page 1 ◀── page 2 ◀── page 3      a str is the name of its last page
//     "aaaa…b"    page 1 ◀── page 2 ◀── page 3'     one that grew shares all pages but the last
//
//     name = SHA-256(name of the page before ‖ units of this page, little-endian), 16 bytes
//
// A str has no identity by which a commit could know that it is the one it wrote
// before; its content is all there is. So a page is written once in a chain of
// snapshots, whoever refers to it, and a str of 5 MB held by a running frame costs
// 18 bytes a commit. Not measured by the page but looked for first: the very strs of
// the last commits, and those that begin with one of them; hashing is for what is new.
//
// Invariants:
//
//   X1. Only strs longer than INLINE_UNITS_MAX are paged; shorter ones stand in their slots.
//   X2. All pages of a str but the last have PAGE_UNITS units, the last at least one.
//   X3. `written` has only names whose rows, and whose predecessors' rows, a reader of the next
//       delta will have met: in the base, in the last checkpoint or in a delta since.
//   X4. What is remembered beside `written` saves time only, and never changes a byte.

import { Buffer } from 'node:buffer';
import { sha256 } from '../bytecode/hash.ts';
import { TEXT_UNITS_MAX } from '../values/limits.ts';
import { corrupt } from './segment.ts';

/** UTF-16 units of a str that stands in its slot. */
export const INLINE_UNITS_MAX = 256;

/** UTF-16 units of a page: a growing str costs half of one a commit. */
export const PAGE_UNITS = 4096;

const NAME_BYTES = 16;

/** Strs whose pages are remembered, and their units: so much may outlive the program's use. */
const KNOWN_TEXTS_MAX = 1024;
const KNOWN_UNITS_MAX = 1 << 24;

/** Strs that a new one is held against to see whether it begins with one of them. */
const RECENT_TEXTS_MAX = 4;

/** The name of a page, one character a byte: a key that compares fast. */
export type PageName = string;

export function nameBytes(name: PageName): Uint8Array {
  return new Uint8Array(Buffer.from(name, 'latin1'));
}

function pageName(before: PageName | null, page: string): PageName {
  const units = Buffer.from(page, 'utf16le');
  const before16 = Buffer.from(before ?? '', 'latin1');
  return Buffer.from(sha256(Buffer.concat([before16, units]))).toString('latin1', 0, NAME_BYTES);
}

/** The units of page `number` of a str. */
export function pageOf(text: string, number: number): string {
  return text.slice(number * PAGE_UNITS, (number + 1) * PAGE_UNITS);
}

/** What the writer of one run's snapshots knows of its long strs. */
export class TextLedger {
  /** X3 */
  written = new Set<PageName>();
  private readonly known = new Map<string, readonly PageName[]>();
  private knownUnits = 0;
  private recent: string[] = [];

  /** Names of a long str's pages, in order. */
  pagesOf(text: string): readonly PageName[] {
    const known = this.known.get(text);
    if (known !== undefined) return known;
    const names = this.beginning(text);
    const count = Math.ceil(text.length / PAGE_UNITS);
    for (let i = names.length; i < count; i++) {
      names.push(pageName(names.at(-1) ?? null, pageOf(text, i)));
    }
    this.remember(text, names);
    return names;
  }

  /** Names of the full pages it shares with a str of late, for all such pages or none. */
  private beginning(text: string): PageName[] {
    for (const other of this.recent) {
      const full = Math.floor(other.length / PAGE_UNITS);
      if (full === 0 || !text.startsWith(other.slice(0, full * PAGE_UNITS))) continue;
      return (this.known.get(other) ?? []).slice(0, full);
    }
    return [];
  }

  private remember(text: string, names: readonly PageName[]): void {
    this.known.set(text, names);
    this.knownUnits += text.length;
    for (const oldest of this.known.keys()) {
      const isRoomy = this.known.size <= KNOWN_TEXTS_MAX && this.knownUnits <= KNOWN_UNITS_MAX;
      if (isRoomy || oldest === text) break;
      this.known.delete(oldest);
      this.knownUnits -= oldest.length;
    }
    // A str that another begins with is not held against again: the longer one stands for it.
    this.recent = [text, ...this.recent.filter((each) => !text.startsWith(each))].slice(
      0,
      RECENT_TEXTS_MAX,
    );
  }
}

interface Page {
  /** The str that ends with this page. */
  readonly text: string;
  readonly isFull: boolean;
}

/** Puts the strs of a chain of snapshots together again. */
export class TextReader {
  private readonly pages = new Map<PageName, Page>();
  /** Pages of the base image that the chain begins with. */
  before: TextReader | null = null;

  private page(name: PageName): Page | undefined {
    return this.pages.get(name) ?? this.before?.pages.get(name);
  }

  /** Take a page; its predecessor was taken before. */
  take(before: Uint8Array | null, page: string): void {
    if (page.length === 0 || page.length > PAGE_UNITS) throw corrupt('a page of a str of no size');
    let text = page;
    let name: PageName | null = null;
    if (before !== null) {
      name = Buffer.from(before).toString('latin1');
      const known = this.page(name);
      if (known === undefined || !known.isFull)
        throw corrupt('a page of a str without the one before');
      // The host keeps this as a pair of references: the strs of a chain share their beginnings.
      if (known.text.length + page.length > TEXT_UNITS_MAX) throw corrupt('too long a str');
      text = known.text + page;
    }
    this.pages.set(pageName(name, page), { text, isFull: page.length === PAGE_UNITS });
  }

  /** The str that ends with a page. */
  text(bytes: Uint8Array): string {
    const page = this.page(Buffer.from(bytes).toString('latin1'));
    if (page === undefined) throw corrupt('a long str whose last page is not there');
    if (page.text.length <= INLINE_UNITS_MAX) throw corrupt('a short str written as a long one');
    return page.text;
  }

  get names(): PageName[] {
    return [...(this.before?.pages.keys() ?? []), ...this.pages.keys()];
  }
}
