// Values there is one of: NotImplemented and Ellipsis.

import { HeapObject } from './heap.ts';
import type { TypeObject } from './type.ts';
import { types } from './types.ts';

/** A value of which there is one; known in snapshots by name. */
export class Singleton extends HeapObject {
  readonly name: 'NotImplemented' | 'Ellipsis';

  constructor(name: 'NotImplemented' | 'Ellipsis') {
    super();
    this.name = name;
  }

  override get type(): TypeObject {
    return this.name === 'Ellipsis' ? types.ellipsis : types.NotImplementedType;
  }
}

export const NOT_IMPLEMENTED = new Singleton('NotImplemented');
export const ELLIPSIS = new Singleton('Ellipsis');
