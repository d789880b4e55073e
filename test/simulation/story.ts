// A story: one disk, a few runs, and everything that happens to them until they have ended.
//
//     while something is left: [ perhaps a crash, a kill, a jump ] ─▶ next event ─▶ host drained
//     at the end: rehearsals, books, verify
//
// When its crashes are used up, nothing goes wrong any more, and all must come to its end within
// EVENTS_MAX events. A disk that lied is looked at by hand before anything is opened on it.

import { isFlowError } from '../../vm/bytecode/errors.ts';
import { readEnding } from '../../vm/engine/endings.ts';
import { batchesAgain } from '../harness/again.ts';
import { explain } from '../../vm/engine/why.ts';
import { openCore } from '../../vm/store/identity.ts';
import type { Op } from '../../vm/store/disk.ts';
import type { RunId } from '../../vm/store/store.ts';
import { TableStore } from '../../vm/store/tables.ts';
import { effectKinds } from '../../stdlib/connectors/kinds.ts';
import { Audit, type RunAudit } from './audit.ts';
import { SimDisk } from './disk.ts';
import { Network, type Door } from './network.ts';
import type { Fault, Plan } from './plan.ts';
import { digestOfLoaded, Process, type Sabotage, type Surroundings } from './process.ts';
import { STORE_OPTIONS, type SimProgram } from './programs.ts';
import { Service } from './service.ts';
import { drained } from './timeline.ts';
import { type Violation, World } from './world.ts';
import type { Random } from '../differential/random.ts';

export interface StoryOptions {
  readonly seed: number;
  readonly plan: (random: Random) => Plan;
  /** One run of each, under the names a, b, c. */
  readonly programs: readonly SimProgram[];
  readonly rows: readonly Op[];
  /** How each run ends where nothing goes wrong; null while that is found out. */
  readonly rehearsal: ((program: SimProgram, name: string) => Ended) | null;
  readonly isTraced?: boolean;
  readonly sabotage?: Sabotage;
}

/** What a run comes to, whatever happens on the way. */
export interface Ended {
  readonly output: string;
  readonly stderr: string;
  readonly ending: string;
  readonly books: string;
}

export interface Report {
  readonly violation: Violation | null;
  readonly hash: string;
  readonly events: number;
  readonly commits: number;
  readonly faults: ReadonlyMap<Fault, number>;
  readonly trace: readonly string[];
  readonly ended: readonly Ended[];
}

/** One run, as the person sees it who wants it done. */
interface Wish {
  readonly program: SimProgram;
  readonly name: string;
  run: RunId | null;
  isStarting: boolean;
  isCancelled: boolean;
}

/** Events that a healed world may take to come to an end. */
const EVENTS_MAX = 20_000;
/** Of one that lied: some of its runs wait for ever. */
const EVENTS_AFTER_LIE = 1_500;
const LOOK_MS = 1_700;
const LOOK_MS_MAX = 6 * 3_600_000;

export class Story {
  private readonly world: World;
  private readonly audit: Audit;
  private readonly network: Network;
  private readonly service: Service;
  private readonly disk: SimDisk;
  private readonly around: Surroundings;
  private readonly options: StoryOptions;
  private readonly wishes: Wish[];
  private process: Process | null = null;
  private processes = 0;
  private watched: Process | null = null;
  private crashesLeft: number;
  private eventsMax = Infinity;
  /** A disk that lied was refused: nothing more is to be seen. */
  private isRefused = false;

  constructor(options: StoryOptions) {
    this.options = options;
    const world = new World(options.seed, options.plan, options.isTraced ?? false);
    this.world = world;
    this.audit = new Audit(world);
    this.network = new Network(world, this.audit);
    this.service = new Service(world, (url, body, hear) => this.post(url, body, hear));
    this.network.service = this.service;
    this.disk = new SimDisk(world, options.rows, this.audit.wrote);
    this.around = {
      world,
      audit: this.audit,
      network: this.network,
      disk: this.disk,
      sabotage: options.sabotage ?? {},
      gone: (process, error) => this.gone(process, error),
      stuck: (process, run, error) => this.stuck(process, run, error),
    };
    this.wishes = options.programs.map((program, i) => ({
      program,
      name: 'abc'.charAt(i),
      run: null,
      isStarting: false,
      isCancelled: !program.isCancelled,
    }));
    this.crashesLeft = world.plan.crashes;
  }

