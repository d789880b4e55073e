// Members: what a class names in __slots__, and how its instances are laid out by it.
//
//     class P:                     P.x ── MemberObject(P, 'x') ──▶ its instances' slot '\0x'
//         __slots__ = ('x',)
//
// A class that names a slot which one of its bases has, too, has another one: their names in the
// instance differ by depth, `\0x` and `\0\0x`.

import { raised, typeError } from '../values/exception.ts';
import type { Dict } from '../values/dict.ts';
import { HeapObject } from '../values/heap.ts';
import { Instance, MEMBER, type Layout, type TypeObject } from '../values/type.ts';
import { typeOf } from '../values/typeof.ts';
import { types } from '../values/types.ts';
import type { Value } from '../values/value.ts';

/** The descriptor of one slot: `P.x`. */
export class MemberObject extends HeapObject {
  readonly cls: TypeObject;
  readonly name: string;
  /** How many bases of the class have a slot of this name. */
  readonly depth: number;
  /** Name of the slot in instances. */
  readonly key: string;

  constructor(cls: TypeObject, name: string, depth: number) {
    super();
    this.cls = cls;
    this.name = name;
    this.depth = depth;
    this.key = MEMBER.repeat(depth + 1) + name;
  }

  override get type(): TypeObject {
    return types.member_descriptor;
  }
}

/** The instance that has a member. @throws TypeError if it is of another class */
export function memberOf({ cls, name }: MemberObject, self: Value): Instance {
  if (self instanceof Instance && self.cls.isSubtype(cls)) return self;
  throw typeError(
    `descriptor '${name}' for '${cls.name}' objects ` +
      `doesn't apply to a '${typeOf(self).name}' object`,
  );
}

/** Exceptions that have parts of their own in C. */
const LARGER: ReadonlySet<TypeObject> = new Set([
  types.BaseException,
  types.BaseExceptionGroup,
  types.StopIteration,
  types.SystemExit,
  types.ImportError,
  types.NameError,
  types.AttributeError,
  types.OSError,
  types.SyntaxError,
  types.UnicodeDecodeError,
  types.UnicodeEncodeError,
  types.UnicodeTranslateError,
]);

const membersOf = (cls: TypeObject): MemberObject[] =>
  [...cls.attrs.values()].filter(
    (each): each is MemberObject => each instanceof MemberObject && each.cls === cls,
  );

const VARIABLE: readonly Layout[] = ['int', 'bytes', 'tuple'];

/** The class that gave the instances of a class their dict. */
function withDict({ mro }: TypeObject): TypeObject | undefined {
  return mro.findLast(({ hasDict }) => hasDict);
}

/** Whether instances of one class can become instances of another as they are. */
export function hasSameMembers(a: TypeObject, b: TypeObject): boolean {
  const keys = ({ mro }: TypeObject): string =>
    mro.flatMap((each) => membersOf(each).map(({ key }) => key)).join();
  const builtin = ({ mro }: TypeObject): TypeObject | undefined =>
    mro.find((each) => each.isBuiltin);
  // Behind items without a fixed number each class that adds a dict has its own place for it.
  const hasSamePlace = !VARIABLE.includes(a.layout) || withDict(a) === withDict(b);
  return (
    builtin(a) === builtin(b) && hasSamePlace && a.hasDict === b.hasDict && keys(a) === keys(b)
  );
}

/**
 * The class that decides what instances of a class are made of: the first that has members, or is
 * built in and more than an object.
 */
export function solidOf(cls: TypeObject): TypeObject {
  const isSolid = (each: TypeObject): boolean => {
    if (!each.isBuiltin) return membersOf(each).length > 0;
    if (each.layout === 'exception') return LARGER.has(each);
    return each.layout !== 'object';
  };
  return cls.mro.find(isSolid) ?? types.object;
}

/** Of the bases of a class, the one that its instances are laid out by: `__base__`. */
export function bestBase({ bases }: TypeObject): TypeObject | undefined {
  const isBetter = (a: TypeObject, b: TypeObject): boolean =>
    solidOf(a) !== solidOf(b) && solidOf(a).isSubtype(solidOf(b));
  return bases.find((each) => !bases.some((other) => isBetter(other, each)));
}

/** What has room behind its instances' own parts for the items they consist of. */
const SIZED: readonly Layout[] = ['int', 'bytes', 'tuple', 'type'];

const IDENTIFIER = /^[\p{XIDS}_][\p{XIDC}]*$/u;

/**
 * The members that a class names, which has its bases and no order of them yet.
 *
 * @param names     what __slots__ names, in order
 * @param namespace of the class body
 */
export function checkMembers(
  cls: TypeObject,
  names: readonly Value[],
  namespace: Dict,
): readonly string[] {
  cls.hasDict = cls.bases.some(({ hasDict }) => hasDict);
  if (names.length > 0 && SIZED.includes(cls.layout)) {
    const base = cls.bases.find(({ layout }) => layout === cls.layout) ?? cls;
    throw typeError(`nonempty __slots__ not supported for subtype of '${base.name}'`);
  }
  const own: string[] = [];
  for (const name of names.map(checkName)) {
    if (name === '__dict__') {
      if (cls.hasDict) throw typeError('__dict__ slot disallowed: we already got one');
      cls.hasDict = true;
    } else if (name !== '__weakref__') own.push(mangled(cls.name, name));
  }
  const conflict = own.find((name) => namespace.getText(name) !== undefined);
  if (conflict !== undefined) {
    throw raised(types.ValueError, `'${conflict}' in __slots__ conflicts with class variable`);
  }
  return own.toSorted();
}

/** Give a class the members it names. */
export function addMembers(cls: TypeObject, names: readonly string[]): void {
  for (const name of names) {
    const above = cls.mro.filter((each) => membersOf(each).some((member) => member.name === name));
    cls.attrs.set(name, new MemberObject(cls, name, above.length));
  }
}

function checkName(name: Value): string {
  if (typeof name !== 'string') {
    throw typeError(`__slots__ items must be strings, not '${typeOf(name).name}'`);
  }
  if (!IDENTIFIER.test(name)) throw typeError('__slots__ must be identifiers');
  return name;
}

/** A private name as class bodies know it: `__x` is `_P__x` in a class P. */
function mangled(cls: string, name: string): string {
  const plain = cls.replace(/^_+/, '');
  if (!name.startsWith('__') || name.endsWith('__') || plain === '') return name;
  return `_${plain}${name}`;
}
