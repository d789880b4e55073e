// A compiled regular expression: words for the matcher, and what a search may know beforehand.
//
// An instruction is a word that names it and its operands. Places (`next`, `after`, `until`) are
// indexes of words. `one` stands for two words, an instruction that matches one character.
//
//     MAX_ONE min max one peek   'a*b'     MAX_ONE 0 ∞ LITERAL a peek, LITERAL b, SUCCESS
//     REPEAT until min max       '(?:ab)*' REPEAT u 0 ∞, LITERAL a, LITERAL b, u: MAX_UNTIL, …
//     BRANCH next                'ab|c'    BRANCH x, a, b, JUMP y, x: BRANCH 0, c, y: …

import type { CharSet } from './regex-set.ts';

/** Instructions by number. regex-match.ts has the numbers in its switch, and a test compares. */
export const OP = {
  FAIL: 0, // where a last branch comes back to, if it must
  SUCCESS: 1, // of the pattern, or of an assertion, atomic group or possessive repeat
  LITERAL: 2, // point
  NOT_LITERAL: 3, // point
  ANY: 4, // -; anything but a newline
  ANY_ALL: 5, // -
  IN: 6, // set
  AT: 7, // place
  MARK: 8, // 2 × group - 2 where a group begins, one more where it ends
  JUMP: 9, // place
  BRANCH: 10, // next: the branch after this one; 0 for the last, which leaves nothing to come back to
  MAX_ONE: 11, // min max one peek: the first instruction after it that looks at a character
  MIN_ONE: 12, // min max one peek
  POSSESSIVE_ONE: 13, // min max one
  REPEAT: 14, // until min max
  MAX_UNTIL: 15,
  MIN_UNTIL: 16,
  ASSERT: 17, // after back: how many characters to step back
  ASSERT_NOT: 18, // after back
  ATOMIC: 19, // after
  POSSESSIVE: 20, // after min max
  BACKREFERENCE: 21, // 2 × group - 2, case: 0 as it is, 1 ASCII, 2 Unicode
  IF_GROUP: 22, // 2 × group - 2, else
} as const;

/** Words of an instruction, itself included, by number. */
const SIZES: readonly number[] = [
  1, 1, 2, 2, 1, 1, 2, 2, 2, 2, 2, 6, 6, 5, 4, 1, 1, 3, 3, 2, 4, 3, 3,
];

/** By word: 1 where an instruction begins. */
export function instructionStarts(words: readonly number[]): Uint8Array {
  const starts = new Uint8Array(words.length);
  for (let at = 0; at < words.length; at += SIZES[words[at] as number] as number) starts[at] = 1;
  return starts;
}

/** Operands of AT. */
export const AT = {
  START: 0,
  LINE_START: 1,
  END: 2,
  LINE_END: 3,
  STRING_END: 4,
  BOUNDARY: 5,
  NON_BOUNDARY: 6,
  ASCII_BOUNDARY: 7,
  ASCII_NON_BOUNDARY: 8,
} as const;

/** How to match: anywhere, at the position, or all of what is between position and end. */
export const HOW = { search: 0, match: 1, full: 2 } as const;

/** A count without bound, in words. */
export const COUNT_MAX = 0x7fffffff;

export interface Program {
  readonly words: Int32Array;
  /** By word: 1 where an instruction begins. */
  readonly starts: Uint8Array;
  readonly sets: readonly CharSet[];
  /** Of str, not of bytes. */
  readonly isText: boolean;
  /**
   * A mark that was set before a branch failed may be seen later: by a condition, or by the next
   * turn of a possessive repeat, for which CPython does not take marks back. No short cut may then
   * set fewer, or leave more, than CPython does.
   */
  readonly seesMarks: boolean;
  readonly flags: number;
  /** Group 0 not counted. */
  readonly groups: number;
  readonly names: ReadonlyMap<string, number>;
  /** The fewest characters it matches. */
  readonly least: number;
  /** What every match begins with; empty if that is not known. */
  readonly prefix: readonly number[];
  readonly prefixText: string;
  /** A set that the first character of every match is in. */
  readonly first: CharSet | null;
  /** Can match at the beginning of the text only. */
  readonly isAnchored: boolean;
}
