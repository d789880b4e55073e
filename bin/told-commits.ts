// Commits as text and as JSON: what `flowvm history` says of one.
//
//     COMMIT  TIME                 DELTA
//          3  2026-11-23 14:05:55  310 bytes  answer  to POST https://bank.example/refunds
//                                             waits   refund.flow:12 for a callback
//
// What happened in a commit is a row each, of a kind of the closed set HAPPENINGS; the first stands
// beside the commit's own columns.

import type { CommitView, EffectTold, Wake } from '../vm/engine/commit-view.ts';
import { readEnding } from '../vm/engine/endings.ts';
import type { Reason } from '../vm/engine/reasons.ts';
import { bytes, clockTime, fromNow } from './moments.ts';
import { STDOUT } from './streams.ts';
import { clip } from './table.ts';
import { styled } from './terminal.ts';
import { awaitedText, endingJson, iso, isoOrNull, reasonJson } from './told-runs.ts';

/** What a row may be about, and what `--kind` may ask for. */
export const HAPPENINGS = [
  'commit',
  'effect',
  'answer',
  'message',
  'print',
  'wake',
  'checkpoint',
] as const;

export type HappeningKind = (typeof HAPPENINGS)[number];

interface Happening {
  readonly kind: HappeningKind;
  readonly label: string;
  readonly text: string;
  /** Only --verbose shows it. */
  readonly isDetail?: boolean;
}

export interface Shown {
  /** Empty for all. */
  readonly kinds: ReadonlySet<HappeningKind>;
  readonly verbose: boolean;
  /** Columns of a line. */
  readonly columns: number;
  /** Characters of the longest number of a commit. */
  readonly digits: number;
}

/** How wide the commit's own columns are: a moment, and bytes as `bytes` writes them. */
const TIME_WIDTH = 19;
const BYTES_WIDTH = 9;
const LABEL_WIDTH = 10;
/** Columns left for a text on the narrowest of terminals. */
const TEXT_WIDTH_MIN = 20;

/** Whether something that is asked for happened in a commit. */
export function isShown(view: CommitView, kinds: Shown['kinds']): boolean {
  return kinds.size === 0 || happenings(view).some(({ kind }) => kinds.has(kind));
}

export function headingText({ digits }: Shown): string {
  const cells = ['COMMIT'.padStart(digits), 'TIME'.padEnd(TIME_WIDTH), 'DELTA'];
  return `${cells.join('  ')}\n`;
}

/** A commit as lines. Those of --verbose begin below its own columns, for they are longer. */
export function commitText(view: CommitView, shown: Shown): string {
  const { kinds, verbose, columns, digits } = shown;
  const own = [
    String(view.sequence).padStart(digits),
    styled(STDOUT, 'dim', clockTime(view.atMs).padEnd(TIME_WIDTH)),
    bytes(view.deltaBytes).padEnd(BYTES_WIDTH),
  ].join('  ');
  const indent = verbose ? digits : digits + TIME_WIDTH + BYTES_WIDTH + 4;
  const width = Math.max(TEXT_WIDTH_MIN, columns - indent - LABEL_WIDTH - 4);
  const rows = happenings(view)
    .filter(({ kind, isDetail }) => (verbose || isDetail !== true) && asked(kinds, kind))
    .flatMap(({ label, text }) => {
      const parts = verbose ? textLines(text, width) : [clip(text, width)];
      return parts.map((part, i) => `  ${(i === 0 ? label : '').padEnd(LABEL_WIDTH)}  ${part}`);
    });
  const first = verbose ? '' : (rows.shift() ?? '');
  return [own + first, ...rows.map((row) => ' '.repeat(indent) + row)]
    .map((line) => `${line.trimEnd()}\n`)
    .join('');
}

function asked(kinds: Shown['kinds'], kind: HappeningKind): boolean {
  return kinds.size === 0 || kinds.has(kind);
}

/** All of a text, in lines that fit: broken at a space if there is one. */
function textLines(text: string, width: number): string[] {
  return text.split(/\r?\n/u).flatMap((line) => {
    let left = [...line.replaceAll('\t', ' ')].map(harmless);
    const parts: string[] = [];
    while (left.length > width) {
      const space = left.lastIndexOf(' ', width);
      const end = space > 0 ? space : width;
      parts.push(left.slice(0, end).join(''));
      left = left.slice(space > 0 ? end + 1 : end);
    }
    return [...parts, left.join('')];
  });
}

/** Spaces are part of what was printed; what steers a terminal is not shown. */
function harmless(point: string): string {
  return point === ' ' ? point : clip(point, 1);
}

