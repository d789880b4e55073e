// Effects: from what the machine asked for to what the store keeps.
//
//     EffectRequest {ordinal, kind, payload} ──▶ NewEffect {effect: 'e17', kind, request, token}
//
// An effect's id in the store is its ordinal in the run, so it is the same however often the
// batch that asks for it is done again (L6).

import { decode, encode, type Plain } from '../bytecode/codec.ts';
import type { EffectRequest } from '../machine/machine.ts';
import type { EffectId, NewEffect } from '../store/store.ts';
import type { EffectKind, EffectKinds } from './connector.ts';

export function effectId(ordinal: number): EffectId {
  return `e${ordinal}`;
}

/** The ordinal of an effect id; null for an id that is none of ours. */
export function ordinalOf(effect: EffectId): number | null {
  const digits = /^e([1-9][0-9]{0,15})$/.exec(effect)?.[1];
  return digits === undefined ? null : Number(digits);
}

/**
 * A request as it goes into the outbox.
 *
 * @param begins whether an effect of that kind will be carried out as soon as it is on disk
 */
export function newEffect(
  request: EffectRequest,
  kinds: EffectKinds,
  begins: (kind: string) => boolean,
): NewEffect {
  const { ordinal, kind, payload } = request;
  const plain = payload as readonly Plain[];
  const row: EffectKind | undefined = kinds.get(kind);
  const token = row?.token?.(plain);
  const firstInfo = row?.firstInfo;
  return {
    effect: effectId(ordinal),
    kind,
    request: encode(plain),
    // A kind nobody here knows stays in the outbox for a driver that does.
    dispatch: row?.dispatch ?? true,
    ...(token === undefined ? {} : { token }),
    ...(firstInfo !== undefined && begins(kind) ? { attempt: encode(firstInfo) } : {}),
  };
}

/** The request of an effect; undefined if the bytes are no encoding (L7). */
export function readRequest(bytes: Uint8Array): Plain | undefined {
  try {
    return decode(bytes);
  } catch {
    return undefined;
  }
}

/** The request in a few words. */
export function describeRequest(kind: string, bytes: Uint8Array, kinds: EffectKinds): string {
  const row = kinds.get(kind);
  const request = readRequest(bytes);
  if (row === undefined || request === undefined) return kind;
  try {
    return row.describe(request);
  } catch {
    return kind;
  }
}
