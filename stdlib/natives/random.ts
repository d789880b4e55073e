// Natives over the run's own random bits (DESIGN 7: a keyed function of run, generation, counter).

import { typeError, valueError } from '../../vm/values/exception.ts';
import { intOf } from '../../vm/values/plain.ts';
import type { Slot } from '../../vm/values/value.ts';
import { native, type NativeContext, type NativeRow } from '../../vm/machine/native.ts';

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

export const rows: readonly NativeRow[] = [
  native('_random_token', 'bits, /', (context, bits) => randomToken(context, bitCount(bits))),
  native('_random32', '', (context) => context.random32()),
];
