// Methods of type, and what types make by `list[int]` and `int | None`.

import { List, Tuple } from '../../vm/values/collections.ts';
import { identical } from '../../vm/values/compare.ts';
import { NOT_IMPLEMENTED } from '../../vm/values/constants.ts';
import { Dict } from '../../vm/values/dict.ts';
import { attributeError, typeError } from '../../vm/values/exception.ts';
import { Instance, TypeObject } from '../../vm/values/type.ts';
import { typeOf } from '../../vm/values/typeof.ts';
import { types, type TypeName } from '../../vm/values/types.ts';
import type { Slot, Value } from '../../vm/values/value.ts';
import { subclassesOf } from '../../vm/machine/classes.ts';
import { DECLINED, native, type NativeRow } from '../../vm/machine/native.ts';
import type { AttributeRow } from '../../vm/machine/registry.ts';
import { typeNamed } from './iterator.ts';
import { given, wrongSelf } from './object-receiver.ts';

/** Builtin types that can be subscripted: `list[int]`. */
const GENERIC: ReadonlySet<TypeObject> = new Set([
  types.list,
  types.tuple,
  types.dict,
  types.set,
  types.frozenset,
  types.type,
  types.enumerate,
  types.mappingproxy,
  types.BaseExceptionGroup,
  types.ExceptionGroup,
]);

/** Whether flow code says what an object's `__class__` is. */
export function saysItsClass(object: Value): boolean {
  if (!(object instanceof Instance)) return false;
  const { cls } = object;
  return (
    cls.lookup('__class__') !== undefined ||
    cls.lookup('__getattribute__') !== types.object.lookup('__getattribute__')
  );
}

function typeOfSelf(method: string, self: Slot): TypeObject {
  if (self instanceof TypeObject) return self;
  throw wrongSelf('type', method, self);
}

/** An instance of GenericAlias or UnionType, whose parts are under names no program can write. */
function expression(type: TypeObject, parts: Readonly<Record<string, Value>>): Instance {
  const made = new Instance(type);
  for (const [name, part] of Object.entries(parts)) made.setOwn(` ${name}`, part);
  return made;
}

/** cls[key] of a builtin type; undefined if it is not generic. */
export function genericAlias(cls: TypeObject, key: Value): Value | undefined {
  const builtin = cls.mro.find((each) => each.isBuiltin);
  if (builtin === undefined || !GENERIC.has(builtin)) return undefined;
  if (builtin === types.type && cls !== types.type) return undefined;
  return makeAlias(cls, key);
}

function makeAlias(cls: Value, key: Value): Value {
  const args = key instanceof Tuple ? key : new Tuple([key]);
  const parts = { __origin__: cls, __args__: args };
  const variables = variablesOf(args.items);
  const more = variables.length === 0 ? {} : { __parameters__: new Tuple(variables) };
  return expression(types.GenericAlias, { ...parts, ...more });
}

/** The type variables among the arguments of an alias and in them, each once. */
function variablesOf(args: readonly Value[]): Value[] {
  const found: Value[] = [];
  for (const arg of args) {
    if (!(arg instanceof Instance)) continue;
    const isVariable = arg.cls.lookup('__typing_subst__') !== undefined;
    const inner = arg.getOwn(' __parameters__') ?? arg.getOwn('__parameters__');
    const all = isVariable ? [arg] : inner instanceof Tuple ? inner.items : [];
    for (const each of all) if (!found.some((one) => identical(one, each))) found.push(each);
  }
  return found;
}

/** What can stand in a union: a type, None, an alias or another union. */
function members(value: Value): readonly Value[] | undefined {
  if (value === null) return [types.NoneType];
  if (value instanceof TypeObject) return [value];
  const union = unionMembers(value);
  if (union !== undefined) return union;
  const alias = typeNamed('GenericAlias');
  return alias !== undefined && typeOf(value) === alias ? [value] : undefined;
}

/** The types of a union; undefined for anything else. */
export function unionMembers(value: Value): readonly Value[] | undefined {
  const union = typeNamed('UnionType');
  if (union === undefined || !(value instanceof Instance) || value.cls !== union) return undefined;
  const args = value.getOwn(' __args__');
  return args instanceof Tuple ? args.items : undefined;
}

/** Parts of aliases that are compared; beyond, they are taken for different. */
const PARTS_MAX = 10_000;

