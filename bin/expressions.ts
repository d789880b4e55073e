// Expressions as people type them on a command line, for looking at the past of a run.
//
//     "total + 1"            ──parse──▶ one expression ──▶ RESULT = (total + 1) ──compile──▶ Module
//     'orders["a-17"].total' ──parse──▶ Path
//
// Mistakes are told as the compiler tells them, of the text as it was typed.

import { compile, MAIN } from '../compiler/compile.ts';
import { renderReport } from '../compiler/diagnostics/render.ts';
import { Report } from '../compiler/diagnostics/report.ts';
import { Source } from '../compiler/diagnostics/source.ts';
import { constantOf } from '../compiler/emit/constants.ts';
import { parse } from '../compiler/syntax/parse.ts';
import type { Expression as Tree } from '../compiler/syntax/tree.ts';
import { RESULT, type Expression } from '../vm/engine/evaluate.ts';
import type { Path, PathStep } from '../vm/engine/path.ts';
import { constantValue } from '../vm/machine/code.ts';
import type { Library } from '../stdlib/library.ts';
import { STDERR } from './streams.ts';
import { hasColours } from './terminal.ts';
import { UsageError } from './told.ts';

/** What messages call the text. */
const NAME = '<expression>';

/** An expression ready to be evaluated; null if it has mistakes, which have been told. */
export function readExpression(typed: string, { environment }: Library): Expression | null {
  const text = typed.trim();
  const tree = treeOf(text);
  if (tree === null) return null;
  const report = new Report();
  // In brackets it may be of several lines, and end in a comment.
  const source = new Source(NAME, `${RESULT} = (\n${text}\n)`);
  const program = compile(source, environment, report);
  const module = program?.modules.find(({ name }) => name === MAIN);
  if (module !== undefined) return { text, module, path: pathOf(text, tree) };
  tellMistakes(report);
  return null;
}

/** A path; null if the text has mistakes, which have been told. */
export function readPath(typed: string): Path | null {
  const text = typed.trim();
  const tree = treeOf(text);
  if (tree === null) return null;
  const path = pathOf(text, tree);
  if (path !== null) return path;
  throw new UsageError(`'${text}' is no path`, {
    help: 'a path is a name with attributes and constant subscripts: orders["a-17"].total',
  });
}

function treeOf(text: string): Tree | null {
  const report = new Report();
  const source = new Source(NAME, text);
  const tree = parse(source, report);
  if (tree === null || report.hasErrors) {
    tellMistakes(report);
    return null;
  }
  const [statement, ...others] = tree.body;
  if (statement?.kind === 'Expr' && others.length === 0) return statement.value;
  throw new UsageError(text === '' ? 'there is no expression' : `'${text}' is no expression`, {
    help: 'say what could stand in print(...)',
  });
}

function tellMistakes(report: Report): void {
  const errors = new Report();
  for (const found of report.diagnostics) if (found.severity === 'error') errors.add(found);
  STDERR.write(renderReport(errors, { colour: hasColours(STDERR) }));
}

/** A name and its attributes and constant subscripts; null if the expression is anything else. */
function pathOf(text: string, tree: Tree): Path | null {
  const steps: PathStep[] = [];
  let at = tree;
  for (;;) {
    if (at.kind === 'Name') return { text, name: at.id, steps: steps.reverse() };
    if (at.kind === 'Attribute') steps.push({ kind: 'attribute', name: at.attr });
    else if (at.kind === 'Subscript') {
      const key = constantOf(at.slice);
      if (key === null) return null;
      steps.push({ kind: 'element', key: constantValue(key) });
    } else return null;
    at = at.value;
  }
}
