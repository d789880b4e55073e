// The table in spec/performance.md, made of saved results.
//
//     node test/bench/peers/table.ts [--write] [FILE...]
//
// Without files: those in test/bench/peers/results. Without --write it is checked, not written.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { keptFiles, pageWith, readResults } from './results.ts';

const PAGE = join(import.meta.dirname, '../../../spec/performance.md');

const { values, positionals } = parseArgs({
  options: { write: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const files = positionals.length > 0 ? positionals : keptFiles();
const page = readFileSync(PAGE, 'utf8');
const wanted = pageWith(page, readResults(files));
if (values.write) {
  writeFileSync(PAGE, wanted);
} else if (page !== wanted) {
  console.error('spec/performance.md is not what these results make: call it with --write');
  process.exitCode = 1;
}
