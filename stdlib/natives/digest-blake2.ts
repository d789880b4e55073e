// BLAKE2b and BLAKE2s (RFC 7693). Keys, salts and trees are in the parameter block.
//
// Numbers of BLAKE2b are pairs of words here, high then low, as in SQUARE_ROOTS.

import {
  everySecond,
  SQUARE_ROOTS,
  writeWords,
  type Algorithm,
  type Rest,
} from './digest-algorithm.ts';

/** Which words of the block each round takes. */
const ORDER: readonly Uint8Array[] = [
  [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
  [14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3],
  [11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4],
  [7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8],
  [9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13],
  [2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9],
  [12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11],
  [13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10],
  [6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5],
  [10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0],
].map((row) => Uint8Array.from(row));

const TWO_32 = 0x1_0000_0000;

/** What is special about the last block. */
interface End {
  readonly isLast: boolean;
  readonly isLastNode: boolean;
}

const NOT_YET: End = { isLast: false, isLastNode: false };

// ------------------------------------------------------------------ BLAKE2s

const INITIAL_S = everySecond(SQUARE_ROOTS.subarray(0, 16), 0);

// Signed words: the host keeps those unboxed.
const MIXED_S = new Int32Array(16);
const BLOCK_S = new Int32Array(16);

function rotate(x: number, by: number): number {
  return (x >>> by) | (x << (32 - by));
}

/** One step over four of the numbers and two words of the block. */
function mixS(a: number, b: number, c: number, d: number, x: number, y: number): void {
  const v = MIXED_S;
  let va = (v[a]! + v[b]! + BLOCK_S[x]!) | 0;
  let vd = rotate(v[d]! ^ va, 16);
  let vc = (v[c]! + vd) | 0;
  let vb = rotate(v[b]! ^ vc, 12);
  va = (va + vb + BLOCK_S[y]!) | 0;
  vd = rotate(vd ^ va, 8);
  vc = (vc + vd) | 0;
  vb = rotate(vb ^ vc, 7);
  v[a] = va;
  v[b] = vb;
  v[c] = vc;
  v[d] = vd;
}

function compressS(words: Uint32Array, block: DataView, at: number, total: number, end: End): void {
  const v = MIXED_S;
  for (let i = 0; i < 16; i++) BLOCK_S[i] = block.getInt32(at + i * 4, true);
  v.set(words);
  v.set(INITIAL_S, 8);
  v[12] = v[12]! ^ (total | 0);
  v[13] = v[13]! ^ Math.floor(total / TWO_32);
  if (end.isLast) v[14] = ~v[14]!;
  if (end.isLastNode) v[15] = ~v[15]!;
  for (let round = 0; round < 10; round++) {
    const o = ORDER[round]!;
    mixS(0, 4, 8, 12, o[0]!, o[1]!);
    mixS(1, 5, 9, 13, o[2]!, o[3]!);
    mixS(2, 6, 10, 14, o[4]!, o[5]!);
    mixS(3, 7, 11, 15, o[6]!, o[7]!);
    mixS(0, 5, 10, 15, o[8]!, o[9]!);
    mixS(1, 6, 11, 12, o[10]!, o[11]!);
    mixS(2, 7, 8, 13, o[12]!, o[13]!);
    mixS(3, 4, 9, 14, o[14]!, o[15]!);
  }
  for (let i = 0; i < 8; i++) words[i] = words[i]! ^ v[i]! ^ v[i + 8]!;
}

// ------------------------------------------------------------------ BLAKE2b

const INITIAL_B = SQUARE_ROOTS.subarray(0, 16);
const MIXED_B = new Int32Array(32);
const BLOCK_B = new Int32Array(32);

/** What a sum of low words has beyond 32 bits. */
function carry(sum: number): number {
  return (sum / TWO_32) | 0;
}

/** The same step over numbers of two words. */
function mixB(p: number, q: number, r: number, s: number, x: number, y: number): void {
  const v = MIXED_B;
  const m = BLOCK_B;
  const a = p * 2;
  const b = q * 2;
  const c = r * 2;
  const d = s * 2;
  const bh = v[b]!;
  const bl = v[b + 1]!;
  let sum = (v[a + 1]! >>> 0) + (bl >>> 0) + (m[x * 2 + 1]! >>> 0);
  let ah = (v[a]! + bh + m[x * 2]! + carry(sum)) | 0;
  let al = sum | 0;
  // Rotated by 32 bits: the words change places.
  let dh = v[d + 1]! ^ al;
  let dl = v[d]! ^ ah;
  sum = (v[c + 1]! >>> 0) + (dl >>> 0);
  let ch = (v[c]! + dh + carry(sum)) | 0;
  let cl = sum | 0;
  const eh = bh ^ ch;
  const el = bl ^ cl;
  const fh = (eh >>> 24) | (el << 8);
  const fl = (el >>> 24) | (eh << 8);
  sum = (al >>> 0) + (fl >>> 0) + (m[y * 2 + 1]! >>> 0);
  ah = (ah + fh + m[y * 2]! + carry(sum)) | 0;
  al = sum | 0;
  const gh = dh ^ ah;
  const gl = dl ^ al;
  dh = (gh >>> 16) | (gl << 16);
  dl = (gl >>> 16) | (gh << 16);
  sum = (cl >>> 0) + (dl >>> 0);
  ch = (ch + dh + carry(sum)) | 0;
  cl = sum | 0;
  const hh = fh ^ ch;
  const hl = fl ^ cl;
  v[a] = ah;
  v[a + 1] = al;
  // By 63 bits to the right: by one to the left.
  v[b] = (hh << 1) | (hl >>> 31);
  v[b + 1] = (hl << 1) | (hh >>> 31);
  v[c] = ch;
  v[c + 1] = cl;
  v[d] = dh;
  v[d + 1] = dl;
}

function compressB(words: Uint32Array, block: DataView, at: number, total: number, end: End): void {
  const v = MIXED_B;
  for (let i = 0; i < 32; i++) BLOCK_B[i ^ 1] = block.getInt32(at + i * 4, true);
  v.set(words);
  v.set(INITIAL_B, 16);
  v[24] = v[24]! ^ Math.floor(total / TWO_32);
  v[25] = v[25]! ^ (total | 0);
  for (const half of end.isLast ? [28, 29] : []) v[half] = ~v[half]!;
  for (const half of end.isLastNode ? [30, 31] : []) v[half] = ~v[half]!;
  for (let round = 0; round < 12; round++) {
    const o = ORDER[round % 10]!;
    mixB(0, 4, 8, 12, o[0]!, o[1]!);
    mixB(1, 5, 9, 13, o[2]!, o[3]!);
    mixB(2, 6, 10, 14, o[4]!, o[5]!);
    mixB(3, 7, 11, 15, o[6]!, o[7]!);
    mixB(0, 5, 10, 15, o[8]!, o[9]!);
    mixB(1, 6, 11, 12, o[10]!, o[11]!);
    mixB(2, 7, 8, 13, o[12]!, o[13]!);
    mixB(3, 4, 9, 14, o[14]!, o[15]!);
  }
  for (let i = 0; i < 16; i++) words[i] = words[i]! ^ v[i]! ^ v[i + 16]!;
}

const ended = ({ isLastNode }: Rest): End => ({ isLast: true, isLastNode });

export const blake2s: Algorithm = {
  blockBytes: 64,
  wordCount: 8,
  digestBytes: 32,
  keepsLast: true,
  start: (words, parameters) => {
    const view = new DataView(parameters.buffer, parameters.byteOffset, parameters.byteLength);
    for (let i = 0; i < 8; i++) words[i] = INITIAL_S[i]! ^ view.getUint32(i * 4, true);
  },
  compress: (words, block, at, total) => compressS(words, block, at, total, NOT_YET),
  finish: (words, rest, digest) => {
    compressS(words, rest.block, 0, rest.total, ended(rest));
    writeWords(words, digest, true);
  },
};

export const blake2b: Algorithm = {
  blockBytes: 128,
  wordCount: 16,
  digestBytes: 64,
  keepsLast: true,
  start: (words, parameters) => {
    const view = new DataView(parameters.buffer, parameters.byteOffset, parameters.byteLength);
    for (let i = 0; i < 16; i++) {
      words[i] = SQUARE_ROOTS[i]! ^ view.getUint32((i ^ 1) * 4, true);
    }
  },
  compress: (words, block, at, total) => compressB(words, block, at, total, NOT_YET),
  finish: (words, rest, digest) => {
    compressB(words, rest.block, 0, rest.total, ended(rest));
    writeWords(
      words.map((_word, i) => words[i ^ 1]!),
      digest,
      true,
    );
  },
};
