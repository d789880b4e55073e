// What natives take elements from: any argument that can be gone over without
// flow code, in one step.
//
//     elements(x)   all of them, as an array      (a list, a range, a zip of lists …)
//     undefined     only flow code can tell       (a generator, a class with __iter__)
//
// An iterator is used up by this. So a native that may still decline after
// having seen the elements uses withElements(), which puts it back; and one that
// must not see more of them than Python would (any(), in) asks isContainer().

import { List, Tuple } from '../../vm/values/collections.ts';
import { typeError } from '../../vm/values/exception.ts';
import { checkRoom, drain, iteratorOf } from '../../vm/values/iterate.ts';
import { NativeIterator } from '../../vm/values/iterator.ts';
import { nativeLength } from '../../vm/values/length.ts';
import { ITEMS_MAX, memoryError } from '../../vm/values/limits.ts';
import { hasMethod, keepsMethod, typeName } from '../../vm/values/plain.ts';
import { Instance } from '../../vm/values/type.ts';
import { typeOf } from '../../vm/values/typeof.ts';
import type { Value } from '../../vm/values/value.ts';

/** The builtin whose own iteration `iter(value)` is; undefined if flow code must be asked. */
export function iterated(value: Value): Value | undefined {
  if (!(value instanceof Instance)) return value;
  if (value.base === undefined || !keepsMethod(value, '__iter__')) return undefined;
  if (value.base instanceof NativeIterator && !keepsMethod(value, '__next__')) return undefined;
  return value.base;
}

/** The elements of an iterable, undefined where flow code would have to run. */
export function elements(value: Value): Value[] | undefined {
  const source = iterated(value);
  if (source === undefined) return undefined;
  checkRoom(nativeLength(source) ?? 0);
  return drain(source);
}

/** Where CPython makes no room before it takes the first: it would fail on the way. */
export function checkItems(value: Value): void {
  const source = iterated(value);
  if (source !== undefined && (nativeLength(source) ?? 0) > ITEMS_MAX) throw memoryError();
}

/** Elements in place where possible: not to be kept or changed by the caller. */
export function peek(value: Value): readonly Value[] | undefined {
  const source = iterated(value);
  if (source instanceof List || source instanceof Tuple) return source.items;
  return elements(value);
}

/** What changes in an iterator as it is stepped. */
interface Position {
  readonly it: NativeIterator;
  readonly source: NativeIterator['source'];
  readonly index: number | bigint;
  readonly extra: Value;
  readonly left: number;
}

/** Where an iterator stands, and those inside it. */
function positions(root: NativeIterator): Position[] {
  const found: Position[] = [];
  const todo: Value[] = [root];
  for (let it = todo.pop(); it !== undefined; it = todo.pop()) {
    if (!(it instanceof NativeIterator)) continue;
    const { source, index, extra, left } = it;
    found.push({ it, source, index, extra, left });
    todo.push(...innerOf(it));
  }
  return found;
}

/**
 * Do something with all elements of an iterable. If that gives undefined
 * (flow code is needed after all), an iterator is put back where it was, so
 * that the twin finds the elements again.
 */
export function withElements<T>(
  value: Value,
  use: (items: readonly Value[]) => T | undefined,
): T | undefined {
  const source = iterated(value);
  if (!(source instanceof NativeIterator)) {
    // Too many to be seen at once: CPython takes one after the other, and may fail on the first.
    if (source === undefined || (nativeLength(source) ?? 0) > ITEMS_MAX) return undefined;
    const items = peek(value);
    return items && use(items);
  }
  const before = positions(source);
  const items = drain(source);
  const result = items && use(items);
  if (result !== undefined) return result;
  for (const { it, source: from, index, extra, left } of before) {
    it.source = from;
    it.index = index;
    it.extra = extra;
    it.left = left;
    it.touch();
  }
  return undefined;
}

/** Whether the elements can be looked at without using them up, and without flow code. */
export function isContainer(value: Value): boolean {
  const source = iterated(value);
  return (
    source !== undefined && !(source instanceof NativeIterator) && iteratorOf(source) !== undefined
  );
}

/** Whether iter(value) finds a method to call, in flow or not. */
export function isIterable(value: Value): boolean {
  if (iteratorOf(value) !== undefined || hasMethod(value, '__iter__')) return true;
  // __iter__ = None says no, where none at all leaves it to __getitem__.
  return typeOf(value).lookup('__iter__') === undefined && hasMethod(value, '__getitem__');
}

/** Throws CPython's words if nothing could ever go over a value. */
export function checkIterable(value: Value): void {
  if (!isIterable(value)) throw typeError(`'${typeName(value)}' object is not iterable`);
}

/** How many iterators stand inside one another: enumerate(zip(enumerate(…))). */
export function iteratorDepth(it: NativeIterator): number {
  // Asked for each enumerate, zip or map that is made, and most go over a container.
  if (!(it.extra instanceof NativeIterator || it.extra instanceof Tuple)) return 1;
  let depth = 0;
  let layer: readonly Value[] = [it];
  while (layer.length > 0 && depth <= ITERATOR_DEPTH_MAX) {
    depth++;
    layer = layer.flatMap((each) => (each instanceof NativeIterator ? innerOf(each) : []));
  }
  return depth;
}

function innerOf(it: NativeIterator): readonly Value[] {
  return it.extra instanceof Tuple ? it.extra.items : [it.extra];
}

/** Deeper ones are stepped by flow code: advance() recurses over them. */
export const ITERATOR_DEPTH_MAX = 16;
