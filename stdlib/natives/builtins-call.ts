// Passing a builtin's work on to a special method.

import type { TypeObject } from '../../vm/values/type.ts';
import { typeOf } from '../../vm/values/typeof.ts';
import type { Value } from '../../vm/values/value.ts';
import { FunctionObject } from '../../vm/machine/function.ts';
import { Native, TailCall } from '../../vm/machine/native.ts';

/**
 * A special method of a class that can be called with self in front as it is:
 * a function, or a method of a builtin type. Not a descriptor of another kind.
 */
export function plainMethod(cls: TypeObject, name: string): FunctionObject | Native | undefined {
  const method = cls.lookup(name);
  if (method instanceof FunctionObject) return method;
  return method instanceof Native && method.ofType !== null ? method : undefined;
}

/** The call of a value's special method; undefined if it has none of the plain kind. */
export function callOf(name: string, self: Value, ...args: Value[]): TailCall | undefined {
  const method = plainMethod(typeOf(self), name);
  return method && new TailCall(method, [self, ...args]);
}

/** Whether a class leaves a method as the builtin type has it. */
export function isNativeMethod(cls: TypeObject, name: string): boolean {
  return cls.lookup(name) instanceof Native;
}
