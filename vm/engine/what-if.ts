// What if: a run goes on from a point in its past with other values, and nobody outside is asked.
//
//     point + other values ──turns──▶ asks ──the same as the run asked──▶ its recorded answer
//                              ▲        └────anything else────▶ the end of what is known
//                              └── time jumps to whatever comes next
//
// What it asks for is the same if the run asked for it as its effect of the same ordinal, with the
// same bytes. It is answered as long after it was asked for as the run's was. Messages come when
// they came.
//
// Invariants:
//
//   WI1. Nothing leaves, and nothing in the store changes: all happens in a machine of its own.
//   WI2. With no other value, from a commit, it does what the run did, as far as that is known.

import { FlowError } from '../bytecode/errors.ts';
import type { LinkedProgram } from '../machine/link.ts';
import type { EffectRequest, Machine, Outcome } from '../machine/machine.ts';
import { sameBytes } from '../store/seal.ts';
import type { Arrival, RunId } from '../store/store.ts';
import type { Value } from '../values/value.ts';
import { assignName } from './assign.ts';
import { decodeBatch } from './batch.ts';
import { describeRequest, effectId, newEffect } from './effects.ts';
import { doneStatus, failedStatus, readEnding, type Ending } from './endings.ts';
import { driverWaitOf } from './instant.ts';
import { Past, type At, type PastOptions, type Point } from './past.ts';
import { reasonsOf, type Reason } from './reasons.ts';
import { settleWait, takeIn, takeTurn } from './turn.ts';

/** What became of it. */
export type WhatIfEnd =
  | { readonly kind: 'ended'; readonly ending: Ending }
  /** It asked for something that the run had not asked for: nobody knows the answer. */
  | {
      readonly kind: 'asked';
      readonly what: string;
      readonly instead: string | null;
      readonly reasons: readonly Reason[];
    }
  /** It waits for what the run has had no answer to, or never will. */
  | { readonly kind: 'waits'; readonly reasons: readonly Reason[] };

export interface WhatIfOptions {
  readonly at?: At;
  /** Names of the program, and their other values. */
  readonly set?: ReadonlyMap<string, Value>;
  /** Hears what is printed, as it is. */
  readonly output: (stream: 'stdout' | 'stderr', text: string) => void;
  /** Between two turns: whoever asked may stop it by throwing. */
  readonly pause: () => Promise<void>;
}

/** What the run asked for and what came of it. */
interface Recorded {
  readonly kind: string;
  readonly request: Uint8Array;
  readonly askedMs: number;
  answer: { readonly arrival: Arrival; readonly atMs: number } | null;
}

/** Something that will come. */
interface Coming {
  readonly atMs: number;
  readonly arrival: Arrival;
}

/**
 * @throws FLOW_RUN_UNKNOWN, and what Past.stateAt throws
 * @throws FLOW_REQUEST_INVALID  nothing has a name that is to be set
 */
export async function whatIf(
  options: PastOptions,
  run: RunId,
  asked: WhatIfOptions,
): Promise<WhatIfEnd> {
  const { machine, program, at } = await new Past(options).stateAt(run, asked.at);
  for (const [name, value] of asked.set ?? []) {
    if (assignName(machine, name, value) === null) throw unknownName(run, name);
  }
  const known = await recordOf(options, run, at);
  return new Play(options, machine, program, known, asked).toEnd();
}

/** What is known of a run from a commit on. */
interface Known {
  readonly nowMs: number;
  readonly effects: Map<string, Recorded>;
  readonly messages: Coming[];
  /** Under which address callbacks were reached. */
  readonly address: string | null;
  /** The moments of its turns, and how many there were of each. */
  readonly turns: { readonly ms: number; left: number }[];
}

/** How late a driver may take its turn: the moment of what is due is then the run's own. */
const LATE_MS = 1000;

async function recordOf(
  { store }: PastOptions,
  run: RunId,
  { sequence, instruction }: Point,
): Promise<Known> {
  const effects = new Map<string, Recorded>();
  const messages: Coming[] = [];
  const turns: Known['turns'] = [];
  let address: string | null = null;
  let nowMs = (await store.getRun(run))?.createdMs ?? 0;
  for await (const entry of store.history({ run })) {
    const isPast = entry.sequence <= sequence;
    if (isPast) nowMs = entry.atMs;
    for (const { effect, kind } of entry.effects) {
      const found = await store.getEffect({ run, effect });
      if (found === null) continue;
      effects.set(effect, { kind, request: found.request, askedMs: entry.atMs, answer: null });
    }
    for (const input of decodeBatch(run, entry.sequence, entry.inputs ?? NOTHING)) {
      const texts = input.kind === 'said' ? input.answers : [];
      for (const text of texts) if (typeof text === 'string') address = text;
      if (!isPast && input.kind === 'turns') {
        turns.push({ ms: entry.atMs - input.agoMs, left: input.count });
      }
    }
    if (isPast) continue;
    for (const { arrival: number, effect } of entry.consumed) {
      const arrival = await store.getArrival(run, number);
      if (arrival === null) continue;
      const record = effect === null ? undefined : effects.get(effect);
      // What a batch took in before the point, it has: a message would come twice.
      const isTaken = instruction > 0 && entry.sequence === sequence + 1;
      if (record === undefined && !isTaken) messages.push({ atMs: entry.atMs, arrival });
      else if (record !== undefined) record.answer = { arrival, atMs: entry.atMs };
    }
  }
  return { nowMs, effects, messages, address, turns };
}

