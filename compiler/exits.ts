// What a program that imports atexit does when its script ends.
//
//     docstring, from __future__ …             docstring, from __future__ …
//     body                            ──▶      try:
//                                                  body
//                                              finally:
//                                                  import atexit as __atexit__
//                                                  __atexit__._run_exitfuncs()
//
// So the functions run in the run itself: they can wait, and be stopped, as all its code.

import { docstring } from './emit/functions.ts';
import type { Module, Statement, Try } from './syntax/tree.ts';

/** The module whose functions are called at the end. */
export const EXITS = 'atexit';

const NAME = '__atexit__';

/** The tree of a script that calls what was registered, however it ends. */
export function withExits(tree: Module): Module {
  const first = leading(tree);
  const body = tree.body.slice(first);
  const last = body.at(-1);
  if (last === undefined) return tree;
  const span = { start: last.span.end, end: last.span.end };
  const alias = { kind: 'alias', span, name: EXITS, nameSpan: span } as const;
  const value = { kind: 'Name', span, id: NAME } as const;
  const func = { kind: 'Attribute', span, value, attr: '_run_exitfuncs', attrSpan: span } as const;
  const whole: Try = {
    kind: 'Try',
    span: { start: body[0]?.span.start ?? span.start, end: span.end },
    body,
    handlers: [],
    orelse: [],
    finalbody: [
      { kind: 'Import', span, names: [{ ...alias, asname: NAME, asnameSpan: span }] },
      { kind: 'Expr', span, value: { kind: 'Call', span, func, args: [], keywords: [] } },
    ],
  };
  return { ...tree, body: [...tree.body.slice(0, first), whole] };
}

/** How many statements must stay the first ones of a module: its docstring, and `__future__`. */
export function leading(tree: Module): number {
  const isFirst = (node: Statement): boolean =>
    node.kind === 'ImportFrom' && node.module === '__future__';
  const doc = docstring(tree.body) === null ? 0 : 1;
  return Math.max(doc, tree.body.findLastIndex(isFirst) + 1);
}
