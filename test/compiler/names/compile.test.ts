import { describe, expect, test } from 'vitest';
import {
  compile,
  compileLibrary,
  type Environment,
  type FoundModule,
} from '../../../compiler/compile.ts';
import { renderReport } from '../../../compiler/diagnostics/render.ts';
import { Report } from '../../../compiler/diagnostics/report.ts';
import { Source } from '../../../compiler/diagnostics/source.ts';
import { FLAG } from '../../../vm/bytecode/program.ts';
import { environment, functionNamed, program } from '../../bytecode/sample.ts';

type Modules = Readonly<Record<string, string>>;

/** What the compiler says of a program, as a person reads it. */
function says(text: string, modules: Modules = {}): string {
  const report = new Report();
  compile(new Source('main.flow', text), environment(modules), report);
  return renderReport(report);
}

describe('modules', () => {
  test('all that is imported is compiled, once, also in a circle', () => {
    const { entry, modules } = program('import a\nimport pkg.sub\n', {
      a: 'import b',
      b: 'import a\nimport __main__',
      'pkg.__init__': 'from . import sub, other',
      'pkg.sub': 'from .other import x\nfrom . import absent',
      'pkg.other': 'x = 1',
      builtins: 'def sorted(x): return x',
      unused: 'pass',
    });
    expect(entry).toBe('__main__');
    expect(modules.map(({ name, isPackage }) => [name, isPackage])).toEqual([
      ['__main__', false],
      ['a', false],
      ['b', false],
      ['builtins', false],
      ['pkg', true],
      ['pkg.other', false],
      ['pkg.sub', false],
    ]);
  });
});

describe('relative imports', () => {
  const inside = (text: string): readonly string[] =>
    program('import pkg.sub.mod\n', {
      'pkg.__init__': '',
      'pkg.x': '',
      'pkg.sub.__init__': '',
      'pkg.sub.y': '',
      'pkg.sub.mod': text,
    }).modules.find(({ name }) => name === 'pkg.sub.mod')!.imports;

  test.each<[text: string, imports: readonly string[]]>([
    ['from . import y', ['pkg', 'pkg.sub', 'pkg.sub.y']],
    ['from .y import z', ['pkg', 'pkg.sub', 'pkg.sub.y']],
    ['from .. import x', ['pkg', 'pkg.x']],
    ['from ..x import z', ['pkg', 'pkg.x']],
    ['from ..sub import y', ['pkg', 'pkg.sub', 'pkg.sub.y']],
  ])('%s', (text, imports) => {
    expect(inside(`${text}\n`)).toEqual(imports);
  });

  test('beyond the top, and where there is no package', () => {
    expect(() => inside('from ... import x\nfrom .... import x\n')).toThrow(
      /attempted relative import beyond top-level package/,
    );
    expect(says('from . import x\n')).toContain(
      'attempted relative import with no known parent package',
    );
  });
});

describe('a module that is missing', () => {
  test('is told with what may have been meant', () => {
    expect(says('import helpr\n', { helper: '' }))
      .toBe(`error[unknown-module]: No module named 'helpr'
 --> main.flow:1:8
  |
1 | import helpr
  |        ^^^^^ neither beside the program nor in the library
  = help: did you mean 'helper'?
`);
  });

  test("is told apart from one of Python's that flow does not have", () => {
    expect(says('import subprocess\n')).toContain('that flow does not have');
  });

  test('inside a module that is no package', () => {
    expect(says('import a.b\n', { a: '' })).toContain("'a.b'; 'a' is not a package");
  });

  test.each([
    'try:\n  import x\nexcept ImportError:\n  x = None\n',
    'try:\n  from x import y\nexcept (ValueError, ModuleNotFoundError):\n  y = None\n',
    'try:\n  if print:\n    import x\nexcept:\n  pass\n',
    'from typing_ import TYPE_CHECKING\nif TYPE_CHECKING:\n  import x\n',
  ])('is the program’s business in %j', (text) => {
    expect(says(text, { typing_: 'TYPE_CHECKING = False' })).toBe('');
  });

  test.each([
    'try:\n  import x\nexcept ValueError:\n  pass\n',
    'try:\n  pass\nexcept ImportError:\n  import x\n',
    'try:\n  def f():\n    import x\nexcept ImportError:\n  pass\n',
  ])('but not in %j', (text) => {
    expect(says(text)).toContain("No module named 'x'");
  });
});

