// The inbox: what comes from outside, and waits for a commit to take it in.
//
//     stranger ──▶ deliver ──▶ arrival, unread, fate: answered ──▶ on disk ──▶ 'accepted'
//                                          │
//     engine ◀── announced ────────────────┘        ... commit(consumed) takes `unread` out
//
// It is announced twice: on its way to the disk, so that a commit may take it in that is written
// with it, and when it is there.
//
// Invariants:
//
//   A1. `accepted` is said once for an effect, and after it is on disk (T6).
//   A2. `already` is said only when what was first is on disk: else a crash could lose the one
//       and have turned the other away.

import { sha256, sha256Hex } from '../bytecode/hash.ts';
import { isFinished, type Core } from './core.ts';
import type { Op } from './disk.ts';
import { unlistPending } from './commits.ts';
import { needEffectRef } from './effects.ts';
import { corruptRecord } from './fields.ts';
import { makeKey, numberPart, numberRange, prefixRange, textPart, type Range } from './keys.ts';
import { ARRIVAL, FATE, HEAD, SENT, TOKEN, UNREAD, type ArrivalRecord } from './records.ts';
import { invalid, needBytes, needCount, needId, needText, pageLimit } from './request.ts';
import { sameBytes } from './seal.ts';
import type {
  Arrival,
  ArrivalQuery,
  Delivered,
  Delivery,
  EffectRef,
  Message,
  Page,
  PageQuery,
  RunId,
} from './store.ts';

interface Step {
  readonly result: Delivered;
  readonly written: Promise<void>;
  /** Of what was accepted. */
  readonly arrival?: number;
}

export async function deliver(core: Core, delivery: Delivery): Promise<Delivered> {
  needEffectRef(delivery);
  needBytes(delivery.answer, 'answer');
  needCount(delivery.atMs, 'atMs');
  const { run, effect, answer, atMs } = delivery;
  const step = await core.locks.hold(run, async (): Promise<Step> => {
    const head = await core.head(run);
    const fate = head === null ? null : await core.ahead(FATE, run, effect);
    if (head === null || fate === null) return turnedAway(core, 'unknown');
    if (fate.state.kind === 'answered') return turnedAway(core, 'already');
    if (fate.state.kind === 'abandoned') return turnedAway(core, 'abandoned');
    if (isFinished(head)) {
      // The request was still carried out; now nobody need try it again.
      const state = { kind: 'abandoned', sequence: head.sequence, arrival: null } as const;
      const ops = [
        core.put(FATE, [run, effect], { ...fate, state }),
        ...unlistPending(core, run, effect, fate),
      ];
      return { result: 'abandoned', written: core.writer.enqueue(ops) };
    }
    const record = { atMs, effect, name: null, keyHash: null, body: answer };
    const { arrival, ops } = core.nextArrival();
    return accept(core, run, arrival, record, [
      ...ops,
      core.put(FATE, [run, effect], { ...fate, state: { kind: 'answered', arrival } }),
      ...unlistPending(core, run, effect, fate),
    ]);
  });
  return finish(core, run, step);
}

export async function send(core: Core, message: Message): Promise<Delivered> {
  needId(message.run, 'run');
  needId(message.name, 'name');
  needBytes(message.body, 'body');
  needCount(message.atMs, 'atMs');
  if (message.key !== undefined) needText(message.key, 'key');
  const { run, name, body, atMs } = message;
  const keyHash = message.key === undefined ? null : sha256Hex(message.key);
  const step = await core.locks.hold(run, async (): Promise<Step> => {
    const head = await core.head(run);
    if (head === null) return turnedAway(core, 'unknown');
    if (keyHash !== null && (await core.ahead(SENT, run, keyHash)) !== null) {
      return turnedAway(core, 'already');
    }
    if (isFinished(head)) return turnedAway(core, 'abandoned');
    const { arrival, ops } = core.nextArrival();
    const record = { atMs, effect: null, name, keyHash, body };
    return accept(core, run, arrival, record, [
      ...ops,
      ...(keyHash === null ? [] : [core.put(SENT, [run, keyHash], arrival)]),
    ]);
  });
  return finish(core, run, step);
}