/** Whether two members of a union are one: the same type, or aliases of the same parts. */
function isSameMember(left: Value, right: Value): boolean {
  const alias = typeNamed('GenericAlias');
  const pairs: [Value, Value][] = [[left, right]];
  for (let steps = 0; ; steps++) {
    const pair = pairs.pop();
    if (pair === undefined) return true;
    const [a, b] = pair;
    if (identical(a, b)) continue;
    if (!(a instanceof Instance && b instanceof Instance) || steps > PARTS_MAX) return false;
    if (alias === undefined || a.cls !== alias || b.cls !== alias) return false;
    const [these, those] = [partOf(a, '__args__'), partOf(b, '__args__')];
    if (!(these instanceof Tuple && those instanceof Tuple)) return false;
    if (these.items.length !== those.items.length) return false;
    for (const name of ['__origin__', '__unpacked__'])
      pairs.push([partOf(a, name), partOf(b, name)]);
    for (const [i, each] of these.items.entries()) pairs.push([each, those.items[i] as Value]);
  }
}

function unite(left: Value, right: Value): Value {
  const union = typeNamed('UnionType');
  const [a, b] = [members(left), members(right)];
  if (a === undefined || b === undefined) return NOT_IMPLEMENTED;
  const all: Value[] = [];
  for (const each of [...a, ...b]) if (!all.some((one) => isSameMember(one, each))) all.push(each);
  if (all.length === 1) return all[0] as Value;
  if (union === undefined) return new Tuple(all);
  const variables = variablesOf(all);
  const more = variables.length === 0 ? {} : { __parameters__: new Tuple(variables) };
  return expression(union, { __args__: new Tuple(all), ...more });
}

/** A part of what expression() made; None of anything else. */
function partOf(self: Slot, name: string): Value {
  return self instanceof Instance ? given(self.getOwn(` ${name}`)) : null;
}

function partAttribute(type: string, name: string): AttributeRow[] {
  if (typeNamed(type) === undefined) return [];
  return [{ type: type as TypeName, name, get: (_context, self) => partOf(self, name) }];
}

function parametersAttribute(type: 'GenericAlias' | 'UnionType'): AttributeRow[] {
  const get = (self: Value): Value => partOf(self, '__parameters__') ?? new Tuple([]);
  return [{ type, name: '__parameters__', get: (_context, self) => get(self) }];
}

/** *tuple[int]: the same alias, whose elements are meant. */
function starred(self: Slot): Value {
  if (!(self instanceof Instance) || self.cls !== types.GenericAlias) {
    throw typeError('an alias is needed');
  }
  const made = new Instance(self.cls);
  for (const name of ['__origin__', '__args__', '__parameters__']) {
    const part = self.getOwn(` ${name}`);
    if (part !== undefined) made.setOwn(` ${name}`, part);
  }
  made.setOwn(' __unpacked__', true);
  return made;
}

/** What an unpacked tuple[...] stands for among other arguments; None of anything else. */
function unpackedArguments(self: Slot): Value {
  const isTuple = partOf(self, '__origin__') === types.tuple;
  return isTuple && partOf(self, '__unpacked__') === true ? partOf(self, '__args__') : null;
}

function refuse(what: string): never {
  throw typeError(`${what}() argument 2 cannot be a parameterized generic`);
}

function expressionRows(): NativeRow[] {
  const rows: NativeRow[] = [];
  for (const [type, twin] of [
    ['GenericAlias', '_alias_repr'],
    ['UnionType', '_union_repr'],
  ] as const) {
    if (typeNamed(type) === undefined) continue;
    rows.push(
      native(`${type}.__repr__`, 'self, /', () => DECLINED, { twin }),
      native(`${type}.__or__`, 'self, value, /', (_context, self, other) =>
        unite(given(self), given(other)),
      ),
      native(`${type}.__ror__`, 'self, value, /', (_context, self, other) =>
        unite(given(other), given(self)),
      ),
      native(`${type}.__eq__`, 'self, value, /', () => DECLINED, { twin: '_alias_eq' }),
      native(`${type}.__hash__`, 'self, /', () => DECLINED, { twin: '_alias_hash' }),
      native(`${type}.__getitem__`, 'self, item, /', () => DECLINED, { twin: '_alias_getitem' }),
    );
  }
  if (typeNamed('GenericAlias') !== undefined) {
    rows.push(
      native('GenericAlias.__new__', 'cls, origin, args, /', (_context, _cls, origin, args) =>
        makeAlias(given(origin), given(args)),
      ),
      native('GenericAlias.__call__', 'self, /, *args, **kwargs', () => DECLINED, {
        twin: '_alias_call',
      }),
      native('GenericAlias.__iter__', 'self, /', () => DECLINED, { twin: '_alias_iter' }),
      native('_starred_alias', 'alias, /', (_context, alias) => starred(alias)),
      native('GenericAlias.__instancecheck__', 'self, instance, /', () => refuse('isinstance')),
      native('GenericAlias.__subclasscheck__', 'self, subclass, /', () => refuse('issubclass')),
      native(
        'GenericAlias.__mro_entries__',
        'self, bases, /',
        (_context, self) => new Tuple([partOf(self, '__origin__')]),
      ),
    );
  }
  return rows;
}

