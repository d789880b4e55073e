// The lexer: text to tokens, without lines and blocks (those are layout.ts).
//
//     x = 0x1F  # size     Name(x) =  Number(0x1F) LineBreak
//     print(f"{x}!")       Name(print) ( FStringStart FieldOpen Name(x) FieldClose FStringText(!) …
//
// Chevrotain's lexer cuts the text; one pass over its tokens then does what needs a look at two of
// them or at a table: names that are keywords, names with letters beyond ASCII, numbers that run
// into a word, f-strings. Comments, blanks and continued lines are gone after this.
//
//   X1. Every character of the text is in a token, skipped, or in a reported mistake: a pattern for
//       single characters stands last, so Chevrotain's own error search is never used.
//   X2. A token that was reported stands for something the grammar accepts, or is left out. Whoever
//       reports later looks whether a mistake in the same statement is known (grammar-base.ts).
//   X3. No state between calls.

import { Lexer } from 'chevrotain';

import type { Source } from '../diagnostics/source.ts';
import type { Details, Report } from '../diagnostics/report.ts';
import { expandFString } from './fstring.ts';
import type { SyntaxCode } from './mistakes.ts';
import { isName } from './scan.ts';
import * as t from './tokens.ts';
import type { Token } from './tokens.ts';

const lexer = new Lexer(t.LEXED, {
  positionTracking: 'onlyOffset',
  ensureOptimizations: true,
  // The definition is checked by test/compiler/syntax; checking it at every start costs time.
  skipValidations: true,
});

/** The tokens of a source, in order. */
export function lex(source: Source, report: Report): Token[] {
  const nul = source.text.indexOf('\0');
  if (nul >= 0) {
    // Also within strings and comments. One is enough to say that this is no text.
    const code: SyntaxCode = 'bad-character';
    const title = 'source code string cannot contain null bytes';
    report.error(source, { start: nul, end: nul + 1 }, code, title);
  }
  return new Refining(source, report).piece(0, source.text.length);
}

const NAME = t.Name.tokenTypeIdx!;
const UNICODE_NAME = t.UnicodeName.tokenTypeIdx!;
const NUMBER = t.NumberLiteral.tokenTypeIdx!;
const STRING = t.StringLiteral.tokenTypeIdx!;
const UNTERMINATED = t.UnterminatedString.tokenTypeIdx!;
const BAD = t.BadCharacter.tokenTypeIdx!;

/** The longest keyword is `continue`, `nonlocal`: a longer name need not be looked up. */
const KEYWORD_LENGTH_MAX = Math.max(...[...t.KEYWORDS.keys()].map((text) => text.length));

/** Words that may follow a number without a blank, since each can only go on an expression. */
const AFTER_NUMBER = /^(?:and|else|for|if|in|is|or|not)/;

/** Chevrotain's tokens on their way to becoming ours. */
class Refining {
  private readonly source: Source;
  private readonly report: Report;
  /** The line on which such a character was reported last: one on a line is enough. */
  private badLine = 0;

  constructor(source: Source, report: Report) {
    this.source = source;
    this.report = report;
  }

  /** Lex a stretch of the source. */
  piece(start: number, end: number): Token[] {
    const { text } = this.source;
    const whole = start === 0 && end === text.length;
    const { tokens, errors } = lexer.tokenize(whole ? text : text.slice(start, end));
    if (errors.length > 0) throw new Error(`no pattern for offset ${errors[0]!.offset}`); // X1
    if (start > 0) for (const token of tokens) token.startOffset += start;
    return this.refine(tokens);
  }

  private refine(tokens: readonly Token[]): Token[] {
    const out: Token[] = [];
    for (let i = 0; i < tokens.length; i++) {
      const token = tokens[i]!;
      switch (token.tokenTypeIdx) {
        case NAME: {
          const keyword =
            token.image.length > KEYWORD_LENGTH_MAX ? undefined : t.KEYWORDS.get(token.image);
          if (keyword !== undefined) retype(token, keyword);
          out.push(token);
          break;
        }
        case STRING:
          if (isFString(token.image)) this.fstring(token, out);
          else out.push(token);
          break;
        case NUMBER:
          i = this.number(tokens, i, out);
          break;
        case UNICODE_NAME:
          this.unicodeName(tokens, i, out);
          break;
        case UNTERMINATED:
          this.unterminated(token);
          out.push(retype(token, t.BrokenString));
          break;
        case BAD:
          i = this.badCharacters(tokens, i);
          break;
        default:
          out.push(token);
      }
    }
    return out;
  }

  private fstring(token: Token, out: Token[]): void {
    const lexPiece = (start: number, end: number): Token[] => this.piece(start, end);
    expandFString(this.source, token, this.report, lexPiece, out);
  }

  /** Join a name to the ASCII letters before it. Those after it are in it already. */
  private unicodeName(tokens: readonly Token[], index: number, out: Token[]): void {
    const token = tokens[index]!;
    const before = tokens[index - 1];
    const joined = before !== undefined && touches(before, token) && out.at(-1) === before;
    if (joined && (before.tokenTypeIdx === NAME || t.KEYWORDS.has(before.image))) {
      retype(before, t.Name).image += token.image;
      return;
    }
    if (!isName(token.image)) {
      const character = String.fromCodePoint(token.image.codePointAt(0)!);
      const span = { start: token.startOffset, end: token.startOffset + character.length };
      this.error(span, 'bad-character', invalidCharacter(character));
    }
    out.push(retype(token, t.Name));
  }

