// Text to numbers: int(text, base), float(text), float.fromhex(text).
//
// What is accepted is written down as one pattern each; what is not gets
// CPython's message, with the text as it was given.

import { scale, type Int } from './arithmetic-int.ts';
import { overflowError, valueError } from './exception.ts';
import { checkDigits } from './int-text.ts';
import { INT_BITS_MAX, memoryError } from './limits.ts';
import { decimalValue, isSpace } from './plain-unicode.ts';
import { latin1Text, reprBytes, reprText } from './plain-text.ts';
import { integer } from './value.ts';
import { divideToEven } from './float-text.ts';

// eslint-disable-next-line no-control-regex
const ASCII = /^[\0-\x7f]*$/;

/** A text with digits and spaces of every script as ASCII ones; `?` for the first of all else. */
export function toAscii(text: string): string {
  if (ASCII.test(text)) return text;
  let ascii = '';
  for (const char of text) {
    const point = char.codePointAt(0) as number;
    const digit = decimalValue(point);
    if (point < 128) ascii += char;
    else if (digit >= 0) ascii += String(digit);
    else if (isSpace(point)) ascii += ' ';
    else return `${ascii}?`;
  }
  return ascii;
}

function isAsciiSpace(unit: number): boolean {
  return unit === 32 || (unit >= 9 && unit <= 13);
}

