// Notes: what happened in a batch that its commit says nowhere else, as bytes in its `events`.
//
//     [['message', name], …, ['stderr', text]]
//
// There is a message for each arrival that answers no effect, in the order of arrivals. A row of
// another kind is of a later flowmetal, and passed over.

import { decode, encode, isList, type Plain } from '../bytecode/codec.ts';

export interface Notes {
  /** Names of the messages that were taken in. */
  readonly messages: readonly string[];
  readonly stderr: string;
}

const NONE: Notes = { messages: [], stderr: '' };

/** Undefined if there is nothing to note. */
export function encodeNotes({ messages, stderr }: Notes): Uint8Array | undefined {
  if (messages.length === 0 && stderr === '') return undefined;
  const rows: Plain[] = messages.map((name) => ['message', name]);
  if (stderr !== '') rows.push(['stderr', stderr]);
  return encode(rows);
}

/** @throws FLOW_BYTES_CORRUPT */
export function decodeNotes(bytes: Uint8Array): Notes {
  if (bytes.length === 0) return NONE;
  const rows = decode(bytes);
  const messages: string[] = [];
  let stderr = '';
  for (const row of isList(rows) ? rows : []) {
    const [what, said] = isList(row) ? row : [];
    if (typeof said !== 'string') continue;
    if (what === 'message') messages.push(said);
    if (what === 'stderr') stderr += said;
  }
  return { messages, stderr };
}
