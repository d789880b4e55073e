// Clocks of rehearsals: time that can be made to pass.

import type { Clock, Stop } from '../../vm/engine/clock.ts';

interface Appointment {
  readonly atMs: number;
  readonly call: () => void;
}

/** Time stands still, and jumps from appointment to appointment. */
export class StillClock implements Clock {
  ms: number;
  private appointments: Appointment[] = [];

  constructor(ms: number) {
    this.ms = ms;
  }

  nowMs(): number {
    return this.ms;
  }

  at(atMs: number, call: () => void): Stop {
    const made = { atMs, call };
    this.appointments.push(made);
    return () => {
      this.appointments = this.appointments.filter((each) => each !== made);
    };
  }

  soon(call: () => void): void {
    setImmediate(call);
  }

  /** Keep the next appointment; false if there is none. */
  advance(): boolean {
    // Sorting is stable: of one moment, the appointment made first is kept first.
    const [next] = this.appointments.toSorted((a, b) => a.atMs - b.atMs);
    if (next === undefined) return false;
    this.appointments = this.appointments.filter((each) => each !== next);
    this.ms = Math.max(this.ms, next.atMs);
    next.call();
    return true;
  }
}

/** The host's time, from which waits are left out in which nothing outside can happen. */
export class HastyClock implements Clock {
  private aheadMs = 0;
  private readonly waits = new Map<Appointment, NodeJS.Timeout>();

  nowMs(): number {
    return Date.now() + this.aheadMs;
  }

  at(atMs: number, call: () => void): Stop {
    const made = { atMs, call };
    const stop = (): void => {
      clearTimeout(this.waits.get(made));
      this.waits.delete(made);
    };
    this.wait(made);
    return stop;
  }

  soon(call: () => void): void {
    setImmediate(call);
  }

  /** Let the time until the next appointment be over; false if there is none. */
  skip(): boolean {
    const next = Math.min(...[...this.waits.keys()].map(({ atMs }) => atMs));
    if (next === Infinity) return false;
    this.aheadMs += Math.max(0, next - this.nowMs());
    for (const [made, timer] of this.waits) {
      clearTimeout(timer);
      this.wait(made);
    }
    return true;
  }

  private wait(made: Appointment): void {
    const ms = Math.max(0, made.atMs - this.nowMs());
    const ring = (): void => {
      if (made.atMs > this.nowMs()) return this.wait(made);
      this.waits.delete(made);
      made.call();
    };
    this.waits.set(made, setTimeout(ring, Math.min(ms, TIMER_MS_MAX)));
  }
}

/** The longest a timer of Node's may be set. */
const TIMER_MS_MAX = 2 ** 31 - 1;
