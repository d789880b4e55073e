// Commits: how one batch of a run becomes permanent.
//
//     Commit ──▶ check request ──▶ lock run ──▶ check head ──▶ changes ──▶ writer ──▶ on disk
//                                     └──────────── unlock ◀────┘
//
// The run is unlocked when the changes are queued, not when they are on disk: the next commit of
// the run can be checked against the head in memory meanwhile, and is written after this one.
//
// What one commit writes:
//
//     log, delta, head        always
//     status                  when the kind of status changes
//     effect, fate, pending, token                   for each new effect
//     timer, due              for each timer set or cleared
//     unread (taken out)      for each arrival consumed
//     chunk, checkpoint       when a checkpoint is completed
//
// Invariants: T1 to T3, T7, T10 of store.ts.

import { encode } from '../bytecode/codec.ts';
import { sha256, sha256Hex } from '../bytecode/hash.ts';
import { FlowError } from '../bytecode/errors.ts';
import { addLink } from './chain.ts';

import { isFinished, type Core } from './core.ts';
import type { Op } from './disk.ts';
import { isAfter } from './keys.ts';
import { VALUE_BYTES_MAX } from './limits.ts';
import {
  CHECKPOINT,
  CHUNK,
  DELTA,
  EFFECT,
  FATE,
  PENDING,
  STATUS,
  STATUSES,
  TOKEN,
  UNREAD,
  type CheckpointRecord,
  type Fate,
  type Head,
  type Log,
} from './records.ts';
import { invalid, need, needBytes, needCount, needDistinct, needId, needText } from './request.ts';
import type {
  Commit,
  NewEffect,
  Committed,
  EffectId,
  NewCheckpoint,
  RunId,
  RunStatus,
  StagedChunk,
  BegunCheckpoint,
} from './store.ts';
import { clearTimers, setTimers } from './timers.ts';

/** A checkpoint that was begun: its chunks are written ahead of the commit that completes it. */
interface Staging {
  readonly epoch: number;
  readonly sequence: number;
  readonly digests: Uint8Array[];
  bytes: number;
  /** All deltas up to that state: what comes later counts towards the next checkpoint. */
  readonly deltasBefore: number;
}

/** By core, because it is of this process only: after a crash a checkpoint is begun anew. */
const stagings = new WeakMap<Core, Map<RunId, Staging>>();

function stagingsOf(core: Core): Map<RunId, Staging> {
  let map = stagings.get(core);
  if (map === undefined) stagings.set(core, (map = new Map()));
  return map;
}

export async function commit(core: Core, c: Commit): Promise<Committed> {
  checkCommit(c);
  const step = await core.locks.hold(c.run, async () => {
    const head = await core.drivenHead(c.run, c.epoch);
    if (c.sequence !== head.sequence + 1) {
      const what = `run ${c.run} is at ${head.sequence}, so commit ${c.sequence} cannot follow`;
      throw new FlowError('FLOW_SEQUENCE_CONFLICT', what, {
        run: c.run,
        sequence: c.sequence,
        current: head.sequence,
      });
    }
    // What needs no look at the disk must not wait for one: most commits touch none of these.
    const consumed = c.consumed?.length ? await consume(core, c.run, c.consumed) : NOTHING;
    const abandoned = c.abandoned?.length ? await abandon(core, c, consumed.log) : [];
    const asked = c.effects?.length ? await ask(core, c, head) : NOTHING;
    const timed =
      c.timers === undefined ? NO_TIMERS : await setTimers(core, c.run, c.timers, head.timers);
    const timers = head.timers === null ? null : head.timers + timed.more;
    const status = await moveStatus(core, c, head, timers);
    const checkpoint = completeCheckpoint(core, c, head);

    const log: Log = {
      epoch: c.epoch,
      generation: core.identity.generation,
      atMs: c.atMs,
      deltaBytes: c.delta.length,
      deltaDigest: sha256(c.delta),
      status: c.status,
      consumed: consumed.log,
      effects: asked.log,
      abandoned: c.abandoned ?? [],
      timersSet: c.timers?.set ?? [],
      timersCleared: c.timers?.clear ?? [],
      output: c.output ?? '',
      events: c.events ?? EMPTY,
      inputs: c.inputs ?? EMPTY,
      checkpoint: checkpoint.log,
    };
    const link = addLink(core, c.run, c.sequence, head.mac, log);
    const next = nextHead({ ...head, timers }, c, link.mac, checkpoint);
    const ops = [
      link.op,
      core.put(DELTA, [c.run, c.sequence], c.delta),
      ...consumed.ops,
      ...abandoned,
      ...asked.ops,
      ...timed.ops,
      ...status,
      ...checkpoint.ops,
      core.putHead(c.run, next),
    ];
    if (checkpoint.log !== null || isFinished(next)) stagingsOf(core).delete(c.run);
    return { bytes: next.bytes, written: core.writer.enqueue(ops) };
  });
  await step.written;
  return { sequence: c.sequence, bytes: step.bytes };
}

