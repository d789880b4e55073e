// Looking into a run without moving it: its stack, source lines, locals and globals, as of its last
// commit or of any point before it (past.ts).
//
// Reads the store only, and claims nothing: the run may be driven by somebody else meanwhile.

import { HOOKS, type Frame, type Task } from '../machine/frame.ts';
import { FunctionObject, ModuleObject } from '../machine/function.ts';
import type { Machine } from '../machine/machine.ts';
import type { RunId, RunStatus } from '../store/store.ts';
import { Cell } from '../values/collections.ts';
import { Native } from '../machine/native.ts';
import { TypeObject } from '../values/type.ts';
import type { Slot } from '../values/value.ts';
import { describeValue } from './describe.ts';
import type { At, Past } from './past.ts';
import { isWatcher, nextPlace, restingPlace, type SourcePlace } from './reasons.ts';

/** A name of the program, and its value in a few words. */
export interface NamedValue {
  readonly name: string;
  readonly value: string;
}

export interface FrameView extends SourcePlace {
  /** Of the standard library: usually not what one looks for. */
  readonly isLibrary: boolean;
  readonly locals: readonly NamedValue[];
}

export interface TaskView {
  readonly number: number;
  readonly name: string;
  readonly state: 'ready' | 'waiting' | 'done';
  /** Outermost first, as tracebacks have them. */
  readonly frames: readonly FrameView[];
}

/** What a module of the program has bound, but for what it defines and imports. */
export interface ModuleView {
  readonly module: string;
  readonly file: string;
  readonly globals: readonly NamedValue[];
}

/** A run at one point, as `show` tells it. */
export interface RunView {
  readonly run: RunId;
  /** As its last commit left it, whatever point is looked at. */
  readonly status: RunStatus;
  /** The commit looked at, and how many instructions of the batch that came after it. */
  readonly sequence: number;
  readonly instruction: number;
  readonly tasks: readonly TaskView[];
  readonly modules: readonly ModuleView[];
  /** What the batch had printed by then. */
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * @param at  by default the last commit
 * @throws FLOW_RUN_UNKNOWN, and what Past.stateAt throws
 */
export async function inspectRun(past: Past, run: RunId, at?: At): Promise<RunView> {
  const { loaded, machine, at: reached, stdout, stderr } = await past.stateAt(run, at);
  const { status } = loaded.record;
  const { sequence, instruction } = reached;
  const tasks = viewTasks(machine);
  const modules = viewModules(machine);
  return { run, status, sequence, instruction, tasks, modules, stdout, stderr };
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

function viewModules(machine: Machine): ModuleView[] {
  return [...machine.state.modules.values()]
    .filter(({ unit }) => !unit.module.isLibrary)
    .map(({ unit, slots }) => ({
      module: unit.module.name,
      file: unit.module.file,
      globals: unit.module.globals
        .map((name, i) => ({ name, slot: slots[i] }))
        .filter(({ name, slot }) => isBound(slot) && !isDefinition(slot) && !name.startsWith('__'))
        .map(({ name, slot }) => ({ name, value: describeValue(slot) })),
    }));
}

/** What one sees in the source: functions, classes, modules. */
function isDefinition(slot: Slot): boolean {
  const definitions = [FunctionObject, TypeObject, ModuleObject, Native];
  return definitions.some((kind) => slot instanceof kind);
}

function isBound(slot: Slot): boolean {
  return slot !== undefined && !(slot instanceof Cell && slot.value === undefined);
}
