// F-strings: one string token becomes the tokens of what is in it.
//
//     f"a{x!r:>{w}}"   FStringStart(f") FStringText(a)
//                      FieldOpen({) Name(x) Conversion(!r) SpecOpen(:) FStringText(>)
//                        FieldOpen({) Name(w) FieldClose(})
//                      FieldClose(}) FStringEnd(")
//
// The lexer reads an f-string as any other string, as CPython 3.11 does; its end is found without
// looking at the braces. Here the braces are looked at, each expression is lexed on its own, and
// the grammar then sees an f-string as brackets with expressions between, at their true places.
//
//   F1. What ends an expression is found as CPython 3.11 finds it: no backslash and no `#` in it,
//       and the first of `!` `:` `=` `}` outside brackets and strings that is not part of `!=`,
//       `==`, `<=` or `>=`.
//   F2. A malformed f-string is reported once, and stands for a string in what follows.
//   F3. Fields nest at most once: a field in the format of a field.

import type { Source, Span } from '../diagnostics/source.ts';
import type { Report } from '../diagnostics/report.ts';
import type { SyntaxCode } from './mistakes.ts';
import * as t from './tokens.ts';
import type { Token } from './tokens.ts';

/** How deep fields may nest in the formats of fields. F3 */
const FIELDS_NESTED_MAX = 2;

const OPENERS = '([{';
const CLOSERS = ')]}';

/** A mistake within one f-string, on its way to `expandFString`. */
class Malformed extends Error {
  readonly span: Span;
  readonly help: string | null;

  constructor(message: string, span: Span, help: string | null = null) {
    super(message);
    this.span = span;
    this.help = help;
  }
}

/** Lexes a stretch of the source, giving tokens with the offsets they have in the whole. */
export type LexPiece = (start: number, end: number) => Token[];

/** Replace an f-string token: what it becomes is added to `out`. */
export function expandFString(
  source: Source,
  token: Token,
  report: Report,
  lexPiece: LexPiece,
  out: Token[],
): void {
  const { image, startOffset } = token;
  const quote = image.at(-1)!;
  const prefix = image.indexOf(quote);
  const width = image.startsWith(quote.repeat(3), prefix) && image.length >= prefix + 6 ? 3 : 1;
  const raw = /r/i.test(image.slice(0, prefix));
  const start = startOffset + prefix + width;
  const end = t.endOf(token) - width;
  try {
    const reader = new Reader(source.text, end, raw, lexPiece);
    reader.pieces(start, 0);
    out.push(t.makeToken(t.FStringStart, source.text.slice(startOffset, start), startOffset));
    for (const found of reader.tokens) out.push(found);
    out.push(t.makeToken(t.FStringEnd, source.text.slice(end, end + width), end));
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    const code: SyntaxCode = 'bad-fstring';
    report.error(source, error.span, code, error.message, { help: error.help });
    out.push(t.makeToken(t.BrokenString, image, startOffset)); // F2
  }
}

/** One f-string being read; `tokens` grows as it goes. */
class Reader {
  readonly tokens: Token[] = [];
  private readonly text: string;
  private readonly end: number;
  private readonly raw: boolean;
  private readonly lexPiece: LexPiece;

  constructor(text: string, end: number, raw: boolean, lexPiece: LexPiece) {
    this.text = text;
    this.end = end;
    this.raw = raw;
    this.lexPiece = lexPiece;
  }

  /**
   * Texts and fields up to the end of the string, or in a format up to the brace that closes it.
   * Gives the offset where it stopped.
   */
  pieces(start: number, depth: number): number {
    let i = start;
    while (i < this.end) {
      i = this.literal(i, depth);
      if (i >= this.end) break;
      if (this.text[i] === '}') break; // only in a format: literal() refuses it elsewhere
      i = this.field(i, depth);
    }
    return i;
  }

  /** Text up to a field or the end. A doubled brace ends a token, whose image has one of them. */
  private literal(start: number, depth: number): number {
    let from = start;
    let i = start;
    while (i < this.end) {
      const character = this.text[i];
      if (character === '\\' && !this.raw && i + 1 < this.end) {
        i = this.escape(i);
      } else if (character === '{' || character === '}') {
        // Within a format, braces are never doubled.
        const doubled = depth === 0 && i + 1 < this.end && this.text[i + 1] === character;
        if (!doubled) {
          if (depth === 0 && character === '}') {
            const help = "write '}}' for one '}'";
            throw new Malformed(
              "f-string: single '}' is not allowed",
              { start: i, end: i + 1 },
              help,
            );
          }
          break;
        }
        this.push(t.FStringText, from, i + 1);
        i += 2;
        from = i;
      } else {
        i += 1;
      }
    }
    if (i > from) this.push(t.FStringText, from, i);
    return i;
  }

  /** The offset after an escape, as far as braces are concerned. */
  private escape(backslash: number): number {
    const character = this.text[backslash + 1];
    if (character === '{' || character === '}') return backslash + 1; // the brace means itself
    if (character !== 'N' || this.text[backslash + 2] !== '{') return backslash + 2;
    // The braces of \N{NAME} are no field.
    const close = this.text.indexOf('}', backslash);
    return close < 0 || close >= this.end ? this.end : close + 1;
  }

