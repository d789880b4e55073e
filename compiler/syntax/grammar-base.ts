// What all layers of the grammar share: how rules are written, places, and mistakes.
//
// The grammar is one parser in layers, each a class that extends the one below it:
//
//     grammar-base         this
//     grammar-operations   expressions: choices, lambdas, operators, what follows a primary
//     grammar-displays     brackets: groups, tuples, lists, sets, dicts, comprehensions
//     grammar-calls        arguments, subscripts
//     grammar-parameters   what functions receive
//     grammar-strings      strings side by side, f-strings
//     grammar-patterns     what follows `case`
//     grammar-simple       statements of one line
//     grammar-recovery     where a mistake ends
//     grammar-blocks       blocks, and the statements that choose and repeat
//     grammar-definitions  with, definitions, match
//     grammar              the parser itself
//
// A rule's comment is its line of grammar: 'x' a word, [ ] optional, { } any number, | or.
// Chevrotain runs each rule once on placeholders to learn the grammar, so what builds the tree is
// in `ACTION`.
//
// Chevrotain's SUBRULE, OR, MANY and OPTION take four, three, five and four host frames. Where
// rules nest (brackets in brackets, blocks in blocks) that was 45 frames a bracket, and 150
// brackets
// exhausted a fresh stack. So those rules use the methods here, which learn as Chevrotain's do and
// then take one or two frames: `inline`, `chosen`, `ifAt`, `whileAt`, `restOfList`. What begins
// their parts is told to them by tables (tokens.ts); with one token of look-ahead that is all there
// is to know. It brought 20 frames a bracket, and a file is read in two thirds of the time.
//
//   G1. One token of look-ahead decides, and nothing is read twice.
//   G2. A mistake that leaves no doubt what was meant is reported, and reading goes on. Any other
//       throws, the statement is given up, and reading goes on at the next (grammar-recovery.ts).
//   G3. A line with a mistake already reported gets no second report for being thrown out.
//   G4. Rules call each other only through brackets, blocks and lambda parameters, whose depth is
//       bounded (limits.ts); all else is loops.

import { EmbeddedActionsParser } from 'chevrotain';
import type { IOrAlt, IParserErrorMessageProvider, ParserMethod, TokenType } from 'chevrotain';

import { Source } from '../diagnostics/source.ts';
import { Report } from '../diagnostics/report.ts';
import type { Details, Diagnostic } from '../diagnostics/report.ts';
import { LAMBDAS_MAX } from './limits.ts';
import { LookaheadWhenUsed } from './lookahead.ts';
import type { SyntaxCode } from './mistakes.ts';
import { Operators } from './operators.ts';
import * as t from './tokens.ts';
import type { Token } from './tokens.ts';
import type { Expression, Span } from './tree.ts';

/** A rule as other rules call it. */
export type Rule<Result, Args extends unknown[] = []> = ParserMethod<Args, Result>;

/** A rule that other rules may read as if it were part of them. */
export type Inlined<Result> = Rule<Result> & { readonly read: () => Result };

/** Alternatives, each with the tokens that may begin it. */
export interface Choices<Result> {
  readonly learned: readonly (IOrAlt<Result> & { readonly ALT: () => Result })[];
  readonly byHead: readonly ((() => Result) | undefined)[];
}

/** Make a table of alternatives, once for each parser. */
export function choices<Result>(
  ...rows: readonly (readonly [heads: readonly TokenType[], read: () => Result])[]
): Choices<Result> {
  const byHead: (() => Result)[] = [];
  for (const [heads, read] of rows) {
    for (const head of heads) byHead[head.tokenTypeIdx!] = read;
  }
  return { learned: rows.map(([, read]) => ({ ALT: read })), byHead };
}

/** A statement that is given up; carries its diagnostic. G2 */
export class Mistake extends Error {
  readonly span: Span;
  readonly code: SyntaxCode;
  readonly details: Details;

