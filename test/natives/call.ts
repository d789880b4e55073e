// Calls natives without a machine, for tests of what they do natively.

import { Tuple } from '../../vm/values/collections.ts';
import { Dict } from '../../vm/values/dict.ts';
import { HeapObject } from '../../vm/values/heap.ts';
import { types, type TypeName } from '../../vm/values/types.ts';
import type { Slot, Value } from '../../vm/values/value.ts';
import {
  DECLINED,
  Native,
  TailCall,
  type NativeContext,
  type NativeResult,
  type NativeRow,
} from '../../vm/machine/native.ts';
import { Registry } from '../../vm/machine/registry.ts';
import { rows as attributeRows } from '../../stdlib/natives/builtins-attributes.ts';
import { rows as numberRows } from '../../stdlib/natives/builtins-numbers.ts';
import { rows as builtinRows } from '../../stdlib/natives/builtins.ts';
import { rows as viewRows } from '../../stdlib/natives/dict-views.ts';
import { rows as dictRows } from '../../stdlib/natives/dict.ts';
import {
  attributes as errorAttributes,
  rows as errorRows,
} from '../../stdlib/natives/exception.ts';
import { rows as tableRows } from '../../stdlib/natives/intrinsics-tables.ts';
import { rows as functionRows } from '../../stdlib/natives/function.ts';
import { rows as intrinsicRows } from '../../stdlib/natives/intrinsics.ts';
import { rows as iteratorRows } from '../../stdlib/natives/iterator.ts';
import { rows as sortRows } from '../../stdlib/natives/list-sort.ts';
import { rows as listRows } from '../../stdlib/natives/list.ts';
import { rows as objectRows } from '../../stdlib/natives/object.ts';
import { rows as rangeRows } from '../../stdlib/natives/range.ts';
import { rows as reprRows } from '../../stdlib/natives/repr.ts';
import { rows as setRows } from '../../stdlib/natives/set.ts';
import { rows as sliceRows } from '../../stdlib/natives/slice.ts';
import { rows as sysRows } from '../../stdlib/natives/sys.ts';
import { rows as tupleRows } from '../../stdlib/natives/tuple.ts';
import { rows as typeRows } from '../../stdlib/natives/type.ts';

/** Every native of containers, types and builtins. */
export const rows: readonly NativeRow[] = [
  ...listRows,
  ...sortRows,
  ...tupleRows,
  ...dictRows,
  ...viewRows,
  ...setRows,
  ...rangeRows,
  ...sliceRows,
  ...iteratorRows,
  ...objectRows,
  ...typeRows,
  ...errorRows,
  ...builtinRows,
  ...numberRows,
  ...attributeRows,
  ...reprRows,
  ...tableRows,
  ...intrinsicRows,
  ...functionRows,
  ...sysRows,
];

export const registry = new Registry(rows, errorAttributes);

/** What was printed since the test began. */
export const printed: string[] = [];

const ids = new Map<HeapObject, number>();

export const context: NativeContext = {
  nowMs: 0,
  random32: () => 4,
  spend: () => {},
  effect() {
    throw new Error('no effects here');
  },
  write: (text) => void printed.push(text),
  idOf(value: Value) {
    if (!(value instanceof HeapObject)) return 16;
    let id = ids.get(value);
    if (id === undefined) ids.set(value, (id = 0x7000 + ids.size * 16));
    return id;
  },
  recursionLimit: 1000,
  depth: 1,
  redirected: () => undefined,
  intTextDigits: 4300,
  handled: () => null,
  placeOf: () => null,
};

/** Run a native on positional arguments, bound as the machine binds them. */
export function run(name: string, args: readonly Value[]): NativeResult {
  const type = types[name as TypeName];
  const native = type === undefined ? registry.newestNative(name) : type.lookup('__new__');
  if (!(native instanceof Native)) throw new Error(`no native ${name}`);
  const given = type === undefined ? args : [type, ...args];
  const bound: Slot[] = [];
  let used = 0;
  for (const { kind, fallback } of native.parameters) {
    if (kind === 'varargs') {
      bound.push(new Tuple(given.slice(used)));
      used = given.length;
    } else if (kind === 'varkeywords') bound.push(new Dict());
    else if (kind !== 'keyword-only' && used < given.length) bound.push(given[used++]);
    else bound.push(fallback?.value);
  }
  return native.row.run(context, ...bound);
}

/** The same, where the native is expected to give a value at once. */
export function call(name: string, ...args: Value[]): Value {
  const result = run(name, args);
  if (result === DECLINED) throw new Error(`${name} declined`);
  if (result instanceof TailCall) throw new Error(`${name} calls something`);
  return result;
}
