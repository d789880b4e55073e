// The soak test: a mixed load for as long as one likes, with kills; at the end the books balance.
//
//     npm run soak -- [--minutes N] [--runs N] [--seed N]
//
// Runs that go on for ever send requests to a ledger that loses, delays and repeats, wait for its
// callbacks and for time, and make tasks and cancel them. Each driver is killed after a while.
//
//     SK1  Every run ends when it is told to, with the turns it counted.
//     SK2  Each line that a run counted is in the ledger exactly once, and no other.
//     SK3  A run that is cancelled writes its last line exactly once.
//     SK4  Memory and store stay flat: the last third of the time is held against the second.
//     SK5  The store is sound in every record (verify).

import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readEnding } from '../../vm/engine/endings.ts';
import { openLevelStore } from '../../vm/store/level.ts';
import type { Store } from '../../vm/store/store.ts';
import { openReal } from '../engine/real.ts';
import { compileText } from '../engine/sim.ts';
import { campaign, whole } from '../harness/campaign.ts';
import { Random } from '../differential/random.ts';
import { Ledger } from './ledger.ts';
import { freePort } from '../crash/parts.ts';
import { HOME, KEPT } from './parts.ts';

export interface SoakOptions {
  readonly seconds: number;
  readonly runs: number;
  readonly seed: number;
  readonly tell?: (line: string) => void;
}

export interface SoakReport {
  readonly kills: number;
  readonly commits: number;
  readonly requests: number;
  readonly turns: number;
  readonly lines: number;
  readonly visitors: number;
  /** Medians of the three thirds of the time. */
  readonly memoryBytes: readonly number[];
  readonly storeBytes: readonly number[];
  readonly wrong: readonly string[];
}

/** Lines of one turn of a run: first, a, b, c, late. */
const LINES = 5;

/** How much more the last third may have than the second: LevelDB compacts when it likes. */
const GROWTH_MAX = 1.25;
const GROWTH_BYTES_MIN = 8 * 1024 * 1024;

interface Sample {
  readonly atMs: number;
  readonly bytes: number;
}

class Soak {
  private readonly options: SoakOptions;
  private readonly random: Random;
  private readonly ledger: Ledger;
  private readonly directory = mkdtempSync(join(tmpdir(), 'flow-soak-'));
  private readonly names = new Map<string, string>();
  private readonly visitors: string[] = [];
  private readonly memory: Sample[] = [];
  private readonly disk: Sample[] = [];
  private readonly wrong: string[] = [];
  private port = 0;
  private kills = 0;
  private commits = 0;

  constructor(options: SoakOptions) {
    this.options = options;
    this.random = new Random(options.seed);
    const faults = new Random(options.seed + 1);
    this.ledger = new Ledger(() => faults.below(1_000_000) / 1_000_000);
  }

  async run(): Promise<SoakReport> {
    this.port = await freePort();
    await this.ledger.start();
    try {
      await this.startRuns();
      const startMs = Date.now();
      const endMs = startMs + this.options.seconds * 1000;
      while (Date.now() < endMs && this.wrong.length < 10) {
        await this.oneChild(this.lifetimeMs(), endMs);
        this.kills++;
      }
      this.ledger.more = false;
      await this.oneChild(null, Infinity);
      return await this.report(startMs, endMs);
    } finally {
      this.ledger.close();
      rmSync(this.directory, { recursive: true, force: true });
    }
  }

  /** Most are killed soon; some live long enough to show what they leak. */
  private lifetimeMs(): number {
    return this.random.chance(0.75) ? this.random.between(2000, 8000) : 60_000;
  }

  private get place(): string {
    return join(this.directory, 'store');
  }

