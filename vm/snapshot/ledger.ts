// The ledger of a run: what its last commit wrote, as far as that tells what the next must write.
//
// Objects know themselves whether they have changed (heap.ts). What is no object,
// the lists of tasks, timers and modules, is held against a copy of what was
// written; so are a module's globals, since the loop that binds them marks the
// module only, and writing all of them at each commit would cost what the script
// is large, not what it does (L5).
//
// Of a run that began from a base image it knows which objects of the base the chain has said
// something of: the others need not be in a checkpoint.
//
// Owns:     copies of references, never of values; and the names of written pages of strs.
// Does not: reach a byte on disk: a state decoded from the chain has the same ledger (restore.ts).

import type { Machine } from '../machine/machine.ts';
import type { ModuleObject } from '../machine/function.ts';
import { NOTHING_USED, type RunState, type Timer } from '../machine/state.ts';
import type { Task } from '../machine/frame.ts';
import { INT_TEXT_DIGITS_DEFAULT } from '../values/limits.ts';
import type { Slot } from '../values/value.ts';
import { TextLedger, type PageName } from './texts.ts';

/** The base image that a run began from, as far as what is written depends on it. */
export interface LedgerBase {
  /** SHA-256 of its bytes. */
  readonly hash: Uint8Array;
  /** How many they are. */
  readonly bytes: number;
  /** Objects with an id below this one are in it. */
  readonly end: number;
  /** Names of the pages of strs in it. */
  readonly texts: ReadonlySet<PageName>;
}

export class Ledger {
  /** Whether nothing was written yet: the first delta is a full one, or names a base. */
  isNew = true;
  base: LedgerBase | null = null;
  /** Ids of the base's objects of which the chain has a row of its own. */
  changed = new Set<number>();
  readonly texts = new TextLedger();
  tasks: readonly Task[] = [];
  failed: readonly Task[] = [];
  timers: readonly Timer[] = [];
  modules: readonly ModuleObject[] = [];
  argv: readonly string[] = [];
  /** Globals as written, by module. */
  globals = new WeakMap<ModuleObject, Slot[]>();
  effectCount = 0;
  /** Ordinals of the effects that were pending. */
  readonly pending = new Set<number>();
  staticIdentityCount = 0;
  intTextDigits = INT_TEXT_DIGITS_DEFAULT;
  quotaUse = NOTHING_USED;

  /** Note that all of a state is written, but for the globals of its modules. */
  noteRoots(state: RunState): void {
    this.isNew = false;
    this.tasks = state.tasks.slice();
    this.failed = state.failed.slice();
    this.timers = state.timers.slice();
    this.modules = [...state.modules.values()];
    this.argv = state.argv;
    this.effectCount = state.effectCount;
    this.staticIdentityCount = state.staticIdentities.length;
    this.intTextDigits = state.intTextDigits;
    this.quotaUse = state.quotaUse;
  }

  notePending(gone: readonly number[], added: readonly { readonly effect: number }[]): void {
    for (const ordinal of gone) this.pending.delete(ordinal);
    for (const { effect } of added) this.pending.add(effect);
  }

  /** Whether the base says what an object is. */
  isInBase(id: number): boolean {
    return this.base !== null && id < this.base.end && !this.changed.has(id);
  }

  /** A row of an object was written. */
  noteRow(id: number): void {
    if (this.base !== null && id < this.base.end) this.changed.add(id);
  }

  noteGlobals(module: ModuleObject): void {
    this.globals.set(module, module.slots.slice());
  }
}

const ledgers = new WeakMap<RunState, Ledger>();

/** The ledger of a machine's run. */
export function ledgerOf({ state }: Machine): Ledger {
  let ledger = ledgers.get(state);
  if (ledger === undefined) ledgers.set(state, (ledger = new Ledger()));
  return ledger;
}

/** Give a decoded state the ledger of its chain. */
export function setLedger(state: RunState, ledger: Ledger): void {
  ledgers.set(state, ledger);
}
