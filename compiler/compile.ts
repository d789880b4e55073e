// The compiler: from a script to a program, with every module it imports.
//
//     __main__ ──parse──▶ tree ──names──▶ plans ──▶ the modules it imports ──▶ …
//                                                                              │
//     Program ◀──verify── modules ◀──emit── all trees, once no mistake is left ◀┘
//
// All modules are read before the first is emitted, so that the mistakes of all of them are told at
// once. Modules may import each other in circles: each is read once.
//
// Pure: what it reads comes through the Environment it is given. So `flowc`, `flowmetal`, the build
// of the standard library and the tests differ only in their environments.
//
// Invariants:
//
//   C1. The same sources and environment give the same program, byte for byte.
//   C2. What comes out has been verified. If the verifier refuses it, that is our mistake: thrown.
//   C3. With an error in the report there is no program.

import { OP } from '../vm/bytecode/opcodes.ts';
import { readCode } from '../vm/bytecode/operands.ts';
import type { Module, Program } from '../vm/bytecode/program.ts';
import { MODULES_MAX } from '../vm/bytecode/limits.ts';
import { verifyModule } from '../vm/bytecode/verify.ts';
import { doctestModules, importsDoctest, withTable, type MadeModule } from './doctests.ts';
import type { Report } from './diagnostics/report.ts';
import type { Source } from './diagnostics/source.ts';
import { emitModule } from './emit/emit.ts';
import { hashTree } from './emit/hash.ts';
import { EXITS, withExits } from './exits.ts';
import { warnOfDoubts } from './names/doubts.ts';
import { planImports, type ImportPlans } from './names/imports.ts';
import { warnOfLibraryNames, type LibraryNames } from './names/library-names.ts';
import {
  globalsOf,
  refuseMissing,
  resolveNames,
  warnOfUnknown,
  type Names,
} from './names/names.ts';
import { parse } from './syntax/parse.ts';
import type { Module as ModuleTree } from './syntax/tree.ts';

/** A module as somebody found it. */
export interface FoundModule {
  readonly source: Source;
  /** Whether others can be inside it: an `__init__`. */
  readonly isPackage: boolean;
  /** Whether it belongs to the standard library, and so may name intrinsic natives. */
  readonly isLibrary: boolean;
  /** Of a module that the compiler made of the docstrings of another one. */
  readonly made?: MadeModule;
}

/** All the compiler knows of the world. */
export interface Environment {
  /** Names of builtins that every module has: functions, classes and exceptions of the machine. */
  readonly builtins: ReadonlySet<string>;
  /** Names that only modules of the library have besides. */
  readonly intrinsics: ReadonlySet<string>;
  /** Of those of both kinds that are natives: `name@version`. */
  readonly natives: ReadonlyMap<string, string>;
  /** The module of a dotted name; null if there is none. */
  findModule(dotted: string): FoundModule | null;
  /** A module of the library that was compiled before. */
  compiledModule?(dotted: string): Module | null;
  /** Names of modules that an import could mean, for "did you mean". */
  readonly moduleNames?: Iterable<string>;
}

/** The name of the script, as a module. */
export const MAIN = '__main__';

/** The library's module of builtins written in flow: part of every program. */
export const PRELUDE = 'builtins';

/** Compile a script with all it imports; null if there are errors, which are in the report. */
export function compile(script: Source, env: Environment, report: Report): Program | null {
  const main: FoundModule = { source: script, isPackage: false, isLibrary: false };
  const modules = new Compilation(env, report, main).compile([MAIN, PRELUDE]);
  return modules === null ? null : { entry: MAIN, modules };
}

/** Compile modules of the library, with all they import, once for all programs. */
export function compileLibrary(
  names: readonly string[],
  env: Environment,
  report: Report,
): Module[] | null {
  return new Compilation(env, report, null).compile([PRELUDE, ...names]);
}

/** What is known of one module's names, for `--dump names`; null if it cannot be read. */
export function namesOf(source: Source, report: Report): Names | null {
  const tree = parse(source, report);
  return tree === null || report.hasErrors ? null : resolveNames(tree, source, report);
}