const NOTHING = new Uint8Array(0);

function unknownName(run: RunId, name: string): FlowError {
  const what = `no frame of run ${run} has a local ${name} there, and its main module no global`;
  return new FlowError('FLOW_REQUEST_INVALID', what, { run, name });
}

class Play {
  private readonly options: PastOptions;
  private readonly machine: Machine;
  private readonly program: LinkedProgram;
  private readonly known: Known;
  private readonly asked: WhatIfOptions;
  private coming: Coming[];
  private nowMs: number;

  constructor(
    options: PastOptions,
    machine: Machine,
    program: LinkedProgram,
    known: Known,
    asked: WhatIfOptions,
  ) {
    this.options = options;
    this.machine = machine;
    this.program = program;
    this.known = known;
    this.asked = asked;
    this.coming = [...known.messages];
    this.nowMs = known.nowMs;
    machine.singleStep = false;
    for (const [ordinal, { kind }] of machine.state.pending) {
      const answer = known.effects.get(effectId(ordinal))?.answer;
      if (answer != null) this.coming.push(answer);
      // What waits for a driver waits for nobody here.
      else if (driverWaitOf(kind) !== null) settleWait(machine, ordinal);
    }
  }

  async toEnd(): Promise<WhatIfEnd> {
    const { machine, known, asked } = this;
    const host = { environment: () => known.address, isTold: () => true };
    for (;;) {
      await asked.pause();
      this.beginTurn();
      const turned = takeTurn(machine, this.nowMs, host);
      if (turned.stdout !== '') asked.output('stdout', turned.stdout);
      if (turned.stderr !== '') asked.output('stderr', turned.stderr);
      for (const { ordinal } of turned.waits) settleWait(machine, ordinal);
      for (const request of turned.effects) {
        const stranger = this.answer(request);
        if (stranger !== null) return stranger;
      }
      const { outcome } = turned;
      if (outcome.kind === 'done' || outcome.kind === 'failed') return this.ended(outcome);
      if (outcome.kind === 'spent' || turned.waits.length > 0) continue;
      const next = Math.min(outcome.wakeAtMs ?? Infinity, ...this.coming.map(({ atMs }) => atMs));
      if (next === Infinity) return { kind: 'waits', reasons: reasonsOf(machine).rows };
      this.nowMs = Math.max(this.nowMs, next);
      this.takeDue();
    }
  }

  /** A turn that the run had, too, is at the run's own moment. */
  private beginTurn(): void {
    const { turns } = this.known;
    while (turns[0] !== undefined && (turns[0].ms < this.nowMs || turns[0].left === 0)) {
      turns.shift();
    }
    const [next] = turns;
    if (next === undefined || next.ms > this.nowMs + LATE_MS) return;
    next.left--;
    this.nowMs = next.ms;
  }

  private takeDue(): void {
    const due = this.coming.filter(({ atMs }) => atMs <= this.nowMs);
    this.coming = this.coming.filter(({ atMs }) => atMs > this.nowMs);
    for (const { arrival } of due.toSorted((a, b) => a.arrival.arrival - b.arrival.arrival)) {
      takeIn(this.machine, arrival, this.options);
    }
  }

  /** Let an effect be answered as the run's was; or say that this is the end of what is known. */
  private answer(request: EffectRequest): WhatIfEnd | null {
    const { kinds } = this.options;
    const { effect, kind, request: bytes } = newEffect(request, kinds, () => false);
    const known = this.known.effects.get(effect);
    if (known === undefined || known.kind !== kind || !sameBytes(known.request, bytes)) {
      const instead =
        known === undefined ? null : describeRequest(known.kind, known.request, kinds);
      const what = describeRequest(kind, bytes, kinds);
      return { kind: 'asked', what, instead, reasons: reasonsOf(this.machine).rows };
    }
    const { answer, askedMs } = known;
    if (answer !== null) {
      const atMs = this.nowMs + Math.max(0, answer.atMs - askedMs);
      this.coming.push({ atMs, arrival: answer.arrival });
    }
    return null;
  }

  private ended(outcome: Extract<Outcome, { kind: 'done' | 'failed' }>): WhatIfEnd {
    const { texts } = this.options;
    const status =
      outcome.kind === 'done'
        ? doneStatus(outcome.result, texts)
        : failedStatus(this.program, outcome.error, texts);
    const ending = readEnding(status);
    if (ending === null) throw new Error('a run that has ended has no ending');
    return { kind: 'ended', ending };
  }
}
