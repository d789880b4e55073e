// gamma and lgamma by Lanczos' approximation, step by step as CPython computes
// them: it does so itself, not by C's library, so its last digits can be met.

import { powerDouble } from '../../vm/values/arithmetic-power.ts';
import { exp, log } from './math-exponential.ts';
import { cos, sin } from './math-trigonometry.ts';

/** Lanczos' g for 13 terms, and less a half: both are doubles exactly. */
const G = 6.02468004077673;
const G_MINUS_HALF = 5.52468004077673;

/** Numerator and denominator of Lanczos' sum, from x^0 on. */
const TOP: readonly number[] = [
  23531376880.41076, 42919803642.6491, 35711959237.35567, 17921034426.03721, 6039542586.352028,
  1439720407.3117216, 248874557.86205417, 31426415.585400194, 2876370.6289353725,
  186056.26539522348, 8071.672002365816, 210.82427775157936, 2.5066282746310002,
];
const BOTTOM: readonly number[] = [
  0, 39916800, 120543840, 150917976, 105258076, 45995730, 13339535, 2637558, 357423, 32670, 1925,
  66, 1,
];
const LOG_PI = 1.1447298858494002;

/** (n - 1)! for n in 1..23: the factorials that are doubles exactly. */
const FACTORIALS: readonly number[] = Array.from({ length: 23 }).reduce<number[]>(
  (made) => [...made, made.length === 0 ? 1 : (made.at(-1) as number) * made.length],
  [],
);

function lanczosSum(x: number): number {
  let top = 0;
  let bottom = 0;
  if (x < 5) {
    for (let i = TOP.length - 1; i >= 0; i--) {
      top = top * x + (TOP[i] as number);
      bottom = bottom * x + (BOTTOM[i] as number);
    }
  } else {
    for (let i = 0; i < TOP.length; i++) {
      top = top / x + (TOP[i] as number);
      bottom = bottom / x + (BOTTOM[i] as number);
    }
  }
  return top / bottom;
}

/** sin(pi x), with the multiples of pi taken off first. */
function sinPi(x: number): number {
  const y = Math.abs(x) % 2;
  const sign = x < 0 || Object.is(x, -0) ? -1 : 1;
  switch (Math.round(2 * y)) {
    case 0:
      return sign * sin(Math.PI * y);
    case 1:
      return sign * cos(Math.PI * (y - 0.5));
    case 2:
      // Not sin(pi (y - 1)): the sign of a zero would be wrong.
      return sign * sin(Math.PI * (1 - y));
    case 3:
      return sign * -cos(Math.PI * (y - 1.5));
    default:
      return sign * sin(Math.PI * (y - 2));
  }
}

function power(x: number, y: number): number {
  return y === 0 || x === 1 ? 1 : powerDouble(x, y);
}

/** The gamma function of a finite x that is no pole; infinite where it does not fit. */
export function gamma(x: number): number {
  if (Number.isInteger(x) && x <= FACTORIALS.length) return FACTORIALS[x - 1] as number;
  const size = Math.abs(x);
  if (size < 1e-20) return 1 / x;
  if (size > 200) return x > 0 ? Infinity : sinPi(x) < 0 ? -0 : 0;
  const y = size + G_MINUS_HALF;
  // What the sum has lost, brought in again as a first-order correction.
  const lost = size > G_MINUS_HALF ? y - size - G_MINUS_HALF : y - G_MINUS_HALF - size;
  const z = (lost * G) / y;
  if (x < 0) {
    let result = ((-Math.PI / sinPi(size) / size) * exp(y)) / lanczosSum(size);
    result -= z * result;
    if (size < 140) return result / power(y, size - 0.5);
    const root = power(y, size / 2 - 0.25);
    return result / root / root;
  }
  let result = lanczosSum(size) / exp(y);
  result += z * result;
  if (size < 140) return result * power(y, size - 0.5);
  const root = power(y, size / 2 - 0.25);
  return result * root * root;
}

/** The logarithm of |gamma x| for a finite x that is no pole. */
export function lgamma(x: number): number {
  if (x === 1 || x === 2) return 0;
  const size = Math.abs(x);
  if (size < 1e-20) return -log(size);
  let result = log(lanczosSum(size)) - G;
  result += (size - 0.5) * (log(size + G - 0.5) - 1);
  if (x < 0) result = LOG_PI - log(Math.abs(sinPi(size))) - log(size) - result;
  return result;
}
