// Heaps: a list's items moved to where a heap has them. The flow half is modules/heapq.flow.
//
// The items on the way are compared first, and moved only if the host could compare them all: so a
// call that leaves the work to flow code has changed nothing. The comparisons are CPython's, down
// to a leaf by way of the smaller children and up again, so equal items come out in its order.

import { List } from '../../vm/values/collections.ts';
import { order } from '../../vm/values/compare.ts';
import { intOf } from '../../vm/values/plain.ts';
import type { Slot, Value } from '../../vm/values/value.ts';
import { native, type NativeRow } from '../../vm/machine/native.ts';
import { given, receive } from './object-receiver.ts';

/** Whether a < b; undefined where flow code must say. */
function isLess(a: Value, b: Value): boolean | undefined {
  const less = order('<', a, b);
  return typeof less === 'boolean' ? less : undefined;
}

/** How many of the items above a place, given from there up, are larger; undefined as isLess. */
function largerAbove(items: readonly Value[], path: readonly number[], item: Value) {
  let count = 0;
  for (const at of path) {
    const less = isLess(item, items[at] as Value);
    if (less === undefined) return undefined;
    if (!less) break;
    count++;
  }
  return count;
}

/** Move the item at `last` up to its place. */
function rise(list: List, last: number): boolean {
  const { items } = list;
  const path: number[] = [];
  for (let at = last; at > 0; at = (at - 1) >> 1) path.push((at - 1) >> 1);
  const item = items[last] as Value;
  const count = largerAbove(items, path, item);
  if (count === undefined) return false;
  let at = last;
  for (const above of path.slice(0, count)) {
    items[at] = items[above] as Value;
    list.touchAt(at);
    at = above;
  }
  items[at] = item;
  list.touchAt(at);
  return true;
}

/** Move the item at `top` down to its place. */
function sink(list: List, top: number): boolean {
  const { items } = list;
  const path: number[] = [];
  for (let child = 2 * top + 1; child < items.length; child = 2 * child + 1) {
    if (child + 1 < items.length) {
      const less = isLess(items[child] as Value, items[child + 1] as Value);
      if (less === undefined) return false;
      if (!less) child++;
    }
    path.push(child);
  }
  const item = items[top] as Value;
  // From the leaf up, it passes those that are larger than it.
  const count = largerAbove(items, path.toReversed(), item);
  if (count === undefined) return false;
  let at = top;
  for (const below of path.slice(0, path.length - count)) {
    items[at] = items[below] as Value;
    list.touchAt(at);
    at = below;
  }
  items[at] = item;
  list.touchAt(at);
  return true;
}

function moved(heap: Slot, at: Slot, move: (list: List, at: number) => boolean): boolean {
  const list = receive(List, 'list', '__getitem__', heap);
  const place = Number(intOf(given(at)) ?? -1);
  return place >= 0 && place < list.items.length && move(list, place);
}

export const rows: readonly NativeRow[] = [
  native('_heap_rise', 'heap, at, /', (_context, heap, at) => moved(heap, at, rise)),
  native('_heap_sink', 'heap, at, /', (_context, heap, at) => moved(heap, at, sink)),
];
