// Types, shapes and instances.
//
//     TypeObject ── mro ──▶ [TypeObject, …, object]      attrs: what the class body bound
//     Instance   ── cls ──▶ TypeObject
//                ── shape ▶ Shape {x: 0, y: 1}           slots: [value of x, value of y]
//
// A shape maps attribute names to slots and is shared by all instances that got
// the same attributes in the same order, so the machine can remember "shape S
// keeps x in slot 0" at each instruction (an inline cache). Shapes live in the
// host only; a snapshot writes names.
//
// An instance of a subclass of int, list, dict … is an Instance whose `base` is
// the plain int, list or dict: so `instanceof List` always means exactly list,
// and the machine's fast paths need no second look.
//
// Invariants:
//
//   Y1. Builtin types never change once the registry is built; they are known in
//       snapshots by name.
//   Y2. Every change of a class's attributes or bases steps `typeEpoch.now`, which every inline
//       cache compares; but for a number, str, bool or None put in the place of another one, which
//       steps `typeEpoch.plain`: a class that counts its instances empties no cache of methods.
//   Y3. slots.length === shape.names.length.
//   Y4. What a class names in __slots__ is in the slots of its instances, under names that begin
//       with MEMBER, as are the hidden fields of exceptions, and stays there when their other
//       attributes move into a dict. Without a dict (hasDict) there are no other attributes.

import { HeapObject } from './heap.ts';
import type { Dict } from './dict.ts';
import type { Slot, Value } from './value.ts';

/** Stepped at each change of any class: what caches were filled under (Y2). */
export const typeEpoch = { now: 1, plain: 1 };

/** What the instances of a type are made of in the host. */
export type Layout =
  | 'object'
  | 'type'
  | 'int'
  | 'float'
  | 'complex'
  | 'str'
  | 'bytes'
  | 'bytearray'
  | 'list'
  | 'tuple'
  | 'dict'
  | 'set'
  | 'frozenset'
  | 'exception'
  | 'module'
  | 'property'
  | 'staticmethod'
  | 'classmethod'
  | 'iterator'
  | 'closed'; // has instances of its own that no class can extend

let theType: TypeObject | null = null;

/** `type` itself, which types.ts makes first of all. */
export function setTypeType(type: TypeObject): void {
  theType = type;
}

function typeType(): TypeObject {
  if (theType === null) throw new Error('types.ts is not loaded');
  return theType;
}

/** Begins the name under which an instance keeps what its class names in __slots__. */
export const MEMBER = '\0';

/** What a look-up has found. A plain value may change within an epoch: its class is asked again. */
interface FoundName {
  readonly value: Slot;
  readonly plainIn: TypeObject | null;
}

export class TypeObject extends HeapObject {
  override get type(): TypeObject {
    return this.meta ?? typeType();
  }

  name: string;
  qualname: string;
  bases: readonly TypeObject[];
  /** This type first, object last (C3). */
  mro: readonly TypeObject[];
  readonly attrs: Map<string, Value>;
  readonly layout: Layout;
  /** Part of the language: never changes, known by name (Y1). */
  readonly isBuiltin: boolean;
  /** Whether its instances have attributes besides those it names in __slots__. */
  hasDict = true;
  /** The class of this class: `type`, or a metaclass. Null means `type`. */
  meta: TypeObject | null;
  /** Shape of an instance without attributes. */
  readonly rootShape: Shape = new Shape(null, '');
  /** Names that were looked up through the mro; valid in one epoch. */
  private found = new Map<string, FoundName>();
  private foundEpoch = 0;

  constructor(
    name: string,
    bases: readonly TypeObject[],
    layout: Layout,
    isBuiltin: boolean,
    attrs: Map<string, Value> = new Map(),
    meta: TypeObject | null = null,
  ) {
    super();
    this.name = name;
    this.qualname = name;
    this.bases = bases;
    this.mro = [this];
    this.attrs = attrs;
    this.layout = layout;
    this.isBuiltin = isBuiltin;
    this.meta = meta;
  }

  /** What the class or the first class of its mro that has it binds to a name. */
  lookup(name: string): Slot {
    if (this.foundEpoch !== typeEpoch.now) {
      this.found.clear();
      this.foundEpoch = typeEpoch.now;
    }
    const found = this.found.get(name) ?? this.find(name);
    return found.plainIn === null ? found.value : found.plainIn.attrs.get(name);
  }

  private find(name: string): FoundName {
    const holder = this.mro.find(({ attrs }) => attrs.get(name) !== undefined);
    const value = holder?.attrs.get(name);
    const isPlain = holder !== undefined && !(value instanceof HeapObject);
    const found = { value, plainIn: isPlain ? holder : null };
    this.found.set(name, found);
    return found;
  }

  /** Bind an attribute of the class itself. */
  setAttr(name: string, value: Value): void {
    const before = this.attrs.get(name);
    this.attrs.set(name, value);
    const isPlain = before !== undefined && !(before instanceof HeapObject);
    if (isPlain && !(value instanceof HeapObject)) typeEpoch.plain++;
    else typeEpoch.now++;
    this.touch();
  }

  /** Unbind one; whether it was there. */
  deleteAttr(name: string): boolean {
    const had = this.attrs.delete(name);
    if (had) {
      typeEpoch.now++;
      this.touch();
    }
    return had;
  }

