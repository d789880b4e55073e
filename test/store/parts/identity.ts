import { expect, test } from 'vitest';
import type { Store } from '../../../vm/store/store.ts';
import {
  bytes,
  collect,
  commitOf,
  findings,
  newRun,
  openHere,
  refused,
  startRun,
  type MakePlace,
} from './place.ts';

export function identityTests(makePlace: MakePlace): void {
  test('a store is made once, and remembers who it is', async () => {
    const place = await makePlace();
    await refused(place.open({ home: 'here' }), 'FLOW_STORE_MISSING');
    const store = await openHere(place);
    const identity = { id: 'store-1', generation: 1, parent: null, createdMs: 1 };
    expect(store.identity).toEqual(identity);
    await store.close();
    const again = await openHere(place, { create: { id: 'another', atMs: 99 } });
    expect(again.identity).toEqual(identity);
    await again.close();
    const without = await place.open({ home: 'here' });
    expect(without.identity).toEqual(identity);
    await without.close();
  });

  test('T9: a copy opened elsewhere is refused, with the reason and the way out', async () => {
    const place = await makePlace();
    await (await openHere(place)).close();
    const copy = await place.copy();
    const error = await refused(copy.open({ home: 'there' }), 'FLOW_STORE_MOVED');
    expect(error.message).toMatch(/last opened as here, and this is there/);
    expect(error.message).toMatch(/flowvm adopt --move/);
    expect(error.message).toMatch(/flowvm adopt --fork/);
    expect(error.details).toMatchObject({ id: 'store-1', generation: 1, home: 'here' });
    // Refusing changed nothing: at home it still opens.
    await (await openHere(place)).close();
    await (await openHere(copy)).close();
  });

  test('T9: a moved store is the same one, a generation later', async () => {
    const place = await makePlace();
    const store = await openHere(place);
    await startRun(store, 'run-1');
    await store.commit(
      commitOf('run-1', 1, {
        effects: [{ effect: 'cb', kind: 'http.callback', request: bytes(''), token: 'tok' }],
      }),
    );
    await store.close();
    const moved = await place.open({ home: 'there', adopt: { mode: 'move' } });
    expect(moved.identity).toMatchObject({ id: 'store-1', generation: 2, parent: null });
    expect(await moved.findToken('tok')).toMatchObject({ abandoned: false });
    expect(await moved.getRun('run-1')).toMatchObject({
      lineage: { store: 'store-1', generation: 1 },
    });
    const claim = { run: 'run-1', driver: 'd', epoch: 1, atMs: 1 };
    expect(await moved.claimRun(claim)).toMatchObject({
      lineage: { store: 'store-1', generation: 2 },
    });
    await moved.commit(commitOf('run-1', 2, { epoch: 2 }));
    const told = await collect(moved.history({ run: 'run-1' }));
    expect(told.map(({ generation }) => generation)).toEqual([1, 2]);
    expect(await findings(moved)).toEqual([]);
    await moved.close();
    await (await place.open({ home: 'there' })).close();
    await refused(place.open({ home: 'here' }), 'FLOW_STORE_MOVED');
  });

  test('T9: a fork is another store; callbacks stay with its parent', async () => {
    const place = await makePlace();
    const store = await openHere(place);
    await startRun(store, 'run-1');
    await store.commit(
      commitOf('run-1', 1, {
        effects: [{ effect: 'cb', kind: 'http.callback', request: bytes(''), token: 'tok' }],
      }),
    );
    await store.close();
    const copy = await place.copy();
    await refused(
      copy.open({ home: 'there', adopt: { mode: 'fork', id: 'store-1' } }),
      'FLOW_REQUEST_INVALID',
    );
    const fork = await copy.open({ home: 'there', adopt: { mode: 'fork', id: 'store-2' } });
    expect(fork.identity).toMatchObject({ id: 'store-2', generation: 2, parent: 'store-1' });
    expect(await fork.findToken('tok')).toMatchObject({ abandoned: true });
    expect(await fork.getEffect({ run: 'run-1', effect: 'cb' })).toMatchObject({
      origin: 'store-1',
    });
    expect(await fork.claimRun({ run: 'run-1', driver: 'd', epoch: 1, atMs: 1 })).toMatchObject({
      lineage: { store: 'store-2', generation: 2 },
    });
    const effects = [{ effect: 'cb2', kind: 'http.callback', request: bytes(''), token: 'tok2' }];
    await fork.commit(commitOf('run-1', 2, { epoch: 2, effects }));
    expect(await fork.findToken('tok2')).toMatchObject({ abandoned: false });
    expect(await findings(fork)).toEqual([]);
    await fork.close();
    const parent = await openHere(place);
    expect(await parent.findToken('tok')).toMatchObject({ abandoned: false });
    await parent.close();
  });

  test('a key is asked for again, and is the same one', async () => {
    const place = await makePlace();
    const key = bytes('0123456789abcdef');
    const store = await openHere(place, { key });
    await startRun(store, 'run-1');
    await store.commit(commitOf('run-1', 1));
    await store.close();
    await refused(openHere(place), 'FLOW_STORE_KEY');
    await refused(openHere(place, { key: bytes('another key 0123') }), 'FLOW_STORE_KEY');
    await refused(openHere(place, { key: bytes('short') }), 'FLOW_REQUEST_INVALID');
    const again = await openHere(place, { key });
    expect((await again.loadRun('run-1')).sequence).toBe(1);
    expect(await findings(again)).toEqual([]);
    await again.close();

    const plain = await makePlace();
    await (await openHere(plain)).close();
    await refused(openHere(plain, { key }), 'FLOW_STORE_KEY');
  });

  test('after closing there is only FLOW_STORE_CLOSED, and closing again is nothing', async () => {
    const store = await openHere(await makePlace());
    await startRun(store, 'run-1');
    const last = store.commit(commitOf('run-1', 1));
    // Handed in before: either on disk, or refused as closed. Never lost in silence.
    const told = last.then(
      () => 'written',
      (error: Error & { code?: string }) => error.code,
    );
    await Promise.all([store.close(), store.close()]);
    expect(await told).toMatch(/^(written|FLOW_STORE_CLOSED)$/);
    await store.close();
    const ref = { run: 'run-1', effect: 'e' };
    const calls: ((closed: Store) => Promise<unknown>)[] = [
      (s) => s.getRun('run-1'),
      (s) => s.listRuns(),
      (s) => s.createRun(newRun('run-2')),
      (s) => s.commit(commitOf('run-1', 2)),
      (s) => s.loadRun('run-1'),
      (s) => collect(s.history({ run: 'run-1' })),
      (s) => collect(s.verify()),
      (s) => s.deliver({ ...ref, answer: bytes(''), atMs: 1 }),
      (s) => s.dueTimers(1),
      (s) => s.exportRun('run-1'),
      (s) => s.prune({ run: 'run-1', before: 1, records: 1 }),
    ];
    for (const call of calls) await refused(call(store), 'FLOW_STORE_CLOSED');
  });
}
