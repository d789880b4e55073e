// Percent-encoding (RFC 3986): bytes as %XX, and back.

import { Bytes } from '../../vm/values/collections.ts';
import { memoryError, TEXT_UNITS_MAX } from '../../vm/values/limits.ts';
import { native, type NativeRow } from '../../vm/machine/native.ts';
import { bytesNeeded } from './bytes.ts';

const ALWAYS_SAFE = new Set(
  Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-~', (letter) =>
    letter.charCodeAt(0),
  ),
);

const ENCODED = Array.from(
  { length: 256 },
  (_none, byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`,
);

function encode(data: Uint8Array, safe: Uint8Array): string {
  if (data.length * 3 > TEXT_UNITS_MAX) throw memoryError();
  const kept = new Set([...ALWAYS_SAFE, ...safe]);
  const texts = ENCODED.map((text, byte) => (kept.has(byte) ? String.fromCharCode(byte) : text));
  let text = '';
  for (const byte of data) text += texts[byte] ?? '';
  return text;
}

/** The digit that a byte is; NaN for none. */
function digit(byte: number | undefined): number {
  return byte === undefined ? NaN : Number.parseInt(String.fromCharCode(byte), 16);
}

/** What is no %XX stays as it is. */
function decode(data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(data.length);
  let size = 0;
  for (let at = 0; at < data.length; at++) {
    let byte = data[at] ?? 0;
    if (byte === 37) {
      const value = digit(data[at + 1]) * 16 + digit(data[at + 2]);
      if (!Number.isNaN(value)) {
        byte = value;
        at += 2;
      }
    }
    bytes[size++] = byte;
  }
  return bytes.slice(0, size);
}

export const rows: readonly NativeRow[] = [
  native('_percent_encode', 'data, safe, /', (_context, data, safe) =>
    encode(bytesNeeded(data), bytesNeeded(safe)),
  ),
  native('_percent_decode', 'data, /', (_context, data) => new Bytes(decode(bytesNeeded(data)))),
];
