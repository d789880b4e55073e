// Restoring: a machine from the bytes of its run.
//
//     chunks, deltas ─▶ last row of each object ─▶ shells ─▶ filled ─▶ checked ─▶ RunState
//                       gather.ts                  make.ts   fill.ts   tasks.ts
//                                                                      sound.ts
//
// Bytes are hostile until all of this is through (L7): what comes out is a state that a
// machine of this program can be in, or a typed error that says what is wrong and with
// which object. What a state is for, no decoder can know: authority is the host's.
//
// Invariants:
//
//   S1. encodeCheckpoint(restore(base, bytes)) = bytes, for bytes that encodeCheckpoint made,
//       and the base that they name, if any.
//   S8. A restored state has the ids, pages and ledger of the one that was written, so
//       its next delta is the one that would have been written there. One restored from a
//       base alone has written nothing yet: its first delta names the base.

import { hex } from '../bytecode/hash.ts';
import { EventObject, PENDING } from '../machine/event.ts';
import { Task, type GeneratorObject } from '../machine/frame.ts';
import { ModuleObject } from '../machine/function.ts';
import { restAt } from '../machine/calls.ts';
import type { LinkedProgram } from '../machine/link.ts';
import { Machine, type MachineOptions } from '../machine/machine.ts';
import type { Registry } from '../machine/registry.ts';
import { RunState } from '../machine/state.ts';
import { STATIC_ID } from '../machine/statics.ts';
import { Raised } from '../values/exception.ts';
import { PagedObject, type HeapObject } from '../values/heap.ts';
import { INT_TEXT_DIGITS_LEAST } from '../values/limits.ts';
import { cleanPages } from './delta.ts';
import { closeTable, fillShells } from './fill.ts';
import type { Raw, RawRef, SavedState } from './gather.ts';
import { Ledger, setLedger } from './ledger.ts';
import { makeShells } from './make.ts';
import { Reader } from './reader.ts';
import { corrupt } from './segment.ts';
import { checkKeys, checkSound } from './sound.ts';
import { checkGenerator, fillGenerator, fillTask } from './tasks.ts';

export interface DecodedState {
  readonly state: RunState;
  /** What id() has given to objects; a machine must be told (Machine.restoreIdentity). */
  readonly identities: readonly (readonly [object: HeapObject, identity: number])[];
}

/**
 * The machine of a run, as its bytes say.
 *
 * @throws FLOW_SNAPSHOT_CORRUPT  the bytes are no state of this program
 * @throws FLOW_SNAPSHOT_VERSION  they were written by a newer flowmetal
 * @throws FLOW_NATIVE_MISSING    they name a native that this version does not have
 */
export function restoreMachine(options: Omit<MachineOptions, 'state'>, saved: SavedState): Machine {
  const { state, identities } = decodeState(options.program, options.registry, saved);
  const machine = new Machine({ ...options, state });
  for (const [object, identity] of identities) machine.restoreIdentity(object, identity);
  for (const task of state.tasks) {
    for (const frame of task.frames) restAt(machine, frame, frame.rest);
  }
  return machine;
}

/** The state alone. Frames must be told where they are in the words (F2) before they run. */
export function decodeState(
  program: LinkedProgram,
  registry: Registry,
  saved: SavedState,
): DecodedState {
  return readState(new Reader(program, registry), saved);
}

/** The same with a reader that has read nothing yet. */
export function readState(reader: Reader, saved: SavedState): DecodedState {
  try {
    reader.gathered.take(saved);
    return build(reader);
  } catch (error) {
    // The values' own limits, met while keys were put together.
    if (error instanceof Raised) throw reader.fault(error.message);
    throw error;
  }
}

function build(reader: Reader): DecodedState {
  checkProgram(reader);
  makeShells(reader);
  const tables = fillShells(reader);
  for (const raw of reader.generators) {
    reader.at = raw;
    fillGenerator(reader, raw.object as GeneratorObject, raw);
  }
  const facts = checkSound(reader);
  for (const raw of reader.tasks) {
    reader.at = raw;
    fillTask(reader, raw.object as Task, raw);
  }
  for (const raw of reader.generators) {
    reader.at = raw;
    checkGenerator(reader, raw.object as GeneratorObject);
  }
  checkKeys(reader, tables, facts);
  // Here classes are asked for methods for the first time, and they are complete.
  for (const table of tables) closeTable(reader, table);
  const state = readRoots(reader);
  const identities = readIdentities(reader, state);
  own(reader, state);
  return { state, identities };
}

function checkProgram({ gathered, program }: Reader): void {
  const { program: hash } = gathered;
  if (!(hash instanceof Uint8Array) || hex(hash) !== program.hash) {
    throw corrupt('it is a state of another program');
  }
}

// ------------------------------------------------------------------- roots

