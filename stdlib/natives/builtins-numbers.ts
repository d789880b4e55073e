// The builtin functions of numbers, and ord().

import { absolute, binary, divmod, power } from '../../vm/values/arithmetic.ts';
import { ByteArray, Bytes } from '../../vm/values/collections.ts';
import { typeError } from '../../vm/values/exception.ts';
import { intPrefixed } from '../../vm/values/int-text.ts';
import { NEEDS_FLOW } from '../../vm/values/keys.ts';
import { plain, toIndex, typeName } from '../../vm/values/plain.ts';
import { textLength } from '../../vm/values/text.ts';
import { Instance } from '../../vm/values/type.ts';
import type { Slot, Value } from '../../vm/values/value.ts';
import { DECLINED, native, type NativeResult, type NativeRow } from '../../vm/machine/native.ts';
import { callOf } from './builtins-call.ts';
import { checkIterable, withElements } from './iterator-elements.ts';
import { given } from './object-receiver.ts';

/** sum() of numbers, from the left, as repeated + gives it; undefined for the twin. */
function total(iterable: Value, start: Value): Value | undefined {
  return withElements(iterable, (items) => {
    let sum: Value | undefined = start;
    for (const item of items) {
      sum = binary('+', sum, item);
      if (sum === undefined) return undefined;
    }
    return sum;
  });
}

function isText(value: Value): boolean {
  const base = plain(value);
  return typeof base === 'string' || base instanceof Bytes || base instanceof ByteArray;
}

function codePoint(value: Value): number {
  const base = plain(value);
  if (typeof base === 'string') {
    const size = textLength(base);
    if (size === 1) return base.codePointAt(0) as number;
    throw typeError(`ord() expected a character, but string of length ${size} found`);
  }
  if (base instanceof Bytes || base instanceof ByteArray) {
    const { bytes } = base;
    if (bytes.length === 1) return bytes[0] as number;
    throw typeError(`ord() expected a character, but string of length ${bytes.length} found`);
  }
  throw typeError(`ord() expected string of length 1, but ${typeName(value)} found`);
}

function round(number: Value, digits: Slot): NativeResult {
  const places = digits === undefined || digits === null ? [] : [digits];
  const call = callOf('__round__', number, ...places);
  if (call !== undefined) return call;
  if (number instanceof Instance) return DECLINED;
  throw typeError(`type ${typeName(number)} doesn't define __round__ method`);
}

function based(name: 'bin' | 'oct' | 'hex', base: 2 | 8 | 16): NativeRow {
  return native(
    name,
    'number, /',
    (_context, number) => {
      const int = toIndex(given(number));
      return int === NEEDS_FLOW ? DECLINED : intPrefixed(int, base);
    },
    { twin: `_${name}` },
  );
}

export const rows: readonly NativeRow[] = [
  native(
    'abs',
    'x, /',
    (_context, x) => absolute(given(x)) ?? callOf('__abs__', given(x)) ?? DECLINED,
    { twin: '_abs' },
  ),
  native('divmod', 'x, y, /', (_context, x, y) => divmod(given(x), given(y)) ?? DECLINED, {
    twin: '_divmod',
  }),
  native(
    'pow',
    'base, exp, mod=None',
    (_context, base, exp, mod) => {
      const [x, y] = [given(base), given(exp)];
      const value = mod === null ? binary('**', x, y) : power(x, y, given(mod));
      return value ?? DECLINED;
    },
    { twin: '_pow' },
  ),
  native(
    'round',
    'number, ndigits=None',
    (_context, number, digits) => round(given(number), digits),
    { twin: '_round' },
  ),
  native(
    'sum',
    'iterable, /, start=0',
    (_context, iterable, start) => {
      checkIterable(given(iterable));
      if (isText(given(start))) return DECLINED;
      return total(given(iterable), given(start)) ?? DECLINED;
    },
    { twin: '_sum' },
  ),
  based('bin', 2),
  based('oct', 8),
  based('hex', 16),
  native('ord', 'c, /', (_context, c) => codePoint(given(c))),
];
