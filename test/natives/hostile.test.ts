// Natives under bytecode that calls them with anything (L7): each answers with
// a value, leaves the call to its twin, or raises. None throws a host error.

import { describe, expect, test } from 'vitest';

import { Bytes, List, Range, Slice, Tuple } from '../../vm/values/collections.ts';
import { ELLIPSIS, NOT_IMPLEMENTED } from '../../vm/values/constants.ts';
import { Dict } from '../../vm/values/dict.ts';
import { makeException, Raised } from '../../vm/values/exception.ts';
import { iteratorOf } from '../../vm/values/iterate.ts';
import { DictView, ITERATOR_KINDS, NativeIterator } from '../../vm/values/iterator.ts';
import { SetObject } from '../../vm/values/set.ts';
import { Instance, TypeObject } from '../../vm/values/type.ts';
import { types } from '../../vm/values/types.ts';
import { Float, type Slot, type Value } from '../../vm/values/value.ts';
import { BoundMethod, MethodWrapper, PropertyObject } from '../../vm/machine/function.ts';
import { context, registry, rows } from './call.ts';

/** Numbers that repeat: a failing seed is a failing test. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return (state >>> 8) / 2 ** 24;
  };
}

function subclass(name: string, of: TypeObject): TypeObject {
  const type = new TypeObject(name, [of], of.layout, false);
  type.mro = [type, ...of.mro];
  return type;
}

function instance(of: TypeObject, base: Value): Instance {
  const made = new Instance(subclass('Sub', of));
  made.base = base;
  return made;
}

/** New values each time, since natives change what they are given. */
function pool(): Value[] {
  const list = new List([1, 'a', null]);
  const dict = new Dict();
  dict.set('a', 1);
  dict.set(2, list);
  const set = new SetObject();
  set.add(1);
  set.add('a');
  const frozen = new SetObject(true);
  frozen.add(3);
  const flowKeyed = new SetObject();
  const cls = subclass('Key', types.object);
  cls.attrs.set('__eq__', new BoundMethod(null, null));
  flowKeyed.addNew(new Instance(cls), 7);
  const native = registry.newestNative('list.append') ?? null;
  return [
    null,
    true,
    0,
    -1,
    7,
    2 ** 53 - 1,
    2n ** 70n,
    -(2n ** 65n),
    new Float(1.5),
    new Float(Number.NaN),
    '',
    'abc',
    '__len__',
    '😀x',
    list,
    new List([]),
    new Tuple([]),
    new Tuple([1, list]),
    new Tuple([new Tuple(['k', 1])]),
    dict,
    set,
    frozen,
    flowKeyed,
    new Range(0, 10, 3),
    new Range(0, 2n ** 80n, 1),
    new Slice(1, null, 2),
    new Slice('x', list, 0),
    new Bytes(Uint8Array.of(1, 2)),
    new DictView('items', dict),
    new DictView('keys', dict),
    iteratorOf(list) ?? null,
    new NativeIterator(ITERATOR_KINDS.zip[0], null, 0, new Tuple([1])),
    new NativeIterator(ITERATOR_KINDS.enumerate[0], null, 0, null),
    instance(types.list, new List([1])),
    instance(types.dict, dict),
    instance(types.int, 5),
    instance(types.tuple, new Tuple([1])),
    new Instance(cls),
    new Instance(types.enumerate),
    types.int,
    types.list,
    types.type,
    types.OSError,
    cls,
    makeException(types.ValueError, 1, 'two'),
    makeException(types.OSError, 2, 'no'),
    NOT_IMPLEMENTED,
    ELLIPSIS,
    native,
    new BoundMethod(list, native),
    new MethodWrapper('class', native),
    new PropertyObject(null, null, null, null),
  ];
}

const TRIES = 300;

describe('natives take anything', () => {
  for (const [seed, row] of rows.entries()) {
    test(`${row.name}(${row.signature})`, () => {
      const next = random(seed + 1);
      const native = registry.native(`${row.name}@${row.version}`);
      for (let i = 0; i < TRIES; i++) {
        const values = pool();
        const pick = (): Value => values[Math.floor(next() * values.length)] ?? null;
        const bound: Slot[] = (native?.parameters ?? []).map(({ kind, fallback }) => {
          if (kind === 'varargs') {
            return new Tuple(Array.from({ length: Math.floor(next() * 4) }, pick));
          }
          if (kind === 'varkeywords') {
            const others = new Dict();
            if (next() < 0.3) others.set('name', pick());
            return others;
          }
          return fallback !== undefined && next() < 0.3 ? fallback.value : pick();
        });
        try {
          row.run(context, ...bound);
        } catch (problem) {
          expect(problem, `try ${i}`).toBeInstanceOf(Raised);
        }
      }
    });
  }
});
