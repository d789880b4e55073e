// The README's transcript is what the commands say today; `npm run readme` writes it anew.

import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { libraryModules } from '../../stdlib/library.ts';
import { plain, takeTour } from './tour.ts';

test('the tour in README.md is as it is told', async () => {
  const page = readFileSync('README.md', 'utf8');
  expect(plain(await takeTour(page))).toBe(plain(page));
});

test('what README.md and the guarantees point at is there', () => {
  const missing: string[] = [];
  for (const page of ['README.md', 'spec/guarantees.md']) {
    const text = readFileSync(page, 'utf8');
    const paths = [
      ...[...text.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)].map(([, to = '']) =>
        join(dirname(page), to),
      ),
      ...[...text.matchAll(/`((?:test|examples|spec|bin|vm|stdlib|compiler)\/[\w./-]+)`/g)].map(
        ([, path = '']) => path,
      ),
    ];
    for (const path of paths) if (!existsSync(path)) missing.push(`${page}: ${path}`);
  }
  expect(missing).toEqual([]);
});

test('the tests that the guarantees name are there', () => {
  const page = readFileSync('spec/guarantees.md', 'utf8');
  const missing: string[] = [];
  let checked = 0;
  for (const [, path = '', names = ''] of page.matchAll(
    /`(test\/[\w./-]+)`: ((?:"[^"]+"(?:, )?)+)/g,
  )) {
    const text = readFileSync(path, 'utf8');
    for (const [, name = ''] of names.matchAll(/"([^"]+)"/g)) {
      checked += 1;
      if (!text.includes(name)) missing.push(`${path}: ${name}`);
    }
  }
  expect(missing).toEqual([]);
  expect(checked).toBeGreaterThan(25);
});

/** The words of a sentence of the README that lists things, from its beginning to its full stop. */
function listed(page: string, beginning: string): string[] {
  const from = page.indexOf(beginning) + beginning.length;
  return page
    .slice(from, page.indexOf('.\n', from))
    .split(',')
    .map((word) => word.trim().replaceAll(/\s+/g, ' '));
}

test('the modules that the README says are there are so', () => {
  const page = readFileSync('README.md', 'utf8');
  const modules = libraryModules()
    .map(({ name }) => name)
    .filter((name) => name !== 'builtins' && !/(^|\.)_/.test(name));
  expect(listed(page, 'Modules so far:').toSorted()).toEqual(modules.toSorted());
});
