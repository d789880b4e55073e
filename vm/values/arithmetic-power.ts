// exp, log and pow of floats, rounded right.
//
//     log x = k ln 2 + log c + log(1 + r)      x = 2^k c (1 + r),  c a multiple of 1/128
//     exp z = 2^k 2^(j/128) exp r              z = (k + j/128) ln 2 + r
//     pow(x, y) = exp(y log x)
//
// Tables and constants are computed in integers when they are first needed: half
// a millisecond, and no digit typed by hand.

import {
  add,
  divide,
  double2,
  fromFixed,
  FIXED_BITS,
  inParts,
  ln2Fixed,
  multiply,
  ONE,
  powerWhole,
  product,
  series,
  squareRoot2,
  sum,
  type Double2,
} from './arithmetic-double.ts';
import { powerOfTwo, ratioToDouble } from './arithmetic-int.ts';

const STEPS = 128;

interface Tables {
  /** log(c / 128) for c in 90..182, at c - 90. */
  readonly logs: readonly Double2[];
  /** 2 ** (j / 128) for j in 0..127. */
  readonly roots: readonly Double2[];
  readonly ln2: Double2;
  /** ln 2 / 128, parts short enough for an exact product with any k * 128 + j. */
  readonly step: readonly number[];
  /** 1, -1/2, 1/3, -1/4 …: log(1 + r) / r. */
  readonly logTerms: readonly Double2[];
  /** 1/0!, 1/1!, 1/2! …: exp r. */
  readonly expTerms: readonly Double2[];
}

const LOG_LEAST = 90;
const LOG_MOST = 182;
/** Terms of the two series, and how many of them need both doubles. */
const LOG_TERMS = 18;
const LOG_EXACT = 8;
const EXP_TERMS = 14;
const EXP_EXACT = 7;
let tables: Tables | null = null;

function getTables(): Tables {
  if (tables !== null) return tables;
  const one = 1n << BigInt(FIXED_BITS);
  const logs: Double2[] = [];
  for (let c = LOG_LEAST; c <= LOG_MOST; c++) logs.push(fromFixed(logFixed(BigInt(c))));
  const roots: Double2[] = [];
  for (let j = 0; j < STEPS; j++) {
    roots.push(fromFixed(expFixed((ln2Fixed() * BigInt(j)) / BigInt(STEPS))));
  }
  const logTerms: Double2[] = [];
  for (let n = 1n; n <= LOG_TERMS; n++)
    logTerms.push(fromFixed(n % 2n === 0n ? -one / n : one / n));
  const expTerms: Double2[] = [];
  for (let n = 1n, term = one; n <= EXP_TERMS; term /= n, n++) expTerms.push(fromFixed(term));
  const step = inParts(ln2Fixed() / BigInt(STEPS), 34, 4);
  tables = { logs, roots, ln2: fromFixed(ln2Fixed()), step, logTerms, expTerms };
  return tables;
}

/** Fixed-point bits that table entries are computed in; FIXED_BITS would be slower, not better. */
const TABLE_BITS = 200n;
const TABLE_SHIFT = BigInt(FIXED_BITS) - TABLE_BITS;

/** log(c / 128) as 2 atanh((c - 128) / (c + 128)). */
function logFixed(c: bigint): bigint {
  const [top, bottom] = [c - 128n, c + 128n];
  let power = (top << TABLE_BITS) / bottom;
  let total = 0n;
  for (let k = 1n; power !== 0n && power !== -1n; k += 2n) {
    total += power / k;
    power = (power * top * top) / (bottom * bottom);
  }
  return (2n * total) << TABLE_SHIFT;
}

/** exp(z) for 0 <= z < 1. */
function expFixed(z: bigint): bigint {
  const short = z >> TABLE_SHIFT;
  let term = 1n << TABLE_BITS;
  let total = 0n;
  for (let k = 1n; term !== 0n; k++) {
    total += term;
    term = ((term * short) >> TABLE_BITS) / k;
  }
  return total << TABLE_SHIFT;
}

const bits = new DataView(new ArrayBuffer(8));

/** Mantissa in [1, 2) and exponent of a finite double above 0. */
export function parts(x: number): { readonly mantissa: number; readonly exponent: number } {
  let exponent = -1023;
  let scaled = x;
  if (x < 2.2250738585072014e-308) {
    scaled = x * 18014398509481984;
    exponent -= 54;
  }
  bits.setFloat64(0, scaled);
  const high = bits.getUint32(0);
  exponent += high >>> 20;
  bits.setUint32(0, (high & 0xfffff) | 0x3ff00000);
  return { mantissa: bits.getFloat64(0), exponent };
}

