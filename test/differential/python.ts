// CPython 3.11 as a process that answers programs with what they print (peer.py).

import { execFileSync, spawn, type ChildProcessByStdio } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';

export interface PythonAnswer {
  readonly stdout: string;
  /** The last line of the traceback. */
  readonly failure: string | null;
  /** Why it does not compile. */
  readonly syntax: string | null;
  /** It took too long, or too much room: no answer. */
  readonly late: boolean;
}

const LATE: PythonAnswer = { stdout: '', failure: null, syntax: null, late: true };

export function hasPython(): boolean {
  try {
    return execFileSync('python3', ['--version'], { encoding: 'utf8' }).startsWith('Python 3.11.');
  } catch {
    return false;
  }
}

const OTHERS = 6;

type Child = ChildProcessByStdio<Writable, Readable, null>;

export class Python {
  private child: Child | null = null;
  private more: readonly Python[] = [];
  private readonly waiting: ((answer: PythonAnswer) => void)[] = [];

  private open(): Child {
    const child = spawn('python3', ['-S', '-E', join(import.meta.dirname, 'peer.py')], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    createInterface({ input: child.stdout }).on('line', (line) => {
      this.waiting.shift()?.(JSON.parse(line) as PythonAnswer);
    });
    child.stdin.on('error', () => {});
    // A crash of the process leaves what was asked without an answer; the next is asked anew.
    child.on('close', () => {
      this.child = null;
      for (const answer of this.waiting.splice(0)) answer(LATE);
    });
    return child;
  }

  run(source: string): Promise<PythonAnswer> {
    return new Promise((answer) => {
      this.waiting.push(answer);
      this.child ??= this.open();
      this.child.stdin.write(`${JSON.stringify(source)}\n`);
    });
  }

  /** Other processes, with other addresses and hashes of strs. One could agree by chance. */
  get others(): readonly Python[] {
    if (this.more.length === 0) this.more = Array.from({ length: OTHERS }, () => new Python());
    return this.more;
  }

  close(): void {
    this.child?.stdin.end();
    for (const other of this.more) other.close();
  }
}
