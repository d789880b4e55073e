// Methods of object: what every class inherits. `__new__` and the attribute
// methods are the machine's own (vm/machine/specials.ts); repr.ts has the texts.

import { identical } from '../../vm/values/compare.ts';
import { ELLIPSIS, NOT_IMPLEMENTED } from '../../vm/values/constants.ts';
import { Dict } from '../../vm/values/dict.ts';
import { typeError } from '../../vm/values/exception.ts';
import { TypeObject } from '../../vm/values/type.ts';
import { typeOf } from '../../vm/values/typeof.ts';
import { types } from '../../vm/values/types.ts';
import { Tuple } from '../../vm/values/collections.ts';
import type { Slot, Value } from '../../vm/values/value.ts';
import { DECLINED, native, type NativeRow } from '../../vm/machine/native.ts';
import { textOf, wrongArgument } from './int-arguments.ts';
import { given, wrongSelf } from './object-receiver.ts';
import { identityHash } from './object-hash.ts';

/** object.__init__ takes arguments only where __new__ is there to use them. */
function checkNoExcess(self: Value, args: Slot, keywords: Slot): void {
  const excess =
    (args instanceof Tuple && args.items.length > 0) ||
    (keywords instanceof Dict && keywords.size > 0);
  if (!excess) return;
  const cls = typeOf(self);
  if (cls.lookup('__init__') !== types.object.lookup('__init__')) {
    throw typeError('object.__init__() takes exactly one argument (the instance to initialize)');
  }
  if (cls.lookup('__new__') === types.object.lookup('__new__')) {
    throw typeError(
      `${cls.name}.__init__() takes exactly one argument (the instance to initialize)`,
    );
  }
}

function hasOwnEquality(self: Value): boolean {
  return typeOf(self).lookup('__eq__') !== types.object.lookup('__eq__');
}

/** Types with one value, which calling them gives; CPython's names for two of them differ. */
const SINGLETONS = [
  ['NoneType', 'NoneType', null],
  ['ellipsis', 'EllipsisType', ELLIPSIS],
  ['NotImplementedType', 'NotImplementedType', NOT_IMPLEMENTED],
] as const;

export const rows: readonly NativeRow[] = [
  ...SINGLETONS.map(([type, name, value]) =>
    native(`${type}.__new__`, 'cls, /, *args, **kwargs', (_context, _cls, args, keywords) => {
      const count =
        (args instanceof Tuple ? args.items.length : 0) +
        Number(keywords instanceof Dict && keywords.size);
      if (count > 0) throw typeError(`${name} takes no arguments`);
      return value;
    }),
  ),
  native('NoneType.__bool__', 'self, /', (_context, self) => {
    if (self !== null) throw wrongSelf('NoneType', '__bool__', self);
    return false;
  }),
  native(
    'NotImplementedType.__bool__',
    'self, /',
    (_context, self) => {
      if (self !== NOT_IMPLEMENTED) throw wrongSelf('NotImplementedType', '__bool__', self);
      return DECLINED;
    },
    { twin: '_not_implemented_bool' },
  ),
  native('object.__init__', 'self, /, *args, **kwargs', (_context, self, args, keywords) => {
    checkNoExcess(given(self), args, keywords);
    return null;
  }),
  native('object.__eq__', 'this, value, /', (_context, self, other) =>
    identical(given(self), given(other)) ? true : NOT_IMPLEMENTED,
  ),
  native(
    'object.__ne__',
    'this, value, /',
    (_context, self, other) => {
      if (hasOwnEquality(given(self))) return DECLINED;
      return identical(given(self), given(other)) ? false : NOT_IMPLEMENTED;
    },
    { twin: '_object_ne' },
  ),
  ...['__lt__', '__le__', '__gt__', '__ge__'].map((name) =>
    native(`object.${name}`, 'this, value, /', () => NOT_IMPLEMENTED),
  ),
  native('object.__hash__', 'this, /', (context, self) => identityHash(context, given(self))),
  native(
    'object.__format__',
    'this, format_spec, /',
    (_context, _self, spec) => {
      if (textOf(spec) !== undefined) return DECLINED;
      return wrongArgument('__format__() argument', 'str', given(spec));
    },
    { twin: '_object_format' },
  ),
  native('object.__dir__', 'this, /', () => DECLINED, { twin: '_object_dir' }),
  native('object.__init_subclass__', 'cls, /, *args, **kwargs', (_context, cls, args, keywords) => {
    const name = cls instanceof TypeObject ? cls.qualname : 'object';
    if (keywords instanceof Dict && keywords.size > 0) {
      throw typeError(`${name}.__init_subclass__() takes no keyword arguments`);
    }
    const count = args instanceof Tuple ? args.items.length : 0;
    if (count === 0) return null;
    throw typeError(`${name}.__init_subclass__() takes no arguments (${count} given)`);
  }),
  native('object.__subclasshook__', 'cls, /, *args', () => NOT_IMPLEMENTED),
];
