// What the first look at a module's names has found (collect.ts), for those who go on with it.

import type { Attribute, Import, ImportFrom, Span } from '../syntax/tree.ts';
import type { Future } from './future.ts';
import type { Scope, ScopeNode } from './scope.ts';

/** An import statement. */
export interface ImportStatement {
  readonly node: Import | ImportFrom;
  /** Where it binds its names. */
  readonly scope: Scope;
  /** Whether the program says what to do if the module is not there. */
  readonly tolerant: boolean;
}

/** A name in a nonlocal statement, to be found in a scope around it. */
export interface NonlocalName {
  readonly scope: Scope;
  readonly name: string; // as kept
  readonly id: string; // as written
  readonly span: Span;
}

export class Collected {
  readonly module: Scope;
  readonly future: Future;
  /** Every scope, each before those inside it, in the order of the text. */
  readonly scopes: Scope[];
  readonly imports: ImportStatement[] = [];
  /** Attributes that are read of names, or of their attributes: what may be a module's. */
  readonly attributes: { readonly scope: Scope; readonly node: Attribute }[] = [];
  /** Attributes that something is given somewhere. */
  readonly storedAttributes = new Set<string>();
  readonly nonlocals: NonlocalName[] = [];
  /** Return statements with a value. */
  readonly returns: { readonly scope: Scope; readonly span: Span }[] = [];
  hasStarImport = false;
  private readonly byNode = new Map<ScopeNode, Scope>();

  constructor(module: Scope, future: Future) {
    this.module = module;
    this.future = future;
    this.scopes = [];
    this.add(module);
  }

  add(scope: Scope): void {
    this.scopes.push(scope);
    this.byNode.set(scope.node, scope);
  }

  /** The scope that a node opens. */
  scopeOf(node: ScopeNode): Scope {
    const scope = this.byNode.get(node);
    if (scope === undefined) throw new Error(`no scope was collected for this ${node.kind}`);
    return scope;
  }
}
