import { describe, expect, test } from 'vitest';
import { encodeModule } from '../../../vm/bytecode/encode.ts';
import { opName, readCode } from '../../../vm/bytecode/operands.ts';
import type { Constant, FunctionCode, Module } from '../../../vm/bytecode/program.ts';
import { verifyModule } from '../../../vm/bytecode/verify.ts';
import { functionNamed, moduleOf } from '../../bytecode/sample.ts';

/** The instructions of a function, by name. */
function ops(fn: FunctionCode): string[] {
  const table = readCode(fn.code);
  return Array.from({ length: table.count }, (_, i) => opName(table, i));
}

function body(text: string): FunctionCode {
  return moduleOf(text).functions[0]!;
}

const many = (count: number, text: string, between: string): string =>
  Array.from({ length: count }, () => text).join(between);

describe('chains as long as the text', () => {
  const N = 10_000;
  const names = (between: string): string =>
    Array.from({ length: N }, (_, i) => `a${i}=1`).join(between);

  test.each<[what: string, text: string, stack: number]>([
    ['a + a + …', `x = ${many(N, 'a', ' + ')}`, 2],
    ['a ** a ** …', `x = ${many(N, 'a', ' ** ')}`, N],
    ['- - - a', `x = ${'-'.repeat(N)}a`, 1],
    ['not not … a', `if ${'not '.repeat(N)}a: pass`, 1],
    ['a.b.b …', `x = a${'.b'.repeat(N)}`, 1],
    ['a()() …', `x = a${'()'.repeat(N)}`, 1],
    ['a.b().b() …', `x = a${'.b()'.repeat(N)}`, 2],
    ['a[0][0] …', `x = a${'[0]'.repeat(N)}`, 2],
    ['a if b else a if b else …', `x = ${'a if b else '.repeat(N)}c`, 1],
    ['if a if b else …:', `if ${'a if b else '.repeat(N)}c: pass`, 1],
    ['a and a and …', `x = ${many(N, 'a', ' and ')}`, 1],
    ['a < a < …', `x = ${many(N, 'a', ' < ')}`, 3],
    ['if a < a < …:', `if ${many(N, 'a', ' < ')}: pass`, 3],
    ['elif …', `if a:\n  b\n${'elif c:\n  d\n'.repeat(N)}else:\n  e`, 1],
    ['[f(), f(), …]', `x = [${many(N, 'f()', ', ')}]`, 2],
    ['{f(), f(), …}', `x = {${many(N, 'f()', ', ')}}`, 2],
    ['(f(), f(), …)', `x = (${many(N, 'f()', ', ')})`, 2],
    ['{k: f(), …}', `x = {${many(N, 'k: f()', ', ')}}`, 3],
    ['f(a, a, …)', `f(${many(N, 'a', ', ')})`, 3],
    ['f(a0=1, a1=1, …)', `f(${names(', ')})`, 33],
    ['f"{a}{a}…"', `x = f"${'{a}'.repeat(N)}"`, 30],
    ['a = a = …', `${many(N, 'a', ' = ')} = 1`, 2],
    ['@a @a … def', `${'@a\n'.repeat(2000)}def f(): pass`, 2001],
  ])('%s', (_, text, stack) => {
    const module = moduleOf(`${text}\n`);
    expect(module.functions[0]!.stackMax).toBe(stack);
    expect(verifyModule(module)).toHaveLength(module.functions.length);
  });

  test('a long tuple of constants is one constant', () => {
    expect(ops(body(`x = (${many(N, '1', ', ')})\n`))).toEqual([
      'LOAD_CONST',
      'STORE_GLOBAL',
      'LOAD_NONE',
      'RETURN',
    ]);
  });
});

