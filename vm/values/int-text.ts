// Ints as text.

import { valueError } from './exception.ts';
import { INT_TEXT_DIGITS_MAX } from './limits.ts';

const DIGITS = INT_TEXT_DIGITS_MAX;
let tooLong: bigint | null = null;

/** The least int whose decimal text is longer than the limit. */
function getTooLong(): bigint {
  return (tooLong ??= 10n ** BigInt(DIGITS));
}

/** Below this no bigint comes near the limit. */
const CERTAINLY_SHORT = 1n << 4096n;

/** str(value), for values of no more than INT_TEXT_DIGITS_MAX digits. */
export function intText(value: number | bigint): string {
  if (typeof value === 'number') return String(value);
  if (value < CERTAINLY_SHORT && value > -CERTAINLY_SHORT) return value.toString();
  const limit = getTooLong();
  if (value >= limit || value <= -limit) {
    throw valueError(
      `Exceeds the limit (${DIGITS} digits) for integer string conversion; ` +
        'use sys.set_int_max_str_digits() to increase the limit',
    );
  }
  return value.toString();
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
