// States and histories: what the commits of a run add up to, verified on the way.
//
//     checkpoint (chunks)  +  delta, delta, ...  =  the state at a sequence
//           ▲                    ▲
//       digests in           digest in            each commit record chained to the one before,
//     checkpoint record ◀── commit record         the last one to the head (chain.ts)
//
// A pruning that runs at the same time could take away what is being read, so both hold the
// lock `state!RUN`. Commits hold another one and are never kept waiting by a reader.

import { sha256 } from '../bytecode/hash.ts';
import { readLinks, type Link } from './chain.ts';
import { checkpointDigest } from './commits.ts';
import { unknownRun, type Core } from './core.ts';
import { corruptRecord } from './fields.ts';
import { makeKey, numberPart, numberRange } from './keys.ts';
import { HISTORY_PAGE } from './limits.ts';
import {
  CHECKPOINT,
  CHUNK,
  DELTA,
  HEAD,
  type CheckpointRecord,
  type Head,
  type Log,
} from './records.ts';
import { invalid, needCount, needId } from './request.ts';
import { readWhole } from './runs.ts';
import { sameBytes } from './seal.ts';
import type { HistoryEntry, HistoryQuery, LoadedRun, RunId } from './store.ts';

/** Held while a run's states and history are read or pruned. */
export function stateLock(run: RunId): string {
  return `state!${run}`;
}

export async function neededHead(core: Core, run: RunId): Promise<Head> {
  needId(run, 'run');
  const head = await core.read(HEAD, run);
  if (head === null) throw unknownRun(run);
  return head;
}

export async function loadRun(core: Core, run: RunId, at?: number): Promise<LoadedRun> {
  if (at !== undefined) needCount(at, 'at');
  needId(run, 'run');
  return core.locks.hold(stateLock(run), async () => {
    const { head, record } = await readWhole(core, run);
    const sequence = at ?? head.sequence;
    if (sequence > head.sequence) {
      throw invalid(`run ${run} is at ${head.sequence}, and has not reached ${sequence}`, { run });
    }
    const base = await baseOf(core, run, head, sequence);
    const links = await linksOver(core, run, head, base, sequence);
    const chunks = base === null ? [] : await loadChunks(core, run, base, links);
    const from = (base?.sequence ?? 0) + 1;
    const deltas = await loadDeltas(core, run, from, sequence, links);
    checkStatus(run, head, links);
    return {
      record,
      sequence,
      checkpoint: base === null ? null : { sequence: base.sequence, chunks },
      deltas,
      said: lastSaid(links),
    };
  });
}

function lastSaid(links: ReadonlyMap<number, Link>): LoadedRun['said'] {
  let last = 0;
  let since = Infinity;
  for (const { sequence, log } of links.values()) {
    since = Math.min(since, sequence);
    if (log.output !== '' || log.events.length > 0) last = Math.max(last, sequence);
  }
  return { sequence: last, since: since === Infinity ? 1 : since };
}

interface Base {
  readonly sequence: number;
  readonly record: CheckpointRecord;
}

/** The nearest checkpoint at or before a sequence, from which the deltas are all there. */
async function baseOf(core: Core, run: RunId, head: Head, sequence: number): Promise<Base | null> {
  // Never beyond the head's checkpoint: a record further on would be one not completed.
  const last = Math.min(sequence, head.checkpoint);
  if (last === 0 && head.deltasFrom === 1) return null;
  const range = numberRange('checkpoint', [run], 0, last);
  for await (const [key, record] of core.range(CHECKPOINT, range, { reverse: true, limit: 1 })) {
    const found = numberPart('checkpoint', key, 1);
    if (last === head.checkpoint && found !== last) break;
    if (found + 1 >= head.deltasFrom) return { sequence: found, record };
  }
  if (last > 0 && last === head.checkpoint) {
    throw corruptRecord(makeKey('checkpoint', run, last), 'record', 'is missing');
  }
  if (head.deltasFrom > 1) {
    throw invalid(`state ${sequence} of run ${run} was pruned`, { run, sequence });
  }
  return null;
}

/** The commit records a load is checked by: from the checkpoint to its completion and the state. */
async function linksOver(
  core: Core,
  run: RunId,
  head: Head,
  base: Base | null,
  sequence: number,
): Promise<Map<number, Link>> {
  const links = new Map<number, Link>();
  // From the checkpoint itself, not from the first delta, so that there is always a link that
  // ends in the head.
  const from = Math.max(base?.sequence ?? 1, head.historyFrom);
  let completed = base === null;
  for await (const link of readLinks(core, run, head, from, head.sequence)) {
    links.set(link.sequence, link);
    completed ||= link.log.checkpoint?.sequence === base?.sequence;
    // A checkpoint made in slices is completed a few commits later than the state it is of.
    if (completed && link.sequence >= sequence && sequence !== head.sequence) break;
  }
  return links;
}

