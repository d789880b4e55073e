// + and * of strs, lists, tuples and bytes.

import { ByteArray, Bytes, List, Tuple } from './collections.ts';
import { overflowError, typeError } from './exception.ts';
import { NEEDS_FLOW } from './keys.ts';
import { BYTES_MAX, INDEX_MAX, ITEMS_MAX, memoryError, TEXT_UNITS_MAX } from './limits.ts';
import { anyBytes } from './memory.ts';
import { hasMethod, intOf, isIndexSized, plain, typeName, unsized } from './plain.ts';
import { Instance } from './type.ts';
import { types } from './types.ts';
import type { Value } from './value.ts';

type Sequence = string | List | Tuple | Bytes | ByteArray;

function isSequence(value: Value): value is Sequence {
  return (
    typeof value === 'string' ||
    value instanceof List ||
    value instanceof Tuple ||
    value instanceof Bytes ||
    value instanceof ByteArray
  );
}

/**
 * a op b where one of them is a sequence; undefined if neither is, or there is no such operator.
 * The machine asks this last, after the dunder methods of both have declined.
 */
export function binarySequence(
  op: '+' | '*',
  a: Value,
  b: Value,
): Value | undefined | typeof NEEDS_FLOW {
  if (op === '+') return isSequence(a) ? concat(a, b) : undefined;
  if (isSequence(a)) return repeat(a, b);
  return isSequence(b) ? repeat(b, a) : undefined;
}

/** a + b. The right side may be an instance of a subclass. */
export function concat(a: Sequence, b: Value): Value {
  const right = plain(b);
  if (typeof a === 'string') {
    if (typeof right !== 'string') throw onlyConcatenate('str', b);
    return concatText(a, right);
  }
  if (a instanceof List || a instanceof Tuple) {
    const isList = a instanceof List;
    if (isList ? !(right instanceof List) : !(right instanceof Tuple)) {
      throw onlyConcatenate(isList ? 'list' : 'tuple', b);
    }
    const { items } = right as List | Tuple;
    if (a.items.length + items.length > ITEMS_MAX) throw memoryError();
    const all = [...a.items, ...items];
    return isList ? new List(all) : new Tuple(all);
  }
  const more = anyBytes(right);
  if (more === undefined) throw typeError(`can't concat ${typeName(b)} to ${typeName(a)}`);
  const bytes = concatBytes(a.bytes, more);
  return a instanceof Bytes ? new Bytes(bytes) : new ByteArray(bytes);
}

function onlyConcatenate(type: string, b: Value): Error {
  return typeError(`can only concatenate ${type} (not "${typeName(b)}") to ${type}`);
}

/** Join two strs, with the limit on their length. */
export function concatText(a: string, b: string): string {
  if (a.length + b.length > TEXT_UNITS_MAX) throw memoryError();
  return a + b;
}

export function concatBytes(a: Uint8Array, b: Uint8Array): Uint8Array {
  if (a.length + b.length > BYTES_MAX) throw memoryError();
  const all = new Uint8Array(a.length + b.length);
  all.set(a);
  all.set(b, a.length);
  return all;
}

/** a * times. */
export function repeat(a: Sequence, times: Value): Value | typeof NEEDS_FLOW {
  const int = intOf(times);
  if (int === undefined) {
    if (times instanceof Instance && hasMethod(times, '__index__')) return NEEDS_FLOW;
    throw typeError(`can't multiply sequence by non-int of type '${typeName(times)}'`);
  }
  if (!isIndexSized(int)) throw unsized(types.OverflowError, times);
  if (typeof a === 'string') return repeatText(a, int);
  if (a instanceof Bytes)
    return new Bytes(repeatBytes(a.bytes, int, 'repeated bytes are too long'));
  if (a instanceof ByteArray) return new ByteArray(repeatBytes(a.bytes, int));
  const items = repeatItems(a.items, int);
  return a instanceof List ? new List(items) : new Tuple(items);
}

/**
 * How often to repeat something of a length, or 0; MemoryError beyond a limit.
 *
 * @param words of the OverflowError of the types that look at the size before they ask for memory
 */
function repetitions(
  length: number,
  times: number | bigint,
  limit: number,
  words: string | null = null,
): number {
  if (length === 0 || times <= 0) return 0;
  if (typeof times === 'bigint' || times > limit / length) {
    const isTooLong = BigInt(length) * BigInt(times) > INDEX_MAX;
    throw isTooLong && words !== null ? overflowError(words) : memoryError();
  }
  return times;
}

export function repeatText(text: string, times: number | bigint): string {
  const words = 'repeated string is too long';
  return text.repeat(repetitions(text.length, times, TEXT_UNITS_MAX, words));
}

export function repeatBytes(
  bytes: Uint8Array,
  times: number | bigint,
  words: string | null = null,
): Uint8Array {
  const count = repetitions(bytes.length, times, BYTES_MAX, words);
  const all = new Uint8Array(bytes.length * count);
  if (bytes.length === 1) return all.fill(bytes[0] as number);
  // Doubling what is there already: a few large copies instead of many small ones.
  all.set(bytes.subarray(0, all.length));
  for (let done = bytes.length; done < all.length; done *= 2) all.copyWithin(done, 0, done);
  return all;
}

function repeatItems(items: readonly Value[], times: number | bigint): Value[] {
  const count = repetitions(items.length, times, ITEMS_MAX);
  const [only] = items;
  if (items.length === 1 && only !== undefined)
    return Array.from<Value>({ length: count }).fill(only);
  const all: Value[] = [];
  for (let i = 0; i < count; i++) for (const item of items) all.push(item);
  return all;
}
