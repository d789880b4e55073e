// What stands in brackets: groups, tuples, lists, sets, dicts, comprehensions.

import { GrammarOperations } from './grammar-operations.ts';
import type { Inlined, Rule } from './grammar-base.ts';
import { checkTarget } from './targets.ts';
import * as t from './tokens.ts';
import type { Token } from './tokens.ts';
import type { Comprehension, Expression, Span } from './tree.ts';

/** What stands between two brackets, before it is known what the brackets make of it. */
export interface Items {
  readonly elements: readonly Expression[];
  /** Whether there was a comma, so that in parentheses it is a tuple. */
  readonly commas: boolean;
  /** Not empty for a comprehension, which has one element. */
  readonly generators: readonly Comprehension[];
}

const NO_ITEMS: Items = { elements: [], commas: true, generators: [] };

export abstract class GrammarDisplays extends GrammarOperations {
  // element = starred | named .
  protected readonly element: Inlined<Expression> = this.inlined('element', () => {
    if (this.RECORDING_PHASE) {
      return this.OR([
        { ALT: () => this.SUBRULE(this.starred) },
        { ALT: () => this.SUBRULE(this.named) },
      ]);
    }
    return this.at(t.Star) ? this.starred.read() : this.named.read();
  });

  // items = element [comprehension] {',' [element]} .
  protected readonly items: Inlined<Items> = this.inlined('items', () => {
    const elements = [this.inline(1, this.element)];
    let generators: readonly Comprehension[] = [];
    if (this.RECORDING_PHASE || beginsComprehension(this.LA(1))) {
      this.ifAt(1, beginsComprehension, () => {
        generators = this.SUBRULE(this.comprehension);
        this.ACTION(() => this.checkComprehended(elements[0]!));
      });
    }
    const commas = this.restOfList(
      t.beginsElement,
      () => elements.push(this.inline(2, this.element)),
      this.forgotComma,
    );
    return this.ACTION(() => {
      this.endItems(elements, commas, generators);
      if (commas) this.warnJoined(elements);
      return { elements, commas, generators };
    });
  });

  /**
   * Whether a value stands where a comma should, inside brackets. It is reported once for each pair
   * of brackets, and reading goes on as if the comma were there. G2
   */
  protected readonly forgotComma = (again: boolean): boolean => {
    if (!beginsValue(this.LA(1))) return false;
    if (!again && !this.isLineSpoiled()) {
      const title = 'invalid syntax. Perhaps you forgot a comma?';
      const label = 'a comma may be missing before this';
      this.error(this.spanOf(this.LA(1)), 'missing-comma', title, { label });
    }
    return true;
  };

  /** Warn of elements that are several strings on one line: a comma is easily forgotten there. */
  protected warnJoined(elements: readonly Expression[]): void {
    if (this.joinedStrings.size === 0) return;
    for (const element of elements) {
      const span = this.joinedStrings.get(element);
      if (span === undefined) continue;
      const title = 'adjacent strings joined; a comma may be missing';
      this.report.warning(this.source, span, 'joined-strings', title, {
        label: 'joined to the string before it',
        help: 'write a comma between them, or make them one string',
      });
    }
  }

  private checkComprehended(element: Expression): void {
    if (element.kind !== 'Starred') return;
    const title = 'iterable unpacking cannot be used in comprehension';
    this.error(element.span, 'bad-star', title);
  }

  /** A comprehension cannot follow several elements, nor can anything follow a comprehension. */
  private endItems(
    elements: readonly Expression[],
    commas: boolean,
    generators: readonly Comprehension[],
  ): void {
    if (commas && generators.length > 0) this.failAt(this.LA(0));
    if (!this.at(t.For) || elements.length === 1) return;
    const span = { start: elements[0]!.span.start, end: elements.at(-1)!.span.end };
    const title = 'did you forget parentheses around the comprehension target?';
    this.fail(span, 'missing-parentheses', title);
  }

  // ---------------------------------------------------------- parentheses

