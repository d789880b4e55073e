// erf and erfc, by fdlibm's approximations (see math-libm.ts): five intervals,
// each with a quotient of two polynomials.

import { exp } from './math-exponential.ts';
import { inPairs } from './math-libm.ts';

/** Top and bottom of a quotient of polynomials, from z^0 on. */
interface Quotient {
  readonly top: readonly number[];
  readonly bottom: readonly number[];
}

function quotient(z: number, { top, bottom }: Quotient): number {
  return inPairs(z, top) / inPairs(z, bottom);
}

/** |x| < 0.84375, in x^2: erf x = x + x q. */
const NEAR: Quotient = {
  top: [
    0.12837916709551256, -0.3250421072470015, -0.02848174957559851, -0.005770270296489442,
    -0.000023763016656650163,
  ],
  bottom: [
    1, 0.39791722395915535, 0.0650222499887673, 0.005081306281875766, 0.00013249473800432164,
    -0.000003960228278775368,
  ],
};

/** |x| < 1.25, in |x| - 1: erf x = ONE + q. */
const AROUND_ONE: Quotient = {
  top: [
    -0.0023621185607526594, 0.41485611868374833, -0.3722078760357013, 0.31834661990116175,
    -0.11089469428239668, 0.035478304325618236, -0.002166375594868791,
  ],
  bottom: [
    1, 0.10642088040084423, 0.540397917702171, 0.07182865441419627, 0.12617121980876164,
    0.01363708391202905, 0.011984499846799107,
  ],
};

/** |x| < 1/0.35, in 1/x^2: erfc x = exp(-x^2 - 0.5625 + q) / x. */
const MIDDLE: Quotient = {
  top: [
    -0.009864944034847148, -0.6938585727071818, -10.558626225323291, -62.375332450326006,
    -162.39666946257347, -184.60509290671104, -81.2874355063066, -9.814329344169145,
  ],
  bottom: [
    1, 19.651271667439257, 137.65775414351904, 434.56587747522923, 645.3872717332679,
    429.00814002756783, 108.63500554177944, 6.570249770319282, -0.0604244152148581,
  ],
};

/** The same for larger |x|. */
const FAR: Quotient = {
  top: [
    -0.0098649429247001, -0.799283237680523, -17.757954917754752, -160.63638485582192,
    -637.5664433683896, -1025.0951316110772, -483.5191916086514,
  ],
  bottom: [
    1, 30.33806074348246, 325.7925129965739, 1536.729586084437, 3199.8582195085955,
    2553.0504064331644, 474.52854120695537, -22.44095244658582,
  ],
};

const ONE = 0.8450629115104675;
const TINY_FACTOR = 0.1283791670955126;

const bits = new DataView(new ArrayBuffer(8));

/** The upper half of a double's bits: its square is exact. */
function upperHalf(x: number): number {
  bits.setFloat64(0, x);
  bits.setUint32(4, 0);
  return bits.getFloat64(0);
}

/** erfc x for x >= 1.25. */
function tail(x: number): number {
  const z = upperHalf(x);
  const q = quotient(1 / (x * x), x < 2.857142448425293 ? MIDDLE : FAR);
  return (exp(-z * z - 0.5625) * exp((z - x) * (z + x) + q)) / x;
}

/** erf x. */
export function erf(x: number): number {
  const size = Math.abs(x);
  if (Number.isNaN(x)) return x;
  if (size < 3.725290298461914e-9) {
    // Scaled, so that nothing is lost where the product is subnormal.
    if (size < 2.848094538889218e-306) return 0.0625 * (16 * x + 16 * TINY_FACTOR * x);
    return x + TINY_FACTOR * x;
  }
  if (size < 0.84375) return x + x * quotient(x * x, NEAR);
  let result = 1;
  if (size < 1.25) result = ONE + quotient(size - 1, AROUND_ONE);
  else if (size < 6) result = 1 - tail(size);
  return x < 0 ? -result : result;
}

/** 1 - erf x, exact also where that is tiny. */
export function erfc(x: number): number {
  const size = Math.abs(x);
  if (Number.isNaN(x)) return x;
  if (size < 1.3877787807814457e-17) return 1 - x;
  if (size < 0.84375) {
    const y = quotient(x * x, NEAR);
    return x < 0.25 ? 1 - (x + x * y) : 0.5 - (x * y + (x - 0.5));
  }
  if (size < 1.25) {
    const q = quotient(size - 1, AROUND_ONE);
    return x < 0 ? 1 + (ONE + q) : 1 - ONE - q;
  }
  if (x < -6) return 2;
  if (size >= 28) return 0;
  return x < 0 ? 2 - tail(size) : tail(size);
}
