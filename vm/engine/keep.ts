// Policies: how much of a run's past is kept.
//
//     full        nothing is forgotten
//     last 100    its last 100 commits, with their states
//     30d         what is younger
//     events      its history, and of its states only the last
//
// A policy is kept with its run as a label, so that whoever drives the run keeps to it; a run
// without one is kept as its driver keeps runs by default.

import { DURATION_MS_MAX, parseDuration } from '../values/duration.ts';
import type { RunRecord } from '../store/store.ts';
import { HISTORY_KEPT, STATES_KEPT } from './limits.ts';

/** From a run's last commit back: so many commits, or those of so much time. */
export type Span = number | { readonly ms: number };

export interface Kept {
  /** Whose states can be looked at. */
  readonly states: Span;
  /** That are told by `history`, with the effects and answers they settled. */
  readonly history: Span;
}

/** What is kept if nobody says otherwise. */
export const KEPT: Kept = { states: STATES_KEPT, history: HISTORY_KEPT };

const EVERYTHING: Kept = { states: Infinity, history: Infinity };

export interface Policy {
  /** As a label has it. */
  readonly text: string;
  readonly kept: Kept;
}

/** The label that a run's policy is kept in. */
export const KEEP_LABEL = 'flow.keep';

/** A policy as a person writes it; null if the text is none. */
export function readPolicy(text: string): Policy | null {
  const words = text.trim();
  if (words === 'full') return { text: words, kept: EVERYTHING };
  if (words === 'events') return { text: words, kept: { states: 0, history: Infinity } };
  const last = /^last[ =]([0-9]{1,15})$/u.exec(words)?.[1];
  if (last !== undefined) {
    const count = Number(last);
    return count === 0 ? null : { text: `last ${count}`, kept: { states: count, history: count } };
  }
  const ms = Math.ceil(parseDuration(words) ?? 0);
  if (ms === 0 || ms > DURATION_MS_MAX) return null;
  return { text: words.replaceAll(' ', ''), kept: { states: { ms }, history: { ms } } };
}

/** The policy a run was started with; null if it has none. */
export function policyOf({ labels }: Pick<RunRecord, 'labels'>): Policy | null {
  const text = labels[KEEP_LABEL];
  if (text === undefined) return null;
  // A later flowmetal has written it, which may keep more than is known of here.
  return readPolicy(text) ?? { text, kept: EVERYTHING };
}
