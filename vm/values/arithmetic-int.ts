// Arithmetic on ints: numbers while they are safe integers, bigints beyond.
//
// Every function takes and returns ints in the form V1 asks for (value.ts): a
// sum or product of safe integers that rounds leaves the safe range, so one
// test tells whether the host's result is exact. Adding 0 turns -0 into 0.
//
// Invariants:
//
//   A1. No result has more than INT_BITS_MAX bits (plus one for a sum), and none is
//       begun that would: MemoryError comes before the work.

import { overflowError, valueError, zeroDivision } from './exception.ts';
import {
  GCD_BITS_MAX,
  INT_BITS_MAX,
  INVERSE_BITS_MAX,
  memoryError,
  POWER_MODULUS_WORK_MAX,
} from './limits.ts';
import { integer } from './value.ts';

export type Int = number | bigint;

/** Bits of |value|: int.bit_length(). */
export function bitLength(value: Int): number {
  if (typeof value === 'number') {
    const size = Math.abs(value);
    if (size < 0x1_0000_0000) return 32 - Math.clz32(size);
    return 64 - Math.clz32(Math.floor(size / 0x1_0000_0000));
  }
  const digits = (value < 0n ? -value : value).toString(16);
  return digits.length * 4 - (Math.clz32(Number.parseInt(digits.charAt(0), 16)) - 28);
}

/** An upper estimate of the bits of a bigint that costs less than its digits. */
function checkBits(bits: number): void {
  if (bits > INT_BITS_MAX) throw memoryError();
}

export function addInts(a: Int, b: Int): Int {
  if (typeof a === 'number' && typeof b === 'number') {
    const sum = a + b;
    if (Number.isSafeInteger(sum)) return sum;
  }
  return integer(BigInt(a) + BigInt(b));
}

export function subtractInts(a: Int, b: Int): Int {
  if (typeof a === 'number' && typeof b === 'number') {
    const difference = a - b;
    if (Number.isSafeInteger(difference)) return difference;
  }
  return integer(BigInt(a) - BigInt(b));
}

/**
 * Factors of fewer bits than this are multiplied without counting them first: a product of two
 * is far within INT_BITS_MAX. Counting goes through the digits, which costs more than the product.
 */
const QUICK_BITS = BigInt(INT_BITS_MAX >> 4);

/** Made when ints are first multiplied that are no host numbers: they take half a megabyte. */
let quickMax: bigint | null = null;
let quickMin = 0n;

function isQuick(value: bigint): boolean {
  if (quickMax === null) {
    quickMax = 1n << QUICK_BITS;
    quickMin = -quickMax;
  }
  return value < quickMax && value > quickMin;
}

export function multiplyInts(a: Int, b: Int): Int {
  if (typeof a === 'number' && typeof b === 'number') {
    const product = a * b;
    if (Number.isSafeInteger(product)) return product + 0;
  }
  const [x, y] = [BigInt(a), BigInt(b)];
  if (!(isQuick(x) && isQuick(y))) checkBits(bitLength(a) + bitLength(b) - 1);
  return integer(x * y);
}

/** a // b and a % b: the quotient towards minus infinity, the rest with the sign of b. */
export function divmodInts(a: Int, b: Int): [Int, Int] {
  if (typeof a === 'number' && typeof b === 'number') {
    let rest = a % b;
    // a - rest is divisible by b, so this quotient is exact; floor(a / b) may not be.
    let quotient = (a - rest) / b;
    if (rest !== 0 && rest < 0 !== b < 0) {
      rest += b;
      quotient -= 1;
    }
    return [quotient + 0, rest + 0];
  }
  const [x, y] = [BigInt(a), BigInt(b)];
  const quotient = x / y;
  const rest = x - quotient * y;
  const isBelow = rest !== 0n && rest < 0n !== y < 0n;
  return [integer(isBelow ? quotient - 1n : quotient), integer(isBelow ? rest + y : rest)];
}

export function floorDivideInts(a: Int, b: Int): Int {
  if (b === 0) throw zeroDivision('integer division or modulo by zero');
  if (typeof a === 'number' && typeof b === 'number') return divmodInts(a, b)[0];
  // Towards zero and towards minus infinity are the same where the signs are.
  if (a < 0 === b < 0) return integer(BigInt(a) / BigInt(b));
  return divmodInts(a, b)[0];
}

