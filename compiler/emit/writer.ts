// The writer: what every part of the emitter writes with.
//
//     ModuleWriter   tables, hashes, and the functions still to be written
//     FunctionWriter one function: its scope, its code, and the blocks it is inside of
//
// A function met inside another one gets its number at once and its code later: the functions of a
// module are a queue, so that lambdas in lambdas in lambdas need no host stack.
//
// Blocks are what a statement stands in and what `return`, `break` and `continue` must leave in
// order: a loop's iterator to drop, an __exit__ to call, a `finally` to run (exits.ts).

import type { Source } from '../diagnostics/source.ts';
import type { ImportPlans } from '../names/imports.ts';
import type { NameCode } from '../names/mistakes.ts';
import type { Names } from '../names/names.ts';
import type { ComprehensionNode, FunctionNode, Scope } from '../names/scope.ts';
import type { ClassDef, Lambda, Module, Node, Span, Statement } from '../syntax/tree.ts';
import { OP } from '../../vm/bytecode/opcodes.ts';
import type { Constant } from '../../vm/bytecode/program.ts';
import { Code, type Label } from './code.ts';
import type { Hashes } from './hash.ts';
import { Places } from './places.ts';
import { Tables } from './tables.ts';

/** What a statement stands in, innermost last. `guard` is the one around the block. */
export type Block =
  | {
      readonly kind: 'loop';
      readonly guard: number;
      readonly top: Label;
      readonly leave: Label;
      /** Stack values that belong to it: 1 for the iterator of a `for`. */
      readonly values: number;
    }
  | {
      readonly kind: 'with';
      readonly guard: number;
      readonly isAsync: boolean;
      readonly span: Span;
    }
  /** The body of a `try` with a `finally`. */
  | { readonly kind: 'finally'; readonly guard: number; readonly body: readonly Statement[] }
  /** The body of a `try` with `except`. */
  | { readonly kind: 'try'; readonly guard: number }
  /** An `except` clause; `name` is unbound at its end. */
  | { readonly kind: 'handler'; readonly guard: number; readonly name: string | null }
  /** An `except*` clause, which nothing but its end or an exception leaves. */
  | { readonly kind: 'star-handler'; readonly guard: number }
  /** A `finally` that an exception has entered. */
  | { readonly kind: 'finally-error'; readonly guard: number }
  /** A value that waits on the stack while a `finally` runs: what is returned. */
  | { readonly kind: 'value'; readonly guard: number };

/** How many stack values a block keeps below what is inside it. */
export function valuesOf(block: Block): number {
  switch (block.kind) {
    case 'loop':
      return block.values;
    case 'finally-error':
      return 2; // before exc
    case 'star-handler':
      return 5; // before exc raised rest before
    case 'with': // exit
    case 'handler': // before
    case 'value':
      return 1;
    case 'finally':
    case 'try':
      return 0;
  }
}

/** A node that becomes a function of its own. */
export type FunctionSource = Module | ClassDef | FunctionNode | Lambda | ComprehensionNode;

/** What the writer of a module is told about the world outside it. */
export interface ModuleFacts {
  readonly source: Source;
  readonly names: Names;
  readonly hashes: Hashes;
  readonly plans: ImportPlans;
  /** Names of natives this module may use, each with its version. */
  readonly natives: ReadonlyMap<string, string>;
  /** Whether its functions leave no frame in tracebacks. */
  readonly isHidden: boolean;
}

/** A function with its number, its code not yet laid out. */
export interface FunctionDraft {
  readonly scope: Scope;
  readonly code: Code;
  readonly flags: number;
  readonly doc: number;
}

export class ModuleWriter {
  readonly facts: ModuleFacts;
  readonly tables = new Tables();
  readonly places: Places;
  /** The nodes of functions, by number. */
  private readonly numbered: FunctionSource[] = [];
  private readonly numbers = new Map<FunctionSource, number>();

  constructor(facts: ModuleFacts) {
    this.facts = facts;
    this.places = new Places(facts.source);
  }

  /** The number of a function, whose code is written later. In a `finally` it is met twice. */
  addFunction(node: FunctionSource): number {
    const known = this.numbers.get(node);
    if (known !== undefined) return known;
    this.numbers.set(node, this.numbered.length);
    return this.numbered.push(node) - 1;
  }

  /** The function with a number, once it was given. */
  functionAt(number: number): FunctionSource | undefined {
    return this.numbered[number];
  }

  hashOf(node: Node): Uint8Array {
    const hash = this.facts.hashes.get(node);
    if (hash === undefined) throw new Error(`${node.kind} has no hash`);
    return hash;
  }
}

/**
 * Loops, `with`s and `try`s around one statement, as in CPython. Each `finally` is written at least
 * twice, so what they nest grows with a power of two.
 */
const BLOCKS_MAX = 20;

/** A limit of the format that a program exceeds: reported where it was thrown for. */
export class EmitError extends Error {
  readonly span: Span;
  readonly code: NameCode;

  constructor(span: Span, code: NameCode, title: string) {
    super(title);
    this.span = span;
    this.code = code;
  }
}

/** Where what is awaited comes from: the operand of GET_AWAITABLE. */
export const AWAITED = { await: 0, enter: 1, exit: 2, next: 3 } as const;

