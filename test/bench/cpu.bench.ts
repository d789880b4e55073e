// CPU programs: flow's machine beside python3, in turn, on the same machine.
//
//     node test/bench/cpu.bench.ts [--rounds 5] [--json] [NAME...]
//
// Each program runs warm: once before it is counted, then ROUNDS times in turn with CPython. Only
// the run is measured, without start-up and compiling, on both sides; the answer is compared with
// the one the program carries (#>). Quote the ratios: the times are the machine's.
//
// Not measured: commits. The machine steps in batches of the engine's size, but nothing is written.

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { sortEffects } from '../../vm/engine/instant.ts';
import { Linker } from '../../vm/machine/link.ts';
import { Machine } from '../../vm/machine/machine.ts';
import type { LinkedProgram } from '../../vm/machine/link.ts';
import { openLibrary } from '../../stdlib/library.ts';
import { connect } from '../harness/adapter.ts';
import { goldenFiles } from '../harness/files.ts';
import { expectedStdout, parseGolden } from '../harness/golden.ts';

/** Ticks of a batch: what the engine gives a run in one turn. */
const BATCH_TICKS = 10_000;

const { values, positionals } = parseArgs({
  options: { rounds: { type: 'string', default: '5' }, json: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const rounds = Number(values.rounds);
if (!Number.isInteger(rounds) || rounds < 1) throw new Error('--rounds is a whole number from 1');

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

function median(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[times.length >> 1] ?? NaN;
}

/** One run; milliseconds and what it printed. */
function runOnce(program: LinkedProgram): { ms: number; stdout: string } {
  const machine = new Machine({ program, registry: openLibrary().registry, random: () => 4 });
  const begin = performance.now();
  machine.start(null, []);
  for (;;) {
    const outcome = machine.step({ nowMs: 0, ticks: BATCH_TICKS });
    if (outcome.kind === 'spent' || sortEffects(machine, () => null).answered) continue;
    if (outcome.kind !== 'done') throw new Error(`the program has ${outcome.kind}`);
    break;
  }
  const ms = performance.now() - begin;
  const stdout = machine
    .takeOutput()
    .map(({ text }) => text)
    .join('');
  return { ms, stdout };
}

function pythonOnce(path: string): number {
  const { stdout, status } = spawnSync('python3', ['-c', PYTHON, path], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`python3 fails on ${path}`);
  return Number(stdout);
}

const folder = join(import.meta.dirname, 'cpu');
const runner = connect();
const ratios: number[] = [];
for (const file of goldenFiles(folder)) {
  if (positionals.length > 0 && !positionals.includes(file.name)) continue;
  const path = join(folder, `${file.name}.flow`);
  const [chunk] = parseGolden(readFileSync(path, 'utf8'));
  if (chunk === undefined) continue;
  const built = runner.compile(chunk.files, chunk.entry);
  if (built.kind !== 'compiled') throw new Error(`${file.name} does not compile`);
  const { program, packed } = built.program;
  const hashes = packed.modules.map(({ hash }) => hash);
  const linked = Linker.of(openLibrary().registry).link(program, packed.hash, hashes);
  const cold = runOnce(linked);
  if (cold.stdout !== expectedStdout(chunk)) throw new Error(`${file.name}: a wrong answer`);
  const flow: number[] = [];
  const python: number[] = [];
  for (let round = 0; round < rounds; round++) {
    flow.push(runOnce(linked).ms);
    if (hasPython) python.push(pythonOnce(path));
  }
  const ratio = hasPython ? median(flow) / median(python) : null;
  if (ratio !== null) ratios.push(ratio);
  const row = { name: file.name, flowMs: median(flow), coldMs: cold.ms, ratio };
  if (values.json) console.log(JSON.stringify(row));
  else {
    const shown = ratio === null ? '' : `  ${ratio.toFixed(2)} times CPython's time`;
    const ms = `${row.flowMs.toFixed(0).padStart(6)} ms (first run ${row.coldMs.toFixed(0)} ms)`;
    console.log(`${file.name.padEnd(14)}${ms}${shown}`);
  }
}
if (ratios.length > 0) {
  const mean = Math.exp(ratios.reduce((sum, each) => sum + Math.log(each), 0) / ratios.length);
  if (values.json) console.log(JSON.stringify({ geometricMean: mean, programs: ratios.length }));
  else console.log(`geometric mean of ${ratios.length}: ${mean.toFixed(2)} times CPython's time`);
}