/** Without the spaces of C's isspace() at either end. */
function trimAscii(text: string): string {
  let [start, end] = [0, text.length];
  while (start < end && isAsciiSpace(text.charCodeAt(start))) start++;
  while (end > start && isAsciiSpace(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

/** int(text, base) of a str. */
export function intFromText(text: string, base: Int = 10): Int {
  const at = checkBase(base);
  const value = parseInteger(toAscii(text), at);
  return value ?? invalidInt(reprText(text), at);
}

/** int(bytes, base) of bytes or a bytearray. */
export function intFromBytes(bytes: Uint8Array, base: Int = 10): Int {
  const at = checkBase(base);
  const value = parseInteger(latin1Text(bytes), at);
  return value ?? invalidInt(reprBytes(bytes), at);
}

export function checkBase(base: Int): number {
  if (typeof base === 'number' && (base === 0 || (base >= 2 && base <= 36))) return base;
  throw valueError('int() base must be >= 2 and <= 36, or 0');
}

/** Characters of the offending text that the message shows. */
const SHOWN = 200;

function invalidInt(repr: string, base: number): never {
  const isShort = repr.length <= SHOWN;
  const shown = isShort ? repr : [...repr.slice(0, 2 * SHOWN)].slice(0, SHOWN).join('');
  throw valueError(`invalid literal for int() with base ${base}: ${shown}`);
}

const PREFIX_BASES: Readonly<Record<string, number>> = { x: 16, o: 8, b: 2 };

/** The int that an ASCII text spells; null if it spells none. */
export function parseInteger(text: string, base: number): Int | null {
  // Nearly all texts are a few decimal digits.
  if (base === 10 && text.length < 16 && /^-?[0-9]+$/.test(text)) return Number(text) + 0;
  let rest = trimAscii(text);
  const negative = rest.startsWith('-');
  if (negative || rest.startsWith('+')) rest = rest.slice(1);
  let radix = base;
  const prefix = rest.startsWith('0') ? PREFIX_BASES[rest.charAt(1).toLowerCase()] : undefined;
  if (prefix !== undefined && (base === 0 || base === prefix)) {
    radix = prefix;
    rest = rest.slice(rest.charAt(2) === '_' ? 3 : 2);
  }
  // 010 would have been octal once: it is refused rather than misread, unless it is zero.
  const zeroOnly = radix === 0 && rest.startsWith('0');
  if (radix === 0) radix = 10;
  const digits = readDigits(rest, radix);
  if (digits === null) return null;
  const value = integer(digitsToInt(digits, radix));
  if (zeroOnly && value !== 0) return null;
  return negative ? (typeof value === 'number' ? 0 - value : integer(-value)) : value;
}

/** The digits of a text that is digits with single underscores between them. */
function readDigits(text: string, radix: number): string | null {
  // All that would be scanned before the first wrong character counts against the limit.
  const wrong = text.search(wrongDigit(radix));
  const scanned = wrong < 0 ? text : text.slice(0, wrong);
  if (scanned === '' || /^_|__|_$/.test(scanned)) return null;
  const digits = scanned.replaceAll('_', '');
  const isPower = (radix & (radix - 1)) === 0;
  if (!isPower) checkDigits(digits.length);
  return wrong < 0 ? digits : null;
}

/** By radix: what finds a character that is no digit. */
const wrongDigits: RegExp[] = [];

function wrongDigit(radix: number): RegExp {
  return (wrongDigits[radix] ??=
    radix <= 10
      ? new RegExp(`[^_0-${radix - 1}]`)
      : new RegExp(`[^_0-9a-${String.fromCharCode(96 + radix - 10)}]`, 'i'));
}

/** Digits whose value is certainly a safe integer, in any radix. */
const SAFE_DIGITS = 10;

function digitsToInt(digits: string, radix: number): bigint {
  if (digits.length * Math.log2(radix) > INT_BITS_MAX + 5) throw memoryError();
  switch (radix) {
    case 2:
      return BigInt(`0b${digits}`);
    case 8:
      return BigInt(`0o${digits}`);
    case 10:
      return BigInt(digits);
    case 16:
      return BigInt(`0x${digits}`);
    case 4:
    case 32:
      return BigInt(`0b${inBits(digits, radix)}`);
  }
  let value = 0n;
  const factor = BigInt(radix) ** BigInt(SAFE_DIGITS);
  const head = digits.length % SAFE_DIGITS;
  if (head > 0) value = BigInt(Number.parseInt(digits.slice(0, head), radix));
  for (let i = head; i < digits.length; i += SAFE_DIGITS) {
    value = value * factor + BigInt(Number.parseInt(digits.slice(i, i + SAFE_DIGITS), radix));
  }
  return value;
}

function inBits(digits: string, radix: 4 | 32): string {
  const width = radix === 4 ? 2 : 5;
  let bits = '';
  for (const digit of digits) {
    bits += Number.parseInt(digit, radix).toString(2).padStart(width, '0');
  }
  return bits;
}

const FLOAT = /^[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:e[+-]?[0-9]+)?$/i;
/** An underscore that is not between two digits. */
const LOOSE_UNDERSCORE = /(?:^|[^0-9])_|_(?:$|[^0-9])/;
const SPECIAL = /^([+-]?)(inf|infinity|nan)$/i;

/** The float that an ASCII text spells; undefined if it spells none. */
export function parseFloatText(text: string): number | undefined {
  let rest = trimAscii(text);
  if (rest.includes('_')) {
    if (LOOSE_UNDERSCORE.test(rest)) return undefined;
    rest = rest.replaceAll('_', '');
  }
  if (FLOAT.test(rest)) return Number(rest);
  const special = SPECIAL.exec(rest);
  if (special === null) return undefined;
  if (special[2]?.toLowerCase() === 'nan') return NaN;
  return special[1] === '-' ? -Infinity : Infinity;
}

/** float(text) of a str. */
export function floatFromText(text: string): number {
  const value = parseFloatText(toAscii(text));
  if (value === undefined) {
    throw valueError(`could not convert string to float: ${reprText(text)}`);
  }
  return value;
}

/** float(bytes); `repr` is how the message shows them. */
export function floatFromBytes(bytes: Uint8Array, repr: string): number {
  const value = parseFloatText(latin1Text(bytes));
  if (value === undefined) throw valueError(`could not convert string to float: ${repr}`);
  return value;
}

const HEX_FLOAT = /^([+-]?)(?:0x)?([0-9a-f]*)(?:\.([0-9a-f]*))?(?:p([+-]?[0-9]+))?$/i;

/** float.fromhex(text). */
export function floatFromHex(text: string): number {
  const trimmed = trimAscii(text);
  const special = SPECIAL.exec(trimmed);
  if (special !== null) return parseFloatText(trimmed) as number;
  const match = HEX_FLOAT.exec(trimmed);
  const digits = (match?.[2] ?? '') + (match?.[3] ?? '');
  if (match === null || digits === '') {
    throw valueError('invalid hexadecimal floating-point string');
  }
  if (digits.length * 4 > INT_BITS_MAX) throw valueError('hexadecimal string too long to convert');
  const mantissa = BigInt(`0x${digits}`);
  const exponent = Number(match[4] ?? '0') - 4 * (match[3] ?? '').length;
  const value = nearestDouble(mantissa, exponent);
  if (!Number.isFinite(value)) {
    throw overflowError('hexadecimal value too large to represent as a float');
  }
  return match[1] === '-' ? -value : value;
}

/** mantissa * 2 ** exponent, ties to even. */
function nearestDouble(mantissa: bigint, exponent: number): number {
  if (mantissa === 0n) return 0;
  const length = mantissa.toString(2).length;
  const top = length + exponent;
  if (top > 1024) return Infinity;
  if (top < -1074) return 0;
  // Bits below the last one that a double of this size has.
  const excess = Math.max(length - 53, -1074 - exponent);
  if (excess <= 0) return scale(Number(mantissa), exponent);
  const kept = divideToEven(mantissa, 1n << BigInt(excess));
  return scale(Number(kept), exponent + excess);
}
