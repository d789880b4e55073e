// Operators on numbers: what the machine's fast paths leave over.
//
//     int (number | bigint), bool ──▶ arithmetic-int.ts
//     a float on either side      ──▶ arithmetic-float.ts, the int made a float first
//     a complex on either side    ──▶ complex.ts
//
// Pure: a value, a Python error, or undefined when an operand is no builtin
// number (the machine then tries sequences, strs and dunder methods). Instances
// of subclasses are not looked into: their classes may have operators of their own.

import { Tuple } from './collections.ts';
import { binaryComplex, Complex } from './complex.ts';
import { typeError, zeroDivision } from './exception.ts';
import * as floats from './arithmetic-float.ts';
import * as ints from './arithmetic-int.ts';
import type { Int } from './arithmetic-int.ts';
import { Float, type Value } from './value.ts';

/** Python's binary operators, by their spelling. */
export type BinaryOp =
  | '+'
  | '-'
  | '*'
  | '/'
  | '//'
  | '%'
  | '**'
  | '@'
  | '<<'
  | '>>'
  | '&'
  | '|'
  | '^';

export type UnaryOp = '-' | '+' | '~';

/** A number as operators see it: an int, or a Float; undefined for anything else. */
function operand(value: Value): Int | Float | undefined {
  switch (typeof value) {
    case 'number':
    case 'bigint':
      return value;
    case 'boolean':
      return value ? 1 : 0;
    default:
      return value instanceof Float ? value : undefined;
  }
}

/** The double that a number operand is or becomes. */
function double(value: Int | Float): number {
  return value instanceof Float ? value.value : ints.intToDouble(value);
}

/** a op b; undefined if the operands are not both builtin numbers, or have no such operator. */
export function binary(op: BinaryOp, a: Value, b: Value): Value | undefined {
  const x = operand(a);
  const y = operand(b);
  if (x === undefined || y === undefined) {
    return a instanceof Complex || b instanceof Complex ? binaryComplex(op, a, b) : undefined;
  }
  if (x instanceof Float || y instanceof Float) return binaryFloats(op, double(x), double(y));
  if (typeof a === 'boolean' && typeof b === 'boolean') {
    if (op === '&') return a && b;
    if (op === '|') return a || b;
    if (op === '^') return a !== b;
  }
  return binaryInts(op, x, y);
}

function binaryInts(op: BinaryOp, x: Int, y: Int): Value | undefined {
  switch (op) {
    case '+':
      return ints.addInts(x, y);
    case '-':
      return ints.subtractInts(x, y);
    case '*':
      return ints.multiplyInts(x, y);
    case '/':
      return new Float(ints.divideInts(x, y));
    case '//':
      return ints.floorDivideInts(x, y);
    case '%':
      return ints.moduloInts(x, y);
    case '**':
      if (y >= 0) return ints.powerInts(x, y);
      return new Float(floats.powerFloats(ints.intToDouble(x), ints.intToDouble(y)));
    case '<<':
      return ints.shiftLeft(x, y);
    case '>>':
      return ints.shiftRight(x, y);
    case '&':
      return ints.andInts(x, y);
    case '|':
      return ints.orInts(x, y);
    case '^':
      return ints.xorInts(x, y);
    case '@':
      return undefined;
  }
}

function binaryFloats(op: BinaryOp, x: number, y: number): Value | undefined {
  switch (op) {
    case '+':
      return new Float(x + y);
    case '-':
      return new Float(x - y);
    case '*':
      return new Float(x * y);
    case '/':
      return new Float(floats.divideFloats(x, y));
    case '//':
      return new Float(floats.floorDivideFloats(x, y));
    case '%':
      return new Float(floats.moduloFloats(x, y));
    case '**':
      if (floats.isPowerComplex(x, y)) return undefined;
      return new Float(floats.powerFloats(x, y));
    case '<<':
    case '>>':
    case '&':
    case '|':
    case '^':
    case '@':
      return undefined;
  }
}

/** op a; undefined if a is no builtin number or has no such operator. */
export function unary(op: UnaryOp, a: Value): Value | undefined {
  const x = operand(a);
  if (x === undefined) return undefined;
  if (x instanceof Float) {
    if (op === '~') return undefined;
    return op === '-' ? new Float(-x.value) : x;
  }
  if (op === '+') return x;
  return op === '-' ? ints.negateInt(x) : ints.invertInt(x);
}

/** abs(a). */
export function absolute(a: Value): Value | undefined {
  const x = operand(a);
  if (x === undefined) return undefined;
  return x instanceof Float ? new Float(Math.abs(x.value)) : ints.absInt(x);
}

/** divmod(a, b). */
export function divmod(a: Value, b: Value): Value | undefined {
  const [x, y] = [operand(a), operand(b)];
  if (x === undefined || y === undefined) return undefined;
  if (x instanceof Float || y instanceof Float) {
    const [quotient, rest] = floats.divmodFloats(double(x), double(y));
    return new Tuple([new Float(quotient), new Float(rest)]);
  }
  if (y === 0) throw zeroDivision('integer division or modulo by zero');
  return new Tuple(ints.divmodInts(x, y));
}

/** pow(a, b, modulus), modulus not being None. */
export function power(a: Value, b: Value, modulus: Value): Value | undefined {
  const [x, y, m] = [operand(a), operand(b), operand(modulus)];
  if (x === undefined || y === undefined) return undefined;
  const whole = !(x instanceof Float) && !(y instanceof Float);
  if (whole && m !== undefined && !(m instanceof Float)) return ints.powerModulo(x, y, m);
  if (whole && m === undefined) return undefined;
  throw typeError('pow() 3rd argument not allowed unless all arguments are integers');
}
