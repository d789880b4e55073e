// What every generated program begins with: fuel, bounds on sizes, words to print what happened.
//
// Invariants:
//
//   D1. A program ends: every turn of a loop and every call of a function takes fuel, which each
//       statement of the program's top level gets anew.
//   D2. Values stay small: what is bound, or grows in place, goes through small().

import type { Tree } from './tree.ts';
import { block, render, tree } from './tree.ts';

const PRELUDE = `fuel = 0
def spent():
    global fuel
    fuel -= 1
    return fuel < 0
def small(value):
    left, todo = 60, [value]
    while todo:
        one = todo.pop()
        left -= 1
        if left < 0:
            return None
        if type(one) is int and abs(one) > 1 << 80:
            return one % 1000003
        if isinstance(one, (str, bytes, bytearray)) and len(one) > 50:
            return one[:7]
        if type(one) in (list, tuple, set, frozenset) and len(one) < 60:
            todo.extend(one)
        elif isinstance(one, (list, tuple, set, frozenset, dict)) and len(one) > 40:
            return None
        elif type(one) is dict:
            todo.extend(one)
            todo.extend(one.values())
    return value
def number(value):
    return value if type(value) in (int, float, bool) and value == value else 0
def numbers(values):
    return [number(value) for value in values]
def lines(error):
    trace, found = error.__traceback__, []
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == 'main.flow':
            found.append(trace.tb_lineno)
        trace = trace.tb_next
    return found
def caught(error):
    print('!', type(error).__name__, error, lines(error))
    if error.__context__ is not None and not error.__suppress_context__:
        print('  context', repr(error.__context__), repr(error.__cause__))
class Scope:
    def __init__(self, name, takes=False):
        self.name, self.takes = name, takes
    def __enter__(self):
        print('enter', self.name)
        return self.name
    def __exit__(self, kind, error, trace):
        print('exit', self.name, kind and kind.__name__, error)
        return self.takes
`;

const MODULES = ['math', 'json', 'itertools', 'functools', 'operator', 'collections', 'string'];

/** The text of a whole program. */
export function programText(program: Tree): string {
  const body = render(program);
  const used = MODULES.filter((name) => new RegExp(`\\b${name}\\.`, 'u').test(body));
  const imports = used.map((name) => `import ${name}\n`).join('');
  return `${imports}${PRELUDE}${body}`;
}

/** A program's own part of its text. */
export function ownText(text: string): string {
  return text.replace(PRELUDE, '');
}

/** A statement of the top level: with fuel of its own, and whatever it raises told. */
export function guarded(body: Tree): Tree {
  return tree(
    'statement',
    'fuel = 40\ntry:',
    body,
    'except Exception as error:',
    block(tree('statement', 'caught(error)')),
  );
}
