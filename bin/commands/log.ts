// flowvm log RUN FILE:LINE EXPRESSION: a print statement in the past.

import { InvalidArgumentError, type Command } from 'commander';
import type { Pass } from '../../vm/engine/log.ts';
import { findRun } from '../ids.ts';
import { clockTime } from '../moments.ts';
import { withStore } from '../open.ts';
import { AT_HELP, pointText, readAt } from '../points.ts';
import { Progress } from '../progress.ts';
import { STDOUT } from '../streams.ts';
import { EXIT, print, printJson, say, styled, type ExitStatus } from '../terminal.ts';
import { UsageError } from '../told.ts';
import { iso } from '../told-runs.ts';
import { does, newCommand, type Call, type StoreOptions } from './frame.ts';

interface Options extends StoreOptions {
  readonly from?: string;
  readonly to?: string;
  readonly limit?: number;
}

export function logCommand(): Command {
  const command = newCommand('log', 'print an expression at every past pass of a line', {
    json: 'each pass as JSON, one a line',
  })
    .argument('<run>', 'the run; the beginning of its id is enough')
    .argument('<place>', 'FILE:LINE, where the print statement would stand: before that line')
    .argument('<expression>', 'what it would print: an expression of the language')
    .option('--from <point>', `begin at ${AT_HELP}`)
    .option('--to <point>', 'and end at one; by default at the last commit')
    .option('--limit <count>', 'passes at most; by default 1000', readCount)
    .addHelpText(
      'after',
      `
Each line tells a point, when its turn was, and the value, or the exception that the expression
raises there; to see more of a point: flowvm show RUN --at POINT. A statement counts on the line
where it begins, a loop with a condition whenever that is looked at. What the expression does is
done to a copy of the run that is thrown away. An expression that would wait is refused.`,
    );
  return does<Options>(command, log);
}

function readCount(text: string): number {
  if (/^[1-9][0-9]{0,8}$/u.test(text)) return Number(text);
  throw new InvalidArgumentError('it is a whole number from 1 up.');
}

async function log({ place, options, args, command }: Call<Options>): Promise<ExitStatus> {
  const [name = '', where = '', typed = ''] = args;
  const { file, line } = readPlace(where);
  const { openLibrary } = await import('../../stdlib/library.ts');
  const { readExpression } = await import('../expressions.ts');
  const expression = readExpression(typed, openLibrary());
  if (expression === null) return EXIT.usage;
  await withStore(place, { command }, async (store) => {
    const record = await findRun(store, name);
    const { pastOf } = await import('../world.ts');
    const { logLine } = await import('../../vm/engine/log.ts');
    const { run, sequence } = record;
    const progress = new Progress();
    const past = pastOf(store);
    const earliest = options.from === undefined ? await past.earliest(run) : 0;
    if (earliest > 0) say(`what run ${run} did before commit ${earliest} was pruned`);
    const passes = logLine(past, {
      run,
      file,
      line,
      expression,
      from: options.from === undefined ? { sequence: earliest } : readAt(options.from, record),
      to: options.to === undefined ? { sequence } : readAt(options.to, record),
      ...(options.limit === undefined ? {} : { limit: options.limit }),
      progress: (at) => progress.say(`looking at commit ${at} of ${sequence}`),
    });
    let told = 0;
    for (;;) {
      const next = await passes.next();
      progress.clear();
      if (next.done === true) {
        if (next.value.isCut) say(`and more: to see them, --limit, or --from a later point`);
        break;
      }
      told++;
      await tell(next.value, options.json === true);
    }
    if (told === 0) say(`run ${run} has not passed ${where} there`);
  });
  return EXIT.done;
}

/** `charge.flow:12`. */
function readPlace(text: string): { readonly file: string; readonly line: number } {
  const found = /^(.+):([1-9][0-9]{0,8})$/u.exec(text);
  if (found === null) {
    throw new UsageError(`'${text}' is no line of a file`, {
      help: 'say FILE:LINE, charge.flow:12',
    });
  }
  return { file: found[1] ?? '', line: Number(found[2]) };
}

async function tell({ at, atMs, task, place, evaluated }: Pass, json: boolean): Promise<void> {
  const { kind, text } = evaluated;
  if (json) {
    const said = kind === 'value' ? { value: text } : { exception: text };
    return await printJson({ at, time: iso(atMs), task, place, ...said });
  }
  const shown = kind === 'value' ? text : styled(STDOUT, 'red', text);
  await print(`${pointText(at).padEnd(12)}  ${clockTime(atMs)}  ${shown}\n`);
}
