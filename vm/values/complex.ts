// Complex numbers: the value, its text, and the operators that need nothing but its parts.
//
//     1 + 2j        int, float and complex meet as complex
//     abs, **       need the functions of math: stdlib/natives/complex-power.ts
//
// Invariant: C1. A real operand becomes a complex number with the imaginary part 0.0 before
// anything else, so that signs of zero and nans come out as CPython's do.

import { intToDouble, type Int } from './arithmetic-int.ts';
import { zeroDivision } from './exception.ts';
import { magnitudeText } from './format-spec-float.ts';
import { HeapObject } from './heap.ts';
import type { TypeObject } from './type.ts';
import { types } from './types.ts';
import { Float, type Value } from './value.ts';

/** complex(real, imag). Never changes. */
export class Complex extends HeapObject {
  readonly real: number;
  readonly imag: number;

  constructor(real: number, imag: number) {
    super();
    this.real = real;
    this.imag = imag;
  }

  override get type(): TypeObject {
    return types.complex;
  }
}

export type Parts = Pick<Complex, 'real' | 'imag'>;

/** The parts of a plain number; undefined for what is none. */
export function complexParts(value: Value): Parts | undefined {
  switch (typeof value) {
    case 'number':
    case 'bigint':
      return { real: intToDouble(value), imag: 0 };
    case 'boolean':
      return { real: value ? 1 : 0, imag: 0 };
    default:
      if (value instanceof Complex) return value;
      return value instanceof Float ? { real: value.value, imag: 0 } : undefined;
  }
}

/** Whether a part of it is no number: then it equals nothing. */
export function isNanComplex({ real, imag }: Parts): boolean {
  return Number.isNaN(real) || Number.isNaN(imag);
}

export function multiplyComplex(a: Parts, b: Parts): Complex {
  return new Complex(a.real * b.real - a.imag * b.imag, a.real * b.imag + a.imag * b.real);
}

/** a / b by Smith's method: the larger part of b divides first, so that nothing overflows early. */
export function divideComplex(a: Parts, b: Parts): Complex {
  const [real, imag] = [Math.abs(b.real), Math.abs(b.imag)];
  if (real >= imag) {
    if (real === 0) throw zeroDivision('complex division by zero');
    const ratio = b.imag / b.real;
    const size = b.real + b.imag * ratio;
    return new Complex((a.real + a.imag * ratio) / size, (a.imag - a.real * ratio) / size);
  }
  if (imag >= real) {
    const ratio = b.real / b.imag;
    const size = b.real * ratio + b.imag;
    return new Complex((a.real * ratio + a.imag) / size, (a.imag * ratio - a.real) / size);
  }
  return new Complex(NaN, NaN);
}

/** a op b; undefined if complex numbers have no such operator, or it needs more than the parts. */
export function binaryComplex(op: string, x: Value, y: Value): Complex | undefined {
  if (op !== '+' && op !== '-' && op !== '*' && op !== '/') return undefined;
  const a = complexParts(x);
  const b = complexParts(y);
  if (a === undefined || b === undefined) return undefined;
  switch (op) {
    case '+':
      return new Complex(a.real + b.real, a.imag + b.imag);
    case '-':
      return new Complex(a.real - b.real, a.imag - b.imag);
    case '*':
      return multiplyComplex(a, b);
    case '/':
      return divideComplex(a, b);
  }
}

/** Whether two numbers are equal of which one is complex at least; false for what is no number. */
export function equalComplex(x: Value, y: Value): boolean {
  if (x instanceof Complex && y instanceof Complex) return x.real === y.real && x.imag === y.imag;
  const [complex, other] = x instanceof Complex ? [x, y] : [y, x];
  if (!(complex instanceof Complex) || complex.imag !== 0) return false;
  const number = realOf(other);
  // eslint-disable-next-line eqeqeq -- exact between bigint and double
  return number !== undefined && complex.real == number;
}

function realOf(value: Value): Int | undefined {
  if (typeof value === 'number' || typeof value === 'bigint') return value;
  if (typeof value === 'boolean') return value ? 1 : 0;
  return value instanceof Float ? value.value : undefined;
}

const STYLE = { alternate: false, dotZero: false };

/** repr(value): the real part is left out where it is 0.0. */
export function complexText({ real, imag }: Parts): string {
  const size = `${magnitudeText(imag, 'r', 0, STYLE)}j`;
  const isBelow = imag < 0 || Object.is(imag, -0);
  if (Object.is(real, 0)) return isBelow ? `-${size}` : size;
  const sign = real < 0 || Object.is(real, -0) ? '-' : '';
  const first = sign + magnitudeText(real, 'r', 0, STYLE);
  return `(${first}${isBelow ? '-' : '+'}${size})`;
}
