// Where a mistake ends.
//
// A statement that is given up (G2 in grammar-base.ts) is reported, what is left of its line is
// skipped, the block below it is still read for its own mistakes, and reading goes on with the next
// statement. So all mistakes of a file are found in one reading:
//
//     if x == :          reported, line skipped
//         y = = 1        reported: the block is read all the same
//     else:              skipped: what it belonged to was given up
//         z = 1
//     print(z            the next statement, reported for itself
//
//   R1. Each call reads at least one token, so reading ends.
//   R2. A statement is given up only at its own level: blocks within it end their own mistakes. So
//       indents and dedents stay in step.

import { isRecognitionException } from 'chevrotain';

import { explain } from './explain.ts';
import { Mistake } from './grammar-base.ts';
import { GrammarSimple } from './grammar-simple.ts';
import type { Rule } from './grammar-base.ts';
import * as t from './tokens.ts';
import type { Token } from './tokens.ts';
import type { Statement } from './tree.ts';

/** Errors after which the rest of a file is not read: nobody mends more at once. */
const ERRORS_READ_MAX = 100;

/** Thrown when ERRORS_READ_MAX is reached. */
export class Enough extends Error {}

/** What begins a clause of a statement above it. */
const beginsClause = t.anyOf(t.Elif, t.Else, t.Except, t.Finally, t.Case);

export abstract class GrammarRecovery extends GrammarSimple {
  protected abstract readonly statements: Rule<Statement[]>;

  /** Errors reported before this file was read. */
  protected errorsBefore = 0;
  /** Whether the statement before was given up, so that an `else` after it has no owner. */
  private gaveUp = false;

  /** Read statements or clauses by `read` until the block ends, past all mistakes. */
  protected readUntilBlockEnd(read: () => void): void {
    this.gaveUp = false;
    while (!this.atBlockEnd()) this.readOne(read);
  }

  private readOne(read: () => void): void {
    const first = this.LA(1);
    try {
      if (this.at(t.Indent)) {
        this.unexpectedIndent();
      } else if (this.gaveUp && first.tokenType !== t.Case && beginsClause(first)) {
        this.skipStatement(first);
        this.gaveUp = true;
      } else {
        read();
        this.gaveUp = false;
      }
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      if (!(error instanceof Mistake) && !isRecognitionException(error)) throw error;
      this.clearState();
      this.reportGivenUp(error, first);
      if (this.report.errorCount - this.errorsBefore > ERRORS_READ_MAX) throw new Enough();
      this.skipStatement(first);
      this.gaveUp = true;
    }
  }

  protected atBlockEnd(): boolean {
    return this.at(t.Dedent) || t.isEnd(this.LA(1));
  }

  /** Report why a statement was given up, unless something on its line is known already. G3 */
  private reportGivenUp(error: Error, first: Token): void {
    if (this.isLineIn(this.report.errors)) return;
    if (error instanceof Mistake && error.message !== '') {
      this.error(error.span, error.code, error.message, error.details);
      return;
    }
    const { span, code, title, details } = explain({
      source: this.source,
      look: (distance) => this.LA(distance),
      // Chevrotain's message is the name of the one token that was expected, if it was just one.
      expected: error instanceof Mistake ? '' : error.message,
      first,
    });
    this.error(span, code, title, details);
  }

  /** Go past what is left of a statement's line, and past the block below it. R1 */
  private skipStatement(first: Token): void {
    const isNextLine = t.endsLine(this.LA(0)) && this.LA(1) !== first;
    if (!isNextLine) {
      while (!t.endsLine(this.LA(1))) this.SKIP_TOKEN();
      if (this.at(t.Newline)) this.SKIP_TOKEN();
    }
    if (this.at(t.Indent)) this.skipBlock();
  }

  private unexpectedIndent(): void {
    const next = this.LA(2);
    const { column } = this.source.position(next.startOffset);
    this.error(this.spanOf(next), 'unexpected-indent', 'unexpected indent', {
      label: `column ${column}, but nothing before it opens a block`,
    });
    this.skipBlock();
    this.gaveUp = false;
  }

  /** Read an indented block where the grammar has none, for the mistakes in it. R2 */
  private skipBlock(): void {
    this.SKIP_TOKEN();
    this.SUBRULE(this.statements);
    if (this.at(t.Dedent)) this.SKIP_TOKEN();
  }
}
