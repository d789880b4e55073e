// Sets and frozensets: a key table and nothing else, in CPython's order.
//
// The order of a set is no accident to a program that prints one: {3, 1, 2} is
// written {1, 2, 3}, because CPython's hash of an int is the int. So as long as
// all elements have a hash that is the same in every run of CPython (numbers,
// tuples of them, whatever a __hash__ in flow says), `keys` is laid out as
// CPython's hash table would be, slot for slot:
//
//     {9, 1, 2}   keys [─, 9, 2, ─, ─, ─, 1, ─]      9 % 8 = 1; 1 is taken, and goes to 6
//
// The first element whose hash CPython draws anew for each run (a str, None, an
// object compared by identity) ends that: any order is right then, and the set
// keeps the order of insertion from there on, as a dict does.
//
// Invariants:
//
//   Z1. While `tabular`, keys has mask + 1 slots (none at all while fill is 0),
//       and fill is size plus the slots in `dead`.
//   Z2. dead has the slots whose element was removed since the table was laid
//       out. Probing goes on past them, and fills the last one it met.
//   Z3. mask, fill, finger and dead are as CPython 3.11 (Objects/setobject.c)
//       has them after the same operations, while dead has at most DEAD_MAX slots.

import type { TypeObject } from './type.ts';
import { types } from './types.ts';
import { Range, Tuple } from './collections.ts';
import { Complex, isNanComplex } from './complex.ts';
import { hashOfSet, hashOfTuple } from './hash-mix.ts';
import { hashComplex, hashFloat, hashInt } from './hash.ts';
import { KeyTable, type Hash, type NEEDS_FLOW, type UNHASHABLE } from './keys.ts';
import { keepsMethod } from './plain.ts';
import { DeadSlots, freeSlot, Probe } from './set-table.ts';
import { Instance } from './type.ts';
import { Float, type Slot, type Value } from './value.ts';

/** Slots of a new table. */
const TABLE_MIN = 8;
/** Elements above which a table grows by 2 instead of 4. */
const LARGE = 50_000;
/**
 * Dead slots are saved with every commit of the set, so their number is
 * bounded. CPython's is not: beyond this, our order may be another.
 */
const DEAD_MAX = 4_096;

/** What a snapshot saves of a set's layout: tabular, mask, fill, finger, dead slots in order. */
export type SetLayout = readonly number[];

export class SetObject extends KeyTable {
  override get type(): TypeObject {
    return this.frozen ? types.frozenset : types.set;
  }

  private readonly frozen: boolean;
  private tabular = true;
  private mask = TABLE_MIN - 1;
  private fill = 0;
  /** Where pop() looks first, while `tabular`; else 0. */
  private finger = 0;
  private dead: DeadSlots | null = null;
  /** Of a frozenset, once it was asked for and can never change: hash.ts, and below. */
  knownHash: Hash | null = null;
  knownStable: Stable | null = null;

  constructor(frozen = false) {
    super();
    this.frozen = frozen;
  }

  override get isFrozen(): boolean {
    return this.frozen;
  }

  /** Add an element; returns false, or why it cannot be done here. */
  add(item: Value): false | typeof UNHASHABLE | typeof NEEDS_FLOW {
    const at = this.find(item);
    if (typeof at !== 'number') return at;
    if (at < 0) this.append(item);
    return false;
  }

  /** Add an element that is not there (the caller has looked); its hash as in Dict.add(). */
  addNew(item: Value, hash?: Hash): void {
    this.append(item, hash);
  }

  /** In the order in which CPython would compare them. */
  override candidates(hash: Hash, hashOf: (key: Value) => Hash | undefined): readonly number[] {
    const found = super.candidates(hash, hashOf);
    if (!this.tabular || found.length < 2) return found;
    const left = new Set(found);
    const ordered: number[] = [];
    const probe = new Probe(this.mask, hash);
    // Every slot is tried sooner or later, so none is left out.
    for (let slot = probe.slot; left.size > 0; slot = probe.next()) {
      if (left.delete(slot)) ordered.push(slot);
    }
    return ordered;
  }

  protected override append(key: Value, hash?: Hash): number {
    if (!this.tabular) return super.append(key, hash);
    const known = hash ?? stableHash(key);
    if (known === undefined) {
      this.keepInsertionOrder();
      return super.append(key, hash);
    }
    if (this.keys.length === 0) {
      this.keys = Array.from<Slot>({ length: this.mask + 1 }).fill(undefined);
      this.touchAll();
    }
    const at = freeSlot(this.keys, this.dead, known);
    this.put(at, key, hash);
    // A slot that was dead had been counted already.
    if (this.dead?.fill(at) === true) return at;
    this.fill++;
    if (this.fill * 5 >= this.mask * 3) this.resize(this.size * (this.size > LARGE ? 2 : 4));
    return at;
  }

