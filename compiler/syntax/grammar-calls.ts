// What is handed to calls and subscripts.

import { GrammarDisplays } from './grammar-displays.ts';
import type { Inlined, Rule } from './grammar-base.ts';
import type { CallArguments } from './grammar-operations.ts';
import { ArgumentList } from './parameters.ts';
import { describe } from './targets.ts';
import * as t from './tokens.ts';
import type { Token } from './tokens.ts';
import type { Comprehension, Expression, Keyword } from './tree.ts';

/** An argument that is a comprehension without parentheses; allowed if it is the only one. */
interface BareGenerator {
  readonly elt: Expression;
  readonly generators: readonly Comprehension[];
}

export abstract class GrammarCalls extends GrammarDisplays {
  // ------------------------------------------------------------ arguments

  // callArguments = '(' [argument {',' [argument]}] ')' .
  protected readonly callArguments: Rule<CallArguments> = this.RULE(
    'callArguments',
    (): CallArguments => {
      const open = this.CONSUME(t.OpenParen);
      const list = new ArgumentList((span, code, title) => this.error(span, code, title));
      let generator: BareGenerator | null = null;
      let alone = true;
      let forgiven = false;
      if (this.RECORDING_PHASE) {
        this.OPTION(() => {
          this.SUBRULE1(this.argument, { ARGS: [list] });
          this.restOfList(t.beginsArgument, () => this.SUBRULE2(this.argument, { ARGS: [list] }));
        });
      } else if (!this.at(t.CloseParen)) {
        generator = this.readArgument(list);
        alone = !this.restOfList(
          t.beginsArgument,
          () => {
            generator = this.readArgument(list) ?? generator;
          },
          (again) => {
            const forgot = this.forgotComma(again);
            if (forgot) list.forgive();
            forgiven ||= forgot;
            return forgot;
          },
        );
      }
      this.CONSUME(t.CloseParen);
      return this.ACTION(() => {
        this.warnJoined(list.args);
        if (generator === null) return list.finish();
        if (!alone && !forgiven) this.bareGenerator(generator);
        const span = this.since(open.startOffset);
        return { args: [{ kind: 'GeneratorExp', span, ...generator }], keywords: [] };
      });
    },
  );

  protected bareGenerator({ elt, generators }: BareGenerator): void {
    const span = { start: elt.span.start, end: generators.at(-1)!.span.end };
    const title = 'Generator expression must be parenthesized';
    this.error(span, 'missing-parentheses', title);
  }

  // argument = '*' expression | '**' expression
  //          | named ['=' expression] [comprehension] .
  private readonly argument = this.RULE('argument', (list: ArgumentList) =>
    this.readArgument(list),
  );

  private readArgument(list: ArgumentList): BareGenerator | null {
    if (this.RECORDING_PHASE) {
      return this.OR([
        { ALT: () => this.readStarredArgument(list) },
        { ALT: () => this.readNamesArgument(list) },
        { ALT: () => this.readPlainArgument(list) },
      ]);
    }
    if (this.at(t.Star)) return this.readStarredArgument(list);
    if (this.at(t.DoubleStar)) return this.readNamesArgument(list);
    return this.readPlainArgument(list);
  }

  private readStarredArgument(list: ArgumentList): null {
    const { startOffset: start } = this.CONSUME(t.Star);
    const value = this.SUBRULE1(this.expression);
    this.ACTION(() => list.starred({ kind: 'Starred', span: this.since(start), value }));
    return null;
  }

  private readNamesArgument(list: ArgumentList): null {
    const { startOffset: start } = this.CONSUME(t.DoubleStar);
    const value = this.SUBRULE2(this.expression);
    this.ACTION(() => {
      list.doubleStarred({ kind: 'keyword', span: this.since(start), arg: null, value });
    });
    return null;
  }

  private readPlainArgument(list: ArgumentList): BareGenerator | null {
    const { startOffset: start } = this.LA(1);
    const value = this.inline(1, this.named);
    if (!this.RECORDING_PHASE && !goesOn(this.LA(1))) {
      list.positional(value);
      return null;
    }
    let isKeyword = false;
    let generator: BareGenerator | null = null;
    this.ifAt(1, atEqual, () => {
      isKeyword = true;
      const bare = this.ACTION(() => this.isBareName(value, start));
      const equal = this.CONSUME(t.Equal);
      this.ACTION(() => this.expectArgument(equal));
      const given = this.SUBRULE3(this.expression);
      this.ACTION(() => this.keyword(list, value, bare, equal, given));
    });
    this.ifAt(2, beginsComprehension, () => {
      const generators = this.SUBRULE(this.comprehension);
      this.ACTION(() => {
        if (isKeyword) this.generatorAfterKeyword(value);
      });
      generator = { elt: value, generators };
    });
    return generator;
  }

