// Runs: making them, finding them, and taking them over.

import { FlowError, isFlowError } from '../bytecode/errors.ts';
import { sha256Hex } from '../bytecode/hash.ts';
import { birthMac } from './chain.ts';
import { isDamage, needUnfinished, readListed, unknownRun, type Core } from './core.ts';
import type { Op } from './disk.ts';
import { corruptRecord } from './fields.ts';
import { makeKey, prefixRange, textPart, type Range } from './keys.ts';
import { LABELS_MAX } from './limits.ts';
import {
  BIRTH,
  BORN,
  CODE,
  CREATED,
  HEAD,
  OPEN_LETTERS,
  STATUS,
  STATUSES,
  type Birth,
  type Head,
} from './records.ts';
import {
  invalid,
  need,
  needBytes,
  needCount,
  needDistinct,
  needHash,
  needId,
  needText,
  pageLimit,
} from './request.ts';
import type {
  Claim,
  CodeBlob,
  CodeHash,
  NewRun,
  Page,
  RunId,
  RunQuery,
  RunRecord,
  StatusKind,
  UnreadableRun,
} from './store.ts';

export async function putCode(core: Core, blob: CodeBlob): Promise<void> {
  checkCode(blob);
  if (await core.hasCode(blob.hash)) await core.writer.settled();
  else await core.writer.enqueue([core.putCode(blob)]);
}

/** Those blobs that the store has not. */
async function missingCode(core: Core, code: readonly CodeBlob[]): Promise<CodeBlob[]> {
  const missing: CodeBlob[] = [];
  for (const blob of code) {
    needHash(blob.hash, 'hash');
    if (!(await core.hasCode(blob.hash))) missing.push(blob);
  }
  return missing;
}

/** The changes that put blobs in, but for those that came with another run meanwhile. */
function putMissing(core: Core, missing: readonly CodeBlob[]): Op[] {
  const needed = missing.filter(({ hash }) => !core.knowsCode(hash));
  // All before any is put: what is put counts as there.
  for (const blob of needed) checkCode(blob);
  return needed.map((blob) => core.putCode(blob));
}

function checkCode({ hash, bytes }: CodeBlob): void {
  needHash(hash, 'hash');
  needBytes(bytes, 'bytes');
  if (sha256Hex(bytes) !== hash) throw invalid(`the bytes do not have the hash ${hash}`);
}

export async function getCode(core: Core, hash: CodeHash): Promise<Uint8Array> {
  needHash(hash, 'hash');
  const bytes = await core.read(CODE, hash);
  if (bytes === null) throw unknownCode(hash);
  if (sha256Hex(bytes) !== hash) {
    throw corruptRecord(makeKey('code', hash), 'bytes', 'do not have their hash');
  }
  return bytes;
}

function unknownCode(hash: CodeHash): FlowError {
  return new FlowError('FLOW_CODE_UNKNOWN', `there is no code ${hash} in this store`, { hash });
}

export async function createRun(
  core: Core,
  run: NewRun,
  begun?: (record: RunRecord) => void,
): Promise<{ readonly run: RunId; readonly created: boolean }> {
  checkNewRun(run);
  const keyHash = run.key === undefined ? null : sha256Hex(run.key);
  // The key before the run, always, so that no two calls wait for each other.
  const create = (): ReturnType<typeof createLocked> =>
    core.locks.hold(run.run, () => createLocked(core, run, keyHash, begun));
  const result = await (keyHash === null
    ? create()
    : core.locks.hold(`created!${keyHash}`, create));
  await result.written;
  return { run: result.run, created: result.created };
}

async function createLocked(
  core: Core,
  run: NewRun,
  keyHash: string | null,
  begun?: (record: RunRecord) => void,
): Promise<{ run: RunId; created: boolean; written: Promise<void> }> {
  if (keyHash !== null) {
    const earlier = await core.ahead(CREATED, keyHash);
    if (earlier !== null) return { run: earlier, created: false, written: core.writer.settled() };
  }
  if ((await core.head(run.run)) !== null) throw runExists(run.run);
  const missing = await missingCode(core, run.code ?? []);
  for (const hash of [run.program, ...(run.modules ?? [])]) {
    const comes = missing.some((blob) => blob.hash === hash);
    if (!comes && !(await core.hasCode(hash))) throw unknownCode(hash);
  }
  const birth = makeBirth(core, run, keyHash);
  const head = firstHead(birth, birthMac(core.seal, run.run, birth), run.driver);
  const ops = putMissing(core, missing);
  ops.push(core.put(BIRTH, [run.run], birth), ...listBirth(core, run.run, birth, head));
  const written = core.writer.enqueue([...ops, core.putHead(run.run, head)]);
  if (run.driver !== undefined) begun?.(record(run.run, birth, head));
  return { run: run.run, created: true, written };
}

