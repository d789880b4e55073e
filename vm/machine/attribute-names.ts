// Names of attributes, for dir().

import { List } from '../values/collections.ts';
import { Instance, TypeObject } from '../values/type.ts';
import { typeOf } from '../values/typeof.ts';
import { types } from '../values/types.ts';
import type { Value } from '../values/value.ts';
import { isShown } from './classes.ts';
import { isBuiltins } from './module-attributes.ts';
import { moduleNames } from './namespace.ts';
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
  const addClass = ({ mro }: TypeObject): void => {
    for (const { attrs } of mro)
      for (const name of attrs.keys()) if (isShown(name)) names.add(name);
  };
  if (object instanceof Instance) {
    // What a builtin keeps of its own is under names that no program can write.
    const { isBuiltin } = object.cls;
    for (const name of object.ownNames()) if (!isBuiltin || !name.startsWith(' ')) names.add(name);
  }
  if (object instanceof ModuleObject && isBuiltins(object)) {
    for (const name of machine.builtinNames()) names.add(name);
  } else if (object instanceof ModuleObject) {
    for (const name of moduleNames(object)) names.add(name);
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
  if (origin instanceof TypeObject) addClass(origin);
  const type = object instanceof TypeObject ? object : typeOf(object);
  const isModule = object instanceof Instance && object.cls.layout === 'module';
  if (!(object instanceof ModuleObject) && !isModule) {
    addClass(type);
    names.add('__class__').add('__doc__');
    if (type.hasDict && !type.isBuiltin) names.add('__dict__');
  }
  return new List([...names].toSorted());
}
