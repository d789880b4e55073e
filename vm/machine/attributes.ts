// Attributes: object.name, its assignment and its deletion, as Python finds them.
//
// For an instance: a data descriptor of the class, else the instance's own
// attribute, else what the class binds (functions become bound methods), else
// __getattr__. What must call flow code (a property's getter) is returned as a
// TailCall for the machine to make; nothing here calls (L3).

import { Tuple } from '../values/collections.ts';
import { Dict } from '../values/dict.ts';
import { Raised, makeException, setField, type ExceptionObject } from '../values/exception.ts';
import { HeapObject } from '../values/heap.ts';
import { homeOf, Instance, TypeObject } from '../values/type.ts';
import { typeOf } from '../values/typeof.ts';
import { types } from '../values/types.ts';
import type { Slot, Value } from '../values/value.ts';
import { CALLED, invokeFrom, type Stepped } from './calls.ts';
import { METHOD, PLAIN, recall, remember, type InlineCache } from './inline-cache.ts';
import { HOOKS, type Frame } from './frame.ts';
import {
  BoundMethod,
  FunctionObject,
  MethodWrapper,
  ModuleObject,
  PropertyObject,
  SuperObject,
} from './function.ts';
import type { Machine } from './machine.ts';
import { findOnModule, isBuiltins, moduleHook } from './module-attributes.ts';
import { bestBase, MemberObject, memberOf } from './member.ts';
import { namespaceOf } from './namespace.ts';
import { Native, TailCall } from './native.ts';
import { ComputedAttribute } from './registry.ts';
import { boundSuper } from './super.ts';

/** An attribute, the call that computes it, or undefined if there is none. */
export type Found = Slot | TailCall;

const nameOf = ({ row }: Native): string => row.name.slice(row.name.indexOf('.') + 1);

/** Natives whose first parameter is `cls` belong to the class, __new__ to nobody. */
function bindNativeTo(native: Native, self: Value, cls: TypeObject): Value {
  const first = native.parameters[0]?.name;
  if (native.row.name.endsWith('.__new__')) return native;
  if (first === 'cls') return new BoundMethod(cls, native);
  return new BoundMethod(self, native);
}

/** The name that a class has an attribute under. */
function nameIn(cls: TypeObject, attribute: Value): string | undefined {
  for (const base of cls.mro) {
    for (const [name, value] of base.attrs) if (value === attribute) return name;
  }
  return undefined;
}

/** What a class attribute gives when asked for through an instance. */
function bindTo(machine: Machine, attribute: Value, self: Value, cls: TypeObject): Found {
  if (attribute instanceof FunctionObject) {
    return attribute.code.binds ? new BoundMethod(self, attribute) : attribute;
  }
  if (attribute instanceof Native) {
    return attribute.ofType === null ? attribute : bindNativeTo(attribute, self, cls);
  }
  if (attribute instanceof MethodWrapper) return bindWrapper(machine, attribute, cls);
  if (attribute instanceof PropertyObject) {
    if (attribute.getter === null) {
      const name = nameIn(cls, attribute);
      const what = name === undefined ? 'property' : `property '${name}'`;
      throw attributeProblem(self, `${what} of '${cls.qualname}' object has no getter`);
    }
    return new TailCall(attribute.getter, [self]);
  }
  if (attribute instanceof ComputedAttribute) return attribute.row.get(machine, self);
  if (attribute instanceof SuperObject) return boundSuper(attribute, self);
  if (attribute instanceof MemberObject) {
    const value = memberOf(attribute, self).getOwn(attribute.key);
    if (value === undefined) throw noAttribute(self, attribute.name);
    return value;
  }
  if (attribute instanceof Instance) {
    const get = attribute.cls.lookup('__get__');
    if (get !== undefined) return new TailCall(get, [attribute, self, cls]);
  }
  return attribute;
}

/** What a static or class method gives when asked for: the class binds what is wrapped. */
function bindWrapper(machine: Machine, { kind, callable }: MethodWrapper, cls: TypeObject): Found {
  if (kind === 'static') return callable;
  const isDescriptor =
    callable instanceof MethodWrapper ||
    callable instanceof PropertyObject ||
    (callable instanceof Instance && callable.cls.lookup('__get__') !== undefined);
  return isDescriptor ? bindTo(machine, callable, cls, cls) : new BoundMethod(cls, callable);
}

/** Whether a class attribute has a say in what is stored under its name. */
export function isData(attribute: Value): boolean {
  if (attribute instanceof PropertyObject || attribute instanceof ComputedAttribute) return true;
  if (attribute instanceof MemberObject) return true;
  if (!(attribute instanceof Instance)) return false;
  const { cls } = attribute;
  return cls.lookup('__set__') !== undefined || cls.lookup('__delete__') !== undefined;
}

