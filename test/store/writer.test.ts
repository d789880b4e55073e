// The writer: what goes together, in what order, and what happens when the disk fails.

import { expect, test } from 'vitest';
import type { Op } from '../../vm/store/disk.ts';
import { FLUSH_BYTES_MAX } from '../../vm/store/limits.ts';
import { MemoryDisk } from '../../vm/store/memory-disk.ts';
import { openMemoryStore } from '../../vm/store/memory.ts';
import { Writer } from '../../vm/store/writer.ts';
import { bytes, commitOf, findings, openHere, refused, startRun } from './parts/place.ts';

interface Watched {
  readonly disk: MemoryDisk;
  readonly writer: Writer;
  readonly writes: string[][];
  /** Lets a write that waits go on. */
  release: () => void;
}

function watched(): Watched {
  const disk = new MemoryDisk();
  const writes: string[][] = [];
  const watch: Watched = { disk, writer: new Writer(disk), writes, release: () => {} };
  disk.beforeWrite = async (ops) => {
    writes.push(ops.map(({ key }) => key));
    await new Promise<void>((resolve) => {
      watch.release = resolve;
    });
  };
  return watch;
}

function put(key: string, size = 1): Op {
  return { key, value: new Uint8Array(size) };
}

function turn(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, 1);
  });
}

test('what comes while a write is under way goes together into the next, in order', async () => {
  const w = watched();
  const first = w.writer.enqueue([put('a')]);
  await turn();
  expect(w.writes).toEqual([['a']]);
  const rest = [['b', 'c'], ['d'], ['e', 'f']].map((keys) =>
    w.writer.enqueue(keys.map((k) => put(k))),
  );
  await turn();
  expect(w.writes).toHaveLength(1);
  w.release();
  await first;
  await turn();
  expect(w.writes).toEqual([['a'], ['b', 'c', 'd', 'e', 'f']]);
  w.release();
  await Promise.all(rest);
});

test('W1: big calls are written one by one, and never split', async () => {
  const w = watched();
  const half = FLUSH_BYTES_MAX / 2;
  const all = [
    w.writer.enqueue([put('a', half), put('b', half)]),
    w.writer.enqueue([put('c', half)]),
    w.writer.enqueue([put('d', 10)]),
    w.writer.enqueue([put('e', 3 * FLUSH_BYTES_MAX)]),
  ];
  for (let i = 0; i < 3; i++) {
    await turn();
    w.release();
  }
  await Promise.all(all);
  expect(w.writes).toEqual([['a', 'b'], ['c', 'd'], ['e']]);
});

test('T4: what is queued is seen by `get` of the writer, and not by the disk', async () => {
  const w = watched();
  const written = w.writer.enqueue([put('a'), { key: 'gone', value: null }]);
  expect(await w.writer.get('a')).toHaveLength(1);
  expect(await w.disk.get('a')).toBeUndefined();
  expect(await w.writer.getMany(['a', 'gone', 'none'])).toMatchObject([{}, undefined, undefined]);
  await turn();
  w.release();
  await written;
  expect(await w.disk.get('a')).toHaveLength(1);
});

test('A2: `already` is not said before what was first is on disk', async () => {
  const disk = new MemoryDisk();
  const store = await openMemoryStore({ home: 'here', create: { id: 's', atMs: 1 } }, disk);
  await startRun(store, 'run-1');
  const effects = [{ effect: 'e', kind: 'k', request: bytes('') }];
  await store.commit(commitOf('run-1', 1, { effects }));
  let release = (): void => {};
  disk.beforeWrite = () =>
    new Promise((resolve) => {
      release = resolve;
    });
  const told: string[] = [];
  const deliver = async (text: string): Promise<void> => {
    const answer = { run: 'run-1', effect: 'e', answer: bytes(text), atMs: 1 };
    told.push(await store.deliver(answer));
  };
  const both = [deliver('first'), deliver('second')];
  await turn();
  expect(told).toEqual([]);
  disk.beforeWrite = null;
  release();
  await Promise.all(both);
  expect(told.toSorted()).toEqual(['accepted', 'already']);
  await store.close();
});

