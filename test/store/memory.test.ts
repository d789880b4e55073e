import { expect, test } from 'vitest';
import { MemoryDisk } from '../../vm/store/memory-disk.ts';
import { openMemoryStore } from '../../vm/store/memory.ts';
import { storeSuite } from '../suites/store.ts';
import { newRun, PROGRAM, PROGRAM_HASH, type Place } from './parts/place.ts';

function memoryPlace(disk: MemoryDisk = new MemoryDisk()): Place {
  return {
    open: (options) => openMemoryStore(options, disk),
    copy: () => Promise.resolve(memoryPlace(disk.copy())),
    edit: async (change) => {
      const rows = new Map<string, Uint8Array>();
      for await (const [key, value] of disk.range({ from: '', to: '\uffff' })) {
        rows.set(key, value.slice());
      }
      const before = [...rows.keys()];
      change(rows);
      const ops = [...rows].map(([key, value]) => ({ key, value }));
      const gone = before.filter((key) => !rows.has(key));
      await disk.write([...ops, ...gone.map((key) => ({ key, value: null }))]);
    },
  };
}

storeSuite('memory', () => Promise.resolve(memoryPlace()));

test('code that comes with many runs at once is written once', async () => {
  const disk = new MemoryDisk();
  const store = await openMemoryStore({ home: 'here', create: { id: 'store-1', atMs: 0 } }, disk);
  let written = 0;
  disk.beforeWrite = (ops) => {
    written += ops.filter(({ key }) => key.startsWith('code!')).length;
  };
  const code = [{ hash: PROGRAM_HASH, bytes: PROGRAM }];
  const runs = Array.from({ length: 20 }, (_, i) => `run-${i}`);
  await Promise.all(runs.map((run) => store.createRun(newRun(run, { code }))));
  expect(written).toBe(1);
  await store.close();
});
