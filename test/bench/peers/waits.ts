// Which runs have told that they wait, and what they told with it.

export class Waits<Told> {
  readonly #told = new Map<string, Told>();
  readonly #asked = new Set<{ readonly missing: Set<string>; readonly resolve: () => void }>();

  /** A run waits; it may tell so again after a restart. */
  add(id: string, told: Told): void {
    this.#told.set(id, told);
    for (const asked of this.#asked) {
      asked.missing.delete(id);
      if (asked.missing.size > 0) continue;
      this.#asked.delete(asked);
      asked.resolve();
    }
  }

  get(id: string): Told | undefined {
    return this.#told.get(id);
  }

  /** Resolves when each of these has told. */
  all(ids: readonly string[]): Promise<void> {
    const missing = new Set(ids.filter((id) => !this.#told.has(id)));
    if (missing.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#asked.add({ missing, resolve });
    });
  }
}
