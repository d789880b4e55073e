// Keys, records and files under hostile bytes: a value or a typed error, nothing else (L7).

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decode, encode, isList, type Plain } from '../../vm/bytecode/codec.ts';
import { FlowError } from '../../vm/bytecode/errors.ts';
import { readBody } from '../../vm/store/core.ts';
import { makeKey, parseKey, TABLES, type TableName } from '../../vm/store/keys.ts';
import { openMemoryStore } from '../../vm/store/memory.ts';
import * as records from '../../vm/store/records.ts';
import type { RecordKind } from '../../vm/store/records.ts';
import { MAC_BYTES, Seal } from '../../vm/store/seal.ts';
import { fill } from './parts/damage.ts';
import { bytes, findings } from './parts/place.ts';
import { tries } from '../harness/fuzz.ts';

const id = fc.stringMatching(/^[A-Za-z0-9._:-]{1,20}$/);
const hash = fc.stringMatching(/^[0-9a-f]{64}$/);
const count = fc.maxSafeInteger().map(Math.abs);
const blob = fc.uint8Array({ maxLength: 20 });
const mac = fc.uint8Array({ minLength: MAC_BYTES, maxLength: MAC_BYTES });
const text = fc.string({ unit: 'binary', maxLength: 20 });

describe('keys', () => {
  const part = { run: id, id, number: count, hash, letter: fc.stringMatching(/^[a-z]$/) };
  const names = Object.keys(TABLES).filter((name): name is TableName => name in TABLES);

  test.each(names)('K1: %s keys are read back', (table) => {
    const parts = fc.tuple(...TABLES[table].parts.map((kind) => part[kind]));
    fc.assert(
      fc.property(parts, (given) => {
        expect(parseKey(makeKey(table, ...given))).toEqual({ table, parts: given });
      }),
    );
  });

  test('other texts are none, and numbers sort as numbers', () => {
    fc.assert(
      fc.property(
        fc.oneof(text, fc.stringMatching(/^[a-z]{3,6}(![0-9a-f]{1,14}){0,3}$/)),
        (key) => {
          const parsed = parseKey(key);
          if (parsed !== null) expect(makeKey(parsed.table, ...parsed.parts)).toBe(key);
        },
      ),
    );
    fc.assert(
      fc.property(count, count, (a, b) => {
        expect(makeKey('log', 'r', a) < makeKey('log', 'r', b)).toBe(a < b);
      }),
    );
    for (const key of ['log!r!20000000000000', 'log!r!0', 'log!r', 'log!r!1!2', '', 'toString!r']) {
      expect(parseKey(key)).toBeNull();
    }
  });
});

const status = fc.oneof(
  fc.constant({ kind: 'ready' as const }),
  fc.record({
    kind: fc.constant('waiting' as const),
    reasons: blob,
    wakeAtMs: fc.option(count),
  }),
  fc.record({ kind: fc.constant('done' as const), result: blob }),
  fc.record({ kind: fc.constant('failed' as const), failure: blob }),
  fc.record({ kind: fc.constant('cancelled' as const), reason: blob }),
);
const lineage = fc.record({ store: id, generation: count });
const labels = fc
  .dictionary(text, text, { maxKeys: 4 })
  .map((made) => Object.entries(made).sort(([a], [b]) => (a < b ? -1 : 1)));
const runBytes = fc.record({
  sinceCheckpoint: count,
  checkpoint: count,
  deltas: count,
  output: count,
});
const fateState = fc.oneof(
  fc.record({ kind: fc.constant('pending' as const), notBeforeMs: count }),
  fc.record({
    kind: fc.constant('attempted' as const),
    attempt: count,
    startedMs: count,
    info: blob,
    ended: fc.option(fc.record({ atMs: count, info: blob })),
    notBeforeMs: count,
  }),
  fc.record({ kind: fc.constant('answered' as const), arrival: count }),
  fc.record({
    kind: fc.constant('abandoned' as const),
    sequence: count,
    arrival: fc.option(count),
  }),
);

/** A record kind with the records it is to carry. */
interface Case {
  readonly kind: RecordKind<never>;
  /** Writes and reads a random record of the kind, and compares. */
  readonly check: () => void;
}