async function loadChunks(
  core: Core,
  run: RunId,
  { sequence, record }: Base,
  links: ReadonlyMap<number, Link>,
): Promise<Uint8Array[]> {
  const key = makeKey('checkpoint', run, sequence);
  const said = completionOf(links.values(), sequence);
  if (said === null) throw corruptRecord(key, 'record', 'is completed by no commit');
  if (!sameBytes(said, checkpointDigest(record))) {
    throw corruptRecord(key, 'record', 'is not the one its commit completed');
  }
  const chunks: Uint8Array[] = [];
  const count = record.digests.length;
  if (count === 0) return chunks;
  const range = numberRange('chunk', [run, sequence], 0, count - 1);
  for await (const [chunkKey, bytes] of core.range(CHUNK, range)) {
    const index = numberPart('chunk', chunkKey, 2);
    if (index !== chunks.length) break;
    if (!sameBytes(sha256(bytes), record.digests[index]!)) {
      throw corruptRecord(chunkKey, 'bytes', 'do not have the digest the checkpoint says');
    }
    chunks.push(bytes);
  }
  if (chunks.length < count) {
    throw corruptRecord(makeKey('chunk', run, sequence, chunks.length), 'record', 'is missing');
  }
  return chunks;
}

function completionOf(links: Iterable<Link>, sequence: number): Uint8Array | null {
  for (const { log } of links) {
    if (log.checkpoint?.sequence === sequence) return log.checkpoint.digest;
  }
  return null;
}

async function loadDeltas(
  core: Core,
  run: RunId,
  from: number,
  to: number,
  links: ReadonlyMap<number, Link>,
): Promise<{ sequence: number; bytes: Uint8Array }[]> {
  const deltas: { sequence: number; bytes: Uint8Array }[] = [];
  if (to < from) return deltas;
  for await (const [key, value] of core.numbered('delta', run, from, to)) {
    const bytes = core.open(DELTA, key, value);
    const sequence = numberPart('delta', key, 1);
    if (sequence !== from + deltas.length) break;
    checkDelta(key, bytes, links.get(sequence)?.log);
    deltas.push({ sequence, bytes });
  }
  if (deltas.length < to - from + 1) {
    throw corruptRecord(makeKey('delta', run, from + deltas.length), 'record', 'is missing');
  }
  return deltas;
}

/** Compares a delta with what its commit record says of it. */
export function checkDelta(key: string, bytes: Uint8Array, log: Log | undefined): void {
  if (log === undefined) throw corruptRecord(key, 'record', 'has no commit');
  if (!sameBytes(sha256(bytes), log.deltaDigest)) {
    throw corruptRecord(key, 'bytes', 'do not have the digest their commit says');
  }
}

/** The head repeats the status of the last commit; a head put back to an older one would not. */
function checkStatus(run: RunId, head: Head, links: ReadonlyMap<number, Link>): void {
  const last = links.get(head.sequence);
  if (last !== undefined && last.log.status.kind !== head.status.kind) {
    throw corruptRecord(makeKey('head', run), 'status', 'is not that of the last commit');
  }
}

export async function* history(core: Core, query: HistoryQuery): AsyncGenerator<HistoryEntry> {
  const { run } = query;
  needId(run, 'run');
  needCount(query.from ?? 0, 'from');
  needCount(query.to ?? 0, 'to');
  needCount(query.limit ?? 0, 'limit');
  let left = query.limit ?? Number.MAX_SAFE_INTEGER;
  let next = Math.max(query.from ?? 0, (await neededHead(core, run)).historyFrom);
  while (left > 0) {
    const from = next;
    const page = await core.locks.hold(stateLock(run), async () => {
      core.needOpen();
      const head = await neededHead(core, run);
      if (from < head.historyFrom) {
        throw invalid(`the history of run ${run} before ${head.historyFrom} was pruned`, { run });
      }
      const count = Math.min(HISTORY_PAGE, left);
      const to = Math.min(head.sequence, query.to ?? head.sequence, from + count - 1);
      const entries: HistoryEntry[] = [];
      for await (const { sequence, log } of readLinks(core, run, head, from, to)) {
        entries.push(entry(sequence, log));
      }
      return entries;
    });
    if (page.length === 0) return;
    yield* page;
    left -= page.length;
    next = from + page.length;
  }
}

function entry(sequence: number, log: Log): HistoryEntry {
  return {
    sequence,
    epoch: log.epoch,
    generation: log.generation,
    atMs: log.atMs,
    status: log.status,
    deltaBytes: log.deltaBytes,
    consumed: log.consumed.map(({ arrival, effect }) => ({ arrival, effect })),
    effects: log.effects.map(({ effect, kind }) => ({ effect, kind })),
    abandoned: log.abandoned,
    timersSet: log.timersSet,
    timersCleared: log.timersCleared,
    output: log.output,
    events: log.events,
    inputs: log.inputs,
    checkpoint: log.checkpoint?.sequence ?? null,
  };
}
