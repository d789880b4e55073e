// All benchmarks, one after the other: `npm run bench`.
//
//     npm run bench [-- --json]
//     npm run bench -- compile store      only these
//
// Each is a process of its own, so that none finds what another one has warmed up or filled.

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const BENCHES: Readonly<Record<string, string>> = {
  compile: 'lines compiled a second',
  start: 'how long commands take to start, beside node alone',
  machine: 'instructions a second',
  cpu: 'programs that only compute, beside python3',
  snapshot: 'what a commit costs in memory',
  store: 'what a commit costs on disk, beside raw LevelDB',
  pause: 'how long a large state holds up everybody else',
  fair: 'endless loops side by side',
  past: 'jumps to any instruction of a run, and what they cost it',
  scale: 'many runs that sleep in one store, and are woken',
};

const args = process.argv.slice(2);
const options = args.filter((arg) => arg.startsWith('-'));
const names = args.filter((arg) => !arg.startsWith('-'));
const unknown = names.filter((name) => !Object.hasOwn(BENCHES, name));
if (options.includes('--help') || options.includes('-h') || unknown.length > 0) {
  if (unknown.length > 0) console.error(`no benchmark is called ${unknown.join(', ')}`);
  console.log('npm run bench [-- [--json] [NAME...]]\n');
  for (const [name, about] of Object.entries(BENCHES)) console.log(`  ${name.padEnd(10)}${about}`);
  process.exit(unknown.length > 0 ? 2 : 0);
}

for (const [name, about] of Object.entries(BENCHES)) {
  if (names.length > 0 && !names.includes(name)) continue;
  if (!options.includes('--json')) console.log(`\n${name}: ${about}\n`);
  const file = join(import.meta.dirname, `${name}.bench.ts`);
  const { status } = spawnSync(process.execPath, [file, ...options], { stdio: 'inherit' });
  if (status !== 0) process.exitCode = 1;
}
