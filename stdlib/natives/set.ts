// Methods of set and frozenset.
//
// Native while the host can compare all elements; else the twins in
// stdlib/prelude/set.flow.

import { Tuple } from '../../vm/values/collections.ts';
import { equals, order } from '../../vm/values/compare.ts';
import { NOT_IMPLEMENTED } from '../../vm/values/constants.ts';
import { keyError, type Raised } from '../../vm/values/exception.ts';
import { ITERATOR_KINDS, NativeIterator } from '../../vm/values/iterator.ts';
import { UNHASHABLE } from '../../vm/values/keys.ts';
import { instanceOf, keepsMethod } from '../../vm/values/plain.ts';
import { SetObject } from '../../vm/values/set.ts';
import { Instance, type TypeObject } from '../../vm/values/type.ts';
import { types } from '../../vm/values/types.ts';
import type { Slot, Value } from '../../vm/values/value.ts';
import { DECLINED, native, type NativeResult, type NativeRow } from '../../vm/machine/native.ts';
import { unhashable } from './dict.ts';
import { checkIterable } from './iterator-elements.ts';
import { hashed } from './object-hash.ts';
import { classOf, given, plainAs, wrongSelf } from './object-receiver.ts';
import * as algebra from './set-algebra.ts';
import type { Other } from './set-algebra.ts';

function setOf(method: string, self: Slot): SetObject {
  const set = plainAs(SetObject, self);
  if (set === undefined) throw wrongSelf('set', method, self);
  return set;
}

/** A set that a method may change. */
function mutable(method: string, self: Slot): SetObject {
  const set = setOf(method, self);
  if (set.isFrozen) throw wrongSelf('set', method, self);
  return set;
}

/** The arguments of union() and its kin; undefined if flow code is needed for one, or for self. */
function others(self: SetObject, args: Slot): Other[] | undefined {
  if (self.flow !== null) return undefined;
  const found: Other[] = [];
  const items = args instanceof Tuple ? args.items : [];
  // An iterator among several could not be put back if a later argument needs flow code.
  if (items.length > 1 && items.some((arg) => arg instanceof NativeIterator)) return undefined;
  for (const arg of items) {
    const other = algebra.asOther(arg);
    if (other === undefined) {
      checkIterable(arg);
      return undefined;
    }
    found.push(other);
  }
  return found;
}

/**
 * Position of an element; -1, or undefined where flow code must look. A set is
 * looked for as a frozenset.
 */
function findElement(set: SetObject, key: Value): number | undefined {
  const at = set.find(key);
  if (typeof at === 'number') return at;
  if (at !== UNHASHABLE) return undefined;
  const inner = plainAs(SetObject, key);
  if (inner === undefined || inner.flow !== null) {
    if (inner === undefined) throw unhashable(key);
    return undefined;
  }
  if (key instanceof Instance && !keepsMethod(key, '__hash__')) throw unhashable(key);
  const found = set.find(inner.copy(true));
  return typeof found === 'number' ? found : undefined;
}

/** Elements for a new set: undefined if one of them needs flow code. */
function filled(source: Value, frozen: boolean): SetObject | undefined {
  const from = plainAs(SetObject, source);
  if (from !== undefined) {
    const keeps = !(source instanceof Instance) || keepsMethod(source, '__iter__');
    return keeps ? from.copy(frozen) : undefined;
  }
  const other = algebra.asOther(source);
  if (other !== undefined) return algebra.setOf(other, frozen);
  return undefined;
}

function newSet(type: TypeObject, frozen: boolean, source: Value): NativeResult {
  const set = filled(source, frozen);
  if (set !== undefined) return instanceOf(type, set);
  checkIterable(source);
  return DECLINED;
}

/** What one operator does: natively, on sets whose elements the host can compare. */
interface Operation {
  readonly symbol: string;
  readonly twin: string;
  readonly run: (left: SetObject, right: SetObject, frozen: boolean) => SetObject;
  readonly update: (set: SetObject, other: SetObject) => void;
}

const OPERATIONS: readonly Operation[] = [
  {
    symbol: 'or',
    twin: 'or',
    run(left, right, frozen) {
      const result = left.copy(frozen);
      if (left !== right) result.merge(right);
      return result;
    },
    update: (set, other) => set.merge(other),
  },
  {
    symbol: 'and',
    twin: 'and',
    run: algebra.intersection,
    update: (set, other) => set.become(algebra.intersection(set, other)),
  },
  { symbol: 'sub', twin: 'sub', run: algebra.difference, update: algebra.removeAll },
  { symbol: 'xor', twin: 'xor', run: algebra.symmetricDifference, update: algebra.toggleAll },
];

