// Wakeups: who is woken by time, and when.
//
//     runs in memory   appointments, by their machines' own word
//     all others       the store's list of timers, of which the earliest is looked at
//
// A sleeping run costs nothing here (L5): the engine remembers one moment for all of them, and
// asks the store who is due when it comes. An engine that drives a few runs only keeps their
// moments instead, since the store's list is of all.

import type { RunId, Store } from '../store/store.ts';
import type { Clock, Stop } from './clock.ts';
import { TIMER_LOOK_MS, TIMER_MORE_MS, TIMER_PAGE, TIMER_STUCK_MS } from './limits.ts';

export interface WakeupsOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly wake: (run: RunId) => void;
  /** Whether this engine moves the run: not what belongs to others, nor what is stuck. */
  readonly drives: (run: RunId) => boolean;
  readonly isInMemory: (run: RunId) => boolean;
  /** Makes a call of the store that counts as work under way. */
  readonly ask: (call: () => Promise<void>) => Promise<void>;
}

export class Wakeups {
  private readonly options: WakeupsOptions;
  /** Runs with a moment of their own. */
  private readonly moments = new Map<RunId, number>();
  /** The earliest timer in the store of a run that is not in memory; Infinity if unknown. */
  private storeMs = Infinity;
  private watchesStore = false;
  private isLooking = false;
  private nextMs = Infinity;
  private appointment: Stop | null = null;
  private stopped = false;

  constructor(options: WakeupsOptions) {
    this.options = options;
  }

  /** A run in memory is to be woken at a moment, or not by time at all. */
  appoint(run: RunId, atMs: number | null): void {
    if (atMs === null) this.moments.delete(run);
    else {
      this.moments.set(run, atMs);
      this.arm(atMs);
    }
  }

  /** A run has left the memory; it is to be woken at a moment, if at any. */
  asleep(run: RunId, atMs: number | null): void {
    if (this.watchesStore) {
      this.moments.delete(run);
      if (atMs !== null) this.storeMs = Math.min(this.storeMs, atMs);
    } else if (atMs !== null) this.moments.set(run, atMs);
    if (atMs !== null) this.arm(atMs);
  }

  /** From now on, wake whoever in the store is due. */
  watchStore(): void {
    this.watchesStore = true;
    this.look();
  }

  stop(): void {
    this.stopped = true;
    this.appointment?.();
  }

  private arm(atMs: number): void {
    if (this.stopped || atMs >= this.nextMs) return;
    this.appointment?.();
    const { clock } = this.options;
    this.nextMs = atMs;
    // No host timer lasts for ever; a look too early does no harm.
    const soonest = Math.min(atMs, clock.nowMs() + TIMER_LOOK_MS);
    this.appointment = clock.at(soonest, () => this.ring());
  }

  private ring(): void {
    const { clock, wake } = this.options;
    const nowMs = clock.nowMs();
    this.appointment = null;
    this.nextMs = Infinity;
    let next = Infinity;
    for (const [run, atMs] of this.moments) {
      if (atMs <= nowMs) {
        this.moments.delete(run);
        wake(run);
      } else next = Math.min(next, atMs);
    }
    if (this.watchesStore) {
      if (this.storeMs <= nowMs) this.look();
      else next = Math.min(next, this.storeMs);
    }
    if (next !== Infinity) this.arm(next);
  }

  /** Wake who is due in the store, and find the next moment there. */
  private look(): void {
    if (this.isLooking || this.stopped) return;
    this.isLooking = true;
    const found = this.options.ask(() => this.lookInStore());
    void found
      .catch(() => {
        // The store has failed or is closing; whoever commits next will say so.
      })
      .finally(() => {
        this.isLooking = false;
        if (this.storeMs !== Infinity) this.arm(this.storeMs);
      });
  }

  private async lookInStore(): Promise<void> {
    const { store, clock, wake, drives, isInMemory } = this.options;
    this.storeMs = Infinity;
    const due = await store.dueTimers(clock.nowMs(), TIMER_PAGE);
    for (const { run } of due) if (!isInMemory(run)) wake(run);
    // Runs just woken are in memory now, or about to be, and set their own moments when they rest.
    const rows = await store.dueTimers(Number.MAX_SAFE_INTEGER, TIMER_PAGE);
    // Runs that are not driven stay due: to wait for them would be to look again at once, for ever.
    const next = rows.find(({ run }) => !isInMemory(run) && drives(run));
    if (next !== undefined) this.storeMs = Math.min(this.storeMs, next.dueMs);
    // A page of nothing but such runs: look again when those in memory have gone on.
    else if (rows.length === TIMER_PAGE) {
      const isMoving = rows.some(({ run }) => isInMemory(run));
      this.storeMs = clock.nowMs() + (isMoving ? TIMER_MORE_MS : TIMER_STUCK_MS);
    }
  }
}
