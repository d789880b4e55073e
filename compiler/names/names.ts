// The names of one module: what the emitter asks, and what the compiler says of unknown ones.
//
//     tree ──collect──▶ scopes and uses ──resolve──▶ places ──▶ emit
//                                                      └─────▶ unknown names, missing builtins
//
// Owns: the two looks at a module's names and what they find. Does not: find modules (compile.ts).

import type { Report } from '../diagnostics/report.ts';
import type { Source, Span } from '../diagnostics/source.ts';
import { suggest } from '../diagnostics/suggest.ts';
import type { Module } from '../syntax/tree.ts';
import { collect } from './collect.ts';
import type { Collected } from './collected.ts';
import { MISSING_BUILTINS } from './python-builtins.ts';
import { resolve } from './resolve.ts';
import { type Scope, USE } from './scope.ts';

export type Names = Collected;

/** Find out where every name of a module lives. */
export function resolveNames(tree: Module, source: Source, report: Report): Names {
  const found = collect(tree, source, report);
  resolve(found, source, report);
  return found;
}

/** Names that every module has without binding them. */
const MODULE_NAMES: readonly string[] = [
  '__name__',
  '__doc__',
  '__file__',
  '__package__',
  '__spec__',
  '__loader__',
  '__path__',
  '__annotations__',
  '__builtins__',
  '__debug__',
];

/** Names that the namespace of a class body has without binding them. */
const CLASS_NAMES: readonly string[] = ['__module__', '__qualname__'];

/**
 * Warn of names that are read and bound nowhere. At run time each is a NameError, as in CPython,
 * if it is reached at all; so it is no error here. A builtin that CPython has and flow has not is.
 *
 * @param builtins what is known without being bound
 */
export function warnOfUnknown(
  names: Names,
  source: Source,
  report: Report,
  builtins: Iterable<string>,
): void {
  if (names.hasStarImport) return;
  const bound = globalsOf(names);
  const known = new Set([...builtins, ...MODULE_NAMES, ...bound]);
  // Intrinsics of the library are nobody's to use.
  const offered = [...bound, ...[...builtins].filter((each) => !each.startsWith('_'))];
  for (const { name, scope, span } of unboundNames(names)) {
    if (name === 'input' && !bound.includes(name)) warnOfInput(span, source, report);
    if (known.has(name) || refuse(name, span, source, report)) continue;
    // Names nearer by are likelier meant.
    const near = ELSEWHERE.get(name) ?? suggest(name, locals(scope)) ?? suggest(name, offered);
    report.warning(source, span, 'unknown-name', `unknown name '${name}'`, {
      label: 'not bound in this function, this module or the builtins',
      help: near === null ? null : `did you mean '${near}'?`,
    });
  }
}

/** Of a module that others give names to while it runs, only what flow has not is told. */
export function refuseMissing(
  names: Names,
  source: Source,
  report: Report,
  given: Iterable<string>,
): void {
  const known = new Set([...given, ...globalsOf(names)]);
  for (const { name, span } of unboundNames(names)) {
    if (!known.has(name)) refuse(name, span, source, report);
  }
}

interface UnboundName {
  readonly name: string;
  readonly scope: Scope;
  readonly span: Span;
}

/** What is read and is no name of a function or class: a global, or a builtin. */
function* unboundNames(names: Names): Generator<UnboundName> {
  for (const scope of names.scopes) {
    for (const { name, uses, span } of scope.symbols.values()) {
      if ((uses & USE.read) === 0 || name === '__class__') continue;
      if (scope.kind === 'class' && (scope.binds(name) || CLASS_NAMES.includes(name))) continue;
      const { kind } = scope.place(name);
      if (kind === 'global' || kind === 'name') yield { name, scope, span };
    }
  }
}

/** Whether it is a builtin that CPython has and flow has not: an error then. */
function refuse(name: string, span: Span, source: Source, report: Report): boolean {
  const instead = MISSING_BUILTINS.get(name);
  if (instead === undefined) return false;
  report.error(source, span, 'not-supported', `${name}() is not supported`, {
    label: "a builtin of Python's that flow does not have",
    help: instead,
  });
  return true;
}

/** Words of other languages, and what they mean here. */
const ELSEWHERE: ReadonlyMap<string, string> = new Map([
  ['true', 'True'],
  ['false', 'False'],
  ['none', 'None'],
  ['null', 'None'],
  ['nil', 'None'],
  ['undefined', 'None'],
]);

/** input() is there, so that a program which goes on without an answer can. */
function warnOfInput(span: Span, source: Source, report: Report): void {
  report.warning(source, span, 'no-terminal', 'input() raises EOFError', {
    label: 'a program has no terminal that somebody could answer at',
    help: 'give it arguments (sys.argv), or wait for a callback (flow.http)',
  });
}

/** The names that a module binds. */
export function globalsOf(names: Names): string[] {
  const { symbols } = names.module;
  return [...symbols.values()].filter(({ uses }) => (uses & USE.bound) !== 0).map((s) => s.name);
}

function locals(scope: Names['module']): string[] {
  const found: string[] = [];
  for (let at: Names['module'] | null = scope; at !== null; at = at.parent) {
    if (at.kind !== 'module') found.push(...at.locals.filter((name) => !name.startsWith('.')));
  }
  return found;
}
