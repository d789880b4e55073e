// A disk that is slow, full, broken, or a liar, and the handle that one process has of it.
//
//     store ──write──▶ Handle ──[ on its way ]──▶ rows ──[ acknowledged ]──▶ store
//                        ▲ dies with its process: what was on its way is there wholly, or not
//
// The rows outlive processes. Only one process has a handle that works, as LevelDB's lock has it.
//
// Lies are what no store can work on: a part of a batch, batches that were acknowledged and are
// gone, other bytes. They are told at a crash, and from then on only SM11 holds (audit.ts).

import { FlowError } from '../../vm/bytecode/errors.ts';
import type { Disk, Op, RangeOptions, Row } from '../../vm/store/disk.ts';
import type { Range } from '../../vm/store/keys.ts';
import { MemoryDisk } from '../../vm/store/memory-disk.ts';
import type { Fault } from './plan.ts';
import { never, type Life } from './timeline.ts';
import type { World } from './world.ts';

/** Batches that a lie may still touch. */
const LIE_REACH = 5;

/** One write, and what was there before. */
interface Batch {
  readonly ops: readonly Op[];
  readonly before: readonly (Uint8Array | undefined)[];
}

/** Who is told of each batch when it has reached the rows. */
export type Witness = (ops: readonly Op[]) => void;

export class SimDisk {
  readonly rows = new MemoryDisk();
  readonly world: World;
  private readonly witness: Witness;
  private last: Batch[] = [];
  /** Until then every write fails for want of room. */
  fullUntil = 0;

  constructor(world: World, first: readonly Op[], witness: Witness) {
    this.world = world;
    this.witness = witness;
    this.rows.apply(first);
  }

  open(life: Life): Handle {
    return new Handle(this, life);
  }

  apply(ops: readonly Op[]): void {
    if (this.world.plan.lies) {
      this.last.push({ ops, before: ops.map(({ key }) => this.rows.peek(key)) });
      if (this.last.length > LIE_REACH) this.last.shift();
    }
    this.rows.apply(ops);
    if (!this.world.hasLied) this.witness(ops);
  }

  /** The process is gone; a write may have been on its way. */
  crash(underWay: readonly Op[] | null): void {
    const { world } = this;
    if (world.strikes(LIE_RATE) && world.plan.lies && this.last.length > 0) {
      this.lie(underWay);
    } else if (underWay !== null) {
      world.count('crash in a write');
      if (world.random.chance(0.5)) this.apply(underWay);
    }
  }

  private lie(underWay: readonly Op[] | null): void {
    const { world } = this;
    const { random } = world;
    world.hasLied = true;
    const kind = random.below(4);
    if (kind === 0) {
      world.count('disk lies: torn');
      if (underWay !== null) this.rows.apply(underWay.filter(() => random.chance(0.5)));
      else this.undo(this.last.length - 1, 0.5);
    } else if (kind === 1) {
      world.count('disk lies: dropped');
      const kept = random.below(this.last.length);
      for (let i = this.last.length - 1; i >= kept; i--) this.undo(i, 1);
    } else if (kind === 2) {
      world.count('disk lies: reordered');
      this.undo(random.below(this.last.length), 1);
    } else {
      world.count('disk lies: flipped');
      const { ops } = random.pick(this.last);
      const { key } = random.pick(ops);
      const value = this.rows.peek(key);
      if (value === undefined || value.length === 0) return;
      const flipped = Uint8Array.from(value);
      const at = random.below(flipped.length);
      flipped[at] = flipped[at]! ^ (1 << random.below(8));
      this.rows.apply([{ key, value: flipped }]);
    }
  }

  /** Take back a share of a batch, but for what later batches have written over it. */
  private undo(index: number, share: number): void {
    const batch = this.last[index];
    if (batch === undefined) return;
    const later = new Set(this.last.slice(index + 1).flatMap(({ ops }) => ops.map((op) => op.key)));
    const ops = batch.ops
      .map(({ key }, i): Op => ({ key, value: batch.before[i] ?? null }))
      .filter(({ key }) => !later.has(key) && this.world.random.chance(share));
    this.rows.apply(ops);
    if (share === 1) this.last.splice(index, 1);
  }
}

