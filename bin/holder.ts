// The note of who has a store open: for the message to whoever finds it locked.
//
// The lock itself is LevelDB's and goes with its process, however that ends; the note is only a
// note. It may be out of date (a killed process leaves it) or come from elsewhere (copied along
// with the store), so it is believed only if its process lives on this machine.

import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HOLDER_FILE } from '../vm/store/files.ts';
import { machineName } from './home.ts';

export interface Holder {
  readonly pid: number;
  readonly machine: string;
  /** `flowvm resume`. */
  readonly command: string;
  /** Whether it keeps the store until runs have ended. */
  readonly drives: boolean;
  readonly sinceMs: number;
}

export function noteHolder(
  directory: string,
  about: Pick<Holder, 'command' | 'drives' | 'sinceMs'>,
): void {
  const note: Holder = { pid: process.pid, machine: machineName(), ...about };
  try {
    writeFileSync(join(directory, HOLDER_FILE), `${JSON.stringify(note)}\n`);
  } catch {
    // The store is open and works; who comes second gets a shorter message.
  }
}

export function forgetHolder(directory: string): void {
  try {
    rmSync(join(directory, HOLDER_FILE), { force: true });
  } catch {
    // The disk takes no changes any more. Who comes next sees that the process is gone.
  }
}

/** Who has the store open, as far as can be told. */
export function readHolder(directory: string): Holder | null {
  let note: unknown;
  try {
    note = JSON.parse(readFileSync(join(directory, HOLDER_FILE), 'utf8'));
  } catch {
    return null;
  }
  if (!isHolder(note) || note.machine !== machineName() || !lives(note.pid)) return null;
  return note;
}

function isHolder(note: unknown): note is Holder {
  return (
    typeof note === 'object' &&
    note !== null &&
    'pid' in note &&
    Number.isSafeInteger(note.pid) &&
    Number(note.pid) > 0 &&
    'machine' in note &&
    typeof note.machine === 'string' &&
    'command' in note &&
    typeof note.command === 'string' &&
    'drives' in note &&
    typeof note.drives === 'boolean' &&
    'sinceMs' in note &&
    Number.isSafeInteger(note.sinceMs)
  );
}

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Somebody else's process is one, too.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
