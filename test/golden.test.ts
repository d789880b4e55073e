// The goldens, straight and crashed; golden-moved.test.ts has the third mode, so that two processes
// share the work.
//
// The modes and the marks are told in harness/run.ts and harness/golden.ts. Nothing here knows a
// program: a new golden is a new file. The programs of the benchmarks are run straight only, and
// smaller.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

import { makeSmaller, SMALLER } from './bench/smaller.ts';
import { connect } from './harness/adapter.ts';
import { goldenFiles } from './harness/files.ts';
import { parseGolden } from './harness/golden.ts';
import { runChunk } from './harness/run.ts';
import { testGoldens } from './harness/suite.ts';

const here = import.meta.dirname;
const runner = connect();

testGoldens(runner, (mode) => mode.kind !== 'moved');

describe('a smaller program of the benchmarks gives its answer:', () => {
  for (const { name, text } of goldenFiles(join(here, 'bench', 'cpu'), [])) {
    test(name, async () => {
      const small = SMALLER[name];
      if (small === undefined) throw new Error(`bench/smaller.ts has no row for ${name}`);
      const [chunk] = parseGolden(makeSmaller(text, small));
      if (chunk === undefined) throw new Error('it is empty');
      expect(await runChunk(runner, chunk, { kind: 'straight' })).toEqual([]);
    });
  }
});

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
