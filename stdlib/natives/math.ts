// The math module's functions.
//
// Each row reads its arguments as C does (a float from a float, an int or
// __float__; an int by __index__), and turns what has no answer into CPython's
// errors: a nan from numbers is "math domain error", an infinity from finite
// numbers "math range error".
//
// The library module math binds these names: math.sqrt, math.pi …

import { mantissaAndExponent } from '../../vm/values/arithmetic-float.ts';
import {
  bitLength,
  gcdInts,
  intToDouble,
  powerOfTwo,
  ratioToDouble,
  squareRoot,
  truncate,
} from '../../vm/values/arithmetic-int.ts';
import { binary } from '../../vm/values/arithmetic.ts';
import { powerDouble } from '../../vm/values/arithmetic-power.ts';
import { List, Tuple } from '../../vm/values/collections.ts';
import { overflowError, typeError, valueError, zeroDivision } from '../../vm/values/exception.ts';
import { hasMethod, intOf, keepsMethod, plain, typeName } from '../../vm/values/plain.ts';
import { Instance } from '../../vm/values/type.ts';
import { Float, type Slot, type Value } from '../../vm/values/value.ts';
import { native, type NativeResult, type NativeRow } from '../../vm/machine/native.ts';
import { decline, index, method, type Int } from './int-arguments.ts';
import { checkIterable, isContainer, peek } from './iterator-elements.ts';
import * as exponential from './math-exponential.ts';
import * as errors from './math-error.ts';
import * as libm from './math-libm.ts';
import * as gammas from './math-gamma.ts';
import { combinations, factorial, leastMultiple, permutations } from './math-integers.ts';
import { exactSum, hypotenuse } from './math-sums.ts';
import * as trigonometry from './math-trigonometry.ts';
import { given } from './object-receiver.ts';

/** A number as a double. */
function double(value: Slot): number {
  if (value instanceof Float) return value.value;
  if (typeof value === 'number') return value;
  const base = plain(given(value));
  if (base instanceof Float) return base.value;
  const int = intOf(base);
  const own = value instanceof Instance;
  if (int !== undefined && !(own && !keepsMethod(value, '__float__'))) return intToDouble(int);
  if (own && (hasMethod(value, '__float__') || hasMethod(value, '__index__'))) return decline();
  throw typeError(`must be real number, not ${typeName(given(value))}`);
}

const domainError = (): Error => valueError('math domain error');
const rangeError = (): Error => overflowError('math range error');

function row(
  name: string,
  signature: string,
  run: (a: Slot, b: Slot, c: Slot, d: Slot) => NativeResult,
): NativeRow {
  return method(
    `math.${name}`,
    signature,
    (_context, a, b, c, d) => run(a, b, c, d),
    `_math_${name}`,
  );
}

/** A result that is no number, or too large, from arguments that were neither. */
function checked(result: number, ...from: readonly number[]): Float {
  if (Number.isFinite(result)) return new Float(result);
  if (Number.isNaN(result)) {
    if (!from.some(Number.isNaN)) throw domainError();
  } else if (from.every(Number.isFinite)) throw rangeError();
  return new Float(result);
}

/** A function of one float, which may be infinite or nan. */
function real(name: string, run: (x: number) => number): NativeRow {
  return row(name, 'x, /', (x) => {
    const value = double(x);
    return checked(run(value), value);
  });
}

/** What a function of finite numbers gives for -inf, inf; nan gives nan. */
function limits(low: number, high: number, run: (x: number) => number): (x: number) => number {
  return (x) => {
    if (Number.isFinite(x)) return run(x);
    return Number.isNaN(x) ? NaN : x < 0 ? low : high;
  };
}

/** The same for functions that have no value outside an interval. */
function between(least: number, most: number, run: (x: number) => number): (x: number) => number {
  return (x) => (x >= least && x <= most ? run(x) : NaN);
}

/** Logarithms of what is positive; at 0 CPython sees no pole but a domain error. */
function positive(run: (x: number) => number): (x: number) => number {
  return (x) => {
    if (x > 0) return x === Infinity ? x : run(x);
    return NaN;
  };
}

