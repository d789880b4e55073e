// Sources, reports, suggestions, and how a diagnostic is drawn.

import { describe, expect, test } from 'vitest';

import {
  render,
  renderReport,
  reportToJSON,
  toJSON,
} from '../../../compiler/diagnostics/render.ts';
import { DIAGNOSTICS_MAX, Report } from '../../../compiler/diagnostics/report.ts';
import { Source } from '../../../compiler/diagnostics/source.ts';
import { suggest } from '../../../compiler/diagnostics/suggest.ts';

function spanOf(source: Source, text: string): { start: number; end: number } {
  const start = source.text.indexOf(text);
  return { start, end: start + text.length };
}

describe('source', () => {
  test('C1: lines end at LF, CR LF and CR; columns count code points', () => {
    const source = new Source('a', 'ab\ncd\r\ne😀f\rg');
    expect(source.lineStarts).toEqual([0, 3, 7, 12]);
    expect(source.position(0)).toEqual({ line: 1, column: 1 });
    expect(source.position(4)).toEqual({ line: 2, column: 2 });
    expect(source.position(10)).toEqual({ line: 3, column: 3 });
    expect(source.position(12)).toEqual({ line: 4, column: 1 });
    expect([1, 2, 3, 4, 5].map((line) => source.lineText(line))).toEqual([
      ...['ab', 'cd', 'e😀f', 'g'],
      '',
    ]);
  });

  test('C2: a byte order mark is no part of the text', () => {
    expect(new Source('a', '\uFEFFx').position(0)).toEqual({ line: 1, column: 1 });
    expect(new Source('a', '\uFEFFx').text).toBe('x');
  });

  test('C3: any offset has a position', () => {
    const source = new Source('a', 'x\n');
    expect(source.position(99)).toEqual({ line: 2, column: 1 });
    expect(source.position(-1)).toEqual({ line: 1, column: 1 });
  });
});

describe('report', () => {
  const one = new Source('one', 'a b c');
  const two = new Source('two', 'd');

  test('R1, R2: nothing twice, in the order of reading', () => {
    const report = new Report();
    report.error(one, { start: 2, end: 3 }, 'late', 'late');
    report.error(two, { start: 0, end: 1 }, 'other', 'other');
    report.warning(one, { start: 0, end: 1 }, 'early', 'early');
    report.error(one, { start: 2, end: 3 }, 'late', 'said again');
    expect(report.diagnostics.map(({ title }) => title)).toEqual(['early', 'late', 'other']);
    expect(report.errors).toHaveLength(2);
    expect(report.warnings).toHaveLength(1);
    expect(report.hasErrors).toBe(true);
  });

  test('warnings alone are no errors', () => {
    const report = new Report();
    report.warning(one, { start: 0, end: 1 }, 'w', 'w');
    expect(report.hasErrors).toBe(false);
  });

  test('R3: at the limit, and one past it', () => {
    const report = new Report();
    for (let i = 0; i < DIAGNOSTICS_MAX; i++) report.warning(one, { start: i, end: i }, 'w', 'w');
    expect(report.omitted).toBe(0);
    report.error(one, { start: DIAGNOSTICS_MAX, end: DIAGNOSTICS_MAX }, 'e', 'e');
    expect(report.omitted).toBe(1);
    expect(report.hasErrors).toBe(true);
    expect(renderReport(report)).toMatch(/and 1 more not shown\n$/);
  });
});

test('suggest', () => {
  expect(suggest('reciept', ['receipt', 'recipe', 'x'])).toBe('receipt');
  expect(suggest('pritn', ['print', 'point'])).toBe('print');
  expect(suggest('Name', ['name', 'Nome'])).toBe('name');
  expect(suggest('x', ['y', 'abc'])).toBeNull();
  expect(suggest('abc', ['xyz'])).toBeNull();
  expect(suggest('foo', ['foo'])).toBeNull();
  expect(suggest('ab', ['ac', 'aa'])).toBe('aa');
  expect(suggest('open', ['len', 'ope'])).toBe('ope');
  expect(suggest('open', ['len', 'next'])).toBeNull();
  expect(suggest('lenght', ['length', 'light'])).toBe('length');
});

describe('render', () => {
  test('title, place, excerpt, carets, label, help', () => {
    const source = new Source('charge.flow', 'def f():\n    x\n    return reciept\n');
    const report = new Report();
    report.error(source, spanOf(source, 'reciept'), 'unknown-name', "unknown name 'reciept'", {
      label: 'not bound in this function, this module or the standard library',
      help: "did you mean 'receipt'?",
    });
    expect(renderReport(report)).toBe(`\
error[unknown-name]: unknown name 'reciept'
 --> charge.flow:3:12
  |
3 |     return reciept
  |            ^^^^^^^ not bound in this function, this module or the standard library
  = help: did you mean 'receipt'?
`);
  });

  test('related places, and a margin as wide as the widest line number', () => {
    const source = new Source('a', `(\n${'\n'.repeat(8)}]\n`);
    const report = new Report();
    report.error(source, { start: 10, end: 11 }, 'code', 'title', {
      related: [{ source, span: { start: 0, end: 1 }, label: 'opened here' }],
    });
    expect(renderReport(report)).toBe(`\
error[code]: title
  --> a:10:1
   |
10 | ]
   | ^
  ::: a:1:1
   |
 1 | (
   | ^ opened here
`);
  });

  test('tabs, wide characters and marks keep the carets in place', () => {
    const source = new Source('a', '\té漢 e\u0301x\n');
    const report = new Report();
    report.error(source, spanOf(source, 'x'), 'code', 'title');
    expect(renderReport(report).split('\n').slice(3, 5)).toEqual([
      '1 | \té漢 e\u0301x',
      '  | \t     ^',
    ]);
  });

  test('a span over several lines is marked to the end of the first', () => {
    const source = new Source('a', 'x = [1,\n2]\n');
    const report = new Report();
    report.error(source, { start: 4, end: 10 }, 'code', 'title');
    expect(renderReport(report)).toContain('1 | x = [1,\n  |     ^^^\n');
  });

  test('a long line is cut around its mark, control characters are not printed', () => {
    const source = new Source('a', `${'a'.repeat(500)}!\u001B[31m${'b'.repeat(500)}\n`);
    const report = new Report();
    report.error(source, spanOf(source, '!'), 'code', 'title');
    const [, , , line, mark] = renderReport(report).split('\n');
    expect(line).toBe(`1 | …${'a'.repeat(40)}!\uFFFD[31m${'b'.repeat(74)}…`);
    expect(mark).toBe(`  | ${' '.repeat(41)}^`);
  });

  test('colour only when asked for', () => {
    const source = new Source('a', 'x');
    const report = new Report();
    report.warning(source, { start: 0, end: 1 }, 'code', 'title');
    expect(renderReport(report)).not.toContain('\u001B');
    const [coloured] = report.diagnostics.map((found) => render(found, { colour: true }));
    expect(coloured).toContain('\u001B[1;33mwarning[code]\u001B[0m: title');
  });

  test('as JSON', () => {
    const source = new Source('a', '😀 x\ny');
    const report = new Report();
    report.error(source, { start: 3, end: 4 }, 'code', 'title', { label: 'here' });
    expect(report.diagnostics.map(toJSON)).toEqual([
      {
        severity: 'error',
        code: 'code',
        title: 'title',
        place: {
          file: 'a',
          start: { line: 1, column: 3, offset: 2 },
          end: { line: 1, column: 4, offset: 3 },
        },
        label: 'here',
        help: null,
        related: [],
      },
    ]);
    expect(reportToJSON(report).omitted).toBe(0);
  });
});
