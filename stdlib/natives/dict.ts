// Methods of dict.
//
// Native while the host knows how to compare the keys (keys.ts); the twins in
// stdlib/prelude/dict.flow take over where only flow code does.

import { Tuple } from '../../vm/values/collections.ts';
import { equals } from '../../vm/values/compare.ts';
import { NOT_IMPLEMENTED } from '../../vm/values/constants.ts';
import { Dict } from '../../vm/values/dict.ts';
import { keyError, typeError, type Raised } from '../../vm/values/exception.ts';
import { DictView, ITERATOR_KINDS, NativeIterator } from '../../vm/values/iterator.ts';
import { NEEDS_FLOW, UNHASHABLE, unhashableType } from '../../vm/values/keys.ts';
import { instanceOf, keepsMethod } from '../../vm/values/plain.ts';
import { Instance, type TypeObject } from '../../vm/values/type.ts';
import { typeOf } from '../../vm/values/typeof.ts';
import { types } from '../../vm/values/types.ts';
import type { Slot, Value } from '../../vm/values/value.ts';
import { BoundMethod } from '../../vm/machine/function.ts';
import { DECLINED, native, TailCall, type NativeRow } from '../../vm/machine/native.ts';
import { checkItems, isContainer, peek, withElements } from './iterator-elements.ts';
import { classOf, given, plainAs, receive } from './object-receiver.ts';

const dictOf = (method: string, self: Slot): Dict => receive(Dict, 'dict', method, self);

export function unhashable(key: Value): Raised {
  return typeError(`unhashable type: '${unhashableType(key).name}'`);
}

/** The position of a key, -1; undefined where flow code must look. */
export function findKey(table: Dict, key: Value): number | undefined {
  const at = table.find(key);
  if (typeof at === 'number') return at;
  if (at === UNHASHABLE) throw unhashable(key);
  return undefined;
}

/** Whether d[key] = value could be done here. */
function setKey(dict: Dict, key: Value, value: Value): boolean {
  const problem = dict.set(key, value);
  if (problem === UNHASHABLE) throw unhashable(key);
  return problem === false;
}

const DICT_WAYS = ['__iter__'];
const ORDERED_WAYS = ['__iter__', 'keys', '__getitem__'];

/**
 * A mapping that is copied as the dict it is, whatever its class makes of keys() and [key]: CPython
 * asks only whether it is iterated as a dict is, and an OrderedDict has its own way.
 */
export function plainDict(value: Value): Dict | undefined {
  if (value instanceof Dict) return value;
  if (!(value instanceof Instance) || !(value.base instanceof Dict)) return undefined;
  const asked = value.cls.lookup('move_to_end') === undefined ? DICT_WAYS : ORDERED_WAYS;
  return asked.every((name) => keepsMethod(value, name)) ? value.base : undefined;
}

/** dict.update() from a dict; false, with nothing done, if flow code must compare keys. */
export function mergePlain(dict: Dict, from: Dict): boolean {
  if (dict === from) return true;
  if (dict.flow !== null || from.flow !== null) return false;
  for (let i = 0; i < from.keys.length; i++) {
    const key = from.keys[i];
    if (key !== undefined) dict.set(key, from.values[i] as Value);
  }
  return true;
}

/**
 * The pairs of a list of pairs, if all can be seen and their keys compared
 * here: so that what is begun natively is ended natively.
 */
function plainPairs(value: Value): [Value, Value][] | undefined {
  return withElements(value, (items) => {
    const pairs: [Value, Value][] = [];
    const probe = new Dict();
    for (const each of items) {
      const pair = typeof each === 'object' && isContainer(each) ? peek(each) : undefined;
      if (pair?.length !== 2) return undefined;
      const [key, of] = pair as [Value, Value];
      if (typeof probe.find(key) !== 'number') return undefined;
      pairs.push([key, of]);
    }
    return pairs;
  });
}

/** What dict() and update() do with their arguments; false if flow code must do it. */
function fill(dict: Dict, args: Slot, keywords: Slot): boolean {
  const positional = args instanceof Tuple ? args.items : [];
  if (positional.length > 1) return false;
  const [source] = positional;
  if (source !== undefined) {
    const from = plainDict(source);
    if (from !== undefined) {
      if (!mergePlain(dict, from)) return false;
    } else {
      if (dict.flow !== null || hasKeys(source)) return false;
      const pairs = plainPairs(source);
      if (pairs === undefined) return false;
      for (const [key, value] of pairs) dict.set(key, value);
    }
  }
  return keywords instanceof Dict ? mergePlain(dict, keywords) : true;
}

