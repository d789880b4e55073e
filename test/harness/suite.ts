// The goldens as tests of vitest: one for each chunk and mode.

import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { goldenFiles, type GoldenFile } from './files.ts';
import { parseGolden, type Chunk } from './golden.ts';
import { modesOf, runChunk, type GoldenRunner, type Mode } from './run.ts';

const GOLDEN = join(import.meta.dirname, '..', 'golden');

export function testGoldens<Program>(
  runner: GoldenRunner<Program>,
  wants: (mode: Mode, chunk: Chunk, file: GoldenFile) => boolean,
): void {
  for (const file of goldenFiles(GOLDEN)) {
    const cases = parseGolden(file.text).flatMap((chunk) =>
      modesOf(chunk)
        .filter((mode) => wants(mode, chunk, file))
        .map((mode) => ({ chunk, mode })),
    );
    // What does not compile cannot move: a file of such programs has no case here.
    if (cases.length === 0) continue;
    describe(file.name, () => {
      for (const { chunk, mode } of cases) {
        test(`${chunk.line} ${chunk.title} (${mode.kind})`, async () => {
          expect(await runChunk(runner, chunk, mode)).toEqual([]);
        });
      }
    });
  }
}
