// Attributes of modules: their globals, what every module has, and a __getattr__ of their own.

import { Dict } from '../values/dict.ts';
import { Instance } from '../values/type.ts';
import { types } from '../values/types.ts';
import type { Slot, Value } from '../values/value.ts';
import { BoundMethod, ModuleObject } from './function.ts';
import { PRELUDE } from './link.ts';
import { globalsOf } from './locals.ts';
import type { Machine } from './machine.ts';

/** Whether a module is `builtins`: the prelude, as whom programs meet what every module has. */
export function isBuiltins(object: ModuleObject): boolean {
  return object.unit.module.name === PRELUDE;
}

/** An attribute of a module, its __getattr__ aside. */
export function findOnModule(machine: Machine, object: ModuleObject, name: string): Slot {
  const value = isBuiltins(object) ? machine.builtin(name, false) : moduleGlobal(object, name);
  if (value !== undefined) return value;
  switch (name) {
    case '__class__':
      return types.module;
    case '__dict__':
      return isBuiltins(object) ? builtinsDict(machine) : namespaceOf(machine, object);
    case '__reduce__':
    case '__reduce_ex__': {
      const method = types.module.lookup(name);
      return method === undefined ? undefined : new BoundMethod(object, method);
    }
    default:
      return moduleDunder(machine, object, name);
  }
}

/** What every module has without binding it, in CPython's order. */
const GIVEN = ['__name__', '__doc__', '__package__', '__loader__', '__spec__'];
const OF_SCRIPT = [...GIVEN, '__annotations__', '__builtins__', '__file__', '__cached__'];
const OF_OTHERS = [...GIVEN, '__file__', '__cached__', '__builtins__'];

function givenNames(object: ModuleObject): readonly string[] {
  return object.unit.module.name === '__main__' ? OF_SCRIPT : OF_OTHERS;
}

/** __name__ and its kin. */
export function moduleDunder(machine: Machine, object: ModuleObject, name: string): Slot {
  if (!name.startsWith('__') || !givenNames(object).includes(name)) return undefined;
  const { module, constants } = object.unit;
  switch (name) {
    case '__name__':
      return module.name;
    case '__file__':
      return module.file;
    case '__doc__': {
      const doc = module.functions[0]?.doc ?? -1;
      return doc < 0 ? null : (constants[doc] ?? null);
    }
    case '__annotations__':
      return new Dict();
    case '__builtins__': {
      // The script has the module, others its names: as CPython happens to have it.
      const builtins = machine.moduleNamed(PRELUDE);
      return module.name === '__main__' ? builtins : builtinsDict(machine);
    }
    case '__package__':
      if (module.name === '__main__') return null;
      return module.isPackage ? module.name : module.name.split('.').slice(0, -1).join('.');
    default:
      return null;
  }
}

/** globals(): what is bound, after what every module has. A copy: to change it binds nothing. */
export function namespaceOf(machine: Machine, object: ModuleObject): Dict {
  const dict = new Dict();
  for (const name of givenNames(object))
    dict.set(name, moduleDunder(machine, object, name) ?? null);
  for (const [name, value] of globalsOf(object).entries()) dict.set(name, value);
  return dict;
}

/** The names of a module, for dir(). */
export function moduleNames(object: ModuleObject): string[] {
  const names = [...globalsOf(object).entries()].flatMap(([name]) =>
    typeof name === 'string' ? name : [],
  );
  return [...givenNames(object), ...names];
}

function builtinsDict(machine: Machine): Dict {
  const dict = new Dict();
  for (const name of machine.builtinNames()) dict.set(name, machine.builtin(name, false) ?? null);
  return dict;
}

const globalIndex = new WeakMap<readonly string[], ReadonlyMap<string, number>>();

/** The slot of a module's global; -1 if the module itself never names it. */
export function globalSlot(object: ModuleObject, name: string): number {
  const { globals } = object.unit.module;
  let index = globalIndex.get(globals);
  if (index === undefined) {
    index = new Map(globals.map((each, i) => [each, i]));
    globalIndex.set(globals, index);
  }
  return index.get(name) ?? -1;
}

export function moduleGlobal(object: ModuleObject, name: string): Slot {
  const slot = globalSlot(object, name);
  return slot >= 0 ? object.slots[slot] : object.extra?.getText(name);
}

export function setModuleGlobal(object: ModuleObject, name: string, value: Value): void {
  const slot = globalSlot(object, name);
  if (slot >= 0) object.slots[slot] = value;
  else (object.extra ??= new Dict()).set(name, value);
  object.touch();
}

/** __getattr__ of a module (PEP 562), which takes but the name. */
export function moduleHook(object: Value): Slot {
  if (object instanceof ModuleObject) return moduleGlobal(object, '__getattr__');
  if (!(object instanceof Instance) || object.cls.layout !== 'module') return undefined;
  return object.getOwn('__getattr__');
}
