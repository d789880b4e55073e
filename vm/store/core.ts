// The core: what all parts of the store stand on.
//
//     runs  commits  states  effects  arrivals  prune  transfer  verify
//       └──────┴────────┴───────┴────────┴─────────┴───────┴───────┘
//                               core ──▶ writer ──▶ disk
//
// Owns:      typed reading and writing of records, the heads kept in memory, the arrival counter,
//            who listens, and whether the store is open.
// Does not:  know what a commit or a delivery is.
//
// There are two ways to read. `read` asks the disk and is what callers of the store see (T4).
// `ahead` sees also what is queued to be written, and is only for deciding what to write next,
// under the lock of the run.
//
// Invariants:
//
//   C1. A head in memory is what the disk will hold when the queue is written. Forgetting one is
//       always safe.
//   C2. Arrival numbers grow for the life of the store; none is given twice, also over crashes.

import { decode } from '../bytecode/codec.ts';
import { FlowError, isFlowError } from '../bytecode/errors.ts';
import type { Disk, Op, RangeOptions, Row } from './disk.ts';
import { corruptRecord, Fields, placeOf } from './fields.ts';
import { after, makeKey, numberRange, parseKey, type Range, type TableName } from './keys.ts';
import { ARRIVALS_RESERVED, CODE_KNOWN_MAX, HEADS_MAX } from './limits.ts';
import { Locks } from './locks.ts';
import { CODE, COUNTER, HEAD, STATUSES, type Head, type RecordKind } from './records.ts';
import { invalid } from './request.ts';
import type { Seal } from './seal.ts';
import type {
  Arrival,
  CodeBlob,
  CodeHash,
  Cursor,
  Page,
  RunId,
  StoreIdentity,
  UnreadableRun,
} from './store.ts';
import { closed, Writer } from './writer.ts';

type Part = string | number;

/** Rows that are asked for by their keys, and not gone through: a range takes some calls more. */
const ASKED_AT_ONCE_MAX = 32;

/** Tables of which `ahead` is asked: of the others it need not be known what is queued. */
const ASKED_AHEAD: ReadonlySet<TableName> = new Set([
  'code',
  'created',
  'fate',
  'head',
  'sent',
  'timer',
  'token',
  'unread',
]);

type ArrivedListener = (run: RunId, arrival: number) => void;
type ArrivingListener = (run: RunId, arrival: Arrival) => void;

/** The one counter there is: of arrivals. */
export const ARRIVALS = 'arrivals';

export class Core {
  readonly identity: StoreIdentity;
  readonly disk: Disk;
  readonly seal: Seal;
  readonly writer: Writer;
  readonly locks = new Locks();
  readonly #heads = new Map<RunId, Head>();
  /** Some of the blobs that are in the store, or on their way. */
  readonly #code = new Set<CodeHash>();
  readonly #arrived = new Set<ArrivedListener>();
  readonly #arriving = new Set<ArrivingListener>();
  #arrivalNext: number;
  #arrivalsReserved: number;
  #closing: Promise<void> | null = null;

  private constructor(disk: Disk, seal: Seal, identity: StoreIdentity, arrivalNext: number) {
    this.disk = disk;
    this.seal = seal;
    this.identity = identity;
    this.writer = new Writer(disk);
    this.#arrivalNext = arrivalNext;
    this.#arrivalsReserved = arrivalNext;
  }

  static async start(disk: Disk, seal: Seal, identity: StoreIdentity): Promise<Core> {
    const key = makeKey('counter', ARRIVALS);
    const value = await disk.get(key);
    // Written with the store: starting again from 1 would write over what has arrived.
    if (value === undefined) throw corruptRecord(key, 'record', 'is missing');
    return new Core(disk, seal, identity, openRecord(seal, COUNTER, key, value));
  }

  /** What a new store begins with, besides its own record. */
  static firstRows(seal: Seal): Op[] {
    const key = makeKey('counter', ARRIVALS);
    return [{ key, value: seal.closePlain(key, [COUNTER.version, ...COUNTER.write(1)]) }];
  }

