// Blocks, and the statements that choose and repeat.

import type { Rule } from './grammar-base.ts';
import { GrammarRecovery } from './grammar-recovery.ts';
import { describe } from './targets.ts';
import * as t from './tokens.ts';
import type { Token } from './tokens.ts';
import type { ExceptHandler, Expression, For, If, Statement } from './tree.ts';

/** An `if` or `elif` with its condition and block. */
interface Branch {
  readonly start: number;
  readonly test: Expression;
  readonly body: readonly Statement[];
}

export abstract class GrammarBlocks extends GrammarRecovery {
  protected abstract readonly simpleLine: Rule<void, [body: Statement[]]>;

  // block = ':' (Newline Indent statements Dedent | simpleLine) .
  private readonly block = this.RULE('block', (head: Token, what: string) =>
    this.readBlock(head, what),
  );

  /** The block of a head; `what` is what the head is called where its block is missing. */
  protected blockOf(index: number, head: Token, what: string): Statement[] {
    if (this.RECORDING_PHASE) return this.subrule(index, this.block, { ARGS: [head, what] });
    return this.readBlock(head, what);
  }

  private readBlock(head: Token, what: string): Statement[] {
    let body: Statement[] = [];
    this.ACTION(() => this.expectHeadColon());
    this.ifAt(1, atColon, () => this.CONSUME(t.Colon));
    if (this.RECORDING_PHASE) {
      this.OR([
        { ALT: () => this.CONSUME(t.Newline) },
        { ALT: () => this.SUBRULE(this.simpleLine, { ARGS: [body] }) },
      ]);
      this.OPTION(() => {
        this.CONSUME(t.Indent);
        this.SUBRULE(this.statements);
        this.CONSUME(t.Dedent);
      });
    } else if (this.at(t.Newline)) {
      this.CONSUME(t.Newline);
      this.expectIndent(head, what);
      if (!this.at(t.Indent)) return [];
      this.CONSUME(t.Indent);
      body = this.SUBRULE(this.statements);
      this.CONSUME(t.Dedent);
    } else {
      this.SUBRULE(this.simpleLine, { ARGS: [body] });
    }
    return body;
  }

  /** Whether the head read last had no colon. */
  private colonMissing = false;

  /** A line that ends without its colon leaves no doubt; anything else does. */
  protected expectHeadColon(): void {
    this.colonMissing = false;
    if (this.at(t.Colon)) return;
    if (!this.at(t.Newline)) this.CONSUME(t.Colon); // cannot fit, so it is explained
    const end = t.endOf(this.LA(0));
    this.error({ start: end, end }, 'missing-colon', "expected ':'");
    this.colonMissing = true;
  }

  protected expectIndent(head: Token, what: string): void {
    if (this.at(t.Indent) || this.colonMissing) return; // one mistake is enough for a line
    const line = this.source.line(head.startOffset);
    const next = this.LA(1);
    const last = this.LA(0); // the Newline, which stands at the end of the head
    const isEnd = t.isEnd(next) || next.startOffset >= this.source.text.length;
    const span = this.spanOf(isEnd ? last : next);
    const title = `expected an indented block after ${what} on line ${line}`;
    const help =
      head.tokenTypeIdx === t.Match.tokenTypeIdx
        ? null
        : "write 'pass' where nothing is to be done";
    this.error(span, 'missing-block', title, { help });
  }

  /** Where a block ends, or its head if it is missing. */
  protected endOfBlock(head: Token, ...blocks: (readonly Statement[] | undefined)[]): number {
    const last = blocks.findLast((block) => block !== undefined && block.length > 0);
    return last?.at(-1)!.span.end ?? t.endOf(head);
  }

  // condition = named ['=' named] .     the second only to say what is wrong with it
  private readonly condition = this.RULE('condition', (): Expression => {
    const test = this.SUBRULE1(this.named);
    this.OPTION(() => {
      const equal = this.CONSUME(t.Equal);
      this.ACTION(() => this.assignedCondition(test, equal));
      this.SUBRULE2(this.named);
    });
    return test;
  });

  private assignedCondition(target: Expression, equal: Token): void {
    const isName = target.kind === 'Name';
    const title = isName
      ? "invalid syntax. Maybe you meant '==' or ':=' instead of '='?"
      : `cannot assign to ${describe(target)} here. Maybe you meant '==' instead of '='?`;
    this.error(this.spanOf(equal), 'assign-in-expression', title, {
      help: "write '==' to compare",
    });
  }

  // ifStatement = 'if' condition block {'elif' condition block} ['else' block] .
  protected readonly ifStatement = this.RULE('ifStatement', (): Statement => {
    const head = this.CONSUME(t.If);
    const test = this.SUBRULE1(this.condition);
    const body = this.blockOf(1, head, "'if' statement");
    const branches: Branch[] = [{ start: head.startOffset, test, body }];
    this.MANY(() => {
      const elif = this.CONSUME(t.Elif);
      const elifTest = this.SUBRULE2(this.condition);
      const elifBody = this.blockOf(2, elif, "'elif' statement");
      branches.push({ start: elif.startOffset, test: elifTest, body: elifBody });
    });
    const orelse = this.SUBRULE(this.orElse);
    return this.ACTION(() => {
      const end = this.endOfBlock(head, ...branches.map((branch) => branch.body), orelse);
      let rest: readonly Statement[] = orelse;
      for (const branch of branches.toReversed()) {
        const span = { start: branch.start, end };
        const node: If = { kind: 'If', span, test: branch.test, body: branch.body, orelse: rest };
        rest = [node];
      }
      return rest[0]!;
    });
  });

