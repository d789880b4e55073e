// abs() and powers of complex numbers, which need functions of math.
//
//     z ** n    n whole, at most 100: by squaring, as exact as multiplication is
//     z ** w    else in polar form: |z| ** w.real turned by an angle

import { powerDouble } from '../../vm/values/arithmetic-power.ts';
import { Complex, divideComplex, multiplyComplex, type Parts } from '../../vm/values/complex.ts';
import { overflowError, zeroDivision } from '../../vm/values/exception.ts';
import { exp, log } from './math-exponential.ts';
import { hypotenuse } from './math-sums.ts';
import { atan2, cos, sin } from './math-trigonometry.ts';

/** Whole exponents up to this are powers by squaring. */
const SQUARINGS_MAX = 100;

/** abs(z). */
export function complexSize({ real, imag }: Parts): number {
  const size = hypotenuse([real, imag]);
  if (size === Infinity && Number.isFinite(real) && Number.isFinite(imag)) {
    throw overflowError('absolute value too large');
  }
  return size;
}

/** z ** w. */
export function complexPower(z: Parts, w: Parts): Complex {
  const isWhole = w.imag === 0 && Number.isInteger(w.real) && Math.abs(w.real) <= SQUARINGS_MAX;
  const power = isWhole ? wholePower(z, w.real) : polarPower(z, w);
  if (Math.abs(power.real) === Infinity || Math.abs(power.imag) === Infinity) {
    throw overflowError('complex exponentiation');
  }
  return power;
}

const ONE: Parts = { real: 1, imag: 0 };
const noPower = (): Error => zeroDivision('0.0 to a negative or complex power');

function wholePower(z: Parts, exponent: number): Complex {
  let power = new Complex(1, 0);
  let square = z;
  for (let left = Math.abs(exponent); left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) power = multiplyComplex(power, square);
    square = multiplyComplex(square, square);
  }
  if (exponent > 0) return power;
  if (power.real === 0 && power.imag === 0) throw noPower();
  return divideComplex(ONE, power);
}

function polarPower(z: Parts, w: Parts): Complex {
  if (w.real === 0 && w.imag === 0) return new Complex(1, 0);
  if (z.real === 0 && z.imag === 0) {
    if (w.imag !== 0 || w.real < 0) throw noPower();
    return new Complex(0, 0);
  }
  const size = hypotenuse([z.real, z.imag]);
  const angle = atan2(z.imag, z.real);
  let length = realPower(size, w.real);
  let phase = angle * w.real;
  if (w.imag !== 0) {
    const turned = angle * w.imag;
    length /= Number.isFinite(turned) ? exp(turned) : Math.exp(turned);
    phase += w.imag * (size === Infinity ? size : log(size));
  }
  if (Math.abs(phase) === Infinity) throw noPower();
  if (Number.isNaN(phase)) return new Complex(NaN, NaN);
  return new Complex(length * cos(phase), length * sin(phase));
}

/** size ** exponent for a size above 0. */
function realPower(size: number, exponent: number): number {
  if (exponent === 0 || size === 1) return 1;
  const isPlain = Number.isFinite(size) && Number.isFinite(exponent);
  return isPlain ? powerDouble(size, exponent) : Math.pow(size, exponent);
}
