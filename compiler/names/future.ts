// `from __future__ import ...`: which features a module asks for.
//
// All but `annotations` have long been the language itself. They are declarations, not imports:
// nothing is bound and no module is needed.

import type { Report } from '../diagnostics/report.ts';
import type { Source } from '../diagnostics/source.ts';
import type { Import, ImportFrom, Module, Statement } from '../syntax/tree.ts';

const FEATURES: ReadonlySet<string> = new Set([
  'nested_scopes',
  'generators',
  'division',
  'absolute_import',
  'with_statement',
  'print_function',
  'unicode_literals',
  'barry_as_FLUFL',
  'generator_stop',
  'annotations',
]);

export interface Future {
  /** Annotations are kept as text and never evaluated. */
  readonly annotations: boolean;
  /** The statements that stand where they may. */
  readonly statements: ReadonlySet<ImportFrom>;
}

/** Whether a statement is a __future__ import. */
export function isFuture(node: Import | ImportFrom): node is ImportFrom {
  return node.kind === 'ImportFrom' && node.level === 0 && node.module === '__future__';
}

/** Read the __future__ imports that open a module. */
export function readFuture(tree: Module, source: Source, report: Report): Future {
  const statements = new Set<ImportFrom>();
  let annotations = false;
  for (const [i, node] of tree.body.entries()) {
    if (i === 0 && isDocstring(node)) continue;
    if (node.kind !== 'ImportFrom' || !isFuture(node)) break;
    statements.add(node);
    for (const { name, nameSpan } of node.names) {
      if (name === 'annotations') annotations = true;
      if (FEATURES.has(name)) continue;
      const title = name === 'braces' ? 'not a chance' : `future feature ${name} is not defined`;
      report.error(source, nameSpan, 'bad-future', title);
    }
  }
  return { annotations, statements };
}

function isDocstring(node: Statement): boolean {
  if (node.kind !== 'Expr' || node.value.kind !== 'Constant') return false;
  return node.value.value.type === 'str' || node.value.value.type === 'surrogates';
}
