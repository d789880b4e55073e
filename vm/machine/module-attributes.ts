// Attributes of modules: their globals, what every module has, and a __getattr__ of their own.

import { Dict } from '../values/dict.ts';
import { Instance } from '../values/type.ts';
import { types } from '../values/types.ts';
import type { Slot, Value } from '../values/value.ts';
import { BoundMethod, ModuleObject } from './function.ts';
import { PRELUDE } from './link.ts';
import type { Machine } from './machine.ts';
import { globalSlot, namespaceOf } from './namespace.ts';

/** Whether a module is `builtins`: the prelude, as whom programs meet what every module has. */
export function isBuiltins(object: ModuleObject): boolean {
  return object.unit.module.name === PRELUDE;
}

/** An attribute of a module, its __getattr__ aside. */
export function findOnModule(machine: Machine, object: ModuleObject, name: string): Slot {
  const value = isBuiltins(object) ? machine.builtin(name, false) : moduleGlobal(object, name);
  if (value !== undefined) return value;
  const { module } = object.unit;
  switch (name) {
    case '__name__':
      return module.name;
    case '__file__':
      return module.file;
    case '__doc__': {
      const doc = module.functions[0]?.doc ?? -1;
      return doc < 0 ? null : (object.unit.constants[doc] ?? null);
    }
    case '__class__':
      return types.module;
    case '__dict__':
      return isBuiltins(object) ? builtinsDict(machine) : namespaceOf(object);
    case '__reduce__':
    case '__reduce_ex__': {
      const method = types.module.lookup(name);
      return method === undefined ? undefined : new BoundMethod(object, method);
    }
    default:
      return undefined;
  }
}

function builtinsDict(machine: Machine): Dict {
  const dict = new Dict();
  for (const name of machine.builtinNames()) dict.set(name, machine.builtin(name, false) ?? null);
  return dict;
}

export function moduleGlobal(object: ModuleObject, name: string): Slot {
  const slot = globalSlot(object, name);
  return slot >= 0 ? object.slots[slot] : object.extra?.getText(name);
}

export function setModuleGlobal(object: ModuleObject, name: string, value: Value): void {
  const slot = globalSlot(object, name);
  if (slot >= 0) {
    object.slots[slot] = value;
    object.stored(slot);
  } else {
    (object.extra ??= new Dict()).set(name, value);
    object.touch();
  }
}

/** __getattr__ of a module (PEP 562), which takes but the name. */
export function moduleHook(object: Value): Slot {
  if (object instanceof ModuleObject) return moduleGlobal(object, '__getattr__');
  if (!(object instanceof Instance) || object.cls.layout !== 'module') return undefined;
  return object.getOwn('__getattr__');
}
