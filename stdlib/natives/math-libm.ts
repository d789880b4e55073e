// expm1, log1p, log10, cbrt and the hyperbolic functions, to the digit as the
// common C libraries have them.
//
// These are not rounded right there, as exp, log, sin and their kin nearly are:
// up to one result in four is off in its last digit, and CPython prints it so.
// So they are computed here by the same approximations in the same order of
// operations: those of fdlibm (Sun Microsystems, 1993, which may be freely used,
// copied, modified and distributed), and for cbrt that of the GNU C library.
// Written with nothing but + - * / and sqrt, they are the same on every host.

import { powerOfTwo } from '../../vm/values/arithmetic-int.ts';
import { parts } from '../../vm/values/arithmetic-power.ts';
import { exp, log } from './math-exponential.ts';

/** ln 2 in a part with zeros at its end, so that small multiples are exact, and the rest. */
const LN2_HIGH = 0.6931471803691238;
const LN2_LOW = 1.9082149292705877e-10;

/** c0 + z c1 + z^2 (c2 + z c3) + z^4 (c4 + z c5) + …: pairs, as C's compilers can do at once. */
export function inPairs(z: number, c: readonly number[]): number {
  const at = (i: number): number => c[i] ?? 0;
  let total = at(0) + z * at(1);
  const square = z * z;
  let power = square;
  for (let i = 2; i < c.length; i += 2) {
    total += power * (i + 1 < c.length ? at(i) + z * at(i + 1) : at(i));
    power = nextPower(power, square, i);
  }
  return total;
}

/** z^4 = (z^2)^2, z^6 = z^4 z^2, z^8 = (z^4)^2: rounded in this way. */
function nextPower(power: number, square: number, i: number): number {
  const fourth = square * square;
  return i === 6 ? fourth * fourth : power * square;
}

const EXPM1_TERMS = [
  1, -0.03333333333333313, 0.0015873015872548146, -0.0000793650757867488, 0.000004008217827329362,
  -2.0109921818362437e-7,
];

/** x = k ln 2 + high, and what high has lost. */
function reduceByLn2(x: number): {
  readonly k: number;
  readonly rest: number;
  readonly lost: number;
} {
  const size = Math.abs(x);
  if (size <= 0.5 * Math.LN2) return { k: 0, rest: x, lost: 0 };
  const sign = x < 0 ? -1 : 1;
  const k = size < 1.5 * Math.LN2 ? sign : Math.trunc(Math.LOG2E * x + 0.5 * sign);
  const high = x - k * LN2_HIGH;
  const low = k * LN2_LOW;
  const rest = high - low;
  return { k, rest, lost: high - rest - low };
}

/** exp x - 1 for a finite x. */
export function expm1(x: number): number {
  if (x > 709.782712893384) return Infinity;
  if (x < -56 * Math.LN2) return -1;
  if (Math.abs(x) < 5.551115123125783e-17) return x;
  const { k, rest, lost } = reduceByLn2(x);
  const half = 0.5 * rest;
  const square = rest * half;
  const r = inPairs(square, EXPM1_TERMS);
  const t = 3 - r * half;
  let e = square * ((r - t) / (6 - rest * t));
  if (k === 0) return rest - (rest * e - square);
  e = rest * (e - lost) - lost - square;
  if (k === -1) return 0.5 * (rest - e) - 0.5;
  if (k === 1) return rest < -0.25 ? -2 * (e - (rest + 0.5)) : 1 + 2 * (rest - e);
  const scale = (y: number): number => (k === 1024 ? y * 2 * powerOfTwo(1023) : y * powerOfTwo(k));
  if (k <= -2 || k > 56) return scale(1 - (e - rest)) - 1;
  if (k < 20) return scale(1 - powerOfTwo(-k) - (e - rest));
  return scale(rest - (e + powerOfTwo(-k)) + 1);
}

const LOG1P_TERMS = [
  0, 0.6666666666666735, 0.3999999999940942, 0.2857142874366239, 0.22222198432149784,
  0.1818357216161805, 0.15313837699209373, 0.14798198605116586,
];

/** log(1 + x) for a finite x > -1. */
export function log1p(x: number): number {
  const size = Math.abs(x);
  if (size < 5.551115123125783e-17) return x;
  if (size < 1.862645149230957e-9) return x - x * x * 0.5;
  let [f, k, lost] = [x, 0, 0];
  const near = x > -0.2928932188134524 && x < 0.41421356237309503;
  if (!near) {
    const whole = 1 + x;
    const { mantissa, exponent } = parts(whole);
    k = exponent;
    lost = (k > 0 ? 1 - (whole - x) : x - (whole - 1)) / whole;
    // Between 1/sqrt 2 and sqrt 2.
    const upper = mantissa >= 1.4142131805419922;
    if (upper) k += 1;
    f = (upper ? mantissa / 2 : mantissa) - 1;
  }
  const half = 0.5 * f * f;
  if (!near && Math.abs(f) < 9.5367431640625e-7) return nearPower(f, k, lost, half);
  const s = f / (2 + f);
  const r = inPairs(s * s, LOG1P_TERMS);
  if (k === 0) return f - (half - s * (half + r));
  return k * LN2_HIGH - (half - (s * (half + r) + (k * LN2_LOW + lost)) - f);
}