/** How often a crash shows that the disk has lied, in a story whose disk does. */
const LIE_RATE = 0.15;

const unavailable = (why: string): FlowError => new FlowError('FLOW_STORE_UNAVAILABLE', why);

/** The disk as one process sees it. */
export class Handle implements Disk {
  private readonly disk: SimDisk;
  private readonly life: Life;
  private underWay: readonly Op[] | null = null;
  private isBroken = false;

  constructor(disk: SimDisk, life: Life) {
    this.disk = disk;
    this.life = life;
  }

  /** The process dies here. */
  crash(): void {
    this.disk.crash(this.underWay);
    this.underWay = null;
  }

  get(key: string): Promise<Uint8Array | undefined> {
    return this.read(() => this.disk.rows.peek(key));
  }

  has(key: string): Promise<boolean> {
    return this.read(() => this.disk.rows.peek(key) !== undefined);
  }

  getMany(keys: readonly string[]): Promise<readonly (Uint8Array | undefined)[]> {
    return this.read(() => keys.map((key) => this.disk.rows.peek(key)));
  }

  async *range(range: Range, options: RangeOptions = {}): AsyncGenerator<Row> {
    yield* await this.read(() => this.disk.rows.rowsOf(range, options));
  }

  /** A read sees the rows of some moment between its beginning and its end. */
  private read<Value>(look: () => Value): Promise<Value> {
    const { world } = this.disk;
    const { timeline, plan } = world;
    if (!this.life.isAlive) return never();
    if (this.isBroken) return Promise.reject(unavailable('the disk is gone'));
    if (world.strikes(plan.disk / 4)) {
      world.count('read fails');
      return Promise.reject(unavailable('a read failed'));
    }
    if (!plan.slowReads) return Promise.resolve(look());
    const isEarly = world.random.chance(0.5);
    const early = isEarly ? look() : undefined;
    return new Promise((resolve) => {
      timeline.after(this.time(), this.life, () => resolve(isEarly ? (early as Value) : look()));
    });
  }

  private time(): number {
    const { world } = this.disk;
    if (!world.strikes(world.plan.disk)) return world.delay(0.01, 0.5);
    world.count('disk stall');
    return world.delay(10, 30_000);
  }

  write(ops: readonly Op[]): Promise<void> {
    const { world } = this.disk;
    const { timeline } = world;
    if (!this.life.isAlive) return never();
    if (this.underWay !== null) world.wrong('SM0', 'two writes at one time');
    const fault = this.writeFault();
    this.underWay = ops;
    return new Promise((resolve, reject) => {
      timeline.after(this.time(), this.life, () => {
        this.underWay = null;
        if (fault !== null && fault !== 'write fails late') {
          reject(unavailable(fault));
          return;
        }
        timeline.note('disk', ops.length, ops[0]?.key ?? '');
        this.disk.apply(ops);
        timeline.after(world.delay(0, 0.2), this.life, () => {
          if (fault === null) resolve();
          else reject(unavailable(fault));
        });
      });
    });
  }

  private writeFault(): Fault | null {
    const { world } = this.disk;
    if (this.isBroken) return 'disk dead';
    if (this.disk.fullUntil > world.timeline.ms && !world.isHealed) return 'disk full';
    if (!world.strikes(world.plan.disk)) return null;
    const fault = world.random.pick(WRITE_FAULTS);
    world.count(fault);
    if (fault === 'disk full') this.disk.fullUntil = world.timeline.ms + world.delay(10, 5_000);
    if (fault === 'disk dead') this.isBroken = true;
    return fault;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

const WRITE_FAULTS = ['disk full', 'write fails', 'write fails late', 'disk dead'] as const;
