// Methods of range. All native: a range holds ints only.

import { Range, Slice } from '../../vm/values/collections.ts';
import { complexParts } from '../../vm/values/complex.ts';
import { equals } from '../../vm/values/compare.ts';
import { NOT_IMPLEMENTED } from '../../vm/values/constants.ts';
import { indexError, overflowError, typeError, valueError } from '../../vm/values/exception.ts';
import { hasLong, ITERATOR_KINDS, NativeIterator } from '../../vm/values/iterator.ts';
import { NEEDS_FLOW } from '../../vm/values/keys.ts';
import { hasMethod, intOf, isIndexSized, toIndex, typeName } from '../../vm/values/plain.ts';
import { Instance } from '../../vm/values/type.ts';
import { types } from '../../vm/values/types.ts';
import { integer, type Slot, type Value } from '../../vm/values/value.ts';
import { DECLINED, native, type NativeRow } from '../../vm/machine/native.ts';
import type { AttributeRow } from '../../vm/machine/registry.ts';
import { classOf, given, readOnlyMember, receive } from './object-receiver.ts';
import { hashed } from './object-hash.ts';
import { indices } from './slice.ts';

const rangeOf = (method: string, self: Slot): Range => receive(Range, 'range', method, self);

type Int = number | bigint;

/** start + i * step */
function nth({ start, step }: Range, i: Int): Int {
  if (typeof start === 'number' && typeof step === 'number' && typeof i === 'number') {
    const way = i * step;
    const value = start + way;
    if (Number.isSafeInteger(way) && Number.isSafeInteger(value)) return value + 0;
  }
  return integer(BigInt(start) + BigInt(i) * BigInt(step));
}

/** How many steps from the start a value is; undefined if the range does not meet it. */
function stepsTo(range: Range, value: Int): Int | undefined {
  const distance = BigInt(value) - BigInt(range.start);
  const step = BigInt(range.step);
  if (distance % step !== 0n) return undefined;
  const steps = distance / step;
  return steps >= 0n && steps < BigInt(range.length) ? integer(steps) : undefined;
}

/** An int that a value of a range may equal: 2.0 is in range(3), and so is 2+0j. */
function asWhole(value: Value): Int | undefined {
  const int = intOf(value);
  if (int !== undefined) return int;
  const real = complexParts(value);
  if (real?.imag !== 0 || !Number.isInteger(real.real)) return undefined;
  return integer(BigInt(real.real));
}

function getItem(range: Range, key: Value): Value | typeof DECLINED {
  if (key instanceof Slice) {
    const parts = indices(key, range.length);
    if (parts === undefined) return DECLINED;
    const [start, stop, step] = parts;
    const stride = integer(BigInt(range.step) * BigInt(step));
    return new Range(nth(range, start), nth(range, stop), stride);
  }
  const at = intOf(key);
  if (at === undefined) {
    if (key instanceof Instance && hasMethod(key, '__index__')) return DECLINED;
    throw typeError(`range indices must be integers or slices, not ${typeName(key)}`);
  }
  const positive = at < 0 ? integer(BigInt(at) + BigInt(range.length)) : at;
  if (positive < 0 || positive >= range.length) {
    throw indexError('range object index out of range');
  }
  return nth(range, positive);
}

/** range(stop) or range(start, stop[, step]); undefined if one of them has an __index__ in flow. */
function newRange(first: Slot, second: Slot, third: Slot): Range | undefined {
  const [start, stop] = second === undefined ? [0, first] : [first, second];
  const parts: Int[] = [];
  for (const part of [start, stop, third === undefined ? 1 : third]) {
    const int = toIndex(given(part));
    if (int === NEEDS_FLOW) return undefined;
    parts.push(int);
  }
  const [from, to, step] = parts as [Int, Int, Int];
  if (step === 0) throw valueError('range() arg 3 must not be zero');
  return new Range(from, to, step);
}

/** Whether only flow code can tell if some element equals a value. */
function needsFlow(value: Value): boolean {
  return equals(value, 0) === NEEDS_FLOW;
}

export const rows: readonly NativeRow[] = [
  native(
    'range.__new__',
    'cls, start, stop=?, step=?, /',
    (_context, cls, start, stop, step) => {
      classOf(cls, types.range);
      return newRange(start, stop, step) ?? DECLINED;
    },
    { twin: '_range_new' },
  ),
  native('range.__len__', 'self, /', (_context, self) => {
    const { length } = rangeOf('__len__', self);
    if (!isIndexSized(length)) {
      throw overflowError('Python int too large to convert to C ssize_t');
    }
    return length;
  }),
  native('range.__bool__', 'self, /', (_context, self) => rangeOf('__bool__', self).length !== 0),
  native(
    'range.__getitem__',
    'self, key, /',
    (_context, self, key) => getItem(rangeOf('__getitem__', self), given(key)),
    { twin: '_range_getitem' },
  ),
  native(
    'range.__contains__',
    'self, key, /',
    (_context, self, key) => {
      const range = rangeOf('__contains__', self);
      const value = given(key);
      if (needsFlow(value)) return DECLINED;
      const int = asWhole(value);
      return int !== undefined && stepsTo(range, int) !== undefined;
    },
    { twin: '_sequence_contains' },
  ),
  native('range.__iter__', 'self, /', (_context, self) => {
    return new NativeIterator(ITERATOR_KINDS.range[0], rangeOf('__iter__', self), 0, null);
  }),
  native('range.__reversed__', 'self, /', (_context, self) => {
    const range = rangeOf('__reversed__', self);
    const last = nth(range, integer(BigInt(range.length) - 1n));
    const step = integer(-BigInt(range.step));
    const end = integer(BigInt(range.start) - BigInt(range.step));
    const turned = new Range(last, end, step);
    return new NativeIterator(ITERATOR_KINDS.range[0], turned, 0, hasLong(range) || null);
  }),
  ...(['__eq__', '__ne__'] as const).map((name) =>
    native(`range.${name}`, 'self, value, /', (_context, self, other) => {
      if (!(other instanceof Range)) return NOT_IMPLEMENTED;
      return (equals(rangeOf(name, self), other) === true) === (name === '__eq__');
    }),
  ),
  native('range.__hash__', 'self, /', (context, self) =>
    hashed(context, rangeOf('__hash__', self)),
  ),
  native(
    'range.index',
    'self, value, /',
    (_context, self, value) => {
      const range = rangeOf('index', self);
      if (needsFlow(given(value))) return DECLINED;
      const int = asWhole(given(value));
      const at = int === undefined ? undefined : stepsTo(range, int);
      // Its repr() may take flow code, if it is no number.
      return at ?? DECLINED;
    },
    { twin: '_range_index' },
  ),
  native(
    'range.count',
    'self, value, /',
    (_context, self, value) => {
      const range = rangeOf('count', self);
      if (needsFlow(given(value))) return DECLINED;
      const int = asWhole(given(value));
      return int !== undefined && stepsTo(range, int) !== undefined ? 1 : 0;
    },
    { twin: '_sequence_count' },
  ),
];

export const attributes: readonly AttributeRow[] = (['start', 'stop', 'step'] as const).map(
  (name) => ({
    type: 'range',
    name,
    get: (_context, self) => rangeOf(name, self)[name],
    set: readOnlyMember,
    remove: readOnlyMember,
  }),
);
