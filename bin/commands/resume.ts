// flowvm resume [RUN...]: goes on with runs that are unfinished, by default all of them.

import type { Command } from 'commander';
import { decodeReasons } from '../../vm/engine/reasons.ts';
import type { RunId, Store } from '../../vm/store/store.ts';
import type { DriveOptions } from '../drive.ts';
import { allRuns, findRun } from '../ids.ts';
import { listenOption } from '../place.ts';
import { say, type ExitStatus } from '../terminal.ts';
import { isCallback } from '../told-runs.ts';
import {
  does,
  newCommand,
  POLICIES,
  withDriveOptions,
  type Call,
  type StoreOptions,
} from './frame.ts';

type Options = StoreOptions & DriveOptions;

export function resumeCommand(): Command {
  const command = newCommand('resume', 'go on with unfinished runs, and drive them to their ends')
    .argument('[runs...]', 'runs; the beginnings of their ids are enough; by default all')
    .option('--keep <policy>', `how much of their past runs keep that do not say so: ${POLICIES}`);
  return does<Options>(withDriveOptions(command), resumeRuns);
}

export async function resumeRuns({
  place,
  options,
  args,
  command,
}: Call<Options>): Promise<ExitStatus> {
  // Of all runs, those left over at the end need no naming.
  const named = (runs: readonly RunId[]): string => (args.length === 0 ? '' : ` ${runs.join(' ')}`);
  const go = (runs: readonly RunId[]): string =>
    `flowvm resume${named(runs)}${place.option}${listenOption(options)}`;
  const { drive } = await import('../drive.ts');
  return await drive(
    { place, command, create: false, options, resume: go },
    async ({ driver, store, reporter }) => {
      const runs = await runsMeant(store, args);
      reporter.event('resuming', { runs });
      if (args.length > 0) await driver.resume(runs);
      else await driver.resume();
      if (runs.length === 0) reporter.hint('no run is unfinished');
      if (options.listen === undefined) {
        for (const run of await runsCalled(store, runs)) {
          say(`run ${run} waits for a callback, and none is taken without --listen PORT`);
        }
      }
      return runs;
    },
  );
}

/** Those among runs that wait for a stranger's call, as far as can be told in advance. */
async function runsCalled(store: Store, runs: readonly RunId[]): Promise<RunId[]> {
  const called: RunId[] = [];
  for (const run of runs) {
    const status = (await store.getRun(run))?.status;
    if (status?.kind !== 'waiting') continue;
    if (decodeReasons(status.reasons).rows.some(({ on }) => isCallback(on))) called.push(run);
  }
  return called;
}

async function runsMeant(store: Store, names: readonly string[]): Promise<RunId[]> {
  const runs = new Set<RunId>();
  for (const name of names) runs.add((await findRun(store, name)).run);
  if (names.length === 0) for await (const { run } of allRuns(store, 'open')) runs.add(run);
  return [...runs];
}
