// Every table in tables/ holds, line by line.

import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { mismatches } from './harness.ts';

const folder = new URL('tables/', import.meta.url);

describe('values and natives say what CPython says', () => {
  for (const file of readdirSync(folder).toSorted()) {
    if (!file.endsWith('.txt')) continue;
    test(file.slice(0, -4), () => {
      const table = readFileSync(new URL(file, folder), 'utf8');
      expect(mismatches(table)).toEqual([]);
    });
  }
});

test('a wrong line is found', () => {
  expect(mismatches("str.upper('a') -> 'B'\nint('x') -> 1\nstr.lower('A') -> 'a'")).toEqual([
    "str.upper('a') -> 'B'\n    here: -> 'A'",
    "int('x') -> 1\n    here: !! ValueError: invalid literal for int() with base 10: 'x'",
  ]);
});
