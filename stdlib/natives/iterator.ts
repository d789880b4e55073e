// Iterators: their methods, and the constructors of enumerate, zip, reversed,
// map and filter.
//
//     NativeIterator   over builtins the host steps itself (vm/values/iterate.ts)
//     lazy object      over iterators that need flow code: an Instance of the same
//                      builtin type, whose parts only the twins know
//                      (stdlib/prelude/iterators.flow)
//
// So enumerate([1]) is a NativeIterator and enumerate(generator()) a lazy
// object, and a program sees no difference.

import { List, Tuple } from '../../vm/values/collections.ts';
import { raised, typeError } from '../../vm/values/exception.ts';
import { advance, iteratorOf } from '../../vm/values/iterate.ts';
import { ITERATOR_KINDS, NativeIterator } from '../../vm/values/iterator.ts';
import { NEEDS_FLOW } from '../../vm/values/keys.ts';
import { hasMethod, instanceOf, toIndex, typeName } from '../../vm/values/plain.ts';
import { Instance, type TypeObject } from '../../vm/values/type.ts';
import { typeOf } from '../../vm/values/typeof.ts';
import { types, type TypeName } from '../../vm/values/types.ts';
import type { Slot, Value } from '../../vm/values/value.ts';
import { DECLINED, native, TailCall, type NativeRow } from '../../vm/machine/native.ts';
import { checkIterable, iterated, ITERATOR_DEPTH_MAX, iteratorDepth } from './iterator-elements.ts';
import { lengthLeft } from './iterator-length.ts';
import { classOf, given, wrongSelf } from './object-receiver.ts';

/** The types of iterators that the host alone steps. */
const NATIVE_TYPES = [
  'list_iterator',
  'list_reverseiterator',
  'tuple_iterator',
  'str_iterator',
  'str_ascii_iterator',
  'bytes_iterator',
  'bytearray_iterator',
  'range_iterator',
  'longrange_iterator',
  'dict_keyiterator',
  'dict_valueiterator',
  'dict_itemiterator',
  'dict_reversekeyiterator',
  'dict_reversevalueiterator',
  'dict_reverseitemiterator',
  'set_iterator',
] as const;

/** The types that may be lazy objects, with the twin that steps them. */
const LAZY_TYPES = [
  ['enumerate', '_enumerate_next'],
  ['zip', '_zip_next'],
  ['reversed', '_reversed_next'],
  ['map', '_map_next'],
  ['filter', '_filter_next'],
  ['callable_iterator', '_callable_iterator_next'],
  ['iterator', '_iterator_next'],
] as const;

/** A builtin type by name, if this build has it. */
export function typeNamed(name: string): TypeObject | undefined {
  return (types as Readonly<Record<string, TypeObject>>)[name];
}

/** Whether a value is a lazy object: an instance of a builtin iterator type. */
export function isLazy(value: Slot): value is Instance {
  return value instanceof Instance && LAZY_TYPES.some(([name]) => typeNamed(name) === value.cls);
}

const stop = (): Error => raised(types.StopIteration);

function step(name: string, self: Slot): Value | typeof DECLINED {
  if (!(self instanceof NativeIterator)) throw wrongSelf(name, '__next__', self);
  const item = advance(self);
  if (item === undefined) throw stop();
  return item;
}

function checkSelf(name: string, method: string, self: Slot): Value {
  const stepped = self instanceof Instance ? (self.base ?? self) : self;
  if (self !== undefined && (stepped instanceof NativeIterator || isLazy(stepped))) return self;
  throw wrongSelf(name, method, self);
}

/** iter(value), if the host can step it and what it is made of is not too deep. */
function stepper(value: Value): NativeIterator | undefined {
  const source = iterated(value);
  const it = source === undefined ? undefined : iteratorOf(source);
  return it !== undefined && iteratorDepth(it) < ITERATOR_DEPTH_MAX ? it : undefined;
}

function makeEnumerate(iterable: Value, start: Value): NativeIterator | undefined {
  const count = toIndex(start);
  const it = stepper(iterable);
  if (count === NEEDS_FLOW || it === undefined) return undefined;
  return new NativeIterator(ITERATOR_KINDS.enumerate[0], null, count, it);
}

function makeZip(iterables: readonly Value[]): NativeIterator | undefined {
  const inner: NativeIterator[] = [];
  for (const each of iterables) {
    const it = stepper(each);
    if (it === undefined) return undefined;
    inner.push(it);
  }
  return new NativeIterator(ITERATOR_KINDS.zip[0], null, 0, new Tuple(inner));
}

