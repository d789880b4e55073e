// Expressions, from the outside in: choices and lambdas, operators, and what follows a primary.

import { choices, GrammarBase } from './grammar-base.ts';
import type { Inlined, Rule } from './grammar-base.ts';
import { numberValue } from './literals.ts';
import { describe } from './targets.ts';
import * as t from './tokens.ts';
import type { Token } from './tokens.ts';
import type { Arguments, Call, ConstantValue, Expression, Name } from './tree.ts';

/** What a call has in its parentheses. */
export type CallArguments = Pick<Call, 'args' | 'keywords'>;

/** A lambda or choice whose last part is still to come. */
type Pending =
  | { readonly kind: 'lambda'; readonly start: number; readonly args: Arguments }
  | {
      readonly kind: 'choice';
      readonly start: number;
      readonly body: Expression;
      readonly test: Expression;
    };

const DOT = t.Dot.tokenTypeIdx;
const OPEN_PAREN = t.OpenParen.tokenTypeIdx;
const OPEN_SQUARE = t.OpenSquare.tokenTypeIdx;

const atLambda = t.anyOf(t.Lambda);
const atIf = t.anyOf(t.If);
const atWalrus = t.anyOf(t.ColonEqual);
const isTightInfix = (token: Token): boolean =>
  t.isInfix(token) && t.infixOf(token).level > t.LEVEL.compare;

export abstract class GrammarOperations extends GrammarBase {
  protected abstract readonly group: Rule<Expression>;
  protected abstract readonly list: Rule<Expression>;
  protected abstract readonly braces: Rule<Expression>;
  protected abstract readonly strings: Rule<Expression>;
  protected abstract readonly callArguments: Rule<CallArguments>;
  protected abstract readonly subscript: Rule<Expression>;
  protected abstract readonly parameters: Rule<Arguments, [annotated: boolean]>;

  // expression = {lambdaHead} operation {'if' operation 'else' {lambdaHead} operation} .
  //
  // All after a lambda's colon or an `else` belongs to it as its last part, so the parts wait in a
  // list and are put together from the right.
  protected readonly expression = this.RULE('expression', (): Expression => {
    if (!this.RECORDING_PHASE && !atLambda(this.LA(1))) {
      const { startOffset } = this.LA(1);
      const value = this.operation.read();
      return this.at(t.If) ? this.readChoices([], value, startOffset) : value;
    }
    const pending: Pending[] = [];
    this.whileAt(1, atLambda, () => pending.push(this.SUBRULE1(this.lambdaHead)));
    const { startOffset } = this.LA(1);
    const value = this.inline(1, this.operation);
    return this.readChoices(pending, value, startOffset);
  });

  private readChoices(pending: Pending[], first: Expression, firstStart: number): Expression {
    let value = first;
    let start = firstStart;
    this.whileAt(2, atIf, () => {
      this.CONSUME(t.If);
      const test = this.inline(2, this.operation);
      this.ACTION(() => {
        if (!this.at(t.Else)) this.missingElse(start);
        pending.push({ kind: 'choice', start, body: value, test });
      });
      this.CONSUME(t.Else);
      this.whileAt(3, atLambda, () => pending.push(this.SUBRULE2(this.lambdaHead)));
      start = this.LA(1).startOffset;
      value = this.inline(3, this.operation);
    });
    return this.ACTION(() => this.complete(pending, value));
  }

  private complete(pending: readonly Pending[], last: Expression): Expression {
    let value = last;
    for (const part of pending.toReversed()) {
      const span = this.since(part.start);
      value =
        part.kind === 'lambda'
          ? { kind: 'Lambda', span, args: part.args, body: value }
          : { kind: 'IfExp', span, test: part.test, body: part.body, orelse: value };
    }
    return value;
  }

  private missingElse(start: number): never {
    const title = "expected 'else' after 'if' expression";
    return this.fail(this.since(start), 'syntax', title, { help: "write 'a if condition else b'" });
  }

