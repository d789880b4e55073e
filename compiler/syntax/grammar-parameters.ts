// What functions and lambdas receive.

import { GrammarCalls } from './grammar-calls.ts';
import { ParameterList } from './parameters.ts';
import * as t from './tokens.ts';
import type { Token } from './tokens.ts';
import type { Arg, Arguments, Expression } from './tree.ts';

export abstract class GrammarParameters extends GrammarCalls {
  // parameters = [parameter {',' [parameter]}] .
  protected readonly parameters = this.RULE('parameters', (annotated: boolean): Arguments => {
    const { startOffset: start } = this.LA(1);
    const before = this.LA(0);
    const list = new ParameterList((span, code, title) => this.error(span, code, title));
    this.ifAt(1, t.beginsParameter, () => {
      this.SUBRULE1(this.parameter, { ARGS: [list, annotated] });
      this.restOfList(
        t.beginsParameter,
        () => this.SUBRULE2(this.parameter, { ARGS: [list, annotated] }),
        (again) => {
          const forgot = this.forgotParameterComma(again);
          if (forgot) list.forgive();
          return forgot;
        },
      );
    });
    return this.ACTION(() => {
      if (this.at(t.OpenParen)) this.refuseParentheses(annotated);
      const end = t.endOf(this.LA(0));
      const complete = this.at(t.CloseParen) || this.at(t.Colon);
      return list.finish({ start: this.LA(0) === before ? end : start, end }, complete);
    });
  });

  private refuseParentheses(annotated: boolean): never {
    const whose = annotated ? 'Function' : 'Lambda expression';
    const title = `${whose} parameters cannot be parenthesized`;
    return this.fail(this.spanOf(this.LA(1)), 'bad-parameters', title);
  }

  private forgotParameterComma(again: boolean): boolean {
    const next = this.LA(1);
    const star = this.at(t.Star);
    if (!star && !this.at(t.Name)) return false;
    if (again || this.isLineSpoiled()) return true;
    const afterSlash = this.LA(0).tokenTypeIdx === t.Slash.tokenTypeIdx;
    const title =
      star && afterSlash
        ? 'expected comma between / and *'
        : 'invalid syntax. Perhaps you forgot a comma?';
    const label = 'a comma may be missing before this';
    this.error(this.spanOf(next), 'missing-comma', title, { label });
    return true;
  }

  // parameter = '/' | '*' [name [':' ['*'] expression]] | '**' name [':' expression]
  //           | name [':' expression] ['=' expression] .
  private readonly parameter = this.RULE(
    'parameter',
    (list: ParameterList, annotated: boolean): void => {
      this.OR([
        {
          ALT: () => {
            const token = this.CONSUME(t.Slash);
            this.ACTION(() => list.slash(this.spanOf(token)));
          },
        },
        {
          ALT: () => {
            const star = this.CONSUME1(t.Star);
            let arg: Arg | null = null;
            this.OPTION1(() => {
              arg = this.SUBRULE1(this.parameterName, { ARGS: [annotated, true] });
            });
            this.ACTION(() => {
              list.star(this.spanOf(star), arg);
              this.refuseDefault('var-positional');
            });
          },
        },
        {
          ALT: () => {
            this.CONSUME(t.DoubleStar);
            const arg = this.SUBRULE2(this.parameterName, { ARGS: [annotated, false] });
            this.ACTION(() => {
              list.doubleStar(arg);
              this.refuseDefault('var-keyword');
            });
          },
        },
        {
          ALT: () => {
            const arg = this.SUBRULE3(this.parameterName, { ARGS: [annotated, false] });
            let value: Expression | null = null;
            this.OPTION2(() => {
              const equal = this.CONSUME(t.Equal);
              this.ACTION(() => this.expectDefault(equal));
              value = this.SUBRULE(this.expression);
            });
            this.ACTION(() => list.plain(arg, value));
          },
        },
      ]);
    },
  );

  // parameterName = name [':' ['*'] expression] .
  private readonly parameterName = this.RULE(
    'parameterName',
    (annotated: boolean, starrable: boolean): Arg => {
      const name = this.CONSUME(t.Name);
      let annotation: Expression | null = null;
      this.OPTION1({
        GATE: () => annotated,
        DEF: () => {
          this.CONSUME(t.Colon);
          const star = this.OPTION2({
            GATE: () => starrable,
            DEF: () => this.CONSUME(t.Star),
          });
          annotation = this.SUBRULE(this.expression);
          this.ACTION(() => {
            if (star === undefined) return;
            const span = this.since(star.startOffset);
            annotation = { kind: 'Starred', span, value: annotation! };
          });
        },
      });
      return this.ACTION(() => {
        const argSpan = this.spanOf(name);
        const span = this.since(argSpan.start);
        return { kind: 'arg', span, arg: this.nameOf(name), argSpan, annotation };
      });
    },
  );

  private refuseDefault(kind: 'var-positional' | 'var-keyword'): void {
    if (!this.at(t.Equal)) return;
    const title = `${kind} argument cannot have default value`;
    this.fail(this.spanOf(this.LA(1)), 'bad-parameters', title);
  }

  private expectDefault(equal: Token): void {
    if (!this.at(t.CloseParen) && !this.at(t.Comma) && !this.at(t.Colon)) return;
    this.fail(this.spanOf(equal), 'bad-parameters', 'expected default value expression');
  }
}
