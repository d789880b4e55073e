// Walking a tree without host recursion.
//
// One table says which fields each kind of node has, in the order of CPython's `_fields`. What
// lists children, walks and prints trees reads it, so a new field has one place to be added. Spans
// of names are no fields here: they are not children and the printed tree leaves them out.

import type { Kind, Node } from './tree.ts';

type NodeOf<K extends Kind> = Extract<Node, { readonly kind: K }>;

// prettier-ignore
export const FIELDS = {
  Module: ['body'],

  FunctionDef: ['name', 'args', 'body', 'decorator_list', 'returns'],
  AsyncFunctionDef: ['name', 'args', 'body', 'decorator_list', 'returns'],
  ClassDef: ['name', 'bases', 'keywords', 'body', 'decorator_list'],
  Return: ['value'],
  Delete: ['targets'],
  Assign: ['targets', 'value'],
  AugAssign: ['target', 'op', 'value'],
  AnnAssign: ['target', 'annotation', 'value', 'simple'],
  For: ['target', 'iter', 'body', 'orelse'],
  AsyncFor: ['target', 'iter', 'body', 'orelse'],
  While: ['test', 'body', 'orelse'],
  If: ['test', 'body', 'orelse'],
  With: ['items', 'body'],
  AsyncWith: ['items', 'body'],
  Match: ['subject', 'cases'],
  Raise: ['exc', 'cause'],
  Try: ['body', 'handlers', 'orelse', 'finalbody'],
  TryStar: ['body', 'handlers', 'orelse', 'finalbody'],
  Assert: ['test', 'msg'],
  Import: ['names'],
  ImportFrom: ['module', 'names', 'level'],
  Global: ['names'],
  Nonlocal: ['names'],
  Expr: ['value'],
  Pass: [],
  Break: [],
  Continue: [],

  BoolOp: ['op', 'values'],
  NamedExpr: ['target', 'value'],
  BinOp: ['left', 'op', 'right'],
  UnaryOp: ['op', 'operand'],
  Lambda: ['args', 'body'],
  IfExp: ['test', 'body', 'orelse'],
  Dict: ['keys', 'values'],
  Set: ['elts'],
  ListComp: ['elt', 'generators'],
  SetComp: ['elt', 'generators'],
  DictComp: ['key', 'value', 'generators'],
  GeneratorExp: ['elt', 'generators'],
  Await: ['value'],
  Yield: ['value'],
  YieldFrom: ['value'],
  Compare: ['left', 'ops', 'comparators'],
  Call: ['func', 'args', 'keywords'],
  FormattedValue: ['value', 'conversion', 'format_spec'],
  JoinedStr: ['values'],
  Constant: ['value'],
  Attribute: ['value', 'attr'],
  Subscript: ['value', 'slice'],
  Starred: ['value'],
  Name: ['id'],
  List: ['elts'],
  Tuple: ['elts'],
  Slice: ['lower', 'upper', 'step'],

  MatchValue: ['value'],
  MatchSingleton: ['value'],
  MatchSequence: ['patterns'],
  MatchMapping: ['keys', 'patterns', 'rest'],
  MatchClass: ['cls', 'patterns', 'kwd_attrs', 'kwd_patterns'],
  MatchStar: ['name'],
  MatchAs: ['pattern', 'name'],
  MatchOr: ['patterns'],

  arguments: ['posonlyargs', 'args', 'vararg', 'kwonlyargs', 'kw_defaults', 'kwarg', 'defaults'],
  arg: ['arg', 'annotation'],
  keyword: ['arg', 'value'],
  alias: ['name', 'asname'],
  withitem: ['context_expr', 'optional_vars'],
  ExceptHandler: ['type', 'name', 'body'],
  match_case: ['pattern', 'guard', 'body'],
  comprehension: ['target', 'iter', 'ifs', 'is_async'],
} as const satisfies { readonly [K in Kind]: readonly (keyof NodeOf<K>)[] };

/** The value of each field of a node, by the table. */
export function fieldsOf(node: Node): readonly (readonly [name: string, value: unknown])[] {
  return FIELDS[node.kind].map((name) => [name, Reflect.get(node, name)] as const);
}

/** Whether a field's value is a node; everything else is text, a number, a constant or a list. */
export function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'kind' in value;
}

/** The nodes directly below a node, in the order of the table. */
export function children(node: Node): Node[] {
  const found: Node[] = [];
  for (const name of FIELDS[node.kind]) {
    const value: unknown = Reflect.get(node, name);
    if (Array.isArray(value)) {
      for (const item of value) if (isNode(item)) found.push(item);
    } else if (isNode(value)) {
      found.push(value);
    }
  }
  return found;
}

/**
 * Visit a node and all below it, parents before children, siblings in order.
 *
 * @param visit called for each node; returning false leaves out what is below it
 */
export function walk(root: Node, visit: (node: Node) => boolean | void): void {
  const waiting: Node[] = [root];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    if (visit(node) !== false) for (const below of children(node).toReversed()) waiting.push(below);
  }
}
