// flowvm show RUN: a run as its last commit left it, or at any point before that: status, stack
// with source lines, locals, globals.

import type { Command } from 'commander';
import { readEnding } from '../../vm/engine/endings.ts';
import { KEEP_LABEL, policyOf } from '../../vm/engine/keep.ts';
import type {
  FrameView,
  ModuleView,
  NamedValue,
  RunView,
  TaskView,
} from '../../vm/engine/inspect.ts';
import type { RunRecord, Store } from '../../vm/store/store.ts';
import { findRun, isOpen } from '../ids.ts';
import { AT_HELP, readAt } from '../points.ts';
import { bytes, moment } from '../moments.ts';
import { withStore } from '../open.ts';
import { STDERR, STDOUT } from '../streams.ts';
import { EXIT, print, printJson, say, styled } from '../terminal.ts';
import { FILE_LABEL, iso, programName, quotasOf, runJson, stateBytes } from '../told-runs.ts';
import { does, newCommand, type Call, type StoreOptions } from './frame.ts';

/** Labels that other lines tell. */
const OWN_LABELS: ReadonlySet<string> = new Set([FILE_LABEL, KEEP_LABEL]);

interface Options extends StoreOptions {
  readonly all?: boolean;
  readonly at?: string;
}

export function showCommand(): Command {
  const command = newCommand(
    'show',
    'show a run: status, stack with source lines, locals, globals',
    {
      json: 'the same as JSON',
    },
  )
    .argument('<run>', 'the run; the beginning of its id is enough')
    .option('--at <point>', AT_HELP)
    .option('-a, --all', 'frames of the standard library, too');
  return does<Options>(command, show);
}

async function show({ place, options, args, command }: Call<Options>): Promise<typeof EXIT.done> {
  await withStore(place, { command }, async (store) => {
    const record = await findRun(store, args[0] ?? '');
    const { inspect } = await import('../world.ts');
    const at = options.at === undefined ? undefined : readAt(options.at, record);
    const isShown = isOpen(record) || at !== undefined;
    const view = isShown ? await inspect(store, record.run, at) : null;
    const tasks = (view?.tasks ?? []).map((task) => ({
      ...task,
      frames: task.frames.filter((frame) => options.all === true || !frame.isLibrary),
    }));
    const modules = (view?.modules ?? []).filter(({ globals }) => globals.length > 0);
    const point = view === null || at === undefined ? null : await pointOf(store, record, view);
    if (options.json === true) {
      await printJson({
        ...runJson(record),
        ...(point === null ? {} : { at: point }),
        tasks,
        modules,
      });
      return;
    }
    await print(text(record, point, tasks, modules, Date.now()));
    if (point !== null) return;
    if (!STDERR.isTerminal) return;
    if (isOpen(record)) say(`to see what it waits for: flowvm why ${record.run}${place.option}`);
  });
  return EXIT.done;
}

/** A point that was asked for, as data. */
interface PointShown {
  readonly sequence: number;
  readonly instruction: number;
  readonly time: string | null;
  /** What the batch had printed by then. */
  readonly printed: string;
}

async function pointOf(
  store: Store,
  { run }: RunRecord,
  { sequence, instruction, stdout }: RunView,
): Promise<PointShown> {
  let atMs: number | null = null;
  for await (const entry of store.history({ run, from: sequence, to: sequence }))
    ({ atMs } = entry);
  return { sequence, instruction, time: atMs === null ? null : iso(atMs), printed: stdout };
}

function text(
  record: RunRecord,
  point: PointShown | null,
  tasks: readonly TaskView[],
  modules: readonly ModuleView[],
  nowMs: number,
): string {
  const { run, status, statusSinceMs, createdMs, labels, sequence, program } = record;
  const facts = [
    ['run', run],
    ['status', `${status.kind} since ${moment(statusSinceMs, nowMs)}`],
    ['program', `${programName(record)}, ${program.slice(0, 12)}`],
    ['started', moment(createdMs, nowMs)],
    ['commits', `${sequence}, state ${bytes(stateBytes(record))}`],
    ['written', `deltas ${bytes(record.bytes.deltas)}, output ${bytes(record.bytes.output)}`],
    ['kept', keptText(record)],
    ...(point === null ? [] : [['at', pointText(point, record, nowMs)]]),
    ...quotas(record),
    ...Object.entries(labels).filter(([name]) => !OWN_LABELS.has(name)),
  ];
  const lines = facts.map(([name = '', value = '']) => `${name.padEnd(8)} ${value}`);
  const ending = point === null ? readEnding(status) : null;
  if (ending?.kind === 'done') lines.push(`${'result'.padEnd(8)} ${ending.description}`);
  if (ending?.kind === 'cancelled' && ending.reason !== null)
    lines.push(`reason   ${ending.reason}`);
  if (ending?.kind === 'failed') {
    lines.push('', (ending.traceback || ending.lastLine).trimEnd());
  }
  for (const task of tasks) lines.push('', ...taskLines(task));
  for (const { file, globals } of modules) {
    lines.push('', styled(STDOUT, 'bold', `globals of ${file}`), ...globals.map(valueLine('  ')));
  }
  return `${lines.join('\n')}\n`;
}

/** How much of a run's past is kept, and what is left of it. */
function keptText(record: RunRecord): string {
  const { historyFrom, statesFrom } = record;
  const words = [policyOf(record)?.text ?? 'as its driver does'];
  if (historyFrom > 1) words.push(`history from commit ${historyFrom}`);
  if (statesFrom > 0) words.push(`states from commit ${statesFrom}`);
  return words.join(', ');
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
    ...locals.map(valueLine('      ')),
  ];
}

function valueLine(indent: string): (named: NamedValue) => string {
  return ({ name, value }) => styled(STDOUT, 'dim', `${indent}${name} = ${value}`);
}

function pointText(
  { sequence, instruction, time }: PointShown,
  record: RunRecord,
  nowMs: number,
): string {
  const when = time === null ? '' : `, ${moment(Date.parse(time), nowMs)}`;
  const commit = sequence === 0 ? 'before the first commit' : `commit ${sequence}${when}`;
  if (instruction > 0) return `${commit}, and ${instruction} instructions on`;
  return sequence === record.sequence ? `${commit}, the last` : commit;
}
