// The past of a run: its state at any commit, and at any instruction between two.
//
//     state after commit n ──────▶ machine ──batch n + 1, done again──▶ machine, k instructions on
//        checkpoint + deltas         ▲  ▲
//                       arrivals ────┘  └──── what came in (batch.ts)
//
// To do a batch again is to give a machine what the batch was given: its moments, the answers and
// messages that it took in, and what its host said. What it asks for goes nowhere: it was asked for
// when the batch was made.
//
// Reads the store only, and claims nothing: the run may be driven by somebody else meanwhile.
//
// Invariant: PA1. A batch done again to its end is in the state of its commit, to the byte.

import { FlowError, isFlowError, type ErrorDetails } from '../bytecode/errors.ts';
import type { TranslationMode } from '../machine/code.ts';
import type { Task } from '../machine/frame.ts';
import type { LinkedProgram } from '../machine/link.ts';
import type { Machine } from '../machine/machine.ts';
import type { Registry } from '../machine/registry.ts';
import { encodeDelta } from '../snapshot/delta.ts';
import type {
  Arrival,
  HistoryEntry,
  Lineage,
  LoadedRun,
  RunId,
  RunRecord,
  Store,
} from '../store/store.ts';
import { decodeBatch, type BatchInput, type Said } from './batch.ts';
import type { EffectKinds } from './connector.ts';
import { argumentValues, decodeInput, type ValueTexts } from './input.ts';
import type { Programs } from './programs.ts';
import { randomSource } from './random.ts';
import { beginMachine, machineOf } from './state.ts';
import { settleWait, takeIn, takeTurn, type Readers, type TurnHost } from './turn.ts';

export interface PastOptions {
  readonly store: Store;
  readonly programs: Programs;
  readonly registry: Registry;
  readonly kinds: EffectKinds;
  readonly texts: ValueTexts;
}

/** A point in a run: after a commit, and so many instructions of the batch that follows. */
export interface Point {
  readonly sequence: number;
  readonly instruction: number;
}

/** Which point somebody wants to see: by default the commit itself. */
export type At = Pick<Point, 'sequence'> & Partial<Point>;

/** A run as it was. */
export interface PastState {
  readonly loaded: LoadedRun;
  readonly program: LinkedProgram;
  readonly machine: Machine;
  readonly at: Point;
  /** What the batch has printed up to here. */
  readonly stdout: string;
  readonly stderr: string;
}

/** How far a walk has come: before an instruction, or at a commit. */
export interface Walk {
  readonly machine: Machine;
  sequence: number;
  instruction: number;
  /** Whether whoever looked on has seen enough. */
  isOver: boolean;
}

/** Looks on at each instruction of a walk, before it; changes nothing. True: that is enough. */
export type Onlooker = (task: Task, walk: Walk) => boolean;

export class Past {
  private readonly options: PastOptions;

  constructor(options: PastOptions) {
    this.options = options;
  }

  /**
   * @param at  by default the last commit
   * @throws FLOW_RUN_UNKNOWN
   * @throws FLOW_REQUEST_INVALID  it is not reached yet, was pruned, or cannot be done again
   */
  async stateAt(run: RunId, at?: At): Promise<PastState> {
    const record = await this.recordOf(run);
    const { sequence = record.sequence, instruction = 0 } = at ?? {};
    const batch = instruction === 0 ? null : await this.batchAfter(record, sequence);
    const lineage = batch?.lineage ?? (await this.lineageAfter(record, sequence));
    const mode = batch === null ? 'fused' : 'plain';
    const opened = await this.open(record, sequence, lineage, mode);
    const reached = { ...opened, at: { sequence, instruction }, stdout: '', stderr: '' };
    if (batch === null) return reached;
    const { stdout, stderr, left } = batch.goOn(opened.machine, instruction);
    if (left > 0) throw beyond(run, { sequence, instruction }, instruction - left);
    return { ...reached, stdout, stderr };
  }

  /**
   * A machine that has done a batch again, from the commit before it to its end.
   *
   * @param sequence  of the commit
   * @throws as stateAt
   */
  async again(run: RunId, sequence: number, mode: TranslationMode = 'fused'): Promise<PastState> {
    const record = await this.recordOf(run);
    const batch = await this.batchAfter(record, sequence - 1);
    const opened = await this.open(record, sequence - 1, batch.lineage ?? record.born, mode);
    const { stdout, stderr, instructions } = batch.goOn(opened.machine, Infinity);
    return { ...opened, at: { sequence: sequence - 1, instruction: instructions }, stdout, stderr };
  }