interface Read {
  readonly name: string;
  readonly found: FoundModule;
  readonly tree: ModuleTree;
  readonly names: Names;
  readonly plans: ImportPlans;
}

class Compilation {
  private readonly env: Environment;
  private readonly report: Report;
  private readonly main: FoundModule | null;
  private readonly found = new Map<string, FoundModule | null>();
  /** Modules whose docstrings have become modules. */
  private doctests = 0;
  private readonly compiled = new Map<string, Module | null>();
  private readonly wanted = new Set<string>();
  private readonly libraryNames = new Map<string, ReadonlySet<string>>();
  private readonly library: LibraryNames = {
    namesOf: (dotted) => this.libraryNames.get(dotted) ?? null,
    isModule: (dotted) => (this.compiledModule(dotted) ?? this.find(dotted)) !== null,
  };

  constructor(env: Environment, report: Report, main: FoundModule | null) {
    this.env = env;
    this.report = report;
    this.main = main;
  }

  compile(roots: readonly string[]): Module[] | null {
    const read: (Read | Module)[] = [];
    for (const root of roots) this.wanted.add(root);
    // A Set gives what is added while it is gone through, too.
    for (const name of this.wanted) {
      const compiled = this.compiledModule(name);
      for (const wanted of compiled?.imports ?? []) this.wanted.add(wanted);
      const module = compiled ?? this.read(name);
      if (module !== null) read.push(module);
    }
    this.addExits(read);
    const builtins = this.builtinsOf(read);
    this.noteLibrary(read);
    for (const module of read) if ('tree' in module) this.warn(module, builtins, read);
    if (read.length > MODULES_MAX) throw new Error(`a program of ${read.length} modules`);
    if (this.report.hasErrors) return null;
    const modules = read.map((module) => ('tree' in module ? this.emit(module) : module));
    return modules.includes(null) ? null : inOrder(modules as Module[]);
  }

  private compiledModule(name: string): Module | null {
    let module = this.compiled.get(name);
    if (module === undefined) {
      module = name === MAIN ? null : (this.env.compiledModule?.(name) ?? null);
      this.compiled.set(name, module);
    }
    return module;
  }

  private find(name: string): FoundModule | null {
    let found = this.found.get(name);
    if (found === undefined) {
      found = name === MAIN ? this.main : this.env.findModule(name);
      this.found.set(name, found);
    }
    return found;
  }

  /** Read one module, and want those it imports. */
  private read(name: string): Read | null {
    const found = this.find(name);
    if (found === null) {
      if (name === PRELUDE) return null; // a machine without a prelude: the compiler's own tests
      throw new Error(`module ${name} was wanted and is not there`);
    }
    const { source } = found;
    const errors = this.report.errors.length;
    const parsed = parse(source, this.report);
    // Names are not looked at in a tree that is known to be wrong.
    if (parsed === null || this.report.errors.length > errors) return null;
    return this.plan(
      name,
      found,
      found.isLibrary ? parsed : this.withDoctests(name, found, parsed),
    );
  }

  /** A script whose program imports atexit calls what was registered when it ends. */
  private addExits(read: (Read | Module)[]): void {
    const at = read.findIndex(({ name }) => name === MAIN);
    const main = read[at];
    if (main === undefined || !('tree' in main) || !this.wanted.has(EXITS)) return;
    read[at] = this.plan(MAIN, main.found, withExits(main.tree));
  }

  /** Resolve the names of a module, and want the modules it imports. */
  private plan(name: string, found: FoundModule, tree: ModuleTree): Read {
    const { source } = found;
    const names = resolveNames(tree, source, this.report);
    const importer = { name, isPackage: found.isPackage, source };
    const finder = {
      find: (dotted: string) => this.compiledModule(dotted) ?? this.find(dotted),
      known: this.env.moduleNames ?? [],
    };
    const plans = planImports(names.imports, importer, finder, this.report);
    for (const { steps, submodules } of plans.values()) {
      for (const wanted of [...steps, ...submodules]) this.wanted.add(wanted);
    }
    return { name, found, tree, names, plans };
  }