const EMPTY = new Uint8Array(0);
const NOTHING = { log: [], ops: [] } as const;
const NO_TIMERS = { ops: [], more: 0 } as const;

function nextHead(head: Head, c: Commit, mac: Uint8Array, checkpoint: Completed): Head {
  const deltas = head.bytes.deltas + c.delta.length;
  const completed = checkpoint.log !== null;
  return {
    ...head,
    status: c.status,
    statusSinceMs: c.status.kind === head.status.kind ? head.statusSinceMs : c.atMs,
    sequence: c.sequence,
    updatedMs: c.atMs,
    mac,
    checkpoint: checkpoint.log?.sequence ?? head.checkpoint,
    released: c.released ?? head.released,
    lastEffect: c.effects?.at(-1)?.effect ?? head.lastEffect,
    timers: STATUSES[c.status.kind].open ? head.timers : 0,
    bytes: {
      sinceCheckpoint: completed
        ? deltas - (checkpoint.deltasBefore ?? deltas)
        : head.bytes.sinceCheckpoint + c.delta.length,
      checkpoint: completed ? checkpoint.bytes : head.bytes.checkpoint,
      deltas,
      output: head.bytes.output + (c.output?.length ?? 0),
    },
  };
}

/** Takes arrivals out of what waits (T7). */
async function consume(
  core: Core,
  run: RunId,
  arrivals: readonly number[],
): Promise<{ log: Log['consumed']; ops: readonly Op[] }> {
  const unread = await core.aheadMany(
    UNREAD,
    arrivals.map((arrival) => [run, arrival]),
  );
  const log = arrivals.map((arrival, i) => {
    const row = unread[i];
    if (!row) throw invalid(`nothing waits as arrival ${arrival} of run ${run}`, { run, arrival });
    return { arrival, effect: row.effect, digest: row.digest };
  });
  return { log, ops: arrivals.map((arrival) => core.drop('unread', run, arrival)) };
}

/** Marks effects whose answers are not wanted any more, and drops answers already there. */
async function abandon(core: Core, c: Commit, consumed: Log['consumed']): Promise<Op[]> {
  const { run, sequence, abandoned = [] } = c;
  const fates = await core.aheadMany(
    FATE,
    abandoned.map((effect) => [run, effect]),
  );
  const ops: Op[] = [];
  for (const [i, effect] of abandoned.entries()) {
    const fate = fates[i];
    if (!fate) throw invalid(`run ${run} has no effect ${effect} to abandon`, { run, effect });
    const { state } = fate;
    if (state.kind === 'answered') {
      const waits = (await core.ahead(UNREAD, run, state.arrival)) !== null;
      if (!waits || consumed.some((row) => row.arrival === state.arrival)) {
        throw invalid(`the answer to effect ${effect} of run ${run} is consumed`, { run, effect });
      }
      ops.push(core.drop('unread', run, state.arrival));
    } else if (state.kind === 'abandoned') {
      throw invalid(`effect ${effect} of run ${run} is abandoned already`, { run, effect });
    } else {
      ops.push(...unlistPending(core, run, effect, fate));
    }
    const arrival = state.kind === 'answered' ? state.arrival : null;
    const given: Fate = { ...fate, state: { kind: 'abandoned', sequence, arrival } };
    ops.push(core.put(FATE, [run, effect], given));
  }
  return ops;
}

/** Takes an effect out of the list of what is to be carried out, if it is in it. */
export function unlistPending(core: Core, run: RunId, effect: EffectId, fate: Fate): Op[] {
  const { state } = fate;
  if (!fate.dispatch || (state.kind !== 'pending' && state.kind !== 'attempted')) return [];
  return [core.drop('pending', fate.kind, state.notBeforeMs, run, effect)];
}