/** The logarithm of a float, or of an int of any size. */
function logarithm(value: Slot, run: (x: number) => number): number {
  const int = value instanceof Instance ? undefined : intOf(value);
  if (int === undefined || typeof int === 'number') {
    const x = double(value);
    return checked(positive(run)(x), x).value;
  }
  if (int < 0n) throw domainError();
  const near = Number(int);
  if (Number.isFinite(near)) return run(near);
  // Too large for a float: its logarithm is that of a fraction, and of a power of two.
  const bits = bitLength(int);
  const fraction = ratioToDouble(int, 1n << BigInt(bits));
  return run(fraction) + run(2) * bits;
}

function power(x: number, y: number): number {
  if (y === 0 || x === 1) return 1;
  if (Number.isNaN(x) || Number.isNaN(y)) return NaN;
  if (!Number.isFinite(x) || !Number.isFinite(y) || x === -1) return powerAtTheEnds(x, y);
  const odd = Math.abs(y % 2) === 1;
  if (x === 0) {
    if (y < 0) throw domainError();
    return odd ? x : 0;
  }
  if (x < 0 && !Number.isInteger(y)) throw domainError();
  const size = powerDouble(Math.abs(x), y);
  if (size === Infinity) throw rangeError();
  return x < 0 && odd ? -size : size;
}

function powerAtTheEnds(x: number, y: number): number {
  const odd = Math.abs(y % 2) === 1;
  if (x === -1) return odd ? -1 : Number.isInteger(y) || !Number.isFinite(y) ? 1 : NaN;
  if (!Number.isFinite(y)) return Math.abs(x) > 1 === y > 0 ? Infinity : 0;
  const size = y > 0 ? Infinity : 0;
  return x < 0 && odd ? -size : size;
}

/** IEEE 754's remainder: the quotient is the nearest integer, even at a tie. */
function remainder(x: number, y: number): number {
  if (Number.isNaN(x) || Number.isNaN(y)) return NaN;
  if (!Number.isFinite(x) || y === 0) throw domainError();
  if (!Number.isFinite(y)) return x;
  const [size, step] = [Math.abs(x), Math.abs(y)];
  const rest = size % step;
  const over = step - rest;
  let result = rest;
  if (rest > over) result = -over;
  else if (rest === over) result = rest - 2 * ((0.5 * (size - rest)) % step);
  return x < 0 || Object.is(x, -0) ? -result : result;
}

const bits = new DataView(new ArrayBuffer(8));

/** The next double from x in the direction of y. */
function nextAfter(x: number, y: number): number {
  if (Number.isNaN(x) || Number.isNaN(y)) return NaN;
  if (x === y) return y;
  if (x === 0) return y > 0 ? 5e-324 : -5e-324;
  bits.setFloat64(0, x);
  const word = bits.getBigInt64(0);
  bits.setBigInt64(0, x < y === x > 0 ? word + 1n : word - 1n);
  return bits.getFloat64(0);
}

/** The value of the last place of a float. */
function lastPlace(x: number): number {
  if (Number.isNaN(x)) return x;
  const size = Math.abs(x);
  if (size === Infinity) return size;
  const next = nextAfter(size, Infinity);
  return next === Infinity ? size - nextAfter(size, -Infinity) : next - size;
}

/** x * 2 ** exponent, rounded once. */
function scaleBy(x: number, exponent: Int): number {
  if (x === 0 || !Number.isFinite(x)) return x;
  const [mantissa, own] = mantissaAndExponent(x);
  const clipped = Math.max(-5000, Math.min(5000, Number(exponent)));
  const power = own + clipped;
  const value =
    power >= 0
      ? ratioToDouble(mantissa << BigInt(power), 1n)
      : ratioToDouble(mantissa, 1n << BigInt(-power));
  if (!Number.isFinite(value)) throw rangeError();
  return value === 0 && x < 0 ? -0 : value;
}

/** A fraction between 1/2 and 1, and a power of two. */
function split(x: number): Tuple {
  if (x === 0 || !Number.isFinite(x)) return new Tuple([new Float(x), 0]);
  const [mantissa, own] = mantissaAndExponent(x);
  const length = bitLength(Number(mantissa));
  return new Tuple([new Float(Number(mantissa) * powerOfTwo(-length)), own + length]);
}

/** Fraction and whole part, both with the sign of x. */
function fractionAndWhole(x: number): Tuple {
  const whole = Math.trunc(x);
  const fraction = Number.isFinite(x) ? x - whole : Number.isNaN(x) ? x : 0;
  const signed = fraction === 0 && (x < 0 || Object.is(x, -0)) ? -0 : fraction;
  return new Tuple([new Float(signed), new Float(whole)]);
}

