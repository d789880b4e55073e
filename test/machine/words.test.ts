// The loop's case numbers and the table of words must say the same.

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { WORD, WORD_SIZES, wordName } from '../../vm/machine/words.ts';

const read = (name: string): string =>
  readFileSync(new URL(`../../vm/machine/${name}`, import.meta.url), 'utf8');
/** Numbers of words, each with its name. */
const named = (text: string, before: string): { number: number; name: string }[] =>
  [...text.matchAll(new RegExp(`${before} (\\d+) /\\* ([A-Z_0-9]+) \\*/`, 'g'))].map(
    ([, number, name]) => ({ number: Number(number), name: name ?? '' }),
  );

const loop = read('loop.ts');
const cases = named(loop, 'case');

test.each(['loop.ts', 'quick.ts'])('each case of %s carries the number of its word', (name) => {
  const found = named(read(name), 'case');
  expect(found.length).toBeGreaterThan(20);
  expect(found.filter(({ number, name: word }) => wordName(number) !== word)).toEqual([]);
});

test('each word has a case', () => {
  const names = new Set(cases.map(({ name }) => name));
  expect(Object.keys(WORD).filter((name) => !names.has(name))).toEqual([]);
});

test('comparisons of a word outside the cases carry its number too', () => {
  const uses = [...named(loop, '[=>]='), ...named(read('quick.ts'), '[=!>]=')];
  expect(uses.length).toBeGreaterThan(0);
  for (const { number, name } of uses) expect(wordName(number)).toBe(name);
});

test('every word has a size', () => {
  expect(WORD_SIZES.every((size) => size >= 1 && size <= 6)).toBe(true);
});
