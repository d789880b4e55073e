// Natives of hashlib: hash functions whose state between two pieces of data is a bytearray.
//
//     8 bytes        bytes taken in, a float64
//     4 × words      the algorithm's words
//     a block        what is left over of the data; zeros behind it
//
// So a hash object is a value like any other, and a run can rest between any two updates. The
// functions are our own, because the host's cannot be stopped and written down. Measured, in MB/s
// where the host's own SHA-256 makes 1,000: md5 107, sha1 85, sha256 56, sha512 27, sha3 16,
// blake2b 23, blake2s 41.
//
// Invariants:
//
//   D1. A call takes in at most PIECE_BYTES_MAX bytes; the library cuts what is longer.

import { ByteArray, Bytes } from '../../vm/values/collections.ts';
import { typeError, valueError } from '../../vm/values/exception.ts';
import { DIGEST_BYTES_MAX, memoryError } from '../../vm/values/limits.ts';
import { intOf, plainSlot } from '../../vm/values/plain.ts';
import type { Slot } from '../../vm/values/value.ts';
import { native, type NativeRow } from '../../vm/machine/native.ts';
import { bytesNeeded } from './bytes.ts';
import type { Algorithm } from './digest-algorithm.ts';
import { blake2b, blake2s } from './digest-blake2.ts';
import { md5, sha1 } from './digest-md5-sha1.ts';
import { sha224, sha256, sha384, sha512, sha512Short224, sha512Short256 } from './digest-sha2.ts';
import { sha3Of, shakeOf } from './digest-sha3.ts';

const ALGORITHMS: Readonly<Record<string, Algorithm>> = {
  blake2b,
  blake2s,
  md5,
  sha1,
  sha224,
  sha256,
  sha384,
  sha3_224: sha3Of(224),
  sha3_256: sha3Of(256),
  sha3_384: sha3Of(384),
  sha3_512: sha3Of(512),
  sha512,
  sha512_224: sha512Short224,
  sha512_256: sha512Short256,
  shake_128: shakeOf(128),
  shake_256: shakeOf(256),
};

/** Bytes that one call takes in: the slowest of the functions needs 250 ms for them. */
const PIECE_BYTES_MAX = 1 << 22;

const COUNT_BYTES = 8;

function algorithmOf(name: Slot): Algorithm {
  const text = plainSlot(name);
  const found = typeof text === 'string' ? ALGORITHMS[text] : undefined;
  if (found === undefined || typeof text !== 'string' || !Object.hasOwn(ALGORITHMS, text)) {
    throw valueError('no such hash function');
  }
  return found;
}

const sizeOf = (algorithm: Algorithm): number =>
  COUNT_BYTES + algorithm.wordCount * 4 + algorithm.blockBytes;

/** The parts of a state. */
interface State {
  total: number;
  readonly words: Uint32Array;
  readonly block: Uint8Array;
}

