// round(): to even at a tie, and exactly, on the value that a float really has.

import { absInt, negateInt, truncate, type Int } from './arithmetic-int.ts';
import { overflowError } from './exception.ts';
import { divideToEven, fixedText } from './float-text.ts';
import { integer } from './value.ts';

/** round(value) of a float: the nearest int. */
export function roundToInt(value: number): Int {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest < 0.5) return truncate(floor);
  if (rest > 0.5) return truncate(floor + 1);
  if (Number.isNaN(rest)) return truncate(value);
  return truncate(floor % 2 === 0 ? floor : floor + 1);
}

/** Places beyond which a float is its own rounding, and below which it rounds to 0. */
const PLACES_MOST = 323;
const PLACES_LEAST = -308;

/** round(value, places) of a float. */
export function roundFloat(value: number, places: Int): number {
  if (value === 0 || !Number.isFinite(value) || places > PLACES_MOST) return value;
  if (places < PLACES_LEAST) return value < 0 ? -0 : 0;
  const rounded = Number(fixedText(Math.abs(value), Number(places)));
  if (!Number.isFinite(rounded)) throw overflowError('rounded value too large to represent');
  return value < 0 ? -rounded : rounded;
}

/** round(value, places) of an int: to a multiple of 10 ** -places. */
export function roundInt(value: Int, places: Int): Int {
  if (places >= 0) return value;
  const size = BigInt(absInt(value));
  // 10 ** n has more bits than 3 n: far beyond twice the value, the answer is 0.
  if (BigInt(-places) * 3n > BigInt(size.toString(16).length * 4 + 2)) return 0;
  const unit = 10n ** BigInt(-places);
  const rounded = integer(size === 0n ? 0n : divideToEven(size, unit) * unit);
  return value < 0 ? negateInt(rounded) : rounded;
}
