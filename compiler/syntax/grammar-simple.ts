// Statements of one line.

import { choices } from './grammar-base.ts';
import type { Inlined, Rule } from './grammar-base.ts';
import { GrammarPatterns } from './grammar-patterns.ts';
import { checkTarget, describe } from './targets.ts';
import * as t from './tokens.ts';
import type { Token } from './tokens.ts';
import type { Alias, Expression, ImportFrom, Span, Statement } from './tree.ts';

export abstract class GrammarSimple extends GrammarPatterns {
  // simple = 'pass' | 'break' | 'continue' | returned | raised | globalStatement
  //        | nonlocalStatement | deleted | asserted | imported | importedFrom
  //        | expressionStatement .
  protected readonly simple: Inlined<Statement> = this.inlined('simple', () => {
    if (this.RECORDING_PHASE) {
      return this.OR([
        { ALT: () => this.chosen(2, this.simpleKinds) },
        { ALT: () => this.SUBRULE(this.expressionStatement) },
      ]);
    }
    return this.simpleKinds.byHead[this.LA(1).tokenTypeIdx] === undefined
      ? this.SUBRULE(this.expressionStatement)
      : this.chosen(2, this.simpleKinds);
  });

  private readonly simpleKinds = choices<Statement>(
    [[t.Return], () => this.SUBRULE(this.returned)],
    [[t.Pass], () => ({ kind: 'Pass', span: this.spanOf(this.CONSUME(t.Pass)) })],
    [[t.Break], () => ({ kind: 'Break', span: this.spanOf(this.CONSUME(t.Break)) })],
    [[t.Continue], () => ({ kind: 'Continue', span: this.spanOf(this.CONSUME(t.Continue)) })],
    [[t.Raise], () => this.SUBRULE(this.raised)],
    [[t.Global], () => this.SUBRULE(this.globalStatement)],
    [[t.Nonlocal], () => this.SUBRULE(this.nonlocalStatement)],
    [[t.Del], () => this.SUBRULE(this.deleted)],
    [[t.Assert], () => this.SUBRULE(this.asserted)],
    [[t.Import], () => this.SUBRULE(this.imported)],
    [[t.From], () => this.SUBRULE(this.importedFrom)],
  );

  // -------------------------------------------------- values and targets

  // expressionStatement = (yielded | elements)
  //     (':' expression ['=' (yielded | elements)] | augmented (yielded | elements)
  //     | {'=' (yielded | elements)}) .
  private readonly expressionStatement: Rule<Statement> = this.RULE(
    'expressionStatement',
    (): Statement => {
      const { startOffset: start } = this.LA(1);
      const first = this.inline(1, this.value);
      if (!this.RECORDING_PHASE && this.at(t.Newline)) return this.expressionOf(first, start);
      let statement: Statement | undefined;
      this.ifAt(1, atColon, () => {
        statement = this.SUBRULE(this.annotation, { ARGS: [first, start] });
      });
      this.ifAt(2, t.isAugmented, () => {
        const operator = this.CONSUME(t.AugmentedAssign);
        this.ACTION(() => {
          if (statement !== undefined) this.failAt(operator);
        });
        const value = this.inline(2, this.value);
        statement = this.ACTION(() => this.augmented(first, operator, value, start));
      });
      const targets: Expression[] = [];
      let value = first;
      this.whileAt(1, atEqual, () => {
        const equal = this.CONSUME(t.Equal);
        this.ACTION(() => {
          if (statement !== undefined) this.failAt(equal);
        });
        targets.push(value);
        value = this.inline(3, this.value);
      });
      return this.ACTION(() => {
        if (statement !== undefined) return statement;
        if (targets.length === 0) return this.expressionOf(value, start);
        this.refuseStar(value);
        for (const target of targets) this.checkAssigned(target, true);
        return { kind: 'Assign', span: this.since(start), targets, value };
      });
    },
  );

  private expressionOf(value: Expression, start: number): Statement {
    this.refuseStar(value);
    return { kind: 'Expr', span: this.since(start), value };
  }

  // value = yielded | elements .
  protected readonly value: Inlined<Expression> = this.inlined('value', () => {
    if (this.RECORDING_PHASE) {
      return this.OR([
        { ALT: () => this.SUBRULE(this.elements) },
        { ALT: () => this.SUBRULE(this.yielded) },
      ]);
    }
    return this.at(t.Yield) ? this.SUBRULE(this.yielded) : this.elements.read();
  });

  /** A value that is one starred expression would have to be many values. */
  protected refuseStar(value: Expression): void {
    if (value.kind !== 'Starred') return;
    this.error(value.span, 'bad-star', "can't use starred expression here", {
      help: 'a comma after it makes a tuple of its elements',
    });
  }

