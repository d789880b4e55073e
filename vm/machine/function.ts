// Functions, bound methods and modules, as values.

import type { Dict } from '../values/dict.ts';
import type { Tuple } from '../values/collections.ts';
import { HeapObject } from '../values/heap.ts';
import type { TypeObject } from '../values/type.ts';
import { types } from '../values/types.ts';
import type { Slot, Value } from '../values/value.ts';
import type { Code, Unit } from './code.ts';

/**
 * Parameters that calls of a function are bound to in place of those of its code, which is written
 * `(…, *values)`: what does not go to the code's own parameters comes as that tuple. So a library
 * function made at run time (a dataclass's __init__) takes arguments, and complains of them, as if
 * it had been written out.
 */
export interface Signature {
  /** Of the positional parameters, then of the keyword-only ones. */
  readonly names: readonly string[];
  readonly positional: number;
}

/** A function made by `def` or `lambda`. */
export class FunctionObject extends HeapObject {
  readonly code: Code;
  readonly module: ModuleObject;
  name: string;
  qualname: string;
  defaults: Tuple | null = null;
  kwdefaults: Dict | null = null;
  annotations: Dict | null = null;
  /** Cells for the free variables, in the order of FunctionCode.locals. */
  readonly closure: Tuple | null;
  signature: Signature | null = null;
  /** Attributes set on it, `__doc__` and `__wrapped__` among them. */
  attrs: Dict | null = null;

  constructor(code: Code, module: ModuleObject, closure: Tuple | null) {
    super();
    this.code = code;
    this.module = module;
    this.closure = closure;
    this.name = code.info.name;
    this.qualname = code.info.qualname;
  }

  override get type(): TypeObject {
    return types.function;
  }
}

/** object.name where name is a function of the class. */
export class BoundMethod extends HeapObject {
  readonly self: Value;
  /** A FunctionObject or Native, or any other callable a classmethod wrapped. */
  readonly callable: Value;

  constructor(self: Value, callable: Value) {
    super();
    this.self = self;
    this.callable = callable;
  }

  override get type(): TypeObject {
    return types.method;
  }
}

export type ModuleState = 'new' | 'running' | 'done';

/** A module of a run: its globals, in the order of Module.globals, then others. */
export class ModuleObject extends HeapObject {
  readonly unit: Unit;
  state: ModuleState = 'new';
  /** One slot for each name in unit.module.globals. */
  readonly slots: Slot[];
  /** For names that the module does not bind: the builtins they mean, once they were looked up. */
  readonly builtins: Slot[];
  /** Globals set from outside (`module.name = x`) whose name the module itself never uses. */
  extra: Dict | null = null;
  /** All its globals as a dict, once somebody has asked for one; then it is `extra`, too. */
  namespace: { follow(name: string, value: Slot): void } | null = null;

  constructor(unit: Unit) {
    super();
    this.unit = unit;
    // Array.from() takes ten times as long, 2 µs, and a run makes some dozens of modules.
    this.slots = [];
    for (let i = 0; i < unit.module.globals.length; i++) this.slots.push(undefined);
    this.builtins = this.slots.slice();
  }

  /** A slot has got another value: who looks at it otherwise is told. */
  stored(index: number): void {
    this.touch();
    this.namespace?.follow(this.unit.module.globals[index] ?? '?', this.slots[index]);
  }

  override get type(): TypeObject {
    return types.module;
  }
}

/** property(fget, fset, fdel, doc). */
export class PropertyObject extends HeapObject {
  getter: Value;
  setter: Value;
  deleter: Value;
  /** Can be set by a program, unlike the others. */
  doc: Value;

  constructor(getter: Value, setter: Value, deleter: Value, doc: Value) {
    super();
    this.getter = getter;
    this.setter = setter;
    this.deleter = deleter;
    this.doc = doc;
  }

  /** What `__init__` gives it. */
  fill(getter: Value, setter: Value, deleter: Value, doc: Value): void {
    this.getter = getter;
    this.setter = setter;
    this.deleter = deleter;
    this.describe(doc);
  }

  /** Give it another `__doc__`. */
  describe(doc: Value): void {
    this.doc = doc;
    this.touch();
  }

  override get type(): TypeObject {
    return types.property;
  }
}

/** staticmethod(callable) or classmethod(callable). */
export class MethodWrapper extends HeapObject {
  readonly kind: 'static' | 'class';
  callable: Value;

  constructor(kind: 'static' | 'class', callable: Value) {
    super();
    this.kind = kind;
    this.callable = callable;
  }

  /** What `__init__` gives it. */
  fill(callable: Value): void {
    this.callable = callable;
    this.touch();
  }

  override get type(): TypeObject {
    return this.kind === 'static' ? types.staticmethod : types.classmethod;
  }
}

/** super(cls, self): attributes of self as found after cls in the mro. */
export class SuperObject extends HeapObject {
  readonly cls: TypeObject;
  readonly self: Value;
  readonly selfType: TypeObject;

  constructor(cls: TypeObject, self: Value, selfType: TypeObject) {
    super();
    this.cls = cls;
    this.self = self;
    this.selfType = selfType;
  }

  override get type(): TypeObject {
    return types.super;
  }
}
