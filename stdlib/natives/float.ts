// float(), and the methods of float that have names. The dunder ones are in
// int-operators.ts.

import { floatRatio } from '../../vm/values/arithmetic-float.ts';
import { intToDouble } from '../../vm/values/arithmetic-int.ts';
import { ByteArray, Bytes, Tuple } from '../../vm/values/collections.ts';
import { typeError, valueError } from '../../vm/values/exception.ts';
import { floatHex } from '../../vm/values/float-text.ts';
import { floatFromBytes, floatFromHex, floatFromText } from '../../vm/values/number-parse.ts';
import {
  hasMethod,
  instanceOf,
  intOf,
  keepsMethod,
  plain,
  typeName,
} from '../../vm/values/plain.ts';
import { simpleRepr } from '../../vm/values/plain-text.ts';
import { Instance } from '../../vm/values/type.ts';
import { types } from '../../vm/values/types.ts';
import { Float, integer, type Slot, type Value } from '../../vm/values/value.ts';
import { DECLINED, native, type NativeContext, type NativeRow } from '../../vm/machine/native.ts';
import type { AttributeRow } from '../../vm/machine/registry.ts';
import { bytesOf } from './bytes.ts';
import { decline, method, textOf } from './int-arguments.ts';
import { floatSelf } from './int-operators.ts';
import { classOf, given } from './object-receiver.ts';

/** float(x). */
function toFloat(context: NativeContext, x: Slot): number {
  if (x instanceof Instance && asksFlow(x)) return decline();
  const value = plain(given(x));
  if (value instanceof Float) return value.value;
  const int = intOf(value);
  if (int !== undefined) return intToDouble(int);
  if (typeof value === 'string') return floatFromText(value);
  if (value instanceof Bytes || value instanceof ByteArray) {
    return floatFromBytes(value.bytes, String(simpleRepr(value)));
  }
  const shown = bytesOf(value);
  if (shown !== undefined) {
    return floatFromBytes(shown, `<memory at 0x${context.idOf(value).toString(16)}>`);
  }
  const name = typeName(given(x));
  throw typeError(`float() argument must be a string or a real number, not '${name}'`);
}

/** Whether a class in flow has its own way to become a float. */
function asksFlow(x: Instance): boolean {
  const names = ['__float__', '__index__'];
  if (x.base === undefined) return names.some((name) => hasMethod(x, name));
  return !names.every((name) => keepsMethod(x, name));
}

export const rows: readonly NativeRow[] = [
  method(
    'float.__new__',
    'cls, x=0.0, /',
    (context, cls, x) => instanceOf(classOf(cls, types.float), new Float(toFloat(context, x))),
    '_float_new',
  ),
  native('float.hex', 'self, /', (_context, self) => floatHex(floatSelf('hex', self).value)),
  native(
    'float.fromhex',
    'cls, string, /',
    (_context, cls, string) => {
      const made = classOf(cls, types.float);
      const text = textOf(string);
      if (text === undefined) {
        throw typeError(`bad argument type for built-in operation`);
      }
      const value = new Float(floatFromHex(text));
      // A subclass is called with the float, and may do as it likes with it.
      return made.isBuiltin ? value : DECLINED;
    },
    { twin: '_float_fromhex' },
  ),
  native('float.is_integer', 'self, /', (_context, self) =>
    Number.isInteger(floatSelf('is_integer', self).value),
  ),
  native('float.as_integer_ratio', 'self, /', (_context, self) => {
    return new Tuple(floatRatio(floatSelf('as_integer_ratio', self).value).map(integer));
  }),
  native('float.__getformat__', 'cls, typestr, /', (_context, _cls, kind) => {
    const name = textOf(kind);
    if (name === 'double' || name === 'float') return 'IEEE, little-endian';
    throw valueError("__getformat__() argument 1 must be 'double' or 'float'");
  }),
];

function floatValue(self: Value): Float {
  const base = plain(self);
  return base instanceof Float ? base : new Float(0);
}

/** Attributes that are computed. */
export const attributes: readonly AttributeRow[] = [
  { type: 'float', name: 'real', get: (_context, self) => floatValue(self) },
  { type: 'float', name: 'imag', get: () => new Float(0) },
];
