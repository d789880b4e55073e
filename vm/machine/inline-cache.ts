// Inline caches: what an instruction remembers of the attributes it has found.
//
//     x.name   ──▶ [shape A: slot 2] ──▶ [shape B: slot 0] ──▶ [shape C: the class binds f]
//               the last one met          others, oldest dropped
//
// Compiled code looks at the first entry itself. An instruction that meets instances of several
// classes finds the others here, which costs a walk of at most CACHE_SHAPES entries instead of
// a look-up through the class. Nothing here is part of a state: an entry holds only while no
// class has changed since (`epoch`, type.ts Y2).

import { typeEpoch, type Instance, type Shape, type TypeObject } from '../values/type.ts';
import type { Slot, Value } from '../values/value.ts';

/** Entries of one instruction. Beyond about four kinds a site is as good as any. */
const CACHE_SHAPES = 4;

/** In place of a slot: a function of the class; and a plain value of it, which holds less long. */
export const METHOD = -1;
export const PLAIN = -2;

export class InlineCache {
  epoch = 0;
  shape: Shape | null = null;
  /** The slot the attribute is in; METHOD or PLAIN: `value` is what the class binds. */
  slot = METHOD;
  value: Slot = undefined;
  /** For PLAIN: while this is `typeEpoch.plain`, the value holds. */
  plain = 0;
  /** For a store that adds the attribute: the shape after it. */
  next: Shape | null = null;
  /** For a method of a builtin type, which never changes (Y1): that type. */
  builtin: TypeObject | null = null;
  more: InlineCache | null = null;
}

/** What is remembered of a shape; undefined if nothing is. */
export function recall(cache: InlineCache, shape: Shape): InlineCache | undefined {
  for (let entry: InlineCache | null = cache; entry !== null; entry = entry.more) {
    if (entry.shape === shape && entry.epoch === typeEpoch.now) {
      return entry.slot !== PLAIN || entry.plain === typeEpoch.plain ? entry : undefined;
    }
  }
  return undefined;
}

/** Store an attribute of an instance where an entry for its shape says. */
export function storeKnown(object: Instance, known: InlineCache, value: Value): void {
  if (known.next === null) object.slots[known.slot] = value;
  else {
    object.slots.push(value);
    object.shape = known.next;
  }
  object.touch();
}

/** Remember a look-up. What stood in front stays behind it, as long as it holds. */
export function remember(
  cache: InlineCache,
  shape: Shape,
  slot: number,
  value: Slot,
  next: Shape | null = null,
): void {
  const isOther = cache.shape !== null && cache.shape !== shape;
  if (isOther && cache.epoch === typeEpoch.now) keepFirst(cache);
  else if (cache.epoch !== typeEpoch.now) cache.more = null;
  cache.builtin = null;
  cache.epoch = typeEpoch.now;
  cache.shape = shape;
  cache.slot = slot;
  cache.value = value;
  cache.plain = typeEpoch.plain;
  cache.next = next;
}

function keepFirst(cache: InlineCache): void {
  const { epoch, shape, slot, value, plain, next, more } = cache;
  cache.more = Object.assign(new InlineCache(), { epoch, shape, slot, value, plain, next, more });
  let last: InlineCache = cache;
  for (let i = 1; i < CACHE_SHAPES && last.more !== null; i++) last = last.more;
  last.more = null;
}
