// strftime(): a date and time by a format, as the C library writes it in the C locale.
//
//     %[flag][width][E|O]letter     flags: _ spaces, - none, 0 zeros, ^ upper, # other case
//
// What is no such thing stands for itself. Years are not padded, as in glibc.

import { Tuple } from '../../vm/values/collections.ts';
import { typeError } from '../../vm/values/exception.ts';
import { plainSlot } from '../../vm/values/plain.ts';
import { native, type NativeRow } from '../../vm/machine/native.ts';
import { firstMonday, number, ordinalOf } from './datetime-days.ts';

export const DAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];
export const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

interface Moment {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  /** Monday is 0. */
  readonly weekday: number;
  /** From 1. */
  readonly yearDay: number;
  readonly zone: string;
  /** Seconds east of Greenwich. */
  readonly offset: number;
}

interface Count {
  readonly value: number;
  readonly digits: number;
  readonly pad: '0' | ' ';
}

const count = (value: number, digits: number, pad: '0' | ' ' = '0'): Count => ({
  value,
  digits,
  pad,
});

const hour12 = ({ hour }: Moment): number => hour % 12 || 12;

function isoWeek({ year, weekday, yearDay }: Moment): readonly [year: number, week: number] {
  const day = ordinalOf(year, 1, 1) + yearDay - 1;
  const thursday = day - weekday + 3;
  let isoYear = year;
  if (thursday < ordinalOf(year, 1, 1)) isoYear--;
  else if (thursday >= ordinalOf(year + 1, 1, 1)) isoYear++;
  return [isoYear, Math.floor((day - firstMonday(isoYear)) / 7) + 1];
}

function epoch({ year, month, day, hour, minute, second }: Moment): number {
  const days = ordinalOf(year, month, day) - ordinalOf(1970, 1, 1);
  return days * 86_400 + hour * 3600 + minute * 60 + second;
}

const name = (names: readonly string[], index: number): string => names[index] ?? '?';

const COUNTS: Readonly<Record<string, (at: Moment) => Count>> = {
  C: ({ year }) => count(Math.floor(year / 100), 1),
  d: ({ day }) => count(day, 2),
  e: ({ day }) => count(day, 2, ' '),
  g: (at) => count(isoWeek(at)[0] % 100, 2),
  G: (at) => count(isoWeek(at)[0], 1),
  H: ({ hour }) => count(hour, 2),
  I: (at) => count(hour12(at), 2),
  j: ({ yearDay }) => count(yearDay, 3),
  k: ({ hour }) => count(hour, 2, ' '),
  l: (at) => count(hour12(at), 2, ' '),
  m: ({ month }) => count(month, 2),
  M: ({ minute }) => count(minute, 2),
  s: (at) => count(epoch(at), 1, ' '),
  S: ({ second }) => count(second, 2),
  u: ({ weekday }) => count(weekday + 1, 1),
  U: ({ yearDay, weekday }) => count(Math.floor((yearDay + 6 - ((weekday + 1) % 7)) / 7), 2),
  V: (at) => count(isoWeek(at)[1], 2),
  w: ({ weekday }) => count((weekday + 1) % 7, 1),
  W: ({ yearDay, weekday }) => count(Math.floor((yearDay + 6 - weekday) / 7), 2),
  y: ({ year }) => count(((year % 100) + 100) % 100, 2),
  Y: ({ year }) => count(year, 1),
};

interface Word {
  readonly text: string;
  /** What the flag # makes of it. */
  readonly other: 'upper' | 'lower';
}

const WORDS: Readonly<Record<string, (at: Moment) => Word>> = {
  '%': () => ({ text: '%', other: 'upper' }),
  a: ({ weekday }) => ({ text: name(DAYS, weekday).slice(0, 3), other: 'upper' }),
  A: ({ weekday }) => ({ text: name(DAYS, weekday), other: 'upper' }),
  b: ({ month }) => ({ text: name(MONTHS, month - 1).slice(0, 3), other: 'upper' }),
  B: ({ month }) => ({ text: name(MONTHS, month - 1), other: 'upper' }),
  h: ({ month }) => ({ text: name(MONTHS, month - 1).slice(0, 3), other: 'upper' }),
  n: () => ({ text: '\n', other: 'upper' }),
  p: ({ hour }) => ({ text: hour < 12 ? 'AM' : 'PM', other: 'lower' }),
  P: ({ hour }) => ({ text: hour < 12 ? 'am' : 'pm', other: 'lower' }),
  t: () => ({ text: '\t', other: 'upper' }),
  z: ({ offset }) => ({ text: offsetText(offset), other: 'upper' }),
  Z: ({ zone }) => ({ text: zone, other: 'lower' }),
};

