// Opening a store from the command line: where it is, whose home it is, who has it.
//
// Owns: the note of the holder, and that a store is closed whatever happens to the command.

import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { openLevelStore } from '../vm/store/level.ts';
import type { Adoption, OpenOptions, Store } from '../vm/store/store.ts';
import { forgetHolder, noteHolder } from './holder.ts';
import { homeOf, homeText, prepareDirectory } from './home.ts';
import { speakable } from './ids.ts';
import type { Place } from './place.ts';

export interface HowToOpen {
  /** For the note: `flowvm resume`. */
  readonly command: string;
  /** Whether to make the store if there is none. */
  readonly create?: boolean;
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
  if (how.create === true) await prepareDirectory(directory);
  // Where there is nothing, the store says so; it needs a home all the same.
  const home = existsSync(directory) ? homeText(homeOf(directory)) : `path=${directory}`;
  const options: OpenOptions = {
    home,
    ...(how.create === true ? { create: { id: storeId(), atMs: nowMs } } : {}),
    ...(how.adopt === undefined ? {} : { adopt: adoption(how.adopt) }),
    ...(key === null ? {} : { key }),
  };
  const store = await openLevelStore(directory, options);
  noteHolder(directory, how.command, nowMs);
  return {
    store,
    close: async () => {
      forgetHolder(directory);
      await store.close();
    },
  };
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
