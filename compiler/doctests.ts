// The examples in docstrings, of a module that imports doctest.
//
//     def double(x):               _begin(this module)        ─ one module a docstring
//         """
//         >>> double(2)      ──▶   with _example(0):
//         4                            _show(double(2))
//         """
//
// Nothing is compiled while a program runs, so the examples are compiled with it. Those of one
// docstring are a module: doctest gives it the names of the tested module first, as CPython runs
// them in a copy of its globals. Another module has the table: which
// docstring has which examples, what they should print, and a function that runs them. The tested
// module imports it first of all.
//
// Invariants:
//
//   E1. The text of an example stands in its module as it is in the docstring, so that strings of
//       several lines are what they were: only the tree is put into `with` and `_show`.
//   E2. An example that cannot be read raises SyntaxError when it is run.

import { Source, type Span } from './diagnostics/source.ts';
import { Report } from './diagnostics/report.ts';
import { docstring } from './emit/functions.ts';
import { leading } from './exits.ts';
import { parse } from './syntax/parse.ts';
import type { Expression, Import, Module, Name, Statement } from './syntax/tree.ts';
import { walk } from './syntax/walk.ts';

/** A module made of a docstring, or the table of them. */
export interface MadeModule {
  readonly name: string;
  /** The module whose docstrings it is made of. */
  readonly of: string;
  readonly source: Source;
  /** What becomes of its tree. */
  readonly rewrite: (tree: Module) => Module;
}

interface Example {
  /** Without prompts and indentation; ends a line. */
  readonly source: string;
  readonly want: string;
  /** Line of the docstring, from 0. */
  readonly line: number;
  readonly indent: number;
}

/** Whether a module imports doctest anywhere. */
export function importsDoctest(tree: Module): boolean {
  let found = false;
  walk(tree, (node) => {
    if (node.kind === 'Import') found ||= node.names.some(({ name }) => name === 'doctest');
    if (node.kind === 'ImportFrom') found ||= node.module === 'doctest' && node.level === 0;
    return !found;
  });
  return found;
}

/** What the examples of a module become: the table first. */
export function doctestModules(
  number: number,
  tree: Module,
  name: string,
  of: Source,
): MadeModule[] {
  const texts = new Map<string, number>();
  walk(tree, (node) => {
    if (node.kind === 'Module' || node.kind === 'ClassDef' || node.kind.endsWith('FunctionDef')) {
      const doc = docstring((node as Module).body);
      if (doc !== null)
        texts.set(doc.value, of.line((node as Module).body[0]?.span.start ?? 0) - 1);
    }
  });
  const made: MadeModule[] = [];
  const rows: string[] = [];
  const runs: string[] = [];
  for (const [text, at] of texts) {
    const examples = examplesOf(text);
    if (examples.length === 0) continue;
    const module = `__doctest_${number}_${made.length}__`;
    made.push(exampleModule(module, name, examples));
    const cells = examples.map(({ source, want, line, indent }) => {
      return `(${quoted(source)}, ${quoted(want)}, ${line}, ${indent})`;
    });
    rows.push(`    ${quoted(text)}: (${runs.length}, ${at}, [${cells.join(', ')}]),\n`);
    runs.push(`    if number == ${runs.length}:\n        import ${module}\n`);
  }
  const table =
    'from doctest import _register\n\n\ndef _run(number):\n' +
    `${runs.join('') || '    pass\n'}\n\n` +
    `_register(${quoted(name)}, {\n${rows.join('')}}, _run)\n`;
  const source = new Source(`<doctests of ${name}>`, table);
  return [{ name: tableName(number), of: name, source, rewrite: (whole) => whole }, ...made];
}

/** The tree of a tested module: the table is imported after what must come first. */
export function withTable(number: number, tree: Module): Module {
  const at = leading(tree);
  const span = { start: tree.span.start, end: tree.span.start };
  const alias = { kind: 'alias', span, name: tableName(number), nameSpan: span } as const;
  const table: Import = {
    kind: 'Import',
    span,
    names: [{ ...alias, asname: tableName(number), asnameSpan: span }],
  };
  return { ...tree, body: [...tree.body.slice(0, at), table, ...tree.body.slice(at)] };
}

function tableName(number: number): string {
  return `__doctest_${number}__`;
}

/** A text as a literal of ours: JSON's escapes are Python's. */
function quoted(text: string): string {
  return JSON.stringify(text);
}

// --------------------------------------------------------------- reading a docstring

