// The programs of the simulation: small, with an end that does not depend on timing, and each
// compiled and linked once a process.

import { readFileSync } from 'node:fs';
import { compile, type Environment } from '../../compiler/compile.ts';
import { renderReport } from '../../compiler/diagnostics/render.ts';
import { Report } from '../../compiler/diagnostics/report.ts';
import { Source } from '../../compiler/diagnostics/source.ts';
import { packProgram, type PackedProgram } from '../../vm/bytecode/encode.ts';
import type { Op } from '../../vm/store/disk.ts';
import { MemoryDisk } from '../../vm/store/memory-disk.ts';
import { openMemoryStore } from '../../vm/store/memory.ts';
import { testEnvironment } from '../harness/library.ts';
import { START_MS } from './clock.ts';

export interface SimProgram {
  readonly name: string;
  readonly packed: PackedProgram;
  /** Somebody cancels it when it has said that it is ready. */
  readonly isCancelled: boolean;
}

interface Row {
  /** How often it is chosen; programs that are costly to load, seldom. */
  readonly weight: number;
  readonly isCancelled?: boolean;
}

const ROWS: Readonly<Record<string, Row>> = {
  pays: { weight: 12 },
  hooks: { weight: 12 },
  timers: { weight: 8 },
  tasks: { weight: 12 },
  tidies: { weight: 8, isCancelled: true },
  waits: { weight: 10 },
  fails: { weight: 8 },
  talks: { weight: 8 },
  grows: { weight: 1 },
  real: { weight: 1 },
};

/** Names by weight, to pick from. */
export const CHOICES: readonly string[] = Object.entries(ROWS).flatMap(([name, { weight }]) =>
  Array.from({ length: weight }, () => name),
);

const read = (name: string): string =>
  readFileSync(new URL(`programs/${name}.flow`, import.meta.url), 'utf8');

/** The library, with the module that only programs of the simulation have. */
function environment(): Environment {
  const base = testEnvironment();
  const sim = new Source('sim.flow', read('sim'));
  return {
    ...base,
    findModule: (dotted) =>
      dotted === 'sim'
        ? { source: sim, isPackage: false, isLibrary: true }
        : base.findModule(dotted),
  };
}

const made = new Map<string, SimProgram>();

export function programOf(name: string): SimProgram {
  let program = made.get(name);
  if (program === undefined) {
    program = programFrom(name, read(name), ROWS[name]?.isCancelled ?? false);
    made.set(name, program);
  }
  return program;
}

export function programFrom(name: string, text: string, isCancelled = false): SimProgram {
  const report = new Report();
  const program = compile(new Source(`${name}.flow`, text), environment(), report);
  if (program === null) throw new Error(renderReport(report, { colour: false }));
  return { name, packed: packProgram(program), isCancelled };
}

export const STORE_OPTIONS = { home: 'simulation' } as const;

/** What is on the disk when a story begins: an empty store that knows a program's code. */
export async function firstRows({ packed }: SimProgram): Promise<readonly Op[]> {
  const disk = new MemoryDisk();
  const create = { id: 'store-1', atMs: START_MS };
  const store = await openMemoryStore({ ...STORE_OPTIONS, create }, disk);
  const { hash, manifest, modules } = packed;
  for (const blob of [...modules, { hash, bytes: manifest }]) {
    await store.putCode(blob.hash, blob.bytes);
  }
  await store.close();
  return disk.rowsOf({ from: '', to: '\uffff' }).map(([key, value]) => ({ key, value }));
}
