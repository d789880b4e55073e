// What the soak test's parent and child share.

import { randomBytes } from 'node:crypto';

export const HOME = 'soak-test';

/** Little, so that what is older than that is taken away within minutes. */
export const KEPT = { states: 200, history: 1000 };

export const randomness = (count: number): Uint8Array => new Uint8Array(randomBytes(count));
