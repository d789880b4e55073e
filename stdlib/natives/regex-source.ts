// The characters of a pattern or a template, one token ahead; and the escapes in them.
//
//     'a\n[b'  ──▶  a   \n   [   b
//
// A token is a character, or a backslash with the character after it. Positions and lengths count
// code points, and the errors are CPython's, at CPython's positions.

import { characterNamed } from '../../compiler/syntax/unicode-names.ts';
import { Raised } from '../../vm/values/exception.ts';
import { intFromText } from '../../vm/values/number-parse.ts';
import { escapePoint, reprText } from '../../vm/values/plain-text.ts';
import { isIdentifier } from '../../vm/values/plain-unicode.ts';
import { textLength } from '../../vm/values/text.ts';
import { PatternError } from './regex-tree.ts';

/** One more group than this is too many, to CPython. */
export const GROUPS_MAX = 1_073_741_823;

const OCTAL = /^[0-7]$/;
const DECIMAL = /^[0-9]$/;
const HEX = /^[0-9a-fA-F]$/;
const LETTER = /^[a-zA-Z]$/;

/** Escapes that stand for one character, in patterns and in templates. */
const CONTROL: Readonly<Record<string, number>> = {
  '\\a': 7,
  '\\b': 8,
  '\\f': 12,
  '\\n': 10,
  '\\r': 13,
  '\\t': 9,
  '\\v': 11,
  '\\\\': 92,
};

export function controlEscape(token: string): number | undefined {
  return CONTROL[token];
}

export const isOctal = (token: string | null): token is string =>
  token !== null && OCTAL.test(token);
export const isDecimal = (token: string | null): token is string =>
  token !== null && DECIMAL.test(token);

/** The code point of a token that is one character. */
export function pointOf(token: string): number {
  return token.codePointAt(0) as number;
}

export class PatternSource {
  readonly isText: boolean;
  next: string | null = null;
  private readonly chars: readonly string[];
  private index = 0;

  /** Bytes come as a text of the code points 0 to 255. */
  constructor(text: string, isText: boolean) {
    this.isText = isText;
    this.chars = Array.from(text);
    this.advance();
  }

  private advance(): void {
    const char = this.chars[this.index];
    if (char === undefined) {
      this.next = null;
      return;
    }
    this.index++;
    if (char !== '\\') {
      this.next = char;
      return;
    }
    const escaped = this.chars[this.index];
    if (escaped === undefined) {
      throw new PatternError('bad escape (end of pattern)', this.chars.length - 1);
    }
    this.index++;
    this.next = char + escaped;
  }

  /** Pass over a token, if it is the next one. */
  match(token: string): boolean {
    if (this.next !== token) return false;
    this.advance();
    return true;
  }

  get(): string | null {
    const token = this.next;
    this.advance();
    return token;
  }

  private getWhile(most: number, accepts: RegExp): string {
    let text = '';
    for (let i = 0; i < most && this.next !== null && accepts.test(this.next); i++) {
      text += this.next;
      this.advance();
    }
    return text;
  }

  /** What stands before a terminator, which is passed over. */
  getUntil(terminator: string, what: string): string {
    const parts: string[] = [];
    for (;;) {
      const token = this.get();
      if (token === null) {
        if (parts.length === 0) throw this.error(`missing ${what}`);
        const length = textLength(parts.join(''));
        throw this.error(`missing ${terminator}, unterminated name`, length);
      }
      if (token === terminator) {
        if (parts.length === 0) throw this.error(`missing ${what}`, 1);
        return parts.join('');
      }
      parts.push(token);
    }
  }

  /** Digits, as many as there are. */
  getDigits(): string {
    return this.getWhile(Infinity, DECIMAL);
  }

  /** Where the next token begins. */
  tell(): number {
    return this.index - (this.next === null ? 0 : textLength(this.next));
  }

  seek(index: number): void {
    this.index = index;
    this.advance();
  }

  error(message: string, back = 0): PatternError {
    const shown = this.isText
      ? message
      : // eslint-disable-next-line no-control-regex
        message.replaceAll(/[^\0-\x7f]/gu, (char) => escapePoint(pointOf(char)));
    return new PatternError(shown, this.tell() - back);
  }

  /** Complain about a name that no group can have; `back` is how far behind it we are. */
  checkGroupName(name: string, back: number): void {
    if (isIdentifier(name)) return;
    throw this.badGroupName(name, textLength(name) + back);
  }

  badGroupName(name: string, back: number): PatternError {
    return this.error(`bad character in group name ${reprText(name)}`, back);
  }

  /** The number that a reference by number means; its text ends one token ago. */
  groupNumber(name: string): number {
    const number = numberOf(name);
    const back = textLength(name) + 1;
    if (number === null || number < 0) throw this.badGroupName(name, back);
    if (number >= GROUPS_MAX) throw this.error(`invalid group reference ${number}`, back);
    return Number(number);
  }

  // --------------------------------------------------------------- escapes

  /**
   * The character that an escape stands for which means the same in and outside of a set: by
   * number, name or as itself. What begins with a digit is left to the caller.
   */
  escapedPoint(token: string): number {
    const control = CONTROL[token];
    if (control !== undefined) return control;
    const letter = token.slice(1);
    if (letter === 'x') return this.hexEscape(token, 2);
    if (this.isText && letter === 'u') return this.hexEscape(token, 4);
    if (this.isText && letter === 'U') return this.hexEscape(token, 8);
    if (this.isText && letter === 'N') return this.namedEscape();
    if (LETTER.test(letter) || DECIMAL.test(letter)) throw this.badEscape(token);
    return pointOf(letter);
  }

  badEscape(token: string): PatternError {
    return this.error(`bad escape ${token}`, textLength(token));
  }

  private hexEscape(token: string, digits: number): number {
    const escape = token + this.getWhile(digits, HEX);
    if (escape.length !== digits + 2) {
      throw this.error(`incomplete escape ${escape}`, escape.length);
    }
    const point = Number.parseInt(escape.slice(2), 16);
    if (point > 0x10ffff) throw this.badEscape(escape);
    return point;
  }

  private namedEscape(): number {
    if (!this.match('{')) throw this.error('missing {');
    const name = this.getUntil('}', 'character name');
    const found = characterNamed(name);
    if (found !== null) return found.codePointAt(0) as number;
    throw this.error(`undefined character name ${reprText(name)}`, textLength(name) + 4);
  }

  /** An octal escape whose first digit is in the token: up to two more. */
  octalEscape(token: string): number {
    return this.octalValue(token + this.getWhile(2, OCTAL));
  }

  octalValue(escape: string): number {
    const value = Number.parseInt(escape.slice(1), 8);
    if (value <= 0o377) return value;
    throw this.error(`octal escape value ${escape} outside of range 0-0o377`, escape.length);
  }
}

/** What int() makes of a text; null if it refuses. */
function numberOf(text: string): number | bigint | null {
  try {
    return intFromText(text);
  } catch (problem) {
    if (problem instanceof Raised) return null;
    throw problem;
  }
}
