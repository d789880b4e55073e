// Compiled code and the loop, side by side: whatever ran, a state is the same to the byte (J4).
//
// Every golden that needs nothing from outside runs twice in step, once in the loop alone, once
// compiled from the first tick. Batches are short and of changing length, so that frames rest
// everywhere, but for imports of the library, which many scripts have in common; after each, what
// the two would commit is compared. Every eighth golden, unless FLOWMETAL_GOLDEN=all wants each.

import { Buffer } from 'node:buffer';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { heldTo } from '../../vm/engine/state.ts';
import { Machine } from '../../vm/machine/machine.ts';
import type { Quotas } from '../../vm/values/quotas.ts';
import { goldenFiles } from '../harness/files.ts';
import { parseGolden } from '../harness/golden.ts';
import { isImporting } from '../harness/moved.ts';
import { GOLDEN_ALL } from '../harness/run.ts';
import {
  advance,
  encodeDelta,
  linkText,
  NOW_MS,
  optionsFor,
  outputOf,
} from '../snapshot/programs.ts';

/** Ticks of the batches, in turn; when they have been gone through, batches are long. */
const TICKS = [1, 2, 3, 1, 5, 8, 1, 13, 40, 1, 100];
const SHORT_BATCHES = 77;
const LONG_TICKS = 5_000;
const LONG_BATCHES = 12;
/** Ticks of a batch that begins inside of an import of the library. */
const IMPORT_TICKS = 9_973;

interface Script {
  readonly name: string;
  readonly text: string;
  readonly quotas: Quotas;
}

function scripts(): Script[] {
  return goldenFiles(join(import.meta.dirname, '..', 'golden')).flatMap(({ name, text }) =>
    parseGolden(text)
      .filter(({ marks, files }) => files.size === 1 && marks.every(isPure))
      .map((chunk) => ({
        name: `${name}:${chunk.line} ${chunk.title}`,
        text: chunk.files.get(chunk.entry) ?? '',
        quotas: chunk.quotas,
      })),
  );
}

function isPure({ kind }: { readonly kind: string }): boolean {
  return kind === 'prints' || kind === 'fails';
}

/** Both machines to the end of the script, or as far as the test goes. */
function runBoth({ text, quotas }: Script): void {
  const options = { ...optionsFor(linkText(text)), held: heldTo({ quotas }) };
  const loop = new Machine({ ...options, hot: Infinity });
  const compiled = new Machine({ ...options, hot: 1 });
  for (const machine of [loop, compiled]) machine.start(null, []);
  let batches = 0;
  for (let nowMs = NOW_MS; batches < SHORT_BATCHES + LONG_BATCHES; nowMs += 1000) {
    const ticks = isImporting(loop) ? IMPORT_TICKS : ticksOf(batches++);
    const [one, other] = [advance(loop, ticks, nowMs), advance(compiled, ticks, nowMs)];
    expect(other.kind).toBe(one.kind);
    expect(outputOf(compiled)).toBe(outputOf(loop));
    const [a, b] = [encodeDelta(loop), encodeDelta(compiled)];
    if (Buffer.compare(a, b) !== 0) expect.fail(`batch ${batches} of ${ticks} ticks differs`);
    if (one.kind === 'done' || one.kind === 'failed') return;
  }
}

function ticksOf(batch: number): number {
  return batch < SHORT_BATCHES ? (TICKS[batch % TICKS.length] ?? 1) : LONG_TICKS;
}

describe('compiled code leaves what the loop leaves', () => {
  const all = scripts();
  const some = GOLDEN_ALL ? all : all.filter((_, index) => index % 8 === 0);
  for (const script of some) test(script.name, () => runBoth(script));
});
