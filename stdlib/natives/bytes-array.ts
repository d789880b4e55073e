// What changes a bytearray.
//
// Each reads its arguments first, then replaces or writes the bytes and says from
// where on, or which one: touchFrom(), touchAt(), or touch() for all (H2).

import { ByteArray, Slice } from '../../vm/values/collections.ts';
import { repeat } from '../../vm/values/arithmetic-sequence.ts';
import { indexError, raised, typeError, valueError } from '../../vm/values/exception.ts';
import { BYTES_MAX, memoryError } from '../../vm/values/limits.ts';
import { hasMethod, intOf, isIndexSized, plain, typeName, unsized } from '../../vm/values/plain.ts';
import { Instance } from '../../vm/values/type.ts';
import { types } from '../../vm/values/types.ts';
import { Float, type Slot, type Value } from '../../vm/values/value.ts';
import { native, type NativeFunction, type NativeRow } from '../../vm/machine/native.ts';
import { byteOf, bytesOf } from './bytes.ts';
import { fromItems } from './bytes-build.ts';
import { decline, known, method, size, times } from './int-arguments.ts';
import { isIterable } from './iterator-elements.ts';
import { given, receive } from './object-receiver.ts';
import { pick, type Picked } from '../../vm/values/slice.ts';

const arrayOf = (name: string, self: Slot): ByteArray =>
  receive(ByteArray, 'bytearray', name, self);

function row(name: string, parameters: string, run: NativeFunction): NativeRow {
  const signature = parameters === '' ? 'self, /' : `self, ${parameters}`;
  return method(`bytearray.${name}`, signature, run, `_bytearray_${name.replaceAll('__', '')}`);
}

function replaceAll(array: ByteArray, bytes: Uint8Array): void {
  array.bytes = bytes;
  array.touch();
}

/** Buffers made here with room to spare, which belongs to the one array that begins in them. */
const roomy = new WeakSet<ArrayBufferLike>();

/** Bytes at the end: in the room there is, or in a larger buffer with room for more. */
function append(array: ByteArray, more: Uint8Array): void {
  const { bytes } = array;
  const length = bytes.length + more.length;
  if (length > BYTES_MAX) throw memoryError();
  let { buffer } = bytes;
  if (!roomy.has(buffer) || bytes.byteOffset !== 0 || length > buffer.byteLength) {
    buffer = new ArrayBuffer(length + (length >> 3) + 16);
    roomy.add(buffer);
    new Uint8Array(buffer).set(bytes);
  }
  const longer = new Uint8Array(buffer, 0, length);
  longer.set(more, bytes.length);
  array.bytes = longer;
  array.touchFrom(bytes.length);
}

/** Put bytes in the place of array[start:stop]. */
function splice(array: ByteArray, start: number, stop: number, bytes: Uint8Array): void {
  const { length } = array.bytes;
  const made = new Uint8Array(length - (stop - start) + bytes.length);
  if (made.length > BYTES_MAX) throw memoryError();
  made.set(array.bytes.subarray(0, start));
  made.set(bytes, start);
  made.set(array.bytes.subarray(stop), start + bytes.length);
  array.bytes = made;
  array.touchFrom(start);
}

/** Position of an element, for a key that is no slice. */
function positionOf(array: ByteArray, key: Value): number {
  const int = intOf(key);
  if (int === undefined) {
    if (key instanceof Instance && hasMethod(key, '__index__')) return decline();
    throw typeError(`bytearray indices must be integers or slices, not ${typeName(key)}`);
  }
  if (!isIndexSized(int)) throw unsized(types.IndexError, key);
  const at = Number(int) + (int < 0 ? array.bytes.length : 0);
  if (at < 0 || at >= array.bytes.length) throw indexError('bytearray index out of range');
  return at;
}

function setItem(array: ByteArray, key: Value, value: Value): null {
  if (key instanceof Slice) {
    setPart(array, known(pick(key, array.bytes.length)), value);
    return null;
  }
  // The value first, as CPython does: its __index__ may make the array shorter.
  const int = intOf(key);
  const byte = int !== undefined && isIndexSized(int) ? byteOf(value) : 0;
  const at = positionOf(array, key);
  array.bytes[at] = byte;
  array.touchAt(at);
  return null;
}

function setPart(array: ByteArray, range: Picked, value: Value): void {
  const bytes = bytesOf(value)?.slice() ?? assignable(value);
  const { start, stop, step, count } = range;
  if (step === 1) {
    splice(array, start, stop, bytes);
    return;
  }
  // CPython: nothing, given to every so many, takes them out.
  if (bytes.length === 0) {
    cutPart(array, range);
    return;
  }
  if (bytes.length !== count) {
    throw valueError(
      `attempt to assign bytes of size ${bytes.length} to extended slice of size ${count}`,
    );
  }
  for (let i = 0; i < count; i++) array.bytes[start + i * step] = bytes[i] as number;
  array.touch();
}

