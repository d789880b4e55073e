// Values and objects: what is written comes back, and is written the same again.

import { Buffer } from 'node:buffer';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { FunctionObject } from '../../vm/machine/function.ts';
import {
  BoundMethod,
  MethodWrapper,
  PropertyObject,
  SuperObject,
} from '../../vm/machine/function.ts';
import type { Machine } from '../../vm/machine/machine.ts';
import {
  ByteArray,
  Bytes,
  Cell,
  List,
  PAGE_BYTES,
  Range,
  Slice,
  Tuple,
} from '../../vm/values/collections.ts';
import { ELLIPSIS, NOT_IMPLEMENTED } from '../../vm/values/constants.ts';
import { Dict } from '../../vm/values/dict.ts';
import { ExceptionObject, makeException } from '../../vm/values/exception.ts';
import type { HeapObject } from '../../vm/values/heap.ts';
import { advance, iteratorOf } from '../../vm/values/iterate.ts';
import { DictView, NativeIterator } from '../../vm/values/iterator.ts';
import { SetObject } from '../../vm/values/set.ts';
import { Instance, TypeObject } from '../../vm/values/type.ts';
import { types } from '../../vm/values/types.ts';
import { Float, integer, type Slot, type Value } from '../../vm/values/value.ts';
import { findUnsaved } from '../../vm/snapshot/check.ts';
import { globalNamed, heldOf, hold, newHeld, plainOf, restoreHeld } from './held.ts';
import { chunksOf, encodeDelta } from './programs.ts';

/** Write a state, restore it, see that it is written alike, and give the restored one. */
function moved(machine: Machine, ...before: Uint8Array[]): Machine {
  const deltas = [...before, encodeDelta(machine)];
  expect(findUnsaved(machine, { checkpoint: [], deltas })).toBe(null);
  const checkpoint = chunksOf(machine);
  const copy = restoreHeld({ checkpoint, deltas: [] });
  expect(Buffer.concat(chunksOf(copy)).equals(Buffer.concat(checkpoint))).toBe(true);
  return copy;
}

/** The values as they come back. */
function sent(...values: Slot[]): readonly Slot[] {
  const machine = newHeld();
  hold(machine, ...values);
  return heldOf(moved(machine)).items;
}

function one(value: Slot): Slot {
  return sent(value)[0];
}

describe('plain values', () => {
  test('None, bools, ints of every size, floats that look like ints, strs', () => {
    const values: Value[] = [
      null,
      true,
      false,
      ...[0, 1, -1, 127, 128, 2 ** 31, 2 ** 32, -(2 ** 40), Number.MAX_SAFE_INTEGER],
      -Number.MAX_SAFE_INTEGER,
      ...[2n ** 53n, -(2n ** 53n), 2n ** 64n, -(10n ** 100n), 1n << 5000n],
      ...[0.5, 1, -1, 0, -0, 2 ** 53, 1e300, Infinity, -Infinity, NaN].map((x) => new Float(x)),
      ...['', 'a', 'é', '\u{1f600}', '\ud800', 'x\udc00y', '\ufeff', 'a'.repeat(256)],
    ];
    expect(sent(...values).map(plainOf)).toEqual(values.map(plainOf));
  });

  test('any int, float and str', () => {
    const value = fc.oneof(
      fc.bigInt().map(integer),
      fc.double().map((x) => new Float(x)),
      fc.maxSafeInteger(),
      fc.string({ unit: 'binary' }),
      fc.array(fc.integer({ min: 0xd700, max: 0xe100 })).map((u) => String.fromCharCode(...u)),
    );
    fc.assert(
      fc.property(fc.array(value), (values) => {
        expect(sent(...values).map(plainOf)).toEqual(values.map(plainOf));
      }),
      { numRuns: 60 },
    );
  });

  test('strs of every length around a page, with halves of pairs at its edge', () => {
    const lengths = [255, 256, 257, 4095, 4096, 4097, 8191, 8192, 8193, 20_000];
    const texts = lengths.flatMap((length) => [
      'x'.repeat(length),
      'é'.repeat(length),
      `${'y'.repeat(length - 1)}\u{1f600}z`,
      '\ud800'.repeat(length),
    ]);
    expect(sent(...texts)).toEqual(texts);
  });
});

