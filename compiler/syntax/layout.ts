// Layout: from lines to blocks.
//
//     lexer's tokens:  if x : LineBreak   y LineBreak z
//     after layout:    if x : Newline Indent y Newline Dedent z Newline
//
// Indentation is decided here, between the lexer and the grammar, as a pure function of the token
// list: the lexer keeps no state between tokens, and the grammar sees blocks as ordinary brackets.
// As this pass knows where lines begin and end, it also decides what hangs on that: whether `match`
// and `case` are keywords, and that `not in` and `is not` are one operator.
//
//   L1. Inside ( ) [ ] { } and the fields of f-strings, line breaks mean nothing.
//   L2. A blank line, or one with only a comment, has no indentation.
//   L3. Every Indent is matched by one Dedent, also after a mistake and at the end.
//   L4. Every opening bracket that is let through is matched by its own closing one, unless it was
//       reported. A bracket never closed is reported where it opens, not where the file ends; what
//       follows it is read again from the line at which its statement must have ended.
//   L5. At most NESTED_MAX brackets and blocks, and BLOCKS_MAX blocks, are open at once. Past that
//       there is one report and no tokens: the grammar calls itself for each.
//   L6. `match` heads a statement iff it begins a line that goes on as a subject and ends in a
//       colon (or is followed by a block that begins with `case`); `case` is a keyword only at the
//       beginning of a line directly in such a block.

import type { Source } from '../diagnostics/source.ts';
import type { Report } from '../diagnostics/report.ts';
import { BLOCKS_MAX, NESTED_MAX } from './limits.ts';
import type { SyntaxCode } from './mistakes.ts';
import * as t from './tokens.ts';
import type { Token } from './tokens.ts';

/** The tokens with Newline, Indent and Dedent in place of line breaks; null after L5. */
export function layout(source: Source, tokens: readonly Token[], report: Report): Token[] | null {
  const pass = new Layout(source, tokens, report);
  pass.run();
  return pass.stopped ? null : pass.out;
}

/** Columns to the next tab stop, and what a tab counts where all widths must agree. */
const TAB = 8;

interface Block {
  /** Width of the indentation with tabs to every eighth column, and with tabs as one column. */
  readonly column: number;
  readonly narrow: number;
  /** Whether it belongs to a match statement, so that its lines are cases. */
  readonly cases: boolean;
}

interface Opened {
  readonly token: Token;
  /** Index of the token in the list that is read. */
  readonly index: number;
}

const LINE_BREAK = t.LineBreak.tokenTypeIdx!;
const NAME = t.Name.tokenTypeIdx!;
const NOT = t.Not.tokenTypeIdx!;
const IN = t.In.tokenTypeIdx!;
const IS = t.Is.tokenTypeIdx!;
const COLON = t.Colon.tokenTypeIdx!;

/** What closes each kind of bracket. */
const PAIRS = [
  [t.OpenParen, t.CloseParen],
  [t.OpenSquare, t.CloseSquare],
  [t.OpenBrace, t.CloseBrace],
  [t.FieldOpen, t.FieldClose],
] as const;
const CLOSER_OF = new Map(PAIRS.map(([open, close]) => [open.tokenTypeIdx!, close]));

/** Brackets as a table by token type, since every token is asked: 1 opens, 2 closes. */
const BRACKET = new Uint8Array(1 + Math.max(...PAIRS.flat().map((type) => type.tokenTypeIdx!)));
for (const [open, close] of PAIRS) {
  BRACKET[open.tokenTypeIdx!] = 1;
  BRACKET[close.tokenTypeIdx!] = 2;
}

const typeSet = (types: readonly (typeof t.Name)[]): ReadonlySet<number> =>
  new Set(types.map((type) => type.tokenTypeIdx!));

/** Keywords that stand in no expression: at the beginning of a line they end all brackets. */
// prettier-ignore
const BEGINS_STATEMENT = typeSet([
  t.Assert, t.Break, t.Class, t.Continue, t.Def, t.Del, t.Elif, t.Except, t.Finally, t.Global,
  t.Import, t.Nonlocal, t.Pass, t.Raise, t.Return, t.Try, t.While, t.With,
]);

/** Keywords whose line heads a block. */
// prettier-ignore
const HEADS_BLOCK = typeSet([
  t.Class, t.Def, t.Elif, t.Else, t.Except, t.For, t.If, t.While, t.With, t.Async,
]);

