// The outbox: hands committed effects to their connectors, and what becomes of them to the store.
//
//     commit on disk ──offer──▶ [ in flight, at most `capacity` a kind ] ──▶ Connector.deliver
//     restart, retry due ──look──▶ store.listPending ──▶ the same
//
// What is offered when a kind is full stays in the store and is found by the next look; so memory
// is bounded by what is in flight, and a crash loses nothing.
//
// The first attempt at an effect begins with the commit that asks for it, if there is room for it
// (reserve): one write less before it leaves. An attempt so begun that the connector has not taken
// up, because all is being stopped, is given back.
//
// Owns:      which effects are in flight in this process.
// Does not:  know what a request says, or touch a machine: dispatch reads the store's records.
//
// Invariants:
//
//   OB1. An effect is with its connector at most once at a time.
//   OB2. Effects of runs that this driver does not drive are left alone.

import { encode, type Plain } from '../bytecode/codec.ts';
import { isFlowError } from '../bytecode/errors.ts';
import type { EffectId, EffectRecord, EffectRef, RunId, Store } from '../store/store.ts';
import type { Clock, Stop } from './clock.ts';
import type { Connector, ConnectorHost, EffectKinds, Outgoing } from './connector.ts';
import { ordinalOf, readRequest } from './effects.ts';
import { DISPATCH_MAX } from './limits.ts';
import { idempotencyKey } from './random.ts';

export interface OutboxOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly connectors: readonly Connector[];
  readonly kinds: EffectKinds;
  /** Whether this driver moves the run. */
  readonly drives: (run: RunId) => boolean;
  /** Makes a call of the store that counts as work under way. */
  readonly ask: <Result>(call: () => Promise<Result>) => Promise<Result>;
  /** Something beyond repair: the store is gone. */
  /** A run of which something cannot be read, or only of which something went wrong. */
  readonly giveUp: (run: RunId, error: unknown) => void;
  readonly fail: (error: unknown) => void;
}

interface Lane {
  readonly connector: Connector;
  readonly capacity: number;
  readonly inFlight: Set<string>;
  /** Room kept for effects whose commits are not on disk yet. */
  reserved: number;
  /** Of those in flight: first attempts that began with a commit, and not yet for the connector. */
  readonly begun: Set<string>;
  /** Of those in flight: when the connector wants them again. */
  readonly putOff: Map<string, number>;
  /** The store may hold effects that are due and not in flight. */
  hasMore: boolean;
  looking: boolean;
  /** When the next retry is due, and how to call the appointment off. */
  nextMs: number;
  stop: Stop | null;
}

function isFull({ inFlight, reserved, capacity }: Lane): boolean {
  return inFlight.size + reserved >= capacity;
}

const keyOf = ({ run, effect }: EffectRef): string => `${run}/${effect}`;

export class Outbox {
  private readonly options: OutboxOptions;
  private readonly lanes = new Map<string, Lane>();
  private closing = false;
  private readonly deliveries = new Set<Promise<void>>();
  private readonly looks = new Set<Promise<void>>();

  constructor(options: OutboxOptions) {
    this.options = options;
    for (const connector of options.connectors) {
      this.lanes.set(connector.kind, {
        connector,
        capacity: connector.capacity ?? DISPATCH_MAX,
        inFlight: new Set(),
        reserved: 0,
        begun: new Set(),
        putOff: new Map(),
        hasMore: false,
        looking: false,
        nextMs: Infinity,
        stop: null,
      });
    }
  }

  async start(): Promise<void> {
    for (const { connector } of this.lanes.values()) await connector.start(this.host());
  }

  /** Look for what is pending in the store: when runs were taken over. */
  look(): void {
    for (const lane of this.lanes.values()) {
      lane.hasMore = true;
      this.fill(lane);
    }
  }

  /** Keep room for an effect that will be offered when its commit is on disk, if there is any. */
  reserve(kind: string): boolean {
    const lane = this.lanes.get(kind);
    if (lane === undefined || this.closing || isFull(lane)) return false;
    lane.reserved++;
    return true;
  }

  /** The commit of an effect that room was kept for has failed. */
  forgo(kind: string): void {
    const lane = this.lanes.get(kind);
    if (lane !== undefined) lane.reserved--;
  }

