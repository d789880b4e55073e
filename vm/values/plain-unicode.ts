// Code points: their classes and their other cases, as Python 3.11 has them.
//
//     isAlpha(point)   set look-up: 256 answers at hand, else binary search
//     lowerText(text)  mapping; strs below U+0180 go to the host, whose answer
//                      there is the same in every version of Unicode
//
// Case mappings are the full ones (ß becomes SS), without regard to language.

import { UNICODE_TABLES } from './plain-unicode-tables.ts';

type SetName = Extract<
  keyof typeof UNICODE_TABLES,
  | 'alpha'
  | 'decimal'
  | 'digit'
  | 'numeric'
  | 'lower'
  | 'upper'
  | 'title'
  | 'space'
  | 'printable'
  | 'xidStart'
  | 'xidContinue'
  | 'ignorable'
>;

/** A set of code points. */
export type PointTest = (point: number) => boolean;

function numbersOf(text: string): number[] {
  return text.split(' ').map((word) => Number.parseInt(word, 36));
}

/** Range starts and ends in turn: a point is inside after an odd number of them. */
function boundsOf(name: SetName): Uint32Array {
  let at = 0;
  return Uint32Array.from(numbersOf(UNICODE_TABLES[name]), (step) => (at += step));
}

/** How many bounds are at or below a point. */
function rank(bounds: Uint32Array, point: number): number {
  let low = 0;
  for (let high = bounds.length; low < high;) {
    const middle = (low + high) >> 1;
    if ((bounds[middle] as number) <= point) low = middle + 1;
    else high = middle;
  }
  return low;
}

function pointSet(name: SetName): PointTest {
  let bounds: Uint32Array | null = null;
  let first: Uint8Array | null = null;
  return (point) => {
    if (first === null || bounds === null) {
      const made = boundsOf(name);
      bounds = made;
      first = Uint8Array.from({ length: 256 }, (_, i) => rank(made, i) & 1);
    }
    return point < 256 ? first[point] === 1 : (rank(bounds, point) & 1) === 1;
  };
}

export const isAlpha = pointSet('alpha');
export const isDecimal = pointSet('decimal');
export const isDigit = pointSet('digit');
export const isNumeric = pointSet('numeric');
export const isLower = pointSet('lower');
export const isUpper = pointSet('upper');
export const isTitle = pointSet('title');
export const isSpace = pointSet('space');
export const isPrintable = pointSet('printable');
export const isIdentifierStart = pointSet('xidStart');
export const isIdentifierPart = pointSet('xidContinue');
const isIgnorable = pointSet('ignorable');

const isCased: PointTest = (point) => isLower(point) || isUpper(point) || isTitle(point);

let decimalBounds: Uint32Array | null = null;

/** 0 to 9 for a decimal digit of any script, -1 for anything else. */
export function decimalValue(point: number): number {
  if (point < 128) return point >= 48 && point <= 57 ? point - 48 : -1;
  decimalBounds ??= boundsOf('decimal');
  const at = rank(decimalBounds, point);
  return at & 1 ? (point - (decimalBounds[at - 1] as number)) % 10 : -1;
}

/** Code point to the str it becomes. */
type Mapping = ReadonlyMap<number, string>;

function mapping(simple: string, special: string): Mapping {
  const map = new Map<number, string>();
  const numbers = numbersOf(simple);
  let last = 0;
  for (let i = 0; i < numbers.length; i += 4) {
    const [gap, count, stride, distance] = numbers.slice(i, i + 4) as [
      number,
      number,
      number,
      number,
    ];
    for (let k = 0; k < count; k++) {
      last += k === 0 ? gap : stride;
      map.set(last, String.fromCodePoint(last + distance));
    }
  }
  for (const entry of special.split('|')) {
    const [from = '', to = ''] = entry.split(':');
    if (from !== '') map.set(Number.parseInt(from, 36), String.fromCodePoint(...numbersOf(to)));
  }
  return map;
}

function lazily<T>(make: () => T): () => T {
  let made: T | null = null;
  return () => (made ??= make());
}

const lowerMap = lazily(() => mapping(UNICODE_TABLES.toLower, UNICODE_TABLES.lowerSpecial));
const upperMap = lazily(() => mapping(UNICODE_TABLES.toUpper, UNICODE_TABLES.upperSpecial));
const titleMap = lazily(() => mapping(UNICODE_TABLES.toTitle, UNICODE_TABLES.titleSpecial));
const foldMap = lazily(() => mapping(UNICODE_TABLES.toFold, UNICODE_TABLES.foldSpecial));

/** The points that lower() or upper() change. */
export function pointsWithCase(): number[] {
  return [...new Set([...lowerMap().keys(), ...upperMap().keys()])];
}

