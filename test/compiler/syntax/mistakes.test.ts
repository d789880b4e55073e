// What a person is told: the whole text of every message, and that each mistake is told once.
//
// messages.golden has, for each refused snippet, its messages as rendered. After a change,
// `ACCEPT=1 npx vitest run test/compiler/syntax/mistakes.test.ts` writes it anew; read the diff.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { renderReport } from '../../../compiler/diagnostics/render.ts';
import { Report } from '../../../compiler/diagnostics/report.ts';
import { Source } from '../../../compiler/diagnostics/source.ts';
import { SYNTAX_CODES } from '../../../compiler/syntax/mistakes.ts';
import { parse } from '../../../compiler/syntax/parse.ts';
import { FOLDER, readSnippets } from './snippets.ts';

const GOLDEN = join(FOLDER, 'messages.golden');
const RULE = `${'='.repeat(80)}\n`;

function reportOf(text: string): Report {
  const report = new Report();
  parse(new Source('a.flow', text), report);
  return report;
}

/** Line and title of every error. */
function titles(text: string): string[] {
  return reportOf(text).errors.map(
    ({ source, span, title }) => `${source.position(span.start).line}: ${title}`,
  );
}

test('messages.golden', () => {
  const text = readSnippets('refused')
    .map((snippet) => snippet.text.trimEnd() + '\n\n' + renderReport(reportOf(snippet.text)))
    .join(RULE);
  if (process.env['ACCEPT'] !== undefined) writeFileSync(GOLDEN, text);
  expect(text).toBe(existsSync(GOLDEN) ? readFileSync(GOLDEN, 'utf8') : '');
});

test("where CPython has words of its own, most titles contain CPython's", () => {
  const told = readSnippets('refused').filter(
    ({ expected }) =>
      expected !== null && 'error' in expected && expected.error !== 'invalid syntax',
  );
  const same = told.filter(({ text, expected }) => {
    if (expected === null || 'tree' in expected) return false;
    // CPython names the codec and position of a bad escape; the place shows it here.
    const words = expected.error.replace(/^\((?:unicode|value) error\) .*?: /, '');
    return reportOf(text).errors.some(({ title }) => title.includes(words));
  });
  expect(same.length / told.length).toBeGreaterThan(0.9);
});

test('every code is in the table', () => {
  const codes = readSnippets('refused').flatMap(({ text }) => reportOf(text).diagnostics);
  for (const { code } of codes) expect(Object.keys(SYNTAX_CODES)).toContain(code);
});

describe('all mistakes of a file are told at once', () => {
  test('one in each statement', () => {
    const text = `\
x = = 1
def f(a, a):
    return retrun x
    y = (1, 2
z = 'abc
if x = 1:
    pass
while y
    foo(1 2)
print x
class A
    pass
for 1 in x: pass
`;
    expect(titles(text)).toEqual([
      "1: invalid syntax. Maybe you meant '==' or ':=' instead of '='?",
      "2: duplicate argument 'a' in function definition",
      '3: invalid syntax',
      "4: '(' was never closed",
      '5: unterminated string literal (detected at line 5)',
      "6: invalid syntax. Maybe you meant '==' or ':=' instead of '='?",
      "8: expected ':'",
      '9: invalid syntax. Perhaps you forgot a comma?',
      "10: Missing parentheses in call to 'print'. Did you mean print(...)?",
      "11: expected ':'",
      '13: cannot assign to literal',
    ]);
  });

  test('a head that is given up takes its clauses along, and its block is still read', () => {
    const text = `\
if x y:
    a = = 1
elif z:
    b
else:
    c = ]
try x:
    d
except:
    e f
g
`;
    expect(titles(text)).toEqual([
      '1: invalid syntax',
      "2: invalid syntax. Maybe you meant '==' or ':=' instead of '='?",
      "6: unmatched ']'",
      "7: expected ':'",
      '10: invalid syntax',
    ]);
  });

  test('a case that is given up leaves the others', () => {
    const text = `\
match x:
    case 1 2:
        a b
    case [c:
        pass
    case d e: pass
f g
`;
    expect(titles(text).map((title) => title.slice(0, 2))).toEqual(['2:', '3:', '4:', '6:', '7:']);
  });

  test('several in one expression', () => {
    expect(titles('f(1 = 2, a=1, a=2, None=3, (b) := 4, *c, d)\n')).toHaveLength(6);
  });
});

describe('one mistake is told once', () => {
  test.each([
    ['x = (1 + 2\ny = 3\nz = 4\n', ["1: '(' was never closed"]],
    [
      'x = foo(a, [1, 2)\ny = 1\n',
      ["1: closing parenthesis ')' does not match opening parenthesis '['"],
    ],
    ['x = foo(a]\ny = 1\n', ["1: closing parenthesis ']' does not match opening parenthesis '('"]],
    ['print("hello)\nx = 1\n', ['1: unterminated string literal (detected at line 1)']],
    ['def f(a, b:\n    x = 1\n    return x\n', ["1: '(' was never closed"]],
    ['x = $ y\n', ["1: invalid syntax: '$'"]],
    ['if x\n    y\nelse\n    z\n', ["1: expected ':'", "3: expected ':'"]],
    ['f(a b c d)\n', ['1: invalid syntax. Perhaps you forgot a comma?']],
    ['def f(a a): pass\n', ['1: invalid syntax. Perhaps you forgot a comma?']],
    ['if x:\n    a\n  b\n  c\nd\n', ['3: unindent does not match any outer indentation level']],
    [
      'x = """abc\ny = 1\nz = (\n',
      ['1: unterminated triple-quoted string literal (detected at line 3)'],
    ],
    ["x = f'{a b}' + \n", ['1: invalid syntax. Perhaps you forgot a comma?']],
    ['x = \\ 1\n', ['1: unexpected character after line continuation character']],
    ['import a.b; x = [1, 2\nimport c\n', ["1: '[' was never closed"]],
  ])('%j', (text, expected) => {
    expect(titles(text)).toEqual(expected);
  });

  test('a file of nothing but mistakes is given up in time, and counted', () => {
    const report = reportOf('x = = 1\n'.repeat(50_000));
    expect(report.errorCount).toBeGreaterThan(100);
    expect(report.errorCount).toBeLessThan(200);
    const bytes = reportOf('\u0001\u0002\u00A0 €\n'.repeat(50_000));
    expect(bytes.diagnostics).toHaveLength(200);
    expect(bytes.omitted).toBe(49_800);
  });
});