function hasKeys(value: Value): boolean {
  return typeOf(value).lookup('keys') !== undefined;
}

/** d[key] where the key is missing: __missing__ of a subclass, or KeyError. */
function missing(self: Slot, key: Value): TailCall {
  if (self instanceof Instance) {
    const hook = self.cls.lookup('__missing__');
    if (hook !== undefined && hook !== null) {
      return new TailCall(new BoundMethod(self, hook), [key]);
    }
  }
  throw keyError(key);
}

function popItem(dict: Dict): Tuple {
  let at = dict.keys.length - 1;
  while (at >= 0 && dict.keys[at] === undefined) at--;
  if (at < 0) throw keyError('popitem(): dictionary is empty');
  const pair = new Tuple([dict.keys[at] as Value, dict.values[at] as Value]);
  dict.removeLast(at);
  return pair;
}

/** a == b; undefined where flow code must compare. */
function equalDicts(a: Dict, b: Dict): boolean | undefined {
  const answer = equals(a, b);
  return answer === NEEDS_FLOW ? undefined : answer;
}

function fromKeys(cls: TypeObject, iterable: Value, value: Value): Dict | undefined {
  if (cls !== types.dict) return undefined;
  checkItems(iterable);
  return withElements(iterable, (items) => {
    const dict = new Dict();
    for (const key of items) if (!setKey(dict, key, value)) return undefined;
    return dict;
  });
}

/** Rows that make an iterator of one of the views. */
const VIEWS = [
  ['keys', ITERATOR_KINDS.dictKeys, ITERATOR_KINDS.dictKeysReverse],
  ['values', ITERATOR_KINDS.dictValues, ITERATOR_KINDS.dictValuesReverse],
  ['items', ITERATOR_KINDS.dictItems, ITERATOR_KINDS.dictItemsReverse],
] as const;

