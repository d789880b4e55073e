// Methods of tuple. Flow halves in stdlib/prelude/list.flow.

import { Slice, Tuple } from '../../vm/values/collections.ts';
import { typeError } from '../../vm/values/exception.ts';
import { ITERATOR_KINDS, NativeIterator } from '../../vm/values/iterator.ts';
import { NEEDS_FLOW } from '../../vm/values/keys.ts';
import { ITEMS_MAX, memoryError } from '../../vm/values/limits.ts';
import { instanceOf, typeName } from '../../vm/values/plain.ts';
import { types } from '../../vm/values/types.ts';
import type { Slot, Value } from '../../vm/values/value.ts';
import { DECLINED, native, type NativeRow } from '../../vm/machine/native.ts';
import { times } from './int-arguments.ts';
import { checkIterable, elements } from './iterator-elements.ts';
import { countItems, findItem, sequenceComparisons } from './list-items.ts';
import { findBetween, position, repeated } from './list.ts';
import { classOf, given, plainAs, receive } from './object-receiver.ts';
import { hashed } from './object-hash.ts';
import { pick, picked } from '../../vm/values/slice.ts';

const tupleOf = (method: string, self: Slot): Tuple => receive(Tuple, 'tuple', method, self);

function getItem(tuple: Tuple, key: Value): Value | typeof DECLINED {
  if (key instanceof Slice) {
    const range = pick(key, tuple.items.length);
    if (range === NEEDS_FLOW) return DECLINED;
    const whole = range.step === 1 && range.count === tuple.items.length;
    return whole ? tuple : new Tuple(picked(tuple.items, range));
  }
  const at = position(key, tuple.items.length, 'tuple', 'tuple index out of range');
  return at === undefined ? DECLINED : (tuple.items[at] as Value);
}

export const rows: readonly NativeRow[] = [
  native(
    'tuple.__new__',
    'cls, iterable=?, /',
    (_context, cls, iterable) => {
      const type = classOf(cls, types.tuple);
      const source = iterable === undefined ? new Tuple([]) : iterable;
      // tuple(t) is t: a tuple never changes.
      if (source instanceof Tuple) return instanceOf(type, source);
      const items = elements(source);
      if (items !== undefined) return instanceOf(type, new Tuple(items));
      checkIterable(source);
      return DECLINED;
    },
    { twin: '_tuple_new' },
  ),
  native(
    'tuple.__getitem__',
    'self, key, /',
    (_context, self, key) => getItem(tupleOf('__getitem__', self), given(key)),
    { twin: '_tuple_getitem' },
  ),
  native(
    'tuple.__getnewargs__',
    'self, /',
    (_context, self) => new Tuple([tupleOf('__getnewargs__', self)]),
  ),
  native('tuple.__len__', 'self, /', (_context, self) => tupleOf('__len__', self).items.length),
  native(
    'tuple.__contains__',
    'self, key, /',
    (_context, self, key) => {
      const at = findItem(tupleOf('__contains__', self).items, given(key), 0, Infinity);
      return at === NEEDS_FLOW ? DECLINED : at >= 0;
    },
    { twin: '_sequence_contains' },
  ),
  native(
    'tuple.__iter__',
    'self, /',
    (_context, self) =>
      new NativeIterator(ITERATOR_KINDS.tuple[0], tupleOf('__iter__', self), 0, null),
  ),
  native('tuple.__add__', 'self, value, /', (_context, self, other) => {
    const left = tupleOf('__add__', self);
    const right = plainAs(Tuple, other);
    if (right === undefined) {
      throw typeError(`can only concatenate tuple (not "${typeName(given(other))}") to tuple`);
    }
    if (left.items.length === 0) return right;
    if (right.items.length === 0) return left;
    if (left.items.length + right.items.length > ITEMS_MAX) throw memoryError();
    return new Tuple([...left.items, ...right.items]);
  }),
  ...(['__mul__', '__rmul__'] as const).map((name) =>
    native(
      `tuple.${name}`,
      'self, value, /',
      (_context, self, value) => {
        const tuple = tupleOf(name, self);
        const items = repeated(tuple.items, times(value));
        if (items === undefined) return DECLINED;
        return items.length === tuple.items.length ? tuple : new Tuple(items);
      },
      { twin: '_sequence_repeat' },
    ),
  ),
  ...sequenceComparisons('tuple', Tuple),
  native(
    'tuple.__hash__',
    'self, /',
    (context, self) => hashed(context, tupleOf('__hash__', self)),
    { twin: '_tuple_hash' },
  ),
  native(
    'tuple.index',
    'self, value, start=0, stop=9007199254740991, /',
    (_context, self, value, start, stop) => {
      const { items } = tupleOf('index', self);
      const at = findBetween(items, given(value), start, stop);
      return at === undefined || at < 0 ? DECLINED : at;
    },
    { twin: '_tuple_index' },
  ),
  native(
    'tuple.count',
    'self, value, /',
    (_context, self, value) => {
      const count = countItems(tupleOf('count', self).items, given(value));
      return count === NEEDS_FLOW ? DECLINED : count;
    },
    { twin: '_sequence_count' },
  ),
];
