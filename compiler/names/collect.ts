// The first look at names: a walk that finds the scopes and notes what the text does in each.
//
//     class C:                     module    C bound, print read
//         n = 0                    C         n bound
//         def add(self, k):        C         add bound
//             self.n += k          add       self parameter read, k parameter read
//     print(C)
//
// Nothing is decided here about where a name lives; that needs all of it (resolve.ts). What can be
// said at once about a statement is said: a return outside of a function, a global declared too
// late.
//
// The walk keeps its own stack of what is to be seen, so that chains as long as the text (T4 of the
// tree) need no host recursion. Children are pushed last first, which makes the order that of
// the text, and the order in which CPython sees them where that decides about a mistake.

import type { Report } from '../diagnostics/report.ts';
import type { Source } from '../diagnostics/source.ts';
import type {
  Alias,
  AnnAssign,
  Arguments,
  ClassDef,
  Expression,
  Global,
  Import,
  ImportFrom,
  Keyword,
  Lambda,
  Module,
  NamedExpr,
  Node,
  Nonlocal,
  Return,
  Span,
  Try,
  TryStar,
  Yield,
  YieldFrom,
} from '../syntax/tree.ts';
import { children } from '../syntax/walk.ts';
import { Collected } from './collected.ts';
import { isFuture, readFuture } from './future.ts';
import type { NameCode } from './mistakes.ts';
import { ITERATOR, Scope, USE } from './scope.ts';
import type { ComprehensionNode, FunctionNode, ScopeKind, ScopeNode } from './scope.ts';

/** Scopes within scopes: a hundred blocks can be open, the rest is lambdas in lambdas. */
export const SCOPES_DEPTH_MAX = 200;

/** How a node stands: bits that go down with the walk. */
const STORE = 1; // is assigned to
const DELETE = 2; // is deleted
const LOOP = 4; // is inside a loop of its function
const ITERABLE = 8; // is inside what a comprehension runs over
const TOLERANT = 16; // is where a failing import is caught

const STAR = 32; // is inside an except* clause of its function
const STAR_OUTER = 64; // and no loop begins between the two

/** What a nested expression or statement inherits; STORE and DELETE are for targets only. */
const INHERITED = LOOP | ITERABLE | TOLERANT | STAR | STAR_OUTER;

/** Exceptions that catch a failing import. */
const CATCHES_IMPORT: ReadonlySet<string> = new Set([
  'ImportError',
  'ModuleNotFoundError',
  'Exception',
  'BaseException',
]);

const COMPREHENSION_NAMES = {
  ListComp: '<listcomp>',
  SetComp: '<setcomp>',
  DictComp: '<dictcomp>',
  GeneratorExp: '<genexpr>',
} as const;

const COMPREHENSION_WORDS = {
  ListComp: 'list comprehension',
  SetComp: 'set comprehension',
  DictComp: 'dict comprehension',
  GeneratorExp: 'generator expression',
} as const;

/** Find the scopes of a module and what it does with names. */
export function collect(tree: Module, source: Source, report: Report): Collected {
  return new Collector(tree, source, report).run();
}

class Collector {
  private readonly source: Source;
  private readonly report: Report;
  private readonly found: Collected;
  // What is to be seen next is last; three lists instead of one of triples, since this is the
  // inner loop of the phase.
  private readonly nodes: Node[] = [];
  private readonly scopes: Scope[] = [];
  private readonly modes: number[] = [];
  // Where the node in hand stands.
  private scope: Scope;
  private mode = 0;

  constructor(tree: Module, source: Source, report: Report) {
    this.source = source;
    this.report = report;
    this.scope = new Scope('module', tree, null, '<module>');
    this.scope.qualname = '<module>';
    this.found = new Collected(this.scope, readFuture(tree, source, report));
    this.pushAll(tree.body, 0);
  }

  run(): Collected {
    for (let node = this.nodes.pop(); node !== undefined; node = this.nodes.pop()) {
      this.scope = this.scopes.pop()!;
      this.mode = this.modes.pop()!;
      this.visit(node);
    }
    this.finish();
    return this.found;
  }

  /** What can be said of a function only when all of it was seen. */
  private finish(): void {
    for (const scope of this.found.scopes.toReversed()) {
      if (scope.kind !== 'comprehension' || !scope.awaits) continue;
      scope.isAsync ||= isWithinAsync(scope);
      if (scope.node.kind !== 'GeneratorExp') scope.parent!.awaits = true; // it is awaited for there
    }
    for (const { scope, span } of this.found.returns) {
      if (!scope.isAsync || !scope.yields) continue;
      this.error(span, 'bad-return', "'return' with value in async generator");
    }
  }

