// Strings: several side by side are one, and f-strings have expressions in them.
//
//     'a' f'b{x}' 'c'      JoinedStr [Constant 'ab', FormattedValue x, Constant 'c']

import { GrammarParameters } from './grammar-parameters.ts';
import type { Items } from './grammar-displays.ts';
import {
  joinsSurrogates,
  stringParts,
  stringValue,
  SURROGATE_PAIR,
  SURROGATES_RAISE,
  textConstant,
  textValue,
} from './literals.ts';
import type { OnMistake } from './literals.ts';
import * as t from './tokens.ts';
import type { Token } from './tokens.ts';
import type { Constant, Expression, FormattedValue, JoinedStr, Span, StrValue } from './tree.ts';

/** What one token or f-string gives to the whole. */
type Piece = Constant | FormattedValue;

/** Mistakes that a string has a meaning in spite of. */
const WARNINGS: ReadonlySet<string> = new Set(['surrogate-pair', 'unknown-escape']);

/** One literal of a row of them. */
interface Literal {
  readonly start: number;
  readonly end: number;
  readonly isF: boolean;
  readonly pieces: readonly Piece[];
}

export abstract class GrammarStrings extends GrammarParameters {
  // strings = (string | fstring) {string | fstring} .
  protected readonly strings = this.RULE('strings', (): Expression => {
    const first = this.SUBRULE1(this.literal);
    let rest: Literal[] | undefined;
    this.MANY(() => {
      (rest ??= []).push(this.SUBRULE2(this.literal));
    });
    return this.ACTION(() => {
      if (rest === undefined && !first.isF) return first.pieces[0]!;
      return this.joined([first, ...(rest ?? [])]);
    });
  });

  // literal = string | fstring .
  private readonly literal = this.RULE('literal', (): Literal => this.OR(this.literalKinds));

  private readonly literalKinds = [
    { ALT: (): Literal => this.plainLiteral(this.CONSUME(t.StringLiteral)) },
    { ALT: (): Literal => this.brokenLiteral(this.CONSUME(t.BrokenString)) },
    { ALT: (): Literal => this.SUBRULE(this.fstring) },
  ];

  private plainLiteral(token: Token): Literal {
    return this.ACTION(() => {
      const { startOffset: start, image } = token;
      const span = this.spanOf(token);
      const value = stringValue(image, this.mistakesFrom(start));
      return { start, end: span.end, isF: false, pieces: [{ kind: 'Constant', span, value }] };
    });
  }

  private brokenLiteral(token: Token): Literal {
    return this.ACTION(() => {
      const span = this.spanOf(token);
      const pieces: Piece[] = [{ kind: 'Constant', span, value: { type: 'str', value: '' } }];
      return { ...span, isF: false, pieces };
    });
  }

  /** Mistakes within a token, as places in the source. */
  private mistakesFrom(offset: number): OnMistake {
    return (start, end, code, title, help) => {
      const span = { start: offset + start, end: offset + end };
      if (WARNINGS.has(code)) this.report.warning(this.source, span, code, title, { help });
      else this.error(span, code, title, { help });
    };
  }

  /** The node of several literals side by side, or of one f-string. */
  private joined(literals: readonly Literal[]): Expression {
    const first = literals[0]!;
    const span = { start: first.start, end: literals.at(-1)!.end };
    const node = literals.some(({ isF }) => isF)
      ? this.joinedStr(literals, span)
      : this.joinedConstant(literals, span);
    const joint = literals.findIndex((literal, i) => this.sharesLine(literals[i - 1], literal));
    const second = literals[joint];
    if (second !== undefined) {
      this.joinedStrings.set(node, { start: second.start, end: second.end });
    }
    return node;
  }

  /**
   * Whether two literals stand on one line. Where each has its own line, they are a long text
   * written over several lines; on one line there is no reason for two.
   */
  private sharesLine(before: Literal | undefined, after: Literal): boolean {
    return before !== undefined && !/[\r\n]/.test(this.source.text.slice(before.end, after.start));
  }

  private joinedConstant(literals: readonly Literal[], span: Span): Constant {
    const pieces = literals.map((literal) => literal.pieces[0] as Constant);
    const values = pieces.map(({ value }) => value);
    const bytes = values.flatMap((value) => (value.type === 'bytes' ? [value.value] : []));
    if (bytes.length === 0) {
      const strs = values as readonly StrValue[];
      const split = this.splitPair(pieces, span) || strs.some(({ type }) => type === 'surrogates');
      const value = strs.map((one) => one.value).join('');
      return { kind: 'Constant', span, value: { type: split ? 'surrogates' : 'str', value } };
    }
    if (bytes.length < values.length) this.mixedBytes(span);
    const value = Uint8Array.from(bytes.flatMap((one) => [...one]));
    return { kind: 'Constant', span, value: { type: 'bytes', value } };
  }