  /**
   * An effect that a commit has just made permanent.
   *
   * @param begun whether its first attempt began with the commit, room having been kept for it
   */
  offer(record: EffectRecord, seed: Uint8Array, begun: boolean): void {
    const lane = this.lanes.get(record.kind);
    if (lane === undefined || !record.dispatch) return;
    if (begun) {
      lane.reserved--;
      lane.begun.add(keyOf(record));
    }
    if (this.closing) void this.giveBack(lane, record);
    else if (begun || !isFull(lane)) this.deliver(lane, record, seed);
    else lane.hasMore = true;
  }

  /**
   * What a run that was just claimed has asked for. The driver before may have committed it after
   * the last look here, and carries it out no more.
   */
  takeOver(
    run: RunId,
    asked: readonly { readonly effect: EffectId; readonly kind: string }[],
  ): void {
    for (const { effect, kind } of asked) {
      const lane = this.lanes.get(kind);
      const ref = { run, effect };
      if (lane === undefined || this.closing || lane.inFlight.has(keyOf(ref))) continue;
      if (isFull(lane)) {
        lane.hasMore = true;
        continue;
      }
      const { ask, clock } = this.options;
      const look = ask(() => this.takeUp(lane, ref, clock.nowMs()))
        .catch((error: unknown) => this.failed(error, run))
        .finally(() => this.looks.delete(look));
      this.looks.add(look);
    }
  }

  /** Effects whose answers nobody wants any more. */
  cancel(refs: readonly EffectRef[]): void {
    if (refs.length === 0) return;
    for (const lane of this.lanes.values()) {
      for (const ref of refs) {
        if (lane.inFlight.has(keyOf(ref))) lane.connector.cancel(ref);
      }
    }
  }

  async stop(): Promise<void> {
    this.closing = true;
    for (const lane of this.lanes.values()) lane.stop?.();
    await Promise.all([...this.lanes.values()].map(({ connector }) => connector.stop()));
    await Promise.allSettled([...this.deliveries, ...this.looks]);
  }

  private host(): ConnectorHost {
    const { store, clock, ask } = this.options;
    return {
      clock,
      begin: ({ run, effect }, info) => {
        // One that has begun with its commit is on disk, and the first.
        if (this.takeBegun({ run, effect })) return Promise.resolve(1);
        const bytes = encode(info);
        return ask(() => store.startAttempt({ run, effect, atMs: clock.nowMs(), info: bytes }));
      },
      retry: (ref, attempt, info, atMs) => ask(() => this.retry(ref, attempt, info, atMs)),
      answer: ({ run, effect }, answer) => {
        const bytes = encode(answer);
        return ask(() => store.deliver({ run, effect, answer: bytes, atMs: clock.nowMs() }));
      },
      findToken: (token) => ask(() => store.findToken(token)),
    };
  }

  private takeBegun(ref: EffectRef): boolean {
    const key = keyOf(ref);
    for (const { begun } of this.lanes.values()) if (begun.delete(key)) return true;
    return false;
  }

  /** An attempt that began with its commit and has not left: as if it had not begun. */
  private async giveBack(lane: Lane, { run, effect }: EffectRef): Promise<void> {
    if (!lane.begun.delete(keyOf({ run, effect }))) return;
    const { store, clock, kinds, ask } = this.options;
    const atMs = clock.nowMs();
    const info = encode(kinds.get(lane.connector.kind)?.firstInfo ?? null);
    const end = { run, effect, attempt: 1, atMs, info, notBeforeMs: atMs };
    await ask(() => store.endAttempt(end)).catch((error: unknown) => this.failed(error, run));
  }

  private async retry(ref: EffectRef, attempt: number, info: Plain, atMs: number): Promise<void> {
    const { store, clock } = this.options;
    const { run, effect } = ref;
    const bytes = encode(info);
    await store.endAttempt({
      run,
      effect,
      attempt,
      atMs: clock.nowMs(),
      info: bytes,
      notBeforeMs: atMs,
    });
    for (const lane of this.lanes.values()) {
      if (lane.inFlight.has(keyOf(ref))) lane.putOff.set(keyOf(ref), atMs);
    }
  }

  /** Look again at a moment. */
  private appoint(lane: Lane, atMs: number): void {
    if (this.closing || atMs >= lane.nextMs) return;
    lane.stop?.();
    lane.nextMs = atMs;
    lane.stop = this.options.clock.at(atMs, () => {
      lane.stop = null;
      lane.nextMs = Infinity;
      lane.hasMore = true;
      this.fill(lane);
    });
  }

