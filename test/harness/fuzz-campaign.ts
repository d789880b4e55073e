// Damaged and hostile bytes by the million: programs, snapshots, records, messages, natives' keys.
//
//     npm run fuzz -- [--factor N] [--seed N]
//
// The properties are those of the suite (tries() in fuzz.ts); each may only end in a value or in a
// typed error, within bounds. A failure names its seed and the smallest case.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { campaign, whole } from './campaign.ts';
import { FUZZ_VARIABLES } from './fuzz.ts';

const FILES = [
  'test/bytecode',
  'test/codec',
  'test/connectors/http-messages.test.ts',
  'test/natives/keys.test.ts',
  'test/natives/hostile.test.ts',
  'test/snapshot/base.test.ts',
  'test/snapshot/hostile.test.ts',
  'test/store/records.test.ts',
  'test/store/memory.test.ts',
];

const { factor, seed } = campaign('fuzz', 'Damaged and hostile bytes: only typed errors may come.')
  .option('--factor <n>', 'how many times the cases of the suite', whole(1), 10)
  .option('--seed <n>', 'of the cases', whole(0), Date.now() % 1_000_000)
  .parse()
  .opts<{ factor: number; seed: number }>();

const folder = mkdtempSync(join(tmpdir(), 'flow-fuzz-'));
const counts = join(folder, 'counts');
console.error(`hostile bytes, ${factor} times the suite's, seed ${seed}`);
const { status } = spawnSync('vitest', ['run', '--testTimeout=0', '--reporter=dot', ...FILES], {
  stdio: 'inherit',
  env: {
    ...process.env,
    [FUZZ_VARIABLES.factor]: String(factor),
    [FUZZ_VARIABLES.seed]: String(seed),
    [FUZZ_VARIABLES.counts]: counts,
  },
});
const cases = readFileSync(counts, 'utf8').trimEnd().split('\n').map(Number);
console.log(`${cases.reduce((sum, each) => sum + each, 0)} cases of ${cases.length} properties`);
rmSync(folder, { recursive: true });
process.exitCode = status ?? 1;
