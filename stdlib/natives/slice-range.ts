// Which elements a slice picks out of a sequence.

import { valueError } from '../../vm/values/exception.ts';
import { NEEDS_FLOW } from '../../vm/values/keys.ts';
import { clampIndex, intOf, toBound } from '../../vm/values/plain.ts';
import type { Slice } from '../../vm/values/collections.ts';
import type { Value } from '../../vm/values/value.ts';

export interface Picked {
  readonly start: number;
  /** Where an unstepped slice ends: at least `start`. */
  readonly stop: number;
  readonly step: number;
  readonly count: number;
}

/** PySlice_Unpack and PySlice_AdjustIndices; NEEDS_FLOW if a part defines __index__. */
export function pick(slice: Slice, length: number): Picked | typeof NEEDS_FLOW {
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
