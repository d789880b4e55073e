// A match that is not over yet, as bytes: what a run keeps of it between two slices of work.
//
//     words, 32 bits each, least byte first
//     format how start end mustAdvance  pc pos lastMark lastIndex repeat base isFailing isRunning
//     marks, two a group
//     records of the stack
//
// Invariant:
//
//   RB1. Bytes may be anybody's (L7): what the matcher will take for a place of the program, a
//        position or an index is checked, record by record, before it is one.

import { Bytes } from '../../vm/values/collections.ts';
import { raised } from '../../vm/values/exception.ts';
import { types } from '../../vm/values/types.ts';
import { Matcher } from './regex-match.ts';
import { OP, type Program } from './regex-program.ts';
import { KIND } from './regex-stack.ts';
import type { Subject } from './regex-subject.ts';

const FORMAT = 1;
/** Words before the marks. */
const HEAD = 13;

const isBigEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 0;

/** The bytes of words; of a copy. */
function bytesOf(words: Int32Array): Uint8Array {
  const buffer = Buffer.from(words.buffer, words.byteOffset, words.byteLength);
  return new Uint8Array(isBigEndian ? buffer.swap32() : buffer);
}

function wordsOf(bytes: Uint8Array): Int32Array {
  const copy = Uint8Array.from(bytes.subarray(0, bytes.length & ~3));
  if (isBigEndian) Buffer.from(copy.buffer).swap32();
  return new Int32Array(copy.buffer);
}

export function saveMatch(matcher: Matcher): Bytes {
  const { program, records } = matcher;
  // Those that do not count are whatever an earlier match left.
  const marks = matcher.marks.slice(0, 2 * program.groups).fill(-1, matcher.lastMark + 1);
  const words = new Int32Array(HEAD + marks.length + records.length);
  words.set([
    FORMAT,
    matcher.how,
    matcher.start,
    matcher.end,
    Number(matcher.mustAdvance),
    matcher.pc,
    matcher.pos,
    matcher.lastMark,
    matcher.lastIndex,
    matcher.repeat,
    matcher.base,
    Number(matcher.isFailing),
    Number(matcher.isRunning),
  ]);
  words.set(marks, HEAD);
  words.set(records, HEAD + marks.length);
  const state = new Bytes(bytesOf(words));
  live = { state, matcher };
  return state;
}

/** What was saved last: while no other match has begun, it need not be made again. */
let live: { readonly state: Bytes; readonly matcher: Matcher } | null = null;

/** The match again; RuntimeError if the bytes are none of this program and subject. */
export function restoreMatch(program: Program, subject: Subject, state: Bytes): Matcher {
  const saved = live;
  live = null;
  if (saved?.state === state && saved.matcher.isCurrent(program, subject)) return saved.matcher;
  const words = wordsOf(state.bytes);
  const [format, how, start, end, mustAdvance, ...registers] = words.subarray(0, HEAD);
  const first = HEAD + 2 * program.groups;
  check(format === FORMAT && words.length >= first);
  check(isWithin(end, 0, subject.length) && isWithin(start, 0, end));
  check(isWithin(how, 0, 2));
  const matcher = new Matcher(program, subject, start, end, how, mustAdvance === 1);
  const [pc, pos, lastMark, lastIndex, repeat, base, isFailing, isRunning] = registers as [
    number,
    ...number[],
  ];
  const records = words.subarray(first);
  const marks = words.subarray(HEAD, first);
  check(marks.every((mark) => isWithin(mark, -1, end)));
  check(program.starts[pc] === 1 && isWithin(pos, 0, end));
  check(isWithin(lastMark, -1, marks.length - 1) && isWithin(lastIndex, -1, program.groups));
  checkRecords(matcher, records, repeat ?? NaN, base ?? NaN);
  matcher.marks.set(marks);
  matcher.records = records;
  Object.assign(matcher, { pc, pos, lastMark, lastIndex, repeat, base });
  matcher.isFailing = isFailing === 1;
  matcher.isRunning = isRunning === 1;
  return matcher;
}

function check(isSound: boolean): asserts isSound {
  if (!isSound) throw raised(types.RuntimeError, 'the state of a match is damaged');
}

function isWithin(word: number | undefined, low: number, high: number): word is number {
  return word !== undefined && word >= low && word <= high;
}

