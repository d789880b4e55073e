// The host's errors: what our own code throws, and never what a flow program raises.
//
//     throw new FlowError('FLOW_LEASE_LOST', `run ${run} is at epoch ${epoch}`, { run, epoch })
//
// A code is a word and keeps its meaning for ever; messages may be reworded. Callers, the HTTP API
// and scripts around `flowvm --json` look at `code`; people read `message`; `details` holds the
// same facts as plain values, so that nobody parses a sentence. Exceptions of flow programs are
// values of the machine and do not come through here.
//
// Invariants:
//
//   E1. One table, ERRORS, knows every code. spec/errors.md is generated from it.
//   E2. A code, once released, is never given another meaning, and never removed.
//   E3. `details` is plain (text, numbers, booleans, null): it can be printed, logged and sent.

/**
 * What to do with a failed call.
 *
 * - `no`: the same call fails the same way until someone changes something;
 * - `later`: nothing is wrong with the call; try again after a while;
 * - `reload`: what the caller believes is out of date; read anew, then decide.
 */
export type Again = 'no' | 'later' | 'reload';

interface ErrorRow {
  /** When it happens and what it means, in one line. */
  readonly means: string;
  readonly again: Again;
}

function row(again: Again, means: string): ErrorRow {
  return { means, again };
}

/** Every code, one row each. Rows are added by whoever throws the code, grouped by area. */
export const ERRORS = {
  // bytes (vm/bytecode)
  FLOW_BYTES_CORRUPT: row('no', 'bytes are not a canonical encoding: damaged, cut or hostile'),
  FLOW_VALUE_UNENCODABLE: row('no', 'a value handed to the codec is not plain data, or too deep'),

  // programs (vm/bytecode)
  FLOW_PROGRAM_CORRUPT: row('no', 'a program or module is damaged, or breaks a rule of its format'),
  FLOW_PROGRAM_VERSION: row('no', 'the program was written by a newer flowmetal than this one'),

  // runs in memory (vm/machine, vm/snapshot)
  FLOW_NATIVE_MISSING: row('no', 'the program needs a native that this version does not have'),
  FLOW_RUN_STARTED: row('no', 'the run has begun already'),
  FLOW_SNAPSHOT_CORRUPT: row('no', 'a delta or checkpoint is damaged, or no state of its program'),
  FLOW_SNAPSHOT_VERSION: row('no', 'the snapshot was written by a newer flowmetal than this one'),

  // the store as a whole (vm/store)
  FLOW_STORE_CLOSED: row('no', 'the store was closed; nothing was read or written'),
  FLOW_STORE_LOCKED: row('later', 'another process has the store directory open'),
  FLOW_STORE_MOVED: row('no', 'the store was copied or moved here and must be adopted first'),
  FLOW_STORE_VERSION: row('no', 'the store was written by a newer flowmetal than this one'),
  FLOW_STORE_FOREIGN: row('no', 'the directory holds something, but not a flowmetal store'),
  FLOW_STORE_MISSING: row('no', 'there is no store in this place, and none was to be made'),
  FLOW_STORE_KEY: row('no', 'the key is missing, or not the one the store or file was made with'),
  FLOW_STORE_CORRUPT: row('no', 'a stored record is damaged, missing or out of order'),
  FLOW_STORE_UNAVAILABLE: row('later', 'the disk or database failed; whether it wrote is unknown'),

  // runs in the store (vm/store)
  FLOW_REQUEST_INVALID: row('no', 'a call to the store breaks its contract; nothing was written'),
  FLOW_RUN_UNKNOWN: row('no', 'no run has this id'),
  FLOW_RUN_EXISTS: row('no', 'a run with this id is in the store already'),
  FLOW_RUN_FINISHED: row('no', 'the run is done, failed or cancelled, and takes no more commits'),
  FLOW_CODE_UNKNOWN: row('no', 'no program or module with this hash is in the store'),
  FLOW_LEASE_LOST: row('reload', 'the run was claimed by another driver; nothing was written'),
  FLOW_SEQUENCE_CONFLICT: row('reload', 'the commit does not follow the head; nothing was written'),

  // looking at the past of a run (vm/engine)
  FLOW_EXPRESSION_UNFINISHED: row(
    'no',
    'an expression about the past would wait, or computes for too long',
  ),

  // one run in a file (vm/store)
  FLOW_EXPORT_CORRUPT: row('no', 'the file is not an exported run, or is damaged'),
  FLOW_EXPORT_VERSION: row('no', 'the exported run was written by a newer flowmetal'),
} as const satisfies Readonly<Record<string, ErrorRow>>;

export type ErrorCode = keyof typeof ERRORS;

/** The facts of one error, as plain values. */
export type ErrorDetails = Readonly<Record<string, string | number | boolean | null>>;

/** The one class of our own errors. `message` is a sentence; `code` is what programs look at. */
export class FlowError extends Error {
  override readonly name = 'FlowError';
  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  constructor(
    code: ErrorCode,
    message: string,
    details: ErrorDetails = {},
    options?: { readonly cause?: unknown },
  ) {
    super(message, options);
    this.code = code;
    this.details = details;
  }

  /** Whether the same call may succeed, and after what. */
  get again(): Again {
    return ERRORS[this.code].again;
  }
}

/** Tells our errors from others, optionally one code from the rest. */
export function isFlowError(error: unknown, code?: ErrorCode): error is FlowError {
  return error instanceof FlowError && (code === undefined || error.code === code);
}
