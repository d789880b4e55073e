// Attributes, written: object.name = value and del object.name.
//
// As in attributes.ts, what must call flow code (a property's setter, __setattr__) is returned as
// a TailCall or made by the machine; nothing here calls (L3).

import { Tuple } from '../values/collections.ts';
import { Dict } from '../values/dict.ts';
import { attributeError, typeError, type Raised } from '../values/exception.ts';
import { Instance, typeEpoch, TypeObject, type Shape } from '../values/type.ts';
import { typeOf } from '../values/typeof.ts';
import { types } from '../values/types.ts';
import type { Value } from '../values/value.ts';
import { attributeProblem, instanceDict, ownHook, missingAttribute, isData } from './attributes.ts';
import { isBuiltins, moduleGlobal, setModuleGlobal } from './module-attributes.ts';
import { globalSlot } from './namespace.ts';
import { invokeFrom, type Stepped } from './calls.ts';
import { CodeObject } from './code.ts';
import { recall, remember, storeKnown, type InlineCache } from './inline-cache.ts';
import { HOOKS, type Frame } from './frame.ts';
import { FunctionObject, ModuleObject, PropertyObject } from './function.ts';
import type { Machine } from './machine.ts';
import { hasSameMembers, MemberObject, memberOf } from './member.ts';
import { TailCall } from './native.ts';
import { ComputedAttribute } from './registry.ts';

// ------------------------------------------------------------------ storing

/** object.name = value, but for what must call flow code, which is returned. */
export function assignAttribute(
  machine: Machine,
  object: Value,
  name: string,
  value: Value,
): TailCall | null {
  if (object instanceof Instance) {
    const attribute = object.cls.lookup(name);
    if (attribute instanceof PropertyObject) {
      if (attribute.setter === null) {
        throw attributeProblem(
          object,
          `property '${name}' of '${object.cls.qualname}' object has no setter`,
        );
      }
      return new TailCall(attribute.setter, [object, value]);
    }
    if (attribute instanceof ComputedAttribute) {
      return setComputed(machine, attribute, object, value);
    }
    if (attribute instanceof MemberObject) {
      memberOf(attribute, object).setOwn(attribute.key, value);
      return null;
    }
    if (attribute instanceof Instance) {
      const set = attribute.cls.lookup('__set__');
      if (set !== undefined) return new TailCall(set, [attribute, object, value]);
      if (isData(attribute)) throw attributeProblem(object, '__set__');
    }
    if (name === '__class__') {
      if (!(value instanceof TypeObject)) {
        throw typeError(`__class__ must be set to a class, not '${typeOf(value).name}' object`);
      }
      if (value.isBuiltin) {
        throw typeError(
          '__class__ assignment only supported for mutable types or ModuleType subclasses',
        );
      }
      changeClass(object, value);
      return null;
    }
    if (!object.cls.hasDict) throw readOnlyOrMissing(object, name);
    if (name === '__dict__') {
      if (!(value instanceof Dict)) {
        throw typeError(`__dict__ must be set to a dictionary, not a '${typeOf(value).name}'`);
      }
      instanceDict(object);
      object.dict = value;
      object.touch();
      return null;
    }
    object.setOwn(name, value);
    return null;
  }
  if (object instanceof TypeObject) return assignOnType(object, name, value);
  if (object instanceof ModuleObject) {
    if (isBuiltins(object)) {
      throw attributeProblem(object, "module 'builtins' cannot be changed in flow");
    }
    setModuleGlobal(object, name, value);
  } else if (object instanceof FunctionObject) assignOnFunction(object, name, value);
  else if (object instanceof PropertyObject && name === '__doc__') object.describe(value);
  else {
    if (name === '__class__') {
      throw typeError(
        value instanceof TypeObject
          ? '__class__ assignment only supported for mutable types or ModuleType subclasses'
          : `__class__ must be set to a class, not '${typeOf(value).name}' object`,
      );
    }
    const attribute = typeOf(object).lookup(name);
    if (!(attribute instanceof ComputedAttribute)) throw readOnlyOrMissing(object, name);
    return setComputed(machine, attribute, object, value);
  }
  return null;
}

function setComputed(
  machine: Machine,
  { row }: ComputedAttribute,
  object: Value,
  value: Value,
): TailCall | null {
  if (row.set === undefined) throw readOnlyOf(row.type, row.name);
  const twin = row.set(machine, object, value);
  return typeof twin === 'string' ? new TailCall(machine.prelude(twin), [object, value]) : null;
}

function changeClass(object: Instance, cls: TypeObject): void {
  if (!hasSameMembers(object.cls, cls)) {
    throw typeError(
      `__class__ assignment: '${cls.name}' object layout differs from '${object.cls.name}'`,
    );
  }
  const names = object.shape.names;
  object.cls = cls;
  object.shape = names.reduce<Shape>((shape, each) => shape.with(each), cls.rootShape);
  object.touch();
}

