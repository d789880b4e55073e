// Keys and randomness of a run, all derived from the seed it was made with.
//
//     seed ──HMAC('random', store, generation)──▶ key ──SHA-256(key, block)──▶ 8 numbers a block
//     seed ──HMAC('effect', origin, run, ordinal)──▶ idempotency key
//
// Invariants:
//
//   K1. The same run in the same generation of the same store draws the same numbers by counter:
//       a batch done again after a crash is the same batch.
//   K2. Two copies of a run never share numbers or keys: a fork has another store id, a move
//       another generation.
//   K3. An effect keeps the key of the store it was committed under (its origin). So a moved store
//       sends a pending request again under the same key, and a fork asks new things under new
//     keys.

import { Buffer } from 'node:buffer';
import { createHash, createHmac } from 'node:crypto';
import type { RandomSource } from '../machine/machine.ts';
import type { Lineage } from '../store/store.ts';

/** Random numbers in one digest. */
const BLOCK_NUMBERS = 8;

/** Bytes of an idempotency key before it is written as text: no two ever meet. */
const KEY_BYTES = 20;

/** HMAC of parts that cannot run into one another. */
function derive(seed: Uint8Array, purpose: string, parts: readonly string[]): Buffer {
  const mac = createHmac('sha256', seed);
  for (const part of [purpose, ...parts]) mac.update(`${part.length}:${part};`);
  return mac.digest();
}

/** The run's random numbers by counter. */
export function randomSource(seed: Uint8Array, run: string, lineage: Lineage): RandomSource {
  const key = derive(seed, 'random', [run, lineage.store, String(lineage.generation)]);
  let known = -1;
  let numbers = Buffer.alloc(0);
  const input = Buffer.alloc(8);
  return (counter) => {
    const block = Math.floor(counter / BLOCK_NUMBERS);
    if (block !== known) {
      input.writeBigUInt64BE(BigInt(block));
      numbers = createHash('sha256').update(key).update(input).digest();
      known = block;
    }
    return numbers.readUInt32BE((counter % BLOCK_NUMBERS) * 4);
  };
}

/** What an effect's requests carry, the same at every try. */
export function idempotencyKey(
  seed: Uint8Array,
  origin: string,
  run: string,
  ordinal: number,
): string {
  return derive(seed, 'effect', [origin, run, String(ordinal)])
    .subarray(0, KEY_BYTES)
    .toString('hex');
}
