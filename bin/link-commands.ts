// Makes `npx flowvm` start at once in a checkout, and its commands executable: part of each build.
//
// npx finds a package's own commands by installing the package into a cache of its own, which takes
// ten seconds the first time, and fails for good if it was once tried before the build. What it
// looks at first is node_modules/.bin, where npm has put the commands of all other packages.
//
// Windows wants scripts there instead of links; there npx goes its own way.

import { chmodSync, mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  readonly bin: Readonly<Record<string, string>>;
};
const folder = join(root, 'node_modules', '.bin');

if (process.platform !== 'win32') {
  mkdirSync(folder, { recursive: true });
  for (const [name, file] of Object.entries(manifest.bin)) {
    const link = join(folder, name);
    chmodSync(join(root, file), 0o755);
    rmSync(link, { force: true });
    symlinkSync(relative(folder, join(root, file)), link);
  }
}
