// Words of a text, as textwrap breaks lines between them. Its flow half is modules/textwrap.flow.
//
//     "well-known facts--he said"  ──▶  "well-" "known" " " "facts" "--" "he" " " "said"
//
// A word ends before white space, after a hyphen between letters, and around two or more hyphens.
// Work is bounded by the text: where a run of hyphens ends is found once for the run.

import { List } from '../../vm/values/collections.ts';
import { typeError } from '../../vm/values/exception.ts';
import { plain } from '../../vm/values/plain.ts';
import { native, type NativeRow } from '../../vm/machine/native.ts';
import { given } from './object-receiver.ts';

const SPACES = '\t\n\v\f\r ';
const LETTER = /^[\p{L}\p{Nl}\p{No}_]$/u;
const WORD = /^[\p{L}\p{N}_]$/u;
const PUNCTUATION = '!"\'&.,?';

class Chunker {
  private readonly points: readonly string[];
  /** Where the run of hyphens seen last ends. */
  private runEnd = 0;

  constructor(text: string) {
    this.points = [...text];
  }

  private isSpace(at: number): boolean {
    return SPACES.includes(this.points[at] ?? 'x');
  }

  private isLetter(at: number): boolean {
    return LETTER.test(this.points[at] ?? '');
  }

  private isWord(at: number): boolean {
    return WORD.test(this.points[at] ?? '');
  }

  private isHyphen(at: number): boolean {
    return this.points[at] === '-';
  }

  /** Whether what stands before a place can end a word that hyphens follow. */
  private endsWord(at: number): boolean {
    return this.isWord(at - 1) || PUNCTUATION.includes(this.points[at - 1] ?? 'x');
  }

  /** The end of two or more hyphens from a place on that a word follows; -1 if there are none. */
  private dashEnd(at: number): number {
    if (!this.isHyphen(at) || !this.isHyphen(at + 1)) return -1;
    if (this.runEnd <= at) {
      this.runEnd = at;
      while (this.isHyphen(this.runEnd)) this.runEnd++;
    }
    return this.isWord(this.runEnd) ? this.runEnd : -1;
  }

  /** Whether a hyphen stands between letters, so that a line may be broken after it. */
  private isBreak(at: number): boolean {
    if (!this.isHyphen(at) || !this.isLetter(at - 1)) return false;
    const follows = this.isLetter(at - 2) || (this.isHyphen(at - 2) && this.isLetter(at - 3));
    if (!follows || !this.isLetter(at + 1)) return false;
    return this.isLetter(at + 2) || (this.isHyphen(at + 2) && this.isLetter(at + 3));
  }

  private spaceEnd(at: number): number {
    let end = at;
    while (this.isSpace(end)) end++;
    return end;
  }

  private wordEnd(from: number, breaksOnHyphens: boolean): number {
    const { length } = this.points;
    let at = from + 1;
    for (; at < length && !this.isSpace(at); at++) {
      if (!breaksOnHyphens) continue;
      if (this.isBreak(at)) return at + 1;
      if (this.endsWord(at) && this.dashEnd(at) > 0) return at;
    }
    return at;
  }

  chunks(breaksOnHyphens: boolean): string[] {
    const found: string[] = [];
    for (let at = 0; at < this.points.length;) {
      let end = this.spaceEnd(at);
      if (end === at && breaksOnHyphens && this.endsWord(at)) end = Math.max(at, this.dashEnd(at));
      if (end === at) end = this.wordEnd(at, breaksOnHyphens);
      found.push(this.points.slice(at, end).join(''));
      at = end;
    }
    return found;
  }
}

export const rows: readonly NativeRow[] = [
  native('_wrap_chunks', 'text, hyphens, /', (_context, value, hyphens) => {
    const text = plain(given(value));
    if (typeof text !== 'string') throw typeError('a str is needed');
    return new List(new Chunker(text).chunks(hyphens === true));
  }),
];
