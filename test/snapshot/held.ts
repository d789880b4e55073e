// A run of which only one list is left: what a test puts into it is the state.

import type { List } from '../../vm/values/collections.ts';
import { HeapObject } from '../../vm/values/heap.ts';
import { Float, type Slot } from '../../vm/values/value.ts';
import type { Machine } from '../../vm/machine/machine.ts';
import { advance, begin, linkText, optionsFor, restoreMachine } from './programs.ts';
import type { SavedState } from '../../vm/snapshot/gather.ts';

const program = linkText(`
class Point:
    pass
class Key:
    def __eq__(self, other): return True
    def __hash__(self): return 7
def make():
    n = 0
    def count():
        nonlocal n
        n += 1
        return n
    return count
held = []
`);

export const heldOptions = optionsFor(program);

/** A machine whose program has ended, and whose list `held` is there for tests. */
export function newHeld(): Machine {
  const machine = begin(program);
  advance(machine, 1000);
  return machine;
}

function globalOf(machine: Machine, name: string): Slot {
  const module = machine.state.modules.get('__main__');
  const at = module?.unit.module.globals.indexOf(name) ?? -1;
  return module?.slots[at];
}

export function globalNamed(machine: Machine, name: string): HeapObject {
  const value = globalOf(machine, name);
  if (value instanceof HeapObject) return value;
  throw new Error(`no object ${name}`);
}

export function heldOf(machine: Machine): List {
  return globalNamed(machine, 'held') as List;
}

/** Put values into the list, in the place of those before. */
export function hold(machine: Machine, ...values: Slot[]): void {
  const list = heldOf(machine);
  list.items = values as List['items'];
  list.touchAll();
}

export function restoreHeld(saved: SavedState): Machine {
  return restoreMachine(heldOptions, saved);
}

/** A value for comparing: floats and ints apart, objects by what they are. */
export function plainOf(value: Slot): unknown {
  if (value instanceof Float) return { float: Object.is(value.value, -0) ? '-0' : value.value };
  if (typeof value === 'bigint') return { int: value };
  return value instanceof HeapObject ? { object: value.constructor.name } : value;
}
