// Bytes to strs: UTF-8, UTF-16, UTF-32 and ASCII.
//
// Bytes that stand for no text go to an error handler, which gives text in their
// place or raises. How many bytes make one error is CPython's choice, which is
// also the Unicode standard's: the longest beginning of a valid sequence.

import { isAscii, isUtf8 } from 'node:buffer';
import { raised, typeError } from '../../vm/values/exception.ts';
import { latin1Text } from '../../vm/values/plain-text.ts';
import { types } from '../../vm/values/types.ts';
import { decodeError } from './bytes-errors.ts';

/** A run of bytes that an encoding has no text for. */
interface Trouble {
  readonly encoding: string;
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  readonly reason: string;
}

/** The text that stands in, and how many bytes it stands for. */
interface Stand {
  readonly text: string;
  readonly end: number;
}

type Handler = (trouble: Trouble) => Stand;

function refuse({ encoding, bytes, start, end, reason }: Trouble): never {
  throw decodeError(encoding, bytes, start, end, reason);
}

const HANDLERS: ReadonlyMap<string, Handler> = new Map<string, Handler>([
  ['strict', refuse],
  ['ignore', ({ end }) => ({ text: '', end })],
  ['replace', ({ end }) => ({ text: '\ufffd', end })],
  ['backslashreplace', ({ bytes, start, end }) => ({ text: slashes(bytes, start, end), end })],
  ['surrogateescape', escapeBytes],
  ['surrogatepass', passSurrogate],
]);

function slashes(bytes: Uint8Array, start: number, end: number): string {
  return Array.from(
    bytes.subarray(start, end),
    (byte) => `\\x${byte.toString(16).padStart(2, '0')}`,
  ).join('');
}

/** Bytes from 0x80 on become U+DC80..U+DCFF, which encoding turns back. */
function escapeBytes(trouble: Trouble): Stand {
  const { bytes, start, end } = trouble;
  let stop = start;
  while (stop < end && stop < start + 4 && (bytes[stop] as number) >= 0x80) stop++;
  if (stop === start) refuse(trouble);
  const units = Array.from(bytes.subarray(start, stop), (byte) => 0xdc00 + byte);
  return { text: String.fromCharCode(...units), end: stop };
}

function passSurrogate(trouble: Trouble): Stand {
  const { encoding, bytes, start } = trouble;
  let unit = 0;
  let width = 0;
  if (encoding === 'utf-8') {
    const [a = 0, b = 0, c = 0] = bytes.subarray(start, start + 3);
    if ((a & 0xf0) === 0xe0 && (b & 0xc0) === 0x80 && (c & 0xc0) === 0x80) {
      unit = ((a & 15) << 12) | ((b & 63) << 6) | (c & 63);
      width = 3;
    }
  } else if (encoding.startsWith('utf-')) {
    const size = encoding.startsWith('utf-16') ? 2 : 4;
    if (start + size <= bytes.length) {
      unit = readUnit(bytes, start, size, encoding.endsWith('-be'));
      width = size;
    }
  }
  if (width === 0 || unit < 0xd800 || unit > 0xdfff) refuse(trouble);
  return { text: String.fromCharCode(unit), end: start + width };
}

/** Whether an error handler has that name, without one that the program has registered. */
export function handlesDecoding(errors: string): boolean {
  return HANDLERS.has(errors);
}

export function handle(trouble: Trouble, errors: string): Stand {
  const handler = HANDLERS.get(errors);
  if (handler !== undefined) return handler(trouble);
  if (errors === 'xmlcharrefreplace' || errors === 'namereplace') {
    throw typeError("don't know how to handle UnicodeDecodeError in error callback");
  }
  throw raised(types.LookupError, `unknown error handler name '${errors}'`);
}

export function decodeAscii(bytes: Uint8Array, errors: string): string {
  if (isAscii(bytes)) return latin1Text(bytes);
  let out = '';
  let copied = 0;
  for (let at = 0; at < bytes.length;) {
    if ((bytes[at] as number) < 0x80) {
      at++;
      continue;
    }
    out += latin1Text(bytes.subarray(copied, at));
    const reason = 'ordinal not in range(128)';
    const stand = handle({ encoding: 'ascii', bytes, start: at, end: at + 1, reason }, errors);
    out += stand.text;
    copied = at = stand.end;
  }
  return out + latin1Text(bytes.subarray(copied));
}

function utf8Text(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}

