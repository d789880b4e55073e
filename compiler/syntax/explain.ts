// Explaining: from "this token fits no rule" to what a person most likely did.
//
// The grammar says only where it could not go on. Here the tokens around that place are looked at,
// from the most telling sign to the least; the first that applies is what is reported. Nothing here
// decides whether a program is accepted, so a guess may be wrong without harm.

import type { Source, Span } from '../diagnostics/source.ts';
import type { Details } from '../diagnostics/report.ts';
import { suggest } from '../diagnostics/suggest.ts';
import type { SyntaxCode } from './mistakes.ts';
import * as t from './tokens.ts';
import type { Token } from './tokens.ts';

/** The place where the grammar could not go on. */
export interface Impasse {
  readonly source: Source;
  /** The token at a distance: 1 is the one that does not fit, 0 the one before it. */
  readonly look: (distance: number) => Token;
  /** The name of the only token that would have fitted, or ''. */
  readonly expected: string;
  /** The first token of the statement. */
  readonly first: Token;
}

export interface Explanation {
  readonly span: Span;
  readonly code: SyntaxCode;
  readonly title: string;
  readonly details: Details;
}

export function explain(impasse: Impasse): Explanation {
  for (const sign of SIGNS) {
    const found = sign(impasse);
    if (found !== null) return found;
  }
  const next = impasse.look(1);
  const label = `${describeToken(next)} does not fit here`;
  return syntax(impasse, placeOf(impasse, next), 'invalid syntax', { label });
}

type Sign = (impasse: Impasse) => Explanation | null;

const is = (token: Token, ...types: (typeof t.Name)[]): boolean =>
  types.some((type) => type.tokenTypeIdx === token.tokenTypeIdx);

const endsLine = (token: Token): boolean =>
  t.isEnd(token) || is(token, t.Newline, t.Indent, t.Dedent);
const isKeyword = (token: Token): boolean => t.KEYWORDS.get(token.image) === token.tokenType;
const isWord = (token: Token): boolean => is(token, t.Name);

/** The place of a token; where the line ends too early, the place just after what it has. */
function placeOf({ source, look }: Impasse, token: Token): Span {
  if (!endsLine(token)) return { start: token.startOffset, end: t.endOf(token) };
  let back = 0;
  while (endsLine(look(back)) && !t.isEnd(look(back))) back -= 1;
  const end = t.isEnd(look(back)) ? 0 : t.endOf(look(back));
  return { start: Math.min(end, source.text.length), end };
}

function syntax(_: Impasse, span: Span, title: string, details: Details): Explanation {
  return { span, code: 'syntax', title, details };
}

function describeToken(token: Token): string {
  if (endsLine(token)) return 'the end of the line';
  if (isKeyword(token)) return `the keyword '${token.image}'`;
  if (is(token, t.StringLiteral, t.BrokenString, t.FStringStart)) return 'this string';
  if (is(token, t.NumberLiteral)) return 'this number';
  if (isWord(token)) return `'${token.image}'`;
  return `'${token.image}'`;
}

/** Statements that may follow no other on a line without a semicolon. */
const beginsValue = (token: Token): boolean =>
  is(token, t.Name, t.NumberLiteral, t.StringLiteral, t.BrokenString, t.FStringStart, t.None) ||
  is(token, t.True, t.False, t.OpenBrace, t.Lambda, t.Not, t.Tilde, t.Await, t.Ellipsis);

/** Keywords that begin a line, for `suggest`. */
const STARTERS = [
  ...['assert', 'async', 'await', 'break', 'class', 'continue', 'def', 'del', 'elif', 'else'],
  ...['except', 'finally', 'for', 'from', 'global', 'if', 'import', 'match', 'nonlocal', 'pass'],
  ...['raise', 'return', 'try', 'while', 'with', 'yield', 'case', 'lambda'],
];

/** What other languages write, and what it is here. */
const FOREIGN: Readonly<Record<string, string>> = {
  function: 'def',
  func: 'def',
  fn: 'def',
  fun: 'def',
  elseif: 'elif',
  elsif: 'elif',
  elsewhere: 'else',
  switch: 'match',
  catch: 'except',
  throw: 'raise',
  foreach: 'for',
  until: 'while not',
  unless: 'if not',
  let: '',
  var: '',
  const: '',
  new: '',
};

/** `print x` */
const printStatement: Sign = (impasse) => {
  const { first, look } = impasse;
  const next = look(1);
  if (!isWord(first) || (first.image !== 'print' && first.image !== 'exec')) return null;
  if (look(0) !== first || !beginsValue(next)) return null;
  return {
    span: { start: first.startOffset, end: t.endOf(next) },
    code: 'missing-parentheses',
    title: `Missing parentheses in call to '${first.image}'. Did you mean ${first.image}(...)?`,
    details: {},
  };
};

