// Opening a store from the command line: where it is, whose home it is, who has it.
//
// Owns: the note of the holder, and that a store is closed whatever happens to the command.

import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { unreadable } from '../vm/store/files.ts';
import { openLevelStore } from '../vm/store/level.ts';
import { openMemoryStore } from '../vm/store/memory.ts';
import type { Adoption, OpenOptions, Store } from '../vm/store/store.ts';
import { setTimeout as pause } from 'node:timers/promises';
import { isFlowError } from '../vm/bytecode/errors.ts';
import { forgetHolder, noteHolder, readHolder } from './holder.ts';
import { homeOf, homeText, prepareDirectory } from './home.ts';
import { speakable } from './ids.ts';
import { monotonicMs } from './moments.ts';
import type { Place } from './place.ts';

export interface HowToOpen {
  /** For the note: `flowvm resume`. */
  readonly command: string;
  /** Whether to make the store if there is none. */
  readonly create?: boolean;
  /** Whether it is kept open until runs have ended. */
  readonly drives?: boolean;
  readonly adopt?: 'move' | 'fork';
}

/** A store, open and noted as ours. Close it with `close`, not its own. */
export interface OpenStore {
  readonly store: Store;
  close(): Promise<void>;
}

export async function openStore(place: Place, how: HowToOpen): Promise<OpenStore> {
  const { directory, key } = place;
  const nowMs = Date.now();
  const home = await homeFor(directory, how.create === true);
  const options: OpenOptions = {
    home,
    ...(how.create === true ? { create: { id: storeId(), atMs: nowMs } } : {}),
    ...(how.adopt === undefined ? {} : { adopt: adoption(how.adopt) }),
    ...(key === null ? {} : { key }),
  };
  const store = await openPatiently(directory, options);
  noteHolder(directory, { command: how.command, drives: how.drives === true, sinceMs: nowMs });
  let closing: Promise<void> | null = null;
  return {
    store,
    close: () => {
      // Once: the next holder's note is not ours.
      if (closing === null) {
        forgetHolder(directory);
        closing = store.close();
      }
      return closing;
    },
  };
}

/** What the system may refuse with a directory that was well named. */
const REFUSALS: ReadonlySet<unknown> = new Set(
  'EACCES EDQUOT EIO EMFILE ENOSPC EPERM EROFS'.split(' '),
);

/** The home of a directory, which is made if it is to be. */
async function homeFor(directory: string, create: boolean): Promise<string> {
  try {
    if (create) await prepareDirectory(directory);
    // Where there is nothing, the store says so; it needs a home all the same.
    return existsSync(directory) ? homeText(homeOf(directory)) : `path=${directory}`;
  } catch (error) {
    const isRefusal = error instanceof Error && 'code' in error && REFUSALS.has(error.code);
    throw isRefusal ? unreadable(directory, error) : error;
  }
}

/**
 * Begins to open a store that is there already, and comes back when LevelDB is at it, in a thread
 * of its own: what is done meanwhile takes no time. Null if the store must be made first, which is
 * left until nothing stands in the way of using it.
 */
export async function beginOpening(place: Place, how: HowToOpen): Promise<Opening | null> {
  if (isNewPlace(place)) return null;
  const opened = openStore(place, how);
  // Whoever waits for it is told.
  opened.catch(() => {});
  await new Promise((resolve) => setImmediate(resolve));
  return { opened };
}

/** A store that is being opened; in an object, since a bare promise would be waited for. */
export interface Opening {
  readonly opened: Promise<OpenStore>;
}

/** How long to wait for a command that only looks, and how often to try. */
const LOOK_MS_MAX = 3000;
const TRY_MS = 25;

/**
 * A command that looks has a store for a moment; one that drives has it for as long as runs go on,
 * and is not waited for.
 */
async function openPatiently(directory: string, options: OpenOptions): Promise<Store> {
  const endMs = monotonicMs() + LOOK_MS_MAX;
  for (;;) {
    try {
      return await openLevelStore(directory, options);
    } catch (error) {
      const isLocked = isFlowError(error, 'FLOW_STORE_LOCKED');
      if (!isLocked || readHolder(directory)?.drives === true || monotonicMs() > endMs) {
        throw error;
      }
      await pause(TRY_MS);
    }
  }
}

/** Whether a store would be made anew. */
export function isNewPlace({ directory }: Place): boolean {
  try {
    return !existsSync(directory) || readdirSync(directory).length === 0;
  } catch {
    // What cannot be read is told by whoever opens it.
    return false;
  }
}

/** A store that nobody will see: to try what may fail, before there is one on disk. */
export async function openTrial({ key }: Place): Promise<Store> {
  const create = { id: storeId(), atMs: Date.now() };
  return await openMemoryStore({ home: 'trial', create, ...(key === null ? {} : { key }) });
}

/** Open, do, close. */
export async function withStore<T>(
  place: Place,
  how: HowToOpen,
  work: (store: Store) => Promise<T>,
): Promise<T> {
  const open = await openStore(place, how);
  try {
    return await work(open.store);
  } finally {
    await open.close();
  }
}

function adoption(mode: 'move' | 'fork'): Adoption {
  return mode === 'move' ? { mode } : { mode, id: storeId() };
}

/** Random bytes of a store's id: two stores never meet under one. */
const STORE_ID_BYTES = 8;

function storeId(): string {
  return speakable(randomBytes(STORE_ID_BYTES));
}
