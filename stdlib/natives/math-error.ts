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
    1.28379167095512558561e-1, -3.25042107247001499370e-1, -2.84817495755985104766e-2,
    -5.77027029648944159157e-3, -2.37630166566501626084e-5,
  ],
  bottom: [
    1, 3.97917223959155352819e-1, 6.50222499887672944485e-2, 5.08130628187576562776e-3,
    1.32494738004321644526e-4, -3.96022827877536812320e-6,
  ],
};

/** |x| < 1.25, in |x| - 1: erf x = ONE + q. */
const AROUND_ONE: Quotient = {
  top: [
    -2.36211856075265944077e-3, 4.14856118683748331666e-1, -3.72207876035701323847e-1,
    3.18346619901161753674e-1, -1.10894694282396677476e-1, 3.54783043256182359371e-2,
    -2.16637559486879084300e-3,
  ],
  bottom: [
    1, 1.06420880400844228286e-1, 5.40397917702171048937e-1, 7.18286544141962662868e-2,
    1.26171219808761642112e-1, 1.36370839120290507362e-2, 1.19844998467991074170e-2,
  ],
};

/** |x| < 1/0.35, in 1/x^2: erfc x = exp(-x^2 - 0.5625 + q) / x. */
const MIDDLE: Quotient = {
  top: [
    -9.86494403484714822705e-3, -6.93858572707181764372e-1, -1.05586262253232909814e1,
    -6.23753324503260060396e1, -1.62396669462573470355e2, -1.84605092906711035994e2,
    -8.12874355063065934246e1, -9.81432934416914548592,
  ],
  bottom: [
    1, 1.96512716674392571292e1, 1.37657754143519042600e2, 4.34565877475229228821e2,
    6.45387271733267880336e2, 4.29008140027567833386e2, 1.08635005541779435134e2,
    6.57024977031928170135, -6.04244152148580987438e-2,
  ],
};

/** The same for larger |x|. */
const FAR: Quotient = {
  top: [
    -9.86494292470009928597e-3, -7.99283237680523006574e-1, -1.77579549177547519889e1,
    -1.60636384855821916062e2, -6.37566443368389627722e2, -1.02509513161107724954e3,
    -4.83519191608651397019e2,
  ],
  bottom: [
    1, 3.03380607434824582924e1, 3.25792512996573918826e2, 1.53672958608443695994e3,
    3.19985821950859553908e3, 2.55305040643316442583e3, 4.74528541206955367215e2,
    -2.24409524465858183362e1,
  ],
};

const ONE = 8.45062911510467529297e-1;
const TINY_FACTOR = 1.28379167095512586316e-1;

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