export function moduloInts(a: Int, b: Int): Int {
  if (b === 0) throw zeroDivision('integer modulo by zero');
  if (typeof a === 'number' && typeof b === 'number') {
    const rest = a % b;
    return (rest !== 0 && rest < 0 !== b < 0 ? rest + b : rest) + 0;
  }
  const y = BigInt(b);
  const rest = BigInt(a) % y;
  return integer(rest !== 0n && rest < 0n !== y < 0n ? rest + y : rest);
}

/** Bits of a double's mantissa, and the least exponent of its last bit. */
const MANTISSA_BITS = 53;
const EXPONENT_LEAST = -1074;

/** a / b, the double nearest to the exact quotient. */
export function divideInts(a: Int, b: Int): number {
  if (b === 0) throw zeroDivision('division by zero');
  if (typeof a === 'number' && typeof b === 'number') return a / b;
  const quotient = ratioToDouble(BigInt(a), BigInt(b));
  if (!Number.isFinite(quotient)) {
    throw overflowError('integer division result too large for a float');
  }
  return quotient;
}

/** The double nearest to a / b, ties to even; infinite if it is too large for one. */
export function ratioToDouble(a: bigint, b: bigint): number {
  const negative = a < 0n !== b < 0n;
  const top = a < 0n ? -a : a;
  const bottom = b < 0n ? -b : b;
  if (top === 0n) return negative ? -0 : 0;
  // The quotient is scaled to an integer of 55 or 56 bits, or fewer where the result is
  // subnormal, and a sticky last bit stands for all that is cut: one rounding then is right.
  const magnitude = bitLength(top) - bitLength(bottom);
  const exponent = Math.max(magnitude - (MANTISSA_BITS + 2), EXPONENT_LEAST - 2);
  if (magnitude > 1025) return negative ? -Infinity : Infinity;
  if (magnitude < EXPONENT_LEAST - 2) return negative ? -0 : 0;
  const scaledTop = exponent < 0 ? top << BigInt(-exponent) : top;
  const scaledBottom = exponent > 0 ? bottom << BigInt(exponent) : bottom;
  let quotient = scaledTop / scaledBottom;
  if (quotient * scaledBottom !== scaledTop) quotient |= 1n;
  const result = scale(roundToMantissa(quotient, exponent), exponent);
  return negative ? -result : result;
}

/** Round a scaled quotient to what a double of its size can hold. */
function roundToMantissa(quotient: bigint, exponent: number): number {
  const excess = Math.max(bitLength(quotient) - MANTISSA_BITS, EXPONENT_LEAST - exponent);
  if (excess <= 0) return Number(quotient);
  const unit = 1n << BigInt(excess);
  const rest = quotient & (unit - 1n);
  const half = unit >> 1n;
  let kept = quotient >> BigInt(excess);
  if (rest > half || (rest === half && (kept & 1n) === 1n)) kept += 1n;
  return Number(kept) * powerOfTwo(excess);
}

/** Powers of two by exponent from EXPONENT_LEAST on: made by doubling, so each is exact. */
const POWERS_OF_TWO = Float64Array.from({ length: 2098 });
for (let i = 0, power = 2 ** -1074; i < POWERS_OF_TWO.length; i++, power *= 2) {
  POWERS_OF_TWO[i] = power;
}

/** 2 ** exponent; 0 below the least double, infinite above the greatest. */
export function powerOfTwo(exponent: number): number {
  if (exponent < EXPONENT_LEAST) return 0;
  return POWERS_OF_TWO[exponent - EXPONENT_LEAST] ?? Infinity;
}

/** value * 2 ** exponent where the result is known to be exact. */
export function scale(value: number, exponent: number): number {
  if (exponent < -1000) return value * powerOfTwo(-1000) * powerOfTwo(exponent + 1000);
  if (exponent > 1000) return value * powerOfTwo(1000) * powerOfTwo(exponent - 1000);
  return value * powerOfTwo(exponent);
}

/** a ** b for b >= 0. */
export function powerInts(a: Int, b: Int): Int {
  if (a === 0 || a === 1 || b === 0) return b === 0 ? 1 : a;
  if (a === -1) return moduloInts(b, 2) === 0 ? 1 : -1;
  if (typeof b !== 'number') throw memoryError();
  if (a === 2) {
    if (b < 53) return powerOfTwo(b);
    checkBits(b + 1);
    return integer(1n << BigInt(b));
  }
  if (typeof a === 'number' && b < 64) {
    const power = powerExact(a, b);
    if (power !== undefined) return power;
  }
  // At least (bits - 1) * b bits come out.
  checkBits((bitLength(a) - 1) * b + 1);
  return integer(BigInt(a) ** BigInt(b));
}