const inCategory = (category: typeof t.Name): (typeof t.Name)[] =>
  t.VOCABULARY.filter((type) => type.CATEGORIES?.includes(category));

/** What cannot begin the subject of a match statement, so that `match` before it is a name. */
// prettier-ignore
const NO_SUBJECT = typeSet([
  t.Equal, t.Dot, t.Comma, t.Colon, t.Semicolon, t.CloseParen, t.CloseSquare, t.CloseBrace,
  t.ColonEqual, t.Arrow, t.As, t.If, t.Else, t.For, t.From, t.Import, t.Newline,
  ...inCategory(t.AugmentedAssign),
  ...inCategory(t.InfixOperator).filter((type) => ![t.Star, t.Plus, t.Minus].includes(type)),
]);

class Layout {
  readonly out: Token[] = [];
  private readonly source: Source;
  private readonly tokens: readonly Token[];
  private readonly report: Report;
  private readonly blocks: Block[] = [{ column: 0, narrow: 0, cases: false }];
  private opened: Opened[] = [];
  /** Where in `out` the line begins that is being read; -1 between lines. */
  private lineStart = -1;
  /** Whether the line read last heads a match statement. */
  private headsMatch = false;
  /** Set by L5. */
  stopped = false;

  constructor(source: Source, tokens: readonly Token[], report: Report) {
    this.source = source;
    this.tokens = tokens;
    this.report = report;
  }

  run(): void {
    const { tokens, out } = this;
    let lineOffset = 0; // where the line begins that the next token begins, or -1 within a line
    for (let i = 0; !this.stopped; i++) {
      if (i >= tokens.length) {
        if (this.opened.length === 0) break;
        i = this.neverClosed(tokens.length); // L4
        if (i === tokens.length) break;
        lineOffset = t.endOf(tokens[i]!);
        continue;
      }
      const token = tokens[i]!;
      const type = token.tokenTypeIdx;
      if (type === LINE_BREAK) {
        if (this.opened.length > 0) {
          const next = tokens[i + 1];
          if (next === undefined || !BEGINS_STATEMENT.has(next.tokenTypeIdx)) continue; // L1
          i = this.neverClosed(i); // L4
        } else if (this.lineStart >= 0) {
          this.endLine(token.startOffset);
        }
        lineOffset = t.endOf(tokens[i]!);
        continue;
      }
      if (lineOffset >= 0) {
        this.beginLine(token, lineOffset);
        lineOffset = -1;
      }
      if (type < BRACKET.length && BRACKET[type] !== 0) {
        if (BRACKET[type] === 1) this.open(token, i);
        else if (!this.close(token)) continue;
      } else if ((type === IN || type === NOT) && this.mergeOperator(token)) {
        continue;
      }
      out.push(token);
    }
    this.finish();
  }

  // ---------------------------------------------------------------- lines

  /** The indentation of a line that begins with `token`, as Indent or Dedents before it. */
  private beginLine(token: Token, lineOffset: number): void {
    const { column, narrow } = this.indentation(lineOffset);
    const current = this.blocks.at(-1)!;
    if (column === current.column) {
      if (narrow !== current.narrow) this.mixedIndent(token);
    } else if (column > current.column) {
      if (narrow <= current.narrow) this.mixedIndent(token);
      this.indent(token, { column, narrow, cases: this.headsMatch });
    } else {
      this.dedent(token, column, narrow);
    }
    this.headsMatch = false;
    this.lineStart = this.out.length;
  }

  /**
   * The width of the blanks at an offset. A form feed begins anew. Where a backslash continues the
   * line before anything stands on it, it ends the blanks, as in CPython.
   */
  private indentation(lineOffset: number): { column: number; narrow: number } {
    const { text } = this.source;
    let column = 0;
    let narrow = 0;
    for (let i = lineOffset; ; i++) {
      const code = text.charCodeAt(i);
      if (code === 0x20) {
        column += 1;
        narrow += 1;
      } else if (code === 0x09) {
        column = (Math.floor(column / TAB) + 1) * TAB;
        narrow += 1;
      } else if (code === 0x0c) {
        column = 0;
        narrow = 0;
      } else {
        return { column, narrow };
      }
    }
  }