describe('examples in docstrings', () => {
  const tested = (example: string): string =>
    says(`import doctest\ndef f():\n  """\n  >>> ${example}\n  """\n`, {
      doctest: '_begin = _example = _register = _show = print',
      builtins: 'print = 1',
    });

  test('are compiled if the module imports doctest: what flow does not have is refused', () => {
    expect(tested('open("x")')).toContain('<doctest __main__>:1:1');
    expect(tested('open("x")')).toContain('error[not-supported]: open() is not supported');
    expect(tested('open("x")  # doctest: +SKIP')).toBe('');
    expect(tested('import nonesuch')).toContain("No module named 'nonesuch'");
    expect(says('def f():\n  ">>> open(1)"\n')).toBe('');
  });

  test('may have mistakes: they are found when they are run', () => {
    expect(tested('1 if')).toBe('');
    expect(tested('unknown')).toBe('');
  });
});

describe('unknown names', () => {
  test('are an error if they are builtins in Python, but not if the program has its own', () => {
    expect(says('def f(path):\n  return open(path)\n'))
      .toBe(`error[not-supported]: open() is not supported
 --> main.flow:2:10
  |
2 |   return open(path)
  |          ^^^^ a builtin of Python's that flow does not have
  = help: there are no files here: the outside is reached through flow.http
`);
    expect(says('def open(door):\n  return door\nopen(1)\n')).toBe('');
    expect(says('def f(eval):\n  return eval(1)\n')).toBe('');
  });

  test('are a warning with a suggestion, once in each function', () => {
    const text = 'receipt = 1\ndef f(amount):\n  print(reciept, reciept)\n  return amuont\n';
    expect(says(text)).toBe(`warning[unknown-name]: unknown name 'reciept'
 --> main.flow:3:9
  |
3 |   print(reciept, reciept)
  |         ^^^^^^^ not bound in this function, this module or the builtins
  = help: did you mean 'receipt'?

warning[unknown-name]: unknown name 'amuont'
 --> main.flow:4:10
  |
4 |   return amuont
  |          ^^^^^^ not bound in this function, this module or the builtins
  = help: did you mean 'amount'?
`);
  });

  test.each<[text: string, modules?: Modules]>([
    ['print(__name__, __file__, __doc__)\n'],
    ['class C:\n  print(__module__, __qualname__)\n'],
    ['def f():\n  global x\n  x = 1\nprint(x)\n'],
    ['from a import *\nprint(anything)\n', { a: '' }],
    ['print(sorted)\n', { builtins: 'def sorted(x): return x' }],
    ['import lib\n', { lib: 'sleep_until(1)' }],
    ['x: Later = 1\nclass Later: pass\n'],
  ])('are none in %j', (text, modules) => {
    expect(says(text, modules)).toBe('');
  });

  test('intrinsics are for the library only', () => {
    expect(says('sleep_until(1)\n')).toContain("unknown name 'sleep_until'");
  });
});

describe('what a module says of itself', () => {
  test('the natives it names, with versions', () => {
    const { modules } = program('print(len(1))\nimport lib\nsleep_until\n', {
      lib: 'def f(): sleep_until(1)',
    });
    expect(modules.map(({ name, natives, isLibrary }) => [name, natives, isLibrary])).toEqual([
      ['__main__', ['len@1', 'print@1'], false],
      ['lib', ['sleep_until@3'], true],
    ]);
  });

  test('functions of the prelude leave no frame in tracebacks', () => {
    const { modules } = program('import lib, libh\ndef f(): pass\n', {
      builtins: 'def sorted(x):\n  return [y for y in x]\n',
      lib: 'def g(): pass\n',
      libh: '__hidden__ = True\ndef h(): pass\n',
    });
    const hidden = modules.flatMap(({ functions }) =>
      functions.flatMap(({ qualname, flags }) => ((flags & FLAG.hidden) === 0 ? [] : [qualname])),
    );
    expect(hidden.sort()).toEqual([
      '<module>',
      '<module>',
      'h',
      'sorted',
      'sorted.<locals>.<listcomp>',
    ]);
  });
});

describe('a library compiled before', () => {
  const sources: Modules = {
    builtins: 'def sorted(x): return x',
    lib: 'import libdeep\ndef g(): return libdeep.x\n',
    libdeep: 'x = 1\n',
  };

  test('is taken as it is, with all it imports', () => {
    const report = new Report();
    const compiled = compileLibrary(['lib'], environment(sources), report)!;
    expect(compiled.map(({ name }) => name)).toEqual(['builtins', 'lib', 'libdeep']);
    const byName = new Map(compiled.map((module) => [module.name, module]));
    const env: Environment = {
      ...environment(),
      findModule: (): FoundModule | null => null,
      compiledModule: (name) => byName.get(name) ?? null,
    };
    const text = new Source('main.flow', 'import lib\nprint(sorted(lib.g()))\n');
    const whole = compile(text, env, report)!;
    expect(report.diagnostics).toEqual([]);
    expect(whole.modules.map(({ name }) => name)).toEqual([
      '__main__',
      'builtins',
      'lib',
      'libdeep',
    ]);
    expect(whole.modules[2]).toBe(byName.get('lib'));
    expect(whole).toEqual(compile(text, environment(sources), new Report()));
  });
});

