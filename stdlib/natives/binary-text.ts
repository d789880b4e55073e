// Bytes as text of some digits, and back, and checksums: what base64 and binascii are made of.
//
//     unit bytes  ◀──▶  so many digits of an alphabet      5 ◀──▶ 8 in Base32, 4 ◀──▶ 5 in Base85

import { Bytes } from '../../vm/values/collections.ts';
import { typeError } from '../../vm/values/exception.ts';
import { BYTES_MAX, memoryError } from '../../vm/values/limits.ts';
import { intOf } from '../../vm/values/plain.ts';
import type { Slot } from '../../vm/values/value.ts';
import { native, type NativeRow } from '../../vm/machine/native.ts';
import { bytesNeeded } from './bytes.ts';

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Which digit a byte is, 255 for none. */
function digitsOf(alphabet: Uint8Array): Uint8Array {
  const digits = new Uint8Array(256).fill(255);
  for (const [i, byte] of alphabet.entries()) digits[byte] = i;
  return digits;
}

const DIGITS_64 = digitsOf(new TextEncoder().encode(BASE64));
const PAD = 61;

/**
 * As CPython reads it: what is no digit is passed over, and padding ends the data, unless reading
 * is strict. A problem comes back as its message.
 */
function readBase64(data: Uint8Array, isStrict: boolean): Uint8Array | string {
  if (isStrict && data[0] === PAD) return 'Leading padding not allowed';
  const bytes = new Uint8Array(Math.ceil((data.length * 3) / 4));
  let size = 0;
  let place = 0; // of the next digit among four
  let left = 0; // bits of digits that are no whole byte yet
  let pads = 0;
  let isPadded = false;
  for (let i = 0; i < data.length; i++) {
    if (data[i] === PAD) {
      isPadded = true;
      if (place < 2) continue;
      pads++;
      if (place + pads < 4) continue;
      return isStrict && i + 1 < data.length
        ? 'Excess data after padding'
        : bytes.subarray(0, size);
    }
    const digit = DIGITS_64[data[i] ?? 0] ?? 255;
    if (digit > 63) {
      if (isStrict) return 'Only base64 data is allowed';
      continue;
    }
    if (isStrict && isPadded) return 'Discontinuous padding not allowed';
    pads = 0;
    left = (left << 6) | digit;
    if (place > 0) bytes[size++] = left >> (6 - 2 * place);
    place = (place + 1) % 4;
  }
  if (place === 0) return bytes.subarray(0, size);
  if (place > 1) return 'Incorrect padding';
  const count = Math.floor(size / 3) * 4 + 1;
  return (
    'Invalid base64-encoded string: number of data characters ' +
    `(${count}) cannot be 1 more than a multiple of 4`
  );
}

interface Base {
  readonly alphabet: Uint8Array;
  readonly unit: number;
  readonly digits: number;
}

function baseOf(alphabet: Slot, unit: Slot, digits: Slot): Base {
  const letters = bytesNeeded(alphabet);
  const [bytes, count] = [unit, digits].map((each) => (typeof each === 'number' ? each : 0));
  // A unit fits a double.
  if (bytes === undefined || count === undefined || bytes < 1 || bytes > 6 || count < 1) {
    throw typeError('no such base');
  }
  if (letters.length < 2 || letters.length ** count > 2 ** 53) throw typeError('no such base');
  return { alphabet: letters, unit: bytes, digits: count };
}

/** Digits of whole units; the last one is filled up with zeros. */
function writeBase(data: Uint8Array, { alphabet, unit, digits }: Base): Uint8Array {
  const units = Math.ceil(data.length / unit);
  if (units * digits > BYTES_MAX) throw memoryError();
  const text = new Uint8Array(units * digits);
  for (let i = 0; i < units; i++) {
    let value = 0;
    for (let at = i * unit; at < (i + 1) * unit; at++) value = value * 256 + (data[at] ?? 0);
    for (let at = (i + 1) * digits - 1; at >= i * digits; at--) {
      text[at] = alphabet[value % alphabet.length] ?? 0;
      value = Math.floor(value / alphabet.length);
    }
  }
  return text;
}

