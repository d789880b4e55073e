// Reading a file: text → tokens → layout → tree.
//
//     parse(source, report)     the tree of a module
//     tokenize(source, report)  the tokens the grammar sees
//     dump.ts                   both as text, for --dump
//
// All mistakes of the file are in the report, each once. The tree is given also when there were
// some, without the statements that could not be read; nobody may run the next phase on it then.

import type { Source } from '../diagnostics/source.ts';
import type { Report } from '../diagnostics/report.ts';
import { Grammar } from './grammar.ts';
import { layout } from './layout.ts';
import { lex } from './lexer.ts';
import type { Token } from './tokens.ts';
import type { Module } from './tree.ts';

export { dumpTokens, dumpTree } from './dump.ts';

/** Made when first needed, and then kept: making it takes longer than reading most files. */
let grammar: Grammar | null = null;

/** The tree of a source, or null where brackets or blocks nest too deep to be read at all. */
export function parse(source: Source, report: Report): Module | null {
  const tokens = tokenize(source, report);
  if (tokens === null) return null;
  grammar ??= new Grammar();
  return grammar.parse(source, report, tokens);
}

/** The tokens of a source with its layout, or null where they nest too deep. */
export function tokenize(source: Source, report: Report): Token[] | null {
  return layout(source, lex(source, report), report);
}
