// Locks by name: one holder at a time, first come first served.
//
// The store checks before it writes ("does this follow the head?") and reads in between, so two
// calls about one run must not interleave. Calls about different runs never wait for each other.
//
// Invariants:
//
//   X1. Bodies under one name run one after another, in the order `hold` was called.
//   X2. A name costs memory only while it is held.

export class Locks {
  readonly #tails = new Map<string, Promise<void>>();

  /** Runs the body when all earlier holders of the name are done. */
  async hold<Result>(name: string, body: () => Promise<Result>): Promise<Result> {
    const before = this.#tails.get(name);
    let release = nothing;
    const tail = new Promise<void>((resolve) => {
      release = resolve;
    });
    this.#tails.set(name, tail);
    // A tail never rejects: it tells that the holder is gone, not how it went.
    if (before !== undefined) await before;
    try {
      return await body();
    } finally {
      if (this.#tails.get(name) === tail) this.#tails.delete(name);
      release();
    }
  }
}

function nothing(): void {}
