// Doing the jobs: stages take their time, then callbacks are delivered.
//
//     PENDING ──stage──▶ PENDING ──stage──▶ SUCCESS or FAILURE ──▶ callbacks owed ──▶ none owed
//
// Owns:      the timers, all of them; each can be made again from the store after a restart.
// Does not:  answer requests (service.ts), decide where things are kept (store.ts).
//
// Invariants:
//
//   W1. What changes is on disk before anybody is told: a callback is owed before it is sent.
//   W2. A callback is sent until somebody answers it with a status below 500, or
//       DELIVERY_ATTEMPTS_MAX times. So it may arrive twice; the receiver has the job's id as key.
//   W3. After stop() nothing happens any more: no timer fires, no delivery is recorded.

import type { Faults } from './faults.ts';
import { take } from './faults.ts';
import type { Job, Owed, WilsonStore } from './store.ts';

/** A stage of this name fails its job, so that FAILURE can be shown. */
export const FAILING_STAGE = 'fail';

const DELIVERY_ATTEMPTS_MAX = 10;
const DELIVERY_PAUSE_MS = 100; // doubled after each attempt
const DELIVERY_TIMEOUT_MS = 5_000;

export interface WorkOptions {
  readonly store: WilsonStore;
  readonly faults: Faults;
  readonly stageMs: number;
  readonly now: () => number;
  readonly restart: () => void; // asked for by the fault of that name, in the middle of a job
}

export class Work {
  private readonly options: WorkOptions;
  private readonly timers = new Set<NodeJS.Timeout>();
  private stopped = false;

  constructor(options: WorkOptions) {
    this.options = options;
  }

  /** Take up every job where the store says it stands. */
  start(): void {
    for (const job of this.options.store.all()) {
      if (job.status === 'PENDING') this.begin(job);
      for (const owed of job.owed) this.deliverLater(job, owed);
    }
  }

  stop(): void {
    this.stopped = true;
    for (const timer of this.timers) clearTimeout(timer);
    this.timers.clear();
  }

  begin(job: Job): void {
    this.at(job.dueMs, () => this.endStage(job));
  }

  private endStage(job: Job): void {
    const { store, faults, stageMs, now, restart } = this.options;
    const failed = job.stages[job.done] === FAILING_STAGE;
    if (!failed) job.done += 1;
    if (failed || job.done >= job.stages.length) {
      job.status = failed ? 'FAILURE' : 'SUCCESS';
      this.owe(job);
    } else {
      job.dueMs = now() + stageMs;
    }
    store.save();
    if (job.status === 'PENDING') this.begin(job);
    for (const owed of job.owed) this.deliverLater(job, owed);
    if (job.status === 'PENDING' && take(faults, 'restarts')) restart();
  }

  private owe(job: Job): void {
    const { store, faults, now } = this.options;
    for (const url of job.callbacks) {
      if (faults.callback === 'lost') {
        store.note({ kind: 'delivery', atMs: now(), job: job.id, url, outcome: 'lost' });
      } else {
        const times = faults.callback === 'twice' ? 2 : 1;
        job.owed.push({ url, times, attempts: 0, dueMs: now() });
      }
    }
  }

  private deliverLater(job: Job, owed: Owed): void {
    this.at(owed.dueMs, () => {
      // deliver() never rejects: an unreachable receiver is an outcome.
      void this.deliver(job, owed);
    });
  }

  private async deliver(job: Job, owed: Owed): Promise<void> {
    const { store, now } = this.options;
    const outcome = await post(owed.url, job);
    if (this.stopped) return;
    store.note({ kind: 'delivery', atMs: now(), job: job.id, url: owed.url, outcome });
    owed.attempts += 1;
    const arrived = outcome !== 'unreachable' && outcome < 500;
    if (arrived || owed.attempts >= DELIVERY_ATTEMPTS_MAX) {
      owed.times -= 1;
      owed.attempts = 0;
      owed.dueMs = now();
    } else {
      owed.dueMs = now() + DELIVERY_PAUSE_MS * 2 ** owed.attempts;
    }
    if (owed.times <= 0) job.owed = job.owed.filter((one) => one !== owed);
    store.save();
    if (owed.times > 0) this.deliverLater(job, owed);
  }

  private at(dueMs: number, act: () => void): void {
    if (this.stopped) return;
    const timer = setTimeout(
      () => {
        this.timers.delete(timer);
        act();
      },
      Math.max(0, dueMs - this.options.now()),
    );
    this.timers.add(timer);
  }
}

async function post(url: string, job: Job): Promise<number | 'unreachable'> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': job.id },
      body: JSON.stringify({ job_id: job.id, host: job.host, status: job.status }),
      signal: AbortSignal.timeout(DELIVERY_TIMEOUT_MS),
    });
    await response.arrayBuffer();
    return response.status;
  } catch {
    return 'unreachable';
  }
}
