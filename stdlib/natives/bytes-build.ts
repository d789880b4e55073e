// bytes() and bytearray(), join, translate, maketrans, fromhex and %.

import { ByteArray, Bytes, Range, Tuple } from '../../vm/values/collections.ts';
import { NOT_IMPLEMENTED } from '../../vm/values/constants.ts';
import { overflowError, typeError, valueError } from '../../vm/values/exception.ts';
import { BYTES_MAX, INDEX_MAX, memoryError } from '../../vm/values/limits.ts';
import { percentBytes } from '../../vm/values/percent-format.ts';
import {
  hasMethod,
  instanceOf,
  intOf,
  isIndexSized,
  plain,
  typeName,
  unsized,
} from '../../vm/values/plain.ts';
import { Asked } from '../../vm/values/plain-asked.ts';
import { Instance } from '../../vm/values/type.ts';
import { types } from '../../vm/values/types.ts';
import type { Slot, Value } from '../../vm/values/value.ts';
import { DECLINED, native, type NativeResult, type NativeRow } from '../../vm/machine/native.ts';
import { BYTE_TYPES, bytesNeeded, bytesOf, bytesSelf, makeBytes, type ByteType } from './bytes.ts';
import { encode, settles } from './bytes-codec.ts';
import { hexBytes } from './bytes-hex.ts';
import { decline, index, method, text, textOf } from './int-arguments.ts';
import { isContainer, isIterable, peek } from './iterator-elements.ts';
import { classOf, given, plainAs, receive } from './object-receiver.ts';

/** The bytes that bytes(source, encoding, errors) is to hold. */
function content(type: ByteType, source: Slot, encoding: Slot, errors: Slot): Uint8Array {
  const string = textOf(source);
  const codec =
    encoding === undefined ? undefined : text(encoding, `${type}() argument 'encoding'`);
  const how = errors === undefined ? 'strict' : text(errors, `${type}() argument 'errors'`);
  if (encoding !== undefined || errors !== undefined) {
    const missing = encoding === undefined ? 'errors' : 'encoding';
    if (string === undefined) throw typeError(`${missing} without a string argument`);
    if (codec !== undefined) {
      return settles(codec, how, 'encode') ? encode(string, codec, how) : decline();
    }
  }
  if (type === 'bytes' && source instanceof Instance && hasMethod(source, '__bytes__')) decline();
  if (string !== undefined) throw typeError('string argument without an encoding');
  if (source === undefined) return new Uint8Array(0);
  const bytes = bytesOf(source);
  if (bytes !== undefined) return bytes.slice();
  if (intOf(source) !== undefined) return zeros(type, source);
  if (source instanceof Instance && hasMethod(source, '__index__')) decline();
  return fromItems(type, source);
}

/** What a bytes object takes besides its bytes, in CPython. */
const BYTES_HEADER = 33n;

function zeros(type: ByteType, source: Slot): Uint8Array {
  const count = index(source);
  if (!isIndexSized(count)) throw unsized(types.OverflowError, given(source));
  if (count < 0) throw valueError('negative count');
  if (type === 'bytes' && count > INDEX_MAX - BYTES_HEADER) {
    throw overflowError('byte string is too large');
  }
  if (count > BYTES_MAX) throw memoryError();
  return new Uint8Array(Number(count));
}

/** Bytes from an iterable of ints. */
export function fromItems(type: ByteType, source: Value): Uint8Array {
  if (!isIterable(source))
    throw typeError(`cannot convert '${typeName(source)}' object to ${type}`);
  const word = type === 'bytes' ? 'bytes' : 'byte';
  if (type === 'bytearray' && source instanceof Range && source.length > 256) {
    // No room is made for them: one of them is the first that is too much.
    throw valueError('byte must be in range(0, 256)');
  }
  const items = isContainer(source) ? peek(source) : undefined;
  if (items === undefined) return decline();
  return Uint8Array.from(items, (item) => {
    const int = index(item);
    if (int < 0 || int > 255) throw valueError(`${word} must be in range(0, 256)`);
    return Number(int);
  });
}

/** separator.join(items). */
function join(separator: Uint8Array, iterable: Value): Uint8Array {
  if (!isIterable(iterable)) throw typeError('can only join an iterable');
  const items = isContainer(iterable) ? peek(iterable) : undefined;
  if (items === undefined) return decline();
  const pieces = items.map((item, at) => {
    const bytes = bytesOf(item);
    if (bytes !== undefined) return bytes;
    const found = typeName(item);
    throw typeError(`sequence item ${at}: expected a bytes-like object, ${found} found`);
  });
  let length = separator.length * Math.max(0, pieces.length - 1);
  for (const piece of pieces) length += piece.length;
  if (length > BYTES_MAX) throw memoryError();
  const joined = new Uint8Array(length);
  let at = 0;
  for (const [i, piece] of pieces.entries()) {
    if (i > 0) {
      joined.set(separator, at);
      at += separator.length;
    }
    joined.set(piece, at);
    at += piece.length;
  }
  return joined;
}

