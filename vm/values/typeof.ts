// type(x), for every kind of value.

import { Float, type Value } from './value.ts';
import type { TypeObject } from './type.ts';
import { types } from './types.ts';

export function typeOf(value: Value): TypeObject {
  switch (typeof value) {
    case 'number':
    case 'bigint':
      return types.int;
    case 'string':
      return types.str;
    case 'boolean':
      return types.bool;
    default:
      if (value === null) return types.NoneType;
      return value instanceof Float ? types.float : value.type;
  }
}
