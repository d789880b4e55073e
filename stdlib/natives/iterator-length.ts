// How many elements an iterator still has, as __length_hint__ says.

import { ByteArray, Bytes, List, Range, Tuple } from '../../vm/values/collections.ts';
import { DICT_KINDS, ITERATOR_KINDS, type NativeIterator } from '../../vm/values/iterator.ts';
import { KeyTable } from '../../vm/values/keys.ts';
import { textLength } from '../../vm/values/text.ts';
import { integer } from '../../vm/values/value.ts';

const BACKWARDS: readonly number[] = [ITERATOR_KINDS.listReverse[0], ITERATOR_KINDS.reversed[0]];

/** Zero for an iterator that has ended, or that cannot tell. */
export function lengthLeft(it: NativeIterator): number | bigint {
  const { source, index } = it;
  if (source === null) return 0;
  if (source instanceof KeyTable) return tableLeft(it, source);
  if (source instanceof Range) {
    return integer(BigInt(source.length) - BigInt(index));
  }
  const at = Number(index);
  if (BACKWARDS.includes(it.kind)) {
    const size = source instanceof List || source instanceof Tuple ? source.items.length : 0;
    return at < size ? at + 1 : 0;
  }
  if (typeof source === 'string') return textLength(source.slice(at));
  if (source instanceof Bytes || source instanceof ByteArray) {
    return Math.max(0, source.bytes.length - at);
  }
  return Math.max(0, source.items.length - at);
}

function tableLeft(it: NativeIterator, table: KeyTable): number {
  if (it.extra !== table.size) return 0;
  if (DICT_KINDS.has(it.kind)) return it.left;
  return table.keys.slice(Number(it.index)).filter((key) => key !== undefined).length;
}