/** a ** b by squaring in numbers; undefined once a step is not exact. */
function powerExact(a: number, b: number): number | undefined {
  let result = 1;
  let factor = a;
  for (let left = b; ;) {
    if (left & 1) {
      result *= factor;
      if (!Number.isSafeInteger(result)) return undefined;
    }
    left >>= 1;
    if (left === 0) return result;
    factor *= factor;
    if (!Number.isSafeInteger(factor)) return undefined;
  }
}

/** pow(a, b, m). */
export function powerModulo(a: Int, b: Int, m: Int): Int {
  if (m === 0) throw valueError('pow() 3rd argument cannot be 0');
  const modulus = BigInt(m < 0 ? -m : m);
  if (modulus === 1n) return 0;
  let base = BigInt(moduloInts(a, integer(modulus)));
  let exponent = BigInt(b);
  if (exponent < 0n) {
    base = inverse(base, modulus);
    exponent = -exponent;
  }
  const bits = bitLength(exponent);
  if (bits * bitLength(modulus) > POWER_MODULUS_WORK_MAX) {
    throw overflowError('pow() with a modulus this large is not supported');
  }
  const digits = exponent.toString(2);
  if (modulus < PRODUCTS_EXACT_BELOW) {
    const small = powerModuloSmall(Number(base), digits, Number(modulus));
    return m < 0 && small !== 0 ? small + Number(m) : small;
  }
  let result = 1n;
  for (let i = 0; i < digits.length; i++) {
    result = (result * result) % modulus;
    if (digits.charCodeAt(i) === 49) result = (result * base) % modulus;
  }
  return m < 0 && result !== 0n ? integer(result - modulus) : integer(result);
}

/** Below this the product of two residues is a safe integer. */
const PRODUCTS_EXACT_BELOW = 94_906_265n;

function powerModuloSmall(base: number, digits: string, modulus: number): number {
  let result = 1;
  for (let i = 0; i < digits.length; i++) {
    result = (result * result) % modulus;
    if (digits.charCodeAt(i) === 49) result = (result * base) % modulus;
  }
  return result;
}

/** Euclid's work grows with the square of the size of the smaller int. */
function checkEuclid(smaller: Int, bitsMax: number): void {
  if (typeof smaller !== 'bigint') return;
  if (bitLength(smaller) > bitsMax) {
    throw overflowError('the greatest common divisor of ints this large is not supported');
  }
}

/** The number x with a * x = 1 modulo m. */
function inverse(a: bigint, m: bigint): bigint {
  checkEuclid(integer(a), INVERSE_BITS_MAX);
  let [rest, next] = [a, m];
  let [x, y] = [1n, 0n];
  while (next !== 0n) {
    const quotient = rest / next;
    [rest, next] = [next, rest - quotient * next];
    [x, y] = [y, x - quotient * y];
  }
  if (rest !== 1n) throw valueError('base is not invertible for the given modulus');
  return x < 0n ? x + m : x;
}

/** CPython has digits of 30 bits, in four bytes each, and room for 2^63 bytes. */
const SHIFT_MAX = 30n << 61n;

export function shiftLeft(a: Int, b: Int): Int {
  if (b < 0) throw valueError('negative shift count');
  if (a === 0) return 0;
  if (b > SHIFT_MAX) throw overflowError('too many digits in integer');
  if (typeof b !== 'number') throw memoryError();
  if (typeof a === 'number' && b < 53) {
    const shifted = a * powerOfTwo(b);
    if (Number.isSafeInteger(shifted)) return shifted;
  }
  checkBits(bitLength(a) + b);
  return integer(BigInt(a) << BigInt(b));
}

export function shiftRight(a: Int, b: Int): Int {
  if (b < 0) throw valueError('negative shift count');
  if (typeof a === 'number') {
    if (typeof b === 'number' && b < 32 && a === (a | 0)) return a >> b;
    return b > 53 ? (a < 0 ? -1 : 0) : Math.floor(a / powerOfTwo(Number(b)));
  }
  if (b > INT_BITS_MAX * 2) return a < 0n ? -1 : 0;
  return integer(a >> BigInt(b));
}

export function andInts(a: Int, b: Int): Int {
  if (typeof a === 'number' && typeof b === 'number' && isWord(a) && isWord(b)) return a & b;
  return integer(BigInt(a) & BigInt(b));
}

export function orInts(a: Int, b: Int): Int {
  if (typeof a === 'number' && typeof b === 'number' && isWord(a) && isWord(b)) return a | b;
  return integer(BigInt(a) | BigInt(b));
}

