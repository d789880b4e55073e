// Which golden files there are.
//
// Owns:      the walk over folders, and the folders that are left out.
// Invariant: the order is by path, code unit by code unit, the same on every operating system.

import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

/** Programs of the language to come, which the harness leaves alone. */
export const LATER = 'later';

/** The seed's own program: checked by a test of its own, since it carries no marks. */
export const SEED = 'seed';

export interface GoldenFile {
  readonly name: string; // its path below the root, with `/` and without `.flow`
  readonly path: string;
  readonly text: string;
}

export function goldenFiles(
  root: string,
  skipped: readonly string[] = [LATER, SEED],
): GoldenFile[] {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.flow'))
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => ({ path, name: relative(root, path).split(sep).join('/').slice(0, -5) }))
    .filter(({ name }) => !skipped.includes(name.split('/')[0] ?? ''))
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
    .map((file) => ({ ...file, text: readFileSync(file.path, 'utf8').replaceAll('\r\n', '\n') }));
}
