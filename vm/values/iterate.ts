// Iterating over builtins, without flow code.
//
// Positions, never host iterators: an iterator is data, so that a run can stop
// in the middle of a loop and go on elsewhere.

import { ByteArray, Bytes, List, Range, Tuple } from './collections.ts';
import { Dict } from './dict.ts';
import { overflowError, raised } from './exception.ts';
import { DictView, ITERATOR_KINDS, NativeIterator, type IteratorKind } from './iterator.ts';
import { GATHERED_BYTES_MAX, INDEX_MAX, ITEMS_MAX, memoryError } from './limits.ts';
import { SetObject } from './set.ts';
import { types } from './types.ts';
import { integer, type Slot, type Value } from './value.ts';

const KIND = Object.fromEntries(
  Object.entries(ITERATOR_KINDS).map(([name, [kind]]) => [name, kind]),
) as { readonly [N in keyof typeof ITERATOR_KINDS]: (typeof ITERATOR_KINDS)[N][0] };

/** iter(x), for what the host can go over; undefined for anything else. */
export function iteratorOf(x: Value): NativeIterator | undefined {
  if (x instanceof NativeIterator) return x;
  if (x instanceof List) return new NativeIterator(KIND.list, x, 0, null);
  if (x instanceof Tuple) return new NativeIterator(KIND.tuple, x, 0, null);
  if (x instanceof Range) return new NativeIterator(KIND.range, x, 0, null);
  if (typeof x === 'string') return new NativeIterator(KIND.str, x, 0, null);
  if (x instanceof Dict) return new NativeIterator(KIND.dictKeys, x, 0, x.size);
  if (x instanceof SetObject) return new NativeIterator(KIND.set, x, 0, x.size);
  if (x instanceof DictView) return new NativeIterator(VIEW_KINDS[x.kind], x.dict, 0, x.dict.size);
  if (x instanceof Bytes) return new NativeIterator(KIND.bytes, x, 0, null);
  if (x instanceof ByteArray) return new NativeIterator(KIND.byteArray, x, 0, null);
  return undefined;
}

const VIEW_KINDS = { keys: KIND.dictKeys, values: KIND.dictValues, items: KIND.dictItems } as const;

/** The next element; undefined at the end, and from then on. */
export function advance(it: NativeIterator): Slot {
  const { source } = it;
  switch (it.kind) {
    case KIND.list:
    case KIND.tuple: {
      if (!(source instanceof List || source instanceof Tuple)) return undefined;
      const i = it.index as number;
      if (i >= source.items.length) return finish(it);
      it.index = i + 1;
      it.touch();
      return source.items[i];
    }
    case KIND.listReverse: {
      if (!(source instanceof List)) return undefined;
      const i = it.index as number;
      // The list may have become shorter since.
      if (i < 0 || i >= source.items.length) return finish(it);
      it.index = i - 1;
      it.touch();
      return source.items[i];
    }
    case KIND.range:
      return source instanceof Range ? advanceRange(it, source) : undefined;
    case KIND.str:
      return typeof source === 'string' ? advanceText(it, source) : undefined;
    case KIND.bytes:
    case KIND.byteArray: {
      if (!(source instanceof Bytes || source instanceof ByteArray)) return undefined;
      const i = it.index as number;
      if (i >= source.bytes.length) return finish(it);
      it.index = i + 1;
      it.touch();
      return source.bytes[i];
    }
    case KIND.dictKeys:
    case KIND.dictValues:
    case KIND.dictItems:
      return source instanceof Dict ? advanceDict(it, source) : undefined;
    case KIND.dictKeysReverse:
    case KIND.dictValuesReverse:
    case KIND.dictItemsReverse:
      return source instanceof Dict ? retreatDict(it, source) : undefined;
    case KIND.set:
      return source instanceof SetObject ? advanceSet(it, source) : undefined;
    case KIND.enumerate:
      return advanceEnumerate(it);
    case KIND.zip:
      return advanceZip(it);
    case KIND.reversed: {
      if (!(source instanceof Tuple)) return undefined;
      const i = it.index as number;
      if (i < 0) return finish(it);
      it.index = i - 1;
      it.touch();
      return source.items[i];
    }
  }
}

function finish(it: NativeIterator): undefined {
  it.source = null;
  it.touch();
  return undefined;
}

/** It keeps its range to the end, which says what its type is. */
function advanceRange(it: NativeIterator, range: Range): Slot {
  const i = it.index;
  if (i >= range.length) return undefined;
  it.touch();
  if (typeof i === 'number' && typeof range.start === 'number' && typeof range.step === 'number') {
    const value = range.start + i * range.step;
    if (Number.isSafeInteger(value)) {
      it.index = i + 1;
      return value;
    }
  }
  it.index = integer(BigInt(i) + 1n);
  return integer(BigInt(range.start) + BigInt(i) * BigInt(range.step));
}

function advanceText(it: NativeIterator, text: string): Slot {
  const i = it.index as number;
  // The type of the iterator is told by the text: it stays.
  if (i >= text.length) return undefined;
  const point = text.codePointAt(i) ?? 0;
  const width = point > 0xffff ? 2 : 1;
  it.index = i + width;
  it.touch();
  return width === 1 ? text.charAt(i) : text.slice(i, i + 2);
}

function pick(it: NativeIterator, dict: Dict, at: number): Value {
  const key = dict.keys[at] as Value;
  if (it.kind === KIND.dictKeys || it.kind === KIND.dictKeysReverse) return key;
  const value = dict.values[at] as Value;
  if (it.kind === KIND.dictValues || it.kind === KIND.dictValuesReverse) return value;
  return new Tuple([key, value]);
}

