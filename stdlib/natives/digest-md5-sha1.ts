// MD5 (RFC 1321) and SHA-1 (FIPS 180-4).

import { padAndCompress, writeWords, type Algorithm } from './digest-algorithm.ts';

function rotateLeft(x: number, by: number): number {
  return (x << by) | (x >>> (32 - by));
}

/** The same five words begin both; MD5 takes four. */
const INITIAL = Uint32Array.of(0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0);

// ---------------------------------------------------------------------- MD5

/** 32 bits of the sines of 1, 2, 3 …; no host's last bit of a sine matters to them. */
const SINES = Uint32Array.from({ length: 64 }, (_none, i) =>
  Math.floor(Math.abs(Math.sin(i + 1)) * 2 ** 32),
);

/** Four for each round. */
const SHIFTS = Uint8Array.of(7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21);

const ROUND_5 = Int32Array.from(SINES);

function compress5(words: Uint32Array, block: DataView, at: number): void {
  let a = words[0]! | 0;
  let b = words[1]! | 0;
  let c = words[2]! | 0;
  let d = words[3]! | 0;
  for (let i = 0; i < 64; i++) {
    let mixed: number;
    let word: number;
    if (i < 16) {
      mixed = (b & c) | (~b & d);
      word = i;
    } else if (i < 32) {
      mixed = (d & b) | (~d & c);
      word = 5 * i + 1;
    } else if (i < 48) {
      mixed = b ^ c ^ d;
      word = 3 * i + 5;
    } else {
      mixed = c ^ (b | ~d);
      word = 7 * i;
    }
    const sum = (a + mixed + ROUND_5[i]! + block.getInt32(at + (word & 15) * 4, true)) | 0;
    a = d;
    d = c;
    c = b;
    b = (b + rotateLeft(sum, SHIFTS[((i >> 4) << 2) | (i & 3)]!)) | 0;
  }
  words[0] = words[0]! + a;
  words[1] = words[1]! + b;
  words[2] = words[2]! + c;
  words[3] = words[3]! + d;
}

export const md5: Algorithm = {
  blockBytes: 64,
  wordCount: 4,
  digestBytes: 16,
  keepsLast: false,
  start: (words) => words.set(INITIAL.subarray(0, 4)),
  compress: compress5,
  finish: (words, rest, digest) => {
    padAndCompress(rest, { lengthBytes: 8, isLittle: true }, (block) => compress5(words, block, 0));
    writeWords(words, digest, true);
  },
};

// -------------------------------------------------------------------- SHA-1

const SCHEDULE = new Uint32Array(80);

function compress1(words: Uint32Array, block: DataView, at: number): void {
  const w = SCHEDULE;
  for (let i = 0; i < 16; i++) w[i] = block.getUint32(at + i * 4);
  for (let i = 16; i < 80; i++) {
    w[i] = rotateLeft(w[i - 3]! ^ w[i - 8]! ^ w[i - 14]! ^ w[i - 16]!, 1);
  }
  let a = words[0]!;
  let b = words[1]!;
  let c = words[2]!;
  let d = words[3]!;
  let e = words[4]!;
  for (let i = 0; i < 80; i++) {
    let mixed: number;
    if (i < 20) mixed = ((b & c) | (~b & d)) + 0x5a827999;
    else if (i < 40) mixed = (b ^ c ^ d) + 0x6ed9eba1;
    else if (i < 60) mixed = ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc;
    else mixed = (b ^ c ^ d) + 0xca62c1d6;
    const next = (rotateLeft(a, 5) + mixed + e + w[i]!) | 0;
    e = d;
    d = c;
    c = rotateLeft(b, 30);
    b = a;
    a = next;
  }
  words[0] = words[0]! + a;
  words[1] = words[1]! + b;
  words[2] = words[2]! + c;
  words[3] = words[3]! + d;
  words[4] = words[4]! + e;
}

export const sha1: Algorithm = {
  blockBytes: 64,
  wordCount: 5,
  digestBytes: 20,
  keepsLast: false,
  start: (words) => words.set(INITIAL),
  compress: compress1,
  finish: (words, rest, digest) => {
    padAndCompress(rest, { lengthBytes: 8, isLittle: false }, (block) =>
      compress1(words, block, 0),
    );
    writeWords(words, digest, false);
  },
};
