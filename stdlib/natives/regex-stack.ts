// What a match would come back to when it fails: a stack of records, never the host's.
//
//     marks…  lastMark lastIndex repeat pos  next                     BRANCH_LEFT
//     marks…  lastMark lastIndex repeat pos  instruction least        MAX_ONE_LEFT
//     marks…  lastMark lastIndex repeat pos  instruction count        MIN_ONE_LEFT
//     prev count last instruction                                     REPEAT_OPEN   ◀── repeat
//     marks…  lastMark lastIndex repeat pos  last                     MAX_BODY
//     marks…  lastMark lastIndex repeat pos                           MIN_TAIL
//     repeat                                                          TOO_FEW
//     repeat last                                                     MIN_BODY
//     marks…  lastMark lastIndex repeat pos  instruction base         INNER
//     marks…  lastMark lastIndex repeat pos  instruction base count   POSSESSIVE_BODY
//                                                                                   ◀── base
// A record ends with its kind, so that it is read from above. `repeat` is the index of the record
// of the innermost repeat that is open, -1 for none; `base` is where the stack began when an
// assertion, atomic group or possessive repeat was entered, 0 for the pattern itself.
//
// Which marks stand in front is CPython's: all that count, lastMark + 1 of them, in MAX_BODY and
// POSSESSIVE_BODY; in MIN_TAIL if the repeat is within another one; else if a repeat is open.

import { memoryError } from '../../vm/values/limits.ts';

/** Kinds of records by number. regex-execute.ts has the numbers in its switch. */
export const KIND = {
  BRANCH_LEFT: 1,
  MAX_ONE_LEFT: 2,
  MIN_ONE_LEFT: 3,
  REPEAT_OPEN: 4,
  MAX_BODY: 5,
  MIN_TAIL: 6,
  TOO_FEW: 7,
  MIN_BODY: 8,
  INNER: 9,
  POSSESSIVE_BODY: 10,
} as const;

/** A match that has to remember more words is a MemoryError. */
const WORDS_MAX = 1 << 24;

/** How many are kept from one match to the next. */
const WORDS_KEPT = 1 << 16;

/** One stack for all matches: only one runs at a time. Most need little of it. */
export let stack: Int32Array = new Int32Array(1 << 10);

/** A larger stack with what this one has. */
export function grow(words: number): Int32Array {
  if (words > WORDS_MAX) throw memoryError();
  const larger = new Int32Array(Math.min(Math.max(words, stack.length * 2), WORDS_MAX));
  larger.set(stack);
  stack = larger;
  return larger;
}

/** Give back what a match of some depth does not need. */
export function shrink(depth: number): void {
  if (stack.length > WORDS_KEPT && depth <= WORDS_KEPT) stack = stack.slice(0, WORDS_KEPT);
}