  protected checkAssigned(target: Expression, maybeEqual: boolean): void {
    const report = (span: Span, code: Parameters<typeof this.error>[1], title: string): void =>
      this.error(span, code, title);
    checkTarget(target, 'assign', report, maybeEqual);
  }

  // annotation = ':' expression ['=' (yielded | elements)] .
  private readonly annotation = this.RULE(
    'annotation',
    (target: Expression, start: number): Statement => {
      const colon = this.CONSUME(t.Colon);
      const bare = this.ACTION(() => target.span.start === start);
      const annotation = this.SUBRULE(this.expression);
      const value =
        this.OPTION(() => {
          this.CONSUME(t.Equal);
          return this.SUBRULE(this.value);
        }) ?? null;
      return this.ACTION(() => {
        const span = this.since(start);
        if (value !== null) this.refuseStar(value);
        if (target.kind === 'Name' || target.kind === 'Attribute' || target.kind === 'Subscript') {
          const simple = target.kind === 'Name' && bare ? 1 : 0;
          return { kind: 'AnnAssign', span, target, annotation, value, simple };
        }
        const several = target.kind === 'List' || target.kind === 'Tuple';
        const title = several
          ? `only single target (not ${describe(target)}) can be annotated`
          : 'illegal target for annotation';
        this.fail(several ? target.span : this.spanOf(colon), 'bad-target', title);
      });
    },
  );

  private augmented(
    target: Expression,
    operator: Token,
    value: Expression,
    start: number,
  ): Statement {
    const span = this.since(start);
    this.refuseStar(value);
    if (target.kind === 'Name' || target.kind === 'Attribute' || target.kind === 'Subscript') {
      return { kind: 'AugAssign', span, target, op: t.assignOf(operator), value };
    }
    const title = `'${describe(target)}' is an illegal expression for augmented assignment`;
    return this.fail(target.span, 'bad-target', title);
  }

  // returned = 'return' [elements] .
  private readonly returned = this.RULE('returned', (): Statement => {
    const { startOffset: start } = this.CONSUME(t.Return);
    const value = this.OPTION(() => this.SUBRULE(this.elements)) ?? null;
    return this.ACTION(() => {
      if (value !== null) this.refuseStar(value);
      return { kind: 'Return', span: this.since(start), value };
    });
  });

  // raised = 'raise' [expression ['from' expression]] .
  private readonly raised = this.RULE('raised', (): Statement => {
    const { startOffset: start } = this.CONSUME(t.Raise);
    let exc: Expression | null = null;
    let cause: Expression | null = null;
    this.OPTION1(() => {
      exc = this.SUBRULE1(this.expression);
      this.OPTION2(() => {
        this.CONSUME(t.From);
        cause = this.SUBRULE2(this.expression);
      });
    });
    return this.ACTION(() => ({ kind: 'Raise', span: this.since(start), exc, cause }));
  });

  // deleted = 'del' expression {',' [expression]} .
  private readonly deleted = this.RULE('deleted', (): Statement => {
    const { startOffset: start } = this.CONSUME(t.Del);
    const targets = [this.SUBRULE1(this.starOrExpression)];
    this.restOfList(t.beginsElement, () => targets.push(this.SUBRULE2(this.starOrExpression)));
    return this.ACTION(() => {
      for (const target of targets) {
        checkTarget(target, 'delete', (span, code, title) => this.error(span, code, title));
      }
      return { kind: 'Delete', span: this.since(start), targets };
    });
  });

  // asserted = 'assert' expression [',' expression] .
  private readonly asserted = this.RULE('asserted', (): Statement => {
    const { startOffset: start } = this.CONSUME(t.Assert);
    const test = this.SUBRULE1(this.expression);
    const msg =
      this.OPTION(() => {
        this.CONSUME(t.Comma);
        return this.SUBRULE2(this.expression);
      }) ?? null;
    return this.ACTION(() => ({ kind: 'Assert', span: this.since(start), test, msg }));
  });

  // ---------------------------------------------------------------- names

  // globalStatement = 'global' names .
  private readonly globalStatement = this.RULE('globalStatement', (): Statement => {
    const { startOffset: start } = this.CONSUME(t.Global);
    const names = this.SUBRULE(this.names);
    return this.ACTION(() => ({ kind: 'Global', span: this.since(start), ...names }));
  });

  // nonlocalStatement = 'nonlocal' names .
  private readonly nonlocalStatement = this.RULE('nonlocalStatement', (): Statement => {
    const { startOffset: start } = this.CONSUME(t.Nonlocal);
    const names = this.SUBRULE(this.names);
    return this.ACTION(() => ({ kind: 'Nonlocal', span: this.since(start), ...names }));
  });