/** log x for a finite double x > 0, or log(x + low) for a small correction to it. */
export function log2Parts(x: number, low = 0): Double2 {
  const { logs, ln2 } = getTables();
  let { mantissa, exponent } = parts(x);
  if (mantissa > 1.4140625) {
    mantissa *= 0.5;
    exponent += 1;
  }
  const index = Math.round(mantissa * STEPS);
  const c = index / STEPS;
  // mantissa - c is exact; the quotient by c keeps its rest.
  const difference = sum(mantissa - c, low === 0 ? 0 : low * powerOfTwo(-exponent));
  const ratio = divide(difference, double2(c));
  const small = logSmall(ratio);
  if (exponent === 0 && index === STEPS) return small;
  const whole = multiply(ln2, double2(exponent));
  return add(add(whole, logs[index - LOG_LEAST] as Double2), small);
}

/** log(1 + r) for |r| < 2^-7. */
function logSmall(r: Double2): Double2 {
  return r.high === 0 ? r : multiply(r, series(r, getTables().logTerms, LOG_EXACT));
}

/** value * 2 ** exponent, value being in [1/2, 4). */
export interface Scaled {
  readonly value: Double2;
  readonly exponent: number;
}

/** exp z for |z| < 2000. */
export function exp2Parts(z: Double2): Scaled {
  const { roots, step, expTerms } = getTables();
  const count = Math.round(z.high * (STEPS / Math.LN2));
  let r = z;
  for (const part of step) r = add(r, product(-count, part));
  const value = series(r, expTerms, EXP_EXACT);
  const exponent = Math.floor(count / STEPS);
  const root = roots[count - exponent * STEPS] as Double2;
  return { value: multiply(value, root), exponent };
}

/** The double nearest to a scaled value; infinite or 0 where it does not fit. */
export function toNearest({ value, exponent }: Scaled): number {
  if (exponent > -1020 && exponent < 1020) return value.high * powerOfTwo(exponent);
  // Near the ends of the range it must be rounded once, not twice: in integers.
  const high = BigInt(value.high * powerOfTwo(53)) << 60n;
  const top = high + BigInt(Math.round(value.low * powerOfTwo(113)));
  const shift = exponent - 113;
  if (shift > 1024) return Infinity;
  if (shift < -1400) return 0;
  return shift >= 0
    ? ratioToDouble(top << BigInt(shift), 1n)
    : ratioToDouble(top, 1n << BigInt(-shift));
}

/** Whole and half exponents up to this are powers by squaring: exact results stay exact. */
const SQUARINGS_MAX = 64;

/** x ** y for finite x > 0, x !== 1, and finite y !== 0; infinite or 0 where it does not fit. */
export function powerDouble(x: number, y: number): number {
  if (y === 2) return x * x;
  if (y === 1) return x;
  if (y === 0.5) return Math.sqrt(x);
  const size = Math.abs(y);
  if (size <= SQUARINGS_MAX && Number.isInteger(2 * size)) return powerHalves(x, y);
  const { mantissa, exponent } = parts(x);
  // Powers of powers of two are exact, down to the tie between the least double and 0.
  if (mantissa === 1) {
    const { high, low } = product(exponent, y);
    if (low === 0 && Number.isInteger(high)) return powerOfTwo(high);
  }
  // Beyond these sizes the result is far outside the range of doubles.
  if (size > 1e20) return x > 1 === y > 0 ? Infinity : 0;
  const log = log2Parts(x);
  const power = multiply(log, double2(y));
  if (power.high > 710) return Infinity;
  if (power.high < -746) return 0;
  return toNearest(exp2Parts(power));
}

/** x ** y where 2 * y is whole and small: powers of x or of its root, by squaring. */
function powerHalves(x: number, y: number): number {
  const { mantissa, exponent } = parts(x);
  const size = Math.abs(y);
  let [factor, power, count] = [double2(mantissa), exponent * y, size];
  if (!Number.isInteger(size)) {
    // The root of an even power of two is one, too.
    const odd = exponent % 2 === 0 ? 0 : 1;
    factor = squareRoot2(double2(mantissa * (1 + odd)));
    [power, count] = [(exponent - odd) * y, 2 * size];
  }
  const value = powerWhole(factor, count);
  return toNearest(normalize(y < 0 ? divide(ONE, value) : value, power));
}

/** The same value with its high part in [1, 2). */
export function normalize(value: Double2, exponent: number): Scaled {
  const own = parts(Math.abs(value.high)).exponent;
  const factor = powerOfTwo(-own);
  return {
    value: { high: value.high * factor, low: value.low * factor },
    exponent: exponent + own,
  };
}
