// Arguments of the natives on numbers, strs and bytes: what they stand for.
//
//     method('str.center', 'self, width, …', run, '_str_center')
//         run reads its arguments through the functions below. Where one is an
//         instance whose __index__ must be asked, they leave the native at once,
//         and its twin in flow is called in its place.
//
// Nothing has been done by then: a native reads all arguments before it acts.

import { overflowError, typeError } from '../../vm/values/exception.ts';
import { NEEDS_FLOW } from '../../vm/values/keys.ts';
import {
  clampBound,
  hasMethod,
  intOf,
  isIndexSized,
  plain,
  toBound,
  toIndex,
  typeName,
} from '../../vm/values/plain.ts';
import type { Slot, Value } from '../../vm/values/value.ts';
import {
  DECLINED,
  native,
  type NativeFunction,
  type NativeResult,
  type NativeRow,
} from '../../vm/machine/native.ts';
import { given } from './object-receiver.ts';

export type Int = number | bigint;

/** Thrown to the top of a native that must decline. No Error: it has no text and no stack. */
class Decline {
  readonly toTwin = true;
}
const DECLINE = new Decline();

/** Leave the native; its twin does the work. */
export function decline(): never {
  // oxlint-disable-next-line no-throw-literal, only-throw-error
  throw DECLINE;
}

/** What is known without flow code, or out of here. */
export function known<T>(value: T | typeof NEEDS_FLOW): T {
  return value === NEEDS_FLOW ? decline() : value;
}

/** A row whose native may decline by decline(). At most six arguments are passed on. */
export function method(
  name: string,
  signature: string,
  run: NativeFunction,
  twin: string,
): NativeRow {
  const guarded: NativeFunction = (context, a, b, c, d, e, f): NativeResult => {
    try {
      return run(context, a, b, c, d, e, f);
    } catch (error) {
      if (error === DECLINE) return DECLINED;
      throw error;
    }
  };
  return native(name, signature, guarded, { twin });
}

/** operator.index(value). */
export function index(value: Slot): Int {
  return typeof value === 'number' ? value : known(toIndex(given(value)));
}

/** An int that C would keep in a Py_ssize_t: cut to ±2^53, which no size reaches. */
export function size(value: Slot): number {
  const int = index(value);
  if (typeof int === 'number') return int;
  if (!isIndexSized(int)) throw overflowError('Python int too large to convert to C ssize_t');
  return int > 0n ? Number.MAX_SAFE_INTEGER : -Number.MAX_SAFE_INTEGER;
}

/** An int that C would keep in an int. */
export function cInt(value: Slot): number {
  const int = index(value);
  if (int > 0x7fffffff || int < -0x80000000) {
    throw overflowError('Python int too large to convert to C int');
  }
  return Number(int);
}

/**
 * Start and end of a part of something of a length, as find() and its kin take them. A start past
 * the end stays there: not even nothing is found from it on.
 */
export function bounds(start: Slot, end: Slot, length: number): readonly [number, number] {
  if (start === null && end === null) return [0, length];
  const from = known(toBound(start, 0));
  const to = known(toBound(end, length));
  return [from < 0 ? Math.max(0, from + length) : from, clampBound(to, length)];
}

/** The plain str of an argument; undefined for anything else. */
export function textOf(value: Slot): string | undefined {
  const base = value === undefined ? undefined : plain(value);
  return typeof base === 'string' ? base : undefined;
}

/** A str argument; `what` begins the message: "replace() argument 1". */
export function text(value: Slot, what: string): string {
  return textOf(value) ?? wrongArgument(what, 'str', given(value));
}

/** "replace() argument 1 must be str, not int": None goes by its own name there. */
export function wrongArgument(what: string, wanted: string, value: Value): never {
  const found = value === null ? 'None' : typeName(value);
  throw typeError(`${what} must be ${wanted}, not ${found}`);
}

/** How often a sequence is repeated, by its method: operators have looked at it already. */
export function times(value: Slot): Value {
  const number = given(value);
  if (intOf(number) === undefined && !hasMethod(number, '__index__')) {
    throw typeError(`'${typeName(number)}' object cannot be interpreted as an integer`);
  }
  return number;
}