export function xorInts(a: Int, b: Int): Int {
  if (typeof a === 'number' && typeof b === 'number' && isWord(a) && isWord(b)) return a ^ b;
  return integer(BigInt(a) ^ BigInt(b));
}

/** Whether the host's bit operators, which work on 32 bits, are exact on a number. */
function isWord(value: number): boolean {
  return value === (value | 0);
}

export function negateInt(value: Int): Int {
  return typeof value === 'number' ? 0 - value : integer(-value);
}

export function absInt(value: Int): Int {
  return value < 0 ? negateInt(value) : value;
}

/** ~value: -value - 1. */
export function invertInt(value: Int): Int {
  return subtractInts(negateInt(value), 1);
}

/** The int a finite float cuts to; `rounding` says how its fraction goes. */
export function truncate(value: number): Int {
  if (Number.isNaN(value)) throw valueError('cannot convert float NaN to integer');
  if (!Number.isFinite(value)) throw overflowError('cannot convert float infinity to integer');
  const whole = Math.trunc(value);
  return Number.isSafeInteger(whole) ? whole + 0 : integer(BigInt(whole));
}

/** The double nearest to an int. */
export function intToDouble(value: Int): number {
  if (typeof value === 'number') return value;
  const double = Number(value);
  if (!Number.isFinite(double)) throw overflowError('int too large to convert to float');
  return double;
}

/** The greatest common divisor, never negative. */
export function gcdInts(a: Int, b: Int): Int {
  let [x, y] = [absInt(a), absInt(b)];
  if (x < y) [x, y] = [y, x];
  checkEuclid(y, GCD_BITS_MAX);
  while (typeof y === 'bigint') [x, y] = leap(BigInt(x), y);
  if (y !== 0) [x, y] = [y, Number(moduloInts(x, y))];
  while (y !== 0) [x, y] = [y, Number(x) % y];
  return x;
}

/** Leading bits that a leap looks at: their cofactors stay exact in numbers. */
const LEAP_BITS = 52;

/**
 * Many of Euclid's steps at once (Lehmer): as long as the leading bits of both tell the quotient,
 * the steps are done on them, and then on the ints themselves as one linear combination.
 */
function leap(x: bigint, y: bigint): [Int, Int] {
  const shift = BigInt(Math.max(0, bitLength(x) - LEAP_BITS));
  let [top, bottom] = [Number(x >> shift), Number(y >> shift)];
  let [a, b, c, d] = [1, 0, 0, 1];
  while (bottom + c !== 0 && bottom + d !== 0) {
    const quotient = wholeQuotient(top + a, bottom + c);
    if (quotient !== wholeQuotient(top + b, bottom + d)) break;
    [a, c] = [c, a - quotient * c];
    [b, d] = [d, b - quotient * d];
    [top, bottom] = [bottom, top - quotient * bottom];
  }
  if (b === 0) return [integer(y), integer(x % y)];
  return [integer(BigInt(a) * x + BigInt(b) * y), integer(BigInt(c) * x + BigInt(d) * y)];
}

function wholeQuotient(a: number, b: number): number {
  return (a - (a % b)) / b;
}

/** The largest int whose square is at most n, for n >= 0. */
export function squareRoot(n: Int): Int {
  if (n < 0) throw valueError('isqrt() argument must be nonnegative');
  if (typeof n === 'number') {
    let root = Math.floor(Math.sqrt(n));
    if (root * root > n) root -= 1;
    return root;
  }
  // Each round has twice as many right bits as the one before, and computes with no more
  // of n than that: so the last round, one division of half the size, is most of the work.
  const half = (bitLength(n) - 1) >> 1;
  let root = 1n;
  let bits = 0;
  for (let shift = bitLength(half) - 1; shift >= 0; shift--) {
    const before = bits;
    bits = half >> shift;
    const part = n >> BigInt(2 * half - before - bits + 1);
    root = (root << BigInt(bits - before - 1)) + part / root;
  }
  return integer(root * root > n ? root - 1n : root);
}

/** math.perm and factorial: the product of `count` ints from `high` down, by halves. */
export function productDown(high: bigint, count: bigint): bigint {
  if (count <= 8n) {
    let product = 1n;
    for (let i = 0n; i < count; i++) product *= high - i;
    return product;
  }
  const half = count >> 1n;
  return productDown(high, half) * productDown(high - half, count - half);
}

/** Refuse a product of `count` factors of at most `bits` bits if it cannot be small enough. */
export function checkProduct(count: number, bits: number): void {
  if (count * bits > INT_BITS_MAX) throw memoryError();
}