  async run(): Promise<Report> {
    const { world } = this;
    const { timeline } = world;
    const untyped = (error: unknown): void => world.wrong('SM11', `unhandled: ${describe(error)}`);
    process.on('unhandledRejection', untyped);
    try {
      this.open();
      if (this.crashesLeft <= 0) this.heal();
      await this.play();
      await drained();
      if (world.violation === null) await this.judge();
    } catch (error) {
      // The audit reads what the store wrote: it should be able to.
      world.wrong('SM11', describe(error));
    } finally {
      process.removeListener('unhandledRejection', untyped);
    }
    return {
      violation: world.violation,
      hash: timeline.hash,
      events: timeline.events,
      commits: this.audit.commits,
      faults: world.faults,
      trace: timeline.trace ?? [],
      ended: this.wishes.map((wish) => this.endedOf(wish)),
    };
  }

  private async play(): Promise<void> {
    const { world } = this;
    const { timeline } = world;
    for (;;) {
      await drained();
      if (world.violation !== null || this.isRefused || this.isOver) return;
      this.strike();
      if (timeline.step()) {
        if (timeline.events < this.eventsMax) continue;
      } else if (await this.hasBegun()) {
        continue;
      } else if (!world.isHealed && this.crashesLeft > 0) {
        this.crash();
        continue;
      }
      if (!world.hasLied) await this.unended();
      return;
    }
  }

  /** Whether what struck last has begun something that was not in the timeline yet. */
  private async hasBegun(): Promise<boolean> {
    await drained();
    return !this.world.timeline.isEmpty;
  }

  private get isOver(): boolean {
    if (this.world.hasLied) return false;
    return this.wishes.every(({ run }) => {
      const audit = run === null ? undefined : this.audit.runs.get(run);
      return audit !== undefined && audit.isOver && audit.isTold;
    });
  }

  // -------------------------------------------------------------- what goes wrong

  /** What may happen between two events. */
  private strike(): void {
    const { world, process } = this;
    const { plan, timeline, random } = world;
    if (world.isHealed || process === null || !process.life.isAlive) return;
    if (--process.eventsLeft <= 0) {
      // The last one is healed as it is: what it has met must not have put it to sleep.
      if (this.crashesLeft > 0) this.crash();
      else this.heal();
      return;
    }
    if (world.strikes(plan.clocks)) {
      const isForward = random.chance(0.5);
      world.count(isForward ? 'clock forward' : 'clock back');
      const ms = Math.floor(world.delay(1, random.pick([100, 60_000, 86_400_000])));
      world.wall.jump(isForward ? ms : -ms);
    }
    if (!world.strikes(plan.drivers)) return;
    const driving = process.drivers.length === 0 ? null : random.pick(process.drivers);
    const kind = random.below(3);
    if (kind === 0 && driving !== null) {
      world.count('freeze');
      driving.life.frozenUntil = timeline.ms + world.delay(10, 60_000);
    } else if (kind === 1 && driving !== null) {
      world.count('driver killed');
      process.kill(driving);
      this.drive(process);
    } else if (process.store !== null) {
      world.count('second driver');
      this.drive(process);
    }
  }

  /** The process dies, and is started again a moment later. */
  private crash(): void {
    const { world, process } = this;
    if (process === null || !process.life.isAlive) return;
    if (!world.isHealed) {
      world.count('crash');
      this.crashesLeft--;
    }
    process.crash();
    world.timeline.purge();
    if (world.hasLied) this.heal();
    world.timeline.after(world.delay(1, 2_000), world.life, () => this.open());
  }

  private heal(): void {
    const { world } = this;
    world.isHealed = true;
    this.eventsMax = world.timeline.events + (world.hasLied ? EVENTS_AFTER_LIE : EVENTS_MAX);
    world.timeline.note('healed');
  }

  // ------------------------------------------------------------ processes, drivers

  private open(): void {
    const { world, around } = this;
    const { lifetime } = world.plan;
    // Some die young, a few grow old.
    const part = (world.random.below(1000) + 1) / 1000;
    const process = new Process(around, `p${++this.processes}`, -Math.log(part) * lifetime);
    this.process = process;
    const begin = world.hasLied ? this.inspect().then(() => process.open()) : process.open();
    begin.then(() => this.watch(process)).catch((error: unknown) => this.gone(process, error));
  }

