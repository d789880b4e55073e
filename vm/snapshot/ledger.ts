// The ledger of a run: what its last commit wrote, as far as that tells what the next must write.
//
// Objects know themselves whether they have changed (heap.ts). What is no object,
// the lists of tasks, timers and modules, is held against a copy of what was
// written; so are a module's globals, since the loop that binds them marks the
// module only, and writing all of them at each commit would cost what the script
// is large, not what it does (L5).
//
// Owns:     copies of references, never of values; and the names of written pages of strs.
// Does not: reach a byte on disk: a state decoded from the chain has the same ledger (restore.ts).

import type { Machine } from '../machine/machine.ts';
import type { ModuleObject } from '../machine/function.ts';
import type { RunState, Timer } from '../machine/state.ts';
import type { Task } from '../machine/frame.ts';
import { INT_TEXT_DIGITS_DEFAULT } from '../values/limits.ts';
import type { Slot } from '../values/value.ts';
import { TextLedger } from './texts.ts';

export class Ledger {
  /** Whether nothing was written yet: the first delta is a full one. */
  isNew = true;
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
  }

  notePending(gone: readonly number[], added: readonly { readonly effect: number }[]): void {
    for (const ordinal of gone) this.pending.delete(ordinal);
    for (const { effect } of added) this.pending.add(effect);
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
