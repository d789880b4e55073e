// spec/errors.md: every code of ERRORS and of the compiler's diagnostics, as a page.
// `npx vitest run test/commands/errors.test.ts -u` writes it anew.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { helpOf } from '../../bin/told.ts';
import { EXIT } from '../../bin/terminal.ts';
import { NAME_CODES } from '../../compiler/names/mistakes.ts';
import { SYNTAX_CODES } from '../../compiler/syntax/mistakes.ts';
import { ERRORS, type Again, type ErrorCode } from '../../vm/bytecode/errors.ts';

const AGAIN: Readonly<Record<Again, string>> = {
  no: 'Trying again helps only after something has changed.',
  later: 'Nothing is wrong with the call: try again after a while.',
  reload: 'What the caller believed is out of date: read anew, then decide.',
};

const HEAD = `# Errors

What the host's code throws is a \`FlowError\`: a code, which never changes its meaning, a sentence for people, and \`details\` as plain
values. Mistakes in a program are diagnostics of the compiler (\`error[unknown-name]\`, …); failures of a program are Python's
exceptions. This page is made from \`ERRORS\` in \`vm/bytecode/errors.ts\`, from the commands' advice in \`bin/told.ts\`, and from
\`SYNTAX_CODES\` and \`NAME_CODES\` in \`compiler/*/mistakes.ts\`;
\`test/commands/errors.test.ts\` compares it.

## Exit statuses

| status | meaning |
| --- | --- |
| ${EXIT.done} | done |
| ${EXIT.failed} | the program failed, was cancelled, or what was asked for could not be done |
| ${EXIT.usage} | the command was not understood, or a file it names cannot be used |
| n | the program ended with \`sys.exit(n)\`; 130 after an uncaught \`KeyboardInterrupt\` |
| ${EXIT.interrupted}, 143 | Ctrl-C or SIGTERM: the runs are suspended, and can be resumed |
| ${EXIT.unread} | nobody reads stdout any more: the runs are suspended |
`;

function page(): string {
  const sections = Object.entries(ERRORS).map(([code, { means, again }]) => {
    const help = helpOf(code as ErrorCode);
    const advice = help.length === 0 ? '' : `\n${help.map((line) => `    ${line}`).join('\n')}\n`;
    return `## ${code}\n\n${sentence(means)} ${AGAIN[again]}\n${advice}`;
  });
  return [HEAD, ...sections, diagnostics()].join('\n');
}

const MISTAKES: Readonly<Record<string, string>> = { ...SYNTAX_CODES, ...NAME_CODES };

function diagnostics(): string {
  const rows = Object.entries(MISTAKES).map(([code, what]) => `| \`${code}\` | ${what} |`);
  return `## Diagnostics of the compiler

A code names its kind of mistake for ever; the words beside it may change. Where CPython 3.11 has a text for a mistake, ours contains
it. An error leaves no program; a warning does.

| code | mistake |
| --- | --- |
${rows.join('\n')}
`;
}

function sentence(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}.`;
}

test('spec/errors.md lists every code', async () => {
  await expect(page()).toMatchFileSnapshot('../../spec/errors.md');
});

test('every code is thrown somewhere', () => {
  const files = ['vm', 'compiler', 'stdlib', 'bin'].flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts') && !file.endsWith('bytecode/errors.ts'))
      .map((file) => readFileSync(join(folder, file), 'utf8')),
  );
  const all = files.filter((text) => !text.startsWith('// Failures, as a command')).join('\n');
  const unused = Object.keys(ERRORS).filter((code) => !all.includes(`'${code}'`));
  expect(unused).toEqual([]);
});

test('every diagnostic has a row, and every row is told somewhere', () => {
  const all = readdirSync('compiler', { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('mistakes.ts'))
    .map((file) => readFileSync(join('compiler', file), 'utf8'))
    .join('\n');
  expect(Object.keys(MISTAKES).filter((code) => !all.includes(`'${code}'`))).toEqual([]);
  const told = [...all.matchAll(/report\.(?:error|warning)\([^;]*?'([a-z]+(?:-[a-z]+)*)'/g)];
  expect(told.length).toBeGreaterThan(5);
  for (const [, code = ''] of told) expect(Object.keys(MISTAKES)).toContain(code);
});
