// Key tables: what dicts and sets share. Keys in order of insertion, found by equality.
//
//     index   Map  host key ─▶ position        keys whose equality the host knows
//     keys    [k0,  k1,  ─ , k3]               entries in order; a hole where one
//                                              was deleted (a dict has values beside)
//     flow    Map  position ─▶ hash            keys whose equality only flow code knows
//     hashed  Map  hash ─▶ [position]          all entries, made when flow code looks first
//
// A host key is a primitive or object that a Map compares as Python compares
// the values: 1, 1.0 and True are the number 1, a tuple is a string made of its
// parts. Instances whose class defines __eq__ have no host key; the flow half of
// the dict methods (stdlib/prelude) hashes and compares them, so a look-up may
// be suspended in the middle (L3). Such a key brings its hash along, and the hash
// is kept and saved: the class may not give it twice.
//
// Invariants:
//
//   D1. index.get(hostKey(keys[i])) === i for each entry with a host key. A table of at most
//       FEW_KEYS places, all of whose keys are strs, has no index: its keys are gone through.
//   D2. flow has exactly the positions whose keys came with a hash from flow
//       code, and is null if there are none. A snapshot writes it.
//   D3. Iterators hold positions; entries never move while an iterator could
//       tell, because compaction happens only when an entry is added, and an
//       iterator that meets a changed size raises first.
//   D4. hashed is derived: at is in positions.get(h) exactly if hashAt[at] === h.

import { sha256Hex } from '../bytecode/hash.ts';
import { Bytes, Range, Tuple } from './collections.ts';
import { Complex, isNanComplex } from './complex.ts';
import { raised } from './exception.ts';
import { HeapObject, PagedObject } from './heap.ts';
import { Instance, type TypeObject } from './type.ts';
import { typeOf } from './typeof.ts';
import { types } from './types.ts';
import { Float, type Slot, type Value } from './value.ts';

/** What a Map can compare for us. */
export type HostKey = null | number | bigint | string | object;

/** What hash() gives: an int as V1 has it. */
export type Hash = number | bigint;

