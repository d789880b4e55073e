// flowvm show RUN: a run as its last commit left it: status, stack with source lines, locals.

import type { Command } from 'commander';
import type { RunView } from '../../vm/engine/driver.ts';
import { readEnding } from '../../vm/engine/endings.ts';
import type { FrameView, TaskView } from '../../vm/engine/inspect.ts';
import type { RunRecord } from '../../vm/store/store.ts';
import { findRun, isOpen } from '../ids.ts';
import { bytes, moment } from '../moments.ts';
import { withStore } from '../open.ts';
import { STDERR, STDOUT } from '../streams.ts';
import { EXIT, print, printJson, say, styled } from '../terminal.ts';
import { FILE_LABEL, programName, quotasOf, runJson } from '../told-runs.ts';
import { does, newCommand, type Call, type StoreOptions } from './frame.ts';

interface Options extends StoreOptions {
  readonly all?: boolean;
}

export function showCommand(): Command {
  const command = newCommand('show', 'show a run: status, stack with source lines, locals', {
    json: 'the same as JSON',
  })
    .argument('<run>', 'the run; the beginning of its id is enough')
    .option('-a, --all', 'frames of the standard library, too');
  return does<Options>(command, show);
}

async function show({ place, options, args, command }: Call<Options>): Promise<typeof EXIT.done> {
  await withStore(place, { command }, async (store) => {
    const record = await findRun(store, args[0] ?? '');
    const { inspect } = await import('../world.ts');
    const view = isOpen(record) ? await inspect(store, record.run) : null;
    const tasks = (view?.tasks ?? []).map((task) => ({
      ...task,
      frames: task.frames.filter((frame) => options.all === true || !frame.isLibrary),
    }));
    if (options.json === true) {
      await printJson({ ...runJson(record), tasks });
      return;
    }
    await print(text(record, tasks, Date.now()));
    if (!STDERR.isTerminal) return;
    if (isOpen(record)) say(`to see what it waits for: flowvm why ${record.run}${place.option}`);
  });
  return EXIT.done;
}

function text(record: RunRecord, tasks: RunView['tasks'], nowMs: number): string {
  const { run, status, statusSinceMs, createdMs, labels, sequence, program } = record;
  const size = record.bytes.checkpoint + record.bytes.sinceCheckpoint;
  const facts = [
    ['run', run],
    ['status', `${status.kind} since ${moment(statusSinceMs, nowMs)}`],
    ['program', `${programName(record)}, ${program.slice(0, 12)}`],
    ['started', moment(createdMs, nowMs)],
    ['commits', `${sequence}, state ${bytes(size)}`],
    ...quotas(record),
    ...Object.entries(labels).filter(([name]) => name !== FILE_LABEL),
  ];
  const lines = facts.map(([name = '', value = '']) => `${name.padEnd(8)} ${value}`);
  const ending = readEnding(status);
  if (ending?.kind === 'done') lines.push(`${'result'.padEnd(8)} ${ending.description}`);
  if (ending?.kind === 'cancelled' && ending.reason !== null)
    lines.push(`reason   ${ending.reason}`);
  if (ending?.kind === 'failed') {
    lines.push('', (ending.traceback || ending.lastLine).trimEnd());
  }
  for (const task of tasks) lines.push('', ...taskLines(task));
  return `${lines.join('\n')}\n`;
}

/** A line of a run's quotas, if it has some. */
function quotas(record: RunRecord): string[][] {
  const limits = Object.entries(quotasOf(record) ?? {}).map(([name, limit]) => `${name} ${limit}`);
  return limits.length === 0 ? [] : [['quotas', limits.join(', ')]];
}

function taskLines({ number, name, state, frames }: TaskView): string[] {
  const head = styled(STDOUT, 'bold', `task ${number}, ${name}`);
  return [`${head}: ${state}`, ...frames.flatMap(frameLines)];
}

/** As tracebacks have it, and the locals below. */
function frameLines({ file, line, name, text, locals }: FrameView): string[] {
  return [
    `  File "${file}", line ${line}, in ${name}`,
    ...(text === '' ? [] : [`    ${text}`]),
    ...locals.map((local) => styled(STDOUT, 'dim', `      ${local.name} = ${local.value}`)),
  ];
}
