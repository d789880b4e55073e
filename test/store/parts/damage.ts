import { expect, test } from 'vitest';
import { FlowError } from '../../../vm/bytecode/errors.ts';
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
  type MakePlace,
  type Place,
} from './place.ts';

/** A store with a row in every table: one run with everything, and one that is done. */
export async function fill(store: Store): Promise<void> {
  await startRun(store, 'run-1', { key: 'first', labels: { a: 'b' } });
  await startRun(store, 'run-2', { createdMs: 2000 });
  await store.commit(commitOf('run-2', 1, { status: { kind: 'done', result: bytes('42') } }));
  const effects = ['e1', 'e2', 'e3', 'e4'].map((effect) => ({
    effect,
    kind: 'http.request',
    request: bytes(`request ${effect}`),
    token: `token ${effect}`,
  }));
  const set = [{ timer: 't1', dueMs: 77 }];
  await store.commit(
    commitOf('run-1', 1, { effects, timers: { set }, output: 'one\n', inputs: bytes('came') }),
  );
  await commitMany(store, 'run-1', 2, 3);
  const checkpoint = { sequence: 4, chunks: [bytes('full 4a'), bytes('full 4b')] };
  await store.commit(commitOf('run-1', 4, { checkpoint }));
  await store.startAttempt({ run: 'run-1', effect: 'e1', atMs: 1, info: bytes('try') });
  for (const effect of ['e2', 'e3']) {
    await store.deliver({ run: 'run-1', effect, answer: bytes('yes'), atMs: 2 });
  }
  await store.send({ run: 'run-1', name: 'm', body: bytes('hi'), atMs: 3, key: 'once' });
  await commitMany(store, 'run-1', 5, 5, () => ({ consumed: [1], abandoned: ['e4'] }));
  await commitMany(store, 'run-1', 6, 8);
  await store.putSecret('s', 'env:S');
}

async function filled(makePlace: MakePlace, key?: Uint8Array): Promise<Place> {
  const place = await makePlace();
  const store = await openHere(place, key === undefined ? {} : { key });
  await fill(store);
  expect(await findings(store)).toEqual([]);
  await store.close();
  return place;
}

function flip(value: Uint8Array, at: number): void {
  value[at] = (value[at] ?? 0) ^ 0x10;
}

/** All a caller can see of both runs. */
async function everything(store: Store): Promise<unknown> {
  const { rows, unreadable } = await store.listRuns();
  // A list goes on without what it cannot read, and says so.
  for (const { error } of unreadable) throw error;
  const seen: unknown[] = [rows];
  for (const { run } of rows) {
    seen.push(await store.loadRun(run), await collect(store.history({ run })));
    seen.push(await store.answersFor({ run }), await store.timersOf(run));
  }
  const pending = await store.listPending({ kind: 'http.request' });
  for (const { error } of pending.unreadable) throw error;
  seen.push(pending, await store.dueTimers(1e9));
  for (const effect of ['e1', 'e2', 'e3', 'e4']) {
    seen.push(await store.getEffect({ run: 'run-1', effect }));
    seen.push(await store.findToken(`token ${effect}`));
  }
  seen.push(await store.listSecrets());
  return seen;
}

/** Opens and looks; gives what was seen, or the typed error. */
async function lookAt(place: Place, key?: Uint8Array): Promise<unknown> {
  let store: Store | null = null;
  try {
    store = await openHere(place, key === undefined ? {} : { key });
    return await everything(store);
  } catch (error) {
    if (!(error instanceof FlowError)) throw error;
    return error;
  } finally {
    await store?.close();
  }
}

