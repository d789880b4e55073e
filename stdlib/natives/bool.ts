// bool(). Its operators are in int-operators.ts; all else it has from int.

import { truthOf } from '../../vm/machine/operators.ts';
import { DECLINED, native, type NativeRow } from '../../vm/machine/native.ts';
import { given } from './object-receiver.ts';

export const rows: readonly NativeRow[] = [
  // bool has no subclasses, so there is no other cls.
  native('bool.__new__', 'cls, x=False, /', (_context, _cls, x) => truthOf(given(x)) ?? DECLINED, {
    twin: '_bool_new',
  }),
];
