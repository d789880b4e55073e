// Names of attributes, for dir().

import { List } from '../values/collections.ts';
import { Instance, TypeObject } from '../values/type.ts';
import { typeOf } from '../values/typeof.ts';
import { types } from '../values/types.ts';
import type { Value } from '../values/value.ts';
import { isBuiltins } from './module-attributes.ts';
import { FunctionObject, ModuleObject } from './function.ts';
import type { Machine } from './machine.ts';

/** What every function has that is not in its class here. */
const FUNCTION_NAMES = [
  '__annotations__',
  '__closure__',
  '__code__',
  '__defaults__',
  '__dict__',
  '__doc__',
  '__kwdefaults__',
  '__module__',
  '__name__',
  '__qualname__',
];

/** Names for dir(): those of the instance and of its class. */
export function attributeNames(machine: Machine, object: Value): List {
  const names = new Set<string>();
  if (object instanceof Instance) for (const name of object.ownNames()) names.add(name);
  if (object instanceof ModuleObject && isBuiltins(object)) {
    for (const name of machine.builtinNames()) names.add(name);
  } else if (object instanceof ModuleObject) {
    for (const [i, name] of object.unit.module.globals.entries()) {
      if (object.slots[i] !== undefined) names.add(name);
    }
  }
  if (object instanceof FunctionObject) {
    for (const name of FUNCTION_NAMES) names.add(name);
    for (const [name] of object.attrs?.entries() ?? []) {
      if (typeof name === 'string') names.add(name);
    }
  }
  // An alias has what its type has.
  const origin =
    typeOf(object) === types.GenericAlias ? (object as Instance).getOwn(' __origin__') : null;
  if (origin instanceof TypeObject) {
    for (const each of origin.mro) for (const name of each.attrs.keys()) names.add(name);
  }
  const type = object instanceof TypeObject ? object : typeOf(object);
  const isModule = object instanceof Instance && object.cls.layout === 'module';
  if (!(object instanceof ModuleObject) && !isModule) {
    for (const each of type.mro) for (const name of each.attrs.keys()) names.add(name);
  }
  return new List([...names].toSorted());
}
