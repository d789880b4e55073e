// Every code point that is something, with every method that looks at one: as CPython 3.11.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { asciiText, reprText } from '../../vm/values/plain-text.ts';
import * as unicode from '../../vm/values/plain-unicode.ts';
import { callNative } from './harness.ts';

const expected = JSON.parse(
  readFileSync(new URL('tables/unicode-digests.json', import.meta.url), 'utf8'),
) as Readonly<Record<string, string>>;

/** The planes between have no characters. */
const RANGES = [
  [0, 0x32000],
  [0xe0000, 0xe0400],
  [0x10ff00, 0x110000],
] as const;

function digest(say: (char: string, point: number) => string): string {
  const hash = createHash('sha256');
  let lines = '';
  for (const [start, end] of RANGES) {
    for (let point = start; point < end; point++) {
      lines += `${say(String.fromCodePoint(point), point)}\n`;
    }
  }
  return hash.update(Buffer.from(lines, 'utf16le')).digest('hex');
}

const bit = (yes: unknown): string => (yes === true ? '1' : '0');
const method =
  (name: string) =>
  (char: string): string =>
    bit(callNative(`str.${name}`, [char]));

const SAYS: Readonly<Record<string, (char: string, point: number) => string>> = {
  ...Object.fromEntries(
    [
      'isalpha isdecimal isdigit isnumeric isalnum isspace isprintable isidentifier',
      'islower isupper istitle',
    ]
      .join(' ')
      .split(' ')
      .map((name) => [name, method(name)]),
  ),
  continues: (char) => bit(unicode.isIdentifier(`a${char}`)),
  int: (_char, point) => {
    const value = unicode.decimalValue(point);
    return value < 0 ? '' : String(value);
  },
  lower: unicode.lowerText,
  upper: unicode.upperText,
  title: unicode.titleText,
  casefold: unicode.foldText,
  capitalize: unicode.capitalizeText,
  swapcase: unicode.swapText,
  sigma: (char) => unicode.lowerText(`A${char}\u03a3${char}\u03a3b`),
  repr: reprText,
  ascii: asciiText,
};

test('there is a digest of each', () => {
  expect(Object.keys(SAYS).toSorted()).toEqual(Object.keys(expected).toSorted());
});

test.each(Object.keys(SAYS))('%s', { timeout: 20_000 }, (name) => {
  expect(digest(SAYS[name] ?? (() => ''))).toBe(expected[name]);
});
