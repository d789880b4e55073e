// Retention: how much of a run's past is kept, so that one that loops for ever stays bounded.
//
//     commits   1 ───────────────── history ──────────────── states ──────────── now
//               forgotten          │ told by `history`      │ every state can be looked at
//
// A run that has not come so far keeps all. What is taken away is taken a little at a time, between
// the commits of its run, and one run after another: nobody waits for it. A run that makes no
// commits loses nothing, and one that has ended loses nothing more.
//
// Owns: which runs have something to be taken away.

import { isFlowError } from '../bytecode/errors.ts';
import type { Commit, RunId, RunRecord, Store } from '../store/store.ts';
import { commitSince } from './commit-view.ts';
import { policyOf, type Kept, type Span } from './keep.ts';
import {
  COMMITS_AHEAD_MAX,
  PRUNE_COMMITS,
  PRUNE_COMMITS_MIN,
  PRUNE_MS_MIN,
  PRUNE_RECORDS,
  PRUNE_SHARE,
  UNTOLD_MAX,
} from './limits.ts';

export interface RetentionOptions {
  readonly store: Store;
  /** Of runs that have no policy of their own. */
  readonly kept: Kept;
  /** Makes a call of the store that counts as work under way. */
  readonly ask: <Result>(call: () => Promise<Result>) => Promise<Result>;
  readonly fail: (error: unknown) => void;
}

/** Commits of a run, at most, whose output has not been told. */
const UNTOLD_COMMITS = UNTOLD_MAX + COMMITS_AHEAD_MAX;

/** A commit up to which something may be taken away. */
interface Mark {
  readonly sequence: number;
  readonly atMs: number;
  readonly kept: Kept;
}

export class Retention {
  private readonly options: RetentionOptions;
  /** Commits at which runs have been looked at. */
  private readonly looked = new Map<RunId, Mark>();
  /** Runs to be pruned. */
  private readonly due = new Map<RunId, Mark>();
  private isPruning = false;
  private isClosing = false;

  constructor(options: RetentionOptions) {
    this.options = options;
  }

  /** A commit of a run is on disk. */
  committed(record: RunRecord, { sequence, atMs, status }: Commit): void {
    const { run } = record;
    const kept = policyOf(record)?.kept ?? this.options.kept;
    const mark: Mark = { sequence, atMs, kept };
    const isOpen = status.kind === 'ready' || status.kind === 'waiting';
    const looked = this.looked.get(run);
    if (![kept.states, kept.history].some((span) => isDue(span, mark, isOpen ? looked : undefined)))
      return;
    if (isOpen) this.looked.set(run, mark);
    else this.looked.delete(run);
    this.due.set(run, mark);
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
    for (const [run, mark] of this.due) {
      this.due.delete(run);
      try {
        await this.prune(run, mark);
      } catch (error) {
        // What is damaged is told to who reads it; what is closing finds it again next time.
        if (isFlowError(error, 'FLOW_STORE_UNAVAILABLE')) this.options.fail(error);
      }
      if (this.isClosing) break;
    }
    this.isPruning = false;
  }

  private async prune(run: RunId, mark: Mark): Promise<void> {
    const { store, ask } = this.options;
    const { states, history } = mark.kept;
    for (const [span, forgets] of [
      [states, false],
      [history, true],
    ] as const) {
      const first = await ask(() => this.firstKept(run, span, mark));
      // What commits printed that has not been told yet is told from the history.
      const before = forgets ? Math.min(first, mark.sequence - UNTOLD_COMMITS) : first;
      if (before <= 1) continue;
      const request = { run, before, history: forgets, records: PRUNE_RECORDS };
      while (!this.isClosing) {
        const { more } = await ask(() => store.prune(request));
        if (!more) break;
      }
    }
  }

  /** The first commit that is to be kept. */
  private async firstKept(run: RunId, span: Span, { sequence, atMs }: Mark): Promise<number> {
    if (typeof span === 'number') return sequence - span;
    const { store } = this.options;
    const record = await store.getRun(run);
    return record === null ? 0 : await commitSince(store, record, atMs - span.ms);
  }
}

/** Whether so much is new since a run was looked at that it is worth another look. */
function isDue(span: Span, { sequence, atMs }: Mark, looked: Mark | undefined): boolean {
  if (typeof span !== 'number') {
    const eachMs = Math.max(PRUNE_MS_MIN, span.ms * PRUNE_SHARE);
    return sequence > 1 && (looked === undefined || atMs >= looked.atMs + eachMs);
  }
  if (sequence <= span) return false;
  const each = Math.min(PRUNE_COMMITS, Math.max(PRUNE_COMMITS_MIN, span));
  return looked === undefined || sequence >= looked.sequence + each;
}
