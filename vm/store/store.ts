// The store: everything a run is, on disk. This file is the contract; it names no database.
//
//     engine ──claim, load, commit──▶ store ◀──deliver, attempts── connectors
//                                       │
//                  runs, deltas, checkpoints, outbox, inbox, timers, code
//
// To the store, states, deltas, requests and answers are bytes: it never looks into them. What it
// knows is order, ownership and permanence. Nor has it a clock, a random source or a network:
// moments, ids and seeds are given by the caller, so that the same calls make the same store.
//
// Who implements it: memory.ts and level.ts, both over tables.ts. The suite test/suites/store.ts
// says in tests what this file says in words, and every implementation runs it. Nothing here
// leans on one process owning the data: each rule can be held by a conditional UPDATE.
//
// Invariants:
//
//   T1.  A commit is whole or absent, also after a crash.
//   T2.  A run's commits have no gaps: sequence 1, 2, 3, ... A commit that does not follow the
//        head is refused (FLOW_SEQUENCE_CONFLICT) and writes nothing.
//   T3.  A commit under an epoch that has passed is refused (FLOW_LEASE_LOST) and writes nothing.
//        Epochs only grow: each claim adds one, and names the epoch it believes in.
//   T4.  A call that resolved is on disk; every later read sees it, also after a crash. A read
//        never shows what is not yet on disk.
//   T5.  Each commit record carries MAC(previous MAC, record), and the record carries the digests
//        of its delta, checkpoint, effects and consumed answers. A flipped, dropped, spliced or
//        reordered record is FLOW_STORE_CORRUPT, never a wrong state.
//   T6.  An effect is answered at most once. The first delivery wins and is on disk before
//        `accepted` is said; arrival and consumption are two facts, written apart.
//   T7.  An answer is consumed by exactly one commit.
//   T8.  An attempt is on disk before the world can see it, so an attempt begun and never ended
//        is known after a crash.
//   T9.  Copying files makes two of each run. So a store remembers its home, and opened elsewhere
//        it refuses (FLOW_STORE_MOVED) until adopted: `move` (same id) or `fork` (a new id); both
//        add one to the generation. An effect's `origin` is the store id it was committed under.
//   T10. Derived data (lists by status, by due time, by kind) is written with what it is derived
//        from, in the same atomic write. `verify` compares them.
//   T11. No call costs more than what it names: a page, a run's live state, a budget of records.
//   T12. Only names and handles of secrets are stored, never a secret.
//   T13. A list goes on without the runs that are damaged, and names them: what is wrong with one
//        run keeps no other from going on.

import type { FlowError } from '../bytecode/errors.ts';

/** Text of 1 to ID_LENGTH_MAX characters from `A-Z a-z 0-9 . _ : -`. Chosen by the caller. */
export type RunId = string;
/** As RunId; unique within its run, and derived from the run's state, so stable over retries. */
export type EffectId = string;
/** As RunId; unique within its run while it is set. */
export type TimerId = string;
/** SHA-256 of the bytes, 64 lower-case hexadecimal digits. */
export type CodeHash = string;
/** Milliseconds since 1970, a safe integer, not negative. Given by the caller, never read here. */
export type Ms = number;
/** What follows the last row of a page; opaque. */
export type Cursor = string;

export interface Page<Row> {
  readonly rows: readonly Row[];
  /** Runs that would be among the rows, if what the store has of them could be read. */
  readonly unreadable: readonly UnreadableRun[];
  /** Give it back as `after` for the next page; null when there was no more. */
  readonly next: Cursor | null;
}

/** A run that is damaged: a list names it, and goes on with the others. */
export interface UnreadableRun {
  readonly run: RunId;
  /** FLOW_STORE_CORRUPT, or FLOW_STORE_VERSION for a record of a newer version. */
  readonly error: FlowError;
}

export interface PageQuery {
  readonly after?: Cursor | null;
  /** At most PAGE_ROWS_MAX, which is also the default. */
  readonly limit?: number;
}

