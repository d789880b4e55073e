// Some random programs, by CPython and by flow: always the same ones, so that this says
// whether something broke. New ones are for `npm run differential`.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compareTree, type Comparison } from './compare.ts';
import type { Way } from './flow.ts';
import { ownText } from './prelude.ts';
import { generate } from './program.ts';
import { hasPython, Python } from './python.ts';
import { render, shrink, statement, tree } from './tree.ts';

const SEED = 1;
const STRAIGHT = 50;
const MOVED = 3;
const MOVED_EVERY = 997;
const HOT = [500, 1, 20];

const isHere = hasPython();
if (!isHere) console.warn('SKIPPED: the differential tests want a python3 that is CPython 3.11');

/** Some five seconds on a machine that does nothing else. */
const PATIENCE_MS = 300_000;

describe.skipIf(!isHere)('random programs', { timeout: PATIENCE_MS }, () => {
  let python: Python;
  beforeAll(() => {
    python = new Python();
  });
  afterAll(() => python.close());

  async function differences(from: number, to: number, wayOf: (n: number) => Way) {
    const found: string[] = [];
    const verdicts: Comparison['verdict'][] = [];
    for (let number = from; number < to; number++) {
      const result = await compareTree(generate(SEED, number), wayOf(number), python);
      verdicts.push(result.verdict);
      if (result.verdict === 'different') found.push(`${number}:\n${ownText(result.text)}`);
    }
    return { found, same: verdicts.filter((each) => each === 'same').length };
  }

  test('print the same, in each way of running', async () => {
    const { found, same } = await differences(0, STRAIGHT, (n) => ({
      hot: HOT[n % 3] ?? 1,
      moved: null,
    }));
    expect(found).toEqual([]);
    expect(same).toBeGreaterThan(STRAIGHT * 0.9);
  });

  test('print the same when they are moved', async () => {
    const every = MOVED_EVERY;
    const { found } = await differences(STRAIGHT, STRAIGHT + MOVED, () => ({
      hot: 500,
      moved: every,
    }));
    expect(found).toEqual([]);
  });
});

describe('the generator', () => {
  test('makes the same program from the same number', () => {
    expect(render(generate(7, 3))).toBe(render(generate(7, 3)));
    expect(render(generate(7, 3))).not.toBe(render(generate(7, 4)));
  });

  test('shrinks to what is needed', async () => {
    const needed = statement`print(${tree('int', '(', tree('int', 'needle'), ' + 1)')})`;
    const program = tree('block', ...generate(7, 3).parts, needed, ...generate(7, 4).parts);
    const least = await shrink(
      program,
      (candidate) => Promise.resolve(render(candidate).includes('needle')),
      5_000,
    );
    expect(render(least)).toBe('print(needle)\n');
  });
});
