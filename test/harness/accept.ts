// Writes CPython's words into golden files, or checks that they are there.
//
//     node test/harness/accept.ts [--check] [path ...]
//
//     chunk ──▶ strip `#>` and `#!` ──▶ oracle.py under python3 ──▶ write them again
//
// Without a path: all of test/golden (but later/ and seed/) and test/bench/cpu. Durable chunks are
// left as they are. With --check nothing is written; what would change is listed, and the exit
// status is 1.
//
// Where a mark goes:
//
//   A1. What one simple statement on one line printed, if it is one line, stands beside it.
//   A2. Anything else stands below the statement, one line each. A loop is one statement.
//   A3. A compound statement whose parts did not print in the order of the file (a `with` that
//       printed as it left, say) is followed by all it printed.
//   A4. `#!` stands beside or below the innermost line of the entry module in the traceback; where
//     its
//       author put a pattern that matches on another line of the traceback, it is kept.
//
// Invariants:
//
//   A5. Accepting twice changes nothing the second time.
//   A6. --check runs with another hash seed than accepting does: a golden may not depend on it.

import { spawn } from 'node:child_process';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { goldenFiles, type GoldenFile } from './files.ts';
import { markOf, parseChunk, parseGolden, scan, type Mark, type ScannedLine } from './golden.ts';

type Span = readonly [first: number, last: number];

/** What oracle.py says. */
export interface OracleAnswer {
  readonly writes: readonly {
    readonly text: string;
    readonly top: Span;
    readonly leaf: Span | null;
  }[];
  readonly failure: { readonly last: string; readonly lines: readonly number[] } | null;
  readonly syntax: { readonly line: number; readonly message: string } | null;
}

export type Oracle = (files: ReadonlyMap<string, string>, entry: string) => Promise<OracleAnswer>;

const COLUMNS_MAX = 100;
const RUNS_AT_ONCE = 4;
const PYTHON = 'Python 3.11.';

/** One line of output and the statement that ended it. */
interface PrintedLine {
  readonly text: string;
  readonly top: Span;
  readonly leaf: Span | null;
}

/** Rewrite one golden file. Chunks are cut by `---`; those that differ are not touched. */
export async function acceptText(text: string, oracle: Oracle): Promise<string> {
  const chunks: string[][] = [[]];
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  for (const line of lines) {
    if (line === '---') chunks.push([]);
    else chunks.at(-1)?.push(line);
  }
  const done = await Promise.all(chunks.map((chunk) => acceptChunk(chunk, oracle)));
  return `${done.map((chunk) => chunk.join('\n')).join('\n---\n')}\n`;
}

async function acceptChunk(text: readonly string[], oracle: Oracle): Promise<readonly string[]> {
  const scanned = scan(text, 1);
  // Parsing wants a mark, and a chunk just written may have none yet.
  const chunk = parseChunk([...text, '#>'], 1);
  if (chunk.differs) return text;
  const refused = chunk.marks.some((mark) => mark.kind === 'refused');
  const stripped = stripMarks(scanned);
  const { files, entry } = parseChunk([...stripped, '#>'], 1);
  const answer = await oracle(files, entry);
  if (refused) return checkRefused(text, chunk.marks, answer);
  if (answer.syntax !== null) {
    throw new Error(`CPython refuses line ${answer.syntax.line}: ${answer.syntax.message}`);
  }
  return insertMarks(stripped, answer, keptFailure(scanned, stripped, answer));
}

/** What the compiler alone refuses, where CPython would go on and perhaps fail later. */
const OURS: readonly string[] = ['not-supported', 'unknown-module'];

/**
 * A chunk the compiler refuses is left alone, but CPython must refuse it too, or the code say why.
 */
function checkRefused(
  text: readonly string[],
  marks: readonly Mark[],
  answer: OracleAnswer,
): readonly string[] {
  const ours = marks.every(
    (mark) => mark.kind !== 'refused' || (mark.code !== null && OURS.includes(mark.code)),
  );
  if (answer.syntax === null && !ours) throw new Error('CPython takes what #!compile refuses');
  return text;
}

function isOracleMark(line: ScannedLine): boolean {
  if (line.comment === null) return false;
  const mark = markOf(line.comment);
  return mark !== null && (mark.sign === '>' || (mark.sign === '!' && mark.rest.startsWith(' ')));
}

