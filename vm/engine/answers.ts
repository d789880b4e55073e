// Answers: from what a connector brought to what `await` gives. The one place where bytes from
// outside become values of a program (L7).
//
//     answer bytes ──decode──▶ plain data ──EffectKind.readAnswer──▶ plain data ──▶ Value
//                       └───────────────────┴── refused ──▶ UncertainOutcome, raised where it waits
//
// A damaged answer is not dropped: the program would wait for ever. That the outside has answered
// is known, what it said is not, and that is what UncertainOutcome means.

import { decode, type Plain } from '../bytecode/codec.ts';
import type { EventState } from '../machine/event.ts';
import { Bytes, List } from '../values/collections.ts';
import { makeException } from '../values/exception.ts';
import { types } from '../values/types.ts';
import { Float, type Value } from '../values/value.ts';
import type { EffectKinds } from './connector.ts';

export type Settled = Exclude<EventState, { kind: 'pending' }>;

/** What the answer to an effect of a kind settles its event with. */
export function readAnswer(kind: string, bytes: Uint8Array, kinds: EffectKinds): Settled {
  try {
    const plain = decode(bytes);
    const row = kinds.get(kind);
    return {
      kind: 'resolved',
      value: plainValue(row === undefined ? plain : row.readAnswer(plain)),
    };
  } catch (problem) {
    const why = problem instanceof Error ? problem.message : String(problem);
    const text = `the answer to ${kind} cannot be read: ${why}`;
    return { kind: 'rejected', error: makeException(types.UncertainOutcome, text) };
  }
}

/** Plain data as values. Its depth is bounded by the codec. */
export function plainValue(plain: Plain): Value {
  if (plain === null || typeof plain === 'boolean' || typeof plain === 'string') return plain;
  if (typeof plain === 'number') {
    return Number.isSafeInteger(plain) && !Object.is(plain, -0) ? plain : new Float(plain);
  }
  // The bytes of an answer are a view of a larger buffer; a value keeps its own.
  if (plain instanceof Uint8Array) return new Bytes(Uint8Array.from(plain));
  return new List(plain.map(plainValue));
}