/** Marks a str made from the parts of a composite, in the index of composites. */
class Composite {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** Whether an object's class leaves equality to identity. Set by type.ts. */
export interface KeyOracle {
  /** 'identity', 'unhashable', or 'flow' when only flow code can tell. */
  kindOf(object: HeapObject): 'identity' | 'unhashable' | 'flow';
}

let oracle: KeyOracle = { kindOf: () => 'identity' };

/** type.ts gives the answer for instances; here the types are not known yet. */
export function setKeyOracle(to: KeyOracle): void {
  oracle = to;
}

export const UNHASHABLE = Symbol('unhashable');
export const NEEDS_FLOW = Symbol('needs flow');

/** Units in the text of one composite key: a tuple of shared tuples would grow without end. */
const COMPOSITE_UNITS_MAX = 1 << 27;

/** Up to so many places, going through the keys is faster than making a Map and asking it. */
const FEW_KEYS = 8;

/** A tuple with at most so many items, none of them longer, is written at once. */
const FLAT_ITEMS_MAX = 4;
const FLAT_UNITS_MAX = 1_000;

const serials = new WeakMap<object, number>();
let serial = 0;

/** A number for an object, for the text of a composite key; never leaves this process. */
function serialOf(object: object): number {
  let number = serials.get(object);
  if (number === undefined) serials.set(object, (number = ++serial));
  return number;
}

type Found = HostKey | Composite | typeof UNHASHABLE | typeof NEEDS_FLOW;

/** The key under which a Map finds what Python calls equal. */
export function hostKey(value: Value): Found {
  switch (typeof value) {
    case 'string':
    case 'number':
    case 'bigint':
      return value;
    case 'boolean':
      return value ? 1 : 0;
    default:
      return objectKey(value);
  }
}

function objectKey(
  value: null | Float | HeapObject,
): HostKey | Composite | typeof UNHASHABLE | typeof NEEDS_FLOW {
  if (value === null) return null;
  if (value instanceof Float) return floatKey(value.value);
  if (value instanceof Complex) return complexKey(value);
  if (isComposite(value)) return compositeKey(value);
  if (value instanceof Instance && value.base !== undefined) {
    const base = inheritedBase(value);
    if (base !== undefined) return hostKey(base);
  }
  // Bound methods are made anew at each look: the same function of the same object is equal.
  if (value.type === types.method) return NEEDS_FLOW;
  const kind = oracle.kindOf(value);
  if (kind === 'identity') return value;
  return kind === 'flow' ? NEEDS_FLOW : UNHASHABLE;
}

function floatKey(value: number): number | bigint {
  return Number.isInteger(value) && !Number.isSafeInteger(value) ? BigInt(value) : value;
}

/** A number without an imaginary part is its real one; a nan equals nothing but itself. */
function complexKey(value: Complex): HostKey | Composite {
  const { real, imag } = value;
  if (imag === 0) return floatKey(real);
  return isNanComplex(value) ? value : new Composite(`c${real + 0},${imag};`);
}

function isComposite(value: Value): value is Tuple | Bytes | Range | KeyTable {
  return (
    value instanceof Tuple ||
    value instanceof Bytes ||
    value instanceof Range ||
    (value instanceof KeyTable && value.isFrozen)
  );
}

/** The plain value an instance is as a key, if its class changed nothing about that. */
function inheritedBase(instance: Instance): Value | undefined {
  const { base, cls } = instance;
  if (base === undefined) return undefined;
  const type = typeOf(base);
  const same = (name: string): boolean => cls.lookup(name) === type.lookup(name);
  return same('__hash__') && same('__eq__') ? base : undefined;
}

/** The host key of a key whose class has changed what its instances equal. */
function formerKey(key: Value): HostKey {
  const base = key instanceof Instance ? key.base : undefined;
  const host = base === undefined ? UNHASHABLE : hostKey(base);
  return typeof host === 'symbol' || host instanceof Composite ? (key as HeapObject) : host;
}

/** What is left to write of a composite: a part, or what to do when a part is written. */
type Pending = { readonly part: Value } | 'item' | 'set';

/** A frozenset being written: its elements' texts so far, and the text around it. */
interface OpenSet {
  readonly table: KeyTable;
  readonly outer: string;
  readonly items: string[];
  /** Whether an object of a class is in it, which may come to equal others than now. */
  mayChange: boolean;
}

/** A frozenset of a longer text is written as a digest: one inside another would double it. */
const SET_UNITS_MAX = 200;

/** The text of a frozenset, kept with it: the order of its elements does not count. */
function setText({ table, items, mayChange }: OpenSet): string {
  let text = `f${items.length}${items.length === 1 ? items[0] : items.sort().join('')}`;
  if (mayChange) return text;
  if (text.length > SET_UNITS_MAX) text = `d${sha256Hex(Buffer.from(text, 'utf16le'))}`;
  table.knownKey = text;
  return text;
}

/**
 * The text of a composite. Parts are written prefix-free, so two composites
 * have one text exactly if they are equal. Iterates: a tuple may be deep.
 */
function compositeKey(root: Value): Found {
  const quick = root instanceof Tuple ? flatKey(root) : undefined;
  if (quick !== undefined) return quick;
  let text = '';
  let needsFlow = false;
  const open: OpenSet[] = [];
  const todo: Pending[] = [{ part: root }];
  for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
    if (next === 'item') {
      open.at(-1)?.items.push(text);
      text = '';
      continue;
    }
    if (next === 'set') {
      const done = open.pop() as OpenSet;
      text = done.outer + setText(done);
      const around = open.at(-1);
      if (around !== undefined) around.mayChange ||= done.mayChange;
      continue;
    }
    let { part } = next;
    const around = open.at(-1);
    if (around !== undefined) around.mayChange ||= isObject(part);
    if (part instanceof Instance) part = inheritedBase(part) ?? part;
    if (part instanceof KeyTable && part.knownKey !== null) text += part.knownKey;
    else if (part instanceof Tuple) {
      text += `(${part.items.length}`;
      for (let i = part.items.length - 1; i >= 0; i--) todo.push({ part: part.items[i] as Value });
    } else if (part instanceof KeyTable && part.isFrozen) {
      open.push({ table: part, outer: text, items: [], mayChange: false });
      text = '';
      todo.push('set');
      for (const key of part.keys) if (key !== undefined) todo.push('item', { part: key });
    } else {
      const written = simpleText(part);
      if (written === UNHASHABLE) return UNHASHABLE;
      if (written === NEEDS_FLOW) needsFlow = true;
      else text += written;
    }
    if (text.length > COMPOSITE_UNITS_MAX) throw raised(types.MemoryError);
  }
  return needsFlow ? NEEDS_FLOW : new Composite(text);
}

