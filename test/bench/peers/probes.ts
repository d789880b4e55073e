// What is measured, of any peer: one row a probe, with its settings and what it does in a round.
//
// Each round has a peer of its own, freshly started on an empty directory and warmed up by a run of
// a hundred steps. A run that gives a wrong result is an error, not a time.
//
// Figures' names end in their units: Ms, PerSecond, Kb.

import { type Job, type Peer, resultOf } from './peer.ts';
import { diskKb, memoryOf } from './processes.ts';

export type Figures = Readonly<Record<string, number>>;

/** Settings by their names, as on the command line. */
export type Settings = Readonly<Record<string, number>>;

export interface Probe {
  /** What it does, in one sentence. */
  readonly about: string;
  /** What it does not measure. */
  readonly not: string;
  readonly settings: Settings;
  measure(round: Round): Promise<Figures>;
}

/** What a probe has in one round. */
export interface Round {
  readonly peer: Peer;
  /** The directory whose size is the peer's size on disk. */
  readonly directory: string;
  /** The value of one of the probe's settings. */
  readonly setting: (name: string) => number;
  readonly progress: (text: string) => void;
  readonly pause: (ms: number) => Promise<void>;
}

export const SETTINGS: Readonly<Record<string, string>> = {
  steps: 'steps of a run',
  runs: 'runs',
  signals: 'signals, one after the other',
  'work-ms': 'milliseconds of computing before each step',
  bytes: 'bytes of the value',
};

const NOTHING: Job = { steps: 0, workMs: 0, holdBytes: 0, waits: false };
const WARM_STEPS = 100;
/** What a signal carries. */
const SIGNAL = 5;
/** A run has told that it is about to wait: so long, and it does. */
const SETTLE_MS = 50;
/** Memory and files are looked at when so long nothing was asked. */
const QUIET_MS = 3000;
/** Calls that are open at once where the time of each does not count. */
const LANES = 64;

