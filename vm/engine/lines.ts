// Lines: the instructions at which a statement of a line begins.
//
//     12   if total > limit:        LOAD total      ◀── passed whenever it comes here
//                                   …
//     13       total = limit
//
// A statement begins on the first line that its own code comes from; the blocks inside a compound
// one are statements of their own. What the compiler writes twice (the block of a `finally`) begins
// in as many places. Of several statements on a line the first one counts, function by function.

import { FlowError } from '../bytecode/errors.ts';
import type { Position } from '../bytecode/program.ts';
import type { Code, Unit } from '../machine/code.ts';
import type { LinkedProgram } from '../machine/link.ts';
import { positionAt } from '../machine/traceback.ts';

/** By code of the program: the instructions before which a line is passed. */
export type Starts = ReadonlyMap<Code, ReadonlySet<number>>;

/**
 * @param file  a module's, or the end of its path
 * @throws FLOW_REQUEST_INVALID  the program has no such file, or nothing begins on that line
 */
export function startsOf(program: LinkedProgram, file: string, line: number): Starts {
  const units = unitsOf(program, file);
  const starts = new Map<Code, Set<number>>();
  const lines = new Set<number>();
  for (const { codes } of units) {
    for (const code of codes) {
      if (isPartOfStatement(code)) continue;
      const begun = begins(code);
      for (const each of begun) lines.add(each.line);
      const first = begun.find((each) => each.line === line);
      if (first !== undefined) starts.set(code, copiesOf(code, first.instruction));
    }
  }
  if (starts.size > 0) return starts;
  const near = [...lines].sort((a, b) => Math.abs(a - line) - Math.abs(b - line)).slice(0, 2);
  const hint =
    near.length === 0 ? '' : `; the nearest are ${near.sort((a, b) => a - b).join(', ')}`;
  const what = `no statement begins on line ${line} of ${file}${hint}`;
  throw new FlowError('FLOW_REQUEST_INVALID', what, { file, line });
}

function unitsOf({ units }: LinkedProgram, file: string): Unit[] {
  const own = [...units.values()].filter(({ module }) => !module.isLibrary);
  const exact = own.filter(({ module }) => module.file === file);
  const found = exact.length > 0 ? exact : own.filter(({ module }) => isEndOf(file, module.file));
  if (found.length === 1) return found;
  const all = own.map(({ module }) => module.file).join(', ');
  const many = found.length > 1 ? 'more than one file' : 'no file';
  const what = `the program has ${many} ${file}: it is made of ${all}`;
  throw new FlowError('FLOW_REQUEST_INVALID', what, { file });
}

function isEndOf(end: string, path: string): boolean {
  return path === end || path.endsWith(`/${end}`) || end.endsWith(`/${path}`);
}

/** A lambda or a comprehension: the statement around it is what is passed. */
function isPartOfStatement({ info }: Code): boolean {
  return info.name.startsWith('<') && info.name !== '<module>';
}

interface Begin {
  readonly instruction: number;
  readonly line: number;
}

/** Where the statements of a function begin, in their order. */
function begins(code: Code): Begin[] {
  const { table, depths, info } = code;
  const found: Begin[] = [];
  for (const [i, { pc }] of info.statements.entries()) {
    const from = table.indexAt[pc] ?? -1;
    const next = info.statements[i + 1]?.pc;
    const to = next === undefined ? table.count : (table.indexAt[next] ?? table.count);
    // A statement without code of its own, such as `try`, stands where its first one stands.
    if (from < 0 || from >= to) continue;
    const depth = depths[pc] ?? 0;
    let line = Infinity;
    for (let at = from; at < to; at++) {
      const here = table.pcs[at] ?? 0;
      if (at > from && (depths[here] ?? 0) <= depth) break;
      line = Math.min(line, positionAt(code, here)?.line ?? Infinity);
    }
    found.push({ instruction: from, line });
  }
  return found;
}

/** An instruction, and those that are the same at the same place of the text. */
function copiesOf(code: Code, instruction: number): Set<number> {
  const { table } = code;
  const copies = new Set<number>();
  const wanted = positionAt(code, table.pcs[instruction] ?? 0);
  for (let at = 0; at < table.count; at++) {
    const isSame =
      table.ops[at] === table.ops[instruction] &&
      table.operands[at] === table.operands[instruction] &&
      isSamePosition(positionAt(code, table.pcs[at] ?? 0), wanted);
    if (isSame) copies.add(at);
  }
  return copies;
}

function isSamePosition(a: Position | null, b: Position | null): boolean {
  return (
    a !== null &&
    b !== null &&
    a.line === b.line &&
    a.column === b.column &&
    a.endLine === b.endLine &&
    a.endColumn === b.endColumn
  );
}
