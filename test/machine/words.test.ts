// The loop's case numbers and the table of words must say the same.

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { WORD, WORD_SIZES, wordName } from '../../vm/machine/words.ts';

const loop = readFileSync(new URL('../../vm/machine/loop.ts', import.meta.url), 'utf8');
const cases = [...loop.matchAll(/case (\d+) \/\* ([A-Z_0-9]+) \*\//g)].map(([, number, name]) => ({
  number: Number(number),
  name: name ?? '',
}));

test('each case carries the number of its word', () => {
  const wrong = cases.filter(({ number, name }) => wordName(number) !== name);
  expect(wrong).toEqual([]);
});

test('each word has a case', () => {
  const names = new Set(cases.map(({ name }) => name));
  expect(Object.keys(WORD).filter((name) => !names.has(name))).toEqual([]);
});

test('comparisons of a word outside the cases carry its number too', () => {
  const uses = [...loop.matchAll(/W\[pc\] === (\d+) \/\* ([A-Z_0-9]+) \*\//g)];
  expect(uses.length).toBeGreaterThan(0);
  for (const [, number, name] of uses) expect(wordName(Number(number))).toBe(name);
});

test('every word has a size', () => {
  expect(WORD_SIZES.every((size) => size >= 1 && size <= 6)).toBe(true);
});
