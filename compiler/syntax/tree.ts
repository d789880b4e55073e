// The tree: what a module says, as plain objects.
//
//     x = f(1)      Module { body: [
//                     Assign { targets: [Name x],
//                              value: Call { func: Name f, args: [Constant 1] } } ] }
//
// The shape is that of CPython's `ast` module (3.11), so that whoever knows one knows the other and
// a test can compare the two: `kind` is the class name there, fields that exist there keep their
// names, and fields that only we have are written in camelCase. Expression contexts (Load, Store,
// Del) are not on the nodes: where a node stands says it.
//
// Invariants:
//
//   T1. A node is data: no methods, no parent links, no sharing. Equal sources give equal trees.
//   T2. `span` covers the node's own text as CPython's positions do: a parenthesised expression is
//       without its parentheses, a tuple or generator expression with them, and a decorated
//       definition begins at `def` or `class`.
//   T3. Names are in Unicode normal form KC. Where the text differs, only the span shows it.
//   T4. Depth is bounded by what the text nests in brackets and blocks (limits.ts), except along
//       chains, which may be as long as the text: the left side of BinOp, Attribute, Call and
//       Subscript, the right side of BinOp (`**`), UnaryOp, IfExp and Lambda, and the `orelse` of
//       an `elif`. So nobody may walk a tree by host recursion: walk.ts has the loop for it.

import type { Span } from '../diagnostics/source.ts';

export type { Span } from '../diagnostics/source.ts';

interface Base<Kind extends string> {
  readonly kind: Kind;
  readonly span: Span;
}

// ---------------------------------------------------------------- module

export interface Module extends Base<'Module'> {
  readonly body: readonly Statement[];
}

// ------------------------------------------------------------ statements

interface FunctionFields {
  readonly name: string;
  readonly nameSpan: Span;
  readonly args: Arguments;
  readonly body: readonly Statement[];
  readonly decorator_list: readonly Expression[];
  readonly returns: Expression | null;
}
export interface FunctionDef extends Base<'FunctionDef'>, FunctionFields {}
export interface AsyncFunctionDef extends Base<'AsyncFunctionDef'>, FunctionFields {}

export interface ClassDef extends Base<'ClassDef'> {
  readonly name: string;
  readonly nameSpan: Span;
  readonly bases: readonly Expression[];
  readonly keywords: readonly Keyword[];
  readonly body: readonly Statement[];
  readonly decorator_list: readonly Expression[];
}

export interface Return extends Base<'Return'> {
  readonly value: Expression | null;
}

export interface Delete extends Base<'Delete'> {
  readonly targets: readonly Expression[];
}

/** `a = b = value`: targets in source order. */
export interface Assign extends Base<'Assign'> {
  readonly targets: readonly Expression[];
  readonly value: Expression;
}

export interface AugAssign extends Base<'AugAssign'> {
  readonly target: Name | Attribute | Subscript;
  readonly op: BinaryOperator;
  readonly value: Expression;
}

/** `simple` is 1 when the target is a bare name without parentheses, else 0. */
export interface AnnAssign extends Base<'AnnAssign'> {
  readonly target: Name | Attribute | Subscript;
  readonly annotation: Expression;
  readonly value: Expression | null;
  readonly simple: 0 | 1;
}

interface ForFields {
  readonly target: Expression;
  readonly iter: Expression;
  readonly body: readonly Statement[];
  readonly orelse: readonly Statement[];
}
export interface For extends Base<'For'>, ForFields {}
export interface AsyncFor extends Base<'AsyncFor'>, ForFields {}

export interface While extends Base<'While'> {
  readonly test: Expression;
  readonly body: readonly Statement[];
  readonly orelse: readonly Statement[];
}

/** An `elif` is an If alone in the `orelse` of the one before it. */
export interface If extends Base<'If'> {
  readonly test: Expression;
  readonly body: readonly Statement[];
  readonly orelse: readonly Statement[];
}

interface WithFields {
  readonly items: readonly WithItem[];
  readonly body: readonly Statement[];
}
export interface With extends Base<'With'>, WithFields {}
export interface AsyncWith extends Base<'AsyncWith'>, WithFields {}