/** Whether what a part equals is its class's to say. */
function isObject(part: Value): boolean {
  return part instanceof HeapObject && !isComposite(part);
}

/** The same for a short tuple of ints and strs, as most are; undefined for any other. */
function flatKey({ items }: Tuple): Composite | undefined {
  if (items.length > FLAT_ITEMS_MAX) return undefined;
  let text = `(${items.length}`;
  for (const item of items) {
    if (typeof item === 'number') text += `n${item};`;
    else if (typeof item === 'string' && item.length < FLAT_UNITS_MAX) {
      text += `s${item.length}:${item}`;
    } else return undefined;
  }
  return new Composite(text);
}

/** The text of a part that has no parts. */
function simpleText(part: Value): string | typeof UNHASHABLE | typeof NEEDS_FLOW {
  if (part instanceof Bytes) return `b${part.bytes.length}:${unitsOf(part.bytes)}`;
  if (part instanceof Range) return rangeText(part);
  const key = hostKey(part);
  if (key === UNHASHABLE || key === NEEDS_FLOW) return key;
  if (typeof key === 'string') return `s${key.length}:${key}`;
  if (typeof key === 'number' || typeof key === 'bigint') return `n${key};`;
  if (key instanceof Composite) return key.text;
  return key === null ? 'N' : `o${serialOf(key)};`;
}

/** Ranges are equal if they have the same elements. */
function rangeText({ start, step, length }: Range): string {
  if (length === 0) return 'r0;';
  return length === 1 ? `r1,${start};` : `r${length},${start},${step};`;
}

/** One unit for each byte. In pieces: arguments of a host call are limited. */
function unitsOf(bytes: Uint8Array): string {
  let units = '';
  for (let from = 0; from < bytes.length; from += 4096) {
    units += String.fromCharCode(...bytes.subarray(from, from + 4096));
  }
  return units;
}

/** The type that makes a key unhashable: the key's own, or that of a part. */
export function unhashableType(key: Value): TypeObject {
  const todo: Value[] = [key];
  for (let part = todo.pop(); part !== undefined; part = todo.pop()) {
    const inner = part instanceof Instance ? (inheritedBase(part) ?? part) : part;
    if (inner instanceof Tuple) todo.push(...inner.items.toReversed());
    else if (!isComposite(inner) && hostKey(inner) === UNHASHABLE) return typeOf(part);
  }
  return typeOf(key);
}

/** Entries by hash, for flow code. Derived from keys; grows as it is asked. */
interface HashIndex {
  readonly positions: Map<Hash, number[]>;
  /** The hash under which a position stands in `positions` (D4). */
  readonly hashAt: (Hash | undefined)[];
  /** Positions added since the last look, whose hash is not known yet. */
  fresh: number[];
}

/** Where a key goes that comes from `from` and is the index-th; `keys` as filled so far. */
export type PlaceOf = (
  from: number,
  index: number,
  keys: readonly Slot[],
  key: Value,
  hash: Hash | undefined,
) => number;

/**
 * The part that dicts and sets share: keys by equality, in order of insertion.
 */
export abstract class KeyTable extends PagedObject {
  override get isUnhashable(): boolean {
    return !this.isFrozen;
  }

  /** A frozenset: it never changes, so it can be a key. */
  get isFrozen(): boolean {
    return false;
  }

  /** Entries in order; undefined where one was deleted. */
  keys: Slot[] = [];
  size = 0;
  /** Hashes of the keys that only flow code can compare, by position (D2). */
  flow: Map<number, Hash> | null = null;
  private hashed: HashIndex | null = null;
  private index: Map<HostKey, number> | null = null;
  private composites: Map<string, number> | null = null;
  /** The text of a frozenset as a part of a key, once it was written. */
  knownKey: string | null = null;

