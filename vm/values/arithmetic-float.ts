// Arithmetic on floats, as CPython's float type does it.

import { powerDouble } from './arithmetic-power.ts';
import { overflowError, raised, valueError, zeroDivision } from './exception.ts';
import { types } from './types.ts';

export function divideFloats(a: number, b: number): number {
  if (b === 0) throw zeroDivision('float division by zero');
  return a / b;
}

/** a % b: exact, with the sign of b. */
export function moduloFloats(a: number, b: number): number {
  if (b === 0) throw zeroDivision('float modulo');
  return moduloSigned(a, b);
}

function moduloSigned(a: number, b: number): number {
  const rest = a % b;
  if (rest === 0) return b < 0 || Object.is(b, -0) ? -0 : 0;
  return rest < 0 !== b < 0 ? rest + b : rest;
}

export function floorDivideFloats(a: number, b: number): number {
  if (b === 0) throw zeroDivision('float floor division by zero');
  return divmodUnchecked(a, b)[0];
}

/** [a // b, a % b]. */
export function divmodFloats(a: number, b: number): [number, number] {
  if (b === 0) throw zeroDivision('float divmod()');
  return divmodUnchecked(a, b);
}

function divmodUnchecked(a: number, b: number): [number, number] {
  const rest = a % b;
  // Nearly whole: a - rest is a multiple of b, up to rounding.
  let quotient = (a - rest) / b;
  const signed = moduloSigned(a, b);
  if (rest !== 0 && signed !== rest) quotient -= 1;
  if (quotient === 0 || Number.isNaN(quotient)) {
    return [quotient === 0 ? (a / b < 0 || Object.is(a / b, -0) ? -0 : 0) : quotient, signed];
  }
  const floor = Math.floor(quotient);
  return [quotient - floor > 0.5 ? floor + 1 : floor, signed];
}

function isOdd(value: number): boolean {
  return Math.abs(value % 2) === 1;
}

/** Whether a ** b is a complex number: a root of a number below 0. */
export function isPowerComplex(a: number, b: number): boolean {
  return a < 0 && Number.isFinite(a) && Number.isFinite(b) && !Number.isInteger(b);
}

/** a ** b, which must be real. */
export function powerFloats(a: number, b: number): number {
  if (b === 0 || a === 1) return 1;
  if (Number.isNaN(a) || Number.isNaN(b)) return NaN;
  if (!Number.isFinite(b)) {
    const size = Math.abs(a);
    if (size === 1) return 1;
    return b > 0 === size > 1 ? Infinity : 0;
  }
  const negative = isOdd(b) && (a < 0 || Object.is(a, -0));
  if (!Number.isFinite(a)) {
    const size = b > 0 ? Infinity : 0;
    return negative ? -size : size;
  }
  if (a === 0) {
    if (b < 0) throw zeroDivision('0.0 cannot be raised to a negative power');
    return negative ? -0 : 0;
  }
  const power = a === -1 ? 1 : powerDouble(Math.abs(a), b);
  if (power === Infinity) {
    throw raised(types.OverflowError, 34, 'Numerical result out of range');
  }
  return negative ? -power : power;
}

/** Numerator and denominator of a finite float in lowest terms. */
export function floatRatio(value: number): [bigint, bigint] {
  if (Number.isNaN(value)) throw valueError('cannot convert NaN to integer ratio');
  if (!Number.isFinite(value)) throw overflowError('cannot convert Infinity to integer ratio');
  const [mantissa, exponent] = mantissaAndExponent(value);
  if (exponent >= 0) return [mantissa << BigInt(exponent), 1n];
  return [mantissa, 1n << BigInt(-exponent)];
}

const bits = new DataView(new ArrayBuffer(8));

/** value = mantissa * 2 ** exponent, with an odd mantissa (or 0 * 2 ** 0), for a finite value. */
export function mantissaAndExponent(value: number): [bigint, number] {
  bits.setFloat64(0, value);
  const word = bits.getBigUint64(0);
  const field = Number((word >> 52n) & 0x7ffn);
  let mantissa = word & 0xfffffffffffffn;
  if (field !== 0) mantissa |= 0x10000000000000n;
  if (mantissa === 0n) return [0n, 0];
  let exponent = (field === 0 ? 1 : field) - 1075;
  // The lowest bit set tells how many zeros follow it.
  const zeros = (mantissa & -mantissa).toString(2).length - 1;
  mantissa >>= BigInt(zeros);
  exponent += zeros;
  return [value < 0 ? -mantissa : mantissa, exponent];
}
