// Dunder methods of int, float and bool, made from tables.
//
//     int.__add__(1, 2.0)      NotImplemented: floats know how to add ints
//     float.__radd__(2.0, 1)   3.0

import {
  absolute,
  binary,
  divmod,
  power,
  unary,
  type BinaryOp,
} from '../../vm/values/arithmetic.ts';
import { truncate } from '../../vm/values/arithmetic-int.ts';
import { roundFloat, roundInt, roundToInt } from '../../vm/values/arithmetic-round.ts';
import { Tuple } from '../../vm/values/collections.ts';
import { complexParts, type Parts } from '../../vm/values/complex.ts';
import { equals, order } from '../../vm/values/compare.ts';
import { NOT_IMPLEMENTED } from '../../vm/values/constants.ts';
import { formatValue } from '../../vm/values/format-spec.ts';
import { hashFloat, hashInt } from '../../vm/values/hash.ts';
import { NEEDS_FLOW } from '../../vm/values/keys.ts';
import { intOf, plain } from '../../vm/values/plain.ts';
import { simpleRepr } from '../../vm/values/plain-text.ts';
import { intToDouble } from '../../vm/values/arithmetic-int.ts';
import { Instance } from '../../vm/values/type.ts';
import { Float, type Slot, type Value } from '../../vm/values/value.ts';
import { DECLINED, native, type NativeResult, type NativeRow } from '../../vm/machine/native.ts';
import { complexPower } from './complex-power.ts';
import { index, method, textOf, wrongArgument, type Int } from './int-arguments.ts';
import { given, wrongSelf } from './object-receiver.ts';

type NumberType = 'int' | 'float';

/** `self` of a method of int: a bool stays one, for the operators that give bools back. */
export function intSelf(name: string, self: Slot): Int | boolean {
  const base = plain(given(self));
  if (typeof base === 'number' || typeof base === 'bigint' || typeof base === 'boolean')
    return base;
  throw wrongSelf('int', name, self);
}

/** `self` of a method of float. */
export function floatSelf(name: string, self: Slot): Float {
  const base = plain(given(self));
  if (base instanceof Float) return base;
  throw wrongSelf('float', name, self);
}

function numberSelf(type: NumberType, name: string, self: Slot): Int | boolean | Float {
  return type === 'int' ? intSelf(name, self) : floatSelf(name, self);
}

/** The other operand, if the type knows how to deal with it. */
function operandFor(type: NumberType, value: Slot): Int | boolean | Float | undefined {
  const base = plain(given(value));
  if (typeof base === 'number' || typeof base === 'bigint' || typeof base === 'boolean')
    return base;
  return type === 'float' && base instanceof Float ? base : undefined;
}

/** Name of the method, operator, types that have it. */
const BINARY: readonly (readonly [string, BinaryOp | 'divmod', readonly NumberType[]])[] = [
  ['add', '+', ['int', 'float']],
  ['sub', '-', ['int', 'float']],
  ['mul', '*', ['int', 'float']],
  ['truediv', '/', ['int', 'float']],
  ['floordiv', '//', ['int', 'float']],
  ['mod', '%', ['int', 'float']],
  ['divmod', 'divmod', ['int', 'float']],
  ['lshift', '<<', ['int']],
  ['rshift', '>>', ['int']],
  ['and', '&', ['int']],
  ['or', '|', ['int']],
  ['xor', '^', ['int']],
];

function operate(op: BinaryOp | 'divmod', a: Value, b: Value): Value {
  const result = op === 'divmod' ? divmod(a, b) : binary(op, a, b);
  return result ?? NOT_IMPLEMENTED;
}

/** An int's operators must not see a bool: True + True is 2, and True & True is bool's own. */
function unboxed(value: Int | boolean | Float): Int | Float {
  return typeof value === 'boolean' ? Number(value) : value;
}

function binaryRows(): NativeRow[] {
  return BINARY.flatMap(([short, op, types]) =>
    types.flatMap((type) =>
      [`__${short}__`, `__r${short}__`].map((name, reflected) =>
        native(`${type}.${name}`, 'self, value, /', (_context, self, value) => {
          const a = unboxed(numberSelf(type, name, self));
          const other = operandFor(type, value);
          if (other === undefined) return NOT_IMPLEMENTED;
          const b = unboxed(other);
          return reflected === 1 ? operate(op, b, a) : operate(op, a, b);
        }),
      ),
    ),
  );
}

/** bool's own: & | ^ of two bools is a bool. */
function boolRows(): NativeRow[] {
  const rows: readonly (readonly [string, BinaryOp])[] = [
    ['and', '&'],
    ['or', '|'],
    ['xor', '^'],
  ];
  return rows.flatMap(([short, op]) =>
    [`__${short}__`, `__r${short}__`].map((name) =>
      native(`bool.${name}`, 'self, value, /', (_context, self, value) => {
        const other = operandFor('int', value);
        return other === undefined ? NOT_IMPLEMENTED : operate(op, intSelf(name, self), other);
      }),
    ),
  );
}

const NO_PARTS: Parts = { real: 0, imag: 0 };
const partsOf = (value: Value): Parts => complexParts(value) ?? NO_PARTS;

