// exp and log to the bases e and 2, rounded right: the high parts of what
// vm/values/arithmetic-power.ts computes in double-double.

import * as dd from '../../vm/values/arithmetic-double.ts';
import { double2, type Double2 } from '../../vm/values/arithmetic-double.ts';
import { exp2Parts, log2Parts, parts, toNearest } from '../../vm/values/arithmetic-power.ts';
import { powerOfTwo } from '../../vm/values/arithmetic-int.ts';

const LOG_MOST = 710;
const LOG_LEAST = -746;

function lazily<T>(make: () => T): () => T {
  let made: T | null = null;
  return () => (made ??= make());
}

const ln2 = lazily(() => dd.fromFixed(dd.ln2Fixed()));
/** exp z; infinite or 0 where it does not fit. */
function expOf(z: Double2): number {
  if (z.high > LOG_MOST) return Infinity;
  if (z.high < LOG_LEAST) return 0;
  return toNearest(exp2Parts(z));
}

/** exp x for a finite x. */
export function exp(x: number): number {
  return expOf(double2(x));
}

/** 2 ** x for a finite x. */
export function exp2(x: number): number {
  if (Number.isInteger(x)) return x > 1023 ? Infinity : powerOfTwo(Math.max(x, -1075));
  if (Math.abs(x) > 1100) return x > 0 ? Infinity : 0;
  return expOf(dd.multiply(ln2(), double2(x)));
}

/** log x for a finite x > 0. */
export function log(x: number): number {
  return log2Parts(x).high;
}

export function log2(x: number): number {
  const { mantissa, exponent } = parts(x);
  return mantissa === 1 ? exponent : dd.divide(log2Parts(x), ln2()).high;
}
