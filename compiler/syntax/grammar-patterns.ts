// Patterns: what follows `case`.
//
//     case Point(x=0, y=[first, *_]) | {'k': 1 as n} if n > 0:

import { choices } from './grammar-base.ts';
import type { Inlined, Rule } from './grammar-base.ts';
import { GrammarStrings } from './grammar-strings.ts';
import * as t from './tokens.ts';
import type { Token } from './tokens.ts';
import type { Expression, MatchAs, MatchSingleton, Pattern, Span } from './tree.ts';

/** One pattern in the parentheses of a class, with the attribute it is for. */
interface ClassPart {
  readonly name: Token | null;
  readonly pattern: Pattern;
}

/** What stands between two brackets. */
interface Parts {
  readonly patterns: readonly Pattern[];
  readonly commas: boolean;
}

/** One key of a mapping with its pattern, or the name of all others. */
interface MappingPart {
  readonly key: Expression | null;
  readonly pattern: Pattern | null;
  readonly rest: Token | null;
}

const beginsMappingPart = (token: Token): boolean =>
  t.beginsPattern(token) || token.tokenTypeIdx === t.DoubleStar.tokenTypeIdx;

const NO_PARTS: Parts = { patterns: [], commas: true };

export abstract class GrammarPatterns extends GrammarStrings {
  // patterns = patternParts .     a sequence if there is a comma
  protected readonly patterns = this.RULE('patterns', (): Pattern => {
    const { startOffset: start } = this.LA(1);
    const parts = this.SUBRULE(this.patternParts);
    return this.ACTION(() => this.sequenceOrOne(parts, this.since(start)));
  });

  private sequenceOrOne({ patterns, commas }: Parts, span: Span): Pattern {
    const [first] = patterns;
    if (commas) return { kind: 'MatchSequence', span, patterns };
    if (first!.kind === 'MatchStar') {
      this.error(first!.span, 'bad-star', 'a starred pattern must be in a sequence pattern');
    }
    return first!;
  }

  // patternParts = patternPart {',' [patternPart]} .
  private readonly patternParts: Rule<Parts> = this.RULE('patternParts', (): Parts => {
    const patterns = [this.inline(1, this.patternPart)];
    const commas = this.restOfList(t.beginsPattern, () =>
      patterns.push(this.inline(2, this.patternPart)),
    );
    return { patterns, commas };
  });

  // patternPart = starPattern | asPattern .
  private readonly patternPart: Inlined<Pattern> = this.inlined('patternPart', () => {
    if (this.RECORDING_PHASE) {
      return this.OR([
        { ALT: () => this.SUBRULE(this.starPattern) },
        { ALT: () => this.SUBRULE(this.asPattern) },
      ]);
    }
    return this.at(t.Star) ? this.SUBRULE(this.starPattern) : this.SUBRULE(this.asPattern);
  });

  // starPattern = '*' name .
  private readonly starPattern: Rule<Pattern> = this.RULE('starPattern', (): Pattern => {
    const { startOffset: start } = this.CONSUME(t.Star);
    const token = this.CONSUME(t.Name);
    return this.ACTION(() => {
      const span = this.since(start);
      if (token.image === '_') return { kind: 'MatchStar', span, name: null, nameSpan: null };
      return { kind: 'MatchStar', span, name: this.nameOf(token), nameSpan: this.spanOf(token) };
    });
  });

  // asPattern = closedPattern {'|' closedPattern} ['as' name] .
  private readonly asPattern: Rule<Pattern> = this.RULE('asPattern', (): Pattern => {
    const { startOffset: start } = this.LA(1);
    const patterns = [this.inline(1, this.closedPattern)];
    this.whileAt(1, atBar, () => {
      this.CONSUME(t.Bar);
      patterns.push(this.inline(2, this.closedPattern));
    });
    let pattern: Pattern = this.ACTION(() =>
      patterns.length === 1 ? patterns[0]! : { kind: 'MatchOr', span: this.since(start), patterns },
    );
    this.ifAt(1, atAs, () => {
      this.CONSUME(t.As);
      this.ACTION(() => this.expectCapture());
      const token = this.CONSUME(t.Name);
      pattern = this.ACTION(() => ({ ...this.capture(token, pattern), span: this.since(start) }));
    });
    return pattern;
  });