/** Which store this is. The pair (id, generation) is never shared by two stores that are open. */
export interface StoreIdentity {
  readonly id: string;
  readonly generation: number;
  /** The store this one was forked from. */
  readonly parent: string | null;
  readonly createdMs: Ms;
}

// Runs

/** Where a run stands. The bytes are the caller's. */
export type RunStatus =
  | { readonly kind: 'ready' }
  | {
      readonly kind: 'waiting';
      /** Why, for a person: what `flowvm why` shows. */
      readonly reasons: Uint8Array;
      /** The earliest moment the run wakes by itself. For showing; waking goes by timers. */
      readonly wakeAtMs: Ms | null;
    }
  | { readonly kind: 'done'; readonly result: Uint8Array }
  | { readonly kind: 'failed'; readonly failure: Uint8Array }
  | { readonly kind: 'cancelled'; readonly reason: Uint8Array };

export type StatusKind = RunStatus['kind'];

/** Bytes of code and the hash they go by. */
export interface CodeBlob {
  readonly hash: CodeHash;
  readonly bytes: Uint8Array;
}

/** What is said once, when a run is made. */
export interface NewRun {
  readonly run: RunId;
  /** The program's blob; must be in the store, or come with the run. */
  readonly program: CodeHash;
  /** Every other blob the run needs, likewise. Exported with the run. */
  readonly modules?: readonly CodeHash[];
  /** Blobs that may not be in the store yet. What it has is not looked at again. */
  readonly code?: readonly CodeBlob[];
  /** Who drives it from the start: it is claimed as it is made, at epoch 1. */
  readonly driver?: string;
  readonly entry: string;
  /** Arguments, as the caller encodes them. */
  readonly input: Uint8Array;
  readonly labels?: Readonly<Record<string, string>>;
  readonly createdMs: Ms;
  /** Random bytes, from which the run's randomness is derived. */
  readonly seed: Uint8Array;
  /** The same key again gives the run made the first time, whatever else is said. */
  readonly key?: string;
}

/** A run as it is on disk. */
export interface RunRecord {
  readonly run: RunId;
  readonly program: CodeHash;
  readonly modules: readonly CodeHash[];
  readonly entry: string;
  readonly input: Uint8Array;
  readonly labels: Readonly<Record<string, string>>;
  readonly createdMs: Ms;
  readonly seed: Uint8Array;
  readonly status: RunStatus;
  /** When the status was last of another kind. */
  readonly statusSinceMs: Ms;
  /** Number of the last commit; 0 before the first. */
  readonly sequence: number;
  /** Sequence of the last complete checkpoint; 0 if there is none. */
  readonly checkpoint: number;
  /** The first commit still in the history; states before `statesFrom` were pruned. */
  readonly historyFrom: number;
  readonly statesFrom: number;
  readonly epoch: number;
  /** Who claimed the run last; null before the first claim. */
  readonly driver: string | null;
  /** Store id and generation under which the last claim was made, and it was created. */
  readonly lineage: Lineage;
  readonly born: Lineage;
  readonly updatedMs: Ms;
  /** MAC of the last commit, the end of the chain. */
  readonly mac: Uint8Array;
  readonly bytes: RunBytes;
  /** The last commit whose output the caller has said to have been released. */
  readonly released: number;
}

/** Salt for a run's randomness and ids: two copies of one run never share it. */
export interface Lineage {
  readonly store: string;
  readonly generation: number;
}

export interface RunBytes {
  /** Deltas since the last checkpoint: when it outgrows `checkpoint`, another is due. */
  readonly sinceCheckpoint: number;
  /** The last checkpoint. */
  readonly checkpoint: number;
  /** All deltas ever. */
  readonly deltas: number;
  /** All output ever. */
  readonly output: number;
}

export interface RunQuery extends PageQuery {
  /** `open` is ready or waiting: all that is unfinished. Rows come in order of creation. */
  readonly status?: StatusKind | 'open' | 'all';
}

