// Staging: how checkpoints of large states get to the store beside the commits of their run.
//
//     commit ──▶ begun ──▶ made apart, once it is on disk ──▶ slices, one a turn ──▶ completed
//                  └───────── made with the commit ──────────────▲
//
// Owns: the calls of the store and of the maker for it. What is due and when, each run's own
// Checkpointing says; whose turn it is, the engine.

import type { Commit, RunId, Store } from '../store/store.ts';
import type { CheckpointMaker, MadeCheckpoint } from './checkpoint-maker.ts';
import type { Seat } from './seats.ts';

export interface StagingOptions {
  readonly store: Store;
  readonly maker: CheckpointMaker | null;
  /** Makes a call of the store that counts as work under way. */
  readonly ask: <Result>(call: () => Promise<Result>) => Promise<Result>;
  /** Gives a run its turn, if it is still there. */
  readonly goOn: (seat: Seat) => void;
  readonly giveUp: (run: RunId, error: unknown) => void;
}

export class Staging {
  private readonly options: StagingOptions;
  private isStopped = false;

  constructor(options: StagingOptions) {
    this.options = options;
  }

  /** A commit was handed to the store, which must be told now if a checkpoint began with it. */
  committed(seat: Seat, { run, epoch, sequence }: Commit): void {
    const { store, goOn } = this.options;
    if (!seat.live.checkpoints.began(sequence)) return;
    this.ask(run, () => store.beginCheckpoint({ run, epoch, sequence }));
    goOn(seat);
  }

  /** A commit is on disk: of its state a checkpoint can be made apart, if one is to be. */
  durable(seat: Seat, sequence: number): void {
    const { checkpoints, run } = seat.live;
    if (!checkpoints.isApart(sequence)) return;
    void this.options
      .ask(() => this.make(run, sequence))
      // The run will make it itself: what is wrong with the store, its next commit will say.
      .catch(() => null)
      .then((made) => {
        checkpoints.give(sequence, made);
        this.options.goOn(seat);
      });
  }

  /** Write one slice ahead of the commit that will complete the checkpoint. */
  stage({ live }: Seat): void {
    const slice = live.takeSlice();
    if (slice !== null) this.ask(live.run, () => this.options.store.stageChunk(slice));
  }

  /** What is being made apart may take long, and is given up. */
  async stop(): Promise<void> {
    this.isStopped = true;
    await this.options.maker?.close();
  }

  private async make(run: RunId, sequence: number): Promise<MadeCheckpoint | null> {
    const { store, maker } = this.options;
    const { record, checkpoint, deltas } = await store.loadRun(run, sequence);
    if (this.isStopped || maker === null) return null;
    const job = {
      run: record,
      checkpoint: checkpoint?.chunks ?? [],
      deltas: deltas.map(({ bytes }) => bytes),
    };
    return await maker.make(job, (hash) => store.getCode(hash));
  }

  private ask(run: RunId, call: () => Promise<void>): void {
    const { ask, giveUp } = this.options;
    void ask(call).catch((error: unknown) => giveUp(run, error));
  }
}
