// The ordered map in memory against the simplest one there is: an object and a sort.

import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { MemoryDisk } from '../../vm/store/memory-disk.ts';

const key = fc.integer({ min: 0, max: 3000 }).map((n) => `k${n}`);
const op = fc.oneof(
  { weight: 5, arbitrary: fc.record({ key, value: fc.constant(new Uint8Array([1])) }) },
  { weight: 2, arbitrary: fc.record({ key, value: fc.constant(null) }) },
);

test('ranges are the sorted keys between two, forwards and backwards', async () => {
  const batches = fc.array(fc.array(op, { minLength: 200, maxLength: 400 }), {
    minLength: 1,
    maxLength: 12,
  });
  await fc.assert(
    fc.asyncProperty(batches, key, key, fc.nat(50), async (writes, from, to, limit) => {
      const disk = new MemoryDisk();
      const model = new Set<string>();
      for (const ops of writes) {
        await disk.write(ops);
        for (const { key: name, value } of ops) {
          if (value === null) model.delete(name);
          else model.add(name);
        }
      }
      const expected = [...model].filter((name) => name >= from && name < to).toSorted();
      const read = async (options: object, of = disk): Promise<string[]> => {
        const names: string[] = [];
        for await (const [name] of of.range({ from, to }, options)) names.push(name);
        return names;
      };
      expect(await read({})).toEqual(expected);
      expect(await read({ limit })).toEqual(expected.slice(0, limit));
      const backwards = expected.toReversed();
      expect(await read({ reverse: true, limit })).toEqual(backwards.slice(0, limit));
      const copy = disk.copy();
      await disk.write([...model].map((name) => ({ key: name, value: null })));
      expect(await read({})).toEqual([]);
      expect(await read({}, copy)).toEqual(expected);
    }),
    { numRuns: 30 },
  );
});
