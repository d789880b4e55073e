// Natives that only the library may name: what the flow halves of the language
// (stdlib/prelude) need to know of values and types.
//
// Bytecode that names them all the same can do no harm: each checks what it is
// given, and none breaks an invariant of the values it changes (L7).

import { List, Tuple } from '../../vm/values/collections.ts';
import { indexError, overflowError, typeError, valueError } from '../../vm/values/exception.ts';
import { hashOfSet, hashOfTuple } from '../../vm/values/hash-mix.ts';
import { hashInt } from '../../vm/values/hash.ts';
import { INDEX_MAX } from '../../vm/values/limits.ts';
import { escapeNonAscii } from '../../vm/values/plain-text.ts';
import { instanceOf, intOf, isIndexSized, plain } from '../../vm/values/plain.ts';
import { Instance, TypeObject } from '../../vm/values/type.ts';
import { typeOf } from '../../vm/values/typeof.ts';
import { types } from '../../vm/values/types.ts';
import type { Slot, Value } from '../../vm/values/value.ts';
import {
  BoundMethod,
  FunctionObject,
  MethodWrapper,
  PropertyObject,
} from '../../vm/machine/function.ts';
import {
  DECLINED,
  Native,
  native,
  TailCall,
  type NativeResult,
  type NativeRow,
} from '../../vm/machine/native.ts';
import { printed } from './bytes-encode.ts';
import { isLazy, typeNamed } from './iterator.ts';
import { sortTogether } from './list-sort.ts';
import { given, receive } from './object-receiver.ts';

function text(value: Slot): string {
  if (typeof value === 'string') return value;
  throw typeError('a str is needed');
}

function type(value: Slot): TypeObject {
  if (value instanceof TypeObject) return value;
  throw typeError('a type is needed');
}

function integer(value: Slot): number | bigint {
  const int = intOf(value);
  if (int === undefined) throw typeError('an int is needed');
  return int;
}

/** Special methods that a class says it has not by setting them to None; others are called. */
const ABSENT_IF_NONE: ReadonlySet<string> = new Set([
  '__contains__',
  '__hash__',
  '__iter__',
  '__reversed__',
]);

/** The bound special method of a value's class; None if there is none. */
function typeMethod(self: Value, name: string): NativeResult {
  const cls = typeOf(self);
  const method = cls.lookup(name);
  if (method === undefined) return null;
  if (method === null) return ABSENT_IF_NONE.has(name) ? null : DECLINED;
  if (method instanceof FunctionObject) return new BoundMethod(self, method);
  if (method instanceof Native) {
    if (method.ofType === null || name === '__new__') return method;
    return new BoundMethod(method.parameters[0]?.name === 'cls' ? cls : self, method);
  }
  if (method instanceof MethodWrapper) {
    return method.kind === 'static' ? method.callable : new BoundMethod(cls, method.callable);
  }
  if (method instanceof PropertyObject && method.getter !== null) {
    return new TailCall(method.getter, [self]);
  }
  const hasGetter = method instanceof Instance && method.cls.lookup('__get__') !== undefined;
  return hasGetter ? DECLINED : method;
}

/** Types whose + and * CPython tries after the numbers'. */
const SEQUENCES: ReadonlySet<TypeObject> = new Set([
  types.list,
  types.tuple,
  types.str,
  types.bytes,
  types.bytearray,
]);
const SEQUENCE_SLOTS: ReadonlySet<string> = new Set([
  '__add__',
  '__mul__',
  '__rmul__',
  '__iadd__',
  '__imul__',
]);

function isSequenceSlot(method: Slot): boolean {
  if (!(method instanceof BoundMethod) || !(method.callable instanceof Native)) return false;
  const { ofType, row } = method.callable;
  const name = row.name.slice(row.name.indexOf('.') + 1);
  return ofType !== null && SEQUENCES.has(ofType) && SEQUENCE_SLOTS.has(name);
}

/** Builtin types that are sequences to C, so that `del x[0]` fails with other words. */
const SEQUENCE_LIKE: ReadonlySet<TypeObject> = new Set([
  ...SEQUENCES,
  types.range,
  types.set,
  types.frozenset,
  types.dict_keys,
  types.dict_values,
  types.dict_items,
]);

/** What a __hash__ in flow said, as a hash: CPython cuts what is too long for 64 bits. */
function foldHash(value: number | bigint): number | bigint {
  if (typeof value === 'bigint' && (value > INDEX_MAX || value < -INDEX_MAX - 1n)) {
    return hashInt(value);
  }
  return value === -1 ? -2 : value;
}

function combineHashes(kind: Slot, list: Slot): number | bigint {
  const hashes = receive(List, 'list', '_combine_hashes', list).items.map(integer);
  return text(kind) === 'tuple' ? hashOfTuple(hashes) : hashOfSet(hashes);
}

// ------------------------------------------------------------ lazy iterators

/** Of a builtin type by its name, or of that or a class under it. */
function makeLazy(kind: Slot, parts: Slot): Value {
  const asked = kind instanceof TypeObject ? kind : typeNamed(text(kind));
  const cls = asked?.mro.find(({ isBuiltin }) => isBuiltin);
  if (asked === undefined || cls === undefined || !(parts instanceof Tuple)) {
    throw typeError('no such iterator');
  }
  const lazy = new Instance(cls);
  if (!isLazy(lazy)) throw typeError('no such iterator');
  for (const [i, part] of parts.items.entries()) lazy.setOwn(` ${i}`, part);
  return instanceOf(asked, lazy);
}

function lazyOf(self: Slot): Instance {
  const lazy = self instanceof Instance ? (self.base ?? self) : self;
  if (isLazy(lazy)) return lazy;
  throw typeError('a lazy iterator is needed');
}

