// Quiet: whether anything is under way, and who wants to know when nothing is.
//
// Tests in simulated time let the clock go on only when all is quiet, and a driver that closes
// waits for what it has asked of the store.

import type { Clock } from './clock.ts';

export class Quiet {
  private readonly clock: Clock;
  /** Whether there is work that is no call of the store: turns to be taken, runs to be loaded. */
  private readonly hasWork: () => boolean;
  private calls = 0;
  private waiters: (() => void)[] = [];

  constructor(clock: Clock, hasWork: () => boolean) {
    this.clock = clock;
    this.hasWork = hasWork;
  }

  /** Make a call of the store that counts as work under way. */
  async ask<Result>(call: () => Promise<Result>): Promise<Result> {
    this.calls++;
    try {
      return await call();
    } finally {
      this.calls--;
      this.check();
    }
  }

  private get isQuiet(): boolean {
    return this.calls === 0 && !this.hasWork();
  }

  /** Something has ended: tell who waits, if it was the last. */
  check(): void {
    if (this.waiters.length === 0 || !this.isQuiet) return;
    const { waiters } = this;
    this.waiters = [];
    for (const resolve of waiters) resolve();
  }

  /** Resolves when nothing is under way. */
  async settled(): Promise<void> {
    for (let quiet = 0; quiet < 2;) {
      if (this.isQuiet) {
        // Who waited for the last call of the store may be about to make another one.
        await this.moment();
        quiet = this.isQuiet ? quiet + 1 : 0;
      } else {
        quiet = 0;
        await new Promise<void>((resolve) => this.waiters.push(resolve));
      }
    }
  }

  /** Resolves when every call of the store has come back, whatever else there is to do. */
  async answered(): Promise<void> {
    while (this.calls > 0) await this.moment();
  }

  private moment(): Promise<void> {
    return new Promise((resolve) => this.clock.soon(resolve));
  }
}
