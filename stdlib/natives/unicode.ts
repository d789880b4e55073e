// What unicodedata tells of characters, and the normal forms of text.
//
//     category, bidirectional, width, combining    a look-up in runs of code points
//     NFD, NFKD      take apart ──▶ put marks into the order of their classes
//     NFC, NFKC      the same ──▶ put together
//
// By the tables of Unicode 14, whatever the host knows (L4); Hangul by arithmetic.

import { characterNamed, nameOf } from '../../compiler/syntax/unicode-names.ts';
import { typeError, valueError } from '../../vm/values/exception.ts';
import { memoryError, NORMAL_FORM_MAX } from '../../vm/values/limits.ts';
import { typeName } from '../../vm/values/plain.ts';
import { Float, type Slot } from '../../vm/values/value.ts';
import { native, type NativeRow } from '../../vm/machine/native.ts';
import { textOf } from './int-arguments.ts';
import { given } from './object-receiver.ts';
import { UNICODE_DATA } from './unicode-tables.ts';
import { unicodeValue } from './unicode-values.ts';

// ---------------------------------------------------------------- properties

type Property = 'category' | 'bidirectional' | 'width' | 'combining';

interface Runs {
  readonly starts: Uint32Array;
  readonly values: readonly string[];
}

const read = new Map<Property, Runs>();

function runsOf(property: Property): Runs {
  const known = read.get(property);
  if (known !== undefined) return known;
  const words = UNICODE_DATA[property].words.split(' ');
  const numbers = UNICODE_DATA[property].runs.split(' ').map((each) => Number.parseInt(each, 36));
  const starts = new Uint32Array(numbers.length / 2);
  const values: string[] = [];
  let start = 0;
  for (let i = 0; i < starts.length; i++) {
    starts[i] = start;
    start += numbers[2 * i] ?? 0;
    values.push(words[numbers[2 * i + 1] ?? 0] ?? '');
  }
  const made = { starts, values };
  read.set(property, made);
  return made;
}

function look(property: Property, point: number): string {
  const { starts, values } = runsOf(property);
  let low = 0;
  for (let high = starts.length; low + 1 < high;) {
    const middle = (low + high) >> 1;
    if ((starts[middle] ?? 0) <= point) low = middle;
    else high = middle;
  }
  return values[low] ?? '';
}

function combiningClass(point: number): number {
  return point < 0x300 ? 0 : Number(look('combining', point));
}

// ------------------------------------------------------------ decompositions

interface Decomposition {
  /** `<compat>`; '' if it is canonical. */
  readonly kind: string;
  readonly points: readonly number[];
}

interface Tables {
  readonly apart: ReadonlyMap<number, Decomposition>;
  /** First and second character, in one number, to what they make together. */
  readonly together: ReadonlyMap<number, number>;
}

let tables: Tables | null = null;

const pairKey = (first: number, second: number): number => first * 0x110000 + second;

function readTables(): Tables {
  if (tables !== null) return tables;
  const kinds = ['', ...UNICODE_DATA.decomposition.kinds.split(' ')];
  const excluded = new Set<number>();
  let at = 0;
  for (const gap of UNICODE_DATA.excluded.split(' '))
    excluded.add((at += Number.parseInt(gap, 36)));
  const apart = new Map<number, Decomposition>();
  const together = new Map<number, number>();
  at = 0;
  for (const row of UNICODE_DATA.decomposition.rows.split(' ')) {
    const [gap = '', ...rest] = row.split(',');
    at += Number.parseInt(gap, 36);
    const marked = rest[0]?.startsWith('!') === true ? rest.shift() : undefined;
    const kind = kinds[marked === undefined ? 0 : Number.parseInt(marked.slice(1), 36)] ?? '';
    const points = rest.map((each) => Number.parseInt(each, 36));
    apart.set(at, { kind, points });
    const [first, second] = points;
    if (kind === '' && second !== undefined && first !== undefined && !excluded.has(at)) {
      together.set(pairKey(first, second), at);
    }
  }
  return (tables = { apart, together });
}

// ------------------------------------------------------------------- Hangul

const S = 0xac00;
const L = 0x1100;
const V = 0x1161;
const T = 0x11a7;
const L_COUNT = 19;
const V_COUNT = 21;
const T_COUNT = 28;
const S_COUNT = L_COUNT * V_COUNT * T_COUNT;

function hangulApart(point: number): number[] {
  const index = point - S;
  const parts = [
    L + Math.floor(index / (V_COUNT * T_COUNT)),
    V + Math.floor((index % (V_COUNT * T_COUNT)) / T_COUNT),
  ];
  if (index % T_COUNT !== 0) parts.push(T + (index % T_COUNT));
  return parts;
}

function hangulTogether(first: number, second: number): number | undefined {
  if (first >= L && first < L + L_COUNT && second >= V && second < V + V_COUNT) {
    return S + ((first - L) * V_COUNT + (second - V)) * T_COUNT;
  }
  const isOpen = first >= S && first < S + S_COUNT && (first - S) % T_COUNT === 0;
  return isOpen && second > T && second < T + T_COUNT ? first + (second - T) : undefined;
}

// ------------------------------------------------------------- normal forms

