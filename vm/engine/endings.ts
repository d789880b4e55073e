// Endings: how a run came to its end, as bytes in its status and as data for people.
//
//     done       [1, json | null, description]
//     failed     [1, last line, traceback, [[file, line, function], …], exit status]
//     cancelled  [1, reason | null]

import { decode, encode, isList, type Plain } from '../bytecode/codec.ts';
import type { LinkedProgram } from '../machine/link.ts';
import { formatTraceback, lastLine, places } from '../machine/traceback.ts';
import type { RunStatus } from '../store/store.ts';
import type { ExceptionObject } from '../values/exception.ts';
import { Instance } from '../values/type.ts';
import { types } from '../values/types.ts';
import type { Value } from '../values/value.ts';
import { describeValue } from './describe.ts';
import type { ValueTexts } from './input.ts';
import { RESULT_LENGTH_MAX } from './limits.ts';

const VERSION = 1;

/** How a run ended, for doors and people. */
export type Ending =
  | { readonly kind: 'done'; readonly json: string | null; readonly description: string }
  | {
      readonly kind: 'failed';
      /** `ValueError: text` */
      readonly lastLine: string;
      /** As CPython would print it; each line ended. */
      readonly traceback: string;
      /** Outermost first. */
      readonly places: readonly FailurePlace[];
      /** 1, or what SystemExit said; 130 after KeyboardInterrupt. */
      readonly exitStatus: number;
    }
  | { readonly kind: 'cancelled'; readonly reason: string | null };

export interface FailurePlace {
  readonly file: string;
  readonly line: number;
  readonly name: string;
}

/**
 * Own attribute of the Cancelled that a request to cancel the run raises; no program can spell it.
 */
const BY_RUN = ' by run';

/** Mark a Cancelled as the one that is meant to end the run. */
export function markCancelled(error: ExceptionObject): void {
  error.setOwn(BY_RUN, true);
}

export function doneStatus(result: Value, texts: ValueTexts): RunStatus {
  const json = texts.write(result);
  const kept = json !== null && json.length <= RESULT_LENGTH_MAX ? json : null;
  return { kind: 'done', result: encode([VERSION, kept, describeValue(result)]) };
}

/** What a shell says of CPython, which sends itself the signal, after a KeyboardInterrupt. */
const EXIT_INTERRUPTED = 130;

/** The status of a run that an exception ended. */
export function failedStatus(
  program: LinkedProgram,
  error: ExceptionObject,
  texts: ValueTexts,
): RunStatus {
  if (error.cls.isSubtype(types.Cancelled) && isByRun(error)) {
    const [reason] = error.args.items;
    return cancelledStatus(typeof reason === 'string' ? reason : null);
  }
  if (error.cls.isSubtype(types.SystemExit)) return exitStatus(error, texts);
  const where = places(program, error.trace).map(({ file, line, name }): Plain => [
    file,
    line,
    name,
  ]);
  const traceback = formatTraceback(program, error);
  const exit = error.cls.isSubtype(types.KeyboardInterrupt) ? EXIT_INTERRUPTED : 1;
  return {
    kind: 'failed',
    failure: encode([VERSION, lastLine(error), traceback, where.slice(-1000), exit]),
  };
}

export function cancelledStatus(reason: string | null): RunStatus {
  return { kind: 'cancelled', reason: encode([VERSION, reason]) };
}

/** Whether a request to cancel the run is behind an exception. */
function isByRun(error: ExceptionObject): boolean {
  const seen = new Set<ExceptionObject>();
  const todo = [error];
  for (let at = todo.pop(); at !== undefined; at = todo.pop()) {
    if (seen.has(at)) continue;
    seen.add(at);
    if (at.getOwn(BY_RUN) === true) return true;
    for (const next of [at.cause, at.context]) if (next !== null) todo.push(next);
  }
  return false;
}

/** SystemExit: its argument is the exit status, or a text for stderr. */
function exitStatus(error: ExceptionObject, texts: ValueTexts): RunStatus {
  const [code = null] = error.args.items;
  const value = code instanceof Instance && code.base !== undefined ? code.base : code;
  if (value === null || value === 0 || value === false) return doneStatus(null, texts);
  const isStatus = typeof value === 'number' || value === true;
  const text = typeof value === 'string' ? value : describeValue(value);
  // A status is the low byte of the number, as the host's systems have it.
  const status = isStatus ? Number(value) & 0xff : 1;
  return {
    kind: 'failed',
    failure: encode([VERSION, lastLine(error), isStatus ? '' : `${text}\n`, [], status]),
  };
}

/** The ending that a status tells of; null if the run has not ended. */
export function readEnding(status: RunStatus): Ending | null {
  switch (status.kind) {
    case 'done': {
      const [json, description] = fields(status.result);
      return {
        kind: 'done',
        json: typeof json === 'string' ? json : null,
        description: text(description),
      };
    }
    case 'failed': {
      const [last, traceback, where, exit] = fields(status.failure);
      return {
        kind: 'failed',
        lastLine: text(last),
        traceback: text(traceback),
        places: (isList(where) ? where : []).map((row) => {
          const [file, line, name] = isList(row) ? row : [];
          return { file: text(file), line: Number(line ?? 0), name: text(name) };
        }),
        exitStatus: typeof exit === 'number' ? exit : 1,
      };
    }
    case 'cancelled': {
      const [reason] = fields(status.reason);
      return { kind: 'cancelled', reason: typeof reason === 'string' ? reason : null };
    }
    case 'ready':
    case 'waiting':
      return null;
  }
}

/** The fields after the version; none if the bytes are not ours. For showing only. */
function fields(bytes: Uint8Array): readonly Plain[] {
  try {
    const value = decode(bytes);
    return isList(value) && value[0] === VERSION ? value.slice(1) : [];
  } catch {
    return [];
  }
}

function text(value: Plain | undefined): string {
  return typeof value === 'string' ? value : '';
}
