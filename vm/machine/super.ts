// super objects: bound to an object, or to be bound to whom they are asked for through.
//
//     super(C, x)    bound: attributes of x, as found after C in the order of its class
//     super(C)       unbound: `self` is None, and so `D.__super = super(D)` is bound at each look

import { makeException, Raised, typeError } from '../values/exception.ts';
import { TypeObject } from '../values/type.ts';
import { typeOf } from '../values/typeof.ts';
import { types } from '../values/types.ts';
import type { Slot, Value } from '../values/value.ts';
import { SuperObject } from './function.ts';

/** super(cls, self), where `type` is the class that self has, or says that it has. */
export function makeSuper(cls: Slot, self: Slot, type: TypeObject): SuperObject {
  // super() without a class around it; inside one the compiler writes the arguments.
  if (cls === undefined) {
    throw new Raised(makeException(types.RuntimeError, 'super(): no arguments'));
  }
  if (!(cls instanceof TypeObject)) {
    throw typeError(`super() argument 1 must be a type, not ${typeOf(cls).name}`);
  }
  if (self === undefined)
    throw new Raised(makeException(types.RuntimeError, 'super(): no arguments'));
  if (self instanceof TypeObject && self.isSubtype(cls)) return new SuperObject(cls, self, self);
  if (type.isSubtype(cls)) return new SuperObject(cls, self, type);
  throw typeError('super(type, obj): obj must be an instance or subtype of type');
}

/** What an unbound one gives where a class has it; a bound one is itself. */
export function boundSuper(object: SuperObject, self: Value): SuperObject {
  if (object.self !== null || self === null) return object;
  return makeSuper(object.cls, self, typeOf(self));
}
