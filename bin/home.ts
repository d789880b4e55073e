// Homes: which directory on which machine a store is in.
//
//     machine=7f3c0a91d2e4 born=1763900000.123456789 path=/srv/flow/store
//
// The store remembers this text, and opened where it is another one it asks to be adopted (T9 of
// the store): copying its files has made two of each program. So the text must change when files
// are copied, and must not when they only live on:
//
//     the host restarts, the process or its user changes       the same
//     the container is rebuilt over the same volume            the same (see below)
//     the host is renamed, its addresses change                the same
//     cp -r, rsync, a restored backup, git, a mail             another: path or birth differ
//     the directory is renamed or moved                        another: the path differs
//     the disk is put into, or copied to, another machine      another: the machine differs
//
// `machine` is a digest of the id that the operating system made at its installation; the id
// itself is not for strangers. A container often has none; then it is `none`, and a volume that
// is attached to a new container stays at home as long as it is mounted at the same path. Where
// that is not what you want (clones of one disk image, snapshots of volumes), $FLOWMETAL_HOST
// says instead what the machine is called.
//
// `born` is when the directory was made, to the nanosecond; a copy is always made later. File
// systems that do not tell have `inode` instead, the directory's number there. Device numbers
// would be no help: they change when disks are found in another order.
//
// Not found out: an older state of the files put back into the very same directory.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, realpathSync, statSync, utimesSync } from 'node:fs';
import { dirname } from 'node:path';
import { sha256Hex } from '../vm/bytecode/hash.ts';
import { setTimeout as pause } from 'node:timers/promises';

/** What a home is made of. */
export interface Home {
  /** `machine=…` or `host=…`. */
  readonly machine: string;
  /** `born=…` or `inode=…`. */
  readonly birth: string;
  readonly path: string;
}

export function homeText({ machine, birth, path }: Home): string {
  return `${machine} ${birth} path=${path}`;
}

/** The parts of a home's text; null if it is none of ours. */
export function parseHome(text: string): Home | null {
  const found = /^((?:machine|host)=\S*) ((?:born|inode)=\S+) path=(.*)$/s.exec(text);
  if (found === null) return null;
  const [, machine = '', birth = '', path = ''] = found;
  return { machine, birth, path };
}

/** Times of a directory that say whether its birth can be trusted. */
export interface Times {
  readonly birthtimeNs: bigint;
  readonly ctimeNs: bigint;
  readonly ino: bigint;
}

/**
 * Where a system does not tell the birth of a file, Node gives 0 or the time of its last change.
 * The latter would make a new home of each day, so a birth that equals the last change counts as
 * unknown; prepareDirectory makes the two differ.
 */
export function birthOf({ birthtimeNs, ctimeNs, ino }: Times): string {
  if (birthtimeNs <= 0n || birthtimeNs === ctimeNs) return `inode=${ino}`;
  const digits = String(birthtimeNs).padStart(10, '0');
  return `born=${digits.slice(0, -9)}.${digits.slice(-9)}`;
}

/** The home of a directory that is there. */
export function homeOf(directory: string): Home {
  const path = realpathSync(directory);
  return { machine: machineName(), birth: birthOf(statSync(path, { bigint: true })), path };
}

/**
 * How often to try to make birth and last change differ; clocks of file systems tick in 1 to 10 ms.
 */
const TOUCHES = 20;

/** Makes the directory of a store, if need be, and sees to it that its birth can be told. */
export async function prepareDirectory(directory: string): Promise<void> {
  makeDirectory(directory);
  for (let i = 0; i < TOUCHES; i++) {
    const times = statSync(directory, { bigint: true });
    if (times.birthtimeNs <= 0n || times.birthtimeNs !== times.ctimeNs) return;
    await pause(2);
    const now = new Date();
    try {
      utimesSync(directory, now, now);
    } catch {
      return; // another user's directory: its inode will do
    }
  }
}

/**
 * Makes a directory and those it is in. Node's own recursive way never ends where the system says
 * ENOENT in a directory that is there, as below /proc.
 */
function makeDirectory(directory: string): void {
  const missing: string[] = [];
  for (let at = directory; !existsSync(at) && at !== dirname(at); at = dirname(at)) {
    missing.unshift(at);
  }
  // What is there and no directory is refused in the system's words.
  if (missing.length === 0 && !statSync(directory).isDirectory()) missing.push(directory);
  for (const each of missing) {
    try {
      mkdirSync(each);
    } catch (error) {
      // Another process may have been faster.
      if (!existsSync(each) || !statSync(each).isDirectory()) throw error;
    }
  }
}

/** What tells this machine from others. */
export function machineName(): string {
  const said = process.env['FLOWMETAL_HOST'] ?? '';
  if (said !== '') return `host=${said.replaceAll(/\s+/g, '-')}`;
  known ??= machineId();
  if (known === '') return 'machine=none';
  const digest = sha256Hex(`flowmetal home\n${known}`);
  return `machine=${digest.slice(0, 16)}`;
}

let known: string | null = null;

/** The id the operating system was given at its installation; empty if it has none. */
function machineId(): string {
  switch (process.platform) {
    case 'darwin':
      return ask('/usr/sbin/ioreg', ['-rd1', '-c', 'IOPlatformExpertDevice'], /UUID" = "([^"]+)"/);
    case 'win32':
      return ask(
        'reg.exe',
        ['query', 'HKLM\\SOFTWARE\\Microsoft\\Cryptography', '/v', 'MachineGuid'],
        /MachineGuid\s+REG_SZ\s+(\S+)/,
      );
    default:
      return (
        readId('/etc/machine-id') || readId('/var/lib/dbus/machine-id') || readId('/etc/hostid')
      );
  }
}

function readId(file: string): string {
  try {
    const id = readFileSync(file, 'utf8').trim();
    return /^[0-9a-fA-F-]{32,36}$/.test(id) ? id : '';
  } catch {
    return '';
  }
}

/** How long to wait for a system's own tool; it answers in some ten milliseconds. */
const ASK_MS = 3000;

function ask(tool: string, args: readonly string[], pattern: RegExp): string {
  try {
    const text = execFileSync(tool, [...args], {
      encoding: 'utf8',
      timeout: ASK_MS,
      stdio: ['ignore', 'pipe', 'ignore'],
      windowsHide: true,
    });
    return pattern.exec(text)?.[1] ?? '';
  } catch {
    return '';
  }
}
