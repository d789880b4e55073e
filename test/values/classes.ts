// Classes as a program would make them, for tests that have no machine.

import { Tuple } from '../../vm/values/collections.ts';
import { Instance, linearize, TypeObject } from '../../vm/values/type.ts';
import type { Value } from '../../vm/values/value.ts';

/** A class of a base, with methods that stand for ones written in flow. */
export function makeClass(name: string, base: TypeObject, ...methods: string[]): TypeObject {
  const attrs = new Map<string, Value>(methods.map((each) => [each, new Tuple([each])]));
  const cls = new TypeObject(name, [base], base.layout, false, attrs);
  cls.mro = linearize(cls, [base]) ?? [cls];
  return cls;
}

/** An instance, around a plain value if the class is made from a builtin type. */
export function makeInstance(cls: TypeObject, base?: Value): Instance {
  const instance = new Instance(cls);
  instance.base = base;
  return instance;
}
