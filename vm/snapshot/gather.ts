// Gathering: from the rows of a checkpoint and its deltas to the last row of each object.
//
//     checkpoint   LIST 5 …     DICT 6 …
//     delta 1      LIST 5 …                 ─▶   5: the LIST of delta 2
//     delta 2      LIST 5 …     CELL 9 …         6: the DICT of the checkpoint
//                                                9: the CELL of delta 2
//
// So each object is built once, from what it was last, however often it changed.
// Parts are gathered beside their object: pages by number, frames by depth, a
// module's globals by index.
//
// Where the first row is BASE, the rows of that base image come before all others. A
// checkpoint over a base says all roots anew, and of each object that it has a row
// of all parts, too.
//
// Invariants (L7):
//
//   G1. Every object, page and frame is paid for by bytes: nothing here is as large
//       as a number says, only as large as what was read.
//   G2. A row refers to definitions of its own scope: its delta, its checkpoint, or the base.
//   G3. Rows of a base are shared by all who begin there: nothing here changes them.

import { isList, type Plain } from '../bytecode/codec.ts';
import { hex } from '../bytecode/hash.ts';
import { PAGE_BYTES } from '../values/collections.ts';
import { PAGE_ITEMS, type HeapObject } from '../values/heap.ts';
import type { Shape, TypeObject } from '../values/type.ts';
import type { Base } from './base.ts';
import { KIND, KINDS, kindName, type KindRow } from './kinds.ts';
import { changeList } from './roots.ts';
import { corrupt, decodeChunk, decodeDeltaSegment, type Row } from './segment.ts';
import { TextReader } from './texts.ts';

/** What a LAYOUT row says: read as far as it can be before there are classes. */
export interface LayoutRow {
  readonly row: Row;
  readonly scope: Scope;
  /** Made when an instance needs it. */
  made: { readonly cls: TypeObject; readonly shape: Shape } | null;
}

/** The definitions of one delta, or of one checkpoint (G2). */
export class Scope {
  readonly statics: HeapObject[] = [];
  readonly layouts: LayoutRow[] = [];
}

/** A row with what its numbers refer to. */
export interface Part {
  readonly row: Row;
  readonly scope: Scope;
}

/** All that is known of one object. */
export class Raw {
  readonly id: number;
  row: Row;
  scope: Scope;
  /** The object itself, once there is a shell of it. */
  object: HeapObject | null = null;
  /** Of a long collection. */
  pages: Part[] | null = null;
  /** Of a task. */
  frames: Part[] | null = null;
  /** Of a module, by index. */
  globals: Map<number, { readonly slot: Plain; readonly scope: Scope }> | null = null;

  constructor(id: number, row: Row, scope: Scope) {
    this.id = id;
    this.row = row;
    this.scope = scope;
  }
}

/** One delta or checkpoint chain, as the store keeps it. */
export interface SavedState {
  /** The base image that the chain may name; alone, it is the state itself. */
  readonly base?: Base | null;
  /** Chunks of the checkpoint, in order; none if there is no checkpoint. */
  readonly checkpoint: readonly Uint8Array[];
  /** Deltas since, in order. */
  readonly deltas: readonly Uint8Array[];
}

/** An element of a list of roots, before there are objects. */
export interface RawRef {
  readonly ref: Plain;
  readonly scope: Scope;
  /** The moment of a timer, the ordinal of a pending effect; 0 for others. */
  readonly number: number;
}

/** One more than the highest number of a kind. */
const ROWS_MAX = 1 + Math.max(...Object.values(KINDS).map(({ code }) => code));

/** The role of each kind of row. */
const ROLES: readonly (KindRow['role'] | undefined)[] = Array.from(
  { length: ROWS_MAX },
  (_, code) => {
    const name = kindName(code);
    return name === undefined ? undefined : KINDS[name].role;
  },
);

/** Whether rows of a kind give numbers to what others name. */
export function isDefinition(kind: number): boolean {
  return ROLES[kind] === 'definition';
}

const LONG_PAGES: ReadonlyMap<number, number> = new Map<number, number>([
  [KIND.LONG_LIST, PAGE_ITEMS],
  [KIND.LONG_TUPLE, PAGE_ITEMS],
  [KIND.LONG_DICT, PAGE_ITEMS],
  [KIND.LONG_NAMESPACE, PAGE_ITEMS],
  [KIND.LONG_SET, PAGE_ITEMS],
  [KIND.LONG_FROZENSET, PAGE_ITEMS],
  [KIND.LONG_BYTES, PAGE_BYTES],
  [KIND.LONG_BYTEARRAY, PAGE_BYTES],
]);

/** The number of elements a row of a long collection says, and of a page of it. */
export function longLength(row: Row): { length: number; page: number } {
  const page = LONG_PAGES.get(row[0] as number) ?? 0;
  const length = row.at(-1);
  if (typeof length !== 'number' || !Number.isSafeInteger(length) || length <= page) {
    throw corrupt('a long collection is not long');
  }
  return { length, page };
}

