// The checkpoints of one run: when one is due, where it is made, and how it goes to the store.
//
//     due ──▶ small: made at once, goes with its commit
//        └──▶ large: made at once ───────────────────────────────────┐
//        └──▶ large, and there is a CheckpointMaker: made apart of ──┴▶ staged slice by slice,
//             what the store has, while the run goes on                  completed by a commit
//
// A slice is staged between two turns. So with a maker no run is held up by a checkpoint for longer
// than a small one takes; without, by a large one for one walk over its state.
//
// Invariants:
//
//   CP1. A checkpoint is of the state after the commit that it began with, whenever its chunks come
//        and whoever made them.
//   CP2. While one is made apart, nobody knows yet which pages of strs will be in it. So deltas say
//        them anew, until it is known (X3).

import type { PageName } from '../snapshot/texts.ts';
import type { NewCheckpoint, StagedChunk } from '../store/store.ts';
import type { MadeCheckpoint } from './checkpoint-maker.ts';
import {
  CHECKPOINT_APART_BYTES,
  CHECKPOINT_BYTES_MIN,
  CHECKPOINT_CHUNKS_AT_ONCE,
} from './limits.ts';
import type { StateWriter } from './state.ts';

export class Checkpointing {
  private readonly writer: StateWriter;
  /** Whether somebody makes large ones. */
  private canBeApart: boolean;
  private isDue = false;
  /** Bytes of the state, as the store has it. */
  private bytes = 0;
  /** Bytes of the largest delta since the last one, as far as this process made it. */
  private largest = 0;
  /** One that is made apart, and the pages that its chain had before. */
  private apart: { readonly sequence: number; readonly texts: ReadonlySet<PageName> } | null = null;
  /** One whose chunks are there, and are being written in slices. */
  private slices: Slices | null = null;

  constructor(writer: StateWriter, canBeApart: boolean) {
    this.writer = writer;
    this.canBeApart = canBeApart;
  }

  /**
   * What the store says of the run's size, which decides when one is worth it. The largest delta
   * does not count: a value of 5 MB is in it once, and would be in the checkpoint again.
   */
  noteBytes(sinceCheckpoint: number, checkpoint: number): void {
    if (this.isUnderWay) return;
    this.bytes = sinceCheckpoint + checkpoint;
    const others = sinceCheckpoint - this.largest;
    this.isDue = others > Math.max(checkpoint, CHECKPOINT_BYTES_MIN);
  }

  noteDelta(bytes: number): void {
    this.largest = Math.max(this.largest, bytes);
  }

  /** What the commit of a state completes, if anything. Begins one of that state if it is due. */
  next(sequence: number): NewCheckpoint | undefined {
    const { slices } = this;
    if (slices !== null) {
      if (!slices.isOver) return undefined;
      this.slices = null;
      return { sequence: slices.sequence, staged: slices.staged, chunks: [] };
    }
    if (!this.isDue || this.apart !== null) return undefined;
    this.isDue = false;
    this.largest = 0;
    if (this.canBeApart && this.bytes > CHECKPOINT_APART_BYTES) {
      this.apart = { sequence, texts: this.writer.forgetTexts() };
      return undefined;
    }
    const begun = new Slices(sequence, this.writer.checkpoint());
    if (begun.isWhole) return { sequence, chunks: begun.takeAll() };
    this.slices = begun;
    return undefined;
  }

  /** Whether one began with a commit, which the store must be told at once. */
  began(sequence: number): boolean {
    return this.isApart(sequence) || this.slices?.isOf(sequence) === true;
  }

  /** Whether one of that state is being made apart. */
  isApart(sequence: number): boolean {
    return this.apart?.sequence === sequence;
  }

  /** What was made apart; null if nothing could be. */
  give(sequence: number, made: MadeCheckpoint | null): void {
    const { apart } = this;
    if (apart?.sequence !== sequence) return;
    this.apart = null;
    this.writer.recallTexts(made === null ? apart.texts : made.texts);
    if (made === null) this.canBeApart = false;
    else this.slices = new Slices(sequence, made.chunks[Symbol.iterator]());
  }

  /** Whether one has begun that no commit has completed. */
  get isUnderWay(): boolean {
    return this.slices !== null || this.apart !== null;
  }

  /** Whether there are slices to be staged. */
  get hasSlices(): boolean {
    return this.slices !== null && !this.slices.isOver;
  }

  /** Whether all are staged: the next commit completes it. */
  get isStaged(): boolean {
    return this.slices?.isOver === true;
  }

  /** The next slice; null if there is none. */
  takeSlice(): Slice | null {
    return this.slices?.take() ?? null;
  }
}

type Slice = Pick<StagedChunk, 'sequence' | 'index' | 'bytes'>;

/** The chunks of one checkpoint, a few at a time. */
class Slices {
  /** The state they are of. */
  readonly sequence: number;
  private readonly chunks: Iterator<Uint8Array>;
  private readonly ready: Uint8Array[] = [];
  private isExhausted = false;
  /** Chunks handed out to be staged. */
  staged = 0;

  constructor(sequence: number, chunks: Iterator<Uint8Array>) {
    this.sequence = sequence;
    this.chunks = chunks;
    while (this.ready.length < CHECKPOINT_CHUNKS_AT_ONCE && !this.isExhausted) this.make();
  }

  private make(): void {
    const next = this.chunks.next();
    if (next.done === true) this.isExhausted = true;
    else this.ready.push(next.value);
  }

  isOf(sequence: number): boolean {
    return this.sequence === sequence;
  }

  /** Whether it is small enough to go with one commit. */
  get isWhole(): boolean {
    return this.isExhausted && this.staged === 0;
  }

  get isOver(): boolean {
    return this.isExhausted && this.ready.length === 0;
  }

  takeAll(): Uint8Array[] {
    return this.ready.splice(0);
  }

  take(): Slice | null {
    if (this.ready.length === 0 && !this.isExhausted) this.make();
    const bytes = this.ready.shift();
    if (bytes === undefined) return null;
    // So that whoever asks isOver after the last one is told at once.
    if (this.ready.length === 0) this.make();
    return { sequence: this.sequence, index: this.staged++, bytes };
  }
}
