// Text to tokens to layout: the rules that lexer.ts, fstring.ts and layout.ts number.

import { Lexer } from 'chevrotain';
import { describe, expect, test } from 'vitest';

import { Report } from '../../../compiler/diagnostics/report.ts';
import { Source } from '../../../compiler/diagnostics/source.ts';
import { dumpTokens } from '../../../compiler/syntax/dump.ts';
import { NESTED_MAX } from '../../../compiler/syntax/limits.ts';
import { tokenize } from '../../../compiler/syntax/parse.ts';
import * as t from '../../../compiler/syntax/tokens.ts';

function read(text: string): { tokens: string; titles: string[] } {
  const report = new Report();
  const tokens = tokenize(new Source('a.flow', text), report);
  return {
    tokens: dumpTokens(tokens ?? []),
    titles: report.errors.map(({ title }) => title),
  };
}

const tokens = (text: string): string => read(text).tokens.trimEnd();

test('the lexer is defined without mistakes', () => {
  const lexer = new Lexer(t.LEXED, { positionTracking: 'onlyOffset', ensureOptimizations: true });
  expect(lexer.lexerDefinitionErrors).toEqual([]);
});

describe('lexer', () => {
  test('words, numbers, strings, symbols', () => {
    expect(tokens('def f(x): return x**2 + 0x1F  # end')).toBe(
      'def Name(f) ( Name(x) ) : return Name(x) ** Number(2) + Number(0x1F) Newline',
    );
    expect(tokens(`rb'a' F"" u'''b''' Rx'c'`)).toBe(
      `String(rb\\'a\\') FStringStart(F") FStringEnd String(u\\'\\'\\'b\\'\\'\\') Name(Rx) String(\\'c\\') Newline`,
    );
  });

  test('the longest symbol is taken', () => {
    expect(tokens('a **= b // c -> d ... e .. f := g != h >>= i')).toBe(
      'Name(a) **= Name(b) // Name(c) -> Name(d) ... Name(e) . . Name(f) := Name(g) != Name(h) >>= ' +
        'Name(i) Newline',
    );
  });

  test('names beyond ASCII are one token, wherever their letters begin', () => {
    expect(tokens('été naïf x变量 变量x _é ifé 𝐱1')).toBe(
      'Name(été) Name(naïf) Name(x变量) Name(变量x) Name(_é) Name(ifé) Name(𝐱1) Newline',
    );
  });

  test('every character of every plane is in a token or reported', () => {
    for (const code of [
      0x100, 0x15f, 0x1fe, 0x1ff, 0x2fd, 0x3000, 0xd7ff, 0xe000, 0xfffd, 0xffff,
    ]) {
      const text = `a ${String.fromCodePoint(code)} b`;
      const { tokens: seen, titles } = read(text);
      expect(seen.includes(String.fromCodePoint(code)) || titles.length === 1).toBe(true);
    }
  });

  test('a number that runs into a word is refused, unless the word goes on an expression', () => {
    expect(read('1if x else 2').titles).toEqual([]);
    expect(read('0x1for x in y').titles).toEqual([]);
    expect(read('1_000x').titles).toEqual(['invalid decimal literal']);
    expect(read('0b102').titles).toEqual(["invalid digit '2' in binary literal"]);
  });

  test('a backslash goes on with the next line, but not with none', () => {
    expect(tokens('x = 1 + \\\n  2')).toBe('Name(x) = Number(1) + Number(2) Newline');
    expect(read('x = 1 + \\').titles).toEqual(['unexpected EOF while parsing']);
    expect(read('x = \\ 1\n').titles).toEqual([
      'unexpected character after line continuation character',
    ]);
  });

  test('a string of any length', () => {
    const long = `x = '${'a\\n'.repeat(300_000)}'; y = """${'b"\n'.repeat(300_000)}"""\n`;
    expect(read(long).titles).toEqual([]);
  });
});

