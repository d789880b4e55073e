// The words of the language: every kind of token, and what each operator means.
//
// One row per token. The row of an operator also says how tightly it binds and which operator of
// the tree it stands for, so the grammar has one rule for all of them (operators.ts) and asks here.
//
// Three groups, by who makes them:
//
//     lexer      names, numbers, strings, symbols, line breaks
//     keywords   a name whose text is a keyword; lexer.ts looks each name up in KEYWORDS, which is
//                faster than trying 35 patterns at every name
//     later      what passes make of these: Newline, Indent and Dedent, the soft keywords `match`
//                and `case`, `not in` and `is not` as one (layout.ts); f-strings (fstring.ts)

import { createToken, EOF, Lexer } from 'chevrotain';
import type { IToken, TokenType } from 'chevrotain';

import { matchString, matchUnicodeName, matchUnterminatedString } from './scan.ts';
import type { BinaryOperator, BoolOperator, CompareOperator, UnaryOperator } from './tree.ts';

export type Token = IToken;

/** How tightly an operator binds; higher is tighter. */
export const LEVEL = {
  lowest: 0,
  or: 1,
  and: 2,
  not: 3,
  compare: 4,
  bitOr: 5,
  bitXor: 6,
  bitAnd: 7,
  shift: 8,
  sum: 9,
  product: 10,
  sign: 11,
  power: 12,
} as const;

export type Level = (typeof LEVEL)[keyof typeof LEVEL];

/** What an operator between two operands stands for. */
export type Infix =
  | { readonly kind: 'binary'; readonly level: Level; readonly op: BinaryOperator }
  | { readonly kind: 'compare'; readonly level: Level; readonly op: CompareOperator }
  | { readonly kind: 'bool'; readonly level: Level; readonly op: BoolOperator };

/** What an operator before an operand stands for. */
export interface Prefix {
  readonly level: Level;
  readonly op: UnaryOperator;
}

const infixes: Infix[] = [];
const prefixes: Prefix[] = [];
const assigns: BinaryOperator[] = [];

/** What a token means between two operands; only for tokens of InfixOperator. */
export const infixOf = (token: Token): Infix => infixes[token.tokenTypeIdx]!;

/** Whether a token may stand between two operands. */
export const isInfix = (token: Token): boolean => infixes[token.tokenTypeIdx] !== undefined;

/** Whether a token may stand before an operand. */
export const isPrefix = (token: Token): boolean => prefixes[token.tokenTypeIdx] !== undefined;

/** What a token means before an operand; only for tokens of PrefixOperator. */
export const prefixOf = (token: Token): Prefix => prefixes[token.tokenTypeIdx]!;

/** The operator that an augmented assignment applies; only for tokens of AugmentedAssign. */
export const assignOf = (token: Token): BinaryOperator => assigns[token.tokenTypeIdx]!;

/** Whether a token assigns and applies an operator. */
export const isAugmented = (token: Token): boolean => assigns[token.tokenTypeIdx] !== undefined;

// ------------------------------------------------------------ categories

const category = (name: string): TokenType => createToken({ name, pattern: Lexer.NA });

export const InfixOperator = category('InfixOperator');
export const PrefixOperator = category('PrefixOperator');
export const AugmentedAssign = category('AugmentedAssign');

// ----------------------------------------------------------- constructors

const made: TokenType[] = [];
const keywords = new Map<string, TokenType>();

function make(name: string, pattern: string | RegExp, categories: TokenType[] = []): TokenType {
  const type = createToken({ name, pattern, categories });
  made.push(type);
  return type;
}

/** A token that no pattern matches: a pass makes it. */
const later = (name: string, categories: TokenType[] = []): TokenType =>
  createToken({ name, pattern: Lexer.NA, categories });

function keyword(text: string, categories: TokenType[] = []): TokenType {
  const type = later(text, categories);
  keywords.set(text, type);
  return type;
}

function means(type: TokenType, infix: Infix): TokenType {
  infixes[type.tokenTypeIdx!] = infix;
  return type;
}

function binary(text: string, op: BinaryOperator, level: Level): TokenType {
  return means(make(text, text, [InfixOperator]), { kind: 'binary', op, level });
}

function compare(text: string, op: CompareOperator): TokenType {
  return means(make(text, text, [InfixOperator]), { kind: 'compare', op, level: LEVEL.compare });
}

