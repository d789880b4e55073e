// Files of a store that are damaged, missing or none: each is told with its name before LevelDB
// does anything about it, and the store is whole when they are back.

import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Level } from 'level';
import { afterAll, describe, expect, test } from 'vitest';
import type { ErrorCode } from '../../vm/bytecode/errors.ts';
import { openLevelStore } from '../../vm/store/level.ts';
import { findDamage } from '../../vm/store/level-log.ts';
import type { Store } from '../../vm/store/store.ts';
import { bytes, commitMany, findings, HOME, refused, startRun } from './parts/place.ts';

const root = mkdtempSync(join(tmpdir(), 'flow-files-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

let places = 0;
const newDirectory = (): string => join(root, `place-${++places}`);

function open(directory: string): Promise<Store> {
  return openLevelStore(directory, { home: HOME, create: { id: 'store-1', atMs: 1 } });
}

/** Commits of it that are in a table, and as many that are in the log alone. */
const COMMITS = 20;

/** A store whose process did not come to close it: some of it in a table, some in the log. */
async function twoRuns(): Promise<string> {
  const directory = newDirectory();
  for (const run of ['a', 'b']) {
    const store = await open(directory);
    await startRun(store, run);
    const delta = bytes('x'.repeat(3000));
    await commitMany(store, run, 1, COMMITS, () => ({ delta }));
    await store.close();
  }
  return directory;
}

async function isWhole(directory: string): Promise<void> {
  const store = await open(directory);
  expect(await findings(store)).toEqual([]);
  for (const run of ['a', 'b']) expect((await store.loadRun(run)).sequence).toBe(COMMITS);
  await store.close();
}

/** What holds data: LevelDB writes to its lock and its diary even when it refuses. */
function contents(directory: string): Map<string, Buffer> {
  const names = readdirSync(directory, { withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.startsWith('LO'))
    .map(({ name }) => name);
  return new Map(names.map((name) => [name, readFileSync(join(directory, name))]));
}

/** Whether all that was there is there, as it was. */
function isKept(before: ReadonlyMap<string, Buffer>, now: ReadonlyMap<string, Buffer>): boolean {
  return [...before].every(([name, content]) => now.get(name)?.equals(content) === true);
}

const DAMAGES = {
  gone: (file: string) => rmSync(file),
  'a directory': (file: string) => {
    rmSync(file);
    mkdirSync(file);
  },
  empty: (file: string) => truncateSync(file, 0),
  'cut off': (file: string) => truncateSync(file, readFileSync(file).length >> 1),
  garbage: (file: string) => {
    const length = readFileSync(file).length;
    writeFileSync(file, Buffer.alloc(length, 'not what was written '));
  },
  'of one bit': (file: string) => {
    const content = readFileSync(file);
    content[content.length >> 2]! ^= 0x10;
    writeFileSync(file, content);
  },
} as const;

const KINDS = {
  CURRENT: /^CURRENT$/,
  MANIFEST: /^MANIFEST/,
  table: /\.ldb$/,
  log: /\.log$/,
} as const;

describe('a store', () => {
  test.each<[keyof typeof KINDS, readonly (keyof typeof DAMAGES)[]]>([
    ['CURRENT', ['gone', 'a directory', 'empty', 'cut off', 'garbage']],
    ['MANIFEST', ['gone', 'a directory', 'empty', 'cut off', 'garbage', 'of one bit']],
    ['table', ['gone', 'a directory', 'empty', 'cut off', 'garbage']],
    // One that is gone or cut off is like one whose last writes did not come to the disk.
    ['log', ['a directory', 'of one bit']],
  ])('whose %s is damaged is refused, and whole when it is back', async (kind, damages) => {
    const directory = await twoRuns();
    const name = readdirSync(directory).find((each) => KINDS[kind].test(each)) ?? kind;
    const [file, copy] = [join(directory, name), join(root, 'copy')];
    copyFileSync(file, copy);
    for (const damage of damages) {
      DAMAGES[damage](file);
      const before = contents(directory);
      for (let again = 0; again < 2; again++) {
        const error = await refused(open(directory), 'FLOW_STORE_CORRUPT');
        expect(error.message, damage).toContain(directory);
        expect(error.details, damage).toMatchObject({ directory });
        // A table is not read before the log is put into another one; nothing else may change.
        const now = contents(directory);
        if (kind === 'table') expect(now.get(name), damage).toEqual(before.get(name));
        else expect(isKept(before, now), damage).toBe(true);
      }
      rmSync(file, { recursive: true, force: true });
      copyFileSync(copy, file);
    }
    await isWhole(directory);
  });

  test.skipIf(process.getuid?.() === 0)('whose log may not be read is refused', async () => {
    const directory = await twoRuns();
    const log = join(directory, readdirSync(directory).find((name) => name.endsWith('.log')) ?? '');
    chmodSync(log, 0);
    await refused(open(directory), 'FLOW_STORE_UNAVAILABLE');
    chmodSync(log, 0o600);
    await isWhole(directory);
  });

  test('whose last write was cut off opens without it', async () => {
    const directory = await twoRuns();
    const log = join(directory, readdirSync(directory).find((name) => name.endsWith('.log')) ?? '');
    truncateSync(log, readFileSync(log).length - 10);
    const store = await open(directory);
    expect(await findings(store)).toEqual([]);
    expect((await store.loadRun('b')).sequence).toBe(COMMITS - 1);
    await store.close();
  });

  test.each<[string, readonly string[], ErrorCode]>([
    ['a log of something else', ['000007.log', 'notes.txt'], 'FLOW_STORE_FOREIGN'],
    ['tables without a CURRENT', ['000007.ldb', 'MANIFEST-000006'], 'FLOW_STORE_CORRUPT'],
    ['the note of a holder and a log', ['000007.log', 'holder.json'], 'FLOW_STORE_CORRUPT'],
  ])('is not made over %s', async (_, names, code) => {
    const directory = newDirectory();
    mkdirSync(directory);
    for (const name of names) writeFileSync(join(directory, name), 'kept');
    await refused(open(directory), code);
    expect(readdirSync(directory).toSorted()).toEqual(names.toSorted());
  });
});

describe('a log of LevelDB', () => {
  /** A real one, with writes from one byte to several blocks, and where each of them ends. */
  async function writes(): Promise<{ log: Buffer; ends: number[] }> {
    const directory = newDirectory();
    const db = new Level(directory);
    await db.open();
    const file = join(
      directory,
      readdirSync(directory).find((name) => name.endsWith('.log')) ?? '',
    );
    const ends: number[] = [];
    for (const length of [1, 300, 40_000, 32_000, 700, 100_000, 5, 60]) {
      await db.put('key', 'v'.repeat(length), { sync: true });
      ends.push(readFileSync(file).length);
    }
    await db.close();
    return { log: readFileSync(file), ends };
  }

  test('is whole wherever it is cut off, and with what a disk may leave behind the cut', async () => {
    const { log, ends } = await writes();
    const cuts = Array.from({ length: 150 }, (_, i) => i * 1171);
    for (const end of ends) for (let at = end - 9; at < end + 9; at++) cuts.push(at);
    for (const at of cuts) expect(findDamage(log.subarray(0, at)), `cut at ${at}`).toBeNull();
    const last = ends.at(-3) ?? 0;
    // The last write is several blocks long, and only some of them came to the disk.
    const torn = Buffer.from(log.subarray(0, last));
    torn.fill(0, (ends.at(-4) ?? 0) + 8, (ends.at(-4) ?? 0) + 30_000);
    expect(findDamage(torn)).toBeNull();
    expect(findDamage(Buffer.concat([log.subarray(0, last), Buffer.alloc(70_000)]))).toBeNull();
  });

  test('is damaged where a bit of any write but the last is another', async () => {
    const { log, ends } = await writes();
    const last = ends.at(-2) ?? 0;
    for (let at = 0; at < log.length; at += 397) {
      const flipped = Buffer.from(log);
      flipped[at]! ^= 1 << (at % 8);
      const found = findDamage(flipped);
      // Between the last record of a block and its end there is nothing.
      if (at >= last) expect(found, `byte ${at}`).toBeNull();
      else expect(found ?? Infinity, `byte ${at}`).toBeLessThanOrEqual(at);
    }
    for (const [from, to] of [
      [0, 0],
      [0, 40],
      [10_000, 45_000],
    ] as const) {
      const zeroed = Buffer.from(log);
      zeroed.fill(0, from, to + 1);
      expect(findDamage(zeroed), `zeros from ${from}`).not.toBeNull();
    }
  });
});
