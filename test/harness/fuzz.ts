// How many cases a property of hostile bytes is tried with, and from which seed.
//
//     npm run fuzz -- --factor 500 --seed 7      test/harness/fuzz-campaign.ts
//
// In the suite each is tried as often as its test says, from a new seed each time.

import { appendFileSync } from 'node:fs';
import { configureGlobal } from 'fast-check';

/** What a campaign tells its tests by. */
export const FUZZ_VARIABLES = {
  factor: 'FLOWMETAL_FUZZ_FACTOR',
  seed: 'FLOWMETAL_FUZZ_SEED',
  /** The file in which the numbers of cases are noted, one a line. */
  counts: 'FLOWMETAL_FUZZ_COUNTS',
} as const;

const FACTOR = Number(process.env[FUZZ_VARIABLES.factor] ?? 1);
const SEED = process.env[FUZZ_VARIABLES.seed];
const COUNTS = process.env[FUZZ_VARIABLES.counts];

/** Of a property that does not say. */
const CASES = 100;

if (SEED !== undefined) configureGlobal({ seed: Number(SEED) });

/** Options of fast-check for a property that the suite tries so often. */
export function tries(cases: number = CASES): { readonly numRuns: number } {
  const numRuns = cases * FACTOR;
  if (COUNTS !== undefined) appendFileSync(COUNTS, `${numRuns}\n`);
  return { numRuns };
}
