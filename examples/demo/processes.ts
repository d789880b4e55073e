// Child processes of the demo: real ones, from the built package, with their lines of stdout.

import { spawn, type ChildProcess } from 'node:child_process';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** The folder this was built into; beside it are bin/ and examples/. */
const HERE = new URL('../../', import.meta.url);

/** The built or source file of a name without its ending, such as `bin/flowvm`. */
function fileOf(name: string): string {
  const ending = import.meta.url.endsWith('.ts') ? '.ts' : '.js';
  return fileURLToPath(new URL(name + ending, HERE));
}

export class Process {
  readonly child: ChildProcess;
  private readonly lines: string[] = [];
  private readonly waiters: (() => void)[] = [];
  private isOver = false;
  stderr = '';

  constructor(name: string, args: readonly string[], cwd: string, env: NodeJS.ProcessEnv) {
    this.child = spawn(process.execPath, [fileOf(name), ...args], {
      cwd,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const { stdout, stderr } = this.child;
    if (stdout === null || stderr === null) throw new Error('no pipes');
    createInterface({ input: stdout }).on('line', (line) => {
      this.lines.push(line);
      this.wake();
    });
    stderr.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
    this.child.once('close', () => {
      this.isOver = true;
      this.wake();
    });
  }

  private wake(): void {
    for (const waiter of this.waiters.splice(0)) waiter();
  }

  /** The next line it writes; null when it has ended. */
  async line(): Promise<string | null> {
    for (;;) {
      const line = this.lines.shift();
      if (line !== undefined) return line;
      if (this.isOver) return null;
      await new Promise<void>((resolve) => this.waiters.push(resolve));
    }
  }

  /** The next event that is what is looked for. */
  async event<Found>(pick: (event: Event) => Found | null): Promise<Found> {
    for (;;) {
      const line = await this.line();
      if (line === null) throw new Error(`ended too early:\n${this.stderr}`);
      const found = pick(JSON.parse(line) as Event);
      if (found !== null) return found;
    }
  }

  /** Resolves to its exit status, or the signal that ended it. */
  async end(): Promise<number | string | null> {
    while (!this.isOver) await new Promise<void>((resolve) => this.waiters.push(resolve));
    return this.child.signalCode ?? this.child.exitCode;
  }
}

/** An event of `flowvm run --json`. */
export type Event = { readonly event: string } & Readonly<Record<string, unknown>>;

/** A port that is free now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no TCP port');
  return address.port;
}
