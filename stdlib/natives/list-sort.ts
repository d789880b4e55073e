// list.sort() and sorted(), where the host can order everything.
//
// Fast kinds are told apart first: ints, strs, floats without nan. For these
// any stable sort gives what CPython's gives. Everything else (mixed kinds,
// tuples with a nan in them, sets, which are ordered only in part) is left to
// the twins in stdlib/prelude/sort.flow, which compare what CPython compares.

import { List, Tuple } from '../../vm/values/collections.ts';
import { equalsInside, order } from '../../vm/values/compare.ts';
import { Dict } from '../../vm/values/dict.ts';
import { overflowError, typeError, valueError } from '../../vm/values/exception.ts';
import { NEEDS_FLOW } from '../../vm/values/keys.ts';
import { intOf } from '../../vm/values/plain.ts';
import { compareText } from '../../vm/values/text.ts';
import { Float, type Slot, type Value } from '../../vm/values/value.ts';
import { DECLINED, native, type NativeRow } from '../../vm/machine/native.ts';
import { checkIterable, withElements } from './iterator-elements.ts';
import { receive } from './object-receiver.ts';

type Compare = (a: Value, b: Value) => number;

const byNumber: Compare = (a, b) => (a as number) - (b as number);
const byText: Compare = (a, b) => compareText(a as string, b as string);

/** Ints and floats of any size, bools among them; the host compares them exactly. */
const byQuantity: Compare = (a, b) => {
  const [x, y] = [quantity(a), quantity(b)];
  return x < y ? -1 : x > y ? 1 : 0;
};

function quantity(value: Value): number | bigint {
  if (typeof value === 'number' || typeof value === 'bigint') return value;
  return value instanceof Float ? value.value : Number(value);
}

const isQuantity = (value: Value): boolean =>
  typeof value === 'number' ||
  typeof value === 'bigint' ||
  typeof value === 'boolean' ||
  (value instanceof Float && !Number.isNaN(value.value));

/** Thrown out of the host's sort when two keys turn out to have no plain order. */
const GIVE_UP = Symbol('give up');

/** Tuples and lists of plain things, element by element. */
const byElements: Compare = (a, b) => {
  const [xs, ys] = [(a as Tuple | List).items, (b as Tuple | List).items];
  const length = Math.min(xs.length, ys.length);
  for (let i = 0; i < length; i++) {
    const [x, y] = [xs[i] as Value, ys[i] as Value];
    const same = equalsInside(x, y);
    if (same === NEEDS_FLOW) throw GIVE_UP;
    if (!same) return byParts(x, y);
  }
  return xs.length - ys.length;
};

/** Two different parts: both of one kind that has a total order, or nothing. */
function byParts(x: Value, y: Value): number {
  if (typeof x === 'string' && typeof y === 'string') return compareText(x, y);
  if (isQuantity(x) && isQuantity(y)) return byQuantity(x, y);
  const nested =
    (x instanceof Tuple && y instanceof Tuple) || (x instanceof List && y instanceof List);
  if (!nested || !isTotal(x) || !isTotal(y)) throw GIVE_UP;
  const less = order('<', x, y);
  if (typeof less !== 'boolean') throw GIVE_UP;
  return less ? -1 : 1;
}

/** Whether a nested sequence holds nothing but strs and numbers, so that its order is total. */
function isTotal(root: Value): boolean {
  const todo: Value[] = [root];
  for (let value = todo.pop(); value !== undefined; value = todo.pop()) {
    if (value instanceof Tuple || value instanceof List) {
      for (const item of value.items) todo.push(item);
      if (todo.length > 1000) return false;
    } else if (typeof value !== 'string' && !isQuantity(value)) return false;
  }
  return true;
}

