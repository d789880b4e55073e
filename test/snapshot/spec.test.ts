// spec/formats/snapshot.md holds the tables of the format; this makes them from the code.

import { join } from 'node:path';
import { expect, test } from 'vitest';
import { HOOKS } from '../../vm/machine/frame.ts';
import { BASE_VERSION } from '../../vm/snapshot/base.ts';
import { CHUNK_BYTES } from '../../vm/snapshot/checkpoint.ts';
import {
  FRAME_DATA,
  FRAME_GENERATOR,
  FRAME_HANDLED,
  FRAME_HOOK,
  GENERATOR_KINDS,
  GENERATOR_STATES,
  KINDS,
  LAYOUT_NUMBERS,
  MODULE_STATES,
  STATIC_KINDS,
  TAG,
  VIEW_KINDS,
  WRAPPER_KINDS,
} from '../../vm/snapshot/kinds.ts';
import { SEGMENT_DEPTH, SNAPSHOT_VERSION } from '../../vm/snapshot/segment.ts';
import { INLINE_UNITS_MAX, PAGE_UNITS } from '../../vm/snapshot/texts.ts';
import { PAGE_BYTES } from '../../vm/values/collections.ts';
import { PAGE_ITEMS } from '../../vm/values/heap.ts';
import { ITERATOR_KINDS } from '../../vm/values/iterator.ts';
import { holdTable } from '../harness/page.ts';

const FILE = join(import.meta.dirname, '../../spec/formats/snapshot.md');

const yes = (is: boolean): string => (is ? 'yes' : '');

function numbered(table: Readonly<Record<string, number>>): string[][] {
  return Object.entries(table).map(([name, number]) => [`${number}`, name]);
}

/** The tables of the page, by name, each as the cells that the code knows. */
const TABLES: Readonly<Record<string, readonly (readonly string[])[]>> = {
  numbers: [
    ['version', `${SNAPSHOT_VERSION}`],
    ['array depth', `${SEGMENT_DEPTH}`],
    ['chunk bytes', `${CHUNK_BYTES}`],
    ['items of a page', `${PAGE_ITEMS}`],
    ['bytes of a page', `${PAGE_BYTES}`],
    ['units inline', `${INLINE_UNITS_MAX}`],
    ['units of a text page', `${PAGE_UNITS}`],
  ],
  base: [['version', `${BASE_VERSION}`]],
  kinds: Object.entries(KINDS)
    .toSorted(([, a], [, b]) => a.code - b.code)
    .map(([name, { code, role, fields }]) => [`${code}`, name, role, `\`${fields}\``]),
  statics: numbered(STATIC_KINDS),
  tags: numbered(TAG),
  layouts: numbered(LAYOUT_NUMBERS),
  iterators: Object.entries(ITERATOR_KINDS).map(([name, [code, type]]) => [
    `${code}`,
    name,
    `\`${type}\``,
  ]),
  words: [
    ['MODULE state', MODULE_STATES.join(', ')],
    ['GENERATOR kind', GENERATOR_KINDS.join(', ')],
    ['GENERATOR state', GENERATOR_STATES.join(', ')],
    ['DICT_VIEW kind', VIEW_KINDS.join(', ')],
    ['METHOD_WRAPPER kind', WRAPPER_KINDS.join(', ')],
  ],
  flags: [
    [`${FRAME_DATA}`, 'FRAME_DATA'],
    [`${FRAME_HANDLED}`, 'FRAME_HANDLED'],
    [`${FRAME_GENERATOR}`, 'FRAME_GENERATOR'],
  ],
  hooks: Object.entries(HOOKS).map(([name, { code, missing, same }]) => [
    `${code}`,
    name,
    yes(missing),
    yes(same),
  ]),
};

for (const [name, rows] of Object.entries(TABLES)) {
  test(`spec/formats/snapshot.md has the table of ${name}`, () => {
    holdTable(FILE, name, rows);
  });
}

test('no number is used twice, and each fits its place', () => {
  const sets = [
    Object.values(KINDS).map(({ code }) => code),
    Object.values(HOOKS).map(({ code }) => code),
    Object.values(ITERATOR_KINDS).map(([code]) => code),
    Object.values(STATIC_KINDS),
    Object.values(LAYOUT_NUMBERS),
    Object.values(TAG),
  ];
  for (const codes of sets) expect(new Set<number>(codes).size).toBe(codes.length);
  expect(Object.values(HOOKS).every(({ code }) => code <= FRAME_HOOK)).toBe(true);
  // One byte of msgpack.
  expect(Object.values(KINDS).every(({ code }) => code < 128)).toBe(true);
});
