// The store in memory: for tests, simulation, and runs that need not outlive their process.
//
// The rules are those of every store (tables.ts); only the disk is a sorted array. Keep the disk
// and open it again to see what a crash leaves; copy it to have two of each run.

import { openCore } from './identity.ts';
import { MemoryDisk } from './memory-disk.ts';
import type { OpenOptions, Store } from './store.ts';
import { TableStore } from './tables.ts';

/** Opens a store in memory, on a disk given or on a new one. */
export async function openMemoryStore(
  options: OpenOptions,
  disk: MemoryDisk = new MemoryDisk(),
): Promise<Store> {
  return new TableStore(await openCore(disk, options, 'memory'));
}
