// Whatever compiles verifies, and survives its own encoding: over all goldens, and over a folder of
// Python files if one is named.
//
//     FLOW_PYTHON_LIB=/usr/lib/python3.11 npx vitest run test/compiler/emit/corpus.test.ts

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { compileLibrary, type Environment } from '../../../compiler/compile.ts';
import { Report } from '../../../compiler/diagnostics/report.ts';
import { Source } from '../../../compiler/diagnostics/source.ts';
import { decodeModule } from '../../../vm/bytecode/decode.ts';
import { encodeModule } from '../../../vm/bytecode/encode.ts';
import type { Module } from '../../../vm/bytecode/program.ts';
import { verifyModule } from '../../../vm/bytecode/verify.ts';

/** A world in which every module can be found and is empty, but for the one in hand. */
function worldOf(name: string, text: string): Environment {
  return {
    builtins: new Set(),
    intrinsics: new Set(),
    natives: new Map(),
    findModule: (dotted) => ({
      source: new Source(`${dotted}.py`, dotted === name ? text : ''),
      isPackage: dotted !== name,
      isLibrary: false,
    }),
  };
}

/** The module of a text, or null if the compiler refuses it. */
function compiled(text: string): Module | null {
  // Deep in packages, so that relative imports lead somewhere.
  const name = 'a.b.c.d.e';
  const modules = compileLibrary([name], worldOf(name, text), new Report());
  return modules?.find((module) => module.name === name) ?? null;
}

function check(module: Module): void {
  const bytes = encodeModule(module);
  const back = decodeModule(bytes);
  verifyModule(back);
  expect(Buffer.compare(encodeModule(back), bytes)).toBe(0);
}

function* filesIn(folder: string, ending: string): Generator<string> {
  for (const name of readdirSync(folder).sort()) {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) yield* filesIn(path, ending);
    else if (name.endsWith(ending)) yield path;
  }
}

describe('goldens', () => {
  const folder = join(import.meta.dirname, '../../golden');
  for (const path of filesIn(folder, '.flow')) {
    test(path.slice(folder.length + 1), () => {
      const chunks = readFileSync(path, 'utf8').split(/^---$/m);
      // A script is no module of this name here.
      const refused = (chunk: string): boolean =>
        /#!compile|^#file:|^import __main__$/m.test(chunk);
      const later = path.includes('/later/');
      for (const chunk of chunks) {
        const module = compiled(chunk);
        if (module !== null) check(module);
        else expect(refused(chunk) || later, chunk).toBe(true);
      }
    });
  }
});

const library = process.env['FLOW_PYTHON_LIB'];

test.skipIf(library === undefined)("Python's own library", { timeout: 600_000 }, () => {
  let count = 0;
  for (const path of filesIn(library ?? '', '.py')) {
    let text: string;
    try {
      text = new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path));
    } catch {
      continue; // a test of other encodings
    }
    const module = compiled(text);
    if (module === null) continue;
    count += 1;
    check(module);
  }
  expect(count).toBeGreaterThan(100);
});
