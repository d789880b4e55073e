// Effects that the driver answers itself, at once: they never reach the outbox.
//
//     step ──▶ _effect('driver.environment', ['http.callback']) ──▶ answered, and step again
//
//     driver.environment [name]      what the host tells programs by that name, or None
//     driver.abandon     [ordinal]   that effect's answer is not wanted any more; no answer to this
//     driver.flush       []          None, once all that was printed before has been told
//
// The last is how a run ends: its last words are committed and told, then its end is committed. A
// run that has ended takes no more commits, so nobody could note any more that it was told.
//
// What a host knows and a program may ask (under which address callbacks are reached) enters the
// run as an input of the batch, like the moment: it is in the state that the next commit writes,
// and done again after a crash it may be another. Nothing outside has seen it by then (L1).

import type { Plain } from '../bytecode/codec.ts';
import type { EffectRequest, Machine } from '../machine/machine.ts';
import { plainValue } from './answers.ts';

/** What the host tells programs, by name; null for what it does not know. */
export type HostEnvironment = (name: string) => string | null;

const PREFIX = 'driver.';
const ENVIRONMENT = 'driver.environment';
const ABANDON = 'driver.abandon';
/** Waits until what was printed has been told. */
export const FLUSH = 'driver.flush';

export interface Sorted {
  /** For the outbox. */
  readonly effects: readonly EffectRequest[];
  /** Ordinals of effects whose answers are not wanted any more. */
  readonly abandoned: readonly number[];
  /** Ordinals of flushes that must wait until something has been told. */
  readonly flushes: readonly number[];
  /** Whether something was answered: tasks may go on in this very turn. */
  readonly answered: boolean;
}

/**
 * Take what a step has asked for, and answer what is the driver's own.
 *
 * @param isTold whether all that the run has printed so far has been told
 */
export function sortEffects(machine: Machine, environment: HostEnvironment, isTold = true): Sorted {
  const effects: EffectRequest[] = [];
  const abandoned: number[] = [];
  const flushes: number[] = [];
  let answered = false;
  for (const request of machine.takeEffects()) {
    const { kind, payload, ordinal } = request;
    if (!kind.startsWith(PREFIX)) effects.push(request);
    else if (kind === ABANDON) {
      if (typeof payload[0] === 'number') abandoned.push(payload[0]);
    } else if (kind === FLUSH && !isTold) flushes.push(ordinal);
    else {
      const [name] = payload;
      const known = kind === ENVIRONMENT && typeof name === 'string' ? environment(name) : null;
      machine.settle(ordinal, { kind: 'resolved', value: plainValue(known satisfies Plain) });
      answered = true;
    }
  }
  return { effects, abandoned, flushes, answered };
}
