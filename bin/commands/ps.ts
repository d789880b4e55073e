// flowvm ps: the runs in the store, those of them that an expression holds for, in an order.

import type { Command } from 'commander';
import { suggest } from '../../compiler/diagnostics/suggest.ts';
import { decodeReasons } from '../../vm/engine/reasons.ts';
import { isFlowError } from '../../vm/bytecode/errors.ts';
import type { Variables } from '../../vm/engine/variables.ts';
import type { RunId, RunRecord, Store, UnreadableRun } from '../../vm/store/store.ts';
import { allRuns, isOpen } from '../ids.ts';
import { bytes, fromNow } from '../moments.ts';
import { withStore } from '../open.ts';
import { clip, table } from '../table.ts';
import { STDERR } from '../streams.ts';
import { EXIT, print, printJson, say, type ExitStatus } from '../terminal.ts';
import { adviceOn, describeError, UsageError } from '../told.ts';
import { briefly, programName, runJson, stateBytes } from '../told-runs.ts';
import { isSortable, NAMES, type NameRow } from '../where/names.ts';
import { order } from '../where/values.ts';
import type { Where } from '../where/where.ts';
import type { variablesReader } from '../world.ts';
import { does, newCommand, readCount, type Call, type StoreOptions } from './frame.ts';

interface Options extends StoreOptions {
  readonly all?: boolean;
  readonly verbose?: boolean;
  readonly where?: string;
  readonly sort?: string;
  readonly limit?: string;
}

export function psCommand(): Command {
  const command = newCommand('ps', 'list the runs that are unfinished', {
    json: 'each run as JSON, one a line',
  })
    .option('-a, --all', 'those that have ended, too')
    .option('-v, --verbose', 'how many commits they have, and how large they are on disk')
    .option(
      '--where <expression>',
      `only those of which this holds: 'since > "2d" and var.total > 100'`,
    )
    .option('--sort <name>', `in the order of ${SORTS.join(', ')}; -name from the greatest down`)
    .option('--limit <count>', 'at most so many');
  return does<Options>(command, ps);
}

interface Column {
  readonly name: string;
  /** Only --verbose shows it. */
  readonly isDetail?: boolean;
  readonly cell: (record: RunRecord, nowMs: number) => string;
}

const COLUMNS: readonly Column[] = [
  { name: 'RUN', cell: ({ run }) => run },
  { name: 'STATUS', cell: ({ status }) => status.kind },
  { name: 'SINCE', cell: ({ statusSinceMs }, nowMs) => fromNow(statusSinceMs, nowMs) },
  { name: 'COMMITS', isDetail: true, cell: ({ sequence }) => `${sequence}` },
  { name: 'STATE', isDetail: true, cell: (record) => bytes(stateBytes(record)) },
  { name: 'DELTAS', isDetail: true, cell: (record) => bytes(record.bytes.deltas) },
  { name: 'OUTPUT', isDetail: true, cell: (record) => bytes(record.bytes.output) },
  { name: 'PROGRAM', cell: programName },
  { name: '', cell: (record, nowMs) => clip(briefly(record, nowMs), BRIEF_LENGTH) },
];
/** Characters of the last column where no terminal says how wide it is. */
const BRIEF_LENGTH = 100;

const SORTS = Object.keys(NAMES).filter((name) => isSortable(NAMES[name]!));

async function ps({ place, options, command }: Call<Options>): Promise<ExitStatus> {
  const nowMs = Date.now();
  const unreadable: UnreadableRun[] = [];
  const limit = options.limit === undefined ? Infinity : readCount('--limit', options.limit);
  const sorting = options.sort === undefined ? null : readSort(options.sort);
  const where = options.where === undefined ? null : await whereOf(options.where, nowMs);
  const columns = COLUMNS.filter(({ isDetail }) => options.verbose === true || isDetail !== true);
  await withStore(place, { command }, async (store) => {
    const tell = (damaged: UnreadableRun): unknown => unreadable.push(damaged);
    const found = matching(store, options.all === true ? 'all' : 'open', where, tell);
    const runs = first(limit, sorting === null ? found : inOrder(found, sorting, nowMs));
    const rows: string[][] = [];
    for await (const record of runs) {
      if (options.json === true) await printJson(runJson(record));
      else rows.push(columns.map(({ cell }) => cell(record, nowMs)));
    }
    if (rows.length > 0) await print(table([columns.map(({ name }) => name), ...rows]));
    else if (options.json !== true && STDERR.isTerminal) {
      if (where !== null) say('no such runs');
      else
        say(options.all === true ? 'no runs' : 'no unfinished runs; to see all: flowvm ps --all');
    }
  });
  for (const { run, error } of unreadable) {
    say(`run ${run} cannot be read: ${describeError(error)}`);
    for (const line of adviceOn(error, place)) say(`  ${line}`);
  }
  return unreadable.length === 0 ? EXIT.done : EXIT.failed;
}

