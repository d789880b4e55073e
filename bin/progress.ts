// Progress on stderr, of what takes a person's time: a line that is written over.

import { monotonicMs } from './moments.ts';
import { STDERR } from './streams.ts';

/** What takes no longer says nothing; and how often it says it after that. */
const SILENT_MS = 1000;
const EVERY_MS = 200;

export class Progress {
  private nextMs = monotonicMs() + SILENT_MS;
  private isShown = false;

  /** Where it is now. */
  readonly say = (text: string): void => {
    if (monotonicMs() < this.nextMs || !STDERR.isTerminal) return;
    this.nextMs = monotonicMs() + EVERY_MS;
    this.isShown = true;
    STDERR.write(`\r${text}\u001b[K`);
  };

  /** Take the line away, for something else to be written. */
  readonly clear = (): void => {
    if (this.isShown) STDERR.write('\r\u001b[K');
    this.isShown = false;
  };
}
