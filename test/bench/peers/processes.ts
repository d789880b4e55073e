// Processes that the harness starts, and what they take: ports, memory, disk.
//
// Invariants:
//
//   C1. A process started here is ended here: by its owner, or when this process exits.
//   C2. Children that speak with us exit by themselves when we are gone (see messages.ts).
//   C3. What a child prints is in a file of the peer's directory, and its last lines are in the
//       error if the child fails.

import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';

const LOG_TAIL_LINES = 12;
const LOG_TAIL_COLUMNS = 160;
/** How often a server is asked whether it is ready. */
const ASK_MS = 20;
/** So long after a call to it fails, a process that died is known to have. */
const DEATH_MS = 200;

/** The packages of a peer are not there: told in one line, without a stack. */
export class NotInstalled extends Error {}

/** Something a person can mend: told in one line, without a stack. */
export class Refused extends Error {}

const living = new Set<Child>();
/** Who is told when a child ends that nobody ended. */
const mourners = new Set<(failure: Error) => void>();
process.on('exit', () => {
  for (const child of living) child.kill();
});

export interface ChildOptions {
  /** What it is called in messages. */
  readonly name: string;
  /** Where its output goes, from the file's end. */
  readonly log: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Whether messages are exchanged with it. */
  readonly speaks?: boolean;
  /** The user it runs as, if another one. */
  readonly uid?: number;
}

/** One process of a peer. */
export class Child {
  readonly process: ChildProcess;
  readonly #options: ChildOptions;
  /** Resolves when it ends, with the exit status or the signal. */
  readonly exit: Promise<string>;
  #isGone = false;
  /** Whether we ended it, or tried to. */
  #wasEnded = false;

  constructor(command: string, args: readonly string[], options: ChildOptions) {
    this.#options = options;
    const log = openSync(options.log, 'a');
    this.process = spawn(command, args, {
      stdio: ['ignore', log, log, ...(options.speaks === true ? (['ipc'] as const) : [])],
      // A group of its own: Ctrl-C is for us, who end the children in order.
      detached: true,
      env: { ...process.env, ...options.env },
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      ...(options.uid === undefined ? {} : { uid: options.uid, gid: options.uid }),
      serialization: 'advanced',
    });
    closeSync(log);
    living.add(this);
    this.exit = new Promise((resolve) => {
      const end = (how: string): void => {
        living.delete(this);
        this.#isGone = true;
        if (!this.#wasEnded) for (const mourn of mourners) mourn(this.failure(how));
        resolve(how);
      };
      this.process.once('error', (error) => end(error.message));
      this.process.once('exit', (code, signal) => end(signal ?? `exit ${code}`));
    });
  }

  get isGone(): boolean {
    return this.#isGone;
  }

  get pid(): number {
    return this.process.pid ?? -1;
  }

  /** Why it ended: its own last lines. */
  failure(how: string): Error {
    const text = readOr(this.#options.log).trimEnd();
    const lines = text.split('\n');
    const tail = lines.slice(-LOG_TAIL_LINES).map((line) => `  ${line.slice(0, LOG_TAIL_COLUMNS)}`);
    const said = text === '' ? 'it said nothing' : `it said last:\n${tail.join('\n')}`;
    return new Refused(`${this.#options.name} ended (${how}); ${said}`);
  }

  /** Send a signal, to its whole group if it is SIGKILL. */
  kill(signal: NodeJS.Signals = 'SIGKILL'): void {
    this.#wasEnded = true;
    if (this.#isGone || this.process.pid === undefined) return;
    try {
      process.kill(signal === 'SIGKILL' ? -this.process.pid : this.process.pid, signal);
    } catch {
      // It was gone already.
    }
  }

  /** End it and wait for that: politely for so long, then not. */
  async end(signal: NodeJS.Signals = 'SIGKILL', patienceMs = 10_000): Promise<void> {
    this.kill(signal);
    const late = setTimeout(() => this.kill(), patienceMs);
    await this.exit;
    clearTimeout(late);
  }
}

/** Do some work, which fails when a child ends that nobody ended, with the child's last words. */
export async function unlessDeath<T>(work: () => Promise<T>): Promise<T> {
  let mourn: (failure: Error) => void = () => {};
  const death = new Promise<never>((_, reject) => {
    mourn = reject;
    mourners.add(reject);
  });
  try {
    return await Promise.race([work(), death]);
  } catch (error) {
    // What follows from a server's death may be told before it, and says less.
    await Promise.race([death, sleep(DEATH_MS)]);
    throw error;
  } finally {
    mourners.delete(mourn);
  }
}

// --------------------------------------------------------------------- ports

/** Ports that nobody has, or the ones from `first` on. */
export function portsFrom(first: number | null): () => Promise<number> {
  let next = first;
  return async () => {
    const port = await bound(next ?? 0);
    if (next !== null) next++;
    return port;
  };
}

function bound(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      const taken = error.code === 'EADDRINUSE';
      reject(
        taken ? new Refused(`port ${port} is taken: leave --port away or name another`) : error,
      );
    });
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      const found = typeof address === 'object' ? address?.port : undefined;
      server.close(() => resolve(found ?? port));
    });
  });
}