function before(type: TokenType, op: UnaryOperator, level: Level): TokenType {
  prefixes[type.tokenTypeIdx!] = { op, level };
  return type;
}

function assign(text: string, op: BinaryOperator): TokenType {
  const type = make(text, text, [AugmentedAssign]);
  assigns[type.tokenTypeIdx!] = op;
  return type;
}

// ------------------------------------------- what the lexer makes, in order
//
// Where one pattern begins as another does, the longer stands first.

const NAME_STARTS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_'.split('');
const STRING_STARTS = 'rRbBfFuU\'"'.split('');

/** Every character code beyond ASCII; the lexer keeps patterns by first character. */
const BEYOND_ASCII = Array.from({ length: 0x1_0000 - 0x80 }, (_, i) => i + 0x80).filter(
  // Beyond 255 the lexer sorts characters into buckets of 255, and one of each bucket is enough.
  (code) => code <= 256 || code % 255 === 0,
);

export const Whitespace = createToken({
  name: 'Whitespace',
  pattern: /[ \t\f]+/,
  group: Lexer.SKIPPED,
});

export const StringLiteral = createToken({
  name: 'String',
  pattern: matchString,
  start_chars_hint: STRING_STARTS,
  line_breaks: true,
});

export const UnterminatedString = createToken({
  name: 'UnterminatedString',
  pattern: matchUnterminatedString,
  start_chars_hint: STRING_STARTS,
  line_breaks: true,
});

// Digits cannot begin a name, but a plain class is what the lexer scans without a RegExp; the hint
// keeps digits away.
export const Name = createToken({
  name: 'Name',
  pattern: /[a-zA-Z0-9_]+/,
  start_chars_hint: NAME_STARTS,
});

/** A name from its first letter beyond ASCII on; lexer.ts joins it to what is before. */
export const UnicodeName = createToken({
  name: 'UnicodeName',
  pattern: matchUnicodeName,
  start_chars_hint: BEYOND_ASCII,
  line_breaks: false,
});

// The shape of a number, also where its value is refused later (`0777`). What may not follow a
// number is seen by lexer.ts, since a RegExp that looked ahead could only fail.
export const NumberLiteral = createToken({
  name: 'Number',
  pattern: new RegExp(
    [
      '0[xX](?:_?[0-9a-fA-F])+',
      '0[oO](?:_?[0-7])+',
      '0[bB](?:_?[01])+',
      // 1  1.  1.5  .5, each with an exponent or not, and with a j or not
      '(?:DIGITS(?:\\.(?:DIGITS)?)?|\\.DIGITS)(?:[eE][+-]?DIGITS)?[jJ]?',
    ]
      .join('|')
      .replaceAll('DIGITS', '[0-9](?:_?[0-9])*'),
  ),
});

