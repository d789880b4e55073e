// Natives over the run's own random bits (DESIGN 7: a keyed function of run, generation, counter).

import { typeError, valueError } from '../../vm/values/exception.ts';
import { INT_BITS_MAX, memoryError } from '../../vm/values/limits.ts';
import { intOf, typeName } from '../../vm/values/plain.ts';
import { Float, integer, type Slot } from '../../vm/values/value.ts';
import { native, type NativeContext, type NativeRow } from '../../vm/machine/native.ts';
import { given } from './object-receiver.ts';

/** Bits of one token at most: more is no safer, and each 32 of them is a step of the counter. */
const TOKEN_BITS_MAX = 4096;

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** Text of 6 random bits a character, fit for URLs; nobody can guess it who has not the run. */
export function randomToken(context: NativeContext, bits: number): string {
  let token = '';
  let pool = 0n;
  let left = 0;
  for (let need = Math.ceil(bits / 6); need > 0; need--) {
    if (left < 6) {
      pool = (pool << 32n) | BigInt(context.random32());
      left += 32;
    }
    left -= 6;
    token += DIGITS.charAt(Number((pool >> BigInt(left)) & 63n));
    pool &= (1n << BigInt(left)) - 1n;
  }
  return token;
}

function bitCount(value: Slot): number {
  const bits = intOf(value);
  if (typeof bits !== 'number') throw typeError('a number of bits is needed');
  if (bits < 1 || bits > TOKEN_BITS_MAX) {
    throw valueError(`a token has 1 to ${TOKEN_BITS_MAX} bits`);
  }
  return bits;
}

/** A float of 53 random bits in [0, 1), made of two draws as the Mersenne Twister makes it. */
export function randomFloat(draw: () => number): Float {
  const high = draw() >>> 5;
  const low = draw() >>> 6;
  return new Float((high * 0x400_0000 + low) / 0x20_0000_0000_0000);
}

/** An int of so many random bits: the first draw gives the lowest 32, the last is cut. */
export function randomBits(draw: () => number, bits: number): number | bigint {
  if (bits <= 32) return bits === 0 ? 0 : draw() >>> (32 - bits);
  if (bits > INT_BITS_MAX) throw memoryError();
  const words: string[] = [];
  for (let left = bits; left > 0; left -= 32) {
    const word = left < 32 ? draw() >>> (32 - left) : draw();
    words.push(word.toString(16).padStart(8, '0'));
  }
  return integer(BigInt(`0x${words.reverse().join('')}`));
}

/** The argument of getrandbits(). */
export function bitsOf(value: Slot): number {
  const bits = intOf(value);
  if (bits === undefined) {
    throw typeError(`'${typeName(given(value))}' object cannot be interpreted as an integer`);
  }
  if (bits < 0) throw valueError('number of bits must be non-negative');
  return Number(bits);
}

export const rows: readonly NativeRow[] = [
  native('_random_float', '', (context) => randomFloat(() => context.random32())),
  native('_random_bits', 'bits, /', (context, bits) =>
    randomBits(() => context.random32(), bitsOf(bits)),
  ),
  native('_random_token', 'bits, /', (context, bits) => randomToken(context, bitCount(bits))),
];