  /**
   * Position of a key, -1 if it is not there, NEEDS_FLOW if only flow code can
   * tell, UNHASHABLE if it can be no key.
   */
  find(key: Value): number | typeof UNHASHABLE | typeof NEEDS_FLOW {
    // Strs and ints first: they are nearly all keys of real programs.
    if (typeof key === 'string' || typeof key === 'number') {
      const at = this.index === null ? this.scan(key) : this.index.get(key);
      if (at !== undefined) return at;
      return this.flow === null ? -1 : NEEDS_FLOW;
    }
    const host = hostKey(key);
    if (typeof host === 'symbol') return host;
    const at =
      host instanceof Composite
        ? this.composites?.get(host.text)
        : this.index === null
          ? this.scan(host)
          : this.index.get(host);
    if (at !== undefined) return at;
    return this.flow === null ? -1 : NEEDS_FLOW;
  }

  /** Position of a key in a table without an index (D1). */
  private scan(host: HostKey): number | undefined {
    if (typeof host !== 'string') return undefined;
    const { keys } = this;
    for (let at = 0; at < keys.length; at++) if (keys[at] === host) return at;
    return undefined;
  }

  /** The index, made from now on. */
  private indexKeys(): Map<HostKey, number> {
    const index = new Map<HostKey, number>();
    for (const [at, key] of this.keys.entries()) if (typeof key === 'string') index.set(key, at);
    this.index = index;
    return index;
  }

  /** Positions of the entries with a hash, in the order they came; `hashOf` hashes host keys. */
  candidates(hash: Hash, hashOf: (key: Value) => Hash | undefined): readonly number[] {
    const index = (this.hashed ??= {
      positions: new Map(),
      hashAt: [],
      fresh: Array.from(this.keys.keys()),
    });
    for (const at of index.fresh) {
      const key = this.keys[at];
      if (key === undefined || index.hashAt[at] !== undefined) continue;
      const known = this.flow?.get(at) ?? hashOf(key);
      if (known === undefined) continue;
      index.hashAt[at] = known;
      const same = index.positions.get(known);
      if (same === undefined) index.positions.set(known, [at]);
      else same.push(at);
    }
    index.fresh = [];
    return index.positions.get(hash) ?? [];
  }

  /** Forget the hash of an entry that goes. */
  private dropHash(at: number): void {
    if (this.hashed === null) return;
    const { hashAt, positions } = this.hashed;
    const hash = hashAt[at];
    if (hash === undefined) return;
    hashAt[at] = undefined;
    const rest = positions.get(hash)?.filter((each) => each !== at) ?? [];
    if (rest.length === 0) positions.delete(hash);
    else positions.set(hash, rest);
  }

  /** Add a key that is not there; returns its position. A key without a host key brings a hash. */
  protected append(key: Value, hash?: Hash): number {
    if (this.keys.length > 32 && this.size * 2 < this.keys.length) this.compact();
    const at = this.keys.length;
    this.put(at, key, hash);
    return at;
  }

  /** Write a new key to a position that has none. */
  protected put(at: number, key: Value, hash: Hash | undefined): void {
    this.keys[at] = key;
    this.size++;
    if (!this.note(key, at)) (this.flow ??= new Map()).set(at, hash ?? 0);
    this.hashed?.fresh.push(at);
    this.touchAt(at);
  }

  /** Enter a key into the index; false if only flow code can compare it. */
  private note(key: Value, at: number): boolean {
    const host = hostKey(key);
    if (typeof host === 'symbol') return false;
    if (host instanceof Composite) (this.composites ??= new Map()).set(host.text, at);
    else if (this.index !== null) this.index.set(host, at);
    else if (typeof key !== 'string' || this.keys.length > FEW_KEYS) {
      this.indexKeys().set(host, at);
    }
    return true;
  }