  /** A module that imports doctest gets its examples, as modules of the program. */
  private withDoctests(name: string, found: FoundModule, tree: ModuleTree): ModuleTree {
    if (found.made !== undefined) return found.made.rewrite(tree);
    if (!importsDoctest(tree)) return tree;
    const number = this.doctests++;
    for (const made of doctestModules(number, tree, name, found.source)) {
      const { source } = made;
      this.found.set(made.name, { source, made, isPackage: false, isLibrary: false });
    }
    return withTable(number, tree);
  }

  /** The builtins of the machine, and those that the prelude defines. */
  private builtinsOf(read: readonly (Read | Module)[]): string[] {
    const prelude = read.find(({ name }) => name === PRELUDE);
    if (prelude === undefined) return [...this.env.builtins];
    const defined = 'tree' in prelude ? globalsOf(prelude.names) : prelude.globals;
    return [...this.env.builtins, ...defined];
  }

  /** What the modules of the library have, among those that are read. */
  private noteLibrary(read: readonly (Read | Module)[]): void {
    for (const module of read) {
      const isTree = 'tree' in module;
      if (!(isTree ? module.found.isLibrary : module.isLibrary)) continue;
      if (isTree && module.names.hasStarImport) continue;
      const names = isTree ? globalsOf(module.names) : boundGlobals(module);
      const more = module.name === PRELUDE ? this.env.builtins : [];
      this.libraryNames.set(module.name, new Set([...names, ...more]));
    }
  }

  private warn(
    { found, tree, names, plans }: Read,
    builtins: readonly string[],
    read: readonly (Read | Module)[],
  ): void {
    if (found.made !== undefined) {
      // It is given the names of the module that it is of, and its mistakes may be meant.
      const { of } = found.made;
      const tested = read.find((each) => each.name === of);
      if (tested === undefined || !('tree' in tested) || tested.names.hasStarImport) return;
      const given = [...builtins, ...globalsOf(tested.names)];
      refuseMissing(names, found.source, this.report, given);
      return;
    }
    if (!found.isLibrary) warnOfDoubts(tree, found.source, this.report);
    const known = found.isLibrary ? [...builtins, ...this.env.intrinsics] : builtins;
    warnOfUnknown(names, found.source, this.report, known);
    warnOfLibraryNames(names, plans, this.library, found.source, this.report);
  }

  private emit({ name, found, tree, names, plans }: Read): Module | null {
    const { isPackage, isLibrary, source } = found;
    const module = emitModule(
      tree,
      { name, isPackage, isLibrary },
      {
        source,
        names,
        plans,
        hashes: hashTree(tree),
        natives: this.nativesFor(isLibrary),
        isHidden: isLibrary && (name === PRELUDE || hidesItself(tree)),
      },
      this.report,
    );
    if (module !== null) verifyModule(module); // C2
    return module;
  }

  private nativesFor(isLibrary: boolean): ReadonlyMap<string, string> {
    const { natives, intrinsics } = this.env;
    if (isLibrary) return natives;
    return new Map([...natives].filter(([name]) => !intrinsics.has(name)));
  }
}

/**
 * The script, then all others by name: an order that does not depend on who imports whom first, or
 * on which were compiled before. C1
 */
function inOrder(modules: readonly Module[]): Module[] {
  const rank = ({ name }: Module): string => (name === MAIN ? '' : name);
  return modules.toSorted((a, b) => (rank(a) < rank(b) ? -1 : 1));
}

/** The names that a compiled module's body binds. What it only reads is not its own. */
function boundGlobals(module: Module): string[] {
  const { count, ops, operands } = readCode(module.functions[0]?.code ?? new Uint8Array());
  const bound: string[] = [];
  for (let at = 0; at < count; at++) {
    if (ops[at] === OP.STORE_GLOBAL) bound.push(module.globals[operands[at] ?? -1] ?? '');
  }
  return bound;
}

/** A module of the library says `__hidden__ = True` to leave no frames in tracebacks. */
function hidesItself(tree: ModuleTree): boolean {
  return tree.body.some(
    (node) =>
      node.kind === 'Assign' &&
      node.targets.some((target) => target.kind === 'Name' && target.id === '__hidden__'),
  );
}
