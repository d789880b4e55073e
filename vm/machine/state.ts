// The state of a run: everything that must survive between two batches (L2).
//
// Plain objects that a snapshot can write down; what belongs to the running
// machine only (the native registry, the budget, what this batch has printed)
// is in machine.ts.

import type { Heap, HeapObject } from '../values/heap.ts';
import { INT_TEXT_DIGITS_DEFAULT } from '../values/limits.ts';
import type { EventObject } from './event.ts';
import type { Task } from './frame.ts';
import type { ModuleObject } from './function.ts';

/** The objects of a run, as far as commits need to know of them. */
export class RunHeap implements Heap {
  readonly dirty: HeapObject[] = [];
  /** Id for the next object a commit reaches. */
  nextId = 1;
}

/** An event that time will resolve. */
export interface Timer {
  readonly event: EventObject;
  readonly dueMs: number;
}

/** What a state knows of its run's quotas. Replaced when it changes, and written then. */
export interface QuotaUse {
  /** Bytes that were printed, if there is a quota of them. */
  readonly log: number;
  /** The tick after which a run that has used up its instructions ends; 0 before. */
  readonly graceUntil: number;
  /** The tick at which the heap is measured next; 0 before the first time. */
  readonly measureAt: number;
  /** Whether the heap was too large when it was last measured. */
  readonly isOver: boolean;
}

export const NOTHING_USED: QuotaUse = { log: 0, graceUntil: 0, measureAt: 0, isOver: false };

export class RunState {
  readonly heap = new RunHeap();
  /** Every task that is not done, in order of creation; the first is the program itself. */
  tasks: Task[] = [];
  /** Tasks that failed and that nothing has awaited, in the order in which they did. */
  failed: Task[] = [];
  /** Modules that were imported, by name, in order of import. */
  readonly modules = new Map<string, ModuleObject>();
  /** Effects asked for so far: the next one's ordinal is one more. */
  effectCount = 0;
  /** Random numbers drawn so far: the next one is a function of the run's key and this. */
  randomCount = 0;
  taskCount = 0;
  deadlineCount = 0;
  /** What id() gives next; an object gets one when it is asked for. */
  identityCount = 0;
  /** What id() gave to objects of the code (statics.ts): no commit writes those themselves. */
  staticIdentities: (readonly [object: HeapObject, identity: number])[] = [];
  /** Ticks (calls and loop turns) since the run began. */
  tickCount = 0;
  /** Frames that a task may have above its lowest, which is no call of the program. */
  recursionLimit = 1000;
  /** Decimal digits between int and str (sys.set_int_max_str_digits); 0 for any number. */
  intTextDigits = INT_TEXT_DIGITS_DEFAULT;
  /** What must be known of the run's quotas. */
  quotaUse: QuotaUse = NOTHING_USED;
  /** Events of effects that have no answer yet, by ordinal. */
  readonly pending = new Map<number, EventObject>();
  /** In order of creation. */
  timers: Timer[] = [];
  /** Program arguments, as sys.argv shows them. */
  argv: readonly string[] = [];
}