/** log1p where 1 + x is very near to a power of two. */
function nearPower(f: number, k: number, lost: number, half: number): number {
  if (f === 0) return k === 0 ? 0 : k * LN2_HIGH + (lost + k * LN2_LOW);
  const r = half * (1 - 0.6666666666666666 * f);
  if (k === 0) return f - r;
  return k * LN2_HIGH - (r - (k * LN2_LOW + lost) - f);
}

const LOG10_2_HIGH = 0.30102999566361177;
const LOG10_2_LOW = 3.694239077158931e-13;

/** The decimal logarithm of a finite x > 0. */
export function log10(x: number): number {
  const { mantissa, exponent } = parts(x);
  const below = exponent < 0 ? 1 : 0;
  const y = exponent + below;
  const z = y * LOG10_2_LOW + Math.LOG10E * log(below === 1 ? mantissa / 2 : mantissa);
  return z + y * LOG10_2_HIGH;
}

/** exp(x) / 2 where exp(x) itself may not fit. */
function halfExp(x: number): number {
  if (x <= 709.782712893384) return 0.5 * exp(x);
  if (x > 710.4758600739439) return Infinity;
  const root = exp(0.5 * x);
  return 0.5 * root * root;
}

/** sinh x for a finite x. */
export function sinh(x: number): number {
  const size = Math.abs(x);
  if (size < 3.725290298461914e-9) return x;
  const half = x < 0 ? -0.5 : 0.5;
  if (size >= 22) return x < 0 ? -halfExp(size) : halfExp(size);
  const t = expm1(size);
  if (size < 1) return half * (2 * t - (t * t) / (t + 1));
  return half * (t + t / (t + 1));
}

/** cosh x for a finite x. */
export function cosh(x: number): number {
  const size = Math.abs(x);
  if (size >= 22) return halfExp(size);
  if (size > 0.5 * Math.LN2) {
    const t = exp(size);
    return 0.5 * t + 0.5 / t;
  }
  if (size < 2.7755575615628914e-17) return 1;
  const t = expm1(size);
  const w = 1 + t;
  return 1 + (t * t) / (w + w);
}

/** tanh x. */
export function tanh(x: number): number {
  const size = Math.abs(x);
  if (Number.isNaN(x)) return x;
  if (size < 2.7755575615628914e-17) return x * (1 + x);
  let result = 1;
  if (size < 1) {
    const t = expm1(-2 * size);
    result = -t / (t + 2);
  } else if (size < 22) result = 1 - 2 / (expm1(2 * size) + 2);
  return x < 0 ? -result : result;
}

const LARGE = 268_435_456;

/** asinh x for a finite x. */
export function asinh(x: number): number {
  const size = Math.abs(x);
  if (size < 3.725290298461914e-9) return x;
  let result: number;
  if (size > LARGE) result = log(size) + Math.LN2;
  else if (size > 2) result = log(2 * size + 1 / (Math.sqrt(size * size + 1) + size));
  else {
    const t = size * size;
    result = log1p(size + t / (1 + Math.sqrt(1 + t)));
  }
  return x < 0 ? -result : result;
}

/** acosh x for a finite x >= 1. */
export function acosh(x: number): number {
  if (x > LARGE) return log(x) + Math.LN2;
  if (x === 1) return 0;
  if (x > 2) return log(2 * x - 1 / (x + Math.sqrt(x * x - 1)));
  const t = x - 1;
  return log1p(t + Math.sqrt(2 * t + t * t));
}

/** atanh x for -1 < x < 1. */
export function atanh(x: number): number {
  const size = Math.abs(x);
  if (size < 3.725290298461914e-9) return x;
  const twice = size + size;
  const result =
    size < 0.5 ? 0.5 * log1p(twice + (twice * size) / (1 - size)) : 0.5 * log1p(twice / (1 - size));
  return x < 0 ? -result : result;
}

const CBRT_2 = 1.2599210498948732;
const CBRT_4 = 1.5874010519681996;
/** Terms of the first approximation, from the highest but two on. */
const CBRT_TERMS = [
  -1.8346927748361308, 2.4469312256353444, -2.114994941673713, 1.508191937815849,
  0.35489576504391984,
];
const CBRT_FACTORS = [1 / CBRT_4, 1 / CBRT_2, 1, CBRT_2, CBRT_4];

/** The cube root of a finite x. */
export function cbrt(x: number): number {
  if (x === 0) return x;
  const { mantissa, exponent } = parts(Math.abs(x));
  const [m, e] = [mantissa / 2, exponent + 1];
  let u = 0.7849323449766392 - 0.14526389938548637 * m;
  for (const term of CBRT_TERMS) u = term + u * m;
  const cube = u * u * u;
  const factor = CBRT_FACTORS[2 + (e % 3)] as number;
  const root = ((u * (cube + 2 * m)) / (2 * cube + m)) * factor;
  return (x < 0 ? -root : root) * powerOfTwo(Math.trunc(e / 3));
}