/** Ask again until it answers true, or the child that is to answer is gone. */
export async function until(ready: () => Promise<boolean>, child: Child): Promise<void> {
  while (!(await ready().catch(() => false))) {
    if (child.isGone) throw child.failure('before it was ready');
    await sleep(ASK_MS);
  }
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

// ----------------------------------------------------------- memory and disk

/** Kilobytes of memory: pages counted wherever they are seen, and shared pages divided. */
export interface Memory {
  readonly rssKb: number;
  readonly pssKb: number;
}

/** The memory of processes and all that they started. */
export function memoryOf(roots: readonly number[]): Memory {
  if (process.platform !== 'linux') throw new Refused('memory is read from /proc, on Linux only');
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc').filter((each) => /^\d+$/.test(each))) {
    // pid (name) state ppid: the name may hold anything, brackets too.
    const stat = readOr(`/proc/${name}/stat`);
    const [, ppid] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    parents.set(Number(name), Number(ppid));
  }
  const counted = new Set(roots);
  for (let size = 0; size !== counted.size;) {
    size = counted.size;
    for (const [pid, parent] of parents) if (counted.has(parent)) counted.add(pid);
  }
  const maps = [...counted].map((pid) => readOr(`/proc/${pid}/smaps_rollup`));
  const sum = (field: RegExp): number =>
    maps.reduce((total, text) => total + Number(field.exec(text)?.[1] ?? 0), 0);
  return { rssKb: sum(/^Rss:\s+(\d+)/m), pssKb: sum(/^Pss:\s+(\d+)/m) };
}

function readOr(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/**
 * Kilobytes in the files of a directory. Not the blocks they take: a log's are allocated in
 * advance, and would tell nothing of a few runs. Files that vanish meanwhile count nothing.
 */
export async function diskKb(directory: string): Promise<number> {
  const entries = await readdir(directory, { recursive: true }).catch(() => []);
  const sizes = await Promise.all(
    entries.map(async (entry) => {
      const stat = await lstat(join(directory, entry)).catch(() => null);
      return stat?.isFile() === true ? stat.size : 0;
    }),
  );
  return sizes.reduce((sum, size) => sum + size, 0) / 1024;
}

// ------------------------------------------------------------------ packages

const MODULES = join(import.meta.dirname, 'node_modules');

/** The folder of a package that must be installed. */
export function packageFolder(name: string): string {
  versionOf(name);
  return join(MODULES, name);
}

export function versionOf(name: string): string {
  const text = readOr(join(MODULES, name, 'package.json'));
  if (text === '') {
    throw new NotInstalled(
      `${name} is not installed: run \`npm ci\` in test/bench/peers, which is not done by the project's own`,
    );
  }
  return (JSON.parse(text) as { readonly version: string }).version;
}
