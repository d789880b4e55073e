// Pruning: taking away what is not needed any more, a budget at a time.
//
//     before = 40, checkpoints at 10, 25, 33 and 50:
//
//         commits    1 ... 10 ... 25 ... 33 ... 40 ... 50 ...
//         states     ────── pruned ─────│ kept from the checkpoint at 33 on
//         history    ────── pruned ─────│ (only if asked; it may be kept longer than the states)
//
// The store takes nothing away by itself: what is kept, its caller says (vm/engine/retention.ts).
//
// Invariants:
//
//   P1. What loadRun gives for the head, and for any sequence from `before` on, stays the same.
//   P2. The chain goes on: the MAC before the first commit kept is written to the head (`anchor`)
//       in the same write that takes the commit before it away.
//   P3. A call interrupted by a crash leaves a store that `verify` finds whole.

import type { Core } from './core.ts';
import { splitLink } from './chain.ts';
import type { Op } from './disk.ts';
import { makeKey, numberPart, numberRange } from './keys.ts';
import {
  ARRIVAL,
  CHECKPOINT,
  EFFECT,
  FATE,
  type Head,
  type Log,
  type RecordKind,
} from './records.ts';
import { need, needCount, needId } from './request.ts';
import { neededHead, stateLock } from './states.ts';
import type { Prune, Pruned, RunId } from './store.ts';

export async function prune(core: Core, request: Prune): Promise<Pruned> {
  const { run, before, records } = request;
  needId(run, 'run');
  needCount(before, 'before');
  needCount(records, 'records');
  need(records > 0, 'records must be at least 1');
  return core.locks.hold(stateLock(run), () =>
    core.locks.hold(run, async () => {
      // Everything queued is on disk before ranges are read, and the run is locked against more.
      await core.writer.settled();
      const head = await neededHead(core, run);
      const plan = await planPrune(core, request, head);
      if (plan.ops.length > 0) {
        await core.writer.enqueue([...plan.ops, core.putHead(run, plan.head)]);
      }
      return { removed: plan.ops.length, more: plan.more };
    }),
  );
}

interface Plan {
  readonly ops: readonly Op[];
  readonly head: Head;
  readonly more: boolean;
}

async function planPrune(core: Core, request: Prune, head: Head): Promise<Plan> {
  const { run, before, records } = request;
  const ops: Op[] = [];
  const kept = await keptCheckpoint(core, run, head, before);

  // Deltas first: without them the states before `kept` are gone, whatever else is left.
  let { deltasFrom } = head;
  const deltas = numberRange('delta', [run], deltasFrom, kept);
  for await (const [key] of core.disk.range(deltas, { limit: records })) {
    ops.push({ key, value: null, blind: true });
    deltasFrom = numberPart('delta', key, 1) + 1;
  }
  if (ops.length < records) {
    deltasFrom = Math.max(deltasFrom, kept + 1);
    await dropOld(core, 'chunk', run, kept, records, ops);
    await dropOld(core, 'checkpoint', run, kept, records, ops);
  }
  let next: Head = { ...head, deltasFrom };
  if (request.history === true && ops.length < records) {
    // States that are kept are checked by their commits, from their checkpoint on.
    next = await dropHistory(core, run, next, Math.min(before, deltasFrom - 1), records, ops);
  }
  const done = ops.length < records;
  return { ops, head: next, more: !done };
}

/** The checkpoint that `before` is still reached from; 0 if there is none. */
async function keptCheckpoint(core: Core, run: RunId, head: Head, before: number): Promise<number> {
  const range = numberRange('checkpoint', [run], 0, Math.min(before, head.checkpoint));
  for await (const [key] of core.range(CHECKPOINT, range, { reverse: true, limit: 1 })) {
    return numberPart('checkpoint', key, 1);
  }
  return 0;
}

/** Drops what belongs to states before the one kept, complete or left over from a crash. */
async function dropOld(
  core: Core,
  table: 'chunk' | 'checkpoint',
  run: RunId,
  kept: number,
  records: number,
  ops: Op[],
): Promise<void> {
  if (kept === 0 || ops.length >= records) return;
  const range = numberRange(table, [run], 0, kept - 1);
  for await (const [key] of core.disk.range(range, { limit: records - ops.length })) {
    ops.push({ key, value: null, blind: true });
  }
}

/** Drops commits before a sequence, with the effects and arrivals they settled. */
async function dropHistory(
  core: Core,
  run: RunId,
  head: Head,
  before: number,
  records: number,
  ops: Op[],
): Promise<Head> {
  let { historyFrom, anchor } = head;
  if (before <= historyFrom) return head;
  const range = numberRange('log', [run], historyFrom, before - 1);
  const logs: Log[] = [];
  let rows = ops.length;
  for await (const [key, value] of core.disk.range(range)) {
    if (rows >= records) break;
    const { log, mac } = splitLink(key, core.seal.open(key, value));
    ops.push(core.drop('log', run, numberPart('log', key, 1)));
    logs.push(log);
    rows += 1 + ROWS_SETTLED * (log.consumed.length + log.abandoned.length);
    historyFrom = numberPart('log', key, 1) + 1;
    anchor = mac;
  }
  ops.push(...(await settledBy(core, run, logs)));
  return { ...head, historyFrom, anchor };
}

/** Rows of an effect and its answer, as a rule. */
const ROWS_SETTLED = 3;

/** The rows of what commits consumed or gave up: nobody needs them but their history. */
async function settledBy(core: Core, run: RunId, logs: readonly Log[]): Promise<Op[]> {
  const ops: Op[] = [];
  const consumed = logs.flatMap((log) => log.consumed);
  const messages = consumed.filter(({ effect }) => effect === null);
  for (const record of await readAll(core, ARRIVAL, run, messages, ({ arrival }) => arrival)) {
    if (record?.keyHash != null) ops.push(core.drop('sent', run, record.keyHash));
  }
  for (const { arrival } of consumed) ops.push(core.drop('arrival', run, arrival));
  const effects = [
    ...consumed.flatMap(({ effect }) => (effect === null ? [] : [effect])),
    ...logs.flatMap((log) => log.abandoned),
  ];
  for (const effect of effects) {
    ops.push(core.drop('effect', run, effect), core.drop('fate', run, effect));
  }
  for (const fate of await readAll(core, FATE, run, effects, (effect) => effect)) {
    if (fate?.state.kind === 'abandoned' && fate.state.arrival !== null) {
      ops.push(core.drop('arrival', run, fate.state.arrival));
    }
  }
  for (const ask of await readAll(core, EFFECT, run, effects, (effect) => effect)) {
    if (ask?.tokenHash != null) ops.push(core.drop('token', ask.tokenHash));
  }
  return ops;
}

/** Records of a run, all at once: one read of the disk for each would cost more than the rest. */
async function readAll<Value, Name>(
  core: Core,
  kind: RecordKind<Value>,
  run: RunId,
  names: readonly Name[],
  partOf: (name: Name) => string | number,
): Promise<(Value | null)[]> {
  if (names.length === 0) return [];
  const keys = names.map((name) => makeKey(kind.table, run, partOf(name)));
  const values = await core.disk.getMany(keys);
  return values.map((value, i) => (value === undefined ? null : core.open(kind, keys[i]!, value)));
}