describe('constants', () => {
  const constants = (text: string): readonly Constant[] => moduleOf(text).constants;

  test('are told apart by type, not by value', () => {
    const found = constants(
      'x = 1, 1.0, True, 0.0, -0.0, "1", b"1", (1,), (1.0,), 1, 1.0\ny = z(1.0)\n',
    );
    expect(found).toHaveLength(2); // the tuple, and 1.0
    const [tuple] = found;
    expect(tuple).toMatchObject({ type: 'tuple', items: { length: 11 } });
    const items = tuple?.type === 'tuple' ? tuple.items : [];
    expect(Object.is((items[4] as { value: number }).value, -0)).toBe(true);
    const each = constants(
      'f(1.0); f(True); f(0.0); f(-0.0); f("1"); f(b"1"); f((1,)); f((1.0,))\n',
    );
    expect(each).toHaveLength(8);
  });

  test.each([
    ['-5', { type: 'int', value: -5n }],
    ['~5', { type: 'int', value: -6n }],
    ['+2.5', { type: 'float', value: 2.5 }],
    ['-9007199254740993', { type: 'int', value: -9007199254740993n }],
    ['(1, (None, ...))', { type: 'tuple' }],
  ])('%s is one', (text, constant) => {
    expect(constants(`x = ${text}\n`)).toEqual([expect.objectContaining(constant)]);
  });

  test('a list or set that only `in` sees is made once', () => {
    expect(ops(body('x in [1, 2]\n'))).toContain('LOAD_CONST');
    expect(constants('x in {1, 2, 1}\n')).toEqual([
      {
        type: 'frozenset',
        items: [
          { type: 'int', value: 1n },
          { type: 'int', value: 2n },
        ],
      },
    ]);
    expect(ops(body('x in {1, y}\n'))).toContain('MAKE_SET');
    expect(ops(body('x == [1, 2]\n'))).toContain('MAKE_LIST');
  });

  test('tuples in tuples are constants down to the limit of the format', () => {
    const nested = (depth: number): string => `x = ${'('.repeat(depth)}1${',)'.repeat(depth)}\n`;
    const at = moduleOf(nested(64));
    expect(ops(at.functions[0]!)).not.toContain('MAKE_TUPLE');
    const past = moduleOf(nested(65));
    expect(ops(past.functions[0]!)).toContain('MAKE_TUPLE');
    for (const module of [at, past]) expect(encodeModule(module).length).toBeGreaterThan(0);
  });
});

describe('what cannot be reached is not written', () => {
  test.each<[text: string, absent: string]>([
    ['if 0: never()\n', 'CALL'],
    ['while 0: never()\n', 'CALL'],
    ['if 1: pass\nelse: never()\n', 'CALL'],
    ['def f():\n  return 1\n  never()\n', 'CALL'],
    ['def f():\n  raise x\n  never()\n', 'CALL'],
    ['def f():\n  while 1:\n    continue\n    never()\n', 'CALL'],
    ['def f():\n  while True: x()\n', 'RETURN'],
    ['def f():\n  try: pass\n  except: never()\n', 'CALL'],
    ['def f():\n  if x: return 1\n  else: return 2\n', 'LOAD_NONE'],
  ])('%j', (text, absent) => {
    expect(ops(moduleOf(text).functions.at(-1)!)).not.toContain(absent);
  });

  test('a statement without code still stands in the table', () => {
    const module = moduleOf('def f():\n  return 1\n  never()\n  pass\n');
    const f = functionNamed(module, 'f');
    expect(f.statements.map(({ pc }) => pc)).toEqual([0, 2, 2]);
  });
});

