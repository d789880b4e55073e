// LevelDB's addon as the rehearsal of the image has it (image.ts): what classic-level calls, on
// rows in memory. The addon itself is a file that each process must open anew, so that no image can
// hold it; with this in its place all that is around it runs, and is compiled, once.
//
// Owns: the name under which the image finds it instead of the addon (build-image.ts).

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MemoryDisk } from '../vm/store/memory-disk.ts';
import type { Op, Row } from '../vm/store/disk.ts';

declare global {
  /** While the rehearsal goes on; build-image.ts looks for it. */
  // oxlint-disable-next-line no-var -- a global is one
  var rehearsalAddon: object | undefined;
}

interface Cursor {
  readonly rows: AsyncGenerator<Row>;
  /** A flag of classic-level's: 1 at the end. */
  readonly state: Uint8Array;
}

interface CursorOptions {
  readonly gte: string;
  readonly lt: string;
  readonly reverse: boolean;
  readonly limit: number;
}

/** Every call answers as the addon's would; a disk is all that its contexts are. */
function addonOver(disk: MemoryDisk): object {
  return {
    db_init: () => disk,
    // By this file a directory is known to be LevelDB's (vm/store/level.ts).
    db_open: async (_: MemoryDisk, directory: string) => {
      writeFileSync(join(directory, 'CURRENT'), '');
    },
    db_close: async () => {},
    db_get: (_: MemoryDisk, _flags: number, key: string) => disk.get(key),
    db_has: (_: MemoryDisk, key: string) => disk.has(key),
    db_get_many: (_: MemoryDisk, keys: readonly string[]) => disk.getMany(keys),
    batch_init: (): Op[] => [],
    batch_put: (ops: Op[], key: string, value: Uint8Array) => ops.push({ key, value }),
    batch_del: (ops: Op[], key: string) => ops.push({ key, value: null }),
    batch_write: (ops: readonly Op[]) => disk.write(ops),
    iterator_init: (_: MemoryDisk, state: Uint8Array, options: CursorOptions): Cursor => {
      const { gte, lt, reverse, limit } = options;
      const most = limit < 0 ? {} : { limit };
      return { rows: disk.range({ from: gte, to: lt }, { reverse, ...most }), state };
    },
    iterator_nextv: async ({ rows, state }: Cursor, size: number): Promise<readonly Row[]> => {
      const some: Row[] = [];
      while (some.length < size) {
        const { done, value } = await rows.next();
        if (done === true) {
          state[0] = 1;
          break;
        }
        some.push(value);
      }
      return some;
    },
    iterator_close: () => {},
  };
}

/** Do something with every LevelDB in memory. */
export async function withRehearsalAddon(work: () => Promise<void>): Promise<void> {
  globalThis.rehearsalAddon = addonOver(new MemoryDisk());
  try {
    await work();
  } finally {
    globalThis.rehearsalAddon = undefined;
  }
}
