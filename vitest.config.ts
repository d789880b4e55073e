// Test settings: one worker a core, and time enough for real processes and disks.

import { defineConfig } from 'vitest/config';
import LongestFirst from './test/sequence.ts';

/**
 * Files that leave nothing behind in their process, and so share it: a process and its modules take
 * most of a second each. The others fill the machine's types in ways of their own, which can be done
 * once a process.
 */
const FOLDERS =
  'bytecode codec commands compiler connectors engine harness simulation snapshot spec store wilson';
const TOGETHER = FOLDERS.split(' ').map((folder) => `test/${folder}/**/*.test.ts`);

export default defineConfig({
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: 'apart',
          include: ['test/**/*.test.ts'],
          exclude: [...TOGETHER, '**/node_modules/**'],
        },
      },
      { extends: true, test: { name: 'together', include: TOGETHER, isolate: false } },
    ],
    globalSetup: ['test/harness/compile-library.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
    // Moving states makes garbage by the megabyte, which a larger nursery collects for less. Each
    // core has a worker: what the host does beside it, it takes from another. Its last compiler
    // took four tenths of what moving takes, for code that then ran no faster.
    execArgv: [
      '--min-semi-space-size=64',
      '--max-semi-space-size=64',
      '--single-threaded-gc',
      '--no-turbofan',
    ],
    // The default leaves one core idle: half of the time on a machine with two.
    maxWorkers: '100%',
    sequence: { sequencer: LongestFirst },
  },
});
