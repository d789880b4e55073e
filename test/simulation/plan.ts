// A plan: what goes wrong in one story, and how often. Drawn from the seed, so that some
// stories are calm and others are hell, and each kind of fault is met alone and with others.

import type { Random } from '../differential/random.ts';

/** Every kind of fault there is, as the campaign counts them. */
export const FAULTS = [
  'crash', // a process ends between two events
  'crash in a write', // the same, with a write on its way: it is there wholly, or not at all
  'driver killed', // a driver ends, and its process and store live on
  'second driver', // another one takes over, and the first does not know
  'freeze', // a driver stands still for a while
  'clock forward',
  'clock back',
  'disk stall',
  'disk full', // writes fail for a while, and leave nothing
  'write fails', // one write fails, with nothing written
  'write fails late', // one write is there, and is said to have failed
  'read fails',
  'disk dead', // all fails until the process is started again
  'terminal slow', // what is printed is not told for a while
  'request lost',
  'request doubled',
  'answer lost',
  'refused',
  'partition',
  'delivery lost',
  'delivery doubled',
  'disk lies: torn', // a part of the last batch
  'disk lies: dropped', // the last acknowledged batches are gone
  'disk lies: reordered', // an earlier batch is gone, and a later one is there
  'disk lies: flipped', // one byte of the last batches is another
] as const;

export type Fault = (typeof FAULTS)[number];

export interface Plan {
  /** Processes that die, at most. */
  readonly crashes: number;
  /** Events of one process on average. */
  readonly lifetime: number;
  /** Of a restart after which the disk is found to have lied; the story ends soon after. */
  readonly lies: boolean;
  /** Reads take time, too: other things come in between. */
  readonly slowReads: boolean;
  /** Runs kept in memory: few, so that runs are forgotten and loaded again. */
  readonly warmRunsMax: number;
  /** States of a run that are kept behind its last: few, so that the others are taken away. */
  readonly statesKept: number;
  /** Runs begin from base images. */
  readonly bases: boolean;
  /** Per event: drivers killed, doubled, frozen; clocks that jump. */
  readonly drivers: number;
  readonly clocks: number;
  /** Per call of the disk. */
  readonly disk: number;
  /** Per message. */
  readonly network: number;
  readonly terminal: number;
  /** Checkpoints of large states are made apart, after a while. */
  readonly apart: boolean;
  /** States before and after each crash are compared, byte by byte. */
  readonly isDeep: boolean;
}

/** A world in which nothing goes wrong: what runs are compared with. */
export const CALM: Plan = {
  crashes: 0,
  lifetime: Infinity,
  lies: false,
  slowReads: false,
  warmRunsMax: 512,
  statesKept: 10_000,
  bases: false,
  drivers: 0,
  clocks: 0,
  disk: 0,
  network: 0,
  terminal: 0,
  apart: false,
  isDeep: true,
};

export function makePlan(random: Random): Plan {
  const rate = (share: number, rates: readonly number[]): number =>
    random.chance(share) ? random.pick(rates) : 0;
  const lies = random.chance(0.06);
  const plan = {
    crashes: random.pick([10, 20, 40, 60]),
    lifetime: random.pick([6, 10, 16, 25, 40, 80]),
    lies,
    slowReads: random.chance(0.3),
    warmRunsMax: random.chance(0.3) ? random.between(0, 1) : 512,
    statesKept: random.chance(0.3) ? random.between(1, 3) : 10_000,
    drivers: rate(0.5, [0.003, 0.01, 0.03]),
    clocks: rate(0.3, [0.003, 0.02]),
    disk: rate(0.5, [0.002, 0.01, 0.03]),
    network: rate(0.7, [0.05, 0.2, 0.5]),
    terminal: rate(0.3, [0.1, 0.5]),
    isDeep: lies || random.chance(0.06),
    bases: random.chance(0.5),
    apart: random.chance(0.5),
  };
  // A batch can be done again as long as the state before it is there.
  return plan.isDeep ? { ...plan, statesKept: 10_000 } : plan;
}