export interface Match extends Base<'Match'> {
  readonly subject: Expression;
  readonly cases: readonly MatchCase[];
}

export interface Raise extends Base<'Raise'> {
  readonly exc: Expression | null;
  readonly cause: Expression | null;
}

interface TryFields {
  readonly body: readonly Statement[];
  readonly handlers: readonly ExceptHandler[];
  readonly orelse: readonly Statement[];
  readonly finalbody: readonly Statement[];
}
export interface Try extends Base<'Try'>, TryFields {}
/** `try` with `except*`. */
export interface TryStar extends Base<'TryStar'>, TryFields {}

export interface Assert extends Base<'Assert'> {
  readonly test: Expression;
  readonly msg: Expression | null;
}

export interface Import extends Base<'Import'> {
  readonly names: readonly Alias[];
}

/** `level` counts the leading dots; `module` is null in `from . import x`. */
export interface ImportFrom extends Base<'ImportFrom'> {
  readonly module: string | null;
  readonly moduleSpan: Span;
  readonly names: readonly Alias[];
  readonly level: number;
}

export interface Global extends Base<'Global'> {
  readonly names: readonly string[];
  /** One for each name. */
  readonly nameSpans: readonly Span[];
}

export interface Nonlocal extends Base<'Nonlocal'> {
  readonly names: readonly string[];
  /** One for each name. */
  readonly nameSpans: readonly Span[];
}

/** An expression that stands as a statement. */
export interface Expr extends Base<'Expr'> {
  readonly value: Expression;
}

export interface Pass extends Base<'Pass'> {}
export interface Break extends Base<'Break'> {}
export interface Continue extends Base<'Continue'> {}

export type Statement =
  | FunctionDef
  | AsyncFunctionDef
  | ClassDef
  | Return
  | Delete
  | Assign
  | AugAssign
  | AnnAssign
  | For
  | AsyncFor
  | While
  | If
  | With
  | AsyncWith
  | Match
  | Raise
  | Try
  | TryStar
  | Assert
  | Import
  | ImportFrom
  | Global
  | Nonlocal
  | Expr
  | Pass
  | Break
  | Continue;

// ----------------------------------------------------------- expressions

export type BoolOperator = 'And' | 'Or';

export type BinaryOperator =
  | 'Add'
  | 'Sub'
  | 'Mult'
  | 'MatMult'
  | 'Div'
  | 'Mod'
  | 'Pow'
  | 'LShift'
  | 'RShift'
  | 'BitOr'
  | 'BitXor'
  | 'BitAnd'
  | 'FloorDiv';

export type UnaryOperator = 'Invert' | 'Not' | 'UAdd' | 'USub';

export type CompareOperator =
  | 'Eq'
  | 'NotEq'
  | 'Lt'
  | 'LtE'
  | 'Gt'
  | 'GtE'
  | 'Is'
  | 'IsNot'
  | 'In'
  | 'NotIn';

/** `a or b or c` is one node with three values. */
export interface BoolOp extends Base<'BoolOp'> {
  readonly op: BoolOperator;
  readonly values: readonly Expression[];
}

export interface NamedExpr extends Base<'NamedExpr'> {
  readonly target: Name;
  readonly value: Expression;
}

export interface BinOp extends Base<'BinOp'> {
  readonly left: Expression;
  readonly op: BinaryOperator;
  readonly right: Expression;
}

export interface UnaryOp extends Base<'UnaryOp'> {
  readonly op: UnaryOperator;
  readonly operand: Expression;
}

export interface Lambda extends Base<'Lambda'> {
  readonly args: Arguments;
  readonly body: Expression;
}

export interface IfExp extends Base<'IfExp'> {
  readonly test: Expression;
  readonly body: Expression;
  readonly orelse: Expression;
}

/** A null key stands for `**value`. */
export interface Dict extends Base<'Dict'> {
  readonly keys: readonly (Expression | null)[];
  readonly values: readonly Expression[];
}

