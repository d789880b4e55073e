// hash(): CPython's numbers wherever those are the same in every run of CPython.
//
//     int, bool, float   the value modulo 2^61 - 1, so equal numbers hash alike
//     str, bytes         SipHash-1-3 as under PYTHONHASHSEED=0 (hash-text.ts)
//     tuple, frozenset   mixed from the hashes of the elements
//     None               CPython 3.12's constant; in 3.11 it was an address
//     identity           a number the caller gives
//
// Invariants:
//
//   H1. equals(a, b) implies hash(a) === hash(b).
//   H2. A hash is a signed 64-bit number, never -1, in the form of V1 (value.ts).

import { mantissaAndExponent } from './arithmetic-float.ts';
import { Bytes, Range, Tuple } from './collections.ts';
import { Complex, type Parts } from './complex.ts';
import { typeError, type Raised } from './exception.ts';
import { hashOfSet, hashOfTuple, type Hash } from './hash-mix.ts';
import { hashBytes, hashText } from './hash-text.ts';
import type { HeapObject } from './heap.ts';
import { NEEDS_FLOW } from './keys.ts';
import { keepsMethod, typeName } from './plain.ts';
import { SetObject } from './set.ts';
import { Instance, TypeObject } from './type.ts';
import { types } from './types.ts';
import { Float, integer, type Value } from './value.ts';

export type { Hash };

/** The hash of an object that is equal only to itself, by its identity. */
export type IdentityHash = (object: HeapObject) => Hash;

const MODULUS = (1n << 61n) - 1n;
const NONE_HASH = 0xfca86420;
const INFINITY_HASH = 314159;
/** CPython hashes a nan by its address; ours has none. */
const NAN_HASH = 0;

function notMinusOne(hash: Hash): Hash {
  return hash === -1 ? -2 : hash;
}

export function hashInt(value: Hash): Hash {
  if (typeof value === 'number') return notMinusOne(value);
  return notMinusOne(integer(value % MODULUS));
}

export function hashFloat(value: number): Hash {
  if (Number.isSafeInteger(value)) return hashInt(value + 0);
  if (Number.isNaN(value)) return NAN_HASH;
  if (!Number.isFinite(value)) return value > 0 ? INFINITY_HASH : -INFINITY_HASH;
  // 2 ** 61 is 1 modulo 2 ** 61 - 1, so a power of two is a rotation.
  const [mantissa, exponent] = mantissaAndExponent(Math.abs(value));
  const shift = BigInt(((exponent % 61) + 61) % 61);
  const hash = integer((mantissa << shift) % MODULUS);
  return notMinusOne(value < 0 ? integer(-BigInt(hash)) : hash);
}

/** Both parts, as 64-bit words: of a number without an imaginary part that of the real one. */
export function hashComplex({ real, imag }: Parts): Hash {
  const sum = BigInt(hashFloat(real)) + 1000003n * BigInt(hashFloat(imag));
  return notMinusOne(integer(BigInt.asIntN(64, sum)));
}

/** The TypeError for a value that can be no key. */
export function unhashable(value: Value): Raised {
  return typeError(`unhashable type: '${typeName(value)}'`);
}

/** A container whose elements are being hashed. */
interface Frame {
  readonly source: Tuple | SetObject | Range;
  readonly items: readonly Value[];
  readonly hashes: Hash[];
  /** Whether an object of a class is among the elements, whose hash may become another. */
  isOpen: boolean;
}

/**
 * hash(value). NEEDS_FLOW if a class has a __hash__ of its own; a TypeError for what can be no
 * key. Gone through with a stack of its own: a tuple may be deep.
 */
export function hashValue(root: Value, identity: IdentityHash): Hash | typeof NEEDS_FLOW {
  const stack: Frame[] = [];
  let value = root;
  for (;;) {
    const entered = enter(value, identity);
    let hash: Hash;
    if (entered === NEEDS_FLOW) return NEEDS_FLOW;
    if (typeof entered === 'object') {
      stack.push(entered);
      hash = 0;
    } else {
      hash = entered;
      const top = stack.at(-1);
      if (top === undefined) return hash;
      top.hashes.push(hash);
      top.isOpen ||= isOpen(value);
    }
    for (let top = stack.at(-1); top?.hashes.length === top?.items.length; top = stack.at(-1)) {
      if (top === undefined) break;
      hash = mix(top);
      stack.pop();
      const parent = stack.at(-1);
      if (parent === undefined) return hash;
      parent.hashes.push(hash);
      parent.isOpen ||= top.isOpen;
    }
    const top = stack.at(-1) as Frame;
    value = top.items[top.hashes.length] as Value;
  }
}

/** The hash of a value, or the elements that must be hashed first. */
function enter(value: Value, identity: IdentityHash): Hash | Frame | typeof NEEDS_FLOW {
  switch (typeof value) {
    case 'number':
    case 'bigint':
      return hashInt(value);
    case 'boolean':
      return value ? 1 : 0;
    case 'string':
      return integer(hashText(value));
    default:
      return value === null ? NONE_HASH : enterObject(value, identity);
  }
}

function enterObject(
  value: Float | HeapObject,
  identity: IdentityHash,
): Hash | Frame | typeof NEEDS_FLOW {
  if (value instanceof Float) return hashFloat(value.value);
  if (value instanceof Complex) return hashComplex(value);
  if (value instanceof Tuple)
    return { source: value, items: value.items, hashes: [], isOpen: false };
  if (value instanceof Bytes) return integer(hashBytes(value.bytes));
  if (value instanceof Range)
    return { source: value, items: rangeParts(value), hashes: [], isOpen: false };
  if (value instanceof SetObject && value.isFrozen) {
    if (value.knownHash !== null) return value.knownHash;
    return { source: value, items: [...value.items()], hashes: [], isOpen: false };
  }
  if (value instanceof Instance) return hashInstance(value, identity);
  if (value instanceof TypeObject && value.meta !== null) {
    if (value.meta.lookup('__hash__') !== types.type.lookup('__hash__')) return NEEDS_FLOW;
  }
  if (value.isUnhashable) throw unhashable(value);
  return value.type === types.method ? NEEDS_FLOW : identity(value);
}

function hashInstance(value: Instance, identity: IdentityHash): Hash | Frame | typeof NEEDS_FLOW {
  if (value.cls.lookup('__hash__') === null) throw unhashable(value);
  if (!keepsMethod(value, '__hash__')) return NEEDS_FLOW;
  if (value.base === undefined) return identity(value);
  const base = value.base;
  if (base instanceof Object && 'isUnhashable' in base && base.isUnhashable)
    throw unhashable(value);
  return enter(base, identity);
}

/** What equal ranges have in common. */
function rangeParts(range: Range): Value[] {
  if (range.length === 0) return [range.length, null, null];
  if (range.length === 1) return [range.length, range.start, null];
  return [range.length, range.start, range.step];
}

/** Whether the hash of a value that has no parts is its own for ever. */
function isOpen(value: Value): boolean {
  if (!(value instanceof Object) || value instanceof Float || value instanceof Bytes) return false;
  return !(value instanceof SetObject);
}

function mix({ source, hashes, isOpen: changes }: Frame): Hash {
  if (!(source instanceof SetObject)) return hashOfTuple(hashes);
  const hash = hashOfSet(hashes);
  if (!changes) source.knownHash = hash;
  return hash;
}
