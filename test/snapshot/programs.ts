// Programs for the snapshot tests: from source text to a machine that has begun, and the
// chain of snapshots that a run leaves behind.

import { compile } from '../../compiler/compile.ts';
import { Report } from '../../compiler/diagnostics/report.ts';
import { Source } from '../../compiler/diagnostics/source.ts';
import { openLibrary } from '../../stdlib/library.ts';
import { packProgram } from '../../vm/bytecode/encode.ts';
import type { TranslationMode } from '../../vm/machine/code.ts';
import { Linker, type LinkedProgram } from '../../vm/machine/link.ts';
import { Machine, type MachineOptions, type Outcome } from '../../vm/machine/machine.ts';
import type { Held } from '../../vm/machine/quotas.ts';
import { sortEffects } from '../../vm/engine/instant.ts';
import { encodeCheckpoint } from '../../vm/snapshot/checkpoint.ts';
import { encodeDelta } from '../../vm/snapshot/delta.ts';
import { restoreMachine } from '../../vm/snapshot/restore.ts';
import { testEnvironment } from '../harness/library.ts';

const library = openLibrary();
const linker = new Linker(library.registry);

const linked = new Map<string, LinkedProgram>();

/** A script with the library, compiled and linked. */
export function linkText(text: string): LinkedProgram {
  let program = linked.get(text);
  if (program === undefined) linked.set(text, (program = link(text)));
  return program;
}

function link(text: string): LinkedProgram {
  const report = new Report();
  const program = compile(new Source('main.flow', text), testEnvironment(), report);
  if (program === null) {
    throw new Error(report.diagnostics.map((each) => JSON.stringify(each)).join('\n'));
  }
  const { hash, modules } = packProgram(program);
  return linker.link(
    program,
    hash,
    modules.map((each) => each.hash),
  );
}

export type Options = Omit<MachineOptions, 'state'>;

export function optionsFor(program: LinkedProgram, mode: TranslationMode = 'fused'): Options {
  // Any fixed function of the counter will do.
  const random = (counter: number): number => Math.imul(counter + 1, 0x9e3779b1) >>> 0;
  return { program, registry: library.registry, random, mode };
}

/** A machine that stands before the first instruction of a script. */
export function begin(
  program: LinkedProgram,
  mode: TranslationMode = 'fused',
  held: Held | null = null,
): Machine {
  const machine = new Machine({ ...optionsFor(program, mode), held });
  machine.start(null, []);
  return machine;
}

export const NOW_MS = 1_893_456_000_000;

/** One batch. In plain mode `steps` instructions, else so many ticks. */
export function advance(machine: Machine, steps: number, nowMs = NOW_MS): Outcome {
  machine.singleStep = machine.mode === 'plain';
  machine.steps = steps;
  return answer(machine, machine.step({ nowMs, ticks: machine.singleStep ? 1_000_000 : steps }));
}

/** What a driver answers at once, such as the flush at a program's end. */
export function answer(machine: Machine, outcome: Outcome): Outcome {
  const { answered } = sortEffects(machine, () => 'http://localhost');
  return answered ? { kind: 'spent' } : outcome;
}

export function chunksOf(machine: Machine): Uint8Array[] {
  return [...encodeCheckpoint(machine).chunks];
}

/** A machine made of what another one has written. */
export function copyOf(options: Options, deltas: readonly Uint8Array[]): Machine {
  return restoreMachine(options, { checkpoint: [], deltas });
}

export function copyOfCheckpoint(options: Options, checkpoint: readonly Uint8Array[]): Machine {
  return restoreMachine(options, { checkpoint, deltas: [] });
}

export { encodeCheckpoint, encodeDelta, restoreMachine };

export function outputOf(machine: Machine): string {
  return machine
    .takeOutput()
    .map(({ text }) => text)
    .join('');
}