describe('f-strings', () => {
  test('become brackets with expressions between', () => {
    expect(tokens(`f"a{x!r:>{w}}b"`)).toBe(
      'FStringStart(f") FStringText(a) FieldOpen Name(x) Conversion SpecOpen FStringText(>) ' +
        'FieldOpen Name(w) FieldClose FieldClose FStringText(b) FStringEnd Newline',
    );
  });

  test('doubled braces are text, but not in a format', () => {
    expect(tokens(`f'{{{a}}}'`)).toBe(
      "FStringStart(f\\') FStringText({) FieldOpen Name(a) FieldClose FStringText(}) FStringEnd Newline",
    );
  });

  test('a malformed one stands for a string (F2)', () => {
    const { tokens: seen, titles } = read(`x = f'{a' + 1`);
    expect(seen).toBe("Name(x) = BrokenString(f\\'{a\\') + Number(1) Newline\n");
    expect(titles).toEqual(["f-string: expecting '}'"]);
  });
});

describe('layout', () => {
  test('L1: inside brackets line breaks mean nothing', () => {
    expect(tokens('x = (1,\n  [2,\n# c\n\n3], {\n4})\ny')).toBe(
      'Name(x) = ( Number(1) , [ Number(2) , Number(3) ] , { Number(4) } ) Newline\nName(y) Newline',
    );
    expect(tokens("f'''{\na\n}'''")).toContain('FieldOpen Name(a) FieldClose');
  });

  test('L2: blank and comment lines have no indentation', () => {
    expect(tokens('if a:\n    b\n\n  # c\n\t\n    d\n')).toBe(
      'if Name(a) : Newline\nIndent Name(b) Newline\nName(d) Newline\nDedent',
    );
  });

  test('L3: every indent has its dedent, also after a mistake and at the end', () => {
    for (const text of ['if a:\n  if b:\n    c', 'if a:\n    b\n  c\n  d\ne', '  a\nb', 'a\n  b']) {
      const seen = tokens(text);
      expect(seen.split('Indent').length).toBe(seen.split('Dedent').length);
    }
  });

  test('L4: an unclosed bracket is reported where it opens, and reading goes on', () => {
    const report = new Report();
    const source = new Source('a.flow', 'x = (1 +\ny = 2\ndef f(\n    a,\nz = [3]\n');
    tokenize(source, report);
    expect(report.errors.map(({ span, title }) => [source.position(span.start), title])).toEqual([
      [{ line: 1, column: 5 }, "'(' was never closed"],
      [{ line: 3, column: 6 }, "'(' was never closed"],
    ]);
  });

  test('L5: nesting is bounded, at the limit and one past it', () => {
    const nested = (depth: number): string => `${'('.repeat(depth)}a${')'.repeat(depth)}`;
    expect(read(nested(NESTED_MAX)).titles).toEqual([]);
    expect(read(nested(NESTED_MAX + 1))).toEqual({
      tokens: '',
      titles: ['too many nested parentheses'],
    });
    expect(read(`f'${'{x:'.repeat(1)}${'{('.repeat(1)}${nested(NESTED_MAX)}`).titles).toHaveLength(
      1,
    );
  });

  test('L6: match and case are keywords only where a match statement is', () => {
    expect(tokens('match x:\n  case 1: case = match')).toBe(
      'match Name(x) : Newline\nIndent case Number(1) : Name(case) = Name(match) Newline\nDedent',
    );
    for (const line of [
      'match = 1',
      'match.x',
      'match(x)',
      'match: int',
      'match -1',
      'match in x',
    ]) {
      expect(tokens(line).startsWith('Name(match)')).toBe(true);
    }
    for (const line of ['match -x:', 'match (x):', 'match [x]:', 'match *x, y:', 'match not x:']) {
      expect(tokens(line).startsWith('match')).toBe(true);
    }
    expect(tokens('match x\n    case 1: pass\n').startsWith('match Name(x) Newline')).toBe(true);
  });

  test('tabs go to the next eighth column, and must not decide', () => {
    expect(read('if a:\n\tb\n        c\n').titles).toEqual([
      'inconsistent use of tabs and spaces in indentation',
    ]);
    expect(read('if a:\n\tb\n\tc\n').titles).toEqual([]);
    expect(read('if a:\n \tb\n \tc\n').titles).toEqual([]);
  });

  test('a form feed begins the indentation anew', () => {
    expect(tokens('if a:\n    b\n  \fc\n')).toBe(
      'if Name(a) : Newline\nIndent Name(b) Newline\nDedent Name(c) Newline',
    );
  });

  test('words that make one operator are one token', () => {
    expect(tokens('a not in b is not c')).toBe('Name(a) not in Name(b) is not Name(c) Newline');
    expect(tokens('(a not\n in b)')).toBe('( Name(a) not in Name(b) ) Newline');
  });
});
