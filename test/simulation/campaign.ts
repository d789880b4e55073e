// A campaign: many stories, what they met, and the first that went wrong.

import { Random } from '../differential/random.ts';
import type { Op } from '../../vm/store/disk.ts';
import { Story, type Ended, type Report } from './story.ts';
import { CALM, makePlan, type Fault, type Plan } from './plan.ts';
import type { Sabotage } from './process.ts';
import { CHOICES, firstRows, programFrom, programOf, type SimProgram } from './programs.ts';

export interface Variation {
  readonly isTraced?: boolean;
  readonly sabotage?: Sabotage;
  /** Instead of those that the seed picks: names, or a program's text. */
  readonly programs?: readonly string[];
  readonly text?: string;
  readonly plan?: Partial<Plan>;
}

/** How many runs a story has: most faults need one, and each costs as much again. */
const CAST = [1, 1, 1, 2, 3];

/** Programs of a process, their rehearsals' ends, and the disk that stories begin with. */
export class Stage {
  private readonly rehearsals = new Map<string, Ended>();
  private readonly rows = new Map<string, readonly Op[]>();

  /** Plays one story. */
  async play(seed: number, variation: Variation = {}): Promise<Report> {
    const random = new Random(seed);
    const programs = this.cast(random, variation);
    for (const [i, program] of programs.entries()) await this.rehearse(program, 'abc'.charAt(i));
    return await new Story({
      seed,
      plan: (from) => ({ ...makePlan(from), ...variation.plan }),
      programs,
      rows: await this.rowsFor(programs),
      rehearsal: (program, name) => this.rehearsalOf(program, name),
      isTraced: variation.isTraced ?? false,
      ...(variation.sabotage === undefined ? {} : { sabotage: variation.sabotage }),
    }).run();
  }

  private cast(random: Random, { programs, text }: Variation): SimProgram[] {
    if (text !== undefined) return [programFrom('main', text)];
    const names = programs ?? Array.from({ length: random.pick(CAST) }, () => random.pick(CHOICES));
    return names.map((name) => programOf(name));
  }

  private keyOf({ packed }: SimProgram, name: string): string {
    return `${packed.hash} ${name}`;
  }

  private rehearsalOf(program: SimProgram, name: string): Ended {
    const rehearsal = this.rehearsals.get(this.keyOf(program, name));
    if (rehearsal === undefined) throw new Error(`${program.name} was not rehearsed`);
    return rehearsal;
  }

  /** How a program ends in a calm world, alone, under a name. */
  private async rehearse(program: SimProgram, name: string): Promise<void> {
    const key = this.keyOf(program, name);
    if (this.rehearsals.has(key)) return;
    const others = [...'abc'].indexOf(name);
    const programs = Array.from({ length: others + 1 }, () => program);
    const report = await new Story({
      seed: 1,
      plan: () => CALM,
      programs,
      rows: await this.rowsFor(programs),
      rehearsal: null,
    }).run();
    if (report.violation !== null) throw report.violation;
    for (const [i, ended] of report.ended.entries()) {
      this.rehearsals.set(this.keyOf(program, 'abc'.charAt(i)), ended);
    }
  }

  /** Those of each program are made once: hashing its code takes longer than a story. */
  private async rowsFor(programs: readonly SimProgram[]): Promise<readonly Op[]> {
    const rows = new Map<string, Op>();
    for (const program of programs) {
      const key = program.packed.hash;
      let own = this.rows.get(key);
      if (own === undefined) this.rows.set(key, (own = await firstRows(program)));
      for (const row of own) rows.set(row.key, row);
    }
    return [...rows.values()];
  }
}

/** What a campaign has met so far. */
export class Tally {
  stories = 0;
  events = 0;
  commits = 0;
  readonly faults = new Map<Fault, number>();

  add({ events, commits, faults }: Report): void {
    this.stories++;
    this.events += events;
    this.commits += commits;
    for (const [fault, count] of faults) {
      this.faults.set(fault, (this.faults.get(fault) ?? 0) + count);
    }
  }

  /** Moments at which a process or a driver was killed. */
  get crashPoints(): number {
    return (this.faults.get('crash') ?? 0) + (this.faults.get('driver killed') ?? 0);
  }
}
