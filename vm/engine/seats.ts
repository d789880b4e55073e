// Seats: the runs in memory, in the order of their last use.
//
// A waiting run keeps its seat as long as there is room, because it may be woken soon; then the
// longest unused goes first. Nothing is lost by it: what wakes a run is in the store (EN6).

import type { RunId } from '../store/store.ts';
import type { Stop } from './clock.ts';
import { WARM_BYTES_MAX, WARM_RUNS_MAX } from './limits.ts';
import type { LiveRun } from './live.ts';

/** Seats looked at for one that is idle: where all are busy, a look at each costs too much. */
const LOOKS_MAX = 64;

/** A run in memory, with what only the engine knows of it. */
export interface Seat {
  readonly live: LiveRun;
  /** Has its place in the queue. */
  isQueued: boolean;
  /** Arrivals wait in the store. */
  hasArrivals: boolean;
  /** They are being read. */
  isReading: boolean;
  /** Commits on their way to the disk. */
  ahead: number;
  /** Waits until some of them are there, or what they printed has been told. */
  isParked: boolean;
  /** What is being told; null if all has been. */
  telling: Promise<void> | null;
  /** Bytes of its state, for the sum of all. */
  bytes: number;
  /** The appointment to note what was told. */
  note: Stop | null;
}

export class Seats {
  private readonly runsMax: number;
  /** The longest unused first. */
  private readonly seats = new Map<RunId, Seat>();
  private bytes = 0;

  constructor(runsMax = WARM_RUNS_MAX) {
    this.runsMax = runsMax;
  }

  get(run: RunId): Seat | undefined {
    return this.seats.get(run);
  }

  has(run: RunId): boolean {
    return this.seats.has(run);
  }

  /** Whether a seat is still its run's: it may have been let go meanwhile. */
  isTaken(seat: Seat): boolean {
    return this.seats.get(seat.live.run) === seat;
  }

  [Symbol.iterator](): Iterator<Seat> {
    return this.seats.values();
  }

  /** @param hasArrivals  false if it is known that nothing has arrived for it */
  take(live: LiveRun, hasArrivals = true): Seat {
    const { checkpoint, sinceCheckpoint } = live.record.bytes;
    const seat: Seat = {
      live,
      isQueued: false,
      hasArrivals,
      isReading: false,
      ahead: 0,
      isParked: false,
      telling: null,
      bytes: checkpoint + sinceCheckpoint + live.baseBytes,
      note: null,
    };
    this.seats.set(live.run, seat);
    this.bytes += seat.bytes;
    return seat;
  }

  /** Note that a seat is in use. */
  use(seat: Seat): void {
    this.seats.delete(seat.live.run);
    this.seats.set(seat.live.run, seat);
  }

  /** @param stored  bytes of its state in the store */
  weigh(seat: Seat, stored: number): void {
    if (!this.isTaken(seat)) return;
    const bytes = stored + seat.live.baseBytes;
    this.bytes += bytes - seat.bytes;
    seat.bytes = bytes;
  }

  leave(seat: Seat): void {
    seat.note?.();
    seat.note = null;
    if (!this.isTaken(seat)) return;
    this.seats.delete(seat.live.run);
    this.bytes -= seat.bytes;
  }

  /** Let go of runs at rest while there are too many; returns them. */
  trim(): Seat[] {
    const gone: Seat[] = [];
    if (!this.isFull) return gone;
    let looks = LOOKS_MAX;
    for (const seat of this.seats.values()) {
      if (!this.isFull || looks-- === 0) break;
      if (!isIdle(seat)) continue;
      this.leave(seat);
      gone.push(seat);
    }
    return gone;
  }

  private get isFull(): boolean {
    return this.seats.size > this.runsMax || this.bytes > WARM_BYTES_MAX;
  }
}

/** Whether nothing of a run is under way, and nothing about it is known only here. */
function isIdle(seat: Seat): boolean {
  const { live } = seat;
  const isBusy = seat.isQueued || seat.isReading || seat.ahead > 0 || seat.hasArrivals;
  return (
    !isBusy &&
    seat.telling === null &&
    !live.checkpoints.isUnderWay &&
    live.isAtRest &&
    !live.owesNote
  );
}
