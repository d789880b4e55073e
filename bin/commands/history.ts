// flowvm history RUN: the commits of a run, in order: what came in, what was asked and printed, and
// where it then waited. Told as they are read, however many there are.

import type { Command } from 'commander';
import { suggest } from '../../compiler/diagnostics/suggest.ts';
import { commitSince } from '../../vm/engine/commit-view.ts';
import type { RunRecord, Store } from '../../vm/store/store.ts';
import { findRun } from '../ids.ts';
import { withStore } from '../open.ts';
import { EXIT, outputColumns, print, printJson, say } from '../terminal.ts';
import {
  commitJson,
  commitText,
  HAPPENINGS,
  headingText,
  isShown,
  type HappeningKind,
  type Shown,
} from '../told-commits.ts';
import { CommandError, UsageError } from '../told.ts';
import { readMoment, WHEN_HELP } from '../when.ts';
import { append, does, newCommand, readCount, type Call, type StoreOptions } from './frame.ts';

interface Options extends StoreOptions {
  readonly kind: readonly string[];
  readonly from?: string;
  readonly to?: string;
  readonly last?: string;
  readonly since?: string;
  readonly verbose?: boolean;
}

export function historyCommand(): Command {
  const command = newCommand('history', 'tell what a run has done, commit by commit', {
    json: 'all of each commit as JSON, one a line',
  })
    .argument('<run>', 'the run; the beginning of its id is enough')
    .option(
      '--kind <kind>',
      `only commits with such: ${HAPPENINGS.join(', ')}; may be said again`,
      append,
      [],
    )
    .option('--from <commit>', 'from this commit on')
    .option('--to <commit>', 'up to this commit')
    .option('--last <count>', 'only so many of the last commits')
    .option('--since <when>', 'only what came since: 2h, 3d, 2026-11-23, "2026-11-23 14:05", 14:05')
    .option('-v, --verbose', 'all that was printed, timers, every task, source lines');
  return does<Options>(command, history);
}

/** Characters of the heading of a commit's number. */
const DIGITS_MIN = 'COMMIT'.length;

async function history({
  place,
  options,
  args: [name = ''],
  command,
}: Call<Options>): Promise<typeof EXIT.done> {
  const kinds = new Set(options.kind.map(readKind));
  await withStore(place, { command }, async (store) => {
    const record = await findRun(store, name);
    const { from, to } = await range(store, record, options);
    const digits = Math.max(DIGITS_MIN, String(record.sequence).length);
    const verbose = options.verbose === true;
    const shown: Shown = { kinds, verbose, columns: outputColumns(), digits };
    const { commitsOf } = await import('../world.ts');
    let isFirst = true;
    for await (const view of commitsOf(store, { run: record.run, from, to })) {
      if (!isShown(view, kinds)) continue;
      if (options.json === true) await printJson(commitJson(view));
      else await print((isFirst ? headingText(shown) : '') + commitText(view, shown));
      isFirst = false;
    }
  });
  return EXIT.done;
}

function readKind(text: string): HappeningKind {
  const kind = HAPPENINGS.find((each) => each === text);
  if (kind !== undefined) return kind;
  const near = suggest(text, HAPPENINGS);
  throw new UsageError(`'${text}' is no kind`, {
    help: [
      ...(near === null ? [] : [`did you mean '${near}'?`]),
      `a kind is one of ${HAPPENINGS.join(', ')}`,
    ],
  });
}

/** First and last commit that are asked for. */
async function range(
  store: Store,
  record: RunRecord,
  options: Options,
): Promise<{ readonly from: number; readonly to: number }> {
  const { sequence, historyFrom, run } = record;
  const last = options.last === undefined ? sequence : readCount('--last', options.last);
  const named = options.from === undefined ? 1 : readCount('--from', options.from);
  const to = options.to === undefined ? sequence : readCount('--to', options.to);
  if (named > Math.max(1, sequence)) {
    const help = 'to see them: leave --from out';
    throw new CommandError(`run ${run} has ${sequence} commits, none ${named}`, { help });
  }
  const since = options.since === undefined ? 1 : await sinceMoment(store, record, options.since);
  const from = Math.max(named, sequence - last + 1, since);
  if (from < historyFrom) say(`commits 1 to ${historyFrom - 1} are forgotten`);
  return { from: Math.max(from, historyFrom), to: Math.min(to, sequence) };
}

async function sinceMoment(store: Store, record: RunRecord, text: string): Promise<number> {
  const ms = readMoment(text, Date.now());
  if (ms === null) throw new UsageError(`'${text}' is no moment`, { help: WHEN_HELP });
  const since = await commitSince(store, record, ms);
  // All that is left came since: what was forgotten may have, too.
  return since === record.historyFrom ? 1 : since;
}
