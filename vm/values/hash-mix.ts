// The hash of a tuple or frozenset, mixed from the hashes of its elements as CPython mixes them.
//
// 64-bit words are pairs of 32-bit halves, as in hash-text.ts: a bigint for each step would be many
// times slower, and a set of tuples asks for one at each addition.

import { integer } from './value.ts';

export type Hash = number | bigint;

/** Two 32-bit halves of a word, unsigned. */
interface Word {
  high: number;
  low: number;
}

const HALF = 2 ** 32;

const lowOf = (hash: Hash): number =>
  typeof hash === 'number' ? hash >>> 0 : Number(BigInt.asUintN(32, hash));

const highOf = (hash: Hash): number =>
  typeof hash === 'number'
    ? Math.floor(hash / HALF) >>> 0
    : Number(BigInt.asUintN(32, hash >> 32n));

/** The high half of the product of two 32-bit numbers. */
function productHigh(a: number, b: number): number {
  const [a0, a1, b0, b1] = [a & 0xffff, a >>> 16, b & 0xffff, b >>> 16];
  const middle = a1 * b0 + ((a0 * b0) >>> 16);
  const other = a0 * b1 + (middle & 0xffff);
  return (a1 * b1 + Math.floor(middle / 65536) + Math.floor(other / 65536)) >>> 0;
}

/** word *= the number with these halves. */
function multiply(word: Word, high: number, low: number): void {
  const { high: wordHigh, low: wordLow } = word;
  const top = productHigh(wordLow, low) + Math.imul(wordLow, high) + Math.imul(wordHigh, low);
  word.low = Math.imul(wordLow, low) >>> 0;
  word.high = top >>> 0;
}

function add(word: Word, high: number, low: number): void {
  const sum = word.low + low;
  word.low = sum >>> 0;
  word.high = (word.high + high + (sum >= HALF ? 1 : 0)) >>> 0;
}

/** A word as a hash: signed, and `spare` in the place of -1. */
function finish({ high, low }: Word, spare: number): Hash {
  if (high === 0xffffffff && low === 0xffffffff) return spare;
  const signed = high | 0;
  // Within 2 ** 53 on either side.
  if (signed >= -0x200000 && signed < 0x200000) return signed * HALF + low;
  return integer((BigInt(signed) << 32n) | BigInt(low));
}

const PRIME_1 = [0x9e3779b1, 0x85ebca87] as const;
const PRIME_2 = [0xc2b2ae3d, 0x27d4eb4f] as const;
const PRIME_5 = [0x27d4eb2f, 0x165667c5] as const;

/** The hash of a tuple of elements with these hashes: xxHash's lanes. */
export function hashOfTuple(hashes: readonly Hash[]): Hash {
  const total: Word = { high: PRIME_5[0], low: PRIME_5[1] };
  const lane: Word = { high: 0, low: 0 };
  for (const hash of hashes) {
    lane.high = highOf(hash);
    lane.low = lowOf(hash);
    multiply(lane, ...PRIME_2);
    add(total, lane.high, lane.low);
    const { high, low } = total;
    total.high = ((high << 31) | (low >>> 1)) >>> 0;
    total.low = ((low << 31) | (high >>> 1)) >>> 0;
    multiply(total, ...PRIME_1);
  }
  // A tuple is never longer than 32 bits can tell.
  add(total, PRIME_5[0], (hashes.length ^ PRIME_5[1] ^ 3527539) >>> 0);
  return finish(total, 1546275796);
}

/** The hash of a frozenset of elements with these hashes, in whatever order. */
export function hashOfSet(hashes: readonly Hash[]): Hash {
  const total: Word = { high: 0, low: 0 };
  const bits: Word = { high: 0, low: 0 };
  for (const hash of hashes) {
    const [high, low] = [highOf(hash), lowOf(hash)];
    bits.high = (high ^ ((high << 16) | (low >>> 16))) >>> 0;
    bits.low = (low ^ 89869747 ^ (low << 16)) >>> 0;
    multiply(bits, 0, 3644798167);
    total.high ^= bits.high;
    total.low ^= bits.low;
  }
  bits.high = 0;
  bits.low = hashes.length + 1;
  multiply(bits, 0, 1927868237);
  const [high, low] = [(total.high ^ bits.high) >>> 0, (total.low ^ bits.low) >>> 0];
  // total ^= (total >> 11) ^ (total >> 25)
  total.high = (high ^ (high >>> 11) ^ (high >>> 25)) >>> 0;
  total.low = (low ^ ((low >>> 11) | (high << 21)) ^ ((low >>> 25) | (high << 7))) >>> 0;
  multiply(total, 0, 69069);
  add(total, 0, 907133923);
  return finish(total, 590923713);
}
