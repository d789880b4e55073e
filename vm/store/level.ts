// The store on LevelDB: one directory, one process at a time.
//
// Owns: the package `level`, and how its failures are told.
//
// Every write says `sync`: LevelDB otherwise answers before the disk has the bytes, and a power
// cut loses what was acknowledged. The cost is one flush a write, about 0.2 ms on a local SSD
// however small or large the write is, which is why writer.ts writes in groups.
//
// A write of LevelDB is one record of its log, whole or absent after a crash (D1). Its iterators
// read from a snapshot taken when they are made (D4). What it would do to files that are damaged is
// looked after before it is asked (files.ts).

import { Level } from 'level';
import { FlowError, isFlowError } from '../bytecode/errors.ts';
import type { Disk, Op, RangeOptions, Row } from './disk.ts';
import { checkDirectory } from './files.ts';
import { openCore } from './identity.ts';
import type { Range } from './keys.ts';
import type { OpenOptions, Store } from './store.ts';
import { TableStore } from './tables.ts';
import { closed } from './writer.ts';

type Database = Level<string, Uint8Array>;

class LevelDisk implements Disk {
  readonly #db: Database;
  readonly #directory: string;

  constructor(db: Database, directory: string) {
    this.#db = db;
    this.#directory = directory;
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    try {
      return await this.#db.get(key);
    } catch (error) {
      throw told(error, this.#directory);
    }
  }

  async has(key: string): Promise<boolean> {
    try {
      return await this.#db.has(key);
    } catch (error) {
      throw told(error, this.#directory);
    }
  }

  async getMany(keys: readonly string[]): Promise<readonly (Uint8Array | undefined)[]> {
    try {
      return await this.#db.getMany([...keys]);
    } catch (error) {
      throw told(error, this.#directory);
    }
  }

  async *range({ from, to }: Range, options: RangeOptions = {}): AsyncGenerator<Row> {
    const { reverse = false, limit = -1 } = options;
    // LevelDB takes an end before the beginning for a mistake in some cases; it is just empty.
    if (to <= from) return;
    try {
      yield* this.#db.iterator({ gte: from, lt: to, reverse, limit });
    } catch (error) {
      throw told(error, this.#directory);
    }
  }

  async write(ops: readonly Op[]): Promise<void> {
    try {
      // The chained form hands each change over as it is: a fifth faster than an array.
      const batch = this.#db.batch();
      for (const { key, value } of ops) {
        if (value === null) batch.del(key);
        else batch.put(key, value);
      }
      await batch.write({ sync: true });
    } catch (error) {
      throw told(error, this.#directory);
    }
  }

  async close(): Promise<void> {
    try {
      await this.#db.close();
    } catch (error) {
      throw told(error, this.#directory);
    }
  }
}

/** What the system says of a file, as LevelDB tells it, and the system's code for it. */
const REFUSALS: readonly (readonly [text: string, code: string])[] = [
  ['No space left on device', 'ENOSPC'],
  ['Disk quota exceeded', 'EDQUOT'],
  ['Read-only file system', 'EROFS'],
  ['Permission denied', 'EACCES'],
  ['Operation not permitted', 'EPERM'],
  ['Too many open files', 'EMFILE'],
  ['Input/output error', 'EIO'],
  ['Is a directory', 'EISDIR'],
];

/** The same of a file that is not there, or shorter than LevelDB knows it to be. */
const DAMAGES: readonly string[] = ['No such file or directory', 'Invalid argument'];

/** Our word for a failure of LevelDB. */
function told(error: unknown, directory: string): FlowError {
  if (isFlowError(error)) return error;
  const code = codeOf(error);
  const message = rootMessage(error);
  const refusal = REFUSALS.find(([text]) => message.endsWith(text));
  const details = { directory, cause: refusal?.[1] ?? code };
  switch (code) {
    case 'LEVEL_LOCKED':
      return new FlowError(
        'FLOW_STORE_LOCKED',
        `the store in ${directory} is open in another process`,
        details,
        { cause: error },
      );
    case 'LEVEL_DATABASE_NOT_OPEN':
    case 'LEVEL_ITERATOR_NOT_OPEN':
    case 'LEVEL_BATCH_NOT_OPEN':
      return closed();
    default: {
      const isDamage =
        code === 'LEVEL_CORRUPTION' || DAMAGES.some((text) => message.endsWith(text));
      return new FlowError(
        isDamage ? 'FLOW_STORE_CORRUPT' : 'FLOW_STORE_UNAVAILABLE',
        `the database in ${directory} ${isDamage ? 'is damaged' : 'failed'}: ${message}`,
        details,
        { cause: error },
      );
    }
  }
}

/** The code nearest to the root of an error: LevelDB wraps the cause of a failed opening. */
function codeOf(error: unknown): string {
  let code = '';
  let at: unknown = error;
  while (at instanceof Error) {
    if ('code' in at && typeof at.code === 'string') ({ code } = at);
    at = at.cause;
  }
  return code;
}

/** What the system said: LevelDB says of an opening only that it failed. */
function rootMessage(error: unknown): string {
  let at = error;
  while (at instanceof Error && at.cause instanceof Error) at = at.cause;
  return at instanceof Error ? at.message : String(at);
}

/**
 * Opens the store in a directory, or makes it there.
 *
 * @throws FLOW_STORE_LOCKED   another process has it open
 * @throws FLOW_STORE_MISSING  there is none, and `create` was not given
 * @throws FLOW_STORE_FOREIGN  the directory has other things in it
 * @throws FLOW_STORE_MOVED, FLOW_STORE_VERSION, FLOW_STORE_KEY
 * @throws FLOW_STORE_CORRUPT      a file or a record of it is damaged; nothing was deleted
 * @throws FLOW_STORE_UNAVAILABLE  the system refuses it: details.cause is its code, as ENOSPC
 */
export async function openLevelStore(directory: string, options: OpenOptions): Promise<Store> {
  const isThere = await checkDirectory(directory, options.create !== undefined);
  const db: Database = new Level(directory, {
    keyEncoding: 'utf8',
    valueEncoding: 'view',
    createIfMissing: !isThere,
  });
  try {
    await db.open();
    return new TableStore(await openCore(new LevelDisk(db, directory), options, directory));
  } catch (error) {
    await db.close().catch(() => {});
    throw told(error, directory);
  }
}
