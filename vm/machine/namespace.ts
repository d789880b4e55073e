// The globals of a module as a dict: what globals(), vars(module) and module.__dict__ give.
//
//     module.slots  ◀──bind──  Namespace  ──  a program changes the dict
//                   ──follow─▶            ──  the module's code binds or unbinds a name
//
// A module has none until somebody asks; then both have each binding, and whoever changes one
// changes the other. It takes the place of the dict of names that the module itself never uses.
//
// Invariant: NS1. What is bound in the slots of the module is in the dict, and the other way round.

import { Dict } from '../values/dict.ts';
import type { Hash } from '../values/keys.ts';
import type { Slot, Value } from '../values/value.ts';
import type { ModuleObject } from './function.ts';
import { PRELUDE } from './link.ts';
import type { Machine } from './machine.ts';

const globalIndex = new WeakMap<readonly string[], ReadonlyMap<string, number>>();

/** The slot of a module's global; -1 if the module itself never names it. */
export function globalSlot(object: ModuleObject, name: string): number {
  const { globals } = object.unit.module;
  let index = globalIndex.get(globals);
  if (index === undefined) {
    index = new Map(globals.map((each, i) => [each, i]));
    globalIndex.set(globals, index);
  }
  return index.get(name) ?? -1;
}

export class Namespace extends Dict {
  /** Null until a decoded one is found by its module. */
  private module: ModuleObject | null = null;

  /** Be the dict of a module, which has none. */
  attach(module: ModuleObject): void {
    this.module = module;
    module.extra = this;
    module.namespace = this;
  }

  get isAttached(): boolean {
    return this.module !== null;
  }

  override add(key: Value, value: Value, hash?: Hash): number {
    const at = super.add(key, value, hash);
    this.bind(key, value);
    return at;
  }

  override setAt(at: number, value: Value): void {
    super.setAt(at, value);
    this.bind(this.keys[at], value);
  }

  override removeAt(at: number): void {
    const key = this.keys[at];
    super.removeAt(at);
    this.bind(key, undefined);
  }

  override clear(): void {
    const { keys } = this;
    super.clear();
    for (const key of keys) this.bind(key, undefined);
  }

  /** The module has bound or unbound a name, perhaps one it never uses itself. */
  follow(name: string, value: Slot): void {
    const at = this.find(name);
    if (typeof at !== 'number') return;
    if (value === undefined) {
      if (at >= 0) super.removeAt(at);
    } else if (at < 0) super.add(name, value);
    else super.setAt(at, value);
  }

  private bind(key: Slot, value: Slot): void {
    const { module } = this;
    const slot = module === null || typeof key !== 'string' ? -1 : globalSlot(module, key);
    if (module === null || slot < 0) return;
    module.slots[slot] = value;
    module.touch();
  }
}

/** What every module has without binding it, in CPython's order. */
const GIVEN = ['__name__', '__doc__', '__package__', '__loader__', '__spec__'];
const OF_SCRIPT = [...GIVEN, '__annotations__', '__builtins__', '__file__', '__cached__'];
const OF_OTHERS = [...GIVEN, '__file__', '__cached__', '__builtins__'];

function givenNames({ unit }: ModuleObject): readonly string[] {
  return unit.module.name === '__main__' ? OF_SCRIPT : OF_OTHERS;
}

/** __name__ and its kin. */
export function moduleDunder(machine: Machine, object: ModuleObject, name: string): Slot {
  if (!name.startsWith('__') || !givenNames(object).includes(name)) return undefined;
  const { module, constants } = object.unit;
  switch (name) {
    case '__name__':
      return module.name;
    case '__file__':
      return module.file;
    case '__doc__': {
      const doc = module.functions[0]?.doc ?? -1;
      return doc < 0 ? null : (constants[doc] ?? null);
    }
    case '__annotations__':
      return madeAnnotations(object);
    case '__builtins__':
      return machine.moduleNamed(PRELUDE);
    case '__package__':
      if (module.name === '__main__') return null;
      return module.isPackage ? module.name : module.name.split('.').slice(0, -1).join('.');
    default:
      return null;
  }
}

/** Of a script that annotates nothing: bound, so that what is put there is found again. */
function madeAnnotations(object: ModuleObject): Dict {
  const made = new Dict();
  const slot = globalSlot(object, '__annotations__');
  if (slot >= 0) {
    object.slots[slot] = made;
    object.stored(slot);
  } else {
    (object.extra ??= new Dict()).set('__annotations__', made);
    object.touch();
  }
  return made;
}

/** The globals of a module, as they are now and will be: first what every module has. */
export function namespaceOf(machine: Machine, module: ModuleObject): Dict {
  if (module.extra instanceof Namespace) return module.extra;
  const namespace = new Namespace();
  const { globals } = module.unit.module;
  for (const name of givenNames(module)) {
    namespace.set(name, moduleDunder(machine, module, name) ?? null);
  }
  for (const [i, key] of globals.entries()) {
    const slot = module.slots[i];
    if (slot !== undefined) namespace.set(key, slot);
  }
  for (const [key, slot] of module.extra?.entries() ?? []) namespace.set(key, slot);
  namespace.attach(module);
  module.touch();
  return namespace;
}

/** The names of a module, for dir(). */
export function moduleNames(module: ModuleObject): string[] {
  const { globals } = module.unit.module;
  const extra = [...(module.extra?.entries() ?? [])];
  return [
    ...(module.extra instanceof Namespace ? [] : givenNames(module)),
    ...globals.filter((_, i) => module.slots[i] !== undefined),
    ...extra.flatMap(([name]) => (typeof name === 'string' ? name : [])),
  ];
}
