// Grace: letting what is under way end, for a while, when a connector stops.

import type { Clock } from '../../vm/engine/clock.ts';

const LOOK_MS = 10;

/** Resolves when nothing is under way, or the time is over. */
export async function waitForQuiet(
  clock: Clock,
  isBusy: () => boolean,
  graceMs: number,
): Promise<void> {
  const endMs = clock.nowMs() + graceMs;
  while (isBusy() && clock.nowMs() < endMs) {
    await new Promise<void>((resolve) => {
      clock.at(Math.min(endMs, clock.nowMs() + LOOK_MS), resolve);
    });
  }
}