  private push(node: Node | null, mode = this.mode & INHERITED, scope = this.scope): void {
    if (node === null) return;
    this.nodes.push(node);
    this.scopes.push(scope);
    this.modes.push(mode);
  }

  /** Push a list so that its first is seen first. */
  private pushAll(
    nodes: readonly (Node | null)[],
    mode = this.mode & INHERITED,
    scope = this.scope,
  ): void {
    for (let i = nodes.length - 1; i >= 0; i--) this.push(nodes[i]!, mode, scope);
  }

  private error(span: Span, code: NameCode, title: string, help: string | null = null): void {
    this.report.error(this.source, span, code, title, { help });
  }

  private visit(node: Node): void {
    switch (node.kind) {
      case 'FunctionDef':
      case 'AsyncFunctionDef':
        return this.functionDef(node);
      case 'ClassDef':
        return this.classDef(node);
      case 'Lambda':
        return this.lambda(node);
      case 'ListComp':
      case 'SetComp':
      case 'DictComp':
      case 'GeneratorExp':
        return this.comprehension(node);
      case 'Name':
        return this.name(node.id, node.span);
      case 'NamedExpr':
        return this.namedExpr(node);
      case 'Global':
      case 'Nonlocal':
        return this.declaration(node);
      case 'Import':
      case 'ImportFrom':
        return this.import(node);
      case 'Return':
        return this.return(node);
      case 'Yield':
      case 'YieldFrom':
        return this.yield(node);
      case 'Await':
        this.scope.awaits = true;
        return this.push(node.value);
      case 'Constant':
        return;
      default:
        return this.visitSimple(node);
    }
  }

  private visitSimple(node: Node): void {
    switch (node.kind) {
      case 'Assign':
        this.pushAll(node.targets, this.mode | STORE);
        return this.push(node.value);
      case 'AugAssign':
        this.push(node.value);
        return this.push(node.target, this.mode | STORE);
      case 'AnnAssign':
        return this.annAssign(node);
      case 'Delete':
        return this.pushAll(node.targets, this.mode | DELETE);
      case 'Tuple':
      case 'List':
        return this.pushAll(node.elts, this.mode);
      case 'Starred':
        return this.push(node.value, this.mode);
      case 'Attribute':
        if ((this.mode & (STORE | DELETE)) !== 0) {
          this.notReserved(node.attr, node.attrSpan);
          this.found.storedAttributes.add(node.attr);
        } else if (node.value.kind === 'Name' || node.value.kind === 'Attribute') {
          this.found.attributes.push({ scope: this.scope, node });
        }
        return this.push(node.value);
      case 'keyword':
        return this.keyword(node);
      case 'For':
      case 'AsyncFor':
        if (node.kind === 'AsyncFor') this.scope.awaits = true;
        this.pushAll(node.orelse);
        this.pushAll(node.body, (this.mode & ~STAR_OUTER) | LOOP);
        this.push(node.target, this.mode | STORE);
        return this.push(node.iter);
      case 'While':
        this.pushAll(node.orelse);
        this.pushAll(node.body, (this.mode & ~STAR_OUTER) | LOOP);
        return this.push(node.test);
      case 'Break':
        if ((this.mode & STAR_OUTER) !== 0) return this.leavesStar(node.span);
        if ((this.mode & LOOP) !== 0) return;
        return this.error(node.span, 'outside-loop', "'break' outside loop");
      case 'Continue':
        if ((this.mode & STAR_OUTER) !== 0) return this.leavesStar(node.span);
        if ((this.mode & LOOP) !== 0) return;
        return this.error(node.span, 'outside-loop', "'continue' not properly in loop");
      case 'AsyncWith':
        this.scope.awaits = true;
        return this.pushAll(children(node));
      case 'withitem':
        this.push(node.optional_vars, this.mode | STORE);
        return this.push(node.context_expr);
      case 'Try':
      case 'TryStar':
        return this.try(node);
      case 'ExceptHandler':
        this.pushAll(node.body);
        if (node.name !== null) this.bind(node.name, node.nameSpan ?? node.span);
        return this.push(node.type);
      case 'If':
        return this.if(node);
      case 'MatchStar':
        if (node.name !== null) this.bind(node.name, node.nameSpan ?? node.span);
        return;
      case 'MatchAs':
        if (node.name !== null) this.bind(node.name, node.nameSpan ?? node.span);
        return this.push(node.pattern);
      case 'MatchMapping':
        if (node.rest !== null) this.bind(node.rest, node.restSpan ?? node.span);
        return this.pushAll(children(node));
      default:
        return this.pushAll(children(node));
    }
  }

