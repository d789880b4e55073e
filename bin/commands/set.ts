// flowvm set RUN NAME=VALUE: another value for a name of a run that waits.
//
// It is a message to the run, which takes it in before it goes on; so it stands in its history, and
// whoever looks at its past sees when it came.

import type { Command } from 'commander';
import { encode } from '../../vm/bytecode/codec.ts';
import { assignName } from '../../vm/engine/assign.ts';
import { Past } from '../../vm/engine/past.ts';
import { SET } from '../../vm/engine/turn.ts';
import { readAssignment } from '../assignments.ts';
import { findRun, isOpen } from '../ids.ts';
import { withStore } from '../open.ts';
import { EXIT, printJson, say } from '../terminal.ts';
import { CommandError } from '../told.ts';
import { does, newCommand, type Call, type StoreOptions } from './frame.ts';

export function setCommand(): Command {
  const command = newCommand('set', 'give names of a waiting run other values', {
    json: 'what was set as JSON, one name a line',
  })
    .argument('<run>', 'the run; the beginning of its id is enough')
    .argument('<name=value...>', 'local of the innermost frame that has it, or a global; as JSON');
  return does<StoreOptions>(command, set);
}

async function set({
  place,
  options,
  args,
  command,
}: Call<StoreOptions>): Promise<typeof EXIT.done> {
  await withStore(place, { command }, async (store) => {
    const [name = '', ...texts] = args;
    const record = await findRun(store, name);
    const { run } = record;
    if (!isOpen(record)) {
      throw new CommandError(`run ${run} has ended: its values cannot be changed`, {
        help: `to see what would have been: flowvm what-if ${run} --set NAME=VALUE`,
      });
    }
    const { pastOptions } = await import('../world.ts');
    const past = pastOptions(store);
    const assigned = texts.map((text) => readAssignment(text, past.texts));
    // All are looked at before the first is sent.
    const { machine } = await new Past(past).stateAt(run);
    const kinds = assigned.map((each) => {
      const kind = assignName(machine, each.name, each.value);
      if (kind !== null) return kind;
      throw new CommandError(
        `no frame of run ${run} has a local ${each.name}, and no module a global`,
        {
          help: `to see its names: flowvm show ${run}`,
        },
      );
    });
    for (const [i, { name: to, json }] of assigned.entries()) {
      await store.send({ run, name: SET, body: encode([1, to, json]), atMs: Date.now() });
      if (options.json === true) await printJson({ run, name: to, kind: kinds[i], json });
      else say(`run ${run}: ${kinds[i]} ${to} will be ${json}`);
    }
    if (options.json !== true) say(`to let it go on: flowvm resume ${run}${place.option}`);
  });
  return EXIT.done;
}
