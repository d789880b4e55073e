// The second look at names: where each of them lives.
//
//     def outer():          outer   n: bound here, wanted by inner   → cell
//         n = 0             inner   n: nonlocal                      → free, from outer
//         def inner():              k: read, bound nowhere around    → global
//             nonlocal n
//             n += k
//
// A name that a scope does not bind is looked for in the functions around it, from the inside out;
// class bodies are passed by, but for __class__, which they give to their methods. What is found
// nowhere is a global of the module, or a builtin.
//
// Invariants: N1 and N2 of scope.ts are made here.

import type { Report } from '../diagnostics/report.ts';
import type { Source } from '../diagnostics/source.ts';
import type { Collected } from './collected.ts';
import { NAMESPACE, USE, type Scope } from './scope.ts';

/** Decide where names live, in all scopes of a module. */
export function resolve(found: Collected, source: Source, report: Report): void {
  for (const scope of found.scopes) {
    if (scope.parent !== null) scope.qualname = qualnameOf(scope, scope.parent);
    for (const { name, uses } of scope.symbols.values()) {
      if ((uses & USE.global) !== 0 || scope.binds(name)) continue;
      const owner = ownerOf(scope, name);
      if (owner !== null) bindAcross(scope, owner, name);
    }
  }
  for (const { scope, name, id, span } of found.nonlocals) {
    if (scope.frees.has(name)) continue;
    report.error(source, span, 'bad-nonlocal', `no binding for nonlocal '${id}' found`);
  }
  for (const scope of found.scopes) layOut(scope);
}

/** As CPython has it: a function that is said to be global is named as if it stood there. */
function qualnameOf(scope: Scope, parent: Scope): string {
  if (parent.kind === 'module') return scope.name;
  const isNamed = scope.kind === 'function' || scope.kind === 'class';
  if (isNamed && (parent.usesOf(parent.mangle(scope.name)) & USE.global) !== 0) return scope.name;
  const isLocal = parent.kind === 'function' || parent.kind === 'lambda';
  return `${parent.qualname}${isLocal ? '.<locals>' : ''}.${scope.name}`;
}

/** The scope around this one that gives it a name, or null if it is global. */
function ownerOf(scope: Scope, name: string): Scope | null {
  for (let outer = scope.parent; outer !== null; outer = outer.parent) {
    if (outer.kind === 'class') {
      if (name === '__class__') return outer;
      continue;
    }
    if (outer.kind === 'module' || (outer.usesOf(name) & USE.global) !== 0) return null;
    if (outer.binds(name)) return outer;
  }
  return null;
}

function bindAcross(scope: Scope, owner: Scope, name: string): void {
  if (owner.kind === 'class') owner.needsClassCell = true;
  else owner.cells.add(name);
  for (let inner = scope; inner !== owner; inner = inner.parent!) inner.frees.add(name);
}

/** N1 */
function layOut(scope: Scope): void {
  const frees = [...scope.frees].sort();
  if (scope.kind === 'module') return;
  if (scope.kind === 'class') {
    scope.layOut([NAMESPACE, ...(scope.needsClassCell ? ['__class__'] : []), ...frees]);
    return;
  }
  const parameters = new Set(scope.parameters);
  const others = [...scope.symbols.keys()].filter(
    (name) => scope.binds(name) && !parameters.has(name),
  );
  scope.layOut([...scope.parameters, ...others, ...frees]);
}
