// The crash test: a driver is killed at random moments, again and again, and everything must come
// out as if it had not been.
//
//     npm run crash -- [--kills N] [--seed N] [--runs N] [--rounds N] [--seconds N]
//     npm run crash -- --writes      at every write, instead of at random moments (writes.ts)
//
// A real LevelDB store, real HTTP both ways, wilson with faults on the other side. What it holds
// the driver to:
//
//   CR1. Every run ends with the right result, and prints each of its lines exactly once.
//   CR2. No step that was said to be committed is lost: each output that a child told is in the
//        history, under the same sequence, with the same text.
//   CR3. Wilson sees each Idempotency-Key with one body only.
//   CR4. No callback is taken twice: each URL is answered with 200 at most once.
//   CR5. The store is sound in every record (verify).

import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Wilson } from '../../examples/wilson/service.ts';
import type { Faults } from '../../examples/wilson/faults.ts';
import { readEnding } from '../../vm/engine/endings.ts';
import { openLevelStore } from '../../vm/store/level.ts';
import type { Store } from '../../vm/store/store.ts';
import { openReal } from '../engine/real.ts';
import { compileText } from '../engine/sim.ts';
import { campaign, whole } from '../harness/campaign.ts';
import { freePort, HOME, numbers } from './parts.ts';
import { writesTest } from './writes.ts';

export interface CrashOptions {
  readonly kills: number;
  readonly seed: number;
  /** Runs at one time; others follow when they have ended. */
  readonly runs: number;
  readonly rounds: number;
  /** Longest time in all, whatever is left to kill. */
  readonly seconds: number;
  readonly tell?: (line: string) => void;
}

export interface CrashReport {
  readonly kills: number;
  readonly runs: number;
  readonly commits: number;
  readonly keys: number;
  readonly requests: number;
  readonly deliveries: number;
  /** Everything that is not as it should be. */
  readonly wrong: readonly string[];
}

interface Told {
  readonly run: string;
  readonly sequence: number;
  readonly text: string;
}

interface Lifetime {
  /** Commits heard of before it is killed; -1: not even its first words are waited for. */
  readonly commits: number;
  readonly ms: number;
}

class CrashTest {
  private readonly options: CrashOptions;
  private readonly random: () => number;
  private readonly directory = mkdtempSync(join(tmpdir(), 'flow-crash-'));
  /** Whether the last child has committed anything. */
  private hasCommitted = true;
  private readonly told: Told[] = [];
  private readonly commits = new Map<string, number>();
  private readonly wrong: string[] = [];
  private readonly expected = new Map<string, string>();
  private wilson!: Wilson;
  private port = 0;
  private kills = 0;
  private batch = 0;

  constructor(options: CrashOptions) {
    this.options = options;
    this.random = numbers(options.seed);
  }

  async run(): Promise<CrashReport> {
    this.port = await freePort();
    this.wilson = await Wilson.start({ directory: join(this.directory, 'wilson'), stageMs: 15 });
    const endMs = Date.now() + this.options.seconds * 1000;
    try {
      do {
        await this.startRuns();
        await this.playBatch(endMs);
      } while (this.kills < this.options.kills && Date.now() < endMs);
      return await this.report();
    } finally {
      await this.wilson.close();
      rmSync(this.directory, { recursive: true, force: true });
    }
  }

  private store(create: boolean): Promise<Store> {
    return openLevelStore(join(this.directory, 'store'), {
      home: HOME,
      ...(create ? { create: { id: 'crash-store', atMs: Date.now() } } : {}),
    });
  }

  /** Put runs into the store; the children drive them. */
  private async startRuns(): Promise<void> {
    const store = await this.store(this.batch === 0);
    const text = readFileSync(new URL('program.flow', import.meta.url), 'utf8');
    const { driver } = await openReal([], { store });
    const program = compileText(text, 'program.flow');
    this.batch++;
    for (let i = 0; i < this.options.runs; i++) {
      const name = `b${this.batch}r${i}`;
      const args = [this.wilson.url, name, this.options.rounds];
      const { run } = await driver.start({
        program,
        entry: 'main',
        go: false,
        args: args.map((each) => JSON.stringify(each)),
      });
      this.expected.set(run, name);
    }
    await driver.close();
    await store.close();
  }