export class Gathered {
  readonly objects = new Map<number, Raw>();
  readonly texts = new TextReader();
  program: Plain = null;
  state: Row | null = null;
  argv: Row = [];
  intDigits: Row | null = null;
  quotaUse: Row | null = null;
  modules: readonly RawRef[] = [];
  tasks: RawRef[] = [];
  failed: RawRef[] = [];
  timers: RawRef[] = [];
  readonly pending = new Map<number, RawRef>();
  identities: Part[] = [];
  /** The base image that came first, and the scope of its rows. */
  base: Base | null = null;
  baseScope: Scope | null = null;
  /** Whether there is nothing but a base. */
  isOnlyBase = false;
  private offered: Base | null = null;
  /** Whether rows say the whole of what they are of, whatever came before. */
  private isWhole = false;
  /** Of the rows that are being read. */
  scope = new Scope();
  private readonly readStatic: (row: Row) => HeapObject;

  /** @param readStatic finds the static that a STATIC row names */
  constructor(readStatic: (row: Row) => HeapObject) {
    this.readStatic = readStatic;
  }

  take({ base = null, checkpoint, deltas }: SavedState): void {
    this.offered = base;
    if (checkpoint.length === 0 && deltas.length === 0) {
      if (base === null) throw corrupt('there is no snapshot');
      this.isOnlyBase = true;
      this.takeBase(base);
    }
    this.isWhole = checkpoint.length > 0;
    for (const [number, bytes] of checkpoint.entries()) {
      this.takeRows(decodeChunk(bytes, number, checkpoint.length));
    }
    this.isWhole = false;
    for (const bytes of deltas) {
      this.scope = new Scope();
      this.takeRows(decodeDeltaSegment(bytes));
    }
    if (this.state === null || this.program === null) throw corrupt('it has no beginning');
  }

  /** The rows of a base, as if they were a checkpoint of the chain's own. */
  private takeBase(base: Base): void {
    const { scope, isWhole } = this;
    this.base = base;
    this.isWhole = false;
    this.baseScope = this.scope = base.newScope();
    this.texts.before = base.texts;
    this.takeRows(base.rows);
    this.scope = scope;
    this.isWhole = isWhole;
    if (!isWhole) return;
    this.argv = [];
    this.intDigits = null;
    this.quotaUse = null;
    this.modules = [];
    this.tasks = [];
    this.failed = [];
    this.timers = [];
    this.pending.clear();
    this.identities = [];
  }

  /** BASE is the first row there is; the base must be the one that was found by its hash. */
  private takeBeginning(hash: Plain | undefined): void {
    const { offered } = this;
    if (this.program !== null) throw corrupt('it has two beginnings');
    if (this.state !== null || this.objects.size > 0) throw corrupt('its base does not come first');
    if (!(hash instanceof Uint8Array)) throw corrupt('a base without its hash');
    if (offered?.hash !== hex(hash))
      throw corrupt('it begins from another base image', { base: hex(hash) });
    this.takeBase(offered);
  }

  /** Objects of the base that a checkpoint lacks. */
  private takeGone(row: Row): void {
    if (!this.isWhole || this.base === null) throw corrupt('an object is gone that never was');
    let last = 0;
    for (let i = 1; i < row.length; i += 2) {
      const [from, count] = [row[i], row[i + 1]];
      const isNext =
        typeof from === 'number' &&
        typeof count === 'number' &&
        Number.isSafeInteger(from) &&
        from > last &&
        count > 0 &&
        from + count <= this.base.end;
      if (!isNext) throw corrupt('an object is gone that was not in the base');
      for (let id = from; id < from + count; id++) this.objects.delete(id);
      last = from + count;
    }
  }

  private takeRows(rows: readonly Row[]): void {
    for (const row of rows) {
      const kind = row[0] as number;
      switch (ROLES[kind]) {
        case 'object':
          this.takeObject(kind, row);
          break;
        case 'part':
          this.takePart(kind, row);
          break;
        case 'definition':
          this.takeDefinition(kind, row);
          break;
        case 'root':
          this.takeRoot(kind, row);
          break;
        case undefined:
          throw corrupt(`rows of kind ${kind} are unknown`);
      }
    }
  }

  private takeDefinition(kind: number, row: Row): void {
    if (kind === KIND.STATIC) this.scope.statics.push(this.readStatic(row));
    else if (kind === KIND.LAYOUT) {
      this.scope.layouts.push({ row, scope: this.scope, made: null });
    } else {
      const [, before, text] = row;
      const isPage = before === null || before instanceof Uint8Array;
      if (!isPage || typeof text !== 'string' || row.length !== 3) throw corrupt('a damaged TEXT');
      this.texts.take(before, text);
    }
  }

