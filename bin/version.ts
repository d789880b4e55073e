// The version of this flowmetal, as package.json says it.

import { createRequire } from 'node:module';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** package.json stands beside bin/ in the sources, and beside dist/ once built. */
function packageFile(): string {
  const near = new URL('../package.json', import.meta.url);
  return fileURLToPath(existsSync(near) ? near : new URL('../../package.json', import.meta.url));
}

const data: unknown = createRequire(import.meta.url)(packageFile());

export const VERSION: string =
  typeof data === 'object' && data !== null && 'version' in data && typeof data.version === 'string'
    ? data.version
    : 'unknown';
