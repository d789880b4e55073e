// flowvm ps: the runs in the store.

import type { Command } from 'commander';
import type { RunRecord, UnreadableRun } from '../../vm/store/store.ts';
import { allRuns } from '../ids.ts';
import { fromNow } from '../moments.ts';
import { withStore } from '../open.ts';
import { clip, table } from '../table.ts';
import { STDERR } from '../streams.ts';
import { EXIT, print, printJson, say, type ExitStatus } from '../terminal.ts';
import { adviceOn, describeError } from '../told.ts';
import { briefly, programName, runJson } from '../told-runs.ts';
import { does, newCommand, type Call, type StoreOptions } from './frame.ts';

interface Options extends StoreOptions {
  readonly all?: boolean;
}

export function psCommand(): Command {
  const command = newCommand('ps', 'list the runs that are unfinished', {
    json: 'each run as JSON, one a line',
  }).option('-a, --all', 'those that have ended, too');
  return does<Options>(command, ps);
}

const HEADING = ['RUN', 'STATUS', 'SINCE', 'PROGRAM', ''];
/** Characters of the last column where no terminal says how wide it is. */
const BRIEF_LENGTH = 100;

async function ps({ place, options, command }: Call<Options>): Promise<ExitStatus> {
  const unreadable: UnreadableRun[] = [];
  await withStore(place, { command }, async (store) => {
    const nowMs = Date.now();
    const rows: string[][] = [];
    const status = options.all === true ? 'all' : 'open';
    for await (const record of allRuns(store, status, (damaged) => unreadable.push(damaged))) {
      if (options.json === true) await printJson(runJson(record));
      else rows.push(cells(record, nowMs));
    }
    if (rows.length > 0) await print(table([HEADING, ...rows]));
    else if (options.json !== true && STDERR.isTerminal) {
      say(options.all === true ? 'no runs' : 'no unfinished runs; to see all: flowvm ps --all');
    }
  });
  for (const { run, error } of unreadable) {
    say(`run ${run} cannot be read: ${describeError(error)}`);
    for (const line of adviceOn(error, place)) say(`  ${line}`);
  }
  return unreadable.length === 0 ? EXIT.done : EXIT.failed;
}

function cells(record: RunRecord, nowMs: number): string[] {
  return [
    record.run,
    record.status.kind,
    fromNow(record.statusSinceMs, nowMs),
    programName(record),
    clip(briefly(record, nowMs), BRIEF_LENGTH),
  ];
}
