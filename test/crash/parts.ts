// What the crash test's parent and child share.

import { randomBytes } from 'node:crypto';

export const HOME = 'crash-test';

export const randomness = (count: number): Uint8Array => new Uint8Array(randomBytes(count));
