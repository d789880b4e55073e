// Imports, decided before anything runs: which modules a statement names, and whether they are
// there.
//
//     import a.b                  a, a.b
//     from a.b import c           a, a.b, and a.b.c if that is a module
//     from . import c    in a.b   a, and a.c
//
// A program is compiled with all it imports, so a module that is missing is a mistake that can be
// told at once. Where the program itself says what to do without it (`try: import x / except
// ImportError`), the import becomes one that fails at run time.

import type { Report } from '../diagnostics/report.ts';
import type { Source, Span } from '../diagnostics/source.ts';
import { suggest } from '../diagnostics/suggest.ts';
import type { Alias, ImportFrom } from '../syntax/tree.ts';
import type { ImportStatement } from './collected.ts';
import { PYTHON_MODULES } from './python-modules.ts';

/** What an import statement, or one name of `import a, b`, does. */
export interface ImportPlan {
  /** The modules to be imported, in order; of a dotted name its packages first. */
  readonly steps: readonly string[];
  /** What is not there, if the program provides for that; it comes after `steps`. */
  readonly missing: { readonly name: string; readonly message: string } | null;
  /** For `from a import b`: the b that are modules, dotted. */
  readonly submodules: readonly string[];
}

export type ImportPlans = ReadonlyMap<Alias | ImportFrom, ImportPlan>;

/** The module whose imports are planned. */
export interface Importer {
  readonly name: string;
  readonly isPackage: boolean;
  readonly source: Source;
}

/** What is known of modules. */
export interface Finder {
  /** Whether there is a module of this dotted name, and whether it can have others inside. */
  find(dotted: string): { readonly isPackage: boolean } | null;
  /** Names of modules that could be meant instead. */
  readonly known: Iterable<string>;
}

/** Plan the imports of one module, and report those that cannot be. */
export function planImports(
  statements: readonly ImportStatement[],
  importer: Importer,
  finder: Finder,
  report: Report,
): ImportPlans {
  const planner = new Planner(importer, finder, report);
  for (const statement of statements) planner.plan(statement);
  return planner.plans;
}

class Planner {
  readonly plans = new Map<Alias | ImportFrom, ImportPlan>();
  private readonly importer: Importer;
  private readonly finder: Finder;
  private readonly report: Report;

  constructor(importer: Importer, finder: Finder, report: Report) {
    this.importer = importer;
    this.finder = finder;
    this.report = report;
  }

  plan({ node, tolerant }: ImportStatement): void {
    if (node.kind === 'Import') {
      for (const alias of node.names) {
        this.plans.set(alias, this.path(alias.name, alias.nameSpan, tolerant));
      }
      return;
    }
    const base = node.level === 0 ? node.module : this.relative(node);
    if (base === null) {
      this.plans.set(node, { steps: [], missing: null, submodules: [] });
      return;
    }
    const plan = this.path(base, node.moduleSpan, tolerant);
    const isPackage = plan.missing === null && this.finder.find(base)?.isPackage === true;
    const submodules = isPackage
      ? node.names.map(({ name }) => `${base}.${name}`).filter((name) => this.finder.find(name))
      : [];
    this.plans.set(node, { ...plan, submodules });
  }

  /** The steps to a dotted name. */
  private path(dotted: string, span: Span, tolerant: boolean): ImportPlan {
    const steps: string[] = [];
    const parts = dotted.split('.');
    for (const i of parts.keys()) {
      const name = parts.slice(0, i + 1).join('.');
      if (this.finder.find(name) !== null) {
        steps.push(name);
        continue;
      }
      const parent = steps.at(-1);
      const isInside = parent === undefined || this.finder.find(parent)?.isPackage === true;
      const why = isInside ? '' : `; '${parent}' is not a package`;
      const message = `No module named '${name}'${why}`;
      if (!tolerant) this.reportMissing(name, message, span);
      return { steps, missing: { name, message }, submodules: [] };
    }
    return { steps, missing: null, submodules: [] };
  }

  private reportMissing(name: string, message: string, span: Span): void {
    const isPython = PYTHON_MODULES.has(name.split('.')[0]!);
    const near = isPython ? null : suggest(name, this.finder.known);
    this.report.error(this.importer.source, span, 'unknown-module', message, {
      label: isPython
        ? "a module of Python's standard library that flow does not have"
        : 'neither beside the program nor in the library',
      help: near === null ? null : `did you mean '${near}'?`,
    });
  }

  /** The absolute name of `from .a import b`'s module, or null if there can be none. */
  private relative(node: ImportFrom): string | null {
    const { name, isPackage, source } = this.importer;
    const parts = name === '__main__' ? [] : name.split('.');
    if (!isPackage) parts.pop();
    const fault = (title: string): null => {
      this.report.error(source, node.moduleSpan, 'bad-import', title);
      return null;
    };
    if (parts.length === 0) {
      return fault('attempted relative import with no known parent package');
    }
    if (node.level > parts.length) {
      return fault('attempted relative import beyond top-level package');
    }
    const base = parts.slice(0, parts.length - node.level + 1);
    return [...base, ...(node.module === null ? [] : [node.module])].join('.');
  }
}
