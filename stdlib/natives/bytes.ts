// Methods of bytes and bytearray that give back new values; the constructors are
// in bytes-build.ts, what changes a bytearray in bytes-array.ts, the operators in
// bytes-operators.ts.
//
// Each is written once, on strs of the code points 0..255, with the algorithms of
// str, and makes two rows. What comes out has the type of self.

import { ByteArray, Bytes, List, Tuple } from '../../vm/values/collections.ts';
import { typeError, valueError } from '../../vm/values/exception.ts';
import { hasMethod, intOf, plain, typeName } from '../../vm/values/plain.ts';
import { latin1Bytes, latin1Text } from '../../vm/values/plain-text.ts';
import type { Slot, Value } from '../../vm/values/value.ts';
import { DECLINED, native, type NativeResult, type NativeRow } from '../../vm/machine/native.ts';
import { decode, settles } from './bytes-codec.ts';
import { hexText } from './bytes-hex.ts';
import { bounds, cInt, index, method, size, text, wrongArgument } from './int-arguments.ts';
import { anyBytes } from '../../vm/values/memory.ts';
import { given, wrongSelf } from './object-receiver.ts';
import { expandTabs, padTo, zeroFill, type Side } from './str-padding.ts';
import * as parts from './str-parts.ts';
import * as search from './str-search.ts';

/** The two types that every row here is made for. */
export const BYTE_TYPES = ['bytes', 'bytearray'] as const;
export type ByteType = (typeof BYTE_TYPES)[number];

/** The bytes of what is bytes-like. */
export function bytesOf(value: Slot): Uint8Array | undefined {
  return value === undefined ? undefined : anyBytes(value);
}

/** `self` of a method of one of the types. */
export function bytesSelf(type: ByteType, name: string, self: Slot): Uint8Array {
  const base = self === undefined ? undefined : plain(self);
  if (type === 'bytes' ? base instanceof Bytes : base instanceof ByteArray) {
    return (base as Bytes | ByteArray).bytes;
  }
  throw wrongSelf(type, name, self);
}

/** An argument that must be bytes. */
export function bytesNeeded(value: Slot): Uint8Array {
  const bytes = bytesOf(value);
  if (bytes !== undefined) return bytes;
  throw typeError(`a bytes-like object is required, not '${typeName(given(value))}'`);
}

/** A value of one of the types. */
export function makeBytes(type: ByteType, bytes: Uint8Array): Bytes | ByteArray {
  return type === 'bytes' ? new Bytes(bytes) : new ByteArray(bytes);
}

/** An int as one byte. */
export function byteOf(value: Slot): number {
  const int = index(value);
  if (int < 0 || int > 255) throw valueError('byte must be in range(0, 256)');
  return Number(int);
}

type RunRaw = (self: Buffer, a: Slot, b: Slot, c: Slot) => NativeResult;