  private async startRuns(): Promise<void> {
    const create = { id: 'soak-store', atMs: Date.now() };
    const store = await openLevelStore(this.place, { home: HOME, create });
    const { driver } = await openReal([], { store });
    const text = readFileSync(new URL('program.flow', import.meta.url), 'utf8');
    const program = compileText(text, 'program.flow');
    for (let i = 0; i < this.options.runs; i++) {
      const name = `run-${i}`;
      const args = [this.ledger.url, name].map((each) => JSON.stringify(each));
      const { run } = await driver.start({ program, entry: 'works', go: false, args });
      this.names.set(run, name);
    }
    await driver.close();
    await store.close();
  }

  /** A driver for some time; without a time, until all runs have ended. */
  private async oneChild(ms: number | null, endMs: number): Promise<void> {
    const visitor = ms === null ? '' : `visitor-${this.visitors.length}`;
    if (visitor !== '') this.visitors.push(visitor);
    const script = fileURLToPath(new URL('child.ts', import.meta.url));
    const child = spawn(
      process.execPath,
      [
        '--disable-warning=ExperimentalWarning',
        script,
        this.place,
        `${this.port}`,
        this.ledger.url,
        visitor,
      ],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    let said = '';
    child.stderr.on('data', (data: Buffer) => (said += data.toString()));
    const begun = this.listen(child);
    // From its first commit on: a slow host gets as far as a fast one.
    if (ms !== null) {
      void Promise.race([begun, exited]).then(() => {
        setTimeout(() => child.kill('SIGKILL'), Math.min(ms, Math.max(0, endMs - Date.now())));
      });
    }
    const patience = setTimeout(() => {
      this.wrong.push('a driver came to nothing in five minutes');
      child.kill('SIGKILL');
    }, 300_000);
    await exited;
    clearTimeout(patience);
    if (said !== '') this.wrong.push(`a driver said: ${said}`);
    this.disk.push({ atMs: Date.now(), bytes: bytesUnder(this.place) });
    const megabytes = (samples: readonly Sample[]): string =>
      ((samples.at(-1)?.bytes ?? 0) / 1e6).toFixed(0);
    this.options.tell?.(
      `${this.kills} kills, ${this.commits} commits, ${this.ledger.requests} requests, ` +
        `${megabytes(this.memory)} MB of memory, ${megabytes(this.disk)} MB of store`,
    );
  }

  /** Resolves with its first commit. */
  private listen(child: ChildProcess): Promise<void> {
    return new Promise((resolve) => {
      let rest = '';
      child.stdout?.on('data', (data: Buffer) => {
        rest += data.toString();
        const lines = rest.split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) {
          const [word, bytes = ''] = line.split(' ');
          if (word === 'commit') {
            this.commits++;
            resolve();
          } else if (word === 'memory') {
            this.memory.push({ atMs: Date.now(), bytes: Number(bytes) });
          } else if (word === 'all') child.kill('SIGKILL');
          else this.wrong.push(line);
        }
      });
    });
  }

  // ---------------------------------------------------------------- judging

  private async report(startMs: number, endMs: number): Promise<SoakReport> {
    const store = await openLevelStore(this.place, { home: HOME });
    let turns = 0;
    for (const [run, name] of this.names) turns += await this.judge(store, run, name);
    let visitors = 0;
    for (const name of this.visitors) visitors += await this.judgeVisitor(store, name);
    for await (const finding of store.verify()) {
      if (finding.severity === 'error') this.wrong.push(`store: ${JSON.stringify(finding)}`);
    }
    await store.close();
    const known = new Set([...this.names.values(), ...this.visitors]);
    for (const name of this.ledger.written.keys()) {
      if (!known.has(name)) this.wrong.push(`the ledger knows of ${name}`);
    }
    const memoryBytes = thirds(this.memory, startMs, endMs);
    const storeBytes = thirds(this.disk, startMs, endMs);
    this.judgeFlat('memory', memoryBytes);
    this.judgeFlat('the store', storeBytes);
    const { kills, commits, wrong } = this;
    const { requests } = this.ledger;
    const lines = turns * LINES + visitors;
    return { kills, commits, requests, turns, lines, visitors, memoryBytes, storeBytes, wrong };
  }

