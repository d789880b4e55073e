// len(x), for what the host can count.

import { ByteArray, Bytes, List, Range, Tuple } from './collections.ts';
import { DictView } from './iterator.ts';
import { KeyTable } from './keys.ts';
import { textLength } from './text.ts';
import type { Value } from './value.ts';

/** The length of a builtin collection; undefined for anything else. */
export function nativeLength(x: Value): number | bigint | undefined {
  if (typeof x === 'string') return textLength(x);
  if (x instanceof List || x instanceof Tuple) return x.items.length;
  if (x instanceof KeyTable) return x.size;
  if (x instanceof Range) return x.length;
  if (x instanceof Bytes || x instanceof ByteArray) return x.bytes.length;
  if (x instanceof DictView) return x.dict.size;
  return undefined;
}