describe('mistakes', () => {
  test('of all modules are told at once', () => {
    const report = new Report();
    const modules = { a: 'return 1\nimport b', b: 'x = )', c: 'pass' };
    const text = new Source('main.flow', 'break\nimport a\n');
    expect(compile(text, environment(modules), report)).toBeNull();
    expect(report.errors.map(({ source, code }) => `${source.name} ${code}`)).toEqual([
      'main.flow outside-loop',
      'a.flow outside-function',
      'b.flow unmatched-bracket',
    ]);
  });

  test('a function beyond a limit is told with its place', () => {
    const many = Array.from({ length: 20_001 }, (_, i) => `  a${i} = 1\n`).join('');
    expect(says(`def f():\n${many}`)).toContain('error[too-large]: a function with 20001 locals');
  });

  test('finally in finally in finally grows too large, and is told', () => {
    let text = '';
    for (let i = 0; i < 19; i++) {
      const indent = ' '.repeat(i);
      text += `${indent}try: f()\n${indent}finally:\n`;
    }
    expect(says(`def f(): pass\n${text}${' '.repeat(19)}f()\n`)).toContain('error[too-large]');
  });

  test('more blocks than CPython allows', () => {
    const text = Array.from({ length: 21 }, (_, i) => `${' '.repeat(i)}while f:\n`).join('');
    expect(says(`f = 1\n${text}${' '.repeat(21)}f\n`)).toContain(
      'error[too-nested]: too many statically nested blocks',
    );
  });
});

describe('names that lead nowhere', () => {
  test('a function is found by its qualified name', () => {
    const module = program('class A:\n  class B:\n    def f(self): return lambda: 0\n').modules[0]!;
    expect(functionNamed(module, 'A.B.f.<locals>.<lambda>').name).toBe('<lambda>');
  });

  test('a global function inside another is named as if it stood outside', () => {
    const module = program('def f():\n  global g\n  def g(): pass\n').modules[0]!;
    expect(functionNamed(module, 'g').name).toBe('g');
  });
});

describe('names of the library', () => {
  const library = {
    'lib.__init__': '',
    'lib.http':
      'import lib.time\n__all__ = []\nclass Callback: pass\ndef callback(): return len(_hidden)\n_hidden = 1',
    'lib.time': 'def sleep(): pass',
    own: 'globals = 1',
  };
  const titles = (text: string): string[] =>
    says(text, library)
      .split('\n')
      .filter((line) => /^(warning|error)|= help/.test(line));

  test('an import of what is not there', () => {
    expect(titles('from lib.http import calback, callback, __name__')).toEqual([
      "warning[unknown-attribute]: cannot import name 'calback' from 'lib.http'",
      "  = help: did you mean 'callback'?",
    ]);
    expect(titles('from lib import htp')).toEqual([
      "warning[unknown-attribute]: cannot import name 'htp' from 'lib'",
    ]);
    expect(titles('from lib import http, time\nfrom lib.http import *')).toEqual([]);
  });

  test.each([
    'import lib.http\nlib.http.calback()',
    'import lib.http as http\ndef f():\n    return http.calback',
    'from lib import http\nclass C:\n    def f(self): return http.calback()',
    'def f():\n    from lib import http as h\n    return h.calback.new()',
  ])('an attribute that is not there: %j', (text) => {
    expect(titles(text)).toEqual([
      "warning[unknown-attribute]: module 'lib.http' has no attribute 'calback'",
      "  = help: did you mean 'callback'?",
    ]);
  });

  test.each([
    'try:\n    from lib.http import calback\nexcept ImportError:\n    calback = None',
    'from lib import http\nhttp = 1\nhttp.calback',
    'from lib import http\ndef f():\n    global http\n    http = 2\nhttp.calback',
    'from lib import http\ndef f(http): return http.calback',
    'from lib import http\nhttp.calback = 1\nhttp.calback',
    'from lib import http\nhttp.lib, http.__doc__, http.callback.anything',
    'import own\nown.anything\nfrom own import anything',
  ])('nothing is said where it may be there: %j', (text) => {
    expect(titles(text)).toEqual([]);
  });
});