/** floor, ceil and trunc: ints of floats; an instance may have its own way. */
function wholeRow(name: string, toWhole: (x: number) => number): NativeRow {
  return row(name, 'x, /', (x) => {
    if (x instanceof Instance) {
      const own =
        x.base === undefined ? hasMethod(x, `__${name}__`) : !keepsMethod(x, `__${name}__`);
      if (own) return decline();
    }
    const int = intOf(x);
    if (int !== undefined) return int;
    if (name === 'trunc' && !(plain(given(x)) instanceof Float)) {
      throw typeError(`type ${typeName(given(x))} doesn't define __trunc__ method`);
    }
    return truncate(toWhole(double(x)));
  });
}

/** The elements of a sequence that needs no flow code. */
function elementsOf(values: Value): readonly Value[] {
  if (!isContainer(values)) {
    checkIterable(values);
    return decline();
  }
  return peek(values) ?? decline();
}

const doubles = (values: Value): number[] => elementsOf(values).map(double);

function distance(p: Value, q: Value): number {
  const [a, b] = [elementsOf(p), elementsOf(q)];
  if (a.length !== b.length) {
    throw valueError('both points must have the same number of dimensions');
  }
  const to = b.map(double);
  return hypotenuse(a.map((x, i) => double(x) - (to[i] as number)));
}

/** log(x[, base]) */
function logarithmTo(args: Slot): Float {
  const given = args instanceof Tuple ? args.items : [];
  if (given.length < 1 || given.length > 2) throw typeError('math.log requires 1 to 2 arguments');
  const [x, base] = given;
  const top = logarithm(x, exponential.log);
  if (base === undefined) return new Float(top);
  const bottom = logarithm(base, exponential.log);
  if (bottom === 0) throw zeroDivision('float division by zero');
  return new Float(top / bottom);
}

function isClose(a: number, b: number, relative: number, absolute: number): boolean {
  if (relative < 0 || absolute < 0) throw valueError('tolerances must be non-negative');
  if (a === b) return true;
  if (!Number.isFinite(a) || !Number.isFinite(b)) return false;
  const difference = Math.abs(b - a);
  return (
    difference <= Math.abs(relative * b) ||
    difference <= Math.abs(relative * a) ||
    difference <= absolute
  );
}

/** The product of numbers; anything else has an __mul__ that only flow code can call. */
function product(values: Value, start: Value): Value {
  let total = start;
  for (const value of elementsOf(values)) {
    total = binary('*', total, value) ?? decline();
  }
  return total;
}

function ints(args: Slot): Int[] {
  return args instanceof Tuple ? args.items.map(index) : [];
}

/** Degrees in a radian. */
const DEGREES = 180 / Math.PI;
const RADIANS = Math.PI / 180;

const signOf = (x: number): number => (x < 0 || Object.is(x, -0) ? -1 : 1);

const integerPole = (run: (x: number) => number, at: (x: number) => number) => (x: number) => {
  if (!Number.isFinite(x)) return at(x);
  if (x <= 0 && Number.isInteger(x)) throw domainError();
  return run(x);
};

const { sin, cos, tan } = trigonometry;

