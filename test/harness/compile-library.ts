// Once before all tests: the standard library, compiled into a file that all their processes read.
// To compile it takes seconds, and every file of tests is a process of its own.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeLibrary } from '../../stdlib/library.ts';
import { compileAll, LIBRARY_VARIABLE } from './library.ts';

export default function setup(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'flow-library-'));
  const path = join(folder, 'library.fbl');
  writeFileSync(path, encodeLibrary(compileAll()));
  process.env[LIBRARY_VARIABLE] = path;
  return () => rmSync(folder, { recursive: true });
}
