// Test settings: one worker a core, and time enough for real processes and disks.

import { defineConfig } from 'vitest/config';
import LongestFirst from './test/sequence.ts';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/harness/compile-library.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
    // The default leaves one core idle: half of the time on a machine with two.
    maxWorkers: '100%',
    sequence: { sequencer: LongestFirst },
  },
});
