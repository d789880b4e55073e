// A journal: what came into a run, in order, so that it can be done again from its birth.
//
//     take(arrivals)  turn(moment)  flushed  ──▶ with the commit that they led to ──▶ replay
//
// Only what led to a commit that is on disk counts: what a crash undid was never done. So a run
// that lived in ten processes has one journal, and one life again when it is replayed. That this
// gives the same deltas, byte by byte, is SM13.

import { sha256 } from '../../vm/bytecode/hash.ts';
import type { Driver } from '../../vm/engine/driver.ts';
import { argumentValues, decodeInput } from '../../vm/engine/input.ts';
import { LiveRun } from '../../vm/engine/live.ts';
import { Programs } from '../../vm/engine/programs.ts';
import { randomSource } from '../../vm/engine/random.ts';
import { beginMachine, newMachine } from '../../vm/engine/state.ts';
import { sameBytes } from '../../vm/store/seal.ts';
import type { Arrival, RunId, RunRecord, Store } from '../../vm/store/store.ts';
import { effectKinds } from '../../stdlib/connectors/kinds.ts';
import { openLibrary } from '../../stdlib/library.ts';
import { valueTexts } from '../../stdlib/natives/json.ts';
import type { Committed, RunAudit } from './audit.ts';

type Call =
  | { readonly kind: 'take'; readonly arrivals: readonly Arrival[] }
  | {
      readonly kind: 'turn';
      readonly nowMs: number;
      readonly lastOutput: number;
      readonly toldUpTo: number;
    }
  /** The driver has let those go on that waited for it. */
  | { readonly kind: 'answered'; readonly ordinals: readonly number[] };

const keyOf = (run: RunId, sequence: number, epoch: number): string =>
  `${run} ${sequence} ${epoch}`;

export class Journal {
  private readonly calls = new Map<string, readonly Call[]>();
  readonly address: string;

  constructor(address: string) {
    this.address = address;
  }

  /** Write down what a driver's runs are given. */
  follow(driver: Driver): void {
    const loader = driver['engine']['loader'];
    const load = loader.load.bind(loader);
    const begin = loader.begin.bind(loader);
    loader.load = async (run) => {
      const loaded = await load(run);
      if (loaded.kind === 'live') this.followRun(loaded.live);
      return loaded;
    };
    loader.begin = async (record) => {
      const live = await begin(record);
      this.followRun(live);
      return live;
    };
  }

  private followRun(live: LiveRun): void {
    let calls: Call[] = [];
    const take = live.take.bind(live);
    const turn = live.turn.bind(live);
    const answerWaits = live.answerWaits.bind(live);
    const commit = live.commit.bind(live);
    live.take = (arrivals) => {
      if (arrivals.length > 0) calls.push({ kind: 'take', arrivals });
      take(arrivals);
    };
    live.turn = (nowMs) => {
      const { lastOutput, toldUpTo } = live as unknown as Told;
      turn(nowMs);
      // What the run has seen: its time does not go back with the host's.
      calls.push({ kind: 'turn', nowMs: live['nowMs'], lastOutput, toldUpTo });
    };
    live.answerWaits = () => {
      const before = live['waits'].map(({ ordinal }) => ordinal);
      const any = answerWaits();
      const left = new Set(live['waits'].map(({ ordinal }) => ordinal));
      const ordinals = before.filter((ordinal) => !left.has(ordinal));
      if (any) calls.push({ kind: 'answered', ordinals });
      return any;
    };
    live.commit = (nowMs, begins) => {
      const made = commit(nowMs, begins);
      this.calls.set(keyOf(live.run, made.commit.sequence, made.commit.epoch), calls);
      calls = [];
      return made;
    };
  }

  /** Do a run again; what is not as it was, or null. */
  async replay(store: Store, audit: RunAudit): Promise<string | null> {
    const record = await store.getRun(audit.run);
    if (record === null) return 'it is gone';
    const live = await this.newborn(store, record);
    for (const [i, commit] of audit.commits.entries()) {
      const problem = this.again(live, i + 1, commit);
      if (problem !== null) return `commit ${i + 1}: ${problem}`;
    }
    return null;
  }

  private async newborn(store: Store, record: RunRecord): Promise<LiveRun> {
    const { run, seed, lineage, entry, input } = record;
    const { registry } = openLibrary();
    const programs = new Programs(store, registry);
    const program = await programs.load(record.program);
    const base = await programs.baseOf(record, program);
    const random = randomSource(seed, run, lineage);
    const { argv, args, quotas } = decodeInput(run, input);
    const machine = newMachine({ program, registry, random, base, quotas });
    beginMachine(machine, base, {
      argv,
      entry: entry === '' ? null : entry,
      args: argumentValues(run, { args }, valueTexts),
    });
    const bytes = { sinceCheckpoint: 0, checkpoint: 0, deltas: 0, output: 0 };
    const first = { ...record, sequence: 0, checkpoint: 0, released: 0, bytes };
    return new LiveRun(first, machine, program, null, {
      kinds: effectKinds,
      environment: () => this.address,
      texts: valueTexts,
      tellsOutput: true,
    });
  }

  private again(live: LiveRun, sequence: number, { epoch, log }: Committed): string | null {
    const calls = this.calls.get(keyOf(live.run, sequence, epoch));
    if (calls === undefined) return 'nobody made it';
    for (const call of calls) {
      if (call.kind === 'take') live.take(call.arrivals);
      else if (call.kind === 'turn') {
        const { lastOutput, toldUpTo } = call;
        Object.assign(live, { lastOutput, toldUpTo } satisfies Told);
        live.turn(call.nowMs);
      } else {
        for (const ordinal of call.ordinals) {
          live.machine.settle(ordinal, { kind: 'resolved', value: null });
        }
      }
    }
    const { commit } = live.commit(log.atMs, () => false);
    if (!sameBytes(sha256(commit.delta), log.deltaDigest)) return 'its delta is another one';
    if (commit.output !== log.output) return 'it prints something else';
    const asked = (commit.effects ?? []).map(({ effect }) => effect).join();
    const was = log.effects.map(({ effect }) => effect).join();
    return asked === was ? null : `it asks for ${asked}, not ${was}`;
  }
}

/** What a turn knows of what has been told: whether a flush is answered in it. */
interface Told {
  lastOutput: number;
  toldUpTo: number;
}
