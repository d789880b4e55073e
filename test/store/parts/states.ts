import { expect, test } from 'vitest';
import type { Store } from '../../../vm/store/store.ts';
import {
  bytes,
  collect,
  commitMany,
  commitOf,
  findings,
  openHere,
  refused,
  startRun,
  textOf,
  type MakePlace,
} from './place.ts';

/** A state as the list of what it is made of. */
async function stateOf(store: Store, at?: number): Promise<string[]> {
  const { checkpoint, deltas } = await store.loadRun('run-1', at);
  const chunks = (checkpoint?.chunks ?? []).map(textOf);
  return [...chunks, ...deltas.map(({ bytes: delta }) => textOf(delta))];
}

/** Commits with checkpoints at 4 and 8. */
async function tenCommits(store: Store): Promise<void> {
  await startRun(store, 'run-1');
  await commitMany(store, 'run-1', 1, 10, (n) =>
    n % 4 === 0
      ? { checkpoint: { sequence: n, chunks: [bytes(`full ${n}a`), bytes(`full ${n}b`)] } }
      : {},
  );
}

export function stateTests(makePlace: MakePlace): void {
  test('a state is the last checkpoint and the deltas after it', async () => {
    const store = await openHere(await makePlace());
    await startRun(store, 'run-1');
    expect(await stateOf(store)).toEqual([]);
    await commitMany(store, 'run-1', 1, 2);
    expect(await stateOf(store)).toEqual(['delta 1', 'delta 2']);
    await commitMany(store, 'run-1', 3, 3);
    const checkpoint = { sequence: 4, chunks: [bytes('full 4')] };
    const { bytes: sizes } = await store.commit(commitOf('run-1', 4, { checkpoint }));
    expect(sizes).toEqual({ sinceCheckpoint: 0, checkpoint: 6, deltas: 28, output: 0 });
    expect(await stateOf(store)).toEqual(['full 4']);
    await commitMany(store, 'run-1', 5, 5);
    expect(await stateOf(store)).toEqual(['full 4', 'delta 5']);
    expect(await store.getRun('run-1')).toMatchObject({ bytes: { sinceCheckpoint: 7 } });
    await store.close();
  });

  test('earlier states can be looked back to', async () => {
    const store = await openHere(await makePlace());
    await tenCommits(store);
    expect(await stateOf(store, 0)).toEqual([]);
    expect(await stateOf(store, 3)).toEqual(['delta 1', 'delta 2', 'delta 3']);
    expect(await stateOf(store, 4)).toEqual(['full 4a', 'full 4b']);
    expect(await stateOf(store, 6)).toEqual(['full 4a', 'full 4b', 'delta 5', 'delta 6']);
    expect(await stateOf(store, 10)).toEqual(['full 8a', 'full 8b', 'delta 9', 'delta 10']);
    await refused(store.loadRun('run-1', 11), 'FLOW_REQUEST_INVALID');
    await refused(store.loadRun('none'), 'FLOW_RUN_UNKNOWN');
    await store.close();
  });

  test('a checkpoint may be written in slices, between commits', async () => {
    const store = await openHere(await makePlace());
    await startRun(store, 'run-1');
    await commitMany(store, 'run-1', 1, 3);
    const stage = (index: number, more: object = {}): Promise<void> =>
      store.stageChunk({
        run: 'run-1',
        epoch: 1,
        sequence: 3,
        index,
        bytes: bytes(`slice ${index}`),
        ...more,
      });
    await refused(stage(0), 'FLOW_REQUEST_INVALID');
    const begin = (sequence: number): Promise<void> =>
      store.beginCheckpoint({ run: 'run-1', epoch: 1, sequence });
    await refused(begin(2), 'FLOW_REQUEST_INVALID');
    await begin(3);
    await refused(stage(1), 'FLOW_REQUEST_INVALID');
    await refused(stage(0, { sequence: 2 }), 'FLOW_REQUEST_INVALID');
    await store.commit(commitOf('run-1', 4));
    await stage(0);
    await stage(1);
    await refused(stage(3), 'FLOW_REQUEST_INVALID');
    expect(await stateOf(store)).toEqual(['delta 1', 'delta 2', 'delta 3', 'delta 4']);
    await refused(
      store.commit(commitOf('run-1', 5, { checkpoint: { sequence: 3, staged: 3, chunks: [] } })),
      'FLOW_REQUEST_INVALID',
    );
    const checkpoint = { sequence: 3, staged: 2, chunks: [bytes('slice 2')] };
    const { bytes: sizes } = await store.commit(commitOf('run-1', 5, { checkpoint }));
    // Two deltas came after the state that was written.
    expect(sizes).toMatchObject({ sinceCheckpoint: 14, checkpoint: 21 });
    const slices = ['slice 0', 'slice 1', 'slice 2'];
    expect(await stateOf(store)).toEqual([...slices, 'delta 4', 'delta 5']);
    expect(await stateOf(store, 3)).toEqual(slices);
    expect(await stateOf(store, 4)).toEqual([...slices, 'delta 4']);
    expect(await findings(store)).toEqual([]);
    await store.close();
  });

  test('slices cut off by a crash are only left over', async () => {
    const place = await makePlace();
    const store = await openHere(place);
    await startRun(store, 'run-1');
    await commitMany(store, 'run-1', 1, 2);
    const chunk = { run: 'run-1', epoch: 1, sequence: 2, index: 0, bytes: bytes('slice') };
    await store.beginCheckpoint({ run: 'run-1', epoch: 1, sequence: 2 });
    await store.stageChunk(chunk);
    await store.close();
    const again = await openHere(place);
    expect(await stateOf(again)).toEqual(['delta 1', 'delta 2']);
    expect(await findings(again)).toMatchObject([
      { severity: 'note', table: 'chunk', run: 'run-1', sequence: 2 },
    ]);
    const checkpoint = { sequence: 2, staged: 1, chunks: [] };
    await refused(again.commit(commitOf('run-1', 3, { checkpoint })), 'FLOW_REQUEST_INVALID');
    await again.close();
  });

  test('history tells each commit, in order, from where and to where it is asked', async () => {
    const store = await openHere(await makePlace());
    await startRun(store, 'run-1');
    await store.commit(
      commitOf('run-1', 1, {
        effects: [{ effect: 'e1', kind: 'k', request: bytes('') }],
        timers: { set: [{ timer: 't', dueMs: 9 }] },
      }),
    );
    await store.deliver({ run: 'run-1', effect: 'e1', answer: bytes('yes'), atMs: 3 });
    await store.commit(commitOf('run-1', 2, { consumed: [1], timers: { clear: ['t'] } }));
    const told = await collect(store.history({ run: 'run-1' }));
    expect(told).toEqual([
      {
        sequence: 1,
        epoch: 1,
        generation: 1,
        atMs: 1001,
        status: { kind: 'ready' },
        deltaBytes: 7,
        consumed: [],
        effects: [{ effect: 'e1', kind: 'k' }],
        abandoned: [],
        timersSet: [{ timer: 't', dueMs: 9 }],
        timersCleared: [],
        output: '',
        events: bytes(''),
        inputs: bytes(''),
        checkpoint: null,
      },
      expect.objectContaining({
        sequence: 2,
        consumed: [{ arrival: 1, effect: 'e1' }],
        timersCleared: ['t'],
      }),
    ]);
    // More than one page of the reader.
    await commitMany(store, 'run-1', 3, 600);
    const numbers = async (query: object): Promise<number[]> =>
      (await collect(store.history({ run: 'run-1', ...query }))).map(({ sequence }) => sequence);
    expect(await numbers({})).toHaveLength(600);
    expect(await numbers({ from: 598 })).toEqual([598, 599, 600]);
    expect(await numbers({ from: 5, to: 7 })).toEqual([5, 6, 7]);
    expect(await numbers({ from: 5, limit: 2 })).toEqual([5, 6]);
    expect(await numbers({ from: 601 })).toEqual([]);
    await refused(collect(store.history({ run: 'none' })), 'FLOW_RUN_UNKNOWN');
    await store.close();
  });

  test('pruning states keeps what is asked for, and the history', async () => {
    const store = await openHere(await makePlace());
    await tenCommits(store);
    const head = await stateOf(store);
    const seven = await stateOf(store, 7);
    expect(await store.prune({ run: 'run-1', before: 7, records: 100 })).toEqual({
      removed: 4,
      more: false,
    });
    expect(await stateOf(store)).toEqual(head);
    expect(await stateOf(store, 7)).toEqual(seven);
    await refused(store.loadRun('run-1', 3), 'FLOW_REQUEST_INVALID');
    expect(await collect(store.history({ run: 'run-1' }))).toHaveLength(10);
    expect(await findings(store)).toEqual([]);

    // A budget at a time, and whole after each.
    let calls = 0;
    let more = true;
    while (more) {
      ({ more } = await store.prune({ run: 'run-1', before: 10, records: 2 }));
      expect(await stateOf(store)).toEqual(head);
      const errors = (await findings(store)).filter(({ severity }) => severity === 'error');
      expect(errors).toEqual([]);
      calls++;
    }
    expect(calls).toBeGreaterThan(2);
    await refused(store.loadRun('run-1', 7), 'FLOW_REQUEST_INVALID');
    expect(await findings(store)).toEqual([]);
    await store.close();
  });

  test('pruning the history keeps the chain, and what is not settled', async () => {
    const place = await makePlace();
    const store = await openHere(place);
    await startRun(store, 'run-1');
    const effects = ['e1', 'e2', 'e3', 'e4'].map((effect) => ({
      effect,
      kind: 'k',
      request: bytes(effect),
      token: `token of ${effect}`,
    }));
    await store.commit(commitOf('run-1', 1, { effects }));
    const refs = effects.map(({ effect }) => ({ run: 'run-1', effect }));
    for (const ref of refs.slice(0, 2)) {
      await store.deliver({ ...ref, answer: bytes('yes'), atMs: 1 });
    }
    await store.send({ run: 'run-1', name: 'm', body: bytes('hi'), atMs: 1, key: 'once' });
    await store.commit(commitOf('run-1', 2, { consumed: [1, 3], abandoned: ['e2', 'e3'] }));
    await commitMany(store, 'run-1', 3, 4);
    const checkpoint = { sequence: 5, chunks: [bytes('full 5')] };
    await store.commit(commitOf('run-1', 5, { checkpoint }));
    await commitMany(store, 'run-1', 6, 7);
    const head = await stateOf(store);

    let removed = 0;
    for (let more = true; more;) {
      const step = await store.prune({ run: 'run-1', before: 6, history: true, records: 3 });
      ({ more } = step);
      removed += step.removed;
      expect(await findings(store)).toEqual([]);
    }
    expect(removed).toBeGreaterThan(10);
    expect(await stateOf(store)).toEqual(head);
    const told = await collect(store.history({ run: 'run-1' }));
    expect(told.map(({ sequence }) => sequence)).toEqual([5, 6, 7]);
    expect(await store.getRun('run-1')).toMatchObject({ historyFrom: 5, statesFrom: 5 });
    for (const [i, ref] of refs.entries()) {
      const effect = await store.getEffect(ref);
      if (i < 3) expect(effect).toBeNull();
      else expect(effect).toMatchObject({ state: { kind: 'pending' } });
    }
    expect(await store.findToken('token of e1')).toBeNull();
    expect(await store.findToken('token of e4')).toMatchObject({ abandoned: false });
    await store.close();

    const again = await openHere(place);
    await again.commit(commitOf('run-1', 8));
    expect(await findings(again)).toEqual([]);
    await again.close();
  });
}
