// repr of strs and bytes, ascii(), and str() of the values that need no flow code.

import { ByteArray, Bytes } from './collections.ts';
import { Complex, complexText } from './complex.ts';
import { Singleton } from './constants.ts';
import type { HeapObject } from './heap.ts';
import { floatText } from './float-text.ts';
import { intText } from './int-text.ts';
import { NEEDS_FLOW } from './keys.ts';
import { isPrintable } from './plain-unicode.ts';
import { Float, type Value } from './value.ts';

/** Strs whose repr is themselves between quotes. */
const PLAIN = /^[ !#-&(-[\]-~]*$/;
const SHORT_ESCAPES: Readonly<Record<number, string>> = {
  9: '\\t',
  10: '\\n',
  13: '\\r',
  92: '\\\\',
};

/** The quote CPython chooses: single, unless there are single ones inside and no double ones. */
function quoteFor(text: string): "'" | '"' {
  return text.includes("'") && !text.includes('"') ? '"' : "'";
}

function hex(point: number, width: number): string {
  return point.toString(16).padStart(width, '0');
}

/** \xhh, \uhhhh or \Uhhhhhhhh, the shortest that fits. */
export function escapePoint(point: number): string {
  if (point < 0x100) return `\\x${hex(point, 2)}`;
  return point < 0x10000 ? `\\u${hex(point, 4)}` : `\\U${hex(point, 8)}`;
}

/** repr(text). */
export function reprText(text: string): string {
  if (PLAIN.test(text)) return `'${text}'`;
  return quoted(text, isPrintable);
}

/** ascii(text). */
export function asciiText(text: string): string {
  if (PLAIN.test(text)) return `'${text}'`;
  return quoted(text, isAsciiPrintable);
}

function quoted(text: string, shows: (point: number) => boolean, alwaysEscaped = -1): string {
  const quote = quoteFor(text);
  const quotePoint = quote.charCodeAt(0);
  let body = '';
  let copied = 0;
  for (let i = 0; i < text.length; i++) {
    const point = text.codePointAt(i) as number;
    const width = point > 0xffff ? 2 : 1;
    const isQuote = point === quotePoint || point === alwaysEscaped;
    if (isQuote || point === 92 || !shows(point)) {
      const short = isQuote ? `\\${String.fromCharCode(point)}` : SHORT_ESCAPES[point];
      body += text.slice(copied, i) + (short ?? escapePoint(point));
      copied = i + width;
    }
    if (width === 2) i++;
  }
  return quote + body + text.slice(copied) + quote;
}

/** The result of repr() made ASCII: what ascii() does to a value of any type. */
export function escapeNonAscii(text: string): string {
  // eslint-disable-next-line no-control-regex
  return text.replace(/[^\0-\x7f]/gu, (char) => escapePoint(char.codePointAt(0) as number));
}

/** A str of the code points 0..255 that bytes are. */
export function latin1Text(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

/** The bytes of a str of code points 0..255. */
export function latin1Bytes(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

function isAsciiPrintable(point: number): boolean {
  return point >= 32 && point < 127;
}

/** repr of bytes. */
export function reprBytes(bytes: Uint8Array): string {
  const text = latin1Text(bytes);
  return `b${PLAIN.test(text) ? `'${text}'` : quoted(text, isAsciiPrintable)}`;
}

/** repr of a bytearray: unlike bytes, it escapes a single quote between double ones, too. */
export function reprByteArray(bytes: Uint8Array, name = 'bytearray'): string {
  return `${name}(b${quoted(latin1Text(bytes), isAsciiPrintable, 39)})`;
}

/** repr(value), if it needs no flow code and no other file: primitives, strs, bytes. */
export function simpleRepr(value: Value): string | typeof NEEDS_FLOW {
  switch (typeof value) {
    case 'number':
      return String(value);
    case 'bigint':
      return intText(value);
    case 'string':
      return reprText(value);
    case 'boolean':
      return value ? 'True' : 'False';
    default:
      return value === null ? 'None' : objectRepr(value);
  }
}

function objectRepr(value: Float | HeapObject): string | typeof NEEDS_FLOW {
  if (value instanceof Float) return floatText(value.value);
  if (value instanceof Complex) return complexText(value);
  if (value instanceof Bytes) return reprBytes(value.bytes);
  if (value instanceof ByteArray) return reprByteArray(value.bytes, 'bytearray');
  if (value instanceof Singleton) return value.name;
  return NEEDS_FLOW;
}

/** str(value), under the same condition. */
export function simpleStr(value: Value): string | typeof NEEDS_FLOW {
  return typeof value === 'string' ? value : simpleRepr(value);
}

/** ascii(value), under the same condition. */
export function simpleAscii(value: Value): string | typeof NEEDS_FLOW {
  if (typeof value === 'string') return asciiText(value);
  return simpleRepr(value);
}