describe('hashes', () => {
  const BASE = 'def f(a):\n  if a:\n    g(a)\n  return [x for x in a]\ndef h(): pass\n';
  const hashes = (text: string): { module: string; f: string; h: string; statements: string[] } => {
    const module = moduleOf(text);
    const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
    const f = functionNamed(module, 'f');
    return {
      module: hex(module.functions[0]!.hash),
      f: hex(f.hash),
      h: hex(functionNamed(module, 'h').hash),
      statements: f.statements.map(({ hash }) => hex(hash)),
    };
  };

  test('do not see lines, comments, blanks or parentheses', () => {
    const other =
      '# a comment\n\ndef f(a):\n    if (a):  # again\n        g( a )\n\n' +
      '    return [x for x\n        in a]\ndef h(): pass\n';
    expect(hashes(other)).toEqual(hashes(BASE));
  });

  test('change with a statement, and with all that contain it, and no others', () => {
    const was = hashes(BASE);
    const now = hashes(BASE.replace('g(a)', 'g(b)'));
    expect(now.f).not.toBe(was.f);
    expect(now.module).not.toBe(was.module);
    expect(now.h).toBe(was.h);
    const changed = now.statements.map((hash, i) => hash !== was.statements[i]);
    expect(changed).toEqual([true, true, false]); // if, g(a), return
  });

  test.each([
    ['x = 1', 'x = 1.0'],
    ['x = 1', 'x = True'],
    ['x = "a"', 'x = b"a"'],
    ['x = "\\ud800"', 'x = "\\ud801"'],
    ['f(a, b)', 'f(a)(b)'],
    ['x: int', '(x): int'],
    ['a.b', 'a["b"]'],
    ['f(*a)', 'f(**a)'],
    ['lambda: (yield)', 'lambda: None'],
  ])('tell %j from %j', (a, b) => {
    const hash = (text: string): Uint8Array => body(`${text}\n`).statements[0]!.hash;
    expect(hash(a)).not.toEqual(hash(b));
  });

  test('have one row for each statement, nested ones after what holds them', () => {
    const f = functionNamed(moduleOf('def f():\n  while a:\n    b()\n    if c: d()\n  e()\n'), 'f');
    const lines = f.statements.map(({ pc }) => lineAt(f, pc));
    expect(lines).toEqual([2, 3, 4, 4, 5]);
  });
});

function lineAt(fn: FunctionCode, pc: number): number {
  return fn.positions.findLast((row) => row.pc <= pc)!.line;
}

describe('positions', () => {
  /** The text on which the first instruction of a name is blamed. */
  function blamed(text: string, name: string, qualname = '<module>'): string {
    const fn = functionNamed(moduleOf(text), qualname);
    const table = readCode(fn.code);
    const index = ops(fn).indexOf(name);
    const at = fn.positions.findLast(({ pc }) => pc <= table.pcs[index]!)!;
    const lines = text
      .split('\n')
      .slice(at.line - 1, at.endLine)
      .map((line) => [...line]);
    lines[lines.length - 1] = lines.at(-1)!.slice(0, at.endColumn);
    lines[0] = lines[0]!.slice(at.column);
    return lines.map((line) => line.join('')).join('\n');
  }

  // As CPython 3.11's co_positions has them.
  test.each<[op: string, text: string, blame: string]>([
    ['CALL', 'x = f(1) + 2\n', 'f(1)'],
    ['CALL_METHOD', 'x = o.m(1)\n', 'o.m(1)'],
    ['GET_METHOD', 'x = o.m(1)\n', 'o.m'],
    ['CALL_METHOD', 'x = (o\n  .m(\n  1))\n', 'm(\n  1)'],
    ['GET_ATTR', 'x = (o\n  .a)\n', 'a'],
    ['ADD', 'x = a + b * c\n', 'a + b * c'],
    ['MULTIPLY', 'x = a + b * c\n', 'b * c'],
    ['GET_ITEM', 'x = a[0][b]\n', 'a[0]'],
    ['SET_ITEM', 'a[0] = b\n', 'a[0]'],
    ['SET_ATTR', 'a.b = c\n', 'a.b'],
    ['ADD_TO', 'a.b += c\n', 'a.b += c'],
    ['LESS', 'x = a < b\n', 'a < b'],
    ['GET_ITER', 'for x in y: pass\n', 'for x in y: pass'],
    ['UNPACK', 'a, b = c\n', 'a, b'],
    ['RAISE', 'raise x\n', 'raise x'],
    ['RAISE', 'assert x, y\n', 'assert x, y'],
    ['RAISE', 'assert x == 1, y\n', 'x == 1'],
    ['WITH_ENTER', 'with a: b\n', 'with a: b'],
    ['MATCH_EXCEPTION', 'try: a\nexcept b: c\n', 'except b: c'],
    ['IMPORT', 'import helper\n', 'import helper'],
    ['FORMAT', 'x = f"a{b}c"\n', 'f"a{b}c"'],
    ['CALL', '@deco\ndef f(): pass\n', 'deco'],
    ['MAKE_CLASS', '@deco\nclass C: pass\n', 'class C: pass'],
    ['LOAD_GLOBAL', 'x = "é😀"; y = ñ\n', 'ñ'],
  ])('%s in %j', (name, text, blame) => {
    const module = { helper: '' };
    if (text.startsWith('import')) {
      expect(lineAt(moduleOf(text, module).functions[0]!, 0)).toBe(1);
    } else {
      expect(blamed(text, name)).toBe(blame);
    }
  });

  test('columns count code points', () => {
    const [, second] = body('"é😀"; y\n').positions;
    expect(second ?? body('"é😀"; y\n').positions[0]).toMatchObject({ column: 6, endColumn: 7 });
  });

  test('a decorated function begins at its first decorator', () => {
    const module = moduleOf('\n@a\n@b\ndef f(): pass\n');
    expect(functionNamed(module, 'f').line).toBe(2);
  });
});

