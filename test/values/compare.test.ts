// Comparing and hashing where the tables cannot reach: depth, sharing, cycles, classes.

import { describe, expect, test } from 'vitest';
import { List, Tuple } from '../../vm/values/collections.ts';
import { equals, equalsInside, identical, order, UNSUPPORTED } from '../../vm/values/compare.ts';
import { Dict } from '../../vm/values/dict.ts';
import { hashValue } from '../../vm/values/hash.ts';
import { DictView } from '../../vm/values/iterator.ts';
import { NEEDS_FLOW } from '../../vm/values/keys.ts';
import { SetObject } from '../../vm/values/set.ts';
import { types } from '../../vm/values/types.ts';
import { Float, type Value } from '../../vm/values/value.ts';
import { makeClass, makeInstance } from './classes.ts';
import { registry } from './harness.ts';

// Classes find the methods of their builtin bases only once the registry has put them there.
test('the natives are there', () => {
  expect(registry.newestNative('int.__eq__')).toBeDefined();
});

const list = (...items: Value[]): List => new List(items);
const tuple = (...items: Value[]): Tuple => new Tuple(items);

function dict(...pairs: [Value, Value][]): Dict {
  const made = new Dict();
  for (const [key, value] of pairs) made.set(key, value);
  return made;
}

function set(...items: Value[]): SetObject {
  const made = new SetObject();
  for (const item of items) made.add(item);
  return made;
}

function nested(depth: number, inner: Value): Value {
  let value = inner;
  for (let i = 0; i < depth; i++) value = list(value);
  return value;
}

const DEEP = /RecursionError/;

describe('depth', () => {
  test('900 lists inside one another are compared', () => {
    expect(equals(nested(900, 1), nested(900, 1))).toBe(true);
    expect(equals(nested(900, 1), nested(900, 2))).toBe(false);
    expect(order('<', nested(900, 1), nested(900, 2))).toBe(true);
  });

  test('100,000 are a RecursionError', () => {
    expect(() => equals(nested(100_000, 1), nested(100_000, 1))).toThrow(DEEP);
    expect(() => order('<', nested(100_000, 1), nested(100_000, 2))).toThrow(DEEP);
  });

  test('a list inside itself is one, too', () => {
    const [a, b] = [list(), list()];
    a.items.push(a);
    b.items.push(b);
    expect(equals(a, a)).toBe(true);
    expect(() => equals(a, b)).toThrow(DEEP);
    const [c, d] = [dict(), dict()];
    c.set('x', c);
    d.set('x', d);
    expect(() => equals(c, d)).toThrow(DEEP);
  });

  test('a tuple of any depth is hashed', () => {
    let deep: Value = 1;
    for (let i = 0; i < 100_000; i++) deep = tuple(deep);
    expect(typeof hashValue(deep, () => 0)).not.toBe('symbol');
  });
});

test('shared parts are compared once, not 2 ** 60 times', () => {
  const grow = (): Value => {
    let value: Value = list(1, new Float(2));
    for (let i = 0; i < 60; i++) value = list(value, value);
    return value;
  };
  const start = performance.now();
  expect(equals(grow(), grow())).toBe(true);
  expect(performance.now() - start).toBeLessThan(1000);
});

describe('identity', () => {
  const nan = new Float(NaN);

  test('a nan equals itself only inside', () => {
    expect(equals(nan, nan)).toBe(false);
    expect(equalsInside(nan, new Float(NaN))).toBe(true);
    expect(equals(list(nan), list(new Float(NaN)))).toBe(true);
    expect(equals(dict(['a', nan]), dict(['a', nan]))).toBe(true);
    expect(order('<=', list(nan), list(nan))).toBe(true);
  });

  test('is looks at the value of numbers, and at the sign of zero', () => {
    expect(identical(new Float(1), new Float(1))).toBe(true);
    expect(identical(new Float(0), new Float(-0))).toBe(false);
    expect(identical(1, new Float(1))).toBe(false);
    expect(identical(list(), list())).toBe(false);
  });
});

