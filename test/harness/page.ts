// Tables in documents that are made from tables in code.
//
//     <!-- table hooks: HOOKS in vm/machine/frame.ts -->
//
//     | | hook | missing | same | what becomes of the result |
//     | --- | --- | --- | --- | --- |
//     | 0 | VALUE | yes | | it is pushed |
//
//     <!-- end -->
//
// The first cells of each row are made; those after them are the author's words, found again by
// the made ones. FLOW_ACCEPT=1 writes the made cells anew and leaves `?` where words are missing,
// which no test lets through.
//
// Invariant: D1. A row of the code is a row of the page, in the same order, and nothing else is.

import { readFileSync, writeFileSync } from 'node:fs';
import { expect } from 'vitest';

const MISSING = '?';

/** Hold the table `name` of a page against rows made from code. */
export function holdTable(path: string, name: string, made: readonly (readonly string[])[]): void {
  const page = readFileSync(path, 'utf8');
  const block = new RegExp(`(<!-- table ${name}: [^\\n]*-->\\n\\n)([\\s\\S]*?)(\\n<!-- end -->)`);
  const [, , old] = block.exec(page) ?? [];
  if (old === undefined) throw new Error(`${path} has no table '${name}'`);
  const wanted = page.replace(
    block,
    (_, before: string, table: string, after: string) => before + remade(table, made) + after,
  );
  if (process.env['FLOW_ACCEPT'] === '1') writeFileSync(path, wanted);
  else expect(page).toBe(wanted);
  expect(cellsOf(wanted).filter((cells) => cells.includes(MISSING))).toEqual([]);
}

/** A table with its made cells as they are now, and the author's as they were. */
function remade(table: string, made: readonly (readonly string[])[]): string {
  const lines = table.trimEnd().split('\n');
  const [head = '', rule = '', ...rows] = lines;
  const width = cellsOf(head)[0]?.length ?? 0;
  const words = new Map<string, readonly string[]>();
  for (const row of rows) {
    const cells = cellsOf(row)[0] ?? [];
    const count = made[0]?.length ?? 0;
    words.set(keyOf(cells.slice(0, count)), cells.slice(count));
  }
  const again = made.map((cells) => {
    const escaped = cells.map((cell) => cell.replaceAll('|', '\\|'));
    const rest = words.get(keyOf(escaped)) ?? [];
    const own = Array.from({ length: width - cells.length }, (_, i) => rest[i] ?? MISSING);
    return `| ${[...escaped, ...own].join(' | ')} |`;
  });
  return `${[head, rule, ...again].join('\n')}\n`;
}

/** Words belong to a row of one number and name, whatever else is made of it. */
function keyOf(cells: readonly string[]): string {
  return cells.slice(0, 2).join('|');
}

/** The cells of each line that is a row of a table. */
export function cellsOf(text: string): string[][] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .map((line) =>
      line
        .slice(1, line.lastIndexOf('|'))
        .split(/(?<!\\)\|/)
        .map((cell) => cell.trim()),
    );
}