  constructor(span: Span, code: SyntaxCode, title: string, details: Details) {
    super(title);
    this.span = span;
    this.code = code;
    this.details = details;
  }
}

/**
 * What Chevrotain's own exceptions say: only which token was expected, if just one was. The words
 * for people are chosen in explain.ts.
 */
const EXPECTED_ONLY: IParserErrorMessageProvider = {
  buildMismatchTokenMessage: ({ expected }) => expected.name,
  buildNotAllInputParsedMessage: () => '',
  buildNoViableAltMessage: () => '',
  buildEarlyExitMessage: () => '',
};

/** Index of the production that `restOfList` learns; no rule has two lists. */
const LIST = 9;

export abstract class GrammarBase extends EmbeddedActionsParser {
  protected source: Source;
  protected report: Report;
  protected readonly operators = new Operators();
  /** Strings made of several on one line, with the place of the second: see grammar-strings.ts. */
  protected readonly joinedStrings = new Map<Expression, Span>();
  /** What the lexer and layout reported of this source. */
  protected spoiled: readonly Diagnostic[] = [];
  private spoiledLine = { start: 0, end: -1, isSpoiled: false };
  private lambdas = 0;

  /** @param checked whether Chevrotain looks for mistakes in the grammar, which takes long */
  constructor(checked: boolean) {
    super(t.VOCABULARY, {
      recoveryEnabled: false, // our own, at statements: G2
      maxLookahead: 1, // G1
      lookaheadStrategy: new LookaheadWhenUsed({ maxLookahead: 1 }),
      skipValidations: !checked,
      errorMessageProvider: EXPECTED_ONLY,
    });
    this.source = new Source('', '');
    this.report = new Report();
  }

  // ---------------------------------------------------------------- rules

  /** Define a rule that others read inline. It must use nothing of Chevrotain that looks ahead. */
  protected inlined<Result>(name: string, read: () => Result): Inlined<Result> {
    return Object.assign(this.RULE(name, read), { read });
  }

  /** Read such a rule, without a call of its own. */
  protected inline<Result>(index: number, rule: Inlined<Result>): Result {
    return this.RECORDING_PHASE ? this.subrule(index, rule) : rule.read();
  }

  /** The alternative that the next token begins. */
  protected chosen<Result>(index: number, { learned, byHead }: Choices<Result>): Result {
    if (this.RECORDING_PHASE) return this.or<IOrAlt<Result>[]>(index, [...learned]);
    const read = byHead[this.LA(1).tokenTypeIdx];
    return read === undefined ? this.failHere() : read();
  }

  /** [part], if the next token may begin it. */
  protected ifAt(index: number, begins: (token: Token) => boolean, part: () => void): void {
    if (this.RECORDING_PHASE) this.option(index, part);
    else if (begins(this.LA(1))) part();
  }

  /** {part}, as long as the next token may begin one. */
  protected whileAt(index: number, begins: (token: Token) => boolean, part: () => void): void {
    if (this.RECORDING_PHASE) this.many(index, part);
    else while (begins(this.LA(1))) part();
  }

  /**
   * {',' [item]}: a list after its first item, with a comma after the last one or not.
   *
   * @param forgotten told whether it said so before; gives whether a comma was forgotten here
   * @returns whether there was a comma
   */
  protected restOfList(
    begins: (token: Token) => boolean,
    item: () => void,
    forgotten: ((again: boolean) => boolean) | null = null,
    separator: TokenType = t.Comma,
  ): boolean {
    if (this.RECORDING_PHASE) {
      this.many(LIST, () => {
        this.consume(LIST, separator);
        this.option(LIST, item);
      });
      return false;
    }
    let separated = false;
    let reported = false;
    for (;;) {
      if (this.at(separator)) {
        this.consume(LIST, separator);
        separated = true;
        if (this.at(separator)) this.failHere();
        if (!begins(this.LA(1))) return true;
      } else {
        if (forgotten === null || !forgotten(reported)) return separated;
        reported = true;
        separated = true;
      }
      item();
    }
  }