  private deliver(lane: Lane, record: EffectRecord, seed: Uint8Array): void {
    const key = keyOf(record);
    lane.inFlight.add(key);
    const delivery = lane.connector
      .deliver(this.outgoing(record, seed, lane.begun.has(key)))
      .then(() => this.giveBack(lane, record))
      .catch((error: unknown) => this.failed(error, record.run))
      .finally(() => {
        this.deliveries.delete(delivery);
        this.landed(lane, key);
      });
    this.deliveries.add(delivery);
  }

  /** An effect is with its connector no more. */
  private landed(lane: Lane, key: string): void {
    lane.inFlight.delete(key);
    const atMs = lane.putOff.get(key);
    lane.putOff.delete(key);
    // Only now: a look that found it still in flight would have passed it by.
    if (atMs !== undefined) this.appoint(lane, atMs);
    if (lane.hasMore) this.fill(lane);
  }

  private outgoing(record: EffectRecord, seed: Uint8Array, begun: boolean): Outgoing {
    const { run, effect, kind, request, origin, state } = record;
    const attempted = state.kind === 'attempted' && !begun;
    return {
      run,
      effect,
      kind,
      // What is no encoding is no request of any kind: the connector will say so.
      request: readRequest(request) ?? null,
      // Made when it is asked for: a digest costs more than the rest of a call in this process.
      get key(): string {
        return idempotencyKey(seed, origin, run, ordinalOf(effect) ?? 0);
      },
      attempts: attempted ? state.attempt : 0,
      noted: attempted ? (readRequest(state.ended?.info ?? state.info) ?? null) : null,
      isUncertain: attempted && state.ended === null,
      isForeign: origin !== this.options.store.identity.id,
    };
  }

  /** Take from the store what fits. */
  private fill(lane: Lane): void {
    if (this.closing || lane.looking || isFull(lane)) return;
    lane.looking = true;
    lane.hasMore = false;
    const look = this.options
      .ask(() => this.lookInto(lane))
      .catch((error: unknown) => this.failed(error))
      .finally(() => {
        lane.looking = false;
        this.looks.delete(look);
        if (lane.hasMore) this.fill(lane);
      });
    this.looks.add(look);
  }

  private async lookInto(lane: Lane): Promise<void> {
    const { store, clock, drives } = this.options;
    const { kind } = lane.connector;
    const nowMs = clock.nowMs();
    let after: string | null = null;
    do {
      const page = await store.listPending({ kind, after });
      for (const { run, error } of page.unreadable) if (drives(run)) this.failed(error, run);
      for (const record of page.rows) {
        if (this.closing) return;
        if (lane.inFlight.has(keyOf(record)) || !drives(record.run)) continue;
        const { state } = record;
        if (state.kind !== 'pending' && state.kind !== 'attempted') continue;
        if (state.notBeforeMs > nowMs) {
          // Rows come in the order of their moments: all after this one are later.
          this.appoint(lane, state.notBeforeMs);
          return;
        }
        if (isFull(lane)) {
          lane.hasMore = true;
          return;
        }
        await this.takeUp(lane, record, nowMs).catch((error: unknown) => {
          this.failed(error, record.run);
        });
      }
      after = page.next;
    } while (after !== null);
  }

  /** Deliver what may be due, as it is now: a list that shows it may be older than its last try. */
  private async takeUp(lane: Lane, ref: EffectRef, nowMs: number): Promise<void> {
    const { store } = this.options;
    const key = keyOf(ref);
    lane.inFlight.add(key);
    const record = await store.getEffect(ref);
    const owner = await store.getRun(ref.run);
    const state = record?.state;
    const isOpen = state?.kind === 'pending' || state?.kind === 'attempted';
    const isLater = isOpen && state.notBeforeMs > nowMs;
    if (record !== null && owner !== null && isOpen && !isLater && !this.closing) {
      this.deliver(lane, record, owner.seed);
      return;
    }
    if (isLater) lane.putOff.set(key, state.notBeforeMs);
    this.landed(lane, key);
  }

  /** @param run  the one it was about: if that is damaged, the others go on */
  private failed(error: unknown, run: RunId | null = null): void {
    // A closing store refuses what comes; what is in it is found again at the next start.
    if (this.closing || isFlowError(error, 'FLOW_STORE_CLOSED')) return;
    const isOfRun =
      isFlowError(error, 'FLOW_STORE_CORRUPT') || isFlowError(error, 'FLOW_STORE_VERSION');
    if (run !== null && isOfRun) this.options.giveUp(run, error);
    else this.options.fail(error);
  }
}
