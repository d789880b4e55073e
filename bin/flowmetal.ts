#!/usr/bin/env node
// flowmetal: compiles a script and runs it, in one step.
//
//     flowmetal [options] FILE.flow [args...]
//
// Also what a script names in its first line, `#!/usr/bin/env flowmetal`: so options come before
// the file, and every word after it is the script's. Each call starts a new run; one that was
// interrupted goes on with `flowmetal --resume`, or `flowvm resume`.

import { Command } from 'commander';
import { compile } from '../compiler/compile.ts';
import { renderReport } from '../compiler/diagnostics/render.ts';
import { Report } from '../compiler/diagnostics/report.ts';
import type { Program } from '../vm/bytecode/program.ts';
import { openLibrary } from '../stdlib/library.ts';
import { resumeRuns } from './commands/resume.ts';
import { withStartOptions } from './commands/frame.ts';
import { launchIfStarted } from './launch.ts';
import { beginOpening } from './open.ts';
import { placeOf, type Place } from './place.ts';
import { aboutUserModules, environment, readSource } from './sources.ts';
import { start, type StartOptions } from './start.ts';
import { STDERR } from './streams.ts';
import { EXIT, hasColours, usageStatus, type ExitStatus } from './terminal.ts';
import { tell, UsageError } from './told.ts';
import { VERSION } from './version.ts';

interface Options extends StartOptions {
  readonly store?: string;
  readonly quiet?: boolean;
  readonly resume?: string;
}

export const command = withStartOptions(
  new Command('flowmetal')
    .description('Compile and run a flow script. To look after runs: flowvm --help')
    .version(VERSION)
    .argument('[file]', 'the script, FILE.flow')
    .argument('[args...]', 'sys.argv, or with --entry what the function is given, as JSON or text')
    .option('--store <dir>', 'the store; by default $FLOWMETAL_STORE or the user data directory')
    .option('--resume <run>', 'go on with a run that was interrupted, instead of starting one')
    .option('-q, --quiet', 'no warnings of the compiler')
    .passThroughOptions()
    .showHelpAfterError('to see how: flowmetal --help')
    .exitOverride(),
);

export async function main(argv: readonly string[]): Promise<ExitStatus> {
  try {
    command.parse([...argv]);
  } catch (error) {
    return usageStatus(error);
  }
  const options = command.opts<Options>();
  const [file, ...args] = command.args;
  let place: Place | null = null;
  try {
    place = placeOf(options.store);
    if (options.resume !== undefined) {
      if (file !== undefined) throw new UsageError('--resume takes a run, and no file');
      if (options.quota?.length !== 0) {
        throw new UsageError('a run keeps the quotas that it was started with', {
          help: 'say --resume without --quota',
        });
      }
      return await resumeRuns({ place, options, args: [options.resume], command: 'flowmetal' });
    }
    if (file === undefined) {
      throw new UsageError('no script', { help: 'to see how: flowmetal --help' });
    }
    return await compileAndStart(place, file, args, options);
  } catch (error) {
    return tell('flowmetal', error, place);
  }
}

/** While the script is compiled, a store that is there is opened. */
async function compileAndStart(
  place: Place,
  file: string,
  args: readonly string[],
  options: Options,
): Promise<ExitStatus> {
  const command = `flowmetal ${file}`;
  const opening = await beginOpening(place, { command, create: true, drives: true });
  try {
    const program = read(file, options);
    if (program === null) return EXIT.failed;
    return await start({ place, command, opening, program, file, args, options });
  } finally {
    await opening?.opened.then(
      (open) => open.close(),
      () => {},
    );
  }
}

/** The script, compiled; null if there were mistakes, which have been told. */
function read(file: string, { quiet }: Options): Program | null {
  const report = new Report();
  const program = compile(readSource(file), environment(file, openLibrary()), report);
  if (quiet !== true || report.hasErrors) {
    STDERR.write(renderReport(aboutUserModules(report), { colour: hasColours(STDERR) }));
  }
  return program;
}

launchIfStarted(import.meta.url, main);
