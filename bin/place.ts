// Where a person's store is, and the key it is sealed with.
//
//     --store DIR, else $FLOWMETAL_STORE, else the user's data directory
//
// The data directory is where each system keeps what programs store for a user:
//
//     Linux, BSD    $XDG_DATA_HOME/flowmetal/store, by default ~/.local/share/flowmetal/store
//     macOS         ~/Library/Application Support/flowmetal/store
//     Windows       %LOCALAPPDATA%\flowmetal\store

import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { UsageError } from './told.ts';

/** What is asked of the host to find a store. Tests give their own. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  readonly userHome: string;
}

export function surroundings(): Surroundings {
  return { env: process.env, platform: process.platform, userHome: homedir() };
}

export interface Place {
  readonly directory: string;
  /** How to name this store in a command: nothing, if it is found without being named. */
  readonly option: string;
  readonly key: Uint8Array | null;
}

/** The store a command is about. */
export function placeOf(store: string | undefined, around: Surroundings = surroundings()): Place {
  const { env } = around;
  const key = readKey(env);
  if (store === '') {
    throw new UsageError('--store names no directory', {
      help: 'is a variable empty? Without --store it is $FLOWMETAL_STORE or the data directory',
    });
  }
  if (store !== undefined) {
    return { directory: path.resolve(store), option: ` --store ${quoted(store)}`, key };
  }
  const named = env['FLOWMETAL_STORE'];
  const directory = named === undefined || named === '' ? dataDirectory(around) : named;
  return { directory: path.resolve(directory), option: '', key };
}

/** Where the store is when nobody says. */
export function dataDirectory({ env, platform, userHome }: Surroundings): string {
  if (platform === 'win32') {
    const local = env['LOCALAPPDATA'] ?? path.win32.join(userHome, 'AppData', 'Local');
    return path.win32.join(local, 'flowmetal', 'store');
  }
  if (platform === 'darwin') {
    return path.posix.join(userHome, 'Library', 'Application Support', 'flowmetal', 'store');
  }
  const named = env['XDG_DATA_HOME'];
  // A relative path there is to be ignored (XDG Base Directory Specification).
  const isNamed = named !== undefined && path.posix.isAbsolute(named);
  const data = isNamed ? named : path.posix.join(userHome, '.local', 'share');
  return path.posix.join(data, 'flowmetal', 'store');
}

/** Bytes of the shortest key the store takes. */
const KEY_BYTES_MIN = 16;

/** The key, from $FLOWMETAL_STORE_KEY or the file that $FLOWMETAL_STORE_KEY_FILE names. */
function readKey(env: Surroundings['env']): Uint8Array | null {
  const text = env['FLOWMETAL_STORE_KEY'] ?? '';
  const file = env['FLOWMETAL_STORE_KEY_FILE'] ?? '';
  if (text !== '' && file !== '') {
    throw new UsageError('both FLOWMETAL_STORE_KEY and FLOWMETAL_STORE_KEY_FILE are set', {
      help: 'unset one of them',
    });
  }
  if (text === '' && file === '') return null;
  const where = text === '' ? `the key in ${file}` : 'FLOWMETAL_STORE_KEY';
  const key = text === '' ? readKeyFile(file) : Buffer.from(text, 'utf8');
  if (key.length < KEY_BYTES_MIN) {
    throw new UsageError(`${where} has ${key.length} bytes; a key has at least ${KEY_BYTES_MIN}`, {
      help: 'make one with: openssl rand -hex 32',
    });
  }
  return key;
}

/** A key file is text or bytes; the line end that editors add is no part of it. */
function readKeyFile(file: string): Buffer {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UsageError(`cannot read the key of the store: ${why}`);
  }
  let end = bytes.length;
  if (bytes[end - 1] === 0x0a) end -= 1;
  if (bytes[end - 1] === 0x0d) end -= 1;
  return bytes.subarray(0, end);
}

/** The options with which runs go on to be reached where they were. */
export function listenOption(options: {
  readonly listen?: string;
  readonly publicUrl?: string;
}): string {
  const { listen, publicUrl } = options;
  const words = [];
  if (listen !== undefined) words.push(` --listen ${quoted(listen)}`);
  if (publicUrl !== undefined) words.push(` --public-url ${quoted(publicUrl)}`);
  return words.join('');
}

/** A word as a shell wants it. */
export function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
