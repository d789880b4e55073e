// flowvm verify: reads the whole store, compares everything, and tells what does not agree.

import type { Command } from 'commander';
import type { Finding, Store } from '../../vm/store/store.ts';
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
    const found = { error: 0, note: 0 };
    for await (const finding of store.verify()) {
      found[finding.severity] += 1;
      if (options.json === true) printJson(finding);
      else await print(`${text(finding)}\n`);
    }
    if (found.error === 0) say(`${await summary(store)}: all is well`);
    else say(`${found.error} error${found.error === 1 ? '' : 's'}, see above`);
    return found.error === 0 ? EXIT.done : EXIT.failed;
  });
}

function text({ severity, run, sequence, table, key, what }: Finding): string {
  const where =
    run === null ? table : `run ${run}${sequence === null ? '' : `, commit ${sequence}`}`;
  return `${severity}: ${where}: ${what} (${key})`;
}

async function summary(store: Store): Promise<string> {
  let runs = 0;
  let unfinished = 0;
  for await (const record of allRuns(store)) {
    runs += 1;
    if (isOpen(record)) unfinished += 1;
  }
  return `${runs} run${runs === 1 ? '' : 's'}, ${unfinished} unfinished`;
}
