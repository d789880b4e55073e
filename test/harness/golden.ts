// Golden files: programs that carry their own expectations.
//
//     x = 2 ** 10
//     print(x)            #> 1024
//     for i in range(2):
//         print(i)
//     #> 0
//     #> 1
//     ---
//     print(nowhere)      #! NameError: name 'nowhere' is not defined
//
// A line that is exactly `---` ends one program (a chunk) and begins the next. Line numbers stay
// those of the file: each chunk is handed on with blank lines where the earlier ones stood.
//
// A mark is a comment that begins with one of these. Its text runs to the end of the line.
//
//     #> text           the program prints this line: what follows one space, to the very end
//     #>                the program prints an empty line
//     #>"text"          the program prints these characters: a JSON string, with no newline but
//                       its own; for trailing spaces, control characters, a line without an end
//     #! pattern        the program ends with an uncaught error; the last line of its traceback
//                       matches the whole regular expression, and this line is in the traceback
//     #!compile code    the compiler refuses the program and blames this line (code: optional)
//     #!warning code    the compiler warns about this line (code: optional)
//     #? effect         the program asks the outside for this           (see effects.ts)
//     #< answer         the outside answers the `#?` just above with this
//     #< callback ...   the outside delivers to a callback URL of the program
//
// And directives, each a line of its own:
//
//     #file: a/b.flow   the lines from here to the next `#file:` or `---` are this file, which the
//                       program can import; those before the first are `main.flow`
//     #durable          run crashed too, and not by CPython, though nothing is imported from flow
//     #differs          CPython prints something else: a difference (spec/language/differences.md)
//     #quota tasks=3    the run has this quota (vm/values/quotas.ts); CPython is not asked. May be
//                       said again
//     #moved every N    in `moved` mode, move only after every N instructions and at each wait:
//                       for programs whose state is too large to be encoded at each step
//
// Invariants:
//
//   G1. Expected stdout is the text of all `#>` marks in the order of the file, and nothing else.
//       So a mark stands after the statement that prints, not inside the function it calls.
//   G2. A mark alone on its line belongs to the nearest line of code above it.
//   G3. Marks are read from comments only: one inside a string is text.
//   G4. A chunk says something: one without a single mark is a mistake of its author.
//   G5. Every chunk of a pure program is what accept.ts would write: CPython's own words.

import { isQuotaLimit, isQuotaName, type Quotas } from '../../vm/values/quotas.ts';
import { parseAnswer, parseEffect, type AnswerMark, type EffectMark } from './effects.ts';

/** One line of the file as the scanner sees it. */
export interface ScannedLine {
  readonly number: number; // in the file, from 1
  readonly code: string; // the line without its comment, trailing blanks kept
  readonly comment: string | null; // from `#` to the end of the line
}

export type Mark =
  | { readonly kind: 'prints'; readonly line: number; readonly text: string }
  | { readonly kind: 'fails'; readonly line: number; readonly pattern: string }
  | { readonly kind: 'refused'; readonly line: number; readonly code: string | null }
  | { readonly kind: 'warned'; readonly line: number; readonly code: string | null }
  | { readonly kind: 'asks'; readonly line: number; readonly effect: EffectMark }
  | { readonly kind: 'answers'; readonly line: number; readonly answer: AnswerMark };

/** One program of a golden file. */
export interface Chunk {
  readonly line: number; // of the file, where the chunk begins
  readonly lines: readonly ScannedLine[];
  readonly title: string; // its first comment, for the name of the test
  readonly entry: string;
  readonly files: ReadonlyMap<string, string>; // sources, with the line numbers of the golden file
  readonly marks: readonly Mark[];
  readonly durable: boolean; // it waits for the outside, or can be killed where it matters
  readonly differs: boolean; // CPython does not print what flow prints
  readonly movedEvery: number;
  readonly quotas: Quotas;
}

/** A golden file that breaks the rules above: a mistake of its author, not of the program. */
export class GoldenError extends Error {
  readonly line: number;

