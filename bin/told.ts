// Failures, as a command tells them: what is wrong, then what to do about it.
//
//     flowvm: the store in /srv/flow was copied or moved here
//       why:  …
//       help: flowvm adopt --move
//
// Owns: the words for our own errors (ERRORS) where a person meets them. A code without a row here
// is told by its message alone.

import { FlowError, type ErrorCode, type ErrorDetails } from '../vm/bytecode/errors.ts';
import { readHolder } from './holder.ts';
import { parseHome } from './home.ts';
import { clockTime } from './moments.ts';
import type { Place } from './place.ts';
import { STDERR } from './streams.ts';
import { EXIT, say, styled, type ExitStatus } from './terminal.ts';

/** A mistake in how a command was called. */
export class UsageError extends Error {
  readonly help: readonly string[];

  constructor(message: string, how: { readonly help?: string | readonly string[] } = {}) {
    super(message);
    const { help = [] } = how;
    this.help = typeof help === 'string' ? [help] : help;
  }
}

/** What was asked for cannot be done; the command was understood. */
export class CommandError extends Error {
  readonly help: readonly string[];

  constructor(message: string, how: { readonly help?: string | readonly string[] } = {}) {
    super(message);
    const { help = [] } = how;
    this.help = typeof help === 'string' ? [help] : help;
  }
}

interface Told {
  readonly what: string;
  readonly help: readonly string[];
}

type Teller = (
  message: string,
  details: ErrorDetails,
  place: Place | null,
  command: string,
) => Told;

/** The command that advice would send a person to again. */
const VERIFY = 'flowvm verify';

/** What to do where the system refuses to let us use a store, by its code. */
const REMEDIES: Readonly<Record<string, string>> = {
  ENOSPC: 'make room on its disk',
  EDQUOT: 'make room within the quota of its disk',
  EROFS: 'make its disk writable, for without that a store cannot be looked at either',
  EACCES: 'let this user read and write the directory and every file in it',
  EPERM: 'let this user read and write the directory and every file in it',
  EMFILE: 'allow a process more open files (ulimit -n)',
  EIO: 'its disk is failing: copy the store to another one while it can be read',
  EISDIR: 'take away the directory that is where a file belongs',
};

const TELLERS: Partial<Record<ErrorCode, Teller>> = {
  FLOW_STORE_LOCKED: (_message, details, place) => {
    const directory = String(details['directory'] ?? place?.directory ?? '');
    const holder = readHolder(directory);
    const who =
      holder === null
        ? 'another process'
        : `${holder.command} (process ${holder.pid}, since ${clockTime(holder.sinceMs)})`;
    const stop =
      holder === null ? 'stop that process' : `stop it with Ctrl-C or: kill ${holder.pid}`;
    return {
      what: `the store in ${directory} is open in ${who}`,
      help: [
        'one process at a time can have a store open, to look at it too',
        `wait until it ends, or ${stop}; its runs stay in the store and can be resumed`,
        'to run something else meanwhile, give it a store of its own: --store DIR',
      ],
    };
  },
  FLOW_STORE_MOVED: (message, details, place) => {
    const store = place?.option ?? '';
    return {
      what: movedText(details) ?? message,
      help: [
        'copying the files of a store makes a second one of each program in it; both would send the',
        'same requests and wait for the same callbacks. Say which it is:',
        `  flowvm adopt --move${store}`,
        '      this one lives on, the other one will never be opened again',
        `  flowvm adopt --fork${store}`,
        '      both live on; the programs here get ids, randomness and callbacks of their own',
      ],
    };
  },
  FLOW_STORE_MISSING: (_message, _details, place) => ({
    what: `there is no store in ${place?.directory ?? 'this place'}`,
    help: [
      'running a program makes one: flowvm run FILE.fbc',
      'another place is named by --store DIR or $FLOWMETAL_STORE',
    ],
  }),
  FLOW_STORE_KEY: (message) => ({
    what: message,
    help: ['the key comes from $FLOWMETAL_STORE_KEY, or the file $FLOWMETAL_STORE_KEY_FILE names'],
  }),
  FLOW_STORE_FOREIGN: (message) => ({
    what: message,
    help: ['name a directory that is empty or not there yet'],
  }),
  FLOW_STORE_CORRUPT: (message, details, place, command) => ({
    what: message,
    help:
      details['directory'] !== undefined
        ? ['nothing was deleted: put back the file that is damaged, or all files from one copy']
        : command === VERIFY
          ? ['it cannot be opened, so the rest was not read; a copy of its files may be better']
          : [`to see all that is wrong: ${VERIFY}${place?.option ?? ''}`],
  }),
  FLOW_STORE_UNAVAILABLE: (message, { cause }, place) => ({
    what: message,
    help: [
      `${REMEDIES[String(cause)] ?? 'mend what the system says of it'}; then the runs in it go on with:`,
      `  flowvm resume${place?.option ?? ''}`,
    ],
  }),
  FLOW_STORE_VERSION: (message) => ({ what: message, help: ['install a newer flowmetal'] }),
  FLOW_PROGRAM_VERSION: (message) => ({ what: message, help: ['install a newer flowmetal'] }),
  FLOW_NATIVE_MISSING: (message) => ({ what: message, help: ['install a newer flowmetal'] }),
  FLOW_PROGRAM_CORRUPT: (message) => ({
    what: message,
    help: ['a program is made by: flowc FILE.flow'],
  }),
  FLOW_RUN_EXISTS: (message) => ({
    what: message,
    help: ['to look at it: flowvm show RUN'],
  }),
};