/** lower() of one code point by itself. */
export function lowerOf(point: number): string {
  return lowerMap().get(point) ?? String.fromCodePoint(point);
}

/** upper() of one. */
export function upperOf(point: number): string {
  return upperMap().get(point) ?? String.fromCodePoint(point);
}

/** Anything the host might map otherwise than Python 3.11. */
const BEYOND_HOST = /[^\0-\u017f]/;
/** U+0130 lowers to two, U+0149 rises to two; both alike in every version. */
const CAPITAL_SIGMA = 0x3a3;

/** str.lower(). */
export function lowerText(text: string): string {
  return BEYOND_HOST.test(text) ? mapText(text, lowerPoint) : text.toLowerCase();
}

/** str.upper(). */
export function upperText(text: string): string {
  return BEYOND_HOST.test(text) ? mapText(text, upperPoint) : text.toUpperCase();
}

/** str.casefold(). */
export function foldText(text: string): string {
  return mapText(text, foldPoint);
}

/** str.swapcase(). */
export function swapText(text: string): string {
  return mapText(text, (point, points, at) => {
    if (isUpper(point)) return lowerPoint(point, points, at);
    return isLower(point) ? upperPoint(point) : String.fromCodePoint(point);
  });
}

/** str.capitalize(): the first letter as in a title, the others small. */
export function capitalizeText(text: string): string {
  return mapText(text, (point, points, at) =>
    at === 0 ? titlePoint(point) : lowerPoint(point, points, at),
  );
}

/** str.title(): a letter after one is small, any other is as in a title. */
export function titleText(text: string): string {
  let inWord = false;
  return mapText(text, (point, points, at) => {
    const mapped = inWord ? lowerPoint(point, points, at) : titlePoint(point);
    inWord = isCased(point);
    return mapped;
  });
}

type PointMapper = (point: number, points: readonly number[], at: number) => string;

function mapText(text: string, map: PointMapper): string {
  const points = pointsOf(text);
  let mapped = '';
  for (const [at, point] of points.entries()) mapped += map(point, points, at);
  return mapped;
}

/** The code points of a str. */
export function pointsOf(text: string): number[] {
  const points: number[] = [];
  for (let i = 0; i < text.length; i++) {
    const point = text.codePointAt(i) as number;
    if (point > 0xffff) i++;
    points.push(point);
  }
  return points;
}

function lowerPoint(point: number, points: readonly number[], at: number): string {
  if (point === CAPITAL_SIGMA) return isFinal(points, at) ? '\u03c2' : '\u03c3';
  return lowerMap().get(point) ?? String.fromCodePoint(point);
}

/** Whether a capital sigma ends a word: a letter before it, none after, marks not counting. */
function isFinal(points: readonly number[], at: number): boolean {
  let before = at - 1;
  while (before >= 0 && isIgnorable(points[before] as number)) before--;
  if (before < 0 || !isCased(points[before] as number)) return false;
  let after = at + 1;
  while (after < points.length && isIgnorable(points[after] as number)) after++;
  return after === points.length || !isCased(points[after] as number);
}

function upperPoint(point: number): string {
  return upperMap().get(point) ?? String.fromCodePoint(point);
}

function titlePoint(point: number): string {
  return titleMap().get(point) ?? upperPoint(point);
}

function foldPoint(point: number): string {
  return foldMap().get(point) ?? lowerMap().get(point) ?? String.fromCodePoint(point);
}

/** Whether a str is not empty and every code point of it passes. */
export function everyPoint(text: string, test: PointTest): boolean {
  if (text === '') return false;
  for (let i = 0; i < text.length; i++) {
    const point = text.codePointAt(i) as number;
    if (point > 0xffff) i++;
    if (!test(point)) return false;
  }
  return true;
}

/** str.islower() and str.isupper(): something of the wanted case, nothing of the others. */
export function isInCase(text: string, wanted: PointTest, other: PointTest): boolean {
  let found = false;
  for (const point of pointsOf(text)) {
    if (other(point) || isTitle(point)) return false;
    found ||= wanted(point);
  }
  return found;
}

/** str.istitle(). */
export function isTitled(text: string): boolean {
  let [found, inWord] = [false, false];
  for (const point of pointsOf(text)) {
    const capital = isUpper(point) || isTitle(point);
    if (capital ? inWord : isLower(point) && !inWord) return false;
    inWord = capital || isLower(point);
    found ||= inWord;
  }
  return found;
}

/** str.isidentifier(). */
export function isIdentifier(text: string): boolean {
  const points = pointsOf(text);
  const [first] = points;
  if (first === undefined || !isIdentifierStart(first)) return false;
  return points.every((point) => isIdentifierPart(point));
}
