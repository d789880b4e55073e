// Timers: moments at which runs want to be woken.
//
// A timer is set and cleared by the commits of its run, so it is never out of step with the state
// that waits for it. `due` lists the timers of all runs in order of their moments.

import type { Core } from './core.ts';
import type { Op } from './disk.ts';
import { after, makeKey, parseKey, numberRange, prefixRange, textPart } from './keys.ts';
import { DUE, TIMER } from './records.ts';
import { invalid, needCount, needId, pageLimit } from './request.ts';
import type { Commit, DueTimer, Ms, NewTimer, RunId, TimerId } from './store.ts';

/**
 * The changes of a commit's timers, and how many more are set after it.
 *
 * @param before  how many are set before it; null if that is not known
 */
export async function setTimers(
  core: Core,
  run: RunId,
  { set = [], clear = [] }: NonNullable<Commit['timers']>,
  before: number | null,
): Promise<{ readonly ops: readonly Op[]; readonly more: number }> {
  const names = [...clear, ...set.map(({ timer }) => timer)];
  const earlier =
    before === 0
      ? []
      : await core.aheadMany(
          TIMER,
          names.map((timer) => [run, timer]),
        );
  const ops: Op[] = [];
  // One may be cleared and set again by one commit.
  const gone = new Set<TimerId>();
  for (const [i, timer] of names.entries()) {
    const dueMs = earlier[i];
    if (dueMs === null || dueMs === undefined) {
      if (i < clear.length) throw invalid(`run ${run} has no timer ${timer} to clear`, { run });
      continue;
    }
    gone.add(timer);
    ops.push(core.drop('timer', run, timer), core.drop('due', dueMs, run, timer));
  }
  for (const { timer, dueMs } of set) {
    ops.push(core.put(TIMER, [run, timer], dueMs), core.put(DUE, [dueMs, run, timer], true));
  }
  return { ops, more: set.length - gone.size };
}

/** The changes that clear all timers of a run; sees only those on disk. */
export async function clearTimers(core: Core, run: RunId): Promise<Op[]> {
  const ops: Op[] = [];
  for await (const [key, dueMs] of core.range(TIMER, prefixRange('timer', run))) {
    const timer = textPart('timer', key, 1);
    ops.push(core.drop('timer', run, timer), core.drop('due', dueMs, run, timer));
  }
  return ops;
}

export async function dueTimers(
  core: Core,
  byMs: Ms,
  limit?: number,
  last?: DueTimer,
): Promise<readonly DueTimer[]> {
  needCount(byMs, 'byMs');
  const timers: DueTimer[] = [];
  const all = numberRange('due', [], 0, byMs);
  const most = pageLimit(limit);
  let rest = last === undefined ? all : after(all, dueKey(last));
  // All is in the keys, and one that is none must not hide those behind it (`verify` tells).
  for (let more = true; more && timers.length < most;) {
    const asked = most - timers.length;
    let read = 0;
    for await (const [key] of core.disk.range(rest, { limit: asked })) {
      const [dueMs, run, timer] = parseKey(key)?.parts ?? [];
      if (timer !== undefined) {
        timers.push({ dueMs: Number(dueMs), run: String(run), timer: String(timer) });
      }
      rest = after(rest, key);
      read++;
    }
    more = read === asked;
  }
  return timers;
}

function dueKey({ dueMs, run, timer }: DueTimer): string {
  needCount(dueMs, 'after.dueMs');
  needId(run, 'after.run');
  needId(timer, 'after.timer');
  return makeKey('due', dueMs, run, timer);
}

export async function timersOf(core: Core, run: RunId): Promise<readonly NewTimer[]> {
  needId(run, 'run');
  const timers: NewTimer[] = [];
  for await (const [key, dueMs] of core.range(TIMER, prefixRange('timer', run))) {
    timers.push({ timer: textPart('timer', key, 1), dueMs });
  }
  return timers;
}