function assignable(value: Value): Uint8Array {
  const base = plain(value);
  if (typeof base === 'string' || base instanceof Float || intOf(base) !== undefined) {
    throw typeError('can assign only bytes, buffers, or iterables of ints in range(0, 256)');
  }
  return fromItems('bytearray', value);
}

function deleteItem(array: ByteArray, key: Value): null {
  if (!(key instanceof Slice)) {
    const at = positionOf(array, key);
    splice(array, at, at + 1, new Uint8Array(0));
    return null;
  }
  cutPart(array, known(pick(key, array.bytes.length)));
  return null;
}

function cutPart(array: ByteArray, { start, step, count }: Picked): void {
  const gone = new Set<number>();
  for (let i = 0; i < count; i++) gone.add(start + i * step);
  replaceAll(
    array,
    array.bytes.filter((_, i) => !gone.has(i)),
  );
}

function extend(array: ByteArray, value: Value): null {
  const base = plain(value);
  if (typeof base === 'string' && base !== '') {
    throw typeError("'str' object cannot be interpreted as an integer");
  }
  if (!isIterable(value)) {
    throw typeError(`can't extend bytearray with ${typeName(value)}`);
  }
  const more = bytesOf(value) ?? (base === '' ? new Uint8Array(0) : fromItems('bytearray', value));
  append(array, more.slice());
  return null;
}

function pop(array: ByteArray, at: number): number {
  const { length } = array.bytes;
  if (length === 0) throw indexError('pop from empty bytearray');
  const place = at < 0 ? at + length : at;
  const byte = array.bytes[place];
  if (byte === undefined) throw indexError('pop index out of range');
  if (place === length - 1) replaceAll(array, array.bytes.subarray(0, place));
  else splice(array, place, place + 1, new Uint8Array(0));
  return byte;
}

function remove(array: ByteArray, byte: number): null {
  const at = array.bytes.indexOf(byte);
  if (at < 0) throw valueError('value not found in bytearray');
  splice(array, at, at + 1, new Uint8Array(0));
  return null;
}

export const rows: readonly NativeRow[] = [
  row('append', 'item, /', (_context, self, item) => {
    const array = arrayOf('append', self);
    append(array, Uint8Array.of(byteOf(item)));
    return null;
  }),
  row('extend', 'iterable_of_ints, /', (_context, self, items) =>
    extend(arrayOf('extend', self), given(items)),
  ),
  row('insert', 'index, item, /', (_context, self, at, item) => {
    const array = arrayOf('insert', self);
    const { length } = array.bytes;
    const [place, byte] = [size(at), byteOf(item)];
    const from = place < 0 ? Math.max(0, place + length) : Math.min(place, length);
    splice(array, from, from, Uint8Array.of(byte));
    return null;
  }),
  row('pop', 'index=-1, /', (_context, self, at) => pop(arrayOf('pop', self), size(at))),
  row('remove', 'value, /', (_context, self, value) =>
    remove(arrayOf('remove', self), byteOf(value)),
  ),
  native('bytearray.clear', 'self, /', (_context, self) => {
    replaceAll(arrayOf('clear', self), new Uint8Array(0));
    return null;
  }),
  native('bytearray.reverse', 'self, /', (_context, self) => {
    const array = arrayOf('reverse', self);
    array.bytes.reverse();
    array.touch();
    return null;
  }),
  native(
    'bytearray.copy',
    'self, /',
    (_context, self) => new ByteArray(arrayOf('copy', self).bytes.slice()),
  ),
  row('__setitem__', 'key, value, /', (_context, self, key, value) =>
    setItem(arrayOf('__setitem__', self), given(key), given(value)),
  ),
  row('__delitem__', 'key, /', (_context, self, key) =>
    deleteItem(arrayOf('__delitem__', self), given(key)),
  ),
  // `this`, not self: += gives back the very object it was called on.
  native('bytearray.__iadd__', 'this, value, /', (_context, self, value) => {
    const array = arrayOf('__iadd__', self);
    const bytes = bytesOf(value);
    if (bytes === undefined) throw typeError(`can't concat ${typeName(given(value))} to bytearray`);
    // CPython looks at its bytes while it should grow.
    if (plain(given(value)) === array && bytes.length > 0) {
      throw raised(types.BufferError, 'Existing exports of data: object cannot be re-sized');
    }
    append(array, bytes.slice());
    return given(self);
  }),
  method(
    'bytearray.__imul__',
    'this, value, /',
    (_context, self, value) => {
      const array = arrayOf('__imul__', self);
      const repeated = known(repeat(array, times(value)));
      if (repeated instanceof ByteArray) replaceAll(array, repeated.bytes);
      return given(self);
    },
    '_bytearray_imul',
  ),
];
