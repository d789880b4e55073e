// Natives of the module decimal: what takes the decimal digits of an int one by one.
//
// A Decimal's coefficient is an int, so arithmetic on it is that of ints, in flow
// (stdlib/modules/decimal). Here is what ints do not offer: how many digits, digits without the
// limit of int(text), and rounding off the last of them.

import { bitLength, multiplyInts } from '../../vm/values/arithmetic-int.ts';
import { Tuple } from '../../vm/values/collections.ts';
import { typeError } from '../../vm/values/exception.ts';
import { INT_BITS_MAX, INT_TEXT_DIGITS_MAX, memoryError } from '../../vm/values/limits.ts';
import { toAscii } from '../../vm/values/number-parse.ts';
import { intOf, plainSlot } from '../../vm/values/plain.ts';
import { integer, type Slot } from '../../vm/values/value.ts';
import { native, type NativeRow } from '../../vm/machine/native.ts';
import type { Int } from './int-arguments.ts';

function int(value: Slot): Int {
  const found = intOf(value);
  if (found === undefined) throw typeError('an int is needed');
  return found;
}

function text(value: Slot): string {
  const base = plainSlot(value);
  if (typeof base === 'string') return base;
  throw typeError('a str is needed');
}

/** Powers of ten up to this one are kept: those that usual precisions meet. */
const KEPT_POWERS = 256;
const powers: bigint[] = [];

const BITS_PER_DIGIT = Math.log2(10);

export function powerOfTen(exponent: number): bigint {
  if (exponent * BITS_PER_DIGIT > INT_BITS_MAX) throw memoryError();
  if (exponent >= KEPT_POWERS) return 10n ** BigInt(exponent);
  return (powers[exponent] ??= 10n ** BigInt(exponent));
}

/** How many decimal digits |value| has; 0 has one. */
export function digitCount(value: Int): number {
  // A safe integer is written without an exponent.
  if (typeof value === 'number') return String(Math.abs(value)).length;
  const size = value < 0n ? -value : value;
  const least = Math.max(1, Math.floor((bitLength(size) - 1) / BITS_PER_DIGIT));
  let digits = least;
  while (size >= powerOfTen(digits)) digits++;
  return digits;
}

function digitText(value: Int): string {
  if (typeof value === 'bigint' && digitCount(value) > INT_TEXT_DIGITS_MAX) throw memoryError();
  return String(value);
}

function digitsToInt(digits: string): Int {
  const significant = digits.replace(/^0+(?=.)/, '');
  if (significant.length > INT_TEXT_DIGITS_MAX) throw memoryError();
  return significant.length <= 15 ? Number(significant) : integer(BigInt(significant));
}

/** A coefficient without zeros at its end, at most so many, and how many those were. */
function strip(value: Int, most: Int): Tuple {
  const digits = digitText(value);
  let end = digits.length;
  while (end > 1 && digits.length - end < most && digits.charCodeAt(end - 1) === 48) end--;
  const zeros = digits.length - end;
  return new Tuple([zeros === 0 ? value : digitsToInt(digits.slice(0, end)), zeros]);
}

/** Whether what is left over takes the digit before it up. `half` compares it with one half. */
function roundsUp(mode: string, isNegative: boolean, isOdd: boolean, half: number): boolean {
  switch (mode) {
    case 'ROUND_UP':
      return true;
    case 'ROUND_HALF_UP':
      return half >= 0;
    case 'ROUND_HALF_DOWN':
      return half > 0;
    case 'ROUND_HALF_EVEN':
      return half > 0 || (half === 0 && isOdd);
    case 'ROUND_CEILING':
      return !isNegative;
    case 'ROUND_FLOOR':
      return isNegative;
    default:
      return false;
  }
}

export interface Rounded {
  readonly quotient: bigint;
  readonly isInexact: boolean;
}

/** A coefficient without its last `drop` digits, and whether those were not all zero. */
export function roundOff(
  coefficient: bigint,
  drop: Int,
  mode: string,
  isNegative: boolean,
): Rounded {
  // More than all of its digits: what is left over is less than one half.
  const whole = drop > digitCount(integer(coefficient));
  const divisor = whole ? 0n : powerOfTen(Number(drop));
  let quotient = whole ? 0n : coefficient / divisor;
  const rest = whole ? coefficient : coefficient - quotient * divisor;
  if (rest === 0n) return { quotient, isInexact: false };
  const double = rest * 2n;
  const half = whole || double < divisor ? -1 : double > divisor ? 1 : 0;
  const isOdd = (quotient & 1n) === 1n;
  // ROUND_05UP: away from zero only if the last digit would be 0 or 5.
  if (mode === 'ROUND_05UP' ? quotient % 5n === 0n : roundsUp(mode, isNegative, isOdd, half)) {
    quotient++;
  }
  return { quotient, isInexact: true };
}

const FINITE = /^([+-])?(?=\d|\.\d)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/;
const SPECIAL = /^([+-])?(?:(inf(?:inity)?)|(s?nan)(\d*))$/i;

/** Digits of an exponent that are read: any of more is past every limit, however it goes on. */
const EXPONENT_DIGITS_MAX = 30;

function parseExponent(exponent: string): bigint {
  const isNegative = exponent.startsWith('-');
  const digits = exponent.replace(/^[+-]?0*/, '').slice(0, EXPONENT_DIGITS_MAX);
  return isNegative ? -BigInt(digits) : BigInt(digits);
}

/** (sign, kind, coefficient, exponent) of a text; None if it is none. Kind 1 is infinity, … */
function parse(source: string): Tuple | null {
  const ascii = toAscii(source);
  const finite = FINITE.exec(ascii);
  if (finite !== null) {
    const [, sign, whole = '', fraction = '', exponent = '0'] = finite;
    const scale = integer(parseExponent(exponent) - BigInt(fraction.length));
    return new Tuple([sign === '-' ? 1 : 0, 0, digitsToInt(whole + fraction), scale]);
  }
  const special = SPECIAL.exec(ascii);
  if (special === null) return null;
  const [, sign, infinity, nan = '', payload = ''] = special;
  const kind = infinity === undefined ? nan.length - 1 : 1;
  return new Tuple([sign === '-' ? 1 : 0, kind, digitsToInt(payload === '' ? '0' : payload), 0]);
}

export const rows: readonly NativeRow[] = [
  native('_decimal_digits', 'n, /', (_context, n) => digitCount(int(n))),
  native('_decimal_text', 'n, /', (_context, n) => digitText(int(n))),
  native('_decimal_parse', 'text, /', (_context, source) => parse(text(source))),
  native('_decimal_strip', 'n, most, /', (_context, n, most) => strip(int(n), int(most))),
  native('_decimal_scale', 'n, exponent, /', (_context, n, exponent) => {
    const by = int(exponent);
    if (by < 0 || typeof by !== 'number') throw memoryError();
    const value = int(n);
    return value === 0 ? 0 : multiplyInts(value, integer(powerOfTen(by)));
  }),
  native('_decimal_round', 'n, drop, mode, negative, /', (_context, n, drop, mode, negative) => {
    const isNegative = negative === true || negative === 1;
    const { quotient, isInexact } = roundOff(BigInt(int(n)), int(drop), text(mode), isNegative);
    return new Tuple([integer(quotient), isInexact]);
  }),
];