  // ------------------------------------------------------------------ names

  private name(id: string, span: Span): void {
    if ((this.mode & (STORE | DELETE)) !== 0) return this.bind(id, span);
    const name = this.scope.mangle(id);
    this.scope.note(name, USE.read, span);
    // super() reads __class__ without saying so.
    if (name === 'super' && this.scope.isFunction) this.scope.note('__class__', USE.read, span);
  }

  private bind(id: string, span: Span): void {
    this.notReserved(id, span);
    const name = this.scope.mangle(id);
    if (this.scope.kind !== 'comprehension') {
      this.scope.note(name, USE.bound, span);
      return;
    }
    // A comprehension binds its own targets only; `:=` is in `namedExpr`.
    if ((this.scope.usesOf(name) & USE.walrus) !== 0) {
      const what = `comprehension inner loop cannot rebind assignment expression target '${id}'`;
      this.error(span, 'bad-walrus', what);
    }
    this.scope.note(name, USE.bound | USE.iterated, span);
  }

  private notReserved(name: string, span: Span): void {
    if (name !== '__debug__') return;
    const verb = (this.mode & DELETE) === 0 ? 'assign to' : 'delete';
    this.error(span, 'reserved-name', `cannot ${verb} __debug__`);
  }

  private keyword(node: Keyword): void {
    if (node.arg !== null) this.notReserved(node.arg, node.span);
    this.push(node.value);
  }

  /** `x := value`. Inside comprehensions it binds in the scope around them. */
  private namedExpr(node: NamedExpr): void {
    const { id, span } = node.target;
    this.push(node.value);
    if ((this.mode & ITERABLE) !== 0) {
      const what = 'assignment expression cannot be used in a comprehension iterable expression';
      return this.error(node.span, 'bad-walrus', what);
    }
    if (this.scope.kind !== 'comprehension') return this.bind(id, span);

    const name = this.scope.mangle(id);
    let outer: Scope = this.scope;
    for (; outer.kind === 'comprehension'; outer = outer.parent!) {
      if ((outer.usesOf(name) & USE.iterated) === 0) continue;
      const what = `assignment expression cannot rebind comprehension iteration variable '${id}'`;
      return this.error(span, 'bad-walrus', what);
    }
    if (outer.kind === 'class') {
      const what = 'assignment expression within a comprehension cannot be used in a class body';
      return this.error(node.span, 'bad-walrus', what);
    }
    this.notReserved(id, span);
    const isGlobal = outer.kind === 'module' || (outer.usesOf(name) & USE.global) !== 0;
    this.scope.note(name, USE.bound | USE.walrus | (isGlobal ? USE.global : USE.nonlocal), span);
    outer.note(name, USE.bound, span);
  }

  private declaration(node: Global | Nonlocal): void {
    const word = node.kind === 'Global' ? 'global' : 'nonlocal';
    const code = node.kind === 'Global' ? 'bad-global' : 'bad-nonlocal';
    const use = node.kind === 'Global' ? USE.global : USE.nonlocal;
    for (const [i, id] of node.names.entries()) {
      const span = node.nameSpans[i] ?? node.span;
      const name = this.scope.mangle(id);
      const before = this.scope.usesOf(name);
      if (node.kind === 'Nonlocal' && this.scope.kind === 'module') {
        this.error(span, code, 'nonlocal declaration not allowed at module level');
        continue;
      }
      if ((before & USE.parameter) !== 0) {
        this.error(span, code, `name '${id}' is parameter and ${word}`);
      } else if ((before & USE.read) !== 0) {
        this.error(span, code, `name '${id}' is used prior to ${word} declaration`);
      } else if ((before & USE.annotated) !== 0) {
        this.error(span, code, `annotated name '${id}' can't be ${word}`);
      } else if ((before & USE.bound) !== 0) {
        this.error(span, code, `name '${id}' is assigned to before ${word} declaration`);
      } else if ((before & (USE.global | USE.nonlocal) & ~use) !== 0) {
        this.error(span, code, `name '${id}' is nonlocal and global`);
      }
      this.scope.note(name, use, span);
      if (node.kind === 'Global') this.found.module.note(name, USE.bound, span);
      else this.found.nonlocals.push({ scope: this.scope, name, id, span });
    }
  }

