// The set operations, on sets whose elements the host can compare.
//
// Each follows Objects/setobject.c of CPython 3.11 step by step, because the
// order of the result depends on which elements are added when (vm/values/set.ts).
// `other` is a set, or the elements of any other iterable.

import { Dict } from '../../vm/values/dict.ts';
import { SetObject } from '../../vm/values/set.ts';
import type { Value } from '../../vm/values/value.ts';
import { checkItems, withElements } from './iterator-elements.ts';
import { plainAs } from './object-receiver.ts';

/** What a set operation may be asked to take in: a set, a dict (its keys), or elements. */
export type Other = SetObject | Dict | readonly Value[];

/**
 * An argument of a set operation; undefined if flow code must go over it or
 * compare its elements, or if one can be no element.
 */
export function asOther(value: Value): Other | undefined {
  const set = plainAs(SetObject, value);
  if (set !== undefined) return set.flow === null ? set : undefined;
  if (value instanceof Dict) return value.flow === null ? value : undefined;
  checkItems(value);
  return withElements(value, (items) => (items.every(isPlainKey) ? items : undefined));
}

const probe = new SetObject();

function isPlainKey(value: Value): boolean {
  return typeof probe.find(value) === 'number';
}

function* keysOf(other: Other): Iterable<Value> {
  const keys = other instanceof SetObject || other instanceof Dict ? other.keys : other;
  for (const key of keys) if (key !== undefined) yield key;
}

const has = (other: SetObject | Dict, key: Value): boolean => (other.find(key) as number) >= 0;

export function discard(set: SetObject, key: Value): boolean {
  const at = set.find(key);
  if (typeof at !== 'number' || at < 0) return false;
  set.removeAt(at);
  return true;
}

/** set_update_internal() */
export function updateSet(set: SetObject, other: Other): void {
  if (other instanceof SetObject) {
    set.merge(other);
    return;
  }
  if (other instanceof Dict) set.makeRoom(other.size);
  for (const key of keysOf(other)) set.add(key);
}

/** A set of elements, as set(other) makes it. */
export function setOf(other: Other, frozen = false): SetObject {
  const set = new SetObject(frozen);
  updateSet(set, other);
  return set;
}

/** set_intersection() */
export function intersection(set: SetObject, other: Other, frozen = false): SetObject {
  if (set === other) return set.copy(frozen);
  const result = new SetObject(frozen);
  let [from, within]: [Other, SetObject] = [other, set];
  if (other instanceof SetObject && other.size > set.size) [from, within] = [set, other];
  for (const key of keysOf(from)) if (has(within, key)) result.add(key);
  return result;
}

/** set_difference_update_internal() */
export function removeAll(set: SetObject, other: Other): void {
  if (set === other) {
    set.clear();
    return;
  }
  let gone = other;
  if (other instanceof SetObject && other.size >> 3 > set.size) gone = intersection(set, other);
  for (const key of [...keysOf(gone)]) discard(set, key);
  set.sweep();
}

/** set_difference() */
export function difference(set: SetObject, other: Other, frozen = false): SetObject {
  const sized = other instanceof SetObject || other instanceof Dict;
  if (!sized || set.size >> 2 > other.size) {
    const result = set.copy(frozen);
    removeAll(result, set === other ? result : other);
    return result;
  }
  const result = new SetObject(frozen);
  for (const key of keysOf(set)) if (!has(other, key)) result.add(key);
  return result;
}

/** set_symmetric_difference_update() */
export function toggleAll(set: SetObject, other: Other): void {
  if (set === other) {
    set.clear();
    return;
  }
  const from = other instanceof SetObject || other instanceof Dict ? other : setOf(other);
  for (const key of [...keysOf(from)]) if (!discard(set, key)) set.add(key);
}

/** set_symmetric_difference(): a copy of the other one, toggled by this. */
export function symmetricDifference(set: SetObject, other: Other, frozen = false): SetObject {
  const result = setOf(other, frozen);
  toggleAll(result, set);
  return result;
}

export function isSubset(a: SetObject, b: SetObject): boolean {
  if (a.size > b.size) return false;
  for (const key of keysOf(a)) if (!has(b, key)) return false;
  return true;
}

export function isDisjoint(a: SetObject, other: Other): boolean {
  let [from, within]: [Other, SetObject] = [other, a];
  if (other instanceof SetObject && other.size > a.size) [from, within] = [a, other];
  for (const key of keysOf(from)) if (has(within, key)) return false;
  return true;
}
