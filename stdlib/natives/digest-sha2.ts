// SHA-256 and SHA-512 with their shorter kin (FIPS 180-4).

import {
  CUBE_ROOTS,
  everySecond,
  padAndCompress,
  SQUARE_ROOTS,
  writeWords,
  type Algorithm,
} from './digest-algorithm.ts';

// ------------------------------------------------------------------ SHA-256

const K256 = everySecond(CUBE_ROOTS, 0);
const SCHEDULE_256 = new Uint32Array(64);

function rotate(x: number, by: number): number {
  return (x >>> by) | (x << (32 - by));
}

function compress256(words: Uint32Array, block: DataView, at: number): void {
  const w = SCHEDULE_256;
  for (let i = 0; i < 16; i++) w[i] = block.getUint32(at + i * 4);
  for (let i = 16; i < 64; i++) {
    const x = w[i - 15]!;
    const y = w[i - 2]!;
    const s0 = rotate(x, 7) ^ rotate(x, 18) ^ (x >>> 3);
    const s1 = rotate(y, 17) ^ rotate(y, 19) ^ (y >>> 10);
    w[i] = w[i - 16]! + s0 + w[i - 7]! + s1;
  }
  let a = words[0]!;
  let b = words[1]!;
  let c = words[2]!;
  let d = words[3]!;
  let e = words[4]!;
  let f = words[5]!;
  let g = words[6]!;
  let h = words[7]!;
  for (let i = 0; i < 64; i++) {
    const s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
    const t1 = (h + s1 + ((e & f) ^ (~e & g)) + K256[i]! + w[i]!) | 0;
    const s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + t1) | 0;
    d = c;
    c = b;
    b = a;
    a = (t1 + t2) | 0;
  }
  words[0] = words[0]! + a;
  words[1] = words[1]! + b;
  words[2] = words[2]! + c;
  words[3] = words[3]! + d;
  words[4] = words[4]! + e;
  words[5] = words[5]! + f;
  words[6] = words[6]! + g;
  words[7] = words[7]! + h;
}

function sha256Kin(digestBytes: number, initial: Uint32Array): Algorithm {
  return {
    blockBytes: 64,
    wordCount: 8,
    digestBytes,
    keepsLast: false,
    start: (words) => words.set(initial),
    compress: compress256,
    finish: (words, rest, digest) => {
      padAndCompress(rest, { lengthBytes: 8, isLittle: false }, (block) =>
        compress256(words, block, 0),
      );
      writeWords(words, digest, false);
    },
  };
}

export const sha256 = sha256Kin(32, everySecond(SQUARE_ROOTS.subarray(0, 16), 0));
export const sha224 = sha256Kin(28, everySecond(SQUARE_ROOTS.subarray(16, 32), 1));

// ------------------------------------------------------------------ SHA-512

/** High and low words of 80 numbers, as those of K. Signed: the host keeps those unboxed. */
const SCHEDULE_512 = new Int32Array(160);
const K512 = Int32Array.from(CUBE_ROOTS);

/** What a sum of low words has beyond 32 bits. */
function carry(sum: number): number {
  return (sum / 0x1_0000_0000) | 0;
}

function expand512(block: DataView, at: number): Int32Array {
  const w = SCHEDULE_512;
  for (let i = 0; i < 32; i++) w[i] = block.getInt32(at + i * 4);
  for (let i = 32; i < 160; i += 2) {
    const xh = w[i - 30]!;
    const xl = w[i - 29]!;
    const yh = w[i - 4]!;
    const yl = w[i - 3]!;
    const s0h = ((xh >>> 1) | (xl << 31)) ^ ((xh >>> 8) | (xl << 24)) ^ (xh >>> 7);
    const s0l = ((xl >>> 1) | (xh << 31)) ^ ((xl >>> 8) | (xh << 24)) ^ ((xl >>> 7) | (xh << 25));
    const s1h = ((yh >>> 19) | (yl << 13)) ^ ((yl >>> 29) | (yh << 3)) ^ (yh >>> 6);
    const s1l = ((yl >>> 19) | (yh << 13)) ^ ((yh >>> 29) | (yl << 3)) ^ ((yl >>> 6) | (yh << 26));
    const low = (w[i - 31]! >>> 0) + (s0l >>> 0) + (w[i - 13]! >>> 0) + (s1l >>> 0);
    w[i + 1] = low | 0;
    w[i] = (w[i - 32]! + s0h + w[i - 14]! + s1h + carry(low)) | 0;
  }
  return w;
}

