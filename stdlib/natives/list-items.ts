// Comparing the elements of lists and tuples, as far as the host can.

import type { List, Tuple } from '../../vm/values/collections.ts';
import { equals, identical, order } from '../../vm/values/compare.ts';
import { NOT_IMPLEMENTED } from '../../vm/values/constants.ts';
import { NEEDS_FLOW } from '../../vm/values/keys.ts';
import type { Value } from '../../vm/values/value.ts';
import { DECLINED, native, type NativeRow } from '../../vm/machine/native.ts';
import { given, plainAs, receive } from './object-receiver.ts';

/** `item is value or item == value`, as containers ask. */
export function same(item: Value, value: Value): boolean | typeof NEEDS_FLOW {
  return identical(item, value) || equals(item, value);
}

/** Position from `start` up to `stop` of the first item that is a value; -1 if there is none. */
export function findItem(
  items: readonly Value[],
  value: Value,
  start: number,
  stop: number,
): number | typeof NEEDS_FLOW {
  const end = Math.min(stop, items.length);
  for (let at = start; at < end; at++) {
    const answer = same(items[at] as Value, value);
    if (answer === NEEDS_FLOW) return NEEDS_FLOW;
    if (answer) return at;
  }
  return -1;
}

export function countItems(items: readonly Value[], value: Value): number | typeof NEEDS_FLOW {
  let count = 0;
  for (const item of items) {
    const answer = same(item, value);
    if (answer === NEEDS_FLOW) return NEEDS_FLOW;
    if (answer) count++;
  }
  return count;
}

/** The operators that compare, with the twins that do it for sequences. */
const COMPARISONS = [
  ['__eq__', '==', '_sequence_eq'],
  ['__ne__', '!=', '_sequence_ne'],
  ['__lt__', '<', '_sequence_lt'],
  ['__le__', '<=', '_sequence_le'],
  ['__gt__', '>', '_sequence_gt'],
  ['__ge__', '>=', '_sequence_ge'],
] as const;

/** Rows for == and its kin, of list or tuple. */
export function sequenceComparisons(
  type: 'list' | 'tuple',
  kind: typeof List | typeof Tuple,
): NativeRow[] {
  return COMPARISONS.map(([name, symbol, twin]) =>
    native(
      `${type}.${name}`,
      'self, value, /',
      (_context, self, other) => {
        const left = receive<List | Tuple>(kind, type, name, self);
        const right = plainAs<List | Tuple>(kind, given(other));
        if (right === undefined) return NOT_IMPLEMENTED;
        if (symbol === '==' || symbol === '!=') {
          const answer = equals(left, right);
          if (answer === NEEDS_FLOW) return DECLINED;
          return symbol === '==' ? answer : !answer;
        }
        const answer = order(symbol, left, right);
        // An order that is not defined is the twin's to report: it knows between which elements.
        return typeof answer === 'boolean' ? answer : DECLINED;
      },
      { twin },
    ),
  );
}
