// Floats to a number of digits: the codes e, f, g and r of format specs and %.
//
//     e   d.ddde+xx      precision counts the digits after the point
//     f   ddd.ddd        the same
//     g   either         precision counts all digits; trailing zeros go
//     r   either         the shortest digits that read back

import { memoryError, TEXT_UNITS_MAX } from './limits.ts';
import { exponential, fixedText, shortest, significant, type Digits } from './float-text.ts';

export type FloatCode = 'e' | 'f' | 'g' | 'r';

export interface FloatStyle {
  /** The # flag: keep the point, and the zeros of g. */
  readonly alternate: boolean;
  /** Write .0 after a whole number, as repr does. */
  readonly dotZero: boolean;
}

/** Significant digits beyond which a double has only zeros. */
const DIGITS_MAX = 800;

/** |value| without a sign; nan and inf as such. */
export function magnitudeText(
  value: number,
  code: FloatCode,
  precision: number,
  style: FloatStyle,
): string {
  const size = Math.abs(value);
  if (Number.isNaN(size)) return 'nan';
  if (size === Infinity) return 'inf';
  if (precision > TEXT_UNITS_MAX) throw memoryError();
  switch (code) {
    case 'f': {
      const text = fixedText(size, precision);
      return style.alternate && precision === 0 ? `${text}.` : text;
    }
    case 'e': {
      const { digits, exponent } = significant(size, precision + 1);
      const text = exponential(digits, exponent, 'e');
      return style.alternate && precision === 0 ? text.replace('e', '.e') : text;
    }
    case 'g':
      return generalText(size, Math.max(precision, 1), style);
    case 'r': {
      const { digits, exponent } = shortest(size);
      return eitherText(trimZeros(digits), exponent, 16, style);
    }
  }
}

function trimZeros(digits: string): string {
  let end = digits.length;
  while (end > 1 && digits.charCodeAt(end - 1) === 48) end--;
  return digits.slice(0, end);
}

function generalText(size: number, precision: number, style: FloatStyle): string {
  const { digits, exponent } = significant(size, Math.min(precision, DIGITS_MAX));
  const kept = style.alternate ? digits.padEnd(precision, '0') : trimZeros(digits);
  // With .0 to come, a whole number needs one place more.
  return eitherText(kept, exponent, precision - (style.dotZero ? 1 : 0), style);
}

/** The layout of g: an exponent below 1e-4, and from `places` digits before the point on. */
function eitherText(digits: string, exponent: number, places: number, style: FloatStyle): string {
  if (exponent < -4 || exponent >= places) {
    const text = exponential(digits, exponent, 'e');
    return style.alternate && digits.length === 1 ? text.replace('e', '.e') : text;
  }
  return positional({ digits, exponent }, style);
}

function positional({ digits, exponent }: Digits, style: FloatStyle): string {
  if (exponent < 0) return `0.${'0'.repeat(-exponent - 1)}${digits}`;
  if (digits.length > exponent + 1) {
    return `${digits.slice(0, exponent + 1)}.${digits.slice(exponent + 1)}`;
  }
  const whole = digits.padEnd(exponent + 1, '0');
  if (style.dotZero) return `${whole}.0`;
  return style.alternate ? `${whole}.` : whole;
}
