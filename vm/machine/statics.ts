// Statics: objects that are part of the code, not of a run.
//
// Builtin types, natives, constants and the prelude's functions exist once per
// process and are shared by its runs. A snapshot names them instead of writing
// them out, so a run that has only begun costs a few dozen bytes, and a run
// moved to another process finds the same objects under the same names.
//
//     ['type', 'int']                   a builtin type
//     ['native', 'len@1']               a native
//     ['single', 'Ellipsis']            a value there is one of
//     ['constant', unit, index, …]      a module's constant, or a part of one
//     ['function', unit, index]         a prelude function
//     ['module', unit]                  the prelude's module
//     ['attribute', 'int.real']         a getset attribute of a builtin type
//     ['code', unit, index]             a function's code, as programs see it
//
// Invariant: ST1. A static object has id -1 and no owner, and never changes.

import type { HeapObject } from '../values/heap.ts';

export type StaticName = readonly [kind: string, ...path: (string | number)[]];

export const STATIC_ID = -1;

const names = new WeakMap<HeapObject, StaticName>();

export function makeStatic(object: HeapObject, name: StaticName): void {
  object.id = STATIC_ID;
  names.set(object, name);
}

/** The name of a static object; undefined for an object of a run. */
export function staticName(object: HeapObject): StaticName | undefined {
  return names.get(object);
}
