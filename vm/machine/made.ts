// What the prelude makes for instructions whose results are taken unseen.
//
// The verifier proves that MAKE_SET leaves a set, FORMAT a str, and so on, and the words that use
// them do not look (verify-shapes.ts). Where the work is done by flow code, what it returns is held
// against that proof when it comes: hook MADE. A `__format__` may return an instance of a subclass
// of str; what an f-string takes of it is the str.

import { OP } from '../bytecode/opcodes.ts';
import { List } from '../values/collections.ts';
import { Dict } from '../values/dict.ts';
import { SetObject } from '../values/set.ts';
import { Instance } from '../values/type.ts';
import type { Value } from '../values/value.ts';

/** By instruction: the value as it is taken, or undefined if it is not of the kind. */
const KINDS: ReadonlyMap<number, (value: Value) => Value | undefined> = new Map<
  number,
  (value: Value) => Value | undefined
>([
  [OP.FORMAT, text],
  [OP.FORMAT_SPEC, text],
  [OP.MAKE_SET, (value) => (value instanceof SetObject && !value.isFrozen ? value : undefined)],
  [OP.MAKE_DICT, (value) => (value instanceof Dict ? value : undefined)],
  [OP.ARGUMENT_LIST, (value) => (value instanceof List ? value : undefined)],
]);

function text(value: Value): string | undefined {
  const plain = value instanceof Instance ? value.base : value;
  return typeof plain === 'string' ? plain : undefined;
}

/** Whether an instruction takes what is made for it unseen. */
export function isMade(op: number): boolean {
  return KINDS.has(op);
}

/** The value an instruction gets of what was made for it; undefined if it cannot use it. */
export function madeFor(op: number, value: Value): Value | undefined {
  return KINDS.get(op)?.(value);
}
