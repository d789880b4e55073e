// Why a run is not running (L10): typed, with the line, since when, until when, and who can wake
// it.
//
//     status in the store ──▶ reasons ──┐
//     effects in the store ──▶ tries ───┴──▶ Explanation
//
// Reads the store only: it works whether or not somebody drives the run.

import { decode, isList, type Plain } from '../bytecode/codec.ts';
import { FlowError } from '../bytecode/errors.ts';
import { isDriverKind } from '../machine/event.ts';
import type { EffectRecord, RunId, RunRecord, Store } from '../store/store.ts';
import type { EffectKinds } from './connector.ts';
import { describeRequest } from './effects.ts';
import { readEnding, type Ending } from './endings.ts';
import { decodeReasons, type Reason } from './reasons.ts';

/** What became of the effect that a task waits for. */
export interface EffectDetail {
  /** `POST https://bank.example/refunds` */
  readonly description: string;
  readonly state: 'pending' | 'attempted' | 'answered' | 'abandoned';
  readonly attempts: number;
  /** Begun, and no end known: it may be under way, or its outcome was lost. */
  readonly isUnderWay: boolean;
  /** What the last try failed with. */
  readonly lastFailure: string | null;
  /** When the next try is; null if none is planned. */
  readonly nextTryMs: number | null;
  /** Asked in the store that this one is a fork of: its callback URLs do not lead here. */
  readonly isForeign: boolean;
}

/** Who can make a waiting task go on. `nobody`: only a request to cancel can. */
export type Waker = 'time' | 'connector' | 'stranger' | 'task' | 'driver' | 'nobody';

export interface ExplainedReason extends Reason {
  readonly effect: EffectDetail | null;
  readonly wakers: readonly Waker[];
}

export interface Explanation {
  readonly run: RunId;
  readonly sinceMs: number;
  /** Who claimed the run last. */
  readonly driver: string | null;
  readonly state:
    | { readonly kind: 'ready' }
    | {
        readonly kind: 'waiting';
        /** Waiting tasks in all; `reasons` has the first of them. */
        readonly tasks: number;
        readonly wakeAtMs: number | null;
        /** Answers and messages that have arrived and wait for a driver. */
        readonly arrived: number;
        readonly reasons: readonly ExplainedReason[];
      }
    | { readonly kind: 'ended'; readonly ending: Ending };
}

/** @throws FLOW_RUN_UNKNOWN */
export async function explain(store: Store, kinds: EffectKinds, run: RunId): Promise<Explanation> {
  const record = await store.getRun(run);
  if (record === null) throw new FlowError('FLOW_RUN_UNKNOWN', `there is no run ${run}`, { run });
  const about = { run, sinceMs: record.statusSinceMs, driver: record.driver };
  return { ...about, state: await explainState(store, kinds, record) };
}

async function explainState(
  store: Store,
  kinds: EffectKinds,
  { run, status }: RunRecord,
): Promise<Explanation['state']> {
  const ending = readEnding(status);
  if (ending !== null) return { kind: 'ended', ending };
  if (status.kind !== 'waiting') return { kind: 'ready' };
  const { tasks, rows } = decodeReasons(status.reasons);
  const arrived = (await store.answersFor({ run })).length;
  const reasons: ExplainedReason[] = [];
  for (const reason of rows) {
    const { on } = reason;
    const record = on.kind === 'effect' ? await store.getEffect({ run, effect: on.effect }) : null;
    const effect = record === null ? null : detailOf(record, kinds, store.identity.id);
    reasons.push({ ...reason, effect, wakers: wakersOf(reason, record, effect, rows) });
  }
  const told = tasks === rows.length && isDeadlock(reasons) ? reasons.map(byNobody) : reasons;
  return { kind: 'waiting', tasks, wakeAtMs: status.wakeAtMs, arrived, reasons: told };
}

/** Whether all tasks of a run wait for each other. */
function isDeadlock(reasons: readonly ExplainedReason[]): boolean {
  return reasons.every(({ wakers }) => wakers.every((waker) => waker === 'task'));
}

function byNobody(reason: ExplainedReason): ExplainedReason {
  return { ...reason, wakers: ['nobody'] };
}

function detailOf(record: EffectRecord, kinds: EffectKinds, here: string): EffectDetail {
  const { state } = record;
  const attempted = state.kind === 'attempted' ? state : null;
  const waits = state.kind === 'pending' || attempted !== null;
  return {
    description: describeRequest(record.kind, record.request, kinds),
    state: state.kind,
    attempts: attempted?.attempt ?? 0,
    isUnderWay: attempted !== null && attempted.ended === null,
    lastFailure: attempted?.ended == null ? null : failureText(attempted.ended.info),
    nextTryMs: waits && record.dispatch && attempted?.ended !== null ? nextTry(state) : null,
    isForeign: record.origin !== here,
  };
}

function nextTry(state: EffectRecord['state']): number | null {
  return state.kind === 'pending' || state.kind === 'attempted' ? state.notBeforeMs : null;
}

/** The words in what a connector noted of a try: text, or a list that begins with it. */
function failureText(info: Uint8Array): string {
  try {
    const noted: Plain = decode(info);
    const words = isList(noted) ? noted[0] : noted;
    return typeof words === 'string' ? words : 'unknown';
  } catch {
    return 'unknown';
  }
}

function wakersOf(
  reason: Reason,
  record: EffectRecord | null,
  effect: EffectDetail | null,
  rows: readonly Reason[],
): Waker[] {
  const wakers: Waker[] = [];
  const { on } = reason;
  if (on.kind === 'timer' || reason.deadlineMs !== null) wakers.push('time');
  const isDrivers = on.kind === 'effect' && isDriverKind(on.effectKind);
  if (effect?.state === 'answered' || isDrivers) wakers.push('driver');
  else if (record !== null && effect !== null) {
    // What nobody carries out, a stranger answers; but not at an address that leads elsewhere.
    if (record.dispatch) wakers.push('connector');
    else if (!effect.isForeign) wakers.push('stranger');
  }
  if (on.kind === 'task') wakers.push('task');
  if (on.kind === 'event' && rows.length > 1) wakers.push('task');
  return wakers.length === 0 ? ['nobody'] : wakers;
}
