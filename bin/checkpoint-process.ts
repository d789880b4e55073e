// A process that makes checkpoints of large states (vm/engine/checkpoint-maker.ts), so that no run
// waits for them.
//
//     driver ──state, code it has not──▶ checkpoint-child.ts ──chunks──▶ driver
//
// It is started with the first of them, and ended when none has come for a while: it takes some
// 60 MB. One at a time: there is one process. A large state is handed over piece by piece, for to
// copy it in one go would hold up all runs, too. A thread would do, but that the host cannot load
// all of its modules in a thread of a process that started from an image.
//
// Owns: the process, the messages to it, and which blobs of code it has.

import { fork, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type {
  CheckpointJob,
  CheckpointMaker,
  MadeCheckpoint,
} from '../vm/engine/checkpoint-maker.ts';
import type { PageName } from '../vm/snapshot/texts.ts';
import type { CodeHash } from '../vm/store/store.ts';

/** What the child is told. */
export type ToChild =
  | { readonly kind: 'code'; readonly hash: CodeHash; readonly bytes: Uint8Array }
  | { readonly kind: 'checkpoint'; readonly bytes: Uint8Array }
  | { readonly kind: 'delta'; readonly bytes: Uint8Array }
  | { readonly kind: 'make'; readonly run: CheckpointJob['run'] };

/** What it says. */
export type FromChild =
  | { readonly kind: 'chunk'; readonly bytes: Uint8Array }
  | { readonly kind: 'made'; readonly texts: readonly PageName[] }
  | { readonly kind: 'failed'; readonly message: string };

/** How long it waits for the next. */
const IDLE_MS = 10_000;

const CLOSED = 'the process that makes checkpoints was closed';

type GetCode = (hash: CodeHash) => Promise<Uint8Array>;

interface Making {
  readonly chunks: Uint8Array[];
  readonly resolve: (made: MadeCheckpoint) => void;
  readonly reject: (error: unknown) => void;
}

export class CheckpointProcess implements CheckpointMaker {
  private child: ChildProcess | null = null;
  /** Blobs of code that the child has. */
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

  close(): Promise<void> {
    this.isClosed = true;
    this.end(new Error(CLOSED));
    return Promise.resolve();
  }

  private async makeNext(job: CheckpointJob, getCode: GetCode): Promise<MadeCheckpoint> {
    if (this.isClosed) throw new Error(CLOSED);
    if (this.idle !== null) clearTimeout(this.idle);
    const child = (this.child ??= this.start());
    const made = new Promise<MadeCheckpoint>((resolve, reject) => {
      this.making = { chunks: [], resolve, reject };
    });
    // It may fail before it is waited for.
    made.catch(() => {});
    try {
      await this.hand(child, job, getCode);
      return await made;
    } catch (error) {
      // Nobody knows what the child has been told by now.
      this.end(error);
      throw error;
    } finally {
      this.making = null;
      this.idle = setTimeout(() => this.end(null), IDLE_MS).unref();
    }
  }

  private async hand(
    child: ChildProcess,
    { run, checkpoint, deltas }: CheckpointJob,
    getCode: GetCode,
  ): Promise<void> {
    for (const hash of [run.program, ...run.modules]) {
      if (this.known.has(hash)) continue;
      this.known.add(hash);
      await tell(child, { kind: 'code', hash, bytes: await getCode(hash) });
    }
    for (const bytes of checkpoint) await tell(child, { kind: 'checkpoint', bytes });
    for (const bytes of deltas) await tell(child, { kind: 'delta', bytes });
    const { program, modules } = run;
    await tell(child, { kind: 'make', run: { program, modules } });
  }

  private start(): ChildProcess {
    // Beside this file, as this file is: built, or a source.
    const built = fileURLToPath(new URL('checkpoint-child.js', import.meta.url));
    const source = fileURLToPath(new URL('checkpoint-child.ts', import.meta.url));
    const child = fork(existsSync(built) ? built : source, {
      // Of this process's own some are of the image it started from.
      execArgv: [],
      // So that bytes stay bytes.
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    // It keeps no process alive: a driver waits for its runs.
    child.unref();
    child.channel?.unref();
    child.on('message', (said: FromChild) => this.take(said));
    const gone = (why: unknown): void => {
      if (this.child === child) this.end(why);
    };
    child.on('error', gone);
    child.on('exit', () => gone(new Error('the process that makes checkpoints has ended')));
    return child;
  }

  private take(said: FromChild): void {
    const { making } = this;
    if (making === null) return;
    if (said.kind === 'chunk') making.chunks.push(said.bytes);
    else if (said.kind === 'made') making.resolve({ chunks: making.chunks, texts: said.texts });
    else making.reject(new Error(said.message));
  }

  /** The next one begins another process. */
  private end(why: unknown): void {
    const { child, making } = this;
    this.child = null;
    this.known = new Set();
    if (this.idle !== null) clearTimeout(this.idle);
    making?.reject(why);
    child?.kill('SIGKILL');
  }
}

/** One message, sent before the next, with turns for everybody else in between. */
function tell(child: ChildProcess, said: ToChild): Promise<void> {
  return new Promise((resolve, reject) => {
    child.send(said, (error) => {
      if (error === null) setImmediate(resolve);
      else reject(error);
    });
  });
}