function operators(type: 'set' | 'frozenset'): NativeRow[] {
  return OPERATIONS.flatMap(({ symbol, twin, run }) => [
    native(
      `${type}.__${symbol}__`,
      'self, value, /',
      (_context, self, other) => {
        const left = setOf(`__${symbol}__`, self);
        const right = plainAs(SetObject, given(other));
        if (right === undefined) return NOT_IMPLEMENTED;
        if (left.flow !== null || right.flow !== null) return DECLINED;
        return run(left, right, left.isFrozen);
      },
      { twin: `_set_${twin}` },
    ),
    // The left side was no set or frozenset, or it would have answered.
    native(`${type}.__r${symbol}__`, 'self, value, /', (_context, self, other) => {
      const right = setOf(`__r${symbol}__`, self);
      const left = plainAs(SetObject, given(other));
      if (left === undefined || left.flow !== null || right.flow !== null) return NOT_IMPLEMENTED;
      return run(left, right, left.isFrozen);
    }),
  ]);
}

const IN_PLACE: readonly NativeRow[] = OPERATIONS.map(({ symbol, twin, update }) =>
  native(
    `set.__i${symbol}__`,
    'this, value, /',
    (_context, self, other) => {
      const left = mutable(`__i${symbol}__`, self);
      const right = plainAs(SetObject, given(other));
      if (right === undefined) return NOT_IMPLEMENTED;
      if (left.flow !== null || right.flow !== null) return DECLINED;
      update(left, right);
      return given(self);
    },
    { twin: `_set_i${twin}` },
  ),
);

const COMPARISONS = [
  ['__eq__', '=='],
  ['__ne__', '!='],
  ['__lt__', '<'],
  ['__le__', '<='],
  ['__gt__', '>'],
  ['__ge__', '>='],
] as const;

function comparisons(type: 'set' | 'frozenset'): NativeRow[] {
  return COMPARISONS.map(([name, symbol]) =>
    native(
      `${type}.${name}`,
      'self, value, /',
      (_context, self, other) => {
        const left = setOf(name, self);
        const right = plainAs(SetObject, given(other));
        if (right === undefined) return NOT_IMPLEMENTED;
        if (symbol === '==' || symbol === '!=') {
          const answer = equals(left, right);
          if (typeof answer !== 'boolean') return DECLINED;
          return symbol === '==' ? answer : !answer;
        }
        const answer = order(symbol, left, right);
        return typeof answer === 'boolean' ? answer : DECLINED;
      },
      { twin: `_set_${name.slice(2, 4)}` },
    ),
  );
}

/** A method that gives a new set from this one and others. */
function combining(
  type: 'set' | 'frozenset',
  name: string,
  run: (set: SetObject, others: readonly Other[]) => SetObject,
): NativeRow {
  return native(
    `${type}.${name}`,
    'self, /, *others',
    (_context, self, args) => {
      const set = setOf(name, self);
      const found = others(set, args);
      return found === undefined ? DECLINED : run(set, found);
    },
    { twin: `_set_${name}` },
  );
}

function union(set: SetObject, found: readonly Other[]): SetObject {
  const result = set.copy(set.isFrozen);
  for (const other of found) if (other !== set) algebra.updateSet(result, other);
  return result;
}

function intersectionOf(set: SetObject, found: readonly Other[]): SetObject {
  if (found.length === 0) return set.isFrozen ? set : set.copy(false);
  let result = set;
  for (const other of found) result = algebra.intersection(result, other, set.isFrozen);
  return result;
}

function differenceOf(set: SetObject, found: readonly Other[]): SetObject {
  const [first, ...rest] = found;
  if (first === undefined) return set.copy(set.isFrozen);
  const result = algebra.difference(set, first, set.isFrozen);
  for (const other of rest) algebra.removeAll(result, other);
  return result;
}

/** What set and frozenset share. */
function shared(type: 'set' | 'frozenset'): NativeRow[] {
  return [
    native(`${type}.__len__`, 'self, /', (_context, self) => setOf('__len__', self).size),
    native(`${type}.__iter__`, 'self, /', (_context, self) => {
      const set = setOf('__iter__', self);
      return new NativeIterator(ITERATOR_KINDS.set[0], set, 0, set.size);
    }),
    native(
      `${type}.__contains__`,
      'self, key, /',
      (_context, self, key) => {
        const at = findElement(setOf('__contains__', self), given(key));
        return at === undefined ? DECLINED : at >= 0;
      },
      { twin: '_set_contains' },
    ),
    native(`${type}.copy`, 'self, /', (_context, self) => {
      const set = setOf('copy', self);
      return set.isFrozen ? set : set.copy(false);
    }),
    ...operators(type),
    ...comparisons(type),
    combining(type, 'union', union),
    combining(type, 'intersection', intersectionOf),
    combining(type, 'difference', differenceOf),
    native(
      `${type}.symmetric_difference`,
      'self, other, /',
      (_context, self, other) => {
        const set = setOf('symmetric_difference', self);
        const found = others(set, new Tuple([given(other)]));
        const [only] = found ?? [];
        if (only === undefined) return DECLINED;
        return algebra.symmetricDifference(set, only, set.isFrozen);
      },
      { twin: '_set_symmetric_difference' },
    ),
    ...question(type, 'issubset', (set, other) =>
      algebra.isSubset(set, other instanceof SetObject ? other : algebra.setOf(other)),
    ),
    ...question(type, 'issuperset', (set, other) =>
      algebra.isSubset(other instanceof SetObject ? other : algebra.setOf(other), set),
    ),
    ...question(type, 'isdisjoint', algebra.isDisjoint),
  ];
}

