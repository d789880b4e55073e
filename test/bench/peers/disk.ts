// How fast the disk is now: small appends, each flushed, as a log of LevelDB is written.

import { closeSync, fdatasyncSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const SLICE_MS = 500;
const RECORD = new Uint8Array(128).fill(7);
/** What statfs says of a tmpfs. */
const TMPFS = 0x01021994;

/** Appends of 128 bytes with fdatasync, one after the other: so many a second. */
export function syncsPerSecond(directory: string): number {
  const path = join(directory, 'syncs');
  const file = openSync(path, 'w');
  const start = performance.now();
  let count = 0;
  try {
    while (performance.now() - start < SLICE_MS) {
      writeSync(file, RECORD);
      fdatasyncSync(file);
      count++;
    }
    return (count / (performance.now() - start)) * 1000;
  } finally {
    closeSync(file);
    rmSync(path);
  }
}

/** Whether the directory is in memory, where flushing costs nothing. */
export function isInMemory(directory: string): boolean {
  return process.platform === 'linux' && statfsSync(directory).type === TMPFS;
}