  /** Take the entry at a position out. */
  removeAt(at: number): void {
    const key = this.keys[at];
    if (key === undefined) return;
    if (this.flow?.delete(at) === true) {
      if (this.flow.size === 0) this.flow = null;
    } else {
      const host = hostKey(key);
      if (host instanceof Composite) this.composites?.delete(host.text);
      else if (typeof host !== 'symbol') this.index?.delete(host);
    }
    this.dropHash(at);
    this.size--;
    this.keys[at] = undefined;
    this.dropValue(at);
    this.closeHole(at);
  }

  /** A key has gone. Trailing holes go too, so a stack made of a dict stays small. */
  protected closeHole(at: number): void {
    if (at < this.keys.length - 1) {
      this.touchAt(at);
      return;
    }
    let length = at;
    while (length > 0 && this.keys[length - 1] === undefined) length--;
    this.keys.length = length;
    this.cutValues(length);
    this.touchFrom(length);
  }

  /** For a table with values: forget the one at a position. */
  protected dropValue(_at: number): void {}

  /** For a table with values: move the one at a position. */
  protected moveValue(_from: number, _to: number): void {}

  protected cutValues(_length: number): void {}

  /** Close the holes. */
  private compact(): void {
    let to = 0;
    const { flow } = this;
    if (flow !== null) this.flow = new Map();
    for (let from = 0; from < this.keys.length; from++) {
      const key = this.keys[from];
      if (key === undefined) continue;
      const hash = flow?.get(from);
      if (hash !== undefined) this.flow?.set(to, hash);
      if (from !== to) {
        this.keys[to] = key;
        this.moveValue(from, to);
        if (hash === undefined) this.note(key, to);
      }
      to++;
    }
    this.keys.length = to;
    this.cutValues(to);
    this.hashed = null;
    this.touchAll();
  }

  clear(): void {
    this.keys = [];
    this.size = 0;
    this.flow = null;
    this.hashed = null;
    this.index = null;
    this.composites = null;
    this.cutValues(0);
    this.touchAll();
  }

  /**
   * Take the entries of a decoded snapshot as they are, holes included, and D2's hashes.
   *
   * @returns false if they are no entries of one table: two equal keys, or one that is no key
   */
  restoreKeys(keys: Slot[], flow: ReadonlyMap<number, Hash> | null = null): boolean {
    this.keys = keys;
    this.size = 0;
    this.index = null;
    this.composites = null;
    this.hashed = null;
    this.flow = flow === null || flow.size === 0 ? null : new Map(flow);
    for (const [at, key] of keys.entries()) {
      if (key === undefined) continue;
      this.size++;
      if (this.flow?.has(at) === true || this.note(key, at)) continue;
      // Its class has got an __eq__ or __hash__ since it became a key. It stays under what it was.
      if (unhashableType(key).isBuiltin && hostKey(key) === UNHASHABLE) return false;
      (this.index ?? this.indexKeys()).set(formerKey(key), at);
    }
    return this.indexed + (this.flow === null ? 0 : this.flow.size) === this.size;
  }

  /** Entries with a host key. */
  private get indexed(): number {
    const strs = (): Slot[] => this.keys.filter((key) => typeof key === 'string');
    const indexed = this.index === null ? new Set(strs()).size : this.index.size;
    return indexed + (this.composites?.size ?? 0);
  }

  /** Take the keys of another table, in order and without its holes; this one is empty. */
  protected takeKeys(from: KeyTable): void {
    this.arrange(from, from.size, (_from, index) => index);
  }

  /**
   * Give every key a place in a new table of a length (holes where none is put).
   * `from` is this table, or another one while this one is empty.
   */
  protected arrange(from: KeyTable, length: number, placeOf: PlaceOf): void {
    const { flow, keys: before } = from;
    this.keys = Array.from<Slot>({ length }).fill(undefined);
    this.flow = null;
    this.hashed = null;
    let index = 0;
    for (let at = 0; at < before.length; at++) {
      const key = before[at];
      if (key === undefined) continue;
      const hash = flow?.get(at);
      const to = placeOf(at, index++, this.keys, key, hash);
      this.keys[to] = key;
      if (hash === undefined) this.note(key, to);
      else (this.flow ??= new Map()).set(to, hash);
    }
    this.size = index;
    this.touchAll();
  }
}
