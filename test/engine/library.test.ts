// The standard library as a whole: every table is in the registry, every module compiles.

import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { compileLibrary, PRELUDE } from '../../compiler/compile.ts';
import { Report } from '../../compiler/diagnostics/report.ts';
import {
  encodeLibrary,
  libraryModules,
  makeRegistry,
  sourceEnvironment,
} from '../../stdlib/library.ts';
import { decode, isList } from '../../vm/bytecode/codec.ts';
import { decodeModule } from '../../vm/bytecode/decode.ts';
import { compileText } from './sim.ts';

const natives = new URL('../../stdlib/natives/', import.meta.url);

test('every table of natives is named in tables.ts', () => {
  const tables = readFileSync(new URL('../../stdlib/tables.ts', import.meta.url), 'utf8');
  const missing: string[] = [];
  for (const file of readdirSync(natives).filter((name) => name.endsWith('.ts'))) {
    const text = readFileSync(new URL(file, natives), 'utf8');
    const name = /import \* as (\w+) from '\.\/natives\/FILE'/.source.replace('FILE', file);
    const as = new RegExp(name).exec(tables)?.[1] ?? '?';
    for (const what of ['rows', 'attributes']) {
      if (!new RegExp(`^export const ${what}\\b`, 'm').test(text)) continue;
      if (!tables.includes(`${as}.${what},`)) missing.push(`${file} exports ${what}`);
    }
  }
  expect(missing).toEqual([]);
});

describe('the modules', () => {
  const names = libraryModules().map(({ name }) => name);
  const report = new Report();
  const modules = compileLibrary(
    names.filter((name) => name !== PRELUDE),
    sourceEnvironment(),
    report,
  );

  test('have names of their own', () => {
    expect(new Set(names).size).toBe(names.length);
    expect(names).toEqual(
      expect.arrayContaining([PRELUDE, 'flow', 'flow.http', 'flow.time', 'json']),
    );
  });

  test('compile, and name nothing that is not there', () => {
    const said = report.diagnostics.map(({ title, source, span }) => {
      const { line } = source.position(span.start);
      return `${source.name}:${line}: ${title}`;
    });
    expect(said).toEqual([]);
    expect(modules?.map(({ name }) => name).toSorted()).toEqual(names.toSorted());
  });

  test('name only natives that the registry has', () => {
    const registry = makeRegistry();
    const wanted = (modules ?? []).flatMap((module) => module.natives);
    expect(wanted.filter((key) => registry.native(key) === undefined)).toEqual([]);
    expect(wanted.length).toBeGreaterThan(100);
  });

  test('are the same bytes each time, and as one file, and back', () => {
    const again = compileLibrary(
      names.filter((name) => name !== PRELUDE),
      sourceEnvironment(),
      new Report(),
    );
    const bytes = encodeLibrary(modules ?? []);
    expect(Buffer.from(encodeLibrary(again ?? [])).equals(Buffer.from(bytes))).toBe(true);
    const [, rows] = decode(bytes) as readonly unknown[];
    const blobs = (rows as readonly (readonly [string, Uint8Array])[]).map(([, blob]) => blob);
    expect(isList(rows as never)).toBe(true);
    expect(blobs.map((blob) => decodeModule(blob).name)).toEqual(modules?.map(({ name }) => name));
  });
});

test('a program cannot name what is the library’s own', () => {
  const packed = compileText('x = _effect\n');
  const main = packed.modules.find(({ name }) => name === '__main__');
  expect(decodeModule(main?.bytes ?? new Uint8Array(0)).natives).toEqual([]);
});
