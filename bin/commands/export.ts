// flowvm export RUN [-o FILE]: one run with all it needs, as one file.

import { writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { findRun } from '../ids.ts';
import { bytes } from '../moments.ts';
import { withStore } from '../open.ts';
import { STDOUT } from '../streams.ts';
import { EXIT, printBytes, say } from '../terminal.ts';
import { UsageError } from '../told.ts';
import { does, newCommand, type Call, type StoreOptions } from './frame.ts';

interface Options extends StoreOptions {
  readonly output?: string;
}

export function exportCommand(): Command {
  const command = newCommand('export', 'write a run, with all it needs, to one file')
    .argument('<run>', 'the run; the beginning of its id is enough')
    .option('-o, --output <file>', 'by default RUN.flowrun here; - is stdout');
  return does<Options>(command, exportRun);
}

async function exportRun({
  place,
  options,
  args,
  command,
}: Call<Options>): Promise<typeof EXIT.done> {
  if (options.output === '-' && STDOUT.isTerminal) {
    throw new UsageError('a run is bytes, not text for a terminal', {
      help: 'name a file: -o FILE',
    });
  }
  await withStore(place, { command }, async (store) => {
    const { run } = await findRun(store, args[0] ?? '');
    const file = await store.exportRun(run);
    if (options.output === '-') return await printBytes(file);
    const output = options.output ?? `${run}.flowrun`;
    writeFileSync(output, file);
    say(`run ${run} written to ${output}, ${bytes(file.length)}`);
    say(`to take it in elsewhere: flowvm import ${output}`);
  });
  return EXIT.done;
}
