import { describe, expect, test } from 'vitest';
import { Report } from '../../../compiler/diagnostics/report.ts';
import { Source } from '../../../compiler/diagnostics/source.ts';
import { pythonRepr } from '../../../compiler/emit/repr.ts';
import { unparse } from '../../../compiler/emit/unparse.ts';
import { parse } from '../../../compiler/syntax/parse.ts';
import { moduleOf } from '../../bytecode/sample.ts';

function text(expression: string): string {
  const report = new Report();
  const tree = parse(new Source('t.flow', `x: (${expression})\n`), report);
  expect(report.diagnostics).toEqual([]);
  const [node] = tree!.body;
  if (node?.kind !== 'AnnAssign') throw new Error('an annotation was parsed as something else');
  return unparse(node.annotation);
}

describe('annotations as text', () => {
  // What CPython 3.11 keeps under `from __future__ import annotations`.
  test.each([
    ['Dict[str,int]|None', 'Dict[str, int] | None'],
    ['"int"', "'int'"],
    ['Tuple[int,...]', 'Tuple[int, ...]'],
    ['Tuple[()]', 'Tuple[()]'],
    ['a.b [ c : d , : : e ]', 'a.b[c:d, ::e]'],
    ['f( a,*b,k = 1,**c )', 'f(a, *b, k=1, **c)'],
    ['(a+b)*c', '(a + b) * c'],
    ['a+(b*c)', 'a + b * c'],
    ['a-(b-c)', 'a - (b - c)'],
    ['(a**b)**c', '(a ** b) ** c'],
    ['a**b**c', 'a ** b ** c'],
    ['-a**-b', '-a ** (-b)'],
    ['(-a)**b', '(-a) ** b'],
    ['not(a and b)or c', 'not (a and b) or c'],
    ['a<b is not c', 'a < b is not c'],
    ['a if b else c if d else e', 'a if b else c if d else e'],
    ['(a if b else c) if d else e', '(a if b else c) if d else e'],
    ['lambda a,/,b=1,*c,d,e=2,**f:a', 'lambda a, /, b=1, *c, d, e=2, **f: a'],
    ['lambda:0', 'lambda: 0'],
    ['[x for x in y if z for a,b in c]', '[x for x in y if z for a, b in c]'],
    ['{k:v,**w}', '{k: v, **w}'],
    ['{a,b}', '{a, b}'],
    ['(a,)', '(a,)'],
    ['f(x for x in y)', 'f(x for x in y)'],
    ['123456789012345680.0', '1.2345678901234568e+17'],
    ['1.5e-5', '1.5e-05'],
    ['(1).real', '1 .real'],
    ['1.5e300', '1.5e+300'],
    ['1e16', '1e+16'],
    ['0.00001', '1e-05'],
    ['1e400', '1e309'],
    ["f'{x!r:>{w}}{{'", "f'{x!r:>{w}}{{'"],
    ['b"a\\xff"', "b'a\\xff'"],
    ['(yield)', '(yield)'],
    ['(x:=1)', '(x := 1)'],
  ])('%s', (expression, wanted) => {
    expect(text(expression)).toBe(wanted);
  });

  test('a chain of 20,000 bars', () => {
    const chain = Array.from({ length: 20_000 }, () => 'a').join(' | ');
    expect(text(chain)).toBe(chain);
  });

  test('are kept, not evaluated, if the module asks for it', () => {
    const kept = moduleOf(
      'from __future__ import annotations\nx: a [ b ] = 1\ndef f(y: c|d) -> "e": pass\n',
    );
    const strings = kept.constants.flatMap((one) => (one.type === 'str' ? [one.value] : []));
    expect(strings).toEqual(expect.arrayContaining(['a[b]', 'c | d', "'e'"]));
    expect(kept.globals).not.toContain('a');
  });
});

describe('repr of a str', () => {
  test.each([
    ["it's", `"it's"`],
    [`"it's"`, `'"it\\'s"'`],
    ['a\n\t\r\\', `'a\\n\\t\\r\\\\'`],
    ['\u0000\u007f\u00a0\u00ad', `'\\x00\\x7f\\xa0\\xad'`],
    ['é\u200b\ud800😀\u{e0001}', `'é\\u200b\\ud800😀\\U000e0001'`],
  ])('%j', (value, wanted) => {
    expect(pythonRepr(value)).toBe(wanted);
  });
});
