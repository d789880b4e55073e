// Names as text, for `--dump names`: each scope with its names, and where each of them lives.
//
//     module
//       charge     global
//       print      builtin
//     def charge(amount), line 3
//       amount     local 0, parameter
//       fee        local 1
//       rate       global

import type { Source } from '../diagnostics/source.ts';
import type { Names } from './names.ts';
import { NAMESPACE, USE, type Scope } from './scope.ts';

/** All scopes of a module as text, in the order of the source. */
export function printNames(names: Names, source: Source): string {
  return names.scopes.map((scope) => printScope(scope, names, source)).join('');
}

const WORDS = {
  function: 'def',
  class: 'class',
  lambda: '',
  comprehension: '',
  module: '',
} as const;

function printScope(scope: Scope, names: Names, source: Source): string {
  const line = source.line(scope.node.span.start);
  const parameters = scope.isFunction ? `(${scope.parameters.join(', ')})` : '';
  const title =
    scope.kind === 'module'
      ? 'module'
      : `${WORDS[scope.kind]} ${scope.qualname}${parameters}, line ${line}`.trim();
  const listed = new Set([...scope.locals.filter((name) => name !== NAMESPACE)]);
  for (const name of scope.symbols.keys()) listed.add(name);
  const width = Math.max(10, ...[...listed].map((name) => name.length + 1));
  const rows = [...listed].map(
    (name) => `  ${name.padEnd(width)} ${describe(scope, name, names)}\n`,
  );
  return `${title}\n${rows.join('')}`;
}

function describe(scope: Scope, name: string, names: Names): string {
  const uses = scope.usesOf(name);
  const notes: string[] = [];
  if ((uses & USE.parameter) !== 0) notes.push('parameter');
  if ((uses & USE.global) !== 0 && (uses & USE.walrus) === 0) notes.push('declared global');
  if ((uses & USE.nonlocal) !== 0 && (uses & USE.walrus) === 0) notes.push('declared nonlocal');
  if ((uses & USE.walrus) !== 0) notes.push('bound by :=');
  return [whereabouts(scope, name, names), ...notes].join(', ');
}

function whereabouts(scope: Scope, name: string, names: Names): string {
  const place = scope.place(name);
  switch (place.kind) {
    case 'local':
      return `local ${place.index}`;
    case 'cell':
      return `${scope.frees.has(name) ? 'free' : 'cell'} ${place.index}`;
    case 'class-cell':
      return `namespace, else free ${place.index}`;
    case 'name':
      if (name === '__class__' && scope.needsClassCell) return `cell ${scope.cellFor(name)}`;
      return scope.binds(name) ? 'namespace' : `namespace, else ${globalKind(name, names)}`;
    case 'global':
      return globalKind(name, names);
  }
}

function globalKind(name: string, names: Names): string {
  return (names.module.usesOf(name) & USE.bound) === 0 ? 'builtin' : 'global';
}
