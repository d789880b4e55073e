// Functions, methods and the wrappers that classes put around them.

import { Cell, Tuple } from '../../vm/values/collections.ts';
import { identical } from '../../vm/values/compare.ts';
import { NOT_IMPLEMENTED } from '../../vm/values/constants.ts';
import { Dict } from '../../vm/values/dict.ts';
import { typeError, valueError } from '../../vm/values/exception.ts';
import type { HeapObject } from '../../vm/values/heap.ts';
import { instanceOf, typeName } from '../../vm/values/plain.ts';
import { Instance } from '../../vm/values/type.ts';
import { typeOf } from '../../vm/values/typeof.ts';
import { types } from '../../vm/values/types.ts';
import type { Slot, Value } from '../../vm/values/value.ts';
import { delegateOf } from '../../vm/machine/awaiting.ts';
import { GeneratorObject } from '../../vm/machine/frame.ts';
import {
  BoundMethod,
  FunctionObject,
  MethodWrapper,
  PropertyObject,
} from '../../vm/machine/function.ts';
import {
  native,
  TailCall,
  type NativeContext,
  type NativeResult,
  type NativeRow,
} from '../../vm/machine/native.ts';
import type { AttributeRow } from '../../vm/machine/registry.ts';
import { classOf, given, plainAs, readOnlyMember, wrongSelf } from './object-receiver.ts';

function keywordsOf(keywords: Slot): ReadonlyMap<string, Value> {
  const map = new Map<string, Value>();
  if (!(keywords instanceof Dict)) return map;
  for (const [key, value] of keywords.entries()) if (typeof key === 'string') map.set(key, value);
  return map;
}

/** `__call__` of what the machine can call itself. */
function callRow(type: string): NativeRow {
  return native(
    `${type}.__call__`,
    'self, /, *args, **kwargs',
    (_context, self, args, keywords) => {
      const items = args instanceof Tuple ? args.items : [];
      return new TailCall(given(self), items, keywordsOf(keywords));
    },
  );
}

function propertyOf(method: string, self: Slot): PropertyObject {
  const property = plainAs(PropertyObject, self);
  if (property === undefined) throw wrongSelf('property', method, self);
  return property;
}

/** The text of a getter's own doc string, which a property takes over. */
function docOf(getter: Value, doc: Value): Value {
  if (doc !== null || !(getter instanceof FunctionObject)) return doc;
  const own = getter.attrs?.getText('__doc__');
  if (own !== undefined) return own;
  const { info, unit } = getter.code;
  return info.doc < 0 ? null : (unit.constants[info.doc] ?? null);
}

/** property.getter(f) and its kin: a copy with one part changed. */
function copying(name: 'getter' | 'setter' | 'deleter'): NativeRow {
  return native(`property.${name}`, 'self, func, /', (_context, self, func) => {
    const property = propertyOf(name, self);
    if (given(func) === null) return property;
    const { getter, setter, deleter, doc } = property;
    const parts = { getter, setter, deleter, [name]: given(func) };
    // A text that was given stays; one that came from the getter goes with it.
    const isTakenOver = doc === null || doc === docOf(getter, null);
    return new PropertyObject(
      parts.getter,
      parts.setter,
      parts.deleter,
      name === 'getter' && isTakenOver ? docOf(given(func), null) : doc,
    );
  });
}

function bind(function_: Slot, instance: Slot, owner: Slot): Value {
  if (instance === null || instance === undefined) {
    if (owner === null || owner === undefined) {
      throw typeError('__get__(None, None) is invalid');
    }
    return given(function_);
  }
  return new BoundMethod(instance, given(function_));
}

function getProperty(self: Slot, instance: Slot): NativeResult {
  const property = propertyOf('__get__', self);
  if (instance === null || instance === undefined) return given(self);
  if (property.getter === null) {
    throw typeError(`property of '${typeName(instance)}' object has no getter`);
  }
  return new TailCall(property.getter, [instance]);
}

/** Of the object and the function together, as equality is. */
function methodHash(context: NativeContext, self: Slot): number {
  if (!(self instanceof BoundMethod)) throw wrongSelf('method', '__hash__', self);
  const [object, callable] = [context.idOf(self.self), context.idOf(self.callable)];
  return (object / 16) * 31 + callable / 16;
}

