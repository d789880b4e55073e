// Making checkpoints of large states elsewhere than between the turns of runs.
//
//     the store's bytes of a state ──restore──▶ machine ──encode──▶ its checkpoint
//
// What a checkpoint is made of is on disk already: it can be made by whoever has these bytes, in a
// process of its own, while the run goes on. The bytes are those that the run itself would have
// made (S1, S6), so nobody can tell where they came from.
//
// Owns: what such a maker is told and gives back, and how it is done.

import type { Registry } from '../machine/registry.ts';
import { encodeCheckpoint } from '../snapshot/checkpoint.ts';
import { restoreMachine } from '../snapshot/restore.ts';
import type { PageName } from '../snapshot/texts.ts';
import type { CodeHash, RunRecord } from '../store/store.ts';
import type { Programs } from './programs.ts';

/** The state of a run after one commit, as the store has it. */
export interface CheckpointJob {
  /** The run's program, and all that is listed with its code. */
  readonly run: Pick<RunRecord, 'program' | 'modules'>;
  /** Chunks of the checkpoint before; none if there was none. */
  readonly checkpoint: readonly Uint8Array[];
  /** Deltas since, up to the state. */
  readonly deltas: readonly Uint8Array[];
}

export interface MadeCheckpoint {
  readonly chunks: readonly Uint8Array[];
  /** Pages of strs that are in it. */
  readonly texts: readonly PageName[];
}

/** Belongs to one driver, which closes it. */
export interface CheckpointMaker {
  /**
   * @param getCode reads a blob of the store
   * @throws anything: the run then makes its checkpoint itself
   */
  make(
    job: CheckpointJob,
    getCode: (hash: CodeHash) => Promise<Uint8Array>,
  ): Promise<MadeCheckpoint>;
  /** What is being made is given up: make() throws. */
  close(): Promise<void>;
}

/** Make a checkpoint here. @throws what restoreMachine() and Programs.load() throw */
export async function makeCheckpoint(
  { run, checkpoint, deltas }: CheckpointJob,
  programs: Programs,
  registry: Registry,
): Promise<MadeCheckpoint> {
  const program = await programs.load(run.program);
  const base = await programs.baseOf(run, program);
  // It is never stepped.
  const random = (): number => 0;
  const machine = restoreMachine({ program, registry, random }, { base, checkpoint, deltas });
  const { chunks, texts } = encodeCheckpoint(machine);
  return { chunks, texts: [...texts] };
}
