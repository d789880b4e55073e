// Classes: from a finished body to a type.
//
// The class statement calls the prelude's `_build_class`, which runs the body
// and the hooks (__set_name__, __init_subclass__) in flow; what only the
// machine can do, making the type itself, is here.

import { Cell, List, Tuple } from '../values/collections.ts';
import { Dict } from '../values/dict.ts';
import { typeError } from '../values/exception.ts';
import { linearize, typeEpoch, TypeObject, type Layout } from '../values/type.ts';
import { typeOf } from '../values/typeof.ts';
import { types } from '../values/types.ts';
import type { Value } from '../values/value.ts';
import { FunctionObject, MethodWrapper } from './function.ts';
import { addMembers, checkMembers, solidOf } from './member.ts';

/** Functions that are class or static methods without saying so. */
const IMPLICIT: Readonly<Record<string, 'static' | 'class'>> = {
  __new__: 'static',
  __init_subclass__: 'class',
  __class_getitem__: 'class',
};

/**
 * A class of a name, bases and namespace.
 *
 * @param cell the body's `__class__` cell, which gets the class; or None
 * @param meta its metaclass; None for `type`
 * @param slots what its __slots__ names, as a tuple; None if it has none
 */
export function makeClass(
  name: string,
  bases: readonly Value[],
  namespace: Dict,
  cell: Value,
  meta: Value,
  slots: Value,
): TypeObject {
  const parents = bases.length === 0 ? [types.object] : bases.map(checkBase);
  const attrs = new Map<string, Value>();
  for (const [key, value] of namespace.entries()) {
    if (typeof key === 'string') attrs.set(key, value);
  }
  const cls = new TypeObject(
    name,
    parents,
    commonLayout(parents),
    false,
    attrs,
    meta instanceof TypeObject && meta !== types.type ? meta : null,
  );
  // As in CPython slots are looked at before bases are put in order.
  const members = slots instanceof Tuple ? checkMembers(cls, slots.items, namespace) : [];
  const qualname = attrs.get('__qualname__');
  if (typeof qualname === 'string') cls.qualname = qualname;
  else if (qualname !== undefined) {
    throw typeError(`type __qualname__ must be a str, not ${typeOf(qualname).name}`);
  }
  attrs.delete('__qualname__');
  const duplicate = parents.find((each, i) => parents.indexOf(each) !== i);
  if (duplicate !== undefined) throw typeError(`duplicate base class ${duplicate.name}`);
  const mro = linearize(cls, parents);
  if (mro === null) {
    throw typeError(
      'Cannot create a consistent method resolution\n' +
        `order (MRO) for bases ${parents.map((each) => each.name).join(', ')}`,
    );
  }
  cls.mro = mro;
  for (const [key, kind] of Object.entries(IMPLICIT)) {
    const method = attrs.get(key);
    if (method instanceof FunctionObject) attrs.set(key, new MethodWrapper(kind, method));
  }
  addMembers(cls, members);
  // Docstrings are not inherited.
  if (!attrs.has('__doc__')) attrs.set('__doc__', null);
  // A class that says what is equal, and not how to hash it, has no hash.
  if (attrs.has('__eq__') && !attrs.has('__hash__')) attrs.set('__hash__', null);
  if (cell instanceof Cell) {
    cell.value = cls;
    cell.touch();
  }
  for (const parent of parents) addSubclass(parent, cls);
  return cls;
}

/** Where a class keeps the classes that name it as a base: a name that no program can write. */
const SUBCLASSES = ' subclasses';

/** Where the classes of collections.abc, and those registered there, say what patterns match. */
export const CLAIM = '_abc_matches';

/** Whether an attribute of a class is one that programs can see. */
export const isShown = (name: string): boolean => name !== SUBCLASSES && name !== CLAIM;

/** The builtin classes never change (Y1), so that they know none of theirs. */
function addSubclass(parent: TypeObject, cls: TypeObject): void {
  if (parent.isBuiltin) return;
  const known = subclassesOf(parent);
  if (known === undefined) {
    parent.attrs.set(SUBCLASSES, new List([cls]));
    parent.touch();
    return;
  }
  known.touchAt(known.items.push(cls) - 1);
}

/** The classes that name one as a base, in the order in which they were made. */
export function subclassesOf(cls: TypeObject): List | undefined {
  const known = cls.attrs.get(SUBCLASSES);
  return known instanceof List ? known : undefined;
}

/** The order in which attributes are looked for, where a metaclass has a say in it. */
export function setMro(cls: TypeObject, classes: readonly Value[]): void {
  const order: TypeObject[] = [];
  for (const each of classes) {
    if (!(each instanceof TypeObject)) {
      throw typeError(`mro() returned a non-class ('${typeOf(each).name}')`);
    }
    order.push(each);
  }
  const isOrder =
    order[0] === cls &&
    order.at(-1) === types.object &&
    new Set(order).size === order.length &&
    cls.bases.every((each) => order.includes(each));
  if (!isOrder) {
    throw typeError('mro() must give the class first, its bases, and object last, each once');
  }
  cls.mro = order;
  typeEpoch.now++;
  cls.touch();
}

function checkBase(base: Value): TypeObject {
  if (!(base instanceof TypeObject)) throw typeError('bases must be types');
  if (base.layout === 'closed') {
    throw typeError(`type '${base.name}' is not an acceptable base type`);
  }
  return base;
}

/** What instances are made of: that of the one base that is more than an object. */
function commonLayout(parents: readonly TypeObject[]): Layout {
  let layout: Layout = 'object';
  for (const { layout: each } of parents) {
    if (each === 'object' || each === layout) continue;
    if (layout !== 'object') {
      throw layoutConflict();
    }
    layout = each;
  }
  let solid = types.object;
  for (const each of parents.map(solidOf)) {
    if (solid.isSubtype(each)) continue;
    if (!each.isSubtype(solid)) throw layoutConflict();
    solid = each;
  }
  return layout;
}

const layoutConflict = (): Error => typeError('multiple bases have instance lay-out conflict');

/** The most derived metaclass of the bases and the one asked for. */
export function metaclassOf(asked: Value, bases: readonly Value[]): TypeObject {
  let winner = asked instanceof TypeObject ? asked : types.type;
  for (const base of bases) {
    const meta = typeOf(base);
    if (winner.isSubtype(meta)) continue;
    if (meta.isSubtype(winner)) winner = meta;
    else {
      throw typeError(
        'metaclass conflict: the metaclass of a derived class must be a (non-strict) subclass ' +
          'of the metaclasses of all its bases',
      );
    }
  }
  return winner;
}

/** What a class binds itself, as it is now. */
export function classNamespace(cls: TypeObject): Dict {
  const dict = new Dict();
  for (const [key, value] of cls.attrs) if (isShown(key)) dict.set(key, value);
  return dict;
}

/** Names of a class's attributes in order, for the hooks that visit them. */
export function classItems(cls: TypeObject): List {
  const shown = [...cls.attrs].filter(([name]) => isShown(name));
  return new List(shown.map(([name, value]) => new Tuple([name, value])));
}
