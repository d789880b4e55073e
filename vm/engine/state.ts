// The engine's side of snapshots: what of a machine is written with a commit, and a machine of
// what was written.
//
//     delta()            with every commit
//     checkpoint(…)      now and then: small ones whole, with a commit; large ones in slices,
//                        each staged in the store ahead of the commit that completes them
//
// When a checkpoint is made, and of what, is the affair of checkpointing.ts.

import type { Base } from '../snapshot/base.ts';
import { encodeCheckpoint } from '../snapshot/checkpoint.ts';
import { encodeDelta } from '../snapshot/delta.ts';
import { ledgerOf } from '../snapshot/ledger.ts';
import { restoreMachine } from '../snapshot/restore.ts';
import { heapBytes } from '../snapshot/size.ts';
import type { PageName } from '../snapshot/texts.ts';
import type { LoadedRun } from '../store/store.ts';
import type { TranslationMode } from '../machine/code.ts';
import { Machine, type RandomSource } from '../machine/machine.ts';
import type { LinkedProgram } from '../machine/link.ts';
import { give, type Given } from '../machine/prefix.ts';
import type { Held } from '../machine/quotas.ts';
import type { Registry } from '../machine/registry.ts';
import type { Quotas } from '../values/quotas.ts';

export interface StateOptions {
  readonly program: LinkedProgram;
  readonly registry: Registry;
  readonly random: RandomSource;
  /** What the run began from; null if it executes its imports. */
  readonly base: Base | null;
  readonly quotas?: Quotas;
  /** 'plain' to be able to stop before each instruction. */
  readonly mode?: TranslationMode;
}

/** Begin a machine that no commit is of: from its base, or with the first line of its program. */
export function beginMachine(machine: Machine, base: Base | null, given: Given): void {
  if (base !== null) give(machine, given);
  else {
    machine.state.argv = given.argv;
    machine.start(given.entry, given.args);
  }
}

/** Writes one machine's states, in order. */
export class StateWriter {
  private readonly machine: Machine;

  constructor(machine: Machine) {
    this.machine = machine;
  }

  /** Bytes of the base image that the state has in memory, whatever the store counts. */
  get baseBytes(): number {
    return ledgerOf(this.machine).base?.bytes ?? 0;
  }

  /** What has changed since the last delta. */
  delta(): Uint8Array {
    return encodeDelta(this.machine);
  }

  /** The whole state as of the last delta, chunk by chunk. It holds still for that state. */
  checkpoint(): Iterator<Uint8Array> {
    return encodeCheckpoint(this.machine).chunks[Symbol.iterator]();
  }

  /** From now on deltas say all pages of strs anew, but for those of the base. */
  forgetTexts(): ReadonlySet<PageName> {
    const { texts, base } = ledgerOf(this.machine);
    const { written } = texts;
    texts.written = new Set(base?.texts);
    return written;
  }

  /** Pages of strs that are known to be in the chain, and need not be said again. */
  recallTexts(pages: Iterable<PageName>): void {
    const { written } = ledgerOf(this.machine).texts;
    for (const page of pages) written.add(page);
  }
}

/** What a machine is held to; null if its run has no quotas. */
export function heldTo({ quotas = {} }: { readonly quotas?: Quotas }): Held | null {
  return Object.keys(quotas).length === 0 ? null : { limits: quotas, heapBytes };
}

/** A machine that is to be begun. */
export function newMachine(options: StateOptions): Machine {
  const { base } = options;
  if (base === null) return new Machine({ ...options, held: heldTo(options) });
  return restoreMachine(
    { ...options, held: heldTo(options) },
    { base, checkpoint: [], deltas: [] },
  );
}

/** The machine of a run as its commits left it; a new one, to be begun, if there are none. */
export function machineOf(loaded: LoadedRun, options: StateOptions): Machine {
  if (loaded.sequence === 0) return newMachine(options);
  return restoreMachine(
    { ...options, held: heldTo(options) },
    {
      base: options.base,
      checkpoint: loaded.checkpoint?.chunks ?? [],
      deltas: loaded.deltas.map(({ bytes }) => bytes),
    },
  );
}
