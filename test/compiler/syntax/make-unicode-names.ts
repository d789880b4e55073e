// Writes compiler/syntax/unicode-names-1.ts and -2.ts from the Unicode data that python3 has:
//
//     npx node test/compiler/syntax/make-unicode-names.ts
//
// Run it with CPython 3.11, so that `\N{…}` knows the names of Unicode 14.0 as CPython 3.11 does.
// The form of what it writes is told in compiler/syntax/unicode-names.ts.

import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';

/** Python that prints the code point and name of every character that has one of its own. */
const LIST_NAMES = `
import unicodedata
assert unicodedata.unidata_version == "14.0.0"
for point in range(0x110000):
    name = unicodedata.name(chr(point), None)
    if name and not name.startswith(("HANGUL SYLLABLE ", "CJK UNIFIED IDEOGRAPH-")):
        print("%X" % point, name)
`;

const BASE64_COLUMNS = 96;
const LINES_A_FILE = 590;

const python = spawnSync('python3', ['-c', LIST_NAMES], { encoding: 'utf8', maxBuffer: 2 ** 26 });
if (python.status !== 0) throw new Error(python.stderr);

const listing: string[] = [];
let expected = -1;
let before: readonly string[] = [];
for (const line of python.stdout.trimEnd().split('\n')) {
  const [hex = '', ...words] = line.split(' ');
  const point = Number.parseInt(hex, 16);
  if (point !== expected) listing.push(`+${hex}`);
  expected = point + 1;
  let shared = 0;
  while (shared < words.length - 1 && words[shared] === before[shared]) shared += 1;
  const mark = shared === 0 ? '' : String.fromCodePoint(0x60 + shared);
  listing.push(mark + words.slice(shared).join(' '));
  before = words;
}

const packed = brotliCompressSync(listing.join('\n'), {
  params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24 },
}).toString('base64');
const rows = packed.match(new RegExp(`.{1,${BASE64_COLUMNS}}`, 'g')) ?? [];
const folder = join(import.meta.dirname, '../../../compiler/syntax');
for (let part = 1; (part - 1) * LINES_A_FILE < rows.length; part++) {
  const own = rows.slice((part - 1) * LINES_A_FILE, part * LINES_A_FILE);
  const text =
    `// Part ${part} of the names of characters, packed. Written by make-unicode-names.ts; see\n` +
    '// unicode-names.ts for what is in it.\n\n' +
    `export const NAMES_${part} = \`\n${own.join('\n')}\n\`;\n`;
  writeFileSync(join(folder, `unicode-names-${part}.ts`), text);
}
