// Looking into a run without moving it: its stack, source lines and locals, as of its last commit.
//
// Reads the store only, and claims nothing: the run may be driven by somebody else meanwhile.

import { HOOKS, type Frame, type Task } from '../machine/frame.ts';
import type { Machine } from '../machine/machine.ts';
import type { Slot } from '../values/value.ts';
import { Cell } from '../values/collections.ts';
import { describeValue } from './describe.ts';
import { isWatcher, nextPlace, restingPlace, type SourcePlace } from './reasons.ts';

export interface FrameView extends SourcePlace {
  /** Of the standard library: usually not what one looks for. */
  readonly isLibrary: boolean;
  readonly locals: readonly { readonly name: string; readonly value: string }[];
}

export interface TaskView {
  readonly number: number;
  readonly name: string;
  readonly state: 'ready' | 'waiting' | 'done';
  /** Outermost first, as tracebacks have them. */
  readonly frames: readonly FrameView[];
}

/** Frames shown at either end of a deep stack. */
const FRAMES_SHOWN = 50;

/** Every task of a machine that is not running, but for those that only watch others. */
export function viewTasks(machine: Machine): TaskView[] {
  return machine.state.tasks
    .filter((task) => !isWatcher(task))
    .toSorted((a, b) => a.number - b.number)
    .map((task) => ({
      number: task.number,
      name: task.name,
      state: task.state.kind,
      frames: viewFrames(task),
    }));
}

function viewFrames(task: Task): FrameView[] {
  const views: FrameView[] = [];
  for (let i = 0; i < task.depth; i++) {
    if (i === FRAMES_SHOWN && task.depth > 2 * FRAMES_SHOWN) i = task.depth - FRAMES_SHOWN;
    const frame = task.frames[i];
    if (frame === undefined || frame.code.isHidden) continue;
    const hook = task.frames[i + 1]?.hook;
    const isTop = i === task.depth - 1 || hook === undefined;
    // What is between two instructions stands at the one to come; what waits, at its wait.
    const place =
      i === task.depth - 1 && task.state.kind === 'ready'
        ? nextPlace(frame)
        : restingPlace(frame, isTop ? HOOKS.VALUE.code : hook);
    views.push(viewFrame(task, frame, place));
  }
  return views;
}

function viewFrame(task: Task, frame: Frame, place: SourcePlace): FrameView {
  const { code, base } = frame;
  const locals = code.info.locals
    .map((name, i) => ({ name, slot: task.stack[base + i] }))
    // Names that no program can spell are the compiler's own.
    .filter(({ name, slot }) => isBound(slot) && /^[\p{L}_]/u.test(name))
    .map(({ name, slot }) => ({ name, value: describeValue(slot) }));
  const { isLibrary } = code.unit.module;
  return { ...place, isLibrary, locals };
}

function isBound(slot: Slot): boolean {
  return slot !== undefined && !(slot instanceof Cell && slot.value === undefined);
}
