// The set operations of dict.keys() and dict.items(), and membership in the views.
//
// A view compares and combines as the set of its elements would. Where an
// element is no key, or its comparison needs flow code, the twins in
// stdlib/prelude/dict.flow look at one element after the other.

import { Tuple } from '../../vm/values/collections.ts';
import { equals, equalsInside, order } from '../../vm/values/compare.ts';
import { NOT_IMPLEMENTED } from '../../vm/values/constants.ts';
import type { Dict } from '../../vm/values/dict.ts';
import { DictView } from '../../vm/values/iterator.ts';
import { NEEDS_FLOW } from '../../vm/values/keys.ts';
import { SetObject } from '../../vm/values/set.ts';
import type { Slot, Value } from '../../vm/values/value.ts';
import { DECLINED, native, type NativeRow } from '../../vm/machine/native.ts';
import { findKey } from './dict.ts';
import { checkIterable, isContainer } from './iterator-elements.ts';
import { given, plainAs, receive } from './object-receiver.ts';
import * as algebra from './set-algebra.ts';

type Kind = 'keys' | 'items';

const viewOf = (kind: Kind, method: string, self: Slot): DictView =>
  receive(DictView, `dict_${kind}`, method, self);

/** Whether an operand is a set, or a view that behaves like one. */
function isSetLike(value: Value): boolean {
  if (plainAs(SetObject, value) !== undefined) return true;
  return value instanceof DictView && value.kind !== 'values';
}

/** A view as a set; undefined if its elements cannot all be keys here. */
function asSet(view: DictView): SetObject | undefined {
  if (view.kind === 'keys') {
    return view.dict.flow === null ? algebra.setOf(view.dict) : undefined;
  }
  const other = algebra.asOther(view);
  return other && algebra.setOf(other);
}

/** The other side of an operator; undefined for the twin. */
function otherSide(value: Value): algebra.Other | undefined {
  const other = algebra.asOther(value);
  if (other === undefined && !isContainer(value)) checkIterable(value);
  return other;
}

/** view & other: elements of `other` that are in the view, in the order they are met. */
function intersect(view: SetObject, self: DictView, value: Value): SetObject | undefined {
  let [within, from]: [SetObject, Value] = [view, value];
  if (value instanceof DictView && value.kind !== 'values' && value.dict.size > self.dict.size) {
    const swapped = asSet(value);
    if (swapped === undefined) return undefined;
    [within, from] = [swapped, self];
  }
  const set = plainAs(SetObject, from);
  if (set !== undefined && set === from && !set.isFrozen && within.size <= set.size) {
    return algebra.intersection(set, [...within.items()]);
  }
  const other = otherSide(from);
  if (other === undefined) return undefined;
  const found = new SetObject();
  const items = other instanceof SetObject || 'keys' in Object(other) ? keysIn(other) : other;
  for (const item of items as Iterable<Value>) {
    if ((within.find(item) as number) >= 0) found.add(item);
  }
  return found;
}

function keysIn(other: algebra.Other): Iterable<Value> {
  const keys = 'size' in other ? other.keys : other;
  return keys.filter((key): key is Value => key !== undefined);
}

type Combine = (self: DictView, left: SetObject, right: Value) => SetObject | undefined;

/** other op view, or view op other, where both sides can be made sets. */
function combined(run: (left: SetObject, right: algebra.Other) => void): Combine {
  return (_self, left, value) => {
    const right = otherSide(value);
    if (right === undefined) return undefined;
    run(left, right);
    return left;
  };
}

const OPERATORS: readonly (readonly [string, Combine])[] = [
  ['and', (self, left, right) => intersect(left, self, right)],
  ['or', combined(algebra.updateSet)],
  ['sub', combined(algebra.removeAll)],
  ['xor', combined(algebra.toggleAll)],
];

function operators(kind: Kind): NativeRow[] {
  return OPERATORS.flatMap(([name, run]) => [
    native(
      `dict_${kind}.__${name}__`,
      'self, value, /',
      (_context, self, other) => {
        const view = viewOf(kind, `__${name}__`, self);
        const left = asSet(view);
        const result = left && run(view, left, given(other));
        return result ?? DECLINED;
      },
      { twin: `_view_${name}` },
    ),
    native(
      `dict_${kind}.__r${name}__`,
      'self, value, /',
      (_context, self, other) => {
        const view = viewOf(kind, `__r${name}__`, self);
        checkIterable(given(other));
        if (name !== 'and') return DECLINED;
        // CPython has the view on the left, wherever it stands.
        const left = asSet(view);
        return (left && run(view, left, given(other))) ?? DECLINED;
      },
      { twin: `_view_r${name}` },
    ),
  ]);
}

const COMPARISONS = [
  ['__eq__', '=='],
  ['__ne__', '!='],
  ['__lt__', '<'],
  ['__le__', '<='],
  ['__gt__', '>'],
  ['__ge__', '>='],
] as const;

function comparisons(kind: Kind): NativeRow[] {
  return COMPARISONS.map(([name, symbol]) =>
    native(
      `dict_${kind}.${name}`,
      'self, value, /',
      (_context, self, other) => {
        const view = viewOf(kind, name, self);
        if (!isSetLike(given(other))) return NOT_IMPLEMENTED;
        if (symbol === '==' || symbol === '!=') {
          const answer = equals(view, given(other));
          if (typeof answer !== 'boolean') return DECLINED;
          return symbol === '==' ? answer : !answer;
        }
        const answer = order(symbol, view, given(other));
        return typeof answer === 'boolean' ? answer : DECLINED;
      },
      { twin: `_view_${name.slice(2, 4)}` },
    ),
  );
}

/** item in d.items(); undefined for the twin. */
function hasItem(dict: Dict, item: Value): boolean | undefined {
  const pair = plainAs(Tuple, item);
  if (pair?.items.length !== 2) return false;
  const [key, value] = pair.items as [Value, Value];
  const at = findKey(dict, key);
  if (at === undefined) return undefined;
  if (at < 0) return false;
  const same = equalsInside(dict.values[at] as Value, value);
  return same === NEEDS_FLOW ? undefined : same;
}

/** view.isdisjoint(other), looking at the elements of `other`; undefined for the twin. */
function isDisjoint(view: DictView, value: Value): boolean | undefined {
  const left = asSet(view);
  const right = otherSide(value);
  return left && right && algebra.isDisjoint(left, right);
}

export const rows: readonly NativeRow[] = [
  native(
    'dict_keys.__contains__',
    'self, key, /',
    (_context, self, key) => {
      const at = findKey(viewOf('keys', '__contains__', self).dict, given(key));
      return at === undefined ? DECLINED : at >= 0;
    },
    { twin: '_keys_contains' },
  ),
  native(
    'dict_items.__contains__',
    'self, key, /',
    (_context, self, item) =>
      hasItem(viewOf('items', '__contains__', self).dict, given(item)) ?? DECLINED,
    { twin: '_items_contains' },
  ),
  ...(['keys', 'items'] as const).flatMap((kind) => [
    ...operators(kind),
    ...comparisons(kind),
    native(
      `dict_${kind}.isdisjoint`,
      'self, other, /',
      (_context, self, other) =>
        isDisjoint(viewOf(kind, 'isdisjoint', self), given(other)) ?? DECLINED,
      { twin: '_view_isdisjoint' },
    ),
  ]),
];
