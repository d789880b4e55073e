// What every generated program begins with: the imports it needs, and prelude.flow's words.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Tree } from './tree.ts';
import { block, render, tree } from './tree.ts';

/** A module of its own, which both sides compile once. */
export const PRELUDE_NAME = 'prelude';
export const PRELUDE_TEXT = readFileSync(join(import.meta.dirname, 'prelude.flow'), 'utf8');

const WORDS = 'refuel, spent, small, number, numbers, caught, traced, Scope';
const HEAD = `from ${PRELUDE_NAME} import ${WORDS}\n`;

/** What a program imports when it names it. */
const MODULES = [
  ...['math', 'json', 'itertools', 'functools', 'operator', 'collections', 'string', 're'],
  ...['datetime', 'decimal', 'fractions', 'statistics', 'textwrap', 'struct', 'random', 'enum'],
  ...['dataclasses', 'copy', 'heapq', 'bisect', 'contextlib', 'asyncio', 'types', 'abc', 'typing'],
  ...['base64', 'binascii', 'hashlib', 'difflib', 'io', 'pprint', 'inspect', 'calendar', 'shlex'],
  ...['zlib', 'uuid', 'numbers', 'reprlib', 'urllib.parse', 'collections.abc'],
];

/** The text of a whole program. */
export function programText(program: Tree): string {
  const body = render(program);
  const used = MODULES.filter((name) => {
    return new RegExp(`(?<![\\w.])${name.replace('.', '\\.')}\\.`, 'u').test(body);
  });
  const imports = used.map((name) => `import ${name}\n`).join('');
  return `${HEAD}${imports}${body}`;
}

/** A program's own part of its text. */
export function ownText(text: string): string {
  return text.replace(HEAD, '');
}

/** A statement of the top level: with fuel of its own, and whatever it raises told. */
export function guarded(body: Tree, tells: 'caught' | 'traced' = 'caught'): Tree {
  return tree(
    'statement',
    'refuel()\ntry:',
    body,
    'except Exception as error:',
    block(tree('statement', `${tells}(error)`)),
  );
}
