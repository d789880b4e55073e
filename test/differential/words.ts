// The smallest pieces of generated programs: literals of each sort, and bits of format texts.
//
// They are chosen for their corners: zero, the edges of 64 bits and of exact doubles, texts with
// characters of every width.

import type { Random } from './random.ts';
import { LIBRARY_LITERALS, LIBRARY_PIECES } from './words-library.ts';

const INTS = [
  ...['0', '1', '2', '3', '5', '7', '10', '(-1)', '(-2)', '(-7)', '255', '256', '1000', '97'],
  ...['2147483648', '4294967295', '9007199254740991', '9007199254740993', '(-9007199254740992)'],
  ...['9223372036854775807', '(-9223372036854775808)', '18446744073709551616'],
  ...['1000000007', '0xff', '0b1011', '0o17', '1_000', '123456789012345678901234567890'],
];

const FLOATS = [
  ...['0.0', '(-0.0)', '1.0', '0.5', '1.5', '2.5', '(-2.5)', '0.1', '3.14', '100.0', '1e16'],
  ...['1e22', '1e-7', '1.7976931348623157e308', '5e-324', '123456.789', '1e100', '0.001'],
  ...["float('inf')", "float('-inf')", "float('nan')", '9007199254740993.0', '1e15', '.5', '3.'],
];

const STRS = [
  ...["''", "'a'", "'ab'", "'abc'", "'Hello'", "'hello world'", "' x '", "'12'", "'-7'", "'3.5'"],
  ...["'a,b,,c'", "'aXbX'", "'tab\\there'", "'line\\nend'", "'é'", "'ß'", "'日本'", "'😀x'", "'ǆ'"],
  ...["'aaa'", "'ABC'", "'%d'", "'{}'", "'0x1f'", "'1_0'", "'\\x00'", "'i̇'", "'٣'"],
  ...["'it\\'s'", "'\"'", "'\\\\'", "'nan'", "'1e5'", "','", "' '", "'utf-8'", "'ascii'", "'b'"],
];

const BYTES = [
  ...["b''", "b'a'", "b'abc'", "b'Hello'", "b' x '", "b'\\x00\\xff'", "b'a,b,c'", "b'12'", "b','"],
  ...["b'\\xc3\\xa9'", "b'aaa'", "b'it\\'s'", "b'\\n\\t'", "b'\\xf0\\x9f\\x98\\x80'", "b'ABC xyz'"],
];

const OTHERS: Readonly<Record<string, readonly string[]>> = {
  ...LIBRARY_LITERALS,
  int: INTS,
  float: FLOATS,
  bool: ['True', 'False'],
  str: STRS,
  bytes: BYTES,
  bytearray: BYTES.map((text) => `bytearray(${text})`),
  list: ['[]', '[1]', '[1, 2, 3]', "['a', 1, None]", '[[1], [2, 3]]', '[0.5, 1, True]', '[(1, 2)]'],
  ints: ['[]', '[3, 1, 2]', '[0]', '[1, 1, 2]', '[5, -1, 300]', '[97, 98]', '[2, 7, 1, 8, 2, 8]'],
  strs: ['[]', "['b', 'a']", "['x', 'yy', 'zzz']", "['a', 'B', 'c']", "['é', '']", "['1', '22']"],
  pairs: ['[]', "[('a', 1), ('b', 2)]", '[(1, 2), (3, 4)]', "['ab', 'cd']", '[(1, 2, 3)]'],
  tuple: ['()', '(1,)', '(1, 2)', "(1, 'a', None)", '(1, 2, 3)', '((1, 2), 3)', "('a', 2.5)"],
  dict: ['{}', '{1: 2}', "{'a': 1, 'b': 2}", "{1: 'x', 2.5: None}", "{'k': [1]}", '{(1, 2): 3}'],
  names: ['{}', "{'a': 1}", "{'x': 1, 'y': 2}", "{'key': None}", "{'sep': '-'}", '{1: 2}'],
  set: ['set()', '{1, 2}', '{3, 1, 2}', 'frozenset({1, 5})', '{0.5, 1}', '{10, 20, 30, 41}'],
  range: ['range(3)', 'range(0)', 'range(1, 9, 3)', 'range(5, 0, -2)', 'range(-3, 2)'],
  slice: ['slice(None)', 'slice(1)', 'slice(1, 3)', 'slice(None, None, -1)', 'slice(0, 9, 2)'],
  iterator: ['iter([])', 'iter([1, 2])', "iter('ab')", 'iter(range(3))', 'zip([1], [2])'],
  iterable: ['[]', '[1, 2]', "'ab'", '(1, 2)', '{}', 'range(3)', "{'a': 1}", '{1, 2}', "b'ab'"],
  none: ['None'],
  key: ['0', "'a'", '1', 'True', 'None', '(1, 2)', '1.0', "b'a'", "'b'"],
  number: ['0', '1', '2', '10', '(-1)', '1.5', 'True', '100', '2.0'],
  literalInt: INTS,
  type: [
    ...['int', 'str', 'list', 'dict', 'tuple', 'set', 'float', 'bool', 'bytes', 'object', 'type'],
    ...['range', 'frozenset', 'Exception', 'ValueError', 'bytearray', 'slice', 'KeyError'],
  ],
  function: [
    ...['len', 'str', 'abs', 'repr', 'sorted', 'list', 'int', 'max', 'bool', 'ord', 'sum', 'tuple'],
    ...['type', 'callable', 'divmod', 'hex', 'iter', '(lambda x: x)'],
  ],
  small: ['0', '1', '2', '3', '4', '5', '8', '(-1)', '(-2)'],
  bit: ['0', '1', '(-1)'],
  index: [
    ...['0', '1', '2', '3', '(-1)', '(-2)', '(-3)', '5', '(-9)', '0', '1', 'None', 'True'],
    ...['4', '2', '(-1)', '1', '99', '10**20', '1.0'],
  ],
  order: ["'big'", "'little'", "'big'", "'little'", "'middle'"],
};