export interface Set extends Base<'Set'> {
  readonly elts: readonly Expression[];
}

export interface ListComp extends Base<'ListComp'> {
  readonly elt: Expression;
  readonly generators: readonly Comprehension[];
}

export interface SetComp extends Base<'SetComp'> {
  readonly elt: Expression;
  readonly generators: readonly Comprehension[];
}

export interface DictComp extends Base<'DictComp'> {
  readonly key: Expression;
  readonly value: Expression;
  readonly generators: readonly Comprehension[];
}

export interface GeneratorExp extends Base<'GeneratorExp'> {
  readonly elt: Expression;
  readonly generators: readonly Comprehension[];
}

export interface Await extends Base<'Await'> {
  readonly value: Expression;
}

export interface Yield extends Base<'Yield'> {
  readonly value: Expression | null;
}

export interface YieldFrom extends Base<'YieldFrom'> {
  readonly value: Expression;
}

/** `left ops[0] comparators[0] ops[1] comparators[1] …` */
export interface Compare extends Base<'Compare'> {
  readonly left: Expression;
  readonly ops: readonly CompareOperator[];
  readonly comparators: readonly Expression[];
}

/** `*xs` is a Starred among `args`; `**xs` is a Keyword without a name. */
export interface Call extends Base<'Call'> {
  readonly func: Expression;
  readonly args: readonly Expression[];
  readonly keywords: readonly Keyword[];
}

/** One `{…}` of an f-string; only ever inside a JoinedStr. */
export interface FormattedValue extends Base<'FormattedValue'> {
  readonly value: Expression;
  readonly conversion: 's' | 'r' | 'a' | null;
  readonly format_spec: JoinedStr | null;
}

export interface JoinedStr extends Base<'JoinedStr'> {
  readonly values: readonly (Constant | FormattedValue)[];
}

export interface Constant extends Base<'Constant'> {
  readonly value: ConstantValue;
}

/**
 * What a literal means. An int is a number while it is a safe integer and a bigint beyond, as in
 * the machine; a str is well formed, or holds lone surrogates where escapes wrote them. What is
 * written with a high one before a low one is no str of ours, which would hold one character
 * there: `surrogates`, and raises when it is evaluated.
 */
export type ConstantValue =
  | { readonly type: 'int'; readonly value: number | bigint }
  | { readonly type: 'float'; readonly value: number }
  | { readonly type: 'imaginary'; readonly value: number }
  | StrValue
  | { readonly type: 'bytes'; readonly value: Uint8Array }
  | { readonly type: 'bool'; readonly value: boolean }
  | { readonly type: 'None' }
  | { readonly type: 'Ellipsis' };

/** What a str literal means. */
export type StrValue =
  | { readonly type: 'str'; readonly value: string }
  | { readonly type: 'surrogates'; readonly value: string };

export interface Attribute extends Base<'Attribute'> {
  readonly value: Expression;
  readonly attr: string;
  readonly attrSpan: Span;
}

export interface Subscript extends Base<'Subscript'> {
  readonly value: Expression;
  readonly slice: Expression;
}

export interface Starred extends Base<'Starred'> {
  readonly value: Expression;
}

export interface Name extends Base<'Name'> {
  readonly id: string;
}

export interface List extends Base<'List'> {
  readonly elts: readonly Expression[];
}

export interface Tuple extends Base<'Tuple'> {
  readonly elts: readonly Expression[];
}

/** Only inside a Subscript, alone or as an element of its Tuple. */
export interface Slice extends Base<'Slice'> {
  readonly lower: Expression | null;
  readonly upper: Expression | null;
  readonly step: Expression | null;
}

export type Expression =
  | BoolOp
  | NamedExpr
  | BinOp
  | UnaryOp
  | Lambda
  | IfExp
  | Dict
  | Set
  | ListComp
  | SetComp
  | DictComp
  | GeneratorExp
  | Await
  | Yield
  | YieldFrom
  | Compare
  | Call
  | FormattedValue
  | JoinedStr
  | Constant
  | Attribute
  | Subscript
  | Starred
  | Name
  | List
  | Tuple
  | Slice;

