// Snippets of Python, and what CPython 3.11 makes of each.
//
// snippets/NAME.txt holds the snippets, with a line of `---` between two. Beside it NAME.expected
// has
// a line for each: `tree` and the tree as canonical.ts writes it, or `error` and CPython's words.
// Those
// lines are CPython's own, written by write-expected.ts; tests need no python3.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const FOLDER = join(import.meta.dirname, 'snippets');

export const SNIPPET_FILES = [
  'expressions',
  'operators',
  'fstrings',
  'statements',
  'patterns',
  'refused',
] as const;

export interface Snippet {
  readonly text: string;
  readonly line: number;
  /** What CPython says; the tree is canonical text. */
  readonly expected: { readonly tree: string } | { readonly error: string } | null;
}

export function readSnippets(name: string): Snippet[] {
  const texts = readFileSync(join(FOLDER, `${name}.txt`), 'utf8').split(/^---\n/m);
  const path = join(FOLDER, `${name}.expected`);
  const lines = existsSync(path) ? readFileSync(path, 'utf8').trimEnd().split('\n') : [];
  let line = 1;
  return texts.map((text, i) => {
    const snippet = { text, line, expected: expectation(lines[i]) };
    line += text.split('\n').length;
    return snippet;
  });
}

function expectation(line: string | undefined): Snippet['expected'] {
  if (line === undefined) return null;
  return line.startsWith('tree ') ? { tree: line.slice(5) } : { error: line.slice(6) };
}
