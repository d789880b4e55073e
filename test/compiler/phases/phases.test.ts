// Phase goldens: one file shows the whole path of one small program through the compiler.
//
//     # title
//     ## source      the program; other modules as `## source of NAME`
//     ## tokens      what the grammar sees
//     ## tree        what it says
//     ## names       where each name lives
//     ## bytecode    what becomes of it
//
// A file holds the sections it wants to show, in this order. `FLOW_ACCEPT=1` rewrites all but the
// source; a person reads the difference.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { namesOf } from '../../../compiler/compile.ts';
import { renderReport } from '../../../compiler/diagnostics/render.ts';
import { Report } from '../../../compiler/diagnostics/report.ts';
import { Source } from '../../../compiler/diagnostics/source.ts';
import { printNames } from '../../../compiler/names/print.ts';
import { dumpTokens, dumpTree } from '../../../compiler/syntax/dump.ts';
import { parse, tokenize } from '../../../compiler/syntax/parse.ts';
import { listModule } from '../../../vm/bytecode/list.ts';
import { program } from '../../bytecode/sample.ts';

const FOLDER = import.meta.dirname;

/** The sections of a golden file, in order. */
function sections(text: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const part of text.split(/^## /m).slice(1)) {
    const end = part.indexOf('\n');
    found.set(part.slice(0, end), part.slice(end + 1).trimEnd());
  }
  return found;
}

/** What a section must say. */
function expected(section: string, parts: ReadonlyMap<string, string>): string {
  const source = new Source('main.flow', `${parts.get('source') ?? ''}\n`);
  const report = new Report();
  switch (section) {
    case 'tokens':
      return dumpTokens(tokenize(source, report) ?? []);
    case 'tree':
      return dumpTree(parse(source, report)!);
    case 'names': {
      const names = namesOf(source, report);
      return names === null ? renderReport(report) : printNames(names, source);
    }
    case 'bytecode': {
      const others = [...parts].flatMap(([name, text]) =>
        name.startsWith('source of ') ? [[name.slice('source of '.length), `${text}\n`]] : [],
      );
      const { modules } = program(source.text, Object.fromEntries(others));
      return listModule(modules[0]!);
    }
    default:
      throw new Error(`no phase is called ${section}`);
  }
}

describe('phases', () => {
  for (const file of readdirSync(FOLDER).filter((name) => name.endsWith('.md'))) {
    test(file, () => {
      const path = join(FOLDER, file);
      const text = readFileSync(path, 'utf8');
      const parts = sections(text);
      let wanted = text.slice(0, text.indexOf('\n## ') + 1);
      for (const [name, body] of parts) {
        const now = name.startsWith('source') ? body : expected(name, parts).trimEnd();
        wanted += `## ${name}\n${now}\n\n`;
      }
      wanted = `${wanted.trimEnd()}\n`;
      if (process.env['FLOW_ACCEPT'] === '1') writeFileSync(path, wanted);
      else expect(text).toBe(wanted);
    });
  }
});
