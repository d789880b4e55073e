// A turn of a run, and what comes into one: the same while it lives and when a batch of it is done
// again (past.ts).
//
//     takeIn(arrival) ──▶ machine ◀── takeTurn(moment) ──▶ output, effects, waits for the driver
//                                        │    ▲
//                                        ▼    │ what only its host can say
//                                       TurnHost
//
// Invariant: what a turn leaves is a function of the machine, the moment and what the host said
// (L4).

import { decode, isList, type Plain } from '../bytecode/codec.ts';
import type { Task } from '../machine/frame.ts';
import type { EffectRequest, Machine, Outcome } from '../machine/machine.ts';
import { cancelTask } from '../machine/tasks.ts';
import { raiseIn } from '../machine/unwind.ts';
import type { Arrival } from '../store/store.ts';
import { makeException } from '../values/exception.ts';
import { types } from '../values/types.ts';
import { readAnswer } from './answers.ts';
import { assignName } from './assign.ts';
import type { EffectKinds } from './connector.ts';
import { ordinalOf } from './effects.ts';
import { markCancelled } from './endings.ts';
import type { ValueTexts } from './input.ts';
import { sortEffects, type DriverWait, type HostEnvironment } from './instant.ts';
import { INSTANT_ROUNDS_MAX, TURN_TICKS } from './limits.ts';

/** Name of the message that asks a run to stop. */
export const CANCEL = 'cancel';

/** Name of the message that gives a name of the program another value: [1, name, JSON]. */
export const SET = 'set';

/** What turns bytes from outside into values. */
export interface Readers {
  readonly kinds: EffectKinds;
  readonly texts: ValueTexts;
}

/** What only the host of a run can say while it has its turn. */
export interface TurnHost {
  readonly environment: HostEnvironment;
  /** Whether all that the run has printed so far has been told. */
  isTold(hasPrinted: boolean): boolean;
}

/** What a turn left. */
export interface Turned {
  readonly outcome: Outcome;
  readonly stdout: string;
  readonly stderr: string;
  readonly effects: readonly EffectRequest[];
  readonly waits: readonly DriverWait[];
  readonly abandoned: readonly number[];
}

/** Let a machine go on for one turn. */
export function takeTurn(machine: Machine, nowMs: number, host: TurnHost): Turned {
  let [stdout, stderr] = ['', ''];
  const effects: EffectRequest[] = [];
  const waits: DriverWait[] = [];
  const abandoned: number[] = [];
  const isTold = (): boolean => host.isTold(stdout !== '' || stderr !== '');
  for (let round = 0; ; round++) {
    let outcome = machine.step({ nowMs, ticks: TURN_TICKS });
    for (const { stream, text } of machine.takeOutput()) {
      if (stream === 'stdout') stdout += text;
      else stderr += text;
    }
    const sorted = sortEffects(machine, host.environment, isTold);
    effects.push(...sorted.effects);
    waits.push(...sorted.waits);
    abandoned.push(...sorted.abandoned);
    const isOver = outcome.kind === 'done' || outcome.kind === 'failed';
    const goesOn = sorted.answered && !isOver;
    if (goesOn) outcome = { kind: 'spent' };
    if (!goesOn || round >= INSTANT_ROUNDS_MAX || machine.hasStopped) {
      return { outcome, stdout, stderr, effects, waits, abandoned };
    }
  }
}

/** Let those go on who waited for what has arrived. */
export function takeIn(
  machine: Machine,
  { source, body }: Arrival,
  { kinds, texts }: Readers,
): void {
  if (source.kind === 'message') {
    if (source.name === CANCEL) cancel(machine, readReason(body));
    if (source.name === SET) set(machine, body, texts);
    return;
  }
  const ordinal = ordinalOf(source.effect);
  const event = ordinal === null ? undefined : machine.state.pending.get(ordinal);
  // Nobody in the run waits for it any more: it is consumed all the same.
  if (ordinal === null || event === undefined) return;
  machine.settle(ordinal, readAnswer(event.kind, body, kinds));
}

/** Let a task go on that waited for its driver. */
export function settleWait(machine: Machine, ordinal: number): void {
  machine.settle(ordinal, { kind: 'resolved', value: null });
}

/**
 * Raise Cancelled in every task: where it waits, or, if it computes, before its next instruction.
 * The program's own task comes last, so that what its tasks do at once on their way out is done.
 */
function cancel(machine: Machine, reason: string | null): void {
  const tasks = machine.state.tasks.toSorted((a, b) => b.number - a.number);
  machine.state.tasks = tasks;
  for (const task of [...tasks]) {
    if (task.top !== undefined && task.state.kind === 'ready' && task.wake === null) {
      const error = makeException(types.Cancelled, ...(reason === null ? [] : [reason]));
      markCancelled(error);
      machine.current = task;
      // A frame at rest names the word it goes on at (F2): that is where it is raised.
      raiseIn(machine, task, error, false);
    } else {
      cancelTask(machine, task, reason);
      markAsOurs(task);
    }
  }
}

/** What nothing has a name for any more stays as it is: it was looked at when it was sent. */
function set(machine: Machine, body: Uint8Array, texts: ValueTexts): void {
  const [, name, json] = readList(body);
  const value = typeof json === 'string' ? texts.read(json) : undefined;
  if (typeof name === 'string' && value !== undefined) assignName(machine, name, value);
}

/** Mark the Cancelled that a task has just been given. */
function markAsOurs(task: Task): void {
  if (task.wake !== null && 'error' in task.wake) markCancelled(task.wake.error);
  if (task.cancelled !== null) markCancelled(task.cancelled);
  const { state } = task.done;
  if (state.kind === 'rejected') markCancelled(state.error);
}

/** The reason in a request to cancel. */
function readReason(body: Uint8Array): string | null {
  const [, reason] = readList(body);
  return typeof reason === 'string' ? reason : null;
}

/** The list that a message is; an empty one if it is none (L7). */
function readList(body: Uint8Array): readonly Plain[] {
  try {
    const value = decode(body);
    return isList(value) ? value : [];
  } catch {
    return [];
  }
}
