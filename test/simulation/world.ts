// The world of one story: what everything in it shares. And what a violation is.

import { Random } from '../differential/random.ts';
import { Wall } from './clock.ts';
import type { Fault, Plan } from './plan.ts';
import { Life, Timeline } from './timeline.ts';

/** Something that must never happen has happened. Its first word is the check's name. */
export class Violation extends Error {}

export class World {
  readonly timeline: Timeline;
  readonly wall: Wall;
  readonly random: Random;
  readonly plan: Plan;
  /** What does not die: services, strangers, the hands of people. */
  readonly life = new Life('world');
  readonly faults = new Map<Fault, number>();
  /** From some moment on nothing goes wrong any more, and everything must come to its end. */
  isHealed = false;
  /** The disk has lied: what the store is then must be right, or refused; no more is promised. */
  hasLied = false;
  /** The first thing that was wrong. */
  violation: Violation | null = null;

  constructor(seed: number, plan: (random: Random) => Plan, isTraced: boolean) {
    this.timeline = new Timeline(isTraced);
    this.wall = new Wall(this.timeline);
    this.random = new Random(seed, 1);
    this.plan = plan(new Random(seed, 2));
  }

  /** Whether a fault of this rate happens now. */
  strikes(rate: number): boolean {
    return rate > 0 && !this.isHealed && this.random.chance(rate);
  }

  count(fault: Fault): void {
    this.faults.set(fault, (this.faults.get(fault) ?? 0) + 1);
    this.timeline.note('fault', fault);
  }

  /** A time between two, the shorter ones more often. */
  delay(leastMs: number, mostMs: number): number {
    const part = this.random.below(1000) / 1000;
    return leastMs + (mostMs - leastMs) * part * part * part;
  }

  /** Only the first one counts: what follows from it is noise. */
  wrong(check: string, what: string): void {
    if (this.violation !== null) return;
    this.timeline.note('WRONG', check, what);
    this.violation = new Violation(`${check}: ${what}`);
  }

  bytes = (count: number): Uint8Array =>
    Uint8Array.from({ length: count }, () => this.random.below(256));
}
