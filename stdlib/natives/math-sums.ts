// fsum, hypot and dist: sums of many floats without loss.

import * as dd from '../../vm/values/arithmetic-double.ts';
import { powerOfTwo } from '../../vm/values/arithmetic-int.ts';
import { parts, toNearest, normalize } from '../../vm/values/arithmetic-power.ts';
import { overflowError, valueError } from '../../vm/values/exception.ts';

/**
 * The float nearest to the exact sum (Shewchuk): the partial sums kept are doubles that do not
 * overlap, the smallest first, and add up to it exactly.
 */
export function exactSum(values: readonly number[]): number {
  const partials: number[] = [];
  let special = 0;
  let infinite = 0;
  for (const value of values) {
    let x = value;
    let kept = 0;
    for (let partial of partials) {
      if (Math.abs(x) < Math.abs(partial)) [x, partial] = [partial, x];
      const high = x + partial;
      const low = partial - (high - x);
      if (low !== 0) partials[kept++] = low;
      x = high;
    }
    partials.length = kept;
    if (x === 0) continue;
    if (Number.isFinite(x)) {
      partials.push(x);
      continue;
    }
    if (Number.isFinite(value)) throw overflowError('intermediate overflow in fsum');
    if (!Number.isNaN(value)) infinite += value;
    special += value;
    partials.length = 0;
  }
  if (special !== 0) {
    if (Number.isNaN(infinite)) throw valueError('-inf + inf in fsum');
    return special;
  }
  return roundPartials(partials);
}

function roundPartials(partials: readonly number[]): number {
  let at = partials.length - 1;
  if (at < 0) return 0;
  let high = partials[at] as number;
  let low = 0;
  while (at > 0) {
    at--;
    const partial = partials[at] as number;
    const sum = high + partial;
    low = partial - (sum - high);
    high = sum;
    if (low !== 0) break;
  }
  // A tie has been rounded to even; what is left below it decides otherwise.
  const below = partials[at - 1] ?? 0;
  if ((low < 0 && below < 0) || (low > 0 && below > 0)) {
    const twice = low * 2;
    const sum = high + twice;
    if (twice === sum - high) high = sum;
  }
  return high;
}

/** The square root of a sum of squares. */
export function hypotenuse(values: readonly number[]): number {
  const sizes = values.map(Math.abs);
  if (sizes.includes(Infinity)) return Infinity;
  if (sizes.some(Number.isNaN)) return NaN;
  const largest = sizes.reduce((a, b) => Math.max(a, b), 0);
  if (largest === 0 || sizes.length === 1) return largest;
  // Scaled so that the largest is between 1 and 2: no square leaves the range.
  const { exponent } = parts(largest);
  let total = dd.ZERO;
  for (const size of sizes) {
    const scaled = scaleDown(size, exponent);
    total = dd.add(total, dd.product(scaled, scaled));
  }
  return toNearest(normalize(dd.squareRoot2(total), exponent));
}

/** size * 2 ** -exponent; what is lost at the bottom is far below the result's last bit. */
function scaleDown(size: number, exponent: number): number {
  if (exponent > 1000) return size * powerOfTwo(-500) * powerOfTwo(500 - exponent);
  if (exponent < -1000) return size * powerOfTwo(500) * powerOfTwo(-exponent - 500);
  return size * powerOfTwo(-exponent);
}
