// flowvm history RUN: the commits of a run, in order.

import type { Command } from 'commander';
import type { HistoryEntry } from '../../vm/store/store.ts';
import { findRun } from '../ids.ts';
import { clockTime } from '../moments.ts';
import { withStore } from '../open.ts';
import { clip } from '../table.ts';
import { EXIT, print, printJson } from '../terminal.ts';
import { iso } from '../told-runs.ts';
import { does, newCommand, type Call, type StoreOptions } from './frame.ts';

export function historyCommand(): Command {
  const command = newCommand('history', 'list the commits of a run', {
    json: 'each commit as JSON, one a line',
  }).argument('<run>', 'the run; the beginning of its id is enough');
  return does<StoreOptions>(command, history);
}

async function history({
  place,
  options,
  args: [name = ''],
  command,
}: Call<StoreOptions>): Promise<typeof EXIT.done> {
  await withStore(place, { command }, async (store) => {
    const { run } = await findRun(store, name);
    for await (const entry of store.history({ run })) {
      if (options.json === true) await printJson(entryJson(entry));
      else await print(`${line(entry)}\n`);
    }
  });
  return EXIT.done;
}

function entryJson(entry: HistoryEntry): Record<string, unknown> {
  const { sequence, atMs, epoch, generation, status, deltaBytes, checkpoint, output } = entry;
  return {
    sequence,
    at: iso(atMs),
    epoch,
    generation,
    status: status.kind,
    deltaBytes,
    checkpoint,
    consumed: entry.consumed,
    effects: entry.effects,
    abandoned: entry.abandoned,
    timersSet: entry.timersSet.map(({ timer, dueMs }) => ({ timer, due: iso(dueMs) })),
    timersCleared: entry.timersCleared,
    output,
  };
}

/** Characters of output shown in the list. */
const OUTPUT_LENGTH = 40;

function line(entry: HistoryEntry): string {
  const parts = [
    `${entry.sequence}`.padStart(5),
    clockTime(entry.atMs),
    entry.status.kind.padEnd(9),
    `${entry.deltaBytes} bytes`,
  ];
  if (entry.checkpoint !== null) parts.push(`checkpoint of ${entry.checkpoint}`);
  for (const { arrival, effect } of entry.consumed) {
    parts.push(effect === null ? `took message ${arrival}` : `took the answer to ${effect}`);
  }
  for (const { effect, kind } of entry.effects) parts.push(`asked ${kind} (${effect})`);
  for (const effect of entry.abandoned) parts.push(`gave up ${effect}`);
  if (entry.output !== '')
    parts.push(`printed ${JSON.stringify(clip(entry.output, OUTPUT_LENGTH))}`);
  return parts.join('  ');
}
