// The timeline: one list of everything that is yet to happen, and the record of what has.
//
//     after(delay, whose, call) ──▶ [ heap by moment ] ──next──▶ call ──▶ all that follows from it
//
// Nothing in a simulation waits for the host. A disk that is slow, a message under way, a turn of a
// driver: each is a row here, and happens when its moment comes. Between two rows the host runs
// what it has (promises, the writer's immediates) until it has nothing left.
//
// Owns: simulated time, whose rows still count, the record of what has happened.
//
// Invariants:
//
//   TL1. Rows happen in the order of their moments, and of their making within one.
//   TL2. A row of something that is dead never happens; of something frozen, when it thaws.
//   TL3. The record depends on the seed alone: its hash is the same in every process.

/** Something that can die: a process, a driver in it, or the world, which does not. */
export class Life {
  readonly name: string;
  readonly parent: Life | null;
  private dead = false;
  /** Until then nothing of it happens. */
  frozenUntil = 0;

  constructor(name: string, parent: Life | null = null) {
    this.name = name;
    this.parent = parent;
  }

  get isAlive(): boolean {
    return !this.dead && (this.parent === null || this.parent.isAlive);
  }

  end(): void {
    this.dead = true;
  }
}

interface Row {
  readonly atMs: number;
  readonly number: number;
  readonly life: Life;
  readonly call: () => void;
  off: boolean;
}

/** FNV's prime and basis: the record is hashed a character at a time. */
const PRIME = 0x01000193;
const BASIS = 0x811c9dc5;

export class Timeline {
  /** Milliseconds since the simulation began; no clock of a host, those jump. */
  ms = 0;
  /** Rows that have happened. */
  events = 0;
  private readonly heap: Row[] = [];
  private made = 0;
  private low = BASIS;
  private high = 0;
  /** The record in words, if somebody wants to read it. */
  readonly trace: string[] | null;

  constructor(isTraced = false) {
    this.trace = isTraced ? [] : null;
  }

  /** Let something happen later; returns how to call it off. */
  after(delayMs: number, life: Life, call: () => void): () => void {
    const row = { atMs: this.ms + delayMs, number: ++this.made, life, call, off: false };
    this.push(row);
    return () => {
      row.off = true;
    };
  }

  /** Forget the rows of those that have died: each holds all that its process had in memory. */
  purge(): void {
    const rows = this.heap.filter(({ off, life }) => !off && life.isAlive);
    this.heap.length = 0;
    for (const row of rows) this.push(row);
  }

  get isEmpty(): boolean {
    return this.heap.length === 0;
  }

  /** Let the next thing happen; false if there is none. */
  step(): boolean {
    for (;;) {
      const row = this.pop();
      if (row === undefined) return false;
      if (row.off || !row.life.isAlive) continue;
      const thawMs = Math.max(row.life.frozenUntil, row.life.parent?.frozenUntil ?? 0);
      if (thawMs > row.atMs) {
        this.push({ ...row, atMs: thawMs });
        continue;
      }
      this.ms = row.atMs;
      this.events++;
      row.call();
      return true;
    }
  }

  /** Note what happens, for the hash and for people. */
  note(what: string, ...details: readonly (string | number)[]): void {
    this.mix(what);
    for (const detail of details) this.mix(typeof detail === 'number' ? `${detail}` : detail);
    this.trace?.push(`${this.ms.toFixed(3).padStart(14)}  ${what} ${details.join(' ')}`);
  }

  private mix(text: string): void {
    let { low } = this;
    for (let i = 0; i < text.length; i++) low = Math.imul(low ^ text.charCodeAt(i), PRIME);
    this.low = low;
    this.high = Math.imul(this.high ^ low, PRIME) + text.length;
  }

  /** Of all that has been noted, and when. */
  get hash(): string {
    const words = [this.low, this.high, this.events];
    return words.map((word) => (word >>> 0).toString(16).padStart(8, '0')).join('');
  }

  private push(row: Row): void {
    const { heap } = this;
    let at = heap.push(row) - 1;
    while (at > 0) {
      const up = (at - 1) >> 1;
      if (!isBefore(row, heap[up]!)) break;
      heap[at] = heap[up]!;
      at = up;
    }
    heap[at] = row;
  }

  private pop(): Row | undefined {
    const { heap } = this;
    const top = heap[0];
    const last = heap.pop();
    if (last === undefined || top === last) return top;
    let at = 0;
    for (;;) {
      let down = 2 * at + 1;
      if (down >= heap.length) break;
      if (down + 1 < heap.length && isBefore(heap[down + 1]!, heap[down]!)) down++;
      if (!isBefore(heap[down]!, last)) break;
      heap[at] = heap[down]!;
      at = down;
    }
    heap[at] = last;
    return top;
  }
}

function isBefore(a: Row, b: Row): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.number < b.number);
}

/**
 * Resolves when the host has nothing left to do: promises first, then the immediates they made,
 * then the promises of those. The store's writer is the only one in a driver that makes any.
 */
export function drained(): Promise<void> {
  return new Promise((resolve) => {
    queueMicrotask(() => process.nextTick(() => setImmediate(resolve)));
  });
}

export function never<Value>(): Promise<Value> {
  return new Promise(() => {});
}
