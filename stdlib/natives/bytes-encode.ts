// Strs to bytes: UTF-8, UTF-16, UTF-32, and the encodings of one byte a character.
//
// What cannot be encoded goes to an error handler, which gives text or bytes in
// its place or raises. Positions in errors are counted in code points.

import { nameOf } from '../../compiler/syntax/unicode-names.ts';
import { raised } from '../../vm/values/exception.ts';
import { escapePoint } from '../../vm/values/plain-text.ts';
import { pointsOf } from '../../vm/values/plain-unicode.ts';
import { types } from '../../vm/values/types.ts';
import { encodeError } from './bytes-errors.ts';

/** A run of code points that an encoding has no bytes for. */
interface Trouble {
  readonly encoding: string;
  readonly text: string;
  readonly points: readonly number[];
  readonly start: number;
  readonly end: number;
  readonly reason: string;
}

/** What stands in for it: text to be encoded like the rest, or bytes as they are. */
type Handler = (trouble: Trouble) => string | Uint8Array;

function refuse({ encoding, text, start, end, reason }: Trouble): never {
  throw encodeError(encoding, text, start, end, reason);
}

function troubled({ points, start, end }: Trouble): readonly number[] {
  return points.slice(start, end);
}

function isSurrogate(point: number): boolean {
  return point >= 0xd800 && point <= 0xdfff;
}

/** Whether an error handler has that name, without one that the program has registered. */
export function handlesEncoding(errors: string): boolean {
  return HANDLERS.has(errors);
}

/** Handlers by name. */
const HANDLERS: ReadonlyMap<string, Handler> = new Map<string, Handler>([
  ['strict', refuse],
  ['ignore', () => ''],
  ['replace', ({ start, end }) => '?'.repeat(end - start)],
  ['backslashreplace', (trouble) => troubled(trouble).map(escapePoint).join('')],
  [
    'xmlcharrefreplace',
    (trouble) =>
      troubled(trouble)
        .map((point) => `&#${point};`)
        .join(''),
  ],
  ['namereplace', (trouble) => troubled(trouble).map(named).join('')],
  ['surrogateescape', escapeSurrogates],
  ['surrogatepass', passSurrogates],
]);

function named(point: number): string {
  const name = nameOf(point);
  return name === null ? escapePoint(point) : `\\N{${name}}`;
}

/** Bytes that decoding has smuggled through as U+DC80..U+DCFF. */
function escapeSurrogates(trouble: Trouble): Uint8Array {
  const points = troubled(trouble);
  const wrong = points.findIndex((point) => point < 0xdc80 || point > 0xdcff);
  if (wrong >= 0) {
    // What comes before the first that is no smuggled byte has been written by then.
    refuse({ ...trouble, start: trouble.start + wrong });
  }
  return Uint8Array.from(points, (point) => point - 0xdc00);
}

function passSurrogates(trouble: Trouble): Uint8Array {
  const width = trouble.encoding.startsWith('utf-16') ? 2 : 4;
  const points = troubled(trouble);
  if (!trouble.encoding.startsWith('utf-') || !points.every(isSurrogate)) refuse(trouble);
  const out = new Output(points.length * 4);
  for (const point of points) {
    if (trouble.encoding === 'utf-8') {
      out.bytes(0xe0 | (point >> 12), 0x80 | ((point >> 6) & 63), 0x80 | (point & 63));
    } else out.unit(point, width, trouble.encoding.endsWith('-be'));
  }
  return out.result();
}

export function handlerOf(errors: string): Handler {
  const handler = HANDLERS.get(errors);
  if (handler !== undefined) return handler;
  throw raised(types.LookupError, `unknown error handler name '${errors}'`);
}

/** Bytes being written. */
export class Output {
  private buffer: Uint8Array;
  private length = 0;

  constructor(room: number) {
    this.buffer = new Uint8Array(Math.max(room, 16));
  }

  private reserve(more: number): void {
    if (this.length + more <= this.buffer.length) return;
    const larger = new Uint8Array(Math.max(this.buffer.length * 2, this.length + more));
    larger.set(this.buffer);
    this.buffer = larger;
  }