function assignOnType(object: TypeObject, name: string, value: Value): TailCall | null {
  if (object.isBuiltin) {
    throw typeError(`cannot set '${name}' attribute of immutable type '${object.name}'`);
  }
  const onMeta = object.type.lookup(name);
  if (onMeta instanceof PropertyObject && onMeta.setter !== null) {
    return new TailCall(onMeta.setter, [object, value]);
  }
  switch (name) {
    case '__name__':
    case '__qualname__':
      if (typeof value !== 'string') {
        const found = typeOf(value).name;
        throw typeError(`can only assign string to ${object.name}.${name}, not '${found}'`);
      }
      if (name === '__name__') object.name = value;
      else object.qualname = value;
      object.touch();
      break;
    case '__class__':
      if (!(value instanceof TypeObject)) {
        throw typeError(`__class__ must be set to a class, not '${typeOf(value).name}' object`);
      }
      if (!value.isSubtype(types.type)) {
        throw typeError(
          '__class__ assignment only supported for mutable types or ModuleType subclasses',
        );
      }
      object.meta = value === types.type ? null : value;
      typeEpoch.now++;
      object.touch();
      break;
    case '__bases__':
      throw typeError('the bases of a class cannot be changed in flow');
    default:
      refuseOnType(object, name);
      object.setAttr(name, value);
  }
  return null;
}

/** What every class has, and only is read. */
function refuseOnType(object: TypeObject, name: string): void {
  if (name === '__mro__' || name === '__base__') {
    throw attributeProblem(object, 'readonly attribute');
  }
  if (name === '__dict__') throw readOnly(object, name);
}

function assignOnFunction(object: FunctionObject, name: string, value: Value): void {
  if (object.owner === null && object.id < 0) {
    throw attributeProblem(
      object,
      `'builtin_function_or_method' object has no attribute '${name}'`,
    );
  }
  switch (name) {
    case '__name__':
    case '__qualname__':
      if (typeof value !== 'string') throw typeError(`${name} must be set to a string object`);
      if (name === '__name__') object.name = value;
      else object.qualname = value;
      break;
    case '__defaults__':
      if (value !== null && !(value instanceof Tuple)) {
        throw typeError('__defaults__ must be set to a tuple object');
      }
      object.defaults = value;
      break;
    case '__kwdefaults__':
      if (value !== null && !(value instanceof Dict)) {
        throw typeError('__kwdefaults__ must be set to a dict object');
      }
      object.kwdefaults = value;
      break;
    case '__annotations__':
      if (value !== null && !(value instanceof Dict)) {
        throw typeError('__annotations__ must be set to a dict object');
      }
      object.annotations = value;
      break;
    case '__dict__':
      if (!(value instanceof Dict)) {
        throw typeError(`__dict__ must be set to a dictionary, not a '${typeOf(value).name}'`);
      }
      object.attrs = value;
      break;
    case '__code__':
      if (value === object.code.object) break;
      if (!(value instanceof CodeObject)) {
        throw typeError('__code__ must be set to a code object');
      }
      throw attributeProblem(object, 'the code of a function cannot be changed in flow');
    case '__closure__':
    case '__globals__':
      throw attributeProblem(object, 'readonly attribute');
    default:
      (object.attrs ??= new Dict()).set(name, value);
  }
  object.touch();
}

/** del function.name: what every function has takes the value of one that says nothing. */
function removeFromFunction(object: FunctionObject, name: string): null {
  switch (name) {
    case '__defaults__':
    case '__kwdefaults__':
    case '__annotations__':
    case '__doc__':
      assignOnFunction(object, name, null);
      return null;
    case '__name__':
    case '__qualname__':
      throw typeError(`${name} must be set to a string object`);
    case '__code__':
      throw typeError('__code__ must be set to a code object');
    case '__dict__':
      throw typeError('cannot delete __dict__');
    case '__closure__':
    case '__globals__':
      throw attributeProblem(object, 'readonly attribute');
    default:
  }
  const at = object.attrs?.find(name);
  if (typeof at !== 'number' || at < 0) throw missingAttribute(object, name);
  object.attrs?.removeAt(at);
  return null;
}

function readOnly(object: Value, name: string): Raised {
  return readOnlyOf(typeOf(object).name, name);
}

/** It is the type that has the attribute, which an object's own type may inherit. */
function readOnlyOf(type: string, name: string): Raised {
  return attributeError(`attribute '${name}' of '${type}' objects is not writable`);
}

function readOnlyOrMissing(object: Value, name: string): Raised {
  if (typeOf(object).lookup(name) === undefined) return missingAttribute(object, name);
  return attributeProblem(
    object,
    `'${typeOf(object).name}' object attribute '${name}' is read-only`,
  );
}

/** The name under which instances keep an attribute in a slot; null if more is to be done. */
function slotName(cls: TypeObject, name: string): string | null {
  const attribute = cls.lookup(name);
  if (name === '__class__' || name === '__dict__') return null;
  if (attribute === undefined) return cls.hasDict ? name : null;
  return attribute instanceof MemberObject && cls.isSubtype(attribute.cls) ? attribute.key : null;
}

/** Call a class's own __setattr__ or __delattr__, whatever it is made of. */
function callHook(
  machine: Machine,
  frame: Frame,
  object: Value,
  hook: Value,
  args: readonly Value[],
): Stepped {
  const { callable, self } = machine.bindApart(object, hook);
  return invokeFrom(machine, frame, callable, [...self, ...args], HOOKS.DROP.code);
}