  private annAssign(node: AnnAssign): void {
    const { target, simple } = node;
    if (target.kind === 'Name') {
      const name = this.scope.mangle(target.id);
      const uses = this.scope.usesOf(name);
      const declared = uses & (USE.global | USE.nonlocal);
      if (declared !== 0 && simple === 1 && this.scope.kind !== 'module') {
        const word = (uses & USE.global) === 0 ? 'nonlocal' : 'global';
        this.error(node.span, 'bad-annotation', `annotated name '${target.id}' can't be ${word}`);
      }
      if (simple === 1) this.scope.note(name, USE.annotated, target.span);
      if (simple === 1 || node.value !== null) this.bind(target.id, target.span);
      if (simple === 1) this.scope.hasAnnotations = true;
    } else {
      this.push(target, this.mode | STORE);
    }
    this.push(node.value);
    // Annotations of a function's locals are never evaluated.
    if (!this.scope.isFunction) this.annotation(node.annotation);
  }

  private annotation(node: Expression | null): void {
    if (!this.found.future.annotations) this.push(node);
  }

  // -------------------------------------------------------------- statements

  private import(node: Import | ImportFrom): void {
    const tolerant = (this.mode & TOLERANT) !== 0;
    if (isFuture(node)) {
      if (this.found.future.statements.has(node)) return;
      const what = 'from __future__ imports must occur at the beginning of the file';
      return this.error(node.span, 'bad-future', what);
    }
    this.found.imports.push({ node, scope: this.scope, tolerant });
    for (const alias of node.names) this.importName(node, alias);
  }

  private importName(node: Import | ImportFrom, alias: Alias): void {
    if (alias.name !== '*') {
      // `import a.b` binds a.
      const name = alias.asname ?? alias.name.split('.')[0]!;
      return this.bind(name, alias.asnameSpan ?? alias.nameSpan);
    }
    if (this.scope.kind === 'module') this.found.hasStarImport = true;
    else this.error(node.span, 'bad-import', 'import * only allowed at module level');
  }

  private return(node: Return): void {
    const { kind } = this.scope;
    if (kind === 'module' || kind === 'class') {
      this.error(node.span, 'outside-function', "'return' outside function");
    }
    if ((this.mode & STAR) !== 0) this.leavesStar(node.span);
    if (node.value !== null) this.found.returns.push({ scope: this.scope, span: node.span });
    this.push(node.value);
  }

  private leavesStar(span: Span): void {
    const title = "'break', 'continue' and 'return' cannot appear in an except* block";
    this.error(span, 'leaves-handler', title);
  }

  private yield(node: Yield | YieldFrom): void {
    this.push(node.value);
    const { scope } = this;
    if (scope.kind === 'comprehension') {
      const what = COMPREHENSION_WORDS[(scope.node as ComprehensionNode).kind];
      return this.error(node.span, 'bad-yield', `'yield' inside ${what}`);
    }
    if (!scope.isFunction) {
      return this.error(node.span, 'outside-function', "'yield' outside function");
    }
    if (node.kind === 'YieldFrom' && scope.isAsync) {
      return this.error(node.span, 'bad-yield', "'yield from' inside async function");
    }
    scope.yields = true;
  }

  private try(node: Try | TryStar): void {
    this.pushAll(node.finalbody);
    this.pushAll(node.orelse);
    const isStar = node.kind === 'TryStar';
    this.pushAll(node.handlers, (this.mode & INHERITED) | (isStar ? STAR | STAR_OUTER : 0));
    const caught = node.handlers.some(({ type }) => type === null || catchesImport(type));
    this.pushAll(node.body, this.mode | (caught ? TOLERANT : 0));
  }

  /** What is only for type checkers may import what is not there. */
  private if(node: Node & { readonly kind: 'If' }): void {
    const { test } = node;
    const word = test.kind === 'Attribute' ? test.attr : test.kind === 'Name' ? test.id : '';
    this.pushAll(node.orelse);
    this.pushAll(node.body, this.mode | (word === 'TYPE_CHECKING' ? TOLERANT : 0));
    this.push(test);
  }

