// The codec: plain data as bytes, and back. Programs, snapshots and records are all made of it.
//
//     Plain ──encode──▶ bytes ──▶ disk, copy, hostile stranger ──▶ bytes ──decode──▶ Plain
//
// The bytes are MessagePack, narrowed until each value has exactly one encoding:
//
//     null, boolean       c0, c2, c3
//     number              integers from -2^31 to 2^32-1 in the shortest int form;
//                         every other number as float64 (cb), NaN and -0 excepted
//     NaN, -0             ext type 1, one byte: d4 01 00 is -0, d4 01 01 is NaN
//     text                UTF-8, shortest header, if it is well-formed
//     text with a lone    ext type 2, its UTF-16 code units, big-endian. UTF-8 has no form for
//       surrogate           half a pair, and a replacement character would change the text
//     bytes               bin 8, 16, 32: the shortest header
//     array               fixarray, array 16, 32: the shortest header
//
// 1 and 1.0 are one JavaScript number and so one encoding: who must tell them apart adds a tag.
//
// Owns: msgpackr, which packs. Unpacking is ours, one pass that checks while it reads, because
// msgpackr's reader takes what no encoder wrote (maps, records, longer forms, bad UTF-8), drops a
// leading U+FEFF from long text where its native half is missing, and writes a property on its
// input. test/codec holds the two against each other. A pass over the value before packing is
// needed too: msgpackr writes -0 as 0, NaN with whatever sign the processor gave it (0/0 differs
// between x86 and ARM), and a lone surrogate in two ways, by the length of the text.
// Measured together, ten small arrays (68 bytes): encode 0.8 µs, decode 0.5 µs.
//
// Invariants (test/codec):
//
//   B1. decode(encode(v)) equals v, to the sign of zero and every code unit of a text.
//   B2. encode(decode(b)) equals b: what decode takes, encode would have written. So equal values
//       are equal bytes, and bytes can be compared, hashed and signed in place of values.
//   B3. decode gives a value or throws FLOW_BYTES_CORRUPT with what and where; nothing else. It
//       never allocates more than about 50 bytes for a byte of input, whatever lengths it is told.
//   B4. Both bound the depth of arrays, so no input can exhaust the host's stack.

import { Buffer, isUtf8 } from 'node:buffer';
import { addExtension, Packr, RESET_BUFFER_MODE } from 'msgpackr';
import { FlowError } from './errors.ts';

declare global {
  // Node 20 has these; the library types of ES2023 do not.
  interface String {
    isWellFormed(): boolean;
    toWellFormed(): string;
  }
}

/** What the codec carries. Never `undefined`, objects, maps, bigints, dates or sparse arrays. */
export type Plain = null | boolean | number | string | Uint8Array | readonly Plain[];

/** Arrays within arrays. Ours are flat by design (graphs are numbered); this bounds the hostile. */
export const DEPTH_MAX = 128;

/** A buffer that grew beyond this many bytes is let go after the call, not kept for the next. */
const SCRATCH_BYTES_MAX = 4 * 1024 * 1024;

const EXT_NUMBER = 1;
const EXT_TEXT = 2;
const MINUS_ZERO = 0;
const NOT_A_NUMBER = 1;

/** What msgpackr cannot write canonically goes through it as an extension, ready-made. */
class SpecialNumber {
  readonly data: Uint8Array;
  constructor(value: number) {
    this.data = Uint8Array.of(Number.isNaN(value) ? NOT_A_NUMBER : MINUS_ZERO);
  }
}

class SpecialText {
  readonly data: Uint8Array;
  constructor(text: string) {
    this.data = new Uint8Array(text.length * 2);
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      this.data[2 * i] = unit >> 8;
      this.data[2 * i + 1] = unit & 0xff;
    }
  }
}

// msgpackr keeps extensions per process, not per Packr. Nobody else here uses msgpackr.
addExtension({
  Class: SpecialNumber,
  type: EXT_NUMBER,
  pack: (special: SpecialNumber) => special.data,
});
addExtension({ Class: SpecialText, type: EXT_TEXT, pack: (special: SpecialText) => special.data });

const packr = new Packr({ useRecords: false });

/** The one encoding of a value, in bytes of its own. */
export function encode(value: Plain): Uint8Array {
  const view = encodeView(value);
  const bytes = new Uint8Array(view.length);
  bytes.set(view);
  return bytes;
}

/**
 * The same bytes without the copy, as a view of a buffer that the next call overwrites.
 * For callers that hash, count or copy them at once.
 */
export function encodeView(value: Plain): Uint8Array {
  const packable = isSpecial(value, 0) ? replaceSpecial(value) : value;
  // Without RESET_BUFFER_MODE msgpackr moves on in its buffer, and each small result would keep
  // a buffer as large as the largest value so far alive.
  const view = packr.pack(packable, RESET_BUFFER_MODE);
  if (view.buffer.byteLength > SCRATCH_BYTES_MAX) shrinkScratch();
  return view;
}

