// By hand: a person answers what a run waits for, in place of the outside.
//
//     given ──EffectKind.byHand──▶ answer ──▶ store, as its connector would hand it over
//                                    └──────▶ a message that says so, for the history
//
// Invariant: BH1. The first answer wins, whoever gives it (L6): a late one is told so.

import { encode } from '../bytecode/codec.ts';
import { FlowError } from '../bytecode/errors.ts';
import type { Delivered, EffectRef, Store } from '../store/store.ts';
import type { EffectKinds, GivenAnswer } from './connector.ts';
import { readRequest } from './effects.ts';

/** Name of the message that says that an answer was given by hand. The program is not told. */
export const BY_HAND = 'by-hand';

/** @throws FLOW_REQUEST_INVALID  it can be no answer to that, or there is no such effect */
export async function answerByHand(
  { store, kinds }: { readonly store: Store; readonly kinds: EffectKinds },
  { run, effect }: EffectRef,
  given: GivenAnswer,
  atMs: number,
): Promise<Delivered> {
  const record = await store.getEffect({ run, effect });
  const kind = record === null ? undefined : kinds.get(record.kind);
  if (record === null || kind === undefined) {
    const what =
      record === null
        ? `run ${run} has asked for no effect ${effect}`
        : `effect ${effect} of run ${run} is of a kind that is not known here: ${record.kind}`;
    throw new FlowError('FLOW_REQUEST_INVALID', what, { run, effect });
  }
  let answer: Uint8Array;
  try {
    answer = encode(kind.byHand(readRequest(record.request) ?? null, given));
  } catch (cause) {
    const what = cause instanceof Error ? cause.message : String(cause);
    throw new FlowError('FLOW_REQUEST_INVALID', what, { run, effect }, { cause });
  }
  const told = await store.deliver({ run, effect, answer, atMs });
  if (told === 'accepted') {
    await store.send({ run, name: BY_HAND, body: encode([1, effect]), atMs });
  }
  return told;
}
