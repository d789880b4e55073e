// How builtin objects are taken apart to be pickled or copied: __reduce_ex__ and its kin.
//
// All the work is done in flow (stdlib/prelude/reduce.flow): it asks the program's own methods.
// Only where an iterator stands is asked of the host.

import { ByteArray, Bytes, List, Range, Tuple } from '../../vm/values/collections.ts';
import { typeError } from '../../vm/values/exception.ts';
import { checkRoom, drain } from '../../vm/values/iterate.ts';
import { ITERATOR_KINDS, NativeIterator, type IteratorSource } from '../../vm/values/iterator.ts';
import { intOf } from '../../vm/values/plain.ts';
import { textLength } from '../../vm/values/text.ts';
import { Instance, TypeObject } from '../../vm/values/type.ts';
import { integer, type Slot } from '../../vm/values/value.ts';
import { DECLINED, native, type NativeRow } from '../../vm/machine/native.ts';
import { lengthLeft } from './iterator-length.ts';

/** Types with a __reduce__ of their own, and the twin that is it. */
const REDUCED = [
  ['_iterator_reduce', 'list_iterator list_reverseiterator tuple_iterator str_iterator'],
  ['_iterator_reduce', 'str_ascii_iterator bytes_iterator bytearray_iterator range_iterator'],
  ['_iterator_reduce', 'longrange_iterator dict_keyiterator dict_valueiterator'],
  ['_iterator_reduce', 'dict_itemiterator dict_reversekeyiterator dict_reversevalueiterator'],
  ['_iterator_reduce', 'dict_reverseitemiterator set_iterator enumerate zip reversed'],
  ['_lazy_reduce', 'map filter callable_iterator iterator'],
  ['_set_reduce', 'set frozenset'],
  ['_bytearray_reduce', 'bytearray'],
  ['_range_reduce', 'range slice'],
  ['_exception_reduce', 'BaseException'],
  ['_os_error_reduce', 'OSError'],
  ['_import_error_reduce', 'ImportError'],
  ['_callable_reduce', 'builtin_function_or_method method'],
  ['_alias_reduce', 'GenericAlias'],
  ['_name_reduce', 'ellipsis NotImplementedType'],
] as const;

/** Iterators that can be put to another place. */
const PLACED = [
  'list_iterator list_reverseiterator tuple_iterator str_iterator str_ascii_iterator',
  'bytes_iterator bytearray_iterator range_iterator longrange_iterator reversed iterator',
]
  .join(' ')
  .split(' ');

function iteratorOf(value: Slot): NativeIterator {
  const it = value instanceof Instance ? value.base : value;
  if (it instanceof NativeIterator) return it;
  throw typeError('an iterator is needed');
}

/** The place as a program counts it. */
function placeOf({ kind, source, index }: NativeIterator): number | bigint {
  const isText = kind === ITERATOR_KINDS.str[0] && typeof source === 'string';
  return isText ? textLength(source.slice(0, Number(index))) : index;
}

/** What an iterator goes over (None at its end), where it stands, and what it has inside. */
function parts(it: NativeIterator): Tuple {
  return new Tuple([sourceOf(it), placeOf(it), it.extra]);
}

/** Of a range: with the stop at which it ends, whatever was asked for. */
function sourceOf({ source }: NativeIterator): IteratorSource {
  if (!(source instanceof Range)) return source;
  const { start, step, length } = source;
  return new Range(start, integer(BigInt(start) + BigInt(length) * BigInt(step)), step);
}

/** What it would still give; it stays where it is. */
function rest(it: NativeIterator): List {
  checkRoom(Number(lengthLeft(it)));
  const copy = new NativeIterator(it.kind, it.source, it.index, it.extra);
  copy.left = it.left;
  return new List(drain(copy) ?? []);
}

function place(it: NativeIterator, to: Slot): null {
  const index = intOf(to);
  if (index === undefined) throw typeError('an integer is required');
  if (it.source === null) return null;
  it.index = placed(it, index);
  it.touch();
  return null;
}

/** A place as a program counts it, held between the ends of what is gone over. */
function placed({ kind, source }: NativeIterator, to: number | bigint): number | bigint {
  if (typeof source === 'string') {
    return [...source].slice(0, Math.max(Number(to), 0)).join('').length;
  }
  if (source instanceof Range) {
    const [at, length] = [BigInt(to), BigInt(source.length)];
    return integer(at < 0n ? 0n : at > length ? length : at);
  }
  let size = 0;
  if (source instanceof List || source instanceof Tuple) size = source.items.length;
  else if (source instanceof Bytes || source instanceof ByteArray) size = source.bytes.length;
  const isBackwards = kind === ITERATOR_KINDS.listReverse[0] || kind === ITERATOR_KINDS.reversed[0];
  const [first, last] = isBackwards ? [-1, size - 1] : [0, size];
  return Math.min(Math.max(Number(to), first), last);
}

const inFlow = (name: string, parameters: string, twin: string): NativeRow =>
  native(name, parameters, () => DECLINED, { twin });

export const rows: readonly NativeRow[] = [
  inFlow('object.__reduce_ex__', 'self, protocol, /', '_object_reduce_ex'),
  inFlow('object.__reduce__', 'self, /', '_object_reduce'),
  inFlow('object.__getstate__', 'self, /', '_object_state'),
  inFlow('bytearray.__reduce_ex__', 'self, protocol=0, /', '_bytearray_reduce_ex'),
  inFlow('BaseException.__setstate__', 'self, state, /', '_exception_set_state'),
  ...REDUCED.flatMap(([twin, names]) =>
    names.split(' ').map((name) => inFlow(`${name}.__reduce__`, 'self, /', twin)),
  ),
  ...PLACED.map((name) =>
    native(
      `${name}.__setstate__`,
      'self, state, /',
      (_context, self, state) => {
        const it = self instanceof Instance ? self.base : self;
        return it instanceof NativeIterator ? place(it, state) : DECLINED;
      },
      { twin: '_lazy_set_state' },
    ),
  ),
  native('_iterator_parts', 'it, /', (_context, it) => parts(iteratorOf(it))),
  native('_iterator_rest', 'it, /', (_context, it) => rest(iteratorOf(it))),
  native('_is_builtin_class', 'cls, /', (_context, cls) => {
    return cls instanceof TypeObject && cls.isBuiltin;
  }),
  native('_is_native_iterator', 'it, /', (_context, it) => {
    return (it instanceof Instance ? it.base : it) instanceof NativeIterator;
  }),
];