  private indent(token: Token, block: Block): void {
    if (this.blocks.length > BLOCKS_MAX) {
      this.tooDeep(token, 'too many levels of indentation');
      return;
    }
    this.blocks.push(block);
    this.out.push(t.makeToken(t.Indent, '', token.startOffset));
  }

  private dedent(token: Token, column: number, narrow: number): void {
    const columns = this.blocks.map((outer) => outer.column + 1).join(', ');
    let left = this.blocks.at(-1)!;
    while (column < this.blocks.at(-1)!.column) {
      left = this.blocks.pop()!;
      this.out.push(t.makeToken(t.Dedent, '', token.startOffset));
    }
    const block = this.blocks.at(-1)!;
    if (column === block.column) {
      if (narrow !== block.narrow) this.mixedIndent(token);
      return;
    }
    const title = 'unindent does not match any outer indentation level';
    const help = `enclosing blocks start at column ${columns}`;
    this.error(token, 'uneven-dedent', title, `column ${column + 1}`, help);
    // Most likely it belongs to the block left last, and so do the lines below it. L3
    this.out.pop();
    this.blocks.push({ column, narrow, cases: left.cases });
  }

  /** A line is read: see whether `match` or `case` heads it, and end it. L6 */
  private endLine(offset: number): void {
    const { out, lineStart } = this;
    const first = out[lineStart];
    if (first !== undefined && first.tokenTypeIdx === NAME) {
      if (first.image === 'match') {
        const second = out[lineStart + 1];
        if (second !== undefined && !NO_SUBJECT.has(second.tokenTypeIdx)) {
          this.headsMatch = out.at(-1)!.tokenTypeIdx === COLON || this.caseFollows(offset);
          if (this.headsMatch) out[lineStart] = t.makeToken(t.Match, 'match', first.startOffset);
        }
      } else if (first.image === 'case' && this.blocks.at(-1)!.cases) {
        out[lineStart] = t.makeToken(t.Case, 'case', first.startOffset);
      }
    }
    out.push(t.makeToken(t.Newline, '', offset));
    this.lineStart = -1;
  }

