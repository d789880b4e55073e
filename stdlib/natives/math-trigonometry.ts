// sin, cos, tan and their inverses, rounded right (arithmetic-double.ts).
//
//     sin x: x = k pi/2 + r, |r| <= pi/4; then a series in r
//     atan t: t between 0 and 1, c the nearest multiple of 1/32;
//             atan t = atan c + atan((t - c) / (1 + t c))

import * as dd from '../../vm/values/arithmetic-double.ts';
import { double2, type Double2 } from '../../vm/values/arithmetic-double.ts';
import { mantissaAndExponent } from '../../vm/values/arithmetic-float.ts';
import { powerOfTwo } from '../../vm/values/arithmetic-int.ts';
import { parts } from '../../vm/values/arithmetic-power.ts';

interface Tables {
  /** (-1)^k / (2k + 1)! and (-1)^k / (2k)!, for series in the square. */
  readonly sine: readonly Double2[];
  readonly cosine: readonly Double2[];
  /** (-1)^k / (2k + 1). */
  readonly arctangent: readonly Double2[];
  /** atan(k / 32) for k in 0..32. */
  readonly angles: readonly Double2[];
  readonly halfPi: Double2;
  readonly pi: Double2;
  /** pi/2 in parts whose product with a number below 2^20 is exact. */
  readonly halfPiParts: readonly number[];
}

const TERMS = 16;
/** Terms that need both doubles. */
const SINE_EXACT = 9;
const ARCTANGENT_EXACT = 6;
const ANGLES = 32;
let tables: Tables | null = null;

function getTables(): Tables {
  if (tables !== null) return tables;
  const one = 1n << BigInt(dd.FIXED_BITS);
  const sine: Double2[] = [];
  const cosine: Double2[] = [];
  const arctangent: Double2[] = [];
  for (let k = 0n, term = one; k < TERMS; k++) {
    const sign = k % 2n === 0n ? 1n : -1n;
    cosine.push(dd.fromFixed(sign * term));
    term /= 2n * k + 1n;
    sine.push(dd.fromFixed(sign * term));
    term /= 2n * k + 2n;
    arctangent.push(dd.fromFixed((sign * one) / (2n * k + 1n)));
  }
  const pi = dd.piFixed();
  const halfPi = dd.fromFixed(pi / 2n);
  const halfPiParts = dd.inParts(pi / 2n, 33, 6);
  const angles = makeAngles();
  tables = { sine, cosine, arctangent, angles, halfPi, pi: dd.fromFixed(pi), halfPiParts };
  return tables;
}

/** Each angle is the one before and a small one: atan(32 / (1024 + k (k - 1))). */
function makeAngles(): Double2[] {
  const bits = 300n;
  const angles: Double2[] = [dd.ZERO];
  let angle = 0n;
  for (let k = 1n; k <= ANGLES; k++) {
    const bottom = 1024n + k * (k - 1n);
    let power = (32n << bits) / bottom;
    for (let n = 1n; power !== 0n && power !== -1n; n += 2n) {
      angle += power / n;
      power = (-power * 1024n) / (bottom * bottom);
    }
    angles.push(dd.fromFixed(angle, Number(bits)));
  }
  return angles;
}

/** Up to here a multiple of pi/2 is found in doubles; beyond, in integers. */
const SMALL = 2 ** 20;

/** x as k pi/2 + r: k modulo 4, and r between -pi/4 and pi/4. */
function reduce(x: number): { readonly quadrant: number; readonly rest: Double2 } {
  const { halfPiParts } = getTables();
  const size = Math.abs(x);
  if (size <= 0.785) return { quadrant: 0, rest: double2(x) };
  if (size < SMALL) {
    const count = Math.round(x * (2 / Math.PI));
    let rest = double2(x);
    for (const part of halfPiParts) rest = dd.add(rest, double2(-count * part));
    return { quadrant: ((count % 4) + 4) % 4, rest };
  }
  const [mantissa, exponent] = mantissaAndExponent(x);
  const halfPi = dd.piFixed() >> 1n;
  const fixed = mantissa << BigInt(dd.FIXED_BITS + exponent);
  // Rounded to the nearest multiple, so that the rest is small.
  let count = (2n * fixed + halfPi) / (2n * halfPi);
  let rest = fixed - count * halfPi;
  if (2n * rest < -halfPi) {
    rest += halfPi;
    count -= 1n;
  }
  return { quadrant: Number(BigInt.asUintN(2, count)), rest: dd.fromFixed(rest) };
}

function sineSeries(r: Double2): Double2 {
  if (Math.abs(r.high) < 1e-30) return r;
  return dd.multiply(r, dd.series(dd.multiply(r, r), getTables().sine, SINE_EXACT));
}

function cosineSeries(r: Double2): Double2 {
  if (Math.abs(r.high) < 1e-30) return dd.ONE;
  return dd.series(dd.multiply(r, r), getTables().cosine, SINE_EXACT);
}

