// A host's clock: what the timeline says, and what people and their daemons have made of it.
//
// As with the host's own timers, an appointment is kept after so much time as there was to it when
// it was made, whatever the clock shows by then.

import type { Clock, Stop } from '../../vm/engine/clock.ts';
import type { Life, Timeline } from './timeline.ts';

/** 2030-01-01T00:00:00Z */
export const START_MS = 1_893_456_000_000;

/** What all hosts show; it can be set. */
export class Wall {
  private readonly timeline: Timeline;
  private skewMs = 0;

  constructor(timeline: Timeline) {
    this.timeline = timeline;
  }

  nowMs(): number {
    return START_MS + Math.floor(this.timeline.ms) + this.skewMs;
  }

  /** Somebody sets the clock forward, or back. */
  jump(ms: number): void {
    this.skewMs += ms;
  }
}

/** The clock of one driver: what it has appointed dies with it. */
export class DriverClock implements Clock {
  private readonly timeline: Timeline;
  private readonly wall: Wall;
  private readonly life: Life;
  private readonly turnMs: () => number;

  /** @param turnMs how long until a turn comes; that is what makes drivers slow */
  constructor(timeline: Timeline, wall: Wall, life: Life, turnMs: () => number) {
    this.timeline = timeline;
    this.wall = wall;
    this.life = life;
    this.turnMs = turnMs;
  }

  nowMs(): number {
    return this.wall.nowMs();
  }

  at(ms: number, call: () => void): Stop {
    return this.timeline.after(Math.max(0, ms - this.nowMs()), this.life, call);
  }

  soon(call: () => void): void {
    this.timeline.after(this.turnMs(), this.life, call);
  }
}