/** Whether a sort has literals. */
export function hasLiteral(sort: string): boolean {
  return OTHERS[sort] !== undefined;
}

/** A literal of a sort; null when the sort has none. */
export function literal(random: Random, sort: string): string | null {
  const list = OTHERS[sort];
  return list === undefined ? null : random.pick(list);
}

const ATTRIBUTES = [
  ...['a', 'b', 'x', 'value', 'name', 'real', 'imag', 'append', 'keys', 'upper', 'args', '_hidden'],
  ...['__name__', 'start', 'area', 'total', 'shared', 'missing', '__len__', 'pop'],
];

const WORDS = ['a', 'b', 'c', 'key', 'x', 'spam', 'A b', '', '%', 'k1'];

function optional(random: Random, probability: number, list: readonly string[]): string {
  return random.chance(probability) ? random.pick(list) : '';
}

const ALIGN = ['<', '>', '^', '='];
const FILL = [' ', '0', '*', '-', 'x', 'é', '😀', '.'];

function formatSpec(random: Random, types: readonly string[], precision: number): string {
  const filled = random.chance(0.3) ? random.pick(FILL) + random.pick(ALIGN) : '';
  const aligned = filled === '' ? optional(random, 0.3, ALIGN) : filled;
  return [
    aligned,
    optional(random, 0.3, ['+', '-', ' ']),
    optional(random, 0.08, ['z']),
    optional(random, 0.2, ['#']),
    optional(random, 0.2, ['0']),
    optional(random, 0.5, ['1', '5', '8', '12', '20']),
    optional(random, 0.2, [',', '_', ',_']),
    optional(random, precision, ['.0', '.1', '.2', '.3', '.10', '.']),
    optional(random, 0.8, types),
  ].join('');
}

function percentPiece(random: Random): string {
  const flags = random.chance(0.4) ? random.pick(['-', '+', ' ', '0', '#', '-+', '0 ']) : '';
  const width = optional(random, 0.4, ['1', '5', '10', '*']);
  const precision = optional(random, 0.3, ['.0', '.2', '.5', '.', '.*']);
  const types = [
    'd',
    's',
    'r',
    'i',
    'x',
    'X',
    'o',
    'e',
    'f',
    'g',
    'G',
    'c',
    'a',
    '%',
    'q',
    'F',
    'u',
  ];
  return `%${flags}${width}${precision}${random.pick(types)}`;
}

const FLOAT_TYPES = ['e', 'E', 'f', 'F', 'g', 'G'];

type Writer = (random: Random) => string;

/** Pieces of text that stand inside a template as they are. */
export const PIECES: Readonly<Record<string, Writer>> = {
  ...Object.fromEntries(
    Object.entries(LIBRARY_PIECES).map(([name, list]): [string, Writer] => [
      name,
      (random) => random.pick(list),
    ]),
  ),
  attribute: (random) => random.pick(ATTRIBUTES),
  word: (random) => random.pick(WORDS),
  fill: (random) => random.pick(FILL),
  align: (random) => random.pick(ALIGN),
  character: (random) => random.pick(['a', 'Z', '0', ' ', 'é', '😀', 'ab', '']),
  codec: (random) => random.pick(['utf-8', 'ascii', 'latin-1', 'utf-16', 'utf-32', 'UTF8']),
  errors: (random) =>
    random.pick(['strict', 'ignore', 'replace', 'backslashreplace', 'xmlcharrefreplace', 'no']),
  digits: (random) =>
    random.pick(['12', '-7', '+0', 'ff', '1_000', '0x1F', '0b11', '_1', 'zz', '']),
  decimal: (random) =>
    random.pick(['1.5', '-.5', '1e3', 'inf', 'nan', '1_0.5', '1e400', '0x1', '.', '12345678.9e-3']),
  base: (random) => random.pick(['2', '8', '10', '16', '36', '0', '1', '37']),
  intSpec: (random) =>
    formatSpec(random, ['d', 'b', 'o', 'x', 'X', 'c', 'n', 'e', 'f', 's', 'g'], 0.1),
  floatSpec: (random) => formatSpec(random, [...FLOAT_TYPES, '%', 'n', 'd', 's'], 0.5),
  strSpec: (random) => formatSpec(random, ['s', 's', 's', 'd'], 0.3),
  percent: (random) =>
    `${percentPiece(random)}${random.pick(['', ' ', '|'])}${percentPiece(random)}`,
  percentFlags: (random) =>
    optional(random, 0.5, ['-', '+', '0', '#', ' ']) +
    optional(random, 0.5, ['3', '8', '12']) +
    optional(random, 0.4, ['.0', '.1', '.3', '.12']),
  floatType: (random) => random.pick(FLOAT_TYPES),
};
