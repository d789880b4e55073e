// The probes themselves, on an engine that keeps its runs in an array and needs no installing.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { type Job, type Peer, resultOf } from './peer.ts';
import { type Figures, percentile, PROBES, warmUp } from './probes.ts';
import { pageWith, type Result, withUnit } from './results.ts';
import { Waits } from './waits.ts';

const directory = mkdtempSync(join(tmpdir(), 'flow-peers-test-'));
afterAll(() => rmSync(directory, { recursive: true }));

/** An engine without steps or disk; `loss` is what it loses of each result. */
class Fake implements Peer {
  readonly calls: string[] = [];
  readonly #jobs = new Map<string, Job>();
  readonly #signals = new Waits<number>();
  readonly #loss: number;

  constructor(loss = 0) {
    this.#loss = loss;
  }

  async start(): Promise<void> {}
  async stop(): Promise<void> {}
  async kill(): Promise<void> {
    this.calls.push('kill');
  }
  async restart(): Promise<void> {
    this.calls.push('restart');
  }
  async submit(id: string, job: Job): Promise<void> {
    if (this.#jobs.has(id)) throw new Error(`${id} was started twice`);
    this.#jobs.set(id, job);
  }
  async result(id: string): Promise<number> {
    const job = this.#jobs.get(id);
    if (job === undefined) throw new Error(`there is no ${id}`);
    if (job.waits) await this.#signals.all([id]);
    return resultOf(job, this.#signals.get(id) ?? 0) - this.#loss;
  }
  async run(id: string, job: Job): Promise<number> {
    await this.submit(id, job);
    return this.result(id);
  }
  async waiting(ids: readonly string[]): Promise<void> {
    expect(ids.every((id) => this.#jobs.get(id)?.waits)).toBe(true);
  }
  async signal(id: string, value: number): Promise<void> {
    this.#signals.add(id, value);
  }
  processes(): readonly number[] {
    return [process.pid];
  }
  async facts(): Promise<Readonly<Record<string, string>>> {
    return {};
  }
}

function measured(name: string, peer: Peer): Promise<Figures> | undefined {
  return PROBES[name]?.measure({
    peer,
    directory,
    setting: (each) => ({ bytes: 1000, 'work-ms': 1 })[each] ?? 3,
    progress: () => {},
    pause: () => Promise.resolve(),
  });
}

test.runIf(process.platform === 'linux').each(Object.keys(PROBES))('%s', async (name) => {
  const peer = new Fake();
  await warmUp(peer);
  const figures = Object.entries((await measured(name, peer)) ?? {});
  expect(figures.length).toBeGreaterThan(0);
  for (const [figure, value] of figures) {
    expect(figure).toMatch(/(PerSecond|Ms|Kb)$/);
    expect(value).toBeGreaterThan(-1e6);
  }
  const kills = name === 'resume' ? 2 : name === 'resume-work' ? 1 : 0;
  expect(peer.calls).toEqual(Array.from({ length: kills }, () => ['kill', 'restart']).flat());
});

test('a wrong result is no time', async () => {
  await expect(measured('steps', new Fake(1))).rejects.toThrow('run steps gave 2 instead of 3');
  await expect(measured('signal', new Fake(1))).rejects.toThrow('gave 4 instead of 5');
});

test('percentiles and units', () => {
  const values = Array.from({ length: 200 }, (_, i) => 200 - i);
  expect([0.5, 0.99, 1, 0].map((part) => percentile(values, part))).toEqual([100, 198, 200, 1]);
  expect(percentile([], 0.5)).toBeNaN();
  expect(withUnit('stepsPerSecond', 1_234_567.4)).toBe('1,234,567/s');
  expect(withUnit('p50Ms', 2.0461)).toBe('2.05 ms');
  expect(withUnit('diskKb', 0)).toBe('0 KB');
});

test('results become a table', () => {
  const page = (table: string): string => `# P\n\n<!-- peers: x -->\n\n${table}\n\n<!-- end -->\n`;
  const result = (peer: string, mode: string, p50Ms: number): Result => ({
    bench: 'peers',
    peer,
    mode,
    probe: 'signal',
    settings: { signals: 1000 },
    figures: { p50Ms },
    rounds: [{ p50Ms }],
    syncsPerSecond: 4321,
    facts: { sdk: '1.0' },
    machine: 'M',
  });
  expect(pageWith(page('old'), [])).toBe(page('Nothing has been measured yet.'));
  expect(pageWith(page('old'), [result('a', 'delivered', 2), result('b', 'other', 30)])).toBe(
    page(
      [
        '| probe | figure | a | b, other |',
        '| --- | --- | --- | --- |',
        '| `signal`, signals 1,000 | p50 | 2 ms (4,321/s) | 30 ms (4,321/s) |',
        '',
        '- Machine: M.',
        '- a: sdk 1.0.',
        '- b, other: sdk 1.0.',
      ].join('\n'),
    ),
  );
});
