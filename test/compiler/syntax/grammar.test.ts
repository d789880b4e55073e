// The grammar as a whole: that it is sound, that nothing overflows, what it warns of.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { Report } from '../../../compiler/diagnostics/report.ts';
import { Source } from '../../../compiler/diagnostics/source.ts';
import { dumpTree } from '../../../compiler/syntax/dump.ts';
import { Grammar } from '../../../compiler/syntax/grammar.ts';
import { BLOCKS_MAX, LAMBDAS_MAX, NESTED_MAX } from '../../../compiler/syntax/limits.ts';
import { parse } from '../../../compiler/syntax/parse.ts';
import type { Module, Node } from '../../../compiler/syntax/tree.ts';
import { characterNamed } from '../../../compiler/syntax/unicode-names.ts';
import { children, walk } from '../../../compiler/syntax/walk.ts';
import { readSnippets, SNIPPET_FILES } from './snippets.ts';

function read(text: string): { tree: Module | null; report: Report } {
  const report = new Report();
  const tree = parse(new Source('a.flow', text), report);
  return { tree, report };
}

const titles = (text: string): string[] => read(text).report.errors.map(({ title }) => title);
const warnings = (text: string): string[] =>
  read(text).report.warnings.map(
    ({ source, span, code }) => `${source.position(span.start).line}: ${code}`,
  );

test('Chevrotain finds no mistake in the grammar: no ambiguity, no left recursion', () => {
  expect(new Grammar(true)).toBeDefined();
});

describe('no length of program and no depth of nesting exhausts the stack', () => {
  const N = 50_000;
  test.each([
    ['sum', `x = ${'a + '.repeat(N)}a`],
    ['power', `x = ${'a ** '.repeat(N)}a`],
    ['and', `x = ${'a and '.repeat(N)}a`],
    ['comparison', `x = ${'a < '.repeat(N)}a`],
    ['mixed', `x = ${'a or b and c == d + e * -f ** '.repeat(N / 5)}a`],
    ['minus', `x = ${'-'.repeat(N)}a`],
    ['not', `x = ${'not '.repeat(N)}a`],
    ['lambda', `x = ${'lambda: '.repeat(N)}a`],
    ['choice', `x = ${'a if b else '.repeat(N)}c`],
    ['attribute', `x = a${'.b'.repeat(N)}`],
    ['call', `x = a${'()'.repeat(N)}`],
    ['subscript', `x = a${'[0]'.repeat(N)}`],
    ['elif', `if a: b\n${'elif c: d\n'.repeat(10_000)}`],
    ['assignment', `${'a = '.repeat(N)}b`],
    ['tuple', 'a, '.repeat(N)],
    ['strings', `x = ${"'a' ".repeat(N)}`],
    ['fields', `x = f'${'{a}'.repeat(N)}'`],
    ['comprehension', `x = [a ${'for a in b if c '.repeat(10_000)}]`],
    ['decorators', `${'@a\n'.repeat(10_000)}def f(): pass`],
    ['handlers', `try: a\n${'except b: c\n'.repeat(10_000)}`],
    ['alternatives', `match x:\n case ${'1 | '.repeat(10_000)}1: pass`],
  ])('%s', (_, text) => {
    const { tree, report } = read(text);
    expect(report.errors).toEqual([]);
    let count = 0;
    walk(tree!, () => {
      count += 1;
    });
    expect(count).toBeGreaterThan(2);
  });

  test('nor does printing a deep tree, which shows depth as a number', () => {
    const { tree } = read(`x = ${'a + '.repeat(N)}a\n`);
    expect(dumpTree(tree!)).toContain(`(${N}) left BinOp op='Add'\n`);
  });

  const blocks = (depth: number): string =>
    Array.from({ length: depth }, (_, i) => `${' '.repeat(i)}if a:\n`).join('') +
    `${' '.repeat(depth)}b\n`;

  test.each([
    ['parentheses', NESTED_MAX, (n: number) => `${'('.repeat(n)}a${')'.repeat(n)}`],
    ['lists', NESTED_MAX, (n: number) => `${'['.repeat(n)}${']'.repeat(n)}`],
    ['calls', NESTED_MAX, (n: number) => `${'f(a, b='.repeat(n)}1${')'.repeat(n)}`],
    ['dicts', NESTED_MAX, (n: number) => `${'{1: '.repeat(n)}1${'}'.repeat(n)}`],
    ['comprehensions', NESTED_MAX, (n: number) => `${'[a for a in '.repeat(n)}b${']'.repeat(n)}`],
    ['operands', NESTED_MAX, (n: number) => `${'(1 + '.repeat(n)}a${')'.repeat(n)}`],
    ['lambdas', LAMBDAS_MAX, (n: number) => `${'lambda a='.repeat(n)}1${': 0'.repeat(n)}`],
    ['blocks', BLOCKS_MAX, blocks],
  ])('%s nest to the limit, and are refused one past it', (_, limit, make) => {
    expect(titles(`${make(limit)}\n`)).toEqual([]);
    expect(titles(`${make(limit + 1)}\n`).join()).toMatch(/^too many/);
  });

  test('brackets within blocks count together', () => {
    const within = (depth: number): string =>
      `${blocks(99).trimEnd()} = ${'['.repeat(depth)}${']'.repeat(depth)}\n`;
    expect(titles(within(NESTED_MAX - 99))).toEqual([]);
    expect(titles(within(NESTED_MAX - 98))).toEqual(['too many nested parentheses']);
  });

  test('patterns nest to the limit', () => {
    const depth = NESTED_MAX - 1; // the block of the match statement is one
    const text = `match x:\n case ${'A(b=['.repeat(depth / 2)}1${'])'.repeat(depth / 2)}: pass\n`;
    expect(titles(text)).toEqual([]);
  });
});

