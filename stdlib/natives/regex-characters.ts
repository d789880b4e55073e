// Single characters and places of a subject, for the loop in regex-execute.ts.

import { lowerAscii, lowerPoint } from './regex-case.ts';
import { AT, OP, type Program } from './regex-program.ts';
import { categoryTest, type CharSet } from './regex-set.ts';
import type { Subject } from './regex-subject.ts';
import { FLAG } from './regex-tree.ts';

export const NEWLINE = 10;

const isWord = categoryTest('word', FLAG.UNICODE);
const isAsciiWord = categoryTest('word', 0);

/** What is being matched, up to where. */
export interface Where {
  readonly program: Program;
  readonly subject: Subject;
  readonly end: number;
}

export function codeAt(text: string, points: Int32Array | null, at: number): number {
  return points === null ? text.charCodeAt(at) : points[at]!;
}

/** Whether an instruction of one character matches a point. */
export function accepts(
  sets: readonly CharSet[],
  op: number,
  operand: number,
  point: number,
): boolean {
  switch (op) {
    case OP.LITERAL:
      return point === operand;
    case OP.NOT_LITERAL:
      return point !== operand;
    case OP.ANY:
      return point !== NEWLINE;
    case OP.IN:
      return sets[operand]!.has(point);
    default:
      return true;
  }
}

/** How far an instruction of one character, other than IN, matches units from a place on. */
export function countUnits(
  text: string,
  from: number,
  to: number,
  op: number,
  operand: number,
): number {
  let at = from;
  if (op === OP.ANY_ALL) return to;
  if (op === OP.LITERAL) while (at < to && text.charCodeAt(at) === operand) at++;
  else {
    const stop = op === OP.ANY ? NEWLINE : operand;
    while (at < to && text.charCodeAt(at) !== stop) at++;
  }
  return at;
}

export function hasPrefix(points: Int32Array, at: number, prefix: readonly number[]): boolean {
  for (let i = 0; i < prefix.length; i++) if (points[at + i] !== prefix[i]) return false;
  return true;
}

/** How far an instruction of one character matches code points. */
export function countPoints(
  points: Int32Array,
  sets: readonly CharSet[],
  from: number,
  to: number,
  op: number,
  operand: number,
): number {
  let at = from;
  while (at < to && accepts(sets, op, operand, points[at]!)) at++;
  return at;
}

/** How far the one-character instruction at a place of the program matches. */
export function countOne(
  program: Program,
  subject: Subject,
  pc: number,
  from: number,
  to: number,
): number {
  const { words, sets } = program;
  const { text, points } = subject;
  const op = words[pc]!;
  const operand = words[pc + 1]!;
  let at = from;
  while (at < to && accepts(sets, op, operand, codeAt(text, points, at))) at++;
  return at;
}

/** The next place at which as few as possible, but more than up to now, may be enough; or -1. */
export function nextMin(matcher: Where, pc: number, from: number, limit: number): number {
  const { program, subject, end } = matcher;
  const { words, sets } = program;
  const { text, points } = subject;
  const op = words[pc + 3]!;
  const operand = words[pc + 4]!;
  const peek = words[pc + 5]!;
  const first = words[peek]!;
  const looks = first === OP.LITERAL || first === OP.IN;
  const wanted = words[peek + 1]!;
  let at = from;
  while (at < limit && accepts(sets, op, operand, codeAt(text, points, at))) {
    at++;
    if (!looks) return at;
    if (at < end && accepts(sets, first, wanted, codeAt(text, points, at))) return at;
  }
  return -1;
}

/** Whether what is from one place to another comes again; under which rules of case. */
export function repeats(
  subject: Subject,
  from: number,
  to: number,
  again: number,
  rules: number,
): boolean {
  const { text, points } = subject;
  for (let i = 0; i < to - from; i++) {
    const a = codeAt(text, points, from + i);
    const b = codeAt(text, points, again + i);
    if (a === b) continue;
    if (rules === 0) return false;
    const lower = rules === 2 ? lowerPoint : lowerAscii;
    if (lower(a) !== lower(b)) return false;
  }
  return true;
}

export function isAt(where: Where, place: number, pos: number): boolean {
  const { subject, end } = where;
  const { text, points } = subject;
  switch (place) {
    case AT.START:
      return pos === 0;
    case AT.LINE_START:
      return pos === 0 || codeAt(text, points, pos - 1) === NEWLINE;
    case AT.END:
      if (pos === end) return true;
      return pos === end - 1 && codeAt(text, points, pos) === NEWLINE;
    case AT.LINE_END:
      return pos === end || (pos < end && codeAt(text, points, pos) === NEWLINE);
    case AT.STRING_END:
      return pos === end;
    case AT.BOUNDARY:
      return end > 0 && isBoundary(where, pos, isWord);
    case AT.NON_BOUNDARY:
      return end > 0 && !isBoundary(where, pos, isWord);
    case AT.ASCII_BOUNDARY:
      return end > 0 && isBoundary(where, pos, isAsciiWord);
    default:
      return end > 0 && !isBoundary(where, pos, isAsciiWord);
  }
}

function isBoundary(
  { subject, end }: Where,
  pos: number,
  isIn: (point: number) => boolean,
): boolean {
  const { text, points } = subject;
  const before = pos > 0 && isIn(codeAt(text, points, pos - 1));
  const after = pos < end && isIn(codeAt(text, points, pos));
  return before !== after;
}