function advanceDict(it: NativeIterator, dict: Dict): Slot {
  if (it.extra !== dict.size) throw changed(it, 'dictionary changed size during iteration');
  let i = it.index as number;
  while (i < dict.keys.length && dict.keys[i] === undefined) i++;
  if (i >= dict.keys.length) return finish(it);
  if (it.left === 0) {
    // As many as there were at the start have come: this key took the place of another.
    finish(it);
    throw raised(types.RuntimeError, 'dictionary keys changed during iteration');
  }
  it.left--;
  it.index = i + 1;
  it.touch();
  return pick(it, dict, i);
}

function retreatDict(it: NativeIterator, dict: Dict): Slot {
  if (it.extra !== dict.size) throw changed(it, 'dictionary changed size during iteration');
  let i = Math.min(it.index as number, dict.keys.length - 1);
  while (i >= 0 && dict.keys[i] === undefined) i--;
  if (i < 0) return finish(it);
  if (it.left > 0) it.left--;
  it.index = i - 1;
  it.touch();
  return pick(it, dict, i);
}

function advanceSet(it: NativeIterator, set: SetObject): Slot {
  if (it.extra !== set.size) throw changed(it, 'Set changed size during iteration');
  let i = it.index as number;
  while (i < set.keys.length && set.keys[i] === undefined) i++;
  if (i >= set.keys.length) return finish(it);
  it.index = i + 1;
  it.touch();
  return set.keys[i];
}

function changed(it: NativeIterator, text: string): Error {
  // CPython: an iterator that has seen the change goes on saying so.
  it.extra = -1;
  it.touch();
  return raised(types.RuntimeError, text);
}

function advanceEnumerate(it: NativeIterator): Slot {
  if (!(it.extra instanceof NativeIterator)) return undefined;
  const value = advance(it.extra);
  if (value === undefined) return undefined;
  const count = it.index;
  it.index =
    typeof count === 'number' && count < Number.MAX_SAFE_INTEGER
      ? count + 1
      : integer(BigInt(count) + 1n);
  it.touch();
  return new Tuple([count, value]);
}

function advanceZip(it: NativeIterator): Slot {
  if (!(it.extra instanceof Tuple)) return undefined;
  const row: Value[] = [];
  for (const inner of it.extra.items) {
    const value = inner instanceof NativeIterator ? advance(inner) : undefined;
    if (value === undefined) return undefined;
    row.push(value);
  }
  return row.length === 0 ? undefined : new Tuple(row);
}

/** A new iterator of a kind, for the natives that make them. */
export function makeIterator(
  kind: IteratorKind,
  source: NativeIterator['source'],
  index: number | bigint,
  extra: Value,
): NativeIterator {
  return new NativeIterator(kind, source, index, extra);
}

/**
 * Every element of a builtin collection or iterator (which is used up), as an
 * array; undefined where flow code would have to run.
 */
export function drain(x: Value): Value[] | undefined {
  if (x instanceof List || x instanceof Tuple) return [...x.items];
  if (x instanceof SetObject || x instanceof Dict) {
    return x.keys.filter((key): key is Value => key !== undefined);
  }
  const it = iteratorOf(x);
  if (it === undefined) return undefined;
  const most = roomFor(it);
  if (x instanceof Range) checkRoom(x.length);
  else if (hasMore(it, most)) throw memoryError();
  const items: Value[] = [];
  for (let item = advance(it); item !== undefined; item = advance(it)) {
    if (items.length >= most) throw memoryError();
    items.push(item);
  }
  return items;
}

/** How many elements of an iterator may be gathered: the tuples that it makes take room, too. */
function roomFor(it: NativeIterator): number {
  const made = bytesMade(it);
  return made === 0 ? ITEMS_MAX : Math.floor(GATHERED_BYTES_MAX / made);
}

/** What an iterator makes for one element, by V8's measures. */
function bytesMade(it: Value): number {
  if (!(it instanceof NativeIterator)) return 0;
  const { kind, extra } = it;
  if (kind === KIND.dictItems || kind === KIND.dictItemsReverse) return PAIR_BYTES;
  if (kind === KIND.enumerate) return PAIR_BYTES + bytesMade(extra);
  if (kind !== KIND.zip || !(extra instanceof Tuple)) return 0;
  return extra.items.reduce(
    (sum: number, inner) => sum + SLOT_BYTES + bytesMade(inner),
    TUPLE_BYTES,
  );
}

const SLOT_BYTES = 8;
const TUPLE_BYTES = 96;
const PAIR_BYTES = TUPLE_BYTES + 2 * SLOT_BYTES;

/**
 * Whether a range has more for an iterator than can be gathered, which is seen before room is tried
 * for it: the host would have no more for anything. Of a zip the shortest counts.
 */
function hasMore({ source, index, extra }: NativeIterator, most: number): boolean {
  if (source instanceof Range) return BigInt(source.length) - BigInt(index) > most;
  const inner = extra instanceof Tuple ? extra.items : [extra];
  const isLong = (each: Value): boolean => each instanceof NativeIterator && hasMore(each, most);
  return inner.length > 0 && inner.every(isLong);
}

/** What CPython says when it makes room for so many elements, before it takes the first. */
export function checkRoom(length: number | bigint): void {
  if (length > INDEX_MAX) {
    throw overflowError('Python int too large to convert to C ssize_t');
  }
  if (length > ITEMS_MAX) throw memoryError();
}