  constructor(line: number, message: string) {
    super(`line ${line}: ${message}`);
    this.name = 'GoldenError';
    this.line = line;
  }
}

export const ENTRY = 'main.flow';

/** Cut a golden file into its programs. */
export function parseGolden(text: string): Chunk[] {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  const chunks: Chunk[] = [];
  let first = 0;
  for (let i = 0; i <= lines.length; i++) {
    if (i < lines.length && lines[i] !== '---') continue;
    chunks.push(parseChunk(lines.slice(first, i), first + 1));
    first = i + 1;
  }
  return chunks;
}

/** Read one program; `firstLine` is where it stands in its file. */
export function parseChunk(text: readonly string[], firstLine: number): Chunk {
  const lines = scan(text, firstLine);
  const marks = readMarks(lines);
  if (marks.length === 0) throw new GoldenError(firstLine, 'a chunk without a mark says nothing');
  const code = lines.map((line) => line.code).join('\n');
  const durable =
    /^\s*(from|import)\s+flow\b/m.test(code) ||
    lines.some((line) => directive(line, 'durable') !== null) ||
    marks.some((mark) => mark.kind === 'asks' || mark.kind === 'answers');
  const quotas = quotasOf(lines);
  const isHeld = Object.keys(quotas).length > 0;
  return {
    line: firstLine,
    lines,
    title: titleOf(lines),
    entry: ENTRY,
    files: splitFiles(text, lines),
    marks,
    durable,
    differs: durable || isHeld || lines.some((line) => directive(line, 'differs') !== null),
    movedEvery: movedEvery(lines),
    quotas,
  };
}

/**
 * Tell code from comments. Strings are followed across lines only as far as Python 3.11 tokens
 * need: no f-string of 3.11 can hold a `#` in its braces, so each string is one token.
 */
export function scan(text: readonly string[], firstLine: number): ScannedLine[] {
  let open: string | null = null; // the quote of the string we are in
  return text.map((line, index) => {
    let at = 0;
    while (at < line.length) {
      const char = line.charAt(at);
      if (open !== null) {
        if (char === '\\') at += 2;
        else if (line.startsWith(open, at)) {
          at += open.length;
          open = null;
        } else at += 1;
      } else if (char === '#') break;
      else if (char === '"' || char === "'") {
        open = line.startsWith(char.repeat(3), at) ? char.repeat(3) : char;
        at += open.length;
      } else at += 1;
    }
    // A short string ends with its line, unless a backslash carries it over.
    if (open?.length === 1 && !line.endsWith('\\')) open = null;
    const inComment = at < line.length;
    return {
      number: firstLine + index,
      code: inComment ? line.slice(0, at) : line,
      comment: inComment ? line.slice(at) : null,
    };
  });
}

/** The mark in a comment, or null for a comment meant for people. */
export function markOf(comment: string): { sign: '>' | '!' | '?' | '<'; rest: string } | null {
  const sign = comment.charAt(1);
  const rest = comment.slice(2);
  if (sign === '>' && (rest === '' || rest.startsWith(' ') || rest.startsWith('"'))) {
    return { sign, rest };
  }
  if (sign === '!' && (rest.startsWith(' ') || /^(compile|warning)\b/.test(rest))) {
    return { sign, rest };
  }
  if ((sign === '?' || sign === '<') && rest.startsWith(' ')) return { sign, rest };
  return null;
}

function readMarks(lines: readonly ScannedLine[]): Mark[] {
  const marks: Mark[] = [];
  let codeLine: number | null = null;
  for (const line of lines) {
    if (line.code.trim() !== '') codeLine = line.number;
    const found = line.comment === null ? null : markOf(line.comment);
    if (found === null) continue;
    marks.push(readMark(found, codeLine ?? line.number, line.number));
  }
  return marks;
}