  // orElse = ['else' block] .
  protected readonly orElse = this.RULE('orElse', (): Statement[] => {
    let body: Statement[] = [];
    this.OPTION(() => {
      const head = this.CONSUME(t.Else);
      body = this.blockOf(0, head, "'else' statement");
    });
    return body;
  });

  // whileStatement = 'while' condition block ['else' block] .
  protected readonly whileStatement = this.RULE('whileStatement', (): Statement => {
    const head = this.CONSUME(t.While);
    const test = this.SUBRULE(this.condition);
    const body = this.blockOf(0, head, "'while' statement");
    const orelse = this.SUBRULE(this.orElse);
    return this.ACTION(() => {
      const span = { start: head.startOffset, end: this.endOfBlock(head, body, orelse) };
      return { kind: 'While', span, test, body, orelse };
    });
  });

  // forStatement = 'for' targets 'in' elements block ['else' block] .
  protected readonly forStatement = this.RULE('forStatement', (): For => {
    const head = this.CONSUME(t.For);
    const target = this.SUBRULE(this.targets);
    this.CONSUME(t.In);
    const iter = this.SUBRULE(this.elements);
    this.ACTION(() => this.refuseStar(iter));
    const body = this.blockOf(0, head, "'for' statement");
    const orelse = this.SUBRULE(this.orElse);
    return this.ACTION(() => {
      const span = { start: head.startOffset, end: this.endOfBlock(head, body, orelse) };
      return { kind: 'For', span, target, iter, body, orelse };
    });
  });

  // ------------------------------------------------------------------ try

  // tryStatement = 'try' block {handler} ['else' block] ['finally' block] .
  protected readonly tryStatement = this.RULE('tryStatement', (): Statement => {
    const head = this.CONSUME(t.Try);
    const body = this.blockOf(1, head, "'try' statement");
    const handlers: ExceptHandler[] = [];
    let stars = 0;
    this.MANY(() => {
      this.ACTION(() => {
        if (this.LA(2).tokenTypeIdx === t.Star.tokenTypeIdx) stars += 1;
      });
      const handler = this.SUBRULE(this.handler);
      this.ACTION(() => {
        handlers.push(handler);
        this.checkHandlers(handlers, stars);
      });
    });
    const orelse = this.SUBRULE(this.orElse);
    let finalbody: Statement[] = [];
    let final: Token | undefined;
    this.OPTION(() => {
      final = this.CONSUME(t.Finally);
      finalbody = this.blockOf(2, final, "'finally' statement");
    });
    return this.ACTION(() => {
      // Where the block is missing, so much has been said, and what should follow comes later.
      const isBare = handlers.length === 0 && (final === undefined || orelse.length > 0);
      if (isBare && body.length > 0) {
        const title = "expected 'except' or 'finally' block";
        this.error(this.spanOf(head), 'bad-handler', title, { label: 'nothing follows this try' });
      }
      const bodies = handlers.map((handler) => handler.body);
      const end = this.endOfBlock(head, body, ...bodies, orelse, finalbody);
      const kind = stars > 0 ? 'TryStar' : 'Try';
      return { kind, span: { start: head.startOffset, end }, body, handlers, orelse, finalbody };
    });
  });

  /** Look at the handler that came last. */
  private checkHandlers(handlers: readonly ExceptHandler[], stars: number): void {
    const last = handlers.at(-1)!;
    const span = { start: last.span.start, end: last.span.start + 'except'.length };
    if (stars !== 0 && stars !== handlers.length) {
      const title = "cannot have both 'except' and 'except*' on the same 'try'";
      this.error(span, 'bad-handler', title);
    }
    const before = handlers.at(-2);
    if (before !== undefined && before.type === null) {
      const at = { start: before.span.start, end: before.span.start + 'except'.length };
      this.error(at, 'bad-handler', "default 'except:' must be last");
    }
  }

  // handler = 'except' ['*'] [expression ['as' name]] block .
  private readonly handler = this.RULE('handler', (): ExceptHandler => {
    const head = this.CONSUME(t.Except);
    const star = this.OPTION1(() => this.CONSUME(t.Star));
    let type: Expression | null = null;
    let name: Token | null = null;
    this.OPTION2(() => {
      type = this.SUBRULE(this.expression);
      this.ACTION(() => this.refuseSeveralTypes(type!));
      this.OPTION3(() => {
        this.CONSUME(t.As);
        name = this.CONSUME(t.Name);
      });
    });
    this.ACTION(() => {
      if (star === undefined || type !== null) return;
      this.fail(this.spanOf(star), 'bad-handler', 'expected one or more exception types');
    });
    const what = star === undefined ? "'except' statement" : "'except*' statement";
    const body = this.blockOf(0, head, what);
    return this.ACTION(() => ({
      kind: 'ExceptHandler',
      span: { start: head.startOffset, end: this.endOfBlock(head, body) },
      type,
      name: name === null ? null : this.nameOf(name),
      nameSpan: name === null ? null : this.spanOf(name),
      body,
    }));
  });

  private refuseSeveralTypes(type: Expression): void {
    if (!this.at(t.Comma)) return;
    const title = 'multiple exception types must be parenthesized';
    this.fail(this.since(type.span.start), 'missing-parentheses', title);
  }
}

const atColon = t.anyOf(t.Colon);
