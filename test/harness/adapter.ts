// The one place where the goldens meet the compiler, the machine and the engine.

import { compile } from '../../compiler/compile.ts';
import { Report } from '../../compiler/diagnostics/report.ts';
import { Source } from '../../compiler/diagnostics/source.ts';
import { packProgram, type PackedProgram } from '../../vm/bytecode/encode.ts';
import type { Program } from '../../vm/bytecode/program.ts';
import { heldTo } from '../../vm/engine/state.ts';
import { Linker } from '../../vm/machine/link.ts';
import { openLibrary } from '../../stdlib/library.ts';
import { runCrashed, runStraight } from './driven.ts';
import { environmentWith } from './library.ts';
import { runBased, runMoved } from './moved.ts';
import type {
  Compiled,
  Diagnostics,
  GoldenDiagnostic,
  GoldenOutcome,
  GoldenRunner,
} from './run.ts';

interface Built {
  readonly program: Program;
  readonly packed: PackedProgram;
}

const linker = Linker.of(openLibrary().registry);

function build(files: ReadonlyMap<string, string>, entry: string): Compiled<Built> | Diagnostics {
  const report = new Report();
  const source = new Source(entry, files.get(entry) ?? '');
  const program = compile(source, environmentWith(files), report);
  const said = report.diagnostics.map((one): GoldenDiagnostic => ({
    level: one.severity,
    code: one.code,
    file: one.source.name,
    line: one.source.position(one.span.start).line,
    message: one.title,
  }));
  if (program === null) return { kind: 'refused', diagnostics: said };
  return { kind: 'compiled', warnings: said, program: { program, packed: packProgram(program) } };
}

/** @param bases whether programs begin from their base images */
export function connect(bases = false): GoldenRunner<Built> {
  return {
    compile: build,
    run({ program, packed }, { mode, quotas }, renew): Promise<GoldenOutcome> {
      const asked = { program: packed, quotas };
      switch (mode.kind) {
        case 'straight':
          return runStraight(asked, renew(), bases);
        case 'crashed':
          return runCrashed(asked, renew, bases);
        case 'moved': {
          const hashes = packed.modules.map(({ hash }) => hash);
          const linked = linker.link(program, packed.hash, hashes);
          const { registry } = openLibrary();
          const to = { program: linked, registry, held: heldTo({ quotas }) };
          if (bases && to.held === null) return Promise.resolve(runBased(to, renew));
          return Promise.resolve(runMoved(to, mode.every, renew));
        }
      }
    },
  };
}
