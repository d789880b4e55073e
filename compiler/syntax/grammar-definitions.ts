// Statements that bind names for a block: with, definitions, match.

import { GrammarBlocks } from './grammar-blocks.ts';
import type { Items } from './grammar-displays.ts';
import type { CallArguments } from './grammar-operations.ts';
import { checkCases } from './pattern-names.ts';
import * as t from './tokens.ts';
import type {
  AsyncFor,
  AsyncFunctionDef,
  AsyncWith,
  ClassDef,
  Expression,
  FunctionDef,
  MatchCase,
  Statement,
  With,
  WithItem,
} from './tree.ts';

type Definition = FunctionDef | AsyncFunctionDef | ClassDef;

export abstract class GrammarDefinitions extends GrammarBlocks {
  // ----------------------------------------------------------------- with

  // withStatement = 'with' (withGroup | withItems) block .
  protected readonly withStatement = this.RULE('withStatement', (): With => {
    const head = this.CONSUME(t.With);
    const items = this.readWithItems();
    const body = this.blockOf(0, head, "'with' statement");
    return this.ACTION(() => {
      const span = { start: head.startOffset, end: this.endOfBlock(head, body) };
      return { kind: 'With', span, items, body };
    });
  });

  private readWithItems(): WithItem[] {
    if (this.RECORDING_PHASE) {
      return this.OR([
        // Both may begin with a parenthesis: isWithGroup looks for what is after it.
        { ALT: () => this.SUBRULE(this.withGroup), IGNORE_AMBIGUITIES: true },
        { ALT: () => this.SUBRULE(this.withItems) },
      ]);
    }
    return this.isWithGroup() ? this.SUBRULE(this.withGroup) : this.SUBRULE(this.withItems);
  }

  /** Whether parentheses stand around all items: what follows the closing one ends the head. */
  private isWithGroup(): boolean {
    if (!this.at(t.OpenParen)) return false;
    let depth = 0;
    for (let ahead = 1; ; ahead++) {
      const token = this.LA(ahead);
      if (t.isEnd(token)) return false;
      if (isOpener(token)) depth += 1;
      if (isCloser(token)) depth -= 1;
      if (depth > 0) continue;
      const after = this.LA(ahead + 1).tokenTypeIdx;
      return after === t.Colon.tokenTypeIdx || after === t.Newline.tokenTypeIdx;
    }
  }

  // withItems = withItem {',' withItem} .
  private readonly withItems = this.RULE('withItems', (): WithItem[] => {
    const items: WithItem[] = [];
    this.AT_LEAST_ONE_SEP({
      SEP: t.Comma,
      DEF: () => items.push(this.SUBRULE(this.withItem)),
    });
    return items;
  });

  // withItem = expression asTarget .
  private readonly withItem = this.RULE('withItem', (): WithItem => {
    const { startOffset: start } = this.LA(1);
    const context_expr = this.SUBRULE(this.expression);
    const optional_vars = this.SUBRULE(this.asTarget);
    return this.ACTION(() => {
      return { kind: 'withitem', span: this.since(start), context_expr, optional_vars };
    });
  });

  // asTarget = ['as' target] .
  private readonly asTarget = this.RULE('asTarget', (): Expression | null => {
    let target: Expression | null = null;
    this.OPTION(() => {
      this.CONSUME(t.As);
      target = this.SUBRULE(this.target);
      this.ACTION(() => this.checkAssigned(target!, false));
    });
    return target;
  });

