// The engine's limits: unit in the name, reason in the comment.

/** Ticks of one turn: what a run may do before another one's turn comes. About a millisecond. */
export const TURN_TICKS = 10_000;

/** Ticks after which a run that only computes is committed, if that is cheap. */
export const COMMIT_TICKS = 200_000;

/**
 * Ticks for each byte of its last commit, if it is not: a commit of 2 MB (130 ms with its share of
 * a checkpoint, measured on sieve.flow) then comes after 8 million ticks, a second and more.
 */
export const TICKS_PER_BYTE = 4;

/** But at least so often: what a crash may cost a run that only computes, some 15 seconds. */
export const COMPUTE_TICKS_MAX = 100_000_000;

/** Commits whose output has not been told, beyond which a run waits for who is told. */
export const UNTOLD_MAX = 16;

/** Commits of one run on their way to the disk. Beyond it the run waits for them. */
export const COMMITS_AHEAD_MAX = 8;

/**
 * Answers of the driver itself within one turn (instant.ts): a loop of them must not end fairness.
 */
export const INSTANT_ROUNDS_MAX = 100;

/** Runs kept in memory though they wait, the longest unused of which go first. */
export const WARM_RUNS_MAX = 512;

/** Bytes of their states, as the store counts them. In memory they are some times larger. */
export const WARM_BYTES_MAX = 64 * 1024 * 1024;

/** Runs being read from the store at one time. */
export const LOADS_MAX = 16;

/** A checkpoint is not worth it before the deltas have at least this many bytes. */
export const CHECKPOINT_BYTES_MIN = 64 * 1024;

/**
 * Chunks of a checkpoint (56 KB each) that go with one commit; a larger one is staged in slices.
 */
export const CHECKPOINT_CHUNKS_AT_ONCE = 4;

/**
 * Bytes of a state whose checkpoint is made apart, if somebody makes them: here it would hold all
 * runs up for more than some milliseconds.
 */
export const CHECKPOINT_APART_BYTES = 128 * 1024;

/** How long after its last output a waiting run notes that it was released. */
export const RELEASE_NOTE_MS = 20;

/** The engine looks at the timers at least so often: no host timer lasts longer than 24.8 days. */
export const TIMER_LOOK_MS = 6 * 3_600_000;

/** Due timers taken from the store at a time. */
export const TIMER_PAGE = 1000;

/** Tasks told of in a waiting run's reasons; of the others only how many they are. */
export const REASON_TASKS_MAX = 64;

/** Characters of a value as `show` and `why` tell it. */
export const DESCRIPTION_LENGTH_MAX = 240;

/** Ticks of an expression that is evaluated in the past: a second at most, in plain words. */
export const EXPRESSION_TICKS_MAX = 200_000;

/** Instructions of a walk between two words of how far it is: some milliseconds. */
export const PROGRESS_INSTRUCTIONS = 1 << 16;

/** Passes of a line that are told, unless somebody asks for more. */
export const PASSES_MAX = 1000;

/** Bytes of the JSON text of a run's result that are kept with its status. */
export const RESULT_LENGTH_MAX = 1024 * 1024;

/** Effects of one kind handed to its connector at one time, unless the connector says otherwise. */
export const DISPATCH_MAX = 64;

/** Commits of a run whose states are kept, if nobody says otherwise: for looking back. */
export const STATES_KEPT = 10_000;

/** Commits of a run that stay in its history: some 30 MB. */
export const HISTORY_KEPT = 100_000;

/** Commits between two looks at what of a run may be forgotten. */
export const PRUNE_COMMITS = 500;

/** But so few, for a run of which fewer are kept. */
export const PRUNE_COMMITS_MIN = 50;

/** Where what is kept goes by its age: part of that age between two looks, and the least of it. */
export const PRUNE_SHARE = 1 / 8;
export const PRUNE_MS_MIN = 1000;

/** Rows taken away at a time: a commit of the run waits for that, some milliseconds. */
export const PRUNE_RECORDS = 200;
