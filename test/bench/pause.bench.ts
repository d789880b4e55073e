// How long a run with a large state holds up everybody else, with its checkpoints made between
// turns and made by a process of its own.
//
// Measures: times between two turns of the host's loop, while one run builds a list of lists of
// lists, changes some of it, and commits again and again, on LevelDB. Not measured: loading it.

import { mkdtemp, rm } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CheckpointProcess } from '../../bin/checkpoint-process.ts';
import { effectKinds } from '../../stdlib/connectors/kinds.ts';
import { openLibrary } from '../../stdlib/library.ts';
import { valueTexts } from '../../stdlib/natives/json.ts';
import { openDriver } from '../../vm/engine/driver.ts';
import { openLevelStore } from '../../vm/store/level.ts';
import { compileText } from '../engine/sim.ts';
import { median, openBench } from './bench.ts';

const bench = openBench('pause', 'Pauses of a process whose run makes large checkpoints.', 3);

/** Objects of the state, besides as many strs. */
const OBJECTS = 300_000;
const COMMITS = 600;

const PROGRAM = compileText(`
from flow import checkpoint

def main(objects, commits):
    kept = []
    while len(kept) < objects:
        for _ in range(2000):
            kept.append([len(kept), str(len(kept))])
        checkpoint()
    at = 0
    for n in range(commits):
        for _ in range(800):
            at = (at + 7919) % objects
            kept[at][0] = at + n
        checkpoint()
`);

interface Pauses {
  readonly longestMs: number;
  /** At the 99.9th percentile. */
  readonly p999Ms: number;
  readonly checkpoints: number;
}

async function measure(isApart: boolean): Promise<Pauses> {
  const folder = await mkdtemp(join(tmpdir(), 'flow-pause-'));
  const create = { id: 'bench', atMs: Date.now() };
  const store = await openLevelStore(join(folder, 'store'), { home: 'bench', create });
  const driver = await openDriver({
    store,
    registry: openLibrary().registry,
    clock: {
      nowMs: () => Date.now(),
      at: (ms, call) => {
        const timer = setTimeout(call, Math.max(0, ms - Date.now()));
        return () => clearTimeout(timer);
      },
      soon: (call) => void setImmediate(call),
    },
    random: (count) => randomBytes(count),
    name: 'bench',
    kinds: effectKinds,
    texts: valueTexts,
    ...(isApart ? { checkpoints: new CheckpointProcess() } : {}),
  });
  const gaps: number[] = [];
  let isOver = false;
  let last = performance.now();
  const look = (): void => {
    const now = performance.now();
    gaps.push(now - last);
    last = now;
    if (!isOver) setImmediate(look);
  };
  look();
  const { run } = await driver.start({
    program: PROGRAM,
    entry: 'main',
    args: [OBJECTS, COMMITS].map(String),
  });
  await driver.ended(run);
  isOver = true;
  let checkpoints = 0;
  for await (const { checkpoint } of store.history({ run })) if (checkpoint !== null) checkpoints++;
  await driver.close();
  await store.close();
  await rm(folder, { recursive: true });
  gaps.sort((a, b) => a - b);
  const p999Ms = gaps[Math.floor(gaps.length * 0.999)] ?? 0;
  return { longestMs: gaps.at(-1) ?? 0, p999Ms, checkpoints };
}

const rows: Record<'between' | 'apart', Pauses[]> = { between: [], apart: [] };
for (let round = 0; round < bench.rounds; round++) {
  if (bench.wants('between')) rows.between.push(await measure(false));
  if (bench.wants('apart')) rows.apart.push(await measure(true));
}
for (const [name, measured] of Object.entries(rows)) {
  if (measured.length === 0) continue;
  const longestMs = median(measured.map((each) => each.longestMs));
  const p999Ms = median(measured.map((each) => each.p999Ms));
  const checkpoints = median(measured.map((each) => each.checkpoints));
  bench.row(
    name,
    { longestMs, p999Ms, checkpoints },
    `longest ${longestMs.toFixed(0)} ms, 99.9 % under ${p999Ms.toFixed(1)} ms, ` +
      `${checkpoints} checkpoints`,
  );
}