export interface Claim {
  readonly run: RunId;
  readonly driver: string;
  /** The epoch the claimer believes to be the last. Another one there: FLOW_LEASE_LOST. */
  readonly epoch: number;
  readonly atMs: Ms;
}

// Commits

/** What one batch of a run did. All of it becomes permanent, or none. */
export interface Commit {
  readonly run: RunId;
  readonly epoch: number;
  /** One more than the head's. */
  readonly sequence: number;
  readonly atMs: Ms;
  readonly delta: Uint8Array;
  /** A run may end with effects still pending: they are carried out, and their answers refused. */
  readonly status: RunStatus;
  /** Arrivals (`Arrival.arrival`) this batch has taken in. */
  readonly consumed?: readonly number[];
  /** What it asks of the outside. */
  readonly effects?: readonly NewEffect[];
  /** Effects whose answer it no longer wants. A late one is told `abandoned`. */
  readonly abandoned?: readonly EffectId[];
  /** Setting a timer that is set moves it. A run that ends needs not clear its timers. */
  readonly timers?: { readonly set?: readonly NewTimer[]; readonly clear?: readonly TimerId[] };
  /** What the program printed. */
  readonly output?: string;
  /** What happened, for `history`; the caller's bytes. */
  readonly events?: Uint8Array;
  /** What came into the batch besides arrivals, to do it again; the caller's bytes. */
  readonly inputs?: Uint8Array;
  readonly checkpoint?: NewCheckpoint;
  /** Output up to this commit has been released; see RunRecord.released. */
  readonly released?: number;
}

export interface NewEffect {
  readonly effect: EffectId;
  /** Which connector: `http.request`, `http.callback`, ... */
  readonly kind: string;
  readonly request: Uint8Array;
  /** Unguessable text by which a stranger may answer (a callback's URL). Only its hash is kept. */
  readonly token?: string;
  /** Not to be listed as pending before this moment; default: at once. */
  readonly notBeforeMs?: Ms;
  /** False for what nobody carries out, only awaits (a callback): never listed as pending. */
  readonly dispatch?: boolean;
  /**
   * Its first attempt begins with this commit, as `startAttempt` with this info would say: for a
   * caller that carries it out as soon as the commit is on disk, and saves a write by it.
   */
  readonly attempt?: Uint8Array;
}

export interface NewTimer {
  readonly timer: TimerId;
  readonly dueMs: Ms;
}

/** A full state, complete with the commit that carries this. */
export interface NewCheckpoint {
  /** Which state: after this commit, or after an earlier one (when chunks were staged). */
  readonly sequence: number;
  /** How many chunks were staged since it was begun. */
  readonly staged?: number;
  /** The rest of the chunks. */
  readonly chunks: readonly Uint8Array[];
}

/** A checkpoint whose chunks will be staged while the run goes on. */
export interface BegunCheckpoint {
  readonly run: RunId;
  readonly epoch: number;
  /** The state it is of: the head's. */
  readonly sequence: number;
}

/** A slice of a checkpoint, written ahead of the commit that completes it. */
export interface StagedChunk extends BegunCheckpoint {
  /** 0, 1, 2, ... in order. */
  readonly index: number;
  readonly bytes: Uint8Array;
}

export interface Committed {
  readonly sequence: number;
  readonly bytes: RunBytes;
}

/** A run with its state: the checkpoint, then the deltas in order. */
export interface LoadedRun {
  readonly record: RunRecord;
  /** The state asked for. */
  readonly sequence: number;
  readonly checkpoint: { readonly sequence: number; readonly chunks: readonly Uint8Array[] } | null;
  readonly deltas: readonly { readonly sequence: number; readonly bytes: Uint8Array }[];
  /**
   * The last commit that printed something or noted an event, as far as the commits say that were
   * read for this: those from `since` on. 0 if none of them did.
   */
  readonly said: { readonly sequence: number; readonly since: number };
}

export interface HistoryQuery {
  readonly run: RunId;
  /** First and last sequence, both included; by default all there are. */
  readonly from?: number;
  readonly to?: number;
  readonly limit?: number;
}