function translate(self: Uint8Array, table: Slot, gone: Slot): Uint8Array {
  const map = table === null ? null : bytesNeeded(table);
  if (map !== null && map.length !== 256) {
    throw valueError('translation table must be 256 characters long');
  }
  const removed = new Set(gone === undefined ? [] : bytesNeeded(gone));
  const kept = removed.size === 0 ? self : self.filter((byte) => !removed.has(byte));
  return map === null ? kept.slice() : kept.map((byte) => map[byte] as number);
}

function makeTable(from: Slot, to: Slot): Bytes {
  const [keys, values] = [bytesNeeded(from), bytesNeeded(to)];
  if (keys.length !== values.length) {
    throw valueError('maketrans arguments must have same length');
  }
  const table = Uint8Array.from({ length: 256 }, (_, i) => i);
  for (const [i, key] of keys.entries()) table[key] = values[i] as number;
  return new Bytes(table);
}

function rowsOf(type: ByteType): NativeRow[] {
  const make = (bytes: Uint8Array): Value => makeBytes(type, bytes);
  return [
    method(
      `${type}.join`,
      'self, iterable, /',
      (_context, self, iterable) => make(join(bytesSelf(type, 'join', self), given(iterable))),
      '_bytes_join',
    ),
    native(`${type}.translate`, 'self, table, /, delete=?', (_context, self, table, gone) =>
      make(translate(bytesSelf(type, 'translate', self), given(table), gone)),
    ),
    native(`${type}.maketrans`, 'cls, frm, to, /', (_context, _cls, from, to) =>
      makeTable(from, to),
    ),
    native(
      `${type}.fromhex`,
      'cls, string, /',
      (_context, cls, string) => {
        const made = classOf(cls, types[type]);
        const bytes = make(hexBytes(text(string, 'fromhex() argument')));
        // A subclass is called with the bytes, and may do as it likes with them.
        return made.isBuiltin ? bytes : DECLINED;
      },
      { twin: '_bytes_fromhex' },
    ),
    native(
      `${type}.__mod__`,
      'self, value, /',
      (_context, self, value) => {
        const result = percentBytes(bytesSelf(type, '__mod__', self), given(value), []);
        return result instanceof Asked ? DECLINED : make(result);
      },
      { twin: '_bytes_mod' },
    ),
    native(
      `${type}.__rmod__`,
      'self, value, /',
      (_context, self, value) => {
        const args = bytesSelf(type, '__rmod__', self) && given(self);
        // Only what is of this very type is a format here.
        const format = plainAs(type === 'bytes' ? Bytes : ByteArray, value);
        if (format === undefined) return NOT_IMPLEMENTED;
        const result = percentBytes(format.bytes, args, []);
        return result instanceof Asked ? DECLINED : make(result);
      },
      { twin: '_bytes_rmod' },
    ),
  ];
}

/** For the twin of %: the finished bytes, or (question, value, key) to be answered. */
function percentStep(format: Slot, value: Slot, answers: Slot): NativeResult {
  const base = plain(given(format));
  const isArray = base instanceof ByteArray;
  const bytes = bytesNeeded(format);
  const known = answers instanceof Tuple ? answers.items : receiveList(answers);
  const result = percentBytes(bytes, given(value), known);
  if (result instanceof Asked) return new Tuple([result.question, result.value, result.key]);
  return makeBytes(isArray ? 'bytearray' : 'bytes', result);
}

function receiveList(answers: Slot): readonly Value[] {
  if (answers !== undefined && answers !== null && isContainer(answers)) {
    return peek(answers) ?? [];
  }
  throw typeError('answers must be a list');
}

export const rows: readonly NativeRow[] = [
  ...BYTE_TYPES.flatMap(rowsOf),
  method(
    'bytes.__new__',
    'cls, source=?, encoding=?, errors=?',
    (_context, cls, source, encoding, errors) => {
      const type = classOf(cls, types.bytes);
      // Bytes never change, so bytes(b) of exact bytes is b itself.
      if (type === types.bytes && source instanceof Bytes && encoding === undefined) {
        if (errors === undefined) return source;
      }
      return instanceOf(type, new Bytes(content('bytes', source, encoding, errors)));
    },
    '_bytes_new',
  ),
  method(
    'bytearray.__new__',
    'cls, source=?, encoding=?, errors=?',
    (_context, cls, source, encoding, errors) => {
      const type = classOf(cls, types.bytearray);
      // A class in flow is filled in __init__.
      if (!type.isBuiltin) return instanceOf(type, new ByteArray(new Uint8Array(0)));
      return new ByteArray(content('bytearray', source, encoding, errors));
    },
    '_bytearray_new',
  ),
  method(
    'bytearray.__init__',
    'self, source=?, encoding=?, errors=?',
    (_context, self, source, encoding, errors) => {
      const array = receive(ByteArray, 'bytearray', '__init__', self);
      // What it held goes first, and with it what it would be filled from, if that is itself.
      if (source !== undefined && plain(source) === array) array.bytes = new Uint8Array(0);
      array.bytes = content('bytearray', source, encoding, errors);
      array.touch();
      return null;
    },
    '_bytearray_init',
  ),
  native('_percent_bytes_step', 'format, value, answers, /', (_context, format, value, answers) =>
    percentStep(format, value, answers),
  ),
];
