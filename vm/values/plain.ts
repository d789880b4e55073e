// The plain value behind a value, and what may be done with it without flow code.
//
// An instance of a subclass of int, str, list … keeps the plain value in `base`.
// Where CPython looks at the C struct of an argument (a str to be found, bytes
// to be joined), the plain value is all that counts; where it calls a method
// (`__index__`, `__str__`, `__eq__`), the class may have its own, and then only
// flow code can tell.

import { raised, typeError, type Raised } from './exception.ts';
import { NEEDS_FLOW } from './keys.ts';
import { INDEX_MAX } from './limits.ts';
import { Instance, type TypeObject } from './type.ts';
import { typeOf } from './typeof.ts';
import { types } from './types.ts';
import type { Slot, Value } from './value.ts';

/** The plain int, str, list … that a value is or is made of; else the value itself. */
export function plain(value: Value): Value {
  return value instanceof Instance && value.base !== undefined ? value.base : value;
}

/** The same for an argument that may be missing. */
export function plainSlot(value: Slot): Slot {
  return value === undefined ? undefined : plain(value);
}

/** type(value).__name__, for messages. */
export function typeName(value: Value): string {
  return typeOf(value).name;
}

/** Whether the class of an instance leaves a method as the builtin type has it. */
export function keepsMethod(instance: Instance, name: string): boolean {
  const builtin = instance.base === undefined ? types.object : typeOf(instance.base);
  return instance.cls.lookup(name) === builtin.lookup(name);
}

/** Whether a value's class has a method. */
export function hasMethod(value: Value, name: string): boolean {
  const method = typeOf(value).lookup(name);
  return method !== undefined && method !== null;
}

/** The int a value is, bool and subclasses of int included; undefined for all else. */
export function intOf(value: Slot): number | bigint | undefined {
  const base = plainSlot(value);
  if (typeof base === 'number' || typeof base === 'bigint') return base;
  if (typeof base === 'boolean') return base ? 1 : 0;
  return undefined;
}

/** operator.index(value). */
export function toIndex(value: Value): number | bigint | typeof NEEDS_FLOW {
  const int = intOf(value);
  if (int !== undefined) return int;
  if (value instanceof Instance && hasMethod(value, '__index__')) return NEEDS_FLOW;
  throw typeError(`'${typeName(value)}' object cannot be interpreted as an integer`);
}

/** Whether an int fits Py_ssize_t. */
export function isIndexSized(value: number | bigint): boolean {
  return typeof value === 'number' || (value <= INDEX_MAX && value >= -INDEX_MAX - 1n);
}

/** What is said of an int that no size or position can be. */
export function unsized(type: TypeObject, value: Value): Raised {
  return raised(type, `cannot fit '${typeName(value)}' into an index-sized integer`);
}

/** An int as a number, those too large for exactness cut to ±2^53: fit for comparing with sizes. */
export function clampIndex(value: number | bigint): number {
  if (typeof value === 'number') return value;
  return value > 0n ? Number.MAX_SAFE_INTEGER : -Number.MAX_SAFE_INTEGER;
}

/** Bounds of a subsequence of `length`, as `s.find(x, start, end)` takes them. */
export function toBound(value: Slot, missing: number): number | typeof NEEDS_FLOW {
  if (value === undefined || value === null) return missing;
  const int = intOf(value);
  if (int !== undefined) return clampIndex(int);
  if (value instanceof Instance && hasMethod(value, '__index__')) return NEEDS_FLOW;
  throw typeError('slice indices must be integers or None or have an __index__ method');
}

/** A bound counted from the end if negative, and cut to 0..length. */
export function clampBound(bound: number, length: number): number {
  if (bound < 0) return Math.max(0, bound + length);
  return Math.min(bound, length);
}

/** A new instance of a subclass of a builtin type around its plain value. */
export function instanceOf(cls: Instance['cls'], base: Value): Value {
  if (cls.isBuiltin) return base;
  const instance = new Instance(cls);
  instance.base = base;
  return instance;
}
