// Arguments of natives, checked.
//
// Bytecode is hostile (L7): a native may be called with anything in any place,
// so each takes its arguments through these, and no cast stands unchecked.

import { attributeError, typeError, type Raised } from '../../vm/values/exception.ts';
import { plain, typeName } from '../../vm/values/plain.ts';
import { Instance, TypeObject } from '../../vm/values/type.ts';
import type { Slot, Value } from '../../vm/values/value.ts';

type HostClass<T> = abstract new (...args: never[]) => T;

/** An argument that is always given: what is not, is None. */
export function given(value: Slot): Value {
  return value === undefined ? null : value;
}

/** `self` of a method: an instance of the host class, perhaps inside a subclass's. */
export function receive<T>(kind: HostClass<T>, type: string, method: string, self: Slot): T {
  if (self instanceof kind) return self;
  if (self instanceof Instance && self.base instanceof kind) return self.base;
  throw wrongSelf(type, method, self);
}

/** Dunder methods that CPython defines as ordinary ones, so that it uses other words. */
const ORDINARY = new RegExp(
  [
    '^(?:list|dict)\\.__getitem__$',
    '^(?:dict|set|frozenset)\\.__contains__$',
    '__(?:reversed|length_hint)__$',
  ].join('|'),
);

/** CPython's words for list.append(5, 1), and for list.__len__(5). */
export function wrongSelf(type: string, method: string, self: Slot): Raised {
  const name = typeName(given(self));
  if (method.startsWith('__') && !ORDINARY.test(`${type}.${method}`)) {
    return typeError(`descriptor '${method}' requires a '${type}' object but received a '${name}'`);
  }
  return typeError(
    `descriptor '${method}' for '${type}' objects doesn't apply to a '${name}' object`,
  );
}

/** Setter and deleter of what CPython keeps in a C struct that programs only read. */
export function readOnlyMember(): never {
  throw attributeError('readonly attribute');
}

/** The plain value of an argument, if it is of a host class. */
export function plainAs<T>(kind: HostClass<T>, value: Slot): T | undefined {
  if (value instanceof kind) return value;
  if (value === undefined) return undefined;
  const base = plain(value);
  return base instanceof kind ? base : undefined;
}

/** The class that a `__new__` is to make an instance of. */
export function classOf(cls: Slot, of: TypeObject): TypeObject {
  if (!(cls instanceof TypeObject)) {
    throw typeError(`${of.name}.__new__(X): X is not a type object (${typeName(given(cls))})`);
  }
  if (!cls.isSubtype(of)) {
    throw typeError(`${of.name}.__new__(${cls.name}): ${cls.name} is not a subtype of ${of.name}`);
  }
  return cls;
}