  private keyword(
    list: ArgumentList,
    name: Expression,
    bare: boolean,
    equal: Token,
    value: Expression,
  ): void {
    if (name.kind === 'Name' && bare) {
      const span = this.since(name.span.start);
      const keyword: Keyword = { kind: 'keyword', span, arg: name.id, value };
      list.keyword(name.id, name.span, keyword);
    } else if (name.kind === 'Constant' && name.value.type in WORDS) {
      this.error(name.span, 'bad-target', `cannot assign to ${describe(name)}`);
    } else {
      const title = 'expression cannot contain assignment, perhaps you meant "=="?';
      this.error(this.spanOf(equal), 'assign-in-expression', title);
    }
  }

  private expectArgument(equal: Token): void {
    if (this.at(t.CloseParen) || this.at(t.Comma)) {
      this.fail(this.spanOf(equal), 'syntax', 'expected argument value expression');
    }
  }

  private generatorAfterKeyword(name: Expression): never {
    const title = "invalid syntax. Maybe you meant '==' or ':=' instead of '='?";
    return this.fail(this.since(name.span.start), 'assign-in-expression', title);
  }

  // ----------------------------------------------------------- subscripts

  // subscript = subscriptPart {',' [subscriptPart]} .     a tuple if there is a comma or a star
  protected readonly subscript: Rule<Expression> = this.RULE('subscript', (): Expression => {
    const { startOffset: start } = this.LA(1);
    const elts = [this.inline(1, this.subscriptPart)];
    const commas = this.restOfList(
      t.beginsSubscript,
      () => elts.push(this.inline(2, this.subscriptPart)),
      this.forgotComma,
    );
    return this.ACTION(() => {
      const first = elts[0]!;
      if (!commas && first.kind !== 'Starred') return first;
      return { kind: 'Tuple', span: this.since(start), elts };
    });
  });

  // subscriptPart = starred | [named] [':' [expression] [':' [expression]]] .     not empty
  private readonly subscriptPart: Inlined<Expression> = this.inlined('subscriptPart', () => {
    if (this.RECORDING_PHASE) {
      return this.OR([
        { ALT: () => this.SUBRULE(this.starred) },
        {
          ALT: () => {
            const value = this.SUBRULE(this.named);
            this.OPTION(() => this.SUBRULE1(this.slice, { ARGS: [0, value] }));
            return value;
          },
        },
        { ALT: () => this.SUBRULE2(this.slice, { ARGS: [0, null] }) },
      ]);
    }
    if (this.at(t.Star)) return this.starred.read();
    const { startOffset: start } = this.LA(1);
    if (this.at(t.Colon)) return this.SUBRULE(this.slice, { ARGS: [start, null] });
    const value = this.named.read();
    return this.at(t.Colon) ? this.SUBRULE(this.slice, { ARGS: [start, value] }) : value;
  });

  // slice = ':' [expression] [':' [expression]] .
  private readonly slice = this.RULE('slice', (start: number, lower: Expression | null) => {
    let upper: Expression | null = null;
    let step: Expression | null = null;
    this.CONSUME1(t.Colon);
    this.ifAt(1, t.beginsExpression, () => {
      upper = this.SUBRULE1(this.expression);
    });
    this.ifAt(2, atColon, () => {
      this.CONSUME2(t.Colon);
      this.ifAt(3, t.beginsExpression, () => {
        step = this.SUBRULE2(this.expression);
      });
    });
    return this.ACTION((): Expression => {
      return { kind: 'Slice', span: this.since(start), lower, upper, step };
    });
  });
}

const atEqual = t.anyOf(t.Equal);
const atColon = t.anyOf(t.Colon);
const beginsComprehension = t.anyOf(t.For, t.Async);
/** What makes a value before it more than a positional argument. */
const goesOn = t.anyOf(t.Equal, t.For, t.Async);

/** Constants that are words, and so could be taken for names. */
const WORDS = { None: true, bool: true } as const;
