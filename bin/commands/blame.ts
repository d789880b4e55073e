// flowvm blame RUN EXPRESSION: the last change of a variable, an attribute or an element.

import type { Command } from 'commander';
import type { Change } from '../../vm/engine/changes.ts';
import type { RunId } from '../../vm/store/store.ts';
import { findRun } from '../ids.ts';
import { moment } from '../moments.ts';
import { withStore } from '../open.ts';
import { quoted } from '../place.ts';
import { AT_HELP, pointText, readAt } from '../points.ts';
import { Progress } from '../progress.ts';
import { STDERR, STDOUT } from '../streams.ts';
import { EXIT, print, printJson, say, styled, type ExitStatus } from '../terminal.ts';
import { iso } from '../told-runs.ts';
import { does, newCommand, type Call, type StoreOptions } from './frame.ts';

interface Options extends StoreOptions {
  readonly at?: string;
}

export function blameCommand(): Command {
  const command = newCommand('blame', 'find the last change of a variable, attribute or element', {
    json: 'the same as JSON',
  })
    .argument('<run>', 'the run; the beginning of its id is enough')
    .argument('<path>', 'a name, and what it leads to: total, job.name, orders["a-17"].lines[0]')
    .option('--at <point>', `go back from ${AT_HELP}; by default from the last commit`)
    .addHelpText(
      'after',
      `
A name is a local of the innermost frame of the program that has it, else a global. A change is
the first binding, a deletion, or another value: to write an equal number, text or tuple again, or
the same object, is none, and what happens inside an object is told of its own attributes and
elements. To go on back, ask again from the point that is told.`,
    );
  return does<Options>(command, blame);
}

async function blame({ place, options, args, command }: Call<Options>): Promise<ExitStatus> {
  const [name = '', typed = ''] = args;
  const { readPath } = await import('../expressions.ts');
  const path = readPath(typed);
  if (path === null) return EXIT.usage;
  await withStore(place, { command }, async (store) => {
    const record = await findRun(store, name);
    const { pastOf } = await import('../world.ts');
    const { blame: find } = await import('../../vm/engine/blame.ts');
    const { run } = record;
    const progress = new Progress();
    const change = await find(pastOf(store), {
      run,
      path,
      ...(options.at === undefined ? {} : { at: readAt(options.at, record) }),
      progress: (sequence) => progress.say(`looking at commit ${sequence} of ${record.sequence}`),
    }).finally(progress.clear);
    if (options.json === true) return await printJson(changeJson(run, path.text, change));
    await print(text(path.text, change, Date.now()));
    if (!STDERR.isTerminal) return;
    const at = pointText(change.at);
    if (at !== '0')
      say(`the one before: flowvm blame ${run} ${quoted(path.text)} --at ${at}${place.option}`);
  });
  return EXIT.done;
}

function changeJson(run: RunId, path: string, change: Change): Record<string, unknown> {
  const { at, atMs, place, before, after } = change;
  return { run, path, at, time: iso(atMs), place, before, after };
}

/** What a value is called where there was none. */
const UNBOUND = 'not bound';

function text(path: string, change: Change, nowMs: number): string {
  const { at, atMs, place, before, after } = change;
  const where =
    place === null
      ? []
      : [`  File "${place.file}", line ${place.line}, in ${place.name}`, `    ${place.text}`];
  const lines = [
    `${path} was changed at ${pointText(at)}, ${moment(atMs, nowMs)}`,
    ...where,
    styled(STDOUT, 'dim', `      before  ${before ?? UNBOUND}`),
    styled(STDOUT, 'dim', `      after   ${after ?? UNBOUND}`),
  ];
  return `${lines.join('\n')}\n`;
}