  /** First line of every call. */
  needOpen(): void {
    if (this.#closing !== null) throw closed();
  }

  close(): Promise<void> {
    this.#closing ??= this.writer.close().then(() => this.disk.close());
    return this.#closing;
  }

  // Records

  put<Value>(kind: RecordKind<Value>, parts: readonly Part[], value: Value): Op {
    const key = makeKey(kind.table, ...parts);
    const bytes = this.seal.closePlain(key, [kind.version, ...kind.write(value)]);
    return { key, value: bytes, blind: !ASKED_AHEAD.has(kind.table) };
  }

  drop(table: TableName, ...parts: readonly Part[]): Op {
    return { key: makeKey(table, ...parts), value: null, blind: !ASKED_AHEAD.has(table) };
  }

  open<Value>(kind: RecordKind<Value>, key: string, value: Uint8Array): Value {
    return openRecord(this.seal, kind, key, value);
  }

  /** The record on disk, or null. */
  async read<Value>(kind: RecordKind<Value>, ...parts: readonly Part[]): Promise<Value | null> {
    const key = makeKey(kind.table, ...parts);
    const value = await this.disk.get(key);
    return value === undefined ? null : this.open(kind, key, value);
  }

  /** The record on disk, which must be there because another one says so. */
  async readNeeded<Value>(kind: RecordKind<Value>, ...parts: readonly Part[]): Promise<Value> {
    const record = await this.read(kind, ...parts);
    if (record === null) throw corruptRecord(makeKey(kind.table, ...parts), 'record', 'is missing');
    return record;
  }

  /** The record as it will be when the queue is written. */
  async ahead<Value>(kind: RecordKind<Value>, ...parts: readonly Part[]): Promise<Value | null> {
    const key = this.askAhead(kind.table, parts);
    const value = await this.writer.get(key);
    return value === undefined ? null : this.open(kind, key, value);
  }

  private askAhead(table: TableName, parts: readonly Part[]): string {
    if (!ASKED_AHEAD.has(table)) throw new Error(`nobody can say what ${table} will be`);
    return makeKey(table, ...parts);
  }

  /** Several of one table at once, by the parts of their keys. */
  async aheadMany<Value>(
    kind: RecordKind<Value>,
    many: readonly (readonly Part[])[],
  ): Promise<(Value | null)[]> {
    const keys = many.map((parts) => this.askAhead(kind.table, parts));
    const values = await this.writer.getMany(keys);
    return values.map((value, i) =>
      value === undefined ? null : this.open(kind, keys[i]!, value),
    );
  }

  /** The records of a range, with their keys. */
  async *range<Value>(
    kind: RecordKind<Value>,
    range: Range,
    options: RangeOptions = {},
  ): AsyncGenerator<readonly [key: string, record: Value]> {
    for await (const [key, value] of this.disk.range(range, options)) {
      yield [key, this.open(kind, key, value)];
    }
  }

  /** The rows of a run from one number to another: few are asked for at once, many are a range. */
  async *numbered(table: TableName, run: RunId, from: number, to: number): AsyncGenerator<Row> {
    if (to - from >= ASKED_AT_ONCE_MAX) {
      yield* this.disk.range(numberRange(table, [run], from, to));
      return;
    }
    const keys = Array.from({ length: to - from + 1 }, (_, i) => makeKey(table, run, from + i));
    const values = await this.disk.getMany(keys);
    for (const [i, key] of keys.entries()) {
      const value = values[i];
      if (value !== undefined) yield [key, value];
    }
  }

  /**
   * One page of a list: its keys, and where to go on. The cursor is the last key, which the
   * caller brings back; it is only ever used to shorten the same range.
   */
  async pageKeys(
    range: Range,
    cursor: Cursor | null | undefined,
    limit: number,
  ): Promise<Pick<Page<string>, 'rows' | 'next'>> {
    let rest = range;
    if (cursor !== null && cursor !== undefined) {
      if (cursor < range.from || cursor >= range.to) throw invalid('`after` is not of this list');
      rest = after(range, cursor);
    }
    const rows: string[] = [];
    // All that a list says is in its keys, and a damaged one must not hide those behind it.
    for await (const [key] of this.disk.range(rest, { limit: limit + 1 })) rows.push(key);
    const more = rows.length > limit;
    if (more) rows.pop();
    const next = more ? rows.at(-1)! : null;
    return { rows: rows.filter((key) => parseKey(key) !== null), next };
  }

  // Code

  /** Whether a blob is in the store, or will be when the queue is written: none is ever dropped. */
  async hasCode(hash: CodeHash): Promise<boolean> {
    if (this.knowsCode(hash)) return true;
    if (!(await this.writer.has(makeKey('code', hash)))) return false;
    this.#rememberCode(hash);
    return true;
  }

  /** The same without a look at the disk: false does not mean that it is not there. */
  knowsCode(hash: CodeHash): boolean {
    return this.#code.has(hash);
  }

  /** The change that puts a blob in. From now on `hasCode` says so. */
  putCode({ hash, bytes }: CodeBlob): Op {
    this.#rememberCode(hash);
    return this.put(CODE, [hash], bytes);
  }

  #rememberCode(hash: CodeHash): void {
    if (this.#code.size >= CODE_KNOWN_MAX) this.#code.clear();
    this.#code.add(hash);
  }

  // Heads

  /** A run's head as it will be when the queue is written, or null if there is no such run. */
  async head(run: RunId): Promise<Head | null> {
    const known = this.#heads.get(run);
    if (known !== undefined) return known;
    const head = await this.ahead(HEAD, run);
    if (head !== null) this.#remember(run, head);
    return head;
  }

  /** The change that writes a head. From now on it is what `head` gives. */
  putHead(run: RunId, head: Head): Op {
    this.#remember(run, head);
    return this.put(HEAD, [run], head);
  }

  #remember(run: RunId, head: Head): void {
    // Taken out and put in again: the first key of a Map is then the one longest unused.
    this.#heads.delete(run);
    this.#heads.set(run, head);
    if (this.#heads.size > HEADS_MAX) {
      const oldest = this.#heads.keys().next();
      if (oldest.done !== true) this.#heads.delete(oldest.value);
    }
  }