/** One row for each of the two types, over the bytes themselves. */
function raw(name: string, parameters: string, run: RunRaw): NativeRow[] {
  return BYTE_TYPES.map((type) =>
    method(
      `${type}.${name}`,
      `self, ${parameters}`,
      (_context, self, a, b, c) => run(bufferOf(bytesSelf(type, name, self)), a, b, c),
      `_bytes_${name}`,
    ),
  );
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

type Run = (self: string, make: (text: string) => Value, a: Slot, b: Slot, c: Slot) => NativeResult;

/** One row for each of the two types, over a str of the bytes; no argument needs flow code. */
function simple(name: string, parameters: string, run: Run): NativeRow[] {
  const signature = parameters === '' ? 'self, /' : `self, ${parameters}`;
  return BYTE_TYPES.map((type) => {
    const make = makerOf(type);
    return native(`${type}.${name}`, signature, (_context, self, a, b, c) =>
      run(latin1Text(bytesSelf(type, name, self)), make, a, b, c),
    );
  });
}

/** The same with an argument that may have an __index__ to be asked. */
function counted(name: string, parameters: string, run: Run): NativeRow[] {
  return BYTE_TYPES.map((type) => {
    const make = makerOf(type);
    return method(
      `${type}.${name}`,
      `self, ${parameters}`,
      (_context, self, a, b, c) => run(latin1Text(bytesSelf(type, name, self)), make, a, b, c),
      `_bytes_${name}`,
    );
  });
}

function makerOf(type: ByteType): (text: string) => Value {
  return (text) => makeBytes(type, latin1Bytes(text));
}

/** What is sought: bytes, or one byte as an int. */
function needle(value: Slot): Uint8Array {
  const bytes = bytesOf(value);
  if (bytes !== undefined) return bytes;
  if (intOf(value) === undefined) {
    if (!hasMethod(given(value), '__index__')) {
      const found = typeName(given(value));
      throw typeError(`argument should be integer or bytes-like object, not '${found}'`);
    }
  }
  return Uint8Array.of(byteOf(value));
}

/** The part that find() and its kin look at; null if it begins past the end. */
function part(whole: Buffer, start: Slot, end: Slot): Part | null {
  const [from, to] = bounds(start ?? null, end ?? null, whole.length);
  return from > to ? null : { from, bytes: whole.subarray(from, to) };
}

interface Part {
  readonly from: number;
  readonly bytes: Buffer;
}

function findRows(name: string, last: boolean, mustExist: boolean): NativeRow[] {
  return raw(name, 'sub, start=None, end=None, /', (self, sub, start, end) => {
    const range = part(self, start, end);
    const sought = needle(sub);
    const at = range === null ? -1 : placeIn(range, sought, last);
    if (at < 0 && mustExist) throw valueError('subsection not found');
    return at;
  });
}

function placeIn({ from, bytes }: Part, sought: Uint8Array, last: boolean): number {
  // The host finds nothing in nothing; Python finds it everywhere.
  if (sought.length === 0) return last ? from + bytes.length : from;
  const at = last ? bytes.lastIndexOf(sought) : bytes.indexOf(sought);
  return at < 0 ? -1 : from + at;
}

function countOf(bytes: Buffer, sought: Uint8Array): number {
  if (sought.length === 0) return bytes.length + 1;
  let count = 0;
  for (let at = bytes.indexOf(sought); at >= 0; count++) {
    at = bytes.indexOf(sought, at + sought.length);
  }
  return count;
}

type Test = (part: Buffer, affix: Uint8Array) => boolean;

const startsWith: Test = (bytes, affix) =>
  affix.length <= bytes.length && bytes.subarray(0, affix.length).equals(affix);
const endsWith: Test = (bytes, affix) =>
  affix.length <= bytes.length && bytes.subarray(bytes.length - affix.length).equals(affix);

function affixRows(name: string, test: Test): NativeRow[] {
  return raw(name, 'affix, start=None, end=None, /', (self, affix, start, end) => {
    const wanted = plain(given(affix));
    const range = part(self, start, end);
    const matches = (each: Value): boolean => {
      const one = bytesNeeded(each);
      return range !== null && test(range.bytes, one);
    };
    if (wanted instanceof Tuple) return wanted.items.some(matches);
    if (bytesOf(wanted) === undefined) {
      const found = typeName(given(affix));
      throw typeError(`${name} first arg must be bytes or a tuple of bytes, not ${found}`);
    }
    return matches(wanted);
  });
}

function padRows(name: string, side: Side): NativeRow[] {
  return counted(name, 'width, fillchar=?, /', (self, make, width, fill) => {
    const to = size(width);
    if (fill === undefined) return make(padTo(self, to, ' ', side));
    const char = bytesOf(fill);
    if (char?.length !== 1) {
      return wrongArgument(`${name}() argument 2`, 'a byte string of length 1', given(fill));
    }
    return make(padTo(self, to, latin1Text(char), side));
  });
}

function stripRows(name: string, ends: search.Ends): NativeRow[] {
  return simple(name, 'bytes=None, /', (self, make, chars) =>
    make(
      chars === null
        ? search.stripSpaces(self, isSpace, ends)
        : search.stripChars(self, latin1Text(bytesNeeded(chars)), ends),
    ),
  );
}

type SplitSpaces = typeof parts.splitSpaces;
type SplitAt = typeof parts.splitAt;

function splitRows(name: string, bySpaces: SplitSpaces, bySeparator: SplitAt): NativeRow[] {
  return counted(name, 'sep=None, maxsplit=-1', (self, make, sep, maxsplit) => {
    const most = size(maxsplit);
    if (sep === null) return new List(bySpaces(self, most, isSpace).map(make));
    const separator = latin1Text(bytesNeeded(sep));
    if (separator === '') throw valueError('empty separator');
    return new List(bySeparator(self, separator, most).map(make));
  });
}

type Cut = (text: string, separator: string) => readonly [string, string, string];

function partitionRows(name: string, cut: Cut): NativeRow[] {
  return simple(name, 'sep, /', (self, make, sep) => {
    const separator = latin1Text(bytesNeeded(sep));
    if (separator === '') throw valueError('empty separator');
    const [before, middle, after] = cut(self, separator);
    const found = make(middle);
    // bytes give back the separator they were given; a bytearray gives a copy.
    const kept = middle !== '' && found instanceof Bytes ? plain(given(sep)) : found;
    return new Tuple([make(before), kept, make(after)]);
  });
}

function mapRows(name: string, map: (text: string) => string): NativeRow[] {
  return simple(name, '', (self, make) => make(map(self)));
}

function testRows(name: string, pattern: RegExp): NativeRow[] {
  return simple(name, '', (self) => pattern.test(self));
}

/** Letters of one case, and none of the other. */
function caseRows(name: string, wanted: RegExp, other: RegExp): NativeRow[] {
  return simple(name, '', (self) => wanted.test(self) && !other.test(self));
}

/** The spaces of C's isspace(). */
function isSpace(unit: number): boolean {
  return unit === 32 || (unit >= 9 && unit <= 13);
}

// The host's case mappings know more letters than ASCII has, so only those are given to them.
const lower = (self: string): string => self.replace(/[A-Z]+/g, (run) => run.toLowerCase());
const upper = (self: string): string => self.replace(/[a-z]+/g, (run) => run.toUpperCase());
const swap = (self: string): string =>
  self.replace(/[A-Z]+|[a-z]+/g, (run) => (run < 'a' ? run.toLowerCase() : run.toUpperCase()));
const capitalize = (self: string): string => upper(self.slice(0, 1)) + lower(self.slice(1));
const title = (self: string): string => self.replace(/[A-Za-z]+/g, capitalize);

/** Whether each run of letters is one capital and small ones after it, and there is a run. */
function isTitled(self: string): boolean {
  const words = self.match(/[A-Za-z]+/g);
  return words !== null && words.every((word) => /^[A-Z][a-z]*$/.test(word));
}

export const rows: readonly NativeRow[] = [
  ...mapRows('capitalize', capitalize),
  ...mapRows('lower', lower),
  ...mapRows('upper', upper),
  ...mapRows('swapcase', swap),
  ...mapRows('title', title),

  ...testRows('isalnum', /^[0-9A-Za-z]+$/),
  ...testRows('isalpha', /^[A-Za-z]+$/),
  // eslint-disable-next-line no-control-regex
  ...testRows('isascii', /^[\0-\x7f]*$/),
  ...testRows('isdigit', /^[0-9]+$/),
  ...caseRows('islower', /[a-z]/, /[A-Z]/),
  ...testRows('isspace', /^[\t-\r ]+$/),
  ...caseRows('isupper', /[A-Z]/, /[a-z]/),
  ...simple('istitle', '', isTitled),

  ...findRows('find', false, false),
  ...findRows('rfind', true, false),
  ...findRows('index', false, true),
  ...findRows('rindex', true, true),
  ...raw('count', 'sub, start=None, end=None, /', (self, sub, start, end) => {
    const range = part(self, start, end);
    const sought = needle(sub);
    return range === null ? 0 : countOf(range.bytes, sought);
  }),
  ...affixRows('startswith', startsWith),
  ...affixRows('endswith', endsWith),
  ...simple('removeprefix', 'prefix, /', (self, make, prefix) =>
    make(search.withoutPrefix(self, latin1Text(bytesNeeded(prefix)))),
  ),
  ...simple('removesuffix', 'suffix, /', (self, make, suffix) =>
    make(search.withoutSuffix(self, latin1Text(bytesNeeded(suffix)))),
  ),
  ...counted('replace', 'old, new, count=-1, /', (self, make, from, to, count) => {
    const [old, replacement] = [latin1Text(bytesNeeded(from)), latin1Text(bytesNeeded(to))];
    return make(search.replaceIn(self, old, replacement, size(count)));
  }),

  ...stripRows('strip', { left: true, right: true }),
  ...stripRows('lstrip', { left: true, right: false }),
  ...stripRows('rstrip', { left: false, right: true }),
  ...padRows('center', 'both'),
  ...padRows('ljust', 'right'),
  ...padRows('rjust', 'left'),
  ...counted('zfill', 'width, /', (self, make, width) => make(zeroFill(self, size(width)))),
  ...counted('expandtabs', 'tabsize=8', (self, make, tab) => make(expandTabs(self, cInt(tab)))),

  ...splitRows('split', parts.splitSpaces, parts.splitAt),
  ...splitRows('rsplit', parts.splitSpacesRight, parts.splitAtRight),
  ...counted(
    'splitlines',
    'keepends=False',
    (self, make, keep) =>
      new List(parts.splitLines(self, parts.BYTES_LINE_ENDS, cInt(keep) !== 0).map(make)),
  ),
  ...partitionRows('partition', parts.partition),
  ...partitionRows('rpartition', parts.partitionRight),

  ...counted('hex', 'sep=?, bytes_per_sep=1', (self, _make, sep, every) =>
    hexText(latin1Bytes(self), sep, cInt(every)),
  ),
  ...BYTE_TYPES.map((type) =>
    native(
      `${type}.decode`,
      "self, encoding='utf-8', errors='strict'",
      (_context, self, encoding, errors) => {
        const name = text(encoding, "decode() argument 'encoding'");
        const how = text(errors, "decode() argument 'errors'");
        const bytes = bytesSelf(type, 'decode', self);
        return settles(name, how, 'decode') ? decode(bytes, name, how) : DECLINED;
      },
      { twin: '_bytes_decode' },
    ),
  ),
];
