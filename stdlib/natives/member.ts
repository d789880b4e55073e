// Descriptors of what classes name in __slots__: `P.x`, of which the machine reads and writes
// attributes itself (vm/machine/member.ts), and its methods for whoever calls them.

import { attributeError } from '../../vm/values/exception.ts';
import type { Slot } from '../../vm/values/value.ts';
import { noAttribute } from '../../vm/machine/attributes.ts';
import { MemberObject, memberOf } from '../../vm/machine/member.ts';
import { native, type NativeRow } from '../../vm/machine/native.ts';
import type { AttributeRow } from '../../vm/machine/registry.ts';
import { given, wrongSelf } from './object-receiver.ts';

function memberSelf(method: string, self: Slot): MemberObject {
  if (self instanceof MemberObject) return self;
  throw wrongSelf('member_descriptor', method, self);
}

export const rows: readonly NativeRow[] = [
  native(
    'member_descriptor.__get__',
    'self, instance, owner=None, /',
    (_context, self, instance) => {
      const member = memberSelf('__get__', self);
      if (given(instance) === null) return member;
      const value = memberOf(member, given(instance)).getOwn(member.key);
      if (value === undefined) throw noAttribute(given(instance), member.name);
      return value;
    },
  ),
  native(
    'member_descriptor.__set__',
    'self, instance, value, /',
    (_context, self, instance, value) => {
      const member = memberSelf('__set__', self);
      memberOf(member, given(instance)).setOwn(member.key, given(value));
      return null;
    },
  ),
  native('member_descriptor.__delete__', 'self, instance, /', (_context, self, instance) => {
    const member = memberSelf('__delete__', self);
    if (memberOf(member, given(instance)).deleteOwn(member.key)) return null;
    throw attributeError(member.name);
  }),
];

export const attributes: readonly AttributeRow[] = [
  {
    type: 'member_descriptor',
    name: '__name__',
    get: (_context, self) => memberSelf('__name__', self).name,
  },
  {
    type: 'member_descriptor',
    name: '__objclass__',
    get: (_context, self) => memberSelf('__objclass__', self).cls,
  },
  { type: 'member_descriptor', name: '__doc__', get: () => null },
];
