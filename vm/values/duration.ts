// Durations as people write them, in programs and on command lines.
//
//     "250ms"  "90s"  "5m"  "1h30m"  "3d"  "2w"

const UNITS_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** Ten thousand years: any moment that far off is still an exact number of milliseconds. */
export const DURATION_MS_MAX = 315_576_000_000_000;

const PART = /([0-9]+(?:\.[0-9]+)?)(ms|s|m|h|d|w)/y;

/** Milliseconds of a text such as `1h30m`; undefined if it is none. Not bounded. */
export function parseDuration(text: string): number | undefined {
  const compact = text.trim().replaceAll(' ', '');
  let total = 0;
  let at = 0;
  while (at < compact.length) {
    PART.lastIndex = at;
    const [whole, count, unit] = PART.exec(compact) ?? [];
    if (whole === undefined || count === undefined || unit === undefined) return undefined;
    total += Number(count) * (UNITS_MS[unit] ?? 0);
    at += whole.length;
  }
  return compact === '' ? undefined : total;
}