  private expectCapture(): void {
    const next = this.LA(1);
    const after = this.LA(2).tokenTypeIdx;
    const isDotted = after === t.Dot.tokenTypeIdx || after === t.OpenParen.tokenTypeIdx;
    if (next.tokenTypeIdx === t.Name.tokenTypeIdx && next.image === '_') {
      this.error(this.spanOf(next), 'bad-pattern', "cannot use '_' as a target");
    } else if (next.tokenTypeIdx !== t.Name.tokenTypeIdx || isDotted) {
      this.fail(this.spanOf(next), 'bad-pattern', 'invalid pattern target');
    }
  }

  private capture(token: Token, pattern: Pattern | null): MatchAs {
    const span = this.spanOf(token);
    if (token.image === '_') {
      return { kind: 'MatchAs', span, pattern, name: null, nameSpan: null };
    }
    return { kind: 'MatchAs', span, pattern, name: this.nameOf(token), nameSpan: span };
  }

  // closedPattern = literalPattern | 'None' | 'True' | 'False' | namePattern | groupPattern
  //               | sequencePattern | mappingPattern .
  private readonly closedPattern: Inlined<Pattern> = this.inlined('closedPattern', () => {
    return this.chosen(1, this.closedPatterns);
  });

  private readonly closedPatterns = choices<Pattern>(
    [
      [t.StringLiteral, t.BrokenString, t.FStringStart, t.NumberLiteral, t.Minus],
      () => this.readValuePattern(),
    ],
    [[t.None], () => this.singleton(this.CONSUME(t.None), { type: 'None' })],
    [[t.True], () => this.singleton(this.CONSUME(t.True), { type: 'bool', value: true })],
    [[t.False], () => this.singleton(this.CONSUME(t.False), { type: 'bool', value: false })],
    [[t.Name], () => this.SUBRULE(this.namePattern)],
    [[t.OpenParen], () => this.SUBRULE(this.groupPattern)],
    [[t.OpenSquare], () => this.SUBRULE(this.sequencePattern)],
    [[t.OpenBrace], () => this.SUBRULE(this.mappingPattern)],
  );

  private readValuePattern(): Pattern {
    const value = this.SUBRULE(this.literalPattern);
    return this.ACTION(() => {
      if (value.kind === 'JoinedStr') this.refuseJoined(value);
      return { kind: 'MatchValue', span: value.span, value };
    });
  }

  private singleton(token: Token, value: MatchSingleton['value']): Pattern {
    return { kind: 'MatchSingleton', span: this.spanOf(token), value };
  }

  // groupPattern = '(' [patternParts] ')' .
  private readonly groupPattern: Rule<Pattern> = this.RULE('groupPattern', (): Pattern => {
    const { startOffset: start } = this.CONSUME(t.OpenParen);
    let parts = NO_PARTS;
    this.ifAt(1, t.beginsPattern, () => {
      parts = this.SUBRULE(this.patternParts);
    });
    this.CONSUME(t.CloseParen);
    return this.ACTION(() => this.sequenceOrOne(parts, this.since(start)));
  });

  // sequencePattern = '[' [patternParts] ']' .
  private readonly sequencePattern: Rule<Pattern> = this.RULE('sequencePattern', (): Pattern => {
    const { startOffset: start } = this.CONSUME(t.OpenSquare);
    let parts = NO_PARTS;
    this.ifAt(1, t.beginsPattern, () => {
      parts = this.SUBRULE(this.patternParts);
    });
    this.CONSUME(t.CloseSquare);
    const { patterns } = parts;
    return { kind: 'MatchSequence', span: this.since(start), patterns };
  });

  private refuseJoined({ span }: Expression, what = 'patterns'): void {
    const title = `${what} may only match literals and attribute lookups`;
    this.error(span, 'bad-pattern', title);
  }

  // literalPattern = strings | ['-'] number [('+' | '-') number] .
  private readonly literalPattern = this.RULE('literalPattern', (): Expression =>
    this.OR([
      { ALT: (): Expression => this.SUBRULE(this.strings) },
      { ALT: (): Expression => this.SUBRULE(this.numberPattern) },
    ]),
  );

