// flowvm cancel RUN...: asks runs to stop, and drives them until they have.
//
// Cancelled is raised where a run waits, so its `finally` blocks run, and may take their time and
// wait for answers of their own.

import type { Command } from 'commander';
import { readEnding } from '../../vm/engine/endings.ts';
import type { RunId, RunRecord } from '../../vm/store/store.ts';
import type { DriveOptions } from '../drive.ts';
import { findRun } from '../ids.ts';
import { listenOption } from '../place.ts';
import { EXIT, say, type ExitStatus } from '../terminal.ts';
import { does, newCommand, withDriveOptions, type Call, type StoreOptions } from './frame.ts';

type Options = StoreOptions & DriveOptions & { readonly reason?: string };

export function cancelCommand(): Command {
  const command = newCommand('cancel', 'ask runs to stop, and wait until they have')
    .argument('<runs...>', 'runs; the beginnings of their ids are enough')
    .option('--reason <text>', 'what the program is told');
  return does<Options>(withDriveOptions(command), cancel);
}

async function cancel({ place, options, args, command }: Call<Options>): Promise<ExitStatus> {
  const go = (runs: readonly RunId[]): string =>
    `flowvm resume ${runs.join(' ')}${place.option}${listenOption(options)}`;
  const { drive } = await import('../drive.ts');
  return await drive(
    { place, command, create: false, options, resume: go, cancelledStatus: EXIT.done },
    async ({ driver, store }) => {
      const asked: RunId[] = [];
      const found = new Map<RunId, RunRecord>();
      for (const name of args) {
        const record = await findRun(store, name);
        found.set(record.run, record);
      }
      for (const { run, status } of found.values()) {
        if (readEnding(status) !== null) say(`run ${run} has ended already: ${status.kind}`);
        else {
          await driver.cancel(run, options.reason ?? null);
          asked.push(run);
        }
      }
      return asked;
    },
  );
}