/** The advice that goes with a code, without the particulars of a case. */
export function helpOf(code: ErrorCode): readonly string[] {
  return TELLERS[code]?.('', {}, null, '').help ?? [];
}

/** What to do about an error, where it is not the end of a command. */
export function adviceOn(error: unknown, place: Place): readonly string[] {
  if (!(error instanceof FlowError)) return [];
  return TELLERS[error.code]?.(error.message, error.details, place, '').help ?? [];
}

/** An error in one line. Our own mistakes are told with their stack, for a report. */
export function describeError(error: unknown): string {
  if (error instanceof FlowError) return `${error.message} [${error.code}]`;
  if (error instanceof Error) return error.stack ?? error.message;
  return String(error);
}

/** What differs between where a store was and where it is, in words. */
function movedText(details: ErrorDetails): string | null {
  const was = parseHome(String(details['home'] ?? ''));
  const here = parseHome(String(details['here'] ?? ''));
  if (was === null || here === null) return null;
  const head = `the store in ${here.path} was copied or moved here`;
  if (was.machine !== here.machine) return `${head}: it was last opened on another machine`;
  if (was.path !== here.path) return `${head}: it was last opened in ${was.path}`;
  return `${head}: this is not the directory that was last opened under this path`;
}

/** The host's codes for files that cannot be used, in words. */
const FILE_PROBLEMS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or directory',
  EEXIST: 'is there already, and is no directory',
  EISDIR: 'is a directory',
  ENOTDIR: 'is not in a directory',
  EACCES: 'permission denied',
  EPERM: 'not permitted',
  ENOSPC: 'no space left on the disk',
  EROFS: 'the disk is read-only',
};

/** Those that no other way of calling the command would mend. */
const DISK_PROBLEMS: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EIO']);

/** Tell an error on stderr. Our own mistakes are thrown on, with their stack. */
export function tell(command: string, error: unknown, place: Place | null): ExitStatus {
  if (error instanceof UsageError) {
    write(command, { what: error.message, help: error.help });
    return EXIT.usage;
  }
  if (error instanceof CommandError) {
    write(command, { what: error.message, help: error.help });
    return EXIT.failed;
  }
  if (error instanceof FlowError) {
    const teller = TELLERS[error.code];
    const { message, details, code } = error;
    const told = teller?.(message, details, place, command) ?? { what: message, help: [] };
    write(command, { ...told, what: `${told.what} [${code}]` });
    return EXIT.failed;
  }
  if (error instanceof Error && 'syscall' in error && 'code' in error) {
    if (error.code === 'EPIPE') return EXIT.unread;
    if (error.syscall === 'listen') return tellListening(command, error);
    if (error.syscall === 'mkdir') return tellMaking(command, error as NodeJS.ErrnoException);
    const what = FILE_PROBLEMS[String(error.code)] ?? error.message;
    const path = 'path' in error && what !== error.message ? `${String(error.path)}: ` : '';
    write(command, { what: path + what, help: [] });
    return DISK_PROBLEMS.has(String(error.code)) ? EXIT.failed : EXIT.usage;
  }
  throw error;
}

/** A directory that cannot be made. */
function tellMaking(command: string, error: NodeJS.ErrnoException): ExitStatus {
  const code = String(error.code);
  // It was asked for in a directory that is there (home.ts): one of another kind, as /proc is.
  const what = code === 'ENOENT' ? 'no directory can be made there' : FILE_PROBLEMS[code];
  write(command, { what: `${error.path ?? ''}: ${what ?? error.message}`, help: [] });
  return DISK_PROBLEMS.has(code) ? EXIT.failed : EXIT.usage;
}

/** A place to listen that is not to be had. */
function tellListening(command: string, error: Error): ExitStatus {
  const { code, address, port } = error as NodeJS.ErrnoException & {
    address?: string;
    port?: number;
  };
  const where = `${address ?? ''}:${port ?? ''}`;
  if (code === 'EADDRINUSE') {
    write(command, {
      what: `cannot listen: ${where} is taken`,
      help: ['another process listens there; stop it, or name another port'],
    });
  } else write(command, { what: `cannot listen on ${where}: ${error.message}`, help: [] });
  return EXIT.failed;
}

function write(command: string, { what, help }: Told): void {
  say(`${styled(STDERR, 'red', `${command}:`)} ${what}`);
  for (const line of help) say(`  ${line}`);
}
