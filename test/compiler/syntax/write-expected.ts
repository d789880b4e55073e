// Asks CPython 3.11 what it makes of each snippet, and writes the answers beside them:
//
//     npx node test/compiler/syntax/write-expected.ts

import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { FOLDER, readSnippets, SNIPPET_FILES } from './snippets.ts';

interface Answer {
  readonly tree?: string;
  readonly error?: string;
}

for (const name of SNIPPET_FILES) {
  const requests = readSnippets(name).map(({ text }) => JSON.stringify({ text }));
  const python = spawnSync('python3', [join(import.meta.dirname, 'reference.py')], {
    input: `${requests.join('\n')}\n`,
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
  if (python.status !== 0) throw new Error(python.stderr);
  const lines = python.stdout
    .trimEnd()
    .split('\n')
    .map((line) => {
      const { tree, error } = JSON.parse(line) as Answer;
      return tree === undefined ? `error ${error}` : `tree ${tree}`;
    });
  writeFileSync(join(FOLDER, `${name}.expected`), `${lines.join('\n')}\n`);
  const refused = lines.filter((line) => line.startsWith('error'));
  console.log(`${name}: ${lines.length} snippets, ${refused.length} refused`);
}
