// The records of the store: what each value is, as fields, and back.
//
//     value on disk = seal(encode([version, field, field, ...]))
//
// One `RecordKind` a table. A field once written keeps its place and meaning; a new one is added
// at the end, with a new version, and the reader fills in what older records lack (L9).
//
// Invariants:
//
//   R1. read(write(record)) equals the record, and write(read(bytes)) equals the bytes.
//   R2. read takes no field outside its type and limits (fields.ts); what it takes is a record.

import type { Plain } from '../bytecode/codec.ts';
import type { Fields } from './fields.ts';
import type { TableName } from './keys.ts';
import { LABELS_MAX, VALUE_BYTES_MAX } from './limits.ts';
import { MAC_BYTES } from './seal.ts';
import type { EffectState, Lineage, NewTimer, RunBytes, RunStatus, StatusKind } from './store.ts';

/** How records of one table become fields and back. */
export interface RecordKind<Value> {
  readonly table: TableName;
  readonly version: number;
  write(value: Value): readonly Plain[];
  read(fields: Fields): Value;
}

// The store itself

export const STORE_MAGIC = 'flowmetal store';
/** Of the whole layout. A store of a higher one is refused by name. */
export const STORE_FORMAT = 3;

export interface StoreMeta {
  readonly magic: string;
  readonly format: number;
  readonly id: string;
  readonly generation: number;
  readonly parent: string | null;
  readonly createdMs: number;
  /** Where the store was last opened (T9). */
  readonly home: string;
  /** Present if the store is keyed. */
  readonly keyCheck: Uint8Array | null;
}

export const STORE: RecordKind<StoreMeta> = {
  table: 'store',
  version: 1,
  write: (m) => [m.magic, m.format, m.id, m.generation, m.parent, m.createdMs, m.home, m.keyCheck],
  read: (f) => ({
    magic: f.text('magic'),
    format: f.count('format'),
    id: f.id('id'),
    generation: f.count('generation'),
    parent: f.idOrNull('parent'),
    createdMs: f.count('createdMs'),
    home: f.text('home'),
    keyCheck: f.bytesOrNull('keyCheck', MAC_BYTES),
  }),
};

export const COUNTER: RecordKind<number> = {
  table: 'counter',
  version: 1,
  write: (next) => [next],
  read: (f) => f.count('next'),
};

export const SECRET: RecordKind<string> = {
  table: 'secret',
  version: 1,
  write: (handle) => [handle],
  read: (f) => f.text('handle'),
};

export const CODE: RecordKind<Uint8Array> = {
  table: 'code',
  version: 1,
  write: (bytes) => [bytes],
  read: (f) => f.bytes('bytes'),
};

// A run

/** What never changes. */
export interface Birth {
  readonly program: string;
  readonly modules: readonly string[];
  readonly entry: string;
  readonly input: Uint8Array;
  /** Sorted by name. */
  readonly labels: readonly (readonly [name: string, value: string])[];
  readonly createdMs: number;
  readonly seed: Uint8Array;
  /** SHA-256 of the key it was created under. */
  readonly keyHash: string | null;
  readonly lineage: Lineage;
}

export const BIRTH: RecordKind<Birth> = {
  table: 'run',
  version: 1,
  write: (b) => [
    b.program,
    b.modules,
    b.entry,
    b.input,
    b.labels,
    b.createdMs,
    b.seed,
    b.keyHash,
    writeLineage(b.lineage),
  ],
  read: (f) => ({
    program: f.hash('program'),
    modules: f.values('modules', (item, name) => item.hash(name)),
    entry: f.text('entry'),
    input: f.bytes('input'),
    labels: readLabels(f),
    createdMs: f.count('createdMs'),
    seed: f.bytes('seed'),
    keyHash: f.hashOrNull('keyHash'),
    lineage: f.record('lineage', readLineage),
  }),
};

function readLabels(f: Fields): [string, string][] {
  const labels = f.records('labels', (item): [string, string] => [
    item.text('name'),
    item.text('value'),
  ]);
  if (labels.length > LABELS_MAX) throw f.fail('labels', `are more than ${LABELS_MAX}`);
  for (let i = 1; i < labels.length; i++) {
    if (labels[i - 1]![0] >= labels[i]![0]) throw f.fail('labels', 'are not in order');
  }
  return labels;
}

function writeLineage(lineage: Lineage): Plain {
  return [lineage.store, lineage.generation];
}

function readLineage(f: Fields): Lineage {
  return { store: f.id('store'), generation: f.count('generation') };
}

