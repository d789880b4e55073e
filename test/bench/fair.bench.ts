// Runs that only compute, side by side: how evenly they share the machine, and what they do to one
// that does next to nothing.
//
// Measures: 64 endless loops on LevelDB for some seconds: instructions of the slowest beside those
// of the fastest; how late a run is woken that sleeps 50 ms again and again; how long it takes to
// cancel one of the loops. Not measured: runs with much state.

import { mkdtemp, rm } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { effectKinds } from '../../stdlib/connectors/kinds.ts';
import { openLibrary } from '../../stdlib/library.ts';
import { valueTexts } from '../../stdlib/natives/json.ts';
import { openDriver } from '../../vm/engine/driver.ts';
import { openLevelStore } from '../../vm/store/level.ts';
import { realClock } from '../engine/real.ts';
import { compileText } from '../engine/sim.ts';
import { median, openBench } from './bench.ts';

const bench = openBench('fair', 'Endless loops side by side, and beside one that sleeps.', 3);

const LOOPS = 64;
const SECONDS = 8;
const SLEEP_MS = 50;

const LOOP = compileText('n = 0\nwhile True:\n    n += 1\n');
const SLEEPER = compileText(`
from flow.time import sleep
while True:
    sleep(${SLEEP_MS / 1000})
    print("awake")
`);

interface Measured {
  readonly evenness: number;
  readonly latenessMs: number;
  readonly cancelMs: number;
}

async function measure(): Promise<Measured> {
  const folder = await mkdtemp(join(tmpdir(), 'flow-fair-'));
  const create = { id: 'bench', atMs: Date.now() };
  const store = await openLevelStore(join(folder, 'store'), { home: 'bench', create });
  const ticks = new Map<string, number>();
  const awake: number[] = [];
  const driver = await openDriver({
    store,
    registry: openLibrary().registry,
    clock: realClock,
    random: (count) => randomBytes(count),
    name: 'bench',
    kinds: effectKinds,
    texts: valueTexts,
    events: {
      progress: (event) => void ticks.set(event.run, event.ticks),
      output: () => void awake.push(performance.now()),
    },
  });
  const loops: string[] = [];
  for (let i = 0; i < LOOPS; i++) loops.push((await driver.start({ program: LOOP })).run);
  const sleeper = await driver.start({ program: SLEEPER });
  // What is counted begins when all are under way.
  await pause(1000);
  const before = new Map(ticks);
  awake.length = 0;
  await pause(SECONDS * 1000);
  const did = loops.map((run) => (ticks.get(run) ?? 0) - (before.get(run) ?? 0));
  const late = awake.slice(1).map((at, i) => at - (awake[i] ?? at) - SLEEP_MS);
  const cancelAt = performance.now();
  const [first = ''] = loops;
  await driver.cancel(first);
  await driver.ended(first);
  const cancelMs = performance.now() - cancelAt;
  for (const run of [...loops.slice(1), sleeper.run]) await driver.cancel(run);
  await Promise.all([...loops, sleeper.run].map((run) => driver.ended(run)));
  await driver.close();
  await store.close();
  await rm(folder, { recursive: true });
  const sorted = late.toSorted((a, b) => a - b);
  return {
    evenness: Math.min(...did) / Math.max(...did),
    latenessMs: sorted[Math.floor(sorted.length * 0.99)] ?? NaN,
    cancelMs,
  };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

const rounds: Measured[] = [];
for (let round = 0; round < bench.rounds; round++) rounds.push(await measure());
const evenness = median(rounds.map((each) => each.evenness));
const latenessMs = median(rounds.map((each) => each.latenessMs));
const cancelMs = median(rounds.map((each) => each.cancelMs));
bench.row(
  `${LOOPS} endless loops`,
  { evenness, latenessMs, cancelMs },
  `the slowest does ${(evenness * 100).toFixed(0)} % of the fastest; ` +
    `a sleeper is ${latenessMs.toFixed(0)} ms late (99 %); cancelled in ${cancelMs.toFixed(0)} ms`,
);
