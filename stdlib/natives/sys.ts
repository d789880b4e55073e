// What the module sys needs of the machine. Its flow half is stdlib/modules/sys.flow.

import { Tuple } from '../../vm/values/collections.ts';
import { overflowError, raised, typeError, valueError } from '../../vm/values/exception.ts';
import { INT_TEXT_DIGITS_LEAST } from '../../vm/values/limits.ts';
import { intOf, typeName } from '../../vm/values/plain.ts';
import { types } from '../../vm/values/types.ts';
import type { Slot } from '../../vm/values/value.ts';
import { native, type NativeContext, type NativeRow } from '../../vm/machine/native.ts';
import { given } from './object-receiver.ts';

/** Frames that a program may ask for at most: each costs memory, and bytes in every commit. */
const RECURSION_LIMIT_MAX = 1_000_000;

/** An argument that is a C int. */
function asCInt(value: Slot): number {
  const int = intOf(value);
  if (int === undefined) {
    throw typeError(`'${typeName(given(value))}' object cannot be interpreted as an integer`);
  }
  if (int > 0x7fffffff || int < -0x80000000) {
    throw overflowError('Python int too large to convert to C int');
  }
  return Number(int);
}

function setRecursionLimit(context: NativeContext, value: Slot): null {
  const limit = asCInt(value);
  if (limit < 1) throw valueError('recursion limit must be greater or equal than 1');
  // The function of sys that asks is one of the frames.
  const depth = context.depth - 1;
  if (limit <= depth) {
    throw raised(
      types.RecursionError,
      `cannot set the recursion limit to ${limit} at the recursion depth ${depth}: ` +
        'the limit is too low',
    );
  }
  if (limit > RECURSION_LIMIT_MAX) {
    throw raised(types.RecursionError, `the recursion limit is at most ${RECURSION_LIMIT_MAX}`);
  }
  context.recursionLimit = limit;
  return null;
}

function setIntDigits(context: NativeContext, value: Slot): null {
  const digits = asCInt(value);
  if (digits !== 0 && digits < INT_TEXT_DIGITS_LEAST) {
    throw valueError(`maxdigits must be 0 or larger than ${INT_TEXT_DIGITS_LEAST}`);
  }
  context.intTextDigits = digits;
  return null;
}

export const rows: readonly NativeRow[] = [
  native('_get_recursion_limit', '', (context) => context.recursionLimit),
  native('_set_recursion_limit', 'limit, /', (context, limit) => setRecursionLimit(context, limit)),
  native('_get_int_digits', '', (context) => context.intTextDigits),
  native('_set_int_digits', 'digits, /', (context, digits) => setIntDigits(context, digits)),
  // What sys.stdout or sys.stdin is instead of the stream, in a tuple; empty if it is the stream.
  native('_redirected', "stream='stdout', /", (context, stream) => {
    const bound = context.redirected(stream === 'stdin' ? 'stdin' : 'stdout');
    return new Tuple(bound === undefined ? [] : [bound]);
  }),
  native('_handled', '', (context) => context.handled()),
];