/** Puts new effects into the outbox (L1). */
async function ask(
  core: Core,
  c: Commit,
  head: Head,
): Promise<{ log: Log['effects']; ops: readonly Op[] }> {
  const { run, sequence, effects = [] } = c;
  await needNew(core, head, run, effects);
  const log: Log['effects'][number][] = [];
  const ops: Op[] = [];
  for (const { effect, kind, request, token, attempt, ...rest } of effects) {
    const dispatch = rest.dispatch ?? true;
    const notBeforeMs = rest.notBeforeMs ?? c.atMs;
    const origin = core.identity.id;
    const tokenHash = token === undefined ? null : sha256Hex(token);
    log.push({ effect, kind, digest: sha256(request) });
    const state: Fate['state'] =
      attempt === undefined
        ? { kind: 'pending', notBeforeMs }
        : firstAttempt(c.atMs, attempt, notBeforeMs);
    ops.push(
      core.put(EFFECT, [run, effect], { kind, request, sequence, origin, dispatch, tokenHash }),
      core.put(FATE, [run, effect], { kind, dispatch, state }),
    );
    if (dispatch) ops.push(core.put(PENDING, [kind, notBeforeMs, run, effect], true));
    if (tokenHash !== null) ops.push(core.put(TOKEN, [tokenHash], { run, effect, origin }));
  }
  return { log, ops };
}

/** Ids of a run's effects ascend, so that none is used twice, and nothing is read to see it. */
async function needNew(
  core: Core,
  head: Head,
  run: RunId,
  effects: readonly NewEffect[],
): Promise<void> {
  let last = head.lastEffect;
  for (const { effect } of effects) {
    if (last !== null && !isAfter(effect, last)) {
      throw invalid(`effect ${effect} of run ${run} does not come after ${last}`, { run, effect });
    }
    last = effect;
  }
  // A head that does not know its last effect was written by an older version.
  if (head.lastEffect !== null) return;
  const earlier = await core.aheadMany(
    FATE,
    effects.map(({ effect }) => [run, effect]),
  );
  const used = effects.find((_, i) => earlier[i] !== null);
  if (used === undefined) return;
  throw invalid(`run ${run} has an effect ${used.effect} already`, { run, effect: used.effect });
}

function firstAttempt(startedMs: number, info: Uint8Array, notBeforeMs: number): Fate['state'] {
  return { kind: 'attempted', attempt: 1, startedMs, info, ended: null, notBeforeMs };
}

/** Moves the run in the list by status; one that ends loses its timers. */
async function moveStatus(core: Core, c: Commit, head: Head, timers: number | null): Promise<Op[]> {
  const before = STATUSES[head.status.kind];
  const now = STATUSES[c.status.kind];
  if (before.letter === now.letter) return [];
  const ops = [
    core.drop('status', before.letter, head.createdMs, c.run),
    core.put(STATUS, [now.letter, head.createdMs, c.run], true),
  ];
  if (now.open || timers === 0) return ops;
  need((c.timers?.set ?? []).length === 0, 'a commit that ends the run sets no timers');
  // What is queued must be on disk for the range to show it. A run ends once.
  await core.writer.settled();
  return [...ops, ...(await clearTimers(core, c.run))];
}

interface Completed {
  readonly log: Log['checkpoint'];
  readonly ops: readonly Op[];
  readonly bytes: number;
  readonly deltasBefore: number | null;
}

function completeCheckpoint(core: Core, c: Commit, head: Head): Completed {
  const { checkpoint } = c;
  if (checkpoint === undefined) return { log: null, ops: [], bytes: 0, deltasBefore: null };
  const { sequence, chunks, staged = 0 } = checkpoint;
  const staging = staged === 0 ? null : takeStaging(core, c, checkpoint);
  if (staging === null && sequence !== c.sequence) {
    throw invalid('a checkpoint without staged chunks is of the commit that carries it');
  }
  need(sequence > head.checkpoint, 'a checkpoint must be later than the last one');
  const record: CheckpointRecord = {
    bytes: chunks.reduce((sum, chunk) => sum + chunk.length, staging?.bytes ?? 0),
    digests: [...(staging?.digests ?? []), ...chunks.map((chunk) => sha256(chunk))],
  };
  const ops = chunks.map((chunk, i) => core.put(CHUNK, [c.run, sequence, staged + i], chunk));
  ops.push(core.put(CHECKPOINT, [c.run, sequence], record));
  return {
    log: { sequence, digest: checkpointDigest(record) },
    ops,
    bytes: record.bytes,
    deltasBefore: staging?.deltasBefore ?? null,
  };
}

/** What a commit record says of the checkpoint it completes. */
export function checkpointDigest(record: CheckpointRecord): Uint8Array {
  return sha256(encode([CHECKPOINT.version, ...CHECKPOINT.write(record)]));
}

