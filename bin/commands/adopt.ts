// flowvm adopt --move|--fork: takes over a store that was copied or moved here.

import type { Command } from 'commander';
import { isFlowError } from '../../vm/bytecode/errors.ts';
import type { Store } from '../../vm/store/store.ts';
import { allRuns } from '../ids.ts';
import { withStore } from '../open.ts';
import { EXIT, printJson, say } from '../terminal.ts';
import { CommandError, UsageError } from '../told.ts';
import { does, newCommand, type Call, type StoreOptions } from './frame.ts';

interface Options extends StoreOptions {
  readonly move?: boolean;
  readonly fork?: boolean;
  readonly force?: boolean;
}

export function adoptCommand(): Command {
  const command = newCommand('adopt', 'take over a store that was copied or moved here', {
    json: 'the identity of the store as JSON',
  })
    .option('--move', 'this copy lives on; the other one will never be opened again')
    .option('--fork', 'both live on; the programs here become new ones')
    .option('--force', 'also a store that is at home here already');
  return does<Options>(command, adopt);
}

async function adopt({ place, options, command }: Call<Options>): Promise<typeof EXIT.done> {
  const { move = false, fork = false } = options;
  if (move === fork) {
    throw new UsageError('say how: --move or --fork', {
      help: [
        '--move  this copy lives on, and the other one will never be opened again',
        '--fork  both live on; the programs here get ids, randomness and callbacks of their own',
      ],
    });
  }
  if (options.force !== true && (await isAtHome({ place, options, args: [], command }))) {
    throw new CommandError(`the store in ${place.directory} is at home here: nothing to adopt`, {
      help: 'if it is a copy all the same, say so with --force',
    });
  }
  const how = { command, adopt: move ? ('move' as const) : ('fork' as const) };
  await withStore(place, how, async (store) => {
    const open = await countOpen(store);
    const { id, generation, parent } = store.identity;
    if (options.json === true) await printJson({ id, generation, parent, unfinished: open });
    say(
      `store ${id} is at home in ${place.directory} now, generation ${generation}` +
        (fork && parent !== null ? `, forked from ${parent}` : ''),
    );
    const runs = open === 1 ? '1 unfinished run; to' : `${open} unfinished runs; to`;
    if (open > 0) say(`it has ${runs} go on: flowvm resume${place.option}`);
  });
  return EXIT.done;
}

async function isAtHome({ place, command }: Call<Options>): Promise<boolean> {
  try {
    await withStore(place, { command }, () => Promise.resolve());
    return true;
  } catch (error) {
    if (isFlowError(error, 'FLOW_STORE_MOVED')) return false;
    throw error;
  }
}

async function countOpen(store: Store): Promise<number> {
  let count = 0;
  for await (const _ of allRuns(store, 'open')) count += 1;
  return count;
}
