// Keys and key tables: what a Map finds is what Python calls equal.

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { Bytes, List, Range, Tuple } from '../../vm/values/collections.ts';
import { equals } from '../../vm/values/compare.ts';
import { Dict } from '../../vm/values/dict.ts';
import { hashValue } from '../../vm/values/hash.ts';
import { NEEDS_FLOW, UNHASHABLE, unhashableType } from '../../vm/values/keys.ts';
import { SetObject } from '../../vm/values/set.ts';
import { Instance, TypeObject } from '../../vm/values/type.ts';
import { types } from '../../vm/values/types.ts';
import { Float, integer, type Value } from '../../vm/values/value.ts';
import { registry } from './call.ts';
import { tries } from '../harness/fuzz.ts';

/** Keys that the host can compare, nested ones among them. */
const key: fc.Arbitrary<Value> = fc.letrec<{ key: Value }>((tie) => ({
  key: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom<Value>(null, true, false, '', 'a', 's1:a', '(1', 'n1;', 0, 1, -1),
    fc.integer({ min: -3, max: 3 }),
    fc.bigInt({ min: 2n ** 53n, max: 2n ** 53n + 3n }).map(integer),
    fc.constantFrom(-1, 0, -0, 1, 0.5, 2 ** 53, 2 ** 60, Infinity).map((n) => new Float(n)),
    fc.string({ maxLength: 3 }),
    fc.uint8Array({ maxLength: 2 }).map((bytes) => new Bytes(bytes)),
    fc.tuple(fc.nat(3), fc.nat(4), fc.constantFrom(1, 2, -1)).map((r) => new Range(...r)),
    fc.array(tie('key'), { maxLength: 3 }).map((items) => new Tuple(items)),
    fc.array(tie('key'), { maxLength: 3 }).map((items) => {
      const set = new SetObject(true);
      for (const item of items) set.add(item);
      return set;
    }),
  ),
})).key;

test('a dict finds a key exactly if it holds an equal one', () => {
  fc.assert(
    fc.property(fc.array(key, { maxLength: 12 }), key, (held, wanted) => {
      const dict = new Dict();
      for (const [i, each] of held.entries()) dict.set(each, i);
      const there = held.some((each) => equals(each, wanted) === true);
      expect((dict.find(wanted) as number) >= 0).toBe(there);
    }),
    tries(2000),
  );
});

test('equal keys have equal hashes', () => {
  fc.assert(
    fc.property(key, key, (a, b) => {
      if (equals(a, b) !== true) return;
      expect(hashValue(a, () => 0)).toBe(hashValue(b, () => 0));
    }),
    tries(2000),
  );
});

test('a tuple a hundred thousand deep is a key', () => {
  const nest = (): Value => {
    let value: Value = 'core';
    for (let i = 0; i < 100_000; i++) value = new Tuple([value, i]);
    return value;
  };
  const dict = new Dict();
  dict.set(nest(), 'found');
  expect(dict.get(nest())).toBe('found');
});

test('what makes a key unhashable is named', () => {
  const deep = new Tuple([1, new Tuple([2, new List([])])]);
  expect(new Dict().find(deep)).toBe(UNHASHABLE);
  expect(unhashableType(deep)).toBe(types.list);
  expect(unhashableType(new SetObject())).toBe(types.set);
});

describe('keys that only flow code can compare', () => {
  const cls = new TypeObject('Key', [types.object], 'object', false);
  cls.mro = [cls, types.object];
  cls.attrs.set('__eq__', registry.newestNative('list.append') ?? null);
  cls.attrs.set('__hash__', registry.newestNative('list.append') ?? null);
  const hashOf = (value: Value): number | bigint | undefined => {
    const hash = hashValue(value, () => 0);
    return hash === NEEDS_FLOW ? undefined : hash;
  };

  test('one such key leaves every miss to flow code, none leaves it to the host', () => {
    const dict = new Dict();
    const instance = new Instance(cls);
    dict.set('a', 1);
    expect(dict.find('b')).toBe(-1);
    expect(dict.find(instance)).toBe(NEEDS_FLOW);
    const at = dict.add(instance, 2, 7);
    expect([dict.find('a'), dict.find('b')]).toEqual([0, NEEDS_FLOW]);
    dict.removeAt(at);
    expect(dict.find('b')).toBe(-1);
  });

  test('candidates are the entries of a hash, whatever came and went', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom('flow', 'host', 'remove', 'look'), fc.nat(5)), {
          maxLength: 120,
        }),
        (steps) => {
          const dict = new Dict();
          const model = new Map<Value, number | bigint>();
          for (const [step, n] of steps) {
            if (step === 'flow') {
              const instance = new Instance(cls);
              dict.add(instance, n, n);
              model.set(instance, n);
            } else if (step === 'host') {
              if (dict.find(n) !== -1 && dict.find(n) !== NEEDS_FLOW) continue;
              dict.add(n, n);
              model.set(n, n);
            } else if (step === 'remove') {
              const at = dict.keys.findIndex((each, i) => each !== undefined && i % 6 >= n);
              if (at < 0) continue;
              model.delete(dict.keys[at] as Value);
              dict.removeAt(at);
            }
            const found = dict.candidates(n, hashOf).map((at) => dict.keys[at]);
            const wanted = [...model].filter(([, hash]) => hash === n).map(([each]) => each);
            expect(new Set(found)).toEqual(new Set(wanted));
            expect(found.length).toBe(wanted.length);
          }
          expect(dict.size).toBe(model.size);
        },
      ),
      tries(200),
    );
  });

  test('hashes are saved and come back', () => {
    const dict = new Dict();
    const instances = Array.from({ length: 50 }, () => new Instance(cls));
    for (const [i, each] of instances.entries()) dict.add(each, i, i % 5);
    for (let i = 0; i < 50; i += 2) dict.removeAt(i);
    for (let i = 0; i < 40; i++) dict.set(`k${i}`, i);
    for (let i = 0; i < 40; i++) if (dict.find(`k${i}`) === NEEDS_FLOW) dict.add(`k${i}`, i);
    const copy = new Dict();
    copy.restoreKeys([...dict.keys], dict.flow);
    expect(copy.candidates(3, hashOf)).toEqual(dict.candidates(3, hashOf));
    expect(copy.size).toBe(dict.size);
    expect(dict.copy().size).toBe(dict.size);
  });
});

test('a dict used as a queue or a stack stays small', () => {
  const dict = new Dict();
  for (let i = 0; i < 50_000; i++) {
    dict.set(i, i);
    if (i >= 10) dict.removeAt(dict.find(i - 10) as number);
  }
  expect(dict.size).toBe(10);
  expect(dict.keys.length).toBeLessThan(100);
  for (let i = 49_999; dict.size > 0; i--) dict.removeAt(dict.find(i) as number);
  expect(dict.keys.length).toBeLessThanOrEqual(32);
  for (let i = 0; i < 1000; i++) dict.set(i, i);
  for (let i = 999; dict.size > 0; i--) dict.removeAt(dict.find(i) as number);
  expect(dict.keys.length).toBeLessThanOrEqual(32);
});
