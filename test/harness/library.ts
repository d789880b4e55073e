// The standard library for tests: compiled once a process, from its sources.

import { compileLibrary, PRELUDE, type Environment } from '../../compiler/compile.ts';
import { renderReport } from '../../compiler/diagnostics/render.ts';
import { Report } from '../../compiler/diagnostics/report.ts';
import { Source } from '../../compiler/diagnostics/source.ts';
import { libraryModules, sourceEnvironment } from '../../stdlib/library.ts';

let made: Environment | null = null;

/** What programs of tests are compiled in. */
export function testEnvironment(): Environment {
  if (made !== null) return made;
  const source = sourceEnvironment();
  const report = new Report();
  const names = libraryModules().map(({ name }) => name);
  const modules = compileLibrary(
    [PRELUDE, ...names.filter((each) => each !== PRELUDE)],
    source,
    report,
  );
  if (modules === null) throw new Error(renderReport(report));
  const compiled = new Map(modules.map((module) => [module.name, module]));
  made = { ...source, compiledModule: (name) => compiled.get(name) ?? null };
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