/** Whether it comes before the instance's own: one that gives nothing itself does not. */
function comesFirst(attribute: Slot): boolean {
  if (attribute === undefined || attribute === null || !isData(attribute)) return false;
  return !(attribute instanceof Instance) || attribute.cls.lookup('__get__') !== undefined;
}

export function attributeProblem(_object: Value, text: string): Raised {
  return new Raised(makeException(types.AttributeError, text));
}

/** The error for an attribute that is not there; it knows object and name. */
export function noAttribute(object: Value, name: string): Raised {
  // A method asks its function last.
  const isOfFunction = object instanceof BoundMethod && !(object.callable instanceof Native);
  if (isOfFunction) return noAttribute(object.callable, name);
  const problem = missingAttribute(object, name);
  setField(problem.exception, 'name', name);
  setField(problem.exception, 'obj', object);
  return problem;
}

/** The same where something was to be stored or deleted: it does not know object and name. */
export function missingAttribute(object: Value, name: string): Raised {
  if (object instanceof TypeObject) {
    return attributeProblem(object, `type object '${object.name}' has no attribute '${name}'`);
  }
  if (object instanceof ModuleObject) {
    return attributeProblem(
      object,
      `module '${object.unit.module.name}' has no attribute '${name}'`,
    );
  }
  if (object instanceof Instance && object.cls.layout === 'module') {
    const own = object.getOwn('__name__');
    const what = typeof own === 'string' ? `module '${own}'` : 'module';
    return attributeProblem(object, `${what} has no attribute '${name}'`);
  }
  return attributeProblem(object, `'${typeOf(object).name}' object has no attribute '${name}'`);
}

/** An AttributeError that a `__getattr__` has raised learns of what it was asked. */
export function nameMissing(error: ExceptionObject, object: Value, name: string): void {
  if ((error.getOwn(' name') ?? null) !== null || (error.getOwn(' obj') ?? null) !== null) return;
  setField(error, 'name', name);
  setField(error, 'obj', object);
}

/** Find an attribute, __getattr__ and __getattribute__ aside. */
export function findAttribute(machine: Machine, object: Value, name: string): Found {
  if (object instanceof Instance) return findOnInstance(machine, object, name);
  if (object instanceof TypeObject) return findOnType(machine, object, name);
  if (object instanceof ModuleObject) return findOnModule(machine, object, name);
  if (object instanceof SuperObject) return findOnSuper(machine, object, name);
  if (object instanceof FunctionObject) {
    const own = functionAttribute(machine, object, name);
    if (own !== undefined) return own;
  } else if (object instanceof BoundMethod) {
    if (name === '__self__') return object.self;
    if (name === '__func__') return object.callable;
    // What every object has is the method's own; the rest is its function's.
    const isOwn = name === '__class__' || types.method.lookup(name) !== undefined;
    const own = isOwn ? undefined : findAttribute(machine, object.callable, name);
    if (own !== undefined) return own;
  } else if (object instanceof Native) {
    if (name === '__name__') return nameOf(object);
    if (name === '__qualname__') return object.ofType === null ? nameOf(object) : object.row.name;
    if (name === '__module__') return object.module;
    if (name === '__doc__') return null;
    if (name === '__objclass__' && object.ofType !== null) return object.ofType;
  } else if (object instanceof PropertyObject) {
    if (name === '__doc__') return object.doc;
    if (name === '__isabstractmethod__') return isAbstractProperty(object);
  } else if (object instanceof MethodWrapper) {
    const own = findOnWrapper(machine, object, name);
    if (own !== undefined) return own;
  }
  const type = typeOf(object);
  if (name === '__class__') return type;
  const attribute = type.lookup(name);
  if (attribute !== undefined) return bindTo(machine, attribute, object, type);
  return name === '__doc__' ? null : undefined;
}

/** What staticmethod and classmethod show of the function in them. */
const TAKEN_OVER: ReadonlySet<string> = new Set([
  '__module__',
  '__name__',
  '__qualname__',
  '__doc__',
  '__annotations__',
  '__isabstractmethod__',
]);

function findOnWrapper(machine: Machine, wrapper: MethodWrapper, name: string): Found {
  if (name === '__func__' || name === '__wrapped__') return wrapper.callable;
  if (!TAKEN_OVER.has(name)) return undefined;
  const own = findAttribute(machine, innermost(wrapper), name);
  return own === undefined && name === '__isabstractmethod__' ? false : own;
}

