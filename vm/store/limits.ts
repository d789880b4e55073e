// The store's limits: unit in the name, reason in the comment. A request beyond one is refused
// with FLOW_REQUEST_INVALID; a record beyond one is FLOW_STORE_CORRUPT.

/** Characters of an id. Keys of the store are made of two or three of them. */
export const ID_LENGTH_MAX = 128;

/** Characters of free text that identifies or describes: entry, driver, label, secret handle. */
export const TEXT_LENGTH_MAX = 4096;

/** Labels of one run. They are read with every listing. */
export const LABELS_MAX = 64;

/** Rows of one page, and arrivals or timers of one answer. */
export const PAGE_ROWS_MAX = 1000;

/** Bytes of one opaque value: a delta, chunk, request, answer. LevelDB holds it twice in memory. */
export const VALUE_BYTES_MAX = 256 * 1024 * 1024;

/**
 * Bytes that go into one atomic write before the next one is begun. A big checkpoint then delays
 * its neighbours by its own time on disk and no more; 64 small commits are far below it.
 */
export const FLUSH_BYTES_MAX = 1024 * 1024;

/** Run heads kept decoded in memory. The head of a sleeping run is read again when it wakes. */
export const HEADS_MAX = 10_000;

/** Hashes of code that are remembered to be in the store. */
export const CODE_KNOWN_MAX = 10_000;

/** Arrival numbers reserved at a time, so that most deliveries do not rewrite the counter. */
export const ARRIVALS_RESERVED = 1000;

/** Commits read at a time while a history is told. */
export const HISTORY_PAGE = 256;

/** Rows remembered after they were written, and bytes of one that is: 4 MB at most. */
export const RECENT_ROWS_MAX = 16_384;
export const RECENT_BYTES_MAX = 256;