/** A line break, with the blank and comment lines after it. */
export const LineBreak = createToken({
  name: 'LineBreak',
  // Repeated without bound, a file of nothing but comments would exhaust the RegExp's own stack.
  pattern: /(?:\r\n?|\n)(?:[ \t\f]*(?:#[^\r\n]*)?(?:\r\n?|\n)){0,500}/,
  line_breaks: true,
});

export const Comment = createToken({
  name: 'Comment',
  pattern: /#[^\r\n]*/,
  group: Lexer.SKIPPED,
});

export const Continuation = createToken({
  name: 'Continuation',
  // At the very end there is no line to go on to.
  pattern: /\\(?:\r\n?|\n)(?=[\s\S])/,
  group: Lexer.SKIPPED,
  line_breaks: true,
});

export const OpenParen = make('(', '(');
export const CloseParen = make(')', ')');
export const OpenSquare = make('[', '[');
export const CloseSquare = make(']', ']');
export const OpenBrace = make('{', '{');
export const CloseBrace = make('}', '}');
export const Comma = make(',', ',');
export const Semicolon = make(';', ';');
export const ColonEqual = make(':=', ':=');
export const Colon = make(':', ':');
export const Arrow = make('->', '->');
export const Ellipsis = make('...', '...');
export const Dot = make('.', '.');

export const DoubleStarEqual = assign('**=', 'Pow');
export const DoubleSlashEqual = assign('//=', 'FloorDiv');
export const LeftShiftEqual = assign('<<=', 'LShift');
export const RightShiftEqual = assign('>>=', 'RShift');
export const PlusEqual = assign('+=', 'Add');
export const MinusEqual = assign('-=', 'Sub');
export const StarEqual = assign('*=', 'Mult');
export const SlashEqual = assign('/=', 'Div');
export const PercentEqual = assign('%=', 'Mod');
export const AtEqual = assign('@=', 'MatMult');
export const AmpersandEqual = assign('&=', 'BitAnd');
export const BarEqual = assign('|=', 'BitOr');
export const CaretEqual = assign('^=', 'BitXor');

export const Equals = compare('==', 'Eq');
export const NotEquals = compare('!=', 'NotEq');
export const LessEqual = compare('<=', 'LtE');
export const GreaterEqual = compare('>=', 'GtE');
export const DoubleStar = binary('**', 'Pow', LEVEL.power);
export const DoubleSlash = binary('//', 'FloorDiv', LEVEL.product);
export const LeftShift = binary('<<', 'LShift', LEVEL.shift);
export const RightShift = binary('>>', 'RShift', LEVEL.shift);
export const Less = compare('<', 'Lt');
export const Greater = compare('>', 'Gt');
export const Plus = sign('+', 'Add', 'UAdd');
export const Minus = sign('-', 'Sub', 'USub');
export const Star = binary('*', 'Mult', LEVEL.product);
export const Slash = binary('/', 'Div', LEVEL.product);
export const Percent = binary('%', 'Mod', LEVEL.product);
export const At = binary('@', 'MatMult', LEVEL.product);
export const Ampersand = binary('&', 'BitAnd', LEVEL.bitAnd);
export const Bar = binary('|', 'BitOr', LEVEL.bitOr);
export const Caret = binary('^', 'BitXor', LEVEL.bitXor);
export const Tilde = before(make('~', '~', [PrefixOperator]), 'Invert', LEVEL.sign);
export const Equal = make('=', '=');

function sign(text: string, op: BinaryOperator, unary: UnaryOperator): TokenType {
  const type = make(text, text, [InfixOperator, PrefixOperator]);
  return before(means(type, { kind: 'binary', op, level: LEVEL.sum }), unary, LEVEL.sign);
}

/** A string that was reported as broken: it stands for a string, and its value means nothing. */
export const BrokenString = later('BrokenString');

/** A character that begins nothing: a mistake, which lexer.ts reports and leaves out. */
export const BadCharacter = createToken({
  name: 'BadCharacter',
  // A backslash that continues no line is one, with what blanks follow it, and the end of its line:
  // it was meant to go on.
  pattern: /\\[ \t\f]*(?:\r\n?|\n)?|[^\\]/,
  start_chars_hint: [...Array.from({ length: 0x80 }, (_, i) => i), ...BEYOND_ASCII],
  line_breaks: true,
});

// ---------------------------------------------------------------- keywords

export const And = word('and', { kind: 'bool', op: 'And', level: LEVEL.and });
export const As = keyword('as');
export const Assert = keyword('assert');
export const Async = keyword('async');
export const Await = keyword('await');
export const Break = keyword('break');
export const Class = keyword('class');
export const Continue = keyword('continue');
export const Def = keyword('def');
export const Del = keyword('del');
export const Elif = keyword('elif');
export const Else = keyword('else');
export const Except = keyword('except');
export const False = keyword('False');
export const Finally = keyword('finally');
export const For = keyword('for');
export const From = keyword('from');
export const Global = keyword('global');
export const If = keyword('if');
export const Import = keyword('import');
export const In = word('in', { kind: 'compare', op: 'In', level: LEVEL.compare });
export const Is = word('is', { kind: 'compare', op: 'Is', level: LEVEL.compare });
export const Lambda = keyword('lambda');
export const None = keyword('None');
export const Nonlocal = keyword('nonlocal');
export const Not = before(keyword('not', [PrefixOperator]), 'Not', LEVEL.not);
export const Or = word('or', { kind: 'bool', op: 'Or', level: LEVEL.or });
export const Pass = keyword('pass');
export const Raise = keyword('raise');
export const Return = keyword('return');
export const True = keyword('True');
export const Try = keyword('try');
export const While = keyword('while');
export const With = keyword('with');
export const Yield = keyword('yield');

function word(text: string, infix: Infix): TokenType {
  return means(keyword(text, [InfixOperator]), infix);
}

/** The hard keywords, by their text. */
export const KEYWORDS: ReadonlyMap<string, TokenType> = keywords;

// ------------------------------------------------------ what passes make

export const NotIn = means(later('not in', [InfixOperator]), {
  kind: 'compare',
  op: 'NotIn',
  level: LEVEL.compare,
});
export const IsNot = means(later('is not', [InfixOperator]), {
  kind: 'compare',
  op: 'IsNot',
  level: LEVEL.compare,
});

export const Newline = later('Newline');
export const Indent = later('Indent');
export const Dedent = later('Dedent');

/** `match` at the head of a match statement, and `case` at the head of one of its clauses. */
export const Match = later('match');
export const Case = later('case');

// An f-string f"a{x!r:>{w}}b" is FStringStart FStringText FieldOpen Name Conversion SpecOpen
// FStringText FieldOpen Name FieldClose FieldClose FStringText FStringEnd.
export const FStringStart = later('FStringStart');
export const FStringText = later('FStringText');
export const FStringEnd = later('FStringEnd');
export const FieldOpen = later('FieldOpen');
/** The `=` of `{x = }`, with the blanks around it. */
export const FieldDebug = later('FieldDebug');
export const Conversion = later('Conversion');
export const SpecOpen = later('SpecOpen');
export const FieldClose = later('FieldClose');

// ------------------------------------------------------------ vocabularies

/** What the lexer tries, in this order. */
export const LEXED: TokenType[] = [
  Whitespace,
  StringLiteral,
  UnterminatedString,
  Name,
  UnicodeName,
  NumberLiteral,
  LineBreak,
  Comment,
  Continuation,
  ...made,
  BadCharacter,
];

/** What the grammar may name. */
export const VOCABULARY: TokenType[] = [
  InfixOperator,
  PrefixOperator,
  AugmentedAssign,
  StringLiteral,
  BrokenString,
  Name,
  NumberLiteral,
  ...made,
  ...keywords.values(),
  NotIn,
  IsNot,
  Newline,
  Indent,
  Dedent,
  Match,
  Case,
  FStringStart,
  FStringText,
  FStringEnd,
  FieldOpen,
  FieldDebug,
  Conversion,
  SpecOpen,
  FieldClose,
];

/** Whether a token is of one of some types, as a table that is quick to ask. */
export function anyOf(...types: readonly TokenType[]): (token: Token) => boolean {
  const table: boolean[] = [];
  for (const { tokenTypeIdx } of types) table[tokenTypeIdx!] = true;
  return (token) => table[token.tokenTypeIdx] === true;
}

/** What begins an expression. */
const EXPRESSION_HEADS = [
  ...[Name, NumberLiteral, StringLiteral, BrokenString, FStringStart, None, True, False, Ellipsis],
  ...[OpenParen, OpenSquare, OpenBrace, Lambda, Await, Plus, Minus, Tilde, Not],
];

export const beginsExpression = anyOf(...EXPRESSION_HEADS);
/** An expression, or one with a star. */
export const beginsElement = anyOf(...EXPRESSION_HEADS, Star);
export const beginsArgument = anyOf(...EXPRESSION_HEADS, Star, DoubleStar);
export const beginsSubscript = anyOf(...EXPRESSION_HEADS, Star, Colon);
export const beginsParameter = anyOf(Name, Star, DoubleStar, Slash);
export const beginsPattern = anyOf(
  ...[Name, NumberLiteral, Minus, StringLiteral, BrokenString, FStringStart, None, True, False],
  ...[OpenParen, OpenSquare, OpenBrace, Star],
);

/** Whether a token is the one that stands for whatever is before the first and after the last. */
export const isEnd = (token: Token): boolean => token.tokenTypeIdx === EOF.tokenTypeIdx;

const ENDS_LINE = anyOf(Newline, Indent, Dedent);

/** Whether a token ends a line of the program, or begins one; or there is none. */
export const endsLine = (token: Token): boolean => ENDS_LINE(token) || isEnd(token);

/** The offset after a token's last character. */
export const endOf = (token: Token): number => token.startOffset + token.image.length;

/** A token of a given kind that some pass makes. */
export function makeToken(type: TokenType, image: string, startOffset: number): Token {
  return { image, startOffset, tokenTypeIdx: type.tokenTypeIdx!, tokenType: type };
}
