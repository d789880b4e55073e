// Programs that change machines while they run, in fused words, at every call and loop turn.
//
// test/golden-moved.test.ts moves every golden between instructions, in plain words. Here the words
// are those a driver runs, the chain is now deltas only, now a checkpoint and deltas, and after
// each
// batch the deltas are held against the live state: a write that was not noted shows at once.

import { Buffer } from 'node:buffer';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { TranslationMode } from '../../vm/machine/code.ts';
import type { Outcome } from '../../vm/machine/machine.ts';
import { findUnsaved } from '../../vm/snapshot/check.ts';
import { goldenFiles } from '../harness/files.ts';
import { parseGolden } from '../harness/golden.ts';
import {
  advance,
  answer,
  begin,
  chunksOf,
  encodeDelta,
  linkText,
  NOW_MS,
  optionsFor,
  outputOf,
  restoreMachine,
} from './programs.ts';

interface Script {
  readonly name: string;
  readonly text: string;
}

/** One-file programs of a golden folder that need no answers from outside. */
function scripts(folder: string): Script[] {
  const root = join(import.meta.dirname, '..', 'golden');
  return goldenFiles(root)
    .filter(({ name }) => name.startsWith(`${folder}/`))
    .flatMap(({ name, text }) =>
      parseGolden(text)
        .filter(({ marks, files }) => marks.every(isPure) && files.size === 1)
        .map((chunk) => ({
          name: `${name}:${chunk.line} ${chunk.title}`,
          text: chunk.files.get(chunk.entry) ?? '',
        })),
    );
}

function isPure({ kind }: { readonly kind: string }): boolean {
  return kind === 'prints' || kind === 'fails';
}

const SCRIPTS = [...scripts('resume'), ...scripts('generator'), ...scripts('exception')];

/** Batches of one script; a long one is only moved at its beginning. */
const BATCHES_MAX = 120;

function isOver(outcome: Outcome): boolean {
  return outcome.kind === 'done' || outcome.kind === 'failed';
}

/** When the next batch is: later, if all wait for time. */
function momentAfter(outcome: Outcome, nowMs: number): number {
  if (outcome.kind !== 'waiting') return nowMs;
  if (outcome.wakeAtMs === null) throw new Error('the script waits for ever');
  return Math.max(nowMs, outcome.wakeAtMs);
}

/** What a script prints when nobody disturbs it. */
function straight(text: string): string {
  const machine = begin(linkText(text));
  let printed = '';
  let nowMs = NOW_MS;
  for (let batch = 0; batch < 1000; batch++) {
    const outcome = advance(machine, 10_000, nowMs);
    printed += outputOf(machine);
    if (isOver(outcome)) return printed;
    nowMs = momentAfter(outcome, nowMs);
  }
  throw new Error('the script does not end');
}

describe('a program that moves after every batch prints what it prints at home', () => {
  test.each(SCRIPTS)('$name', ({ text }) => {
    const options = optionsFor(linkText(text));
    let machine = begin(options.program);
    let checkpoint: Uint8Array[] = [];
    let deltas: Uint8Array[] = [];
    let printed = '';
    let nowMs = NOW_MS;
    for (let batch = 0; batch < BATCHES_MAX; batch++) {
      const outcome = advance(machine, 1 + (batch % 4), nowMs);
      printed += outputOf(machine);
      deltas.push(encodeDelta(machine));
      expect(findUnsaved(machine, { checkpoint, deltas })).toBe(null);
      if (isOver(outcome)) {
        expect(printed).toBe(straight(text));
        return;
      }
      if (batch % 5 === 4) {
        checkpoint = chunksOf(machine);
        deltas = [];
      }
      // Two batches of three go on in a copy, one of them made of a checkpoint alone.
      if (batch % 3 === 0) machine = restoreMachine(options, { checkpoint, deltas });
      else if (batch % 3 === 1) {
        checkpoint = chunksOf(machine);
        deltas = [];
        machine = restoreMachine(options, { checkpoint, deltas });
      }
      nowMs = momentAfter(outcome, nowMs);
    }
    expect(straight(text).startsWith(printed)).toBe(true);
  });
});

describe('bytes are the same whichever words ran', () => {
  test.each(SCRIPTS)('$name', ({ text }) => {
    const program = linkText(text);
    const [fused, plain] = (['fused', 'plain'] as const).map((mode: TranslationMode) =>
      begin(program, mode),
    );
    if (fused === undefined || plain === undefined) return;
    let nowMs = NOW_MS;
    for (let batch = 0; batch < BATCHES_MAX; batch++) {
      const ticks = 1 + (batch % 5);
      const outcome = answer(fused, fused.step({ nowMs, ticks }));
      expect(answer(plain, plain.step({ nowMs, ticks })).kind).toBe(outcome.kind);
      expect(Buffer.from(encodeDelta(fused)).equals(encodeDelta(plain))).toBe(true);
      if (isOver(outcome)) return;
      nowMs = momentAfter(outcome, nowMs);
    }
    expect(Buffer.concat(chunksOf(fused)).equals(Buffer.concat(chunksOf(plain)))).toBe(true);
  });
});
