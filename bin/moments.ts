// Moments and lengths of time, for people to read.
//
// Written by hand: what a command prints must not depend on the host's language (Intl would). A
// moment is told in the host's time zone, as clocks on its wall are.

/** Milliseconds from some moment, never going back. The host's `performance` takes 2 ms to load. */
export function monotonicMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1000 + nanoseconds / 1_000_000;
}

/** `2026-07-27 14:03:07`, in local time. */
export function clockTime(ms: number): string {
  const date = new Date(ms);
  if (Number.isNaN(date.getTime())) return `${ms} ms`;
  const two = (n: number): string => String(n).padStart(2, '0');
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join('-');
  return `${day} ${[date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':')}`;
}

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1000],
] as const;

/** The two largest units of a length of time: `3 d 4 h`, `2 min 5 s`, `12 s`, `85 ms`. */
export function duration(ms: number): string {
  const whole = Math.max(0, Math.round(ms));
  if (whole < 1000) return `${whole} ms`;
  const at = UNITS.findIndex(([, size]) => whole >= size);
  const [unit, size] = UNITS[at] ?? UNITS[3];
  const count = Math.floor(whole / size);
  const next = UNITS[at + 1];
  const rest = next === undefined ? 0 : Math.floor((whole - count * size) / next[1]);
  if (next === undefined || rest === 0) return `${count} ${unit}`;
  return `${count} ${unit} ${rest} ${next[0]}`;
}

/** `3 min ago`, `in 2 h`, `now`. */
export function fromNow(ms: number, nowMs: number): string {
  const away = ms - nowMs;
  if (Math.abs(away) < 1000) return 'now';
  return away > 0 ? `in ${duration(away)}` : `${duration(-away)} ago`;
}

/** `2026-07-27 14:03:07 (in 2 h)`. */
export function moment(ms: number, nowMs: number): string {
  return `${clockTime(ms)} (${fromNow(ms, nowMs)})`;
}

/** `812 bytes`, `4.2 KB`, `10 MB`. */
export function bytes(count: number): string {
  if (count < 1000) return `${count} byte${count === 1 ? '' : 's'}`;
  const units = ['KB', 'MB', 'GB', 'TB'];
  let size = count;
  let unit = '';
  for (const each of units) {
    if (size < 1000) break;
    size /= 1000;
    unit = each;
  }
  return `${size < 10 ? size.toFixed(1) : Math.round(size)} ${unit}`;
}