  private joinedStr(literals: readonly Literal[], span: Span): JoinedStr {
    const pieces = literals.flatMap((literal) => literal.pieces);
    if (pieces.some((piece) => piece.kind === 'Constant' && piece.value.type === 'bytes')) {
      this.mixedBytes(span);
    }
    const values: readonly Piece[] = this.splitPair(pieces, span)
      ? [{ kind: 'Constant', span, value: { type: 'surrogates', value: '' } }]
      : mergeTexts(pieces);
    return { kind: 'JoinedStr', span, values };
  }

  /** As V3 in literals.ts, where the two halves stand in two literals. */
  private splitPair(pieces: readonly Piece[], span: Span): boolean {
    const texts = pieces.map((piece) => textOf(piece) ?? '');
    const split = texts.some((text, i) => i > 0 && joinsSurrogates(texts[i - 1]!, text));
    if (split) {
      const details = { help: SURROGATES_RAISE };
      this.report.warning(this.source, span, 'surrogate-pair', SURROGATE_PAIR, details);
    }
    return split;
  }

  private mixedBytes(span: Span): void {
    this.error(span, 'bad-string', 'cannot mix bytes and nonbytes literals');
  }

  // fstring = FStringStart {FStringText | field} FStringEnd .
  private readonly fstring = this.RULE('fstring', (): Literal => {
    const open = this.CONSUME(t.FStringStart);
    const raw = this.ACTION(() => stringParts(open.image).raw);
    const pieces = this.SUBRULE(this.pieces, { ARGS: [raw] });
    this.CONSUME(t.FStringEnd);
    return this.ACTION(() => ({ ...this.since(open.startOffset), isF: true, pieces }));
  });

  // pieces = {FStringText | field} .
  private readonly pieces = this.RULE('pieces', (raw: boolean): Piece[] => {
    const pieces: Piece[] = [];
    this.MANY(() => {
      this.OR([
        {
          ALT: () => {
            const token = this.CONSUME(t.FStringText);
            this.ACTION(() => pieces.push(this.text(token, raw)));
          },
        },
        {
          ALT: () => {
            const field = this.SUBRULE(this.field, { ARGS: [raw] });
            this.ACTION(() => pieces.push(...field));
          },
        },
      ]);
    });
    return pieces;
  });

  private text(token: Token, raw: boolean): Constant {
    const value = textConstant(token.image, raw, this.mistakesFrom(token.startOffset));
    return { kind: 'Constant', span: this.spanOf(token), value };
  }

  // field = FieldOpen groupItems [FieldDebug] [Conversion] [SpecOpen pieces] FieldClose .
  //
  // With FieldDebug, the text of the expression goes before its value.
  private readonly field = this.RULE('field', (raw: boolean): Piece[] => {
    const open = this.CONSUME(t.FieldOpen);
    const items: Items = this.SUBRULE(this.groupItems);
    const inside = this.ACTION(() => this.since(t.endOf(open)));
    const debug = this.OPTION1(() => this.CONSUME(t.FieldDebug));
    const mark = this.OPTION2(() => this.CONSUME(t.Conversion));
    let format_spec: JoinedStr | null = null;
    this.OPTION3(() => {
      const colon = this.CONSUME(t.SpecOpen);
      const pieces = this.SUBRULE(this.pieces, { ARGS: [raw] });
      this.ACTION(() => {
        const span = this.since(t.endOf(colon));
        format_spec = { kind: 'JoinedStr', span, values: mergeTexts(pieces) };
      });
    });
    this.CONSUME(t.FieldClose);
    return this.ACTION(() => {
      const value = this.grouped(items, inside);
      const plain = debug !== undefined && mark === undefined && format_spec === null;
      const conversion = plain ? 'r' : conversionOf(mark);
      const span = this.since(open.startOffset);
      const field: Piece = { kind: 'FormattedValue', span, value, conversion, format_spec };
      return debug === undefined ? [field] : [this.debugText(open, debug), field];
    });
  });

  /** The text from after the brace to after the `=` and its blanks. */
  private debugText(open: Token, debug: Token): Constant {
    const span = { start: t.endOf(open), end: t.endOf(debug) };
    const value = textValue(this.source.slice(span), true, () => {});
    return { kind: 'Constant', span, value: { type: 'str', value } };
  }
}

function conversionOf(mark: Token | undefined): FormattedValue['conversion'] {
  switch (mark?.image) {
    case '!s':
      return 's';
    case '!r':
      return 'r';
    case '!a':
      return 'a';
    default:
      return null;
  }
}

/** Texts side by side as one, and empty ones left out. */
function mergeTexts(pieces: readonly Piece[]): Piece[] {
  const merged: Piece[] = [];
  for (const piece of pieces) {
    const last = merged.at(-1);
    const text = textOf(piece);
    const before = last === undefined ? null : textOf(last);
    if (text === '') continue;
    if (text === null || before === null) {
      merged.push(piece);
      continue;
    }
    const span = { start: last!.span.start, end: piece.span.end };
    const value = { type: 'str', value: before + text } as const;
    merged[merged.length - 1] = { kind: 'Constant', span, value };
  }
  return merged;
}

function textOf(piece: Piece): string | null {
  return piece.kind === 'Constant' && piece.value.type === 'str' ? piece.value.value : null;
}
