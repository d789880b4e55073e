// Scopes: who knows which names, and where a name's value lives.
//
//     def outer(a):            outer   a: cell 0, b: local 1
//         b = a                inner   a: free 0
//         def inner():
//             return a + c     c: global, of the module or a builtin
//
// A scope is a module, a class body, or a function; lambdas and comprehensions are functions too.
// collect.ts fills in what a text says of its names, resolve.ts decides from that where each lives,
// and the emitter asks `place`.
//
// Invariants, after resolve.ts:
//
//   N1. `locals` is the layout that program.ts wants: parameters, *args, **kwargs, the other
//       locals, free variables last.
//   N2. A name that an inner function uses is a cell in the scope that binds it, and free in the
//       inner function and every scope between.
//   N3. Names are mangled: no two names of a scope that mean one thing, no scope with a `__x` that
//       its class hides.

import type {
  AsyncFunctionDef,
  ClassDef,
  DictComp,
  FunctionDef,
  GeneratorExp,
  Lambda,
  ListComp,
  Module,
  SetComp,
  Span,
} from '../syntax/tree.ts';

export type ScopeKind = 'module' | 'class' | 'function' | 'lambda' | 'comprehension';

export type FunctionNode = FunctionDef | AsyncFunctionDef;
export type ComprehensionNode = ListComp | SetComp | DictComp | GeneratorExp;
export type ScopeNode = Module | ClassDef | FunctionNode | Lambda | ComprehensionNode;

/** What a text does with a name in one scope, as bits of NameUse.uses. */
export const USE = {
  /** Is read. */
  read: 1,
  /** Is bound: assigned, imported, defined, deleted, caught. */
  bound: 2,
  parameter: 4,
  /** Has a `global` statement. */
  global: 8,
  /** Has a `nonlocal` statement. */
  nonlocal: 16,
  /** Has an annotation, `x: int`. */
  annotated: 32,
  /** Is what a comprehension runs over. */
  iterated: 64,
  /** Is bound by `:=` from inside a comprehension. */
  walrus: 128,
} as const;

/** A name in a scope. */
export interface NameUse {
  readonly name: string;
  uses: number;
  /** How many places in the text bind it. */
  bindings: number;
  /** Where it was first read, bound or declared. */
  readonly span: Span;
}

/** Where a name's value lives, as seen from one scope. */
export type Place =
  | { readonly kind: 'local'; readonly index: number }
  | { readonly kind: 'cell'; readonly index: number }
  | { readonly kind: 'global'; readonly name: string }
  /** In the namespace of a class body, else global. */
  | { readonly kind: 'name'; readonly name: string }
  /** In the namespace of a class body, else in a cell. */
  | { readonly kind: 'class-cell'; readonly index: number; readonly name: string };

/** The local 0 of a class body: what it binds names in. */
export const NAMESPACE = '.namespace';

/** The local that holds the cell of __class__, in a class body that needs one. */
export const CLASS_CELL = 1;

/** The parameter of a comprehension: the iterator of its first `for`. */
export const ITERATOR = '.0';

export class Scope {
  readonly kind: ScopeKind;
  readonly node: ScopeNode;
  readonly parent: Scope | null;
  /** As in `f.__name__`. */
  readonly name: string;
  /** As in `f.__qualname__`; empty for a module. */
  qualname: string;
  /** How many scopes are around it. */
  readonly depth: number;
  /** The class whose private names are hidden here, without its leading underscores; else null. */
  readonly privateClass: string | null;
  readonly symbols = new Map<string, NameUse>();
  /** Parameters in the order of the layout. */
  readonly parameters: string[] = [];
  /** Whether it yields: a generator. */
  yields = false;
  /** Whether it awaits by `await`, `async for`, `async with` or an asynchronous comprehension. */
  awaits = false;
  /** `async def`, or a comprehension that must run as one. */
  isAsync = false;
  /** Names that inner scopes take from here. */
  readonly cells = new Set<string>();
  /** Names taken from outer scopes, for this one or for inner ones. */
  readonly frees = new Set<string>();
  /** A module or class body with annotated names: it keeps __annotations__. */
  hasAnnotations = false;
  /** A class whose methods say `super()` or `__class__`. */
  needsClassCell = false;
  private layout: readonly string[] = [];
  private readonly indices = new Map<string, number>();
  private readonly places = new Map<string, Place>();

  constructor(kind: ScopeKind, node: ScopeNode, parent: Scope | null, name: string) {
    this.kind = kind;
    this.node = node;
    this.parent = parent;
    this.name = name;
    this.qualname = name;
    this.depth = parent === null ? 0 : parent.depth + 1;
    const hidden = kind === 'class' ? name.replace(/^_+/, '') : '';
    this.privateClass = kind === 'class' ? hidden || null : (parent?.privateClass ?? null);
  }

  /** Whether names bound here are locals or cells that inner functions can see. */
  get isFunction(): boolean {
    return this.kind !== 'module' && this.kind !== 'class';
  }

  /** A name as it is kept: `__x` in a class `C` is `_C__x`, so that subclasses do not meet. N3 */
  mangle(name: string): string {
    if (this.privateClass === null || !name.startsWith('__')) return name;
    if (name.endsWith('__') || name.includes('.')) return name;
    return `_${this.privateClass}${name}`;
  }

  /** Note what the text does with a name, already mangled. */
  note(name: string, use: number, span: Span): NameUse {
    const known = this.symbols.get(name);
    const bindings = (use & (USE.bound | USE.parameter)) === 0 ? 0 : 1;
    if (known !== undefined) {
      known.bindings += bindings;
      known.uses |= use;
      return known;
    }
    const symbol: NameUse = { name, uses: use, bindings, span };
    this.symbols.set(name, symbol);
    return symbol;
  }

  /** What the text does with a mangled name: bits of USE. */
  usesOf(name: string): number {
    return this.symbols.get(name)?.uses ?? 0;
  }

  /** Whether a name is this scope's own, and not said to be another's. */
  binds(name: string): boolean {
    const uses = this.usesOf(name);
    return (uses & (USE.bound | USE.parameter)) !== 0 && (uses & (USE.global | USE.nonlocal)) === 0;
  }

  /** Where a mangled name lives. Only after resolve.ts. */
  place(name: string): Place {
    let place = this.places.get(name);
    if (place === undefined) {
      place = this.findPlace(name);
      this.places.set(name, place);
    }
    return place;
  }

  private findPlace(name: string): Place {
    const uses = this.usesOf(name);
    if (this.kind === 'module' || (uses & USE.global) !== 0) return { kind: 'global', name };
    const index = this.indices.get(name);
    if (this.kind === 'class') {
      if (this.binds(name) || !this.frees.has(name)) return { kind: 'name', name };
      return { kind: 'class-cell', index: index!, name };
    }
    if (index === undefined) return { kind: 'global', name };
    const inCell = this.cells.has(name) || this.frees.has(name);
    return { kind: inCell ? 'cell' : 'local', index };
  }

  /** N1 */
  get locals(): readonly string[] {
    return this.layout;
  }

  /** Fix the layout, once it is known. */
  layOut(locals: readonly string[]): void {
    this.layout = locals;
    for (const [index, name] of locals.entries()) this.indices.set(name, index);
  }

  /** The local with the cell that an inner scope takes a name from. */
  cellFor(name: string): number {
    // A class gives its methods its own __class__, also where its body sees an outer one.
    if (this.kind === 'class' && name === '__class__' && this.needsClassCell) return CLASS_CELL;
    return this.indices.get(name)!;
  }
}