const functions: readonly NativeRow[] = [
  real('acos', between(-1, 1, trigonometry.acos)),
  real('acosh', (x) => (x === Infinity ? x : between(1, Infinity, libm.acosh)(x))),
  real('asin', between(-1, 1, trigonometry.asin)),
  real('asinh', limits(-Infinity, Infinity, libm.asinh)),
  real('atan', trigonometry.atan),
  real('atanh', (x) => (Math.abs(x) < 1 ? libm.atanh(x) : NaN)),
  real('cbrt', limits(-Infinity, Infinity, libm.cbrt)),
  real('cos', limits(NaN, NaN, cos)),
  real('cosh', limits(Infinity, Infinity, libm.cosh)),
  row('degrees', 'x, /', (x) => new Float(double(x) * DEGREES)),
  real('erf', errors.erf),
  real('erfc', errors.erfc),
  real('exp', limits(0, Infinity, exponential.exp)),
  real('exp2', limits(0, Infinity, exponential.exp2)),
  real('expm1', limits(-1, Infinity, libm.expm1)),
  real('fabs', Math.abs),
  real(
    'gamma',
    integerPole(gammas.gamma, (x) => (x < 0 ? NaN : x)),
  ),
  real('lgamma', integerPole(gammas.lgamma, Math.abs)),
  real('log1p', (x) => (x > -1 ? limits(NaN, Infinity, libm.log1p)(x) : NaN)),
  row('radians', 'x, /', (x) => new Float(double(x) * RADIANS)),
  real('sin', limits(NaN, NaN, sin)),
  real('sinh', limits(-Infinity, Infinity, libm.sinh)),
  real('sqrt', Math.sqrt),
  real('tan', limits(NaN, NaN, tan)),
  real('tanh', libm.tanh),

  row('atan2', 'y, x, /', (y, x) => new Float(trigonometry.atan2(double(y), double(x)))),
  row('copysign', 'x, y, /', (x, y) => {
    const size = Math.abs(double(x));
    return new Float(signOf(double(y)) * size);
  }),
  row('fmod', 'x, y, /', (a, b) => {
    const [x, y] = [double(a), double(b)];
    return checked(x % y, x, y);
  }),
  row('remainder', 'x, y, /', (x, y) => new Float(remainder(double(x), double(y)))),
  row('pow', 'x, y, /', (x, y) => {
    const [a, b] = [double(x), double(y)];
    const result = power(a, b);
    if (Number.isNaN(result) && !Number.isNaN(a) && !Number.isNaN(b)) throw domainError();
    return new Float(result);
  }),
  row('log', '*args', logarithmTo),
  row('log2', 'x, /', (x) => new Float(logarithm(x, exponential.log2))),
  row('log10', 'x, /', (x) => new Float(logarithm(x, libm.log10))),

  wholeRow('ceil', Math.ceil),
  wholeRow('floor', Math.floor),
  wholeRow('trunc', Math.trunc),
  row('modf', 'x, /', (x) => fractionAndWhole(double(x))),
  row('frexp', 'x, /', (x) => split(double(x))),
  row('ldexp', 'x, i, /', (x, i) => {
    const value = double(x);
    const exponent = intOf(i);
    if (exponent === undefined) throw typeError('Expected an int as second argument to ldexp.');
    return new Float(scaleBy(value, exponent));
  }),
  row('nextafter', 'x, y, /', (x, y) => new Float(nextAfter(double(x), double(y)))),
  row('ulp', 'x, /', (x) => new Float(lastPlace(double(x)))),

  row('isfinite', 'x, /', (x) => Number.isFinite(double(x))),
  row('isinf', 'x, /', (x) => Math.abs(double(x)) === Infinity),
  row('isnan', 'x, /', (x) => Number.isNaN(double(x))),
  row('isclose', 'a, b, *, rel_tol=0.000000001, abs_tol=0.0', (a, b, relative, absolute) =>
    isClose(double(a), double(b), double(relative), double(absolute)),
  ),

  row('fsum', 'seq, /', (values) => new Float(exactSum(doubles(given(values))))),
  row('hypot', '*coordinates', (args) => new Float(hypotenuse(doubles(given(args))))),
  row('dist', 'p, q, /', (p, q) => new Float(distance(given(p), given(q)))),
  row('prod', 'iterable, /, *, start=1', (values, start) => product(given(values), given(start))),

  row('factorial', 'n, /', (n) => factorial(index(n))),
  row('comb', 'n, k, /', (n, k) => combinations(index(n), index(k))),
  row('perm', 'n, k=None, /', (n, k) => {
    if (k === null) return factorial(index(n));
    return permutations(index(n), index(k));
  }),
  row('isqrt', 'n, /', (n) => squareRoot(index(n))),
  row('gcd', '*integers', (args) => ints(args).reduce(gcdInts, 0)),
  row('lcm', '*integers', (args) => ints(args).reduce(leastMultiple, 1)),
];

const BY_NAME: ReadonlyMap<string, NativeRow> = new Map(
  functions.map((each) => [each.name.slice('math.'.length), each]),
);

/** For the twins: a function by its short name, of arguments that are plain numbers by now. */
const call: NativeRow = native('_math_call', 'name, args, /', (context, name, args) => {
  const found = typeof name === 'string' ? BY_NAME.get(name) : undefined;
  if (found === undefined || !(args instanceof List))
    throw typeError('a function and a list are needed');
  return found.run(context, ...args.items);
});

export const rows: readonly NativeRow[] = [...functions, call];