/** What is in a wrapper, and in no other. */
function innermost(wrapper: Value): Value {
  let inner = wrapper;
  while (inner instanceof MethodWrapper) inner = inner.callable;
  return inner;
}

/** Whether a getter, setter or deleter was marked by abc.abstractmethod(). */
function isAbstractProperty({ getter, setter, deleter }: PropertyObject): boolean {
  return [getter, setter, deleter].some((part) => {
    const inner = innermost(part);
    return inner instanceof FunctionObject && inner.attrs?.getText('__isabstractmethod__') === true;
  });
}

function findOnInstance(machine: Machine, object: Instance, name: string): Found {
  const { cls } = object;
  const attribute = isForwarded(cls, name) ? undefined : cls.lookup(name);
  if (attribute !== undefined && comesFirst(attribute)) {
    return bindTo(machine, attribute, object, cls);
  }
  const own = object.getOwn(name);
  if (own !== undefined) return own;
  if (object.base instanceof MethodWrapper) {
    const inside = findOnWrapper(machine, object.base, name);
    if (inside !== undefined) return inside;
  }
  if (attribute !== undefined) return bindTo(machine, attribute, object, cls);
  if (name === '__class__') return cls;
  if (cls === types.GenericAlias) return findOnOrigin(machine, object, name);
  if (name === '__dict__' && cls.hasDict) return instanceDict(object);
  if (name === '__annotations__' && cls.layout === 'module') {
    object.setOwn(name, new Dict());
    return object.getOwn(name);
  }
  return name === '__doc__' ? null : undefined;
}

/** What `list[int]` has itself; all else is asked of list. */
const ALIAS_OWN: ReadonlySet<string> = new Set([
  '__origin__',
  '__args__',
  '__parameters__',
  '__unpacked__',
  '__typing_unpacked_tuple_args__',
  '__class__',
  '__mro_entries__',
  '__reduce__',
  '__reduce_ex__',
  '__copy__',
  '__deepcopy__',
]);

function isForwarded(cls: TypeObject, name: string): boolean {
  return cls === types.GenericAlias && !ALIAS_OWN.has(name);
}

function findOnOrigin(machine: Machine, alias: Instance, name: string): Found {
  const origin = alias.getOwn(' __origin__') ?? null;
  const found = findAttribute(machine, origin, name);
  if (found === undefined) throw noAttribute(origin, name);
  return found;
}

/** The attributes of an instance as a dict, which from now on is where they live. */
export function instanceDict(object: Instance): Dict {
  if (object.dict === null) {
    const dict = new Dict();
    for (const [i, name] of object.shape.names.entries()) {
      const value = object.slots[i];
      if (value !== undefined && !object.isApart(name)) dict.set(name, value);
    }
    const members = object.memberNames();
    object.slots = members.map((name) => object.getOwn(name));
    object.shape = members.reduce((shape, name) => shape.with(name), object.cls.rootShape);
    object.dict = dict;
    object.touch();
  }
  return object.dict;
}

function findOnType(machine: Machine, object: TypeObject, name: string): Found {
  const meta = object.type;
  const onMeta = meta.lookup(name);
  if (onMeta !== undefined && comesFirst(onMeta)) {
    return bindTo(machine, onMeta, object, meta);
  }
  const own = typeAttribute(object, name);
  if (own instanceof Instance) return boundToClass(own, object);
  if (own instanceof MethodWrapper) return bindWrapper(machine, own, object);
  if (own !== undefined) return own;
  const attribute = object.lookup(name);
  if (attribute !== undefined) {
    if (attribute instanceof MethodWrapper) return bindWrapper(machine, attribute, object);
    if (attribute instanceof Native && attribute.parameters[0]?.name === 'cls') {
      return bindNativeTo(attribute, null, object);
    }
    return attribute instanceof Instance ? boundToClass(attribute, object) : attribute;
  }
  return onMeta === undefined ? undefined : bindTo(machine, onMeta, object, meta);
}

function boundToClass(attribute: Instance, cls: TypeObject): Value | TailCall {
  const get = attribute.cls.lookup('__get__');
  return get === undefined ? attribute : new TailCall(get, [attribute, null, cls]);
}

