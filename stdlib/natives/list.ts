// Methods of list.
//
// Each is native while its elements and arguments are of kinds the host can
// compare, count by and go over; else it declines, and its twin in
// stdlib/prelude/list.flow does CPython's steps one by one.

import { List, Slice, Tuple } from '../../vm/values/collections.ts';
import {
  indexError,
  overflowError,
  typeError,
  valueError,
  type Raised,
} from '../../vm/values/exception.ts';
import { ITERATOR_KINDS, NativeIterator } from '../../vm/values/iterator.ts';
import { NEEDS_FLOW } from '../../vm/values/keys.ts';
import { ITEMS_MAX, memoryError } from '../../vm/values/limits.ts';
import {
  clampIndex,
  hasMethod,
  instanceOf,
  intOf,
  isIndexSized,
  toIndex,
  typeName,
  unsized,
} from '../../vm/values/plain.ts';
import { Instance } from '../../vm/values/type.ts';
import { types } from '../../vm/values/types.ts';
import type { Slot, Value } from '../../vm/values/value.ts';
import { DECLINED, native, type NativeRow } from '../../vm/machine/native.ts';
import { times } from './int-arguments.ts';
import { checkIterable, elements, isIterable, iterated, peek } from './iterator-elements.ts';
import { countItems, findItem, sequenceComparisons } from './list-items.ts';
import { classOf, given, plainAs, receive } from './object-receiver.ts';
import { pick, picked, replace } from '../../vm/values/slice.ts';

const listOf = (method: string, self: Slot): List => receive(List, 'list', method, self);

/** x * n of a sequence: the items of the result; undefined if n has an __index__ in flow. */
export function repeated(items: readonly Value[], times: Slot): Value[] | undefined {
  const n = intOf(times);
  if (n === undefined) {
    const value = given(times);
    if (value instanceof Instance && hasMethod(value, '__index__')) return undefined;
    throw typeError(`can't multiply sequence by non-int of type '${typeName(value)}'`);
  }
  if (!isIndexSized(n)) throw unsized(types.OverflowError, given(times));
  const count = Math.max(0, clampIndex(n));
  if (items.length * count > ITEMS_MAX) throw memoryError();
  const result: Value[] = [];
  for (let i = 0; i < count && items.length > 0; i++) for (const item of items) result.push(item);
  return result;
}

const unsizedArgument = (): Raised => overflowError('Python int too large to convert to C ssize_t');

/**
 * An index of a sequence as a position; undefined if flow code must be asked.
 *
 * @param kind  'list', 'tuple' or 'range', for messages
 * @param words what to say if there is no such element
 */
export function position(
  index: Value,
  length: number,
  kind: string,
  words: string,
): number | undefined {
  const int = intOf(index);
  if (int === undefined) {
    if (index instanceof Instance && hasMethod(index, '__index__')) return undefined;
    throw typeError(`${kind} indices must be integers or slices, not ${typeName(index)}`);
  }
  if (!isIndexSized(int)) throw unsized(types.IndexError, index);
  const at = clampIndex(int);
  const positive = at < 0 ? at + length : at;
  if (positive < 0 || positive >= length) throw indexError(words);
  return positive;
}

function getItem(list: List, key: Value): Value | typeof DECLINED {
  if (key instanceof Slice) {
    const range = pick(key, list.items.length);
    return range === NEEDS_FLOW ? DECLINED : new List(picked(list.items, range));
  }
  const at = position(key, list.items.length, 'list', 'list index out of range');
  return at === undefined ? DECLINED : (list.items[at] as Value);
}

function setItem(list: List, key: Value, value: Value): null | typeof DECLINED {
  if (!(key instanceof Slice)) {
    const at = position(key, list.items.length, 'list', 'list assignment index out of range');
    if (at === undefined) return DECLINED;
    list.items[at] = value;
    list.touchAt(at);
    return null;
  }
  const range = pick(key, list.items.length);
  if (range === NEEDS_FLOW) return DECLINED;
  const { start, stop, step, count } = range;
  if (step === 1 && (value instanceof List || value instanceof Tuple) && value !== list) {
    replace(list, start, stop, value.items);
    return null;
  }
  if (iterated(value) !== undefined) {
    const words =
      step === 1 ? 'can only assign an iterable' : 'must assign iterable to extended slice';
    if (!isIterable(value)) throw typeError(words);
  }
  const items = elements(value);
  if (items === undefined) return DECLINED;
  if (step === 1) {
    replace(list, start, stop, items);
    return null;
  }
  if (items.length !== count) {
    throw valueError(
      `attempt to assign sequence of size ${items.length} to extended slice of size ${count}`,
    );
  }
  for (const [i, item] of items.entries()) {
    list.items[start + i * step] = item;
    list.touchAt(start + i * step);
  }
  return null;
}

