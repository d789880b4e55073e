// A thread that makes checkpoints of large states (vm/engine/checkpoint-maker.ts), so that no run
// waits for them.
//
//     driver ──state, code it has not──▶ checkpoint-worker.ts ──chunks──▶ driver
//
// It is started with the first of them, and ended when none has come for a while: it takes some
// 40 MB. One at a time: there is one thread. A large state is handed over piece by piece, for to
// copy it in one go would hold up all runs, too.
//
// Owns: the thread, the messages to it, and which blobs of code it has.

import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type {
  CheckpointJob,
  CheckpointMaker,
  MadeCheckpoint,
} from '../vm/engine/checkpoint-maker.ts';
import type { PageName } from '../vm/snapshot/texts.ts';
import type { CodeHash } from '../vm/store/store.ts';

/** What the thread is told. */
export type ToThread =
  | { readonly kind: 'code'; readonly hash: CodeHash; readonly bytes: Uint8Array }
  | { readonly kind: 'checkpoint'; readonly bytes: Uint8Array }
  | { readonly kind: 'delta'; readonly bytes: Uint8Array }
  | { readonly kind: 'make'; readonly run: CheckpointJob['run'] };

/** What it says. */
export type FromThread =
  | { readonly kind: 'chunk'; readonly bytes: Uint8Array }
  | { readonly kind: 'made'; readonly texts: readonly PageName[] }
  | { readonly kind: 'failed'; readonly message: string };

/** How long it waits for the next. */
const IDLE_MS = 10_000;

const CLOSED = 'the thread that makes checkpoints was closed';

type GetCode = (hash: CodeHash) => Promise<Uint8Array>;

interface Making {
  readonly chunks: Uint8Array[];
  readonly resolve: (made: MadeCheckpoint) => void;
  readonly reject: (error: unknown) => void;
}

export class CheckpointThread implements CheckpointMaker {
  private worker: Worker | null = null;
  /** Blobs of code that the worker has. */
  private known = new Set<CodeHash>();
  private making: Making | null = null;
  private turn: Promise<unknown> = Promise.resolve();
  private idle: NodeJS.Timeout | null = null;
  private isClosed = false;

  make(job: CheckpointJob, getCode: GetCode): Promise<MadeCheckpoint> {
    const made = this.turn.then(() => this.makeNext(job, getCode));
    this.turn = made.catch(() => {});
    return made;
  }

  async close(): Promise<void> {
    this.isClosed = true;
    await this.end(new Error(CLOSED));
  }

  private async makeNext(job: CheckpointJob, getCode: GetCode): Promise<MadeCheckpoint> {
    if (this.isClosed) throw new Error(CLOSED);
    if (this.idle !== null) clearTimeout(this.idle);
    const worker = (this.worker ??= this.start());
    const made = new Promise<MadeCheckpoint>((resolve, reject) => {
      this.making = { chunks: [], resolve, reject };
    });
    // It may fail before it is waited for.
    made.catch(() => {});
    try {
      await this.hand(worker, job, getCode);
      return await made;
    } catch (error) {
      // Nobody knows what the thread has been told by now.
      await this.end(error);
      throw error;
    } finally {
      this.making = null;
      this.idle = setTimeout(() => void this.end(null), IDLE_MS).unref();
    }
  }

  private async hand(
    worker: Worker,
    { run, checkpoint, deltas }: CheckpointJob,
    getCode: GetCode,
  ): Promise<void> {
    for (const hash of [run.program, ...run.modules]) {
      if (this.known.has(hash)) continue;
      this.known.add(hash);
      await tell(worker, { kind: 'code', hash, bytes: await getCode(hash) });
    }
    for (const bytes of checkpoint) await tell(worker, { kind: 'checkpoint', bytes });
    for (const bytes of deltas) await tell(worker, { kind: 'delta', bytes });
    const { program, modules } = run;
    await tell(worker, { kind: 'make', run: { program, modules } });
  }

  private start(): Worker {
    // Beside this file, as this file is: built, or a source.
    const built = fileURLToPath(new URL('checkpoint-worker.js', import.meta.url));
    const path = existsSync(built)
      ? built
      : fileURLToPath(new URL('checkpoint-worker.ts', import.meta.url));
    // Of its options those of this process are none: some are of the image it started from.
    const worker = new Worker(path, { execArgv: [] });
    // What it does keeps no process alive: a driver waits for its runs.
    worker.unref();
    worker.on('message', (said: FromThread) => this.take(said));
    worker.on('error', (error) => void this.end(error));
    return worker;
  }

  private take(said: FromThread): void {
    const { making } = this;
    if (making === null) return;
    if (said.kind === 'chunk') making.chunks.push(said.bytes);
    else if (said.kind === 'made') making.resolve({ chunks: making.chunks, texts: said.texts });
    else making.reject(new Error(said.message));
  }

  /** The next one begins another thread. */
  private async end(why: unknown): Promise<void> {
    const { worker, making } = this;
    this.worker = null;
    this.known = new Set();
    if (this.idle !== null) clearTimeout(this.idle);
    making?.reject(why);
    await worker?.terminate();
  }
}

/** One message, and then a turn for everybody else. */
async function tell(worker: Worker, said: ToThread): Promise<void> {
  worker.postMessage(said);
  await new Promise((resolve) => setImmediate(resolve));
}
