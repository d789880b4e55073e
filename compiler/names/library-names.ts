// Names that a program takes from modules of the library, held against what those have.
//
//     from flow.http import calback           the module has no such name
//     import json as j; j.dmps(x)             nor such an attribute
//
// The library is known when a program is compiled, and does not change while it runs. So a name
// that it does not have is an ImportError or an AttributeError, if the line is reached at all: a
// warning, as for unknown names. Modules of the user's own may make names while they run, and are
// left alone; so is a variable that is bound to anything besides one module, and an attribute that
// the program itself gives to something.

import type { Report } from '../diagnostics/report.ts';
import type { Source, Span } from '../diagnostics/source.ts';
import { suggest } from '../diagnostics/suggest.ts';
import type { Expression } from '../syntax/tree.ts';
import type { Collected } from './collected.ts';
import type { ImportPlans } from './imports.ts';
import { USE, type Scope } from './scope.ts';

/** What is known of the library. */
export interface LibraryNames {
  /** The names of a module of the library; null if there is none of this dotted name. */
  namesOf(dotted: string): ReadonlySet<string> | null;
  /** Whether there is a module of this dotted name, the library's or not. */
  isModule(dotted: string): boolean;
}

/** What to do without names that many programs use. */
const INSTEAD: Readonly<Record<string, string>> = {
  'sys.stdin': 'a program reads nothing: give it arguments (sys.argv), or wait for a callback',
};

/** Every module has these without binding them. */
const OF_EVERY_MODULE = /^__\w+__$/;

/** Warn of names and attributes that modules of the library do not have. */
export function warnOfLibraryNames(
  names: Collected,
  plans: ImportPlans,
  library: LibraryNames,
  source: Source,
  report: Report,
): void {
  const check = (module: string, name: string, span: Span, isImport: boolean): void => {
    const known = library.namesOf(module);
    if (known === null || known.has(name) || OF_EVERY_MODULE.test(name)) return;
    if (library.isModule(`${module}.${name}`)) return;
    const near = suggest(
      name,
      [...known].filter((each) => !each.startsWith('_')),
    );
    const title = isImport
      ? `cannot import name '${name}' from '${module}'`
      : `module '${module}' has no attribute '${name}'`;
    report.warning(source, span, 'unknown-attribute', title, {
      label: 'the library has no such name there',
      help: INSTEAD[`${module}.${name}`] ?? (near === null ? null : `did you mean '${near}'?`),
    });
  };
  for (const { node, tolerant } of names.imports) {
    if (node.kind !== 'ImportFrom' || tolerant) continue;
    const plan = plans.get(node);
    const module = plan?.missing === null ? plan.steps.at(-1) : undefined;
    if (module === undefined) continue;
    for (const { name, nameSpan } of node.names) {
      if (name !== '*') check(module, name, nameSpan, true);
    }
  }
  const variables = moduleVariables(names, plans, library);
  if (variables.size === 0) return;
  for (const { scope, node } of names.attributes) {
    if (names.storedAttributes.has(node.attr)) continue;
    const module = moduleMeant(node.value, scope, variables, library);
    if (module !== null) check(module, node.attr, node.attrSpan, false);
  }
}

/** Variables that are a module and nothing else, by scope. */
type ModuleVariables = ReadonlyMap<Scope, ReadonlyMap<string, string>>;

function moduleVariables(
  names: Collected,
  plans: ImportPlans,
  library: LibraryNames,
): ModuleVariables {
  const found = new Map<Scope, Map<string, string>>();
  const reused = namesBoundElsewhere(names);
  const note = (scope: Scope, name: string, module: string): void => {
    // An import of a.b binds a again, and means the same.
    const inScope = found.get(scope) ?? new Map<string, string>();
    found.set(scope, inScope.set(name, module));
  };
  for (const { node, scope, tolerant } of names.imports) {
    if (tolerant) continue;
    for (const { name, asname } of node.names) {
      const bound = scope.mangle(asname ?? name.split('.')[0]!);
      if ((scope.symbols.get(bound)?.bindings ?? 0) > 1 || reused.has(bound)) continue;
      if (node.kind === 'Import') note(scope, bound, asname === null ? bound : name);
      else {
        const base = plans.get(node)?.steps.at(-1);
        const module = `${base}.${name}`;
        if (base !== undefined && library.isModule(module)) note(scope, bound, module);
      }
    }
  }
  return found;
}

/** Names of the module that functions bind by `global`, or functions of others by `nonlocal`. */
function namesBoundElsewhere(names: Collected): ReadonlySet<string> {
  const found = new Set<string>();
  for (const scope of names.scopes) {
    for (const { name, uses } of scope.symbols.values()) {
      if ((uses & USE.bound) !== 0 && (uses & (USE.global | USE.nonlocal)) !== 0) found.add(name);
    }
  }
  return found;
}

/** The module that an expression is, if it is one for certain. */
function moduleMeant(
  node: Expression,
  scope: Scope,
  variables: ModuleVariables,
  library: LibraryNames,
): string | null {
  const path: string[] = [];
  let at = node;
  for (; at.kind === 'Attribute'; at = at.value) path.unshift(at.attr);
  if (at.kind !== 'Name') return null;
  const name = scope.mangle(at.id);
  const owner = ownerOf(name, scope);
  const root = owner === null ? undefined : variables.get(owner)?.get(name);
  if (root === undefined) return null;
  let module = root;
  for (const part of path) {
    module = `${module}.${part}`;
    if (!library.isModule(module)) return null;
  }
  return module;
}

/** The scope whose variable a name is: the module, or the function itself. */
function ownerOf(name: string, scope: Scope): Scope | null {
  const { kind } = scope.place(name);
  if (kind === 'local') return scope;
  if (kind !== 'global') return null;
  let at = scope;
  while (at.parent !== null) at = at.parent;
  return at;
}
