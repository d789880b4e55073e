// int(), and the methods of int that have names. The dunder ones are in
// int-operators.ts.

import { addInts, bitLength, truncate } from '../../vm/values/arithmetic-int.ts';
import { Bytes, Tuple } from '../../vm/values/collections.ts';
import { overflowError, typeError, valueError } from '../../vm/values/exception.ts';
import { BYTES_MAX, INT_BITS_MAX, memoryError } from '../../vm/values/limits.ts';
import { NEEDS_FLOW } from '../../vm/values/keys.ts';
import { checkBase, intFromBytes, intFromText } from '../../vm/values/number-parse.ts';
import {
  hasMethod,
  instanceOf,
  intOf,
  keepsMethod,
  plain,
  toIndex,
  typeName,
} from '../../vm/values/plain.ts';
import { Instance } from '../../vm/values/type.ts';
import { types } from '../../vm/values/types.ts';
import { Float, integer, type Slot, type Value } from '../../vm/values/value.ts';
import { truthOf } from '../../vm/machine/operators.ts';
import { DECLINED, native, type NativeRow } from '../../vm/machine/native.ts';
import type { AttributeRow } from '../../vm/machine/registry.ts';
import { bytesOf } from './bytes.ts';
import { fromItems } from './bytes-build.ts';
import { decline, method, size, textOf, wrongArgument, type Int } from './int-arguments.ts';
import { intSelf } from './int-operators.ts';
import { classOf, given } from './object-receiver.ts';

/**
 * int(x) and int(x, base). It says itself that it declines: programs try whether a text is a
 * number, and what is thrown through method() is thrown twice.
 */
function toInt(x: Slot, base: Slot): Int | typeof DECLINED {
  if (base !== undefined) {
    if (x === undefined) throw typeError('int() missing string argument');
    const radix = typeof base === 'number' ? base : toIndex(given(base));
    if (radix === NEEDS_FLOW) return DECLINED;
    checkBase(radix);
    const text = textOf(x);
    if (text !== undefined) return intFromText(text, radix);
    const bytes = bytesOf(x);
    if (bytes !== undefined) return intFromBytes(bytes, radix);
    throw typeError("int() can't convert non-string with explicit base");
  }
  if (x === undefined) return 0;
  if (x instanceof Instance && asksFlow(x)) return DECLINED;
  const value = plain(given(x));
  const int = intOf(value);
  if (int !== undefined) return int;
  if (value instanceof Float) return truncate(value.value);
  if (typeof value === 'string') return intFromText(value);
  const bytes = bytesOf(value);
  if (bytes !== undefined) return intFromBytes(bytes);
  throw typeError(
    'int() argument must be a string, a bytes-like object or a real number, ' +
      `not '${typeName(given(x))}'`,
  );
}

/** Whether a class in flow has its own way to become an int. */
function asksFlow(x: Instance): boolean {
  const names = ['__int__', '__index__', '__trunc__'];
  if (x.base === undefined) return names.some((name) => hasMethod(x, name));
  return !names.every((name) => keepsMethod(x, name));
}

type Order = 'big' | 'little';

function orderOf(value: Slot, what: string): Order {
  const name = textOf(value);
  if (name === undefined) {
    return wrongArgument(`${what}() argument 'byteorder'`, 'str', given(value));
  }
  if (name !== 'big' && name !== 'little') {
    throw valueError("byteorder must be either 'little' or 'big'");
  }
  return name;
}

function isTrue(value: Slot): boolean {
  return truthOf(given(value)) ?? decline();
}

function toBytes(value: Int, length: number, order: Order, signed: boolean): Uint8Array {
  if (length < 0) throw valueError('length argument must be non-negative');
  if (length > BYTES_MAX) throw memoryError();
  if (value < 0 && !signed) throw overflowError("can't convert negative int to unsigned");
  // A signed number of n bits needs one more for its sign; -2 ** n does with n.
  const magnitude = value < 0 ? -BigInt(value) - 1n : BigInt(value);
  if (bitLength(integer(magnitude)) + (signed ? 1 : 0) > length * 8) {
    if (!(magnitude === 0n && length === 0 && value === 0)) {
      throw overflowError('int too big to convert');
    }
  }
  const bytes = new Uint8Array(length);
  const digits = magnitude.toString(16);
  const padded = digits.length % 2 === 1 ? `0${digits}` : digits;
  const known = Buffer.from(padded, 'hex');
  bytes.set(known.subarray(Math.max(0, known.length - length)), Math.max(0, length - known.length));
  if (value < 0) for (let i = 0; i < length; i++) bytes[i] = ~(bytes[i] as number);
  return order === 'big' ? bytes : bytes.reverse();
}

