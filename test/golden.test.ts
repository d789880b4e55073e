// The goldens, straight and crashed; golden-moved.test.ts has the third mode, so that two processes
// share the work.
//
// The modes and the marks are told in harness/run.ts and harness/golden.ts. Nothing here knows a
// program: a new golden is a new file. CPU programs carry their answers and are run straight only.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

import { connect } from './harness/adapter.ts';
import { goldenFiles } from './harness/files.ts';
import { parseGolden } from './harness/golden.ts';
import { runChunk } from './harness/run.ts';
import { testGoldens } from './harness/suite.ts';

const here = import.meta.dirname;
const runner = connect();

testGoldens(runner, (mode) => mode.kind !== 'moved');

for (const file of goldenFiles(join(here, 'bench', 'cpu'))) {
  for (const chunk of parseGolden(file.text)) {
    test(`bench/cpu/${file.name} gives its answer`, { timeout: 60_000 }, async () => {
      expect(await runChunk(runner, chunk, { kind: 'straight' })).toEqual([]);
    });
  }
}

describe('the seed', () => {
  test('compiles as it stands, with a warning for each missing comma', () => {
    const [seed] = goldenFiles(join(here, 'golden'), []).filter(({ name }) => name === 'seed/seed');
    expect(seed).toBeDefined();
    const lines = seed?.text.split('\n') ?? [];
    const missing = lines.flatMap((line, index) => (line.includes('"GET" f"') ? [index + 1] : []));
    const compiled = runner.compile(new Map([['main.flow', seed?.text ?? '']]), 'main.flow');
    expect(compiled.kind).toBe('compiled');
    const warnings = compiled.kind === 'compiled' ? compiled.warnings : [];
    expect(warnings.map((warning) => warning.line)).toEqual(missing);
    expect(missing).toHaveLength(2);
  });

  test('runs as examples/reboot.flow, which has the commas and no warning', () => {
    const text = readFileSync(join(here, '..', 'examples', 'reboot.flow'), 'utf8');
    const compiled = runner.compile(new Map([['main.flow', text]]), 'main.flow');
    expect(compiled).toMatchObject({ kind: 'compiled', warnings: [] });
  });
});
