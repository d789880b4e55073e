// Start-up: from the call of a command to its end, beside that of the host itself.
//
//     node test/bench/start.bench.ts [--rounds 15] [--json]
//
// `flowmetal hello.flow` compiles a script, makes a run of it in the store, runs it, prints, and
// commits its end, on disk. It is started as npx would: from the image that the build made. In turn
// with `node -e 0`, which is the least that a process of the host takes; files are in the cache.
// Quote the ratios.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { median, openBench } from './bench.ts';

const bench = openBench('start', 'Start-up of the commands, beside `node -e 0`.', 15);

const root = join(import.meta.dirname, '..', '..');
const folder = mkdtempSync(join(tmpdir(), 'flow-start-'));
const hello = join(folder, 'hello.flow');
writeFileSync(hello, 'print("hello")\n');
if (!existsSync(join(root, 'dist', 'image'))) console.error('no image: npm run build makes it');

const launcher = (name: string): string => join(root, 'node_modules', '.bin', name);
const HOST = [process.execPath, '-e', '0'];
const COMMANDS: Readonly<Record<string, readonly string[]>> = {
  'flowmetal hello.flow': [launcher('flowmetal'), hello],
  'flowmetal hello.flow, no image': [
    process.execPath,
    join(root, 'dist', 'bin', 'flowmetal.js'),
    hello,
  ],
  'flowvm ps': [launcher('flowvm'), 'ps'],
};

function once([command = '', ...args]: readonly string[]): number {
  const env = { ...process.env, FLOWMETAL_STORE: join(folder, 'store') };
  const begin = performance.now();
  const { status, stderr } = spawnSync(command, args, { env, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}`);
  return performance.now() - begin;
}

try {
  for (const [name, command] of Object.entries(COMMANDS)) {
    if (!bench.wants(name)) continue;
    const flow: number[] = [];
    const host: number[] = [];
    once(command);
    for (let round = 0; round < bench.rounds; round++) {
      flow.push(once(command));
      host.push(once(HOST));
    }
    const [flowMs, hostMs] = [median(flow), median(host)];
    const ratio = flowMs / hostMs;
    bench.row(
      name,
      { flowMs, hostMs, ratio },
      `${flowMs.toFixed(0).padStart(5)} ms, ${ratio.toFixed(1)} times node -e 0 (${hostMs.toFixed(0)} ms)`,
    );
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