/** Writes an arrival, with what follows from it, and lets it be known that it is coming. */
function accept(
  core: Core,
  run: RunId,
  arrival: number,
  record: ArrivalRecord,
  more: readonly Op[],
): Step {
  const { atMs, effect, body } = record;
  const written = core.writer.enqueue([
    core.put(ARRIVAL, [run, arrival], record),
    core.put(UNREAD, [run, arrival], { effect, digest: sha256(body) }),
    ...more,
  ]);
  core.announceArriving(run, { arrival, atMs, source: sourceOf(record), body });
  return { result: 'accepted', written, arrival };
}

/** Said only when the reason for it is on disk (A2). */
function turnedAway(core: Core, result: Delivered): Step {
  return { result, written: core.writer.settled() };
}

async function finish(core: Core, run: RunId, step: Step): Promise<Delivered> {
  const { result, written, arrival } = step;
  await written;
  if (arrival !== undefined) core.announceArrival(run, arrival);
  return result;
}

export async function findToken(
  core: Core,
  token: string,
): Promise<(EffectRef & { readonly abandoned: boolean }) | null> {
  needText(token, 'token');
  const owner = await core.read(TOKEN, sha256Hex(token));
  if (owner === null) return null;
  const { run, effect, origin } = owner;
  const fate = await core.read(FATE, run, effect);
  const head = await core.read(HEAD, run);
  // Answered is not abandoned, not even after the run has ended: the stranger is told `already`.
  const abandoned =
    origin !== core.identity.id ||
    fate === null ||
    fate.state.kind === 'abandoned' ||
    (fate.state.kind !== 'answered' && (head === null || isFinished(head)));
  return { run, effect, abandoned };
}

export async function answersFor(core: Core, query: ArrivalQuery): Promise<readonly Arrival[]> {
  needId(query.run, 'run');
  needCount(query.after ?? 0, 'after');
  const { run } = query;
  const limit = pageLimit(query.limit);
  const range = numberRange('unread', [run], (query.after ?? 0) + 1, Number.MAX_SAFE_INTEGER);
  const arrivals: Arrival[] = [];
  for await (const [key, unread] of core.range(UNREAD, range, { limit })) {
    const arrival = numberPart('unread', key, 1);
    const record = await core.read(ARRIVAL, run, arrival);
    if (record === null) {
      // Consumed and pruned since the list was read, or missing.
      if ((await core.read(UNREAD, run, arrival)) === null) continue;
      throw corruptRecord(makeKey('arrival', run, arrival), 'record', 'is missing');
    }
    if (!sameBytes(sha256(record.body), unread.digest) || record.effect !== unread.effect) {
      throw corruptRecord(makeKey('arrival', run, arrival), 'body', 'is not what arrived');
    }
    arrivals.push({ arrival, atMs: record.atMs, source: sourceOf(record), body: record.body });
  }
  return arrivals;
}

/** One look at the disk for each run, however much waits for it. */
export async function unreadRuns(core: Core, { after, limit }: PageQuery): Promise<Page<RunId>> {
  const most = pageLimit(limit);
  const all = prefixRange('unread');
  const inList = after == null || (after > all.from && after < all.to);
  if (!inList) throw invalid('`after` is not of this list');
  const rows: RunId[] = [];
  for (let from = after ?? all.from; ;) {
    const next = await nextKey(core, { from, to: all.to });
    if (next === null) return { rows, unreadable: [], next: null };
    if (rows.length === most) return { rows, unreadable: [], next: from };
    const run = textPart('unread', next, 0);
    rows.push(run);
    from = prefixRange('unread', run).to;
  }
}

async function nextKey(core: Core, range: Range): Promise<string | null> {
  for await (const [key] of core.range(UNREAD, range, { limit: 1 })) return key;
  return null;
}

export async function getArrival(core: Core, run: RunId, arrival: number): Promise<Arrival | null> {
  needId(run, 'run');
  needCount(arrival, 'arrival');
  const record = await core.read(ARRIVAL, run, arrival);
  if (record === null) return null;
  return { arrival, atMs: record.atMs, source: sourceOf(record), body: record.body };
}

function sourceOf({ effect, name }: ArrivalRecord): Arrival['source'] {
  // The reader of the record has seen to it that exactly one of them is there.
  return effect === null ? { kind: 'message', name: name ?? '' } : { kind: 'answer', effect };
}
