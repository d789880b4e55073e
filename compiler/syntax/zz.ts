import { readFileSync } from 'node:fs';
import { Source } from '../diagnostics/source.ts';
import { Report } from '../diagnostics/report.ts';
import { renderReport } from '../diagnostics/render.ts';
import { parse } from './parse.ts';
import { Grammar } from './grammar.ts';
let t0 = performance.now();
new Grammar();
console.log('construct', performance.now() - t0);
t0 = performance.now();
new Grammar();
console.log('construct', performance.now() - t0);
const s = new Source(
  'a.flow',
  process.argv[3] === undefined
    ? readFileSync(process.argv[2]!, 'utf8')
    : process.argv[3]!.replaceAll('\\n', '\n'),
);
const r = new Report();
const m = parse(s, r);
if (process.argv[3]) console.log(JSON.stringify(m, (k, v) => (k === 'span' ? undefined : v)));
console.log(renderReport(r));