  /** Whether the next line is indented more and begins with `case`: only a colon is missing. */
  private caseFollows(offset: number): boolean {
    const next = /^(?:[ \t\f]*(?:#[^\r\n]*)?(?:\r\n?|\n))*([ \t]*)case\b(?![ \t]*[=.,:)\]}])/.exec(
      this.source.text.slice(offset, offset + 400),
    );
    return next !== null && (next[1] ?? '').length > this.blocks.at(-1)!.narrow;
  }

  private finish(): void {
    const end = this.source.text.length;
    if (this.lineStart >= 0) this.endLine(end);
    for (let i = this.blocks.length; i > 1; i--) this.out.push(t.makeToken(t.Dedent, '', end));
  }

  // ------------------------------------------------------------- brackets

  private open(token: Token, index: number): void {
    const nested = this.opened.length + this.blocks.length - 1;
    if (nested >= NESTED_MAX) this.tooDeep(token, 'too many nested parentheses');
    this.opened.push({ token, index });
  }

  /** Put out what closes the bracket opened last; gives whether `token` itself is to be put out. */
  private close(token: Token): boolean {
    const opener = this.opened.pop();
    if (opener === undefined) {
      this.unmatched(token);
      return false;
    }
    if (closes(token, opener)) return true;

    this.mismatch(token, opener.token);
    const outer = this.opened.findLastIndex((other) => closes(token, other));
    if (outer < 0) {
      // It closes nothing: leave it out. If its opener is never closed, that is the same mistake.
      this.opened.push(opener);
      return false;
    }
    // The brackets within the one it closes were forgotten: close them here.
    const forgotten = [...this.opened.splice(outer + 1), opener].toReversed();
    this.opened.pop();
    for (const { token: open } of forgotten) {
      this.out.push(t.makeToken(CLOSER_OF.get(open.tokenTypeIdx)!, '', token.startOffset));
    }
    return true;
  }

  private unmatched(token: Token): void {
    const { source } = this;
    const { start } = source.lineSpan(source.line(token.startOffset));
    // A string or character reported on this line may have swallowed the opening bracket.
    const known = this.report.errors.some(
      (error) =>
        error.source === source &&
        error.span.start >= start &&
        error.span.start < token.startOffset,
    );
    if (known) return;
    this.error(token, 'unmatched-bracket', `unmatched '${token.image}'`, 'closes nothing');
  }

  private mismatch(token: Token, opener: Token): void {
    const { source } = this;
    const span = { start: token.startOffset, end: t.endOf(token) };
    const from = { start: opener.startOffset, end: t.endOf(opener) };
    const line = source.line(from.start);
    const title =
      `closing parenthesis '${token.image}' does not match opening parenthesis '${opener.image}'` +
      (line === source.line(span.start) ? '' : ` on line ${line}`);
    const code: SyntaxCode = 'unmatched-bracket';
    this.report.error(source, span, code, title, {
      related: [{ source, span: from, label: 'opened here' }],
    });
  }

  /**
   * Brackets are open where a statement begins or the text ends: report the innermost of the
   * statement in which they opened, and go back to where that must have ended. L4
   *
   * @param limit index of the line break before that statement, or the number of tokens
   * @returns     index of the line break to go on from, or the number of tokens
   */
  private neverClosed(limit: number): number {
    const { tokens, source, out } = this;
    const end = this.statementEnd(limit);
    const endOffset = tokens[end]?.startOffset ?? source.text.length;
    const last = this.opened.findLast(({ index }) => index < end)!.token;
    // What was reported on its line or after it may have swallowed or been the closing bracket.
    const { start } = source.lineSpan(source.line(last.startOffset));
    const known = this.report.errors.some(
      (error) =>
        error.source === source && error.span.start >= start && error.span.start < endOffset,
    );
    if (!known) this.error(last, 'unclosed-bracket', `'${last.image}' was never closed`, null);
    this.opened = [];
    if (end === tokens.length) return end;
    while (out.at(-1)!.startOffset > endOffset) out.pop();
    this.endLine(endOffset);
    return end;
  }

  /**
   * Where the statement that opened the outermost bracket must have ended: with its line, if that
   * is the head of a block with its colon, or else before the first line indented no more than it.
   */
  private statementEnd(limit: number): number {
    const { tokens } = this;
    const head = this.out[this.lineStart];
    const isHead = head !== undefined && HEADS_BLOCK.has(head.tokenTypeIdx);
    const { column } = this.blocks.at(-1)!;
    for (let i = this.opened[0]!.index + 1; i < limit; i++) {
      if (tokens[i]!.tokenTypeIdx !== LINE_BREAK || i + 1 === tokens.length) continue;
      if (isHead && tokens[i - 1]!.tokenTypeIdx === COLON) return i;
      if (this.indentation(t.endOf(tokens[i]!)).column <= column) return i;
    }
    return limit;
  }

  // ---------------------------------------------------------------- words

  /** Make `in` after `not`, or `not` after `is`, one operator with the word before it. */
  private mergeOperator(token: Token): boolean {
    const before = this.out.at(-1);
    if (before === undefined) return false;
    const isNotIn = token.tokenTypeIdx === IN && before.tokenTypeIdx === NOT;
    const isIsNot = token.tokenTypeIdx === NOT && before.tokenTypeIdx === IS;
    if (!isNotIn && !isIsNot) return false;
    const image = this.source.text.slice(before.startOffset, t.endOf(token));
    this.out[this.out.length - 1] = t.makeToken(
      isNotIn ? t.NotIn : t.IsNot,
      image,
      before.startOffset,
    );
    return true;
  }

  // ------------------------------------------------------------- mistakes

  private mixedIndent(token: Token): void {
    this.error(
      token,
      'mixed-indent',
      'inconsistent use of tabs and spaces in indentation',
      'how deep this is depends on the width of a tab',
      'indent with spaces alone',
    );
  }

  private tooDeep(token: Token, title: string): void {
    this.error(token, 'too-deep', title, null, null);
    this.stopped = true; // L5
  }

  private error(
    token: Token,
    code: SyntaxCode,
    title: string,
    label: string | null,
    help: string | null = null,
  ): void {
    const span = { start: token.startOffset, end: t.endOf(token) };
    this.report.error(this.source, span, code, title, { label, help });
  }
}

/** Whether a closing bracket is the one for an opening one. */
function closes(token: Token, opener: Opened): boolean {
  return CLOSER_OF.get(opener.token.tokenTypeIdx)!.tokenTypeIdx === token.tokenTypeIdx;
}
