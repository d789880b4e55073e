// What spec/decisions, spec/performance.md, the READMEs of test/bench and CONTRIBUTING.md say is
// what there is.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { PEERS } from '../bench/peers/peers.ts';
import { PROBES, type Settings } from '../bench/peers/probes.ts';
import { keptFiles, pageWith, readResults } from '../bench/peers/results.ts';
import { cellsOf, holdTable } from '../harness/page.ts';

const ROOT = join(import.meta.dirname, '../..');
const BENCH = join(ROOT, 'test/bench');
const BENCH_PAGE = join(BENCH, 'README.md');

interface Manifest {
  readonly scripts: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Manifest;

const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');

// ------------------------------------------------------------ dependencies

/** Package and owner, as the page of decisions has them. */
function owners(): Map<string, string> {
  const page = read('spec/decisions/README.md');
  const rows = cellsOf(page.slice(page.indexOf('## Dependencies'))).slice(2);
  return new Map(rows.map(([name = '', owner = '']) => [name, owner.replaceAll('`', '')]));
}

test('each dependency has its line, and nothing else has', () => {
  const { dependencies, devDependencies } = manifest;
  const all = [...Object.keys(dependencies), ...Object.keys(devDependencies)];
  expect([...owners().keys()].toSorted()).toEqual(all.toSorted());
});

test('each dependency of the product is named by its owner, and by no other file', () => {
  const files = ['compiler', 'vm', 'stdlib', 'bin'].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => `${folder}/${file.replaceAll('\\', '/')}`),
  );
  const known = owners();
  for (const name of Object.keys(manifest.dependencies)) {
    const owner = known.get(name) ?? '';
    const users = files.filter((file) => read(file).includes(`from '${name}'`));
    expect(users.length, name).toBeGreaterThan(0);
    expect(
      users.filter((file) => !file.startsWith(owner)),
      name,
    ).toEqual([]);
  }
});

// -------------------------------------------------------------- benchmarks

/** What a benchmark measures, by the texts in its source that its lines begin with. */
function named(file: string, pattern: RegExp): string[][] {
  const found = [...read(`test/bench/${file}`).matchAll(pattern)];
  return found.map(([, name = '']) => [name.replace('${OBJECTS}', '300000')]);
}

test('test/bench/README.md has a row for each program', () => {
  const programs = readdirSync(join(BENCH, 'cpu')).toSorted();
  holdTable(
    BENCH_PAGE,
    'cpu',
    programs.map((file) => [`\`${file.slice(0, -'.flow'.length)}\``]),
  );
});

test('and for each corpus, state and probe', () => {
  holdTable(BENCH_PAGE, 'compile', [
    ...named('compile.bench.ts', /^const MAKING = '(.+?)'/gm),
    ...named('compile.bench.ts', /^measure\('(.+?)'/gm),
  ]);
  const [, programs = ''] = /PROGRAMS = \[(.+?)\]/.exec(read('test/bench/machine.bench.ts')) ?? [];
  holdTable(
    BENCH_PAGE,
    'machine',
    [...programs.matchAll(/'(.+?)'/g)].map(([, name = '']) => [name]),
  );
  holdTable(
    BENCH_PAGE,
    'snapshot',
    named('snapshot.bench.ts', /^measure(?:Sleep)?\(['`](.+?)['`],/gm),
  );
  holdTable(BENCH_PAGE, 'store', named('store.bench.ts', /^ {2}\['(.+?)', /gm));
});

test('each file of benchmarks has its section, and is run by npm run bench', () => {
  const page = readFileSync(BENCH_PAGE, 'utf8');
  const files = readdirSync(BENCH).filter((file) => file.endsWith('.bench.ts'));
  expect(manifest.scripts['bench']).toBe('node test/bench/run.ts');
  for (const file of files) {
    expect(page).toContain(`\n## ${file}: `);
    expect(read('test/bench/run.ts')).toContain(`\n  ${file.replace('.bench.ts', '')}: '`);
  }
});

test('test/bench/peers/README.md has a row for each probe, and for each mode of a peer', () => {
  const page = join(BENCH, 'peers/README.md');
  const settingsOf = (settings: Settings): string =>
    Object.entries(settings)
      .map(([setting, value]) => `\`--${setting} ${value}\``)
      .join(' ');
  const probes = Object.entries(PROBES).map(([name, { about, not, settings }]) => [
    `\`${name}\``,
    about,
    not,
    settingsOf(settings),
  ]);
  holdTable(page, 'probes', probes);
  const modes = Object.entries(PEERS).flatMap(([peer, kind]) =>
    Object.entries(kind.modes).map(([mode, about]) => [`\`${peer}\``, `\`${mode}\``, about]),
  );
  holdTable(page, 'peers', modes);
  const { dependencies } = JSON.parse(read('test/bench/peers/package.json')) as Manifest;
  for (const [name, version] of Object.entries(dependencies)) {
    expect(read('test/bench/peers/README.md')).toContain(`\`${name}\` ${version}`);
  }
});

test('spec/performance.md has the results that are kept', () => {
  const page = read('spec/performance.md');
  expect(pageWith(page, readResults(keptFiles()))).toBe(page);
});

// ------------------------------------------------------------ contributing

test('what CONTRIBUTING.md shows of a file is in it', () => {
  const shown = [...read('CONTRIBUTING.md').matchAll(/^( *)```\w+ (\S+)\n([^]*?)\n\1```$/gm)];
  expect(shown.length).toBeGreaterThan(2);
  for (const [, indent = '', file = '', text = ''] of shown) {
    const code = text.replaceAll(new RegExp(`^${indent}`, 'gm'), '');
    expect(read(file), file).toContain(code);
  }
});
