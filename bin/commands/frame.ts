// What all commands of flowvm have in common: a store, an exit status, and how failures are told.
//
// Only what is needed to understand a command line is loaded with it; what a command does is loaded
// when it is called, for a driver and its connectors take longer to load than `ps` takes in all.

import { Command } from 'commander';
import { placeOf, type Place } from '../place.ts';
import type { ExitStatus } from '../terminal.ts';
import { QUOTA_NAMES } from '../../vm/values/quotas.ts';
import { tell, UsageError } from '../told.ts';

export interface StoreOptions {
  readonly store?: string;
  readonly json?: boolean;
}

/** One call of a command. */
export interface Call<Options extends StoreOptions> {
  readonly place: Place;
  readonly options: Options;
  /** The words after the command, options aside. */
  readonly args: readonly string[];
  /** `flowvm resume`, for messages and for the note of who has the store. */
  readonly command: string;
}

/** A command with `--store`, and `--json` if it prints data. */
export function newCommand(
  name: string,
  description: string,
  how: { readonly json?: string } = {},
): Command {
  const command = new Command(name)
    .description(description)
    .option('--store <dir>', 'the store; by default $FLOWMETAL_STORE or the user data directory');
  if (how.json !== undefined) command.option('--json', how.json);
  return command;
}

/** The options of commands that start a run. */
export function withStartOptions(command: Command): Command {
  return withDriveOptions(command)
    .option('--entry <function>', 'call this function of the program, and give it the arguments')
    .option('--label <name=value>', 'note this with the run; may be said again', append, [])
    .option(
      '--quota <name=limit>',
      `bound what the run may use: ${QUOTA_NAMES.join(', ')}; may be said again`,
      append,
      [],
    )
    .option('--keep <policy>', `how much of its past the run keeps: ${POLICIES}`);
}

/** For help texts. */
export const POLICIES = "full, 'last 100' commits, what is younger than 30d, events";

/** The options of commands that drive runs. */
export function withDriveOptions(command: Command): Command {
  return command
    .option('--listen <place>', 'take callbacks here: PORT, HOST:PORT; port 0 is one that is free')
    .option('--public-url <url>', 'how others reach that place, if through a proxy')
    .option('--json', 'what happens as JSON on stdout, one event a line');
}

/** For an option that may be said again. */
export function append(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}

/** A whole number, at least 1. */
export function readCount(option: string, text: string): number {
  if (/^[0-9]{1,15}$/u.test(text) && Number(text) > 0) return Number(text);
  throw new UsageError(`'${text}' is no number for ${option}`, {
    help: 'say a whole number, at least 1',
  });
}

/** Say what a command does. Its exit status becomes the process's. */
export function does<Options extends StoreOptions>(
  command: Command,
  work: (call: Call<Options>) => Promise<ExitStatus>,
): Command {
  return command.action(async () => {
    const options = command.opts<Options>();
    const name = `flowvm ${command.name()}`;
    let place: Place | null = null;
    try {
      place = placeOf(options.store);
      process.exitCode = await work({ place, options, args: command.args, command: name });
    } catch (error) {
      process.exitCode = tell(name, error, place);
    }
  });
}