  // names = name {',' name} .
  private readonly names = this.RULE('names', (): { names: string[]; nameSpans: Span[] } => {
    const names: string[] = [];
    const nameSpans: Span[] = [];
    this.AT_LEAST_ONE_SEP({
      SEP: t.Comma,
      DEF: () => {
        const token = this.CONSUME(t.Name);
        this.ACTION(() => {
          names.push(this.nameOf(token));
          nameSpans.push(this.spanOf(token));
        });
      },
    });
    return { names, nameSpans };
  });

  // imported = 'import' dottedName asName {',' dottedName asName} .
  private readonly imported = this.RULE('imported', (): Statement => {
    const { startOffset: start } = this.CONSUME(t.Import);
    const names: Alias[] = [];
    this.AT_LEAST_ONE_SEP({
      SEP: t.Comma,
      DEF: () => {
        const { name, span } = this.SUBRULE(this.dottedName);
        const asname = this.SUBRULE(this.asName);
        this.ACTION(() => names.push(this.alias(name, span, asname)));
      },
    });
    return this.ACTION(() => ({ kind: 'Import', span: this.since(start), names }));
  });

  // asName = ['as' name] .
  private readonly asName = this.RULE('asName', (): Token | null => {
    return (
      this.OPTION(() => {
        this.CONSUME(t.As);
        return this.CONSUME(t.Name);
      }) ?? null
    );
  });

  // dottedName = name {'.' name} .
  private readonly dottedName = this.RULE('dottedName', (): { name: string; span: Span } => {
    const { startOffset: start } = this.LA(1);
    const parts: string[] = [];
    this.AT_LEAST_ONE_SEP({
      SEP: t.Dot,
      DEF: () => {
        const token = this.CONSUME(t.Name);
        this.ACTION(() => parts.push(this.nameOf(token)));
      },
    });
    return this.ACTION(() => ({ name: parts.join('.'), span: this.since(start) }));
  });

  private alias(name: string, nameSpan: Span, asname: Token | null): Alias {
    return {
      kind: 'alias',
      span: this.since(nameSpan.start),
      name,
      nameSpan,
      asname: asname === null ? null : this.nameOf(asname),
      asnameSpan: asname === null ? null : this.spanOf(asname),
    };
  }

  // importedFrom = 'from' {'.' | '...'} [dottedName] 'import' ('*' | '(' aliases ')' | aliases) .
  private readonly importedFrom = this.RULE('importedFrom', (): ImportFrom => {
    const { startOffset: start } = this.CONSUME(t.From);
    const { startOffset: moduleStart } = this.LA(1);
    let level = 0;
    this.MANY(() => {
      this.OR1([{ ALT: () => this.CONSUME(t.Dot) }, { ALT: () => this.CONSUME(t.Ellipsis) }]);
      this.ACTION(() => (level += this.LA(0).image.length));
    });
    const module = this.OPTION(() => this.SUBRULE(this.dottedName));
    const moduleSpan = this.ACTION(() => {
      if (level === 0 && module === undefined) this.failHere();
      return this.since(moduleStart);
    });
    this.CONSUME(t.Import);
    const names = this.OR2([
      {
        ALT: () => {
          const star = this.CONSUME(t.Star);
          return this.ACTION(() => [this.alias('*', this.spanOf(star), null)]);
        },
      },
      {
        ALT: () => {
          this.CONSUME(t.OpenParen);
          const aliases = this.SUBRULE1(this.aliases, { ARGS: [true] });
          this.CONSUME(t.CloseParen);
          return aliases;
        },
      },
      { ALT: () => this.SUBRULE2(this.aliases, { ARGS: [false] }) },
    ]);
    return this.ACTION(() => {
      const span = this.since(start);
      const name = module?.name ?? null;
      return { kind: 'ImportFrom', span, module: name, moduleSpan, names, level };
    });
  });

  // aliases = importedName {',' [importedName]} .     the last comma only in parentheses
  private readonly aliases = this.RULE('aliases', (parenthesized: boolean): Alias[] => {
    const names = [this.SUBRULE1(this.importedName)];
    this.restOfList(atName, () => names.push(this.SUBRULE2(this.importedName)));
    this.ACTION(() => {
      const last = this.LA(0);
      if (parenthesized || last.tokenTypeIdx !== t.Comma.tokenTypeIdx) return;
      const title = 'trailing comma not allowed without surrounding parentheses';
      this.error(this.spanOf(last), 'missing-parentheses', title);
    });
    return names;
  });

  // importedName = name asName .
  private readonly importedName: Rule<Alias> = this.RULE('importedName', (): Alias => {
    const name = this.CONSUME(t.Name);
    const asname = this.SUBRULE(this.asName);
    return this.ACTION(() => this.alias(this.nameOf(name), this.spanOf(name), asname));
  });
}

const atColon = t.anyOf(t.Colon);
const atEqual = t.anyOf(t.Equal);
const atName = t.anyOf(t.Name);
