// The compiler: lines a second, of the programs that the house itself has.
//
//     node test/bench/compile.bench.ts [--rounds 5] [--json] [NAME...]
//
// Corpora: the library (its modules in flow, the prelude among them) and the goldens (each a
// program of its own; the library comes compiled, as commands find it). Lines are lines of the
// files, blank ones and comments too. `reading` is text to tree; `compiling` is all, from text to
// verified modules. Not measured: packing and hashing of programs, files.

import { join } from 'node:path';
import { compile, compileLibrary, PRELUDE } from '../../compiler/compile.ts';
import { Report } from '../../compiler/diagnostics/report.ts';
import { Source } from '../../compiler/diagnostics/source.ts';
import { Grammar } from '../../compiler/syntax/grammar.ts';
import { parse } from '../../compiler/syntax/parse.ts';
import { libraryModules, sourceEnvironment } from '../../stdlib/library.ts';
import { goldenFiles } from '../harness/files.ts';
import { parseGolden } from '../harness/golden.ts';
import { environmentWith, testEnvironment } from '../harness/library.ts';
import { median, openBench, timed } from './bench.ts';

const bench = openBench('compile', 'Lines compiled a second: the library, the goldens.', 5);

const MAKING = 'making the parser';
const [, makingMs] = timed(() => new Grammar());
if (bench.wants(MAKING)) {
  bench.row(MAKING, { ms: makingMs }, `${makingMs.toFixed(1).padStart(9)} ms`);
}

interface Corpus {
  readonly lines: number;
  readonly read: () => void;
  readonly compile: () => void;
}

/** Not counting the empty lines that stand for the chunks above one in its file. */
const linesOf = (texts: readonly string[]): number =>
  texts.reduce((sum, text) => sum + text.trimStart().split('\n').length, 0);

function libraryCorpus(): Corpus {
  const modules = libraryModules();
  const sources = modules.map(({ file, text }) => new Source(file, text));
  const names = modules.map(({ name }) => name).filter((name) => name !== PRELUDE);
  return {
    lines: linesOf(sources.map(({ text }) => text)),
    read: () => {
      for (const source of sources) parse(source, new Report());
    },
    compile: () => {
      if (compileLibrary(names, sourceEnvironment(), new Report()) === null) {
        throw new Error('the library does not compile');
      }
    },
  };
}

/** Programs that are refused, as goldens of mistakes are, are left out. */
function goldenCorpus(): Corpus {
  testEnvironment();
  const chunks = goldenFiles(join(import.meta.dirname, '../golden')).flatMap(({ text }) =>
    parseGolden(text).filter(({ files, entry }) => {
      const script = new Source(entry, files.get(entry) ?? '');
      return compile(script, environmentWith(files), new Report()) !== null;
    }),
  );
  const sources = chunks.flatMap(({ files }) =>
    [...files].map(([name, text]) => new Source(name, text)),
  );
  return {
    lines: linesOf(sources.map(({ text }) => text)),
    read: () => {
      for (const source of sources) parse(source, new Report());
    },
    compile: () => {
      for (const { files, entry } of chunks) {
        compile(new Source(entry, files.get(entry) ?? ''), environmentWith(files), new Report());
      }
    },
  };
}

/** First, with nothing compiled by the host yet, and the middle of those that follow. */
function measure(what: string, lines: number, call: () => void): void {
  if (!bench.wants(what)) return;
  const [, firstMs] = timed(call);
  const ms = median(Array.from({ length: bench.rounds }, () => timed(call)[1]));
  const rate = (lines / ms) * 1000;
  bench.row(
    what,
    { lines, linesPerSecond: rate, firstLinesPerSecond: (lines / firstMs) * 1000, ms },
    `${rate.toFixed(0).padStart(9)} lines/s (${lines} lines in ${ms.toFixed(0)} ms, ` +
      `the first time ${firstMs.toFixed(0)} ms)`,
  );
}

const library = libraryCorpus();
measure('reading the library', library.lines, library.read);
measure('compiling the library', library.lines, library.compile);
const goldens = goldenCorpus();
measure('reading the goldens', goldens.lines, goldens.read);
measure('compiling the goldens', goldens.lines, goldens.compile);
