import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { readFileSync } from 'node:fs';
import { Source } from '../diagnostics/source.ts';
import { Report } from '../diagnostics/report.ts';
import { parse } from './parse.ts';
import { canonical } from '../../test/compiler/syntax/canonical.ts';
const snips = JSON.parse(readFileSync('/tmp/snips.json', 'utf8')) as {
  file: string;
  text: string;
}[];
const python = spawn('python3', ['/work/main/test/compiler/syntax/reference.py'], {
  stdio: ['pipe', 'pipe', 'inherit'],
});
const it = createInterface({ input: python.stdout })[Symbol.asyncIterator]();
const c: Record<string, number> = {};
const bump = (k: string) => (c[k] = (c[k] ?? 0) + 1);
for (const { file, text } of snips) {
  python.stdin.write(JSON.stringify({ text }) + '\n');
  const a = JSON.parse(String((await it.next()).value));
  if (a.text === undefined) {
    bump('unreadable');
    continue;
  }
  const source = new Source('s', text);
  const report = new Report();
  let ours;
  try {
    ours = parse(source, report);
  } catch (e) {
    console.log('CRASH', JSON.stringify(text), e);
    bump('crash');
    continue;
  }
  const errs = report.errors;
  if (a.error !== undefined) {
    if (errs.length === 0) {
      bump('accepted');
      console.log('ACCEPTED', file, JSON.stringify(text), '\n   ', a.error);
    } else if (errs.some((e) => e.title.includes(a.error))) bump('same title');
    else {
      bump('other title');
      console.log(
        'TITLE',
        JSON.stringify(text),
        '\n    CP:',
        a.error,
        '\n    us:',
        errs.map((e) => e.title + ' [' + e.label + ']').join(' || '),
      );
    }
    if (errs.length > 1) {
      bump('several');
      console.log(
        'SEVERAL',
        text + '\n   CP:',
        a.error,
        '\n' +
          errs
            .map(
              (e) =>
                '   ' +
                source.position(e.span.start).line +
                ':' +
                source.position(e.span.start).column +
                ' ' +
                e.title +
                ' [' +
                e.label +
                ']',
            )
            .join('\n') +
          '\n-----',
      );
    }
  } else if (errs.length > 0) {
    bump('refused');
    console.log('REFUSED', file, JSON.stringify(text), errs[0]!.title);
  } else {
    const t = canonical(ours!, source);
    if (t === a.tree) bump('same');
    else {
      bump('differs');
      console.log('DIFF', JSON.stringify(text), '\n', t.slice(0, 300), '\n', a.tree.slice(0, 300));
    }
  }
}
python.stdin.end();
console.log(c);
