// Quotas: how much of something one run may use. What there is a quota of, and what it counts.
//
//     flowvm run --quota tasks=64        kept with the run's input (vm/engine/input.ts)
//     spawn(f)                           QuotaExceeded: more than 64 tasks (vm/machine/quotas.ts)
//
// Invariants:
//
//   Q1. A quota counts what the state and the inputs say, never what the host has or how fast it
//       is: a run meets its limit at the same instruction wherever it is (L4).
//   Q2. A name is on disk: once released it keeps its meaning for ever (L9).

export interface QuotaRow {
  /** The least limit: with less, no program could do what the language itself must. */
  readonly least: number;
  /** What there may not be more of, as the error says it after the limit. */
  readonly unit: string;
  /** What is counted, for help and documentation. */
  readonly counts: string;
}

// prettier-ignore
export const QUOTAS = {
  instructions: { least: 1,  unit: 'instructions',      counts: 'calls and turns of loops since the run began (ticks)' },
  heap:         { least: 1,  unit: 'bytes of heap',     counts: 'bytes of all objects that can be reached, as a checkpoint writes them; measured now and then' },
  frames:       { least: 16, unit: 'frames in a task',  counts: 'calls inside one another in each task' },
  tasks:        { least: 1,  unit: 'tasks',             counts: 'tasks that have not ended, the program itself among them' },
  log:          { least: 0,  unit: 'bytes of output',   counts: 'bytes that the run has printed in all, as UTF-8' },
  effects:      { least: 0,  unit: 'effects in flight', counts: 'effects that were asked for and have no answer yet' },
} as const satisfies Readonly<Record<string, QuotaRow>>;

export type QuotaName = keyof typeof QUOTAS;

/** The limits of one run, each by what it limits; what has none is without bound. */
export type Quotas = Readonly<Partial<Record<QuotaName, number>>>;

export const QUOTA_NAMES = Object.keys(QUOTAS) as readonly QuotaName[];

export function isQuotaName(name: string): name is QuotaName {
  return Object.hasOwn(QUOTAS, name);
}

/** Whether a quota may have a limit: a whole number, and not less than its least. */
export function isQuotaLimit(name: QuotaName, limit: number): boolean {
  return Number.isSafeInteger(limit) && limit >= QUOTAS[name].least;
}