function deleteItem(list: List, key: Value): null | typeof DECLINED {
  if (!(key instanceof Slice)) {
    const at = position(key, list.items.length, 'list', 'list assignment index out of range');
    if (at === undefined) return DECLINED;
    closeGap(list.items, at);
    list.touchFrom(at);
    return null;
  }
  const range = pick(key, list.items.length);
  if (range === NEEDS_FLOW) return DECLINED;
  const { start, stop, step, count } = range;
  if (count === 0) return null;
  if (step === 1) {
    list.items.splice(start, stop - start);
    list.touchFrom(start);
    return null;
  }
  const gone = new Set(Array.from({ length: count }, (_, i) => start + i * step));
  list.items = list.items.filter((_, i) => !gone.has(i));
  list.touchFrom(Math.min(...[start, start + (count - 1) * step]));
  return null;
}

function extend(list: List, iterable: Value): boolean {
  const items = iterated(iterable) === list ? list.items.slice() : peek(iterable);
  if (items === undefined) {
    checkIterable(iterable);
    return false;
  }
  const from = list.items.length;
  if (from + items.length > ITEMS_MAX) throw memoryError();
  for (const item of items) list.items.push(item);
  if (items.length > 0) list.touchFrom(from);
  return true;
}

function clear(list: List): void {
  list.items = [];
  list.touchAll();
}

function popAt(list: List, index: Slot): Value | typeof DECLINED {
  const { items } = list;
  const at = toIndex(given(index));
  if (at === NEEDS_FLOW) return DECLINED;
  if (!isIndexSized(at)) throw unsizedArgument();
  if (items.length === 0) throw indexError('pop from empty list');
  const number = clampIndex(at);
  const positive = number < 0 ? number + items.length : number;
  if (positive < 0 || positive >= items.length) throw indexError('pop index out of range');
  if (positive === items.length - 1) {
    const last = items.pop() as Value;
    list.touchFrom(positive);
    return last;
  }
  const item = items[positive] as Value;
  closeGap(items, positive);
  list.touchFrom(positive);
  return item;
}

/** Elements that are moved one by one: up to about here, the host's splice() costs more. */
const MOVED_BY_HAND = 40;

/** items.splice(at, 1) */
function closeGap(items: Value[], at: number): void {
  const last = items.length - 1;
  if (last - at > MOVED_BY_HAND) {
    if (at === 0) items.shift();
    else items.splice(at, 1);
    return;
  }
  for (let i = at; i < last; i++) items[i] = items[i + 1] as Value;
  items.pop();
}

/** items.splice(at, 0, item) */
function openGap(items: Value[], at: number, item: Value): void {
  if (items.length - at > MOVED_BY_HAND) {
    items.splice(at, 0, item);
    return;
  }
  items.push(item);
  for (let i = items.length - 1; i > at; i--) items[i] = items[i - 1] as Value;
  items[at] = item;
}

function insertAt(list: List, index: Slot, item: Value): null | typeof DECLINED {
  const at = toIndex(given(index));
  if (at === NEEDS_FLOW) return DECLINED;
  if (!isIndexSized(at)) throw unsizedArgument();
  const { length } = list.items;
  const number = clampIndex(at);
  const place = number < 0 ? Math.max(0, number + length) : Math.min(number, length);
  openGap(list.items, place, item);
  list.touchFrom(place);
  return null;
}