export const PROBES: Readonly<Record<string, Probe>> = {
  steps: {
    about: 'one run of so many steps, each durable before the next begins: from start to result',
    not: 'steps that do something',
    settings: { steps: 10_000 },
    async measure({ peer, setting }) {
      const job = { ...NOTHING, steps: setting('steps') };
      const ms = await timed(() => finished('steps', job, peer.run('steps', job)));
      return { stepsPerSecond: (job.steps / ms) * 1000 };
    },
  },

  burst: {
    about: 'so many runs started at once, from the first start to the last result: steps in all',
    not: 'one run’s own time',
    settings: { runs: 200, steps: 20 },
    async measure({ peer, setting }) {
      const job = { ...NOTHING, steps: setting('steps') };
      const ids = names('burst', setting('runs'));
      const ms = await timed(() =>
        Promise.all(ids.map((id) => finished(id, job, peer.run(id, job)))),
      );
      return { stepsPerSecond: ((ids.length * job.steps) / ms) * 1000 };
    },
  },

  signal: {
    about:
      'a run waits; from sending its signal until the sender, who asked before, has its result',
    not: 'many signals at once, and the start of the run',
    settings: { signals: 300 },
    async measure({ peer, setting, progress, pause }) {
      const job = { ...NOTHING, waits: true };
      const times: number[] = [];
      for (const id of names('signal', setting('signals'))) {
        const end = finished(id, job, peer.run(id, job));
        // It may fail while something else is awaited.
        end.catch(() => {});
        await Promise.race([peer.waiting([id]), end]);
        await pause(SETTLE_MS);
        times.push(await timed(() => Promise.all([peer.signal(id, SIGNAL), end])));
        if (times.length % 100 === 0) progress(`${times.length} signals`);
      }
      return { p50Ms: percentile(times, 0.5), p99Ms: percentile(times, 0.99) };
    },
  },

  resume: {
    about:
      'a run with so many steps behind it waits, all is killed and started again, and the signal sent: ' +
      'from then to the result, once for a run with steps and once for one with none',
    not: 'the start of the processes themselves, which is told apart (ready)',
    settings: { steps: 10_000 },
    async measure(round) {
      const none = await resumed(round, 'none', NOTHING);
      const all = await resumed(round, 'all', { ...NOTHING, steps: round.setting('steps') });
      return { noneMs: none.resumeMs, resumeMs: all.resumeMs, readyMs: all.readyMs };
    },
  },

  'resume-work': {
    about:
      'the same with a run that computes between its steps: replaying it computes all of it again',
    not: 'the start of the processes',
    settings: { steps: 200, 'work-ms': 10 },
    async measure(round) {
      const { setting } = round;
      const job = { ...NOTHING, steps: setting('steps'), workMs: setting('work-ms') };
      return { resumeMs: (await resumed(round, 'work', job)).resumeMs };
    },
  },

  waiting: {
    about: 'so many runs wait: what memory and disk grew by since one did, for each of them',
    not: 'the time that it takes; what a cache would give back if it had to',
    settings: { runs: 10_000 },
    async measure({ peer, directory, setting, progress, pause }) {
      const job = { ...NOTHING, waits: true };
      const look = async () => {
        await pause(QUIET_MS);
        return { ...memoryOf(peer.processes()), diskKb: await diskKb(directory) };
      };
      await peer.submit('first', job);
      await peer.waiting(['first']);
      const before = await look();
      const ids = names('waiting', setting('runs'));
      await inLanes(ids, (id) => peer.submit(id, job));
      progress('all are started');
      await peer.waiting(ids);
      const after = await look();
      return {
        pssKb: (after.pssKb - before.pssKb) / ids.length,
        rssKb: (after.rssKb - before.rssKb) / ids.length,
        diskKb: (after.diskKb - before.diskKb) / ids.length,
      };
    },
  },

  value: {
    about:
      'a run whose first step makes a text of so many bytes, held through so many steps: in all',
    not: 'a value that changes',
    settings: { bytes: 5_000_000, steps: 50 },
    async measure({ peer, setting }) {
      const job = { ...NOTHING, steps: setting('steps'), holdBytes: setting('bytes') };
      return { totalMs: await timed(() => finished('value', job, peer.run('value', job))) };
    },
  },
};

/** What each round begins with. */
export async function warmUp(peer: Peer): Promise<void> {
  const job = { ...NOTHING, steps: WARM_STEPS };
  await finished('warm', job, peer.run('warm', job));
}

// ------------------------------------------------------------------- helpers

/** A run waits, everything is killed and started again, and the run is brought to its end. */
async function resumed(
  { peer, progress, pause }: Round,
  id: string,
  about: Job,
): Promise<{ readonly readyMs: number; readonly resumeMs: number }> {
  const job = { ...about, waits: true };
  await peer.submit(id, job);
  await peer.waiting([id]);
  await pause(SETTLE_MS);
  await peer.kill();
  progress(`killed with ${job.steps} steps behind it`);
  const readyMs = await timed(() => peer.restart());
  const resumeMs = await timed(async () => {
    await peer.signal(id, SIGNAL);
    await finished(id, job, peer.result(id));
  });
  return { readyMs, resumeMs };
}

async function finished(id: string, job: Job, result: Promise<number>): Promise<void> {
  const found = await result;
  const wanted = resultOf(job, SIGNAL);
  if (found !== wanted) throw new Error(`run ${id} gave ${found} instead of ${wanted}`);
}

async function inLanes(ids: readonly string[], call: (id: string) => Promise<void>): Promise<void> {
  const rest = ids.values();
  await Promise.all(
    Array.from({ length: LANES }, async () => {
      for (const id of rest) await call(id);
    }),
  );
}

function names(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${prefix}-${i}`);
}

async function timed(call: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await call();
  return performance.now() - start;
}

/** The least of the values that so great a part of them does not exceed. */
export function percentile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)] ?? Number.NaN;
}