function takeStaging(core: Core, c: Commit, { sequence, staged }: NewCheckpoint): Staging {
  const staging = stagingsOf(core).get(c.run);
  if (
    staging === undefined ||
    staging.epoch !== c.epoch ||
    staging.sequence !== sequence ||
    staging.digests.length !== staged
  ) {
    throw invalid(`${staged} chunks of state ${sequence} of run ${c.run} are not staged`);
  }
  return staging;
}

export async function beginCheckpoint(core: Core, begun: BegunCheckpoint): Promise<void> {
  const { run, epoch, sequence } = begun;
  needId(run, 'run');
  needCount(sequence, 'sequence');
  await core.locks.hold(run, async () => {
    const head = await core.drivenHead(run, epoch);
    need(sequence === head.sequence, `a checkpoint is of the head's state, ${head.sequence}`);
    need(sequence > head.checkpoint, 'a checkpoint must be later than the last one');
    const deltasBefore = head.bytes.deltas;
    stagingsOf(core).set(run, { epoch, sequence, digests: [], bytes: 0, deltasBefore });
  });
}

export async function stageChunk(core: Core, chunk: StagedChunk): Promise<void> {
  const { run, epoch, sequence, index, bytes } = chunk;
  needId(run, 'run');
  needCount(sequence, 'sequence');
  needCount(index, 'index');
  needBytes(bytes, 'bytes');
  const step = await core.locks.hold(run, async () => {
    await core.drivenHead(run, epoch);
    const staging = stagingsOf(core).get(run);
    if (
      staging === undefined ||
      staging.epoch !== epoch ||
      staging.sequence !== sequence ||
      staging.digests.length !== index
    ) {
      throw invalid(`chunk ${index} of state ${sequence} of run ${run} does not follow`);
    }
    staging.digests.push(sha256(bytes));
    staging.bytes += bytes.length;
    return { written: core.writer.enqueue([core.put(CHUNK, [run, sequence, index], bytes)]) };
  });
  await step.written;
}

function checkCommit(c: Commit): void {
  needId(c.run, 'run');
  needCount(c.epoch, 'epoch');
  needCount(c.sequence, 'sequence');
  needCount(c.atMs, 'atMs');
  needBytes(c.delta, 'delta');
  checkStatus(c.status);
  for (const arrival of c.consumed ?? []) needCount(arrival, 'consumed');
  needDistinct(c.consumed ?? [], 'consumed');
  for (const { effect, kind, request, token, notBeforeMs, attempt, dispatch } of c.effects ?? []) {
    needId(effect, 'effect');
    needId(kind, 'kind');
    needBytes(request, 'request');
    if (attempt !== undefined) {
      needBytes(attempt, 'attempt');
      need(dispatch !== false, 'an effect that nobody carries out has no attempts');
    }
    if (token !== undefined) needText(token, 'token');
    if (notBeforeMs !== undefined) needCount(notBeforeMs, 'notBeforeMs');
  }
  needDistinct(
    (c.effects ?? []).map(({ effect }) => effect),
    'effects',
  );
  for (const effect of c.abandoned ?? []) needId(effect, 'abandoned');
  needDistinct(c.abandoned ?? [], 'abandoned');
  for (const timer of c.timers?.clear ?? []) needId(timer, 'timers.clear');
  needDistinct(c.timers?.clear ?? [], 'timers.clear');
  for (const { timer, dueMs } of c.timers?.set ?? []) {
    needId(timer, 'timers.set');
    needCount(dueMs, 'dueMs');
  }
  needDistinct(
    (c.timers?.set ?? []).map(({ timer }) => timer),
    'timers.set',
  );
  if (c.output !== undefined) needText(c.output, 'output', VALUE_BYTES_MAX);
  if (c.events !== undefined) needBytes(c.events, 'events');
  if (c.released !== undefined) {
    needCount(c.released, 'released');
    need(c.released < c.sequence, 'released must be before this commit');
  }
  if (c.checkpoint !== undefined) {
    needCount(c.checkpoint.sequence, 'checkpoint.sequence');
    needCount(c.checkpoint.staged ?? 0, 'checkpoint.staged');
    for (const chunk of c.checkpoint.chunks) needBytes(chunk, 'checkpoint.chunks');
  }
}

function checkStatus(status: RunStatus): void {
  switch (status.kind) {
    case 'ready':
      return;
    case 'waiting':
      needBytes(status.reasons, 'status.reasons');
      if (status.wakeAtMs !== null) needCount(status.wakeAtMs, 'status.wakeAtMs');
      return;
    case 'done':
      return needBytes(status.result, 'status.result');
    case 'failed':
      return needBytes(status.failure, 'status.failure');
    case 'cancelled':
      return needBytes(status.reason, 'status.reason');
  }
}