function caseOf<Value>(kind: RecordKind<Value>, values: fc.Arbitrary<Value>): [string, Case] {
  const check = (): void => {
    fc.assert(
      fc.property(values, (value) => {
        const body = encode([kind.version, ...kind.write(value)]);
        const back = readBody(kind, makeKey('code', '0'.repeat(64)), body);
        expect(back).toEqual(value);
        expect(encode([kind.version, ...kind.write(back)])).toEqual(body);
      }),
      tries(),
    );
  };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- only `read` is used from it
  return [kind.table, { kind: kind as unknown as RecordKind<never>, check }];
}

const CASES: readonly [string, Case][] = [
  caseOf(
    records.STORE,
    fc.record({
      magic: fc.constant(records.STORE_MAGIC),
      format: count,
      id,
      generation: count,
      parent: fc.option(id),
      createdMs: count,
      home: text,
      keyCheck: fc.option(mac),
    }),
  ),
  caseOf(
    records.BIRTH,
    fc.record({
      program: hash,
      modules: fc.array(hash, { maxLength: 3 }),
      entry: text,
      input: blob,
      labels,
      createdMs: count,
      seed: blob,
      keyHash: fc.option(hash),
      lineage,
    }),
  ),
  caseOf(
    records.HEAD,
    fc.record({
      createdMs: count,
      status,
      statusSinceMs: count,
      sequence: count,
      epoch: count,
      driver: fc.option(text),
      lineage,
      updatedMs: count,
      mac,
      checkpoint: count,
      historyFrom: count,
      anchor: mac,
      deltasFrom: count,
      released: count,
      bytes: runBytes,
      lastEffect: fc.option(text),
      timers: fc.option(count),
    }),
  ),
  caseOf(
    records.LOG,
    fc.record({
      epoch: count,
      generation: count,
      atMs: count,
      deltaBytes: count,
      deltaDigest: mac,
      status,
      consumed: fc.array(fc.record({ arrival: count, effect: fc.option(id), digest: mac })),
      effects: fc.array(fc.record({ effect: id, kind: id, digest: mac })),
      abandoned: fc.array(id),
      timersSet: fc.array(fc.record({ timer: id, dueMs: count })),
      timersCleared: fc.array(id),
      output: text,
      events: blob,
      inputs: fc.option(blob),
      checkpoint: fc.option(fc.record({ sequence: count, digest: mac })),
    }),
  ),
  caseOf(records.DELTA, blob),
  caseOf(records.CHECKPOINT, fc.record({ bytes: count, digests: fc.array(mac) })),
  caseOf(
    records.EFFECT,
    fc.record({
      kind: id,
      request: blob,
      sequence: count,
      origin: id,
      dispatch: fc.boolean(),
      tokenHash: fc.option(hash),
    }),
  ),
  caseOf(records.FATE, fc.record({ kind: id, dispatch: fc.boolean(), state: fateState })),
  caseOf(
    records.ARRIVAL,
    fc
      .record({ atMs: count, effect: id, name: id, keyHash: fc.option(hash), body: blob })
      .chain((made) =>
        fc.constantFrom({ ...made, name: null }, { ...made, effect: null as string | null }),
      ),
  ),
  caseOf(records.UNREAD, fc.record({ effect: fc.option(id), digest: mac })),
  caseOf(records.TIMER, count),
  caseOf(records.TOKEN, fc.record({ run: id, effect: id, origin: id })),
  caseOf(records.CREATED, id),
  caseOf(records.SENT, count),
  caseOf(records.BORN, fc.constant(true as const)),
];

/** Plain data that looks like fields, but not always. */
const junk: fc.Arbitrary<Plain> = fc.letrec<{ any: Plain; list: Plain[] }>((tie) => ({
  any: fc.oneof(
    { depthSize: 'small' },
    fc.constant(null),
    fc.boolean(),
    fc.constantFrom(0, 1, 2, 3, 4, -1, 1.5, 2 ** 53),
    text,
    id,
    hash,
    blob,
    mac,
    tie('list'),
  ),
  list: fc.array(tie('any'), { maxLength: 6 }),
})).any;