/** How to order keys, if they are all of one kind. */
function comparison(keys: readonly Value[]): Compare | undefined {
  const [first] = keys;
  if (typeof first === 'number' && keys.every((key) => typeof key === 'number')) return byNumber;
  if (typeof first === 'string' && keys.every((key) => typeof key === 'string')) return byText;
  if (keys.every(isQuantity)) return byQuantity;
  if (keys.every((key) => key instanceof Tuple)) return byElements;
  if (keys.every((key) => key instanceof List)) return byElements;
  return undefined;
}

/** The keys' positions in order; undefined where flow code must compare. */
export function sortedPositions(
  keys: readonly Value[],
  reverse: boolean,
): readonly number[] | undefined {
  const compare = comparison(keys);
  if (compare === undefined) return keys.length < 2 ? [...keys.keys()] : undefined;
  const positions = Array.from(keys.keys());
  const sign = reverse ? -1 : 1;
  try {
    // Equal keys keep their order in both directions, as the host's sort is stable.
    return positions.sort((a, b) => sign * compare(keys[a] as Value, keys[b] as Value));
  } catch (problem) {
    if (problem === GIVE_UP) return undefined;
    throw problem;
  }
}

/** The items in order; undefined where flow code must compare. */
function sortedItems(items: readonly Value[], reverse: boolean): Value[] | undefined {
  const compare = comparison(items);
  if (compare !== byNumber && compare !== byText) {
    return sortedPositions(items, reverse)?.map((at) => items[at] as Value);
  }
  const sign = reverse ? -1 : 1;
  return items.toSorted((a, b) => sign * compare(a, b));
}

/** `reverse=…` as CPython takes it: an int; undefined if it must be asked in flow. */
function direction(reverse: Slot): boolean | undefined {
  const int = intOf(reverse);
  if (int === undefined) return undefined;
  if (int < -(2 ** 31) || int >= 2 ** 31) {
    throw overflowError('Python int too large to convert to C int');
  }
  return int !== 0;
}

/** Order two lists by the keys in the first; false if flow code must. */
export function sortTogether(keys: Slot, values: Slot, reverse: boolean): boolean {
  const by = receive(List, 'list', 'sort', keys);
  const positions = sortedPositions(by.items, reverse);
  if (positions === undefined) return false;
  const sorted =
    values === null || values === undefined ? [by] : [by, receive(List, 'list', 'sort', values)];
  for (const list of sorted) {
    const { items } = list;
    if (items.length !== positions.length) throw valueError('a key for each value is needed');
    list.items = positions.map((at) => items[at] as Value);
    list.touchAll();
  }
  return true;
}

export const rows: readonly NativeRow[] = [
  native(
    'list.sort',
    'self, /, *args, key=None, reverse=False',
    (_context, self, args, key, reverse) => {
      const list = receive(List, 'list', 'sort', self);
      if (args instanceof Tuple && args.items.length > 0) {
        throw typeError('sort() takes no positional arguments');
      }
      const backwards = direction(reverse);
      if (key !== null || backwards === undefined) return DECLINED;
      const items = sortedItems(list.items, backwards);
      if (items === undefined) return DECLINED;
      list.items = items;
      list.touchAll();
      return null;
    },
    { twin: '_list_sort' },
  ),
  native(
    'sorted',
    '*args, key=None, reverse=False, **others',
    (_context, args, key, reverse, others) => {
      const given = args instanceof Tuple ? args.items : [];
      if (given.length !== 1) throw typeError(`sorted expected 1 argument, got ${given.length}`);
      const [word] = others instanceof Dict ? others.keys : [];
      // What it does not know it hands to list.sort().
      if (typeof word === 'string') {
        throw typeError(`'${word}' is an invalid keyword argument for sort()`);
      }
      const backwards = direction(reverse);
      const source = given[0] as Value;
      checkIterable(source);
      if (key !== null || backwards === undefined) return DECLINED;
      const sorted = withElements(source, (items) => sortedItems(items, backwards));
      return sorted === undefined ? DECLINED : new List(sorted);
    },
    { twin: '_sorted' },
  ),
];