  /** Whether the next token is of a type. */
  protected at(type: TokenType): boolean {
    return this.LA(1).tokenTypeIdx === type.tokenTypeIdx;
  }

  // --------------------------------------------------------------- places

  /** From an offset to the end of the token read last. */
  protected since(start: number): Span {
    return { start, end: t.endOf(this.LA(0)) };
  }

  protected spanOf(token: Token): Span {
    return { start: token.startOffset, end: t.endOf(token) };
  }

  /** A name, in normal form KC. */
  protected nameOf(token: Token): string {
    const { image } = token;
    for (let i = 0; i < image.length; i++) {
      if (image.charCodeAt(i) >= 0x80) return image.normalize('NFKC');
    }
    return image;
  }

  // ------------------------------------------------------------- mistakes

  /** Report a mistake and go on. */
  protected error(span: Span, code: SyntaxCode, title: string, details: Details = {}): void {
    this.report.error(this.source, span, code, title, details);
  }

  /** Give the statement up. */
  protected fail(span: Span, code: SyntaxCode, title: string, details: Details = {}): never {
    throw new Mistake(span, code, title, details);
  }

  /** Give the statement up at the next token, with whatever explain.ts finds to say. */
  protected failHere(): never {
    return this.fail(this.spanOf(this.LA(1)), 'syntax', '');
  }

  /** Give the statement up at a token that was read. */
  protected failAt(token: Token, label = `'${token.image}' does not fit here`): never {
    return this.fail(this.spanOf(token), 'syntax', 'invalid syntax', { label });
  }

  /** Whether the lexer or layout reported something on the line of the next token. G3 */
  protected isLineSpoiled(): boolean {
    if (this.spoiled.length === 0) return false;
    const { startOffset } = this.LA(1);
    // A line may be as long as its file, and ask at each of its brackets: ask once for it.
    if (startOffset < this.spoiledLine.start || startOffset > this.spoiledLine.end) {
      this.spoiledLine = { ...this.lineHere(), isSpoiled: this.isLineIn(this.spoiled) };
    }
    return this.spoiledLine.isSpoiled;
  }

  /** Whether one of some errors of this source is on the line of the next token. */
  protected isLineIn(errors: readonly Diagnostic[]): boolean {
    const { start, end } = this.lineHere();
    return errors.some(
      ({ source, span }) => source === this.source && span.start >= start && span.start <= end,
    );
  }

  /** The line of the program that the next token is on. */
  private lineHere(): Span {
    // Where the line ended too early, it is the line before that cannot be read.
    let back = t.isEnd(this.LA(1)) || this.at(t.Newline) || this.at(t.Dedent) ? -1 : 0;
    while (!t.endsLine(this.LA(back))) back -= 1;
    let ahead = back + 1;
    while (!t.endsLine(this.LA(ahead))) ahead += 1;
    return {
      start: t.isEnd(this.LA(back)) ? 0 : t.endOf(this.LA(back)),
      end: t.isEnd(this.LA(ahead)) ? this.source.text.length : this.LA(ahead).startOffset,
    };
  }

  /** Count a lambda's parameters as open; each has its `leaveLambda`, or a `clearState`. G4 */
  protected enterLambda(lambda: Token): void {
    this.lambdas += 1;
    if (this.lambdas > LAMBDAS_MAX) {
      this.fail(this.spanOf(lambda), 'too-deep', 'too many nested lambdas');
    }
  }

  protected leaveLambda(): void {
    this.lambdas -= 1;
  }

  /** Forget what a statement that was given up had open. */
  protected clearState(): void {
    this.lambdas = 0;
    this.spoiledLine = { start: 0, end: -1, isSpoiled: false };
    this.operators.clear();
  }
}