export const rows: readonly NativeRow[] = [
  native(
    'dict.__new__',
    'cls, /, *args, **kwargs',
    (_context, cls, args, keywords) => {
      const type = classOf(cls, types.dict);
      const dict = new Dict();
      // A class in flow fills its dict in __init__.
      if (!type.isBuiltin) return instanceOf(type, dict);
      return fill(dict, args, keywords) ? dict : DECLINED;
    },
    { twin: '_dict_new' },
  ),
  native(
    'dict.__init__',
    'self, /, *args, **kwargs',
    (_context, self, args, keywords) =>
      fill(dictOf('__init__', self), args, keywords) ? null : DECLINED,
    { twin: '_dict_init' },
  ),
  native(
    'dict.__getitem__',
    'this, key, /',
    (_context, self, key) => {
      const dict = dictOf('__getitem__', self);
      const at = findKey(dict, given(key));
      if (at === undefined) return DECLINED;
      return at < 0 ? missing(self, given(key)) : (dict.values[at] as Value);
    },
    { twin: '_dict_getitem' },
  ),
  native(
    'dict.__setitem__',
    'self, key, value, /',
    (_context, self, key, value) =>
      setKey(dictOf('__setitem__', self), given(key), given(value)) ? null : DECLINED,
    { twin: '_setitem_dict' },
  ),
  native(
    'dict.__delitem__',
    'self, key, /',
    (_context, self, key) => {
      const dict = dictOf('__delitem__', self);
      const at = findKey(dict, given(key));
      if (at === undefined) return DECLINED;
      if (at < 0) throw keyError(given(key));
      dict.removeAt(at);
      return null;
    },
    { twin: '_delitem_dict' },
  ),
  native(
    'dict.__contains__',
    'self, key, /',
    (_context, self, key) => {
      const at = findKey(dictOf('__contains__', self), given(key));
      return at === undefined ? DECLINED : at >= 0;
    },
    { twin: '_contains_key' },
  ),
  native('dict.__len__', 'self, /', (_context, self) => dictOf('__len__', self).size),
  native('dict.__iter__', 'self, /', (_context, self) => {
    const dict = dictOf('__iter__', self);
    return new NativeIterator(ITERATOR_KINDS.dictKeys[0], dict, 0, dict.size);
  }),
  native('dict.__reversed__', 'self, /', (_context, self) => {
    const dict = dictOf('__reversed__', self);
    const [kind] = ITERATOR_KINDS.dictKeysReverse;
    return new NativeIterator(kind, dict, dict.keys.length - 1, dict.size);
  }),
  ...(['__eq__', '__ne__'] as const).map((name) =>
    native(
      `dict.${name}`,
      'self, value, /',
      (_context, self, other) => {
        const right = plainAs(Dict, given(other));
        if (right === undefined) return NOT_IMPLEMENTED;
        const answer = equalDicts(dictOf(name, self), right);
        if (answer === undefined) return DECLINED;
        return name === '__eq__' ? answer : !answer;
      },
      { twin: name === '__eq__' ? '_dict_eq' : '_dict_ne' },
    ),
  ),
  native(
    'dict.__or__',
    'self, value, /',
    (_context, self, other) => {
      const [left, right] = [dictOf('__or__', self), plainAs(Dict, given(other))];
      if (right === undefined) return NOT_IMPLEMENTED;
      const result = left.copy();
      return plainDict(given(other)) !== undefined && mergePlain(result, right) ? result : DECLINED;
    },
    { twin: '_dict_or' },
  ),
  native(
    'dict.__ror__',
    'self, value, /',
    (_context, self, other) => {
      const [right, left] = [dictOf('__ror__', self), plainAs(Dict, given(other))];
      if (left === undefined) return NOT_IMPLEMENTED;
      const result = left.copy();
      return mergePlain(result, right) ? result : DECLINED;
    },
    { twin: '_dict_ror' },
  ),
  native(
    'dict.__ior__',
    'this, value, /',
    (_context, self, other) =>
      fill(dictOf('__ior__', self), new Tuple([given(other)]), null) ? given(self) : DECLINED,
    { twin: '_dict_ior' },
  ),
  native(
    'dict.get',
    'self, key, default=None, /',
    (_context, self, key, fallback) => {
      const dict = dictOf('get', self);
      const at = findKey(dict, given(key));
      if (at === undefined) return DECLINED;
      return at < 0 ? given(fallback) : (dict.values[at] as Value);
    },
    { twin: '_dict_get' },
  ),
  native(
    'dict.setdefault',
    'self, key, default=None, /',
    (_context, self, key, fallback) => {
      const dict = dictOf('setdefault', self);
      const at = findKey(dict, given(key));
      if (at === undefined) return DECLINED;
      if (at >= 0) return dict.values[at] as Value;
      dict.add(given(key), given(fallback));
      return given(fallback);
    },
    { twin: '_dict_setdefault' },
  ),
  native(
    'dict.pop',
    'self, /, *args',
    (_context, self, args) => {
      const dict = dictOf('pop', self);
      const items = args instanceof Tuple ? args.items : [];
      if (items.length === 0) throw typeError('pop expected at least 1 argument, got 0');
      if (items.length > 2) {
        throw typeError(`pop expected at most 2 arguments, got ${items.length}`);
      }
      const [key, fallback] = items as [Value, Value | undefined];
      // An empty dict does not ask for the hash.
      const at = dict.size === 0 ? -1 : findKey(dict, key);
      if (at === undefined) return DECLINED;
      if (at < 0) {
        if (fallback === undefined) throw keyError(key);
        return fallback;
      }
      const value = dict.values[at] as Value;
      dict.removeAt(at);
      return value;
    },
    { twin: '_dict_pop' },
  ),
  native('dict.popitem', 'self, /', (_context, self) => popItem(dictOf('popitem', self))),
  native('dict.clear', 'self, /', (_context, self) => {
    dictOf('clear', self).clear();
    return null;
  }),
  native('dict.copy', 'self, /', (_context, self) => dictOf('copy', self).copy()),
  native(
    'dict.update',
    'self, /, *args, **kwargs',
    (_context, self, args, keywords) =>
      fill(dictOf('update', self), args, keywords) ? null : DECLINED,
    { twin: '_dict_update_method' },
  ),
  native(
    'dict.fromkeys',
    'cls, iterable, value=None, /',
    (_context, cls, iterable, value) =>
      fromKeys(classOf(cls, types.dict), given(iterable), given(value)) ?? DECLINED,
    { twin: '_dict_fromkeys' },
  ),
  ...VIEWS.map(([name]) =>
    native(`dict.${name}`, 'self, /', (_context, self) => new DictView(name, dictOf(name, self))),
  ),
  ...VIEWS.flatMap(([name, forwards, backwards]) => {
    const view = (method: string, self: Slot): Dict =>
      receive(DictView, `dict_${name}`, method, self).dict;
    return [
      native(`dict_${name}.__len__`, 'self, /', (_context, self) => view('__len__', self).size),
      native(`dict_${name}.__iter__`, 'self, /', (_context, self) => {
        const dict = view('__iter__', self);
        return new NativeIterator(forwards[0], dict, 0, dict.size);
      }),
      native(`dict_${name}.__reversed__`, 'self, /', (_context, self) => {
        const dict = view('__reversed__', self);
        return new NativeIterator(backwards[0], dict, dict.keys.length - 1, dict.size);
      }),
    ];
  }),
];