  // withGroup = '(' [yielded | withPart {',' [withPart]}] ')' .
  //
  // Parentheses around items, unless what is in them can only be a value: nothing, a `yield`, a
  // star, a walrus or a comprehension.
  private readonly withGroup = this.RULE('withGroup', (): WithItem[] => {
    const open = this.CONSUME(t.OpenParen);
    const parts: WithItem[] = [];
    let isValue = true;
    let commas = false;
    let hasTargets = false;
    let generators: Items['generators'] = [];
    const add = (part: WithItem, start: number): void => {
      parts.push(part);
      const { context_expr: value } = part;
      hasTargets ||= part.optional_vars !== null;
      isValue ||= value.kind === 'Starred';
      isValue ||= value.kind === 'NamedExpr' && value.span.start === start;
    };
    this.OPTION1(() => {
      this.OR([
        {
          ALT: () => {
            const value = this.SUBRULE(this.yielded);
            this.ACTION(() => parts.push(this.itemOf(value)));
          },
        },
        {
          ALT: () => {
            isValue = false;
            const { startOffset: start } = this.LA(1);
            const first = this.SUBRULE1(this.withPart);
            this.ACTION(() => add(first, start));
            this.OPTION2(() => {
              generators = this.SUBRULE(this.comprehension);
              isValue = true;
            });
            commas = this.restOfList(t.beginsElement, () => {
              const { startOffset: nextStart } = this.LA(1);
              const next = this.SUBRULE2(this.withPart);
              this.ACTION(() => add(next, nextStart));
            });
            this.ACTION(() => {
              if (commas && generators.length > 0) this.failAt(this.LA(0));
            });
          },
        },
      ]);
    });
    this.CONSUME(t.CloseParen);
    return this.ACTION(() => {
      if (!isValue) return parts;
      const elements = parts.map((part) => part.context_expr);
      const span = this.since(open.startOffset);
      if (hasTargets) this.failAt(open);
      const items = { elements, commas: commas || elements.length === 0, generators };
      return [this.itemOf(this.grouped(items, span))];
    });
  });

  // withPart = element asTarget .
  private readonly withPart = this.RULE('withPart', (): WithItem => {
    const { startOffset: start } = this.LA(1);
    const context_expr = this.SUBRULE(this.element);
    const optional_vars = this.SUBRULE(this.asTarget);
    return this.ACTION(() => {
      return { kind: 'withitem', span: this.since(start), context_expr, optional_vars };
    });
  });

  private itemOf(context_expr: Expression): WithItem {
    return { kind: 'withitem', span: context_expr.span, context_expr, optional_vars: null };
  }

  // ---------------------------------------------------------- definitions

  // functionDef = 'def' name '(' parameters ')' ['->' expression] block .
  protected readonly functionDef = this.RULE(
    'functionDef',
    (decorators: Expression[]): FunctionDef => {
      const head = this.CONSUME(t.Def);
      const name = this.CONSUME(t.Name);
      this.CONSUME(t.OpenParen);
      const args = this.SUBRULE(this.parameters, { ARGS: [true] });
      this.CONSUME(t.CloseParen);
      const returns =
        this.OPTION(() => {
          this.CONSUME(t.Arrow);
          return this.SUBRULE(this.expression);
        }) ?? null;
      const body = this.blockOf(0, head, 'function definition');
      return this.ACTION(() => ({
        kind: 'FunctionDef',
        span: { start: head.startOffset, end: this.endOfBlock(head, body) },
        name: this.nameOf(name),
        nameSpan: this.spanOf(name),
        args,
        body,
        decorator_list: decorators,
        returns,
      }));
    },
  );

  // classDef = 'class' name [callArguments] block .
  protected readonly classDef = this.RULE('classDef', (decorators: Expression[]): ClassDef => {
    const head = this.CONSUME(t.Class);
    const name = this.CONSUME(t.Name);
    let given: CallArguments = { args: [], keywords: [] };
    this.OPTION(() => {
      const open = this.LA(1);
      given = this.SUBRULE(this.callArguments);
      this.ACTION(() => {
        const [first] = given.args;
        // A comprehension may be the only argument of a call, but not of a class.
        const isBare = first?.kind === 'GeneratorExp' && first.span.start === open.startOffset;
        if (isBare) this.bareGenerator(first);
      });
    });
    const body = this.blockOf(0, head, 'class definition');
    return this.ACTION(() => ({
      kind: 'ClassDef',
      span: { start: head.startOffset, end: this.endOfBlock(head, body) },
      name: this.nameOf(name),
      nameSpan: this.spanOf(name),
      bases: given.args,
      keywords: given.keywords,
      body,
      decorator_list: decorators,
    }));
  });

