// Writing what a run is doing: tasks with their frames, generators, modules.
//
// A frame's slots are its locals (free variables aside: they are the function's
// closure) and as much of its operand stack as is alive (resting.ts). Where the
// frame stands in the task's stack, and in which words it runs, is the host's
// affair and not written.

import type { Plain } from '../bytecode/codec.ts';
import type { Code } from '../machine/code.ts';
import type { Frame, GeneratorObject, Task } from '../machine/frame.ts';
import type { ModuleObject } from '../machine/function.ts';
import { Float, type Slot } from '../values/value.ts';
import type { Flattener } from './flatten.ts';
import {
  FRAME_DATA,
  FRAME_GENERATOR,
  FRAME_HANDLED,
  GENERATOR_KINDS,
  GENERATOR_STATES,
  KIND,
  MODULE_STATES,
} from './kinds.ts';
import { liveDepth, type Waiting } from './resting.ts';

/** The offset of the instruction before which a frame goes on. */
function pcOf({ code, rest }: Frame): number {
  return code.table.pcs[rest] ?? -1;
}

function pushSlots(
  out: Flattener,
  row: Plain[],
  code: Code,
  slots: readonly Slot[],
  base: number,
  live: number,
): void {
  if (live < 0) throw new Error(`${code.info.qualname} rests where it cannot`);
  for (let i = 0; i < code.freeStart; i++) row.push(out.slot(slots[base + i]));
  const bottom = base + code.localCount;
  for (let i = 0; i < live; i++) row.push(out.slot(slots[bottom + i]));
}

/** What the frame at a depth of a task waits for. */
function waitingOf(task: Task, index: number): Waiting {
  const above = index + 1 < task.depth ? task.frames[index + 1] : undefined;
  if (above !== undefined) return above.hook;
  return task.state.kind === 'waiting' || task.wake !== null ? 'event' : 'nothing';
}

export function writeTask(out: Flattener, task: Task): void {
  const { id, state, wake, start, depth } = task;
  const from = out.firstFrame(task);
  out.put([
    KIND.TASK,
    id,
    out.count(task.number),
    out.text(task.name),
    out.ref(task.done),
    out.count(depth),
    state.kind === 'ready'
      ? 0
      : state.kind === 'done'
        ? 1
        : [out.ref(state.on), out.count(state.sinceMs)],
    task.deadlines.flatMap((deadline) => [out.count(deadline.id), out.count(deadline.dueMs)]),
    wake === null ? null : 'value' in wake ? [0, out.slot(wake.value)] : [1, out.ref(wake.error)],
    out.refOrNull(task.cancelled),
    start === null ? null : [out.slot(start.callable), out.ref(start.args)],
    ...task.reprs.map((each) => out.ref(each)),
  ]);
  for (let index = from; index < depth; index++) writeFrame(out, task, index);
}

function writeFrame(out: Flattener, task: Task, index: number): void {
  const frame = task.frames[index] as Frame;
  const { code, fn, hook, data, handled, generator, rest } = frame;
  const flags =
    hook |
    (data === null ? 0 : FRAME_DATA) |
    (handled === null ? 0 : FRAME_HANDLED) |
    (generator === null ? 0 : FRAME_GENERATOR);
  const row: Plain[] = [
    KIND.FRAME,
    task.id,
    out.count(index),
    out.ref(fn),
    out.count(pcOf(frame)),
    out.count(flags),
  ];
  if (data !== null) row.push(out.slot(data));
  if (handled !== null) row.push(out.ref(handled));
  if (generator !== null) row.push(out.ref(generator));
  const live = liveDepth(code, rest, waitingOf(task, index));
  pushSlots(out, row, code, task.stack, frame.base, live);
  out.put(row);
}

export function writeGenerator(out: Flattener, generator: GeneratorObject): void {
  const { id, kind, role, state, frame, name, qualname } = generator;
  const row: Plain[] = [
    KIND.GENERATOR,
    id,
    GENERATOR_KINDS.indexOf(role ?? kind),
    GENERATOR_STATES.indexOf(state),
  ];
  if (frame === null || (state !== 'new' && state !== 'suspended')) {
    // A running one's frame is with its task, and a finished one has none.
    row.push(out.text(name), out.text(qualname));
    out.put(row);
    return;
  }
  const { code, fn, handled } = frame;
  row.push(
    name === code.info.name ? null : out.text(name),
    qualname === code.info.qualname ? null : out.text(qualname),
    out.ref(fn),
    out.count(pcOf(frame)),
    out.refOrNull(handled),
  );
  // One that waits at a yield lacks what will be sent.
  const live = liveDepth(code, frame.rest, state === 'new' ? 'nothing' : 'sent');
  pushSlots(out, row, code, generator.slots, 0, live);
  out.put(row);
}

/** The globals that the reader does not have already. */
export function writeModule(out: Flattener, module: ModuleObject): void {
  const { id, unit, state, extra, slots } = module;
  const before = out.globalsBefore(module);
  const row: Plain[] = [
    KIND.MODULE,
    id,
    out.units.numberOf(unit.hash),
    MODULE_STATES.indexOf(state),
    out.refOrNull(extra),
  ];
  for (let i = 0; i < slots.length; i++) {
    const slot = slots[i];
    const known = before === null ? undefined : before[i];
    if (!sameSlot(slot, known)) row.push(out.count(i), out.slot(slot));
  }
  out.put(row);
}

/** Whether two slots are written alike. Two floats of one value may be two objects. */
function sameSlot(a: Slot, b: Slot): boolean {
  if (a === b) return true;
  return a instanceof Float && b instanceof Float && Object.is(a.value, b.value);
}
