// stdout and stderr, written without the host's streams.
//
// The host makes a stream of a pipe with its whole network library, which takes a process five
// milliseconds; and here the host would write to it at once and wait, as this does. Only where the
// other end is not to be waited for, and on Windows, the host's streams do the work.
//
// A reader that goes away (`| head`) is no mistake of ours: whoever writes is told, and may ask not
// to know.

import { fstatSync, statSync, writeSync } from 'node:fs';
import { isatty } from 'node:tty';

/** Called once the data is taken; with an error if nobody reads. */
export type Taken = (error: Error | null) => void;

export class OutputStream {
  private readonly fd: number;
  private readonly host: () => NodeJS.WriteStream;
  private hosted: NodeJS.WriteStream | null = null;

  constructor(fd: number, host: () => NodeJS.WriteStream) {
    this.fd = fd;
    this.host = host;
  }

  /** Whether a person reads it: only then progress and hints are shown. */
  get isTerminal(): boolean {
    return mayBeTerminal(this.fd) && isatty(this.fd);
  }

  write(data: string | Uint8Array, taken: Taken = () => {}): void {
    if (this.hosted === null && process.platform === 'win32') this.useHost();
    if (this.hosted !== null) {
      this.hosted.write(data, (error) => taken(error ?? null));
      return;
    }
    let left = typeof data === 'string' ? Buffer.from(data) : data;
    try {
      while (left.length > 0) left = left.subarray(writeSync(this.fd, left));
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      // The other end has made it a pipe that nobody waits for, and it is full.
      if (!('code' in error && error.code === 'EAGAIN')) return taken(error);
      this.useHost();
      return this.write(left, taken);
    }
    taken(null);
  }

  private useHost(): void {
    this.hosted = this.host();
    this.hosted.on('error', () => {});
  }
}

/** What is no device of characters is no terminal; nor is the one that takes everything. */
function mayBeTerminal(fd: number): boolean {
  if (process.platform === 'win32') return true;
  try {
    const stat = fstatSync(fd);
    return stat.isCharacterDevice() && stat.rdev !== statSync('/dev/null').rdev;
  } catch {
    return false;
  }
}

export const STDOUT = new OutputStream(1, () => process.stdout);
export const STDERR = new OutputStream(2, () => process.stderr);