  private drive(process: Process): void {
    process
      .drive()
      .then(() => this.watch(process))
      .catch((error: unknown) => this.gone(process, error));
  }

  /** Begin to look after a process, once: its first driver may have died before it was ready. */
  private watch(process: Process): void {
    if (this.watched === process) return;
    this.watched = process;
    this.look(process);
  }

  /** Now and then, and ever more seldom, somebody looks whether what was wanted is under way. */
  private look(process: Process, afterMs = LOOK_MS): void {
    const { timeline } = this.world;
    if (this.process !== process) return;
    for (const wish of this.wishes) this.see(process, wish);
    timeline.after(afterMs, process.life, () =>
      this.look(process, Math.min(afterMs * 1.3, LOOK_MS_MAX)),
    );
  }

  private see(process: Process, wish: Wish): void {
    const { program, name, run } = wish;
    const fail = (error: unknown): void => this.gone(process, error);
    const driving = process.door;
    if (run === null && driving !== undefined) {
      const args = [JSON.stringify(name)];
      driving.driver
        .start({ program: program.packed, entry: 'main', args, key: name })
        .then((started) => {
          // A driver that died meanwhile does not drive it: it is asked for again.
          if (driving.life.isAlive) wish.run = started.run;
        })
        .catch(fail);
    }
    const audit = run === null ? undefined : this.audit.runs.get(run);
    if (run === null || audit === undefined || audit.isOver) return;
    // A claim of a driver that died may land after its successor's. There are no leases yet that
    // would run out: somebody takes the run up again.
    const isDriven = process.drivers.some(({ name: each }) => each === audit.driver);
    if (!isDriven && driving !== undefined) driving.driver.resume([run]).catch(fail);
    if (wish.isCancelled || !audit.output.includes('ready')) return;
    process
      .cancel(run)
      .then((told) => {
        wish.isCancelled = told !== 'unknown';
      })
      .catch(fail);
  }

  /** Somebody outside delivers to a callback. */
  private post(
    url: string,
    body: string,
    hear: (heard: Awaited<ReturnType<Door['post']>> | 'nobody') => void,
  ): void {
    const { process } = this;
    const driving = process?.door;
    if (process === null || driving === undefined) return hear('nobody');
    driving.door
      .post(url, body, (run, effect) => this.audit.accepted(run, effect))
      .then(hear)
      .catch((error: unknown) => {
        hear('nobody');
        this.gone(process, error);
      });
  }

  /** A process that can do no more is started again. */
  private gone(process: Process, error: unknown): void {
    const { world } = this;
    if (!isFlowError(error)) return world.wrong('SM11', describe(error));
    world.timeline.note('gone', process.life.name, error.code);
    const isFault = error.code === 'FLOW_STORE_UNAVAILABLE' || error.code === 'FLOW_STORE_CLOSED';
    if (world.hasLied) {
      this.isRefused = true;
    } else if (!isFault || world.plan.disk === 0) {
      world.wrong('SM11', `a process fails: ${describe(error)}`);
    } else {
      world.timeline.after(world.delay(1, 500), process.life, () => {
        if (this.process === process) this.crash();
      });
    }
  }

  private stuck(process: Process, run: RunId, error: unknown): void {
    const { world } = this;
    if (!isFlowError(error)) return world.wrong('SM11', `${run}: ${describe(error)}`);
    if (world.hasLied) return;
    const isTaken = error.code === 'FLOW_LEASE_LOST' || error.code === 'FLOW_RUN_FINISHED';
    if (!isTaken || process.driversMade < 2) {
      world.wrong('SM11', `${run} is stuck: ${describe(error)}`);
    }
  }

  // ------------------------------------------------------------------ judging

  private endedOf({ run, name }: Wish): Ended {
    const audit = run === null ? undefined : this.audit.runs.get(run);
    return {
      output: audit?.output ?? '',
      stderr: audit?.commits.map(({ stderr }) => stderr).join('') ?? '',
      ending: audit === undefined ? '' : endingText(audit),
      books: this.service.booksOf(name).join('\n'),
    };
  }