/** Let go of the buffer that grew with the largest value so far. */
export function shrinkScratch(): void {
  packr.useBuffer(Buffer.allocUnsafeSlow(8192));
}

/**
 * Checks that a value is plain, and says whether it holds anything that msgpackr would not write
 * in our way. Both in one pass, because it is on the path of every commit.
 */
function isSpecial(value: unknown, depth: number): boolean {
  if (typeof value === 'number') return value === 0 ? Object.is(value, -0) : Number.isNaN(value);
  if (typeof value === 'string') return !value.isWellFormed();
  if (typeof value === 'boolean' || value === null || value instanceof Uint8Array) return false;
  if (!Array.isArray(value)) {
    throw unencodable(typeof value === 'object' ? 'an object' : `a value of type ${typeof value}`);
  }
  if (depth >= DEPTH_MAX) throw unencodable(`arrays nested deeper than ${DEPTH_MAX}`);
  let special = false;
  for (let i = 0; i < value.length; i++) {
    if (isSpecial(value[i], depth + 1)) special = true;
  }
  return special;
}

function replaceSpecial(value: Plain): unknown {
  if (typeof value === 'number') return isSpecial(value, 0) ? new SpecialNumber(value) : value;
  if (typeof value === 'string') return isSpecial(value, 0) ? new SpecialText(value) : value;
  if (isList(value)) return value.map(replaceSpecial);
  return value;
}

/** Array.isArray, for a readonly array. */
export function isList(value: Plain | undefined): value is readonly Plain[] {
  return Array.isArray(value);
}

function unencodable(what: string): FlowError {
  return new FlowError('FLOW_VALUE_UNENCODABLE', `cannot encode ${what}`, { what });
}

// Reading. The state of the one reader lives in these variables, not in an object, and arrays are
// read by recursion: half the time of a reader object with its own stack, and depth is bounded.
let input: Buffer = Buffer.alloc(0);
let view: DataView | null = null;
let at = 0;
let end = 0;
/** Elements the open arrays still owe us. Each takes a byte, so it may not exceed what is left. */
let owed = 0;
let depthMax = DEPTH_MAX;

/** Tighter bounds for one call. */
export interface DecodeLimits {
  /** Arrays within arrays; at most DEPTH_MAX. */
  readonly depth?: number;
  /** Bytes of input. */
  readonly bytes?: number;
}

/**
 * The value of these bytes. Byte strings in it are views of `bytes`, not copies: they keep it in
 * memory, and change with it.
 *
 * @throws FLOW_BYTES_CORRUPT  not the one encoding of any value, or beyond the limits
 */
export function decode(bytes: Uint8Array, limits: DecodeLimits = {}): Plain {
  if (limits.bytes !== undefined && bytes.length > limits.bytes) {
    at = 0;
    throw corrupt(`${bytes.length} bytes where at most ${limits.bytes} are allowed`);
  }
  input = Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  view = null;
  at = 0;
  end = bytes.length;
  owed = 0;
  depthMax = Math.min(limits.depth ?? DEPTH_MAX, DEPTH_MAX);
  try {
    const value = read(0);
    if (at !== end) throw corrupt(`${end - at} bytes after the end of the value`);
    return value;
  } finally {
    input = EMPTY;
    view = null;
  }
}

const EMPTY = Buffer.alloc(0);

function read(depth: number): Plain {
  if (at >= end) throw corrupt('the bytes end inside a value');
  const type = input[at++]!;
  if (type < 0x80) return type;
  if (type >= 0xe0) return type - 0x100;
  if (type >= 0xa0 && type < 0xc0) return text(type & 0x1f);
  if (type >= 0x90 && type < 0xa0) return array(type & 0x0f, depth);
  switch (type) {
    case 0xc0:
      return null;
    case 0xc2:
      return false;
    case 0xc3:
      return true;
    case 0xc4:
      return bin(uint(1));
    case 0xc5:
      return bin(atLeast(0x100, uint(2)));
    case 0xc6:
      return bin(atLeast(0x10000, uint(4)));
    case 0xc7:
      return extension(uint(1), true);
    case 0xc8:
      return extension(atLeast(0x100, uint(2)), true);
    case 0xc9:
      return extension(atLeast(0x10000, uint(4)), true);
    case 0xcb:
      return float();
    case 0xcc:
      return atLeast(0x80, uint(1));
    case 0xcd:
      return atLeast(0x100, uint(2));
    case 0xce:
      return atLeast(0x10000, uint(4));
    case 0xd0:
      return below(-0x20, (uint(1) << 24) >> 24);
    case 0xd1:
      return below(-0x80, (uint(2) << 16) >> 16);
    case 0xd2:
      return below(-0x8000, uint(4) | 0);
    case 0xd4:
      return extension(1, false);
    case 0xd5:
      return extension(2, false);
    case 0xd6:
      return extension(4, false);
    case 0xd7:
      return extension(8, false);
    case 0xd8:
      return extension(16, false);
    case 0xd9:
      return text(atLeast(0x20, uint(1)));
    case 0xda:
      return text(atLeast(0x100, uint(2)));
    case 0xdb:
      return text(atLeast(0x10000, uint(4)));
    case 0xdc:
      return array(atLeast(0x10, uint(2)), depth);
    case 0xdd:
      return array(atLeast(0x10000, uint(4)), depth);
    default:
      at--;
      throw corrupt(`byte 0x${type.toString(16)} begins no value`);
  }
}

