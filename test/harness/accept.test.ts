// The accept tool tested: where it puts marks, what it keeps, what it refuses. The oracle is a fake
// here, except at the end, where a CPython 3.11 is asked if there is one.

import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

import { acceptText, pythonOracle, type Oracle, type OracleAnswer } from './accept.ts';
import { goldenFiles } from './files.ts';
import { parseGolden } from './golden.ts';

type Write = OracleAnswer['writes'][number];

function oracle(answer: Partial<OracleAnswer>): Oracle {
  return () => Promise.resolve({ writes: [], failure: null, syntax: null, ...answer });
}

function write(
  text: string,
  first: number,
  last = first,
  leaf: Write['leaf'] = [first, last],
): Write {
  return { text, top: [first, last], leaf };
}

describe('output', () => {
  test('of one line stands beside its statement, anything else below', async () => {
    const writes = [
      write('1\n', 1),
      write('a', 2),
      write('\nb\n', 2),
      write('\n', 3),
      write('x ', 4),
    ];
    expect(await acceptText('one()\ntwo()\nthree()  # why\nfour()\n', oracle({ writes }))).toBe(
      'one()  #> 1\ntwo()\n#> a\n#> b\nthree()  # why\n#>\nfour()  #>"x "\n',
    );
  });

  test('replaces what was there, and is the same the second time', async () => {
    const once = await acceptText(
      'f()  #> old\n#> older\ng()\n',
      oracle({ writes: [write('1\n', 1)] }),
    );
    expect(once).toBe('f()  #> 1\ng()\n');
    expect(await acceptText(once, oracle({ writes: [write('1\n', 1)] }))).toBe(once);
  });

  test('of a compound statement stands in its parts when they printed in order', async () => {
    const source = 'if x:\n    a()\n    b()\n';
    const a = write('a\n', 1, 3, [2, 2]);
    const b = write('b\n', 1, 3, [3, 3]);
    expect(await acceptText(source, oracle({ writes: [a, b] }))).toBe(
      'if x:\n    a()  #> a\n    b()  #> b\n',
    );
    expect(await acceptText(source, oracle({ writes: [b, a] }))).toBe(
      'if x:\n    a()\n    b()\n    #> b\n    #> a\n',
    );
  });
});

describe('failures', () => {
  const failure = { last: 'E: a(b)', lines: [3, 2] };

  test('are marked on the innermost line, as a pattern for exactly that text', async () => {
    expect(await acceptText('def f():\n    g()\nf()\n', oracle({ failure }))).toBe(
      'def f():\n    g()  #! E: a\\(b\\)\nf()\n',
    );
  });

  test("keep the author's mark while it is true", async () => {
    const kept = 'def f():\n    g()\nf()  #! E: .*\n';
    expect(await acceptText(kept, oracle({ failure }))).toBe(kept);
    const stale = 'def f():\n    g()\nf()  #! F: .*\n';
    expect(await acceptText(stale, oracle({ failure }))).not.toBe(stale);
  });
});

describe('chunks', () => {
  test('that are durable are left alone', async () => {
    const durable = 'from flow.time import sleep\nsleep(1)  #> slept\n';
    expect(await acceptText(durable, oracle({ writes: [write('no\n', 1)] }))).toBe(durable);
  });

  test('that the compiler refuses must be refused by CPython, or say why not', async () => {
    const refused = 'f(  #!compile unclosed-bracket\n';
    const syntax = { line: 1, message: 'never closed' };
    expect(await acceptText(refused, oracle({ syntax }))).toBe(refused);
    await expect(acceptText(refused, oracle({}))).rejects.toThrow('CPython takes');
    const ours = 'import no  #!compile unknown-module\n';
    expect(await acceptText(ours, oracle({}))).toBe(ours);
    await expect(acceptText('f(\n', oracle({ syntax }))).rejects.toThrow('never closed');
  });
});

function hasPython(): boolean {
  try {
    return execFileSync('python3', ['--version'], { encoding: 'utf8' }).startsWith('Python 3.11.');
  } catch {
    return false;
  }
}

describe.skipIf(!hasPython())('CPython', () => {
  test('says which statement printed what, and where it failed', async () => {
    const source =
      'def f(n):\n    print("f", n)\n    return 1 // n\n\nf(1)\nfor n in (2, 0):\n    f(n)\n';
    expect(await acceptText(source, pythonOracle(0))).toBe(
      'def f(n):\n    print("f", n)\n    return 1 // n  #! ZeroDivisionError: integer division or modulo by zero\n\n' +
        'f(1)  #> f 1\nfor n in (2, 0):\n    f(n)\n    #> f 2\n    #> f 0\n',
    );
  });

  test('imports the other files of a chunk', async () => {
    const source = 'from p.m import x\nprint(x)\n#file: p/__init__.flow\n#file: p/m.flow\nx = 5\n';
    expect(await acceptText(source, pythonOracle(0))).toContain('print(x)  #> 5\n');
  });
});

test('every golden file can be read, and is of this size at least', () => {
  const files = goldenFiles(join(import.meta.dirname, '..', 'golden'));
  const chunks = files.flatMap((file) => parseGolden(file.text));
  expect(chunks.filter((chunk) => !chunk.differs).length).toBeGreaterThanOrEqual(400);
  expect(chunks.filter((chunk) => chunk.differs).length).toBeGreaterThanOrEqual(60);
});