  // lambdaHead = 'lambda' parameters ':' .
  private readonly lambdaHead = this.RULE('lambdaHead', (): Pending => {
    const lambda = this.CONSUME(t.Lambda);
    this.ACTION(() => this.enterLambda(lambda));
    const args = this.SUBRULE(this.parameters, { ARGS: [false] });
    this.ACTION(() => this.leaveLambda());
    this.CONSUME(t.Colon);
    return { kind: 'lambda', start: lambda.startOffset, args };
  });

  // named = expression [':=' expression] .
  protected readonly named: Inlined<Expression> = this.inlined('named', () => {
    const { startOffset: start } = this.LA(1);
    let value = this.SUBRULE1(this.expression);
    if (!this.RECORDING_PHASE && !this.at(t.ColonEqual)) return value;
    this.ifAt(1, atWalrus, () => {
      const bare = this.ACTION(() => this.isBareName(value, start));
      const operator = this.CONSUME(t.ColonEqual);
      const assigned = this.SUBRULE2(this.expression);
      value = this.ACTION(() => this.walrus(value, bare, operator, assigned));
    });
    return value;
  });

  /** Whether what was read since `start` is a name and nothing else, not even parentheses. */
  protected isBareName(value: Expression, start: number): boolean {
    const { span } = value;
    return value.kind === 'Name' && span.start === start && span.end === t.endOf(this.LA(0));
  }

  private walrus(
    target: Expression,
    bare: boolean,
    operator: Token,
    value: Expression,
  ): Expression {
    const span = this.since(target.span.start);
    if (target.kind === 'Name' && bare) return { kind: 'NamedExpr', span, target, value };
    const title = `cannot use assignment expressions with ${describe(target)}`;
    const label = "':=' binds a name without parentheses, and nothing else";
    this.error(this.spanOf(operator), 'bad-target', title, { label });
    return value;
  }

  // ------------------------------------------------------------ operators

  // operation = {prefix} primary {infix {prefix} primary} .     grouped by operators.ts
  protected readonly operation: Inlined<Expression> = this.inlined('operation', () => {
    this.operators.begin();
    this.whileAt(1, t.isPrefix, this.prefix);
    const { startOffset: start } = this.LA(1);
    const first = this.inline(1, this.primary);
    if (this.operators.isEmpty && !t.isInfix(this.LA(1)) && !this.RECORDING_PHASE) {
      this.operators.cancel(); // most operations are one primary
      return first;
    }
    this.ACTION(() => this.operators.operand(first, start, t.endOf(this.LA(0))));
    this.whileAt(2, t.isInfix, this.infix);
    return this.ACTION(() => this.operators.finish());
  });

  private readonly prefix = (): void => this.takePrefix(this.CONSUME1(t.PrefixOperator));

  private readonly infix = (): void => {
    const token = this.CONSUME(t.InfixOperator);
    this.ACTION(() => this.operators.infix(t.infixOf(token)));
    this.whileAt(3, t.isPrefix, this.innerPrefix);
    const { startOffset: start } = this.LA(1);
    const operand = this.inline(2, this.primary);
    this.ACTION(() => this.operators.operand(operand, start, t.endOf(this.LA(0))));
  };

  private readonly innerPrefix = (): void => this.takePrefix(this.CONSUME2(t.PrefixOperator));

  private takePrefix(token: Token): void {
    this.ACTION(() => {
      const prefix = t.prefixOf(token);
      if (!this.operators.allows(prefix)) {
        const title = `invalid syntax: '${token.image}' after an operator that binds tighter`;
        const help = `put parentheses around '${token.image}' and what it applies to`;
        this.error(this.spanOf(token), 'syntax', title, { help });
      }
      this.operators.prefix(prefix, token.startOffset);
    });
  }

  // tight = {prefix} primary {infix {prefix} primary} .     infixes that bind tighter than `in`
  protected readonly tight: Inlined<Expression> = this.inlined('tight', () => {
    this.ACTION(() => {
      if (this.at(t.Not)) this.failHere();
    });
    this.operators.begin();
    this.whileAt(1, t.isPrefix, this.prefix);
    const { startOffset: start } = this.LA(1);
    const first = this.inline(1, this.primary);
    this.ACTION(() => this.operators.operand(first, start, t.endOf(this.LA(0))));
    this.whileAt(2, isTightInfix, this.infix);
    return this.ACTION(() => this.operators.finish());
  });