/** What each commit moves on. */
export interface Head {
  /** As in the birth; repeated because the lists by status are in this order. */
  readonly createdMs: number;
  readonly status: RunStatus;
  readonly statusSinceMs: number;
  readonly sequence: number;
  readonly epoch: number;
  readonly driver: string | null;
  readonly lineage: Lineage;
  readonly updatedMs: number;
  /** End of the chain: MAC of the last commit, or of the birth. */
  readonly mac: Uint8Array;
  /** Sequence of the last complete checkpoint, or 0. */
  readonly checkpoint: number;
  /** The first commit record that was not pruned, and the MAC of the one before it. */
  readonly historyFrom: number;
  readonly anchor: Uint8Array;
  /** The first delta that was not pruned. */
  readonly deltasFrom: number;
  readonly released: number;
  readonly bytes: RunBytes;
  /** The effect asked for last: new ones come after it. '' if none was; null if not known. */
  readonly lastEffect: string | null;
  /** How many timers are set; null if that is not known. */
  readonly timers: number | null;
}

/** Version 1 had no lastEffect and no timers. */
export const HEAD: RecordKind<Head> = {
  table: 'head',
  version: 2,
  write: (h) => [
    h.createdMs,
    writeStatus(h.status),
    h.statusSinceMs,
    h.sequence,
    h.epoch,
    h.driver,
    writeLineage(h.lineage),
    h.updatedMs,
    h.mac,
    h.checkpoint,
    h.historyFrom,
    h.anchor,
    h.deltasFrom,
    h.released,
    [h.bytes.sinceCheckpoint, h.bytes.checkpoint, h.bytes.deltas, h.bytes.output],
    h.lastEffect,
    h.timers,
  ],
  read: (f) => ({
    createdMs: f.count('createdMs'),
    status: readStatus(f),
    statusSinceMs: f.count('statusSinceMs'),
    sequence: f.count('sequence'),
    epoch: f.count('epoch'),
    driver: f.textOrNull('driver'),
    lineage: f.record('lineage', readLineage),
    updatedMs: f.count('updatedMs'),
    mac: f.bytes('mac', MAC_BYTES),
    checkpoint: f.count('checkpoint'),
    historyFrom: f.count('historyFrom'),
    anchor: f.bytes('anchor', MAC_BYTES),
    deltasFrom: f.count('deltasFrom'),
    released: f.count('released'),
    bytes: f.record('bytes', (item) => ({
      sinceCheckpoint: item.count('sinceCheckpoint'),
      checkpoint: item.count('checkpoint'),
      deltas: item.count('deltas'),
      output: item.count('output'),
    })),
    lastEffect: f.version < 2 ? null : f.textOrNull('lastEffect'),
    timers: f.version < 2 ? null : f.countOrNull('timers'),
  }),
};

interface StatusRow {
  /** On disk. */
  readonly number: number;
  /** In the key of the list by status; open ones first, so that they are one range. */
  readonly letter: string;
  readonly open: boolean;
}

/** Statuses on disk. Numbers and letters are for ever. */
export const STATUSES: Readonly<Record<StatusKind, StatusRow>> = {
  ready: { number: 0, letter: 'a', open: true },
  waiting: { number: 1, letter: 'b', open: true },
  done: { number: 2, letter: 'p', open: false },
  failed: { number: 3, letter: 'q', open: false },
  cancelled: { number: 4, letter: 'r', open: false },
};

/** Letters of the open statuses: from the first to the last. */
export const OPEN_LETTERS = ['a', 'b'] as const;

export function writeStatus(status: RunStatus): Plain {
  const { number } = STATUSES[status.kind];
  if (status.kind === 'ready') return [number];
  if (status.kind === 'waiting') return [number, status.reasons, status.wakeAtMs];
  if (status.kind === 'done') return [number, status.result];
  if (status.kind === 'failed') return [number, status.failure];
  return [number, status.reason];
}

export function readStatus(fields: Fields): RunStatus {
  return fields.record('status', (f) => {
    const number = f.count('kind');
    switch (number) {
      case 0:
        return { kind: 'ready' };
      case 1:
        return {
          kind: 'waiting',
          reasons: f.bytes('reasons'),
          wakeAtMs: f.countOrNull('wakeAtMs'),
        };
      case 2:
        return { kind: 'done', result: f.bytes('result') };
      case 3:
        return { kind: 'failed', failure: f.bytes('failure') };
      case 4:
        return { kind: 'cancelled', reason: f.bytes('reason') };
      default:
        throw f.fail('kind', `${number} is no status`);
    }
  });
}

// A commit

