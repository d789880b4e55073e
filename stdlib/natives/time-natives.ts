// Natives of flow.time: durations as people write them.
//
//     2.5      seconds            "90s"  "5m"  "1h30m"  "250ms"  "3d"  "2w"

import { DURATION_MS_MAX, parseDuration } from '../../vm/values/duration.ts';
import { typeError, valueError } from '../../vm/values/exception.ts';
import { typeName, intOf, plainSlot } from '../../vm/values/plain.ts';
import { reprText } from '../../vm/values/plain-text.ts';
import { Float, type Slot } from '../../vm/values/value.ts';
import { native, type NativeRow } from '../../vm/machine/native.ts';

/** A duration in milliseconds, from seconds or a text with units. */
export function durationMs(value: Slot): number {
  const base = plainSlot(value);
  let ms: number;
  if (typeof base === 'string') {
    const parsed = parseDuration(base);
    if (parsed === undefined) {
      throw valueError(
        `a duration is seconds, or a text like '90s', '5m', '1h30m' or '2d', not ${reprText(base)}`,
      );
    }
    ms = parsed;
  } else if (base instanceof Float) ms = base.value * 1000;
  else {
    const seconds = intOf(base);
    if (seconds === undefined || typeof base === 'boolean') {
      const name = base === undefined ? 'nothing' : typeName(base);
      throw typeError(`a duration is seconds or a text like '5m', not '${name}'`);
    }
    ms = Number(seconds) * 1000;
  }
  if (Number.isNaN(ms) || ms < 0) throw valueError('a duration cannot be negative');
  if (ms > DURATION_MS_MAX) throw valueError('a duration is at most ten thousand years');
  // Half a millisecond is as much as no host keeps; a wait is never shorter than asked for.
  return Math.ceil(ms);
}

export const rows: readonly NativeRow[] = [
  native('_duration_ms', 'duration, /', (_context, duration) => durationMs(duration)),
  native('_seconds', 'ms, /', (_context, ms) => {
    const count = intOf(ms);
    if (count === undefined) throw typeError('milliseconds are an int');
    return new Float(Number(count) / 1000);
  }),
];