test('W3: after a failed write nothing is written, until the store is opened again', async () => {
  const disk = new MemoryDisk();
  const store = await openMemoryStore({ home: 'here', create: { id: 's', atMs: 1 } }, disk);
  await startRun(store, 'run-1');
  await store.commit(commitOf('run-1', 1));
  disk.beforeWrite = () => {
    throw new Error('disk full');
  };
  const failed = [2, 3, 4].map((n) => store.commit(commitOf('run-1', n)));
  for (const commit of failed) {
    const error = await refused(commit, 'FLOW_STORE_UNAVAILABLE');
    expect(error.cause).toMatchObject({ message: 'disk full' });
  }
  disk.beforeWrite = null;
  await refused(store.commit(commitOf('run-1', 5)), 'FLOW_STORE_UNAVAILABLE');
  await refused(
    store.deliver({ run: 'run-1', effect: 'e', answer: bytes(''), atMs: 1 }),
    'FLOW_STORE_UNAVAILABLE',
  );
  // Reading goes on.
  expect((await store.loadRun('run-1')).sequence).toBe(1);
  await store.close();
  const again = await openMemoryStore({ home: 'here' }, disk);
  await again.commit(commitOf('run-1', 2));
  expect(await findings(again)).toEqual([]);
  await again.close();
});

test('T1: a store dead at any write comes back whole, before it or after it', async () => {
  for (const when of ['beforeWrite', 'afterWrite'] as const) {
    for (let deadAt = 1; ; deadAt++) {
      const disk = new MemoryDisk();
      let count = 0;
      disk[when] = () => {
        if (++count >= deadAt) throw new Error('dead');
      };
      const acknowledged = await story(disk);
      disk[when] = null;
      const store = await openHere({
        open: (options) => openMemoryStore(options, disk),
        copy: () => Promise.reject(new Error('not here')),
        edit: () => Promise.reject(new Error('not here')),
      });
      expect(await findings(store), `${when} ${deadAt}`).toEqual([]);
      const { rows } = await store.listRuns();
      for (const row of rows) {
        const { sequence } = await store.loadRun(row.run);
        expect(sequence).toBeGreaterThanOrEqual(acknowledged);
      }
      await store.close();
      if (count < deadAt) break;
      expect(deadAt).toBeLessThan(100);
    }
  }
});

/** A little of everything, until something fails. Gives the last commit that was acknowledged. */
async function story(disk: MemoryDisk): Promise<number> {
  let acknowledged = 0;
  try {
    const store = await openMemoryStore({ home: 'here', create: { id: 's', atMs: 1 } }, disk);
    await startRun(store, 'run-1', { key: 'k' });
    const effect = { effect: 'e1', kind: 'k', request: bytes('r'), token: 'tok' };
    const timers = { set: [{ timer: 't', dueMs: 5 }] };
    await store.commit(commitOf('run-1', ++acknowledged, { effects: [effect], timers }));
    const ref = { run: 'run-1', effect: 'e1' };
    await store.startAttempt({ ...ref, atMs: 1, info: bytes('') });
    const end = { ...ref, attempt: 1, atMs: 2, info: bytes(''), notBeforeMs: 9 };
    await store.endAttempt(end);
    await store.deliver({ ...ref, answer: bytes('yes'), atMs: 3 });
    await store.send({ run: 'run-1', name: 'm', body: bytes(''), atMs: 4, key: 'once' });
    const consumed = (await store.answersFor({ run: 'run-1' })).map(({ arrival }) => arrival);
    await store.commit(commitOf('run-1', ++acknowledged, { consumed, timers: { clear: ['t'] } }));
    const checkpoint = { sequence: 3, chunks: [bytes('full')] };
    await store.commit(commitOf('run-1', ++acknowledged, { checkpoint }));
    for (let more = true; more;) {
      ({ more } = await store.prune({ run: 'run-1', before: 3, history: true, records: 2 }));
    }
    const done = { kind: 'done', result: bytes('') } as const;
    await store.commit(commitOf('run-1', ++acknowledged, { status: done }));
    await store.close();
    return acknowledged;
  } catch {
    return Math.max(0, acknowledged - 1);
  }
}

test('W4: after a failed write nobody is told what the next one would have held', async () => {
  const disk = new MemoryDisk();
  const writer = new Writer(disk);
  disk.beforeWrite = () => {
    throw new Error('disk full');
  };
  const write = writer.enqueue([put('a')]);
  expect(await writer.has('a')).toBe(true);
  await refused(write, 'FLOW_STORE_UNAVAILABLE');
  await refused(writer.get('a'), 'FLOW_STORE_UNAVAILABLE');
  await refused(writer.has('b'), 'FLOW_STORE_UNAVAILABLE');
  await refused(writer.getMany(['a', 'b']), 'FLOW_STORE_UNAVAILABLE');
});