function typeAttribute(object: TypeObject, name: string): Slot {
  switch (name) {
    case '__name__':
      return object.shortName;
    case '__qualname__':
      return object.qualname;
    case '__class__':
      return object.type;
    case '__bases__':
      return new Tuple([...object.bases]);
    case '__base__':
      return bestBase(object) ?? null;
    case '__mro__':
      return new Tuple([...object.mro]);
    case '__module__':
      return object.isBuiltin ? homeOf(object) : undefined;
    case '__doc__':
      return object.attrs.get('__doc__') ?? null;
    case '__annotations__':
      // A class's own, never those it inherits.
      if (object.isBuiltin) return undefined;
      if (!object.attrs.has('__annotations__')) {
        object.attrs.set('__annotations__', new Dict());
        object.touch();
      }
      return object.attrs.get('__annotations__');
    case '__dict__':
      return proxyOf(object);
    default:
      return undefined;
  }
}

/** The name under which a mappingproxy keeps what it shows: a mapping, or a class. */
export const PROXIED = ' mapping';

/** A mappingproxy of a mapping, or of the attributes of a class. */
export function proxyOf(shown: Value): Instance {
  const proxy = new Instance(types.mappingproxy);
  proxy.setOwn(PROXIED, shown);
  return proxy;
}

function findOnSuper(machine: Machine, object: SuperObject, name: string): Found {
  if (name === '__class__') return types.super;
  if (name === '__thisclass__') return object.cls;
  if (name === '__self__') return object.self;
  if (name === '__self_class__') return object.self === null ? null : object.selfType;
  const mro = object.self === null ? [] : object.selfType.mro;
  for (let i = mro.indexOf(object.cls) + 1; i < mro.length; i++) {
    const attribute = mro[i]?.attrs.get(name);
    if (attribute === undefined) continue;
    if (object.self instanceof TypeObject && object.self === object.selfType) {
      // super() in a class method: functions stay as they are, class methods get the class.
      if (attribute instanceof MethodWrapper) return bindWrapper(machine, attribute, object.self);
      if (attribute instanceof Native && attribute.parameters[0]?.name === 'cls') {
        return bindNativeTo(attribute, null, object.self);
      }
      return attribute;
    }
    return bindTo(machine, attribute, object.self, object.selfType);
  }
  // What a super object has itself: all that an unbound one has.
  const own = types.super.lookup(name);
  return own === undefined ? undefined : bindTo(machine, own, object, types.super);
}

function functionAttribute(machine: Machine, object: FunctionObject, name: string): Slot {
  switch (name) {
    case '__name__':
      return object.name;
    case '__qualname__':
      return object.qualname;
    case '__module__':
      return object.attrs?.getText('__module__') ?? moduleName(object);
    case '__doc__': {
      const set = object.attrs?.getText('__doc__');
      if (set !== undefined) return set;
      const { doc } = object.code.info;
      return doc < 0 ? null : (object.code.unit.constants[doc] ?? null);
    }
    case '__defaults__':
      return object.defaults;
    case '__kwdefaults__':
      return object.kwdefaults;
    case '__annotations__':
      if (object.annotations === null) {
        object.annotations = new Dict();
        object.touch();
      }
      return object.annotations;
    case '__closure__':
      return object.closure;
    case '__code__':
      return object.code.object;
    case '__globals__':
      return isBuiltins(object.module) ? undefined : namespaceOf(machine, object.module);
    case '__dict__':
      if (object.attrs === null) {
        object.attrs = new Dict();
        object.touch();
      }
      return object.attrs;
    case '__get__':
    case '__call__':
      void machine;
      return undefined;
    default:
      return object.attrs?.getText(name);
  }
}

function moduleName(object: FunctionObject): string {
  return object.module.unit.module.name;
}

// ------------------------------------------------------------------ loading

/** object.name for the running frame; fills the instruction's inline cache. */
export function loadAttribute(
  machine: Machine,
  frame: Frame,
  object: Value,
  name: string,
  cache: InlineCache | null,
): Stepped {
  if (object instanceof Instance && cache !== null && object.dict === null) {
    const known = recall(cache, object.shape);
    if (known !== undefined)
      return (known.slot >= 0 ? object.slots[known.slot] : known.value) as Value;
    fillCache(object, name, cache);
  }
  const hooked = hookedGetter(object);
  if (hooked !== undefined) {
    const data = new Tuple([object, name]);
    const { callable, self } = machine.bindApart(object, hooked);
    return invokeFrom(machine, frame, callable, [...self, name], HOOKS.GETATTR.code, data);
  }
  let found: Found;
  try {
    found = findAttribute(machine, object, name);
  } catch (problem) {
    if (!isAttributeError(problem) || typeOf(object).lookup('__getattr__') === undefined) {
      throw problem;
    }
    found = undefined;
  }
  if (found === undefined) {
    const fallback = typeOf(object).lookup('__getattr__');
    if (fallback === undefined) {
      const hook = moduleHook(object);
      if (hook === undefined) throw noAttribute(object, name);
      return invokeFrom(machine, frame, hook, [name]);
    }
    const { callable, self } = machine.bindApart(object, fallback);
    const data = new Tuple([object, name, true]);
    return invokeFrom(machine, frame, callable, [...self, name], HOOKS.GETATTR.code, data);
  }
  if (found instanceof TailCall) {
    const hasFallback =
      object instanceof Instance && object.cls.lookup('__getattr__') !== undefined;
    const hook = hasFallback ? HOOKS.GETATTR.code : HOOKS.VALUE.code;
    const data = hasFallback ? new Tuple([object, name]) : null;
    return invokeFrom(machine, frame, found.callable, found.args, hook, data);
  }
  return found;
}