/** One commit, as told afterwards. */
export interface HistoryEntry {
  readonly sequence: number;
  readonly epoch: number;
  readonly generation: number;
  readonly atMs: Ms;
  readonly status: RunStatus;
  readonly deltaBytes: number;
  readonly consumed: readonly { readonly arrival: number; readonly effect: EffectId | null }[];
  readonly effects: readonly { readonly effect: EffectId; readonly kind: string }[];
  readonly abandoned: readonly EffectId[];
  readonly timersSet: readonly NewTimer[];
  readonly timersCleared: readonly TimerId[];
  readonly output: string;
  readonly events: Uint8Array;
  /** As its commit said; null for one of a flowmetal that did not write them down. */
  readonly inputs: Uint8Array | null;
  /** Sequence of the checkpoint this commit completed. */
  readonly checkpoint: number | null;
}

export interface Prune {
  readonly run: RunId;
  /** States before this sequence need not be loadable any more. */
  readonly before: number;
  /** Also forget the history before it, with settled effects and consumed arrivals. */
  readonly history?: boolean;
  /** Budget: about how many records to remove in this call. */
  readonly records: number;
}

export interface Pruned {
  readonly removed: number;
  /** Whether there is more to remove: call again. */
  readonly more: boolean;
}

// Effects and answers

export interface EffectRef {
  readonly run: RunId;
  readonly effect: EffectId;
}

/** What became of an effect. */
export type EffectState =
  /** Nobody has tried yet. */
  | { readonly kind: 'pending'; readonly notBeforeMs: Ms }
  /** The last attempt; `ended` is null if it is under way, or its outcome was lost in a crash. */
  | {
      readonly kind: 'attempted';
      readonly attempt: number;
      readonly startedMs: Ms;
      readonly info: Uint8Array;
      readonly ended: { readonly atMs: Ms; readonly info: Uint8Array } | null;
      readonly notBeforeMs: Ms;
    }
  /** Answered; `consumed` says whether a commit has taken the answer in. */
  | { readonly kind: 'answered'; readonly arrival: number; readonly consumed: boolean }
  /** Given up by the commit of this sequence. */
  | { readonly kind: 'abandoned'; readonly sequence: number };

export interface EffectRecord extends EffectRef {
  readonly kind: string;
  readonly request: Uint8Array;
  /** The commit that asked. */
  readonly sequence: number;
  /** Id of the store it was committed under: another than this store's means a fork or import. */
  readonly origin: string;
  readonly dispatch: boolean;
  readonly state: EffectState;
}

export interface PendingQuery extends PageQuery {
  readonly kind: string;
  /** Only what may be tried by this moment. Rows come in order of `notBeforeMs`. */
  readonly byMs?: Ms;
}

export interface AttemptStart extends EffectRef {
  readonly atMs: Ms;
  readonly info: Uint8Array;
}

export interface AttemptEnd extends EffectRef {
  /** As `startAttempt` gave it. */
  readonly attempt: number;
  readonly atMs: Ms;
  readonly info: Uint8Array;
  /** When to try again. */
  readonly notBeforeMs: Ms;
}

export interface Delivery extends EffectRef {
  readonly answer: Uint8Array;
  readonly atMs: Ms;
}

/**
 * - `accepted`: it is the answer, and on disk;
 * - `already`: another delivery was first;
 * - `abandoned`: nobody wants it any more: the run gave it up, or has ended;
 * - `unknown`: no such run or effect.
 */
export type Delivered = 'accepted' | 'already' | 'abandoned' | 'unknown';

/** Something sent to a run that it did not ask for: a signal, a message, a request to stop. */
export interface Message {
  readonly run: RunId;
  /** What kind of message; as an id. */
  readonly name: string;
  readonly body: Uint8Array;
  readonly atMs: Ms;
  /** A second message with the same key is told `already`. */
  readonly key?: string;
}

