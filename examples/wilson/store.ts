// What wilson remembers: its jobs in one JSON file, its journal in another, one line an entry.
//
//     DIR/jobs.json       {"next": 3, "jobs": [...]}     replaced whole, by rename
//     DIR/journal.jsonl   {"kind": "request", ...}       appended
//
// Invariants:
//
//   J1. A job is on disk before the request that made it is answered.
//   J2. jobs.json is always whole: it is written beside itself, synced, and renamed.
//   J3. One Idempotency-Key, one job: `byKey` is derived from the jobs, never stored apart.

import {
  appendFileSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';

export type JobStatus = 'PENDING' | 'SUCCESS' | 'FAILURE';

/** A callback that is owed: how often it still has to be delivered, and when next. */
export interface Owed {
  readonly url: string;
  times: number;
  attempts: number; // of the delivery that is on
  dueMs: number;
}

export interface Job {
  readonly id: string;
  readonly host: string;
  readonly stages: readonly string[];
  readonly callbacks: readonly string[];
  readonly key: string | null; // the Idempotency-Key it was made under
  readonly bodyHash: string;
  done: number; // stages behind it
  status: JobStatus;
  dueMs: number; // when the stage it is in ends
  owed: Owed[];
}

/** A request as it arrived and what became of it, or a delivery of a callback. */
export type JournalEntry =
  | {
      readonly kind: 'request';
      readonly atMs: number;
      readonly method: string;
      readonly path: string;
      readonly key: string | null;
      readonly bodyHash: string;
      readonly outcome: number | 'reset';
    }
  | {
      readonly kind: 'delivery';
      readonly atMs: number;
      readonly job: string;
      readonly url: string;
      readonly outcome: number | 'unreachable' | 'lost';
    };

interface Saved {
  readonly next: number;
  readonly jobs: readonly Job[];
}

export class WilsonStore {
  private readonly directory: string;
  private readonly jobs = new Map<string, Job>();
  private readonly byKey = new Map<string, Job>();
  private next = 1;

  constructor(directory: string) {
    this.directory = directory;
    mkdirSync(directory, { recursive: true });
    mendJournal(this.journalPath);
    const path = join(directory, 'jobs.json');
    if (!existsSync(path)) return;
    const saved = readSaved(readFileSync(path, 'utf8'), path);
    this.next = saved.next;
    for (const job of saved.jobs) this.remember(job);
  }

  /** Make a job and put it on disk (J1). */
  create(fields: Omit<Job, 'id' | 'done' | 'status' | 'owed'>): Job {
    const job: Job = { ...fields, id: `j-${this.next}`, done: 0, status: 'PENDING', owed: [] };
    this.next += 1;
    this.remember(job);
    this.save();
    return job;
  }

  get(id: string): Job | undefined {
    return this.jobs.get(id);
  }

  madeUnder(key: string): Job | undefined {
    return this.byKey.get(key);
  }

  all(): readonly Job[] {
    return [...this.jobs.values()];
  }

  /** Put every job on disk as it is now (J2). */
  save(): void {
    const path = join(this.directory, 'jobs.json');
    const saved: Saved = { next: this.next, jobs: this.all() };
    const file = openSync(`${path}.new`, 'w');
    try {
      writeSync(file, `${JSON.stringify(saved, null, 1)}\n`);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(`${path}.new`, path);
  }

  note(entry: JournalEntry): void {
    appendFileSync(this.journalPath, `${JSON.stringify(entry)}\n`);
  }

  journal(): unknown[] {
    if (!existsSync(this.journalPath)) return [];
    const lines = readFileSync(this.journalPath, 'utf8').trimEnd().split('\n');
    return lines.map((line) => JSON.parse(line));
  }

  private get journalPath(): string {
    return join(this.directory, 'journal.jsonl');
  }

  private remember(job: Job): void {
    this.jobs.set(job.id, job);
    if (job.key !== null) this.byKey.set(job.key, job);
  }
}

/** Cut off a last line that a crash tore in two; its request was not answered. */
function mendJournal(path: string): void {
  if (!existsSync(path)) return;
  const text = readFileSync(path, 'utf8');
  if (!text.endsWith('\n')) writeFileSync(path, text.slice(0, text.lastIndexOf('\n') + 1));
}

function readSaved(text: string, path: string): Saved {
  const saved: unknown = JSON.parse(text);
  if (!isSaved(saved)) throw new Error(`${path} is not a file of wilson's jobs`);
  return saved;
}

/** The file is wilson's own; this tells it from another file, not from a forged one. */
function isSaved(saved: unknown): saved is Saved {
  return (
    typeof saved === 'object' &&
    saved !== null &&
    'next' in saved &&
    typeof saved.next === 'number' &&
    'jobs' in saved &&
    Array.isArray(saved.jobs)
  );
}