/** object.name = value for the running frame. */
export function storeAttribute(
  machine: Machine,
  frame: Frame,
  object: Value,
  name: string,
  value: Value,
  cache: InlineCache | null,
): Stepped {
  if (object instanceof Instance) {
    const known = cache === null || object.dict !== null ? undefined : recall(cache, object.shape);
    if (known !== undefined) {
      storeKnown(object, known, value);
      return null;
    }
    const setter = ownHook(object.cls, '__setattr__');
    if (setter !== undefined) return callHook(machine, frame, object, setter, [name, value]);
    const key = cache !== null && object.dict === null ? slotName(object.cls, name) : null;
    if (cache !== null && key !== null) {
      const before = object.shape;
      object.setOwn(key, value);
      const next = before === object.shape ? null : object.shape;
      remember(cache, before, object.shape.index.get(key) ?? -1, undefined, next);
      return null;
    }
  } else if (object instanceof TypeObject && object.meta !== null) {
    const setter = ownHook(object.meta, '__setattr__');
    if (setter !== undefined) return callHook(machine, frame, object, setter, [name, value]);
  }
  const call = assignAttribute(machine, object, name, value);
  if (call === null) return null;
  return invokeFrom(machine, frame, call.callable, call.args, HOOKS.DROP.code);
}

// ----------------------------------------------------------------- deleting

/** What no class can be without; the words are CPython's. */
const KEPT: ReadonlySet<string> = new Set([
  '__name__',
  '__qualname__',
  '__bases__',
  '__module__',
  '__doc__',
]);

/** del object.name, but for what must call flow code, which is returned. */
export function removeAttribute(object: Value, name: string): TailCall | null {
  if (object instanceof Instance) {
    const attribute = object.cls.lookup(name);
    if (attribute instanceof PropertyObject) {
      if (attribute.deleter === null) {
        throw attributeProblem(
          object,
          `property '${name}' of '${object.cls.qualname}' object has no deleter`,
        );
      }
      return new TailCall(attribute.deleter, [object]);
    }
    if (attribute instanceof MemberObject) {
      if (memberOf(attribute, object).deleteOwn(attribute.key)) return null;
      throw attributeProblem(object, name);
    }
    if (attribute instanceof Instance) {
      const remove = attribute.cls.lookup('__delete__');
      if (remove !== undefined) return new TailCall(remove, [attribute, object]);
      if (isData(attribute)) throw attributeProblem(object, '__delete__');
    }
    if (attribute instanceof ComputedAttribute) return removeComputed(attribute, object);
    if (name === '__dict__' && object.cls.hasDict) {
      instanceDict(object);
      object.dict = new Dict();
      object.touch();
      return null;
    }
    if (!object.deleteOwn(name)) {
      if (!object.cls.hasDict) throw readOnlyOrMissing(object, name);
      // The instance's own attribute is what is missing, whatever the class has.
      throw missingAttribute(object, name);
    }
    return null;
  }
  if (object instanceof TypeObject) {
    if (object.isBuiltin) {
      throw typeError(`cannot set '${name}' attribute of immutable type '${object.name}'`);
    }
    refuseOnType(object, name);
    if (KEPT.has(name)) {
      throw typeError(`cannot delete '${name}' attribute of immutable type '${object.name}'`);
    }
    if (name === '__class__') throw typeError("can't delete __class__ attribute");
    if (!object.deleteAttr(name)) {
      throw missingAttribute(object, name);
    }
    return null;
  }
  if (object instanceof ModuleObject) {
    const slot = globalSlot(object, name);
    if (moduleGlobal(object, name) === undefined) throw missingAttribute(object, name);
    if (slot >= 0) {
      object.slots[slot] = undefined;
      object.stored(slot);
    } else {
      const at = object.extra?.find(name);
      if (typeof at === 'number' && at >= 0) object.extra?.removeAt(at);
      object.touch();
    }
    return null;
  }
  if (object instanceof FunctionObject) return removeFromFunction(object, name);
  const attribute = typeOf(object).lookup(name);
  if (attribute instanceof ComputedAttribute) return removeComputed(attribute, object);
  throw missingAttribute(object, name);
}

function removeComputed({ row }: ComputedAttribute, object: Value): null {
  if (row.remove !== undefined) row.remove(object);
  else if (row.set === undefined) throw readOnlyOf(row.type, row.name);
  else throw typeError(`${row.name} may not be deleted`);
  return null;
}

/** del object.name for the running frame. */
export function deleteAttribute(
  machine: Machine,
  frame: Frame,
  object: Value,
  name: string,
): Stepped {
  const cls = object instanceof TypeObject ? object.meta : typeOf(object);
  if (cls !== null) {
    const remover = ownHook(cls, '__delattr__');
    if (remover !== undefined) return callHook(machine, frame, object, remover, [name]);
  }
  const call = removeAttribute(object, name);
  if (call === null) return null;
  return invokeFrom(machine, frame, call.callable, call.args, HOOKS.DROP.code);
}
