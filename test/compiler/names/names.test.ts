import { describe, expect, test } from 'vitest';
import { Report } from '../../../compiler/diagnostics/report.ts';
import { Source } from '../../../compiler/diagnostics/source.ts';
import { resolveNames } from '../../../compiler/names/names.ts';
import { NAME_CODES } from '../../../compiler/names/mistakes.ts';
import { printNames } from '../../../compiler/names/print.ts';
import { parse } from '../../../compiler/syntax/parse.ts';

/** The places of the names of one scope, as `--dump names` shows them. */
function places(text: string, scope: string): Record<string, string> {
  const report = new Report();
  const source = new Source('t.flow', text);
  const names = resolveNames(parse(source, report)!, source, report);
  expect(report.diagnostics).toEqual([]);
  const block = printNames(names, source)
    .split(/^(?=\S)/m)
    .find((part) => part.split(/[,(]/)[0] === scope || part.startsWith(`${scope}\n`));
  if (block === undefined) throw new Error(`no scope ${scope}`);
  const rows = block.split('\n').slice(1).filter(Boolean);
  return Object.fromEntries(rows.map((row) => /^ {2}(\S+) +(.*)$/.exec(row)!.slice(1)));
}

describe('where a name lives', () => {
  test('parameters come first, then locals, then free variables', () => {
    const text = 'def f(a, /, b, *c, d, **e):\n  g = h = 1\n  def k():\n    return a, h, m\n';
    expect(places(text, 'def f')).toEqual({
      a: 'cell 0, parameter',
      b: 'local 1, parameter',
      d: 'local 2, parameter',
      c: 'local 3, parameter',
      e: 'local 4, parameter',
      g: 'local 5',
      h: 'cell 6',
      k: 'local 7',
    });
    expect(places(text, 'def f.<locals>.k')).toEqual({ a: 'free 0', h: 'free 1', m: 'builtin' });
  });

  test('a function between passes a free variable on', () => {
    const text = 'def f():\n  x = 1\n  def g():\n    def h(): return x\n';
    expect(places(text, 'def f.<locals>.g')).toEqual({ h: 'local 0', x: 'free 1' });
  });

  test('functions do not see the names of a class around them', () => {
    const text = 'x = 0\nclass C:\n  x = 1\n  def f(self): return x\n  y = [x for _ in x]\n';
    expect(places(text, 'def C.f')).toMatchObject({ x: 'global' });
    expect(places(text, 'C.<listcomp>')).toMatchObject({ x: 'global' });
    expect(places(text, 'class C')).toMatchObject({ x: 'namespace', y: 'namespace' });
  });

  test('a class sees the functions around it, through its namespace', () => {
    const text = 'def f(a, b):\n  class C:\n    a = 1\n    c = a, b\n    def m(self): return a\n';
    expect(places(text, 'class f.<locals>.C')).toEqual({
      a: 'namespace',
      b: 'namespace, else free 2',
      c: 'namespace',
      m: 'namespace',
    });
    expect(places(text, 'def f.<locals>.C.m')).toMatchObject({ a: 'free 1' });
  });

  test('global and nonlocal say otherwise', () => {
    const text =
      'def f():\n  x = y = 1\n  def g():\n    global x\n    nonlocal y\n    x = y = 2\n    def h(): return x, y\n';
    expect(places(text, 'def f.<locals>.g')).toEqual({
      x: 'global, declared global',
      y: 'free 1, declared nonlocal',
      h: 'local 0',
    });
    expect(places(text, 'def f.<locals>.g.<locals>.h')).toEqual({ x: 'global', y: 'free 0' });
  });

  test('super() and __class__ take the cell of the class', () => {
    const text =
      'class C:\n  def f(self):\n    return super()\n  def g(self):\n    def h(): return __class__\n';
    expect(places(text, 'class C')).toMatchObject({ ['__class__']: 'cell 1' });
    expect(places(text, 'def C.f')).toMatchObject({ ['__class__']: 'free 1' });
    expect(places(text, 'def C.g')).toMatchObject({ ['__class__']: 'free 2' });
    expect(places('def f(self):\n  return super()\n', 'def f')).toMatchObject({ super: 'builtin' });
  });

  test('a class inside a method has a __class__ of its own for its methods only', () => {
    const text =
      'class A:\n  def f(self):\n    class B:\n      x = __class__\n      def g(self): return __class__\n';
    expect(places(text, 'class A.f.<locals>.B')).toMatchObject({
      ['__class__']: 'namespace, else free 2',
    });
    expect(places(text, 'def A.f.<locals>.B.g')).toMatchObject({ ['__class__']: 'free 1' });
  });

  test('private names carry their class', () => {
    const text = 'class _C:\n  __x = 1\n  def f(self, __y): return __x, __z__\n';
    expect(places(text, 'class _C')).toMatchObject({ ['_C__x']: 'namespace' });
    expect(places(text, 'def _C.f')).toMatchObject({
      ['_C__y']: 'local 1, parameter',
      ['_C__x']: 'builtin',
      ['__z__']: 'builtin',
    });
    expect(places('class __:\n  __x = 1\n', 'class __')).toMatchObject({ ['__x']: 'namespace' });
  });

  test(':= in a comprehension binds around it', () => {
    const text = 'def f():\n  return [[y := x for x in x] for x in z]\n';
    expect(places(text, 'def f')).toMatchObject({ y: 'cell 0' });
    expect(places(text, 'f.<locals>.<listcomp>.<listcomp>')).toMatchObject({
      y: 'free 2, bound by :=',
    });
    expect(places('[y := 1 for x in z]\n', '<listcomp>')).toMatchObject({
      y: 'global, bound by :=',
    });
  });

  test('what patterns, handlers, imports and loops bind', () => {
    const text =
      'def f(v):\n  match v:\n    case [a, *b] | {"k": a, **b}: pass\n    case C(x=c) as d: pass\n' +
      '  try: pass\n  except E as e: pass\n  import g.h, i as j\n  from k import l as m\n' +
      '  for n, (o, *p) in v: pass\n  with v as q: pass\n  del r\n  s: int\n';
    const names = Object.keys(places(text, 'def f')).filter((name) => name.length === 1);
    expect(names.sort().join('')).toBe('CEabcdegjmnopqrsv');
  });

  test('a chain of 50,000 operators, and 190 lambdas in each other', () => {
    const text = `def f(a):\n  return ${Array.from({ length: 50_000 }, () => 'a').join(' + ')}\n`;
    expect(places(text, 'def f')).toEqual({ a: 'local 0, parameter' });
    const deep = `def f(a):\n  return ${'lambda: '.repeat(190)}a\n`;
    expect(places(deep, 'def f')).toEqual({ a: 'cell 0, parameter' });
  });
});

describe('mistakes with names', () => {
  const codes = (text: string): string[] => {
    const report = new Report();
    const source = new Source('t.flow', text);
    const tree = parse(source, report);
    if (tree === null || report.hasErrors) return report.errors.map(({ code }) => code);
    resolveNames(tree, source, report);
    for (const { code } of report.errors) expect(Object.keys(NAME_CODES)).toContain(code);
    return report.errors.map(({ code, title }) => `${code}: ${title}`);
  };

  // prettier-ignore
  test.each<[text: string, message: string | null]>([
    ['class C:\n  def f(__a, _C__a): pass', "duplicate-parameter: duplicate argument '_C__a' in function definition"],
    ['def f(a):\n  global a', "bad-global: name 'a' is parameter and global"],
    ['def f():\n  x = 1\n  global x', "bad-global: name 'x' is assigned to before global declaration"],
    ['def f():\n  print(x)\n  global x', "bad-global: name 'x' is used prior to global declaration"],
    ['def f():\n  x: int\n  global x', "bad-global: annotated name 'x' can't be global"],
    ['def f():\n  global x\n  x: int = 1', "bad-annotation: annotated name 'x' can't be global"],
    ['nonlocal x', 'bad-nonlocal: nonlocal declaration not allowed at module level'],
    ['def f():\n  nonlocal x', "bad-nonlocal: no binding for nonlocal 'x' found"],
    ['x = 1\ndef f():\n  nonlocal x', "bad-nonlocal: no binding for nonlocal 'x' found"],
    ['def f(x):\n  nonlocal x', "bad-nonlocal: name 'x' is parameter and nonlocal"],
    ['def f():\n  x = 1\n  def g():\n    global x\n    nonlocal x', "bad-nonlocal: name 'x' is nonlocal and global"],
    ['return 1', "outside-function: 'return' outside function"],
    ['class C:\n  return', "outside-function: 'return' outside function"],
    ['yield 1', "outside-function: 'yield' outside function"],
    ['def f():\n  [(yield 1) for x in y]', "bad-yield: 'yield' inside list comprehension"],
    ['def f():\n  ((yield) for x in y)', "bad-yield: 'yield' inside generator expression"],
    ['async def f():\n  yield from x', "bad-yield: 'yield from' inside async function"],
    ['break', "outside-loop: 'break' outside loop"],
    ['continue', "outside-loop: 'continue' not properly in loop"],
    ['while x:\n  def f(): break', "outside-loop: 'break' outside loop"],
    ['for x in y: pass\nelse: break', "outside-loop: 'break' outside loop"],
    ['def f():\n  from m import *', 'bad-import: import * only allowed at module level'],
    ['x = 1\nfrom __future__ import annotations', 'bad-future: from __future__ imports must occur at the beginning of the file'],
    ['from __future__ import nothing', 'bad-future: future feature nothing is not defined'],
    ['from __future__ import braces', 'bad-future: not a chance'],
    ['[x := 1 for x in y]', "bad-walrus: assignment expression cannot rebind comprehension iteration variable 'x'"],
    ['[1 for x in (y := z)]', 'bad-walrus: assignment expression cannot be used in a comprehension iterable expression'],
    ['class C:\n  [y := 1 for x in z]', 'bad-walrus: assignment expression within a comprehension cannot be used in a class body'],
    ['[1 for x in y if (z := x) for z in y]', "bad-walrus: comprehension inner loop cannot rebind assignment expression target 'z'"],
    ['__debug__ = 1', 'reserved-name: cannot assign to __debug__'],
    ['x.__debug__ = 1', 'reserved-name: cannot assign to __debug__'],
    ['for x in y:\n  try: pass\n  except* E: break', "leaves-handler: 'break', 'continue' and 'return' cannot appear in an except* block"],
    ['x = ' + 'lambda: '.repeat(201) + '0', 'too-nested: functions are nested more than 200 deep'],
    // and what is no mistake
    ['await x', null],
    ['async def f():\n  async for x in y: yield [z async for z in x]', null],
    ['async def f():\n  async with x: return (await z for z in x)', null],
    ['def f():\n  return [await x for x in y]', null],
    ['class C:\n  x = await y', null],
    ['def f():\n  global x\n  x = 1\n  def g():\n    nonlocal_ = x', null],
    ['"doc"\nfrom __future__ import annotations, division', null],
    ['while x:\n  try: break\n  finally: continue', null],
    ['if (y := f(x)) and [y for z in y]: pass', null],
    ['def f(a, b=lambda a: a): pass', null],
  ])('%j', (text, message) => {
    expect(codes(`${text}\n`)).toEqual(message === null ? [] : [message]);
  });
});
