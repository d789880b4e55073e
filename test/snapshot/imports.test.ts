// Every module of the library moves while it is imported.
//
// Programs that import them are moved closely only outside of their imports
// (harness/moved.ts): here is the rest.

import { Buffer } from 'node:buffer';
import { expect, test } from 'vitest';
import { PRELUDE } from '../../compiler/compile.ts';
import { libraryModules } from '../../stdlib/library.ts';
import {
  advance,
  begin,
  chunksOf,
  encodeDelta,
  linkText,
  optionsFor,
  restoreMachine,
} from './programs.ts';

/** Instructions between moves: a prime, so that moves fall on all kinds of them. */
const EVERY = 3989;

/** Modules of one program: most of them import the same others. */
const TOGETHER = 16;

/** Deltas before the next checkpoint. */
const DELTAS = 8;

const names = libraryModules()
  .map(({ name }) => name)
  .filter((name) => name !== PRELUDE);

const programs = names.flatMap((_, at) =>
  at % TOGETHER === 0 ? [names.slice(at, at + TOGETHER)] : [],
);

test.each(programs)('%s and others', (...modules) => {
  const program = linkText(`import ${modules.join(', ')}\n`);
  const options = optionsFor(program, 'plain');
  const twin = begin(program, 'plain');
  let machine = begin(program, 'plain');
  let checkpoint: Uint8Array[] = [];
  let deltas: Uint8Array[] = [];
  for (;;) {
    const outcome = advance(machine, EVERY);
    advance(twin, EVERY);
    const delta = encodeDelta(machine);
    expect(Buffer.compare(delta, encodeDelta(twin))).toBe(0);
    if (outcome.kind !== 'spent') {
      expect(outcome.kind).toBe('done');
      return;
    }
    deltas.push(delta);
    machine = restoreMachine(options, { checkpoint, deltas });
    if (deltas.length < DELTAS) continue;
    checkpoint = chunksOf(machine);
    deltas = [];
    expect(Buffer.concat(checkpoint).equals(Buffer.concat(chunksOf(twin)))).toBe(true);
  }
});