function stripMarks(lines: readonly ScannedLine[]): string[] {
  return lines.flatMap((line) => {
    if (!isOracleMark(line)) return [line.code + (line.comment ?? '')];
    return line.code.trim() === '' ? [] : [line.code.trimEnd()];
  });
}

/** The author's `#!`, when it is still true: on a line of the traceback, and matching. */
function keptFailure(
  scanned: readonly ScannedLine[],
  stripped: readonly string[],
  answer: OracleAnswer,
): { line: number; pattern: string } | null {
  if (answer.failure === null) return null;
  let line = 0; // in the stripped text, of the nearest line kept
  let code = 0; // likewise, of the nearest line that has code
  for (const one of scanned) {
    const dropped = isOracleMark(one) && one.code.trim() === '';
    if (!dropped) line += 1;
    if (one.code.trim() !== '') code = line;
    const mark = one.comment === null ? null : markOf(one.comment);
    if (mark?.sign !== '!' || !mark.rest.startsWith(' ')) continue;
    const pattern = mark.rest.trim();
    const matches = new RegExp(`^(?:${pattern})$`, 'su').test(answer.failure.last);
    if (matches && answer.failure.lines.includes(code) && code <= stripped.length) {
      return { line: code, pattern };
    }
  }
  return null;
}

function insertMarks(
  stripped: readonly string[],
  answer: OracleAnswer,
  kept: { line: number; pattern: string } | null,
): string[] {
  const beside = new Map<number, string>();
  const below = new Map<number, string[]>();
  if (answer.failure !== null) {
    const line = kept?.line ?? answer.failure.lines.at(-1) ?? 1;
    const mark = `#! ${kept?.pattern ?? escapePattern(answer.failure.last)}`;
    const width = (stripped[line - 1] ?? '').length + 2 + mark.length;
    if (width <= COLUMNS_MAX) beside.set(line, mark);
    else below.set(line, [mark]);
  }
  for (const group of groupByStatement(printedLines(answer))) {
    placeOutput(stripped, group, beside, below);
  }
  return stripped.flatMap((line, index) => {
    const mark = beside.get(index + 1);
    const indent = /^\s*/.exec(line)?.[0] ?? '';
    const first = mark === undefined ? line : `${line}  ${mark}`;
    return [first, ...(below.get(index + 1) ?? []).map((text) => indent + text)];
  });
}

/** Put one statement's output beside it or below it (A1, A2). */
function placeOutput(
  stripped: readonly string[],
  group: readonly PrintedLine[],
  beside: Map<number, string>,
  below: Map<number, string[]>,
): void {
  const [first] = group;
  if (first === undefined) return;
  const [start, end] = first.leaf ?? first.top;
  const marks = group.map((line) => outputMark(line.text));
  const [only = ''] = marks;
  const code = stripped[start - 1] ?? '';
  const free = scan([code], 1)[0]?.comment === null && !beside.has(start);
  if (marks.length === 1 && start === end && free && code.length + only.length + 2 <= COLUMNS_MAX) {
    beside.set(start, only);
  } else {
    below.set(end, [...(below.get(end) ?? []), ...marks]);
  }
}

/** Cut what was written into lines; each belongs to the write that ended it. */
function printedLines(answer: OracleAnswer): PrintedLine[] {
  const lines: PrintedLine[] = [];
  let open = '';
  for (const { text, top, leaf } of answer.writes) {
    const parts = text.split('\n');
    const rest = parts.pop() ?? '';
    for (const part of parts) {
      lines.push({ text: `${open}${part}\n`, top, leaf });
      open = '';
    }
    open += rest;
  }
  const last = answer.writes.findLast((write) => write.text !== '');
  if (open !== '' && last !== undefined) lines.push({ text: open, top: last.top, leaf: last.leaf });
  return lines;
}

/** Lines by the statement their marks are put at (A3). */
function groupByStatement(lines: readonly PrintedLine[]): PrintedLine[][] {
  const groups: PrintedLine[][] = [];
  for (let i = 0; i < lines.length;) {
    const top = lines[i]?.top;
    let end = i;
    while (end < lines.length && lines[end]?.top[0] === top?.[0]) end++;
    const part = lines.slice(i, end);
    i = end;
    if (inOrder(part)) groups.push(...byLeaf(part));
    else groups.push(part.map((line) => ({ ...line, leaf: null })));
  }
  return groups;
}

