// Runs as text and as JSON: what ps, show, why and history say of one.

import { isFlowError } from '../vm/bytecode/errors.ts';
import { readEnding, type Ending } from '../vm/engine/endings.ts';
import { decodeInput } from '../vm/engine/input.ts';
import { policyOf } from '../vm/engine/keep.ts';
import { decodeReasons, type Awaited, type Reason } from '../vm/engine/reasons.ts';
import type { RunRecord } from '../vm/store/store.ts';
import type { Quotas } from '../vm/values/quotas.ts';
import { fromNow } from './moments.ts';
import { RawJson } from './terminal.ts';

/** Names of labels that the commands set themselves. */
export const FILE_LABEL = 'file';

/** What a run was started from: `reboot.flow`, `reboot.flow: reboot()`. */
export function programName({ labels, entry, program }: RunRecord): string {
  const name = labels[FILE_LABEL] ?? program.slice(0, 12);
  return entry === '' ? name : `${name}: ${entry}()`;
}

/** An ISO 8601 moment, for JSON. */
export function iso(ms: number): string {
  return new Date(ms).toISOString();
}

export function isoOrNull(ms: number | null): string | null {
  return ms === null ? null : iso(ms);
}

/** How much a run may use, by what it is; null where that cannot be read here. */
export function quotasOf({ run, input }: RunRecord): Quotas | null {
  try {
    return decodeInput(run, input).quotas;
  } catch (error) {
    if (isFlowError(error, 'FLOW_STORE_CORRUPT')) return null;
    if (isFlowError(error, 'FLOW_BYTES_CORRUPT')) return null;
    if (isFlowError(error, 'FLOW_STORE_VERSION')) return null;
    throw error;
  }
}

/** Bytes of a run's state on disk: its last checkpoint, and the deltas since. */
export function stateBytes({ bytes }: RunRecord): number {
  return bytes.checkpoint + bytes.sinceCheckpoint;
}

/** The facts of a run that every `--json` gives. */
export function runJson(record: RunRecord): Record<string, unknown> {
  const { run, status, statusSinceMs, createdMs, updatedMs, program, entry, labels } = record;
  const { sequence, checkpoint, bytes, epoch, driver, historyFrom, statesFrom } = record;
  const ending = readEnding(status);
  return {
    run,
    status: status.kind,
    since: iso(statusSinceMs),
    created: iso(createdMs),
    updated: iso(updatedMs),
    file: labels[FILE_LABEL] ?? null,
    entry: entry === '' ? null : entry,
    labels,
    quotas: quotasOf(record),
    keep: policyOf(record)?.text ?? null,
    program,
    sequence,
    checkpoint,
    historyFrom,
    statesFrom,
    bytes,
    epoch,
    driver,
    wakeAt: status.kind === 'waiting' ? isoOrNull(status.wakeAtMs) : null,
    ...(ending === null ? {} : endingJson(ending)),
  };
}

/** How a run ended, for JSON. */
export function endingJson(ending: Ending): Record<string, unknown> {
  switch (ending.kind) {
    case 'done':
      return {
        // As its Python has it: NaN and Infinity are no JSON. The description has them.
        result: ending.json === null || !isJson(ending.json) ? null : new RawJson(ending.json),
        description: ending.description,
      };
    case 'failed': {
      const { lastLine, traceback, places, exitStatus } = ending;
      return { error: lastLine, traceback, places, exitStatus };
    }
    case 'cancelled':
      return { reason: ending.reason };
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** What a task waits for, for JSON. */
export function reasonJson(reason: Reason): Record<string, unknown> {
  const { task, name, place, on, sinceMs, deadlineMs } = reason;
  return {
    task,
    name,
    place,
    on: on.kind === 'timer' ? { kind: on.kind, due: iso(on.dueMs) } : on,
    since: iso(sinceMs),
    deadline: isoOrNull(deadlineMs),
  };
}

/** Whether it is a stranger's call that is waited for. */
export function isCallback(on: Awaited): boolean {
  return on.kind === 'effect' && on.effectKind === 'http.callback';
}

/** What the library waits for in the program's place (prelude/tasks.flow, asyncio). */
const AWAITED_EVENTS: ReadonlyMap<string, string> = new Map([
  ['race', 'the first of a race'],
  ['gather', 'all that it gathers'],
  ['asyncio', 'what its asyncio tasks wait for'],
  ['asyncio task', 'its turn in the asyncio loop'],
]);

/** What a task waits for, in a few words. */
export function awaitedText(on: Awaited, nowMs: number): string {
  switch (on.kind) {
    case 'timer':
      return `a sleep that ends ${fromNow(on.dueMs, nowMs)}`;
    case 'effect':
      return isCallback(on) ? 'a callback' : `an answer to ${on.effectKind}`;
    case 'task':
      return `the end of task ${on.task}`;
    case 'event':
      return AWAITED_EVENTS.get(on.what) ?? `another task (${on.what})`;
  }
}

/** One line on why a run is where it is, for a table. */
export function briefly(record: RunRecord, nowMs: number): string {
  const { status } = record;
  const ending = readEnding(status);
  if (ending?.kind === 'done') return ending.description === 'None' ? '' : ending.description;
  if (ending?.kind === 'failed') return ending.lastLine;
  if (ending?.kind === 'cancelled') return ending.reason ?? '';
  if (status.kind !== 'waiting') return '';
  const { tasks, rows } = decodeReasons(status.reasons);
  const [first] = rows;
  if (first === undefined) return '';
  const more = tasks > 1 ? `, and ${tasks - 1} more task${tasks === 2 ? '' : 's'}` : '';
  const line = first.place === null ? '' : `line ${first.place.line}: `;
  return `${line}${waitText(first, nowMs)}${more}`;
}

function waitText({ on, deadlineMs }: Reason, nowMs: number): string {
  const until = deadlineMs === null ? '' : `, Timeout ${fromNow(deadlineMs, nowMs)}`;
  return awaitedText(on, nowMs) + until;
}