  // decorated = '@' named Newline {'@' named Newline}
  //             (functionDef | classDef | 'async' functionDef) .
  protected readonly decorated = this.RULE('decorated', (): Definition => {
    const decorators: Expression[] = [];
    this.AT_LEAST_ONE(() => {
      this.CONSUME(t.At);
      decorators.push(this.SUBRULE(this.named));
      this.CONSUME(t.Newline);
    });
    return this.OR([
      { ALT: (): Definition => this.SUBRULE1(this.functionDef, { ARGS: [decorators] }) },
      { ALT: (): Definition => this.SUBRULE(this.classDef, { ARGS: [decorators] }) },
      {
        ALT: (): Definition => {
          const { startOffset: start } = this.CONSUME(t.Async);
          const plain = this.SUBRULE2(this.functionDef, { ARGS: [decorators] });
          return this.ACTION((): AsyncFunctionDef => {
            const span = { start, end: plain.span.end };
            return { ...plain, kind: 'AsyncFunctionDef', span };
          });
        },
      },
    ]);
  });

  // asyncStatement = 'async' (functionDef | forStatement | withStatement) .
  protected readonly asyncStatement = this.RULE('asyncStatement', (): Statement => {
    const { startOffset: start } = this.CONSUME(t.Async);
    return this.OR([
      {
        ALT: (): Statement => {
          const plain = this.SUBRULE(this.functionDef, { ARGS: [[]] });
          return this.ACTION((): AsyncFunctionDef => {
            const span = { start, end: plain.span.end };
            return { ...plain, kind: 'AsyncFunctionDef', span };
          });
        },
      },
      {
        ALT: (): Statement => {
          const plain = this.SUBRULE(this.forStatement);
          return this.ACTION((): AsyncFor => {
            const span = { start, end: plain.span.end };
            return { ...plain, kind: 'AsyncFor', span };
          });
        },
      },
      {
        ALT: (): Statement => {
          const plain = this.SUBRULE(this.withStatement);
          return this.ACTION((): AsyncWith => {
            const span = { start, end: plain.span.end };
            return { ...plain, kind: 'AsyncWith', span };
          });
        },
      },
    ]);
  });

  // ---------------------------------------------------------------- match

  // matchStatement = 'match' matchSubject ':' Newline Indent matchCase {matchCase} Dedent .
  protected readonly matchStatement = this.RULE('matchStatement', (): Statement => {
    const head = this.CONSUME(t.Match);
    const subject = this.SUBRULE(this.matchSubject);
    this.ACTION(() => this.expectHeadColon());
    this.OPTION1(() => this.CONSUME(t.Colon));
    this.CONSUME(t.Newline);
    this.ACTION(() => this.expectIndent(head, "'match' statement"));
    const cases: MatchCase[] = [];
    const read = (): void => {
      cases.push(this.SUBRULE(this.matchCase));
    };
    this.OPTION2(() => {
      this.CONSUME(t.Indent);
      if (this.RECORDING_PHASE) this.AT_LEAST_ONE(read);
      else this.readUntilBlockEnd(read);
      this.CONSUME(t.Dedent);
    });
    return this.ACTION(() => {
      checkCases(cases, (span, code, title) => this.error(span, code, title));
      const end = this.endOfBlock(head, ...cases.map((one) => one.body));
      return { kind: 'Match', span: { start: head.startOffset, end }, subject, cases };
    });
  });

  // matchSubject = items .     a tuple if there is a comma
  private readonly matchSubject = this.RULE('matchSubject', (): Expression => {
    const { startOffset: start } = this.LA(1);
    const items = this.SUBRULE(this.items);
    return this.ACTION(() => {
      if (items.generators.length > 0) this.failAt(this.LA(0));
      return this.grouped(items, this.since(start));
    });
  });

  // matchCase = 'case' patterns ['if' named] block .
  private readonly matchCase = this.RULE('matchCase', (): MatchCase => {
    const head = this.CONSUME(t.Case);
    const pattern = this.SUBRULE(this.patterns);
    const guard =
      this.OPTION(() => {
        this.CONSUME(t.If);
        return this.SUBRULE(this.named);
      }) ?? null;
    const body = this.blockOf(0, head, "'case' statement");
    return this.ACTION(() => {
      const span = { start: head.startOffset, end: this.endOfBlock(head, body) };
      return { kind: 'match_case', span, pattern, guard, body };
    });
  });
}

const isOpener = t.anyOf(t.OpenParen, t.OpenSquare, t.OpenBrace, t.FieldOpen);
const isCloser = t.anyOf(t.CloseParen, t.CloseSquare, t.CloseBrace, t.FieldClose);