  private readonly numberPattern = this.RULE('numberPattern', (): Expression => {
    const { startOffset: start } = this.LA(1);
    const minus = this.OPTION1(() => this.CONSUME1(t.Minus));
    const first = this.number(this.CONSUME1(t.NumberLiteral));
    let value: Expression = this.ACTION(() =>
      minus === undefined
        ? first
        : { kind: 'UnaryOp', span: this.since(start), op: 'USub', operand: first },
    );
    this.OPTION2(() => {
      const operator = this.OR([
        { ALT: () => this.CONSUME(t.Plus) },
        { ALT: () => this.CONSUME2(t.Minus) },
      ]);
      const right = this.number(this.CONSUME2(t.NumberLiteral));
      value = this.ACTION(() => {
        this.checkComplex(first, right);
        const op = operator.tokenTypeIdx === t.Plus.tokenTypeIdx ? 'Add' : 'Sub';
        return { kind: 'BinOp', span: this.since(start), left: value, op, right };
      });
    });
    return value;
  });

  private checkComplex(real: Expression, imaginary: Expression): void {
    const typeOf = (node: Expression): string =>
      node.kind === 'Constant' ? node.value.type : node.kind;
    if (typeOf(real) === 'imaginary') {
      this.error(real.span, 'bad-pattern', 'real number required in complex literal');
    }
    if (typeOf(imaginary) !== 'imaginary') {
      this.error(imaginary.span, 'bad-pattern', 'imaginary number required in complex literal');
    }
  }

  // dotted = name {'.' name} .
  private readonly dotted = this.RULE('dotted', (): Expression => {
    const first = this.CONSUME1(t.Name);
    let value: Expression = this.ACTION(() => ({
      kind: 'Name',
      span: this.spanOf(first),
      id: this.nameOf(first),
    }));
    this.MANY(() => {
      this.CONSUME(t.Dot);
      const token = this.CONSUME2(t.Name);
      value = this.ACTION(() => ({
        kind: 'Attribute',
        span: this.since(first.startOffset),
        value,
        attr: this.nameOf(token),
        attrSpan: this.spanOf(token),
      }));
    });
    return value;
  });

  // namePattern = dotted ['(' [classPart {',' [classPart]}] ')'] .
  private readonly namePattern = this.RULE('namePattern', (): Pattern => {
    const token = this.LA(1);
    const value = this.SUBRULE(this.dotted);
    let pattern: Pattern | undefined;
    this.ifAt(1, atOpenParen, () => {
      this.CONSUME(t.OpenParen);
      const parts: ClassPart[] = [];
      const add = (part: ClassPart): number => parts.push(part);
      this.ifAt(2, t.beginsPattern, () => {
        add(this.SUBRULE1(this.classPart));
        this.restOfList(t.beginsPattern, () => add(this.SUBRULE2(this.classPart)));
      });
      this.CONSUME(t.CloseParen);
      pattern = this.ACTION(() => this.classPattern(value, parts));
    });
    return this.ACTION(() => {
      if (pattern !== undefined) return pattern;
      if (value.kind === 'Name') return this.capture(token, null);
      return { kind: 'MatchValue', span: value.span, value };
    });
  });

  // classPart = asPattern ['=' asPattern] .     the first a name, if there is a second
  private readonly classPart = this.RULE('classPart', (): ClassPart => {
    const first = this.LA(1);
    let pattern = this.SUBRULE1(this.asPattern);
    let name: Token | null = null;
    this.ifAt(1, atEqual, () => {
      const equal = this.CONSUME(t.Equal);
      this.ACTION(() => {
        const isName = first.tokenTypeIdx === t.Name.tokenTypeIdx;
        if (!isName || pattern.span.end !== t.endOf(first)) this.failAt(equal);
      });
      name = first;
      pattern = this.SUBRULE2(this.asPattern);
    });
    return { name, pattern };
  });