/** A commit record, without its MAC, which is stored behind it. */
export interface Log {
  readonly epoch: number;
  readonly generation: number;
  readonly atMs: number;
  readonly deltaBytes: number;
  readonly deltaDigest: Uint8Array;
  readonly status: RunStatus;
  readonly consumed: readonly {
    readonly arrival: number;
    readonly effect: string | null;
    readonly digest: Uint8Array;
  }[];
  readonly effects: readonly {
    readonly effect: string;
    readonly kind: string;
    readonly digest: Uint8Array;
  }[];
  readonly abandoned: readonly string[];
  readonly timersSet: readonly NewTimer[];
  readonly timersCleared: readonly string[];
  readonly output: string;
  readonly events: Uint8Array;
  /** Null in a record of version 1. */
  readonly inputs: Uint8Array | null;
  /** The checkpoint completed here: which state, and the digest of its checkpoint record. */
  readonly checkpoint: { readonly sequence: number; readonly digest: Uint8Array } | null;
}

export const LOG: RecordKind<Log> = {
  table: 'log',
  version: 2,
  write: (l) => [
    l.epoch,
    l.generation,
    l.atMs,
    l.deltaBytes,
    l.deltaDigest,
    writeStatus(l.status),
    l.consumed.map((c) => [c.arrival, c.effect, c.digest]),
    l.effects.map((e) => [e.effect, e.kind, e.digest]),
    l.abandoned,
    l.timersSet.map((t) => [t.timer, t.dueMs]),
    l.timersCleared,
    l.output,
    l.events,
    l.checkpoint === null ? null : [l.checkpoint.sequence, l.checkpoint.digest],
    l.inputs,
  ],
  read: (f) => ({
    epoch: f.count('epoch'),
    generation: f.count('generation'),
    atMs: f.count('atMs'),
    deltaBytes: f.count('deltaBytes'),
    deltaDigest: f.bytes('deltaDigest', MAC_BYTES),
    status: readStatus(f),
    consumed: f.records('consumed', (c) => ({
      arrival: c.count('arrival'),
      effect: c.idOrNull('effect'),
      digest: c.bytes('digest', MAC_BYTES),
    })),
    effects: f.records('effects', (e) => ({
      effect: e.id('effect'),
      kind: e.id('kind'),
      digest: e.bytes('digest', MAC_BYTES),
    })),
    abandoned: f.values('abandoned', (item, name) => item.id(name)),
    timersSet: f.records('timersSet', (t) => ({ timer: t.id('timer'), dueMs: t.count('dueMs') })),
    timersCleared: f.values('timersCleared', (item, name) => item.id(name)),
    output: f.text('output', VALUE_BYTES_MAX),
    events: f.bytes('events'),
    checkpoint: f.recordOrNull('checkpoint', (c) => ({
      sequence: c.count('sequence'),
      digest: c.bytes('digest', MAC_BYTES),
    })),
    inputs: f.version < 2 ? null : f.bytesOrNull('inputs'),
  }),
};

export const DELTA: RecordKind<Uint8Array> = {
  table: 'delta',
  version: 1,
  write: (bytes) => [bytes],
  read: (f) => f.bytes('bytes'),
};

/** What a full state is made of. */
export interface CheckpointRecord {
  readonly bytes: number;
  /** Of each chunk. */
  readonly digests: readonly Uint8Array[];
}

export const CHECKPOINT: RecordKind<CheckpointRecord> = {
  table: 'checkpoint',
  version: 1,
  write: (c) => [c.bytes, c.digests],
  read: (f) => ({
    bytes: f.count('bytes'),
    digests: f.values('digests', (item, name) => item.bytes(name, MAC_BYTES)),
  }),
};

export const CHUNK: RecordKind<Uint8Array> = {
  table: 'chunk',
  version: 1,
  write: (bytes) => [bytes],
  read: (f) => f.bytes('bytes'),
};

// Effects and arrivals

/** What was asked; never changes. */
export interface Ask {
  readonly kind: string;
  readonly request: Uint8Array;
  readonly sequence: number;
  readonly origin: string;
  readonly dispatch: boolean;
  readonly tokenHash: string | null;
}

export const EFFECT: RecordKind<Ask> = {
  table: 'effect',
  version: 1,
  write: (a) => [a.kind, a.request, a.sequence, a.origin, a.dispatch, a.tokenHash],
  read: (f) => ({
    kind: f.id('kind'),
    request: f.bytes('request'),
    sequence: f.count('sequence'),
    origin: f.id('origin'),
    dispatch: f.boolean('dispatch'),
    tokenHash: f.hashOrNull('tokenHash'),
  }),
};

/** What became of it. Kind and dispatch are repeated: they lead to its row in `pending`. */
export interface Fate {
  readonly kind: string;
  readonly dispatch: boolean;
  readonly state: FateState;
}

