// Limits of single values, each with its unit and its reason.
//
// A native works at once and cannot be interrupted (L3), so what one operation
// may cost is bounded by how large one value may become. Past a limit the
// program gets MemoryError, as from an allocation that failed.

import { raised, type Raised } from './exception.ts';
import { types } from './types.ts';

/**
 * Bits of one int: about ten million decimal digits. Measured, at this size: a
 * product takes 0.4 s, a division 1.3 s; each further doubling doubles both.
 */
export const INT_BITS_MAX = 1 << 25;

/**
 * Bits of exponent times bits of modulus in pow(a, b, m): 32,768 bits each take
 * a second or two, which covers every key size in use.
 */
export const POWER_MODULUS_WORK_MAX = 2 ** 30;

/** Bits of the smaller operand of gcd and its kin, whose time grows with the square: about 1 s. */
export const GCD_BITS_MAX = 1 << 19;

/** Bits of a number to be inverted modulo another: one plain Euclid, about 0.5 s. */
export const INVERSE_BITS_MAX = 1 << 16;

/** UTF-16 units of one str. The host's own limit is just below 2^29. */
export const TEXT_UNITS_MAX = 1 << 28;

/** Bytes of one bytes or bytearray: the same room as a str has. */
export const BYTES_MAX = 1 << 28;

/** Bytes of one digest of SHAKE, which gives as many as one asks for: about 0.4 s. */
export const DIGEST_BYTES_MAX = 1 << 24;

/** Elements of one list or tuple: half a gigabyte of slots. */
export const ITEMS_MAX = 1 << 26;

/** Bytes of the tuples that one operation makes to gather them: nine million pairs. */
export const GATHERED_BYTES_MAX = 1 << 30;

/** Characters of a text that is brought to a normal form, and of what comes of it. */
export const NORMAL_FORM_MAX = 1 << 22;

/** What Py_ssize_t holds: the largest size or position CPython can name. */
export const INDEX_MAX = (1n << 63n) - 1n;

/** Decimal digits between int and str, until sys.set_int_max_str_digits() says otherwise. */
export const INT_TEXT_DIGITS_DEFAULT = 4300;

/** The least that it may say, but for 0, which is no limit. */
export const INT_TEXT_DIGITS_LEAST = 640;

/** Decimal digits whatever it says: that many become text in a second, twice as many in two. */
export const INT_TEXT_DIGITS_MAX = 1_500_000;

/** Containers inside one another in a comparison: CPython's default recursion limit. */
export const COMPARE_DEPTH_MAX = 1000;

/** Steps of a comparison after which equal pairs are remembered (shared parts, met again). */
export const COMPARE_STEPS_BEFORE_MEMO = 10_000;

/** Largest width or precision in a format: what a C int holds. */
export const FORMAT_NUMBER_MAX = 2_147_483_647;

/** `throw memoryError()`: CPython gives it no text. */
export function memoryError(): Raised {
  return raised(types.MemoryError);
}