describe('adjacent strings', () => {
  test("the seed's program warns once for each of its missing commas", () => {
    const seed = readFileSync(join(import.meta.dirname, 'snippets/seed.flow'), 'utf8');
    expect(titles(seed)).toEqual([]);
    expect(warnings(seed)).toEqual(['87: joined-strings', '93: joined-strings']);
  });

  test.each([
    ['f("a" "b")', 1],
    ['f("a" f"{b}", c)', 1],
    ['f(x, "a" "b" "c")', 1],
    ['["a" "b", "c"]', 1],
    ['("a" "b", "c")', 1],
    ['{"a" "b", "c"}', 1],
    ['{"a": "b" "c"}', 1],
    ['class A("a" "b"): pass', 1],
    ['f("a"\n  "b")', 0],
    ['f("a"\n  f"{b}"\n  "c")', 0],
    ['["a"\n "b"]', 0],
    ['x = "a" "b"', 0],
    ['x = ("a" "b")', 0],
    ['f(x="a" "b")', 0],
    ['f(("a" "b"))', 1],
    ['f("a" "b" + c)', 0],
  ])('%j: %i', (text, count) => {
    expect(warnings(`${text}\n`)).toHaveLength(count);
  });
});

test('an escape that means nothing is kept, with a warning', () => {
  const { tree, report } = read("x = '\\d' b'\\d'[0] r'\\d'\n".replace("b'\\d'[0] ", ''));
  expect(report.warnings.map(({ title }) => title)).toEqual(["invalid escape sequence '\\d'"]);
  expect(dumpTree(tree!)).toContain("value=str '\\\\d\\\\d'");
});

test('a surrogate pair written as two escapes is warned of, and no str', () => {
  const titles = (text: string): string[] => {
    const { tree, report } = read(`x = ${text}\n`);
    const pairs = report.warnings.filter(({ code }) => code === 'surrogate-pair');
    expect(report.hasErrors).toBe(false);
    expect(dumpTree(tree!).includes('surrogates')).toBe(pairs.length > 0);
    return pairs.map(({ title }) => title);
  };
  expect(titles("'\\ud83d\\ude00'")).toEqual(['a surrogate pair cannot be written as two escapes']);
  expect(titles("'\\ud83d' '\\U0001F600' '\\ude00\\ud83d'")).toEqual([]);
  expect(titles("'\\ud83d' '\\ude00'")).toHaveLength(1);
  expect(titles("f'\\ud83d' f'\\ude00'")).toHaveLength(1);
  expect(titles("f'\\ud83d{x}\\ude00'")).toEqual([]);
});

