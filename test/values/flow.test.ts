// Where only flow code can go on: natives decline, and formatting asks.

import { describe, expect, test } from 'vitest';
import { Bytes, List, Tuple } from '../../vm/values/collections.ts';
import { Dict } from '../../vm/values/dict.ts';
import { formatFields } from '../../vm/values/format-spec-fields.ts';
import { percentBytes, percentText } from '../../vm/values/percent-format.ts';
import { Asked } from '../../vm/values/plain-asked.ts';
import { Instance } from '../../vm/values/type.ts';
import { types } from '../../vm/values/types.ts';
import { Float, type Value } from '../../vm/values/value.ts';
import { DECLINED } from '../../vm/machine/native.ts';
import { makeClass, makeInstance } from './classes.ts';
import { callNative, registry, show } from './harness.ts';

const index = makeInstance(makeClass('Index', types.object, '__index__'));
const shown = makeInstance(makeClass('Shown', types.object, '__str__', '__repr__', '__format__'));
const number = makeInstance(makeClass('Number', types.object, '__int__', '__float__'));
const text = makeInstance(makeClass('Text', types.str), 'ab');
const int = makeInstance(makeClass('Int', types.int), 5);
const bare = makeInstance(makeClass('Bare', types.object));

describe('natives decline', () => {
  test.each<[string, Value[]]>([
    ['str.center', ['a', index]],
    ['str.find', ['a', 'a', index]],
    ['str.split', ['a', null, index]],
    ['str.__getitem__', ['abc', index]],
    ['str.__mul__', ['a', index]],
    ['str.__mod__', ['%s', shown]],
    ['str.__mod__', ['%d', number]],
    ['str.__mod__', ['%s', new List([])]],
    ['str.__new__', [types.str, shown]],
    ['int.__new__', [types.int, number]],
    ['int.__new__', [types.int, index]],
    ['float.__new__', [types.float, number]],
    ['bool.__new__', [types.bool, makeInstance(makeClass('Truth', types.object, '__bool__'))]],
    ['bytes.__new__', [types.bytes, index]],
    ['bytes.__new__', [types.bytes, new List([index])]],
    ['bytes.find', [new Bytes(new Uint8Array(1)), index]],
    ['math.sqrt', [number]],
    ['math.gcd', [index]],
    ['math.floor', [makeInstance(makeClass('Floor', types.object, '__floor__'))]],
    ['math.prod', [new List([1, 'a'])]],
    ['int.__round__', [5, index]],
  ])('%s', (name, args) => {
    expect(callNative(name, args)).toBe(DECLINED);
  });

  test('every row that declines names its twin', () => {
    const twins = ['str.center', 'int.__new__', 'bytes.hex', 'math.sqrt', 'str.format'];
    for (const name of twins) expect(registry.newestNative(name)?.row.twin).toMatch(/^_\w+$/);
    expect(registry.newestNative('str.upper')?.row.twin).toBe(null);
  });
});

describe('instances of subclasses are taken as what they are made of', () => {
  test.each<[string, Value[], string]>([
    ['str.find', ['xab', text], '1'],
    ['str.join', [',', new List([text, 'c'])], "'ab,c'"],
    ['str.upper', [text], "'AB'"],
    ['str.__add__', ['x', text], "'xab'"],
    ['str.center', ['a', int, '*'], "'**a**'"],
    ['int.__add__', [int, 1], '6'],
    ['int.__new__', [types.int, int], '5'],
    ['float.__add__', [new Float(0.5), int], '5.5'],
    ['str.__mod__', ['%d %s', new Tuple([int, text])], "'5 ab'"],
    ['math.sqrt', [makeInstance(makeClass('Real', types.float), new Float(4))], '2.0'],
    ['str.__eq__', [text, 'ab'], 'True'],
  ])('%s %#', (name, args, result) => {
    const found = callNative(name, args);
    expect(typeof found === 'symbol' ? found : show(found)).toBe(result);
  });

  test('a subclass is made around the plain value', () => {
    const made = callNative('int.__new__', [int.cls, '12']);
    expect(made).toBeInstanceOf(Instance);
    expect((made as Instance).cls).toBe(int.cls);
    expect((made as Instance).base).toBe(12);
    expect(callNative('int.from_bytes', [int.cls, new Bytes(new Uint8Array(1))])).toBe(DECLINED);
  });
});

/** Asks on until there is a text, answering with what `answer` gives. */
function finish(
  step: (answers: Value[]) => string | Uint8Array | Asked,
  answer: (asked: Asked) => Value,
): { result: string | Uint8Array; asked: string[] } {
  const answers: Value[] = [];
  const asked: string[] = [];
  for (;;) {
    const result = step(answers);
    if (!(result instanceof Asked)) return { result, asked };
    asked.push(result.question);
    answers.push(answer(result));
  }
}

describe('formatting asks, and goes on from the answers', () => {
  test('%', () => {
    const args = new Tuple([shown, shown, 7, number, index, number]);
    const { result, asked } = finish(
      (answers) => percentText('%s|%5r|%d|%d|%x|%.1f', args, answers),
      ({ question }) =>
        ({ str: 'S', repr: 'R', int: 8, index: 255 })[question as 'str'] ?? new Float(0.25),
    );
    expect(result).toBe('S|    R|7|8|ff|0.2');
    expect(asked).toEqual(['str', 'repr', 'int', 'index', 'float']);
  });

  test('% with a mapping of its own', () => {
    const mapping = makeInstance(makeClass('Mapping', types.object, '__getitem__'));
    const { result, asked } = finish(
      (answers) => percentText('%(a)s-%(b)s', mapping, answers),
      ({ key }) => `<${typeof key === 'string' ? key : '?'}>`,
    );
    expect(result).toBe('<a>-<b>');
    expect(asked).toEqual(['item', 'item']);
  });

  test('% of bytes', () => {
    const own = makeInstance(makeClass('Own', types.object, '__bytes__'));
    const { result } = finish(
      (answers) => percentBytes(Buffer.from('<%b>'), own, answers),
      () => new Bytes(Buffer.from('xy')),
    );
    expect(Buffer.from(result as Uint8Array).toString()).toBe('<xy>');
  });

  test('str.format', () => {
    const named = new Dict();
    named.set('k', bare);
    const { result, asked } = finish(
      (answers) =>
        formatFields('{0} {0!r:>4} {k.x[3]} {1:{0.w}}', { positional: [shown, 9], named }, answers),
      ({ question, key }) => {
        if (question === 'attribute') return key === 'w' ? 4 : 'attr';
        return question === 'repr' ? 'R' : 'F';
      },
    );
    expect(result).toBe('F    R r    9');
    expect(asked).toEqual(['format', 'repr', 'attribute', 'attribute']);
  });

  test('a mistake late in the text comes after what is asked before it', () => {
    const step = (answers: Value[]): string | Asked =>
      formatFields('{} {', { positional: [shown], named: new Dict() }, answers);
    expect(step([])).toBeInstanceOf(Asked);
    expect(() => step(['F'])).toThrow('ValueError');
  });

  test('_parse_format gives the pieces', () => {
    const pieces = callNative('_parse_format', ['a{0.b!r:>{w}}c{{d']);
    expect(typeof pieces === 'symbol' ? '' : show(pieces)).toBe(
      "[('a', '0.b', '>{w}', 'r'), ('c{', None, None, None), ('d', None, None, None)]",
    );
  });
});