  // group = '(' [groupItems] ')' .
  protected readonly group: Rule<Expression> = this.RULE('group', (): Expression => {
    const open = this.CONSUME(t.OpenParen);
    let items = NO_ITEMS;
    if (this.RECORDING_PHASE) this.OPTION(() => this.SUBRULE(this.groupItems));
    else if (!this.at(t.CloseParen)) items = this.groupItems.read();
    this.CONSUME(t.CloseParen);
    return this.ACTION(() => this.grouped(items, this.since(open.startOffset)));
  });

  // groupItems = yielded | items .
  protected readonly groupItems: Inlined<Items> = this.inlined('groupItems', () => {
    if (this.RECORDING_PHASE) {
      return this.OR([
        { ALT: () => this.yieldItem(this.SUBRULE(this.yielded)) },
        { ALT: () => this.SUBRULE(this.items) },
      ]);
    }
    if (this.at(t.Yield)) return this.yieldItem(this.SUBRULE(this.yielded));
    if (this.at(t.DoubleStar)) {
      const title = 'cannot use double starred expression here';
      this.fail(this.spanOf(this.LA(1)), 'bad-star', title);
    }
    return this.items.read();
  });

  private yieldItem(value: Expression): Items {
    return { elements: [value], commas: false, generators: [] };
  }

  /** What parentheses, or the braces of an f-string's field, make of what is in them. */
  protected grouped({ elements, commas, generators }: Items, span: Span): Expression {
    const first = elements[0];
    if (generators.length > 0) {
      return { kind: 'GeneratorExp', span, elt: first!, generators };
    }
    if (commas) return { kind: 'Tuple', span, elts: elements };
    if (first!.kind === 'Starred') {
      this.error(first.span, 'bad-star', 'cannot use starred expression here');
    }
    return first!;
  }

  // yielded = 'yield' ('from' expression | [elements]) .
  protected readonly yielded = this.RULE('yielded', (): Expression => {
    const { startOffset: start } = this.CONSUME(t.Yield);
    return this.OR([
      {
        ALT: () => {
          this.CONSUME(t.From);
          const value = this.SUBRULE(this.expression);
          return this.ACTION(() => ({
            kind: 'YieldFrom' as const,
            span: this.since(start),
            value,
          }));
        },
      },
      {
        ALT: () => {
          const value = this.OPTION(() => this.SUBRULE(this.elements)) ?? null;
          return this.ACTION(() => ({ kind: 'Yield' as const, span: this.since(start), value }));
        },
      },
    ]);
  });

  // elements = starOrExpression {',' [starOrExpression]} .     a tuple if there is a comma
  protected readonly elements: Inlined<Expression> = this.inlined('elements', () => {
    return this.readRow(this.starOrExpression, t.beginsElement);
  });

  /** Things with commas between: itself if it is one without a comma, else a tuple. */
  private readRow(rule: Inlined<Expression>, begins: (token: Token) => boolean): Expression {
    const { startOffset: start } = this.LA(1);
    const first = this.inline(1, rule);
    if (!this.RECORDING_PHASE && !this.at(t.Comma)) return first;
    const elts = [first];
    const commas = this.restOfList(begins, () => elts.push(this.inline(2, rule)));
    return commas ? { kind: 'Tuple', span: this.since(start), elts } : first;
  }

  // starOrExpression = starred | expression .
  protected readonly starOrExpression: Inlined<Expression> = this.inlined(
    'starOrExpression',
    () => {
      if (this.RECORDING_PHASE) {
        return this.OR([
          { ALT: () => this.SUBRULE(this.starred) },
          { ALT: () => this.SUBRULE(this.expression) },
        ]);
      }
      return this.at(t.Star) ? this.starred.read() : this.SUBRULE(this.expression);
    },
  );

  // -------------------------------------------------------- other brackets

