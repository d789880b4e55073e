// Checking what callers hand in, before anything is read or written.
//
// Invariant:
//
//   Q1. What passes here passes the reader of the record it goes into (fields.ts): the store
//       never writes what it would refuse to read.

import { FlowError } from '../bytecode/errors.ts';
import { isHash, isId } from './keys.ts';
import { ID_LENGTH_MAX, PAGE_ROWS_MAX, TEXT_LENGTH_MAX, VALUE_BYTES_MAX } from './limits.ts';

export function invalid(what: string, details: Record<string, string | number> = {}): FlowError {
  return new FlowError('FLOW_REQUEST_INVALID', what, details);
}

export function need(holds: boolean, what: string): asserts holds {
  if (!holds) throw invalid(what);
}

export function needId(value: string, field: string): void {
  need(isId(value), `${field} must be 1 to ${ID_LENGTH_MAX} characters of A-Z a-z 0-9 . _ : -`);
}

export function needHash(value: string, field: string): void {
  need(isHash(value), `${field} must be a SHA-256 in lower-case hexadecimal`);
}

export function needCount(value: number, field: string): void {
  need(Number.isSafeInteger(value) && value >= 0, `${field} must be a safe integer from 0 up`);
}

export function needText(value: string, field: string, lengthMax = TEXT_LENGTH_MAX): void {
  need(
    typeof value === 'string' && value.length <= lengthMax,
    `${field} must be text of at most ${lengthMax} characters`,
  );
}

export function needBytes(value: Uint8Array, field: string): void {
  need(
    value instanceof Uint8Array && value.length <= VALUE_BYTES_MAX,
    `${field} must be at most ${VALUE_BYTES_MAX} bytes`,
  );
}

export function needDistinct(values: readonly (string | number)[], field: string): void {
  if (values.length < 2) return;
  need(new Set(values).size === values.length, `${field} must not repeat`);
}

/** How many rows a page may have. */
export function pageLimit(limit: number | undefined): number {
  if (limit === undefined) return PAGE_ROWS_MAX;
  need(
    Number.isSafeInteger(limit) && limit >= 1 && limit <= PAGE_ROWS_MAX,
    `limit must be from 1 to ${PAGE_ROWS_MAX}`,
  );
  return limit;
}
