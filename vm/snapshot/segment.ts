// Segments: the bytes that rows travel in.
//
//     [ 'flows', version, place, [row, row, …] ]
//
//     place   null              a delta: one segment, whole
//             2 × n + last      chunk n of a checkpoint; last is 1 for the last one
//
// Who can read a version reads all before it. A reader that meets a later one
// says so (FLOW_SNAPSHOT_VERSION) and looks no further. A segment is written in the
// first version that can say it:
//
//     1     all but
//     2     one that begins with BASE: it needs the bytes of a base image

import { decode, encode, isList, type Plain } from '../bytecode/codec.ts';
import { FlowError, isFlowError, type ErrorDetails } from '../bytecode/errors.ts';
import { KIND } from './kinds.ts';

const MAGIC = 'flows';
export const SNAPSHOT_VERSION = 2;

/** Arrays in arrays: segment, rows, row, a field, a slot in it, a key in a hashed slot. */
export const SEGMENT_DEPTH = 8;

export type Row = readonly Plain[];

/** The typed error of bytes that are no state of their program. */
export function corrupt(what: string, details: ErrorDetails = {}): FlowError {
  return new FlowError('FLOW_SNAPSHOT_CORRUPT', `corrupt snapshot: ${what}`, { what, ...details });
}

function versionOf(rows: readonly Row[]): number {
  return rows[0]?.[0] === KIND.BASE ? 2 : 1;
}

export function encodeDeltaSegment(rows: readonly Row[]): Uint8Array {
  return encode([MAGIC, versionOf(rows), null, rows]);
}

export function encodeChunk(number: number, isLast: boolean, rows: readonly Row[]): Uint8Array {
  return encode([MAGIC, versionOf(rows), 2 * number + (isLast ? 1 : 0), rows]);
}

/** The rows of a delta. @throws FLOW_SNAPSHOT_CORRUPT, FLOW_SNAPSHOT_VERSION */
export function decodeDeltaSegment(bytes: Uint8Array): readonly Row[] {
  const { place, rows } = decodeSegment(bytes);
  if (place !== null) throw corrupt('a chunk of a checkpoint in the place of a delta');
  return rows;
}

/** The rows of chunk `number` of `count`. @throws FLOW_SNAPSHOT_CORRUPT, FLOW_SNAPSHOT_VERSION */
export function decodeChunk(bytes: Uint8Array, number: number, count: number): readonly Row[] {
  const { place, rows } = decodeSegment(bytes);
  const wanted = 2 * number + (number === count - 1 ? 1 : 0);
  if (place !== wanted) {
    throw corrupt(`chunk ${number} of ${count} is missing, or out of its place`, { chunk: number });
  }
  return rows;
}

function decodeSegment(bytes: Uint8Array): { place: Plain; rows: readonly Row[] } {
  const plain = readPlain(bytes, SEGMENT_DEPTH);
  if (!isList(plain) || plain[0] !== MAGIC) throw corrupt('these bytes are no snapshot');
  const [, version, place, rows] = plain;
  checkVersion('snapshot', version, SNAPSHOT_VERSION);
  if (plain.length !== 4 || place === undefined || !isList(rows)) {
    throw corrupt('a segment has four parts');
  }
  for (const row of rows) {
    if (!isList(row) || typeof row[0] !== 'number') throw corrupt('a row begins with its kind');
  }
  return { place, rows: rows as readonly Row[] };
}

/** @throws FLOW_SNAPSHOT_VERSION if it was written by a later flowmetal */
export function checkVersion(what: string, version: Plain | undefined, known: number): void {
  if (typeof version !== 'number' || !Number.isSafeInteger(version) || version < 1) {
    throw corrupt('its version is no number');
  }
  if (version <= known) return;
  throw new FlowError(
    'FLOW_SNAPSHOT_VERSION',
    `the ${what} is of version ${version}; this flowmetal reads up to ${known}`,
    { version },
  );
}

/** Decode bytes, their damage being that of a snapshot. */
export function readPlain(bytes: Uint8Array, depth: number): Plain {
  try {
    return decode(bytes, { depth });
  } catch (error) {
    if (!isFlowError(error, 'FLOW_BYTES_CORRUPT')) throw error;
    throw new FlowError(
      'FLOW_SNAPSHOT_CORRUPT',
      `corrupt snapshot: ${error.message}`,
      error.details,
      {
        cause: error,
      },
    );
  }
}