  protected override closeHole(at: number): void {
    if (!this.tabular) {
      super.closeHole(at);
      return;
    }
    this.touchAt(at);
    this.dead ??= new DeadSlots(this.mask + 1);
    this.dead.add(at);
    if (this.dead.size > DEAD_MAX) this.layOut(this.mask + 1);
  }

  /** After many removals: lay the table out anew if a quarter of it is dead. */
  sweep(): void {
    if (!this.tabular || this.fill - this.size <= Math.floor(this.mask / 4)) return;
    this.resize(this.size * (this.size > LARGE ? 2 : 4));
  }

  /** set_table_resize(): room for some elements. */
  private resize(elements: number): void {
    let slots = TABLE_MIN;
    while (slots <= elements) slots *= 2;
    if (slots === TABLE_MIN && this.mask === TABLE_MIN - 1 && this.fill === this.size) return;
    this.layOut(slots);
  }

  private layOut(slots: number): void {
    this.mask = slots - 1;
    this.dead = null;
    this.fill = this.size;
    if (this.size > 0) this.arrange(this, slots, placeInTable);
    else {
      this.keys = [];
      this.touchAll();
    }
  }

  private keepInsertionOrder(): void {
    this.tabular = false;
    this.dead = null;
    this.finger = 0;
    this.takeKeys(this);
  }

  override clear(): void {
    super.clear();
    this.tabular = true;
    this.mask = TABLE_MIN - 1;
    this.fill = 0;
    this.dead = null;
  }

  /** Make room for the elements of another collection, as CPython does before it adds them. */
  makeRoom(count: number): void {
    if (!this.tabular) return;
    if ((this.fill + count) * 5 >= this.mask * 3) this.resize((this.size + count) * 2);
  }

  /**
   * Add the elements of another set. Ours are none, or the keys of both are
   * such that the host can compare them (`flow` of both is null).
   */
  merge(other: SetObject): void {
    if (other === this || other.size === 0) return;
    if (other.tabular) this.makeRoom(other.size);
    if (this.size > 0 || this.fill > 0 || !this.tabular) {
      for (let at = 0; at < other.keys.length; at++) {
        const key = other.keys[at];
        if (key === undefined) continue;
        if (this.size > 0) this.add(key);
        else this.append(key, other.flow?.get(at));
      }
      return;
    }
    if (!other.tabular) {
      this.tabular = false;
      this.finger = 0;
      this.takeKeys(other);
      return;
    }
    this.fill = other.size;
    if (this.mask === other.mask && other.fill === other.size) {
      this.arrange(other, other.keys.length, (from) => from);
    } else this.arrange(other, this.mask + 1, placeInTable);
  }

  /** A set or frozenset with the same elements. */
  copy(frozen: boolean): SetObject {
    const copy = new SetObject(frozen);
    copy.merge(this);
    return copy;
  }

  /** Take the elements and the layout of another set, which is given up. */
  become(other: SetObject): void {
    const { finger } = this;
    this.restoreKeys(other.keys, other.flow, other.layout());
    if (this.tabular) this.finger = finger;
    this.touchAll();
  }

  /** Take an element out, the one CPython would; undefined if there is none. */
  pop(): Slot {
    if (this.size === 0) return undefined;
    if (!this.tabular) {
      // The last one is never a hole.
      const last = this.keys.length - 1;
      const key = this.keys[last];
      this.removeAt(last);
      return key;
    }
    let at = this.finger & this.mask;
    while (this.keys[at] === undefined) at = at + 1 < this.keys.length ? at + 1 : 0;
    const key = this.keys[at];
    this.removeAt(at);
    this.finger = at + 1;
    return key;
  }

  layout(): SetLayout {
    const dead = this.dead?.inOrder() ?? [];
    return [this.tabular ? 1 : 0, this.mask, this.fill, this.finger, ...dead];
  }

