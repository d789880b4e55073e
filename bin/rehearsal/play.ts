// A play: a recorded run once more, in a world of its own, from the beginning or from a disk.
//
//     Recording ──▶ store in memory, still clock, recorded outside ──▶ Outcome
//                        │ after each write
//                        └──▶ Point { disk, moment }: what a machine that died here has left
//
// The store's id, the run's id and its seed are those of the recording, so that the run asks for
// the same things in the same words.
//
// Invariant: RE1. Nothing leaves: the only outside a play has is the recording.

import { decode, encode } from '../../vm/bytecode/codec.ts';
import { FlowError } from '../../vm/bytecode/errors.ts';
import type { Connector, ConnectorHost, Outgoing } from '../../vm/engine/connector.ts';
import { openDriver, type Driver, type DriverOptions } from '../../vm/engine/driver.ts';
import { decodeInput } from '../../vm/engine/input.ts';
import { MemoryDisk } from '../../vm/store/memory-disk.ts';
import { openMemoryStore } from '../../vm/store/memory.ts';
import { numberPart } from '../../vm/store/keys.ts';
import type { EffectRef, Store } from '../../vm/store/store.ts';
import { StillClock } from './clock.ts';
import { outcomeOf, Requests, type Outcome, type Recording } from './recording.ts';

/** What a machine has left that died just after a write. */
export interface Point {
  readonly disk: MemoryDisk;
  readonly ms: number;
  /** The run's last commit. */
  readonly sequence: number;
}

/** What all plays have in common. */
export interface Stage {
  readonly recording: Recording;
  readonly options: Pick<DriverOptions, 'registry' | 'kinds' | 'texts'>;
  /** The answer to a request that may have been sent when the machine died; null: it is sent. */
  readonly lost: (out: Outgoing) => Uint8Array | null;
}

let drivers = 0;

/** The run from its beginning: its outcome, and a point for each write. */
export async function playWhole(
  stage: Stage,
): Promise<{ readonly outcome: Outcome; readonly points: readonly Point[] }> {
  const { record, program } = stage.recording;
  const play = new Play(stage, new MemoryDisk(), record.createdMs);
  const points: Point[] = [];
  await play.open();
  let sequence = 0;
  play.disk.afterWrite = (ops) => {
    for (const { key } of ops) {
      if (key.startsWith('log!')) sequence = numberPart('log', key, 1);
    }
    points.push({ disk: play.disk.copy(), ms: play.clock.nowMs(), sequence });
  };
  const { argv, args, quotas } = decodeInput(record.run, record.input);
  const { run, entry, labels } = record;
  await play.driver.start({ program, id: run, entry, argv, args, quotas, labels });
  const outcome = await play.toEnd();
  return { outcome, points };
}

/** The run from where a dead machine has left it. */
export async function playFrom(stage: Stage, { disk, ms }: Point): Promise<Outcome> {
  const play = new Play(stage, disk.copy(), ms);
  await play.open();
  await play.driver.resume();
  return await play.toEnd();
}

class Play {
  readonly disk: MemoryDisk;
  readonly clock: StillClock;
  driver!: Driver;
  private store!: Store;
  private readonly stage: Stage;
  private readonly outside: readonly Recorded[];
  private readonly requests: Requests;
  /** The first commit whose effects have not been looked at. */
  private unseen = 1;
  private problem: unknown = null;

  constructor(stage: Stage, disk: MemoryDisk, ms: number) {
    this.stage = stage;
    this.disk = disk;
    this.clock = new StillClock(ms);
    const { kinds } = stage.options;
    this.requests = new Requests(kinds);
    this.outside = [...kinds.values()].map(({ kind }) => new Recorded(kind, stage, this.requests));
  }