  /** The head of a run that a driver of this epoch may write to. */
  async drivenHead(run: RunId, epoch: number): Promise<Head> {
    const head = await this.head(run);
    if (head === null) throw unknownRun(run);
    // The epoch first: a driver that lost its run learns that, however the run went on.
    if (head.epoch !== epoch) {
      const what = `run ${run} is driven by ${head.driver ?? 'nobody'} under epoch ${head.epoch}`;
      throw new FlowError('FLOW_LEASE_LOST', `${what}, not ${epoch}`, {
        run,
        epoch,
        current: head.epoch,
      });
    }
    needUnfinished(run, head);
    return head;
  }

  // Arrivals

  /** The next arrival number, and the change that must be written with what uses it. */
  nextArrival(): { readonly arrival: number; readonly ops: readonly Op[] } {
    const arrival = this.#arrivalNext++;
    if (arrival < this.#arrivalsReserved) return { arrival, ops: [] };
    this.#arrivalsReserved = arrival + ARRIVALS_RESERVED;
    return { arrival, ops: [this.put(COUNTER, [ARRIVALS], this.#arrivalsReserved)] };
  }

  /** Makes all numbers from now on larger than this one. */
  passArrival(arrival: number): readonly Op[] {
    if (arrival < this.#arrivalNext) return [];
    this.#arrivalNext = arrival + 1;
    if (this.#arrivalNext <= this.#arrivalsReserved) return [];
    this.#arrivalsReserved = this.#arrivalNext + ARRIVALS_RESERVED;
    return [this.put(COUNTER, [ARRIVALS], this.#arrivalsReserved)];
  }

  onArrival(listener: ArrivedListener): () => void {
    this.#arrived.add(listener);
    return () => this.#arrived.delete(listener);
  }

  announceArrival(run: RunId, arrival: number): void {
    for (const listener of this.#arrived) listener(run, arrival);
  }

  onArriving(listener: ArrivingListener): () => void {
    this.#arriving.add(listener);
    return () => this.#arriving.delete(listener);
  }

  announceArriving(run: RunId, arrival: Arrival): void {
    for (const listener of this.#arriving) listener(run, arrival);
  }
}

/** A record from the value at its key. Also for records read before there is a Core. */
export function openRecord<Value>(
  seal: Seal,
  kind: RecordKind<Value>,
  key: string,
  value: Uint8Array,
): Value {
  return readBody(kind, key, seal.open(key, value));
}

/** A record from its body, the trailer taken off. */
export function readBody<Value>(kind: RecordKind<Value>, key: string, body: Uint8Array): Value {
  const fields = Fields.of(key, decodeBody(key, body), kind.version);
  const record = kind.read(fields);
  fields.done();
  return record;
}

function decodeBody(key: string, body: Uint8Array): ReturnType<typeof decode> {
  try {
    return decode(body);
  } catch (cause) {
    const what = cause instanceof Error ? cause.message : String(cause);
    throw new FlowError(
      'FLOW_STORE_CORRUPT',
      `${key}: ${what}`,
      { ...placeOf(key), field: 'record', what },
      { cause },
    );
  }
}

/** What is wrong with the records of one run, and with no other. */
export function isDamage(error: unknown): error is FlowError {
  return isFlowError(error, 'FLOW_STORE_CORRUPT') || isFlowError(error, 'FLOW_STORE_VERSION');
}

/** Reads what a list says of a run; null if it is damaged, which is told beside the list. */
export async function readListed<Row>(
  run: RunId,
  unreadable: UnreadableRun[],
  read: () => Promise<Row>,
): Promise<Row | null> {
  try {
    return await read();
  } catch (error) {
    if (!isDamage(error)) throw error;
    unreadable.push({ run, error });
    return null;
  }
}

export function isFinished(head: Head): boolean {
  return !STATUSES[head.status.kind].open;
}

export function needUnfinished(run: RunId, head: Head): void {
  if (!isFinished(head)) return;
  throw new FlowError('FLOW_RUN_FINISHED', `run ${run} is ${head.status.kind}`, {
    run,
    status: head.status.kind,
  });
}

export function unknownRun(run: RunId): FlowError {
  return new FlowError('FLOW_RUN_UNKNOWN', `there is no run ${run} in this store`, { run });
}