  override restoreKeys(
    keys: Slot[],
    flow: ReadonlyMap<number, Hash> | null = null,
    layout: SetLayout | null = null,
  ): boolean {
    const isTable = super.restoreKeys(keys, flow);
    const sound = layout !== null && isSetLayout(layout, keys) ? layout : [0];
    const [tabular, mask = TABLE_MIN - 1, fill = 0, finger = 0, ...dead] = sound;
    this.tabular = tabular === 1;
    this.mask = mask;
    this.fill = fill;
    this.finger = this.tabular ? finger : 0;
    this.dead = dead.length === 0 ? null : new DeadSlots(mask + 1, dead);
    return isTable;
  }

  /** Elements in order, as they are now. */
  *items(): IterableIterator<Value> {
    for (const item of this.keys) if (item !== undefined) yield item;
  }
}

/**
 * Whether a decoded layout fits its keys (Z1, Z2). One that does not could make
 * probing go on for ever; restoreKeys() takes such keys in insertion order.
 */
export function isSetLayout(layout: SetLayout, keys: readonly Slot[]): boolean {
  if (!layout.every((each) => Number.isSafeInteger(each) && each >= 0)) return false;
  const [tabular, mask = 0, fill = 0, finger = 0, ...dead] = layout;
  if (tabular === 0) return dead.length === 0 && finger <= keys.length;
  const slots = mask + 1;
  if (tabular !== 1 || slots < TABLE_MIN || slots > 2 ** 30 || (slots & mask) !== 0) return false;
  if (finger > 2 ** 31 || fill * 5 >= mask * 3) return false;
  if (keys.length !== (fill === 0 ? 0 : slots) && keys.length !== slots) return false;
  if (dead.some((slot, i) => slot >= slots || keys[slot] !== undefined || slot === dead[i - 1])) {
    return false;
  }
  const live = keys.reduce<number>((count, key) => count + (key === undefined ? 0 : 1), 0);
  return live + dead.length === fill && new Set(dead).size === dead.length;
}

function placeInTable(
  _from: number,
  _index: number,
  keys: readonly Slot[],
  key: Value,
  hash: Hash | undefined,
): number {
  return freeSlot(keys, null, hash ?? stableHash(key) ?? 0);
}

/** Tuples inside tuples that are looked into for a hash; deeper ones have none that counts. */
const STABLE_DEPTH_MAX = 8;

/** The stable hash of a frozenset, and how deep it was looked into: it is the same at each look. */
interface Stable {
  readonly hash: Hash;
  readonly depth: number;
}

/** The hash of an element that is the same in every run of CPython; else undefined. */
function stableHash(key: Value, depth = 0): Hash | undefined {
  if (typeof key === 'number' || typeof key === 'bigint') return hashInt(key);
  if (typeof key === 'boolean') return key ? 1 : 0;
  if (key instanceof Float) return Number.isNaN(key.value) ? undefined : hashFloat(key.value);
  if (key instanceof Complex) return isNanComplex(key) ? undefined : hashComplex(key);
  if (depth > STABLE_DEPTH_MAX) return undefined;
  if (key instanceof Tuple) {
    const hashes = stableHashes(key.items, depth);
    return hashes && hashOfTuple(hashes);
  }
  if (key instanceof SetObject && key.isFrozen) {
    const known = key.knownStable ?? (key.knownStable = stableOf(key, depth));
    return known === null || depth + known.depth > STABLE_DEPTH_MAX ? undefined : known.hash;
  }
  if (key instanceof Range && key.length > 1) {
    const { length, start, step } = key;
    return hashOfTuple([hashInt(length), hashInt(start), hashInt(step)]);
  }
  if (key instanceof Instance && key.base !== undefined && keepsMethod(key, '__hash__')) {
    return stableHash(key.base, depth);
  }
  return undefined;
}

function stableOf(set: SetObject, depth: number): Stable | null {
  const items = [...set.items()];
  const hashes = stableHashes(items, depth);
  if (hashes === undefined) return null;
  return { hash: hashOfSet(hashes), depth: deepest(items) };
}

const deepest = (items: readonly Value[]): number =>
  items.reduce<number>((most, item) => Math.max(most, depthOf(item)), 0);

/** How many containers deep a value is that has a stable hash. */
function depthOf(value: Value): number {
  if (value instanceof Tuple) return 1 + deepest(value.items);
  if (value instanceof SetObject) return 1 + (value.knownStable?.depth ?? 0);
  return value instanceof Instance && value.base !== undefined ? depthOf(value.base) : 0;
}

function stableHashes(items: readonly Value[], depth: number): Hash[] | undefined {
  const hashes: Hash[] = [];
  for (const item of items) {
    const hash = stableHash(item, depth + 1);
    if (hash === undefined) return undefined;
    hashes.push(hash);
  }
  return hashes;
}
