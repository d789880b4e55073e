// Hashes: the names of modules and programs, and of what they are made of.
//
// SHA-256 everywhere. The host's implementation is used: the same bytes have the same hash on
// every machine, and nothing but the bytes goes in.

import { createHash } from 'node:crypto';

export const HASH_BYTES = 32;

/** Bytes kept of a statement's hash: enough to tell the statements of one function apart. */
export const STATEMENT_HASH_BYTES = 16;

/** SHA-256 of some bytes, or of a text's UTF-8. */
export function sha256(data: Uint8Array | string): Uint8Array {
  return new Uint8Array(createHash('sha256').update(data).digest());
}

/** Bytes as hexadecimal text, the form in which hashes are shown and used as keys. */
export function hex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += byte.toString(16).padStart(2, '0');
  return text;
}
