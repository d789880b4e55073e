// The store's commits beside raw LevelDB on the same disk.
//
// Measures: durable commits per second, alone and from 64 runs at once. A commit of ours is three
// rows (commit record, delta, head) with digests, a chained MAC and trailers; the raw probes write
// one row, and three rows, of the same sizes with `sync`. Not measured: stepping, encoding states.
//
// What is measured takes turns, a slice each, and the best slice counts: others use the disk too.
//
//     node test/bench/store.bench.ts [--rounds 6] [--json] [NAME...]

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Level } from 'level';
import { openLevelStore } from '../../vm/store/level.ts';
import { openMemoryStore } from '../../vm/store/memory.ts';
import type { Store } from '../../vm/store/store.ts';
import { openBench } from './bench.ts';
import { commitOf, newRun, PROGRAM, PROGRAM_HASH } from '../store/parts/place.ts';

const bench = openBench('store', 'Durable commits a second, beside raw LevelDB.', 6);
const SLICE_MS = 300;
/** What ten changed objects encode to. */
const DELTA = new Uint8Array(520).fill(7);
const HEAD_BYTES = 150;
const LOG_BYTES = 140;

const root = await mkdtemp(join(tmpdir(), 'flow-bench-'));

/** Calls `step` from `lanes` loops for some time; gives calls per second. */
async function rate(lanes: number, step: (lane: number) => Promise<void>): Promise<number> {
  const until = performance.now() + SLICE_MS;
  const start = performance.now();
  let count = 0;
  await Promise.all(
    Array.from({ length: lanes }, async (_, lane) => {
      while (performance.now() < until) {
        await step(lane);
        count++;
      }
    }),
  );
  return (count / (performance.now() - start)) * 1000;
}

/** One thing measured: gives commits per second over one slice. */
type Probe = () => Promise<number>;

const closers: (() => Promise<void>)[] = [];

/** Raw synced writes: groups of `group` entries of these row sizes, one write at a time. */
async function raw(group: number, sizes: readonly number[]): Promise<Probe> {
  const db = new Level<string, Uint8Array>(join(root, `raw-${group}-${sizes.length}`), {
    valueEncoding: 'view',
  });
  await db.open();
  closers.push(() => db.close());
  const values = sizes.map((size) => new Uint8Array(size).fill(7));
  let n = 0;
  const write = async (): Promise<void> => {
    const batch = db.batch();
    for (let i = 0; i < group; i++) {
      const key = (n++).toString(16).padStart(14, '0');
      for (const [row, value] of values.entries()) batch.put(`raw${row}!run-1!${key}`, value);
    }
    await batch.write({ sync: true });
  };
  return async () => group * (await rate(1, write));
}

async function ours(store: Store, runs: number): Promise<Probe> {
  closers.push(() => store.close());
  await store.putCode(PROGRAM_HASH, PROGRAM);
  const sequences: number[] = [];
  for (let i = 0; i < runs; i++) {
    await store.createRun(newRun(`run-${runs}-${i}`));
    await store.claimRun({ run: `run-${runs}-${i}`, driver: 'bench', epoch: 0, atMs: 1 });
    sequences.push(0);
  }
  return () =>
    rate(runs, async (lane) => {
      const sequence = (sequences[lane] ?? 0) + 1;
      sequences[lane] = sequence;
      await store.commit(commitOf(`run-${runs}-${lane}`, sequence, { delta: DELTA }));
    });
}

const ROWS = [LOG_BYTES, DELTA.length, HEAD_BYTES];
const options = { home: 'bench', create: { id: 'bench', atMs: 1 } };
const level = await openLevelStore(join(root, 'store'), options);
const keyed = await openLevelStore(join(root, 'keyed'), { ...options, key: new Uint8Array(32) });
const memory = await openMemoryStore(options);

/** Name, what it is compared with, and how to measure it. */
const PROBES: readonly (readonly [name: string, peer: string | null, probe: Probe])[] = [
  ['raw LevelDB, 1 synced row', null, await raw(1, [DELTA.length])],
  ['raw LevelDB, 3 synced rows', null, await raw(1, ROWS)],
  ['store, 1 run', 'raw LevelDB, 1 synced row', await ours(level, 1)],
  ['store with a key, 1 run', 'raw LevelDB, 1 synced row', await ours(keyed, 1)],
  ['raw LevelDB, 64 rows a write', null, await raw(64, [DELTA.length])],
  ['raw LevelDB, 64 times 3 rows a write', null, await raw(64, ROWS)],
  ['store, 64 runs', 'raw LevelDB, 64 times 3 rows a write', await ours(level, 64)],
  ['store with a key, 64 runs', 'raw LevelDB, 64 times 3 rows a write', await ours(keyed, 64)],
  ['store, 512 runs', 'raw LevelDB, 64 times 3 rows a write', await ours(level, 512)],
  ['store in memory, 64 runs', null, await ours(memory, 64)],
];

/** What is asked for, and what it is compared with. */
const wanted = new Set(
  PROBES.filter(([name]) => bench.wants(name)).flatMap(([name, peer]) => [name, peer ?? name]),
);
const best = new Map<string, number>();
for (let round = 0; round < bench.rounds; round++) {
  for (const [name, , probe] of PROBES) {
    if (!wanted.has(name)) continue;
    best.set(name, Math.max(best.get(name) ?? 0, await probe()));
  }
}
for (const [name, peer] of PROBES) {
  if (!bench.wants(name)) continue;
  const perSecond = best.get(name) ?? 0;
  const ratio = peer === null ? null : perSecond / (best.get(peer) ?? 1);
  bench.row(
    name,
    { perSecond, peer, ratio },
    `${perSecond.toFixed(0).padStart(8)}/s` +
      (ratio === null ? '' : `  ${ratio.toFixed(2)} of ${peer}`),
  );
}

for (const close of closers) await close();
await rm(root, { recursive: true, force: true });