/** The bytes of whole units of digits; undefined if one is no digit, or a unit is too large. */
function readBase(data: Uint8Array, { alphabet, unit, digits }: Base): Uint8Array | undefined {
  if (data.length % digits !== 0) return undefined;
  const places = digitsOf(alphabet);
  const bytes = new Uint8Array((data.length / digits) * unit);
  for (let i = 0; i * digits < data.length; i++) {
    let value = 0;
    for (let at = i * digits; at < (i + 1) * digits; at++) {
      const digit = places[data[at] ?? 0] ?? 255;
      if (digit === 255) return undefined;
      value = value * alphabet.length + digit;
    }
    if (value >= 256 ** unit) return undefined;
    for (let at = (i + 1) * unit - 1; at >= i * unit; at--) {
      bytes[at] = value % 256;
      value = Math.floor(value / 256);
    }
  }
  return bytes;
}

/** Bytes of pairs of hexadecimal digits; undefined if one is none. */
function readHex(data: Uint8Array): Uint8Array | undefined {
  const text = Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('latin1');
  return /^[0-9a-fA-F]*$/.test(text) ? Uint8Array.from(Buffer.from(text, 'hex')) : undefined;
}

// ---------------------------------------------------------------- checksums

const CRC32 = Uint32Array.from({ length: 256 }, (_none, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 1 ? (crc >>> 1) ^ 0xedb8_8320 : crc >>> 1;
  return crc;
});

function crc32(data: Uint8Array, start: number): number {
  let crc = ~start;
  for (let i = 0; i < data.length; i++) {
    crc = (crc >>> 8) ^ (CRC32[(crc ^ (data[i] ?? 0)) & 255] ?? 0);
  }
  return ~crc >>> 0;
}

const ADLER_BASE = 65_521;

function adler32(data: Uint8Array, start: number): number {
  let a = start & 0xffff;
  let b = start >>> 16;
  for (let i = 0; i < data.length; i++) {
    a = (a + (data[i] ?? 0)) % ADLER_BASE;
    b = (b + a) % ADLER_BASE;
  }
  return b * 0x1_0000 + a;
}

function crcHqx(data: Uint8Array, start: number): number {
  let crc = start & 0xffff;
  for (let i = 0; i < data.length; i++) {
    crc ^= (data[i] ?? 0) << 8;
    for (let bit = 0; bit < 8; bit++) crc = ((crc << 1) ^ (crc & 0x8000 ? 0x1021 : 0)) & 0xffff;
  }
  return crc;
}

function checksum(name: string, run: (data: Uint8Array, start: number) => number): NativeRow {
  return native(name, 'data, value, /', (_context, data, value) => {
    const start = intOf(value);
    if (start === undefined) throw typeError('an int is needed');
    return run(bytesNeeded(data), Number(BigInt.asUintN(32, BigInt(start))));
  });
}

const bytesOrNone = (bytes: Uint8Array | undefined): Bytes | null =>
  bytes === undefined ? null : new Bytes(bytes);

export const rows: readonly NativeRow[] = [
  native('_base64_write', 'data, /', (_context, data) => {
    const bytes = bytesNeeded(data);
    if (bytes.length > (BYTES_MAX / 4) * 3) throw memoryError();
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
    return new Bytes(Uint8Array.from(Buffer.from(text, 'latin1')));
  }),
  native('_base64_read', 'data, strict, /', (_context, data, strict) => {
    const read = readBase64(bytesNeeded(data), strict === true);
    return typeof read === 'string' ? read : new Bytes(read.slice());
  }),
  native('_base_write', 'data, alphabet, unit, digits, /', (_context, data, ...base) => {
    const [alphabet, unit, digits] = base;
    return new Bytes(writeBase(bytesNeeded(data), baseOf(alphabet, unit, digits)));
  }),
  native('_base_read', 'data, alphabet, unit, digits, /', (_context, data, ...base) => {
    const [alphabet, unit, digits] = base;
    return bytesOrNone(readBase(bytesNeeded(data), baseOf(alphabet, unit, digits)));
  }),
  native('_hex_read', 'data, /', (_context, data) => bytesOrNone(readHex(bytesNeeded(data)))),
  checksum('_crc32', crc32),
  checksum('_adler32', adler32),
  checksum('_crc_hqx', crcHqx),
];
