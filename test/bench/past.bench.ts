// The past of runs that compute: how long it takes to be at any instruction of theirs, and what it
// costs to be able to.
//
// Measures: the time of a jump to a point that was chosen by chance, from the store on LevelDB and
// a program that is linked already; and what a run takes while what came into its batches is
// written down, beside the same without. Not measured: the start of a process, and showing a state.

import { mkdtemp, rm } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { effectKinds } from '../../stdlib/connectors/kinds.ts';
import { openLibrary } from '../../stdlib/library.ts';
import { valueTexts } from '../../stdlib/natives/json.ts';
import { BatchInputs } from '../../vm/engine/batch.ts';
import { openDriver } from '../../vm/engine/driver.ts';
import { Past } from '../../vm/engine/past.ts';
import { Programs } from '../../vm/engine/programs.ts';
import { openLevelStore } from '../../vm/store/level.ts';
import type { RunId, Store } from '../../vm/store/store.ts';
import { Random } from '../differential/random.ts';
import { compileText } from '../engine/sim.ts';
import { median, openBench } from './bench.ts';

const bench = openBench('past', 'Jumps into the past of a run, and what they cost it.', 5);

/** Some 100,000,000 instructions each. */
const PROGRAMS: Readonly<Record<string, string>> = {
  'a small state': `
def main():
    total = 0
    seen = {}
    for i in range(6_000_000):
        total = (total * 31 + i) % 1_000_003
        if total % 97 == 0:
            seen[total % 50] = i
    return total
`,
  'a list of a million': `
def main():
    flags = [True] * 1_000_000
    for round in range(4):
        for n in range(2, 1000):
            if flags[n]:
                for i in range(n * n, 1_000_000, n):
                    flags[i] = False
    return sum(flags)
`,
};

const STEPS = compileText(`
from flow import checkpoint

def main():
    for _ in range(4000):
        checkpoint()
`);

const JUMPS = 40;

const CLOCK = {
  nowMs: () => Date.now(),
  at: (ms: number, call: () => void) => {
    const timer = setTimeout(call, Math.max(0, ms - Date.now()));
    return () => clearTimeout(timer);
  },
  soon: (call: () => void) => void setImmediate(call),
};

/** A store with one run that has ended; and how long the run took. */
async function withRun(
  program: ReturnType<typeof compileText>,
  look: (store: Store, run: RunId, ms: number) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'flow-past-'));
  const create = { id: 'bench', atMs: Date.now() };
  const store = await openLevelStore(join(folder, 'store'), { home: 'bench', create });
  const driver = await openDriver({
    store,
    registry: openLibrary().registry,
    clock: CLOCK,
    random: (count) => randomBytes(count),
    name: 'bench',
    kinds: effectKinds,
    texts: valueTexts,
  });
  const start = performance.now();
  const { run } = await driver.start({ program, entry: 'main' });
  const ending = await driver.ended(run);
  const ms = performance.now() - start;
  if (ending.kind !== 'done') throw new Error(JSON.stringify(ending));
  await driver.close();
  await look(store, run, ms);
  await store.close();
  await rm(folder, { recursive: true });
}

const at = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;

async function jumps(name: string, text: string): Promise<void> {
  await withRun(compileText(text), async (store, run, runMs) => {
    const { registry } = openLibrary();
    const programs = new Programs(store, registry);
    const past = new Past({ store, programs, registry, kinds: effectKinds, texts: valueTexts });
    const { sequence } = (await store.getRun(run))!;
    const random = new Random(1, 1);
    const times: number[] = [];
    let instructions = 0;
    for (let jump = 0; jump < JUMPS; jump++) {
      const commit = random.below(sequence);
      // How many there are in a batch is known when it is done again.
      const made = (await past.again(run, commit + 1, 'plain')).at.instruction;
      instructions += made;
      const instruction = 1 + random.below(made);
      const start = performance.now();
      await past.stateAt(run, { sequence: commit, instruction });
      times.push(performance.now() - start);
    }
    times.sort((a, b) => a - b);
    const [p50Ms, p95Ms] = [at(times, 0.5), at(times, 0.95)];
    const inAll = (instructions / JUMPS) * sequence;
    bench.row(
      `jump into ${name}`,
      { p50Ms, p95Ms, runMs, commits: sequence, instructions: Math.round(inAll) },
      `50 % in ${p50Ms.toFixed(0)} ms, 95 % in ${p95Ms.toFixed(0)} ms (goal 300); ` +
        `${(inAll / 1e6).toFixed(0)} million instructions, ${sequence} commits, ` +
        `run in ${(runMs / 1000).toFixed(1)} s`,
    );
  });
}

/** Nothing is written down. */
const SILENT = {
  took: (): void => {},
  settled: (): void => {},
  says: <Answer>(answer: Answer): Answer => answer,
  turned: (): void => {},
  take: (): Uint8Array => new Uint8Array(0),
};

async function overhead(): Promise<void> {
  const noted = Object.getOwnPropertyDescriptors(BatchInputs.prototype);
  const times: Record<'with' | 'without', number[]> = { with: [], without: [] };
  for (let round = -1; round < bench.rounds; round++) {
    for (const how of ['with', 'without'] as const) {
      if (how === 'without') Object.assign(BatchInputs.prototype, SILENT);
      await withRun(STEPS, (_store, _run, ms) => {
        if (round >= 0) times[how].push(ms);
        return Promise.resolve();
      });
      Object.defineProperties(BatchInputs.prototype, noted);
    }
  }
  const [withMs, withoutMs] = [median(times.with), median(times.without)];
  const percent = (withMs / withoutMs - 1) * 100;
  bench.row(
    'recording, 4,000 commits',
    { withMs, withoutMs, percent },
    `${percent.toFixed(1)} % (goal 5; ${withMs.toFixed(0)} and ${withoutMs.toFixed(0)} ms)`,
  );
}

for (const [name, text] of Object.entries(PROGRAMS)) {
  if (bench.wants(`jump into ${name}`)) await jumps(name, text);
}
if (bench.wants('recording')) await overhead();
