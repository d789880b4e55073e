// Ints as text, within the limit that the program has set.
//
// A run may change its limit (sys.set_int_max_str_digits), which all that makes text of ints or
// ints of text must know, however deep: so it is here, for the time of a step of that run.

import { valueError } from './exception.ts';
import { INT_TEXT_DIGITS_DEFAULT, INT_TEXT_DIGITS_MAX, memoryError } from './limits.ts';

/** The limit now: decimal digits, or 0 for none. Set by the machine as a step begins and ends. */
export const intTextLimit = { digits: INT_TEXT_DIGITS_DEFAULT };

/** Below this no bigint comes near the least limit there can be. */
const CERTAINLY_SHORT = 1n << 2048n;

/** str(value), for values of no more digits than the limit. */
export function intText(value: number | bigint): string {
  if (typeof value === 'number') return String(value);
  if (value < CERTAINLY_SHORT && value > -CERTAINLY_SHORT) return value.toString();
  const limit = intTextLimit.digits;
  if (limit > 0 && limit <= INT_TEXT_DIGITS_MAX) {
    if (hasMoreDigits(value, limit)) {
      throw valueError(
        `Exceeds the limit (${limit} digits) for integer string conversion; ` +
          'use sys.set_int_max_str_digits() to increase the limit',
      );
    }
  } else if (hasMoreDigits(value, INT_TEXT_DIGITS_MAX)) throw memoryError();
  return value.toString();
}

/** Whether the decimal text of an int is longer than this. */
function hasMoreDigits(value: bigint, digits: number): boolean {
  const magnitude = value < 0n ? -value : value;
  const bits = magnitude.toString(16).length * 4;
  // The highest hexadecimal digit has one to four bits of these.
  if (Math.ceil(bits * Math.LOG10E * Math.LN2) <= digits) return false;
  if (Math.floor((bits - 4) * Math.LOG10E * Math.LN2) > digits) return true;
  return magnitude >= 10n ** BigInt(digits);
}

/** That a text of so many digits may become an int. */
export function checkDigits(count: number): void {
  const limit = intTextLimit.digits;
  if (limit > 0 && count > limit) {
    throw valueError(
      `Exceeds the limit (${limit} digits) for integer string conversion: ` +
        `value has ${count} digits; use sys.set_int_max_str_digits() to increase the limit`,
    );
  }
  if (count > INT_TEXT_DIGITS_MAX) throw memoryError();
}

/** The digits of |value| in base 2, 8, 10 or 16, without prefix. */
export function intDigits(value: number | bigint, base: 2 | 8 | 10 | 16): string {
  const text = base === 10 ? intText(value) : value.toString(base);
  return text.startsWith('-') ? text.slice(1) : text;
}

const PREFIXES = { 2: '0b', 8: '0o', 16: '0x' } as const;

/** bin(value), oct(value), hex(value). */
export function intPrefixed(value: number | bigint, base: 2 | 8 | 16): string {
  return `${value < 0 ? '-' : ''}${PREFIXES[base]}${intDigits(value, base)}`;
}