/** Examples as doctest finds them: a prompt, lines that go on with it, and what is printed. */
function examplesOf(docstring: string): Example[] {
  const lines = dedented(docstring).split('\n');
  const found: Example[] = [];
  for (let at = 0; at < lines.length; at++) {
    const first = /^( *)>>>( |$)(.*)$/.exec(lines[at] ?? '');
    if (first === null) continue;
    const indent = first[1]?.length ?? 0;
    const line = at;
    let source = `${first[3]}\n`;
    for (;;) {
      const more = /^ *\.\.\.( |$)(.*)$/.exec(lines[at + 1] ?? '');
      if (more === null) break;
      source += `${more[2]}\n`;
      at++;
    }
    let want = '';
    while (at + 1 < lines.length && !/^ *$|^ *>>>/.test(lines[at + 1] ?? '')) {
      want += `${(lines[at + 1] ?? '').slice(indent)}\n`;
      at++;
    }
    // What begins with a comment is no example.
    if (/^ *(#[^\n]*)?\n/.test(source)) continue;
    found.push({ source, want, line, indent });
  }
  return found;
}

function dedented(docstring: string): string {
  const text = expandTabs(docstring);
  const margins = [...text.matchAll(/^( *)(?=\S)/gm)].map(([margin]) => margin.length);
  const margin = Math.min(...margins);
  if (margins.length === 0 || margin === 0) return text;
  return text
    .split('\n')
    .map((line) => line.slice(margin))
    .join('\n');
}

function expandTabs(text: string): string {
  return text
    .split('\n')
    .map((line) => {
      let made = '';
      for (const char of line) made += char === '\t' ? ' '.repeat(8 - (made.length % 8)) : char;
      return made;
    })
    .join('\n');
}

// --------------------------------------------------------------- a module of examples

function exampleModule(name: string, of: string, examples: readonly Example[]): MadeModule {
  let text = '';
  const begins: number[] = [];
  for (const { source } of examples) {
    begins.push(text.length);
    if (SKIPPED.test(source)) text += 'pass\n';
    else text += isReadable(source) ? source : "raise SyntaxError('invalid syntax')\n";
  }
  begins.push(text.length);
  // It stands last, so that the examples begin at line 1, and is done first.
  text += `import ${name} as __doctest_module__
from doctest import _begin as __doctest_begin__, _example as __doctest_example__
from doctest import _show as __doctest_show__
__doctest_begin__(__doctest_module__)
`;
  const source = new Source(`<doctest ${of}>`, text);
  return { name, of, source, rewrite: (tree) => wrapped(tree, begins) };
}

/** What is never run may be what cannot be compiled. */
const SKIPPED = /#\s*doctest:.*\+SKIP\b/;

/** E2 */
function isReadable(text: string): boolean {
  const report = new Report();
  const tree = parse(new Source('', text), report);
  return tree !== null && !report.hasErrors && tree.body.length > 0;
}

/** Each example's statements in a `with` of their own, after what stands last. E1 */
function wrapped(tree: Module, begins: readonly number[]): Module {
  const between = (start: number, end: number): Statement[] =>
    tree.body.filter(({ span }) => span.start >= start && span.start < end);
  const ends = begins.slice(1);
  const body: Statement[] = between(begins.at(-1) ?? 0, Infinity);
  for (const [i, end] of ends.entries()) {
    const own = between(begins[i] ?? 0, end);
    const { span } = own[0] ?? tree;
    const number: Expression = { kind: 'Constant', span, value: { type: 'int', value: i } };
    const entered = call('__doctest_example__', number, span);
    body.push({
      kind: 'With',
      span,
      items: [{ kind: 'withitem', span, context_expr: entered, optional_vars: null }],
      body: own.map(shown),
    });
  }
  return { ...tree, body };
}

function call(name: string, argument: Expression, { start, end }: Span): Expression {
  // Longer than the argument, or a mistake in that would be told as one of the call.
  const span = { start, end: end + 1 };
  const func: Name = { kind: 'Name', span, id: name };
  return { kind: 'Call', span, func, args: [argument], keywords: [] };
}

/** Expressions show their values, in blocks, too, as at a prompt; not those of functions. */
function shown(node: Statement): Statement {
  switch (node.kind) {
    case 'Expr':
      return { ...node, value: call('__doctest_show__', node.value, node.span) };
    case 'For':
    case 'AsyncFor':
    case 'While':
    case 'If':
      return { ...node, body: node.body.map(shown), orelse: node.orelse.map(shown) };
    case 'With':
    case 'AsyncWith':
      return { ...node, body: node.body.map(shown) };
    case 'Match':
      return {
        ...node,
        cases: node.cases.map((each) => ({ ...each, body: each.body.map(shown) })),
      };
    case 'Try':
    case 'TryStar':
      return {
        ...node,
        body: node.body.map(shown),
        handlers: node.handlers.map((each) => ({ ...each, body: each.body.map(shown) })),
        orelse: node.orelse.map(shown),
        finalbody: node.finalbody.map(shown),
      };
    default:
      return node;
  }
}
