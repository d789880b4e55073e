// The Mersenne Twister MT19937 (Matsumoto and Nishimura), which is Python's random.
//
//     624 words of state, then the index of the next one: a bytearray of 2,500 bytes
//
// The words of a state change all at once, every 624 draws; between two such changes only the
// index does.

import { ByteArray, Tuple } from '../../vm/values/collections.ts';
import { overflowError, typeError, valueError } from '../../vm/values/exception.ts';
import { intOf } from '../../vm/values/plain.ts';
import type { Slot } from '../../vm/values/value.ts';
import { native, type NativeRow } from '../../vm/machine/native.ts';
import { bytesNeeded } from './bytes.ts';
import { bitsOf, randomBits, randomFloat } from './random.ts';

const WORDS = 624;
/** How far on the word is that each word is mixed with. */
const MIDDLE = 397;
const INDEX_AT = WORDS * 4;
const STATE_BYTES = INDEX_AT + 4;

const TOP_BIT = 0x8000_0000;
const MATRIX = 0x9908_b0df;

function viewOf(state: ByteArray): DataView {
  const { bytes } = state;
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function stateOf(value: Slot): ByteArray {
  if (value instanceof ByteArray && value.bytes.length === STATE_BYTES) return value;
  throw typeError('the state of a random generator is needed');
}

function twist(view: DataView): void {
  const word = (i: number): number => view.getUint32((i % WORDS) * 4, true);
  for (let i = 0; i < WORDS; i++) {
    const mixed = (word(i) & TOP_BIT) | (word(i + 1) & ~TOP_BIT);
    const next = word(i + MIDDLE) ^ (mixed >>> 1) ^ ((mixed & 1) === 1 ? MATRIX : 0);
    view.setUint32(i * 4, next, true);
  }
}

/** Draws 32 random bits from a state. */
function drawer(state: ByteArray): () => number {
  const view = viewOf(state);
  state.touch();
  return () => {
    let index = view.getUint32(INDEX_AT, true);
    if (index >= WORDS) {
      twist(view);
      index = 0;
    }
    view.setUint32(INDEX_AT, index + 1, true);
    let y = view.getUint32(index * 4, true);
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c_5680;
    y ^= (y << 15) & 0xefc6_0000;
    return (y ^ (y >>> 18)) >>> 0;
  };
}

/** The state that a key of words, lowest first, begins with. */
function seeded(key: Uint8Array): Uint8Array {
  const keyView = new DataView(key.buffer, key.byteOffset, key.byteLength);
  const length = key.length / 4;
  const mt = new Uint32Array(WORDS);
  mt[0] = 19_650_218;
  const folded = (i: number): number => mt[i - 1]! ^ (mt[i - 1]! >>> 30);
  for (let i = 1; i < WORDS; i++) mt[i] = Math.imul(1_812_433_253, folded(i)) + i;
  let i = 1;
  const step = (): void => {
    i++;
    if (i < WORDS) return;
    mt[0] = mt[WORDS - 1]!;
    i = 1;
  };
  for (let k = 0; k < Math.max(WORDS, length); k++) {
    const j = k % length;
    mt[i] = (mt[i]! ^ Math.imul(folded(i), 1_664_525)) + keyView.getUint32(j * 4, true) + j;
    step();
  }
  for (let k = 1; k < WORDS; k++) {
    mt[i] = (mt[i]! ^ Math.imul(folded(i), 1_566_083_941)) - i;
    step();
  }
  mt[0] = TOP_BIT;
  return stateBytes([...mt, WORDS]);
}

function stateBytes(words: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(STATE_BYTES);
  const view = new DataView(bytes.buffer);
  for (const [i, word] of words.entries()) view.setUint32(i * 4, word, true);
  return bytes;
}

/** A word of a state that a program hands back. */
function wordOf(value: Slot): number {
  const word = intOf(value);
  if (word === undefined) throw typeError('an integer is required');
  if (word < 0) throw overflowError("can't convert negative value to unsigned int");
  if (word > 0xffff_ffff_ffff_ffffn) {
    throw overflowError('Python int too large to convert to C unsigned long');
  }
  return Number(BigInt.asUintN(32, BigInt(word)));
}

export const rows: readonly NativeRow[] = [
  native('_twister_new', 'key, /', (_context, key) => {
    const bytes = bytesNeeded(key);
    if (bytes.length === 0 || bytes.length % 4 !== 0) throw valueError('a key is words');
    return new ByteArray(seeded(bytes));
  }),
  native('_twister_float', 'state, /', (_context, state) => randomFloat(drawer(stateOf(state)))),
  native('_twister_bits', 'state, bits, /', (_context, state, bits) =>
    randomBits(drawer(stateOf(state)), bitsOf(bits)),
  ),
  native('_twister_words', 'state, /', (_context, state) => {
    const view = viewOf(stateOf(state));
    return new Tuple(Array.from({ length: WORDS + 1 }, (_none, i) => view.getUint32(i * 4, true)));
  }),
  native('_twister_of', 'words, /', (_context, given) => {
    if (!(given instanceof Tuple)) throw typeError('state vector must be a tuple');
    if (given.items.length !== WORDS + 1) throw valueError('state vector is the wrong size');
    const words = given.items.map(wordOf);
    if (words[WORDS]! > WORDS) throw valueError('invalid state');
    return new ByteArray(stateBytes(words));
  }),
];
