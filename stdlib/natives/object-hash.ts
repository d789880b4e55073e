// hash() for natives.

import { hashValue } from '../../vm/values/hash.ts';
import { NEEDS_FLOW, type Hash } from '../../vm/values/keys.ts';
import type { Value } from '../../vm/values/value.ts';
import { DECLINED, type NativeContext } from '../../vm/machine/native.ts';

/**
 * The hash of an object compared by identity: its id() without the low bits
 * that are the same for all, as CPython takes it from an address.
 */
export function identityHash(context: NativeContext, value: Value): Hash {
  return context.idOf(value) / 16;
}

/** hash(value), if no class has a say in it. */
export function hashed(context: NativeContext, value: Value): Hash | typeof DECLINED {
  const hash = hashValue(value, (object) => identityHash(context, object));
  return hash === NEEDS_FLOW ? DECLINED : hash;
}
