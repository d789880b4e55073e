// Natives for the flow halves of dict and set: entries by position and hash.
//
// A position is checked each time, because flow code ran since it was found.

import { List } from '../../vm/values/collections.ts';
import { identical } from '../../vm/values/compare.ts';
import { Dict } from '../../vm/values/dict.ts';
import { raised, typeError } from '../../vm/values/exception.ts';
import { hashValue } from '../../vm/values/hash.ts';
import { DictView } from '../../vm/values/iterator.ts';
import { hostKey, KeyTable, NEEDS_FLOW, UNHASHABLE, type Hash } from '../../vm/values/keys.ts';
import { intOf, plain } from '../../vm/values/plain.ts';
import { SetObject } from '../../vm/values/set.ts';
import { types } from '../../vm/values/types.ts';
import type { Slot, Value } from '../../vm/values/value.ts';
import { native, type NativeContext, type NativeRow } from '../../vm/machine/native.ts';
import { mergePlain, plainDict, unhashable } from './dict.ts';
import { identityHash } from './object-hash.ts';
import { given, plainAs } from './object-receiver.ts';
import * as algebra from './set-algebra.ts';

function tableOf(value: Slot): KeyTable {
  const table = plain(given(value));
  if (table instanceof KeyTable) return table;
  throw typeError('a dict or set is needed');
}

function dictOf(value: Slot): Dict {
  const table = tableOf(value);
  if (table instanceof Dict) return table;
  throw typeError('a dict is needed');
}

/** A table that may be changed. */
function mutable(value: Slot): KeyTable {
  const table = tableOf(value);
  if (table.isFrozen) throw typeError('a frozenset cannot be changed');
  return table;
}

function hashOf(value: Slot): Hash {
  const int = intOf(value);
  if (int === undefined) throw typeError('a hash is an int');
  return int;
}

/** The key at a position; gone if flow code has removed it since. */
function keyAt(table: KeyTable, at: Slot): Value {
  const key = typeof at === 'number' ? table.keys[at] : undefined;
  if (key === undefined) throw changed();
  return key;
}

const changed = (): Error => raised(types.RuntimeError, 'dictionary changed during a look-up');

function position(table: KeyTable, at: Slot): number {
  keyAt(table, at);
  return at as number;
}

/** Check that a key of this hash may be added: not one that the host can see is there. */
function checkNew(table: KeyTable, key: Value): void {
  const at = table.find(key);
  if (at === UNHASHABLE) throw unhashable(key);
  if (typeof at === 'number' && at >= 0) throw changed();
}

/** The hash a key brings along: none if the host can compare it. */
function ownHash(key: Value, hash: Slot): Hash | undefined {
  return hostKey(key) === NEEDS_FLOW ? hashOf(hash) : undefined;
}

function candidates(context: NativeContext, table: KeyTable, hash: Hash): List {
  const identity = (object: Value): Hash => identityHash(context, object);
  const positions = table.candidates(hash, (key) => {
    const known = hashValue(key, identity);
    return known === NEEDS_FLOW ? undefined : known;
  });
  return new List([...positions]);
}

export const rows: readonly NativeRow[] = [
  native('_table_find', 'table, key, /', (_context, table, key) => {
    const at = tableOf(table).find(given(key));
    if (at === UNHASHABLE) throw unhashable(given(key));
    return at === NEEDS_FLOW ? null : at;
  }),
  native('_table_candidates', 'table, hash, /', (context, table, hash) =>
    candidates(context, tableOf(table), hashOf(hash)),
  ),
  native('_table_positions', 'table, /', (_context, table) => {
    const positions: number[] = [];
    for (const [at, key] of tableOf(table).keys.entries())
      if (key !== undefined) positions.push(at);
    return new List(positions);
  }),
  native('_table_first', 'table, /', (_context, table) =>
    tableOf(table).keys.findIndex((key) => key !== undefined),
  ),
  native('_table_key', 'table, at, /', (_context, table, at) => keyAt(tableOf(table), at)),
  native(
    '_table_live',
    'table, at, /',
    (_context, table, at) => typeof at === 'number' && tableOf(table).keys[at] !== undefined,
  ),
  native('_table_holds', 'table, at, key, /', (_context, table, at, key) => {
    const there = typeof at === 'number' ? tableOf(table).keys[at] : undefined;
    return there !== undefined && identical(there, given(key));
  }),
  native('_table_hash', 'table, at, /', (_context, table, at) =>
    typeof at === 'number' ? (tableOf(table).flow?.get(at) ?? null) : null,
  ),
  native('_table_remove', 'table, at, /', (_context, table, at) => {
    const from = mutable(table);
    from.removeAt(position(from, at));
    return null;
  }),
  native('_table_replace', 'set, other, /', (_context, set, other) => {
    const to = mutable(set);
    const from = tableOf(other);
    if (!(to instanceof SetObject) || !(from instanceof SetObject)) {
      throw typeError('sets are needed');
    }
    to.become(from.copy(false));
    return null;
  }),
  native('_dict_value', 'table, at, /', (_context, table, at) => {
    const dict = dictOf(table);
    return dict.values[position(dict, at)] as Value;
  }),
  native('_dict_set_at', 'table, at, value, /', (_context, table, at, value) => {
    const dict = dictOf(table);
    dict.setAt(position(dict, at), given(value));
    return null;
  }),
  native('_dict_insert', 'table, hash, key, value, /', (_context, table, hash, key, value) => {
    const dict = dictOf(table);
    checkNew(dict, given(key));
    dict.add(given(key), given(value), ownHash(given(key), hash));
    return null;
  }),
  native('_set_insert', 'table, hash, key, /', (_context, table, hash, key) => {
    const set = mutable(table);
    if (!(set instanceof SetObject)) throw typeError('a set is needed');
    checkNew(set, given(key));
    set.addNew(given(key), ownHash(given(key), hash));
    return null;
  }),
  native('_is_set', 'x, /', (_context, x) => plainAs(SetObject, x) !== undefined),
  native('_is_table', 'x, /', (_context, x) => {
    return x instanceof Dict || plainAs(SetObject, x) !== undefined;
  }),
  native('_is_setlike', 'x, /', (_context, x) => {
    return plainAs(SetObject, x) !== undefined || (x instanceof DictView && x.kind !== 'values');
  }),
  native('_keeps_dict_iteration', 'x, /', (_context, x) => plainDict(given(x)) !== undefined),
  native('_view_dict', 'view, /', (_context, view) => {
    if (view instanceof DictView) return view.dict;
    throw typeError('a view of a dict is needed');
  }),
  // What most updates are: done here at once, or not begun.
  native('_merge_native', 'table, mapping, /', (_context, table, mapping) => {
    const from = plainDict(given(mapping));
    return from !== undefined && mergePlain(dictOf(table), from);
  }),
  native('_update_native', 'table, iterable, /', (_context, table, iterable) => {
    const set = mutable(table);
    if (!(set instanceof SetObject)) throw typeError('a set is needed');
    const other = set.flow === null ? algebra.asOther(given(iterable)) : undefined;
    if (other === undefined) return false;
    algebra.updateSet(set, other);
    return true;
  }),
];
