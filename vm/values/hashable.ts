// Which objects can be keys, and who knows how to compare them.

import { HeapObject } from './heap.ts';
import { setKeyOracle } from './keys.ts';
import { Instance } from './type.ts';
import type { Slot } from './value.ts';

/** object.__hash__ and object.__eq__, put here when the registry is built. */
export const identityMethods = new Set<HeapObject>();

function isIdentity(method: Slot): boolean {
  return method instanceof HeapObject && identityMethods.has(method);
}

/** Call once, before any dict is made. Only instances can have an equality of their own. */
export function installKeyOracle(): void {
  setKeyOracle({
    kindOf(object) {
      if (!(object instanceof Instance)) return object.isUnhashable ? 'unhashable' : 'identity';
      const hash = object.cls.lookup('__hash__');
      if (hash === null) return 'unhashable';
      const plain = isIdentity(hash) && isIdentity(object.cls.lookup('__eq__'));
      return plain ? 'identity' : 'flow';
    },
  });
}
