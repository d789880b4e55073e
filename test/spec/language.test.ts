// spec/language/: every example is run, in every mode of the goldens, and every list is the code's.
//
// An example is a block of ```python. Its marks are those of the goldens (harness/golden.ts), and
// its lines are blamed by their numbers in the page.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { PRELUDE } from '../../compiler/compile.ts';
import { libraryModules, makeRegistry } from '../../stdlib/library.ts';
import { QUOTAS } from '../../vm/values/quotas.ts';
import { connect } from '../harness/adapter.ts';
import { parseChunk, type Chunk } from '../harness/golden.ts';
import { cellsOf, holdTable } from '../harness/page.ts';
import { modesOf, runChunk } from '../harness/run.ts';

const ROOT = join(import.meta.dirname, '../..');
const FOLDER = join(ROOT, 'spec/language');
const OVERVIEW = join(FOLDER, 'overview.md');

/** CPython 3.11's `dir(builtins)`, without names of modules and of the interactive prompt. */
const PYTHON_BUILTINS = `
  ArithmeticError AssertionError AttributeError BaseException BaseExceptionGroup BlockingIOError
  BrokenPipeError BufferError BytesWarning ChildProcessError ConnectionAbortedError
  ConnectionError ConnectionRefusedError ConnectionResetError DeprecationWarning EOFError Ellipsis
  EncodingWarning EnvironmentError Exception ExceptionGroup FileExistsError FileNotFoundError
  FloatingPointError FutureWarning GeneratorExit IOError ImportError ImportWarning
  IndentationError IndexError InterruptedError IsADirectoryError KeyError KeyboardInterrupt
  LookupError MemoryError ModuleNotFoundError NameError NotADirectoryError NotImplemented
  NotImplementedError OSError OverflowError PendingDeprecationWarning PermissionError
  ProcessLookupError RecursionError ReferenceError ResourceWarning RuntimeError RuntimeWarning
  StopAsyncIteration StopIteration SyntaxError SyntaxWarning SystemError SystemExit TabError
  TimeoutError TypeError UnboundLocalError UnicodeDecodeError UnicodeEncodeError UnicodeError
  UnicodeTranslateError UnicodeWarning UserWarning ValueError Warning ZeroDivisionError abs aiter
  all anext any ascii bin bool breakpoint bytearray bytes callable chr classmethod compile complex
  delattr dict dir divmod enumerate eval exec exit filter float format frozenset getattr globals
  hasattr hash help hex id input int isinstance issubclass iter len list locals map max memoryview
  min next object oct open ord pow print property quit range repr reversed round set setattr slice
  sorted staticmethod str sum super tuple type vars zip
`
  .split(/\s+/)
  .filter(Boolean);

/** The builtins of flow: the machine's, and those of the prelude. */
function flowBuiltins(): Set<string> {
  const prelude = libraryModules().find(({ name }) => name === PRELUDE)?.text ?? '';
  const defined = [...prelude.matchAll(/^(?:def|class) (\w+)/gm)].map(([, name = '']) => name);
  const all = [...makeRegistry().builtins.keys(), ...defined];
  return new Set(all.filter((name) => !name.startsWith('_')));
}

function examplesOf(page: string): Chunk[] {
  const lines = page.split('\n');
  const chunks: Chunk[] = [];
  for (let at = 0; at < lines.length; at++) {
    if (lines[at] !== '```python') continue;
    const end = lines.indexOf('```', at);
    chunks.push(parseChunk(lines.slice(at + 1, end), at + 2));
    at = end;
  }
  return chunks;
}

const runner = connect();

for (const page of readdirSync(FOLDER).toSorted()) {
  for (const chunk of examplesOf(readFileSync(join(FOLDER, page), 'utf8'))) {
    for (const mode of modesOf(chunk)) {
      test(`spec/language/${page}:${chunk.line} (${mode.kind})`, async () => {
        expect(await runChunk(runner, chunk, mode)).toEqual([]);
      });
    }
  }
}

describe('the lists of spec/language', () => {
  const ours = flowBuiltins();
  const quoted = (names: readonly string[]): string[] =>
    names.toSorted().map((name) => `\`${name}\``);

  test('builtins that are new', () => {
    const python = new Set(PYTHON_BUILTINS);
    const added = quoted([...ours].filter((name) => !python.has(name)));
    holdTable(
      OVERVIEW,
      'added',
      added.map((name) => [name]),
    );
  });

  test('builtins that are not there', () => {
    const absent = quoted(PYTHON_BUILTINS.filter((name) => !ours.has(name)));
    holdTable(OVERVIEW, 'absent', [['not there', absent.join(', ')]]);
  });

  test('modules of the library', () => {
    const modules = libraryModules()
      .filter(({ name }) => name !== PRELUDE && !/(^|\.)_/.test(name))
      .toSorted((a, b) => (a.name < b.name ? -1 : 1))
      .map(({ name, text }) => [`\`${name}\``, /^"""(.+?)("""|\n|$)/.exec(text)?.[1] ?? '']);
    holdTable(join(FOLDER, 'modules.md'), 'modules', modules);
  });

  test('quotas', () => {
    const rows = Object.entries(QUOTAS).map(([name, { least, counts }]) => {
      return [`\`${name}\``, `${least}`, counts];
    });
    holdTable(join(FOLDER, 'quotas.md'), 'quotas', rows);
  });

  test('every difference has a golden, and every golden of a difference its row', () => {
    const rows = cellsOf(readFileSync(join(FOLDER, 'differences.md'), 'utf8')).slice(2);
    const linked = rows.map((cells) => cells.at(-1) ?? '');
    const paths = linked.map(
      (cell) => /^`(test\/(?:golden|natives)\/[\w/.-]+)`$/.exec(cell)?.[1] ?? cell,
    );
    expect(paths.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
    const folder = 'test/golden/difference';
    const unnamed = readdirSync(join(ROOT, folder))
      .map((file) => `${folder}/${file}`)
      .filter((path) => !paths.includes(path));
    expect(unnamed).toEqual([]);
  });
});
