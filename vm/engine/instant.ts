// Effects that the driver answers itself, at once: they never reach the outbox.
//
//     step ──▶ _effect('driver.environment', ['http.callback']) ──▶ answered, and step again
//
//     driver.environment [name]      what the host tells programs by that name, or None
//     driver.abandon     [ordinal]   that effect's answer is not wanted any more; no answer to this
//     driver.checkpoint  []          None, once the commit that asks for it is on disk
//     driver.flush       []          None, once all that was printed before has been told
//
// The last is how a run ends: its last words are committed and told, then its end is committed. A
// run that has ended takes no more commits, so nobody could note any more that it was told.
//
// What a host knows and a program may ask (under which address callbacks are reached) enters the
// run as an input of the batch, like the moment: it is in the state that the next commit writes,
// and done again after a crash it may be another. Nothing outside has seen it by then (L1).

import type { Plain } from '../bytecode/codec.ts';
import { isDriverKind } from '../machine/event.ts';
import type { EffectRequest, Machine } from '../machine/machine.ts';
import { plainValue } from './answers.ts';

/** What the host tells programs, by name; null for what it does not know. */
export type HostEnvironment = (name: string) => string | null;

const ENVIRONMENT = 'driver.environment';
const ABANDON = 'driver.abandon';
/** Waits until what was printed has been told. */
const FLUSH = 'driver.flush';
/** Waits until all that the run has done so far is on disk. */
const CHECKPOINT = 'driver.checkpoint';

/** What a run may wait for that only its driver can let happen. */
export type DriverWaitKind = 'told' | 'durable';

const WAITS: ReadonlyMap<string, DriverWaitKind> = new Map([
  [FLUSH, 'told'],
  [CHECKPOINT, 'durable'],
]);

/** What an effect of a kind waits for, if that is the driver's own. */
export function driverWaitOf(kind: string): DriverWaitKind | null {
  return WAITS.get(kind) ?? null;
}

/** A task's wait for its driver. */
export interface DriverWait {
  readonly ordinal: number;
  readonly kind: DriverWaitKind;
}

export interface Sorted {
  /** For the outbox. */
  readonly effects: readonly EffectRequest[];
  /** Ordinals of effects whose answers are not wanted any more. */
  readonly abandoned: readonly number[];
  readonly waits: readonly DriverWait[];
  /** Whether something was answered: tasks may go on in this very turn. */
  readonly answered: boolean;
}

/**
 * Take what a step has asked for, and answer what is the driver's own.
 *
 * @param isTold whether all that the run has printed so far has been told; asked if it matters
 */
export function sortEffects(
  machine: Machine,
  environment: HostEnvironment,
  isTold: () => boolean = () => true,
): Sorted {
  const effects: EffectRequest[] = [];
  const abandoned: number[] = [];
  const waits: DriverWait[] = [];
  let answered = false;
  for (const request of machine.takeEffects()) {
    const { kind, payload, ordinal } = request;
    const wait = driverWaitOf(kind);
    if (!isDriverKind(kind)) effects.push(request);
    else if (kind === ABANDON) {
      if (typeof payload[0] === 'number') abandoned.push(payload[0]);
    } else if (wait === 'durable' || (wait === 'told' && !isTold())) {
      waits.push({ ordinal, kind: wait });
    } else {
      const [name] = payload;
      const known = kind === ENVIRONMENT && typeof name === 'string' ? environment(name) : null;
      machine.settle(ordinal, { kind: 'resolved', value: plainValue(known satisfies Plain) });
      answered = true;
    }
  }
  return { effects, abandoned, waits, answered };
}
