// The store over any ordered map: the contract's front, and nothing behind it but the parts.
//
//     TableStore ── runs, commits, states, prune   the run and its state
//                ├─ effects, arrivals, timers      the outbox, the inbox, the clock's list
//                ├─ transfer, verify               files, and checking
//                └─ core ── writer ── disk         records, group commit, LevelDB or memory
//
// Each method here is one line: is the store open, then the part that does it.

import * as arrivals from './arrivals.ts';
import * as commits from './commits.ts';
import type { Core } from './core.ts';
import * as effects from './effects.ts';
import { prune } from './prune.ts';
import * as runs from './runs.ts';
import * as secrets from './secrets.ts';
import * as states from './states.ts';
import type {
  Arrival,
  ArrivalQuery,
  AttemptEnd,
  AttemptStart,
  Claim,
  CodeHash,
  Commit,
  Committed,
  Delivered,
  Delivery,
  DueTimer,
  EffectRecord,
  EffectRef,
  Finding,
  HistoryEntry,
  HistoryQuery,
  LoadedRun,
  Message,
  Ms,
  NewRun,
  NewTimer,
  Page,
  PageQuery,
  PendingQuery,
  Prune,
  Pruned,
  RunId,
  RunQuery,
  RunRecord,
  StagedChunk,
  BegunCheckpoint,
  Store,
  StoreIdentity,
} from './store.ts';
import * as timers from './timers.ts';
import { exportRun, importRun } from './transfer.ts';
import { verify } from './verify.ts';

export class TableStore implements Store {
  readonly #core: Core;

  constructor(core: Core) {
    this.#core = core;
  }

  get identity(): StoreIdentity {
    return this.#core.identity;
  }

  /** The core of a store that is open. */
  #open(): Core {
    this.#core.needOpen();
    return this.#core;
  }

  async putCode(hash: CodeHash, bytes: Uint8Array): Promise<void> {
    return runs.putCode(this.#open(), { hash, bytes });
  }

  async getCode(hash: CodeHash): Promise<Uint8Array> {
    return runs.getCode(this.#open(), hash);
  }

  async createRun(
    run: NewRun,
    begun?: (record: RunRecord) => void,
  ): Promise<{ readonly run: RunId; readonly created: boolean }> {
    return runs.createRun(this.#open(), run, begun);
  }

  async getRun(run: RunId): Promise<RunRecord | null> {
    return runs.getRun(this.#open(), run);
  }

  async listRuns(query: RunQuery = {}): Promise<Page<RunRecord>> {
    return runs.listRuns(this.#open(), query);
  }

  async claimRun(claim: Claim): Promise<RunRecord> {
    return runs.claimRun(this.#open(), claim);
  }

  async commit(commit: Commit): Promise<Committed> {
    return commits.commit(this.#open(), commit);
  }

  async beginCheckpoint(begun: BegunCheckpoint): Promise<void> {
    return commits.beginCheckpoint(this.#open(), begun);
  }

  async stageChunk(chunk: StagedChunk): Promise<void> {
    return commits.stageChunk(this.#open(), chunk);
  }

  async loadRun(run: RunId, at?: number): Promise<LoadedRun> {
    return states.loadRun(this.#open(), run, at);
  }

  async *history(query: HistoryQuery): AsyncGenerator<HistoryEntry> {
    yield* states.history(this.#open(), query);
  }

  async prune(request: Prune): Promise<Pruned> {
    return prune(this.#open(), request);
  }

  async listPending(query: PendingQuery): Promise<Page<EffectRecord>> {
    return effects.listPending(this.#open(), query);
  }

  async getEffect(ref: EffectRef): Promise<EffectRecord | null> {
    return effects.getEffect(this.#open(), ref);
  }

  async startAttempt(attempt: AttemptStart): Promise<number | null> {
    return effects.startAttempt(this.#open(), attempt);
  }

  async endAttempt(attempt: AttemptEnd): Promise<void> {
    return effects.endAttempt(this.#open(), attempt);
  }

  async deliver(delivery: Delivery): Promise<Delivered> {
    return arrivals.deliver(this.#open(), delivery);
  }

  async send(message: Message): Promise<Delivered> {
    return arrivals.send(this.#open(), message);
  }

  async findToken(token: string): Promise<(EffectRef & { readonly abandoned: boolean }) | null> {
    return arrivals.findToken(this.#open(), token);
  }

  async answersFor(query: ArrivalQuery): Promise<readonly Arrival[]> {
    return arrivals.answersFor(this.#open(), query);
  }

  async unreadRuns(query: PageQuery = {}): Promise<Page<RunId>> {
    return arrivals.unreadRuns(this.#open(), query);
  }

  async getArrival(run: RunId, arrival: number): Promise<Arrival | null> {
    return arrivals.getArrival(this.#open(), run, arrival);
  }

  onArrival(listener: (run: RunId, arrival: number) => void): () => void {
    return this.#core.onArrival(listener);
  }

  onArriving(listener: (run: RunId, arrival: Arrival) => void): () => void {
    return this.#core.onArriving(listener);
  }

  async dueTimers(byMs: Ms, limit?: number, after?: DueTimer): Promise<readonly DueTimer[]> {
    return timers.dueTimers(this.#open(), byMs, limit, after);
  }

  async timersOf(run: RunId): Promise<readonly NewTimer[]> {
    return timers.timersOf(this.#open(), run);
  }

  async putSecret(name: string, handle: string): Promise<void> {
    return secrets.putSecret(this.#open(), name, handle);
  }

  async dropSecret(name: string): Promise<void> {
    return secrets.dropSecret(this.#open(), name);
  }

  async listSecrets(): Promise<readonly { readonly name: string; readonly handle: string }[]> {
    return secrets.listSecrets(this.#open());
  }

  async exportRun(run: RunId): Promise<Uint8Array> {
    return exportRun(this.#open(), run);
  }

  async importRun(file: Uint8Array): Promise<RunId> {
    return importRun(this.#open(), file);
  }

  async *verify(): AsyncGenerator<Finding> {
    yield* verify(this.#open());
  }

  close(): Promise<void> {
    return this.#core.close();
  }
}
