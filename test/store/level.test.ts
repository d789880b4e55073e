// The suite on LevelDB, and what only a directory on a disk has: locks, strangers, crashes.

import { spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Level } from 'level';
import { afterAll, describe, expect, test } from 'vitest';
import { openLevelStore } from '../../vm/store/level.ts';
import { storeSuite } from '../suites/store.ts';
import { findings, openHere, refused, textOf, type Place } from './parts/place.ts';

const root = await mkdtemp(join(tmpdir(), 'flow-store-'));
afterAll(() => rm(root, { recursive: true, force: true }));

let places = 0;

function newDirectory(): string {
  return join(root, `place-${++places}`);
}

function levelPlace(directory: string = newDirectory()): Place {
  return {
    open: (options) => openLevelStore(directory, options),
    copy: async () => {
      const copy = newDirectory();
      await cp(directory, copy, { recursive: true });
      return levelPlace(copy);
    },
    edit: async (change) => {
      const db = new Level<string, Uint8Array>(directory, { valueEncoding: 'view' });
      const rows = new Map<string, Uint8Array>();
      for await (const [key, value] of db.iterator()) rows.set(key, value.slice());
      const before = [...rows.keys()];
      change(rows);
      const gone = before.filter((key) => !rows.has(key));
      await db.batch([
        ...[...rows].map(([key, value]) => ({ type: 'put' as const, key, value })),
        ...gone.map((key) => ({ type: 'del' as const, key })),
      ]);
      await db.close();
    },
  };
}

storeSuite('level', () => Promise.resolve(levelPlace()));

describe('a directory', () => {
  test('is open in one place at a time', async () => {
    const directory = newDirectory();
    const place = levelPlace(directory);
    const store = await openHere(place);
    const error = await refused(openHere(place), 'FLOW_STORE_LOCKED');
    expect(error.message).toContain(directory);
    expect(error.again).toBe('later');
    await store.close();
    await (await openHere(place)).close();
  });

  test('that the system does not let us use is told with its own words', async () => {
    const directory = newDirectory();
    await mkdir(join(directory, 'LOCK'), { recursive: true });
    const error = await refused(openHere(levelPlace(directory)), 'FLOW_STORE_UNAVAILABLE');
    expect(error.message).toMatch(/LOCK: Is a directory/);
  });

  test('with something else in it is left alone', async () => {
    const directory = newDirectory();
    await mkdir(directory);
    await writeFile(join(directory, 'letter.txt'), 'dear');
    await refused(openHere(levelPlace(directory)), 'FLOW_STORE_FOREIGN');

    const database = newDirectory();
    const db = new Level(database);
    await db.put('a', 'b');
    await db.close();
    await refused(openHere(levelPlace(database)), 'FLOW_STORE_FOREIGN');

    const file = join(newDirectory());
    await writeFile(file, 'a file');
    await refused(openHere(levelPlace(file)), 'FLOW_STORE_UNAVAILABLE');
  });

  test('whose making was cut short is made', async () => {
    const directory = newDirectory();
    await mkdir(directory);
    await writeFile(join(directory, 'LOCK'), '');
    await writeFile(join(directory, 'LOG'), '');
    await (await openHere(levelPlace(directory))).close();
  });
});

describe('crashes', () => {
  const child = fileURLToPath(new URL('./crash-child.ts', import.meta.url));

  /** Runs the child until it has said so much, kills it, and gives what it said was on disk. */
  async function crash(directory: string, afterMs: number): Promise<Map<string, number>> {
    const said = new Map<string, number>();
    const victim = spawn(process.execPath, [child, directory], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let text = '';
    victim.stdout.once('data', () => setTimeout(() => victim.kill('SIGKILL'), afterMs));
    victim.stdout.on('data', (data: Buffer) => {
      text += data.toString();
    });
    await new Promise((resolve) => {
      victim.once('close', resolve);
    });
    expect(victim.signalCode).toBe('SIGKILL');
    // The last line may have been cut off; what it says counts only when it is whole.
    for (const line of text.split('\n').slice(0, -1)) {
      const [what, run, number] = line.split(' ');
      said.set(`${what} ${run}`, Number(number));
    }
    return said;
  }

  test('T1, T4: what was acknowledged before a SIGKILL is there, and all is whole', async () => {
    const directory = newDirectory();
    const place = levelPlace(directory);
    let killed = 0;
    for (let round = 0; round < 8; round++) {
      const said = await crash(directory, (round * 37) % 150);
      const store = await openHere(place);
      const errors = (await findings(store)).filter(({ severity }) => severity === 'error');
      expect(errors).toEqual([]);
      for (const { run, sequence } of (await store.listRuns()).rows) {
        expect(sequence).toBeGreaterThanOrEqual(said.get(`commit ${run}`) ?? 0);
        const { deltas, checkpoint } = await store.loadRun(run);
        const from = checkpoint?.sequence ?? 0;
        const texts = deltas.map(({ bytes }) => textOf(bytes));
        expect(texts).toEqual(texts.map((_, i) => `${run} ${from + 1 + i}`));
        expect(from + texts.length).toBe(sequence);
        // A commit's effect is there exactly when the commit is.
        const ref = { run, effect: `e${sequence}` };
        if (sequence > 0) expect(await store.getEffect(ref)).toMatchObject({ sequence });
        expect(await store.getEffect({ run, effect: `e${sequence + 1}` })).toBeNull();
        const answered = said.get(`accepted ${run}`);
        if (answered !== undefined) {
          const effect = await store.getEffect({ run, effect: `e${answered}` });
          // Null when it was consumed and pruned before the kill.
          if (effect !== null) expect(effect.state).toMatchObject({ kind: 'answered' });
        }
        killed += said.size > 0 ? 1 : 0;
      }
      await store.close();
    }
    expect(killed).toBeGreaterThan(0);
  }, 60_000);
});
