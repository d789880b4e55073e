import { expect, test } from 'vitest';
import type { Delivered, EffectRef, NewEffect, Store } from '../../../vm/store/store.ts';
import {
  bytes,
  commitOf,
  findings,
  openHere,
  refused,
  startRun,
  textOf,
  type MakePlace,
  type Place,
} from './place.ts';

function request(effect: string, more: Partial<NewEffect> = {}): NewEffect {
  return { effect, kind: 'http.request', request: bytes(`request ${effect}`), ...more };
}

async function withEffects(
  place: Place,
  effects: readonly NewEffect[],
): Promise<{ store: Store; ref: (effect: string) => EffectRef }> {
  const store = await openHere(place);
  await startRun(store, 'run-1');
  await store.commit(commitOf('run-1', 1, { effects }));
  return { store, ref: (effect) => ({ run: 'run-1', effect }) };
}

function answer(store: Store, effect: string): Promise<string> {
  return store.deliver({ run: 'run-1', effect, answer: bytes(effect), atMs: 1 });
}

async function pending(store: Store, byMs?: number): Promise<string[]> {
  const query = { kind: 'http.request', ...(byMs === undefined ? {} : { byMs }) };
  return (await store.listPending(query)).rows.map(({ effect }) => effect);
}

export function effectTests(makePlace: MakePlace): void {
  test('effects are listed by kind, in order of when they may be tried', async () => {
    const { store } = await withEffects(await makePlace(), [
      request('e1', { notBeforeMs: 5000 }),
      request('e2'),
      request('e3', { kind: 'other' }),
      request('e4', { kind: 'http.request', dispatch: false, token: 'secret' }),
      request('e5', { notBeforeMs: 2000 }),
    ]);
    expect(await pending(store)).toEqual(['e2', 'e5', 'e1']);
    expect(await pending(store, 2000)).toEqual(['e2', 'e5']);
    expect(await pending(store, 0)).toEqual([]);
    const first = await store.listPending({ kind: 'http.request', limit: 2 });
    const second = await store.listPending({ kind: 'http.request', limit: 2, after: first.next });
    expect(second.rows.map(({ effect }) => effect)).toEqual(['e1']);
    expect(await findings(store)).toEqual([]);
    await store.close();
  });

  test('T8: an attempt begun and never ended is known after a crash', async () => {
    const place = await makePlace();
    const { store, ref } = await withEffects(place, [request('e1')]);
    expect(await store.startAttempt({ ...ref('e1'), atMs: 10, info: bytes('one') })).toBe(1);
    await store.endAttempt({
      ...ref('e1'),
      attempt: 1,
      atMs: 20,
      info: bytes('refused'),
      notBeforeMs: 3000,
    });
    expect(await pending(store, 2999)).toEqual([]);
    expect(await pending(store, 3000)).toEqual(['e1']);
    expect(await store.getEffect(ref('e1'))).toMatchObject({
      state: { attempt: 1, ended: { atMs: 20, info: bytes('refused') }, notBeforeMs: 3000 },
    });
    expect(await store.startAttempt({ ...ref('e1'), atMs: 3000, info: bytes('two') })).toBe(2);
    await store.close();
    const again = await openHere(place);
    expect(await again.getEffect(ref('e1'))).toMatchObject({
      state: { kind: 'attempted', attempt: 2, startedMs: 3000, info: bytes('two'), ended: null },
    });
    expect(await pending(again)).toEqual(['e1']);
    const end = { ...ref('e1'), atMs: 1, info: bytes(''), notBeforeMs: 1 };
    await refused(again.endAttempt({ ...end, attempt: 3 }), 'FLOW_REQUEST_INVALID');
    // How the first one went is told late, by a driver that another has overtaken.
    await again.endAttempt({ ...end, attempt: 1 });
    expect(await again.getEffect(ref('e1'))).toMatchObject({ state: { attempt: 2, ended: null } });
    await refused(
      again.startAttempt({ ...ref('none'), atMs: 1, info: bytes('') }),
      'FLOW_REQUEST_INVALID',
    );
    expect(await findings(again)).toEqual([]);
    await again.close();
  });

  test('T6: the first delivery wins, and the others are told', async () => {
    const place = await makePlace();
    const { store, ref } = await withEffects(place, [request('e1')]);
    const deliver = (text: string): Promise<string> =>
      store.deliver({ ...ref('e1'), answer: bytes(text), atMs: 7 });
    const results = await Promise.all(['a', 'b', 'c'].map(deliver));
    expect(results).toEqual(['accepted', 'already', 'already']);
    expect(await pending(store)).toEqual([]);
    expect(await store.startAttempt({ ...ref('e1'), atMs: 1, info: bytes('') })).toBeNull();
    const end = { ...ref('e1'), attempt: 1, atMs: 1, info: bytes(''), notBeforeMs: 1 };
    await store.endAttempt(end);
    await store.close();

    const again = await openHere(place);
    expect(await again.deliver({ ...ref('e1'), answer: bytes('d'), atMs: 8 })).toBe('already');
    const arrived = await again.answersFor({ run: 'run-1' });
    expect(arrived).toEqual([
      { arrival: 1, atMs: 7, source: { kind: 'answer', effect: 'e1' }, body: bytes('a') },
    ]);
    expect(await again.getEffect(ref('e1'))).toMatchObject({
      state: { kind: 'answered', arrival: 1, consumed: false },
    });
    // T7: consumed once.
    await again.commit(commitOf('run-1', 2, { consumed: [1] }));
    expect(await again.answersFor({ run: 'run-1' })).toEqual([]);
    expect(await again.getArrival('run-1', 1)).toEqual(arrived[0]);
    expect(await again.getArrival('run-1', 2)).toBeNull();
    await refused(again.commit(commitOf('run-1', 3, { consumed: [1] })), 'FLOW_REQUEST_INVALID');
    expect(await again.getEffect(ref('e1'))).toMatchObject({ state: { consumed: true } });
    expect(await again.deliver({ ...ref('e1'), answer: bytes('e'), atMs: 9 })).toBe('already');
    expect(await findings(again)).toEqual([]);
    await again.close();
  });

  test('T8: a first attempt may begin with the commit that asks', async () => {
    const place = await makePlace();
    const { store, ref } = await withEffects(place, [
      { ...request('e1'), attempt: bytes('one') },
      request('e2'),
    ]);
    await store.close();
    const again = await openHere(place);
    expect(await again.getEffect(ref('e1'))).toMatchObject({
      state: { kind: 'attempted', attempt: 1, info: bytes('one'), ended: null },
    });
    expect(await pending(again)).toEqual(['e1', 'e2']);
    const end = { ...ref('e1'), attempt: 1, atMs: 20, info: bytes(''), notBeforeMs: 3000 };
    await again.endAttempt(end);
    expect(await again.startAttempt({ ...ref('e1'), atMs: 3000, info: bytes('') })).toBe(2);
    const idle = { ...request('e3'), attempt: bytes(''), dispatch: false };
    await refused(again.commit(commitOf('run-1', 2, { effects: [idle] })), 'FLOW_REQUEST_INVALID');
    expect(await findings(again)).toEqual([]);
    await again.close();
  });

  test('ids of effects ascend, so that none is used twice', async () => {
    const place = await makePlace();
    const { store } = await withEffects(place, [request('e9'), request('e10')]);
    await store.close();
    const again = await openHere(place);
    for (const ids of [['e10'], ['e9'], ['e2'], ['e12', 'e11']]) {
      const effects = ids.map((id) => request(id));
      await refused(again.commit(commitOf('run-1', 2, { effects })), 'FLOW_REQUEST_INVALID');
    }
    await again.commit(commitOf('run-1', 2, { effects: [request('e11')] }));
    expect(await findings(again)).toEqual([]);
    await again.close();
  });

  test('what is on its way is told of at once, and can be consumed before it is there', async () => {
    const place = await makePlace();
    const { store, ref } = await withEffects(place, [request('e1')]);
    const heard: string[] = [];
    const commits: Promise<unknown>[] = [];
    const stop = store.onArriving((run, { arrival, source, body }) => {
      heard.push(`${run} ${arrival} ${source.kind} ${textOf(body)} is coming`);
      if (commits.length > 0) return;
      commits.push(store.commit(commitOf('run-1', 2, { consumed: [arrival] })));
    });
    store.onArrival((run, arrival) => heard.push(`${run} ${arrival} is there`));
    const answered = await store.deliver({ ...ref('e1'), answer: bytes('a'), atMs: 7 });
    expect(answered).toBe('accepted');
    await Promise.all(commits);
    stop();
    await store.send({ run: 'run-1', name: 'hello', body: bytes('hi'), atMs: 8 });
    expect(heard).toEqual(['run-1 1 answer a is coming', 'run-1 1 is there', 'run-1 2 is there']);
    expect(await store.answersFor({ run: 'run-1' })).toMatchObject([{ arrival: 2 }]);
    expect(await findings(store)).toEqual([]);
    await store.close();
  });

  test('T7: two commits handed in together cannot consume one answer', async () => {
    const { store, ref } = await withEffects(await makePlace(), [request('e1')]);
    await store.deliver({ ...ref('e1'), answer: bytes('a'), atMs: 1 });
    const first = store.commit(commitOf('run-1', 2, { consumed: [1] }));
    await refused(store.commit(commitOf('run-1', 3, { consumed: [1] })), 'FLOW_REQUEST_INVALID');
    await first;
    await store.close();
  });

  test('nobody is told `accepted` for what nobody asked or wants', async () => {
    const { store, ref } = await withEffects(
      await makePlace(),
      ['e1', 'e2', 'e3'].map((e) => request(e)),
    );
    const deliver = (effect: string, run = 'run-1'): Promise<string> =>
      store.deliver({ run, effect, answer: bytes('x'), atMs: 1 });
    expect(await deliver('none')).toBe('unknown');
    expect(await deliver('e1', 'none')).toBe('unknown');
    expect(await deliver('e2')).toBe('accepted');
    // e2 is answered but not consumed: giving it up drops the answer.
    await store.commit(commitOf('run-1', 2, { abandoned: ['e1', 'e2'] }));
    expect(await store.answersFor({ run: 'run-1' })).toEqual([]);
    expect(await deliver('e1')).toBe('abandoned');
    expect(await deliver('e2')).toBe('abandoned');
    expect(await pending(store)).toEqual(['e3']);
    await refused(
      store.commit(commitOf('run-1', 3, { abandoned: ['e1'] })),
      'FLOW_REQUEST_INVALID',
    );
    await store.commit(commitOf('run-1', 3, { status: { kind: 'cancelled', reason: bytes('') } }));
    expect(await pending(store)).toEqual(['e3']);
    expect(await deliver('e3')).toBe('abandoned');
    expect(await pending(store)).toEqual([]);
    expect(await store.getEffect(ref('e1'))).toMatchObject({
      state: { kind: 'abandoned', sequence: 2 },
    });
    expect(await findings(store)).toEqual([]);
    await store.close();
  });

  test('answers come in the order they arrived, also over restarts and between runs', async () => {
    const place = await makePlace();
    const names = Array.from({ length: 12 }, (_, i) => `e${i}`);
    const { store } = await withEffects(
      place,
      names.map((name) => request(name)),
    );
    const order = ['e5', 'e1', 'e11', 'e0', 'e7'];
    for (const effect of order.slice(0, 3)) await answer(store, effect);
    await store.close();
    const again = await openHere(place);
    for (const effect of order.slice(3)) await answer(again, effect);
    const arrived = await again.answersFor({ run: 'run-1' });
    expect(arrived.map(({ body }) => textOf(body))).toEqual(order);
    const numbers = arrived.map(({ arrival }) => arrival);
    expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
    const rest = await again.answersFor({ run: 'run-1', after: numbers[1] ?? 0, limit: 2 });
    expect(rest.map(({ body }) => textOf(body))).toEqual(['e11', 'e0']);
    expect(await findings(again)).toEqual([]);
    await again.close();
  });

  test('runs for which something waits are listed, however many sleep', async () => {
    const store = await openHere(await makePlace());
    for (const run of ['a', 'a-1', 'b', 'c', 'd']) await startRun(store, run);
    const send = (run: string): Promise<Delivered> =>
      store.send({ run, name: 'word', body: bytes('x'), atMs: 1 });
    for (const run of ['d', 'a', 'b', 'b', 'b', 'a-1']) await send(run);
    expect(await store.unreadRuns()).toEqual({
      rows: ['a', 'a-1', 'b', 'd'],
      unreadable: [],
      next: null,
    });
    const first = await store.unreadRuns({ limit: 2 });
    expect(first.rows).toEqual(['a', 'a-1']);
    expect(await store.unreadRuns({ limit: 2, after: first.next })).toEqual({
      rows: ['b', 'd'],
      unreadable: [],
      next: null,
    });
    await refused(store.unreadRuns({ after: 'timer!' }), 'FLOW_REQUEST_INVALID');
    for (const run of ['b', 'd']) {
      const consumed = (await store.answersFor({ run })).map(({ arrival }) => arrival);
      await store.commit(commitOf(run, 1, { consumed }));
    }
    expect((await store.unreadRuns()).rows).toEqual(['a', 'a-1']);
    await store.close();
  });

  test('messages arrive among the answers; a key makes them come once', async () => {
    const { store, ref } = await withEffects(await makePlace(), [request('e1')]);
    const message = { run: 'run-1', name: 'stop', body: bytes('please'), atMs: 3 };
    expect(await store.send({ ...message, key: 'k' })).toBe('accepted');
    expect(await store.send({ ...message, key: 'k' })).toBe('already');
    await store.deliver({ ...ref('e1'), answer: bytes('x'), atMs: 4 });
    expect(await store.send(message)).toBe('accepted');
    expect(await store.send({ ...message, run: 'none' })).toBe('unknown');
    const arrived = await store.answersFor({ run: 'run-1' });
    expect(arrived.map(({ source }) => source)).toEqual([
      { kind: 'message', name: 'stop' },
      { kind: 'answer', effect: 'e1' },
      { kind: 'message', name: 'stop' },
    ]);
    const consumed = arrived.map(({ arrival }) => arrival);
    await store.commit(
      commitOf('run-1', 2, { consumed, status: { kind: 'done', result: bytes('') } }),
    );
    expect(await store.send(message)).toBe('abandoned');
    expect(await store.send({ ...message, key: 'k' })).toBe('already');
    expect(await findings(store)).toEqual([]);
    await store.close();
  });

  test('who listens is told of arrivals, when they are on disk', async () => {
    const { store, ref } = await withEffects(await makePlace(), [request('e1')]);
    const heard: string[] = [];
    const stop = store.onArrival((run) => heard.push(run));
    await store.deliver({ ...ref('e1'), answer: bytes(''), atMs: 1 });
    await store.deliver({ ...ref('e1'), answer: bytes(''), atMs: 1 });
    expect(heard).toEqual(['run-1']);
    stop();
    await store.send({ run: 'run-1', name: 'm', body: bytes(''), atMs: 1 });
    expect(heard).toEqual(['run-1']);
    await store.close();
  });

  test('a token finds its effect', async () => {
    const { store, ref } = await withEffects(await makePlace(), [
      request('cb1', { kind: 'http.callback', token: 'tok 1 / ?', dispatch: false }),
      request('cb2', { kind: 'http.callback', token: 'tok 2', dispatch: false }),
    ]);
    expect(await store.findToken('tok 1 / ?')).toEqual({ ...ref('cb1'), abandoned: false });
    expect(await store.findToken('tok 3')).toBeNull();
    await store.deliver({ ...ref('cb1'), answer: bytes(''), atMs: 1 });
    await store.commit(commitOf('run-1', 2, { abandoned: ['cb2'] }));
    expect(await store.findToken('tok 2')).toMatchObject({ abandoned: true });
    await store.commit(commitOf('run-1', 3, { status: { kind: 'done', result: bytes('') } }));
    // Answered before the end: the stranger who calls twice is told `already`, not `abandoned`.
    expect(await store.findToken('tok 1 / ?')).toMatchObject({ abandoned: false });
    expect(await findings(store)).toEqual([]);
    await store.close();
  });

  test('timers are due in order of their moments, move and go', async () => {
    const store = await openHere(await makePlace());
    await startRun(store, 'a');
    await startRun(store, 'b');
    const set = [
      { timer: 't1', dueMs: 300 },
      { timer: 't2', dueMs: 100 },
    ];
    await store.commit(commitOf('a', 1, { timers: { set } }));
    await store.commit(commitOf('b', 1, { timers: { set: [{ timer: 't1', dueMs: 200 }] } }));
    const due = async (byMs: number, limit?: number): Promise<string[]> =>
      (await store.dueTimers(byMs, limit)).map(
        ({ run, timer, dueMs }) => `${run} ${timer} ${dueMs}`,
      );
    expect(await due(99)).toEqual([]);
    expect(await due(200)).toEqual(['a t2 100', 'b t1 200']);
    expect(await due(Number.MAX_SAFE_INTEGER, 1)).toEqual(['a t2 100']);
    const [first] = await store.dueTimers(1000);
    expect((await store.dueTimers(1000, 1, first)).map(({ dueMs }) => dueMs)).toEqual([200]);
    const late = { dueMs: 300, run: 'zzz', timer: 'zzz' };
    expect(await store.dueTimers(1000, 9, late)).toEqual([]);
    const moved = { set: [{ timer: 't2', dueMs: 900 }], clear: ['t1'] };
    await store.commit(commitOf('a', 2, { timers: moved }));
    expect(await due(1000)).toEqual(['b t1 200', 'a t2 900']);
    expect(await store.timersOf('a')).toEqual([{ timer: 't2', dueMs: 900 }]);
    // Set to the moment it has, and cleared and set in one commit.
    const same = { set: [{ timer: 't2', dueMs: 900 }], clear: ['t2'] };
    await store.commit(commitOf('a', 3, { timers: same }));
    expect(await due(1000)).toEqual(['b t1 200', 'a t2 900']);
    expect(await findings(store)).toEqual([]);
    await store.close();
  });
}