/** What has arrived for a run, in order of `arrival`, and waits to be consumed by a commit. */
export interface Arrival {
  readonly arrival: number;
  readonly atMs: Ms;
  readonly source:
    | { readonly kind: 'answer'; readonly effect: EffectId }
    | { readonly kind: 'message'; readonly name: string };
  readonly body: Uint8Array;
}

export interface ArrivalQuery {
  readonly run: RunId;
  /** Only later ones. */
  readonly after?: number;
  readonly limit?: number;
}

export interface DueTimer extends NewTimer {
  readonly run: RunId;
}

/** Something wrong, or worth a note, and where. */
export interface Finding {
  readonly severity: 'error' | 'note';
  readonly table: string;
  readonly key: string;
  readonly run: RunId | null;
  readonly sequence: number | null;
  readonly what: string;
}

/**
 * A store, open. Every call may also fail with FLOW_STORE_CLOSED, FLOW_STORE_UNAVAILABLE, and
 * FLOW_REQUEST_INVALID for arguments outside their types' rules; every read with
 * FLOW_STORE_CORRUPT, naming table, key and field.
 */
export interface Store {
  readonly identity: StoreIdentity;

  /** @throws FLOW_REQUEST_INVALID  the hash is not that of the bytes */
  putCode(hash: CodeHash, bytes: Uint8Array): Promise<void>;
  /** @throws FLOW_CODE_UNKNOWN */
  getCode(hash: CodeHash): Promise<Uint8Array>;

  /**
   * @param begun  called if the run is made and claimed, as soon as it is on its way to the disk:
   *               commits may be handed in from then on, and are written with it or after it
   * @returns the run's id: of an earlier run if `key` was used before
   * @throws FLOW_RUN_EXISTS    the id is taken
   * @throws FLOW_CODE_UNKNOWN  the program or a module is not in the store
   * @throws FLOW_REQUEST_INVALID  the hash of some code is not that of its bytes
   */
  createRun(
    run: NewRun,
    begun?: (record: RunRecord) => void,
  ): Promise<{ readonly run: RunId; readonly created: boolean }>;
  getRun(run: RunId): Promise<RunRecord | null>;
  listRuns(query?: RunQuery): Promise<Page<RunRecord>>;

  /**
   * Take a run over. Commits of all earlier epochs are refused from now on.
   *
   * @throws FLOW_RUN_UNKNOWN, FLOW_RUN_FINISHED
   * @throws FLOW_LEASE_LOST  the run's epoch is not the one named
   */
  claimRun(claim: Claim): Promise<RunRecord>;

  /**
   * Make one batch permanent. Resolves when it is on disk. The commits of one run may be handed
   * in without waiting for each other, in order; if one fails, those after it fail.
   *
   * @throws FLOW_RUN_UNKNOWN, FLOW_RUN_FINISHED, FLOW_LEASE_LOST, FLOW_SEQUENCE_CONFLICT
   * @throws FLOW_REQUEST_INVALID    also: an arrival that does not wait, an effect id used
   *                                 before, an unknown timer or effect to clear or abandon
   * @throws FLOW_STORE_UNAVAILABLE  whether it was written is unknown; reopen and look
   */
  commit(commit: Commit): Promise<Committed>;
  /**
   * A checkpoint of the head's state will be staged, and completed by a later commit; one that was
   * begun before is given up. Known to this process only: after a crash it is begun anew.
   *
   * @throws as commit
   */
  beginCheckpoint(begun: BegunCheckpoint): Promise<void>;
  /** @throws as commit */
  stageChunk(chunk: StagedChunk): Promise<void>;

  /**
   * The state of a run, verified against the chain.
   *
   * @param at  a sequence to look back to; default: the head
   * @throws FLOW_RUN_UNKNOWN
   * @throws FLOW_REQUEST_INVALID  that state was pruned, or is not reached yet
   */
  loadRun(run: RunId, at?: number): Promise<LoadedRun>;
  /** Commits in order, verified against the chain, read as they are asked for. */
  history(query: HistoryQuery): AsyncIterable<HistoryEntry>;
  prune(prune: Prune): Promise<Pruned>;