function fromBytes(bytes: Uint8Array, order: Order, signed: boolean): Int {
  if (bytes.length * 8 > INT_BITS_MAX) throw memoryError();
  if (bytes.length === 0) return 0;
  const big = order === 'big' ? bytes : bytes.slice().reverse();
  const value = BigInt(`0x${Buffer.from(big).toString('hex')}`);
  return integer(signed ? BigInt.asIntN(bytes.length * 8, value) : value);
}

/** What int.from_bytes() takes: bytes, or an iterable of ints. */
function bytesArgument(value: Slot): Uint8Array {
  const bytes = bytesOf(value);
  if (bytes !== undefined) return bytes;
  if (value instanceof Instance && hasMethod(value, '__bytes__')) return decline();
  if (textOf(value) !== undefined) throw typeError("cannot convert 'str' object to bytes");
  return fromItems('bytes', given(value));
}

function countBits(value: Int): number {
  const size = BigInt(value < 0 ? -value : value);
  let count = 0;
  for (const digit of size.toString(2)) if (digit === '1') count++;
  return count;
}

export const rows: readonly NativeRow[] = [
  native(
    'int.__new__',
    'cls, x=?, /, base=?',
    (_context, cls, x, base) => {
      const type = classOf(cls, types.int);
      if (type === types.bool) {
        throw typeError('int.__new__(bool) is not safe, use bool.__new__()');
      }
      const value = toInt(x, base);
      return value === DECLINED ? DECLINED : instanceOf(type, value);
    },
    { twin: '_int_new' },
  ),
  native('int.bit_length', 'self, /', (_context, self) =>
    bitLength(intOf(intSelf('bit_length', self)) ?? 0),
  ),
  native('int.bit_count', 'self, /', (_context, self) =>
    countBits(intOf(intSelf('bit_count', self)) ?? 0),
  ),
  native('int.as_integer_ratio', 'self, /', (_context, self) => {
    return new Tuple([addInts(intOf(intSelf('as_integer_ratio', self)) ?? 0, 0), 1]);
  }),
  method(
    'int.to_bytes',
    "self, /, length=1, byteorder='big', *, signed=False",
    (_context, self, length, order, signed) => {
      const value = intOf(intSelf('to_bytes', self)) ?? 0;
      const count = size(length);
      const byteOrder = orderOf(order, 'to_bytes');
      // CPython makes no bytes of -1, too.
      const isNone = value === -1 && count === 0 && isTrue(signed);
      return new Bytes(toBytes(isNone ? 0 : value, count, byteOrder, isTrue(signed)));
    },
    '_int_to_bytes',
  ),
  method(
    'int.from_bytes',
    "cls, /, bytes, byteorder='big', *, signed=False",
    (_context, cls, bytes, order, signed) => {
      const made = classOf(cls, types.int);
      const byteOrder = orderOf(order, 'from_bytes');
      const value = fromBytes(bytesArgument(bytes), byteOrder, isTrue(signed));
      if (made === types.bool) return value !== 0;
      // A subclass is called with the int, and may do as it likes with it.
      return made.isBuiltin ? value : DECLINED;
    },
    '_int_from_bytes',
  ),
];

const intValue = (self: Value): Int => intOf(self) ?? 0;

/** Attributes that are computed. */
export const attributes: readonly AttributeRow[] = [
  { type: 'int', name: 'real', get: (_context, self) => intValue(self) },
  { type: 'int', name: 'imag', get: () => 0 },
  { type: 'int', name: 'numerator', get: (_context, self) => intValue(self) },
  { type: 'int', name: 'denominator', get: () => 1 },
];
