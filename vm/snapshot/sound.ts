// What decoded objects must be together: no circle that no program could have made.
//
// A tuple is made of what is there already, so no tuple is inside itself, not even by
// way of other tuples, frozensets, bound methods, iterators over iterators. The machine
// goes along such things without looking back: a circle would hold it for ever.
//
// Keys that are tuples become one text each (keys.ts), which a tuple of shared tuples
// makes longer than all its parts: so their length is reckoned before it is made.
//
// Invariants (L7):
//
//   C1. Objects that never change form no circle through one another.
//   C2. Iterators nest no deeper than ITERATOR_DEPTH_MAX: the host goes down for each.
//   C3. The texts of all composite keys together have KEY_UNITS_MAX units at most.

import {
  BoundMethod,
  FunctionObject,
  MethodWrapper,
  PropertyObject,
  SuperObject,
} from '../machine/function.ts';
import { Bytes, Range, Slice, Tuple } from '../values/collections.ts';
import { HeapObject } from '../values/heap.ts';
import { NativeIterator } from '../values/iterator.ts';
import { SetObject } from '../values/set.ts';
import { Instance } from '../values/type.ts';
import type { Slot } from '../values/value.ts';
import { checkClosure, type OpenTable } from './fill.ts';
import { KIND } from './kinds.ts';
import type { Reader } from './reader.ts';

/** Iterators in iterators: `enumerate(zip(enumerate(…)))`. */
export const ITERATOR_DEPTH_MAX = 1000;

/** UTF-16 units of all texts of composite keys of a state. */
const KEY_UNITS_MAX = 1 << 28;

/** Kinds of objects that are looked at: those of partsOf(), and functions. */
const FROZEN_KINDS: ReadonlySet<number> = new Set([
  KIND.TUPLE,
  KIND.LONG_TUPLE,
  KIND.FROZENSET,
  KIND.LONG_FROZENSET,
  KIND.INSTANCE_MORE,
  KIND.ITERATOR,
  KIND.DICT_ITERATOR,
  KIND.METHOD,
  KIND.METHOD_WRAPPER,
  KIND.SLICE,
  KIND.PROPERTY,
  KIND.SUPER,
  KIND.FUNCTION,
  KIND.FUNCTION_SIGNED,
]);

/** What an object that never changes is made of; undefined for all others. */
function partsOf(object: HeapObject): readonly Slot[] | undefined {
  if (object instanceof Tuple) return object.items;
  if (object instanceof SetObject) return object.isFrozen ? object.keys : undefined;
  if (object instanceof Instance) return object.base === undefined ? undefined : [object.base];
  if (object instanceof NativeIterator) return [object.extra];
  if (object instanceof BoundMethod) return [object.self, object.callable];
  if (object instanceof MethodWrapper) return [object.callable];
  if (object instanceof Slice) return [object.start, object.stop, object.step];
  if (object instanceof PropertyObject) return [object.getter, object.setter, object.deleter];
  if (object instanceof SuperObject) return [object.self];
  return undefined;
}

/** What is known of an object once its parts are known. */
interface Facts {
  /** Units of its text as a part of a key. */
  readonly units: number;
  /** Iterators inside it, one in the other. */
  readonly depth: number;
  /** Whether an object of a class is in it: its text is written anew each time (keys.ts). */
  readonly mayChange: boolean;
}

/** Units that stand for a frozenset whose text is kept, at most. */
const KEPT_UNITS_MAX = 240;

const OPEN = Symbol('open');

/** C1, C2; and closures, which need their tuples filled. */
export function checkSound(reader: Reader): SoundFacts {
  const facts = new SoundFacts();
  for (const raw of reader.gathered.objects.values()) {
    if (!FROZEN_KINDS.has(raw.row[0] as number) || raw.object === null) continue;
    reader.at = raw;
    const { object } = raw;
    if (object instanceof FunctionObject) checkClosure(reader, object);
    else if (!facts.visit(object)) throw reader.fault('it is inside itself');
    if (facts.depthOf(object) > ITERATOR_DEPTH_MAX) throw reader.fault('iterators nest too deep');
  }
  reader.at = null;
  return facts;
}

export class SoundFacts {
  private readonly known = new Map<HeapObject, Facts | typeof OPEN>();

  /** Go through an object and what it is made of; false if there is a circle. */
  visit(root: HeapObject): boolean {
    const todo: HeapObject[] = [root];
    for (let object = todo.at(-1); object !== undefined; object = todo.at(-1)) {
      const state = this.known.get(object);
      const parts = state === undefined || state === OPEN ? partsOf(object) : undefined;
      if (parts === undefined) {
        todo.pop();
        continue;
      }
      if (state === OPEN) {
        todo.pop();
        this.known.set(object, this.sum(object, parts));
        continue;
      }
      this.known.set(object, OPEN);
      for (const part of parts) {
        if (!(part instanceof HeapObject)) continue;
        const inner = this.known.get(part);
        if (inner === OPEN) return false;
        if (inner === undefined && partsOf(part) !== undefined) todo.push(part);
      }
    }
    return true;
  }

  private sum(object: HeapObject, parts: readonly Slot[]): Facts {
    let units = 16;
    let depth = 0;
    let mayChange = !(object instanceof Tuple || object instanceof SetObject);
    for (const part of parts) {
      units += this.unitsOf(part);
      if (!(part instanceof HeapObject)) continue;
      depth = Math.max(depth, this.depthOf(part));
      mayChange ||= this.mayChange(part);
    }
    if (object instanceof SetObject && !mayChange) units = Math.min(units, KEPT_UNITS_MAX);
    return { units, depth: depth + (object instanceof NativeIterator ? 1 : 0), mayChange };
  }

  private mayChange(part: HeapObject): boolean {
    if (part instanceof Bytes || part instanceof Range) return false;
    const facts = this.known.get(part);
    // A constant of the code.
    if (facts === undefined && part instanceof Tuple) return false;
    return facts === undefined || facts === OPEN || facts.mayChange;
  }

  depthOf(object: HeapObject): number {
    const facts = this.known.get(object);
    return facts === undefined || facts === OPEN ? 0 : facts.depth;
  }

  /** Units of a value's text in a composite key, about. */
  unitsOf(value: Slot): number {
    if (typeof value === 'string') return value.length + 12;
    if (typeof value === 'bigint') return 32;
    if (!(value instanceof HeapObject)) return 24;
    if (value instanceof Bytes) return value.bytes.length + 12;
    if (value instanceof Range) return 60;
    const facts = this.known.get(value);
    return facts === undefined || facts === OPEN ? 24 : facts.units;
  }
}

/** C3 */
export function checkKeys(reader: Reader, tables: readonly OpenTable[], facts: SoundFacts): void {
  let units = 0;
  for (const { raw, table } of tables) {
    reader.at = raw;
    for (const key of table.keys) {
      if (key instanceof HeapObject) units += facts.unitsOf(key);
      if (units > KEY_UNITS_MAX) throw reader.fault('its keys are too long');
    }
  }
  reader.at = null;
}