export function damageTests(makePlace: MakePlace): void {
  test.each([
    ['a flipped bit', 'log', 6],
    ['a flipped bit', 'delta', 7],
    ['a dropped record', 'log', 6],
    ['a dropped record', 'delta', 6],
    ['records exchanged', 'log', 6],
    ['records exchanged', 'delta', 6],
    ['a record of another run', 'log', 5],
  ] as const)('T5: %s (%s %i) is found by load, and named', async (damage, table, sequence) => {
    const place = await filled(makePlace);
    const key = `${table}!run-1!${sequence.toString(16).padStart(14, '0')}`;
    const next = `${table}!run-1!${(sequence + 1).toString(16).padStart(14, '0')}`;
    await place.edit((rows) => {
      const value = rows.get(key) ?? bytes('');
      if (damage === 'a flipped bit') flip(value, 5);
      else if (damage === 'a dropped record') rows.delete(key);
      else if (damage === 'a record of another run') {
        rows.set(key, rows.get(`${table}!run-2!00000000000001`) ?? bytes(''));
      } else {
        rows.set(key, rows.get(next) ?? bytes(''));
        rows.set(next, value);
      }
    });
    const store = await openHere(place);
    const error = await refused(store.loadRun('run-1'), 'FLOW_STORE_CORRUPT');
    expect(error.details).toMatchObject({ table, key, run: 'run-1', sequence });
    expect(error.details['field']).toMatch(/seal|record|mac|bytes/);
    // The other run is none the worse.
    expect((await store.loadRun('run-2')).sequence).toBe(1);
    const found = (await findings(store)).filter(({ severity }) => severity === 'error');
    expect(found.map((item) => item.key)).toContain(key);
    await store.close();
  });

  test('T5: a chain sealed anew is still broken', async () => {
    // Not a flip: rows of a second store with other commits, each with a trailer that fits.
    const place = await filled(makePlace);
    const other = await makePlace();
    const store = await openHere(other);
    await startRun(store, 'run-1');
    await commitMany(store, 'run-1', 1, 8, (n) => ({ delta: bytes(`forged ${n}`) }));
    await store.close();
    const forged = new Map<string, Uint8Array>();
    await other.edit((rows) => {
      for (const [key, value] of rows) forged.set(key, value);
    });
    for (const pick of [/^log!run-1!0*7$/, /^(log|delta)!run-1!0*8$/, /^delta!run-1!0*6$/]) {
      const copy = await place.copy();
      await copy.edit((rows) => {
        for (const [key, value] of forged) if (pick.test(key)) rows.set(key, value);
      });
      const opened = await openHere(copy);
      await refused(opened.loadRun('run-1'), 'FLOW_STORE_CORRUPT');
      await opened.close();
    }
  });

  test('T5: a run cut off at an earlier commit is not taken for whole', async () => {
    const place = await filled(makePlace);
    await place.edit((rows) => {
      for (const key of rows.keys()) {
        if (/^(log|delta)!run-1!0*8$/.test(key)) rows.delete(key);
      }
    });
    const store = await openHere(place);
    const error = await refused(store.loadRun('run-1'), 'FLOW_STORE_CORRUPT');
    expect(error.message).toMatch(/log!run-1!0*8: record is missing/);
    await store.close();
  });

  test.each([
    ['a lost chunk', 'chunk!run-1!00000000000004!00000000000001'],
    ['a lost checkpoint', 'checkpoint!run-1!00000000000004'],
    ['a lost birth', 'run!run-1'],
  ])('%s is found by load', async (_, key) => {
    const place = await filled(makePlace);
    await place.edit((rows) => void rows.delete(key));
    const store = await openHere(place);
    const error = await refused(store.loadRun('run-1'), 'FLOW_STORE_CORRUPT');
    expect(error.details).toMatchObject({ key });
    await store.close();
  });

  test('every lost or flipped row is found by verify, and no flipped one is believed', async () => {
    const place = await filled(makePlace);
    const whole = await lookAt(place);
    const keys: string[] = [];
    await place.edit((rows) => void keys.push(...rows.keys()));
    const tables = new Set(keys.map((key) => key.split('!')[0]));
    expect(tables.size, 'a row in every table').toBe(22);

    const copy = await place.copy();
    for (const key of keys) {
      let kept = bytes('');
      await copy.edit((rows) => {
        kept = new Uint8Array(rows.get(key) ?? kept);
        rows.delete(key);
      });
      // Without these there is no opening; and nothing tells that a secret had a name.
      if (/^(store|counter)/.test(key)) {
        const code = key === 'store' ? 'FLOW_STORE_FOREIGN' : 'FLOW_STORE_CORRUPT';
        await refused(openHere(copy), code);
      } else if (!key.startsWith('secret')) {
        const store = await openHere(copy);
        const found = (await findings(store)).filter(({ severity }) => severity === 'error');
        expect(found, `${key} lost`).not.toEqual([]);
        await store.close();
      }
      await copy.edit((rows) => {
        const value = kept.slice();
        flip(value, value.length >> 1);
        rows.set(key, value);
      });
      const seen = await lookAt(copy);
      if (seen instanceof FlowError) expect(seen.code, key).toBe('FLOW_STORE_CORRUPT');
      else expect(seen, `${key} flipped`).toEqual(whole);
      if (!/^(store|counter)/.test(key)) {
        const store = await openHere(copy);
        const found = (await findings(store)).map((item) => item.key);
        expect(found, `${key} flipped`).toContain(key);
        await store.close();
      }
      await copy.edit((rows) => void rows.set(key, kept));
    }
    expect(await lookAt(copy)).toEqual(whole);
  }, 60_000);

  test('a key that is none of ours is found', async () => {
    const place = await filled(makePlace);
    await place.edit((rows) => void rows.set('zebra!1', bytes('?')));
    const store = await openHere(place);
    expect(await findings(store)).toMatchObject([
      { severity: 'error', table: '?', key: 'zebra!1' },
    ]);
    await store.close();
  });

  test('a store of a newer format is refused by name', async () => {
    const place = await filled(makePlace);
    const { Seal } = await import('../../../vm/store/seal.ts');
    const { STORE, STORE_FORMAT } = await import('../../../vm/store/records.ts');
    const { readMeta } = await import('../../../vm/store/identity.ts');
    await place.edit((rows) => {
      const meta = readMeta(rows.get('store') ?? bytes(''));
      const newer = STORE.write({ ...meta, format: STORE_FORMAT + 1 });
      rows.set('store', new Seal(null).closePlain('store', [STORE.version, ...newer]));
    });
    const error = await refused(openHere(place), 'FLOW_STORE_VERSION');
    expect(error.details).toEqual({ format: STORE_FORMAT + 1, known: STORE_FORMAT });
  });

  test('with a key, a record made without it does not pass', async () => {
    const key = bytes('0123456789abcdef');
    const place = await filled(makePlace, key);
    const plain = await filled(makePlace);
    const forged = new Map<string, Uint8Array>();
    await plain.edit((rows) => {
      for (const [name, value] of rows) forged.set(name, value);
    });
    for (const name of ['head!run-1', 'delta!run-1!00000000000007', 'secret!s']) {
      const copy = await place.copy();
      await copy.edit((rows) => void rows.set(name, forged.get(name) ?? bytes('')));
      const seen = await lookAt(copy, key);
      expect(seen).toBeInstanceOf(FlowError);
      expect(seen).toMatchObject({ code: 'FLOW_STORE_CORRUPT' });
    }
  });
}