  async open(): Promise<void> {
    const { record } = this.stage.recording;
    const create = { id: record.lineage.store, atMs: record.createdMs };
    this.store = await openMemoryStore({ home: 'rehearsal', create }, this.disk);
    this.driver = await openDriver({
      ...this.stage.options,
      store: this.store,
      clock: this.clock,
      // The run's id is given, so all that is drawn is its seed.
      random: () => record.seed,
      name: `rehearsal ${++drivers}`,
      connectors: this.outside,
      events: {
        output: () => {},
        stuck: ({ error }) => {
          this.problem = error;
        },
        failed: (error) => {
          this.problem = error;
        },
      },
    });
    this.sendMessages();
  }

  private sendMessages(): void {
    const { record, messages } = this.stage.recording;
    for (const { afterMs, name, body } of messages) {
      const atMs = record.createdMs + afterMs;
      if (atMs < this.clock.nowMs()) continue;
      this.clock.at(atMs, () => {
        // One that is told again to a run that has it already is no other message.
        const key = `${afterMs} ${name}`;
        void this.store.send({ run: record.run, name, body, atMs, key });
      });
    }
  }

  async toEnd(): Promise<Outcome> {
    const { run } = this.stage.recording.record;
    for (;;) {
      await this.driver.settled();
      if (this.problem !== null) throw this.problem;
      await this.lookAround();
      const status = (await this.store.getRun(run))?.status.kind ?? 'ready';
      if (status !== 'ready' && status !== 'waiting') break;
      if (!this.clock.advance()) break;
    }
    const outcome = await outcomeOf(this.store, run);
    await this.driver.close();
    await this.store.close();
    return outcome;
  }

  /** Name what the run has asked for in order, and let strangers answer as they did. */
  private async lookAround(): Promise<void> {
    const { recording, options } = this.stage;
    const { run } = recording.record;
    for await (const { sequence, atMs, effects } of this.store.history({
      run,
      from: this.unseen,
    })) {
      this.unseen = sequence + 1;
      for (const { effect, kind } of effects) {
        const record = await this.store.getEffect({ run, effect });
        if (record === null) continue;
        const name = this.requests.nameOf(record);
        if (options.kinds.get(kind)?.dispatch !== false) continue;
        const answer = recording.answers.get(name);
        if (answer === undefined) continue;
        this.clock.at(Math.max(this.clock.nowMs(), atMs + answer.afterMs), () => {
          const body = answer.body;
          void this.store.deliver({ run, effect, answer: body, atMs: this.clock.nowMs() });
        });
      }
    }
  }
}

/** One kind of the outside, which says what the recording says. */
class Recorded implements Connector {
  readonly kind: string;
  readonly capacity = 10_000;
  readonly address: string | null;
  private readonly stage: Stage;
  private readonly requests: Requests;
  private host: ConnectorHost | null = null;

  constructor(kind: string, stage: Stage, requests: Requests) {
    this.kind = kind;
    this.address = stage.recording.addresses.get(kind) ?? null;
    this.stage = stage;
    this.requests = requests;
  }

  start(host: ConnectorHost): Promise<void> {
    this.host = host;
    return Promise.resolve();
  }

  async deliver(out: Outgoing): Promise<void> {
    const { host, stage } = this;
    if (host === null) return;
    const lost = out.isUncertain ? stage.lost(out) : null;
    if (lost !== null) {
      await host.answer(out, decode(lost));
      return;
    }
    const { firstInfo = null } = stage.options.kinds.get(this.kind) ?? {};
    if ((await host.begin(out, firstInfo)) === null) return;
    // Those asked before it are named before it: it is found when all is quiet.
    await new Promise<void>((resolve) => void host.clock.at(host.clock.nowMs(), resolve));
    const name = this.requests.nameOf({ ...out, request: encode(out.request) });
    const answer = stage.recording.answers.get(name);
    if (answer === undefined) return;
    const atMs = host.clock.nowMs() + answer.afterMs;
    await new Promise<void>((resolve) => void host.clock.at(atMs, resolve));
    await host.answer(out, decode(answer.body)).catch((error: unknown) => {
      if (!(error instanceof FlowError)) throw error;
    });
  }

  cancel(_out: EffectRef): void {}

  stop(): Promise<void> {
    this.host = null;
    return Promise.resolve();
  }
}
