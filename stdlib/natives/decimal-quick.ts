// The operators of Decimal where nothing is special: two finite numbers, a result that fits.
//
//     _decimal_quick('+', a, b, context)      a Decimal; or None, and flow does it all
//
// Each does what stdlib/modules/decimal/_arithmetic.flow does, and answers only if no trap would
// be sprung: several times faster, and nothing else. Sizes are bounded by QUICK_DIGITS.

import { bitLength } from '../../vm/values/arithmetic-int.ts';
import { Instance, MEMBER, type TypeObject } from '../../vm/values/type.ts';
import { integer, type Slot } from '../../vm/values/value.ts';
import { native, type NativeRow } from '../../vm/machine/native.ts';
import { digitCount, powerOfTen, roundOff } from './decimal.ts';

/** Digits of operands, of a precision, and zeros put after an operand: beyond, flow does it. */
const QUICK_DIGITS = 1000;
const QUICK_BITS = Math.ceil(QUICK_DIGITS * Math.log2(10));

/** Bits of a status, as in decimal/_signals.flow. */
const INEXACT = 1024;
const ROUNDED = 2048;

/** What a Decimal that is written in C is called (_name_as_builtin). */
const CLASS_NAME = 'decimal.Decimal';

interface Finite {
  readonly isNegative: boolean;
  readonly coefficient: bigint;
  readonly exponent: number;
}

const member = (of: Instance, name: string): Slot => of.getOwn(MEMBER + name);

function decimalClass(value: Slot): TypeObject | undefined {
  return value instanceof Instance && value.cls.name === CLASS_NAME ? value.cls : undefined;
}

function finite(value: Slot, cls: TypeObject): Finite | undefined {
  if (typeof value === 'number') {
    return { isNegative: value < 0, coefficient: BigInt(Math.abs(value)), exponent: 0 };
  }
  if (!(value instanceof Instance) || !value.cls.isSubtype(cls)) return undefined;
  if (member(value, '_kind') !== 0) return undefined;
  const coefficient = member(value, '_int');
  const exponent = member(value, '_exp');
  if (typeof exponent !== 'number') return undefined;
  if (typeof coefficient !== 'number') {
    if (typeof coefficient !== 'bigint' || bitLength(coefficient) > QUICK_BITS) return undefined;
  }
  return { isNegative: member(value, '_sign') === 1, coefficient: BigInt(coefficient), exponent };
}

function sum(a: Finite, b: Finite, isMinus: boolean): Finite | undefined {
  const shift = a.exponent - b.exponent;
  if (Math.abs(shift) > QUICK_DIGITS) return undefined;
  let x = a.isNegative ? -a.coefficient : a.coefficient;
  let y = b.isNegative === isMinus ? b.coefficient : -b.coefficient;
  if (shift > 0) x *= powerOfTen(shift);
  else if (shift < 0) y *= powerOfTen(-shift);
  const total = x + y;
  const coefficient = total < 0n ? -total : total;
  return { isNegative: total < 0n, coefficient, exponent: Math.min(a.exponent, b.exponent) };
}

function quotient(a: Finite, b: Finite, prec: number): Finite | undefined {
  const [x, y] = [a.coefficient, b.coefficient];
  if (x === 0n || y === 0n) return undefined;
  const ideal = a.exponent - b.exponent;
  const shift = digitCount(y) - digitCount(x) + prec + 1;
  const above = shift >= 0 ? x * powerOfTen(shift) : x;
  const below = shift >= 0 ? y : y * powerOfTen(-shift);
  let coefficient = above / below;
  let exponent = ideal - shift;
  if (coefficient * below !== above) {
    if (coefficient % 5n === 0n) coefficient++;
  } else {
    while (exponent < ideal && coefficient % 10n === 0n) {
      coefficient /= 10n;
      exponent++;
    }
  }
  return { isNegative: a.isNegative !== b.isNegative, coefficient, exponent };
}

function compute(op: Slot, a: Finite, b: Finite, prec: number): Finite | undefined {
  switch (op) {
    case '+':
      return sum(a, b, false);
    case '-':
      return sum(a, b, true);
    case '*':
      return {
        isNegative: a.isNegative !== b.isNegative,
        coefficient: a.coefficient * b.coefficient,
        exponent: a.exponent + b.exponent,
      };
    case '/':
      return quotient(a, b, prec);
    default:
      return undefined;
  }
}

function make(cls: TypeObject, { isNegative }: Finite, coefficient: bigint, exponent: number) {
  const made = new Instance(cls);
  made.setOwn(`${MEMBER}_sign`, isNegative ? 1 : 0);
  made.setOwn(`${MEMBER}_kind`, 0);
  made.setOwn(`${MEMBER}_int`, integer(coefficient));
  made.setOwn(`${MEMBER}_exp`, exponent);
  return made;
}

/** The result in the context, if it is a number in its range and nothing is trapped. */
function quick(op: Slot, a: Slot, b: Slot, context: Slot): Instance | null {
  const cls = decimalClass(a) ?? decimalClass(b);
  if (cls === undefined) return null;
  const [x, y] = [finite(a, cls), finite(b, cls)];
  if (x === undefined || y === undefined) return null;
  if (!(context instanceof Instance) || member(context, '_clamp') !== 0) return null;
  const [prec, emin, emax] = ['_prec', '_emin', '_emax'].map((name) => member(context, name));
  if (typeof prec !== 'number' || typeof emin !== 'number' || typeof emax !== 'number') return null;
  if (prec > QUICK_DIGITS) return null;
  const exact = compute(op, x, y, prec);
  // What is 0 has rules of its own.
  if (exact === undefined || exact.coefficient === 0n) return null;
  let { coefficient, exponent } = exact;
  const digits = digitCount(coefficient);
  let top = exponent + digits - 1;
  if (top < emin) return null;
  if (digits > prec) {
    const rounding = member(context, '_rounding');
    if (typeof rounding !== 'string') return null;
    const drop = digits - prec;
    const rounded = roundOff(coefficient, drop, rounding, exact.isNegative);
    coefficient = rounded.quotient;
    exponent += drop;
    if (coefficient === powerOfTen(prec)) {
      coefficient /= 10n;
      exponent++;
      top++;
    }
    if (top > emax || !note(context, rounded.isInexact ? ROUNDED | INEXACT : ROUNDED)) return null;
  }
  return top > emax ? null : make(cls, exact, coefficient, exponent);
}

/** Set flags of a context; false if one of them is trapped. */
function note(context: Instance, status: number): boolean {
  const flags = member(context, '_status');
  const traps = member(context, '_traps');
  if (typeof flags !== 'number' || typeof traps !== 'number' || (traps & status) !== 0)
    return false;
  if ((flags & status) !== status) context.setOwn(`${MEMBER}_status`, flags | status);
  return true;
}

export const rows: readonly NativeRow[] = [
  native('_decimal_quick', 'op, a, b, context, /', (_context, op, a, b, context) =>
    quick(op, a, b, context),
  ),
];