  // starred = '*' tight .
  protected readonly starred: Inlined<Expression> = this.inlined('starred', () => {
    const { startOffset: start } = this.CONSUME(t.Star);
    const value = this.inline(1, this.tight);
    return this.ACTION(() => ({ kind: 'Starred', span: this.since(start), value }));
  });

  // ------------------------------------------------------------ primaries

  // primary = atom {'.' name | callArguments | '[' subscript ']'} .
  protected readonly primary: Inlined<Expression> = this.inlined('primary', () => {
    const { startOffset: start } = this.LA(1);
    let value = this.chosen(1, this.atoms);
    if (this.RECORDING_PHASE) {
      this.MANY(() =>
        this.OR2([
          { ALT: () => this.readAttribute(value, start) },
          { ALT: () => this.readCall(value, start) },
          { ALT: () => this.readSubscript(value, start) },
        ]),
      );
      return value;
    }
    for (;;) {
      switch (this.LA(1).tokenTypeIdx) {
        case DOT:
          value = this.readAttribute(value, start);
          break;
        case OPEN_PAREN:
          value = this.readCall(value, start);
          break;
        case OPEN_SQUARE:
          value = this.readSubscript(value, start);
          break;
        default:
          return value;
      }
    }
  });

  private readAttribute(value: Expression, start: number): Expression {
    this.CONSUME(t.Dot);
    const name = this.CONSUME2(t.Name);
    const attr = this.nameOf(name);
    return { kind: 'Attribute', span: this.since(start), value, attr, attrSpan: this.spanOf(name) };
  }

  private readCall(func: Expression, start: number): Expression {
    const given = this.SUBRULE(this.callArguments);
    return this.ACTION(() => ({ kind: 'Call', span: this.since(start), func, ...given }));
  }

  private readSubscript(value: Expression, start: number): Expression {
    this.CONSUME(t.OpenSquare);
    const slice = this.SUBRULE(this.subscript);
    this.CONSUME(t.CloseSquare);
    return { kind: 'Subscript', span: this.since(start), value, slice };
  }

  // atom = name | number | 'None' | 'True' | 'False' | '...' | strings | group | list | braces
  //      | 'await' primary .
  private readonly atoms = choices<Expression>(
    [[t.Name], () => this.name(this.CONSUME1(t.Name))],
    [[t.NumberLiteral], () => this.number(this.CONSUME(t.NumberLiteral))],
    [[t.StringLiteral, t.BrokenString, t.FStringStart], () => this.SUBRULE(this.strings)],
    [[t.OpenParen], () => this.SUBRULE(this.group)],
    [[t.OpenSquare], () => this.SUBRULE(this.list)],
    [[t.OpenBrace], () => this.SUBRULE(this.braces)],
    [[t.None], () => this.constant(this.CONSUME(t.None), { type: 'None' })],
    [[t.True], () => this.constant(this.CONSUME(t.True), { type: 'bool', value: true })],
    [[t.False], () => this.constant(this.CONSUME(t.False), { type: 'bool', value: false })],
    [[t.Ellipsis], () => this.constant(this.CONSUME(t.Ellipsis), { type: 'Ellipsis' })],
    [[t.Await], () => this.readAwait()],
  );

  private readAwait(): Expression {
    const { startOffset: start } = this.CONSUME(t.Await);
    // Awaiting what was awaited needs parentheses, and without bounds on it would need the stack.
    this.ACTION(() => {
      if (this.at(t.Await)) this.failHere();
    });
    const value = this.inline(1, this.primary);
    return this.ACTION(() => ({ kind: 'Await', span: this.since(start), value }));
  }

  protected name(token: Token): Name {
    return { kind: 'Name', span: this.spanOf(token), id: this.nameOf(token) };
  }

  protected constant(token: Token, value: ConstantValue): Expression {
    return { kind: 'Constant', span: this.spanOf(token), value };
  }

  protected number(token: Token): Expression {
    return this.ACTION(() => {
      const { startOffset } = token;
      const value = numberValue(token.image, (start, end, code, title, help) =>
        this.error({ start: startOffset + start, end: startOffset + end }, code, title, { help }),
      );
      return this.constant(token, value);
    });
  }
}
