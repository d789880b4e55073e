// A match being looked for: what, where, how far it is.
//
//     Matcher ── run(steps) ──▶ 'found'   start, pos, marks
//                               'none'
//                               'spent'   run() goes on with it; regex-state.ts makes bytes of it
//
// A search tries one start after the other; what the program knows beforehand (a prefix, a set of
// first characters) says which are worth a try.

import { hasPrefix } from './regex-characters.ts';
import { execute } from './regex-execute.ts';
import { HOW, type Program } from './regex-program.ts';
import { grow, shrink, stack } from './regex-stack.ts';
import type { Subject } from './regex-subject.ts';

/** 'spent': the steps are; to be gone on with. */
export type Answer = 'found' | 'none' | 'spent';

/** Marks of the match that runs. */
let scratch = new Int32Array(64);

function marksFor(groups: number): Int32Array {
  if (scratch.length < 2 * groups) scratch = new Int32Array(2 * groups);
  return scratch;
}

let current: Matcher | null = null;

/** The one match of now: a new one takes over the stack and marks of the one before. */
export class Matcher {
  readonly program: Program;
  readonly subject: Subject;
  readonly how: number;
  /** Where the text ends, and where this attempt began. */
  readonly end: number;
  start: number;
  /** An empty match at the start does not count: the one before ended there, and was empty. */
  mustAdvance: boolean;
  /** Steps that are left. */
  steps = 0;

  // The registers, where they are while nothing runs.
  pc = 0;
  pos: number;
  depth = 0;
  lastMark = -1;
  lastIndex = -1;
  repeat = -1;
  base = 0;
  /** Whether the next thing to do is to come back to the record on top. */
  isFailing = false;
  /** An attempt has begun and is not over. */
  isRunning = false;
  /** Places in which groups begin and end: as many as lastMark says count. */
  readonly marks: Int32Array;

  constructor(
    program: Program,
    subject: Subject,
    start: number,
    end: number,
    how: number,
    mustAdvance: boolean,
  ) {
    this.program = program;
    this.subject = subject;
    this.start = start;
    this.pos = start;
    this.end = end;
    this.how = how;
    this.mustAdvance = mustAdvance;
    this.marks = marksFor(program.groups);
    // oxlint-disable-next-line no-this-alias, consistent-this -- to know whose the stack is
    current = this;
  }

  /** Whether stack and marks are still those of this match, of a program in a subject. */
  isCurrent(program: Program, { text }: Subject): boolean {
    return current === this && this.program === program && this.subject.text === text;
  }

  /** Look for the next match, from where the last one ended. */
  goOn(): void {
    this.mustAdvance = this.pos === this.start;
    this.start = this.pos;
  }

  /** What is on the stack. */
  get records(): Int32Array {
    return stack.subarray(0, this.depth);
  }

  set records(words: Int32Array) {
    if (words.length > stack.length) grow(words.length);
    stack.set(words);
    this.depth = words.length;
  }

  run(steps: number): Answer {
    this.steps = steps;
    try {
      return this.how === HOW.search ? this.search() : this.attempt();
    } finally {
      shrink(this.depth);
    }
  }

  private search(): Answer {
    const { program } = this;
    const last = this.end - program.least;
    for (;;) {
      if (!this.isRunning) {
        if (this.start > last || !this.seek(last)) return 'none';
        if (this.steps-- <= 0) return 'spent';
      }
      const answer = this.attempt();
      if (answer !== 'none') return answer;
      if (program.isAnchored) return 'none';
      this.mustAdvance = false;
      this.start++;
    }
  }

  /** Move the start to where a match may begin; false if there is no such place. */
  private seek(last: number): boolean {
    const { program, subject } = this;
    const { prefix, first } = program;
    const { text, points } = subject;
    let at = this.start;
    if (prefix.length > 0) {
      if (points === null) {
        // Of a part of the text, no more than that part is looked through.
        const whole = this.end === text.length ? text : text.slice(0, this.end);
        at = whole.indexOf(program.prefixText, at);
        if (at < 0) return false;
      } else while (at <= last && !hasPrefix(points, at, prefix)) at++;
    } else if (first !== null) {
      if (points === null) while (at <= last && !first.has(text.charCodeAt(at))) at++;
      else while (at <= last && !first.has(points[at] as number)) at++;
    }
    this.steps -= (at - this.start) >> 4;
    this.start = at;
    return at <= last;
  }

  /** Match at the start, or go on with it. */
  private attempt(): Answer {
    if (!this.isRunning) {
      this.pc = 0;
      this.pos = this.start;
      this.depth = 0;
      this.lastMark = -1;
      this.lastIndex = -1;
      this.repeat = -1;
      this.base = 0;
      this.isFailing = false;
      this.isRunning = true;
    }
    const answer = execute(this);
    this.isRunning = answer === 'spent';
    return answer;
  }
}
