const t0 = performance.now();
await import('chevrotain');
const t1 = performance.now();
const { Grammar } = await import('./grammar.ts');
const { lex } = await import('./lexer.ts');
const t2 = performance.now();
const g = new Grammar();
const t3 = performance.now();
console.log(
  'chevrotain',
  (t1 - t0).toFixed(1),
  'ours',
  (t2 - t1).toFixed(1),
  'construct',
  (t3 - t2).toFixed(1),
  typeof lex,
  typeof g,
);