/**
 * As EffectState, with two differences. Whether an answer was consumed is told by its row in
 * `unread`, not here; and an abandoned effect remembers the answer that came before, if one did.
 */
export type FateState =
  | Extract<EffectState, { readonly kind: 'pending' | 'attempted' }>
  | { readonly kind: 'answered'; readonly arrival: number }
  | { readonly kind: 'abandoned'; readonly sequence: number; readonly arrival: number | null };

export const FATE: RecordKind<Fate> = {
  table: 'fate',
  version: 1,
  write: (fate) => [fate.kind, fate.dispatch, writeFateState(fate.state)],
  read: (f) => ({
    kind: f.id('kind'),
    dispatch: f.boolean('dispatch'),
    state: f.record('state', readFateState),
  }),
};

function writeFateState(state: FateState): Plain {
  if (state.kind === 'pending') return [0, state.notBeforeMs];
  if (state.kind === 'answered') return [2, state.arrival];
  if (state.kind === 'abandoned') return [3, state.sequence, state.arrival];
  const ended = state.ended === null ? null : [state.ended.atMs, state.ended.info];
  return [1, state.attempt, state.startedMs, state.info, ended, state.notBeforeMs];
}

function readFateState(f: Fields): FateState {
  const number = f.count('kind');
  switch (number) {
    case 0:
      return { kind: 'pending', notBeforeMs: f.count('notBeforeMs') };
    case 1:
      return {
        kind: 'attempted',
        attempt: f.count('attempt'),
        startedMs: f.count('startedMs'),
        info: f.bytes('info'),
        ended: f.recordOrNull('ended', (e) => ({ atMs: e.count('atMs'), info: e.bytes('info') })),
        notBeforeMs: f.count('notBeforeMs'),
      };
    case 2:
      return { kind: 'answered', arrival: f.count('arrival') };
    case 3:
      return {
        kind: 'abandoned',
        sequence: f.count('sequence'),
        arrival: f.countOrNull('arrival'),
      };
    default:
      throw f.fail('kind', `${number} is no state of an effect`);
  }
}

/** Something that came from outside. */
export interface ArrivalRecord {
  readonly atMs: number;
  /** The effect it answers; null for a message. */
  readonly effect: string | null;
  /** Name of a message; null for an answer. */
  readonly name: string | null;
  /** SHA-256 of a message's key. */
  readonly keyHash: string | null;
  readonly body: Uint8Array;
}

export const ARRIVAL: RecordKind<ArrivalRecord> = {
  table: 'arrival',
  version: 1,
  write: (a) => [a.atMs, a.effect, a.name, a.keyHash, a.body],
  read: (f) => {
    const arrival = {
      atMs: f.count('atMs'),
      effect: f.idOrNull('effect'),
      name: f.idOrNull('name'),
      keyHash: f.hashOrNull('keyHash'),
      body: f.bytes('body'),
    };
    if ((arrival.effect === null) === (arrival.name === null)) {
      throw f.fail('name', 'and effect: exactly one of them must be there');
    }
    return arrival;
  },
};

/** What a commit must know to consume an arrival, without reading its body. */
export interface Unread {
  readonly effect: string | null;
  readonly digest: Uint8Array;
}

export const UNREAD: RecordKind<Unread> = {
  table: 'unread',
  version: 1,
  write: (u) => [u.effect, u.digest],
  read: (f) => ({ effect: f.idOrNull('effect'), digest: f.bytes('digest', MAC_BYTES) }),
};

export const TIMER: RecordKind<number> = {
  table: 'timer',
  version: 1,
  write: (dueMs) => [dueMs],
  read: (f) => f.count('dueMs'),
};

// Lists. In some, all is in the key.

function mark(table: TableName): RecordKind<true> {
  return { table, version: 1, write: () => [], read: () => true };
}

export const BORN = mark('born');
export const STATUS = mark('status');
export const DUE = mark('due');
export const PENDING = mark('pending');

export const CREATED: RecordKind<string> = {
  table: 'created',
  version: 1,
  write: (run) => [run],
  read: (f) => f.id('run'),
};

export interface TokenOwner {
  readonly run: string;
  readonly effect: string;
  /** Id of the store that gave the token out; another one does not answer to it. */
  readonly origin: string;
}

export const TOKEN: RecordKind<TokenOwner> = {
  table: 'token',
  version: 1,
  write: (t) => [t.run, t.effect, t.origin],
  read: (f) => ({ run: f.id('run'), effect: f.id('effect'), origin: f.id('origin') }),
};

export const SENT: RecordKind<number> = {
  table: 'sent',
  version: 1,
  write: (arrival) => [arrival],
  read: (f) => f.count('arrival'),
};