  // list = '[' [items] ']' .
  protected readonly list: Rule<Expression> = this.RULE('list', (): Expression => {
    const open = this.CONSUME(t.OpenSquare);
    let items = NO_ITEMS;
    if (this.RECORDING_PHASE) this.OPTION(() => this.SUBRULE(this.items));
    else if (!this.at(t.CloseSquare)) items = this.items.read();
    this.CONSUME(t.CloseSquare);
    return this.ACTION(() => {
      const span = this.since(open.startOffset);
      const { elements, generators } = items;
      if (generators.length > 0) return { kind: 'ListComp', span, elt: elements[0]!, generators };
      if (!items.commas) this.warnJoined(elements);
      return { kind: 'List', span, elts: elements };
    });
  });

  // braces = '{' [pair [comprehension] {',' [pair]} | items] '}' .
  //
  // What they are shows after the first element: `:` after it, or `**` before it, makes a dict.
  protected readonly braces: Rule<Expression> = this.RULE('braces', (): Expression => {
    const open = this.CONSUME(t.OpenBrace);
    let node: Expression | undefined;
    if (this.RECORDING_PHASE) {
      this.OPTION1(() => {
        this.OR([
          { ALT: () => this.SUBRULE(this.items) },
          { ALT: () => this.SUBRULE1(this.unpacked) },
        ]);
        this.OPTION2(() => this.SUBRULE1(this.dictValue));
        this.OPTION3(() => this.SUBRULE2(this.comprehension));
        this.readPairs([], []);
      });
    } else if (this.at(t.CloseBrace)) {
      node = { kind: 'Dict', span: this.spanOf(open), keys: [], values: [] };
    } else if (this.at(t.DoubleStar)) {
      node = this.readDict(open, null);
    } else {
      const { startOffset } = this.LA(1);
      const items = this.items.read();
      const isDict = this.at(t.Colon);
      node = isDict ? this.readDict(open, this.firstKey(items, startOffset)) : this.setOf(items);
    }
    this.CONSUME(t.CloseBrace);
    return this.ACTION(() => ({ ...node!, span: this.since(open.startOffset) }));
  });

  /** A dict from after its first key on, or from its first `**` on. */
  private readDict(open: Token, key: Expression | null): Expression {
    const span = this.spanOf(open); // its own is set when the closing brace is read
    const keys = [key];
    const values = [key === null ? this.SUBRULE(this.unpacked) : this.inline(1, this.dictValue)];
    if (beginsComprehension(this.LA(1))) {
      const generators = this.SUBRULE(this.comprehension);
      if (key !== null) return { kind: 'DictComp', span, key, value: values[0]!, generators };
      const title = 'dict unpacking cannot be used in dict comprehension';
      this.fail(this.since(open.startOffset), 'bad-star', title);
    }
    this.readPairs(keys, values);
    this.warnJoined(values);
    return { kind: 'Dict', span, keys, values };
  }

  /** `{',' [pair]}` of a dict, after its first pair. */
  private readPairs(keys: (Expression | null)[], values: Expression[]): void {
    this.restOfList(
      t.beginsArgument,
      () => {
        if (this.RECORDING_PHASE) {
          this.OR2([
            { ALT: () => this.SUBRULE2(this.unpacked) },
            {
              ALT: () => {
                this.SUBRULE(this.expression);
                this.SUBRULE2(this.dictValue);
              },
            },
          ]);
        } else if (this.at(t.DoubleStar)) {
          keys.push(null);
          values.push(this.SUBRULE(this.unpacked));
        } else {
          const key = this.SUBRULE(this.expression);
          this.expectColon(key);
          keys.push(key);
          values.push(this.dictValue.read());
        }
      },
      this.forgotComma,
    );
  }

  // unpacked = '**' tight .
  private readonly unpacked: Rule<Expression> = this.RULE('unpacked', (): Expression => {
    this.CONSUME(t.DoubleStar);
    return this.inline(1, this.tight);
  });

  // dictValue = ':' expression .
  private readonly dictValue: Inlined<Expression> = this.inlined('dictValue', () => {
    const colon = this.CONSUME(t.Colon);
    this.ACTION(() => this.expectValue(colon));
    return this.SUBRULE(this.expression);
  });

