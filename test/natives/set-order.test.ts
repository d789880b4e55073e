// The order of sets of numbers, against CPython's (set-order.py wrote set-order.json).

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

import { List, Tuple } from '../../vm/values/collections.ts';
import { floatText } from '../../vm/values/float-text.ts';
import { SetObject } from '../../vm/values/set.ts';
import { Float, integer, type Value } from '../../vm/values/value.ts';
import { call } from './call.ts';

type Step = readonly [
  op: string,
  at: number,
  other: number,
  values: readonly string[],
  order: readonly string[],
];

const cases = JSON.parse(
  readFileSync(new URL('./set-order.json', import.meta.url), 'utf8'),
) as readonly (readonly Step[])[];

function number(text: string): Value {
  return /^-?\d+$/.test(text) ? integer(BigInt(text)) : new Float(Number(text));
}

function shown(value: Value): string {
  if (value instanceof Float) return floatText(value.value);
  return typeof value === 'number' || typeof value === 'bigint' ? value.toString() : '?';
}

/** What each operation is to the natives: the method, and what it is given. */
const METHODS: Readonly<Record<string, readonly [method: string, given: 'set' | 'list']>> = {
  update: ['set.update', 'set'],
  or: ['set.__or__', 'set'],
  and: ['set.__and__', 'set'],
  sub: ['set.__sub__', 'set'],
  xor: ['set.__xor__', 'set'],
  ior: ['set.__ior__', 'set'],
  iand: ['set.__iand__', 'set'],
  isub: ['set.__isub__', 'set'],
  ixor: ['set.__ixor__', 'set'],
  list_update: ['set.update', 'list'],
  list_and: ['set.intersection', 'list'],
  list_sub: ['set.difference', 'list'],
  list_xor: ['set.symmetric_difference', 'list'],
};

function setAt(sets: readonly SetObject[], at: number): SetObject {
  return sets[at] ?? new SetObject();
}

function perform(sets: SetObject[], [op, at, other, texts]: Step): void {
  const values = texts.map(number);
  const set = setAt(sets, at);
  const from = setAt(sets, other);
  switch (op) {
    case 'add':
      for (const value of values) call('set.add', set, value);
      return;
    case 'remove':
      for (const value of values) call('set.discard', set, value);
      return;
    case 'pop':
      if (set.size > 0) call('set.pop', set);
      return;
    case 'clear':
      call('set.clear', set);
      return;
    case 'new':
      sets[at] = call('set', new List(values)) as SetObject;
      return;
    case 'copy':
      sets[at] = call('set.copy', from) as SetObject;
      return;
    case 'frozen':
      sets[at] = call('set', call('frozenset', from)) as SetObject;
      return;
    default: {
      const [method, given] = METHODS[op] ?? ['', 'set'];
      const result = call(method, set, given === 'set' ? from : new List(values));
      if (result instanceof SetObject) sets[at] = result;
    }
  }
}

describe('sets of numbers iterate in CPython’s order', () => {
  for (const [number_, steps] of cases.entries()) {
    test(`case ${number_}`, () => {
      const sets = [new SetObject(), new SetObject(), new SetObject()];
      for (const [index, step] of steps.entries()) {
        perform(sets, step);
        const order = [...setAt(sets, step[1]).items()].map(shown);
        expect(order, `step ${index}: ${step[0]}`).toEqual(step[4]);
      }
    });
  }
});

test('an element whose hash CPython draws anew ends the table: insertion order from there', () => {
  const set = new SetObject();
  for (const item of [9, 3, 1, 'x', 2, 'a', 0]) set.add(item);
  expect([...set.items()]).toEqual([9, 3, 1, 'x', 2, 'a', 0]);
  set.removeAt(set.find('x') as number);
  set.add(5);
  expect([...set.items()]).toEqual([9, 3, 1, 2, 'a', 0, 5]);
});

test('a layout that is taken back goes on as it was', () => {
  const set = new SetObject();
  for (let i = 0; i < 40; i++) set.add((i * 7) % 50);
  for (let i = 0; i < 20; i++) set.pop();
  const copy = new SetObject();
  copy.restoreKeys([...set.keys], set.flow, set.layout());
  for (const each of [set, copy]) for (let i = 0; i < 30; i++) each.add(i * 11);
  expect([...copy.items()]).toEqual([...set.items()]);
  expect(copy.layout()).toEqual(set.layout());
  expect(new Tuple([...copy.items()]).items.length).toBe(copy.size);
});
