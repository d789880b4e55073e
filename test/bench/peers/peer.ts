// What an engine of durable runs offers, so that the probes can measure it.
//
//     run.ts ──▶ probes.ts ──▶ Peer ◀── flow/ restate/ dbos/
//
// Every engine runs one program, that of `Job`, written as its users would write it. The probes
// know engines by this interface only; an engine knows no probe.
//
// Invariants:
//
//   P1. All clocks are the probes'. No peer measures itself.
//   P2. A peer touches its own directory and loopback ports, and nothing else. After stop() no
//       process of it is left.
//   P3. Settings are those it is delivered with, but for what its mode says.

/**
 * The program that every engine runs, for the run `id`:
 *
 *     held = step(() => 'x' * job.holdBytes)           only if holdBytes > 0
 *     for i in range(job.steps):
 *         compute for job.workMs                        outside of steps
 *         sum += step(() => 1)
 *     if job.waits: sum += wait for the signal
 *     return sum + len(held)
 *
 * A step's result is on disk before the program goes on.
 */
export interface Job {
  /** Steps, one after the other. */
  readonly steps: number;
  /** Milliseconds of computing in the program's own code before each step. */
  readonly workMs: number;
  /** Bytes of a text that a first step makes, and that a local holds until the end. */
  readonly holdBytes: number;
  /** Whether it waits for a signal after its steps. */
  readonly waits: boolean;
}

/** What a run gives, if nothing was lost and nothing done twice. */
export function resultOf(job: Job, signal: number): number {
  return job.holdBytes + job.steps + (job.waits ? signal : 0);
}

export interface Peer {
  /** Start the engine on an empty directory. Resolves when it takes runs. */
  start(): Promise<void>;

  /** End every process that a crash of the engine would end, with SIGKILL and all at once. */
  kill(): Promise<void>;

  /**
   * After kill(): start again on the same data. Resolves when the processes are ready as the engine
   * itself tells it, which may be before, or after, it has begun to resume runs.
   */
  restart(): Promise<void>;

  /** End everything. May be called at any time, and more than once. */
  stop(): Promise<void>;

  /** Start a run. Resolves when the engine has stored that it is to run, not when it ends. */
  submit(id: string, job: Job): Promise<void>;

  /** The result of a run that was submitted, also before a kill(). Rejects if the run failed. */
  result(id: string): Promise<number>;

  /** Start a run and give its result: submit() and result() in one, where an engine can do that. */
  run(id: string, job: Job): Promise<number>;

  /** Resolves when each of these runs has done its steps and waits as runs do in this mode. */
  waiting(ids: readonly string[]): Promise<void>;

  /** Send a waiting run its signal. Resolves when the engine has accepted it. */
  signal(id: string, value: number): Promise<void>;

  /** Process ids whose memory counts, without their children, which are found. */
  processes(): readonly number[];

  /** Versions of all that is measured, and settings that decide what is flushed to disk when. */
  facts(): Promise<Readonly<Record<string, string>>>;
}

/** Where a peer lives while it is measured. */
export interface Place {
  /** An empty directory, the peer's own. Its size is the peer's size on disk. */
  readonly directory: string;
  /** A loopback port that nobody has, another one at each call. */
  readonly port: () => Promise<number>;
  /** One of the peer's modes. */
  readonly mode: string;
}

/** How run.ts knows an engine. */
export interface PeerKind {
  readonly about: string;
  /** Ways to set it up that a probe may come out differently in; the first is the default. */
  readonly modes: Readonly<Record<string, string>>;
  /** Nothing is started yet. Throws NotInstalled if the engine's packages are missing. */
  open(place: Place): Peer;
}