/** Sine and cosine of a finite x. */
function sineAndCosine(x: number): readonly [Double2, Double2] {
  const { quadrant, rest } = reduce(x);
  const sine = sineSeries(rest);
  const cosine = cosineSeries(rest);
  switch (quadrant) {
    case 0:
      return [sine, cosine];
    case 1:
      return [cosine, dd.negate(sine)];
    case 2:
      return [dd.negate(sine), dd.negate(cosine)];
    default:
      return [dd.negate(cosine), sine];
  }
}

/** Below this, sin x, tan x, asin x and atan x are x. */
const TINY = 1e-9;

/** sin x for a finite x. */
export function sin(x: number): number {
  if (Math.abs(x) < TINY) return tinyOdd(x, -1 / 6);
  return sineAndCosine(x)[0].high;
}

/** x + c x^3 for an x so small that only the rounding of x is in question. */
function tinyOdd(x: number, c: number): number {
  return Math.abs(x) < 1e-100 ? x : x + c * x * x * x;
}

/** cos x for a finite x. */
export function cos(x: number): number {
  return sineAndCosine(x)[1].high;
}

/** tan x for a finite x. */
export function tan(x: number): number {
  if (Math.abs(x) < TINY) return tinyOdd(x, 1 / 3);
  const [sine, cosine] = sineAndCosine(x);
  return dd.divide(sine, cosine).high;
}

/** The angle whose tangent is top / bottom, both at least 0 and not both 0. */
function angleOf(top: Double2, bottom: Double2): Double2 {
  if (top.high > bottom.high) {
    return dd.subtract(getTables().halfPi, angleOf(bottom, top));
  }
  const { angles, arctangent } = getTables();
  const t = dd.divide(top, bottom);
  const k = Math.round(t.high * ANGLES);
  const c = double2(k / ANGLES);
  const u = k === 0 ? t : dd.divide(dd.subtract(t, c), dd.add(dd.ONE, dd.multiply(t, c)));
  if (Math.abs(u.high) < 1e-30) return dd.add(angles[k] as Double2, u);
  const small = dd.multiply(u, dd.series(dd.multiply(u, u), arctangent, ARCTANGENT_EXACT));
  return dd.add(angles[k] as Double2, small);
}

function signed(size: Double2, negative: boolean): number {
  return negative ? -size.high : size.high;
}

/** atan x. */
export function atan(x: number): number {
  const size = Math.abs(x);
  if (Number.isNaN(x)) return NaN;
  if (size < TINY) return tinyOdd(x, -1 / 3);
  if (size > 1e40) return signed(getTables().halfPi, x < 0);
  return signed(angleOf(double2(size), dd.ONE), x < 0);
}

/** The cosine of an angle from its sine, and the other way round: sqrt((1 - x) (1 + x)). */
function other(x: number): Double2 {
  return dd.squareRoot2(dd.multiply(dd.sum(1, -x), dd.sum(1, x)));
}

/** asin x for -1 <= x <= 1. */
export function asin(x: number): number {
  const size = Math.abs(x);
  if (size < TINY) return tinyOdd(x, 1 / 6);
  return signed(angleOf(double2(size), other(size)), x < 0);
}

/** acos x for -1 <= x <= 1. */
export function acos(x: number): number {
  if (x === 1) return 0;
  const size = Math.abs(x);
  const angle = size < 1e-30 ? getTables().halfPi : angleOf(other(size), double2(size));
  return (x < 0 ? dd.subtract(getTables().pi, angle) : angle).high;
}

/** Beyond this difference of exponents the smaller of y and x does not count. */
const FAR = 110;

/** atan2(y, x): the angle of the point (x, y). */
export function atan2(y: number, x: number): number {
  if (Number.isNaN(x) || Number.isNaN(y)) return NaN;
  const below = y < 0 || Object.is(y, -0);
  const behind = x < 0 || Object.is(x, -0);
  return below
    ? -upperAngle(Math.abs(y), Math.abs(x), behind)
    : upperAngle(Math.abs(y), Math.abs(x), behind);
}

/** The same for y, x >= 0, or for (-x, y) if it is behind. */
function upperAngle(y: number, x: number, behind: boolean): number {
  const { pi, halfPi } = getTables();
  if (y === 0) return behind ? pi.high : 0;
  if (x === 0) return halfPi.high;
  if (y === Infinity) {
    if (x !== Infinity) return halfPi.high;
    return behind ? dd.multiply(halfPi, double2(1.5)).high : halfPi.high / 2;
  }
  if (x === Infinity) return behind ? pi.high : 0;
  const [top, bottom] = [parts(y), parts(x)];
  const difference = top.exponent - bottom.exponent;
  if (difference > FAR) return halfPi.high;
  if (difference < -FAR) return behind ? pi.high : y / x;
  const least = Math.min(difference, 0);
  const angle = angleOf(
    double2(top.mantissa * powerOfTwo(difference - least)),
    double2(bottom.mantissa * powerOfTwo(-least)),
  );
  return (behind ? dd.subtract(pi, angle) : angle).high;
}