  /** The store on the disk as it is, opened by nobody's process. */
  private async bare(): Promise<TableStore> {
    return new TableStore(await openCore(this.disk.rows, STORE_OPTIONS, 'the simulation'));
  }

  private async judge(): Promise<void> {
    const { world } = this;
    if (world.hasLied) return await this.judgeLiar();
    for (const wish of this.wishes) {
      const { program, name } = wish;
      const rehearsal = this.options.rehearsal?.(program, name);
      if (rehearsal === undefined) continue;
      const ended = this.endedOf(wish);
      for (const part of ['output', 'stderr', 'ending'] as const) {
        if (ended[part] !== rehearsal[part]) {
          const what = `${JSON.stringify(ended[part])}, its rehearsal ${JSON.stringify(rehearsal[part])}`;
          world.wrong('SM7', `${program.name} ${name}, ${part}: ${what}`);
        }
      }
      if (ended.books !== rehearsal.books) {
        world.wrong(
          'SM6',
          `the books of ${program.name} ${name}: ${ended.books}; ${rehearsal.books}`,
        );
      }
    }
    const store = await this.bare();
    for await (const finding of store.verify()) {
      if (finding.severity === 'error') world.wrong('SM10', `${finding.key}: ${finding.what}`);
    }
    if (!world.plan.isDeep) return;
    for (const audit of this.audit.runs.values()) {
      const problem = await batchesAgain(store, audit.run);
      if (problem !== null) world.wrong('SM13', `${audit.run}: ${problem}`);
    }
  }

  /** Nothing more happens, and not all have ended. */
  private async unended(): Promise<void> {
    const store = await this.bare();
    for (const { program, name, run } of this.wishes) {
      if (run === null) {
        this.world.wrong('SM9', `${program.name} ${name} was never started`);
        continue;
      }
      const audit = this.audit.runs.get(run);
      if (audit?.isOver === true && !audit.isTold) {
        this.world.wrong('SM5', `${run}: not all of what it printed has been told`);
      }
      if (audit?.isOver === true) continue;
      const why = await explain(store, effectKinds, run);
      this.world.wrong(
        'SM9',
        `${program.name} ${name} has not ended: ${JSON.stringify(why.state)}`,
      );
    }
  }

  /** SM11, before anything is opened on a disk that lied: typed errors, or states there were. */
  private async inspect(): Promise<void> {
    const { world, audit } = this;
    try {
      const store = await this.bare();
      for (const { run } of audit.runs.values()) {
        try {
          const loaded = await store.loadRun(run);
          audit.loaded(run, loaded.sequence, await digestOfLoaded(store, loaded));
        } catch (error) {
          this.refused(error);
        }
      }
      for await (const finding of store.verify()) {
        world.timeline.note('verify', finding.severity, finding.key, finding.what);
      }
    } catch (error) {
      this.refused(error);
    }
  }

  private refused(error: unknown): void {
    if (!isFlowError(error)) return this.world.wrong('SM11', describe(error));
    this.world.timeline.note('refused', error.code);
  }

  /** SM11, after it was played on: what runs printed is a beginning of what they should print. */
  private async judgeLiar(): Promise<void> {
    try {
      const store = await this.bare();
      for (const wish of this.wishes) await this.judgeLied(store, wish);
    } catch (error) {
      this.refused(error);
    }
  }

  private async judgeLied(store: TableStore, { run, program, name }: Wish): Promise<void> {
    const { world } = this;
    const rehearsal = this.options.rehearsal?.(program, name);
    if (run === null || rehearsal === undefined) return;
    let output = '';
    try {
      for await (const entry of store.history({ run })) output += entry.output;
    } catch (error) {
      return this.refused(error);
    }
    if (!rehearsal.output.startsWith(output)) {
      world.wrong('SM11', `${program.name} ${name} printed ${JSON.stringify(output)}`);
    }
  }
}

function describe(error: unknown): string {
  if (isFlowError(error)) return `${error.code}: ${error.message}`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** How a run ended, in a line. */
function endingText({ status }: RunAudit): string {
  const ending = readEnding(status);
  if (ending === null) return status.kind;
  if (ending.kind === 'done') return `done ${ending.json}`;
  if (ending.kind === 'failed') return `failed ${ending.traceback}`;
  return `cancelled ${ending.reason}`;
}
