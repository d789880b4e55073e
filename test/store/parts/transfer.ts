import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { FlowError } from '../../../vm/bytecode/errors.ts';
import type { Store } from '../../../vm/store/store.ts';
import { fill } from './damage.ts';
import { bytes, collect, commitOf, findings, openHere, refused, type MakePlace } from './place.ts';
import { tries } from '../../harness/fuzz.ts';

async function seen(store: Store, run: string): Promise<unknown> {
  const { record, ...state } = await store.loadRun(run);
  // The chain may be made with another key; everything else is the same.
  const { mac: _mac, ...rest } = record;
  return {
    rest,
    state,
    history: await collect(store.history({ run })),
    answers: (await store.answersFor({ run })).map(({ source, body }) => ({ source, body })),
    timers: await store.timersOf(run),
    pending: (await store.listPending({ kind: 'http.request' })).rows,
  };
}

export function transferTests(makePlace: MakePlace): void {
  test('a run taken out and taken in is the same run', async () => {
    const here = await openHere(await makePlace());
    await fill(here);
    const file = await here.exportRun('run-1');
    const there = await openHere(await makePlace(), { create: { id: 'store-2', atMs: 5 } });
    expect(await there.importRun(file)).toBe('run-1');
    expect(await seen(there, 'run-1')).toEqual(await seen(here, 'run-1'));
    expect(await findings(there)).toEqual([]);
    // It goes on there, with a lineage of its own; callbacks stay with the store that gave them.
    expect(await there.claimRun({ run: 'run-1', driver: 'd', epoch: 1, atMs: 1 })).toMatchObject({
      epoch: 2,
      lineage: { store: 'store-2', generation: 1 },
    });
    await there.commit(commitOf('run-1', 9, { epoch: 2 }));
    expect(await there.findToken('token e1')).toMatchObject({ abandoned: true });
    // New arrivals come after those taken in.
    const ref = { run: 'run-1', effect: 'e1' };
    await there.deliver({ ...ref, answer: bytes('late'), atMs: 9 });
    const numbers = (await there.answersFor({ run: 'run-1' })).map(({ arrival }) => arrival);
    expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
    expect(new Set(numbers).size).toBe(numbers.length);
    expect(await findings(there)).toEqual([]);
    await refused(there.importRun(file), 'FLOW_RUN_EXISTS');
    await refused(here.importRun(file), 'FLOW_RUN_EXISTS');
    await refused(here.exportRun('none'), 'FLOW_RUN_UNKNOWN');
    await there.close();
    await here.close();
  });

  test('a pruned run goes, and a finished one, and a fresh one', async () => {
    const here = await openHere(await makePlace());
    await fill(here);
    await here.prune({ run: 'run-1', before: 6, history: true, records: 1000 });
    const there = await openHere(await makePlace());
    for (const run of ['run-1', 'run-2']) {
      await there.importRun(await here.exportRun(run));
      expect(await seen(there, run)).toEqual(await seen(here, run));
    }
    expect(await findings(there)).toEqual([]);
    await there.close();
    await here.close();
  });

  test('a signed file needs its key; an unsigned file is signed on arrival', async () => {
    const key = bytes('0123456789abcdef');
    const plain = await openHere(await makePlace());
    const keyed = await openHere(await makePlace(), { key });
    const other = await openHere(await makePlace(), { key: bytes('another key 0123') });
    const same = await openHere(await makePlace(), { key });
    await fill(plain);
    await keyed.importRun(await plain.exportRun('run-1'));
    expect(await seen(keyed, 'run-1')).toEqual(await seen(plain, 'run-1'));
    const file = await keyed.exportRun('run-1');
    await refused(plain.importRun(file), 'FLOW_STORE_KEY');
    await refused(other.importRun(file), 'FLOW_EXPORT_CORRUPT');
    await same.importRun(file);
    for (const store of [keyed, same]) expect(await findings(store)).toEqual([]);
    for (const store of [plain, keyed, other, same]) await store.close();
  });

  test('a damaged file is refused, and nothing of it is taken in', async () => {
    const here = await openHere(await makePlace());
    await fill(here);
    const file = await here.exportRun('run-1');
    const there = await openHere(await makePlace());
    const attempt = async (made: Uint8Array, isFlipped = false): Promise<void> => {
      let error: unknown = null;
      try {
        await there.importRun(made);
      } catch (thrown) {
        error = thrown;
      }
      expect(error).toBeInstanceOf(FlowError);
      // The version is read before the MAC, which another version may make in another way; and
      // a flip may turn an unsigned file into one that says it is signed with a key.
      expect(error).toMatchObject({
        code: expect.stringMatching(
          isFlipped
            ? /^FLOW_(EXPORT_CORRUPT|EXPORT_VERSION|STORE_KEY)$/
            : /^FLOW_EXPORT_(CORRUPT|VERSION)$/,
        ),
      });
    };
    await attempt(bytes(''));
    await attempt(bytes('hello'));
    await attempt(file.subarray(0, file.length - 1));
    const mutation = fc.tuple(fc.nat(file.length - 1), fc.integer({ min: 1, max: 255 }));
    await fc.assert(
      fc.asyncProperty(mutation, async ([place, mask]) => {
        const made = file.slice();
        made[place] = (made[place] ?? 0) ^ mask;
        await attempt(made, true);
      }),
      tries(60),
    );
    expect((await there.listRuns()).rows).toEqual([]);
    expect(await findings(there)).toEqual([]);
    await there.importRun(file);
    await there.close();
    await here.close();
  });
}