/** Words of a record besides marks, and the instructions that make it. */
const SHAPES: ReadonlyMap<number, { readonly size: number; readonly ops: readonly number[] }> =
  new Map([
    [KIND.BRANCH_LEFT, { size: 6, ops: [OP.BRANCH, OP.FAIL] }],
    [KIND.MAX_ONE_LEFT, { size: 7, ops: [OP.MAX_ONE] }],
    [KIND.MIN_ONE_LEFT, { size: 7, ops: [OP.MIN_ONE] }],
    [KIND.REPEAT_OPEN, { size: 5, ops: [OP.REPEAT] }],
    [KIND.MAX_BODY, { size: 6, ops: [] }],
    [KIND.MIN_TAIL, { size: 5, ops: [] }],
    [KIND.TOO_FEW, { size: 2, ops: [] }],
    [KIND.MIN_BODY, { size: 3, ops: [] }],
    [KIND.INNER, { size: 7, ops: [OP.ASSERT, OP.ASSERT_NOT, OP.ATOMIC] }],
    [KIND.POSSESSIVE_BODY, { size: 8, ops: [OP.POSSESSIVE] }],
  ]);

/** Roles of a word: a repeat's record begins there; one that is a base ends there. */
const REPEAT_ROLE = 1;
const BASE_ROLE = 2;

/** Walk the records from the one on top, and see that all they name is there. */
function checkRecords(matcher: Matcher, records: Int32Array, repeat: number, base: number): void {
  const { program, end } = matcher;
  const { words, starts } = program;
  const last = 2 * program.groups - 1;
  /** By word: what is there. */
  const roles = new Uint8Array(records.length + 1);
  /** By word: which of these it must be. */
  const wanted = new Uint8Array(records.length + 1);
  const want = (at: number, role: number, below: number): void => {
    if (role === REPEAT_ROLE ? at === -1 : at === 0) return;
    check(at >= 0 && at < below);
    wanted[at] = (wanted[at] ?? 0) | role;
  };
  want(repeat, REPEAT_ROLE, records.length);
  want(base, BASE_ROLE, records.length + 1);
  const word = (at: number): number => records[at] ?? NaN;
  const isOf = (ops: readonly number[], at: number): boolean =>
    starts[at] === 1 && ops.includes(words[at] as number);

  let depth = records.length;
  while (depth > 0) {
    const kind = word(depth - 1);
    const shape = SHAPES.get(kind);
    check(shape !== undefined && depth >= shape.size);
    const top = depth - shape.size;
    let begin = top;
    if (kind === KIND.REPEAT_OPEN) {
      check(isOf(shape.ops, word(top + 3)));
      check(word(top + 1) >= -1 && isWithin(word(top + 2), -1, end));
      roles[top] = (roles[top] ?? 0) | REPEAT_ROLE;
      want(word(top), REPEAT_ROLE, top);
    } else if (kind === KIND.TOO_FEW || kind === KIND.MIN_BODY) {
      check(word(top) >= 0);
      want(word(top), REPEAT_ROLE, top);
    } else {
      const repeatOf = word(top + 2);
      check(isWithin(word(top), -1, last) && isWithin(word(top + 3), 0, end));
      check(isWithin(word(top + 1), -1, program.groups));
      if (shape.ops.length > 0) check(isOf(shape.ops, word(top + 4)));
      const isBody = kind === KIND.MAX_BODY || kind === KIND.MIN_TAIL;
      if (isBody) check(repeatOf >= 0);
      let hasMarks = kind === KIND.MAX_BODY || kind === KIND.POSSESSIVE_BODY || repeatOf >= 0;
      if (kind === KIND.MIN_TAIL) hasMarks = word(repeatOf) >= 0;
      if (hasMarks) begin = top - word(top) - 1;
      check(begin >= 0);
      if (repeatOf >= 0) want(repeatOf, REPEAT_ROLE, begin);
      if (kind === KIND.MAX_ONE_LEFT) check(isWithin(word(top + 5), 0, end));
      if (kind === KIND.INNER || kind === KIND.POSSESSIVE_BODY) {
        roles[depth] = (roles[depth] ?? 0) | BASE_ROLE;
        want(word(top + 5), BASE_ROLE, begin + 1);
      }
    }
    for (let at = begin; at < top; at++) check(isWithin(word(at), -1, end));
    depth = begin;
  }
  check(wanted.every((role, at) => (role & ~(roles[at] ?? 0)) === 0));
}
