// Iterators that need no flow code: a source, a position, a kind.

import type { Dict } from './dict.ts';
import type { List, Range, Tuple, Bytes, ByteArray } from './collections.ts';
import { HeapObject } from './heap.ts';
import { INDEX_MAX } from './limits.ts';
import type { SetObject } from './set.ts';
import type { TypeObject } from './type.ts';
import { types, type TypeName } from './types.ts';
import type { Value } from './value.ts';

/** Numbers are on disk: written out, never reused. */
export const ITERATOR_KINDS = {
  list: [1, 'list_iterator'],
  listReverse: [2, 'list_reverseiterator'],
  tuple: [3, 'tuple_iterator'],
  str: [4, 'str_iterator'],
  bytes: [5, 'bytes_iterator'],
  range: [6, 'range_iterator'],
  dictKeys: [7, 'dict_keyiterator'],
  dictValues: [8, 'dict_valueiterator'],
  dictItems: [9, 'dict_itemiterator'],
  set: [10, 'set_iterator'],
  enumerate: [11, 'enumerate'],
  zip: [12, 'zip'],
  reversed: [13, 'reversed'],
  dictKeysReverse: [14, 'dict_reversekeyiterator'],
  dictValuesReverse: [15, 'dict_reversevalueiterator'],
  dictItemsReverse: [16, 'dict_reverseitemiterator'],
  byteArray: [17, 'bytearray_iterator'],
} as const satisfies Readonly<Record<string, readonly [number, TypeName]>>;

/** Those over a dict. */
export const DICT_KINDS: ReadonlySet<number> = new Set(
  Object.entries(ITERATOR_KINDS).flatMap(([name, [kind]]) =>
    name.startsWith('dict') ? [kind] : [],
  ),
);

export type IteratorKind = (typeof ITERATOR_KINDS)[keyof typeof ITERATOR_KINDS][0];

/**
 * What an iterator goes over; an exhausted one has let go of it, unless it is a str or a range (see
 * type).
 */
export type IteratorSource =
  | List
  | Tuple
  | Range
  | Bytes
  | ByteArray
  | Dict
  | SetObject
  | string
  | null;

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return false;
  return true;
}

const isHuge = (each: number | bigint): boolean => each > INDEX_MAX || each < -INDEX_MAX - 1n;

/** Whether a part of the range does not fit into one of C's ints. */
export function hasLong({ start, stop, step }: Range): boolean {
  return isHuge(start) || isHuge(stop) || isHuge(step);
}

/** Whether CPython counts the range in Python's ints, not in C's, which must hold the end, too. */
function isLong(range: Range): boolean {
  const { stop, step, length } = range;
  if (hasLong(range) || isHuge(length)) return true;
  const last = BigInt(stop) + BigInt(step);
  return length > 0 && isHuge(step > 0 ? last - 1n : last + 1n);
}

/**
 * kind             source              index                 extra
 * list … set       what is gone over   next position         size at the start (dict, set)
 * dict             the dict            next position         the same; `left` counts down from it
 * str              the str             next UTF-16 unit      -
 * range            the range           next index            true: it reverses a long range
 * enumerate        null                next count            the inner NativeIterator
 * zip              null                0                     a Tuple of NativeIterators
 */
export class NativeIterator extends HeapObject {
  readonly kind: IteratorKind;
  source: IteratorSource;
  index: number | bigint;
  extra: Value;
  /** Of a dict: elements still to come, unless its keys change. */
  left: number;

  constructor(kind: IteratorKind, source: IteratorSource, index: number | bigint, extra: Value) {
    super();
    this.kind = kind;
    this.source = source;
    this.index = index;
    this.extra = extra;
    this.left = typeof extra === 'number' ? extra : 0;
  }

  override get type(): TypeObject {
    if (typeof this.source === 'string') {
      return isAscii(this.source) ? types.str_ascii_iterator : types.str_iterator;
    }
    if (this.kind === ITERATOR_KINDS.range[0] && this.source !== null && 'step' in this.source) {
      return this.extra === true || isLong(this.source)
        ? types.longrange_iterator
        : types.range_iterator;
    }
    const row = Object.values(ITERATOR_KINDS).find(([kind]) => kind === this.kind);
    return types[row?.[1] ?? 'list_iterator'];
  }
}

/** A view of a dict: keys(), values() or items(). */
export class DictView extends HeapObject {
  readonly kind: 'keys' | 'values' | 'items';
  readonly dict: Dict;

  constructor(kind: 'keys' | 'values' | 'items', dict: Dict) {
    super();
    this.kind = kind;
    this.dict = dict;
  }

  override get type(): TypeObject {
    return types[`dict_${this.kind}`];
  }

  override get isUnhashable(): boolean {
    return this.kind !== 'values';
  }
}
