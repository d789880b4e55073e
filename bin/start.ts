// Starting a program as a new run, and driving it until it ends: what `flowvm run` and `flowmetal`
// have in common.

import { basename } from 'node:path';
import { suggest } from '../compiler/diagnostics/suggest.ts';
import { packProgram } from '../vm/bytecode/encode.ts';
import type { Module, Program } from '../vm/bytecode/program.ts';
import { KEEP_LABEL } from '../vm/engine/keep.ts';
import { argumentText, readKeep, readLabels, readQuotas } from './arguments.ts';
import { drive, type DriveOptions } from './drive.ts';
import type { Opening } from './open.ts';
import { listenOption, type Place } from './place.ts';
import type { ExitStatus } from './terminal.ts';
import { FILE_LABEL } from './told-runs.ts';
import { UsageError } from './told.ts';
import { newRunId } from './world.ts';

export interface StartOptions extends DriveOptions {
  readonly entry?: string;
  readonly label?: readonly string[];
  readonly quota?: readonly string[];
}

export interface Start {
  readonly place: Place;
  readonly command: string;
  /** The store, if it is being opened already. */
  readonly opening?: Opening | null;
  readonly program: Program;
  /** The program's file, as it was given. */
  readonly file: string;
  readonly args: readonly string[];
  readonly options: StartOptions;
}

export async function start(asked: Start): Promise<ExitStatus> {
  const { place, command, opening = null, program, file, args, options } = asked;
  const { entry } = options;
  if (entry !== undefined) checkEntry(program, entry);
  const labels = {
    [FILE_LABEL]: basename(file),
    ...readLabels(options.label ?? []),
    ...(options.keep === undefined ? {} : { [KEEP_LABEL]: readKeep(options.keep).text }),
  };
  const quotas = readQuotas(options.quota ?? []);
  const resume = (): string => `${place.option}${listenOption(options)}`;
  return await drive(
    {
      place,
      command,
      create: true,
      opening,
      options,
      resume: (runs) => `flowvm resume ${runs.join(' ')}${resume()}`,
    },
    async ({ driver, store, reporter }) => {
      const id = await newRunId(store);
      const { run } = await driver.start({
        program: packProgram(program),
        id,
        labels,
        quotas,
        ...(entry === undefined
          ? { argv: [file, ...args] }
          : { argv: [file], entry, args: args.map(argumentText) }),
      });
      reporter.event('started', { run, file: basename(file), entry: entry ?? null });
      reporter.hint(`run ${run}`);
      return [run];
    },
  );
}

/** Refuse an entry that is not there before there is a run of it. */
function checkEntry(program: Program, entry: string): void {
  const main = program.modules.find(({ name }) => name === program.entry);
  if (main === undefined || main.globals.includes(entry)) return;
  // `from x import *` may bring it in; then only the run can tell.
  if (/^[ \t]*from\b.*\bimport[ \t]*\*/m.test(main.source)) return;
  const near = suggest(entry, functionsOf(main));
  throw new UsageError(`${main.file} has no function '${entry}'`, {
    help: near === null ? [] : [`did you mean '${near}'?`],
  });
}

/** Top-level functions of a module. */
function functionsOf({ functions }: Module): string[] {
  return functions.map(({ qualname }) => qualname).filter((name) => /^[^.<]+$/.test(name));
}
