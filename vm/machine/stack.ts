// The stack as a program may see it: where each of its frames stands.
//
// Frames of the language's own parts (hidden ones) are left out, as in tracebacks.

import { HOOKS, type Task } from './frame.ts';
import { placeOf, type Place } from './traceback.ts';
import { blamedInstruction } from './unwind.ts';

/** Frames told of at most. */
const FRAMES_MAX = 1000;

/** Where frames of a task that rests in a call stand: `count`, after the `skip` innermost. */
export function stackPlaces(task: Task, skip: number, count: number): Place[] {
  const found: Place[] = [];
  let left = skip;
  for (
    let depth = task.depth - 1;
    depth >= 0 && found.length < Math.min(count, FRAMES_MAX);
    depth--
  ) {
    const frame = task.frames[depth];
    if (frame === undefined || frame.code.isHidden) continue;
    if (left-- > 0) continue;
    const hook = task.frames[depth + 1]?.hook;
    const isTop = depth === task.depth - 1 || hook === undefined;
    const instruction = blamedInstruction(frame, isTop ? HOOKS.VALUE.code : hook);
    found.push(placeOf(frame.code, frame.code.table.pcs[instruction] ?? 0));
  }
  return found;
}