  /** Let the runs of a batch end, killing children on the way. */
  private async playBatch(endMs: number): Promise<void> {
    for (;;) {
      this.breakThings();
      const isLast = this.kills >= this.options.kills || Date.now() > endMs;
      const hasEnded = await this.oneChild(isLast ? null : this.lifetime());
      if (hasEnded) return;
    }
  }

  /**
   * When a child dies: some time after so many of its commits, so that a slow host gets as far as a
   * fast one; now and then before its first words.
   */
  private lifetime(): Lifetime {
    const isShort = this.random() < 0.1;
    return {
      commits: isShort ? -1 : Math.floor(this.random() ** 2 * 25),
      ms: Math.floor(this.random() * (isShort ? 400 : 60)),
    };
  }

  /**
   * Wilson's faults, other ones each time. After a child that committed nothing there are no new
   * errors: a request that was tried often is tried once a child, and would fail for ever.
   */
  private breakThings(): void {
    const pick = (n: number): number => Math.floor(this.random() * n);
    const callback = (['once', 'twice', 'lost'] as const)[pick(3)] ?? 'once';
    const change: Partial<Faults> = {
      callback,
      errors: this.hasCommitted ? pick(3) : 0,
      resets: this.hasCommitted ? pick(3) : 0,
      slowMs: pick(3) * 8,
    };
    Object.assign(this.wilson.faults, change);
    if (this.random() < 0.1) void this.wilson.restart();
  }

  /** Start a child, and kill it after a while; true if it came to the end of its runs first. */
  private async oneChild(lifetime: Lifetime | null): Promise<boolean> {
    const script = fileURLToPath(new URL('child.ts', import.meta.url));
    this.hasCommitted = false;
    const child = spawn(
      process.execPath,
      [
        '--disable-warning=ExperimentalWarning',
        script,
        join(this.directory, 'store'),
        `${this.port}`,
      ],
      {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { ...process.env, NODE_COMPILE_CACHE: join(this.directory, 'compiled') },
      },
    );
    const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    let isDone = false;
    let errors = '';
    child.stderr?.on('data', (data: Buffer) => (errors += data.toString()));
    const kill = (ms: number): void => void setTimeout(() => child.kill('SIGKILL'), ms);
    let left = lifetime?.commits ?? Infinity;
    this.listen(child, (word) => {
      if (word === 'ready' && left === 0) kill(lifetime?.ms ?? 0);
      if (word === 'commit' && --left === 0) kill(lifetime?.ms ?? 0);
      if (word === 'all') {
        isDone = true;
        child.kill('SIGKILL');
      }
    });
    if (lifetime?.commits === -1) kill(lifetime.ms);
    const patience = setTimeout(() => {
      this.wrong.push('a child came to nothing within a minute');
      child.kill('SIGKILL');
    }, 60_000);
    await exited;
    clearTimeout(patience);
    if (errors !== '') this.wrong.push(`a child said: ${errors}`);
    if (!isDone) this.kills++;
    if (child.signalCode !== 'SIGKILL') this.wrong.push(`a child ended with ${child.exitCode}`);
    this.options.tell?.(`${this.kills} kills, ${this.told.length} outputs told`);
    return isDone || this.wrong.length > 20;
  }

