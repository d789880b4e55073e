// UnicodeDecodeError and UnicodeEncodeError as codecs raise them.
//
// Their five arguments are attributes as well, kept as exception.ts keeps them:
// under names with a space before them.

import { Bytes } from '../../vm/values/collections.ts';
import { makeException, Raised } from '../../vm/values/exception.ts';
import type { TypeObject } from '../../vm/values/type.ts';
import { types } from '../../vm/values/types.ts';
import type { Value } from '../../vm/values/value.ts';

const FIELDS = ['encoding', 'object', 'start', 'end', 'reason'] as const;

function unicodeError(type: TypeObject, args: readonly Value[]): Raised {
  const error = makeException(type, ...args);
  for (const [i, name] of FIELDS.entries()) error.setOwn(` ${name}`, args[i] ?? null);
  return new Raised(error);
}

/** bytes[start:end] cannot be decoded. */
export function decodeError(
  encoding: string,
  bytes: Uint8Array,
  start: number,
  end: number,
  reason: string,
): Raised {
  const args = [encoding, new Bytes(bytes.slice()), start, end, reason];
  return unicodeError(types.UnicodeDecodeError, args);
}

/** text[start:end], counted in code points, cannot be encoded. */
export function encodeError(
  encoding: string,
  text: string,
  start: number,
  end: number,
  reason: string,
): Raised {
  return unicodeError(types.UnicodeEncodeError, [encoding, text, start, end, reason]);
}