function sameMethod(self: Slot, other: Slot): boolean | HeapObject {
  if (!(self instanceof BoundMethod) || !(other instanceof BoundMethod)) return NOT_IMPLEMENTED;
  return identical(self.self, other.self) && self.callable === other.callable;
}

export const rows: readonly NativeRow[] = [
  callRow('function'),
  callRow('method'),
  callRow('builtin_function_or_method'),
  native('cell.__new__', 'cls, contents=?, /', (_context, _cls, contents) => new Cell(contents)),
  native('function.__get__', 'self, instance, owner=None, /', (_context, self, instance, owner) =>
    bind(self, instance, owner),
  ),
  native('method.__new__', 'cls, function, instance, /', (_context, _cls, callable, self) => {
    if (given(self) === null) throw typeError('instance must not be None');
    return new BoundMethod(given(self), given(callable));
  }),
  native('method.__get__', 'self, instance, owner=None, /', (_context, self) => given(self)),
  native('method.__eq__', 'self, value, /', (_context, self, other) => sameMethod(self, other)),
  native('method.__hash__', 'self, /', (context, self) => methodHash(context, self)),
  native(
    'property.__new__',
    'cls, fget=None, fset=None, fdel=None, doc=None',
    (_context, cls, getter, setter, deleter, doc) => {
      const property = new PropertyObject(
        given(getter),
        given(setter),
        given(deleter),
        docOf(given(getter), given(doc)),
      );
      return instanceOf(classOf(cls, types.property), property);
    },
  ),
  native(
    'property.__init__',
    'this, fget=None, fset=None, fdel=None, doc=None',
    (_context, self, getter, setter, deleter, doc) => {
      const text = docOf(given(getter), given(doc));
      propertyOf('__init__', self).fill(given(getter), given(setter), given(deleter), text);
      // The class of a subclass has a __doc__ of its own, which would come before the getter's.
      if (self instanceof Instance && given(doc) === null && text !== null) {
        self.setOwn('__doc__', text);
      }
      return null;
    },
  ),
  copying('getter'),
  copying('setter'),
  copying('deleter'),
  // What it is called is looked for in the class when somebody asks.
  native('property.__set_name__', 'this, /, *args', (_context, _self, args) => {
    const count = args instanceof Tuple ? args.items.length : 0;
    if (count === 2) return null;
    throw typeError(`__set_name__() takes 2 positional arguments but ${count} were given`);
  }),
  native('property.__get__', 'this, instance, owner=None, /', (_context, self, instance) =>
    getProperty(self, instance),
  ),
  native('property.__set__', 'self, instance, value, /', (_context, self, instance, value) => {
    const { setter } = propertyOf('__set__', self);
    if (setter === null) throw typeError('property has no setter');
    return new TailCall(setter, [given(instance), given(value)]);
  }),
  native('property.__delete__', 'self, instance, /', (_context, self, instance) => {
    const { deleter } = propertyOf('__delete__', self);
    if (deleter === null) throw typeError('property has no deleter');
    return new TailCall(deleter, [given(instance)]);
  }),
  ...(['static', 'class'] as const).flatMap((kind) => {
    const name = `${kind}method` as const;
    return [
      native(`${name}.__new__`, 'cls, function, /', (_context, cls, callable) =>
        instanceOf(classOf(cls, types[name]), new MethodWrapper(kind, given(callable))),
      ),
      native(`${name}.__init__`, 'self, function, /', (_context, self, callable) => {
        const wrapper = plainAs(MethodWrapper, self);
        if (wrapper === undefined) throw wrongSelf(name, '__init__', self);
        wrapper.fill(given(callable));
        return null;
      }),
      native(
        `${name}.__get__`,
        'self, instance, owner=None, /',
        (_context, self, instance, owner) => {
          const wrapper = plainAs(MethodWrapper, self);
          if (wrapper === undefined) throw wrongSelf(name, '__get__', self);
          if (kind === 'static') return wrapper.callable;
          return new BoundMethod(given(owner) ?? typeOf(given(instance)), wrapper.callable);
        },
      ),
    ];
  }),
];