/** Take characters apart, all the way down; the deepest is a few steps. */
function takeApart(text: string, isCompatible: boolean): number[] {
  const { apart } = readTables();
  const points: number[] = [];
  for (const char of text) {
    const open = [char.codePointAt(0) ?? 0];
    for (let point = open.pop(); point !== undefined; point = open.pop()) {
      const found = point < 0x80 ? undefined : apart.get(point);
      if (point >= S && point < S + S_COUNT) points.push(...hangulApart(point));
      else if (found !== undefined && (isCompatible || found.kind === '')) {
        open.push(...found.points.toReversed());
      } else points.push(point);
    }
    if (points.length > NORMAL_FORM_MAX) throw memoryError();
  }
  return points;
}

/** Marks that follow each other come in the order of their classes. */
function orderMarks(points: number[]): void {
  for (let at = 0; at < points.length; at++) {
    if (combiningClass(points[at] ?? 0) === 0) continue;
    let end = at + 1;
    while (end < points.length && combiningClass(points[end] ?? 0) !== 0) end++;
    if (end - at > 1) {
      const marks = points.slice(at, end).map((point) => ({ point, order: combiningClass(point) }));
      marks.sort((a, b) => a.order - b.order);
      for (const [i, { point }] of marks.entries()) points[at + i] = point;
    }
    at = end - 1;
  }
}

/** Put characters together with what follows them, where no other mark stands in between. */
function putTogether(points: readonly number[]): number[] {
  const { together } = readTables();
  const made: number[] = [];
  let starter = -1;
  let last = 0; // class of the character before, if it was kept
  for (const point of points) {
    const order = combiningClass(point);
    const first = starter < 0 ? undefined : made[starter];
    const isNext = starter === made.length - 1;
    if (first !== undefined && (isNext || (last !== 0 && last < order))) {
      const both = hangulTogether(first, point) ?? together.get(pairKey(first, point));
      if (both !== undefined) {
        made[starter] = both;
        continue;
      }
    }
    if (order === 0) starter = made.length;
    last = order;
    made.push(point);
  }
  return made;
}

function textFrom(points: readonly number[]): string {
  const parts: string[] = [];
  for (let at = 0; at < points.length; at += 4096) {
    parts.push(String.fromCodePoint(...points.slice(at, at + 4096)));
  }
  return parts.join('');
}

function normalize(form: string, text: string): string {
  if (!/^NFK?[CD]$/.test(form)) throw valueError('invalid normalization form');
  // eslint-disable-next-line no-control-regex
  if (/^[\0-\x7f]*$/.test(text)) return text;
  const points = takeApart(text, form.includes('K'));
  orderMarks(points);
  return textFrom(form.endsWith('C') ? putTogether(points) : points);
}

// --------------------------------------------------------------------- rows

/** Functions that take a default too: their messages count arguments. */
const COUNTED: ReadonlySet<string> = new Set(['decimal', 'digit', 'name', 'numeric']);

function pointOf(name: string, value: Slot): number {
  const text = textOf(value);
  const place = COUNTED.has(name) ? 'argument 1' : 'argument';
  if (text === undefined) {
    throw typeError(
      `${name}() ${place} must be a unicode character, not ${typeName(given(value))}`,
    );
  }
  const point = text.codePointAt(0);
  if (point === undefined || text.length > (point > 0xffff ? 2 : 1)) {
    throw typeError(`${name}() ${place} must be a unicode character, not str`);
  }
  return point;
}

function decomposition(point: number): string {
  const found = readTables().apart.get(point);
  if (found === undefined) return '';
  const points = found.points.map((each) => each.toString(16).toUpperCase().padStart(4, '0'));
  return [...(found.kind === '' ? [] : [found.kind]), ...points].join(' ');
}

const PROPERTIES: readonly Property[] = ['category', 'bidirectional', 'width', 'combining'];

export const rows: readonly NativeRow[] = [
  // The last argument is the function of unicodedata that asks.
  native(
    '_unicode_look',
    'property, character, function, /',
    (_context, name, character, asking) => {
      const property = PROPERTIES.find((each) => each === name);
      if (property === undefined) throw valueError('no such property');
      const word = look(property, pointOf(textOf(asking) ?? '', character));
      return word === '-' ? '' : word;
    },
  ),
  // The name of a character, or the character of a name; None where there is none.
  native('_unicode_name', 'character, /', (_context, character) =>
    nameOf(pointOf('name', character)),
  ),
  native('_unicode_named', 'name, /', (_context, name) => characterNamed(textOf(name) ?? '')),
  // The value of a character that is a number and no decimal digit; None of others.
  native('_unicode_value', 'property, character, /', (_context, property, character) => {
    const name = textOf(property);
    if (name !== 'digit' && name !== 'numeric' && name !== 'mirrored') {
      throw valueError('no such property');
    }
    const value = unicodeValue(name, pointOf(name, character));
    return value === undefined ? null : new Float(value);
  }),
  native('_unicode_decomposition', 'character, /', (_context, character) =>
    decomposition(pointOf('decomposition', character)),
  ),
  native('_unicode_normalize', 'form, text, /', (_context, form, text) =>
    normalize(textOf(form) ?? '', textOf(text) ?? ''),
  ),
];
