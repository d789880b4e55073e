// The parser: all layers of the grammar together, and what a module is.

import type { Source } from '../diagnostics/source.ts';
import type { Report } from '../diagnostics/report.ts';
import { choices } from './grammar-base.ts';
import type { Rule } from './grammar-base.ts';
import { GrammarDefinitions } from './grammar-definitions.ts';
import { Enough } from './grammar-recovery.ts';
import * as t from './tokens.ts';
import type { Token } from './tokens.ts';
import type { Module, Statement } from './tree.ts';

export class Grammar extends GrammarDefinitions {
  /** @param checked as a test does, which so holds that the grammar is sound */
  constructor(checked = false) {
    super(checked);
    this.performSelfAnalysis();
  }

  /** Read a module. Statements that were given up are missing from it. */
  parse(source: Source, report: Report, tokens: Token[]): Module {
    this.source = source;
    this.report = report;
    this.errorsBefore = report.errorCount;
    this.spoiled = report.hasErrors ? report.errors.filter((e) => e.source === source) : [];
    this.clearState();
    this.input = tokens;
    const span = { start: 0, end: source.text.length };
    try {
      return { kind: 'Module', span, body: this.module() };
    } catch (error) {
      if (error instanceof Enough) return { kind: 'Module', span, body: [] };
      throw error;
    } finally {
      this.input = []; // keep nothing of the file
      this.joinedStrings.clear();
    }
  }

  // module = statements .
  readonly module = this.RULE('module', (): Statement[] => this.SUBRULE(this.statements));

  // statements = {statement} .
  protected readonly statements: Rule<Statement[]> = this.RULE('statements', (): Statement[] => {
    const body: Statement[] = [];
    const read = (): void => this.readStatement(body);
    // A mistaken statement may begin with anything, so the end of the block decides.
    if (this.RECORDING_PHASE) this.MANY(read);
    else this.readUntilBlockEnd(read);
    return body;
  });

  // statement = simpleLine | compound .
  private readStatement(body: Statement[]): void {
    if (this.RECORDING_PHASE) {
      this.OR([
        { ALT: () => this.SUBRULE(this.simpleLine, { ARGS: [body] }) },
        { ALT: () => this.SUBRULE(this.compound) },
      ]);
    } else if (beginsCompound(this.LA(1))) {
      body.push(this.chosen(1, this.compoundKinds));
    } else {
      this.SUBRULE(this.simpleLine, { ARGS: [body] });
    }
  }

  // simpleLine = simple {';' [simple]} Newline .
  protected readonly simpleLine = this.RULE('simpleLine', (body: Statement[]): void => {
    const first = this.inline(1, this.simple);
    this.ACTION(() => body.push(first));
    if (this.RECORDING_PHASE || this.at(t.Semicolon)) {
      this.restOfList(
        beginsSimple,
        () => {
          const next = this.inline(2, this.simple);
          this.ACTION(() => body.push(next));
        },
        null,
        t.Semicolon,
      );
    }
    this.CONSUME(t.Newline);
  });

  private readonly compoundKinds = choices<Statement>(
    [[t.If], () => this.SUBRULE(this.ifStatement)],
    [[t.While], () => this.SUBRULE(this.whileStatement)],
    [[t.For], () => this.SUBRULE(this.forStatement)],
    [[t.Try], () => this.SUBRULE(this.tryStatement)],
    [[t.With], () => this.SUBRULE(this.withStatement)],
    [[t.Def], () => this.SUBRULE(this.functionDef, { ARGS: [[]] })],
    [[t.Class], () => this.SUBRULE(this.classDef, { ARGS: [[]] })],
    [[t.At], () => this.SUBRULE(this.decorated)],
    [[t.Async], () => this.SUBRULE(this.asyncStatement)],
    [[t.Match], () => this.SUBRULE(this.matchStatement)],
  );

  // compound = ifStatement | whileStatement | forStatement | tryStatement | withStatement
  //          | functionDef | classDef | decorated | asyncStatement | matchStatement .
  private readonly compound: Rule<Statement> = this.RULE('compound', () =>
    this.chosen(1, this.compoundKinds),
  );
}

// prettier-ignore
const beginsCompound = t.anyOf(
  t.If, t.While, t.For, t.Try, t.With, t.Def, t.Class, t.At, t.Async, t.Match,
);

/** Anything but the end of the line: what begins no statement is to be seen as one, and refused. */
const beginsSimple = (token: Token): boolean => !t.endsLine(token);