// -------------------------------------------------------------- patterns

export interface MatchValue extends Base<'MatchValue'> {
  readonly value: Expression;
}

export interface MatchSingleton extends Base<'MatchSingleton'> {
  readonly value: Extract<ConstantValue, { readonly type: 'bool' | 'None' }>;
}

export interface MatchSequence extends Base<'MatchSequence'> {
  readonly patterns: readonly Pattern[];
}

export interface MatchMapping extends Base<'MatchMapping'> {
  readonly keys: readonly Expression[];
  /** One for each key. */
  readonly patterns: readonly Pattern[];
  readonly rest: string | null;
  readonly restSpan: Span | null;
}

export interface MatchClass extends Base<'MatchClass'> {
  readonly cls: Expression;
  readonly patterns: readonly Pattern[];
  readonly kwd_attrs: readonly string[];
  readonly kwdSpans: readonly Span[];
  /** One for each of `kwd_attrs`. */
  readonly kwd_patterns: readonly Pattern[];
}

/** `*name` in a sequence pattern; null for `*_`. */
export interface MatchStar extends Base<'MatchStar'> {
  readonly name: string | null;
  readonly nameSpan: Span | null;
}

/** `pattern as name`; a capture has no pattern, and the wildcard `_` has neither. */
export interface MatchAs extends Base<'MatchAs'> {
  readonly pattern: Pattern | null;
  readonly name: string | null;
  readonly nameSpan: Span | null;
}

export interface MatchOr extends Base<'MatchOr'> {
  readonly patterns: readonly Pattern[];
}

export type Pattern =
  | MatchValue
  | MatchSingleton
  | MatchSequence
  | MatchMapping
  | MatchClass
  | MatchStar
  | MatchAs
  | MatchOr;

// ----------------------------------------------------------------- parts

/**
 * Parameters. `defaults` belong to the last of posonlyargs + args; `kw_defaults` has one entry for
 * each of kwonlyargs, null where there is none.
 */
export interface Arguments extends Base<'arguments'> {
  readonly posonlyargs: readonly Arg[];
  readonly args: readonly Arg[];
  readonly vararg: Arg | null;
  readonly kwonlyargs: readonly Arg[];
  readonly kw_defaults: readonly (Expression | null)[];
  readonly kwarg: Arg | null;
  readonly defaults: readonly Expression[];
}

/** One parameter. In a `*args: *Ts` the annotation is a Starred. */
export interface Arg extends Base<'arg'> {
  readonly arg: string;
  readonly argSpan: Span;
  readonly annotation: Expression | null;
}

/** One `name=value` of a call or class; `arg` is null for `**value`. */
export interface Keyword extends Base<'keyword'> {
  readonly arg: string | null;
  readonly value: Expression;
}

/** `name` is dotted in an Import, and `*` in `from m import *`. */
export interface Alias extends Base<'alias'> {
  readonly name: string;
  readonly nameSpan: Span;
  readonly asname: string | null;
  readonly asnameSpan: Span | null;
}

export interface WithItem extends Base<'withitem'> {
  readonly context_expr: Expression;
  readonly optional_vars: Expression | null;
}

export interface ExceptHandler extends Base<'ExceptHandler'> {
  readonly type: Expression | null;
  readonly name: string | null;
  readonly nameSpan: Span | null;
  readonly body: readonly Statement[];
}

export interface MatchCase extends Base<'match_case'> {
  readonly pattern: Pattern;
  readonly guard: Expression | null;
  readonly body: readonly Statement[];
}

export interface Comprehension extends Base<'comprehension'> {
  readonly target: Expression;
  readonly iter: Expression;
  readonly ifs: readonly Expression[];
  readonly is_async: 0 | 1;
}

/** Everything that has a kind and a span. */
export type Node =
  | Module
  | Statement
  | Expression
  | Pattern
  | Arguments
  | Arg
  | Keyword
  | Alias
  | WithItem
  | ExceptHandler
  | MatchCase
  | Comprehension;

export type Kind = Node['kind'];
