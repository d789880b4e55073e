// Bytes as hexadecimal text, and back.

import { typeError, valueError } from '../../vm/values/exception.ts';
import { plain, typeName } from '../../vm/values/plain.ts';
import { latin1Text } from '../../vm/values/plain-text.ts';
import { Bytes } from '../../vm/values/collections.ts';
import { nativeLength } from '../../vm/values/length.ts';
import type { Slot } from '../../vm/values/value.ts';
import { given } from './object-receiver.ts';

function separatorOf(value: Slot): string {
  const base = plain(given(value));
  const length = nativeLength(base);
  if (length === undefined) {
    throw typeError(`object of type '${typeName(given(value))}' has no len()`);
  }
  if (length !== 1) throw valueError('sep must be length 1.');
  const text = base instanceof Bytes ? latin1Text(base.bytes) : base;
  if (typeof text !== 'string') throw typeError('sep must be str or bytes.');
  if (text > '\x7f') throw valueError('sep must be ASCII.');
  return text;
}

/** bytes.hex(sep, every): groups are counted from the right, or from the left if negative. */
export function hexText(bytes: Uint8Array, sep: Slot, every: number): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
  if (sep === undefined) return text;
  const separator = separatorOf(sep);
  const width = Math.abs(every) * 2;
  if (width === 0 || width >= text.length) return text;
  const groups: string[] = [];
  const first = every > 0 ? text.length % width : 0;
  if (first > 0) groups.push(text.slice(0, first));
  for (let at = first; at < text.length; at += width) groups.push(text.slice(at, at + width));
  return groups.join(separator);
}

function isSpace(unit: number): boolean {
  return unit === 32 || (unit >= 9 && unit <= 13);
}

/** bytes.fromhex(text): pairs of digits, with spaces between them. */
export function hexBytes(text: string): Uint8Array {
  const bytes: number[] = [];
  // What is no ASCII is found before anything else is looked at.
  let at = Math.max(
    0,
    [...text].findIndex((char) => char > '\x7f'),
  );
  const digit = (): number => {
    const value = '0123456789abcdef'.indexOf(text.charAt(at).toLowerCase() || 'x');
    if (value < 0) {
      throw valueError(`non-hexadecimal number found in fromhex() arg at position ${at}`);
    }
    at++;
    return value;
  };
  for (;;) {
    while (at < text.length && isSpace(text.charCodeAt(at))) at++;
    if (at >= text.length) return Uint8Array.from(bytes);
    const high = digit();
    bytes.push(high * 16 + digit());
  }
}
