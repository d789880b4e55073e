// Slices: which elements they pick out of a sequence, and what is put in their place.

import { List, Tuple, type Slice } from './collections.ts';
import { valueError } from './exception.ts';
import { NEEDS_FLOW } from './keys.ts';
import { ITEMS_MAX, memoryError } from './limits.ts';
import { clampIndex, intOf, toBound } from './plain.ts';
import { textLength, textSlice } from './text.ts';
import type { Value } from './value.ts';

/** What a slice object has. */
export type Bounds = Pick<Slice, 'start' | 'stop' | 'step'>;

export interface Picked {
  readonly start: number;
  /** Where an unstepped slice ends: at least `start`. */
  readonly stop: number;
  readonly step: number;
  readonly count: number;
}

/** PySlice_Unpack and PySlice_AdjustIndices; NEEDS_FLOW if a part defines __index__. */
export function pick(slice: Bounds, length: number): Picked | typeof NEEDS_FLOW {
  const step = slice.step === null ? 1 : toBound(slice.step, 1);
  if (step === NEEDS_FLOW) return NEEDS_FLOW;
  if (step === 0) throw valueError('slice step cannot be zero');
  const [first, last] = step < 0 ? [length - 1, -1] : [0, length];
  const start = bound(slice.start, first, length, step);
  const stop = bound(slice.stop, last, length, step);
  if (start === NEEDS_FLOW || stop === NEEDS_FLOW) return NEEDS_FLOW;
  const span = step < 0 ? start - stop : stop - start;
  const count = span <= 0 ? 0 : Math.floor((span - 1) / Math.abs(step)) + 1;
  return { start, stop: step > 0 ? Math.max(start, stop) : stop, step, count };
}

function bound(
  value: Value,
  missing: number,
  length: number,
  step: number,
): number | typeof NEEDS_FLOW {
  if (value === null) return missing;
  const int = typeof value === 'number' ? value : intOf(value);
  let at = int === undefined ? toBound(value, missing) : clampIndex(int);
  if (at === NEEDS_FLOW) return NEEDS_FLOW;
  const lowest = step < 0 ? -1 : 0;
  const highest = step < 0 ? length - 1 : length;
  if (at < 0) at = Math.max(at + length, lowest);
  return Math.min(at, highest);
}

/** The picked elements. */
export function picked<T>(items: readonly T[], { start, stop, step, count }: Picked): T[] {
  if (step === 1) return items.slice(start, stop);
  const result: T[] = [];
  for (let i = 0, at = start; i < count; i++, at += step) result.push(items[at] as T);
  return result;
}

/** list.items[start:stop] = items, without a host call of as many arguments. */
export function replace(list: List, start: number, stop: number, items: readonly Value[]): void {
  if (items.length === stop - start) {
    for (let i = 0; i < items.length; i++) list.items[start + i] = items[i] as Value;
    if (items.length > 0) list.touchRange(start, stop - 1);
    return;
  }
  if (items.length < 1024) {
    list.items.splice(start, stop - start, ...items);
  } else {
    list.items = [...list.items.slice(0, start), ...items, ...list.items.slice(stop)];
  }
  if (list.items.length > ITEMS_MAX) throw memoryError();
  list.touchFrom(start);
}

/** Whether pick() needs nothing but the host for these bounds, and raises nothing. */
function isPlain({ start, stop, step }: Bounds): boolean {
  const isBound = (value: Value): boolean => value === null || typeof value === 'number';
  return isBound(start) && isBound(stop) && isBound(step) && step !== 0;
}

/** x[start:stop:step] of a list, tuple or str with small ints, no slice made; else undefined. */
export function sliced(x: Value, start: Value, stop: Value, step: Value): Value | undefined {
  const bounds = { start, stop, step };
  if (!isPlain(bounds)) return undefined;
  if (x instanceof List) return new List(picked(x.items, pick(bounds, x.items.length) as Picked));
  if (typeof x === 'string') {
    const range = pick(bounds, textLength(x)) as Picked;
    return range.step === 1 ? textSlice(x, range.start, range.stop) : undefined;
  }
  if (!(x instanceof Tuple)) return undefined;
  const range = pick(bounds, x.items.length) as Picked;
  return range.count === x.items.length ? undefined : new Tuple(picked(x.items, range));
}

/** x[start:stop:step] = value of lists and tuples, the same; whether it is done. */
export function setSliced(x: Value, value: Value, start: Value, stop: Value, step: Value): boolean {
  const bounds = { start, stop, step };
  if (!(x instanceof List) || x === value || !isPlain(bounds)) return false;
  if (!(value instanceof List || value instanceof Tuple)) return false;
  const range = pick(bounds, x.items.length) as Picked;
  if (range.step !== 1) return false;
  replace(x, range.start, range.stop, value.items);
  return true;
}
