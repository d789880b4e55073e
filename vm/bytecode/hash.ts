// Hashes: the names of modules and programs, and of what they are made of.
//
// SHA-256 everywhere. The host's implementation is used: the same bytes have the same hash on
// every machine, and nothing but the bytes goes in.

import { hash } from 'node:crypto';

export const HASH_BYTES = 32;

/** Bytes kept of a statement's hash: enough to tell the statements of one function apart. */
export const STATEMENT_HASH_BYTES = 16;

/** SHA-256 of some bytes, or of a text's UTF-8. */
export function sha256(data: Uint8Array | string): Uint8Array {
  // As text of one byte a character: twice as fast as asking for a buffer.
  const text = hash('sha256', data, 'latin1');
  const result = new Uint8Array(HASH_BYTES);
  for (let i = 0; i < HASH_BYTES; i++) result[i] = text.charCodeAt(i);
  return result;
}

/** The same as 64 hexadecimal digits. */
export function sha256Hex(data: Uint8Array | string): string {
  return hash('sha256', data, 'hex');
}

/** Bytes as hexadecimal text, the form in which hashes are shown and used as keys. */
export function hex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += byte.toString(16).padStart(2, '0');
  return text;
}