describe('the same tree gives the same bytes', () => {
  test('whatever was compiled before', () => {
    const text = 'def f(a, *, b=1):\n  return [a for a in b if a]\nclass C: x = f\n';
    const [a, b]: Module[] = [moduleOf(text), moduleOf(text)];
    expect(encodeModule(a!)).toEqual(encodeModule(b!));
  });
});

describe('functions', () => {
  test('count their parameters as program.ts says', () => {
    const f = functionNamed(moduleOf('def f(a, /, b, *c, d, e=1, **g):\n  h = 1\n'), 'f');
    expect(f).toMatchObject({ positionalOnly: 1, positional: 2, keywordOnly: 2, freeCount: 0 });
    expect(f.locals).toEqual(['a', 'b', 'd', 'e', 'c', 'g', 'h']);
  });

  test('without defaults, annotations or free variables need no closure', () => {
    expect(ops(body('def f(a): pass\n'))).toContain('MAKE_FUNCTION');
    expect(ops(body('def f(a=1): pass\n'))).toContain('MAKE_CLOSURE');
    expect(ops(body('def f(a: b): pass\n'))).toContain('MAKE_CLOSURE');
  });

  test('keep their docstring', () => {
    const module = moduleOf('"""M"""\ndef f():\n  "F"\n  pass\ndef g(): f"no"\n');
    const doc = (fn: FunctionCode): Constant | undefined => module.constants[fn.doc];
    expect(module.functions.map(doc)).toEqual([
      { type: 'str', value: 'M' },
      { type: 'str', value: 'F' },
      undefined,
    ]);
  });

  test('a local is read with a check only where it may be unbound', () => {
    const text = 'def f(a):\n  if a: b = 1\n  b\n  b\n  del b\n  for c in a: d = c\n  return d\n';
    const loads = ops(functionNamed(moduleOf(text), 'f')).filter((op) => op.startsWith('LOAD_L'));
    expect(loads).toEqual([
      ...['LOAD_LOCAL', 'LOAD_LOCAL_CHECKED', 'LOAD_LOCAL'], // a, b, and b again
      ...['LOAD_LOCAL', 'LOAD_LOCAL', 'LOAD_LOCAL_CHECKED'], // a, c, d
    ]);
  });

  test('a name bound in a try may be unbound in its handler', () => {
    const text = 'def f(a):\n  try:\n    b = a()\n  except ValueError:\n    return b\n  return b\n';
    const loads = ops(functionNamed(moduleOf(text), 'f')).filter((op) => op.startsWith('LOAD_L'));
    expect(loads).toEqual(['LOAD_LOCAL', 'LOAD_LOCAL_CHECKED', 'LOAD_LOCAL']);
  });
});

describe('safepoints', () => {
  test('say statement, stack and live locals', () => {
    const text =
      'def f(a, b):\n  for x in a:\n    with b:\n      try: x()\n' +
      '      except ValueError: b()\n  return a\n';
    const f = functionNamed(moduleOf(text), 'f');
    const names = (live: readonly number[]): string =>
      live.map((local) => f.locals[local]).join(' ');
    const rows = f.safepoints.map(
      ({ statement, stack, live }) => `${statement} [${stack.join(' ')}] ${names(live)}`,
    );
    expect(rows).toEqual([
      '0 [] a b', // the beginning
      '0 [iterator] a b', // the loop
      '1 [iterator exit value] a b x', // entered
      '3 [iterator exit value] a b', // x()
      '4 [iterator exit handled value] a b', // b()
      '1 [iterator value] a b', // left
      '1 [iterator exit handled value value] a b', // left by an exception
    ]);
  });
});
