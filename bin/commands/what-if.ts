// flowvm what-if RUN: a run goes on from its past with other values, as far as its recorded answers
// reach. Nothing is sent, and the run stays as it is.

import type { Command } from 'commander';
import type { Reason } from '../../vm/engine/reasons.ts';
import type { WhatIfEnd } from '../../vm/engine/what-if.ts';
import { readAssignment } from '../assignments.ts';
import { findRun } from '../ids.ts';
import { withStore } from '../open.ts';
import { AT_HELP, readAt } from '../points.ts';
import { EXIT, print, printJson, say } from '../terminal.ts';
import { awaitedText, endingJson, reasonJson } from '../told-runs.ts';
import { append, does, newCommand, type Call, type StoreOptions } from './frame.ts';

interface Options extends StoreOptions {
  readonly at?: string;
  readonly set: readonly string[];
}

export function whatIfCommand(): Command {
  const command = newCommand('what-if', 'let a run go on from its past with other values', {
    json: 'what happens as JSON, one event a line',
  })
    .argument('<run>', 'the run; the beginning of its id is enough')
    .option('--at <point>', `${AT_HELP}; by default before the first commit`)
    .option('--set <name=value>', 'another value, as JSON; may be said again', append, [])
    .addHelpText('after', HELP);
  return does<Options>(command, whatIf);
}

const HELP = `
What it asks for is answered as the run was answered; where it asks for something else, it
stops, for nobody knows the answer. Nothing is sent, and the run stays as it is.`;

async function whatIf({ place, options, args, command }: Call<Options>): Promise<typeof EXIT.done> {
  await withStore(place, { command }, async (store) => {
    const record = await findRun(store, args[0] ?? '');
    const at = options.at === undefined ? { sequence: 0 } : readAt(options.at, record);
    const world = await import('../world.ts');
    const play = await import('../../vm/engine/what-if.ts');
    const past = world.pastOptions(store);
    const assigned = options.set.map((text) => readAssignment(text, past.texts));
    const set = new Map(assigned.map(({ name, value }) => [name, value]));
    const told: Promise<void>[] = [];
    const end = await play.whatIf(past, record.run, {
      at,
      set,
      output: (stream, text) => {
        if (options.json === true) told.push(printJson({ event: 'output', stream, text }));
        else if (stream === 'stdout') told.push(print(text));
        else process.stderr.write(text);
      },
      pause: () => new Promise((resolve) => void setImmediate(resolve)),
    });
    await Promise.all(told);
    if (options.json === true) await printJson(endJson(end));
    else tell(end);
  });
  return EXIT.done;
}

function tell(end: WhatIfEnd): void {
  switch (end.kind) {
    case 'ended': {
      const { ending } = end;
      if (ending.kind === 'failed') process.stderr.write(ending.traceback);
      const how = ending.kind === 'done' ? `ends with ${ending.description}` : ending.kind;
      say(`what if: it ${ending.kind === 'failed' ? `fails: ${ending.lastLine}` : how}`);
      break;
    }
    case 'asked':
      say(`what if: it asks for ${end.what}, ${insteadText(end)}`);
      for (const line of end.reasons.flatMap(placeLines)) say(line);
      say('what would be answered is not known');
      break;
    case 'waits':
      say('what if: it waits, and what would come is not known');
      for (const reason of end.reasons) {
        for (const line of placeLines(reason)) say(line);
        say(`  for ${awaitedText(reason.on, Date.now())}`);
      }
      break;
  }
}

function insteadText({ what, instead }: { what: string; instead: string | null }): string {
  if (instead === null) return 'which the run did not';
  if (instead === what) return 'but not in the same words as the run';
  return `and the run asked for ${instead} there`;
}

function placeLines({ place }: Reason): string[] {
  return place === null
    ? []
    : [`  ${place.file}:${place.line} in ${place.name}`, `      ${place.text}`];
}

function endJson(end: WhatIfEnd): Record<string, unknown> {
  switch (end.kind) {
    case 'ended':
      return { event: 'ended', status: end.ending.kind, ...endingJson(end.ending) };
    case 'asked': {
      const { what, instead } = end;
      return {
        event: 'asked',
        what,
        instead,
        reasons: end.reasons.map((each) => reasonJson(each)),
      };
    }
    case 'waits':
      return { event: 'waits', reasons: end.reasons.map((each) => reasonJson(each)) };
  }
}
