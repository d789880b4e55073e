// Dates and times as ISO 8601 writes them, read as CPython's fromisoformat() reads them.
//
//     2020-02-29  20200229  2020-W09  2020W09  2020-W09-6  2020W096
//     12  12:30  1230  12:30:05  123005  12:30:05.5  12:30:05,123456   then nothing, Z or ±HH…
//
// Only the form is looked at here: that an hour is at most 23 the constructors say. As in CPython
// 3.11, a date that is followed by digits is taken, and so is a fraction after hours.

import { Tuple } from '../../vm/values/collections.ts';
import { typeError } from '../../vm/values/exception.ts';
import { plainSlot } from '../../vm/values/plain.ts';
import type { Slot, Value } from '../../vm/values/value.ts';
import { native, type NativeRow } from '../../vm/machine/native.ts';
import { dateOf, ordinalOfWeek, type YearMonthDay } from './datetime-days.ts';

/** Characters of a text; '' past its end. */
type Characters = readonly string[];

const isDigit = (text: string | undefined): boolean =>
  text !== undefined && text >= '0' && text <= '9';

/** Digits from a place on; undefined if there are not that many. */
function digits(text: Characters, at: number, count: number): number | undefined {
  let value = 0;
  for (let i = at; i < at + count; i++) {
    const character = text[i];
    if (!isDigit(character)) return undefined;
    value = value * 10 + Number(character);
  }
  return value;
}

function readDate(text: Characters): YearMonthDay | undefined {
  const year = digits(text, 0, 4);
  if (year === undefined) return undefined;
  const gap = text[4] === '-' ? 1 : 0;
  let at = 4 + gap;
  if (text[at] === 'W') {
    const week = digits(text, at + 1, 2);
    at += 3;
    if (week === undefined) return undefined;
    let day: number | undefined = 1;
    if (at < text.length) {
      if (gap === 1 && text[at] !== '-') return undefined;
      day = digits(text, at + gap, 1);
      if (day === undefined) return undefined;
    }
    const ordinal = ordinalOfWeek(year, week, day);
    return typeof ordinal === 'number' ? dateOf(ordinal) : undefined;
  }
  const month = digits(text, at, 2);
  at += 2;
  if (gap === 1 && text[at] !== '-') return undefined;
  const day = digits(text, at + gap, 2);
  if (month === undefined || day === undefined) return undefined;
  return [year, month, day];
}

interface Clock {
  readonly parts: readonly [hour: number, minute: number, second: number, microsecond: number];
  /** Nothing follows. */
  readonly isWhole: boolean;
}

/** Hour, minute, second and fraction, from a place up to an end. */
function readClock(text: Characters, from: number, end: number): Clock | undefined {
  const parts: [number, number, number, number] = [0, 0, 0, 0];
  let at = from;
  let hasColons = false;
  for (let i = 0; i < 3; i++) {
    const value = digits(text, at, 2);
    if (value === undefined) return undefined;
    parts[i] = value;
    const next = text[at + 2] ?? '';
    at += 3;
    if (i === 0) hasColons = next === ':';
    if (at >= end) return { parts, isWhole: next === '' };
    if (hasColons && next === ':') {
      if (i === 2) return undefined;
    } else if (next === '.' || next === ',') break;
    else if (hasColons) return undefined;
    else at--;
  }
  const count = Math.min(6, end - at);
  const fraction = digits(text, at, count);
  if (fraction === undefined) return undefined;
  parts[3] = fraction * 10 ** (6 - count);
  at += count;
  while (isDigit(text[at])) at++;
  return { parts, isWhole: at >= text.length };
}

/** Hour, minute, second, microsecond, offset in seconds and microseconds, or None for both. */
function readTime(text: Characters): Value[] | undefined {
  const sign = text.findIndex((each) => each === '+' || each === '-' || each === 'Z');
  const end = sign < 0 ? text.length : sign;
  const clock = readClock(text, 0, end);
  if (clock === undefined) return undefined;
  if (sign < 0) return clock.isWhole ? [...clock.parts, null, null] : undefined;
  if (text[sign] === 'Z') {
    return sign + 1 === text.length ? [...clock.parts, 0, 0] : undefined;
  }
  const zone = readClock(text, sign + 1, text.length);
  if (zone === undefined || !zone.isWhole) return undefined;
  const way = text[sign] === '-' ? -1 : 1;
  const [hour, minute, second, microsecond] = zone.parts;
  const seconds = way * (hour * 3600 + minute * 60 + second);
  return [...clock.parts, seconds + 0, way * microsecond + 0];
}

/** Where the date of a date and time ends. */
function dateEnd(text: Characters): number {
  if (text.length === 7) return 7;
  if (text[4] === '-') {
    if (text[5] !== 'W') return 10;
    if (text[8] !== '-') return 8;
    // YYYY-Www-D or YYYY-Www-HH: a second digit tells.
    if (text.length === 9) return -1;
    return isDigit(text[10]) ? 8 : 10;
  }
  if (text[4] !== 'W') return 8;
  let at = 7;
  while (isDigit(text[at])) at++;
  if (at < 9) return at;
  return at % 2 === 0 ? 7 : 8;
}

function readDateTime(text: Characters): Value[] | undefined {
  if (text.length < 7) return undefined;
  const end = dateEnd(text);
  if (end < 0) return undefined;
  const date = readDate(text.slice(0, end));
  if (date === undefined) return undefined;
  if (text.length <= end) return [...date, 0, 0, 0, 0, null, null];
  const time = readTime(text.slice(end + 1));
  return time === undefined ? undefined : [...date, ...time];
}

/** A native that reads a text: a tuple of numbers, or None if it has not the form. */
function reader(name: string, read: (text: Characters) => readonly Value[] | undefined): NativeRow {
  return native(name, 'text, /', (_context, value: Slot) => {
    const text = plainSlot(value);
    if (typeof text !== 'string') throw typeError('fromisoformat: argument must be str');
    const parts = text.length > 100 ? undefined : read([...text]);
    return parts === undefined ? null : new Tuple(parts);
  });
}

export const rows: readonly NativeRow[] = [
  reader('_iso_date', (text) => ([7, 8, 10].includes(text.length) ? readDate(text) : undefined)),
  reader('_iso_time', (text) => readTime(text[0] === 'T' ? text.slice(1) : text)),
  reader('_iso_datetime', readDateTime),
];