export const rows: readonly NativeRow[] = [
  native(
    'list.__new__',
    'cls, iterable=?, /',
    (_context, cls, iterable) => {
      const type = classOf(cls, types.list);
      // A class in flow fills its list in __init__.
      if (!type.isBuiltin || iterable === undefined) return instanceOf(type, new List([]));
      const items = elements(iterable);
      if (items !== undefined) return new List(items);
      checkIterable(iterable);
      return DECLINED;
    },
    { twin: '_list_new' },
  ),
  native(
    'list.__init__',
    'self, iterable=?, /',
    (_context, self, iterable) => {
      const list = listOf('__init__', self);
      const items = iterable === undefined ? [] : elements(iterable);
      if (items === undefined) {
        checkIterable(given(iterable));
        return DECLINED;
      }
      list.items = items;
      list.touchAll();
      return null;
    },
    { twin: '_list_init' },
  ),
  native(
    'list.__getitem__',
    'self, index, /',
    (_context, self, key) => getItem(listOf('__getitem__', self), given(key)),
    { twin: '_list_getitem' },
  ),
  native(
    'list.__setitem__',
    'self, index, value, /',
    (_context, self, key, value) => setItem(listOf('__setitem__', self), given(key), given(value)),
    { twin: '_list_setitem' },
  ),
  native(
    'list.__delitem__',
    'self, index, /',
    (_context, self, key) => deleteItem(listOf('__delitem__', self), given(key)),
    { twin: '_list_delitem' },
  ),
  native('list.__len__', 'self, /', (_context, self) => listOf('__len__', self).items.length),
  native(
    'list.__contains__',
    'self, key, /',
    (_context, self, key) => {
      const at = findItem(listOf('__contains__', self).items, given(key), 0, Infinity);
      return at === NEEDS_FLOW ? DECLINED : at >= 0;
    },
    { twin: '_sequence_contains' },
  ),
  native(
    'list.__iter__',
    'self, /',
    (_context, self) =>
      new NativeIterator(ITERATOR_KINDS.list[0], listOf('__iter__', self), 0, null),
  ),
  native('list.__reversed__', 'self, /', (_context, self) => {
    const list = listOf('__reversed__', self);
    return new NativeIterator(ITERATOR_KINDS.listReverse[0], list, list.items.length - 1, null);
  }),
  native('list.__add__', 'self, value, /', (_context, self, other) => {
    const left = listOf('__add__', self);
    const right = plainAs(List, other);
    if (right === undefined) {
      throw typeError(`can only concatenate list (not "${typeName(given(other))}") to list`);
    }
    if (left.items.length + right.items.length > ITEMS_MAX) throw memoryError();
    return new List([...left.items, ...right.items]);
  }),
  native(
    'list.__iadd__',
    'this, value, /',
    (_context, self, other) =>
      extend(listOf('__iadd__', self), given(other)) ? given(self) : DECLINED,
    { twin: '_list_iadd' },
  ),
  ...(['__mul__', '__rmul__'] as const).map((name) =>
    native(
      `list.${name}`,
      'self, value, /',
      (_context, self, value) => {
        const items = repeated(listOf(name, self).items, times(value));
        return items === undefined ? DECLINED : new List(items);
      },
      { twin: '_sequence_repeat' },
    ),
  ),
  native(
    'list.__imul__',
    'this, value, /',
    (_context, self, value) => {
      const list = listOf('__imul__', self);
      const items = repeated(list.items, times(value));
      if (items === undefined) return DECLINED;
      list.items = items;
      list.touchAll();
      return given(self);
    },
    { twin: '_list_imul' },
  ),
  ...sequenceComparisons('list', List),
  native('list.append', 'self, object, /', (_context, self, item) => {
    const list = self instanceof List ? self : listOf('append', self);
    if (list.items.length >= ITEMS_MAX) throw memoryError();
    list.touchAt(list.items.push(given(item)) - 1);
    return null;
  }),
  native(
    'list.extend',
    'self, iterable, /',
    (_context, self, iterable) =>
      extend(listOf('extend', self), given(iterable)) ? null : DECLINED,
    { twin: '_list_extend' },
  ),
  native(
    'list.insert',
    'self, index, object, /',
    (_context, self, index, item) => insertAt(listOf('insert', self), index, given(item)),
    { twin: '_list_insert' },
  ),
  native(
    'list.pop',
    'self, index=-1, /',
    (_context, self, index) => popAt(listOf('pop', self), index),
    { twin: '_list_pop' },
  ),
  native(
    'list.remove',
    'self, value, /',
    (_context, self, value) => {
      const list = listOf('remove', self);
      const at = findItem(list.items, given(value), 0, Infinity);
      if (at === NEEDS_FLOW) return DECLINED;
      if (at < 0) throw valueError('list.remove(x): x not in list');
      list.items.splice(at, 1);
      list.touchFrom(at);
      return null;
    },
    { twin: '_list_remove' },
  ),
  native('list.clear', 'self, /', (_context, self) => {
    clear(listOf('clear', self));
    return null;
  }),
  native('list.copy', 'self, /', (_context, self) => new List(listOf('copy', self).items.slice())),
  native('list.reverse', 'self, /', (_context, self) => {
    const list = listOf('reverse', self);
    list.items.reverse();
    list.touchAll();
    return null;
  }),
  native(
    'list.index',
    'self, value, start=0, stop=9007199254740991, /',
    (_context, self, value, start, stop) => {
      const { items } = listOf('index', self);
      const at = findBetween(items, given(value), start, stop);
      // Saying what is not there takes its repr(): the twin's work.
      return at === undefined || at < 0 ? DECLINED : at;
    },
    { twin: '_list_index' },
  ),
  native(
    'list.count',
    'self, value, /',
    (_context, self, value) => {
      const count = countItems(listOf('count', self).items, given(value));
      return count === NEEDS_FLOW ? DECLINED : count;
    },
    { twin: '_sequence_count' },
  ),
];

/** Position of a value between bounds as index() takes them; -1, or undefined for flow code. */
export function findBetween(
  items: readonly Value[],
  value: Value,
  start: Slot,
  stop: Slot,
): number | undefined {
  const [from, to] = [intOf(start), intOf(stop)];
  if (from === undefined || to === undefined) return undefined;
  const bound = (at: number): number => (at < 0 ? Math.max(0, at + items.length) : at);
  const found = findItem(items, value, bound(clampIndex(from)), bound(clampIndex(to)));
  return found === NEEDS_FLOW ? undefined : found;
}
