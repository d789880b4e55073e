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
    // Moving states makes garbage by the megabyte, which a larger nursery collects for less.
    execArgv: ['--min-semi-space-size=16', '--max-semi-space-size=32'],
    // The default leaves one core idle: half of the time on a machine with two.
    maxWorkers: '100%',
    sequence: { sequencer: LongestFirst },
  },
});