  private takeObject(kind: number, row: Row): void {
    const id = row[1];
    if (typeof id !== 'number' || !Number.isSafeInteger(id) || id < 1) {
      throw corrupt('an object without an id');
    }
    let raw = this.objects.get(id);
    if (raw === undefined) this.objects.set(id, (raw = new Raw(id, row, this.scope)));
    // A list may become long, a set may become empty; nothing becomes another sort of thing.
    else if (sortOf(kind) !== sortOf(raw.row[0] as number)) {
      throw corrupt(`object ${id} becomes another kind of object`, { object: id });
    }
    raw.row = row;
    raw.scope = this.scope;
    if (this.isWhole) raw.pages = raw.frames = raw.globals = null;
    if (LONG_PAGES.has(kind)) {
      const { length, page } = longLength(row);
      raw.pages ??= [];
      cut(raw.pages, Math.ceil(length / page));
    } else raw.pages = null;
    if (kind === KIND.TASK) {
      const depth = row[5];
      if (typeof depth !== 'number' || depth < 0) throw corrupt('a task of no depth');
      raw.frames ??= [];
      cut(raw.frames, depth);
    } else if (kind === KIND.MODULE) this.takeGlobals(raw, row);
  }

  private takeGlobals(raw: Raw, row: Row): void {
    raw.globals ??= new Map();
    let last = -1;
    for (let i = 5; i < row.length; i += 2) {
      const index = row[i];
      const slot = row[i + 1];
      const isNext = typeof index === 'number' && Number.isSafeInteger(index) && index > last;
      if (!isNext || slot === undefined) throw corrupt('globals of a module are out of order');
      last = index;
      if (isList(slot) && slot.length === 0) raw.globals.delete(index);
      else raw.globals.set(index, { slot, scope: this.scope });
    }
  }

  /** A part belongs to an object that is known, and follows those before it (G1). */
  private takePart(kind: number, row: Row): void {
    const [, id, index] = row;
    const raw = typeof id === 'number' ? this.objects.get(id) : undefined;
    const parts = kind === KIND.FRAME ? raw?.frames : raw?.pages;
    if (parts === undefined || parts === null || typeof index !== 'number') {
      throw corrupt('a part of no object');
    }
    if (!(Number.isInteger(index) && index >= 0 && index <= parts.length)) {
      throw corrupt(`part ${index} of object ${String(id)} does not follow those before it`);
    }
    parts[index] = { row, scope: this.scope };
  }

  private takeRoot(kind: number, row: Row): void {
    const { scope } = this;
    switch (kind) {
      case KIND.PROGRAM:
        if (this.program !== null) throw corrupt('it has two beginnings');
        this.program = row[1] ?? null;
        return;
      case KIND.BASE:
        this.takeBeginning(row[1]);
        return;
      case KIND.GONE:
        this.takeGone(row);
        return;
      case KIND.STATE:
        this.state = row;
        return;
      case KIND.INT_DIGITS:
        this.intDigits = row;
        return;
      case KIND.QUOTA_USE:
        this.quotaUse = row;
        return;
      case KIND.ARGV:
        this.argv = row.slice(1);
        return;
      case KIND.MODULES:
        this.modules = row.slice(1).map((ref) => ({ ref, scope, number: 0 }));
        return;
      case KIND.TASKS: {
        const added = row.slice(2).map((ref) => ({ ref, scope, number: 0 }));
        this.tasks = changeList(this.tasks, row[1], added);
        return;
      }
      case KIND.FAILED: {
        const added = row.slice(2).map((ref) => ({ ref, scope, number: 0 }));
        this.failed = changeList(this.failed, row[1], added);
        return;
      }
      case KIND.TIMERS:
        this.timers = changeList(this.timers, row[1], this.numbered(row));
        return;
      case KIND.PENDING: {
        for (const ordinal of isList(row[1]) ? row[1] : []) {
          if (!this.pending.delete(ordinal as number)) throw corrupt('an effect is gone twice');
        }
        for (const each of this.numbered(row)) this.pending.set(each.number, each);
        return;
      }
      case KIND.IDENTITIES:
        this.identities.push({ row, scope });
        return;
      default:
        throw corrupt(`rows of kind ${kind} are unknown`);
    }
  }

  /** Pairs of a number and a reference, after what is gone. */
  private numbered(row: Row): RawRef[] {
    const pairs: RawRef[] = [];
    for (let i = 2; i < row.length; i += 2) {
      const [number, ref] = [row[i], row[i + 1]];
      if (typeof number !== 'number' || !Number.isFinite(number) || ref === undefined) {
        throw corrupt('a timer or effect without its number');
      }
      pairs.push({ ref, scope: this.scope, number });
    }
    return pairs;
  }
}

function cut(parts: unknown[], length: number): void {
  if (parts.length > length) parts.length = length;
}

/** A small and a long list are one sort of object: a number for each sort. */
function sortOf(kind: number): number {
  const small = kind - 1;
  if (LONG_PAGES.has(kind)) return small;
  // An instance may come to have a dict, and an iterator over one to count.
  if (kind === KIND.DICT_ITERATOR) return KIND.ITERATOR;
  if (kind === KIND.EXCEPTION_SEEN) return KIND.EXCEPTION;
  return kind === KIND.INSTANCE_MORE ? KIND.INSTANCE : kind;
}
