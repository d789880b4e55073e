// CPU programs: flow's machine beside python3, in turn, on the same machine.
//
//     node test/bench/cpu.bench.ts [--rounds 3] [--json] [NAME...]
//
// Each program runs warm: once before it is counted, then ROUNDS times in turn with CPython. Only
// the run is measured, without start-up and compiling, on both sides; the answer is compared with
// the one the program carries (#>). Quote the ratios: the times are the machine's.
//
// Not measured: commits. The machine steps in batches of the engine's size, but nothing is written.

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { goldenFiles } from '../harness/files.ts';
import { median, openBench } from './bench.ts';
import { linkCpu, run } from './programs.ts';

const bench = openBench('cpu', "Programs that only compute: flow's time beside CPython's.", 3);

const PYTHON = `
import io, sys, time
text = open(sys.argv[1]).read()
code = compile(text, sys.argv[1], 'exec')
out, sys.stdout = sys.stdout, io.StringIO()
begin = time.perf_counter()
exec(code, {'__name__': '__main__'})
took = time.perf_counter() - begin
sys.stdout = out
print(took * 1000)
`;

const hasPython = spawnSync('python3', ['--version']).status === 0;
if (!hasPython) console.error('python3 is not installed: no ratios');

function pythonOnce(path: string): number {
  const { stdout, status } = spawnSync('python3', ['-c', PYTHON, path], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`python3 fails on ${path}`);
  return Number(stdout);
}

const folder = join(import.meta.dirname, 'cpu');
const ratios: number[] = [];
for (const { name, text, path } of goldenFiles(folder)) {
  if (!bench.wants(name)) continue;
  const { linked, stdout } = linkCpu(name, text);
  const cold = run(linked, {});
  if (cold.stdout !== stdout) throw new Error(`${name}: a wrong answer`);
  const flow: number[] = [];
  const python: number[] = [];
  for (let round = 0; round < bench.rounds; round++) {
    flow.push(run(linked, {}).ms);
    if (hasPython) python.push(pythonOnce(path));
  }
  const flowMs = median(flow);
  const ratio = hasPython ? flowMs / median(python) : null;
  if (ratio !== null) ratios.push(ratio);
  const shown = ratio === null ? '' : `  ${ratio.toFixed(2)} times CPython's time`;
  bench.row(
    name,
    { flowMs, coldMs: cold.ms, ratio },
    `${flowMs.toFixed(0).padStart(6)} ms (first run ${cold.ms.toFixed(0)} ms)${shown}`,
  );
}
if (ratios.length > 0) {
  const geometricMean = Math.exp(
    ratios.reduce((sum, each) => sum + Math.log(each), 0) / ratios.length,
  );
  bench.row(
    `geometric mean of ${ratios.length}`,
    { geometricMean },
    `${geometricMean.toFixed(2)} times CPython's time`,
  );
}
