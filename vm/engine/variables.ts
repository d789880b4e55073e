// Live variables: what the names of a sleeping run's program hold, for whoever asks for one.
//
//     machine ──variablesOf(task)──▶ name ──▶ Live ──attribute, item──▶ Live
//
// A name is looked for as the waiting line would see it and beyond: in the innermost frame of the
// program, then in those that called it, then in the globals of its modules. Nothing here runs flow
// code: what has an `__eq__` or a property of its own is looked at as it lies there.

import type { Frame, Task } from '../machine/frame.ts';
import type { Machine } from '../machine/machine.ts';
import { Cell, List, Tuple } from '../values/collections.ts';
import { Dict } from '../values/dict.ts';
import { SetObject } from '../values/set.ts';
import { Instance, MEMBER } from '../values/type.ts';
import { Float, type Slot } from '../values/value.ts';
import type { Past } from './past.ts';
import type { RunId } from '../store/store.ts';

/** A value as far as it can be compared; undefined for what there is not. */
export type Live = null | boolean | number | bigint | string | LiveObject | undefined;

/** The value of a name; undefined if it is not bound. */
export type Variables = (name: string) => Live;

/** A collection or an object of the program. */
export class LiveObject {
  private readonly value: object;

  constructor(value: object) {
    this.value = value;
  }

  /** An attribute of its own. */
  attribute(name: string): Live {
    const { value } = this;
    if (!(value instanceof Instance)) return undefined;
    const member = value.memberNames().find((each) => each.replaceAll(MEMBER, '') === name);
    return live(value.getOwn(name) ?? (member === undefined ? undefined : value.getOwn(member)));
  }

  /** What stands at a key or an index. */
  item(key: Live): Live {
    const value = plain(this.value);
    if (value instanceof List || value instanceof Tuple) {
      if (typeof key !== 'number') return undefined;
      return live(value.items[key < 0 ? key + value.items.length : key]);
    }
    if (!(value instanceof Dict) || !isKey(key)) return undefined;
    const found = value.get(key);
    return typeof found === 'symbol' ? undefined : live(found);
  }

  /** Whether something is in a collection, or a key in a dict. */
  has(what: Live): boolean {
    const value = plain(this.value);
    if (value instanceof List || value instanceof Tuple) {
      return value.items.some((each) => live(each) === what);
    }
    if (!(value instanceof Dict || value instanceof SetObject) || !isKey(what)) return false;
    const at = value.find(what);
    return typeof at === 'number' && at >= 0;
  }

  /** How many items a collection has; null for what is none. */
  get size(): number | null {
    const value = plain(this.value);
    if (value instanceof List || value instanceof Tuple) return value.items.length;
    return value instanceof Dict || value instanceof SetObject ? value.size : null;
  }
}

function isKey(key: Live): key is null | boolean | number | bigint | string {
  return key !== undefined && !(key instanceof LiveObject);
}

/** The list or dict that an instance of a subclass of it is. */
function plain(value: object): object {
  return value instanceof Instance && typeof value.base === 'object' && value.base !== null
    ? value.base
    : value;
}

function live(slot: Slot): Live {
  if (slot instanceof Cell) return live(slot.value);
  if (slot instanceof Float) return slot.value;
  if (slot instanceof Instance && slot.base !== undefined) {
    const base = live(slot.base);
    if (!(base instanceof LiveObject)) return base;
  }
  return typeof slot === 'object' && slot !== null ? new LiveObject(slot) : slot;
}

/**
 * The variables of each task of a run, as of its last commit; of a task that is not there, those of
 * the first.
 *
 * @throws as Past.stateAt
 */
export async function variablesOf(past: Past, run: RunId): Promise<(task: number) => Variables> {
  const { machine } = await past.stateAt(run);
  const tasks = machine.state.tasks.toSorted((a, b) => a.number - b.number);
  return (number) => {
    const task = tasks.find((each) => each.number === number) ?? tasks[0];
    return (name) => local(task, name) ?? global(machine, name);
  };
}

function local(task: Task | undefined, name: string): Live {
  for (let i = (task?.depth ?? 0) - 1; i >= 0; i--) {
    const frame = task?.frames[i];
    if (task === undefined || frame === undefined || frame.code.unit.module.isLibrary) continue;
    const found = inFrame(task, frame, name);
    if (found !== undefined) return found;
  }
  return undefined;
}

function inFrame({ stack }: Task, { code, base }: Frame, name: string): Live {
  const at = code.info.locals.indexOf(name);
  return at < 0 ? undefined : live(stack[base + at]);
}

function global(machine: Machine, name: string): Live {
  for (const { unit, slots } of machine.state.modules.values()) {
    const at = unit.module.isLibrary ? -1 : unit.module.globals.indexOf(name);
    const found = at < 0 ? undefined : live(slots[at]);
    if (found !== undefined) return found;
  }
  return undefined;
}
