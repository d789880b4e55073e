// SipHash-1-3 with a key of zeros: what CPython hashes strs and bytes with when
// PYTHONHASHSEED is 0. A hash that differed from run to run would show in what
// programs print (L4).
//
// 64-bit words are pairs of 32-bit halves: bigints would be fifty times slower.

/** Two 32-bit halves of a word, kept as signed ints. */
interface Word {
  high: number;
  low: number;
}

/** a += b. */
function addTo(a: Word, b: Word): void {
  const low = (a.low >>> 0) + (b.low >>> 0);
  a.high = (a.high + b.high + (low > 0xffffffff ? 1 : 0)) | 0;
  a.low = low | 0;
}

/** a = (a rotated left by `count`) ^ b, for a count below 32. */
function rotateXor(a: Word, count: number, b: Word): void {
  const high = (a.high << count) | (a.low >>> (32 - count));
  const low = (a.low << count) | (a.high >>> (32 - count));
  a.high = high ^ b.high;
  a.low = low ^ b.low;
}

function swapHalves(a: Word): void {
  [a.high, a.low] = [a.low, a.high];
}

function round(v0: Word, v1: Word, v2: Word, v3: Word): void {
  addTo(v0, v1);
  rotateXor(v1, 13, v0);
  swapHalves(v0);
  addTo(v2, v3);
  rotateXor(v3, 16, v2);
  addTo(v0, v3);
  rotateXor(v3, 21, v0);
  addTo(v2, v1);
  rotateXor(v1, 17, v2);
  swapHalves(v2);
}

/** "somepseudorandomlygeneratedbytes", the constants of SipHash. */
const START = [
  [0x736f6d65, 0x70736575],
  [0x646f7261, 0x6e646f6d],
  [0x6c796765, 0x6e657261],
  [0x74656462, 0x79746573],
] as const;

/** The hash of some bytes as CPython has it: signed, never -1, 0 for none. */
export function hashBytes(bytes: Uint8Array): bigint {
  if (bytes.length === 0) return 0n;
  const [v0, v1, v2, v3] = START.map(([high, low]) => ({ high, low })) as [Word, Word, Word, Word];
  const absorb = (low: number, high: number): void => {
    v3.high ^= high;
    v3.low ^= low;
    round(v0, v1, v2, v3);
    v0.high ^= high;
    v0.low ^= low;
  };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const whole = bytes.length & ~7;
  for (let i = 0; i < whole; i += 8) absorb(view.getInt32(i, true), view.getInt32(i + 4, true));
  const last = new Uint8Array(8);
  last.set(bytes.subarray(whole));
  last[7] = bytes.length & 0xff;
  const lastView = new DataView(last.buffer);
  absorb(lastView.getInt32(0, true), lastView.getInt32(4, true));
  v2.low ^= 0xff;
  for (let i = 0; i < 3; i++) round(v0, v1, v2, v3);
  const high = v0.high ^ v1.high ^ v2.high ^ v3.high;
  const low = v0.low ^ v1.low ^ v2.low ^ v3.low;
  const hash = (BigInt(high) << 32n) | BigInt(low >>> 0);
  return hash === -1n ? -2n : hash;
}

/** The hash of a str: of its code points, 1, 2 or 4 bytes each as the widest asks for. */
export function hashText(text: string): bigint {
  let widest = 0;
  for (let i = 0; i < text.length; i++) widest |= text.charCodeAt(i);
  if (widest < 256) return hashBytes(Buffer.from(text, 'latin1'));
  const points = Array.from(text, (char) => char.codePointAt(0) as number);
  const wide = points.some((point) => point > 0xffff);
  const width = wide ? 4 : 2;
  const view = new DataView(new ArrayBuffer(points.length * width));
  for (const [i, point] of points.entries()) {
    if (wide) view.setUint32(i * 4, point, true);
    else view.setUint16(i * 2, point, true);
  }
  return hashBytes(new Uint8Array(view.buffer));
}
