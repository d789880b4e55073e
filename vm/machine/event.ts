// Events: something awaited that the outside, or another task, will settle.

import { HeapObject } from '../values/heap.ts';
import type { ExceptionObject } from '../values/exception.ts';
import type { TypeObject } from '../values/type.ts';
import { types } from '../values/types.ts';
import type { Value } from '../values/value.ts';

export type EventState =
  | { readonly kind: 'pending' }
  | { readonly kind: 'resolved'; readonly value: Value }
  | { readonly kind: 'rejected'; readonly error: ExceptionObject };

/** Effects that the driver answers itself (vm/engine/instant.ts): nothing of them goes outside. */
export function isDriverKind(kind: string): boolean {
  return kind.startsWith('driver.');
}

export const PENDING: EventState = { kind: 'pending' };

/** An event that is settled, with a place in a list, by the first of several others. */
export interface Watcher {
  readonly event: EventObject;
  readonly index: number;
}

/**
 * One awaited thing. `effect` is the ordinal of the effect in its run, from
 * which the stable effect id is derived; 0 for events made inside the run.
 * An event is settled at most once (L6).
 */
export class EventObject extends HeapObject {
  readonly effect: number;
  /** What kind of effect, for `why`: 'http', 'callback', 'timer', … */
  readonly kind: string;
  state: EventState = PENDING;
  /** Who else wants to know; none once it is settled. */
  watchers: Watcher[] | null = null;

  constructor(effect: number, kind: string) {
    super();
    this.effect = effect;
    this.kind = kind;
  }

  override get type(): TypeObject {
    return types.Event;
  }
}
