import { expect, test } from 'vitest';
import { Turns } from '../../vm/engine/turns.ts';

test('one that has waited and one that computes take turns, each line in its order', () => {
  const turns = new Turns<string>();
  for (const long of ['A', 'B', 'C', 'D']) turns.put(long, true);
  for (const brief of ['a', 'b']) turns.put(brief, false);
  expect(turns.length).toBe(6);
  const taken = Array.from({ length: 7 }, () => turns.take());
  expect(taken).toEqual(['a', 'A', 'b', 'B', 'C', 'D', undefined]);
});

test('one that is woken waits for one turn of those who compute, however many there are', () => {
  const turns = new Turns<string>();
  for (let i = 0; i < 64; i++) turns.put(`long ${i}`, true);
  const between: number[] = [];
  for (let round = 0; round < 10; round++) {
    turns.put('brief', false);
    for (let waited = 0; ; waited++) {
      const taken = turns.take();
      if (taken === 'brief') {
        between.push(waited);
        break;
      }
      turns.put(taken ?? '', true);
    }
  }
  expect(Math.max(...between)).toBe(1);
});

test('those who are woken all the time leave each second turn to those who compute', () => {
  const turns = new Turns<string>();
  turns.put('long', true);
  for (let i = 0; i < 5; i++) turns.put('brief', false);
  let long = 0;
  for (let i = 0; i < 100; i++) {
    const taken = turns.take() ?? '';
    if (taken === 'long') long++;
    turns.put(taken, taken === 'long');
  }
  expect(long).toBe(50);
});
