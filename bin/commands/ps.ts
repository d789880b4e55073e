// flowvm ps: the runs in the store.

import type { Command } from 'commander';
import type { RunRecord, UnreadableRun } from '../../vm/store/store.ts';
import { allRuns } from '../ids.ts';
import { bytes, fromNow } from '../moments.ts';
import { withStore } from '../open.ts';
import { clip, table } from '../table.ts';
import { STDERR } from '../streams.ts';
import { EXIT, print, printJson, say, type ExitStatus } from '../terminal.ts';
import { adviceOn, describeError } from '../told.ts';
import { briefly, programName, runJson, stateBytes } from '../told-runs.ts';
import { does, newCommand, type Call, type StoreOptions } from './frame.ts';

interface Options extends StoreOptions {
  readonly all?: boolean;
  readonly verbose?: boolean;
}

export function psCommand(): Command {
  const command = newCommand('ps', 'list the runs that are unfinished', {
    json: 'each run as JSON, one a line',
  })
    .option('-a, --all', 'those that have ended, too')
    .option('-v, --verbose', 'how many commits they have, and how large they are on disk');
  return does<Options>(command, ps);
}

interface Column {
  readonly name: string;
  /** Only --verbose shows it. */
  readonly isDetail?: boolean;
  readonly cell: (record: RunRecord, nowMs: number) => string;
}

const COLUMNS: readonly Column[] = [
  { name: 'RUN', cell: ({ run }) => run },
  { name: 'STATUS', cell: ({ status }) => status.kind },
  { name: 'SINCE', cell: ({ statusSinceMs }, nowMs) => fromNow(statusSinceMs, nowMs) },
  { name: 'COMMITS', isDetail: true, cell: ({ sequence }) => `${sequence}` },
  { name: 'STATE', isDetail: true, cell: (record) => bytes(stateBytes(record)) },
  { name: 'DELTAS', isDetail: true, cell: (record) => bytes(record.bytes.deltas) },
  { name: 'OUTPUT', isDetail: true, cell: (record) => bytes(record.bytes.output) },
  { name: 'PROGRAM', cell: programName },
  { name: '', cell: (record, nowMs) => clip(briefly(record, nowMs), BRIEF_LENGTH) },
];
/** Characters of the last column where no terminal says how wide it is. */
const BRIEF_LENGTH = 100;

async function ps({ place, options, command }: Call<Options>): Promise<ExitStatus> {
  const unreadable: UnreadableRun[] = [];
  await withStore(place, { command }, async (store) => {
    const nowMs = Date.now();
    const columns = COLUMNS.filter(({ isDetail }) => options.verbose === true || isDetail !== true);
    const rows: string[][] = [];
    const status = options.all === true ? 'all' : 'open';
    for await (const record of allRuns(store, status, (damaged) => unreadable.push(damaged))) {
      if (options.json === true) await printJson(runJson(record));
      else rows.push(columns.map(({ cell }) => cell(record, nowMs)));
    }
    if (rows.length > 0) await print(table([columns.map(({ name }) => name), ...rows]));
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