/** reversed(value): a list backwards, a tuple, or what the class's __reversed__ gives. */
function makeReversed(value: Value): Value | TailCall | typeof DECLINED {
  if (value instanceof List) {
    const last = value.items.length - 1;
    return new NativeIterator(ITERATOR_KINDS.listReverse[0], value, last, null);
  }
  if (value instanceof Tuple) {
    const last = value.items.length - 1;
    return new NativeIterator(ITERATOR_KINDS.reversed[0], value, last, null);
  }
  const method = typeOf(value).lookup('__reversed__');
  if (method !== undefined && method !== null && !(value instanceof Instance)) {
    return new TailCall(method, [value]);
  }
  if (!(value instanceof Instance) && !hasMethod(value, '__getitem__')) {
    throw typeError(`'${typeName(value)}' object is not reversible`);
  }
  return DECLINED;
}

/** __next__ of map: one native iterator inside is stepped here, and func called in our place. */
function stepMap(self: Slot): TailCall | typeof DECLINED {
  if (!isLazy(self)) throw wrongSelf('map', '__next__', self);
  const [func, iterators] = [self.getOwn(' 0'), self.getOwn(' 1')];
  if (!(iterators instanceof Tuple) || func === undefined) throw wrongSelf('map', '__next__', self);
  const args: Value[] = [];
  if (!iterators.items.every((each) => each instanceof NativeIterator)) return DECLINED;
  for (const each of iterators.items) {
    const item = each instanceof NativeIterator ? advance(each) : undefined;
    if (item === undefined) throw stop();
    args.push(item);
  }
  return new TailCall(func, args);
}

function lazyRows(name: string, twin: string): NativeRow[] {
  if (typeNamed(name) === undefined) return [];
  return [
    native(
      `${name}.__next__`,
      'self, /',
      (_context, self) => {
        if (name === 'map') return stepMap(self);
        if (isLazy(self)) return DECLINED;
        return step(name, self);
      },
      { twin },
    ),
    native(`${name}.__iter__`, 'this, /', (_context, self) => checkSelf(name, '__iter__', self)),
  ];
}

/** Constructors of lazy types, where all the work is the twin's. */
function lazyConstructors(): NativeRow[] {
  const rows: NativeRow[] = [];
  if (typeNamed('map') !== undefined) {
    rows.push(native('map.__new__', 'cls, /, *args', () => DECLINED, { twin: '_map_new' }));
  }
  if (typeNamed('filter') !== undefined) {
    rows.push(
      native('filter.__new__', 'cls, function, iterable, /', () => DECLINED, {
        twin: '_filter_new',
      }),
    );
  }
  return rows;
}

function hint(self: Slot): number | bigint | typeof DECLINED {
  if (isLazy(self)) return DECLINED;
  if (!(self instanceof NativeIterator)) throw wrongSelf('iterator', '__length_hint__', self);
  return lengthLeft(self);
}

export const rows: readonly NativeRow[] = [
  ...NATIVE_TYPES.flatMap((name: TypeName) => [
    native(`${name}.__next__`, 'self, /', (_context, self) => step(name, self)),
    native(`${name}.__iter__`, 'self, /', (_context, self) => checkSelf(name, '__iter__', self)),
    native(`${name}.__length_hint__`, 'self, /', (_context, self) => hint(self)),
  ]),
  ...LAZY_TYPES.flatMap(([name, twin]) => lazyRows(name, twin)),
  ...lazyConstructors(),
  native('reversed.__length_hint__', 'self, /', (_context, self) => hint(self), {
    twin: '_reversed_length_hint',
  }),
  native(
    'enumerate.__new__',
    'cls, iterable, start=0',
    (_context, cls, iterable, start) => {
      const made = makeEnumerate(given(iterable), given(start));
      if (made !== undefined) return instanceOf(classOf(cls, types.enumerate), made);
      checkIterable(given(iterable));
      return DECLINED;
    },
    { twin: '_enumerate_new' },
  ),
  native(
    'zip.__new__',
    'cls, /, *iterables, strict=False',
    (_context, cls, iterables, strict) => {
      const items = iterables instanceof Tuple ? iterables.items : [];
      // Strictness is checked by the twin: it needs to know which one ended.
      if (strict !== false) return DECLINED;
      const made = makeZip(items);
      return made === undefined ? DECLINED : instanceOf(classOf(cls, types.zip), made);
    },
    { twin: '_zip_new' },
  ),
  native(
    'reversed.__new__',
    'cls, sequence, /',
    (_context, cls, sequence) => {
      const made = makeReversed(given(sequence));
      // A list gives its own iterator, whatever class was asked for.
      return made instanceof NativeIterator && !(sequence instanceof List)
        ? instanceOf(classOf(cls, types.reversed), made)
        : made;
    },
    { twin: '_reversed_new' },
  ),
];
