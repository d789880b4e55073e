// What is on disk is for ever (L9): every format, row by row, as it was first written.
//
// fixtures/format-N.txt holds the rows of a store with something in every table. Each must open and
// be whole under every later version. The calls that made the newest must also write the same bytes
// today. A change of format gets a new fixture beside the others; those are never rewritten.

import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { TABLES } from '../../vm/store/keys.ts';
import { STORE_FORMAT } from '../../vm/store/records.ts';
import { MemoryDisk } from '../../vm/store/memory-disk.ts';
import { openMemoryStore } from '../../vm/store/memory.ts';
import { fill } from './parts/damage.ts';
import { bytes, commitOf, findings, textOf } from './parts/place.ts';

const fixtureOf = (format: number): string =>
  fileURLToPath(new URL(`./fixtures/format-${format}.txt`, import.meta.url));
const FORMATS = Array.from({ length: STORE_FORMAT }, (_, i) => i + 1);
const SPEC = fileURLToPath(new URL('../../spec/formats/store.md', import.meta.url));

async function rowsOf(disk: MemoryDisk): Promise<string> {
  let text = '';
  for await (const [key, value] of disk.range({ from: '', to: '\uffff' })) {
    text += `${key} ${Buffer.from(value).toString('hex')}\n`;
  }
  return text;
}

test('the same calls write the same bytes', async () => {
  const disk = new MemoryDisk();
  const store = await openMemoryStore({ home: 'here', create: { id: 'store-1', atMs: 1 } }, disk);
  await fill(store);
  await store.close();
  const rows = await rowsOf(disk);
  const fixture = fixtureOf(STORE_FORMAT);
  // Only one that was never committed may be written.
  if (process.env['FLOWMETAL_ACCEPT'] === '1') await writeFile(fixture, rows);
  expect(rows).toBe(await readFile(fixture, 'utf8'));
});

test.each(FORMATS)('a store of format %i opens, is whole, and goes on', async (format) => {
  const disk = new MemoryDisk();
  for (const line of (await readFile(fixtureOf(format), 'utf8')).trim().split('\n')) {
    const [key = '', value = ''] = line.split(' ');
    await disk.write([{ key, value: Uint8Array.from(Buffer.from(value, 'hex')) }]);
  }
  const store = await openMemoryStore({ home: 'here' }, disk);
  expect(await findings(store)).toEqual([]);
  const { checkpoint, deltas } = await store.loadRun('run-1');
  expect(checkpoint?.chunks.map(textOf)).toEqual(['full 4a', 'full 4b']);
  expect(deltas.map((delta) => textOf(delta.bytes))).toEqual([5, 6, 7, 8].map((n) => `delta ${n}`));
  const waiting = await store.answersFor({ run: 'run-1' });
  expect(waiting.map(({ body }) => textOf(body))).toEqual(['yes', 'hi']);
  const consumed = waiting.map(({ arrival }) => arrival);
  await store.commit(
    commitOf('run-1', 9, { consumed, status: { kind: 'done', result: bytes('') } }),
  );
  expect(await findings(store)).toEqual([]);
  await store.close();
});

test('the table of keys in the spec is this one', async () => {
  const rows = Object.entries(TABLES).map(([table, { parts, value, range, derivedFrom }]) => {
    const key = [table, ...parts].join(' ! ');
    return `| \`${key}\` | ${value} | ${range} | ${derivedFrom ?? ''} |`;
  });
  const spec = await readFile(SPEC, 'utf8');
  expect(spec).toContain(rows.join('\n'));
});