  /** A field from its `{` on; gives the offset after its `}`. */
  private field(open: number, depth: number): number {
    if (depth >= FIELDS_NESTED_MAX) {
      throw new Malformed('f-string: expressions nested too deeply', {
        start: open,
        end: open + 1,
      }); // F3
    }
    this.push(t.FieldOpen, open, open + 1);
    const start = open + 1;
    let i = this.findExpressionEnd(start, open);
    if (/^[ \t\n\r\f\v]*$/.test(this.text.slice(start, i))) {
      const what =
        this.text[i] === '}'
          ? 'empty expression not allowed'
          : `expression required before '${this.text[i]}'`;
      throw new Malformed(`f-string: ${what}`, { start: open, end: i + 1 });
    }
    for (const token of this.lexPiece(start, i)) this.tokens.push(token);

    if (this.text[i] === '=') {
      let after = i + 1;
      while (after < this.end && /[ \t\n\r\f\v]/.test(this.text[after]!)) after += 1;
      this.push(t.FieldDebug, i, after);
      i = after;
    }
    if (this.text[i] === '!' && i < this.end) i = this.conversion(i);
    if (this.text[i] === ':' && i < this.end) {
      this.push(t.SpecOpen, i, i + 1);
      i = this.pieces(i + 1, depth + 1);
    }
    if (i >= this.end || this.text[i] !== '}') {
      throw new Malformed("f-string: expecting '}'", { start: open, end: i });
    }
    this.push(t.FieldClose, i, i + 1);
    return i + 1;
  }

  private conversion(mark: number): number {
    const letter = mark + 1 < this.end ? this.text[mark + 1]! : '';
    if (letter === '')
      throw new Malformed("f-string: expecting '}'", { start: mark, end: mark + 1 });
    if (letter !== 's' && letter !== 'r' && letter !== 'a') {
      throw new Malformed("f-string: invalid conversion character: expected 's', 'r', or 'a'", {
        start: mark,
        end: mark + 2,
      });
    }
    this.push(t.Conversion, mark, mark + 2);
    return mark + 2;
  }

  /** Where the expression that begins at `start` ends. F1 */
  private findExpressionEnd(start: number, open: number): number {
    const { text, end } = this;
    const opened: number[] = [];
    let i = start;
    while (i < end) {
      const character = text[i]!;
      const here = { start: i, end: i + 1 };
      if (character === '\\') {
        const help = 'give the value a name before the string, and write the name here';
        throw new Malformed('f-string expression part cannot include a backslash', here, help);
      }
      if (character === "'" || character === '"') {
        i = this.skipString(i);
        continue;
      }
      if (character === '#')
        throw new Malformed("f-string expression part cannot include '#'", here);
      if (OPENERS.includes(character)) {
        opened.push(i);
      } else if (opened.length === 0 && '!:}=<>'.includes(character)) {
        if ('!=<>'.includes(character) && i + 1 < end && text[i + 1] === '=') i += 1;
        else if (character !== '<' && character !== '>') return i;
      } else if (CLOSERS.includes(character)) {
        const opener = opened.pop();
        if (opener === undefined) throw new Malformed(`f-string: unmatched '${character}'`, here);
        if (OPENERS.indexOf(text[opener]!) !== CLOSERS.indexOf(character)) {
          const title =
            `f-string: closing parenthesis '${character}' does not match ` +
            `opening parenthesis '${text[opener]!}'`;
          throw new Malformed(title, here);
        }
      }
      i += 1;
    }
    const opener = opened.pop();
    if (opener !== undefined) {
      throw new Malformed(`f-string: unmatched '${text[opener]!}'`, {
        start: opener,
        end: opener + 1,
      });
    }
    const help = "write '{{' for one '{'";
    throw new Malformed("f-string: expecting '}'", { start: open, end: open + 1 }, help);
  }

  /** The offset after a string within an expression. It has no escapes: F1 forbids backslashes. */
  private skipString(start: number): number {
    const quote = this.text[start]!;
    const triple = quote.repeat(3);
    const quotes = start + 2 < this.end && this.text.startsWith(triple, start) ? triple : quote;
    const close = this.text.indexOf(quotes, start + quotes.length);
    const backslash = this.text.slice(start, close < 0 ? this.end : close).indexOf('\\');
    if (backslash >= 0 && start + backslash < this.end) {
      throw new Malformed('f-string expression part cannot include a backslash', {
        start: start + backslash,
        end: start + backslash + 1,
      });
    }
    if (close < 0 || close + quotes.length > this.end) {
      throw new Malformed('f-string: unterminated string', { start, end: start + 1 });
    }
    return close + quotes.length;
  }

  private push(type: typeof t.Name, start: number, end: number): void {
    this.tokens.push(t.makeToken(type, this.text.slice(start, end), start));
  }
}