function readRoots(reader: Reader): RunState {
  const { gathered } = reader;
  const state = new RunState();
  readCounters(reader, state);
  state.argv = gathered.argv.map((each) => reader.text(each, 'an argument'));
  for (const { ref, scope } of gathered.modules) {
    const module = reader.of(ref, scope, ModuleObject, 'a module');
    const { name } = module.unit.module;
    if (state.modules.has(name)) throw corrupt(`two modules are called ${name}`);
    state.modules.set(name, module);
  }
  state.tasks = gathered.tasks.map(({ ref, scope }) => reader.of(ref, scope, Task, 'a task'));
  // Exactly the tasks that are not done: one that is not listed would wait for ever.
  const listed = new Set(state.tasks);
  const isListed = ({ object }: Raw): boolean =>
    listed.has(object as Task) !== ((object as Task).state.kind === 'done');
  if (listed.size !== state.tasks.length || !reader.tasks.every(isListed)) {
    throw corrupt('the list of tasks is not that of those that are not done');
  }
  state.failed = gathered.failed.map(({ ref, scope }) => reader.of(ref, scope, Task, 'a task'));
  const hasFailed = state.failed.every(({ done }) => done.state.kind === 'rejected');
  if (!hasFailed || new Set(state.failed).size !== state.failed.length) {
    throw corrupt('the list of failed tasks has others');
  }
  readEvents(reader, state);
  return state;
}

function readEvents(reader: Reader, state: RunState): void {
  const { pending, timers } = reader.gathered;
  const eventOf = ({ ref, scope }: RawRef): EventObject =>
    reader.of(ref, scope, EventObject, 'an event');
  let last = 0;
  for (const [ordinal, raw] of pending) {
    const event = eventOf(raw);
    const isNext = ordinal > last && ordinal <= state.effectCount;
    if (!isNext || event.effect !== ordinal || event.state !== PENDING) {
      throw corrupt(`effect ${ordinal} does not wait for an answer`);
    }
    state.pending.set((last = ordinal), event);
  }
  for (const raw of timers) state.timers.push({ event: eventOf(raw), dueMs: raw.number });
}

function readCounters(reader: Reader, state: RunState): void {
  const row = reader.gathered.state ?? [];
  reader.end(row, 9);
  const count = (at: number): number => reader.index(row[at], Infinity, 'a counter');
  state.heap.nextId = count(1);
  state.tickCount = count(2);
  state.effectCount = count(3);
  state.randomCount = count(4);
  state.taskCount = count(5);
  state.deadlineCount = count(6);
  state.identityCount = count(7);
  state.recursionLimit = count(8);
  if (state.recursionLimit < 1) throw corrupt('no frame may be pushed');
  readQuotaUse(reader, state);
  const { intDigits } = reader.gathered;
  if (intDigits === null) return;
  reader.end(intDigits, 2);
  const digits = reader.index(intDigits[1], 2 ** 31, 'the digits of an int');
  if (digits > 0 && digits < INT_TEXT_DIGITS_LEAST) throw corrupt('ints have too few digits');
  state.intTextDigits = digits;
}

function readQuotaUse(reader: Reader, state: RunState): void {
  const { quotaUse: row } = reader.gathered;
  if (row === null) return;
  reader.end(row, 5);
  const [log, graceUntil, measureAt, isOver] = row
    .slice(1)
    .map((each, at) => reader.index(each, at < 3 ? Infinity : 2, 'what its quotas have counted'));
  if (log === undefined || graceUntil === undefined || measureAt === undefined) return;
  state.quotaUse = { log, graceUntil, measureAt, isOver: isOver === 1 };
}

/** Every object belongs to the run, is clean, and has an id that will not be given again. */
function own({ gathered }: Reader, state: RunState): void {
  const { heap } = state;
  const { base, baseScope } = gathered;
  const ledger = new Ledger();
  if (base !== null) ledger.base = base.forLedger;
  if (heap.nextId < (base?.end ?? 0)) throw corrupt('it has fewer objects than its base');
  for (const { id, object, scope } of gathered.objects.values()) {
    if (object === null) continue;
    if (scope !== baseScope) ledger.noteRow(id);
    if (id >= heap.nextId) throw corrupt(`object ${id} comes after the last one`);
    object.id = id;
    object.owner = heap;
    if (object instanceof PagedObject) cleanPages(object);
    else if (object instanceof ModuleObject) ledger.noteGlobals(object);
  }
  ledger.noteRoots(state);
  ledger.isNew = gathered.isOnlyBase;
  ledger.notePending([], [...state.pending.values()]);
  ledger.texts.written = new Set(gathered.texts.names);
  setLedger(state, ledger);
}

function readIdentities(reader: Reader, state: RunState): DecodedState['identities'] {
  const identities = new Map<HeapObject, number>();
  for (const { row, scope } of reader.gathered.identities) {
    for (let i = 1; i < row.length; i += 2) {
      const object = reader.ref(row[i], scope);
      const identity = reader.index(row[i + 1], state.identityCount + 1, 'an identity');
      if (object.id === STATIC_ID) {
        if (identities.has(object)) throw corrupt('an object of the code has two identities');
        state.staticIdentities.push([object, identity]);
      }
      identities.set(object, identity);
    }
  }
  return [...identities];
}