  private listen(child: ChildProcess, heard: (word: string) => void): void {
    let rest = '';
    child.stdout?.on('data', (data: Buffer) => {
      rest += data.toString();
      const lines = rest.split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        const [word = '', run = '', sequence = '', ...more] = line.split(' ');
        if (word === 'output') {
          const text = JSON.parse(more.join(' ')) as string;
          this.told.push({ run, sequence: Number(sequence), text });
        } else if (word === 'commit') {
          this.hasCommitted = true;
          this.commits.set(run, Math.max(this.commits.get(run) ?? 0, Number(sequence)));
        } else if (word === 'stuck' || word === 'failed') this.wrong.push(line);
        heard(word);
      }
    });
  }

  // ---------------------------------------------------------------- judging

  private async report(): Promise<CrashReport> {
    const store = await this.store(false);
    for (const [run, name] of this.expected) await this.judgeRun(store, run, name);
    for await (const finding of store.verify()) {
      if (finding.severity === 'error') this.wrong.push(`store: ${JSON.stringify(finding)}`);
    }
    await store.close();
    const { keys, requests, deliveries } = await this.judgeWilson();
    return {
      kills: this.kills,
      runs: this.expected.size,
      commits: [...this.commits.values()].reduce((sum, each) => sum + each, 0),
      keys,
      requests,
      deliveries,
      wrong: this.wrong,
    };
  }

  /** CR1 and CR2. */
  private async judgeRun(store: Store, run: string, name: string): Promise<void> {
    const record = await store.getRun(run);
    const ending = record === null ? null : readEnding(record.status);
    const { rounds } = this.options;
    // Of a round: squares 55, ticks 10, race (0, 1).
    const total = rounds * 66;
    const result = `{"name": "${name}", "total": ${total}, "jobs": ${3 * rounds}}`;
    if (ending?.kind !== 'done' || ending.json !== result) {
      this.wrong.push(`${name} (${run}) ended with ${JSON.stringify(ending)}, not ${result}`);
    }
    let output = '';
    const bySequence = new Map<number, string>();
    for await (const entry of store.history({ run })) {
      output += entry.output;
      bySequence.set(entry.sequence, entry.output);
    }
    const lines = Array.from({ length: rounds }, (_, n) => {
      return `${name} round ${n}: ${(n + 1) * 66} ${3 * (n + 1)}\n`;
    });
    const expected = `${lines.join('')}${name} done\n`;
    if (output !== expected) this.wrong.push(`${name} printed ${JSON.stringify(output)}`);
    for (const { sequence, text } of this.told.filter((each) => each.run === run)) {
      if (bySequence.get(sequence) !== text) {
        this.wrong.push(
          `${name}: what commit ${sequence} printed was told and is not in the store`,
        );
      }
    }
    if ((this.commits.get(run) ?? 0) > (record?.sequence ?? 0)) {
      this.wrong.push(`${name}: commit ${this.commits.get(run)} was told and is not in the store`);
    }
  }

  /** CR3 and CR4. */
  private async judgeWilson(): Promise<Pick<CrashReport, 'keys' | 'requests' | 'deliveries'>> {
    const journal = (await (await fetch(`${this.wilson.url}/admin/journal`)).json()) as Entry[];
    const bodies = new Map<string, string>();
    const taken = new Map<string, number>();
    let requests = 0;
    let deliveries = 0;
    for (const entry of journal) {
      if (entry.kind === 'request') {
        requests++;
        if (entry.key === null) this.wrong.push(`${entry.method} ${entry.path} has no key`);
        const said = `${entry.method} ${entry.path} ${entry.bodyHash}`;
        const before = bodies.get(entry.key ?? '');
        if (before !== undefined && before !== said) {
          this.wrong.push(`key ${entry.key} came with two bodies`);
        }
        bodies.set(entry.key ?? '', said);
      } else {
        deliveries++;
        if (entry.outcome === 200) taken.set(entry.url, (taken.get(entry.url) ?? 0) + 1);
      }
    }
    for (const [url, count] of taken) {
      if (count > 1) this.wrong.push(`callback ${url} was taken ${count} times`);
    }
    return { keys: bodies.size, requests, deliveries };
  }
}

type Entry =
  | {
      readonly kind: 'request';
      readonly method: string;
      readonly path: string;
      readonly key: string | null;
      readonly bodyHash: string;
    }
  | { readonly kind: 'delivery'; readonly url: string; readonly outcome: number | string };

export function crashTest(options: CrashOptions): Promise<CrashReport> {
  return new CrashTest(options).run();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { writes, ...options } = campaign(
    'crash',
    'Kill a driver again and again; nothing may be lost or doubled.',
  )
    .option('--kills <n>', 'how often', whole(1), 200)
    .option('--seed <n>', 'of when, and of what goes wrong', whole(0), Date.now() % 1_000_000)
    .option('--runs <n>', 'runs at one time', whole(1), 4)
    .option('--rounds <n>', 'rounds of each run', whole(1), 6)
    .option('--seconds <n>', 'the longest it may take', whole(1), 900)
    .option('--writes', 'instead: a process dies, or its disk fails, at every write of one run')
    .parse()
    .opts<Omit<CrashOptions, 'tell'> & { readonly writes?: boolean }>();
  console.error(`crash test, seed ${options.seed}`);
  const tell = (line: string): void => void process.stderr.write(`\r${line}   `);
  const report =
    writes === true
      ? await writesTest({ ...options, tell })
      : await crashTest({ ...options, tell });
  process.stderr.write('\n');
  console.log(JSON.stringify(report, null, 2));
  const isShort = 'left' in report ? report.left > 0 : report.kills < options.kills;
  if (report.wrong.length > 0 || isShort) process.exitCode = 1;
}
