// Moments as people say them on a command line.
//
//     2h, 1h30m, 3d         so long ago
//     2026-11-23            the beginning of a day, as clocks on the wall here have it
//     2026-11-23 14:05:07   or with a T between; seconds may be left out
//     …14:05:07Z, +01:00    as clocks elsewhere have it
//     14:05, 14:05:07       today

import { parseDuration } from '../vm/values/duration.ts';

const DATE = /^([0-9]{4})-([0-9]{2})-([0-9]{2})/u;
const CLOCK = /^([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,3}))?)?$/u;
const ZONE = /(?:Z|([+-])([0-9]{2}):([0-9]{2}))$/u;

/** What is understood, for messages. */
export const WHEN_HELP = 'a moment is 2h, 3d, 2026-11-23, "2026-11-23 14:05" or 14:05';

/** The moment that is meant; null if the text is none. */
export function readMoment(text: string, nowMs: number): number | null {
  const ago = parseDuration(text);
  return ago === undefined ? readTime(text, nowMs) : nowMs - ago;
}

/** As readMoment, without durations. */
export function readTime(text: string, nowMs: number): number | null {
  const date = DATE.exec(text);
  const rest = date === null ? text : text.slice(date[0].length).replace(/^[T ](?=[0-9])/u, '');
  const zone = date === null || rest === '' ? null : ZONE.exec(rest);
  const clock = CLOCK.exec(zone === null ? rest : rest.slice(0, zone.index));
  if (clock === null && (date === null || rest !== '')) return null;
  const [, hour = '0', minute = '0', second = '0', part = ''] = clock ?? [];
  const time = [Number(hour), Number(minute), Number(second), Number(part.padEnd(3, '0'))] as const;
  if (time[0] > 23 || time[1] > 59 || time[2] > 59) return null;
  const now = new Date(nowMs);
  if (date === null) {
    return new Date(now.getFullYear(), now.getMonth(), now.getDate(), ...time).getTime();
  }
  const [year, month, day] = [Number(date[1]), Number(date[2]) - 1, Number(date[3])];
  const days = new Date(Date.UTC(year, month, day));
  if (days.getUTCMonth() !== month || days.getUTCDate() !== day) return null;
  if (zone === null) return new Date(year, month, day, ...time).getTime();
  const [, sign = '+', hours = '0', minutes = '0'] = zone;
  const awayMs = (Number(hours) * 60 + Number(minutes)) * 60_000;
  return Date.UTC(year, month, day, ...time) + (sign === '-' ? awayMs : -awayMs);
}