function question(
  type: 'set' | 'frozenset',
  name: string,
  run: (set: SetObject, other: Other) => boolean,
): NativeRow[] {
  return [
    native(
      `${type}.${name}`,
      'self, other, /',
      (_context, self, other) => {
        const set = setOf(name, self);
        const [only] = others(set, new Tuple([given(other)])) ?? [];
        return only === undefined ? DECLINED : run(set, only);
      },
      { twin: `_set_${name}` },
    ),
  ];
}

/** A method that changes this set by others. */
function updating(
  name: string,
  twin: string,
  run: (set: SetObject, others: readonly Other[]) => void,
): NativeRow {
  return native(
    `set.${name}`,
    'self, /, *others',
    (_context, self, args) => {
      const set = mutable(name, self);
      const found = others(set, args);
      if (found === undefined) return DECLINED;
      run(set, found);
      return null;
    },
    { twin },
  );
}

const emptySet = (): Raised => keyError('pop from an empty set');

export const rows: readonly NativeRow[] = [
  native(
    'set.__new__',
    'cls, iterable=?, /',
    (_context, cls, iterable) => {
      const type = classOf(cls, types.set);
      // A class in flow fills its set in __init__.
      if (!type.isBuiltin || iterable === undefined) return instanceOf(type, new SetObject());
      return newSet(type, false, iterable);
    },
    { twin: '_set_new' },
  ),
  native(
    'set.__init__',
    'self, iterable=?, /',
    (_context, self, iterable) => {
      const set = mutable('__init__', self);
      const made = iterable === undefined ? new SetObject() : filled(iterable, false);
      if (made === undefined) {
        checkIterable(given(iterable));
        return DECLINED;
      }
      set.become(made);
      return null;
    },
    { twin: '_set_init' },
  ),
  native(
    'frozenset.__new__',
    'cls, iterable=?, /',
    (_context, cls, iterable) => {
      const type = classOf(cls, types.frozenset);
      if (iterable === undefined) return instanceOf(type, new SetObject(true));
      // frozenset(f) is f: it never changes.
      if (iterable instanceof SetObject && iterable.isFrozen) return instanceOf(type, iterable);
      return newSet(type, true, iterable);
    },
    { twin: '_frozenset_new' },
  ),
  native(
    'frozenset.__hash__',
    'self, /',
    (context, self) => hashed(context, setOf('__hash__', self)),
    { twin: '_frozenset_hash' },
  ),
  ...shared('set'),
  ...shared('frozenset'),
  ...IN_PLACE,
  native(
    'set.add',
    'self, object, /',
    (_context, self, item) => {
      const problem = mutable('add', self).add(given(item));
      if (problem === UNHASHABLE) throw unhashable(given(item));
      return problem === false ? null : DECLINED;
    },
    { twin: '_set_add' },
  ),
  native(
    'set.remove',
    'self, object, /',
    (_context, self, item) => {
      const set = mutable('remove', self);
      const at = findElement(set, given(item));
      if (at === undefined) return DECLINED;
      if (at < 0) throw keyError(given(item));
      set.removeAt(at);
      return null;
    },
    { twin: '_set_remove' },
  ),
  native(
    'set.discard',
    'self, object, /',
    (_context, self, item) => {
      const set = mutable('discard', self);
      const at = findElement(set, given(item));
      if (at === undefined) return DECLINED;
      if (at >= 0) set.removeAt(at);
      return null;
    },
    { twin: '_set_discard' },
  ),
  native('set.pop', 'self, /', (_context, self) => {
    const item = mutable('pop', self).pop();
    if (item === undefined) throw emptySet();
    return item;
  }),
  native('set.clear', 'self, /', (_context, self) => {
    mutable('clear', self).clear();
    return null;
  }),
  updating('update', '_set_update_method', (set, found) => {
    for (const other of found) algebra.updateSet(set, other);
  }),
  updating('intersection_update', '_set_intersection_update', (set, found) => {
    let result = set;
    for (const other of found) result = algebra.intersection(result, other);
    if (result !== set) set.become(result);
  }),
  updating('difference_update', '_set_difference_update', (set, found) => {
    for (const other of found) algebra.removeAll(set, other);
  }),
  native(
    'set.symmetric_difference_update',
    'self, other, /',
    (_context, self, other) => {
      const set = mutable('symmetric_difference_update', self);
      const [only] = others(set, new Tuple([given(other)])) ?? [];
      if (only === undefined) return DECLINED;
      algebra.toggleAll(set, only);
      return null;
    },
    { twin: '_set_symmetric_difference_update' },
  ),
];
