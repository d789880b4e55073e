// factorial, comb, perm, gcd, lcm: products of many ints, by halves.

import {
  absInt,
  bitLength,
  floorDivideInts,
  gcdInts,
  multiplyInts,
} from '../../vm/values/arithmetic-int.ts';
import { overflowError, valueError } from '../../vm/values/exception.ts';
import { INT_BITS_MAX, memoryError } from '../../vm/values/limits.ts';
import { integer } from '../../vm/values/value.ts';
import type { Int } from './int-arguments.ts';

const LONG_MAX = 9_223_372_036_854_775_807n;

/** Stop before a product of `count` factors of about `bits` bits that would be too large. */
function checkProduct(count: number, bits: number): void {
  if (count * bits > INT_BITS_MAX) throw memoryError();
}

/** low * (low + step) * … * high, balanced, so that large factors meet large ones. */
function productOf(low: bigint, count: number): bigint {
  if (count <= 8) {
    let product = 1n;
    for (let i = 0; i < count; i++) product *= low + BigInt(i);
    return product;
  }
  const half = count >> 1;
  return productOf(low, half) * productOf(low + BigInt(half), count - half);
}

/** n! */
export function factorial(n: Int): Int {
  if (n < 0) throw valueError('factorial() not defined for negative values');
  if (n > LONG_MAX) {
    throw overflowError(`factorial() argument should not exceed ${LONG_MAX}`);
  }
  if (typeof n !== 'number') throw memoryError();
  // n! has about n (log2 n - 1.44) bits.
  checkProduct(n, Math.max(1, Math.log2(n + 1) - 1.5));
  return integer(productOf(1n, n));
}

function checkNonNegative(n: Int, name: string): void {
  if (n < 0) throw valueError(`${name} must be a non-negative integer`);
}

/** n! / (n - k)! */
export function permutations(n: Int, k: Int): Int {
  checkNonNegative(n, 'n');
  checkNonNegative(k, 'k');
  if (n < k) return 0;
  if (k > LONG_MAX) throw overflowError(`k must not exceed ${LONG_MAX}`);
  if (typeof k !== 'number') throw memoryError();
  checkProduct(k, Math.max(1, bitLength(n) - 1.5));
  return integer(productOf(BigInt(n) - BigInt(k) + 1n, k));
}

/** Below this many factors a binomial is multiplied and divided one by one. */
const FEW = 32;

/** n! / (k! (n - k)!) */
export function combinations(n: Int, k: Int): Int {
  checkNonNegative(n, 'n');
  checkNonNegative(k, 'k');
  if (n < k) return 0;
  const [large, chosen] = [BigInt(n), BigInt(k)];
  const fewer = chosen * 2n > large ? large - chosen : chosen;
  if (fewer > LONG_MAX) throw overflowError(`min(n - k, k) must not exceed ${LONG_MAX}`);
  const count = Number(fewer);
  if (count > INT_BITS_MAX) throw memoryError();
  checkProduct(count, Math.max(1, bitLength(n) - Math.log2(count + 1)));
  if (count <= FEW) {
    let result = 1n;
    for (let i = 0n; i < fewer; i++) result = (result * (large - i)) / (i + 1n);
    return integer(result);
  }
  return integer(productOf(large - fewer + 1n, count) / productOf(1n, count));
}

/** The least common multiple. */
export function leastMultiple(a: Int, b: Int): Int {
  if (a === 0 || b === 0) return 0;
  return absInt(multiplyInts(floorDivideInts(a, gcdInts(a, b)), b));
}