export function runExists(run: RunId): FlowError {
  return new FlowError('FLOW_RUN_EXISTS', `there is a run ${run} in this store already`, { run });
}

function makeBirth(core: Core, run: NewRun, keyHash: string | null): Birth {
  return {
    program: run.program,
    modules: run.modules ?? [],
    entry: run.entry,
    input: run.input,
    labels: Object.entries(run.labels ?? {}).sort(([a], [b]) => (a < b ? -1 : 1)),
    createdMs: run.createdMs,
    seed: run.seed,
    keyHash,
    lineage: { store: core.identity.id, generation: core.identity.generation },
  };
}

function firstHead(birth: Birth, mac: Uint8Array, driver?: string): Head {
  return {
    createdMs: birth.createdMs,
    status: { kind: 'ready' },
    statusSinceMs: birth.createdMs,
    sequence: 0,
    epoch: driver === undefined ? 0 : 1,
    driver: driver ?? null,
    lineage: birth.lineage,
    updatedMs: birth.createdMs,
    mac,
    checkpoint: 0,
    historyFrom: 1,
    anchor: mac,
    deltasFrom: 1,
    released: 0,
    bytes: { sinceCheckpoint: 0, checkpoint: 0, deltas: 0, output: 0 },
    lastEffect: '',
    timers: 0,
  };
}

/** The rows of the lists that a run is in. */
export function listBirth(core: Core, run: RunId, birth: Birth, head: Head): Op[] {
  const ops = [
    core.put(BORN, [birth.createdMs, run], true),
    core.put(STATUS, [STATUSES[head.status.kind].letter, birth.createdMs, run], true),
  ];
  if (birth.keyHash !== null) ops.push(core.put(CREATED, [birth.keyHash], run));
  return ops;
}

function checkNewRun(run: NewRun): void {
  needId(run.run, 'run');
  needHash(run.program, 'program');
  for (const hash of run.modules ?? []) needHash(hash, 'modules');
  needDistinct(run.modules ?? [], 'modules');
  needText(run.entry, 'entry');
  needBytes(run.input, 'input');
  needCount(run.createdMs, 'createdMs');
  needBytes(run.seed, 'seed');
  if (run.key !== undefined) needText(run.key, 'key');
  if (run.driver !== undefined) needText(run.driver, 'driver');
  const labels = Object.entries(run.labels ?? {});
  need(labels.length <= LABELS_MAX, `labels must be at most ${LABELS_MAX}`);
  for (const [name, value] of labels) {
    needText(name, 'labels');
    needText(value, `label ${name}`);
  }
}

export async function getRun(core: Core, run: RunId): Promise<RunRecord | null> {
  needId(run, 'run');
  try {
    return (await readWhole(core, run)).record;
  } catch (error) {
    if (isFlowError(error, 'FLOW_RUN_UNKNOWN')) return null;
    throw error;
  }
}

/** A run's head and its record, read at once. @throws FLOW_RUN_UNKNOWN */
export async function readWhole(
  core: Core,
  run: RunId,
): Promise<{ readonly head: Head; readonly record: RunRecord }> {
  const found = await core.disk.getMany(keysOf(run));
  if (found[0] === undefined) throw unknownRun(run);
  return openWhole(core, run, found);
}

/** The two rows that a run's record is made of. */
function keysOf(run: RunId): readonly [head: string, birth: string] {
  return [makeKey('head', run), makeKey('run', run)];
}

function openWhole(
  core: Core,
  run: RunId,
  [head, birth]: readonly (Uint8Array | undefined)[],
): { readonly head: Head; readonly record: RunRecord } {
  const [headKey, birthKey] = keysOf(run);
  if (head === undefined) throw corruptRecord(headKey, 'record', 'is missing');
  if (birth === undefined) throw corruptRecord(birthKey, 'record', 'is missing');
  const opened = core.open(HEAD, headKey, head);
  return { head: opened, record: record(run, core.open(BIRTH, birthKey, birth), opened) };
}

/** The record of a run whose head was read. */
export async function readRun(core: Core, run: RunId, head: Head): Promise<RunRecord> {
  return record(run, await core.readNeeded(BIRTH, run), head);
}