export function decodeUtf8(bytes: Uint8Array, errors: string): string {
  if (isUtf8(bytes)) return utf8Text(bytes);
  let out = '';
  let copied = 0;
  for (let at = 0; at < bytes.length;) {
    const found = sequence(bytes, at);
    if (found.reason === null) {
      at = found.end;
      continue;
    }
    out += utf8Text(bytes.subarray(copied, at));
    const { end, reason } = found;
    const stand = handle({ encoding: 'utf-8', bytes, start: at, end, reason }, errors);
    out += stand.text;
    copied = at = stand.end;
  }
  return out + utf8Text(bytes.subarray(copied));
}

/** Where the sequence that begins at a byte ends, and what is wrong with it. */
function sequence(
  bytes: Uint8Array,
  at: number,
): { readonly end: number; readonly reason: string | null } {
  const first = bytes[at] as number;
  if (first < 0x80) return { end: at + 1, reason: null };
  if (first < 0xc2 || first > 0xf4) return { end: at + 1, reason: 'invalid start byte' };
  const length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  // The second byte keeps out overlong forms, surrogates and what is past U+10FFFF.
  const least = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
  const most = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
  for (let i = 1; i < length; i++) {
    const byte = bytes[at + i];
    if (byte === undefined) return { end: at + i, reason: 'unexpected end of data' };
    const inside = i === 1 ? byte >= least && byte <= most : byte >= 0x80 && byte <= 0xbf;
    if (!inside) return { end: at + i, reason: 'invalid continuation byte' };
  }
  return { end: at + length, reason: null };
}

function readUnit(bytes: Uint8Array, at: number, width: 2 | 4, big: boolean): number {
  let value = 0;
  for (let i = 0; i < width; i++) {
    const byte = bytes[at + (big ? i : width - 1 - i)] ?? 0;
    value = value * 256 + byte;
  }
  return value;
}

type Order = 'mark' | 'little' | 'big';

/** Whether bytes are big-endian, and where the text begins after a mark that says so. */
function orderOf(
  bytes: Uint8Array,
  order: Order,
  width: 2 | 4,
): { readonly big: boolean; readonly start: number } {
  if (order !== 'mark') return { big: order === 'big', start: 0 };
  if (bytes.length < width) return { big: false, start: 0 };
  if (readUnit(bytes, 0, width, false) === 0xfeff) return { big: false, start: width };
  if (readUnit(bytes, 0, width, true) === 0xfeff) return { big: true, start: width };
  return { big: false, start: 0 };
}

/** A unit read, or what is wrong with the bytes up to an end. */
type Read = { readonly text: string; readonly end: number } | Pick<Trouble, 'end' | 'reason'>;

function decodeWide(
  encoding: string,
  bytes: Uint8Array,
  errors: string,
  start: number,
  read: (at: number) => Read,
): string {
  let out = '';
  for (let at = start; at < bytes.length;) {
    const found = read(at);
    if ('text' in found) {
      out += found.text;
      at = found.end;
      continue;
    }
    const { end, reason } = found;
    const stand = handle({ encoding, bytes, start: at, end, reason }, errors);
    out += stand.text;
    at = stand.end;
  }
  return out;
}

export function decodeUtf16(bytes: Uint8Array, errors: string, order: Order): string {
  const { big, start } = orderOf(bytes, order, 2);
  const encoding = big ? 'utf-16-be' : 'utf-16-le';
  const { length } = bytes;
  return decodeWide(encoding, bytes, errors, start, (at) => {
    if (at + 2 > length) return { end: length, reason: 'truncated data' };
    const unit = readUnit(bytes, at, 2, big);
    const text = String.fromCharCode(unit);
    if (unit < 0xd800 || unit > 0xdfff) return { text, end: at + 2 };
    if (unit > 0xdbff) return { end: at + 2, reason: 'illegal encoding' };
    if (at + 4 > length) return { end: length, reason: 'unexpected end of data' };
    const low = readUnit(bytes, at + 2, 2, big);
    if (low < 0xdc00 || low > 0xdfff) return { end: at + 2, reason: 'illegal UTF-16 surrogate' };
    return { text: text + String.fromCharCode(low), end: at + 4 };
  });
}

export function decodeUtf32(bytes: Uint8Array, errors: string, order: Order): string {
  const { big, start } = orderOf(bytes, order, 4);
  const encoding = big ? 'utf-32-be' : 'utf-32-le';
  const { length } = bytes;
  return decodeWide(encoding, bytes, errors, start, (at) => {
    if (at + 4 > length) return { end: length, reason: 'truncated data' };
    const point = readUnit(bytes, at, 4, big);
    if (point > 0x10ffff) {
      return { end: at + 4, reason: 'code point not in range(0x110000)' };
    }
    if (point >= 0xd800 && point <= 0xdfff) {
      const reason = 'code point in surrogate code point range(0xd800, 0xe000)';
      return { end: at + 4, reason };
    }
    return { text: String.fromCodePoint(point), end: at + 4 };
  });
}
