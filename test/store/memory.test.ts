import { MemoryDisk } from '../../vm/store/memory-disk.ts';
import { openMemoryStore } from '../../vm/store/memory.ts';
import { storeSuite } from '../suites/store.ts';
import type { Place } from './parts/place.ts';

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
