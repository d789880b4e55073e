// Watching a path while a run's past is walked: which instruction changed last what it leads to.
//
//      look       look       look       before each instruction, and at the end
//       │  job = 1  │  f(job)  │  …
//       └── value ──┴── other ─┘         the instruction between the two changed it
//
// A local belongs to one call of its function. A frame that stands in the same place is another
// call's if the stack was lower in between, or if it begins anew though no loop went back there.
//
// Invariant: CH1. What is read is read at rest or between two instructions; nothing is changed.

import { OP } from '../bytecode/opcodes.ts';
import type { Task } from '../machine/frame.ts';
import type { ModuleObject } from '../machine/function.ts';
import type { Machine } from '../machine/machine.ts';
import { globalSlot } from '../machine/namespace.ts';
import { heapObjects } from '../snapshot/size.ts';
import type { Slot } from '../values/value.ts';
import { describeValue } from './describe.ts';
import type { Point, Walk } from './past.ts';
import { follow, isSameValue, type PathStep } from './path.ts';
import { runningPlace, type SourcePlace } from './reasons.ts';
import { instructionAt, readKept, readLocal, type Keeper } from './variable.ts';
import type { Variable } from './variable.ts';

export interface Changed {
  /** Before the instruction that did it. */
  readonly at: Point;
  readonly atMs: number;
}

/** A change as it is told. */
export interface Change extends Changed {
  /** The line of the program that did it; null where the library does something by itself. */
  readonly place: SourcePlace | null;
  /** In a few words; null for what was not bound. */
  readonly before: string | null;
  readonly after: string | null;
}

export function isSamePoint(a: Point, b: Point | null): boolean {
  return a.instruction === b?.instruction && a.sequence === b.sequence;
}

/** What keeps a variable, in the state of a machine that rests; null if it is not there yet. */
export function keeperOf(machine: Machine, id: number): Keeper | null {
  if (id === 0) return null;
  for (const object of heapObjects(machine)) if (object.id === id) return object as Keeper;
  return null;
}

export class Changes {
  private readonly variable: Variable;
  private readonly steps: readonly PathStep[];
  /** The last change that was seen. */
  last: Changed | null = null;
  /** The one that was to be told. */
  told: Change | null = null;
  /** Whether the variable has begun since this looks on: nothing of it is further back. */
  hasBegun = false;
  private value: Slot = undefined;
  /** What keeps the variable in this machine, once that is known. */
  private keeper: Keeper | null = null;
  private task: Task | null = null;
  private machine: Machine | null = null;
  /** The module of a global, and its slot there. */
  private module: ModuleObject | null = null;
  private slot = -1;
  private isAlive = false;
  /** The last instruction that was looked at, which is told of what differs after it. */
  private before = { sequence: -1, instruction: 0, atMs: 0 };
  /** The instruction whose change is to be told, and where it stands. */
  private readonly wanted: Point | null;
  private place: SourcePlace | null = null;
  /** The top frame of the local's task, when that was looked at last. */
  private top: { depth: number; op: number } = { depth: 0, op: -1 };

  constructor(variable: Variable, steps: readonly PathStep[], wanted: Point | null = null) {
    this.variable = variable;
    this.steps = steps;
    this.wanted = wanted;
  }

  /** Begin where the walk begins. */
  begin({ machine }: Walk, keeper: Keeper | null): void {
    this.machine = machine;
    this.keeper = keeper;
    this.isAlive = this.variable.kind === 'local' && this.local(machine) !== null;
    this.value = this.read(machine);
  }

  /** The object that keeps the variable has come to be. */
  born(keeper: Keeper | null): void {
    this.keeper = keeper;
    this.hasBegun = true;
  }

  /** Before an instruction of a task. */
  look(task: Task, walk: Walk): void {
    this.compare(walk.machine, task);
    // One object: this is done for each instruction of a run.
    this.before.sequence = walk.sequence;
    this.before.instruction = walk.instruction;
    this.before.atMs = walk.machine.momentMs;
    if (isSamePoint(walk, this.wanted)) this.place = runningPlace(task);
    if (task !== this.task) return;
    const frame = task.top;
    const op = frame === undefined ? -1 : frame.code.table.ops[instructionAt(frame)];
    this.top = { depth: task.depth, op: op ?? -1 };
  }

  /** After the last one, unless that was looked at already. */
  end(walk: Walk): void {
    if (!isSamePoint(walk, this.before)) this.compare(walk.machine, this.task);
  }

  private compare(machine: Machine, running: Task | null): void {
    if (machine !== this.machine) {
      // The walk goes on with another machine: under another lineage.
      this.machine = machine;
      this.task = null;
      this.keeper = this.keeper === null ? null : keeperOf(machine, this.keeper.id);
    }
    const isNew = this.variable.kind === 'local' && this.hasNewFrame(machine, running);
    if (isNew) {
      this.last = null;
      this.hasBegun = true;
      this.value = undefined;
    }
    const value = this.read(machine);
    if (value === this.value) return;
    const { sequence, instruction, atMs } = this.before;
    if (sequence >= 0 && !isSameValue(value, this.value)) {
      this.last = { at: { sequence, instruction }, atMs };
      if (isSamePoint(this.before, this.wanted)) this.told = this.tell(this.last, value);
    }
    this.value = value;
  }

  private tell(changed: Changed, after: Slot): Change {
    const said = (slot: Slot): string | null => (slot === undefined ? null : describeValue(slot));
    return { ...changed, place: this.place, before: said(this.value), after: said(after) };
  }

  /** Whether the local is another call's than it was. */
  private hasNewFrame(machine: Machine, running: Task | null): boolean {
    const was = this.isAlive;
    const task = this.local(machine);
    this.isAlive = task !== null;
    if (task === null || this.variable.kind !== 'local') return false;
    if (!was) return true;
    const depth = this.variable.index + 1;
    const frame = task.top;
    if (task !== running || task.depth !== depth || frame === undefined) return false;
    const isAgain = this.top.depth === depth && this.top.op !== OP.LOOP;
    return isAgain && instructionAt(frame) === 0;
  }

  /** The task of the local, if its frame is there. */
  private local(machine: Machine): Task | null {
    const { variable } = this;
    if (variable.kind !== 'local') return null;
    if (this.task === null || this.task.state.kind === 'done') {
      const { tasks } = machine.state;
      this.task = tasks.find(({ number }) => number === variable.task) ?? null;
    }
    const frame = this.task === null ? undefined : this.task.frames[variable.index];
    const isThere = frame?.code === variable.code && this.task!.depth > variable.index;
    return isThere ? this.task : null;
  }

  private read(machine: Machine): Slot {
    return follow(this.root(machine), this.steps);
  }

  private root(machine: Machine): Slot {
    const { variable, task, keeper } = this;
    if (variable.kind === 'local') return task === null ? undefined : readLocal(task, variable);
    if (variable.kind === 'global') return this.global(machine, variable.module, variable.name);
    return keeper === null ? undefined : readKept(machine, keeper, variable.slot);
  }

  /** As moduleGlobal() has it; but where in its module it stands is looked up once. */
  private global({ state }: Machine, of: string, name: string): Slot {
    const module = state.modules.get(of);
    if (module === undefined) return undefined;
    if (module !== this.module) {
      this.module = module;
      this.slot = globalSlot(module, name);
    }
    return this.slot >= 0 ? module.slots[this.slot] : module.extra?.getText(name);
  }
}