  /** A number, refused if a word or another number touches it. Gives the index it ends at. */
  private number(tokens: readonly Token[], index: number, out: Token[]): number {
    const token = tokens[index]!;
    out.push(token);
    const next = tokens[index + 1];
    if (next === undefined || !touches(token, next)) return index;
    const isWord = next.tokenTypeIdx === NAME || next.tokenTypeIdx === UNICODE_NAME;
    const isDigits = next.tokenTypeIdx === NUMBER && !next.image.startsWith('.');
    if (!isWord && !isDigits) return index;
    if (isWord && AFTER_NUMBER.test(next.image)) return index;

    const kind = kindOfNumber(token.image + next.image);
    const span = { start: token.startOffset, end: t.endOf(next) };
    const wrong = /^[bo]?_?([2-9])/i.exec(next.image)?.[1];
    const digit = kind === 'binary' || kind === 'octal' ? wrong : undefined;
    this.error(
      span,
      'bad-number',
      digit === undefined
        ? `invalid ${kind} literal`
        : `invalid digit '${digit}' in ${kind} literal`,
      isWord && kind === 'decimal' && /^[^\d_eEjJ]/.test(next.image)
        ? { label: 'a name cannot begin with a digit' }
        : {},
    );
    return index + 1;
  }

  private unterminated(token: Token): void {
    const { startOffset: start, image } = token;
    const quote = image[image.search(/['"]/)]!;
    const triple = image.includes(quote.repeat(3));
    const kind = triple ? 'triple-quoted string' : 'string';
    const last = this.source.line(Math.max(start, t.endOf(token) - 1));
    // Marked by its opening quotes alone where it takes in more than its line.
    const end = triple ? start + image.search(/['"]/) + 3 : t.endOf(token);
    this.error(
      { start, end },
      'unterminated-string',
      `unterminated ${kind} literal (detected at line ${last})`,
      {
        label: triple ? 'opened here' : `no closing ${quote} on this line`,
      },
    );
  }

  /** Report a run of characters that begin nothing; gives the index of its last one. */
  private badCharacters(tokens: readonly Token[], index: number): number {
    const first = tokens[index]!;
    let last = index;
    for (let next = tokens[last + 1]; next !== undefined; next = tokens[last + 1]) {
      if (next.tokenTypeIdx !== BAD || !touches(tokens[last]!, next)) break;
      last += 1;
    }
    const character = String.fromCodePoint(this.source.text.codePointAt(first.startOffset)!);
    const span = { start: first.startOffset, end: t.endOf(tokens[last]!) };
    const line = this.source.line(span.start);
    if (character === '\0' || line === this.badLine) return last; // reported by lex, or before
    this.badLine = line;
    if (character === '\\') {
      const ends =
        span.end >= this.source.text.length && /^\\[\r\n]*$/.test(this.source.slice(span));
      const title = ends
        ? 'unexpected EOF while parsing'
        : 'unexpected character after line continuation character';
      this.error(span, 'bad-continuation', title, {
        help: 'a backslash continues a line only as the very last character of it',
      });
    } else {
      this.error(span, 'bad-character', invalidCharacter(character), {
        help: HELP_FOR_CHARACTER[character] ?? null,
      });
    }
    return last;
  }

  private error(
    span: { readonly start: number; readonly end: number },
    code: SyntaxCode,
    title: string,
    details: Details = {},
  ): void {
    this.report.error(this.source, span, code, title, details);
  }
}

function retype(token: Token, type: typeof t.Name): Token {
  token.tokenType = type;
  token.tokenTypeIdx = type.tokenTypeIdx!;
  return token;
}

const touches = (before: Token, after: Token): boolean => t.endOf(before) === after.startOffset;

/** Whether a string literal has an f in its prefix, which is at most two letters. */
function isFString(image: string): boolean {
  return (image.charCodeAt(0) | 0x20) === 0x66 || (image.charCodeAt(1) | 0x20) === 0x66
    ? /^[rR]?[fF]/.test(image)
    : false;
}

function kindOfNumber(image: string): string {
  if (/^0x/i.test(image)) return 'hexadecimal';
  if (/^0o/i.test(image)) return 'octal';
  if (/^0b/i.test(image)) return 'binary';
  return 'decimal';
}

const HELP_FOR_CHARACTER: Readonly<Record<string, string>> = {
  '!': "write 'not' to negate a condition",
  '?': "write 'a if condition else b' to choose between two values",
  '‘': "write ' for a quote",
  '’': "write ' for a quote",
  '“': 'write " for a quote',
  '”': 'write " for a quote',
  '−': 'write - for a minus',
  '×': 'write * to multiply',
  '≠': 'write !=',
  '≤': 'write <=',
  '≥': 'write >=',
};

function invalidCharacter(character: string): string {
  const code = character.codePointAt(0)!;
  const name = `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
  if (/^[\p{C}\p{Z}]$/u.test(character)) return `invalid non-printable character ${name}`;
  return code < 0x80
    ? `invalid syntax: '${character}'`
    : `invalid character '${character}' (${name})`;
}