describe('classes written in flow', () => {
  const Own = makeClass('Own', types.object, '__eq__', '__lt__', '__hash__');
  const Bare = makeClass('Bare', types.object);
  const MyInt = makeClass('MyInt', types.int);
  const OddInt = makeClass('OddInt', types.int, '__eq__', '__gt__', '__hash__');
  const own = makeInstance(Own);
  const bare = makeInstance(Bare);

  test('an __eq__ of its own needs flow code, on either side and inside', () => {
    expect(equals(own, 1)).toBe(NEEDS_FLOW);
    expect(equals(1, own)).toBe(NEEDS_FLOW);
    expect(equals('a', own)).toBe(NEEDS_FLOW);
    expect(equals(list(1, own), list(1, 2))).toBe(NEEDS_FLOW);
    expect(equals(list(own), list(own))).toBe(true);
    expect(equals(list(1, own), list(2, own))).toBe(false);
    expect(equals(makeInstance(OddInt, 5), 5)).toBe(NEEDS_FLOW);
  });

  test('a class without one is compared by identity', () => {
    expect(equals(bare, bare)).toBe(true);
    expect(equals(bare, makeInstance(Bare))).toBe(false);
    expect(equals(bare, 1)).toBe(false);
    expect(order('<', bare, 1)).toBe(UNSUPPORTED);
  });

  test('a subclass that leaves it alone is compared as its base', () => {
    const five = makeInstance(MyInt, 5);
    expect(equals(five, 5)).toBe(true);
    expect(equals(new Float(5), five)).toBe(true);
    expect(order('<', five, 6)).toBe(true);
    expect(order('>=', list(five), list(4))).toBe(true);
    expect(hashValue(five, () => 0)).toBe(5);
  });

  test('an ordering of its own needs flow code; so does the reflected one', () => {
    expect(order('<', own, 1)).toBe(NEEDS_FLOW);
    expect(order('>', 1, own)).toBe(NEEDS_FLOW);
    expect(order('<', 1, makeInstance(OddInt, 5))).toBe(NEEDS_FLOW);
  });

  test('hashes', () => {
    expect(hashValue(own, () => 7)).toBe(NEEDS_FLOW);
    expect(hashValue(tuple(1, own), () => 7)).toBe(NEEDS_FLOW);
    expect(hashValue(bare, () => 7)).toBe(7);
    const Closed = makeClass('Closed', types.object, '__eq__');
    Closed.setAttr('__hash__', null);
    expect(() => hashValue(makeInstance(Closed), () => 7)).toThrow('TypeError');
  });
});

describe('pairs of different kinds', () => {
  test('no order, and an error that names the elements', () => {
    expect(order('<', 1, 'a')).toBe(UNSUPPORTED);
    expect(order('<', dict(), dict())).toBe(UNSUPPORTED);
    expect(order('<', list(1), tuple(1))).toBe(UNSUPPORTED);
    expect(() => order('<', list(1, null), list(1, 'a'))).toThrow('TypeError');
  });

  test('views of dicts are like sets', () => {
    const d = dict(['a', 1], ['b', 2]);
    const keys = new DictView('keys', d);
    const items = new DictView('items', d);
    expect(equals(keys, set('b', 'a'))).toBe(true);
    expect(order('<', set('a'), keys)).toBe(true);
    expect(order('>', keys, set('a', 'b'))).toBe(false);
    expect(equals(items, new DictView('items', dict(['b', 2], ['a', new Float(1)])))).toBe(true);
    expect(equals(items, set(tuple('a', 1), tuple('b', 2)))).toBe(true);
    expect(order('<=', set(tuple('a', 1)), items)).toBe(true);
    expect(equals(new DictView('values', d), new DictView('values', d))).toBe(false);
  });
});