function record(run: RunId, birth: Birth, head: Head): RunRecord {
  return {
    run,
    program: birth.program,
    modules: birth.modules,
    entry: birth.entry,
    input: birth.input,
    labels: Object.fromEntries(birth.labels),
    createdMs: birth.createdMs,
    seed: birth.seed,
    born: birth.lineage,
    status: head.status,
    statusSinceMs: head.statusSinceMs,
    sequence: head.sequence,
    checkpoint: head.checkpoint,
    historyFrom: head.historyFrom,
    statesFrom: head.deltasFrom - 1,
    epoch: head.epoch,
    driver: head.driver,
    lineage: head.lineage,
    updatedMs: head.updatedMs,
    mac: head.mac,
    bytes: head.bytes,
    released: head.released,
  };
}

export async function listRuns(core: Core, query: RunQuery): Promise<Page<RunRecord>> {
  const limit = pageLimit(query.limit);
  const status = query.status ?? 'all';
  if (status === 'all') {
    const page = await core.pageKeys(prefixRange('born'), query.after, limit);
    return readRows(core, page, (key) => textPart('born', key, 1), null);
  }
  const page = await core.pageKeys(statusRange(status), query.after, limit);
  return readRows(core, page, (key) => textPart('status', key, 2), status);
}

function statusRange(status: StatusKind | 'open'): Range {
  if (status !== 'open') return prefixRange('status', STATUSES[status].letter);
  const [first, last] = OPEN_LETTERS;
  return { from: prefixRange('status', first).from, to: prefixRange('status', last).to };
}

/** Runs read at once for a list: one by one, each would wait for its turn at the disk. */
const LISTED_AT_ONCE = 64;

/** The rows of several runs; null if one of them is damaged, and each must be read by itself. */
async function readMany(
  core: Core,
  runs: readonly RunId[],
): Promise<readonly (Uint8Array | undefined)[] | null> {
  try {
    return await core.disk.getMany(runs.flatMap(keysOf));
  } catch (error) {
    if (!isDamage(error)) throw error;
    return null;
  }
}

/**
 * The runs of a page. Between the list and the runs one may have changed its status; it is then
 * left out, and the next listing has it in its new place.
 */
async function readRows(
  core: Core,
  page: Pick<Page<string>, 'rows' | 'next'>,
  runOf: (key: string) => RunId,
  status: StatusKind | 'open' | null,
): Promise<Page<RunRecord>> {
  const rows: RunRecord[] = [];
  const unreadable: UnreadableRun[] = [];
  const runs = page.rows.map(runOf);
  let found: Awaited<ReturnType<typeof readMany>> = [];
  for (const [i, run] of runs.entries()) {
    const at = i % LISTED_AT_ONCE;
    if (at === 0) found = await readMany(core, runs.slice(i, i + LISTED_AT_ONCE));
    const row = await readListed(run, unreadable, async () => {
      const both = found?.slice(2 * at, 2 * at + 2) ?? (await core.disk.getMany(keysOf(run)));
      return openWhole(core, run, both).record;
    });
    if (row === null) continue;
    const { kind } = row.status;
    const fits = status === null || kind === status || (status === 'open' && STATUSES[kind].open);
    if (fits) rows.push(row);
  }
  return { rows, unreadable, next: page.next };
}

export async function claimRun(core: Core, claim: Claim): Promise<RunRecord> {
  needId(claim.run, 'run');
  needText(claim.driver, 'driver');
  needCount(claim.epoch, 'epoch');
  needCount(claim.atMs, 'atMs');
  const claimed = await core.locks.hold(claim.run, async () => {
    const head = await core.head(claim.run);
    if (head === null) throw unknownRun(claim.run);
    if (head.epoch !== claim.epoch) {
      const what = `run ${claim.run} is at epoch ${head.epoch}, not ${claim.epoch}`;
      throw new FlowError('FLOW_LEASE_LOST', what, {
        run: claim.run,
        epoch: claim.epoch,
        current: head.epoch,
      });
    }
    needUnfinished(claim.run, head);
    const next: Head = {
      ...head,
      epoch: head.epoch + 1,
      driver: claim.driver,
      lineage: { store: core.identity.id, generation: core.identity.generation },
    };
    return { head: next, written: core.writer.enqueue([core.putHead(claim.run, next)]) };
  });
  await claimed.written;
  return readRun(core, claim.run, claimed.head);
}
