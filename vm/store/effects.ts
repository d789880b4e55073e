// The outbox: what runs have asked of the outside, and what became of it.
//
//                        startAttempt            deliver
//     commit ──▶ pending ───────────▶ attempted ─────────▶ answered
//                   │        ▲            │
//                   │        └─ endAttempt (with a later notBefore)
//                   └──────────── a commit abandons ─────▶ abandoned
//
// An attempt is on disk before the request leaves. So after a crash, `attempted` without `ended`
// says that the request may have been sent and its answer lost (L6, T8).

import { unlistPending } from './commits.ts';
import { readListed, type Core } from './core.ts';
import type { Op } from './disk.ts';
import { corruptRecord } from './fields.ts';
import { makeKey, numberRange, textPart } from './keys.ts';
import { EFFECT, FATE, PENDING, UNREAD, type Ask, type Fate, type FateState } from './records.ts';
import { invalid, needBytes, needCount, needId, pageLimit } from './request.ts';
import type {
  AttemptEnd,
  AttemptStart,
  EffectRecord,
  EffectRef,
  EffectState,
  Page,
  PendingQuery,
  UnreadableRun,
} from './store.ts';

export function needEffectRef(ref: EffectRef): void {
  needId(ref.run, 'run');
  needId(ref.effect, 'effect');
}

export async function listPending(core: Core, query: PendingQuery): Promise<Page<EffectRecord>> {
  needId(query.kind, 'kind');
  const byMs = query.byMs ?? Number.MAX_SAFE_INTEGER;
  needCount(byMs, 'byMs');
  const range = numberRange('pending', [query.kind], 0, byMs);
  const page = await core.pageKeys(range, query.after, pageLimit(query.limit));
  const rows: EffectRecord[] = [];
  const unreadable: UnreadableRun[] = [];
  for (const key of page.rows) {
    const ref = { run: textPart('pending', key, 2), effect: textPart('pending', key, 3) };
    const record = await readListed(ref.run, unreadable, async () => {
      const effect = await getEffect(core, ref);
      if (effect === null) throw corruptRecord(key, 'effect', 'is missing');
      return effect;
    });
    if (record === null) continue;
    // It may have been answered between the reading of the list and of the effect.
    const { kind } = record.state;
    if (kind === 'pending' || kind === 'attempted') rows.push(record);
  }
  return { rows, unreadable, next: page.next };
}

export async function getEffect(core: Core, ref: EffectRef): Promise<EffectRecord | null> {
  needEffectRef(ref);
  const fate = await core.read(FATE, ref.run, ref.effect);
  if (fate === null) return null;
  const ask = await core.read(EFFECT, ref.run, ref.effect);
  // Pruned between the two reads; or else `verify` tells.
  if (ask === null) return null;
  return record(ref, ask, await stateOf(core, ref, fate.state));
}

async function stateOf(core: Core, ref: EffectRef, state: FateState): Promise<EffectState> {
  if (state.kind === 'abandoned') return { kind: 'abandoned', sequence: state.sequence };
  if (state.kind !== 'answered') return state;
  const waits = await core.read(UNREAD, ref.run, state.arrival);
  return { ...state, consumed: waits === null };
}

function record(ref: EffectRef, ask: Ask, state: EffectState): EffectRecord {
  return {
    run: ref.run,
    effect: ref.effect,
    kind: ask.kind,
    request: ask.request,
    sequence: ask.sequence,
    origin: ask.origin,
    dispatch: ask.dispatch,
    state,
  };
}

export async function startAttempt(core: Core, start: AttemptStart): Promise<number | null> {
  needEffectRef(start);
  needCount(start.atMs, 'atMs');
  needBytes(start.info, 'info');
  const { run, effect } = start;
  const step = await core.locks.hold(run, async () => {
    const fate = await core.ahead(FATE, run, effect);
    if (fate === null) throw unknownEffect(start);
    const { state } = fate;
    if (state.kind !== 'pending' && state.kind !== 'attempted') return null;
    const attempt = state.kind === 'pending' ? 1 : state.attempt + 1;
    const next: FateState = {
      kind: 'attempted',
      attempt,
      startedMs: start.atMs,
      info: start.info,
      ended: null,
      notBeforeMs: state.notBeforeMs,
    };
    const op = core.put(FATE, [run, effect], { ...fate, state: next });
    return { attempt, written: core.writer.enqueue([op]) };
  });
  if (step === null) return null;
  await step.written;
  return step.attempt;
}

export async function endAttempt(core: Core, end: AttemptEnd): Promise<void> {
  needEffectRef(end);
  needCount(end.attempt, 'attempt');
  needCount(end.atMs, 'atMs');
  needBytes(end.info, 'info');
  needCount(end.notBeforeMs, 'notBeforeMs');
  const { run, effect } = end;
  const step = await core.locks.hold(run, async () => {
    const fate = await core.ahead(FATE, run, effect);
    if (fate === null) throw unknownEffect(end);
    const { state } = fate;
    // Answered or abandoned meanwhile: how the attempt went matters to nobody.
    if (state.kind === 'answered' || state.kind === 'abandoned') return null;
    // Another driver has taken the effect over, and tries it now.
    if (state.kind === 'attempted' && state.attempt > end.attempt) return null;
    if (state.kind !== 'attempted' || state.attempt !== end.attempt || state.ended !== null) {
      throw invalid(`attempt ${end.attempt} of effect ${effect} of run ${run} is not under way`, {
        run,
        effect,
      });
    }
    const next: Fate = {
      ...fate,
      state: {
        ...state,
        ended: { atMs: end.atMs, info: end.info },
        notBeforeMs: end.notBeforeMs,
      },
    };
    const ops: Op[] = [...unlistPending(core, run, effect, fate)];
    ops.push(core.put(FATE, [run, effect], next));
    if (fate.dispatch) {
      ops.push(core.put(PENDING, [fate.kind, end.notBeforeMs, run, effect], true));
    }
    return { written: core.writer.enqueue(ops) };
  });
  await step?.written;
}

function unknownEffect({ run, effect }: EffectRef): ReturnType<typeof invalid> {
  return invalid(`there is no ${makeKey('effect', run, effect)}`, { run, effect });
}