  /**
   * Do the batches after a commit again up to a point, and let somebody look on.
   *
   * One machine does them all, as a driver's would. The walk, one object, is given at the commit it
   * begins from and again after each batch, so that what was seen can be told meanwhile.
   *
   * @throws as stateAt
   */
  async *walk(run: RunId, from: number, to: Point, look: Onlooker): AsyncGenerator<Walk> {
    const record = await this.recordOf(run);
    let walk: Walk | null = null;
    let lineage: string | null = null;
    for (let sequence = from; isBefore({ sequence, instruction: 0 }, to); sequence++) {
      const batch = await this.batchAfter(record, sequence);
      const made = JSON.stringify(batch.lineage);
      if (walk === null || made !== lineage) {
        // Another lineage draws other random numbers.
        const { machine } = await this.open(
          record,
          sequence,
          batch.lineage ?? record.born,
          'plain',
        );
        lineage = made;
        walk = { machine, sequence, instruction: 0, isOver: false };
        if (sequence === from) yield walk;
      }
      const steps = batch.walkOn(walk, sequence === to.sequence ? to.instruction : Infinity, look);
      if (walk.isOver) return yield walk;
      if (sequence === to.sequence) {
        if (steps < to.instruction) throw beyond(run, to, steps);
        return yield walk;
      }
      // What a commit wrote down, the next one need not: as the driver's machine went on.
      encodeDelta(walk.machine);
      walk.sequence = sequence + 1;
      walk.instruction = 0;
      yield walk;
    }
    if (walk !== null) return;
    const { machine } = await this.open(record, from, record.lineage, 'plain');
    yield { machine, sequence: from, instruction: 0, isOver: false };
  }

  /** The first commit from which the past can be walked: what was before it was pruned. */
  async earliest(run: RunId): Promise<number> {
    const { store } = this.options;
    const { historyFrom, sequence } = await this.recordOf(run);
    let [low, high] = [historyFrom - 1, sequence];
    // States are kept from some commit on.
    for (let at = low; low < high; at = (low + high) >> 1) {
      try {
        await store.loadRun(run, at);
        high = at;
      } catch (error) {
        if (!isFlowError(error, 'FLOW_REQUEST_INVALID')) throw error;
        low = at + 1;
      }
    }
    return low;
  }

  private async recordOf(run: RunId): Promise<RunRecord> {
    const record = await this.options.store.getRun(run);
    if (record !== null) return record;
    throw new FlowError('FLOW_RUN_UNKNOWN', `there is no run ${run} in this store`, { run });
  }

  /** The state of a commit; 0 is that before the first. */
  private async open(
    record: RunRecord,
    sequence: number,
    lineage: Lineage,
    mode: TranslationMode,
  ): Promise<Pick<PastState, 'loaded' | 'program' | 'machine'>> {
    const { store, programs, registry, texts } = this.options;
    const { run, seed } = record;
    const loaded = await store.loadRun(run, sequence);
    const program = await programs.load(record.program);
    const base = await programs.baseOf(record, program);
    const random = randomSource(seed, run, lineage);
    const input = decodeInput(run, record.input);
    const { quotas, argv } = input;
    const machine = machineOf(loaded, { program, registry, random, base, quotas, mode });
    if (sequence === 0) {
      const entry = record.entry === '' ? null : record.entry;
      beginMachine(machine, base, { argv, entry, args: argumentValues(run, input, texts) });
    }
    return { loaded, program, machine };
  }

  /** Under what the batch was made that comes after a state, or will be. */
  private async lineageAfter(record: RunRecord, sequence: number): Promise<Lineage> {
    const { run, born, lineage } = record;
    const next = sequence + 1;
    if (next > record.sequence) return lineage;
    for await (const { inputs } of this.options.store.history({ run, from: next, to: next })) {
      if (inputs !== null) return lineageOf(decodeBatch(run, next, inputs)) ?? born;
    }
    return born;
  }

