// complex(), and the methods of complex.

import { toAscii, parseFloatText } from '../../vm/values/number-parse.ts';
import { Tuple } from '../../vm/values/collections.ts';
import {
  binaryComplex,
  Complex,
  complexParts,
  complexText,
  equalComplex,
  type Parts,
} from '../../vm/values/complex.ts';
import { NOT_IMPLEMENTED } from '../../vm/values/constants.ts';
import { typeError, valueError } from '../../vm/values/exception.ts';
import { formatComplex } from '../../vm/values/format-spec.ts';
import { hashComplex } from '../../vm/values/hash.ts';
import {
  hasMethod,
  instanceOf,
  intOf,
  keepsMethod,
  plain,
  typeName,
} from '../../vm/values/plain.ts';
import { Instance } from '../../vm/values/type.ts';
import { types } from '../../vm/values/types.ts';
import { Float, type Slot, type Value } from '../../vm/values/value.ts';
import { native, type NativeResult, type NativeRow } from '../../vm/machine/native.ts';
import type { AttributeRow } from '../../vm/machine/registry.ts';
import { complexPower, complexSize } from './complex-power.ts';
import { decline, method, textOf, wrongArgument } from './int-arguments.ts';
import { classOf, given, readOnlyMember, receive } from './object-receiver.ts';

const complexOf = (name: string, self: Slot): Complex => receive(Complex, 'complex', name, self);

/** The parts of a number, or of what is made of one; undefined for all else. */
const partsOf = (value: Slot): Parts | undefined => complexParts(plain(given(value)));

const FLOAT = '(?:[0-9][0-9_]*(?:\\.[0-9_]*)?|\\.[0-9][0-9_]*)(?:e[+-]?[0-9][0-9_]*)?';
const NUMBER = `(?:${FLOAT}|inf(?:inity)?|nan)`;
/** `1`, `1+2j`, `1-j`, `2j`, `-j`, in parentheses or without. */
const TEXT = new RegExp(
  `^(?:([+-]?${NUMBER})(?:([+-]${NUMBER}|[+-])j)?|([+-]?${NUMBER}|[+-]?)j)$`,
  'i',
);

/** complex(text). */
function complexFromText(text: string): Complex {
  let inner = toAscii(text).trim();
  if (inner.startsWith('(') && inner.endsWith(')')) inner = inner.slice(1, -1).trim();
  const [all, real, second, alone] = TEXT.exec(inner) ?? [];
  const imag = second ?? alone;
  const parts = [real ?? '0', imag === undefined ? '0' : /^[+-]?$/.test(imag) ? `${imag}1` : imag];
  const [a, b] = parts.map(parseFloatText);
  if (all === undefined || a === undefined || b === undefined) {
    throw valueError('complex() arg is a malformed string');
  }
  return new Complex(a, b);
}

/** Whether a class in flow says what number it is. */
function asksFlow(x: Instance, names: readonly string[]): boolean {
  if (x.base === undefined) return names.some((name) => hasMethod(x, name));
  return !names.every((name) => keepsMethod(x, name));
}

function argument(value: Slot, names: readonly string[], what: string): Parts {
  if (value instanceof Instance && asksFlow(value, names)) return decline();
  const parts = partsOf(value);
  if (parts !== undefined) return parts;
  throw typeError(`complex() ${what}, not '${typeName(given(value))}'`);
}

const SECOND = 'second argument must be a number';

function makeComplex(cls: Slot, real: Slot, imag: Slot): Value {
  const type = classOf(cls, types.complex);
  if (real instanceof Complex && imag === undefined && type.isBuiltin) return real;
  const text = real === undefined ? undefined : textOf(real);
  if (text !== undefined) {
    if (imag === undefined) return instanceOf(type, complexFromText(text));
    throw typeError("complex() can't take second arg if first is a string");
  }
  if (imag !== undefined && textOf(imag) !== undefined) {
    throw typeError("complex() second arg can't be a string");
  }
  if (imag === null) throw typeError(`complex() ${SECOND}, not 'NoneType'`);
  const first = argument(
    real === undefined ? 0 : real,
    ['__complex__', '__float__', '__index__'],
    'first argument must be a string or a number',
  );
  if (imag === undefined) return instanceOf(type, new Complex(first.real, first.imag));
  const second = argument(imag, ['__float__', '__index__'], SECOND);
  // Either may be complex itself: real + imag * 1j, each part added only where there is one.
  const isComplex = (value: Slot): boolean => plain(given(value)) instanceof Complex;
  const a = isComplex(imag) ? first.real - second.imag : first.real;
  const b = isComplex(real) ? second.real + first.imag : second.real;
  return instanceOf(type, new Complex(a, b));
}

