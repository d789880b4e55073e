// The standard library for tests: compiled once, from its sources.
//
// For all processes of a test run by compile-library.ts, which leaves it in a file; each of them
// decodes the modules that its programs import. Without that file, as in a benchmark, the process
// compiles it.

import { compileLibrary, PRELUDE, type Environment } from '../../compiler/compile.ts';
import { renderReport } from '../../compiler/diagnostics/render.ts';
import { Report } from '../../compiler/diagnostics/report.ts';
import { Source } from '../../compiler/diagnostics/source.ts';
import { compiledEnvironment, libraryModules, sourceEnvironment } from '../../stdlib/library.ts';
import type { Module } from '../../vm/bytecode/program.ts';

/** The environment variable that names the compiled library of a test run. */
export const LIBRARY_VARIABLE = 'FLOW_TEST_LIBRARY';

/** Every module of the library, the prelude among them. */
export function compileAll(): Module[] {
  const report = new Report();
  const names = libraryModules().map(({ name }) => name);
  const modules = compileLibrary(
    names.filter((each) => each !== PRELUDE),
    sourceEnvironment(),
    report,
  );
  if (modules === null) throw new Error(renderReport(report));
  return modules;
}

let made: Environment | null = null;

/** What programs of tests are compiled in. */
export function testEnvironment(): Environment {
  if (made !== null) return made;
  const path = process.env[LIBRARY_VARIABLE];
  if (path !== undefined) return (made = compiledEnvironment(path));
  const compiled = new Map(compileAll().map((module) => [module.name, module]));
  made = { ...sourceEnvironment(), compiledModule: (name) => compiled.get(name) ?? null };
  return made;
}

/** The same, with modules of the program's own, by path: `pkg/util.flow`. */
export function environmentWith(files: ReadonlyMap<string, string>): Environment {
  const base = testEnvironment();
  return {
    ...base,
    findModule(dotted) {
      const path = dotted.replaceAll('.', '/');
      for (const [name, isPackage] of [
        [`${path}/__init__.flow`, true],
        [`${path}.flow`, false],
      ] as const) {
        const text = files.get(name);
        if (text === undefined) continue;
        return { source: new Source(name, text), isPackage, isLibrary: false };
      }
      return base.findModule(dotted);
    },
  };
}
