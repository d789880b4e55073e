import { readFileSync } from 'node:fs';
import { Source } from '../diagnostics/source.ts';
import { Report } from '../diagnostics/report.ts';
import { lex } from './lexer.ts';
import { layout } from './layout.ts';
import { Grammar } from './grammar.ts';
const text = readFileSync('/tmp/big.py', 'utf8');
let t0 = performance.now();
const g = new Grammar();
if (process.argv[2]) {
  const F: any = function () {};
  F.prototype = g;
  new F();
  const y = new F();
  y.x;
}
console.log('construct', (performance.now() - t0).toFixed(1));
for (let i = 0; i < 4; i++) {
  const s = new Source('big', text);
  const r = new Report();
  t0 = performance.now();
  const toks = lex(s, r);
  const t1 = performance.now();
  const laid = layout(s, toks, r)!;
  const t2 = performance.now();
  g.parse(s, r, laid);
  const t3 = performance.now();
  const lines = s.lineStarts.length;
  console.log(
    r.errors.length,
    laid.length,
    'tokens; lex',
    (t1 - t0).toFixed(0),
    'layout',
    (t2 - t1).toFixed(0),
    'parse',
    (t3 - t2).toFixed(0),
    'lines/s',
    Math.round((lines / (t3 - t0)) * 1000),
  );
}
