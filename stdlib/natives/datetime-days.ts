// Days of the proleptic Gregorian calendar, by number: 1 January of the year 1 is day 1.

import { typeError } from '../../vm/values/exception.ts';
import { Tuple } from '../../vm/values/collections.ts';
import type { Slot } from '../../vm/values/value.ts';
import { native, type NativeRow } from '../../vm/machine/native.ts';

export const YEAR_MAX = 9999;
export const ORDINAL_MAX = 3_652_059;

const DAYS_4_YEARS = 1461;
const DAYS_100_YEARS = 36_524;
const DAYS_400_YEARS = 146_097;

/** Days of a year before each month, from 1; then those of the whole year. */
const DAYS_BEFORE = [0, 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365] as const;

export function isLeap(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

export function daysBeforeMonth(year: number, month: number): number {
  return (DAYS_BEFORE[month] ?? 0) + (month > 2 && isLeap(year) ? 1 : 0);
}

export function daysInMonth(year: number, month: number): number {
  return daysBeforeMonth(year, month + 1) - daysBeforeMonth(year, month);
}

export function ordinalOf(year: number, month: number, day: number): number {
  const past = year - 1;
  const leaps = Math.floor(past / 4) - Math.floor(past / 100) + Math.floor(past / 400);
  return past * 365 + leaps + daysBeforeMonth(year, month) + day;
}

export type YearMonthDay = readonly [year: number, month: number, day: number];

export function dateOf(ordinal: number): YearMonthDay {
  let rest = ordinal - 1;
  const n400 = Math.floor(rest / DAYS_400_YEARS);
  rest -= n400 * DAYS_400_YEARS;
  const n100 = Math.floor(rest / DAYS_100_YEARS);
  rest -= n100 * DAYS_100_YEARS;
  const n4 = Math.floor(rest / DAYS_4_YEARS);
  rest -= n4 * DAYS_4_YEARS;
  const n1 = Math.floor(rest / 365);
  rest -= n1 * 365;
  const year = n400 * 400 + n100 * 100 + n4 * 4 + n1 + 1;
  // The last day of four years, or of four hundred, would be the first of a fifth.
  if (n1 === 4 || n100 === 4) return [year - 1, 12, 31];
  let month = (rest >> 5) + 1;
  while (month < 12 && daysBeforeMonth(year, month + 1) <= rest) month++;
  return [year, month, rest - daysBeforeMonth(year, month) + 1];
}

/** The Monday of week 1 of an ISO year. */
export function firstMonday(year: number): number {
  const first = ordinalOf(year, 1, 1);
  const weekday = (first + 6) % 7; // Monday is 0
  return weekday > 3 ? first - weekday + 7 : first - weekday;
}

/** Of a day in an ISO week; what is wrong with it if there is none. */
export function ordinalOfWeek(
  year: number,
  week: number,
  day: number,
): number | 'year' | 'week' | 'day' {
  if (year < 1 || year > YEAR_MAX) return 'year';
  if (week < 1 || week > 53) return 'week';
  if (week === 53 && firstMonday(year + 1) - firstMonday(year) < 53 * 7) return 'week';
  if (day < 1 || day > 7) return 'day';
  return firstMonday(year) + (week - 1) * 7 + day - 1;
}

/** Arguments that flow has made: small numbers, and no others. */
export function number(value: Slot, least: number, most: number): number {
  if (typeof value === 'number' && value >= least && value <= most) return value;
  throw typeError('a part of a date is an int in its range');
}

/** Years may be those around the ones that dates have. */
const year = (value: Slot): number => number(value, -100_000, 100_000);

export const rows: readonly NativeRow[] = [
  native('_ymd_ordinal', 'year, month, day, /', (_context, y, m, d) =>
    ordinalOf(year(y), number(m, 1, 12), number(d, -1000, 1000)),
  ),
  native('_ordinal_ymd', 'ordinal, /', (_context, ordinal) => {
    return new Tuple(dateOf(number(ordinal, -ORDINAL_MAX, 2 * ORDINAL_MAX)));
  }),
  native('_month_days', 'year, month, /', (_context, y, m) =>
    daysInMonth(year(y), number(m, 1, 12)),
  ),
  native('_week_monday', 'year, /', (_context, y) => firstMonday(year(y))),
];