test('names of characters', () => {
  expect(characterNamed('BULLET')).toBe('•');
  expect(characterNamed('latin small letter e with acute')).toBe('é');
  expect(characterNamed('GRINNING FACE')).toBe('😀');
  expect(characterNamed('HANGUL SYLLABLE HAN')).toBe('한');
  expect(characterNamed('CJK UNIFIED IDEOGRAPH-6F22')).toBe('漢');
  expect(characterNamed('CJK UNIFIED IDEOGRAPH-A000')).toBeNull();
  expect(characterNamed('NO-BREAK SPACE')).toBe('\u00a0');
  expect(characterNamed('NBSP')).toBe('\u00a0');
  expect(characterNamed('LF')).toBe('\n');
  expect(characterNamed('VS256')).toBe('\u{e01ef}');
  expect(characterNamed('VS257')).toBeNull();
  expect(characterNamed('LATIN SMALL LETTER')).toBeNull();
});

describe('walk', () => {
  test('every node of every snippet is reached once, and its span is within its parent’s', () => {
    for (const name of SNIPPET_FILES) {
      for (const { text } of readSnippets(name)) {
        const { tree, report } = read(text);
        if (report.hasErrors) continue;
        const seen = new Set<Node>();
        walk(tree!, (node) => {
          expect(seen.has(node)).toBe(false);
          seen.add(node);
          for (const child of children(node)) {
            // A decorator stands before its definition, whose span begins at `def` or `class`.
            const decorators = 'decorator_list' in node ? node.decorator_list : [];
            if (decorators.some((decorator) => decorator === child)) continue;
            expect(child.span.start).toBeGreaterThanOrEqual(node.span.start);
            expect(child.span.end).toBeLessThanOrEqual(node.span.end);
          }
        });
      }
    }
  });

  test('what a visit refuses is left out', () => {
    const { tree } = read('f(a, g(b))\n');
    const kinds: string[] = [];
    walk(tree!, (node) => {
      kinds.push(node.kind);
      return node.kind !== 'Call';
    });
    expect(kinds).toEqual(['Module', 'Expr', 'Call']);
  });
});

test('dumpTree', () => {
  expect(dumpTree(read("x = f(1, *a, k='s')\n").tree!)).toBe(`\
Module
  body[0] Assign
    targets[0] Name id='x'
    value Call
      func Name id='f'
      args[0] Constant value=int 1
      args[1] Starred
        value Name id='a'
      keywords[0] keyword arg='k'
        value Constant value=str 's'
`);
});

/** Pieces of programs, put together without sense. */
const WORDS = [
  ...['=', '==', ':', ',', '(', ')', '[', ']', '{', '}', '*', '**', '.', '->', ':=', '@', ';', '|'],
  ...['if', 'else', 'elif', 'for', 'in', 'not', 'and', 'is', 'lambda', 'async', 'await', 'yield'],
  ...['def', 'class', 'with', 'as', 'try', 'except', 'finally', 'match', 'case', 'return', 'del'],
  ...[
    'import',
    'from',
    'global',
    'x',
    'y',
    '_',
    '1',
    '0x',
    '1_',
    '"s"',
    "f'{x}'",
    "f'{",
    "'",
    '"""',
  ],
  ...['\n', '\n    ', '\n  ', '\n\t', '\\', '\\\n', '$', 'é', '#c\n', '!', '~', '-', '+=', '...'],
];

test('no text whatever makes the parser throw, and what is refused has a message', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(...WORDS, ' ', ' '), { maxLength: 60 }),
      fc.string({ maxLength: 20, unit: 'binary' }),
      (words, noise) => {
        const { tree, report } = read(words.join(' ') + noise);
        expect(tree !== null || report.hasErrors).toBe(true);
        for (const { title, span } of report.diagnostics) {
          expect(title).not.toBe('');
          expect(span.end).toBeGreaterThanOrEqual(span.start);
        }
      },
    ),
    { numRuns: 1000, seed: 20_26 },
  );
});