  bytes(...bytes: readonly number[]): void {
    this.reserve(bytes.length);
    for (const byte of bytes) this.buffer[this.length++] = byte;
  }

  all(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.buffer.set(bytes, this.length);
    this.length += bytes.length;
  }

  unit(value: number, width: 2 | 4, big: boolean): void {
    this.reserve(width);
    for (let i = 0; i < width; i++) {
      const shift = 8 * (big ? width - 1 - i : i);
      this.buffer[this.length++] = (value >>> shift) & 0xff;
    }
  }

  result(): Uint8Array {
    return this.buffer.slice(0, this.length);
  }
}

/** Half a code point above U+FFFF, which no encoding has bytes for. */
const LONE_SURROGATE = /\p{Surrogate}/u;

export function encodeUtf8(text: string, errors: string): Uint8Array {
  if (!LONE_SURROGATE.test(text)) return Uint8Array.from(Buffer.from(text, 'utf8'));
  const points = pointsOf(text);
  const out = new Output(text.length * 3);
  for (let at = 0; at < points.length; at++) {
    const point = points[at] as number;
    if (!isSurrogate(point)) {
      out.all(Buffer.from(String.fromCodePoint(point), 'utf8'));
      continue;
    }
    const start = at;
    while (at + 1 < points.length && isSurrogate(points[at + 1] as number)) at++;
    const reason = 'surrogates not allowed';
    const encoding = 'utf-8';
    const stand = handlerOf(errors)({ encoding, text, points, start, end: at + 1, reason });
    out.all(typeof stand === 'string' ? Buffer.from(stand, 'utf8') : stand);
  }
  return out.result();
}

export function isPrintable(text: string): boolean {
  return !LONE_SURROGATE.test(text);
}

/** What a stream takes of a text: half a code point is refused by stdout, escaped by stderr. */
export function printed(text: string, stream: 'stdout' | 'stderr'): string {
  if (isPrintable(text)) return text;
  const errors = stream === 'stderr' ? 'backslashreplace' : 'strict';
  return Buffer.from(encodeUtf8(text, errors)).toString('utf8');
}

/** Code points up to `most`, one byte each. */
export function encodeNarrow(
  encoding: string,
  text: string,
  errors: string,
  most: number,
): Uint8Array {
  const bytes = new Uint8Array(text.length);
  let widest = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    widest |= unit;
    bytes[i] = unit;
  }
  if (widest <= most) return bytes;
  const points = pointsOf(text);
  const out = new Output(points.length);
  for (let at = 0; at < points.length; at++) {
    const point = points[at] as number;
    if (point <= most) {
      out.bytes(point);
      continue;
    }
    const start = at;
    while (at + 1 < points.length && (points[at + 1] as number) > most) at++;
    const reason = `ordinal not in range(${most + 1})`;
    const stand = handlerOf(errors)({ encoding, text, points, start, end: at + 1, reason });
    out.all(typeof stand === 'string' ? Buffer.from(stand, 'latin1') : stand);
  }
  return out.result();
}

/** UTF-16 and UTF-32, with a byte order mark (and then little) or without. */
export function encodeWide(
  encoding: string,
  text: string,
  errors: string,
  width: 2 | 4,
  order: 'mark' | 'little' | 'big',
): Uint8Array {
  const big = order === 'big';
  const points = pointsOf(text);
  const out = new Output(text.length * width + width);
  const write = (point: number): void => {
    if (width === 2 && point > 0xffff) {
      out.unit(0xd800 + ((point - 0x10000) >> 10), width, big);
      out.unit(0xdc00 + ((point - 0x10000) & 0x3ff), width, big);
    } else out.unit(point, width, big);
  };
  if (order === 'mark') write(0xfeff);
  for (const [at, point] of points.entries()) {
    if (!isSurrogate(point)) {
      write(point);
      continue;
    }
    const reason = 'surrogates not allowed';
    const stand = handlerOf(errors)({ encoding, text, points, start: at, end: at + 1, reason });
    if (typeof stand === 'string') for (const each of pointsOf(stand)) write(each);
    else if (stand.length % width === 0) out.all(stand);
    else throw encodeError(encoding, text, at, at + 1, reason);
  }
  return out.result();
}
