// Floats as text, digit for digit as CPython writes them.
//
//     repr           the shortest digits that read back as the same float
//     fixed, scientific   rounded to a number of digits, ties to even, exactly
//
// The host writes the shortest digits too, only in another layout, and its
// toFixed and toExponential round exactly, except that ties go up. So they do
// the work wherever no tie is possible, and integers do the rest.

import { mantissaAndExponent } from './arithmetic-float.ts';
import { bitLength, powerOfTwo } from './arithmetic-int.ts';

/** Significant digits, and the exponent of the first one: d.ddd times 10 ** exponent. */
export interface Digits {
  readonly digits: string;
  readonly exponent: number;
}

/** repr(value) and str(value). */
export function floatText(value: number): string {
  const size = Math.abs(value);
  if (size >= 1e-4 && size < 1e16) {
    const text = String(value);
    return Number.isInteger(value) ? `${text}.0` : text;
  }
  if (size === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
  if (!Number.isFinite(value)) return specialText(value);
  const { digits, exponent } = shortest(size);
  return (value < 0 ? '-' : '') + exponential(digits, exponent, 'e');
}

/** nan, inf or -inf. */
export function specialText(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  return value > 0 ? 'inf' : '-inf';
}

/** d.ddde+xx: an exponent has two digits at least. */
export function exponential(digits: string, exponent: number, letter: string): string {
  const fraction = digits.length > 1 ? `.${digits.slice(1)}` : '';
  const size = String(Math.abs(exponent)).padStart(2, '0');
  return `${digits.charAt(0)}${fraction}${letter}${exponent < 0 ? '-' : '+'}${size}`;
}

/** The shortest digits that read back as a finite value >= 0. */
export function shortest(value: number): Digits {
  if (value === 0) return { digits: '0', exponent: 0 };
  return parseExponential(value.toExponential());
}

function parseExponential(text: string): Digits {
  const e = text.indexOf('e');
  const digits = text.charAt(0) + text.slice(2, e);
  return { digits, exponent: Number(text.slice(e + 1)) };
}

/** Digits after the point beyond which every double has only zeros. */
const DECIMALS_MAX = 1074;
/** The most that the host's toFixed writes. */
const HOST_DECIMALS_MAX = 100;

/**
 * A finite value >= 0 with `places` digits after the point, ties to even. Negative places round to
 * tens, hundreds … and write zeros there. Places beyond the last nonzero digit are filled up.
 */
export function fixedText(value: number, places: number): string {
  if (places > DECIMALS_MAX) {
    return fixedText(value, DECIMALS_MAX) + '0'.repeat(places - DECIMALS_MAX);
  }
  // A tie needs value * 2 ** (places + 1) to be whole, since 10 = 2 * 5.
  if (places >= 0 && places <= HOST_DECIMALS_MAX && value < 1e21) {
    const whole = Number.isInteger(value);
    if (whole || !Number.isInteger(value * powerOfTwo(places + 1))) return value.toFixed(places);
  }
  const scaled = scaledInteger(value, places);
  const text = scaled.toString();
  if (places <= 0) return scaled === 0n ? '0' : text + '0'.repeat(-places);
  const padded = text.padStart(places + 1, '0');
  return `${padded.slice(0, -places)}.${padded.slice(-places)}`;
}

/** The integer nearest to value * 10 ** places, ties to even. */
function scaledInteger(value: number, places: number): bigint {
  const [mantissa, exponent] = mantissaAndExponent(value);
  if (mantissa === 0n) return 0n;
  let top = mantissa;
  let bottom = 1n;
  if (places >= 0) top *= 10n ** BigInt(places);
  else if (places < -400) return 0n;
  else bottom = 10n ** BigInt(-places);
  if (exponent >= 0) top <<= BigInt(exponent);
  else bottom <<= BigInt(-exponent);
  return divideToEven(top, bottom);
}

/** top / bottom rounded to an integer, ties to even; both above 0. */
export function divideToEven(top: bigint, bottom: bigint): bigint {
  const quotient = top / bottom;
  const twice = 2n * (top - quotient * bottom);
  const up = twice > bottom || (twice === bottom && (quotient & 1n) === 1n);
  return up ? quotient + 1n : quotient;
}

/** The most significant digits that the host writes without doubt about ties. */
const HOST_DIGITS_MAX = 15;
/** No double has more significant digits than this. */
const DIGITS_MAX = 770;

/** A finite value >= 0 rounded to `count` significant digits (at least one), ties to even. */
export function significant(value: number, count: number): Digits {
  if (value === 0) return { digits: '0'.repeat(count), exponent: 0 };
  if (count > DIGITS_MAX) {
    const { digits, exponent } = significant(value, DIGITS_MAX);
    return { digits: digits + '0'.repeat(count - DIGITS_MAX), exponent };
  }
  const short = shortest(value);
  if (count <= HOST_DIGITS_MAX) {
    // A tie has one digit more than asked for, a five, and so few digits are the exact value.
    const { digits } = short;
    const tie = digits.length === count + 1 && digits.endsWith('5');
    if (!tie) return parseExponential(value.toExponential(count - 1));
  }
  return significantExactly(value, count, short.exponent);
}

function significantExactly(value: number, count: number, exponent: number): Digits {
  // The shortest digits may be those of a power of ten that the value is just below.
  let place = isBelow(value, exponent) ? exponent - 1 : exponent;
  let digits = scaledInteger(value, count - 1 - place).toString();
  if (digits.length > count) {
    place += 1;
    digits = digits.slice(0, count);
  }
  return { digits, exponent: place };
}

/** value < 10 ** exponent, exactly. */
function isBelow(value: number, exponent: number): boolean {
  const [mantissa, shift] = mantissaAndExponent(value);
  const ten = 10n ** BigInt(Math.abs(exponent));
  const two = 1n << BigInt(Math.abs(shift));
  const left = mantissa * (shift > 0 ? two : 1n) * (exponent < 0 ? ten : 1n);
  return left < (shift < 0 ? two : 1n) * (exponent > 0 ? ten : 1n);
}

/** float.hex(): the mantissa's bits after the point, in hexadecimal. */
export function floatHex(value: number): string {
  if (!Number.isFinite(value)) return specialText(value);
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  if (value === 0) return `${sign}0x0.0p+0`;
  const [odd, low] = mantissaAndExponent(Math.abs(value));
  const length = bitLength(odd);
  let exponent = low + length - 1;
  let shift = 53 - length;
  let lead = 1;
  if (exponent < -1022) {
    shift -= -1022 - exponent;
    exponent = -1022;
    lead = 0;
  }
  const mantissa = (odd << BigInt(shift)) & 0xfffffffffffffn;
  const digits = mantissa.toString(16).padStart(13, '0');
  return `${sign}0x${lead}.${digits}p${exponent < 0 ? '-' : '+'}${Math.abs(exponent)}`;
}