describe('objects', () => {
  test('lists, tuples and what is in them, shared and in circles', () => {
    const list = new List([1]);
    const tuple = new Tuple([list, list, 'x']);
    list.items.push(list, tuple);
    const [a, b] = sent(list, tuple) as [List, Tuple];
    expect(b.items[0]).toBe(a);
    expect(b.items[1]).toBe(a);
    expect(a.items[1]).toBe(a);
    expect(a.items[2]).toBe(b);
  });

  test('a list 100,000 deep', () => {
    let list = new List([]);
    for (let i = 0; i < 100_000; i++) list = new List([list]);
    let back = one(list) as List;
    let depth = 0;
    for (; back.items.length > 0; depth++) back = back.items[0] as List;
    expect(depth).toBe(100_000);
  });

  test.each([0, 1, 127, 128, 129, 256, 257, 1000])('collections of %i', (count) => {
    const items = Array.from({ length: count }, (_, i) => i);
    const dict = new Dict();
    const set = new SetObject();
    for (const i of items) {
      dict.set(`k${i}`, i);
      set.add(i);
    }
    const values = sent(new List([...items]), new Tuple([...items]), dict, set, set.copy(true));
    const [list, tuple, d, s, f] = values as [List, Tuple, Dict, SetObject, SetObject];
    expect(list.items).toEqual(items);
    expect(tuple.items).toEqual(items);
    expect([...d.entries()]).toEqual(items.map((i) => [`k${i}`, i]));
    expect(count === 0 ? undefined : d.getText(`k${count - 1}`)).toBe(items.at(-1));
    expect([...s.items()]).toEqual([...set.items()]);
    expect(s.layout()).toEqual(set.layout());
    expect(f.isFrozen).toBe(true);
    for (const i of items) expect(s.find(i)).toBe(set.find(i));
  });

  test('holes of dicts stay where they are', () => {
    const dict = new Dict();
    for (let i = 0; i < 300; i++) dict.set(i, `v${i}`);
    for (let i = 0; i < 299; i++) if (i % 7 !== 0 || i > 200) dict.removeAt(dict.find(i) as number);
    const back = one(dict) as Dict;
    expect(back.keys).toEqual(dict.keys);
    expect(back.values).toEqual(dict.values);
    expect(back.size).toBe(dict.size);
    expect(back.get(7)).toBe('v7');
    expect(back.get(8)).toBeUndefined();
  });

  test('keys of every kind are found again, those hashed by flow code by their hash', () => {
    const machine = newHeld();
    const key = new Instance(globalNamed(machine, 'Key') as TypeObject);
    const point = new Instance(globalNamed(machine, 'Point') as TypeObject);
    const frozen = new SetObject(true);
    frozen.add(1);
    const keys: Value[] = [
      ...[1, 'one', new Float(1.5), null, 2n ** 70n, new Bytes(Uint8Array.of(1)), point],
      new Tuple([1, new Tuple(['x', frozen])]),
      frozen,
      new Range(0, 10, 3),
    ];
    const dict = new Dict();
    for (const [i, each] of keys.entries()) expect(dict.set(each, i)).toBe(false);
    dict.add(key, 'hashed', 7);
    hold(machine, dict, point, frozen);
    const [back, samePoint, sameFrozen] = heldOf(moved(machine)).items as [Dict, Value, Value];
    expect(back.flow).toEqual(new Map([[keys.length, 7]]));
    const found = keys.map((each) =>
      back.find(each === point ? samePoint : each === frozen ? sameFrozen : each),
    );
    expect(found.slice(0, 6)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(back.find(samePoint)).toBe(6);
    expect(back.find(new Tuple([1, new Tuple(['x', sameFrozen])]))).toBe(7);
    expect(back.find(sameFrozen)).toBe(8);
    expect(back.find(new Range(0, 12, 3))).toBe(9);
  });

  test('bytes and bytearrays', () => {
    for (const length of [0, 1, PAGE_BYTES, PAGE_BYTES + 1, 3 * PAGE_BYTES + 7]) {
      const bytes = Uint8Array.from({ length }, (_, i) => i * 7);
      const [a, b] = sent(new Bytes(bytes), new ByteArray(bytes.slice())) as [Bytes, ByteArray];
      expect(a.bytes).toEqual(bytes);
      expect(b.bytes).toEqual(bytes);
    }
  });

  test('ranges, slices, cells', () => {
    const values = sent(
      new Range(0, 10, 3),
      new Range(2n ** 70n, 0, -(2n ** 60n)),
      new Slice(null, 5, 'x'),
      new Cell(undefined),
      new Cell(3),
    );
    const [range, big, slice, empty, cell] = values as [Range, Range, Slice, Cell, Cell];
    expect([range.start, range.stop, range.step, range.length]).toEqual([0, 10, 3, 4]);
    expect([big.start, big.step, big.length]).toEqual([2n ** 70n, -(2n ** 60n), 1024]);
    expect([slice.start, slice.stop, slice.step]).toEqual([null, 5, 'x']);
    expect(empty.value).toBeUndefined();
    expect(cell.value).toBe(3);
  });

  test('instances: attributes in order, unset slots, bases, dicts', () => {
    const machine = newHeld();
    const cls = globalNamed(machine, 'Point') as TypeObject;
    const plain = new Instance(cls);
    for (const name of ['y', 'x', 'self']) plain.setOwn(name, name === 'self' ? plain : name);
    const based = new Instance(cls);
    based.base = new List([1, 2]);
    based.setOwn('x', 1);
    const dicted = new Instance(cls);
    dicted.dict = new Dict();
    dicted.dict.set('a', 1);
    hold(machine, plain, based, dicted);
    const items = heldOf(moved(machine)).items as Instance[];
    const [a, b, c] = items as [Instance, Instance, Instance];
    expect(a.ownNames()).toEqual(['y', 'x', 'self']);
    expect(a.getOwn('self')).toBe(a);
    expect(a.shape).toBe(a.cls.rootShape.with('y').with('x').with('self'));
    expect((b.base as List).items).toEqual([1, 2]);
    expect(b.getOwn('x')).toBe(1);
    expect(c.getOwn('a')).toBe(1);
    expect(a.cls).toBe(b.cls);
    expect(a.cls.name).toBe('Point');
  });

  test('classes: bases, order, attributes in order, metaclass', () => {
    const machine = newHeld();
    const parent = globalNamed(machine, 'Point') as TypeObject;
    const meta = new TypeObject('Meta', [types.type], 'type', false);
    meta.mro = [meta, types.type, types.object];
    const child = new TypeObject('Child', [parent, types.list], 'list', false, new Map(), meta);
    child.mro = [child, parent, types.list, types.object];
    child.qualname = 'outer.<locals>.Child';
    for (const name of ['z', 'a', 'm']) child.setAttr(name, name === 'm' ? child : name);
    hold(machine, child);
    const back = heldOf(moved(machine)).items[0] as TypeObject;
    expect([back.name, back.qualname, back.layout]).toEqual(['Child', child.qualname, 'list']);
    expect(back.mro.map(({ name }) => name)).toEqual(['Child', 'Point', 'list', 'object']);
    expect([...back.attrs.keys()]).toEqual(['z', 'a', 'm']);
    expect(back.attrs.get('m')).toBe(back);
    expect(back.meta?.name).toBe('Meta');
    expect(back.lookup('append')).toBe(types.list.lookup('append'));
  });

  test('exceptions with all that hangs on them', () => {
    const cause = makeException(types.ValueError, 'v');
    const error = new ExceptionObject(types.KeyError, new Tuple(['k']));
    error.cause = cause;
    error.context = error;
    error.suppressContext = true;
    error.setOwn('__notes__', new List(['a note']));
    const main = newHeld().state.modules.get('__main__');
    error.trace.push({ module: main?.unit.hash ?? '', function: 0, pc: 0 });
    const back = one(error) as ExceptionObject;
    expect(back.cls).toBe(types.KeyError);
    expect(back.args.items).toEqual(['k']);
    expect(back.cause?.args.items).toEqual(['v']);
    expect(back.context).toBe(back);
    expect(back.suppressContext).toBe(true);
    expect((back.getOwn('__notes__') as List).items).toEqual(['a note']);
    expect(back.trace).toEqual(error.trace);
  });

  test('iterators go on where they were', () => {
    const dict = new Dict();
    for (const key of ['a', 'b', 'c']) dict.set(key, 1);
    const sources: Value[] = [
      new List([1, 2, 3]),
      new Tuple([1, 2, 3]),
      'a\u{1f600}b',
      new Bytes(Uint8Array.of(1, 2, 3)),
      new Range(5, 50, 5),
      dict,
      new DictView('items', dict),
    ];
    const iterators = sources.map((source) => iteratorOf(source) as NativeIterator);
    for (const each of iterators) advance(each);
    const done = iteratorOf(new List([])) as NativeIterator;
    advance(done);
    const nested = new NativeIterator(11, null, 5, new NativeIterator(1, new List([7]), 0, null));
    const backs = sent(...iterators, done, nested) as NativeIterator[];
    const expected = iterators.map((each) => plainOf(advance(each)));
    expect(backs.slice(0, -2).map((each) => plainOf(advance(each)))).toEqual(expected);
    expect(advance(backs.at(-2) as NativeIterator)).toBeUndefined();
    expect((advance(backs.at(-1) as NativeIterator) as Tuple).items).toEqual([5, 7]);
  });

  test('functions, methods, properties and their kin', () => {
    const machine = newHeld();
    const make = globalNamed(machine, 'make') as FunctionObject;
    make.attrs = new Dict();
    make.attrs.set('note', 1);
    make.name = 'renamed';
    make.defaults = new Tuple([1]);
    make.touch();
    const cls = globalNamed(machine, 'Point') as TypeObject;
    hold(
      machine,
      make,
      new BoundMethod(1, make),
      new PropertyObject(make, null, null, 'doc'),
      new MethodWrapper('class', make),
      new SuperObject(cls, cls, cls),
    );
    const back = heldOf(moved(machine)).items;
    const [fn, bound, property, wrapper, found] = back as [
      FunctionObject,
      BoundMethod,
      PropertyObject,
      MethodWrapper,
      SuperObject,
    ];
    expect(fn.code).toBe(make.code);
    expect([fn.name, fn.qualname]).toEqual(['renamed', 'make']);
    expect(fn.attrs?.getText('note')).toBe(1);
    expect(fn.defaults?.items).toEqual([1]);
    expect([bound.self, bound.callable]).toEqual([1, fn]);
    expect([property.getter, property.setter, property.doc]).toEqual([fn, null, 'doc']);
    expect([wrapper.kind, wrapper.callable]).toEqual(['class', fn]);
    expect(found.cls.name).toBe('Point');
    expect(found.selfType).toBe(found.cls);
  });

  test('what belongs to the code is the same object afterwards', () => {
    const machine = newHeld();
    const natives = ['len@1', 'print@1'].map((key) => machine.registry.native(key) as HeapObject);
    const prelude = machine.prelude('_truth');
    const values: Value[] = [types.int, types.KeyError, ELLIPSIS, NOT_IMPLEMENTED, prelude];
    hold(machine, ...natives, ...values);
    const back = heldOf(moved(machine)).items;
    for (const [i, value] of [...natives, ...values].entries()) expect(back[i]).toBe(value);
  });

  test('what id() has given stays, to objects of the run and of the code', () => {
    const machine = newHeld();
    const list = new List([]);
    hold(machine, list, types.int);
    const first = machine.idOf(list);
    const before = encodeDelta(machine);
    const held = heldOf(machine);
    const second = machine.idOf(held);
    const third = machine.idOf(types.int);
    const copy = moved(machine, before);
    expect(copy.idOf(heldOf(copy).items[0] ?? null)).toBe(first);
    expect(copy.idOf(heldOf(copy))).toBe(second);
    expect(copy.idOf(types.int)).toBe(third);
    expect(new Set([first, second, third]).size).toBe(3);
    expect(copy.idOf(new List([]))).toBe(machine.idOf(new List([])));
  });
});

describe('graphs', () => {
  /** Lists and dicts that refer to one another in any way. */
  const graph = fc
    .integer({ min: 1, max: 30 })
    .chain((size) =>
      fc.array(fc.array(fc.nat(size - 1), { maxLength: 6 }), { minLength: size, maxLength: size }),
    );

  test('any graph comes back with the same shape', () => {
    fc.assert(
      fc.property(graph, (edges) => {
        const nodes = edges.map(() => new List([]));
        for (const [i, node] of nodes.entries()) {
          node.items = (edges[i] ?? []).map((at) => nodes[at] ?? null);
        }
        const root = one(new List([...nodes])) as List;
        const backs = root.items as List[];
        expect(backs.map((back) => back.items.map((each) => backs.indexOf(each as List)))).toEqual(
          edges,
        );
      }),
      { numRuns: 100 },
    );
  });
});
