// What doors are told of runs. All of it is on disk when it is told (L1).

import type { RunId, RunStatus } from '../store/store.ts';
import type { Ending } from './endings.ts';

/** What a program printed between two commits. */
export interface OutputEvent {
  readonly run: RunId;
  readonly sequence: number;
  readonly stdout: string;
  readonly stderr: string;
  /** It may have been told before: the driver then died before it could note so. */
  readonly again: boolean;
}

export interface EngineEvents {
  /**
   * A program printed something. It counts as told when this returns or what it returns resolves;
   * a run that is far ahead of what has been told waits. If it rejects, nobody can be told, and
   * the run is stuck in this process.
   */
  output?(event: OutputEvent): void | Promise<void>;
  /** A run that had begun was read from the store, and goes on from there. */
  loaded?(event: {
    readonly run: RunId;
    readonly sequence: number;
    /** Calls and loop turns it has made up to there, since it began. */
    readonly ticks: number;
    /** Of the state: its last checkpoint and the deltas since. */
    readonly bytes: number;
  }): void;
  /** A commit is on disk. */
  progress?(event: {
    readonly run: RunId;
    readonly sequence: number;
    readonly status: RunStatus;
    /** As in `loaded`, after this commit. */
    readonly ticks: number;
  }): void;
  ended?(event: { readonly run: RunId; readonly ending: Ending }): void;
  /** The run cannot go on in this process: another driver took it, or it cannot be loaded. */
  stuck?(event: { readonly run: RunId; readonly error: unknown }): void;
  /** The store has failed; nothing goes on. */
  failed?(error: unknown): void;
}
