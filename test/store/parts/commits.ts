import { expect, test } from 'vitest';
import type { Commit } from '../../../vm/store/store.ts';
import {
  bytes,
  collect,
  commitMany,
  commitOf,
  findings,
  openHere,
  refused,
  startRun,
  type MakePlace,
} from './place.ts';

export function commitTests(makePlace: MakePlace): void {
  test('T1, T4: a commit is there whole, also for whoever opens the store next', async () => {
    const place = await makePlace();
    const store = await openHere(place);
    await startRun(store, 'run-1');
    const committed = await store.commit(
      commitOf('run-1', 1, {
        output: 'hello\n\ud800',
        events: bytes('called f'),
        effects: [{ effect: 'e1', kind: 'http.request', request: bytes('GET /') }],
        timers: { set: [{ timer: 't1', dueMs: 500 }] },
        status: { kind: 'waiting', reasons: bytes('e1'), wakeAtMs: 500 },
      }),
    );
    expect(committed).toEqual({
      sequence: 1,
      bytes: { sinceCheckpoint: 7, checkpoint: 0, deltas: 7, output: 7 },
    });
    const look = async (from: typeof store): Promise<unknown> => ({
      run: await from.getRun('run-1'),
      state: await from.loadRun('run-1'),
      history: await collect(from.history({ run: 'run-1' })),
      effect: await from.getEffect({ run: 'run-1', effect: 'e1' }),
      timers: await from.dueTimers(1000),
    });
    const before = await look(store);
    expect(before).toMatchObject({
      run: { sequence: 1, status: { kind: 'waiting', wakeAtMs: 500 }, statusSinceMs: 1001 },
      history: [{ output: 'hello\n\ud800', events: bytes('called f') }],
      effect: { request: bytes('GET /'), origin: 'store-1', state: { kind: 'pending' } },
      timers: [{ run: 'run-1', timer: 't1', dueMs: 500 }],
    });
    await store.close();
    const again = await openHere(place);
    expect(await look(again)).toEqual(before);
    expect(await findings(again)).toEqual([]);
    await again.close();
  });

  test('T2: sequences have no gaps and no doubles', async () => {
    const store = await openHere(await makePlace());
    await startRun(store, 'run-1');
    const conflict = await refused(store.commit(commitOf('run-1', 2)), 'FLOW_SEQUENCE_CONFLICT');
    expect(conflict.details).toEqual({ run: 'run-1', sequence: 2, current: 0 });
    await store.commit(commitOf('run-1', 1));
    await refused(store.commit(commitOf('run-1', 1)), 'FLOW_SEQUENCE_CONFLICT');
    await refused(store.commit(commitOf('none', 1)), 'FLOW_RUN_UNKNOWN');
    expect(await store.getRun('run-1')).toMatchObject({ sequence: 1 });
    await store.close();
  });

  test('T3: a commit of an epoch that has passed changes nothing', async () => {
    const store = await openHere(await makePlace());
    await startRun(store, 'run-1');
    await store.commit(commitOf('run-1', 1));
    await store.claimRun({ run: 'run-1', driver: 'new', epoch: 1, atMs: 1 });
    const before = await store.getRun('run-1');
    const timers = { set: [{ timer: 't', dueMs: 1 }] };
    await refused(store.commit(commitOf('run-1', 2, { timers })), 'FLOW_LEASE_LOST');
    const late = { run: 'run-1', epoch: 1, sequence: 1 };
    await refused(store.beginCheckpoint(late), 'FLOW_LEASE_LOST');
    await refused(store.stageChunk({ ...late, index: 0, bytes: bytes('') }), 'FLOW_LEASE_LOST');
    expect(await store.getRun('run-1')).toEqual(before);
    expect(await store.timersOf('run-1')).toEqual([]);
    await store.commit(commitOf('run-1', 2, { epoch: 2 }));
    await store.close();
  });

  test('a claim handed in before a commit wins over it', async () => {
    const store = await openHere(await makePlace());
    await startRun(store, 'run-1');
    const claim = store.claimRun({ run: 'run-1', driver: 'new', epoch: 1, atMs: 1 });
    await refused(store.commit(commitOf('run-1', 1)), 'FLOW_LEASE_LOST');
    expect(await claim).toMatchObject({ epoch: 2 });
    await store.close();
  });

  test('commits of one run may be handed in without waiting', async () => {
    const store = await openHere(await makePlace());
    await startRun(store, 'run-1');
    const numbers = Array.from({ length: 50 }, (_, i) => i + 1);
    await Promise.all(numbers.map((n) => store.commit(commitOf('run-1', n))));
    const { deltas } = await store.loadRun('run-1');
    expect(deltas.map(({ sequence }) => sequence)).toEqual(numbers);
    expect(await findings(store)).toEqual([]);
    await store.close();
  });

  test('commits of many runs go together', async () => {
    const store = await openHere(await makePlace());
    const runs = Array.from({ length: 40 }, (_, i) => `run-${i}`);
    for (const run of runs) await startRun(store, run);
    await Promise.all(runs.map((run) => commitMany(store, run, 1, 5)));
    for (const run of runs) expect((await store.loadRun(run)).sequence).toBe(5);
    expect(await findings(store)).toEqual([]);
    await store.close();
  });

  test('a run that has ended takes no more commits, and its timers are gone', async () => {
    const store = await openHere(await makePlace());
    await startRun(store, 'run-1');
    const set = [1, 2, 3].map((i) => ({ timer: `t${i}`, dueMs: i }));
    // Handed in together: the timers of the first are not on disk when the second is checked.
    const first = store.commit(commitOf('run-1', 1, { timers: { set } }));
    const done = { kind: 'done', result: bytes('42') } as const;
    await store.commit(commitOf('run-1', 2, { status: done, timers: { clear: ['t2'] } }));
    await first;
    expect(await store.dueTimers(1000)).toEqual([]);
    await refused(store.commit(commitOf('run-1', 3)), 'FLOW_RUN_FINISHED');
    expect(await store.getRun('run-1')).toMatchObject({ status: done, sequence: 2 });
    expect(await findings(store)).toEqual([]);
    await store.close();
  });

  test('what breaks the contract is refused whole', async () => {
    const store = await openHere(await makePlace());
    await startRun(store, 'run-1');
    const effect = { effect: 'e1', kind: 'k', request: bytes('') };
    await store.commit(commitOf('run-1', 1, { effects: [effect] }));
    const before = await store.getRun('run-1');
    const t = { timer: 't', dueMs: 1 };
    const bad: Partial<Commit>[] = [
      { consumed: [1] },
      { consumed: [-1] },
      { effects: [effect] },
      {
        effects: [
          { ...effect, effect: 'e2' },
          { ...effect, effect: 'e2' },
        ],
      },
      { effects: [{ ...effect, effect: 'no way' }] },
      { abandoned: ['e2'] },
      { abandoned: ['e1', 'e1'] },
      { timers: { clear: ['t'] } },
      { timers: { set: [t, t] } },
      { timers: { set: [{ timer: 't', dueMs: 0.5 }] } },
      { timers: { set: [t] }, status: { kind: 'done', result: bytes('') } },
      { atMs: -1 },
      { released: 2 },
      { checkpoint: { sequence: 1, chunks: [] } },
      { checkpoint: { sequence: 2, staged: 1, chunks: [] } },
    ];
    for (const more of bad) {
      await refused(store.commit(commitOf('run-1', 2, more)), 'FLOW_REQUEST_INVALID');
    }
    expect(await store.getRun('run-1')).toEqual(before);
    expect(await store.timersOf('run-1')).toEqual([]);
    expect(await findings(store)).toEqual([]);
    await store.close();
  });

  test('what was released is remembered', async () => {
    const store = await openHere(await makePlace());
    await startRun(store, 'run-1');
    await store.commit(commitOf('run-1', 1, { output: 'a' }));
    expect(await store.getRun('run-1')).toMatchObject({ released: 0 });
    await store.commit(commitOf('run-1', 2, { output: 'b', released: 1 }));
    await store.commit(commitOf('run-1', 3));
    expect(await store.getRun('run-1')).toMatchObject({ released: 1 });
    await store.close();
  });
}