/** A big-endian number of 1, 2 or 4 bytes. */
function uint(size: 1 | 2 | 4): number {
  if (end - at < size) throw corrupt('the bytes end inside a number');
  let value = 0;
  for (let i = 0; i < size; i++) value = value * 0x100 + input[at++]!;
  return value;
}

/** Refuses a number or length that had a shorter form. */
function atLeast(least: number, value: number): number {
  if (value < least) throw corrupt(`${value} is written in a longer form than it needs`);
  return value;
}

function below(bound: number, value: number): number {
  if (value >= bound) throw corrupt(`${value} is written in a longer form than it needs`);
  return value;
}

function float(): number {
  if (end - at < 8) throw corrupt('the bytes end inside a number');
  view ??= new DataView(input.buffer, input.byteOffset, input.byteLength);
  const value = view.getFloat64(at);
  if (value >>> 0 === value || value >> 0 === value || Number.isNaN(value)) {
    throw corrupt(`${value} is written as a float64, which is not its form`);
  }
  at += 8;
  return value;
}

function take(length: number, what: string): number {
  if (length > end - at) throw corrupt(`${what} of ${length} bytes where ${end - at} are left`);
  const start = at;
  at += length;
  return start;
}

function bin(length: number): Uint8Array {
  const start = take(length, 'a byte string');
  return new Uint8Array(input.buffer, input.byteOffset + start, length);
}

function text(length: number): string {
  const start = take(length, 'a text');
  // Few characters: joining them here is faster than a call into the host.
  if (length < 12) {
    let result = '';
    let i = start;
    for (; i < at; i++) {
      const unit = input[i]!;
      if (unit >= 0x80) break;
      result += String.fromCharCode(unit);
    }
    if (i === at) return result;
  } else if (isAscii(start, at)) {
    return input.toString('latin1', start, at);
  }
  if (!isUtf8(input.subarray(start, at))) {
    at = start;
    throw corrupt('a text is not UTF-8');
  }
  return input.toString('utf8', start, at);
}

function isAscii(from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (input[i]! >= 0x80) return false;
  return true;
}

function array(length: number, depth: number): Plain[] {
  owed += length;
  if (owed > end - at) throw corrupt(`an array of ${length} where ${end - at} bytes are left`);
  if (depth >= depthMax) throw corrupt(`arrays nest deeper than ${depthMax}`);
  // Sized at once: a fifth faster than pushing, and paid for by `owed`.
  // oxlint-disable-next-line unicorn/no-new-array
  const items = new Array<Plain>(length);
  for (let i = 0; i < length; i++) {
    owed--;
    items[i] = read(depth + 1);
  }
  return items;
}

function extension(length: number, sized: boolean): Plain {
  if (sized && (length === 1 || length === 2 || length === 4 || length === 8 || length === 16)) {
    throw corrupt(`an extension of ${length} bytes is written in a longer form than it needs`);
  }
  const type = uint(1);
  const start = take(length, 'an extension');
  if (type === EXT_NUMBER && length === 1) {
    if (input[start] === MINUS_ZERO) return -0;
    if (input[start] === NOT_A_NUMBER) return NaN;
  } else if (type === EXT_TEXT && length % 2 === 0) {
    const result = codeUnits(start, at);
    if (!result.isWellFormed()) return result;
  }
  at = start;
  throw corrupt(`an extension of type ${type} that stands for no value`);
}

/** Text from its UTF-16 code units, in pieces that fit the arguments of a call. */
function codeUnits(from: number, to: number): string {
  let result = '';
  for (let piece = from; piece < to; piece += 8192) {
    const units: number[] = [];
    for (let i = piece; i < Math.min(to, piece + 8192); i += 2) {
      units.push(input[i]! * 0x100 + input[i + 1]!);
    }
    result += String.fromCharCode(...units);
  }
  return result;
}

function corrupt(what: string): FlowError {
  return new FlowError('FLOW_BYTES_CORRUPT', `corrupt bytes at offset ${at}: ${what}`, {
    what,
    offset: at,
  });
}