function isAttributeError(problem: unknown): boolean {
  return problem instanceof Raised && problem.exception.cls.isSubtype(types.AttributeError);
}

/**
 * What a class has in the place of object's own __getattribute__, __setattr__ or __delattr__: often
 * a function, but `__setattr__ = dict.__setitem__` is one, too.
 */
export function ownHook(cls: TypeObject, name: string): Slot {
  const found = cls.lookup(name);
  return found === types.object.lookup(name) ? undefined : found;
}

function hookedGetter(object: Value): Slot {
  if (object instanceof Instance) return ownHook(object.cls, '__getattribute__');
  const isMade = object instanceof TypeObject && object.meta !== null;
  return isMade ? ownHook(object.type, '__getattribute__') : undefined;
}

/** Remember where an instance keeps an attribute, or what its class binds. */
function fillCache(object: Instance, name: string, cache: InlineCache): void {
  if (hookedGetter(object) !== undefined) return;
  const attribute = object.cls.lookup(name);
  if (attribute instanceof MemberObject && object.cls.isSubtype(attribute.cls)) {
    const at = object.shape.index.get(attribute.key);
    if (at !== undefined) remember(cache, object.shape, at, undefined);
    return;
  }
  if (comesFirst(attribute)) return;
  const slot = object.shape.index.get(name);
  if (slot !== undefined) {
    remember(cache, object.shape, slot, undefined);
    return;
  }
  // Only what needs no binding can be handed out again and again.
  if (attribute === undefined || attribute instanceof HeapObject) return;
  remember(cache, object.shape, PLAIN, attribute);
}

/**
 * What to call for object.name(...). Writes the method into `into + 1` and self
 * (or undefined, if it is bound already) into `into` of the task's stack.
 */
export function loadMethod(
  machine: Machine,
  frame: Frame,
  object: Value,
  name: string,
  cache: InlineCache,
  into: number,
): typeof CALLED | true {
  const { stack } = machine.current;
  const type = typeOf(object);
  if (type === cache.builtin) {
    stack[into] = object;
    stack[into + 1] = cache.value;
    return true;
  }
  if (object instanceof Instance) {
    const known = object.dict === null ? recall(cache, object.shape) : undefined;
    if (known !== undefined) {
      stack[into] = object;
      stack[into + 1] = known.value;
      return true;
    }
    const attribute = type.lookup(name);
    if (
      attribute instanceof FunctionObject &&
      attribute.code.binds &&
      object.dict === null &&
      !object.shape.index.has(name) &&
      hookedGetter(object) === undefined
    ) {
      remember(cache, object.shape, METHOD, attribute);
      stack[into] = object;
      stack[into + 1] = attribute;
      return true;
    }
  } else if (!(object instanceof TypeObject || object instanceof ModuleObject)) {
    const attribute = type.lookup(name);
    if (
      attribute instanceof Native &&
      attribute.parameters[0]?.name === 'self' &&
      !(object instanceof SuperObject)
    ) {
      // One cache remembers instances or a builtin type, whichever came last.
      cache.shape = null;
      cache.more = null;
      cache.builtin = type;
      cache.value = attribute;
      stack[into] = object;
      stack[into + 1] = attribute;
      return true;
    }
  }
  // While the frame rests, the slot below the missing one holds "no self".
  stack[into] = undefined;
  const value = loadAttribute(machine, frame, object, name, null);
  if (value === CALLED) return CALLED;
  // What a method has of its own stays bound, as CPython binds it: errors name its type then.
  const staysBound = object instanceof BoundMethod && !(object.callable instanceof Native);
  if (value instanceof BoundMethod && !staysBound) {
    stack[into] = value.self;
    stack[into + 1] = value.callable;
  } else {
    stack[into] = undefined;
    stack[into + 1] = value;
  }
  return true;
}