function isNumber(value: Value): boolean {
  return value instanceof Complex || value instanceof Float || intOf(value) !== undefined;
}

const OPERATORS = [
  ['add', '+'],
  ['sub', '-'],
  ['mul', '*'],
  ['truediv', '/'],
] as const;

/** Methods of two numbers, the second of which may be none. */
const BINARY: readonly (readonly [string, (self: Complex, other: Value) => Value])[] = [
  ...OPERATORS.flatMap(([name, op]): (readonly [string, (a: Complex, b: Value) => Value])[] => [
    [`__${name}__`, (a, b) => binaryComplex(op, a, b) ?? NOT_IMPLEMENTED],
    [`__r${name}__`, (a, b) => binaryComplex(op, b, a) ?? NOT_IMPLEMENTED],
  ]),
  ['__eq__', (a, b) => equalComplex(a, b)],
  ['__ne__', (a, b) => !equalComplex(a, b)],
  ...['__lt__', '__le__', '__gt__', '__ge__'].map((name) => [name, () => NOT_IMPLEMENTED] as const),
];

/** Methods of self alone. */
const UNARY: readonly (readonly [string, (self: Complex) => Value])[] = [
  ['__neg__', ({ real, imag }) => new Complex(-real, -imag)],
  ['__pos__', (self) => self],
  ['__abs__', (self) => new Float(complexSize(self))],
  ['__bool__', ({ real, imag }) => real !== 0 || imag !== 0],
  ['__complex__', (self) => self],
  ['__hash__', hashComplex],
  ['__repr__', complexText],
  ['__getnewargs__', ({ real, imag }) => new Tuple([new Float(real), new Float(imag)])],
  ['conjugate', ({ real, imag }) => new Complex(real, -imag)],
];

/** A power; the first operand and the second as Python writes them. */
function raise(base: Slot, exponent: Slot, mod: Slot): NativeResult {
  const [a, b] = [partsOf(base), partsOf(exponent)];
  if (a === undefined || b === undefined) return NOT_IMPLEMENTED;
  if (mod !== undefined && mod !== null) throw valueError('complex modulo');
  return complexPower(a, b);
}

export const rows: readonly NativeRow[] = [
  method(
    'complex.__new__',
    'cls, real=?, imag=?',
    (_context, cls, real, imag) => makeComplex(cls, real, imag),
    '_complex_new',
  ),
  ...BINARY.map(([name, run]) =>
    native(`complex.${name}`, 'self, value, /', (_context, self, value) => {
      const other = plain(given(value));
      const left = complexOf(name, self);
      return isNumber(other) ? run(left, other) : NOT_IMPLEMENTED;
    }),
  ),
  ...UNARY.map(([name, run]) =>
    native(`complex.${name}`, 'self, /', (_context, self) => run(complexOf(name, self))),
  ),
  native('complex.__pow__', 'self, value, mod=None, /', (_context, self, value, mod) =>
    raise(complexOf('__pow__', self), value, mod),
  ),
  native('complex.__rpow__', 'self, value, mod=None, /', (_context, self, value, mod) =>
    raise(value, complexOf('__rpow__', self), mod),
  ),
  native('complex.__format__', 'self, format_spec, /', (_context, self, spec) => {
    const specText = textOf(spec);
    if (specText === undefined) return wrongArgument('__format__() argument', 'str', given(spec));
    return formatComplex(complexOf('__format__', self), specText);
  }),
];

export const attributes: readonly AttributeRow[] = (['real', 'imag'] as const).map((name) => ({
  type: 'complex',
  name,
  get: (_context, self) => new Float(complexOf(name, self)[name]),
  set: readOnlyMember,
  remove: readOnlyMember,
}));
