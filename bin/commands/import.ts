// flowvm import FILE: takes an exported run into this store.

import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { isOpen } from '../ids.ts';
import { isNewPlace, openTrial, withStore } from '../open.ts';
import { EXIT, print, printJson, say } from '../terminal.ts';
import { does, newCommand, type Call, type StoreOptions } from './frame.ts';

export function importCommand(): Command {
  const command = newCommand('import', 'take an exported run into the store', {
    json: 'the run as JSON',
  }).argument('<file>', 'what `flowvm export` has written; - is stdin');
  return does<StoreOptions>(command, importRun);
}

/** Prints the run's id, so that a script can go on with it. */
async function importRun({
  place,
  options,
  args: [file = ''],
  command,
}: Call<StoreOptions>): Promise<typeof EXIT.done> {
  const bytes = readFileSync(file === '-' ? 0 : file);
  // A file that is damaged makes no store.
  if (isNewPlace(place)) await (await openTrial(place)).importRun(new Uint8Array(bytes));
  await withStore(place, { command, create: true }, async (store) => {
    const run = await store.importRun(new Uint8Array(bytes));
    const record = await store.getRun(run);
    if (options.json === true) await printJson({ run, status: record?.status.kind ?? null });
    else await print(`${run}\n`);
    if (record === null || !isOpen(record)) return;
    say(
      'it is unfinished, and lives on where it came from too: cancel it there, or never resume it',
    );
    say(`to go on with it here: flowvm resume ${run}${place.option}`);
  });
  return EXIT.done;
}
