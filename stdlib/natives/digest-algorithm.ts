// What a hash function is to digest.ts, and the numbers that several of them begin with.
//
// An algorithm is a sponge or a chain over blocks: state words that each block changes. It keeps
// nothing itself, so that the words can rest in a snapshot between any two blocks.

export interface Algorithm {
  readonly blockBytes: number;
  /** Of the state, 32 bits each. */
  readonly wordCount: number;
  /** Of the digest; 0 if it is as long as one asks for. */
  readonly digestBytes: number;
  /** A full last block waits for what comes after it: it is compressed in another way. */
  readonly keepsLast: boolean;
  /** The words before any data; of BLAKE2, by its parameter block. */
  start(words: Uint32Array, parameters: Uint8Array): void;
  /** Take in one block, which ends `total` bytes after the beginning. */
  compress(words: Uint32Array, block: DataView, at: number, total: number): void;
  /** Take in what is left over, `fill` bytes of a block, and write the digest. */
  finish(words: Uint32Array, rest: Rest, digest: Uint8Array): void;
}

/** The last block, not yet taken in. */
export interface Rest {
  /** As long as a block, zeros after its data. */
  readonly block: DataView;
  readonly fill: number;
  /** Bytes in all. */
  readonly total: number;
  /** BLAKE2's last node of a level of a tree. */
  readonly isLastNode: boolean;
}

function primes(count: number): bigint[] {
  const found: bigint[] = [];
  for (let n = 2n; found.length < count; n++) if (found.every((p) => n % p !== 0n)) found.push(n);
  return found;
}

/** The first 64 bits behind the point of a root of n. */
function rootBits(n: bigint, degree: bigint): bigint {
  const scaled = n << (64n * degree);
  let root = 1n << 70n;
  for (;;) {
    const next = ((degree - 1n) * root + scaled / root ** (degree - 1n)) / degree;
    if (next >= root) return root & 0xffff_ffff_ffff_ffffn;
    root = next;
  }
}

/** High and low words of 64-bit numbers, one after the other. */
export function halves(numbers: readonly bigint[]): Uint32Array {
  return Uint32Array.from(numbers.flatMap((n) => [Number(n >> 32n), Number(n & 0xffff_ffffn)]));
}

/** Of the square roots of the first 16 primes: what SHA-2 and BLAKE2 begin with. */
export const SQUARE_ROOTS = halves(primes(16).map((prime) => rootBits(prime, 2n)));

/** Of the cube roots of the first 80 primes: the constants of SHA-2. */
export const CUBE_ROOTS = halves(primes(80).map((prime) => rootBits(prime, 3n)));

/** Every second word: the high ones from 0, the low ones from 1. */
export function everySecond(words: Uint32Array, from: 0 | 1): Uint32Array {
  return words.filter((_word, i) => i % 2 === from);
}

/** The end that MD5, SHA-1 and SHA-2 share: a bit, zeros, and the number of bits. */
export function padAndCompress(
  { block, fill, total }: Rest,
  how: { readonly lengthBytes: number; readonly isLittle: boolean },
  compress: (block: DataView) => void,
): void {
  const size = block.byteLength;
  block.setUint8(fill, 0x80);
  if (fill + 1 > size - how.lengthBytes) {
    compress(block);
    for (let i = 0; i < size; i++) block.setUint8(i, 0);
  }
  const low = (total % 0x2000_0000) * 8;
  const high = Math.floor(total / 0x2000_0000);
  block.setUint32(size - 8, how.isLittle ? low : high, how.isLittle);
  block.setUint32(size - 4, how.isLittle ? high : low, how.isLittle);
  compress(block);
}

/** The first bytes of a row of words. */
export function writeWords(words: Uint32Array, digest: Uint8Array, isLittle: boolean): void {
  for (let i = 0; i < digest.length; i++) {
    const shift = isLittle ? (i % 4) * 8 : 24 - (i % 4) * 8;
    digest[i] = (words[i >> 2] ?? 0) >>> shift;
  }
}
