// The encodings unicode_escape and raw_unicode_escape: text as source code would write it.

import { characterNamed } from '../../compiler/syntax/unicode-names.ts';
import { latin1Bytes } from '../../vm/values/plain-text.ts';
import { pointsOf } from '../../vm/values/plain-unicode.ts';
import { handle } from './bytes-decode.ts';

const SIMPLE: Readonly<Record<string, string>> = {
  ...{ '\\': '\\', "'": "'", '"': '"', '\n': '' },
  ...{ a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' },
};

const WRITTEN: ReadonlyMap<number, string> = new Map([
  [0x5c, '\\\\'],
  [0x09, '\\t'],
  [0x0a, '\\n'],
  [0x0d, '\\r'],
]);

/** Hexadecimal digits after the letter of an escape. */
const DIGITS: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };

const hex = (point: number, letter: string): string =>
  `\\${letter}${point.toString(16).padStart(DIGITS[letter] ?? 0, '0')}`;

const wide = (point: number): string => hex(point, point > 0xffff ? 'U' : 'u');

export function encodeEscape(text: string): Uint8Array {
  const write = (point: number): string => {
    const own = WRITTEN.get(point);
    if (own !== undefined) return own;
    if (point >= 0x20 && point < 0x7f) return String.fromCharCode(point);
    return point > 0xff ? wide(point) : hex(point, 'x');
  };
  return latin1Bytes(pointsOf(text).map(write).join(''));
}

export function encodeRawEscape(text: string): Uint8Array {
  const write = (point: number): string =>
    point > 0xff ? wide(point) : String.fromCharCode(point);
  return latin1Bytes(pointsOf(text).map(write).join(''));
}

/** One escape: what it stands for and where it ends, or what is wrong with it up to there. */
interface Escape {
  readonly text?: string;
  readonly reason?: string;
  readonly end: number;
}

/** What the digits of \x, \u or \U stand for. */
function byDigits(source: string, at: number, letter: string, tooLarge: string): Escape {
  const wanted = DIGITS[letter] as number;
  const digits = /^[0-9a-fA-F]*/u.exec(source.slice(at, at + wanted))?.[0] ?? '';
  const end = at + digits.length;
  if (digits.length < wanted) {
    return { reason: `truncated \\${letter}${'X'.repeat(wanted)} escape`, end };
  }
  const point = Number.parseInt(digits, 16);
  return point > 0x10ffff ? { reason: tooLarge, end } : { text: String.fromCodePoint(point), end };
}

/** The escape whose backslash stands before `at`. */
function anyEscape(source: string, at: number): Escape {
  const letter = source[at];
  if (letter === undefined) return { reason: '\\ at end of string', end: at };
  const simple = SIMPLE[letter];
  if (simple !== undefined) return { text: simple, end: at + 1 };
  const octal = /^[0-7]{1,3}/u.exec(source.slice(at, at + 3))?.[0];
  if (octal !== undefined) {
    return { text: String.fromCharCode(Number.parseInt(octal, 8)), end: at + octal.length };
  }
  if (letter === 'N') {
    const name = /^(?:\{[^}]*)?/u.exec(source.slice(at + 1))?.[0] ?? '';
    const end = at + 1 + name.length;
    if (name.length < 2 || end === source.length) {
      return { reason: 'malformed \\N character escape', end };
    }
    const found = characterNamed(name.slice(1));
    if (found !== null) return { text: found, end: end + 1 };
    return { reason: 'unknown Unicode character name', end: end + 1 };
  }
  if (Object.hasOwn(DIGITS, letter)) {
    return byDigits(source, at + 1, letter, 'illegal Unicode character');
  }
  return { text: `\\${letter}`, end: at + 1 };
}

function rawEscape(source: string, at: number): Escape {
  const letter = source[at];
  if (letter === 'u' || letter === 'U') {
    return byDigits(source, at + 1, letter, '\\Uxxxxxxxx out of range');
  }
  return { text: `\\${letter ?? ''}`, end: Math.min(at + 1, source.length) };
}

function decoded(
  encoding: string,
  bytes: Uint8Array,
  errors: string,
  read: (source: string, at: number) => Escape,
): string {
  const source = Buffer.from(bytes).toString('latin1');
  const parts: string[] = [];
  let at = 0;
  for (;;) {
    const start = source.indexOf('\\', at);
    if (start < 0) return parts.join('') + source.slice(at);
    parts.push(source.slice(at, start));
    const { text, reason, end } = read(source, start + 1);
    at = end;
    if (reason !== undefined) {
      const stand = handle({ encoding, bytes, start, end, reason }, errors);
      parts.push(stand.text);
      at = stand.end;
    } else parts.push(text ?? '');
  }
}

export const decodeEscape = (bytes: Uint8Array, errors: string): string =>
  decoded('unicodeescape', bytes, errors, anyEscape);

export const decodeRawEscape = (bytes: Uint8Array, errors: string): string =>
  decoded('rawunicodeescape', bytes, errors, rawEscape);
