// Programs of cpu/, made ready and run as the engine runs them, without a store.

import { performance } from 'node:perf_hooks';
import { sortEffects } from '../../vm/engine/instant.ts';
import { Linker, type LinkedProgram } from '../../vm/machine/link.ts';
import { Machine, type MachineOptions } from '../../vm/machine/machine.ts';
import { openLibrary } from '../../stdlib/library.ts';
import { connect } from '../harness/adapter.ts';
import { expectedStdout, parseGolden } from '../harness/golden.ts';

/** Ticks of a batch: what the engine gives a run in one turn. */
const BATCH_TICKS = 10_000;

/** More than any program here has: it is stepped through without a stop. */
const STEPS_MAX = Number.MAX_SAFE_INTEGER;

const runner = connect();

/** A program, linked, with what it should print. */
export function linkCpu(name: string, text: string): { linked: LinkedProgram; stdout: string } {
  const [chunk] = parseGolden(text);
  if (chunk === undefined) throw new Error(`${name} is empty`);
  const built = runner.compile(chunk.files, chunk.entry);
  if (built.kind !== 'compiled') throw new Error(`${name} does not compile`);
  const { program, packed } = built.program;
  const hashes = packed.modules.map(({ hash }) => hash);
  const linked = Linker.of(openLibrary().registry).link(program, packed.hash, hashes);
  return { linked, stdout: expectedStdout(chunk) };
}

export interface Ran {
  readonly ms: number;
  readonly stdout: string;
  /** Of the stack bytecode; 0 unless the mode is plain. */
  readonly instructions: number;
}

/** One run, on a machine of its own. */
export function run(program: LinkedProgram, options: Pick<MachineOptions, 'mode' | 'hot'>): Ran {
  const { registry } = openLibrary();
  const machine = new Machine({ program, registry, random: () => 4, ...options });
  machine.singleStep = machine.mode === 'plain';
  machine.steps = STEPS_MAX;
  const begin = performance.now();
  machine.start(null, []);
  for (;;) {
    const outcome = machine.step({ nowMs: 0, ticks: BATCH_TICKS });
    if (outcome.kind === 'spent' || sortEffects(machine, () => null).answered) continue;
    if (outcome.kind !== 'done') throw new Error(`the program has ${outcome.kind}`);
    break;
  }
  const ms = performance.now() - begin;
  const stdout = machine
    .takeOutput()
    .map(({ text }) => text)
    .join('');
  return { ms, stdout, instructions: STEPS_MAX - machine.steps };
}
