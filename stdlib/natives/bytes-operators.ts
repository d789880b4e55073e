// Dunder methods that bytes and bytearray share.

import { Bytes, Slice, Tuple, type ByteArray } from '../../vm/values/collections.ts';
import { concat, repeat } from '../../vm/values/arithmetic-sequence.ts';
import { compareBytes } from '../../vm/values/compare.ts';
import { NOT_IMPLEMENTED } from '../../vm/values/constants.ts';
import { indexError, typeError } from '../../vm/values/exception.ts';
import { hashBytes } from '../../vm/values/hash-text.ts';
import { ITERATOR_KINDS, NativeIterator } from '../../vm/values/iterator.ts';
import { hasMethod, intOf, isIndexSized, plain, typeName, unsized } from '../../vm/values/plain.ts';
import { reprByteArray, reprBytes } from '../../vm/values/plain-text.ts';
import { Instance } from '../../vm/values/type.ts';
import { types } from '../../vm/values/types.ts';
import { integer, type Slot, type Value } from '../../vm/values/value.ts';
import { native, type NativeResult, type NativeRow } from '../../vm/machine/native.ts';
import {
  BYTE_TYPES,
  byteOf,
  bytesNeeded,
  bytesOf,
  bytesSelf,
  makeBytes,
  type ByteType,
} from './bytes.ts';
import { decline, known, method, times } from './int-arguments.ts';
import { given } from './object-receiver.ts';
import { pick, picked } from '../../vm/values/slice.ts';

function selfOf(type: ByteType, name: string, self: Slot): Bytes | ByteArray {
  bytesSelf(type, name, self);
  return plain(given(self)) as Bytes | ByteArray;
}

/** self[key]. */
function item(type: ByteType, self: Uint8Array, key: Value): Value {
  if (key instanceof Slice) {
    const range = known(pick(key, self.length));
    if (range.step === 1)
      return makeBytes(type, self.slice(range.start, range.start + range.count));
    return makeBytes(type, Uint8Array.from(picked(Array.from(self), range)));
  }
  const int = intOf(key);
  if (int === undefined) {
    if (key instanceof Instance && hasMethod(key, '__index__')) return decline();
    const kind = type === 'bytes' ? 'byte' : 'bytearray';
    throw typeError(`${kind} indices must be integers or slices, not ${typeName(key)}`);
  }
  if (!isIndexSized(int)) throw unsized(types.IndexError, key);
  const byte = self[Number(int) + (int < 0 ? self.length : 0)];
  if (byte !== undefined) return byte;
  throw indexError(type === 'bytes' ? 'index out of range' : 'bytearray index out of range');
}

function contains(self: Uint8Array, key: Value): boolean {
  const bytes = bytesOf(key);
  if (bytes !== undefined) {
    const whole = Buffer.from(self.buffer, self.byteOffset, self.byteLength);
    return bytes.length === 0 || whole.includes(bytes);
  }
  if (intOf(key) !== undefined) return self.includes(byteOf(key));
  if (key instanceof Instance && hasMethod(key, '__index__')) return decline();
  bytesNeeded(key);
  return false;
}

/** The comparisons, by what they ask of a difference. */
const COMPARISONS: readonly (readonly [string, (difference: number) => boolean])[] = [
  ['__eq__', (difference) => difference === 0],
  ['__ne__', (difference) => difference !== 0],
  ['__lt__', (difference) => difference < 0],
  ['__le__', (difference) => difference <= 0],
  ['__gt__', (difference) => difference > 0],
  ['__ge__', (difference) => difference >= 0],
];

function rowsOf(type: ByteType): NativeRow[] {
  const [kind] = type === 'bytes' ? ITERATOR_KINDS.bytes : ITERATOR_KINDS.byteArray;
  const simple = (name: string, run: (self: Bytes | ByteArray) => NativeResult): NativeRow =>
    native(`${type}.${name}`, 'self, /', (_context, self) => run(selfOf(type, name, self)));
  // A bytearray goes by the name of its class, bytes do not.
  const written = (name: string): NativeRow =>
    native(`${type}.${name}`, 'this, /', (_context, self) => {
      const { bytes } = selfOf(type, name, self);
      return type === 'bytes' ? reprBytes(bytes) : reprByteArray(bytes, typeName(given(self)));
    });
  return [
    ...COMPARISONS.map(([name, test]) =>
      native(`${type}.${name}`, 'self, value, /', (_context, self, value) => {
        const other = bytesOf(value);
        // bytes leave a bytearray or a memoryview to compare itself with them.
        const isLeft = type === 'bytes' && !(plain(given(value)) instanceof Bytes);
        if (other === undefined || isLeft) return NOT_IMPLEMENTED;
        return test(compareBytes(bytesSelf(type, name, self), other));
      }),
    ),
    native(`${type}.__add__`, 'self, value, /', (_context, self, value) =>
      concat(selfOf(type, '__add__', self), given(value)),
    ),
    ...['__mul__', '__rmul__'].map((name) =>
      method(
        `${type}.${name}`,
        'self, value, /',
        (_context, self, value) => known(repeat(selfOf(type, name, self), times(value))),
        '_sequence_repeat',
      ),
    ),
    method(
      `${type}.__getitem__`,
      'self, key, /',
      (_context, self, key) => item(type, bytesSelf(type, '__getitem__', self), given(key)),
      '_bytes_getitem',
    ),
    method(
      `${type}.__contains__`,
      'self, key, /',
      (_context, self, key) => contains(bytesSelf(type, '__contains__', self), given(key)),
      '_bytes_contains',
    ),
    simple('__len__', (self) => self.bytes.length),
    written('__repr__'),
    written('__str__'),
    simple('__iter__', (self) => new NativeIterator(kind, self, 0, null)),
  ];
}

export const rows: readonly NativeRow[] = [
  ...BYTE_TYPES.flatMap(rowsOf),
  native('bytes.__hash__', 'self, /', (_context, self) =>
    integer(hashBytes(bytesSelf('bytes', '__hash__', self))),
  ),
  native('bytes.__bytes__', 'self, /', (_context, self) => selfOf('bytes', '__bytes__', self)),
  native(
    'bytes.__getnewargs__',
    'self, /',
    (_context, self) => new Tuple([selfOf('bytes', '__getnewargs__', self)]),
  ),
];
