// What every store must do. Each store's test calls this with a place to keep one in.
//
//     storeSuite('memory', () => memoryPlace());
//     storeSuite('level', () => levelPlace());
//
// Tests are named after the invariants of vm/store/store.ts where they hold one.

import { describe } from 'vitest';
import { commitTests } from '../store/parts/commits.ts';
import { damageTests } from '../store/parts/damage.ts';
import { effectTests } from '../store/parts/effects.ts';
import { identityTests } from '../store/parts/identity.ts';
import type { MakePlace } from '../store/parts/place.ts';
import { runTests } from '../store/parts/runs.ts';
import { stateTests } from '../store/parts/states.ts';
import { transferTests } from '../store/parts/transfer.ts';

export function storeSuite(name: string, makePlace: MakePlace): void {
  // Each commit is a flush of the disk: slow where the disk or the machine is busy.
  describe(`store: ${name}`, { timeout: 60_000 }, () => {
    describe('runs and code', () => runTests(makePlace));
    describe('commits', () => commitTests(makePlace));
    describe('states and history', () => stateTests(makePlace));
    describe('effects, answers, timers', () => effectTests(makePlace));
    describe('identity and closing', () => identityTests(makePlace));
    describe('damage', () => damageTests(makePlace));
    describe('one run in a file', () => transferTests(makePlace));
  });
}