export type Awaited = (typeof AWAITED)[keyof typeof AWAITED];

/** Ints that are their own operand: as cheap as a constant, and no entry in its table. */
const LOAD_INT_MAX = 0xff_ffff;

export class FunctionWriter {
  readonly module: ModuleWriter;
  readonly scope: Scope;
  readonly code = new Code();
  readonly blocks: Block[] = [];
  /** Statements written more than once (in `finally`) keep their number. */
  readonly statementNumbers = new Map<Statement, number>();

  constructor(module: ModuleWriter, scope: Scope) {
    this.module = module;
    this.scope = scope;
  }

  at(node: { readonly span: Span }): void {
    this.code.at(node.span);
  }

  op(op: number, operand = 0): void {
    this.code.op(op, operand);
  }

  jump(op: number, label: Label): void {
    this.code.jump(op, label);
  }

  /** How many values the blocks keep on the stack: its depth between two statements. */
  get depth(): number {
    return this.blocks.reduce((depth, block) => depth + valuesOf(block), 0);
  }

  /** Enter a block; who does so leaves it by popping it from `blocks`. */
  open(block: Block): void {
    if (this.blocks.length >= BLOCKS_MAX) {
      throw new EmitError(this.code.here, 'too-nested', 'too many statically nested blocks');
    }
    this.blocks.push(block);
  }

  /** Enter a block; `inside` is written in it. */
  within(block: Block, inside: () => void): void {
    this.open(block);
    inside();
    this.blocks.pop();
  }

  /** Write something with exceptions going to a label, which finds `depth` values kept. */
  guarded(label: Label, depth: number, write: () => void): void {
    const before = this.code.enterGuard({ label, depth });
    write();
    this.code.setGuard(before);
  }

  // ------------------------------------------------------------------ values

  constant(constant: Constant): void {
    if (constant.type === 'none') return this.op(OP.LOAD_NONE);
    if (constant.type === 'int' && constant.value >= 0n && constant.value <= LOAD_INT_MAX) {
      return this.op(OP.LOAD_INT, Number(constant.value));
    }
    this.op(OP.LOAD_CONST, this.module.tables.constants.add(constant));
  }

  none(): void {
    this.op(OP.LOAD_NONE);
  }

  string(value: string): void {
    this.constant({ type: 'str', value });
  }

  builtin(name: string): void {
    this.op(OP.LOAD_BUILTIN, this.nameIndex(name));
  }

  nameIndex(name: string): number {
    return this.module.tables.names.add(name);
  }

  /**
   * `x → result`: await what is on top. Where the function is asynchronous, what that yields is
   * for whoever drives the coroutine; elsewhere the task waits.
   */
  await(from: Awaited = AWAITED.await): void {
    if (!this.scope.isAsync) return this.op(OP.AWAIT);
    this.op(OP.GET_AWAITABLE, from);
    this.none();
    this.op(OP.YIELD_FROM);
  }

  // ------------------------------------------------------------------- names

  /** Push what a name means here. */
  load(id: string): void {
    const place = this.scope.place(this.scope.mangle(id));
    switch (place.kind) {
      case 'local': // LOAD_LOCAL, where that is safe: finish.ts knows
        return this.op(OP.LOAD_LOCAL_CHECKED, place.index);
      case 'cell':
        return this.op(OP.LOAD_CELL, place.index);
      case 'global':
        return this.op(OP.LOAD_GLOBAL, this.globalIndex(place.name));
      case 'name':
        this.noteNative(place.name);
        return this.op(OP.LOAD_NAME, this.nameIndex(place.name));
      case 'class-cell':
        this.string(place.name);
        return this.op(OP.LOAD_CLASS_CELL, place.index);
    }
  }

  /** Bind a name to the top of the stack. */
  store(id: string): void {
    const place = this.scope.place(this.scope.mangle(id));
    switch (place.kind) {
      case 'local':
        return this.op(OP.STORE_LOCAL, place.index);
      case 'cell':
      case 'class-cell':
        return this.op(OP.STORE_CELL, place.index);
      case 'global':
        return this.op(OP.STORE_GLOBAL, this.module.tables.globals.add(place.name));
      case 'name':
        return this.op(OP.STORE_NAME, this.nameIndex(place.name));
    }
  }

  /** Unbind a name. */
  delete(id: string): void {
    const place = this.scope.place(this.scope.mangle(id));
    switch (place.kind) {
      case 'local':
        return this.op(OP.DELETE_LOCAL, place.index);
      case 'cell':
      case 'class-cell':
        return this.op(OP.DELETE_CELL, place.index);
      case 'global':
        return this.op(OP.DELETE_GLOBAL, this.module.tables.globals.add(place.name));
      case 'name':
        return this.op(OP.DELETE_NAME, this.nameIndex(place.name));
    }
  }

  private globalIndex(name: string): number {
    this.noteNative(name);
    return this.module.tables.globals.add(name);
  }

  /** A module lists the natives it may mean. */
  private noteNative(name: string): void {
    const native = this.module.facts.natives.get(name);
    if (native !== undefined) this.module.tables.natives.add(native);
  }
}
