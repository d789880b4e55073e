// Compiles the standard library ahead, so that commands start without doing so.
//
//     node dist/bin/build-stdlib.js      writes dist/stdlib/library.fbl; part of `npm run build`

import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { compileLibrary, PRELUDE } from '../compiler/compile.ts';
import { renderReport } from '../compiler/diagnostics/render.ts';
import { Report } from '../compiler/diagnostics/report.ts';
import {
  COMPILED_NAME,
  encodeLibrary,
  libraryModules,
  sourceEnvironment,
} from '../stdlib/library.ts';

const report = new Report();
const names = libraryModules()
  .map(({ name }) => name)
  .filter((name) => name !== PRELUDE);
const modules = compileLibrary(names, sourceEnvironment(), report);
const said = renderReport(report, { colour: false });
if (said !== '') process.stderr.write(said);
if (modules === null) process.exitCode = 1;
else {
  const path = fileURLToPath(new URL(`../stdlib/${COMPILED_NAME}`, import.meta.url));
  writeFileSync(path, encodeLibrary(modules));
  process.stderr.write(`${modules.length} library modules compiled to ${path}\n`);
}