function compress512(words: Uint32Array, block: DataView, at: number): void {
  const w = expand512(block, at);
  let ah = words[0]! | 0;
  let al = words[1]! | 0;
  let bh = words[2]! | 0;
  let bl = words[3]! | 0;
  let ch = words[4]! | 0;
  let cl = words[5]! | 0;
  let dh = words[6]! | 0;
  let dl = words[7]! | 0;
  let eh = words[8]! | 0;
  let el = words[9]! | 0;
  let fh = words[10]! | 0;
  let fl = words[11]! | 0;
  let gh = words[12]! | 0;
  let gl = words[13]! | 0;
  let hh = words[14]! | 0;
  let hl = words[15]! | 0;
  for (let i = 0; i < 160; i += 2) {
    const s1h = ((eh >>> 14) | (el << 18)) ^ ((eh >>> 18) | (el << 14)) ^ ((el >>> 9) | (eh << 23));
    const s1l = ((el >>> 14) | (eh << 18)) ^ ((el >>> 18) | (eh << 14)) ^ ((eh >>> 9) | (el << 23));
    const chl = (el & fl) ^ (~el & gl);
    const t1 = (hl >>> 0) + (s1l >>> 0) + (chl >>> 0) + (K512[i + 1]! >>> 0) + (w[i + 1]! >>> 0);
    const t1h = (hh + s1h + ((eh & fh) ^ (~eh & gh)) + K512[i]! + w[i]! + carry(t1)) | 0;
    const t1l = t1 | 0;
    const s0h = ((ah >>> 28) | (al << 4)) ^ ((al >>> 2) | (ah << 30)) ^ ((al >>> 7) | (ah << 25));
    const s0l = ((al >>> 28) | (ah << 4)) ^ ((ah >>> 2) | (al << 30)) ^ ((ah >>> 7) | (al << 25));
    const ml = (al & bl) ^ (al & cl) ^ (bl & cl);
    const low = (t1l >>> 0) + (s0l >>> 0) + (ml >>> 0);
    const mh = (ah & bh) ^ (ah & ch) ^ (bh & ch);
    const next = (dl >>> 0) + (t1l >>> 0);
    hh = gh;
    hl = gl;
    gh = fh;
    gl = fl;
    fh = eh;
    fl = el;
    eh = (dh + t1h + carry(next)) | 0;
    el = next | 0;
    dh = ch;
    dl = cl;
    ch = bh;
    cl = bl;
    bh = ah;
    bl = al;
    ah = (t1h + s0h + mh + carry(low)) | 0;
    al = low | 0;
  }
  addWide(words, 0, ah, al);
  addWide(words, 2, bh, bl);
  addWide(words, 4, ch, cl);
  addWide(words, 6, dh, dl);
  addWide(words, 8, eh, el);
  addWide(words, 10, fh, fl);
  addWide(words, 12, gh, gl);
  addWide(words, 14, hh, hl);
}

/** Add a number of high and low word to the one in two words. */
function addWide(words: Uint32Array, at: number, high: number, low: number): void {
  const sum = words[at + 1]! + (low >>> 0);
  words[at + 1] = sum;
  words[at] = words[at]! + high + carry(sum);
}

function sha512Kin(digestBytes: number, initial: Uint32Array): Algorithm {
  return {
    blockBytes: 128,
    wordCount: 16,
    digestBytes,
    keepsLast: false,
    start: (words) => words.set(initial),
    compress: compress512,
    finish: (words, rest, digest) => {
      padAndCompress(rest, { lengthBytes: 16, isLittle: false }, (block) =>
        compress512(words, block, 0),
      );
      writeWords(words, digest, false);
    },
  };
}

const INITIAL_512 = SQUARE_ROOTS.subarray(0, 16);

/** SHA-512/t begins with the hash of its own name, by a SHA-512 that begins elsewhere. */
function shortened(bits: number): Algorithm {
  const words = INITIAL_512.map((word) => word ^ 0xa5a5a5a5);
  const name = new TextEncoder().encode(`SHA-512/${bits}`);
  const block = new Uint8Array(128);
  block.set(name);
  block[name.length] = 0x80;
  block[127] = name.length * 8;
  compress512(words, new DataView(block.buffer), 0);
  return sha512Kin(bits / 8, words);
}

export const sha512 = sha512Kin(64, INITIAL_512);
export const sha384 = sha512Kin(48, SQUARE_ROOTS.subarray(16, 32));
export const sha512Short224 = shortened(224);
export const sha512Short256 = shortened(256);