/** Loaded only now: the grammar takes longer to load than most lists. */
async function whereOf(text: string, nowMs: number): Promise<Where> {
  const { readWhere } = await import('../where/where.ts');
  return readWhere(text, nowMs);
}

/** Runs for which an expression holds, as they are read. */
async function* matching(
  store: Store,
  status: 'open' | 'all',
  where: Where | null,
  tell: (damaged: UnreadableRun) => unknown,
): AsyncGenerator<RunRecord> {
  const holds = where === null ? null : await tester(store, where);
  for await (const record of allRuns(store, status, tell)) {
    try {
      if (holds === null || (await holds(record))) yield record;
    } catch (error) {
      if (!isFlowError(error)) throw error;
      tell({ run: record.run, error });
    }
  }
}

/** How a run is tested: by its record, and by its state only if that does not decide. */
async function tester(
  store: Store,
  { holds, isAboutTasks }: Where,
): Promise<(record: RunRecord) => boolean | Promise<boolean>> {
  const { StateNeeded } = await import('../where/where.ts');
  let reader: ReturnType<typeof variablesReader> | null = null;
  const variables = async (run: RunId): Promise<(task: number) => Variables> => {
    reader ??= (await import('../world.ts')).variablesReader(store);
    return await reader(run);
  };
  return (record) => {
    const { status } = record;
    const waits =
      isAboutTasks && status.kind === 'waiting' ? decodeReasons(status.reasons).rows : [];
    const reasons = waits.length === 0 ? [null] : waits;
    try {
      return reasons.some((reason) => holds({ record, reason, variables: null }));
    } catch (error) {
      if (!(error instanceof StateNeeded)) throw error;
    }
    if (!isOpen(record)) {
      return holds({ record, reason: null, variables: () => undefined });
    }
    return variables(record.run).then((of) =>
      reasons.some((reason) => holds({ record, reason, variables: of(reason?.task ?? 1) })),
    );
  };
}

interface Sorting {
  readonly by: NameRow;
  readonly isDown: boolean;
}

function readSort(text: string): Sorting {
  const isDown = text.startsWith('-');
  const name = isDown ? text.slice(1) : text;
  const by = SORTS.includes(name) ? NAMES[name] : undefined;
  if (by !== undefined) return { by, isDown };
  const near = suggest(name, SORTS);
  throw new UsageError(`runs have no order by '${name}'`, {
    help: [
      ...(near === null ? [] : [`did you mean '${near}'?`]),
      `they have one by ${SORTS.join(', ')}`,
    ],
  });
}

/** All of them, sorted; those that have no such thing last. */
async function* inOrder(
  found: AsyncIterable<RunRecord>,
  { by, isDown }: Sorting,
  nowMs: number,
): AsyncGenerator<RunRecord> {
  const rows = [];
  for await (const record of found) {
    rows.push({ record, key: by.of({ record, reason: null, variables: null }) });
  }
  rows.sort((a, b) => {
    if (a.key === null || b.key === null) return Number(a.key === null) - Number(b.key === null);
    const ordered = order(a.key, b.key, nowMs);
    return isDown ? -ordered : ordered;
  });
  for (const { record } of rows) yield record;
}

async function* first(count: number, found: AsyncIterable<RunRecord>): AsyncGenerator<RunRecord> {
  let left = count;
  for await (const record of found) {
    yield record;
    left -= 1;
    if (left <= 0) return;
  }
}