function lazySet(self: Slot, index: Slot, value: Slot): null {
  const lazy = lazyOf(self);
  const name = ` ${integer(index)}`;
  if (lazy.getOwn(name) === undefined) throw valueError('no such part');
  lazy.setOwn(name, given(value));
  return null;
}

// ----------------------------------------------------------------- sorting

function give(self: Slot, items: Slot): boolean {
  const list = receive(List, 'list', 'sort', self);
  const changed = list.items.length > 0;
  list.items = receive(List, 'list', 'sort', items).items.slice();
  list.touchAll();
  return changed;
}

function take(self: Slot): List {
  const list = receive(List, 'list', 'sort', self);
  const taken = new List(list.items);
  list.items = [];
  list.touchAll();
  return taken;
}

function rotate(self: Slot, first: number, last: number): null {
  const list = receive(List, 'list', 'sort', self);
  const { items } = list;
  if (!(first >= 0 && first <= last && last < items.length)) {
    throw indexError('list index out of range');
  }
  const moved = items[last] as Value;
  for (let at = last; at > first; at--) items[at] = items[at - 1] as Value;
  items[first] = moved;
  list.touchRange(first, last);
  return null;
}

/** Messages call a class by its module as well, as they do those that CPython has in C. */
function nameAsBuiltin(cls: TypeObject): TypeObject {
  const module = cls.attrs.get('__module__');
  if (cls.isBuiltin || typeof module !== 'string') throw typeError('a class of a module is needed');
  cls.name = `${module}.${cls.qualname}`;
  cls.touch();
  return cls;
}

export const rows: readonly NativeRow[] = [
  native('_type_method', 'x, name, /', (_context, x, name) => typeMethod(given(x), text(name)), {
    twin: '_type_method_slow',
  }),
  native('_type_has', 'x, name, /', (_context, x, name) => {
    return typeOf(given(x)).lookup(text(name)) !== undefined;
  }),
  native('_type_attribute', 'x, name, /', (_context, x, name) =>
    given(typeOf(given(x)).lookup(text(name))),
  ),
  native('_ssize', 'n, /', (_context, n) => {
    const int = intOf(n);
    if (int === undefined) {
      throw typeError(`'${typeOf(given(n)).name}' object cannot be interpreted as an integer`);
    }
    if (isIndexSized(int)) return int;
    throw overflowError('Python int too large to convert to C ssize_t');
  }),
  native('_type_name', 'x, /', (_context, x) => typeOf(given(x)).name),
  native('_name_as_builtin', 'cls, /', (_context, cls) => nameAsBuiltin(type(cls))),
  native('_class_name', 'cls, /', (_context, cls) => type(cls).name),
  native('_is_a', 'x, cls, /', (_context, x, cls) => typeOf(given(x)).isSubtype(type(cls))),
  native('_is_subtype', 'cls, of, /', (_context, cls, of) => type(cls).isSubtype(type(of))),
  native('_overrides', 'a, b, name, /', (_context, a, b, name) => {
    const method = typeOf(given(b)).lookup(text(name));
    return method !== typeOf(given(a)).lookup(text(name));
  }),
  native('_is_sequence_slot', 'method, /', (_context, method) => isSequenceSlot(method)),
  native('_is_sequence_like', 'x, /', (_context, x) => {
    const cls = typeOf(given(x));
    return !cls.isBuiltin || SEQUENCE_LIKE.has(cls);
  }),
  native('_builtin_type', 'name, /', (_context, name) => {
    const cls = typeNamed(text(name));
    if (cls === undefined) throw valueError('no such type');
    return cls;
  }),
  native('_has_type', 'name, /', (_context, name) => typeNamed(text(name)) !== undefined),
  native('_plain', 'x, /', (_context, x) => plain(given(x))),
  native('_fold_hash', 'hash, /', (_context, hash) => foldHash(integer(hash))),
  native('_combine_hashes', 'kind, hashes, /', (_context, kind, hashes) =>
    combineHashes(kind, hashes),
  ),
  native('_escape_text', 'text, /', (_context, value) => escapeNonAscii(text(plain(given(value))))),
  native('_write', 'text, stream, /', (context, value, stream) => {
    const to = stream === 'stderr' ? 'stderr' : 'stdout';
    context.write(printed(text(plain(given(value))), to), to);
    return null;
  }),
  native('_lazy', 'kind, /, *parts', (_context, kind, parts) => makeLazy(kind, parts)),
  native('_lazy_part', 'x, index, /', (_context, x, index) =>
    given(lazyOf(x).getOwn(` ${integer(index)}`)),
  ),
  native('_lazy_set', 'x, index, value, /', (_context, x, index, value) =>
    lazySet(x, index, value),
  ),
  // A method of any callable, such as the getter of a namedtuple's field: no frame is needed.
  native(
    '_bind_method',
    'callable, self, /',
    (_context, callable, self) => new BoundMethod(given(self), given(callable)),
  ),
  native('_tuple_item', 'index, self, /', (_context, index, self) => {
    const item = receive(Tuple, 'tuple', '__getitem__', self).items[Number(integer(index))];
    if (item === undefined) throw indexError('tuple index out of range');
    return item;
  }),
  native('_list_take', 'items, /', (_context, items) => take(items)),
  native('_list_give', 'items, sorted, /', (_context, items, sorted) => give(items, sorted)),
  // The element at `last` taken out and put in at `first`, below it.
  native('_list_rotate', 'items, first, last, /', (_context, items, first, last) =>
    rotate(items, Number(integer(first)), Number(integer(last))),
  ),
  native('_sort_native', 'keys, values, reverse, /', (_context, keys, values, reverse) =>
    sortTogether(keys, values, reverse === true),
  ),
];