describe('records', () => {
  test.each(CASES)('R1: %s records are read back', (_, { check }) => check());

  test.each(CASES)('R2: whatever is read as %s is a record or a typed error', (_, { kind }) => {
    const fields = fc.array(junk, { maxLength: 16 });
    const attempt = (body: Uint8Array): void => {
      try {
        const record = readBody(kind, 'head!run-1', body);
        const again = encode([kind.version, ...kind.write(record)]);
        if (body[1] === kind.version) expect(again).toEqual(body);
        else expect(readBody(kind, 'head!run-1', again)).toEqual(record);
      } catch (error) {
        if (!(error instanceof FlowError)) throw error;
        expect(error.code).toMatch(/^FLOW_STORE_(CORRUPT|VERSION)$/);
        if (error.code === 'FLOW_STORE_CORRUPT') {
          expect(error.details).toMatchObject({ table: 'head', key: 'head!run-1', run: 'run-1' });
          expect(error.details['field']).not.toBe('');
        }
      }
    };
    for (let version = 1; version <= kind.version; version++) {
      fc.assert(
        fc.property(fields, (values) => attempt(encode([version, ...values]))),
        tries(),
      );
    }
    const bytes = fc.uint8Array({ maxLength: 40 });
    fc.assert(
      fc.property(junk, (value) => attempt(encode(value))),
      tries(),
    );
    fc.assert(
      fc.property(bytes, (value) => attempt(value)),
      tries(),
    );
  });
});

test('M2: a value opens only under its own key, whole, and with its own seal', () => {
  const keyed = new Seal(bytes('0123456789abcdef'));
  const cases = fc.tuple(id, blob, fc.nat(), fc.integer({ min: 1, max: 255 }));
  for (const seal of [new Seal(null), keyed]) {
    fc.assert(
      fc.property(cases, ([name, body, at, mask]) => {
        const value = seal.close(`head!${name}`, body);
        expect(seal.open(`head!${name}`, value)).toEqual(Buffer.from(body));
        expect(() => seal.open(`head!${name}x`, value)).toThrow(/seal does not fit/);
        expect(() => seal.open(`head!${name}`, value.subarray(1))).toThrow(/seal does not fit/);
        const flipped = new Uint8Array(value);
        flipped[at % flipped.length] = (flipped[at % flipped.length] ?? 0) ^ mask;
        expect(() => seal.open(`head!${name}`, flipped)).toThrow(/seal does not fit/);
        const other = seal === keyed ? new Seal(null) : keyed;
        expect(() => other.open(`head!${name}`, value)).toThrow(/seal does not fit/);
      }),
    );
  }
});

/** Changes one thing somewhere inside. */
function mutate(value: Plain, path: readonly number[], into: Plain): Plain {
  const [step, ...rest] = path;
  if (value instanceof Uint8Array && path.length > 0) return mutateBytes(value, path, into);
  if (step === undefined || !isList(value) || value.length === 0) return into;
  const at = step % value.length;
  return value.map((item, i) => (i === at ? mutate(item, rest, into) : item));
}

/** The bodies of rows are encoded themselves: looks into them. */
function mutateBytes(value: Uint8Array, path: readonly number[], into: Plain): Plain {
  try {
    return encode(mutate(decode(value), path, into));
  } catch {
    return into;
  }
}

test('I1: a forged file, its MAC made anew, is whole or refused', async () => {
  const store = await openMemoryStore({ home: 'h', create: { id: 's1', atMs: 1 } });
  await fill(store);
  const file = await store.exportRun('run-1');
  const content = decode(file.subarray(8, file.length - MAC_BYTES));
  const path = fc.array(fc.nat(40), { minLength: 1, maxLength: 7 });
  let refusals = 0;
  await fc.assert(
    fc.asyncProperty(path, junk, async (steps, into) => {
      const body = encode(mutate(content, steps, into));
      const forged = Buffer.concat([
        file.subarray(0, 8),
        body,
        new Seal(null).mac('export', '', body),
      ]);
      const there = await openMemoryStore({ home: 'h', create: { id: 's2', atMs: 1 } });
      try {
        await there.importRun(forged);
      } catch (error) {
        if (!(error instanceof FlowError)) throw error;
        expect(error.code).toMatch(/^FLOW_EXPORT_(CORRUPT|VERSION)$|^FLOW_STORE_KEY$/);
        expect((await there.listRuns()).rows).toEqual([]);
        refusals++;
      }
      expect(await findings(there)).toEqual([]);
    }),
    tries(400),
  );
  expect(refusals).toBeGreaterThan(100);
});
