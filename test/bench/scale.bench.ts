// Many runs in one store: what each of them costs that sleeps, and how many are woken a second.
//
// Measures: runs started a second; bytes on disk of each when all sleep, the files compacted;
// memory of the process that has them open, and the time to open; due timers woken and finished a
// second, each a run that is read from disk, goes on, and ends. Not measured: several processes.
//
//     node --expose-gc test/bench/scale.bench.ts [--runs 20000] [--json]

import { readdir, mkdtemp, rm, stat } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Level } from 'level';
import { effectKinds } from '../../stdlib/connectors/kinds.ts';
import { openLibrary } from '../../stdlib/library.ts';
import { valueTexts } from '../../stdlib/natives/json.ts';
import type { Clock } from '../../vm/engine/clock.ts';
import { openDriver, type Driver } from '../../vm/engine/driver.ts';
import { openLevelStore } from '../../vm/store/level.ts';
import type { Store } from '../../vm/store/store.ts';
import { compileText } from '../engine/sim.ts';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '20000' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
  allowPositionals: true,
});
if (values.help) {
  console.log('node --expose-gc test/bench/scale.bench.ts [--runs N] [--json]\n');
  console.log('Many runs in one store: sleeping, and woken by time.');
  process.exit(0);
}
const RUNS = Number(values.runs);
if (!Number.isInteger(RUNS) || RUNS < 1) throw new Error('--runs is a whole number from 1');
/** Starts under way at one time. */
const LANES = 256;

const PROGRAM = compileText(`
from flow.time import sleep

def main(n):
    kept = {"order": n, "items": [n, n + 1]}
    sleep("10d")
    return kept["order"]
`);

/** The host's time, moved on by hand. */
class AheadClock implements Clock {
  private aheadMs = 0;
  private waits: { readonly atMs: number; readonly call: () => void; timer: NodeJS.Timeout }[] = [];

  nowMs(): number {
    return Date.now() + this.aheadMs;
  }

  at(atMs: number, call: () => void): () => void {
    const ring = (): void => {
      this.waits = this.waits.filter((each) => each !== made);
      call();
    };
    const ms = Math.min(2 ** 31 - 1, Math.max(0, atMs - this.nowMs()));
    const made = { atMs, call: ring, timer: setTimeout(ring, ms) };
    this.waits.push(made);
    return () => {
      clearTimeout(made.timer);
      this.waits = this.waits.filter((each) => each !== made);
    };
  }

  soon(call: () => void): void {
    setImmediate(call);
  }

  moveOn(ms: number): void {
    this.aheadMs += ms;
    for (const { atMs, call, timer } of this.waits) {
      if (atMs > this.nowMs()) continue;
      clearTimeout(timer);
      call();
    }
  }
}

const root = await mkdtemp(join(tmpdir(), 'flow-bench-'));
const place = join(root, 'store');
const clock = new AheadClock();

interface Open {
  readonly store: Store;
  readonly driver: Driver;
  /** Resolves when so many runs have ended. */
  readonly ended: Promise<void>;
}

async function open(isNew: boolean): Promise<Open> {
  const create = isNew ? { create: { id: 'bench', atMs: clock.nowMs() } } : {};
  const store = await openLevelStore(place, { home: 'bench', ...create });
  let count = 0;
  let resolve = (): void => {};
  const ended = new Promise<void>((done) => (resolve = done));
  const driver = await openDriver({
    store,
    registry: openLibrary().registry,
    clock,
    random: (bytes) => randomBytes(bytes),
    name: `bench ${isNew}`,
    kinds: effectKinds,
    texts: valueTexts,
    events: {
      ended: () => {
        if (++count === RUNS) resolve();
      },
      stuck: ({ error }) => {
        throw error;
      },
    },
  });
  return { store, driver, ended };
}

async function bytesOnDisk(): Promise<number> {
  const sizes = (await readdir(place)).map(async (name) => (await stat(join(place, name))).size);
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

function row(name: string, numbers: Readonly<Record<string, number>>, text: string): void {
  if (values.json) console.log(JSON.stringify({ bench: 'scale', name, runs: RUNS, ...numbers }));
  else console.log(`${name.padEnd(44)}${text}`);
}

const seconds = (sinceMs: number): number => (performance.now() - sinceMs) / 1000;

try {
  let begun = performance.now();
  let now = await open(true);
  const rest = Array.from({ length: RUNS }, (_, n) => n).values();
  await Promise.all(
    Array.from({ length: LANES }, async () => {
      for (const n of rest) {
        await now.driver.start({ program: PROGRAM, entry: 'main', args: [String(n)] });
      }
    }),
  );
  await now.driver.settled();
  const perSecond = RUNS / seconds(begun);
  row('started, until asleep', { perSecond }, `${perSecond.toFixed(0).padStart(8)}/s`);
  await now.driver.close();
  await now.store.close();

  const db = new Level<string, Uint8Array>(place, { valueEncoding: 'view' });
  await db.open();
  await (db as unknown as { compactRange(a: string, b: string): Promise<void> }).compactRange(
    '\u0000',
    '\uffff',
  );
  await db.close();
  const bytes = (await bytesOnDisk()) / RUNS;
  row('asleep, on disk, compacted', { bytes }, `${bytes.toFixed(0).padStart(8)} bytes each`);

  globalThis.gc?.();
  const before = process.memoryUsage().rss;
  begun = performance.now();
  now = await open(false);
  await now.driver.resume();
  await now.driver.settled();
  const openMs = seconds(begun) * 1000;
  globalThis.gc?.();
  const grownMb = (process.memoryUsage().rss - before) / 2 ** 20;
  const opened = `${openMs.toFixed(0).padStart(8)} ms, ${grownMb.toFixed(0)} MB more`;
  row('opened, all asleep', { openMs, grownMb }, opened);

  begun = performance.now();
  clock.moveOn(11 * 86_400_000);
  await now.ended;
  const wokenPerSecond = RUNS / seconds(begun);
  const woken = `${wokenPerSecond.toFixed(0).padStart(8)}/s`;
  row('due, woken and ended', { wokenPerSecond }, woken);
  await now.driver.close();
  await now.store.close();
} finally {
  await rm(root, { recursive: true, force: true });
}