/** What a batch began for, where no other row says so. */
const WAKES: Readonly<Record<Wake, string | null>> = {
  start: 'the run began',
  answer: null,
  message: null,
  time: 'its time had come',
  driver: 'all before it was on disk, or told',
  more: null,
  note: 'only to note that all was told',
};

function happenings(view: CommitView): Happening[] {
  const { epoch, generation, checkpoint } = view;
  const rows: Happening[] = [];
  for (const wake of view.wakes) {
    const text = WAKES[wake];
    if (text !== null) rows.push({ kind: 'wake', label: 'woke', text, isDetail: wake === 'note' });
  }
  for (const told of view.answers) {
    rows.push({ kind: 'answer', label: 'answer', text: `to ${effectText(told)}` });
  }
  for (const { name, arrival } of view.messages) {
    rows.push({ kind: 'message', label: 'message', text: name ?? `arrival ${arrival}` });
  }
  for (const told of view.asked) {
    rows.push({ kind: 'effect', label: 'asked', text: effectText(told) });
  }
  for (const told of view.givenUp) {
    rows.push({ kind: 'effect', label: 'gave up', text: effectText(told) });
  }
  for (const [label, text] of [
    ['printed', view.stdout],
    ['stderr', view.stderr],
  ] as const) {
    if (text !== '') rows.push({ kind: 'print', label, text: text.replace(/\n$/u, '') });
  }
  for (const { timer, dueMs } of view.timersSet) {
    const text = `${timer} set for ${clockTime(dueMs)}`;
    rows.push({ kind: 'wake', label: 'timer', text, isDetail: true });
  }
  for (const timer of view.timersCleared) {
    rows.push({ kind: 'wake', label: 'timer', text: `${timer} cleared`, isDetail: true });
  }
  if (checkpoint !== null) {
    rows.push({ kind: 'checkpoint', label: 'checkpoint', text: `of commit ${checkpoint}` });
  }
  rows.push(...standing(view));
  const by = `epoch ${epoch}, generation ${generation}`;
  rows.push({ kind: 'commit', label: 'driven', text: by, isDetail: true });
  return rows;
}

function effectText({ effect, kind, description }: EffectTold): string {
  return `${description ?? kind ?? 'what is forgotten'} (${effect})`;
}

/** Where a commit left the run. */
function standing({ status, waits, atMs }: CommitView): Happening[] {
  const ending = readEnding(status);
  const row = (label: string, text: string): Happening => ({ kind: 'commit', label, text });
  if (ending?.kind === 'done') return [row('done', ending.description)];
  if (ending?.kind === 'failed') return [row('failed', ending.lastLine)];
  if (ending?.kind === 'cancelled') return [row('cancelled', ending.reason ?? '')];
  if (waits === null) return [row('ready', 'it had more to do')];
  const [first, ...others] = waits.rows;
  if (first === undefined) return [row('waits', '')];
  const more = waits.tasks > 1 ? `, and ${waits.tasks - 1} more` : '';
  return [
    row('waits', waitText(first, atMs) + more),
    ...lineOf(first),
    ...others.flatMap((reason): Happening[] => [
      { ...row('', waitText(reason, atMs)), isDetail: true },
      ...lineOf(reason),
    ]),
  ];
}

/** As it was then: times are counted from the commit. */
function waitText({ place, on, deadlineMs }: Reason, atMs: number): string {
  const where = place === null ? '' : `${place.file}:${place.line} `;
  const until = deadlineMs === null ? '' : `, Timeout ${fromNow(deadlineMs, atMs)}`;
  return `${where}for ${awaitedText(on, atMs)}${until}`;
}

function lineOf({ place }: Reason): Happening[] {
  if (place === null || place.text === '') return [];
  return [{ kind: 'commit', label: '', text: `    ${place.text}`, isDetail: true }];
}

/** All there is to say of a commit, for JSON. */
export function commitJson(view: CommitView): Record<string, unknown> {
  const { sequence, atMs, epoch, generation, status, deltaBytes, checkpoint, waits } = view;
  const ending = readEnding(status);
  return {
    sequence,
    at: iso(atMs),
    epoch,
    generation,
    status: status.kind,
    deltaBytes,
    checkpoint,
    wakes: view.wakes,
    answers: view.answers,
    messages: view.messages,
    effects: view.asked,
    abandoned: view.givenUp,
    timersSet: view.timersSet.map(({ timer, dueMs }) => ({ timer, due: iso(dueMs) })),
    timersCleared: view.timersCleared,
    stdout: view.stdout,
    stderr: view.stderr,
    wakeAt: status.kind === 'waiting' ? isoOrNull(status.wakeAtMs) : null,
    tasks: waits?.tasks ?? 0,
    reasons: (waits?.rows ?? []).map(reasonJson),
    ...(ending === null ? {} : endingJson(ending)),
  };
}
