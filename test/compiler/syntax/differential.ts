// Compare our reading of Python with CPython's, file by file. Not a test, since it needs python3:
//
//     npx node test/compiler/syntax/differential.ts DIRECTORY...
//
// Every file that CPython 3.11 compiles must give the same tree, and every file that it refuses
// must be refused. Prints each file where it is otherwise, and a line of counts. Exit status 1 if
// any differs. Counted apart and not as a difference:
//
//     places     the trees are equal but for places: CPython counts a `;` at the end of a block's
//                last line as part of the block
//     surrogate  warned of for a surrogate pair written as two escapes, which is no str of ours
//     later      accepted here, refused by CPython for what a later phase finds (names, __future__)

import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { Report } from '../../../compiler/diagnostics/report.ts';
import { Source } from '../../../compiler/diagnostics/source.ts';
import { parse } from '../../../compiler/syntax/parse.ts';
import { canonical } from './canonical.ts';

interface Answer {
  readonly text?: string;
  readonly tree?: string;
  readonly error?: string;
  readonly unreadable?: string;
}

function* pythonFiles(path: string): Generator<string> {
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    const inner = join(path, entry.name);
    if (entry.isDirectory() && entry.name !== 'site-packages') yield* pythonFiles(inner);
    else if (entry.isFile() && entry.name.endsWith('.py')) yield inner;
  }
}

const counts = {
  same: 0,
  refusedByBoth: 0,
  differs: 0,
  unreadable: 0,
  accepted: 0,
  refused: 0,
  places: 0,
  surrogate: 0,
  later: 0,
};

/** What CPython says of sources whose mistake is not one of syntax as this phase sees it. */
const LATER = [
  ...[
    'outside',
    'not properly in loop',
    '__debug__',
    'global',
    'nonlocal',
    'inside',
    'not a chance',
  ],
  ...['assignment expression', '__future__', 'future feature', 'statically nested'],
  ...['asynchronous', 'async generator', 'only allowed at module', 'in an except*'],
];

const withoutPlaces = (tree: string): string => tree.replaceAll(/@\d+:\d+-\d+:\d+/g, '');

function compare(path: string, answer: Answer): void {
  const { text, tree, error } = answer;
  if (text === undefined) {
    counts.unreadable += 1;
    return;
  }
  const source = new Source(path, text);
  const report = new Report();
  const ours = parse(source, report);
  const first = report.errors[0];
  if (error !== undefined) {
    if (first !== undefined) counts.refusedByBoth += 1;
    else if (LATER.some((words) => error.includes(words))) counts.later += 1;
    else {
      counts.accepted += 1;
      console.log(`accepted: ${path}\n    CPython: ${error}`);
    }
    return;
  }
  if (report.warnings.some(({ code }) => code === 'surrogate-pair')) {
    counts.surrogate += 1;
    return;
  }
  if (first !== undefined || ours === null) {
    counts.refused += 1;
    const line = first === undefined ? 0 : source.position(first.span.start).line;
    console.log(`refused: ${path}:${line}\n    ${first?.title ?? 'no tree'}`);
    return;
  }
  compareTrees(path, canonical(ours, source), tree ?? '');
}

function compareTrees(path: string, ours: string, theirs: string): void {
  if (ours === theirs) {
    counts.same += 1;
    return;
  }
  if (withoutPlaces(ours) === withoutPlaces(theirs)) {
    counts.places += 1;
    return;
  }
  counts.differs += 1;
  let at = 0;
  while (ours[at] === theirs[at]) at += 1;
  const from = Math.max(0, at - 120);
  console.log(`differs: ${path}`);
  console.log(`    ours:    ${ours.slice(from, at + 120)}`);
  console.log(`    CPython: ${theirs.slice(from, at + 120)}`);
}

const python = spawn('python3', [join(import.meta.dirname, 'reference.py')], {
  stdio: ['pipe', 'pipe', 'inherit'],
});
const answers = createInterface({ input: python.stdout })[Symbol.asyncIterator]();
for (const path of process.argv.slice(2).flatMap((directory) => [...pythonFiles(directory)])) {
  python.stdin.write(`${JSON.stringify({ path })}\n`);
  const { value } = await answers.next();
  compare(path, JSON.parse(String(value)) as Answer);
}
python.stdin.end();
console.log(JSON.stringify(counts));
process.exitCode = counts.differs + counts.accepted + counts.refused > 0 ? 1 : 0;
