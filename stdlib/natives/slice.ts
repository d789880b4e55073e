// Methods of slice.

import { Slice, Tuple } from '../../vm/values/collections.ts';
import { equals, order } from '../../vm/values/compare.ts';
import { NOT_IMPLEMENTED } from '../../vm/values/constants.ts';
import { typeError, valueError } from '../../vm/values/exception.ts';
import { NEEDS_FLOW } from '../../vm/values/keys.ts';
import { hasMethod, intOf, toIndex } from '../../vm/values/plain.ts';
import { Instance } from '../../vm/values/type.ts';
import { types } from '../../vm/values/types.ts';
import { integer, type Slot, type Value } from '../../vm/values/value.ts';
import { DECLINED, native, type NativeRow } from '../../vm/machine/native.ts';
import type { AttributeRow } from '../../vm/machine/registry.ts';
import { classOf, given, readOnlyMember, receive } from './object-receiver.ts';

type Int = number | bigint;

const sliceOf = (method: string, self: Slot): Slice => receive(Slice, 'slice', method, self);

/** A part of a slice as an int, or null; undefined if it has an __index__ in flow. */
function part(value: Value): Int | null | undefined {
  if (value === null) return null;
  const int = intOf(value);
  if (int !== undefined) return int;
  if (value instanceof Instance && hasMethod(value, '__index__')) return undefined;
  throw typeError('slice indices must be integers or None or have an __index__ method');
}

/**
 * start, stop and step of a slice over a sequence of any length, however large;
 * undefined if flow code is needed for one of the parts.
 */
export function indices(slice: Slice, length: Int): readonly [Int, Int, Int] | undefined {
  const step = part(slice.step) ?? (slice.step === null ? 1 : undefined);
  if (step === undefined) return undefined;
  if (step === 0) throw valueError('slice step cannot be zero');
  const size = BigInt(length);
  const [low, high] = step < 0 ? [-1n, size - 1n] : [0n, size];
  const bound = (value: Int | null, missing: bigint): Int => {
    if (value === null) return integer(missing);
    const at = BigInt(value) < 0n ? BigInt(value) + size : BigInt(value);
    return integer(at < low ? low : at > high ? high : at);
  };
  const [start, stop] = [part(slice.start), part(slice.stop)];
  if (start === undefined || stop === undefined) return undefined;
  const [first, last] = step < 0 ? [high, low] : [low, high];
  return [bound(start, first), bound(stop, last), step];
}

const asTuple = ({ start, stop, step }: Slice): Tuple => new Tuple([start, stop, step]);

const COMPARISONS = [
  ['__eq__', '=='],
  ['__ne__', '!='],
  ['__lt__', '<'],
  ['__le__', '<='],
  ['__gt__', '>'],
  ['__ge__', '>='],
] as const;

export const rows: readonly NativeRow[] = [
  native(
    'slice.__new__',
    'cls, start, stop=?, step=None, /',
    (_context, cls, start, stop, step) => {
      classOf(cls, types.slice);
      if (stop === undefined) return new Slice(null, given(start), null);
      return new Slice(given(start), stop, given(step));
    },
  ),
  native(
    'slice.indices',
    'self, object, /',
    (_context, self, size) => {
      const length = toIndex(given(size));
      if (length === NEEDS_FLOW) return DECLINED;
      if (length < 0) throw valueError('length should not be negative');
      const parts = indices(sliceOf('indices', self), length);
      return parts === undefined ? DECLINED : new Tuple(parts);
    },
    { twin: '_slice_indices' },
  ),
  ...COMPARISONS.map(([name, symbol]) =>
    native(
      `slice.${name}`,
      'self, value, /',
      (_context, self, other) => {
        const left = sliceOf(name, self);
        if (!(other instanceof Slice)) return NOT_IMPLEMENTED;
        if (symbol === '==' || symbol === '!=') {
          const answer = equals(left, other);
          return answer === NEEDS_FLOW ? DECLINED : answer === (symbol === '==');
        }
        const answer = order(symbol, asTuple(left), asTuple(other));
        return typeof answer === 'boolean' ? answer : DECLINED;
      },
      { twin: `_slice_${name.slice(2, 4)}` },
    ),
  ),
];

export const attributes: readonly AttributeRow[] = (['start', 'stop', 'step'] as const).map(
  (name) => ({
    type: 'slice',
    name,
    get: (_context, self) => sliceOf(name, self)[name],
    set: readOnlyMember,
    remove: readOnlyMember,
  }),
);
