// Seals and chains: how the store knows that a record is the one it wrote.
//
//     value on disk = body ++ trailer(key, body)
//
//     mac 0 = MAC('birth', run, birth record)
//     mac n = MAC('log', run ! n, mac n-1, commit record n)     for each commit, in order
//
// The trailer finds accidents (a flipped bit, a value under another's key); the chain finds what
// is missing, spliced in or out of order. Without a key the trailer is CRC-32 and MAC is SHA-256:
// enough against disks, not against people. With a key both are HMAC-SHA-256, the trailer cut to
// 16 bytes. Measured on 200 bytes: CRC-32 0.1 µs, SHA-256 0.5 µs, HMAC 2.4 µs.
//
// Invariants:
//
//   M1. No value leaves the store without its trailer having been compared.
//   M2. A trailer covers the key: a value copied to another key does not open.

import { Buffer } from 'node:buffer';
import { createHmac, timingSafeEqual } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { encodeView, type Plain } from '../bytecode/codec.ts';
import { sha256 } from '../bytecode/hash.ts';
import { corruptRecord } from './fields.ts';

export const MAC_BYTES = 32;
const CRC_BYTES = 4;
const HMAC_TRAILER_BYTES = 16;
/** Shorter keys could be tried one by one. */
export const KEY_BYTES_MIN = 16;

export class Seal {
  readonly #key: Uint8Array | null;
  readonly #trailerBytes: number;

  constructor(key: Uint8Array | null) {
    this.#key = key === null ? null : Uint8Array.from(key);
    this.#trailerBytes = key === null ? CRC_BYTES : HMAC_TRAILER_BYTES;
  }

  get keyed(): boolean {
    return this.#key !== null;
  }

  /** Tells one key from another without telling the key; null if there is none. */
  keyCheck(): Uint8Array | null {
    return this.#key === null ? null : this.mac('key', '', new Uint8Array(0));
  }

  /** The value to be stored for a body that is about to be encoded. */
  closePlain(key: string, body: Plain): Uint8Array {
    return this.close(key, encodeView(body));
  }

  close(key: string, body: Uint8Array, extra: Uint8Array | null = null): Uint8Array {
    const length = body.length + (extra === null ? 0 : extra.length);
    // From Node's pool: a Uint8Array of its own costs an allocation outside the heap for each row.
    const value = Buffer.allocUnsafe(length + this.#trailerBytes);
    value.set(body);
    if (extra !== null) value.set(extra, body.length);
    const covered = value.subarray(0, length);
    if (this.#key === null) value.writeUInt32BE(sum(key, covered), length);
    else value.set(this.#trailer(this.#key, key, covered), length);
    return value;
  }

  /** The body of a stored value. */
  open(key: string, value: Uint8Array): Uint8Array {
    const length = value.length - this.#trailerBytes;
    if (length < 0 || !this.#holds(key, value, length)) {
      throw corruptRecord(key, 'seal', 'does not fit: the record is not the one that was written');
    }
    return value.subarray(0, length);
  }

  #holds(key: string, value: Uint8Array, length: number): boolean {
    const covered = value.subarray(0, length);
    if (this.#key === null) {
      const written = new DataView(value.buffer, value.byteOffset).getUint32(length);
      return written === sum(key, covered);
    }
    return timingSafeEqual(this.#trailer(this.#key, key, covered), value.subarray(length));
  }

  #trailer(secret: Uint8Array, key: string, body: Uint8Array): Uint8Array {
    const mac = createHmac('sha256', secret).update(`seal!!${key}!!`).update(body).digest();
    return mac.subarray(0, HMAC_TRAILER_BYTES);
  }

  /** MAC of a domain, a place in it, and bytes. Domain and place have no `!!` in them. */
  mac(domain: string, place: string, ...pieces: readonly Uint8Array[]): Uint8Array {
    const head = `${domain}!!${place}!!`;
    if (this.#key === null) return sha256(joined(head, pieces));
    const mac = createHmac('sha256', this.#key).update(head);
    for (const piece of pieces) mac.update(piece);
    return new Uint8Array(mac.digest());
  }
}

/** Small things are joined here to be hashed in one call, which is half the time of two. */
const scratch = Buffer.allocUnsafeSlow(16 * 1024);

/** An ASCII text and bytes, one after another; valid until the next call. */
function joined(head: string, pieces: readonly Uint8Array[]): Uint8Array {
  const length = pieces.reduce((total, piece) => total + piece.length, head.length);
  const target = length <= scratch.length ? scratch : Buffer.allocUnsafeSlow(length);
  let at = target.write(head, 'latin1');
  for (const piece of pieces) {
    target.set(piece, at);
    at += piece.length;
  }
  return target.subarray(0, at);
}

function sum(key: string, body: Uint8Array): number {
  return crc32(body, crc32(key));
}

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && Buffer.compare(a, b) === 0;
}
