// The names that `--where` and `--sort` know: what of a run each one is.
//
// An expression is about one task of a run: a run is listed if it holds for one of its tasks, so
// that `waits` and `line` mean the same one.

import type { Reason } from '../../vm/engine/reasons.ts';
import type { Variables } from '../../vm/engine/variables.ts';
import type { RunRecord } from '../../vm/store/store.ts';
import { programName, stateBytes } from '../told-runs.ts';
import { Moment, type Data } from './values.ts';

/** What is known of a value before any run is looked at. */
export type Type = 'text' | 'number' | 'time' | 'flag' | 'list' | 'labels' | 'any';

/** One run, or one task of it. */
export interface Row {
  readonly record: RunRecord;
  /** What the task waits for; null if the run does not wait. */
  readonly reason: Reason | null;
  /** Null until somebody needs them: they take the run's state. */
  readonly variables: Variables | null;
}

export interface NameRow {
  readonly type: Type;
  /** Whether it is of a task. */
  readonly isOfTask?: boolean;
  readonly of: (row: Row) => Data;
}

export const NAMES: Readonly<Record<string, NameRow>> = {
  run: { type: 'text', of: ({ record }) => record.run },
  status: { type: 'text', of: ({ record }) => record.status.kind },
  program: { type: 'text', of: ({ record }) => programName({ ...record, entry: '' }) },
  entry: { type: 'text', of: ({ record }) => (record.entry === '' ? null : record.entry) },
  labels: { type: 'labels', of: () => null },
  started: { type: 'time', of: ({ record }) => new Moment(record.createdMs) },
  since: { type: 'time', of: ({ record }) => new Moment(record.statusSinceMs) },
  updated: { type: 'time', of: ({ record }) => new Moment(record.updatedMs) },
  wakes: { type: 'time', of: ({ record }) => ahead(wakeAtMs(record)) },
  commits: { type: 'number', of: ({ record }) => record.sequence },
  size: { type: 'number', of: ({ record }) => stateBytes(record) },
  waits: { type: 'text', isOfTask: true, of: ({ reason }) => awaitedName(reason) },
  file: { type: 'text', isOfTask: true, of: ({ reason }) => reason?.place?.file ?? null },
  line: { type: 'number', isOfTask: true, of: ({ reason }) => reason?.place?.line ?? null },
  function: { type: 'text', isOfTask: true, of: ({ reason }) => reason?.place?.name ?? null },
  deadline: { type: 'time', isOfTask: true, of: ({ reason }) => ahead(reason?.deadlineMs) },
};

/** Whether a name puts runs in an order. */
export function isSortable({ type, isOfTask }: NameRow): boolean {
  return type !== 'labels' && isOfTask !== true;
}

function wakeAtMs({ status }: RunRecord): number | null {
  return status.kind === 'waiting' ? status.wakeAtMs : null;
}

function ahead(ms: number | null | undefined): Moment | null {
  return ms == null ? null : new Moment(ms, true);
}

/** `http.callback`, `timer`, `task`, or what other tasks make happen. */
function awaitedName(reason: Reason | null): string | null {
  if (reason === null) return null;
  const { on } = reason;
  if (on.kind === 'effect') return on.effectKind;
  return on.kind === 'event' ? on.what : on.kind;
}
