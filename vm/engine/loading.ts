// Loading: from a run in the store to a run in memory that this process may drive.
//
//     record ──claim──▶ epoch ──load──▶ state ──▶ machine, or a new one begun ──▶ LiveRun
//     made here ─────────────────────────────────────────────────▲
//
// What was committed and perhaps never told is told here, before the run goes on: the driver
// before us may have died in between.

import type { LinkedProgram } from '../machine/link.ts';
import type { Machine } from '../machine/machine.ts';
import type { Registry } from '../machine/registry.ts';
import type { Base } from '../snapshot/base.ts';
import type { LoadedRun, RunId, RunRecord, Store } from '../store/store.ts';
import type { Clock } from './clock.ts';
import { readEnding, type Ending } from './endings.ts';
import type { EngineEvents } from './events.ts';
import { argumentValues, decodeInput, type RunInput } from './input.ts';
import { LiveRun, WAKE, type LiveContext } from './live.ts';
import { decodeNotes } from './notes.ts';
import type { Programs } from './programs.ts';
import { randomSource } from './random.ts';
import { beginMachine, machineOf, newMachine } from './state.ts';

export interface LoaderOptions {
  readonly store: Store;
  readonly programs: Programs;
  readonly registry: Registry;
  readonly clock: Clock;
  readonly driver: string;
  readonly events: EngineEvents;
  readonly context: LiveContext;
}

/** A run that was just made here. Its code may be on its way to the disk, and cannot be read. */
export interface FreshRun {
  readonly record: RunRecord;
  readonly linked: Promise<LinkedProgram>;
  readonly base: Base | null;
}

export type Loaded =
  /** `isTaken`: it was claimed for this; until then another driver may have moved it. */
  | { readonly kind: 'live'; readonly live: LiveRun; readonly isTaken: boolean }
  /** It has ended already. */
  | { readonly kind: 'ended'; readonly ending: Ending };

export class Loader {
  private readonly options: LoaderOptions;

  constructor(options: LoaderOptions) {
    this.options = options;
  }

  /** A run that this process has just made: there is nothing of it to be read. */
  async begin({ record, base, linked }: FreshRun): Promise<LiveRun> {
    const { registry, context } = this.options;
    const { run, seed, lineage } = record;
    const program = await linked;
    const random = randomSource(seed, run, lineage);
    const input = decodeInput(run, record.input);
    const machine = newMachine({ program, registry, random, base, quotas: input.quotas });
    this.start(record, machine, base, input);
    return new LiveRun(record, machine, program, null, context);
  }

  /** @throws FLOW_RUN_UNKNOWN, FLOW_LEASE_LOST, and what is wrong with its code or state */
  async load(run: RunId): Promise<Loaded> {
    const { store, programs, registry, events, context } = this.options;
    let found = await store.loadRun(run);
    const ending = readEnding(found.record.status);
    if (ending !== null) return { kind: 'ended', ending };
    const record = await this.claim(found.record);
    const isTaken = record !== found.record;
    // Who had it before may have committed in between, and cannot any more.
    if (record.sequence !== found.sequence) found = await store.loadRun(run);
    const program = await programs.load(record.program);
    const random = randomSource(record.seed, run, record.lineage);
    const timer = await this.timerOf(record);
    const base = await programs.baseOf(record, program);
    const input = decodeInput(run, record.input);
    const { quotas } = input;
    const machine = machineOf(found, { program, registry, random, base, quotas });
    if (record.sequence === 0) this.start(record, machine, base, input);
    const live = new LiveRun(record, machine, program, timer, context);
    await this.tellAgain(live, found);
    if (record.sequence > 0) {
      const { sequence, bytes } = record;
      const size = bytes.checkpoint + bytes.sinceCheckpoint;
      events.loaded?.({ run, sequence, ticks: machine.state.tickCount, bytes: size });
    }
    return { kind: 'live', live, isTaken };
  }

  /** When the run's timer is due. One that waits says so itself. */
  private async timerOf({ run, status }: RunRecord): Promise<number | null> {
    if (status.kind === 'waiting') return status.wakeAtMs;
    const timers = await this.options.store.timersOf(run);
    return timers.find((each) => each.timer === WAKE)?.dueMs ?? null;
  }

  /** Claim a run, unless the last claim is this process's own. */
  private claim(found: RunRecord): Promise<RunRecord> {
    const { store, clock, driver } = this.options;
    const { id, generation } = store.identity;
    const { lineage } = found;
    const isOurs =
      found.driver === driver && lineage.store === id && lineage.generation === generation;
    if (isOurs) return Promise.resolve(found);
    return store.claimRun({ run: found.run, driver, epoch: found.epoch, atMs: clock.nowMs() });
  }

  private start(record: RunRecord, machine: Machine, base: Base | null, input: RunInput): void {
    const { run, entry } = record;
    const args = argumentValues(run, input, this.options.context.texts);
    beginMachine(machine, base, { argv: input.argv, entry: entry === '' ? null : entry, args });
  }

  /** Tell what was committed since it was last noted what had been told. */
  private async tellAgain(live: LiveRun, { said }: LoadedRun): Promise<void> {
    const { store, events } = this.options;
    const { run, released, sequence, historyFrom } = live.record;
    if (released >= sequence) return;
    const from = Math.max(released + 1, historyFrom);
    if (said.since <= from && said.sequence < from) {
      for (let silent = from; silent <= sequence; silent++) live.told(silent, false);
      return;
    }
    for await (const entry of store.history({ run, from, to: sequence })) {
      const { stderr } = decodeNotes(entry.events);
      const hasOutput = entry.output !== '' || stderr !== '';
      // Nobody to be told: a later driver finds it where it is.
      if (hasOutput && events.output === undefined) return;
      if (hasOutput) {
        const told = { run, sequence: entry.sequence, stdout: entry.output, stderr };
        await events.output?.({ ...told, again: true });
      }
      live.told(entry.sequence, hasOutput);
    }
  }
}