/** `__name__` or `__qualname__` of what a call of a generator function made. */
function nameRow(
  type: 'generator' | 'coroutine' | 'async_generator',
  name: '__name__' | '__qualname__',
): AttributeRow {
  const field = name === '__name__' ? 'name' : 'qualname';
  return {
    type,
    name,
    get: (_context, self) => (self instanceof GeneratorObject ? self[field] : null),
    set: (_context, self, value) => {
      if (typeof value !== 'string') throw typeError(`${name} must be set to a string object`);
      if (!(self instanceof GeneratorObject)) return;
      self[field] = value;
      self.touch();
    },
  };
}

/** What can be asked about how far a generator is, under the names each kind has for it. */
const PROGRESS: readonly [string, (generator: GeneratorObject) => Value][] = [
  ['gi_running', isRunning],
  ['gi_suspended', isSuspended],
  ['gi_yieldfrom', delegateOf],
  ['cr_suspended', isSuspended],
  ['cr_await', delegateOf],
  ['ag_await', delegateOf],
];

function isRunning({ state }: GeneratorObject): boolean {
  return state === 'running';
}

function isSuspended({ state }: GeneratorObject): boolean {
  return state === 'suspended';
}

const GENERATOR_KINDS = { gi: 'generator', cr: 'coroutine', ag: 'async_generator' } as const;

function progressRow(name: string, get: (generator: GeneratorObject) => Value): AttributeRow {
  const type = GENERATOR_KINDS[name.slice(0, 2) as keyof typeof GENERATOR_KINDS];
  return {
    type,
    name,
    get: (_context, self) => (self instanceof GeneratorObject ? get(self) : null),
  };
}

/** Whether what a descriptor wraps says that it is abstract. */
function isAbstract(value: Value): boolean {
  if (value instanceof FunctionObject) return value.attrs?.getText('__isabstractmethod__') === true;
  if (value instanceof MethodWrapper) return isAbstract(value.callable);
  if (value instanceof PropertyObject) {
    return [value.getter, value.setter, value.deleter].some(isAbstract);
  }
  if (!(value instanceof Instance)) return false;
  const own = value.getOwn('__isabstractmethod__') ?? value.cls.lookup('__isabstractmethod__');
  return own === true || (value.base !== undefined && isAbstract(value.base));
}

/** Attributes that are computed. */
export const attributes: readonly AttributeRow[] = [
  ...(['generator', 'coroutine', 'async_generator'] as const).flatMap((type) => [
    nameRow(type, '__name__'),
    nameRow(type, '__qualname__'),
  ]),
  ...PROGRESS.map(([name, get]) => progressRow(name, get)),
  ...(['property', 'staticmethod', 'classmethod'] as const).map((type): AttributeRow => ({
    type,
    name: '__isabstractmethod__',
    get: (_context, self) => isAbstract(self),
  })),
  ...(
    [
      ['fget', 'getter'],
      ['fset', 'setter'],
      ['fdel', 'deleter'],
    ] as const
  ).map(([name, part]): AttributeRow => ({
    type: 'property',
    name,
    get: (_context, self) => propertyOf(name, self)[part],
    set: readOnlyMember,
    remove: readOnlyMember,
  })),
  {
    type: 'property',
    name: '__doc__',
    get: (_context, self) => propertyOf('__doc__', self).doc,
    set: (_context, self, value) => {
      const property = propertyOf('__doc__', self);
      property.doc = value;
      property.touch();
    },
    remove: (self) => {
      const property = propertyOf('__doc__', self);
      property.doc = null;
      property.touch();
    },
  },
  {
    type: 'cell',
    name: 'cell_contents',
    get: (_context, self) => {
      if (!(self instanceof Cell) || self.value === undefined) throw valueError('Cell is empty');
      return self.value;
    },
    set: (_context, self, value) => {
      if (!(self instanceof Cell)) return;
      self.value = value;
      self.touch();
    },
    remove: (self) => {
      if (!(self instanceof Cell)) return;
      self.value = undefined;
      self.touch();
    },
  },
];
