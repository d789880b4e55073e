// mappingproxy: a mapping that can only be read, and shows what becomes of the one behind it.
//
// What is behind it is kept under a name that no program can write: a mapping, or a class, whose
// attributes are then the entries (vm/machine/attributes.ts makes that one: `C.__dict__`). What
// asks one entry of a class by its name is answered here; all else is done by the twins
// (stdlib/prelude/dict.flow) with the mapping that _proxied() gives.

import { typeError } from '../../vm/values/exception.ts';
import { DictView } from '../../vm/values/iterator.ts';
import { plain, typeName } from '../../vm/values/plain.ts';
import { Instance, TypeObject } from '../../vm/values/type.ts';
import { typeOf } from '../../vm/values/typeof.ts';
import { types } from '../../vm/values/types.ts';
import type { Slot, Value } from '../../vm/values/value.ts';
import { PROXIED, proxyOf } from '../../vm/machine/attributes.ts';
import { classNamespace } from '../../vm/machine/classes.ts';
import { DECLINED, native, type NativeRow } from '../../vm/machine/native.ts';
import type { AttributeRow } from '../../vm/machine/registry.ts';
import { given, wrongSelf } from './object-receiver.ts';

function behind(method: string, self: Slot): Value {
  const found = self instanceof Instance ? self.getOwn(PROXIED) : undefined;
  if (found === undefined) throw wrongSelf('mappingproxy', method, self);
  return found;
}

/** What a class binds to a name; undefined where the twin must look. */
function ofClass(method: string, self: Slot, key: Slot): { found: Slot } | undefined {
  const cls = behind(method, self);
  const name = plain(given(key));
  if (!(cls instanceof TypeObject) || typeof name !== 'string' || name !== key) return undefined;
  return { found: cls.attrs.get(name) };
}

/** A method that the mapping behind it has, too. */
const passed = (name: string, signature: string): NativeRow =>
  native(`mappingproxy.${name}`, signature, () => DECLINED, {
    twin: `_proxy_${name.replaceAll('_', '')}`,
  });

export const rows: readonly NativeRow[] = [
  native('mappingproxy.__new__', 'cls, mapping', (_context, _cls, mapping) => {
    const isSequence = ['list', 'tuple'].some((name) =>
      typeOf(given(mapping)).isSubtype(types[name as 'list' | 'tuple']),
    );
    if (isSequence || typeOf(given(mapping)).lookup('__getitem__') === undefined) {
      throw typeError(`mappingproxy() argument must be a mapping, not ${typeName(given(mapping))}`);
    }
    return proxyOf(given(mapping));
  }),
  // The mapping behind a proxy; anything else is given back.
  native('_proxied', 'x, /', (_context, x) => {
    const found = x instanceof Instance && x.cls === types.mappingproxy ? x.getOwn(PROXIED) : x;
    return found instanceof TypeObject && found !== x ? classNamespace(found) : given(found);
  }),
  native(
    'mappingproxy.__getitem__',
    'self, key, /',
    (_context, self, key) => ofClass('__getitem__', self, key)?.found ?? DECLINED,
    { twin: '_proxy_getitem' },
  ),
  native(
    'mappingproxy.__contains__',
    'self, key, /',
    (_context, self, key) => {
      const answer = ofClass('__contains__', self, key);
      return answer === undefined ? DECLINED : answer.found !== undefined;
    },
    { twin: '_proxy_contains' },
  ),
  native(
    'mappingproxy.get',
    'self, key, default=None, /',
    (_context, self, key, fallback) => {
      const answer = ofClass('get', self, key);
      return answer === undefined ? DECLINED : given(answer.found ?? fallback);
    },
    { twin: '_proxy_get' },
  ),
  passed('__len__', 'self, /'),
  passed('__iter__', 'self, /'),
  passed('__reversed__', 'self, /'),
  passed('__repr__', 'self, /'),
  passed('__str__', 'self, /'),
  ...['lt', 'le', 'eq', 'ne', 'gt', 'ge', 'or', 'ror', 'ior'].map((name) =>
    passed(`__${name}__`, 'self, value, /'),
  ),
  ...['keys', 'values', 'items', 'copy'].map((name) => passed(name, 'self, /')),
];

export const attributes: readonly AttributeRow[] = (
  ['dict_keys', 'dict_values', 'dict_items'] as const
).map((type) => ({
  type,
  name: 'mapping',
  get: (_context, self) => {
    if (self instanceof DictView) return proxyOf(self.dict);
    throw wrongSelf(type, 'mapping', self);
  },
}));