function powerRows(): NativeRow[] {
  const raise = (type: NumberType, a: Value, b: Slot, mod: Slot): NativeResult => {
    const other = operandFor(type, b);
    if (other === undefined) return NOT_IMPLEMENTED;
    if (mod === undefined || mod === null) {
      return binary('**', a, other) ?? complexPower(partsOf(a), partsOf(other));
    }
    // An int leaves a modulus that is none to the other types, of which float refuses it.
    if (type === 'int' && intOf(mod) === undefined) return NOT_IMPLEMENTED;
    return power(a, other, plain(mod)) ?? NOT_IMPLEMENTED;
  };
  return (['int', 'float'] as const).flatMap((type) => [
    native(`${type}.__pow__`, 'self, value, mod=None, /', (_context, self, value, mod) =>
      raise(type, numberSelf(type, '__pow__', self), value, mod),
    ),
    native(`${type}.__rpow__`, 'self, value, mod=None, /', (_context, self, value, mod) => {
      const base = operandFor(type, value);
      if (base === undefined) return NOT_IMPLEMENTED;
      return raise(type, base, numberSelf(type, '__rpow__', self), mod);
    }),
  ]);
}

const COMPARISONS = [
  ['__eq__', '=='],
  ['__ne__', '!='],
  ['__lt__', '<'],
  ['__le__', '<='],
  ['__gt__', '>'],
  ['__ge__', '>='],
] as const;

function compareRows(): NativeRow[] {
  return COMPARISONS.flatMap(([name, op]) =>
    (['int', 'float'] as const).map((type) =>
      native(`${type}.${name}`, 'self, value, /', (_context, self, value) => {
        const a = numberSelf(type, name, self);
        const b = operandFor(type, value);
        if (b === undefined) return NOT_IMPLEMENTED;
        if (op === '==') return equals(a, b) === true;
        if (op === '!=') return equals(a, b) === false;
        return order(op, a, b) === true;
      }),
    ),
  );
}

/** Methods of self alone: what they give for an int, and for a float. */
const UNARY: readonly (readonly [
  string,
  ((self: Int) => Value) | null,
  ((self: number) => Value) | null,
])[] = [
  ['__neg__', (a) => unary('-', a) ?? 0, (a) => new Float(-a)],
  ['__pos__', (a) => a, (a) => new Float(a)],
  ['__abs__', (a) => absolute(a) ?? 0, (a) => new Float(Math.abs(a))],
  ['__invert__', (a) => unary('~', a) ?? 0, null],
  ['__bool__', (a) => a !== 0, (a) => a !== 0],
  ['__int__', (a) => a, truncate],
  ['__index__', (a) => a, null],
  ['__float__', (a) => new Float(intToDouble(a)), (a) => new Float(a)],
  ['__trunc__', (a) => a, truncate],
  ['__floor__', (a) => a, (a) => truncate(Math.floor(a))],
  ['__ceil__', (a) => a, (a) => truncate(Math.ceil(a))],
  ['__hash__', hashInt, hashFloat],
  ['conjugate', (a) => a, (a) => new Float(a)],
  ['__getnewargs__', (a) => new Tuple([a]), (a) => new Tuple([new Float(a)])],
];

function unaryRows(): NativeRow[] {
  return UNARY.flatMap(([name, ofInt, ofFloat]) => {
    const rows: NativeRow[] = [];
    if (ofInt !== null) {
      rows.push(
        native(`int.${name}`, 'self, /', (_context, self) => {
          const a = intSelf(name, self);
          return ofInt(typeof a === 'boolean' ? Number(a) : a);
        }),
      );
    }
    if (ofFloat !== null) {
      rows.push(
        native(`float.${name}`, 'self, /', (_context, self) =>
          ofFloat(floatSelf(name, self).value),
        ),
      );
    }
    return rows;
  });
}

function shownRows(): NativeRow[] {
  const types = ['int', 'float', 'bool'] as const;
  const selfOf = (type: (typeof types)[number], name: string, self: Slot): Value => {
    if (type === 'bool') return intSelf(name, self);
    const a = numberSelf(type, name, self);
    return type === 'int' ? unboxed(a) : a;
  };
  const reprs = types.map((type) =>
    native(`${type}.__repr__`, 'self, /', (_context, self) => {
      const text = simpleRepr(selfOf(type, '__repr__', self));
      return text === NEEDS_FLOW ? DECLINED : text;
    }),
  );
  // bool has no __format__ of its own, yet shows its name: so int's looks for it.
  const formats = (['int', 'float'] as const).map((type) =>
    native(`${type}.__format__`, 'this, format_spec, /', (_context, self, spec) => {
      const specText = textOf(spec);
      if (specText === undefined) {
        return wrongArgument('__format__() argument', 'str', given(spec));
      }
      const of = self instanceof Instance ? self.cls.name : undefined;
      const text = formatValue(numberSelf(type, '__format__', self), specText, of);
      return text === NEEDS_FLOW ? DECLINED : text;
    }),
  );
  return [...reprs, ...formats];
}

function roundRows(): NativeRow[] {
  return [
    method(
      'int.__round__',
      'self, ndigits=?, /',
      (_context, self, places) => {
        const a = intOf(intSelf('__round__', self)) ?? 0;
        return places === undefined ? a : roundInt(a, index(places));
      },
      '_int_round',
    ),
    method(
      'float.__round__',
      'self, ndigits=None, /',
      (_context, self, places) => {
        const a = floatSelf('__round__', self).value;
        return places === null ? roundToInt(a) : new Float(roundFloat(a, index(places)));
      },
      '_float_round',
    ),
  ];
}

export const rows: readonly NativeRow[] = [
  ...binaryRows(),
  ...boolRows(),
  ...powerRows(),
  ...compareRows(),
  ...unaryRows(),
  ...shownRows(),
  ...roundRows(),
];
