// spec/bytecode.md holds the table of instructions; this writes it from OPCODES and compares.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { OPCODES, type OpName, type OpRow } from '../../vm/bytecode/opcodes.ts';

const FILE = join(import.meta.dirname, '../../spec/bytecode.md');
const TABLE = /(<!-- generated from[^\n]*-->\n)[\s\S]*(<!-- end -->)/;

function table(): string {
  const rows = (Object.entries(OPCODES) as [OpName, OpRow][])
    .toSorted(([, a], [, b]) => a.code - b.code)
    .map(([name, { code, operand, stack, calls, flow, doc }]) =>
      [
        `0x${code.toString(16).padStart(2, '0')}`,
        `\`${name}\``,
        operand === 'none' ? '' : operand,
        `\`${stack.replaceAll('|', '\\|')}\``,
        calls ? 'calls' : '',
        flow === 'next' ? '' : flow,
        doc.replaceAll('|', '\\|').replaceAll('*', '\\*'),
      ].join(' | '),
    );
  const head =
    '| | instruction | operand | stack | | flow | |\n| --- | --- | --- | --- | --- | --- | --- |';
  return `\n${head}\n${rows.map((row) => `| ${row} |`).join('\n')}\n\n`;
}

test('spec/bytecode.md has the table of instructions', () => {
  const text = readFileSync(FILE, 'utf8');
  const wanted = text.replace(
    TABLE,
    (_, before: string, after: string) => before + table() + after,
  );
  if (process.env['FLOW_ACCEPT'] === '1') writeFileSync(FILE, wanted);
  else expect(text).toBe(wanted);
});

test('numbers fit a byte and none is used twice', () => {
  const codes = Object.values(OPCODES).map(({ code }) => code);
  expect(new Set(codes).size).toBe(codes.length);
  expect(codes.every((code) => code >= 0 && code <= 0xff)).toBe(true);
});

test('only LOOP goes back, and every jump says where', () => {
  for (const [name, row] of Object.entries(OPCODES) as [OpName, OpRow][]) {
    const leaves = row.flow === 'branch' || row.flow === 'jump';
    expect(leaves, name).toBe(row.operand === 'jump');
  }
});