/** The types of GENERIC by name: `list.__class_getitem__(int)`; type alone has no such method. */
const SUBSCRIPTED = [
  'list',
  'tuple',
  'dict',
  'set',
  'frozenset',
  'enumerate',
  'mappingproxy',
  'BaseExceptionGroup',
] as const;

export const rows: readonly NativeRow[] = [
  ...SUBSCRIPTED.map((name) =>
    native(`${name}.__class_getitem__`, 'cls, item, /', (_context, cls, item) => {
      const alias = cls instanceof TypeObject ? genericAlias(cls, given(item)) : undefined;
      if (alias === undefined) throw wrongSelf(name, '__class_getitem__', cls);
      return alias;
    }),
  ),
  native('type.__call__', 'self, /, *args, **kwargs', () => DECLINED, { twin: '_type_call' }),
  native(
    'type.__instancecheck__',
    'self, instance, /',
    (_context, self, instance) => {
      const cls = typeOfSelf('__instancecheck__', self);
      if (typeOf(given(instance)).isSubtype(cls)) return true;
      return saysItsClass(given(instance)) ? DECLINED : false;
    },
    { twin: '_has_class' },
  ),
  native(
    'type.__subclasscheck__',
    'self, subclass, /',
    (_context, self, subclass) => {
      const cls = typeOfSelf('__subclasscheck__', self);
      return subclass instanceof TypeObject ? subclass.isSubtype(cls) : DECLINED;
    },
    { twin: '_type_is_below' },
  ),
  native('type.__subclasses__', 'self, /', (_context, self) => {
    const cls = typeOfSelf('__subclasses__', self);
    if (!cls.isBuiltin) return new List([...(subclassesOf(cls)?.items ?? [])]);
    throw attributeError('a builtin class does not know its subclasses in flow');
  }),
  native('type.__prepare__', 'cls, /, *args, **kwargs', () => new Dict()),
  native('type.__or__', 'self, value, /', (_context, self, other) =>
    unite(given(self), given(other)),
  ),
  native('type.__ror__', 'self, value, /', (_context, self, other) =>
    unite(given(other), given(self)),
  ),
  ...expressionRows(),
  native('_generic_alias', 'cls, key, /', (_context, cls, key) => {
    if (!(cls instanceof TypeObject)) throw typeError('a type is needed');
    return genericAlias(cls, given(key)) ?? null;
  }),
  // What classes of the library give for `deque[int]`.
  native('_make_alias', 'cls, key, /', (_context, cls, key) => {
    if (!(cls instanceof TypeObject)) throw typeError('a type is needed');
    return makeAlias(cls, given(key));
  }),
  native('_union_members', 'x, /', (_context, value) => {
    const found = unionMembers(given(value));
    return found === undefined ? null : new Tuple(found);
  }),
];

export const attributes: readonly AttributeRow[] = [
  ...partAttribute('GenericAlias', '__origin__'),
  ...partAttribute('GenericAlias', '__args__'),
  ...partAttribute('UnionType', '__args__'),
  {
    type: 'GenericAlias',
    name: '__unpacked__',
    get: (_context, self) => partOf(self, '__unpacked__') === true,
  },
  {
    type: 'GenericAlias',
    name: '__typing_unpacked_tuple_args__',
    get: (_context, self) => unpackedArguments(self),
  },
  ...parametersAttribute('GenericAlias'),
  ...parametersAttribute('UnionType'),
];
