// What came into a batch, in order, as bytes in its commit: so that it can be done again from the
// state before it, to any instruction (past.ts).
//
//     [[0, arrivals], [1, turns, ms], [2, ordinal, …], [3, said, …], …]
//
//     0  so many more of the arrivals that the commit consumes were taken in
//     1  so many turns at a moment, told as milliseconds before that of the commit
//     2  these effects were settled, whose tasks waited for the driver
//     3  what the host said when it was asked, turn by turn: the text of an environment or null;
//        true or false for whether all was told
//     4  [store, generation] that it was made under, if the run was born under others: a copy of a
//        store draws other random numbers (random.ts)
//
// Turns that run one after the other are one row, as long as nobody could see their moment: a run
// that computes for seconds has one.
//
// Invariant: BT1. The state before, the arrivals and these bytes give the state after, to the byte.

import { decode, encode, isList, type Plain } from '../bytecode/codec.ts';
import { FlowError } from '../bytecode/errors.ts';
import type { Lineage, RunRecord } from '../store/store.ts';

const ARRIVALS = 0;
const TURNS = 1;
const SETTLED = 2;
const SAID = 3;
const LINEAGE = 4;

/** What the host answers: an environment, or whether all was told. */
export type Said = string | null | boolean;

export type BatchInput =
  | { readonly kind: 'arrivals'; readonly count: number }
  | { readonly kind: 'turns'; readonly count: number; readonly agoMs: number }
  | { readonly kind: 'settled'; readonly ordinals: readonly number[] }
  | { readonly kind: 'said'; readonly answers: readonly Said[] }
  | { readonly kind: 'lineage'; readonly lineage: Lineage };

/** Writes down what comes into a batch while it is made. */
export class BatchInputs {
  private rows: (readonly Plain[])[] = [];
  /** The last row, while it can still grow. */
  private turns: { count: number; nowMs: number } | null = null;
  private arrivals = 0;
  private said: Said[] = [];
  private readonly lineage: readonly Plain[] | null;

  /** @param run under which lineage it was born, and is driven */
  constructor({ born, lineage }: Pick<RunRecord, 'born' | 'lineage'>) {
    const isAtHome = born.store === lineage.store && born.generation === lineage.generation;
    this.lineage = isAtHome ? null : [LINEAGE, lineage.store, lineage.generation];
  }

  took(): void {
    this.endTurns();
    this.arrivals++;
  }

  settled(ordinals: readonly number[]): void {
    this.endAll();
    this.rows.push([SETTLED, ...ordinals]);
  }

  says<Answer extends Said>(answer: Answer): Answer {
    this.said.push(answer);
    return answer;
  }

  /** @param isSeen whether the moment of the turn could be seen by anybody */
  turned(nowMs: number, isSeen: boolean): void {
    this.endArrivals();
    const { turns } = this;
    if (turns !== null && this.said.length === 0 && (!isSeen || turns.nowMs === nowMs)) {
      turns.count++;
      return;
    }
    this.endTurns();
    this.turns = { count: 1, nowMs };
    this.endSaid();
  }

  /** As bytes; and from now on it is another batch. Empty if nothing came in. */
  take(atMs: number): Uint8Array {
    this.endAll();
    const rows = this.lineage === null ? this.rows : [this.lineage, ...this.rows];
    this.rows = [];
    if (rows.length === 0) return NOTHING;
    // Moments are absolute while they come in: that of the commit is not known yet.
    return encode(
      rows.map((row) => {
        const [code, count = 0, nowMs] = row;
        return code === TURNS ? [TURNS, count, atMs - Number(nowMs)] : row;
      }),
    );
  }

  private endAll(): void {
    this.endArrivals();
    this.endTurns();
  }

  private endArrivals(): void {
    if (this.arrivals > 0) this.rows.push([ARRIVALS, this.arrivals]);
    this.arrivals = 0;
  }

  private endTurns(): void {
    if (this.turns !== null) this.rows.push([TURNS, this.turns.count, this.turns.nowMs]);
    this.turns = null;
  }

  /** What was said in a turn stands before it. */
  private endSaid(): void {
    if (this.said.length > 0) this.rows.push([SAID, ...this.said]);
    this.said = [];
  }
}

const NOTHING = new Uint8Array(0);

/** @throws FLOW_STORE_CORRUPT */
export function decodeBatch(run: string, sequence: number, bytes: Uint8Array): BatchInput[] {
  if (bytes.length === 0) return [];
  let rows: Plain;
  try {
    rows = decode(bytes);
  } catch (cause) {
    throw damaged(run, sequence, cause);
  }
  if (!isList(rows)) throw damaged(run, sequence);
  return rows.map((row) => readRow(row) ?? fail(damaged(run, sequence)));
}

function readRow(row: Plain): BatchInput | null {
  if (!isList(row)) return null;
  const [code, ...rest] = row;
  const [first, second] = rest;
  switch (code) {
    case ARRIVALS:
      return isCount(first) && rest.length === 1 ? { kind: 'arrivals', count: first } : null;
    case TURNS:
      if (!isCount(first) || !isCount(second) || rest.length !== 2) return null;
      return { kind: 'turns', count: first, agoMs: second };
    case SETTLED:
      return rest.every(isCount) ? { kind: 'settled', ordinals: rest } : null;
    case SAID:
      return rest.every(isSaid) ? { kind: 'said', answers: rest } : null;
    case LINEAGE:
      if (typeof first !== 'string' || !isCount(second) || rest.length !== 2) return null;
      return { kind: 'lineage', lineage: { store: first, generation: second } };
    default:
      return null;
  }
}

function isCount(value: Plain | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isSaid(value: Plain): value is Said {
  return value === null || typeof value === 'boolean' || typeof value === 'string';
}

function fail(error: FlowError): never {
  throw error;
}

function damaged(run: string, sequence: number, cause?: unknown): FlowError {
  return new FlowError(
    'FLOW_STORE_CORRUPT',
    `what came into batch ${sequence} of run ${run} cannot be read`,
    { run, sequence, field: 'inputs' },
    { cause },
  );
}
