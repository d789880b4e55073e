// The files of a store on LevelDB: whether a directory is one, and may be handed to LevelDB.
//
// LevelDB makes itself at home in any directory, begins a new database where the file CURRENT is
// missing and deletes the tables it finds there, and passes over a log that it cannot read as if
// nothing had been in it. What was committed must not be lost that way, so we look first.
//
// Invariants:
//
//   FI1. Nothing in a directory is changed before it was found to be empty, a store, or what a
//        making that was cut short has left.
//   FI2. A file that cannot be read is told before LevelDB deletes it.

import { accessSync, constants, existsSync, readdirSync, type Dirent } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FlowError } from '../bytecode/errors.ts';
import { findDamage } from './level-log.ts';

/** What commands put beside the database: who has it open. */
export const HOLDER_FILE = 'holder.json';

/** What LevelDB puts in its directory. */
const LEVELDB_FILE = /^(CURRENT|LOCK|LOG|LOG\.old|MANIFEST-\d+|\d+\.(log|ldb|sst|dbtmp))$/;
/** Which of them hold what was written, or name those that do. */
const HOLDS_DATA = /^(CURRENT|MANIFEST-\d+|\d+\.(log|ldb|sst))$/;
const LOG = /^\d+\.log$/;
/** It names the newest MANIFEST: where it is, there is a database. */
const MARK = 'CURRENT';
/** Of a new database, before there is the mark. */
const FIRST_MANIFEST = 'MANIFEST-000001';

/**
 * Looks at a directory before LevelDB does. Whether there is a database; if not, it may be made.
 *
 * @throws FLOW_STORE_FOREIGN      there are other things in it
 * @throws FLOW_STORE_MISSING      there is none, and none is to be made
 * @throws FLOW_STORE_CORRUPT      a file of it is missing, none, or damaged
 * @throws FLOW_STORE_UNAVAILABLE  the system does not let us read it
 */
export async function checkDirectory(directory: string, create: boolean): Promise<boolean> {
  const entries = listDirectory(directory);
  const names = entries.map(({ name }) => name);
  // Asked for again: another process may be making the store, and a listing is not of one moment.
  if (!names.includes(MARK) && !existsSync(join(directory, MARK))) {
    checkUnmarked(directory, names);
    if (create) return false;
    throw new FlowError('FLOW_STORE_MISSING', `there is no store in ${directory}`, { directory });
  }
  for (const entry of entries) {
    if (!HOLDS_DATA.test(entry.name)) continue;
    if (entry.isDirectory()) throw damaged(directory, entry.name, 'is a directory, and no file');
    if (LOG.test(entry.name)) await checkLog(directory, entry.name);
  }
  return true;
}

/** What a directory without a mark may have in it. */
function checkUnmarked(directory: string, names: readonly string[]): void {
  if (!names.every((name) => LEVELDB_FILE.test(name) || name === HOLDER_FILE)) {
    const what = `${directory} has files in it, and is not a flowmetal store`;
    throw new FlowError('FLOW_STORE_FOREIGN', what, { directory });
  }
  const marked = names.find((name) => HOLDS_DATA.test(name) && name !== FIRST_MANIFEST);
  if (marked !== undefined) throw damaged(directory, MARK, `is missing beside ${marked}`);
}

async function checkLog(directory: string, name: string): Promise<void> {
  const file = join(directory, name);
  let log: Uint8Array;
  try {
    accessSync(file, constants.R_OK);
    log = await readFile(file);
  } catch (error) {
    // Whoever has the store open may have gone on to the next log.
    if (systemCode(error) === 'ENOENT') return;
    throw unreadable(directory, error);
  }
  const at = findDamage(log);
  if (at !== null) throw damaged(directory, name, `is damaged at byte ${at}`);
}

/** What is in a directory: nothing, if there is no such directory. */
function listDirectory(directory: string): Dirent[] {
  try {
    return readdirSync(directory, { withFileTypes: true });
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return [];
    throw unreadable(directory, error);
  }
}

function damaged(directory: string, file: string, what: string): FlowError {
  const message = `the store in ${directory} is damaged: its file ${file} ${what}`;
  return new FlowError('FLOW_STORE_CORRUPT', message, { directory, file, what });
}

/** The system's refusal to let us use a directory or a file in it. */
export function unreadable(directory: string, error: unknown): FlowError {
  const why = error instanceof Error ? error.message : String(error);
  const details = { directory, cause: systemCode(error) };
  const what = `the store in ${directory} cannot be used: ${why}`;
  return new FlowError('FLOW_STORE_UNAVAILABLE', what, details, { cause: error });
}

function systemCode(error: unknown): string {
  const has = error instanceof Error && 'code' in error && typeof error.code === 'string';
  return has ? String(error.code) : '';
}
