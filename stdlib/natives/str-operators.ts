// Dunder methods of str.

import { Slice, Tuple } from '../../vm/values/collections.ts';
import { repeat, concatText } from '../../vm/values/arithmetic-sequence.ts';
import { order, type OrderOperator } from '../../vm/values/compare.ts';
import { NOT_IMPLEMENTED } from '../../vm/values/constants.ts';
import { indexError, typeError } from '../../vm/values/exception.ts';
import { hashText } from '../../vm/values/hash-text.ts';
import { ITERATOR_KINDS, NativeIterator } from '../../vm/values/iterator.ts';
import { percentText } from '../../vm/values/percent-format.ts';
import { hasMethod, intOf, isIndexSized, typeName, unsized } from '../../vm/values/plain.ts';
import { Asked } from '../../vm/values/plain-asked.ts';
import { reprText } from '../../vm/values/plain-text.ts';
import { textAt, textLength, textSlice } from '../../vm/values/text.ts';
import { Instance } from '../../vm/values/type.ts';
import { types } from '../../vm/values/types.ts';
import { integer, type Slot, type Value } from '../../vm/values/value.ts';
import { DECLINED, native, type NativeResult, type NativeRow } from '../../vm/machine/native.ts';
import { decline, known, method, textOf, times } from './int-arguments.ts';
import { given } from './object-receiver.ts';
import { findFirst } from './str-search.ts';
import { pick, picked } from '../../vm/values/slice.ts';
import { textSelf } from './str.ts';

/** text[key]. */
export function textItem(self: string, key: Value): string {
  if (key instanceof Slice) return textPart(self, key);
  const int = intOf(key);
  if (int === undefined) {
    if (key instanceof Instance && hasMethod(key, '__index__')) return decline();
    throw typeError(`string indices must be integers, not '${typeName(key)}'`);
  }
  if (!isIndexSized(int)) throw unsized(types.IndexError, key);
  const length = textLength(self);
  const at = Number(int) + (int < 0 ? length : 0);
  if (at < 0 || at >= length) throw indexError('string index out of range');
  return textAt(self, at);
}

function textPart(self: string, slice: Slice): string {
  const range = known(pick(slice, textLength(self)));
  if (range.step === 1) return textSlice(self, range.start, range.start + range.count);
  return picked(Array.from(self), range).join('');
}

const COMPARISONS = [
  ['__lt__', '<'],
  ['__le__', '<='],
  ['__gt__', '>'],
  ['__ge__', '>='],
] as const satisfies readonly (readonly [string, OrderOperator])[];

/** a op b for an other that is a str too; NotImplemented for any else. */
function compareRow(name: string, compare: (a: string, b: string) => boolean): NativeRow {
  return native(`str.${name}`, 'self, value, /', (_context, self, value) => {
    const other = textOf(value);
    return other === undefined ? NOT_IMPLEMENTED : compare(textSelf(name, self), other);
  });
}

function simple(name: string, run: (self: string) => NativeResult): NativeRow {
  return native(`str.${name}`, 'self, /', (_context, self) => run(textSelf(name, self)));
}

function add(self: string, other: Slot): string {
  const right = textOf(other);
  if (right === undefined) {
    throw typeError(`can only concatenate str (not "${typeName(given(other))}") to str`);
  }
  return concatText(self, right);
}

function contains(self: string, other: Slot): boolean {
  const needle = textOf(other);
  if (needle === undefined) {
    const found = typeName(given(other));
    throw typeError(`'in <string>' requires string as left operand, not ${found}`);
  }
  return findFirst(self, needle, 0, self.length) >= 0;
}

/** value % self: only for a value that is a str, which then is the format. */
function reflectedModulo(self: Slot, value: Slot): NativeResult {
  const format = textOf(value);
  if (format === undefined) return NOT_IMPLEMENTED;
  const result = percentText(format, given(self), []);
  return result instanceof Asked ? DECLINED : result;
}

export const rows: readonly NativeRow[] = [
  native('str.__add__', 'self, value, /', (_context, self, value) =>
    add(textSelf('__add__', self), value),
  ),
  ...['__mul__', '__rmul__'].map((name) =>
    method(
      `str.${name}`,
      'self, value, /',
      (_context, self, value) => known(repeat(textSelf(name, self), times(value))),
      '_sequence_repeat',
    ),
  ),
  native(
    'str.__rmod__',
    'self, value, /',
    (_context, self, value) => reflectedModulo(self, value),
    {
      twin: '_str_rmod',
    },
  ),
  native('str.__contains__', 'self, key, /', (_context, self, key) =>
    contains(textSelf('__contains__', self), key),
  ),
  method(
    'str.__getitem__',
    'self, key, /',
    (_context, self, key) => textItem(textSelf('__getitem__', self), given(key)),
    '_str_getitem',
  ),
  compareRow('__eq__', (a, b) => a === b),
  compareRow('__ne__', (a, b) => a !== b),
  ...COMPARISONS.map(([name, op]) => compareRow(name, (a, b) => order(op, a, b) === true)),
  simple('__len__', textLength),
  simple('__hash__', (self) => integer(hashText(self))),
  simple('__repr__', reprText),
  simple('__str__', (self) => self),
  simple('__iter__', (self) => new NativeIterator(ITERATOR_KINDS.str[0], self, 0, null)),
  simple('__getnewargs__', (self) => new Tuple([self])),
];