function inOrder(lines: readonly PrintedLine[]): boolean {
  return lines.every(({ leaf }, index) => {
    const before = lines[index - 1]?.leaf;
    return leaf !== null && (before === undefined || before === null || before[0] <= leaf[0]);
  });
}

function byLeaf(lines: readonly PrintedLine[]): PrintedLine[][] {
  const groups: PrintedLine[][] = [];
  for (const line of lines) {
    const group = groups.at(-1);
    if (group !== undefined && group[0]?.leaf?.[0] === line.leaf?.[0]) group.push(line);
    else groups.push([line]);
  }
  return groups;
}

function outputMark(text: string): string {
  const plain = text.endsWith('\n') ? text.slice(0, -1) : null;
  if (plain === null || /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}]|\s$/u.test(plain)) {
    return `#>${JSON.stringify(text)}`;
  }
  return plain === '' ? '#>' : `#> ${plain}`;
}

/**
 * A pattern for exactly this text. A dot is left as it is: it is read better, and matches a dot.
 */
function escapePattern(text: string): string {
  return text.replace(/[\\^$*+?()[\]{}|/]/g, '\\$&').trimEnd();
}

/** CPython 3.11, one process a chunk. */
export function pythonOracle(hashSeed: number): Oracle {
  const script = join(import.meta.dirname, 'oracle.py');
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (files, entry) => {
    if (running >= RUNS_AT_ONCE) await new Promise<void>((go) => waiting.push(go));
    else running += 1;
    try {
      const input = JSON.stringify({ files: Object.fromEntries(files), entry });
      const { stdout } = await python(['-B', '-S', script], input, hashSeed);
      return readAnswer(stdout);
    } finally {
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}

function readAnswer(stdout: string): OracleAnswer {
  const answer: unknown = JSON.parse(stdout);
  if (!isOracleAnswer(answer)) throw new Error(`oracle.py said '${stdout}'`);
  return answer;
}

/** The shape as far as this program could be misled by it: the script beside us wrote it. */
function isOracleAnswer(answer: unknown): answer is OracleAnswer {
  if (typeof answer !== 'object' || answer === null) return false;
  return (
    'writes' in answer && Array.isArray(answer.writes) && 'failure' in answer && 'syntax' in answer
  );
}

export function python(
  args: readonly string[],
  input: string,
  hashSeed: number,
): Promise<{ stdout: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn('python3', args, {
      env: { ...process.env, PYTHONHASHSEED: String(hashSeed), PYTHONUTF8: '1' },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (part: string) => (stdout += part));
    child.stderr.setEncoding('utf8').on('data', (part: string) => (stderr += part));
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve({ stdout });
      else reject(new Error(`python3 ended with ${code}: ${stderr.trim()}`));
    });
    child.stdin.end(input);
  });
}

async function main(args: readonly string[]): Promise<number> {
  const check = args.includes('--check');
  const { stdout: version } = await python(['--version'], '', 0);
  if (!version.startsWith(PYTHON))
    throw new Error(`the goldens are ${PYTHON}x's; this is ${version}`);
  const oracle = pythonOracle(check ? 4711 : 0);
  let stale = 0;
  for (const file of filesOf(args.filter((arg) => arg !== '--check'))) {
    const shown = relative(process.cwd(), file.path);
    try {
      const accepted = await acceptText(file.text, oracle);
      parseGolden(accepted);
      if (accepted === file.text) continue;
      if (!check) writeFileSync(file.path, accepted);
      console.log(`${check ? 'differs' : 'written'}: ${shown}`);
      if (check) stale += 1;
    } catch (error) {
      stale += 1;
      console.log(`${shown}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return stale === 0 ? 0 : 1;
}

function filesOf(paths: readonly string[]): GoldenFile[] {
  const test = dirname(import.meta.dirname);
  const all = paths.length > 0 ? paths : [join(test, 'golden'), join(test, 'bench', 'cpu')];
  return all.flatMap((path) => {
    if (statSync(path).isDirectory()) return goldenFiles(path);
    return [{ name: path, path, text: readFileSync(path, 'utf8') }];
  });
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  process.exitCode = await main(process.argv.slice(2));
}
