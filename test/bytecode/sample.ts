// What the tests of this folder take apart: one program that uses most of the language, compiled.

import { compile, type Environment } from '../../compiler/compile.ts';
import { renderReport } from '../../compiler/diagnostics/render.ts';
import { Report } from '../../compiler/diagnostics/report.ts';
import { Source } from '../../compiler/diagnostics/source.ts';
import type { FunctionCode, Module, Program } from '../../vm/bytecode/program.ts';

/** An environment with some builtins and the modules given. */
export function environment(modules: Readonly<Record<string, string>> = {}): Environment {
  return {
    builtins: new Set(
      'print range len super object Exception ValueError ImportError ModuleNotFoundError'.split(
        ' ',
      ),
    ),
    intrinsics: new Set(['sleep_until']),
    natives: new Map([
      ['print', 'print@1'],
      ['len', 'len@1'],
      ['sleep_until', 'sleep_until@3'],
    ]),
    findModule(name) {
      const isPackage = `${name}.__init__` in modules;
      const text = modules[name] ?? modules[`${name}.__init__`];
      if (text === undefined) return null;
      const isLibrary = name === 'builtins' || name.startsWith('lib');
      return { source: new Source(`${name}.flow`, text), isPackage, isLibrary };
    },
    moduleNames: Object.keys(modules),
  };
}

/** Compile a program that must have no mistakes. */
export function program(text: string, modules: Readonly<Record<string, string>> = {}): Program {
  const report = new Report();
  const compiled = compile(new Source('main.flow', text), environment(modules), report);
  if (compiled === null) throw new Error(renderReport(report));
  return compiled;
}

/** The main module of a program. */
export function moduleOf(text: string, modules: Readonly<Record<string, string>> = {}): Module {
  return program(text, modules).modules[0]!;
}

/** A function of a module by its qualified name. */
export function functionNamed(module: Module, qualname: string): FunctionCode {
  const found = module.functions.find((fn) => fn.qualname === qualname);
  if (found === undefined) throw new Error(`there is no function ${qualname}`);
  return found;
}

/** A function with all it has as properties of its own: a decoded one gives much when asked. */
export function plainFunction(fn: FunctionCode): FunctionCode {
  const { code, handlers, safepoints, statements, positions, hash } = fn;
  const { name, qualname, flags, positionalOnly, positional, keywordOnly } = fn;
  const { locals, freeCount, stackMax, doc, line } = fn;
  const counts = { flags, positionalOnly, positional, keywordOnly, freeCount, stackMax, doc, line };
  const tables = { code, handlers, safepoints, statements, positions, hash };
  return { name, qualname, locals, ...counts, ...tables };
}

/** A module to be compared with another one. */
export function plainModule(module: Module): Module {
  return { ...module, functions: module.functions.map(plainFunction) };
}

export function plainProgram({ entry, modules }: Program): Program {
  return { entry, modules: modules.map(plainModule) };
}

export const SAMPLE = `
"""Everything at once."""
import helper
from helper import one as first

LIMIT = 10 ** 3
RATE: float = -0.0
NAMES = ('a', b'b', 1.5, 2 ** 70, 123456789012345678901234567890, None, ..., True, (1, ('x',)))

def add(a, b=2, /, c=3, *rest, d, e=5, **more):
    total = a + b * c - d
    for item in rest:
        if not item or item in {1, 2, 3}:
            continue
        total += item
    else:
        total = -total
    return total, more

def counter(start):
    n = start
    def step(by=1):
        nonlocal n
        n += by
        return n
    return step

class Base:
    size: int = 0
    def area(self):
        return self.size ** 2

class Square(Base, metaclass=type):
    """A square."""
    def __init__(self, size):
        super().__init__()
        self.size = size
    def area(self):
        return super().area() + (lambda x: x * self.size)(2)

def words(text):
    seen = {}
    while text:
        head, *text = text
        try:
            if head == 'stop':
                break
            seen[head] = seen.get(head, 0) + 1
        except ValueError as error:
            print(error)
            raise KeyError(head) from error
        finally:
            print(f'{head!r:>{LIMIT}} done')
    return [k for k in seen if len(k) > 1], {k: v for k, v in seen.items()}, {*seen}

def squares(n):
    got = yield 0
    yield from (i * i for i in range(n) if i % 2)
    return got

async def wait(events):
    with opened('x') as handle, events:
        first = await events[0]
        return handle.read(first, *events, key=1, **{'z': 2})

def classify(value):
    match value:
        case 0 | 1:
            return 'small'
        case [x, *_, y] if x < y < LIMIT:
            return x, y
        case {'name': str(name), **rest}:
            del rest
            return name
        case Square(size=side):
            return side
        case _:
            return None

assert first, 'first is there'
value = add(1, d=4) if LIMIT else helper.two
print(value[0], words(['a'])[::2], end='')
`;

export const HELPER = `
one = 1
two = 2
def unused(): pass
`;

/** SAMPLE compiled. */
export function sample(): Program {
  return program(SAMPLE, { helper: HELPER });
}