/** Formats that stand for longer ones. */
const LONGER: Readonly<Record<string, string>> = {
  c: '%a %b %e %H:%M:%S %Y',
  D: '%m/%d/%y',
  F: '%Y-%m-%d',
  r: '%I:%M:%S %p',
  R: '%H:%M',
  T: '%H:%M:%S',
  x: '%m/%d/%y',
  X: '%H:%M:%S',
};

function offsetText(seconds: number): string {
  const minutes = Math.floor(Math.abs(seconds) / 60);
  const digits = String(Math.floor(minutes / 60) * 100 + (minutes % 60)).padStart(4, '0');
  return (seconds < 0 ? '-' : '+') + digits;
}

const DIRECTIVE = /%([-_0^#]*)([0-9]*)([EO]?)(.)/gsu;

/** Room that the C library is given: CPython gives up beyond it, and returns nothing. */
function roomFor(format: string): number {
  let room = 1024;
  while (room < 256 * format.length) room *= 2;
  return room;
}

/** @throws nothing: a format that says nothing stands for itself */
export function formatMoment(format: string, at: Moment): string {
  const room = roomFor(format);
  let length = 0;
  const text = format.replaceAll(
    DIRECTIVE,
    (whole, flags: string, width: string, _modifier: string, letter: string) => {
      const least = Math.min(Number(width), room);
      const made = length > room ? '' : (directive(flags, least, letter, at) ?? whole);
      length += made.length;
      return made;
    },
  );
  return text.length < room ? text : '';
}

function directive(flags: string, width: number, letter: string, at: Moment): string | undefined {
  const padding = [...flags].findLast((flag) => '-_0'.includes(flag));
  const digits = COUNTS[letter]?.(at);
  if (digits !== undefined) return countText(digits, padding, width);
  const fill = padding === '0' ? '0' : ' ';
  const longer = LONGER[letter];
  if (longer !== undefined) {
    const text = longer.replaceAll(/%(.)/g, (_whole, each: string) => {
      return directive(flags.includes('^') ? '^' : '', 0, each, at) ?? '';
    });
    return text.padStart(width, fill);
  }
  const word = WORDS[letter]?.(at);
  if (word === undefined) return undefined;
  let { text } = word;
  if (flags.includes('#')) text = word.other === 'upper' ? text.toUpperCase() : text.toLowerCase();
  else if (flags.includes('^')) text = text.toUpperCase();
  return text.padStart(width, fill);
}

function countText(
  { value, digits, pad }: Count,
  padding: string | undefined,
  width: number,
): string {
  const sign = value < 0 ? '-' : '';
  const text = String(Math.abs(value));
  if (padding === '-') return (sign + text).padStart(width, ' ');
  const isSpaced = padding === '_' || (padding === undefined && pad === ' ');
  const least = Math.max(digits, width);
  return isSpaced
    ? (sign + text).padStart(least, ' ')
    : sign + text.padStart(least - sign.length, '0');
}

export const rows: readonly NativeRow[] = [
  native('_strftime', 'format, parts, zone, offset, /', (_context, format, parts, zone, offset) => {
    const [text, place] = [plainSlot(format), plainSlot(zone)];
    if (typeof text !== 'string' || typeof place !== 'string' || !(parts instanceof Tuple)) {
      throw typeError('strftime() needs a format and the parts of a date');
    }
    const [year, month, day, hour, minute, second, weekday, yearDay] = parts.items;
    return formatMoment(text, {
      year: number(year, -(2 ** 31), 2 ** 31),
      month: number(month, 1, 12),
      day: number(day, 1, 31),
      hour: number(hour, 0, 23),
      minute: number(minute, 0, 59),
      second: number(second, 0, 61),
      weekday: number(weekday, 0, 6),
      yearDay: number(yearDay, 1, 366),
      zone: place,
      offset: number(offset, -(2 ** 31), 2 ** 31),
    });
  }),
];