  // ------------------------------------------------------------------ scopes

  private open(kind: ScopeKind, node: ScopeNode, name: string): Scope {
    const scope = new Scope(kind, node, this.scope, name);
    if (scope.depth > SCOPES_DEPTH_MAX) {
      const what = `functions are nested more than ${SCOPES_DEPTH_MAX} deep`;
      this.error(node.span, 'too-nested', what);
    }
    this.found.add(scope);
    return scope;
  }

  private functionDef(node: FunctionNode): void {
    this.bind(node.name, node.nameSpan);
    const scope = this.open('function', node, node.name);
    scope.isAsync = node.kind === 'AsyncFunctionDef';
    this.parameters(scope, node.args);
    this.pushAll(node.body, 0, scope);
    this.annotation(node.returns);
    this.argumentsOutside(node.args);
    this.pushAll(node.decorator_list);
  }

  private lambda(node: Lambda): void {
    const scope = this.open('lambda', node, '<lambda>');
    this.parameters(scope, node.args);
    if (scope.depth <= SCOPES_DEPTH_MAX) this.push(node.body, this.mode & ITERABLE, scope);
    this.argumentsOutside(node.args);
  }

  /** What of parameters is evaluated where the function is defined. */
  private argumentsOutside(args: Arguments): void {
    for (const arg of [args.kwarg, ...args.kwonlyargs.toReversed(), args.vararg]) {
      this.annotation(arg?.annotation ?? null);
    }
    for (const arg of [...args.posonlyargs, ...args.args].reverse()) {
      this.annotation(arg.annotation);
    }
    this.pushAll(args.kw_defaults);
    this.pushAll(args.defaults);
  }

  private parameters(scope: Scope, args: Arguments): void {
    const all = [...args.posonlyargs, ...args.args, ...args.kwonlyargs];
    if (args.vararg !== null) all.push(args.vararg);
    if (args.kwarg !== null) all.push(args.kwarg);
    for (const { arg, argSpan } of all) {
      const name = scope.mangle(arg);
      if (scope.symbols.has(name)) {
        const what = `duplicate argument '${arg}' in function definition`;
        this.error(argSpan, 'duplicate-parameter', what);
      }
      this.notReserved(arg, argSpan);
      scope.note(name, USE.parameter, argSpan);
      scope.parameters.push(name);
    }
  }

  private classDef(node: ClassDef): void {
    this.bind(node.name, node.nameSpan);
    const scope = this.open('class', node, node.name);
    this.pushAll(node.body, 0, scope);
    this.pushAll(node.keywords);
    this.pushAll(node.bases);
    this.pushAll(node.decorator_list);
  }

  /** What the first `for` runs over is evaluated outside; all else is a function of its own. */
  private comprehension(node: ComprehensionNode): void {
    const scope = this.open('comprehension', node, COMPREHENSION_NAMES[node.kind]);
    scope.parameters.push(ITERATOR);
    scope.note(ITERATOR, USE.parameter, node.span);
    const [first, ...rest] = node.generators;
    if (first === undefined) return;
    const inside = this.mode & ITERABLE;
    this.push(node.kind === 'DictComp' ? node.value : node.elt, inside, scope);
    if (node.kind === 'DictComp') this.push(node.key, inside, scope);
    for (const { target, iter, ifs } of rest.reverse()) {
      this.pushAll(ifs, inside, scope);
      this.push(target, inside | STORE, scope);
      this.push(iter, inside | ITERABLE, scope);
    }
    this.pushAll(first.ifs, inside, scope);
    this.push(first.target, inside | STORE, scope);
    this.push(first.iter, (this.mode & INHERITED) | ITERABLE);
    if (node.generators.some(({ is_async }) => is_async === 1)) {
      scope.awaits = true;
      scope.isAsync = node.kind === 'GeneratorExp';
    }
  }
}

/** Whether the function around a comprehension is a coroutine or asynchronous generator. */
function isWithinAsync(scope: Scope): boolean {
  let around = scope.parent;
  while (around?.kind === 'comprehension') around = around.parent;
  return around?.isAsync === true;
}

/** Whether an `except` of this type would catch a failing import. */
function catchesImport(type: Expression): boolean {
  const types = type.kind === 'Tuple' ? type.elts : [type];
  return types.some((one) => one.kind === 'Name' && CATCHES_IMPORT.has(one.id));
}