  /** SK1 and SK2: what one run has counted, and what the ledger has of it. */
  private async judge(store: Store, run: string, name: string): Promise<number> {
    const record = await store.getRun(run);
    const ending = record === null ? null : readEnding(record.status);
    if (ending?.kind !== 'done' || ending.json === null) {
      this.wrong.push(`${name} ended with ${JSON.stringify(ending)}`);
      return 0;
    }
    const { turns, lines } = JSON.parse(ending.json) as { turns: number; lines: number };
    const written = this.ledger.written.get(name) ?? new Map<string, number>();
    if (lines !== turns * LINES || written.size !== lines) {
      this.wrong.push(`${name}: ${turns} turns, ${lines} lines, ${written.size} in the ledger`);
    }
    for (const [line, count] of written) {
      if (count !== 1) this.wrong.push(`${name}: line ${line} is in the ledger ${count} times`);
    }
    return turns;
  }

  /** SK3. A driver may have been killed before the run was made: then there is none. */
  private async judgeVisitor(store: Store, name: string): Promise<number> {
    const record = await store.getRun(name);
    const lines = [...(this.ledger.written.get(name)?.values() ?? [])];
    if (record === null) {
      if (lines.length > 0) this.wrong.push(`${name} is not there, and has left`);
      return 0;
    }
    const ending = readEnding(record.status);
    if (ending?.kind !== 'cancelled') {
      this.wrong.push(`${name} ended with ${JSON.stringify(ending)}`);
    }
    if (lines.length !== 1 || lines[0] !== 1) this.wrong.push(`${name} has left ${lines.join()}`);
    return 1;
  }

  /** SK4 */
  private judgeFlat(what: string, [, second = 0, last = 0]: readonly number[]): void {
    // On a machine that has no time for it, nobody may have looked in a third of a few seconds.
    if (second === 0) return;
    if (last > Math.max(second * GROWTH_MAX, second + GROWTH_BYTES_MIN)) {
      this.wrong.push(`${what} grew from ${second} to ${last} bytes`);
    }
  }
}

function thirds(samples: readonly Sample[], startMs: number, endMs: number): number[] {
  return [0, 1, 2].map((third) => {
    const length = (endMs - startMs) / 3;
    const from = startMs + third * length;
    const inside = samples.filter(({ atMs }) => atMs >= from && atMs < from + length);
    const bytes = inside.map((each) => each.bytes).toSorted((a, b) => a - b);
    return bytes[bytes.length >> 1] ?? 0;
  });
}

function bytesUnder(directory: string): number {
  let sum = 0;
  for (const name of readdirSync(directory)) sum += statSync(join(directory, name)).size;
  return sum;
}

export function soak(options: SoakOptions): Promise<SoakReport> {
  return new Soak(options).run();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { minutes, runs, seed } = campaign(
    'soak',
    `A mixed load with kills, for as long as you like; then the books must balance.
Of each run the last ${KEPT.history} commits are kept.`,
  )
    .option('--minutes <n>', 'how long', whole(1), 10)
    .option('--runs <n>', 'runs at one time', whole(1), 12)
    .option('--seed <n>', 'of when, and of what goes wrong', whole(0), Date.now() % 1_000_000)
    .parse()
    .opts<{ minutes: number; runs: number; seed: number }>();
  console.error(`soak test, ${minutes} minutes, seed ${seed}`);
  const isTerminal = process.stderr.isTTY;
  const report = await soak({
    seconds: minutes * 60,
    runs,
    seed,
    tell: (line) => process.stderr.write(isTerminal ? `\r${line}   ` : `${line}\n`),
  });
  if (isTerminal) process.stderr.write('\n');
  console.log(JSON.stringify(report, null, 2));
  if (report.wrong.length > 0) process.exitCode = 1;
}