/** `retrun x`, `esle:`, `else if x:` */
const misspelledKeyword: Sign = (impasse) => {
  const { first, look } = impasse;
  const next = look(1);
  const span = { start: first.startOffset, end: t.endOf(first) };
  if (is(look(0), t.Else) && is(next, t.If)) {
    const whole = { start: look(0).startOffset, end: t.endOf(next) };
    const details = { help: "write 'elif'" };
    return { span: whole, code: 'misspelled-keyword', title: "expected ':'", details };
  }
  if (!isWord(first)) return null;
  // Only a word before something no value may be followed by is a slip for a keyword.
  const isHead = look(0) === first || (is(look(0), t.Colon) && look(-1) === first);
  const isHeadOfMore = !isHead && headsColon(impasse);
  if (!isHead && !isHeadOfMore) return null;
  const foreign = Object.hasOwn(FOREIGN, first.image) ? FOREIGN[first.image] : undefined;
  if (foreign !== undefined) {
    const help = foreign === '' ? `leave out '${first.image}'` : `write '${foreign}'`;
    return { span, code: 'misspelled-keyword', title: 'invalid syntax', details: { help } };
  }
  const near = suggest(first.image, STARTERS);
  if (near === null) return null;
  const details = { label: 'no keyword', help: `did you mean '${near}'?` };
  return { span, code: 'misspelled-keyword', title: 'invalid syntax', details };
};

/** Whether the line ends in a colon, as the head of a block does. */
function headsColon({ look }: Impasse): boolean {
  let ahead = 1;
  while (!endsLine(look(ahead))) ahead += 1;
  return is(look(ahead - 1), t.Colon);
}

/** `class = 1`, `x.from` */
const keywordAsName: Sign = ({ look, expected, first }) => {
  const next = look(1);
  const before = look(0);
  const span = { start: next.startOffset, end: t.endOf(next) };
  const details = { label: `'${next.image}' is a keyword and cannot be a name` };
  if (expected === t.Name.name && isKeyword(next)) {
    return { span, code: 'keyword-as-name', title: 'invalid syntax', details };
  }
  if (before === first && isKeyword(before) && is(next, t.Equal)) {
    const at = { start: before.startOffset, end: t.endOf(before) };
    const label = `'${before.image}' is a keyword and cannot be a name`;
    return { span: at, code: 'keyword-as-name', title: 'invalid syntax', details: { label } };
  }
  return null;
};

/** `if x = 1:`, `f(a.b = 1)` */
const assignInExpression: Sign = (impasse) => {
  const next = impasse.look(1);
  if (!is(next, t.Equal)) return null;
  const isLiteral = is(impasse.look(0), t.NumberLiteral, t.StringLiteral, t.BrokenString);
  const title = isLiteral
    ? "cannot assign to literal here. Maybe you meant '==' instead of '='?"
    : "invalid syntax. Maybe you meant '==' or ':=' instead of '='?";
  if (is(impasse.look(0), t.Equal)) {
    const start = impasse.look(0).startOffset;
    const help = "write '==' as one word to compare";
    const span = { start, end: t.endOf(next) };
    return { span, code: 'assign-in-expression', title, details: { help } };
  }
  const inBraces = innermostBracket(impasse, impasse.first) === t.OpenBrace;
  return {
    span: { start: next.startOffset, end: t.endOf(next) },
    code: 'assign-in-expression',
    title,
    details: inBraces
      ? { help: "write ':' between a key and its value" }
      : { label: "'=' assigns, and can do so only in a statement of its own" },
  };
};

/** `while x` with more on the line */
const missingColon: Sign = (impasse) => {
  if (impasse.expected !== t.Colon.name) return null;
  // A line that does end in a colon has something else wrong before it, unless nothing may be
  // there.
  const isBare = is(impasse.look(0), t.Try, t.Else, t.Finally);
  if (headsColon(impasse) && !isBare) return null;
  const next = impasse.look(1);
  return {
    span: placeOf(impasse, next),
    code: 'missing-colon',
    title: "expected ':'",
    details: endsLine(next) ? {} : { label: `before ${describeToken(next)}` },
  };
};

const FOREIGN_OPERATORS: Readonly<Record<string, string>> = {
  '&&': 'and',
  '||': 'or',
  '<>': '!=',
  '=>': '>=',
  '=<': '<=',
};

/** `x++`, `a && b`, `x := 1`, `f'{lambda: 0}'` */
const foreignOperator: Sign = (impasse) => {
  const { look, expected } = impasse;
  const next = look(1);
  const before = look(0);
  if (is(next, t.ColonEqual)) {
    const help = "write '=', or put ':=' and what is around it in parentheses";
    return syntax(impasse, placeOf(impasse, next), 'invalid syntax', { help });
  }
  if (is(next, t.SpecOpen) && expected === t.Colon.name) {
    const help = 'put the lambda in parentheses';
    return syntax(impasse, placeOf(impasse, next), 'f-string: invalid syntax', { help });
  }
  const touches = t.endOf(before) === next.startOffset;
  const pair = before.image + next.image;
  const span = { start: before.startOffset, end: t.endOf(next) };
  const known = Object.hasOwn(FOREIGN_OPERATORS, pair) ? FOREIGN_OPERATORS[pair] : undefined;
  if (touches && known !== undefined) {
    const help = `write '${known}'`;
    return syntax(impasse, span, 'invalid syntax', { help });
  }
  const twice = look(-1).image + before.image;
  if (endsLine(next) && (twice === '++' || twice === '--')) {
    const whole = { start: look(-1).startOffset, end: t.endOf(before) };
    const help = `write '${twice[0]}= 1'`;
    return syntax(impasse, whole, 'invalid syntax', { help });
  }
  return null;
};