  /** The element before the first colon, which must be one plain expression. */
  private firstKey({ elements, commas, generators }: Items, start: number): Expression {
    const key = elements[0]!;
    const isWalrus = key.kind === 'NamedExpr' && key.span.start === start;
    if (commas || generators.length > 0 || key.kind === 'Starred' || isWalrus) this.failHere();
    return key;
  }

  private expectColon(key: Expression): void {
    if (this.at(t.Colon)) return;
    this.fail(key.span, 'syntax', "':' expected after dictionary key", {
      label: 'this key has no value',
    });
  }

  private expectValue(colon: Token): void {
    const next = this.LA(1);
    if (next.tokenTypeIdx === t.Star.tokenTypeIdx) {
      const title = 'cannot use a starred expression in a dictionary value';
      this.fail(this.spanOf(next), 'bad-star', title);
    }
    if (this.at(t.CloseBrace) || this.at(t.Comma)) {
      const title = "expression expected after dictionary key and ':'";
      this.fail(this.spanOf(colon), 'syntax', title);
    }
  }

  private setOf({ elements, commas, generators }: Items): Expression {
    const { span } = elements[0]!; // its own is set when the closing brace is read
    if (generators.length > 0) return { kind: 'SetComp', span, elt: elements[0]!, generators };
    if (!commas) this.warnJoined(elements);
    return { kind: 'Set', span, elts: elements };
  }

  // ------------------------------------------------------- comprehensions

  // comprehension = clause {clause} .
  protected readonly comprehension = this.RULE('comprehension', (): Comprehension[] => {
    const clauses = [this.SUBRULE1(this.clause)];
    this.whileAt(1, beginsComprehension, () => clauses.push(this.SUBRULE2(this.clause)));
    return clauses;
  });

  // clause = ['async'] 'for' targets 'in' operation {'if' operation} .
  private readonly clause: Rule<Comprehension> = this.RULE('clause', (): Comprehension => {
    const { startOffset: start } = this.LA(1);
    let is_async: 0 | 1 = 0;
    this.ifAt(1, atAsync, () => {
      this.CONSUME(t.Async);
      is_async = 1;
    });
    this.CONSUME(t.For);
    const target = this.SUBRULE(this.targets);
    this.CONSUME(t.In);
    const iter = this.inline(1, this.operation);
    const ifs: Expression[] = [];
    this.whileAt(1, atIf, () => {
      this.CONSUME(t.If);
      ifs.push(this.inline(2, this.operation));
    });
    return this.ACTION(() => {
      return { kind: 'comprehension', span: this.since(start), target, iter, ifs, is_async };
    });
  });

  // targets = target {',' [target]} .     what a loop binds; a tuple if there is a comma
  protected readonly targets: Rule<Expression> = this.RULE('targets', (): Expression => {
    const targets = this.readRow(this.target, t.beginsElement);
    this.ACTION(() => {
      checkTarget(targets, 'loop', (span, code, title) => this.error(span, code, title));
    });
    return targets;
  });

  // target = starred | tight .
  protected readonly target: Inlined<Expression> = this.inlined('target', () => {
    if (this.RECORDING_PHASE) {
      return this.OR([
        { ALT: () => this.SUBRULE(this.starred) },
        { ALT: () => this.SUBRULE(this.tight) },
      ]);
    }
    return this.at(t.Star) ? this.starred.read() : this.tight.read();
  });
}

const beginsComprehension = t.anyOf(t.For, t.Async);
const atAsync = t.anyOf(t.Async);
const atIf = t.anyOf(t.If);

/** What begins a value and nothing else: after another value, a comma is missing. */
const beginsValue = t.anyOf(
  ...[t.Name, t.NumberLiteral, t.StringLiteral, t.FStringStart, t.None, t.True, t.False],
  ...[t.Ellipsis, t.OpenBrace, t.Lambda, t.Tilde, t.Await],
);
