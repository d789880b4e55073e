// CPython 3.11 as a process that answers programs with what they print (peer.py).

import { execFileSync, spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

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

export class Python {
  private readonly child: ChildProcessWithoutNullStreams;
  private readonly waiting: ((answer: PythonAnswer) => void)[] = [];

  constructor() {
    this.child = spawn('python3', ['-S', '-E', join(import.meta.dirname, 'peer.py')], {
      stdio: 'pipe',
    });
    createInterface({ input: this.child.stdout }).on('line', (line) => {
      this.waiting.shift()?.(JSON.parse(line) as PythonAnswer);
    });
    // A crash of the process leaves what was asked without an answer.
    this.child.on('close', () => {
      for (const answer of this.waiting.splice(0)) answer(LATE);
    });
  }

  run(source: string): Promise<PythonAnswer> {
    return new Promise((answer) => {
      this.waiting.push(answer);
      this.child.stdin.write(`${JSON.stringify(source)}\n`);
    });
  }

  close(): void {
    this.child.stdin.end();
  }
}