  /** What is needed to do the batch again that comes after a state. */
  private async batchAfter({ run, sequence: last }: RunRecord, sequence: number): Promise<Batch> {
    const { store } = this.options;
    const next = sequence + 1;
    if (next > last) {
      const what = `run ${run} has ${last} commits: what comes after the last is not known`;
      throw invalid(what, { run, sequence: next });
    }
    for await (const entry of store.history({ run, from: next, to: next })) {
      if (entry.inputs === null) {
        const what = `batch ${next} of run ${run} was made by a flowmetal that did not note how`;
        throw invalid(what, { run, sequence: next });
      }
      const arrivals: Arrival[] = [];
      for (const { arrival } of entry.consumed) {
        const found = await store.getArrival(run, arrival);
        if (found === null) throw invalid(`arrival ${arrival} of run ${run} was pruned`, { run });
        arrivals.push(found);
      }
      return new Batch(entry, decodeBatch(run, next, entry.inputs), arrivals, this.options);
    }
    throw invalid(`commit ${next} of run ${run} was pruned`, { run, sequence: next });
  }
}

/** Whether a point comes before another one. */
export function isBefore(a: Point, b: Point): boolean {
  return a.sequence < b.sequence || (a.sequence === b.sequence && a.instruction < b.instruction);
}

/** There are not so many instructions in the batch. */
function beyond(run: RunId, { sequence, instruction }: Point, made: number): FlowError {
  const what = `batch ${sequence + 1} of run ${run} has ${made} instructions, no ${instruction}`;
  return invalid(what, { run, sequence, instructions: made });
}

function invalid(what: string, details: ErrorDetails): FlowError {
  return new FlowError('FLOW_REQUEST_INVALID', what, details);
}

/** A batch that was made once, to be made again. */
class Batch {
  private readonly entry: HistoryEntry;
  private readonly inputs: readonly BatchInput[];
  private readonly arrivals: readonly Arrival[];
  private readonly readers: Readers;

  constructor(
    entry: HistoryEntry,
    inputs: readonly BatchInput[],
    arrivals: readonly Arrival[],
    readers: Readers,
  ) {
    this.entry = entry;
    this.inputs = inputs;
    this.arrivals = arrivals;
    this.readers = readers;
  }

  /** What it was made under; null for what the run was born under. */
  get lineage(): Lineage | null {
    return lineageOf(this.inputs);
  }

  /** Go on with a walk; returns how many instructions it made. */
  walkOn(walk: Walk, most: number, look: Onlooker): number {
    const { machine } = walk;
    let next = 0;
    machine.watch = (task) => {
      walk.instruction = next++;
      walk.isOver = look(task, walk);
      return walk.isOver;
    };
    try {
      const { instructions } = this.goOn(machine, most);
      if (!walk.isOver) walk.instruction = instructions;
      return instructions;
    } finally {
      machine.watch = null;
    }
  }

  /**
   * @param most  instructions; Infinity for all there are. Counted by a machine in plain words
   *   only
   */
  goOn(
    machine: Machine,
    most: number,
  ): {
    readonly stdout: string;
    readonly stderr: string;
    readonly instructions: number;
    /** Instructions that were asked for and are not there. */
    readonly left: number;
  } {
    let [stdout, stderr] = ['', ''];
    const arrivals = [...this.arrivals];
    let said: Said[] = [];
    const host: TurnHost = {
      environment: () => textOf(said.shift()),
      isTold: () => said.shift() === true,
    };
    const steps = most === Infinity ? Number.MAX_SAFE_INTEGER : most;
    machine.singleStep = machine.mode === 'plain';
    machine.steps = steps;
    for (const input of this.inputs) {
      if (machine.hasStopped) break;
      switch (input.kind) {
        case 'arrivals':
          for (const arrival of arrivals.splice(0, input.count)) {
            takeIn(machine, arrival, this.readers);
          }
          break;
        case 'settled':
          for (const ordinal of input.ordinals) settleWait(machine, ordinal);
          break;
        case 'lineage':
          break;
        case 'said':
          said = [...input.answers];
          break;
        case 'turns':
          for (let turn = 0; turn < input.count && !machine.hasStopped; turn++) {
            const nowMs = this.entry.atMs - input.agoMs;
            const turned = takeTurn(machine, nowMs, host);
            stdout += turned.stdout;
            stderr += turned.stderr;
          }
          break;
      }
    }
    const left = Math.max(0, machine.steps);
    return { stdout, stderr, instructions: steps - left, left: most === Infinity ? 0 : left };
  }
}

function lineageOf(inputs: readonly BatchInput[]): Lineage | null {
  const found = inputs.find((input) => input.kind === 'lineage');
  return found?.kind === 'lineage' ? found.lineage : null;
}

function textOf(said: Said | undefined): string | null {
  return typeof said === 'string' ? said : null;
}
