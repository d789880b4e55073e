import { Source } from '../diagnostics/source.ts';
import { Report } from '../diagnostics/report.ts';
import { parse } from './parse.ts';
import { dumpTree } from './dump.ts';
import { walk } from './walk.ts';
const R = (s: string, n: number) => s.repeat(n);
const N = 50000;
const cases: Record<string, string> = {
  plus: 'x = ' + R('a+', N) + 'a\n',
  attr: 'x = a' + R('.b', N) + '\n',
  call: 'x = a' + R('()', N) + '\n',
  sub: 'x = a' + R('[0]', N) + '\n',
  and: 'x = ' + R('a and ', N) + 'a\n',
  pow: 'x = ' + R('a**', N) + 'a\n',
  unary: 'x = ' + R('-', N) + 'a\n',
  not: 'x = ' + R('not ', N) + 'a\n',
  lambda: 'x = ' + R('lambda: ', N) + 'a\n',
  tern: 'x = ' + R('a if b else ', N) + 'a\n',
  cmp: 'x = ' + R('a < ', N) + 'a\n',
  mix: 'x = ' + R('a or b and c == d + e * -f ** ', N / 5) + 'a\n',
  elif: 'if a: pass\n' + R('elif b: pass\n', 10000),
  await: 'x = ' + R('await ', N) + 'a\n',
  assign: R('a = ', N) + '1\n',
  commas: 'x = ' + R('a, ', N) + '\n',
  strs: 'x = ' + R("'a' ", N) + '\n',
  semis: R('a;', N) + '\n',
  list: 'x = [' + R('1,', N) + ']\n',
  dict: 'x = {' + R('1:2,', N) + '}\n',
  args: 'f(' + R('a,', N) + ')\n',
  params: 'def f(' + Array.from({ length: N }, (_, i) => 'a' + i).join(',') + '): pass\n',
  comp: 'x = [a ' + R('for a in b if c ', 10000) + ']\n',
  deco: R('@a\n', 10000) + 'def f(): pass\n',
  except: 'try: pass\n' + R('except a: pass\n', 10000),
  orpat: 'match x:\n case ' + R('1 | ', 10000) + '1: pass\n',
  parens200: 'x = ' + R('(', 200) + 'a' + R(')', 200) + '\n',
  parens201: 'x = ' + R('(', 201) + 'a' + R(')', 201) + '\n',
  lists200: 'x = ' + R('[', 200) + R(']', 200) + '\n',
  calls200: 'x = ' + R('f(', 200) + R(')', 200) + '\n',
  dicts200: 'x = ' + R('{1:', 200) + '1' + R('}', 200) + '\n',
  pats200: 'match x:\n case ' + R('[', 200) + R(']', 200) + ': pass\n',
  lam50: 'x = ' + R('lambda a=', 50) + '1' + R(': 0', 50) + '\n',
  lam51: 'x = ' + R('lambda a=', 51) + '1' + R(': 0', 51) + '\n',
  lam5000: 'x = ' + R('lambda a=', 5000) + '1' + R(': 0', 5000) + '\n',
  both:
    Array.from({ length: 99 }, (_, i) => R(' ', i) + 'if a:\n').join('') +
    R(' ', 99) +
    'x = ' +
    R('f(x, *[', 100) +
    'lambda a={1:' +
    R('lambda b=', 40) +
    R('-(', 0) +
    '1' +
    R(':0', 40) +
    '}:0' +
    R('])', 100) +
    '\n',
  both2:
    Array.from({ length: 99 }, (_, i) => R(' ', i) + 'try:\n').join('') +
    R(' ', 99) +
    'x = ' +
    R('[a for a in ', 200) +
    'b' +
    R(']', 200) +
    '\n' +
    Array.from({ length: 99 }, (_, i) => R(' ', 98 - i) + 'finally: pass\n').join(''),
  blocks100:
    Array.from({ length: 100 }, (_, i) => R(' ', i) + 'if a:\n').join('') + R(' ', 100) + 'x = 1\n',
  fs: 'x = ' + R('(', 198) + "f'{" + 'a' + "}'" + R(')', 198) + '\n',
  bigparens: 'x = ' + R('(', 100000) + '\n',
  blank: R('\n', 2000000),
  comments: R('# abc\n', 500000),
  spaces: R(' ', 2000000),
  longstr: 'x = "' + R('a\\n', 1000000) + '"\n',
  tri: "x = '''" + R("a''\n", 500000) + "'''\n",
  longline: 'x = ' + R('aaaaaaaaaa', 200000) + '\n',
  errs: R('x = = 1\n', 20000),
  errs2: R(')', 50000) + '\n',
  errs3: R('x = (\n', 150) + R('y = 1\n', 20000),
  nul: R('\0', 100000),
  bin: R('\u0001\u0002é€\n', 50000),
  unterminated: R('x = "abc\n', 20000),
  openers: R('x = [1\nimport y\n', 20000),
  fnest: "x = f'" + R('{a}', 50000) + "'\n",
  badindent: Array.from({ length: 20000 }, (_, i) => R(' ', i % 7) + 'x = 1\n').join(''),
};
for (const [k, text] of Object.entries(cases)) {
  if (process.argv[2] && process.argv[2] !== k) continue;
  const s = new Source(k, text);
  const r = new Report();
  const t0 = performance.now();
  try {
    const m = parse(s, r);
    const t1 = performance.now();
    let n = 0;
    if (m)
      walk(m, () => {
        n++;
      });
    const d = m && n < 300000 ? dumpTree(m).length : -1;
    console.log(
      k,
      (t1 - t0).toFixed(0) + 'ms',
      'walk+dump',
      (performance.now() - t1).toFixed(0) + 'ms',
      n,
      d,
      r.errorCount,
      r.errors[0]?.title ?? 'ok',
    );
  } catch (e) {
    console.log(k, 'CRASH', (e as Error).message.slice(0, 100), (e as Error).stack?.split('\n')[1]);
  }
}
