// flowvm verify: reads the whole store, compares everything, and tells what does not agree.
//
//     records       against each other, their seals and chains       (vm/store)
//     each run      its program links, and its state is one of it    (as if it were resumed)

import type { Command } from 'commander';
import type { Finding, RunRecord, Store } from '../../vm/store/store.ts';
import { allRuns, isOpen } from '../ids.ts';
import { withStore } from '../open.ts';
import { EXIT, print, printJson, say, type ExitStatus } from '../terminal.ts';
import { does, newCommand, type Call, type StoreOptions } from './frame.ts';

export function verifyCommand(): Command {
  const command = newCommand('verify', 'check everything in the store', {
    json: 'findings as JSON, one a line',
  });
  return does<StoreOptions>(command, verify);
}

async function verify({ place, options, command }: Call<StoreOptions>): Promise<ExitStatus> {
  return await withStore(place, { command }, async (store) => {
    let errors = 0;
    const tell = async (finding: Finding): Promise<void> => {
      if (finding.severity === 'error') errors += 1;
      if (options.json === true) await printJson(finding);
      else await print(`${text(finding)}\n`);
    };
    for await (const finding of store.verify()) await tell(finding);
    let runs = 0;
    let unfinished = 0;
    // Where records are wrong already, reading them again would only say so again.
    if (errors === 0) {
      for await (const record of allRuns(store)) {
        runs += 1;
        if (!isOpen(record)) continue;
        unfinished += 1;
        const found = await checkState(store, record);
        if (found !== null) await tell(found);
      }
    }
    if (errors > 0) say(`${errors} error${errors === 1 ? '' : 's'}, see above`);
    else say(`${runs} run${runs === 1 ? '' : 's'}, ${unfinished} unfinished: all is well`);
    return errors === 0 ? EXIT.done : EXIT.failed;
  });
}

/** Whether an unfinished run could go on here. */
async function checkState(store: Store, { run, sequence }: RunRecord): Promise<Finding | null> {
  const { obstacle } = await import('../world.ts');
  const error = await obstacle(store, run);
  if (error === null) return null;
  const what = `cannot go on here: ${error.message} [${error.code}]`;
  return { severity: 'error', table: 'head', key: run, run, sequence, what };
}

function text({ severity, run, sequence, table, key, what }: Finding): string {
  const where =
    run === null ? table : `run ${run}${sequence === null ? '' : `, commit ${sequence}`}`;
  return `${severity}: ${where}: ${what} (${key})`;
}
