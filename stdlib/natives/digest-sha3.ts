// SHA-3 and SHAKE: Keccak over 25 lanes of 64 bits (FIPS 202).
//
// Lane (x, y) is the words 2 * (x + 5 * y), low, and the next, high.

import type { Algorithm } from './digest-algorithm.ts';

const ROUNDS = 24;
const LANES = 25;

/** Low and high word of each round's constant: bits of a shift register. */
function roundConstants(): Uint32Array {
  const constants = new Uint32Array(ROUNDS * 2);
  let register = 1;
  for (let round = 0; round < ROUNDS; round++) {
    for (let j = 0; j < 7; j++) {
      const bit = 2 ** j - 1;
      if ((register & 1) === 1) {
        const at = round * 2 + (bit < 32 ? 0 : 1);
        constants[at] = constants[at]! | (1 << (bit % 32));
      }
      register <<= 1;
      if (register > 0xff) register ^= 0x171;
    }
  }
  return constants;
}

const CONSTANTS = Int32Array.from(roundConstants());

/** Where the words of each lane come from, and by how many bits they are rotated on the way. */
const FROM = new Uint8Array(LANES * 2);
const BY = new Uint8Array(LANES);

// The lanes but the first move in one circle, each by one bit more than the one before.
for (let [x, y, t, by] = [1, 0, 0, 0]; t < LANES - 1; t++) {
  by = (by + t + 1) % 64;
  const to = y + 5 * ((2 * x + 3 * y) % 5);
  const from = 2 * (x + 5 * y);
  // Half a turn and more is half a turn, low for high, and the rest.
  FROM[to * 2] = by < 32 ? from : from + 1;
  FROM[to * 2 + 1] = by < 32 ? from + 1 : from;
  BY[to] = by % 32;
  [x, y] = [y, (2 * x + 3 * y) % 5];
}
FROM[1] = 1;

// Signed words: the host keeps those unboxed.
const STATE = new Int32Array(LANES * 2);
const MOVED = new Int32Array(LANES * 2);

/** Add to each column of lanes what its neighbours add up to. */
function mixColumns(s: Int32Array): void {
  const c = MOVED;
  for (let x = 0; x < 10; x++) c[x] = s[x]! ^ s[x + 10]! ^ s[x + 20]! ^ s[x + 30]! ^ s[x + 40]!;
  for (let x = 0; x < 10; x += 2) {
    const left = x === 0 ? 8 : x - 2;
    const right = x === 8 ? 0 : x + 2;
    const low = c[left]! ^ ((c[right]! << 1) | (c[right + 1]! >>> 31));
    const high = c[left + 1]! ^ ((c[right + 1]! << 1) | (c[right]! >>> 31));
    for (let y = x; y < 50; y += 10) {
      s[y] = s[y]! ^ low;
      s[y + 1] = s[y + 1]! ^ high;
    }
  }
}

function permute(words: Uint32Array): void {
  const s = STATE;
  const b = MOVED;
  s.set(words);
  for (let round = 0; round < ROUNDS; round++) {
    mixColumns(s);
    for (let lane = 0; lane < LANES; lane++) {
      const low = s[FROM[lane * 2]!]!;
      const high = s[FROM[lane * 2 + 1]!]!;
      const by = BY[lane]!;
      // A shift by 32 would be one by 0, so it goes in two steps.
      b[lane * 2] = (low << by) | ((high >>> 1) >>> (31 - by));
      b[lane * 2 + 1] = (high << by) | ((low >>> 1) >>> (31 - by));
    }
    for (let y = 0; y < 50; y += 10) {
      for (let half = y; half < y + 2; half++) {
        const b0 = b[half]!;
        const b1 = b[half + 2]!;
        const b2 = b[half + 4]!;
        const b3 = b[half + 6]!;
        const b4 = b[half + 8]!;
        s[half] = b0 ^ (~b1 & b2);
        s[half + 2] = b1 ^ (~b2 & b3);
        s[half + 4] = b2 ^ (~b3 & b4);
        s[half + 6] = b3 ^ (~b4 & b0);
        s[half + 8] = b4 ^ (~b0 & b1);
      }
    }
    s[0] = s[0]! ^ CONSTANTS[round * 2]!;
    s[1] = s[1]! ^ CONSTANTS[round * 2 + 1]!;
  }
  words.set(s);
}

function absorb(words: Uint32Array, block: DataView, at: number, size: number): void {
  for (let i = 0; i < size; i += 4) {
    words[i >> 2] = words[i >> 2]! ^ block.getUint32(at + i, true);
  }
  permute(words);
}

/** @param ending the bits that set the functions apart, and the first bit of the padding */
function keccak(blockBytes: number, digestBytes: number, ending: number): Algorithm {
  return {
    blockBytes,
    wordCount: LANES * 2,
    digestBytes,
    keepsLast: false,
    start: (words) => words.fill(0),
    compress: (words, block, at) => absorb(words, block, at, blockBytes),
    finish: (words, { block, fill }, digest) => {
      block.setUint8(fill, ending);
      block.setUint8(blockBytes - 1, block.getUint8(blockBytes - 1) | 0x80);
      absorb(words, block, 0, blockBytes);
      for (let i = 0; i < digest.length; i++) {
        const at = i % blockBytes;
        if (at === 0 && i > 0) permute(words);
        digest[i] = words[at >> 2]! >>> ((at % 4) * 8);
      }
    },
  };
}

export const sha3Of = (bits: number): Algorithm => keccak(200 - bits / 4, bits / 8, 0x06);
export const shakeOf = (bits: number): Algorithm => keccak(200 - bits / 4, 0, 0x1f);