function bytesOfState(algorithm: Algorithm, value: Slot): ByteArray {
  if (value instanceof ByteArray && value.bytes.length === sizeOf(algorithm)) return value;
  throw typeError('the state of a hash function is needed');
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** A copy of the words, and the block itself. */
function read(algorithm: Algorithm, bytes: Uint8Array): State {
  const view = viewOf(bytes);
  const total = view.getFloat64(0, true);
  if (!Number.isSafeInteger(total) || total < 0) throw valueError('no count of bytes');
  const words = Uint32Array.from({ length: algorithm.wordCount }, (_none, i) =>
    view.getUint32(COUNT_BYTES + i * 4, true),
  );
  return { total, words, block: bytes.subarray(COUNT_BYTES + algorithm.wordCount * 4) };
}

function write({ total, words }: State, bytes: Uint8Array): void {
  const view = viewOf(bytes);
  view.setFloat64(0, total, true);
  for (const [i, word] of words.entries()) view.setUint32(COUNT_BYTES + i * 4, word, true);
}

/** Bytes of the data that are in the block. */
function fillOf({ blockBytes, keepsLast }: Algorithm, total: number): number {
  const fill = total % blockBytes;
  return fill === 0 && keepsLast && total > 0 ? blockBytes : fill;
}

function takeIn(algorithm: Algorithm, state: State, data: Uint8Array): void {
  const { blockBytes, keepsLast } = algorithm;
  const { words, block } = state;
  let fill = fillOf(algorithm, state.total);
  let at = 0;
  // A block is taken in when it is full, or, if the last one is kept, when more comes.
  const spare = keepsLast ? 1 : 0;
  if (fill > 0) {
    const count = Math.min(blockBytes - fill, data.length);
    block.set(data.subarray(0, count), fill);
    state.total += count;
    at = count;
    fill += count;
    if (fill < blockBytes || data.length - at < spare) return;
    algorithm.compress(words, viewOf(block), 0, state.total);
    block.fill(0);
  }
  const view = viewOf(data);
  while (data.length - at >= blockBytes + spare) {
    state.total += blockBytes;
    algorithm.compress(words, view, at, state.total);
    at += blockBytes;
  }
  block.set(data.subarray(at));
  state.total += data.length - at;
}

/** Rounds of PBKDF2 in one call: the slowest of the functions needs 100 ms for them. */
const ROUNDS_MAX = 5000;

/** Makes digests of what a state has taken in and of a piece of the size of a digest more. */
function digester(algorithm: Algorithm, bytes: Uint8Array): (piece: Uint8Array) => Uint8Array {
  const { blockBytes, digestBytes, wordCount } = algorithm;
  const before = read(algorithm, bytes);
  if (before.total % blockBytes !== 0) throw valueError('a key is a block');
  const words = new Uint32Array(wordCount);
  const block = new Uint8Array(blockBytes);
  const digest = new Uint8Array(digestBytes);
  const view = viewOf(block);
  const total = before.total + digestBytes;
  const rest = { block: view, fill: digestBytes, total, isLastNode: false };
  return (piece) => {
    words.set(before.words);
    // BLAKE2 has kept its block till now.
    if (algorithm.keepsLast) algorithm.compress(words, viewOf(before.block), 0, before.total);
    block.fill(0);
    block.set(piece);
    algorithm.finish(words, rest, digest);
    return digest;
  };
}

/**
 * So many rounds of PBKDF2 (RFC 8018): `chain` becomes the HMAC of itself, and is added to `sum`.
 * The states have taken in the inner and the outer key of the HMAC.
 */
function pbkdf2Rounds(
  algorithm: Algorithm,
  keys: { readonly inner: Uint8Array; readonly outer: Uint8Array },
  { chain, sum }: { readonly chain: Uint8Array; readonly sum: Uint8Array },
  count: number,
): void {
  const inner = digester(algorithm, keys.inner);
  const outer = digester(algorithm, keys.outer);
  for (let i = 0; i < count; i++) {
    chain.set(outer(inner(chain)));
    for (let at = 0; at < sum.length; at++) sum[at] = sum[at]! ^ chain[at]!;
  }
}

function chainOf(algorithm: Algorithm, value: Slot): ByteArray {
  if (value instanceof ByteArray && value.bytes.length === algorithm.digestBytes) return value;
  throw typeError('a bytearray of the size of a digest is needed');
}

function place(value: Slot, most: number): number {
  if (typeof value === 'number' && value >= 0 && value <= most) return value;
  throw valueError('no place in the data');
}

export const rows: readonly NativeRow[] = [
  native('_digest_sizes', 'name, /', (_context, name) => {
    const { blockBytes, digestBytes } = algorithmOf(name);
    return blockBytes * 256 + digestBytes;
  }),
  native('_digest_new', 'name, parameters, /', (_context, name, parameters) => {
    const algorithm = algorithmOf(name);
    const given = bytesNeeded(parameters);
    const words = new Uint32Array(algorithm.wordCount);
    if (algorithm.keepsLast && given.length !== words.length * 4) {
      throw valueError('a parameter block is as long as the state');
    }
    algorithm.start(words, given);
    const bytes = new Uint8Array(sizeOf(algorithm));
    write({ total: 0, words, block: bytes }, bytes);
    return new ByteArray(bytes);
  }),
  native('_digest_update', 'name, state, data, start, end, /', (_context, name, ...args) => {
    const [held, given, start, end] = args;
    const algorithm = algorithmOf(name);
    const object = bytesOfState(algorithm, held);
    const data = bytesNeeded(given);
    const to = place(end, data.length);
    const from = place(start, to);
    if (to - from > PIECE_BYTES_MAX) throw valueError('too much at once'); // D1
    const state = read(algorithm, object.bytes);
    takeIn(algorithm, state, data.subarray(from, to));
    write(state, object.bytes);
    object.touch();
    return null;
  }),
  native('_digest_final', 'name, state, size, last_node, /', (_context, name, held, size, last) => {
    const algorithm = algorithmOf(name);
    const { bytes } = bytesOfState(algorithm, held);
    const count = intOf(size);
    if (count === undefined || count < 0) throw valueError('no size of a digest');
    if (count > (algorithm.digestBytes || DIGEST_BYTES_MAX)) throw memoryError();
    const { total, words, block } = read(algorithm, bytes);
    const rest = block.slice();
    const digest = new Uint8Array(Number(count));
    algorithm.finish(
      words,
      { block: viewOf(rest), fill: fillOf(algorithm, total), total, isLastNode: last === true },
      digest,
    );
    return new Bytes(digest);
  }),
  native(
    '_pbkdf2_rounds',
    'name, inner, outer, chain, sum, count, /',
    (_context, name, ...args) => {
      const [inner, outer, chain, sum, count] = args;
      const algorithm = algorithmOf(name);
      const [from, to] = [chainOf(algorithm, chain), chainOf(algorithm, sum)];
      const keys = {
        inner: bytesOfState(algorithm, inner).bytes,
        outer: bytesOfState(algorithm, outer).bytes,
      };
      const rounds = place(count, ROUNDS_MAX);
      pbkdf2Rounds(algorithm, keys, { chain: from.bytes, sum: to.bytes }, rounds);
      from.touch();
      to.touch();
      return null;
    },
  ),
];
