import { expect, test } from 'vitest';
import type { RunQuery } from '../../../vm/store/store.ts';
import {
  bytes,
  commitOf,
  findings,
  newRun,
  openHere,
  PROGRAM,
  PROGRAM_HASH,
  refused,
  startRun,
  textOf,
  type MakePlace,
} from './place.ts';

export function runTests(makePlace: MakePlace): void {
  test('code is kept under its hash, and only under its hash', async () => {
    const store = await openHere(await makePlace());
    await store.putCode(PROGRAM_HASH, PROGRAM);
    await store.putCode(PROGRAM_HASH, PROGRAM);
    expect(textOf(await store.getCode(PROGRAM_HASH))).toBe('a program');
    await refused(store.putCode(PROGRAM_HASH, bytes('another')), 'FLOW_REQUEST_INVALID');
    await refused(store.getCode('0'.repeat(64)), 'FLOW_CODE_UNKNOWN');
    await refused(store.getCode('../x'), 'FLOW_REQUEST_INVALID');
    await store.close();
  });

  test('a run is what it was made as', async () => {
    const store = await openHere(await makePlace());
    await store.putCode(PROGRAM_HASH, PROGRAM);
    const labels = { team: 'ops', __proto__x: '1', env: 'prod' };
    const made = newRun('run-1', { labels, modules: [PROGRAM_HASH] });
    expect(await store.createRun(made)).toEqual({ run: 'run-1', created: true });
    expect(await store.getRun('run-1')).toMatchObject({
      ...made,
      status: { kind: 'ready' },
      sequence: 0,
      epoch: 0,
      driver: null,
      checkpoint: 0,
      historyFrom: 1,
      statesFrom: 0,
      lineage: { store: 'store-1', generation: 1 },
      bytes: { sinceCheckpoint: 0, checkpoint: 0, deltas: 0, output: 0 },
    });
    expect(await store.getRun('run-2')).toBeNull();
    expect(await findings(store)).toEqual([]);
    await store.close();
  });

  test('code comes with the run that needs it, which its driver has claimed', async () => {
    const store = await openHere(await makePlace());
    const code = [{ hash: PROGRAM_HASH, bytes: PROGRAM }];
    const wrong = [{ hash: PROGRAM_HASH, bytes: bytes('another') }];
    await refused(store.createRun(newRun('a', { code: wrong })), 'FLOW_REQUEST_INVALID');
    await refused(
      store.createRun(newRun('a', { code, driver: 'x'.repeat(100_000) })),
      'FLOW_REQUEST_INVALID',
    );
    await refused(store.getCode(PROGRAM_HASH), 'FLOW_CODE_UNKNOWN');
    const made = await Promise.all(
      ['a', 'b'].map((run) => store.createRun(newRun(run, { code, driver: 'one' }))),
    );
    expect(made).toEqual([
      { run: 'a', created: true },
      { run: 'b', created: true },
    ]);
    expect(await store.getRun('a')).toMatchObject({ epoch: 1, driver: 'one', sequence: 0 });
    expect(textOf(await store.getCode(PROGRAM_HASH))).toBe('a program');
    const claim = { run: 'a', driver: 'two', atMs: 5 };
    await refused(store.claimRun({ ...claim, epoch: 0 }), 'FLOW_LEASE_LOST');
    expect(await store.claimRun({ ...claim, epoch: 1 })).toMatchObject({ epoch: 2 });
    expect(await findings(store)).toEqual([]);
    await store.close();
  });

  test('an id is given once; a key gives the run made first', async () => {
    const store = await openHere(await makePlace());
    await store.putCode(PROGRAM_HASH, PROGRAM);
    await store.createRun(newRun('a', { key: 'order 17' }));
    await refused(store.createRun(newRun('a')), 'FLOW_RUN_EXISTS');
    expect(await store.createRun(newRun('b', { key: 'order 17' }))).toEqual({
      run: 'a',
      created: false,
    });
    const racers = ['c', 'd', 'e'].map((run) => store.createRun(newRun(run, { key: 'order 18' })));
    const results = await Promise.all(racers);
    expect(results.filter(({ created }) => created)).toHaveLength(1);
    expect(new Set(results.map(({ run }) => run)).size).toBe(1);
    expect(await findings(store)).toEqual([]);
    await store.close();
  });

  test('a run needs its code, and arguments within their rules', async () => {
    const store = await openHere(await makePlace());
    await refused(store.createRun(newRun('a')), 'FLOW_CODE_UNKNOWN');
    await store.putCode(PROGRAM_HASH, PROGRAM);
    const modules = ['0'.repeat(64)];
    await refused(store.createRun(newRun('a', { modules })), 'FLOW_CODE_UNKNOWN');
    for (const run of ['', 'a!b', 'a b', 'ä', 'x'.repeat(129)]) {
      await refused(store.createRun(newRun(run)), 'FLOW_REQUEST_INVALID');
    }
    await refused(store.createRun(newRun('a', { createdMs: -1 })), 'FLOW_REQUEST_INVALID');
    await refused(store.createRun(newRun('a', { createdMs: 1.5 })), 'FLOW_REQUEST_INVALID');
    expect((await store.listRuns()).rows).toEqual([]);
    await store.close();
  });

  test('lists are in order of creation, page by page, and by status', async () => {
    const store = await openHere(await makePlace());
    await store.putCode(PROGRAM_HASH, PROGRAM);
    const order = ['r3', 'r1', 'r5', 'r2', 'r4'];
    for (const [i, run] of order.entries()) {
      await store.createRun(newRun(run, { createdMs: 10 * (i + 1) }));
      await store.claimRun({ run, driver: 'd', epoch: 0, atMs: 1 });
    }
    const waiting = { kind: 'waiting', reasons: bytes('why'), wakeAtMs: 5 } as const;
    await store.commit(commitOf('r1', 1, { status: waiting }));
    await store.commit(commitOf('r5', 1, { status: { kind: 'done', result: bytes('7') } }));
    await store.commit(commitOf('r4', 1, { status: { kind: 'failed', failure: bytes('x') } }));
    const names = async (query: RunQuery): Promise<string[]> =>
      (await store.listRuns(query)).rows.map(({ run }) => run);
    expect(await names({})).toEqual(order);
    // Open ones are listed ready first, each in order of creation.
    expect(await names({ status: 'open' })).toEqual(['r3', 'r2', 'r1']);
    expect(await names({ status: 'waiting' })).toEqual(['r1']);
    expect(await names({ status: 'done' })).toEqual(['r5']);
    expect(await names({ status: 'failed' })).toEqual(['r4']);
    expect(await names({ status: 'cancelled' })).toEqual([]);

    const first = await store.listRuns({ limit: 2 });
    const second = await store.listRuns({ limit: 2, after: first.next });
    const third = await store.listRuns({ limit: 2, after: second.next });
    expect([first, second, third].map((page) => page.rows.map(({ run }) => run))).toEqual([
      ['r3', 'r1'],
      ['r5', 'r2'],
      ['r4'],
    ]);
    expect(third.next).toBeNull();
    await refused(store.listRuns({ status: 'done', after: first.next }), 'FLOW_REQUEST_INVALID');
    await refused(store.listRuns({ limit: 0 }), 'FLOW_REQUEST_INVALID');
    expect(await findings(store)).toEqual([]);
    await store.close();
  });

  test('T3: a claim names the epoch it believes in, and adds one', async () => {
    const store = await openHere(await makePlace());
    await startRun(store, 'run-1');
    expect(await store.getRun('run-1')).toMatchObject({ epoch: 1, driver: 'tests' });
    const claim = { run: 'run-1', driver: 'other', atMs: 5 };
    await refused(store.claimRun({ ...claim, epoch: 0 }), 'FLOW_LEASE_LOST');
    expect(await store.claimRun({ ...claim, epoch: 1 })).toMatchObject({
      epoch: 2,
      driver: 'other',
    });
    const racers = [1, 2, 3].map((i) => store.claimRun({ ...claim, driver: `d${i}`, epoch: 2 }));
    const settled = await Promise.allSettled(racers);
    expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    await refused(store.claimRun({ ...claim, run: 'none', epoch: 0 }), 'FLOW_RUN_UNKNOWN');
    await store.commit(
      commitOf('run-1', 1, { epoch: 3, status: { kind: 'done', result: bytes('') } }),
    );
    await refused(store.claimRun({ ...claim, epoch: 3 }), 'FLOW_RUN_FINISHED');
    await store.close();
  });

  test('T12: secrets are names and handles', async () => {
    const store = await openHere(await makePlace());
    await store.putSecret('stripe', 'env:STRIPE_KEY');
    await store.putSecret('bank', 'vault:bank/key');
    await store.putSecret('stripe', 'env:STRIPE_KEY_2');
    await store.dropSecret('none');
    expect(await store.listSecrets()).toEqual([
      { name: 'bank', handle: 'vault:bank/key' },
      { name: 'stripe', handle: 'env:STRIPE_KEY_2' },
    ]);
    await store.dropSecret('stripe');
    expect(await store.listSecrets()).toHaveLength(1);
    await store.close();
  });
}