function readMark(found: { sign: string; rest: string }, line: number, at: number): Mark {
  const rest = found.rest.startsWith(' ') ? found.rest.slice(1) : found.rest;
  switch (found.sign) {
    case '>':
      return { kind: 'prints', line, text: printed(found.rest, at) };
    case '?':
      return { kind: 'asks', line, effect: blamed(at, () => parseEffect(rest)) };
    case '<':
      return { kind: 'answers', line, answer: blamed(at, () => parseAnswer(rest)) };
    default:
      break;
  }
  const [word, code, ...more] = found.rest.trim().split(/\s+/);
  if (!found.rest.startsWith(' ') && (word === 'compile' || word === 'warning')) {
    if (more.length > 0) throw new GoldenError(at, `'#!${word}' takes one code`);
    return { kind: word === 'compile' ? 'refused' : 'warned', line, code: code ?? null };
  }
  const pattern = rest.trimEnd();
  blamed(at, () => new RegExp(pattern, 'u'));
  return { kind: 'fails', line, pattern };
}

function printed(rest: string, at: number): string {
  if (!rest.startsWith('"')) return `${rest.slice(1)}\n`;
  return blamed(at, () => {
    const text: unknown = JSON.parse(rest);
    if (typeof text !== 'string') throw new Error('a quoted mark holds one JSON string');
    return text;
  });
}

function blamed<T>(line: number, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new GoldenError(line, error instanceof Error ? error.message : String(error));
  }
}

/** What follows a directive's name when the line is that directive, else null. */
function directive(line: ScannedLine, name: string): string | null {
  if (line.comment === null || line.code !== '' || !line.comment.startsWith(`#${name}`))
    return null;
  const rest = line.comment.slice(name.length + 1);
  return rest === '' || rest.startsWith(' ') ? rest.trim() : null;
}

function movedEvery(lines: readonly ScannedLine[]): number {
  for (const line of lines) {
    const rest = directive(line, 'moved');
    if (rest === null) continue;
    const every = /^every ([1-9][0-9]*)$/.exec(rest)?.[1];
    if (every === undefined) throw new GoldenError(line.number, "say '#moved every N'");
    return Number(every);
  }
  return 1;
}

function quotasOf(lines: readonly ScannedLine[]): Quotas {
  const quotas: [string, number][] = [];
  for (const line of lines) {
    const rest = directive(line, 'quota');
    if (rest === null) continue;
    const [name = '', limit = ''] = rest.split('=');
    if (!isQuotaName(name) || !isQuotaLimit(name, Number.parseInt(limit, 10))) {
      throw new GoldenError(line.number, `'${rest}' is no quota`);
    }
    quotas.push([name, Number(limit)]);
  }
  return Object.fromEntries(quotas);
}

/** Sources by path. Each is padded with blank lines, so that its lines keep their numbers. */
function splitFiles(text: readonly string[], lines: readonly ScannedLine[]): Map<string, string> {
  const files = new Map<string, string[]>();
  const begin = (path: string, at: number): string[] => {
    if (files.has(path)) throw new GoldenError(at, `a second file '${path}'`);
    const body = Array.from({ length: at }, () => '');
    files.set(path, body);
    return body;
  };
  let body = begin(ENTRY, (lines[0]?.number ?? 1) - 1);
  for (const [index, line] of lines.entries()) {
    const path = directive(line, 'file:');
    if (path === null) {
      body.push(text[index] ?? '');
      continue;
    }
    if (!/^([a-z_][a-z0-9_]*\/)*[a-z_][a-z0-9_]*\.flow$/i.test(path)) {
      throw new GoldenError(line.number, `'${path}' is no path of a module`);
    }
    body = begin(path, line.number);
  }
  return new Map([...files].map(([path, content]) => [path, `${content.join('\n')}\n`]));
}

function titleOf(lines: readonly ScannedLine[]): string {
  for (const line of lines) {
    const text = line.code === '' && line.comment !== null ? line.comment : null;
    if (text !== null && text.startsWith('# ')) return text.slice(2);
    if (line.code.trim() !== '') return line.code.trim();
  }
  return 'empty';
}

/** What the program must print, whole. */
export function expectedStdout(chunk: Chunk): string {
  return chunk.marks.map((mark) => (mark.kind === 'prints' ? mark.text : '')).join('');
}
