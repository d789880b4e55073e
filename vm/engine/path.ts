// Paths: what a variable leads to, by attributes and elements.
//
//     orders["a-17"].total     variable orders ──["a-17"]──▶ ──.total──▶ value
//
// A path is followed without running anything: through fields of instances and classes, globals of
// modules, and elements of lists, tuples and dicts. Where flow code would have to be asked (a
// property, a `__getitem__` of a class), it leads nowhere: undefined.

import { Buffer } from 'node:buffer';
import { moduleGlobal } from '../machine/module-attributes.ts';
import {
  FunctionObject,
  MethodWrapper,
  ModuleObject,
  PropertyObject,
} from '../machine/function.ts';
import { MemberObject } from '../machine/member.ts';
import { Native } from '../machine/native.ts';
import { Bytes, List, Range, Tuple } from '../values/collections.ts';
import { Complex } from '../values/complex.ts';
import { Dict } from '../values/dict.ts';
import { Instance, TypeObject } from '../values/type.ts';
import { types } from '../values/types.ts';
import { Float, type Slot, type Value } from '../values/value.ts';

export type PathStep =
  | { readonly kind: 'attribute'; readonly name: string }
  | { readonly kind: 'element'; readonly key: Value };

export interface Path {
  /** As it was written. */
  readonly text: string;
  readonly name: string;
  readonly steps: readonly PathStep[];
}

/** What a path leads to from the value of its variable; undefined if that is nothing. */
export function follow(from: Slot, steps: readonly PathStep[]): Slot {
  let at = from;
  for (const step of steps) {
    if (at === undefined) return undefined;
    at = step.kind === 'attribute' ? attribute(at, step.name) : element(at, step.key);
  }
  return at;
}

function attribute(value: Value, name: string): Slot {
  if (value instanceof ModuleObject) return moduleGlobal(value, name);
  if (value instanceof TypeObject) return asField(value.lookup(name));
  if (!(value instanceof Instance)) return undefined;
  const { cls } = value;
  const isPlain = cls.lookup('__getattribute__') === types.object.lookup('__getattribute__');
  const ofClass = cls.lookup(name);
  if (ofClass instanceof MemberObject) return value.getOwn(ofClass.key);
  if (!isPlain || isDescriptor(ofClass, '__set__')) return undefined;
  return value.getOwn(name) ?? asField(ofClass);
}

/** What a class binds to a name, if an instance gives just that. */
function asField(value: Slot): Slot {
  return isDescriptor(value, '__get__') ? undefined : value;
}

const DESCRIPTORS = [FunctionObject, MethodWrapper, PropertyObject, MemberObject, Native];

function isDescriptor(value: Slot, method: '__get__' | '__set__'): boolean {
  if (value instanceof Instance) return value.cls.lookup(method) !== undefined;
  if (method === '__set__') return value instanceof PropertyObject;
  return DESCRIPTORS.some((kind) => value instanceof kind);
}

function element(container: Value, key: Value): Slot {
  let value = container;
  if (value instanceof Instance && value.base !== undefined) {
    // A class of the program that reads elements as the builtin type does.
    if (!(value.cls.lookup('__getitem__') instanceof Native)) return undefined;
    value = value.base;
  }
  if (value instanceof Dict) {
    const found = value.get(key);
    return typeof found === 'symbol' ? undefined : found;
  }
  if (!(value instanceof List || value instanceof Tuple) || typeof key !== 'number') {
    return undefined;
  }
  return value.items[key < 0 ? value.items.length + key : key];
}

/** Levels of tuples that are compared: deeper ones are taken for changed. */
const DEPTH_MAX = 8;

/**
 * Whether nothing was changed by putting one in the place of the other: the same object, or an
 * equal immutable value of the same type.
 */
export function isSameValue(a: Slot, b: Slot, depth = 0): boolean {
  if (Object.is(a, b)) return true;
  if (a instanceof Float) return b instanceof Float && Object.is(a.value, b.value);
  if (a instanceof Complex) {
    return b instanceof Complex && Object.is(a.real, b.real) && Object.is(a.imag, b.imag);
  }
  if (a instanceof Bytes) {
    return b instanceof Bytes && Buffer.compare(a.bytes, b.bytes) === 0;
  }
  if (a instanceof Range) {
    return b instanceof Range && a.start === b.start && a.stop === b.stop && a.step === b.step;
  }
  if (!(a instanceof Tuple && b instanceof Tuple) || depth > DEPTH_MAX) return false;
  return (
    a.items.length === b.items.length &&
    a.items.every((item, i) => isSameValue(item, b.items[i], depth + 1))
  );
}