/** An operator, comma or bracket with nothing after it. */
const missingValue: Sign = (impasse) => {
  const { look, expected } = impasse;
  const next = look(1);
  const before = look(0);
  if (expected !== '' || endsLine(before)) return null;
  const wants =
    t.isInfix(before) ||
    is(before, t.Not, t.Tilde, t.Equal, t.ColonEqual, t.Colon, t.OpenParen, t.OpenSquare) ||
    is(before, t.Comma, t.FieldOpen, t.Await) ||
    t.AugmentedAssign.categoryMatches?.includes(before.tokenTypeIdx) === true ||
    isKeyword(before);
  if (!wants || is(before, t.None, t.True, t.False)) return null;
  if (is(before, t.Colon) && is(next, t.If, t.For, t.While, t.With, t.Try, t.Def, t.Class)) {
    const label = 'a statement with a block of its own begins a new line';
    return syntax(impasse, placeOf(impasse, next), 'invalid syntax', { label });
  }
  const isImport = is(before, t.Import) || (is(before, t.From) && before === impasse.first);
  const what = isImport || is(before, t.Global, t.Nonlocal) ? 'a name' : 'a value';
  const label = `expected ${what} after '${before.image}'`;
  return syntax(impasse, placeOf(impasse, next), 'invalid syntax', { label });
};

/** A clause whose statement is not above it. */
const strayClause: Sign = (impasse) => {
  const { look, first } = impasse;
  if (look(1) !== first || !is(first, t.Elif, t.Else, t.Except, t.Finally)) return null;
  const owner = is(first, t.Elif, t.Else) ? 'if' : 'try';
  const span = { start: first.startOffset, end: t.endOf(first) };
  const label = `no '${owner}' above is indented as this line is`;
  return syntax(impasse, span, 'invalid syntax', { label });
};

/** One certain token was missing. */
const missingToken: Sign = (impasse) => {
  const { expected, look } = impasse;
  const next = look(1);
  if (expected === '' || expected === t.Newline.name) return null;
  const what = EXPECTED_WORDS[expected] ?? `'${expected}'`;
  const title = FORCED.has(expected) ? `expected ${what}` : 'invalid syntax';
  const label = `expected ${what}` + (endsLine(next) ? '' : `, found ${describeToken(next)}`);
  return syntax(impasse, placeOf(impasse, next), title, FORCED.has(expected) ? {} : { label });
};

const EXPECTED_WORDS: Readonly<Record<string, string>> = {
  [t.Name.name]: 'a name',
  [t.NumberLiteral.name]: 'a number',
  [t.Dedent.name]: 'the end of the block',
};

/** Tokens whose absence CPython names. */
const FORCED = new Set([t.OpenParen.name]);

/** Two values side by side in brackets, or at the end of a statement. */
const twoValues: Sign = (impasse) => {
  const { look, first } = impasse;
  const next = look(1);
  const before = look(0);
  const endsValue =
    is(before, t.Name, t.NumberLiteral, t.StringLiteral, t.FStringEnd, t.CloseParen) ||
    is(before, t.CloseSquare, t.CloseBrace, t.None, t.True, t.False);
  if (!endsValue || !beginsValue(next)) return null;
  if (innermostBracket(impasse, first) !== null) {
    const title = 'invalid syntax. Perhaps you forgot a comma?';
    const span = { start: next.startOffset, end: t.endOf(next) };
    const label = 'a comma may be missing before this';
    return { span, code: 'missing-comma', title, details: { label } };
  }
  const label = `${describeToken(next)} does not go on from what is before it`;
  return syntax(impasse, placeOf(impasse, next), 'invalid syntax', { label });
};

/** The kind of the innermost bracket open at the place, if one is. */
function innermostBracket({ look }: Impasse, first: Token): typeof t.Name | null {
  let depth = 0;
  for (let back = 0; !t.isEnd(look(back)); back--) {
    const token = look(back);
    if (is(token, t.CloseParen, t.CloseSquare, t.CloseBrace, t.FieldClose)) depth += 1;
    if (is(token, t.OpenParen, t.OpenSquare, t.OpenBrace, t.FieldOpen)) depth -= 1;
    if (depth < 0) return token.tokenType;
    if (token === first) break;
  }
  return null;
}

/** From the most telling to the least. */
const SIGNS: readonly Sign[] = [
  strayClause,
  printStatement,
  misspelledKeyword,
  keywordAsName,
  foreignOperator,
  assignInExpression,
  missingColon,
  missingToken,
  missingValue,
  twoValues,
];
