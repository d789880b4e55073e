// Retention: how much of a run's past is kept, so that one that loops for ever stays bounded.
//
//     commits   1 ───────────────── history ──────────────── states ──────────── now
//               forgotten          │ told by `history`      │ every state can be looked at
//
// A run with fewer commits keeps them all. What is taken away is taken a little at a time, between
// the commits of its run, and one run after another: nobody waits for it.
//
// Owns: which runs have something to be taken away.

import { isFlowError } from '../bytecode/errors.ts';
import type { RunId, Store } from '../store/store.ts';
import { PRUNE_COMMITS, PRUNE_RECORDS } from './limits.ts';

/** Commits of a run that are kept, from its last one back. */
export interface Kept {
  /** Whose states can be looked at. */
  readonly states: number;
  /** That are told by `history`, with the effects and answers they settled. */
  readonly history: number;
}

export interface RetentionOptions {
  readonly store: Store;
  readonly kept: Kept;
  /** Makes a call of the store that counts as work under way. */
  readonly ask: <Result>(call: () => Promise<Result>) => Promise<Result>;
  readonly fail: (error: unknown) => void;
}

export class Retention {
  private readonly options: RetentionOptions;
  /** Commits up to which a run has been looked at. */
  private readonly looked = new Map<RunId, number>();
  /** Runs to be pruned, with their last commit. */
  private readonly due = new Map<RunId, number>();
  private isPruning = false;
  private isClosing = false;

  constructor(options: RetentionOptions) {
    this.options = options;
  }

  /** A commit of a run is on disk, which has a checkpoint at or before it. */
  committed(run: RunId, sequence: number): void {
    const { states, history } = this.options.kept;
    if (sequence <= Math.min(states, history)) return;
    const looked = this.looked.get(run);
    if (looked !== undefined && sequence < looked + PRUNE_COMMITS) return;
    this.looked.set(run, sequence);
    this.due.set(run, sequence);
    void this.pruneNext();
  }

  /** A run is not driven here any more. */
  forget(run: RunId): void {
    this.looked.delete(run);
    this.due.delete(run);
  }

  stop(): void {
    this.isClosing = true;
  }

  private async pruneNext(): Promise<void> {
    if (this.isPruning) return;
    this.isPruning = true;
    for (const [run, sequence] of this.due) {
      this.due.delete(run);
      try {
        await this.prune(run, sequence);
      } catch (error) {
        // What is damaged is told to who reads it; what is closing finds it again next time.
        if (isFlowError(error, 'FLOW_STORE_UNAVAILABLE')) this.options.fail(error);
      }
      if (this.isClosing) break;
    }
    this.isPruning = false;
  }

  private async prune(run: RunId, sequence: number): Promise<void> {
    const { store, kept, ask } = this.options;
    const states = sequence - kept.states;
    const history = sequence - kept.history;
    for (const [before, forgets] of [
      [states, false],
      [history, true],
    ] as const) {
      if (before <= 1) continue;
      const request = { run, before, history: forgets, records: PRUNE_RECORDS };
      while (!this.isClosing) {
        const { more } = await ask(() => store.prune(request));
        if (!more) break;
      }
    }
  }
}