  /** Effects to be carried out: `pending` or `attempted`. */
  listPending(query: PendingQuery): Promise<Page<EffectRecord>>;
  getEffect(ref: EffectRef): Promise<EffectRecord | null>;
  /**
   * Say that an attempt begins; resolves when that is on disk (T8).
   *
   * @returns its number, 1 for the first; null if the effect is no longer to be carried out
   */
  startAttempt(attempt: AttemptStart): Promise<number | null>;
  /**
   * Say that an attempt failed; one that succeeded is told by `deliver`. Nothing happens if the
   * effect was settled meanwhile, or a later attempt has begun.
   */
  endAttempt(attempt: AttemptEnd): Promise<void>;

  deliver(delivery: Delivery): Promise<Delivered>;
  send(message: Message): Promise<Delivered>;
  /**
   * Whose token this is. `abandoned` says that it must not be answered here: the run gave the
   * effect up or has ended, or the token was given out by the store this one was forked from.
   */
  findToken(token: string): Promise<(EffectRef & { readonly abandoned: boolean }) | null>;
  answersFor(query: ArrivalQuery): Promise<readonly Arrival[]>;
  /** Runs for which something has arrived that no commit has consumed, by their ids. */
  unreadRuns(query?: PageQuery): Promise<Page<RunId>>;
  /** One arrival, also after it was consumed; null if there is none, or it was pruned. */
  getArrival(run: RunId, arrival: number): Promise<Arrival | null>;
  /** Called in this process after something arrived for a run. Returns how to stop. */
  onArrival(listener: (run: RunId, arrival: number) => void): () => void;
  /**
   * Called when something is about to arrive: it is on its way to the disk, and a commit that is
   * handed in from now on may consume it, for it is written with it or after it. If it does not
   * get there, nor does the commit. Returns how to stop.
   */
  onArriving(listener: (run: RunId, arrival: Arrival) => void): () => void;

  /**
   * Timers due by a moment, earliest first.
   *
   * @param after  only those that come after one in that order
   */
  dueTimers(byMs: Ms, limit?: number, after?: DueTimer): Promise<readonly DueTimer[]>;
  timersOf(run: RunId): Promise<readonly NewTimer[]>;

  putSecret(name: string, handle: string): Promise<void>;
  dropSecret(name: string): Promise<void>;
  listSecrets(): Promise<readonly { readonly name: string; readonly handle: string }[]>;

  /** One run with all it needs, as one file. */
  exportRun(run: RunId): Promise<Uint8Array>;
  /**
   * @returns the run's id
   * @throws FLOW_RUN_EXISTS, FLOW_EXPORT_CORRUPT, FLOW_EXPORT_VERSION, FLOW_STORE_KEY
   */
  importRun(file: Uint8Array): Promise<RunId>;

  /** Read everything, compare everything, and tell what does not agree. */
  verify(): AsyncIterable<Finding>;
  /** Finishes what was handed in, then closes. Again: nothing happens. */
  close(): Promise<void>;
}

/** How to open a store. The same for every implementation. */
export interface OpenOptions {
  /**
   * Where this is: text that changes when the files are copied or the host is another one.
   * Made by the caller from the machine's identity and the place of the files.
   */
  readonly home: string;
  /** Makes the store if there is none. The id is random text, as a RunId. */
  readonly create?: { readonly id: string; readonly atMs: Ms };
  /** Takes over a store that was copied or moved here; see T9. */
  readonly adopt?: Adoption;
  /** At least 16 secret bytes, without which no MAC is made or checked. Fixed at creation. */
  readonly key?: Uint8Array;
}

export type Adoption =
  /** The one copy that lives on. The other one must never be opened again. */
  | { readonly mode: 'move' }
  /** A store of its own: same runs, other randomness and ids; callbacks stay with the parent. */
  | { readonly mode: 'fork'; readonly id: string };