  /**
   * Its __name__. A class of the library that CPython writes in C goes by its full name in
   * messages: `name` is `datetime.date` there (_name_as_builtin), and this is `date`.
   */
  get shortName(): string {
    const { name, qualname } = this;
    if (name === qualname) return name;
    const module = this.attrs.get('__module__');
    return typeof module === 'string' && name === `${module}.${qualname}` ? qualname : name;
  }

  isSubtype(of: TypeObject): boolean {
    return this.mro.includes(of);
  }
}

/** Which slot keeps which attribute. Shapes form a tree by the attribute added last. */
export class Shape {
  private readonly parent: Shape | null;
  private readonly last: string;
  private readonly next = new Map<string, Shape>();
  // Made when asked for: on the way to a shape of n names, n - 1 are passed that no instance has.
  private namesMade: readonly string[] | null = null;
  private indexMade: ReadonlyMap<string, number> | null = null;

  constructor(parent: Shape | null, last: string) {
    this.parent = parent;
    this.last = last;
  }

  /** Attribute names, in the order of their slots. */
  get names(): readonly string[] {
    return (this.namesMade ??= Shape.namesOf(this));
  }

  /** The slot of each name. */
  get index(): ReadonlyMap<string, number> {
    return (this.indexMade ??= new Map(this.names.map((name, i) => [name, i])));
  }

  private static namesOf(shape: Shape): string[] {
    const names: string[] = [];
    for (let at = shape; at.parent !== null; at = at.parent) names.push(at.last);
    return names.reverse();
  }

  /** The shape with one more attribute. */
  with(name: string): Shape {
    let shape = this.next.get(name);
    if (shape === undefined) {
      shape = new Shape(this, name);
      this.next.set(name, shape);
    }
    return shape;
  }
}

/** An instance of a class written in flow. */
export class Instance extends HeapObject {
  override get type(): TypeObject {
    return this.cls;
  }

  cls: TypeObject;
  shape: Shape;
  slots: Slot[] = [];
  /** The plain int, list, dict … of an instance of a subclass of it. */
  base: Value | undefined = undefined;
  /** When someone asked for __dict__: the attributes live there, and shape has but members (Y4). */
  dict: Dict | null = null;

  constructor(cls: TypeObject) {
    super();
    this.cls = cls;
    this.shape = cls.rootShape;
  }

  /** Whether an attribute stays in a slot when the others move into a dict (Y4). */
  isApart(name: string): boolean {
    return name.startsWith(MEMBER);
  }

  /** An attribute of the instance itself. */
  getOwn(name: string): Slot {
    if (this.dict !== null && !this.isApart(name)) return this.dict.getText(name);
    const at = this.shape.index.get(name);
    return at === undefined ? undefined : this.slots[at];
  }

  setOwn(name: string, value: Value): void {
    if (this.dict !== null && !this.isApart(name)) {
      this.dict.set(name, value);
      return;
    }
    const at = this.shape.index.get(name);
    if (at === undefined) {
      this.shape = this.shape.with(name);
      this.slots.push(value);
    } else this.slots[at] = value;
    this.touch();
  }

  /** Remove an attribute; whether it was there. The order of the others stays. */
  deleteOwn(name: string): boolean {
    if (this.dict !== null && !this.isApart(name)) {
      const at = this.dict.find(name);
      if (typeof at !== 'number' || at < 0) return false;
      this.dict.removeAt(at);
      return true;
    }
    const at = this.shape.index.get(name);
    if (at === undefined) return false;
    const names = this.shape.names.filter((_, i) => i !== at);
    this.slots.splice(at, 1);
    this.shape = names.reduce((shape, each) => shape.with(each), this.cls.rootShape);
    this.touch();
    return true;
  }

  /** The names under which it keeps its members, in order. */
  memberNames(): string[] {
    return this.shape.names.filter((name) => this.isApart(name));
  }

  /** Names of the instance's own attributes, in order; not of its members. */
  ownNames(): string[] {
    if (this.dict === null) return this.shape.names.filter((name) => !this.isApart(name));
    return [...this.dict.entries()].flatMap(([key]) => (typeof key === 'string' ? [key] : []));
  }
}

/**
 * C3: the order in which classes are searched. Null if none keeps every
 * class before its bases and every list of bases in order.
 */
export function linearize(
  self: TypeObject,
  bases: readonly TypeObject[],
): readonly TypeObject[] | null {
  const lists = [...bases.map((base) => [...base.mro]), [...bases]];
  const order: TypeObject[] = [self];
  for (;;) {
    const open = lists.filter((list) => list.length > 0);
    if (open.length === 0) return order;
    const head = open
      .map((list) => list[0] as TypeObject)
      .find((each) => !open.some((list) => list.indexOf(each) > 0));
    if (head === undefined) return null;
    order.push(head);
    for (const list of lists) if (list[0] === head) list.shift();
  }
}

/** Builtin types that CPython keeps in another module than builtins. */
const HOMES: Readonly<Record<string, string>> = { GenericAlias: 'types', UnionType: 'types' };

/** The module that a builtin type is in. */
export function homeOf(type: TypeObject): string {
  return HOMES[type.name] ?? 'builtins';
}
