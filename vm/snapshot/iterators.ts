// What an iterator of a kind may hold: the table of iterator.ts, as a check.

import { ByteArray, Bytes, List, Range, Tuple } from '../values/collections.ts';
import { Dict } from '../values/dict.ts';
import { ITERATOR_KINDS, NativeIterator, type IteratorKind } from '../values/iterator.ts';
import { SetObject } from '../values/set.ts';
import type { Value } from '../values/value.ts';

type Is = (value: Value) => boolean;

const isList: Is = (x) => x instanceof List;
const isTuple: Is = (x) => x instanceof Tuple;
const isDict: Is = (x) => x instanceof Dict;
const isNone: Is = (x) => x === null;
const isNumber: Is = (x) => typeof x === 'number';

interface Row {
  /** What is gone over, unless the iterator is at its end. */
  readonly source: Is;
  readonly extra: Is;
  /** Least position; null where any int will do. */
  readonly least: number | null;
}

const ROWS: Readonly<Record<keyof typeof ITERATOR_KINDS, Row>> = {
  list: { source: isList, extra: isNone, least: 0 },
  listReverse: { source: isList, extra: isNone, least: -1 },
  tuple: { source: isTuple, extra: isNone, least: 0 },
  str: { source: (x) => typeof x === 'string', extra: isNone, least: 0 },
  bytes: {
    source: (x) => x instanceof Bytes || x instanceof ByteArray,
    extra: isNone,
    least: 0,
  },
  range: { source: (x) => x instanceof Range, extra: (x) => x === null || x === true, least: null },
  dictKeys: { source: isDict, extra: isNumber, least: 0 },
  dictValues: { source: isDict, extra: isNumber, least: 0 },
  dictItems: { source: isDict, extra: isNumber, least: 0 },
  set: { source: (x) => x instanceof SetObject, extra: isNumber, least: 0 },
  enumerate: { source: isNone, extra: (x) => x instanceof NativeIterator, least: null },
  zip: { source: isNone, extra: isTuple, least: 0 },
  reversed: { source: isTuple, extra: isNone, least: -1 },
  dictKeysReverse: { source: isDict, extra: isNumber, least: -1 },
  dictValuesReverse: { source: isDict, extra: isNumber, least: -1 },
  dictItemsReverse: { source: isDict, extra: isNumber, least: -1 },
  byteArray: { source: (x) => x instanceof ByteArray, extra: isNone, least: 0 },
};

const BY_KIND: ReadonlyMap<IteratorKind, Row> = new Map(
  (Object.keys(ITERATOR_KINDS) as (keyof typeof ITERATOR_KINDS)[]).map((name) => [
    ITERATOR_KINDS[name][0],
    ROWS[name],
  ]),
);

/** What is wrong with an iterator's fields; null if nothing is. */
export function checkIterator(
  kind: IteratorKind,
  source: Value,
  index: number | bigint,
  extra: Value,
): string | null {
  const row = BY_KIND.get(kind);
  if (row === undefined) return 'it is of no kind';
  if (source !== null && !row.source(source)) return 'it goes over what it cannot';
  if (!row.extra(extra)) return 'it keeps what it cannot';
  if (row.least !== null && (typeof index !== 'number' || index < row.least)) {
    return 'its position is no position';
  }
  return null;
}