  private classPattern(cls: Expression, parts: readonly ClassPart[]): Pattern {
    const patterns: Pattern[] = [];
    const kwd_attrs: string[] = [];
    const kwdSpans: Span[] = [];
    const kwd_patterns: Pattern[] = [];
    for (const { name, pattern } of parts) {
      if (name === null) {
        if (kwd_attrs.length > 0) {
          const title = 'positional patterns follow keyword patterns';
          this.error(pattern.span, 'bad-pattern', title);
        }
        patterns.push(pattern);
      } else {
        kwd_attrs.push(this.nameOf(name));
        kwdSpans.push(this.spanOf(name));
        kwd_patterns.push(pattern);
      }
    }
    const span = this.since(cls.span.start);
    return { kind: 'MatchClass', span, cls, patterns, kwd_attrs, kwdSpans, kwd_patterns };
  }

  // mappingPattern = '{' [mappingPart {',' [mappingPart]}] '}' .
  // mappingPart = '**' name | (literalPattern | 'None' | 'True' | 'False' | dotted) ':' asPattern .
  private readonly mappingPattern = this.RULE('mappingPattern', (): Pattern => {
    const { startOffset: start } = this.CONSUME(t.OpenBrace);
    const keys: Expression[] = [];
    const patterns: Pattern[] = [];
    let rest: Token | null = null;
    const add = (part: MappingPart): void => {
      this.ACTION(() => {
        if (rest !== null) this.failAt(rest, "'**' and its name must stand last");
        rest = part.rest;
        if (part.key !== null) keys.push(part.key);
        if (part.pattern !== null) patterns.push(part.pattern);
      });
    };
    this.ifAt(1, beginsMappingPart, () => {
      add(this.SUBRULE1(this.mappingPart));
      this.restOfList(beginsMappingPart, () => add(this.SUBRULE2(this.mappingPart)));
    });
    this.CONSUME(t.CloseBrace);
    return this.ACTION(() => ({
      kind: 'MatchMapping',
      span: this.since(start),
      keys,
      patterns,
      rest: rest === null ? null : this.nameOf(rest),
      restSpan: rest === null ? null : this.spanOf(rest),
    }));
  });

  private readonly mappingPart: Rule<MappingPart> = this.RULE('mappingPart', (): MappingPart => {
    if (this.RECORDING_PHASE) {
      return this.OR([{ ALT: () => this.readRest() }, { ALT: () => this.readKey() }]);
    }
    return this.at(t.DoubleStar) ? this.readRest() : this.readKey();
  });

  private readRest(): MappingPart {
    this.CONSUME(t.DoubleStar);
    const rest = this.CONSUME(t.Name);
    this.ACTION(() => {
      if (rest.image === '_') this.failAt(rest, "'**_' says nothing: leave it out");
    });
    return { key: null, pattern: null, rest };
  }

  private readKey(): MappingPart {
    const key = this.chosen(2, this.keys);
    this.ACTION(() => {
      if (key.kind === 'Name') this.refuseKey(key);
      if (key.kind === 'JoinedStr') this.refuseJoined(key, 'mapping pattern keys');
    });
    this.CONSUME(t.Colon);
    const pattern = this.SUBRULE(this.asPattern);
    return { key, pattern, rest: null };
  }

  private readonly keys = choices<Expression>(
    [
      [t.StringLiteral, t.BrokenString, t.FStringStart, t.NumberLiteral, t.Minus],
      () => this.SUBRULE(this.literalPattern),
    ],
    [[t.None], () => this.constant(this.CONSUME(t.None), { type: 'None' })],
    [[t.True], () => this.constant(this.CONSUME(t.True), { type: 'bool', value: true })],
    [[t.False], () => this.constant(this.CONSUME(t.False), { type: 'bool', value: false })],
    [[t.Name], () => this.SUBRULE(this.dotted)],
  );

  private refuseKey({ span }: Expression): void {
    const title = 'mapping pattern keys may only match literals and attribute lookups';
    this.error(span, 'bad-pattern', title);
  }
}

const atBar = t.anyOf(t.Bar);
const atAs = t.anyOf(t.As);
const atEqual = t.anyOf(t.Equal);
const atOpenParen = t.anyOf(t.OpenParen);
