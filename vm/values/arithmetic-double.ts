// Double-double arithmetic: a number as the unevaluated sum of two doubles.
//
//     value = high + low,   |low| <= half a unit in the last place of high
//
// That is about 106 bits, made only of +, -, *, / and sqrt, which IEEE 754
// defines to the last bit. The host's Math.pow, exp, sin and their kin are not
// so defined and differ between versions of the host, so programs would see on
// which host they run (L4); and they err more often in the last digit than C's
// libraries do, whose results CPython prints. Functions built on this file are
// rounded right in all but about one of 2^40 cases.
//
// Invariants:
//
//   B1. high is the double nearest to high + low: rounding to a double is taking high.
//   B2. |operands| stay between 2^-900 and 2^900, or are 0, so that no part of a
//       product is lost. Callers scale.

/** high + low. */
export interface Double2 {
  readonly high: number;
  readonly low: number;
}

export const ZERO: Double2 = { high: 0, low: 0 };
export const ONE: Double2 = { high: 1, low: 0 };

export function double2(high: number, low = 0): Double2 {
  return { high, low };
}

/** a + b, exactly, for |a| >= |b|. */
function sumOrdered(a: number, b: number): Double2 {
  const high = a + b;
  return { high, low: b - (high - a) };
}

/** a + b, exactly. */
export function sum(a: number, b: number): Double2 {
  const high = a + b;
  const part = high - a;
  return { high, low: a - (high - part) + (b - part) };
}

/** 2^27 + 1: multiplying by it parts a double into two of 26 bits (Dekker, Veltkamp). */
const SPLITTER = 134_217_729;

/** a * b, exactly. */
export function product(a: number, b: number): Double2 {
  const high = a * b;
  const aSplit = a * SPLITTER;
  const aHigh = aSplit - (aSplit - a);
  const aLow = a - aHigh;
  const bSplit = b * SPLITTER;
  const bHigh = bSplit - (bSplit - b);
  const bLow = b - bHigh;
  return { high, low: aLow * bLow - (high - aHigh * bHigh - aLow * bHigh - aHigh * bLow) };
}

export function add(a: Double2, b: Double2): Double2 {
  const highs = sum(a.high, b.high);
  const lows = sum(a.low, b.low);
  const middle = sumOrdered(highs.high, highs.low + lows.high);
  return sumOrdered(middle.high, middle.low + lows.low);
}

export function negate(a: Double2): Double2 {
  return { high: -a.high, low: -a.low };
}

export function subtract(a: Double2, b: Double2): Double2 {
  return add(a, negate(b));
}

export function multiply(a: Double2, b: Double2): Double2 {
  const highs = product(a.high, b.high);
  return sumOrdered(highs.high, highs.low + (a.high * b.low + a.low * b.high));
}

/** a * b for a power of two b. */
export function times(a: Double2, b: number): Double2 {
  return { high: a.high * b, low: a.low * b };
}

export function divide(a: Double2, b: Double2): Double2 {
  const first = a.high / b.high;
  const rest = subtract(a, multiply(b, double2(first)));
  const second = rest.high / b.high;
  const rest2 = subtract(rest, multiply(b, double2(second)));
  const quotient = sumOrdered(first, second);
  return add(quotient, double2(rest2.high / b.high));
}

export function squareRoot2(a: Double2): Double2 {
  if (a.high <= 0) return ZERO;
  const first = Math.sqrt(a.high);
  const rest = subtract(a, product(first, first));
  return sumOrdered(first, rest.high / (2 * first));
}

/** a to the power of a whole number from 1 on, by squaring. */
export function powerWhole(a: Double2, exponent: number): Double2 {
  let result: Double2 | null = null;
  let factor = a;
  for (let left = exponent; ; factor = multiply(factor, factor)) {
    if (left % 2 === 1) result = result === null ? factor : multiply(result, factor);
    left = Math.floor(left / 2);
    if (left === 0) return result ?? ONE;
  }
}

/**
 * The power series c0 + x * (c1 + x * (c2 + …)). Terms from `exact` on are too small for their
 * low parts to matter, and are summed in single doubles.
 *
 * This is multiply() and add() written out: the loops of all elementary functions are here, and
 * without an object for each step they take a fourth of the time.
 */
export function series(x: Double2, coefficients: readonly Double2[], exact: number): Double2 {
  const xHigh = x.high;
  const xLow = x.low;
  let high = 0;
  let low = 0;
  for (let i = coefficients.length - 1; i >= exact; i--) {
    high = (coefficients[i] as Double2).high + xHigh * high;
  }
  const xSplit = xHigh * SPLITTER;
  const xTop = xSplit - (xSplit - xHigh);
  const xRest = xHigh - xTop;
  for (let i = exact - 1; i >= 0; i--) {
    const product = high * xHigh;
    const split = high * SPLITTER;
    const top = split - (split - high);
    const rest = high - top;
    const error = rest * xRest - (product - top * xTop - rest * xTop - top * xRest);
    const below = error + (high * xLow + low * xHigh);
    const c = coefficients[i] as Double2;
    const total = c.high + product;
    const part = total - c.high;
    const lost = c.high - (total - part) + (product - part) + (c.low + below);
    high = total + lost;
    low = lost - (high - total);
  }
  return { high, low };
}

/** Bits after the point of the fixed-point numbers that constants are computed in. */
export const FIXED_BITS = 1400;
const FIXED_ONE = 1n << BigInt(FIXED_BITS);

/** A fixed-point bigint as a double-double. */
export function fromFixed(value: bigint, bits: number = FIXED_BITS): Double2 {
  // 300 bits below the point are more than two doubles hold, and make Number() fast.
  const shift = BigInt(bits - 300);
  const short = bits > 300 ? value >> shift : value << -shift;
  const high = Number(short);
  const low = Number(short - BigInt(high));
  return { high: high * 2 ** -300, low: low * 2 ** -300 };
}

/** atan(1/n) in fixed point. */
function arctanInverse(n: bigint): bigint {
  let total = 0n;
  let power = FIXED_ONE / n;
  for (let k = 1n; power !== 0n; k += 2n) {
    total += (k & 2n) === 0n ? power / k : -(power / k);
    power /= n * n;
  }
  return total;
}

/** atanh(1/n) in fixed point. */
function artanhInverse(n: bigint): bigint {
  let total = 0n;
  let power = FIXED_ONE / n;
  for (let k = 1n; power !== 0n; k += 2n) {
    total += power / k;
    power /= n * n;
  }
  return total;
}

function lazily<T>(make: () => T): () => T {
  let made: T | null = null;
  return () => (made ??= make());
}

/** Pi in fixed point (Machin). */
export const piFixed = lazily(() => 4n * (4n * arctanInverse(5n) - arctanInverse(239n)));

/** The logarithm of 2 in fixed point (Machin-like). */
export const ln2Fixed = lazily(
  () => 18n * artanhInverse(26n) - 2n * artanhInverse(4801n) + 8n * artanhInverse(8749n),
);

/** A fixed-point constant cut into doubles of `bits` bits each: small multiples are exact. */
export function inParts(value: bigint, bits: number, count: number): number[] {
  const parts: number[] = [];
  let rest = value;
  for (let i = 0; i < count; i++) {
    const length = rest.toString(2).length;
    const cut = BigInt(Math.max(0, length - bits));
    const part = (rest >> cut) << cut;
    parts.push(fromFixed(part).high);
    rest -= part;
  }
  return parts;
}
