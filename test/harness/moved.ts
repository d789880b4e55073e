// `moved`: after every few instructions the state is written, read into a fresh machine, and goes
// on there. A twin that never moves runs beside it; at each move both have changed alike, and every
// few moves both are written whole: the bytes must be equal, so whatever a move loses or invents
// shows, though the program may not. A second run moves but a few times, so that what came into
// being over thousands of instructions is written at once, as a driver does it.
//
// With bases, both begin behind the imports of the program: the one that moves from a base image,
// its twin as the machine that executed them. What they write must be the same bytes here, too.
//
// The machine runs plain words and stops before each instruction. Effects are answered by the
// scripted World at their moments, as the engine would.

import { Buffer } from 'node:buffer';
import { isDeepStrictEqual } from 'node:util';
import { encode } from '../../vm/bytecode/codec.ts';
import { readAnswer } from '../../vm/engine/answers.ts';
import { sortEffects, type Sorted } from '../../vm/engine/instant.ts';
import { HOOKS } from '../../vm/machine/frame.ts';
import type { LinkedProgram } from '../../vm/machine/link.ts';
import {
  Machine,
  type EffectRequest,
  type MachineOptions,
  type Outcome,
} from '../../vm/machine/machine.ts';
import { machineAtCut } from '../../vm/machine/prefix.ts';
import { formatTraceback, lastLine, places } from '../../vm/machine/traceback.ts';
import { beginFrom, encodeBase, makeBase, type Base } from '../../vm/snapshot/base.ts';
import { encodeCheckpoint } from '../../vm/snapshot/checkpoint.ts';
import { encodeDelta } from '../../vm/snapshot/delta.ts';
import { ledgerOf } from '../../vm/snapshot/ledger.ts';
import { restoreMachine } from '../../vm/snapshot/restore.ts';
import {
  HTTP_CALLBACK,
  HTTP_REQUEST,
  readCallbackToken,
} from '../../stdlib/connectors/http-messages.ts';
import { effectKinds } from '../../stdlib/connectors/kinds.ts';
import { askWorld, CALLBACK_BASE, postOf } from './outside.ts';
import { GOLDEN_ALL, type GoldenOutcome } from './run.ts';
import { WORLD_START_MS, type World } from './world.ts';

/** Deltas kept before the next checkpoint: both forms are read back often. */
const DELTAS = 8;

/** Instructions in one step, so that no loop runs for ever unseen. */
const TICKS = 1_000_000_000;

interface Coming {
  readonly ordinal: number;
  readonly kind: string;
  readonly atMs: number;
  readonly bytes: Uint8Array;
}

/** When the next move comes. */
interface Pace {
  /** How many instructions come before it, of a state that has cost so many bytes to move. */
  stride(machine: Machine, bytes: number): number;
}

/**
 * After each instruction of the program; a longer one is then moved after 2, 4, 8, … of them,
 * eight times each, so that the whole test stays within minutes. A large state takes its
 * turn sooner: when BYTES_DENSE of it have been read. FLOWMETAL_GOLDEN=all moves it after every
 * instruction to its end (npm run golden:all).
 */
class Closely implements Pace {
  private readonly every: number;
  private moves = 0;

  constructor(every: number) {
    this.every = every;
  }

  stride(machine: Machine, bytes: number): number {
    if (GOLDEN_ALL) return this.every;
    if (isImporting(machine)) return Math.max(this.every, IMPORTING);
    const byMoves = (this.moves++ - MOVES_DENSE) / MOVES_EACH;
    const byBytes = ((bytes / BYTES_DENSE - 1) * MOVES_DENSE) / MOVES_EACH;
    const turn = Math.ceil(Math.max(0, byMoves, byBytes));
    return this.every * 2 ** Math.min(20, turn);
  }
}

const MOVES_DENSE = 48;
const MOVES_EACH = 8;
const BYTES_DENSE = 130_000;

/**
 * Instructions between moves while a module of the library is imported: hundreds of programs import
 * the same ones, and test/snapshot/imports.test.ts moves each of them closely.
 */
const IMPORTING = 99_991;

/** What is moved: a program, and what its run is held to. */
export type Moved = Pick<MachineOptions, 'program' | 'registry' | 'held'>;

/** A machine that is given up for another one, built from bytes, again and again. */
class Mover {
  machine: Machine;
  /** It runs what the machine runs, and never moves; null if nobody compares. */
  readonly twin: Machine | null;
  /** How many instructions it has run, and how many bytes all its moves have read. */
  steps = 0;
  bytes = 0;
  /** Instructions besides those of imports of the library. */
  own = 0;
  private readonly options: ConstructorParameters<typeof Machine>[0];
  private checkpoint: readonly Uint8Array[] = [];
  private deltas: Uint8Array[] = [];

  private readonly base: Base | null;

  constructor(moved: Moved, hasTwin: boolean, base: Base | null) {
    // Random bits are any numbers, the same by counter.
    const random = (counter: number): number => Math.imul(counter + 1, 0x9e3779b1) >>> 0;
    this.options = { ...moved, random, mode: 'plain' };
    this.base = base;
    if (base === null) {
      this.machine = new Machine(this.options);
      this.twin = hasTwin ? new Machine(this.options) : null;
      for (const machine of this.both) machine.start(null, []);
    } else {
      const given = { argv: [], entry: null, args: [] };
      this.machine = beginFrom(base, this.options, given);
      this.twin = hasTwin ? atCut(base, this.options) : null;
    }
  }

  get both(): readonly Machine[] {
    return this.twin === null ? [this.machine] : [this.machine, this.twin];
  }

  /** So many instructions in both, or to where every task waits. */
  step(count: number, nowMs: number): Outcome {
    const wasImporting = isImporting(this.machine);
    const [outcome] = this.both.map((each) => {
      each.singleStep = true;
      each.steps = count;
      return each.step({ nowMs, ticks: TICKS });
    });
    const steps = count - Math.max(0, this.machine.steps);
    this.steps += steps;
    if (!wasImporting) this.own += steps;
    return outcome as Outcome;
  }

  move(): void {
    const { machine, checkpoint, deltas } = this;
    const delta = encodeDelta(machine);
    const { twin } = this;
    if (twin !== null && Buffer.compare(delta, encodeDelta(twin)) !== 0) throw new Error(DIFFERS);
    deltas.push(delta);
    for (const piece of [checkpoint, deltas].flat()) this.bytes += piece.length;
    this.machine = restoreMachine(this.options, { base: this.base, checkpoint, deltas });
    this.machine.ended = machine.ended;
    if (deltas.length >= DELTAS) this.compare();
  }

  /** Both states, written whole: the next moves begin there. */
  compare(): void {
    const [moved = [], unmoved = moved] = this.both.map((each) => [
      ...encodeCheckpoint(each).chunks,
    ]);
    if (!Buffer.concat(moved).equals(Buffer.concat(unmoved))) throw new Error(DIFFERS);
    this.checkpoint = moved;
    this.deltas = [];
  }
}

/** The machine that executed what the base is made of, as if it had read the base. */
export function atCut(base: Base, options: Omit<MachineOptions, 'state'>): Machine {
  const machine = machineAtCut(options);
  if (machine === null) throw new Error('a base of a program without a prefix');
  if (Buffer.compare(encodeBase(machine), base.bytes) !== 0) throw new Error('two bases of one');
  const ledger = ledgerOf(machine);
  ledger.base = base.forLedger;
  ledger.isNew = true;
  return machine;
}

const DIFFERS = 'a moved state is not written as one that stayed';

/** Whether the program is at an import statement of its own, and a module of the library begins. */
export function isImporting({ current }: Machine): boolean {
  const outer = current.frames.slice(0, Math.min(current.depth, IMPORT_DEPTH));
  return outer.some(({ hook, code }) => hook === HOOKS.IMPORT.code && code.unit.module.isLibrary);
}

/** Frames that may stand below a module body: those of the start, and modules of the program. */
const IMPORT_DEPTH = 6;

/** Moves after 1, 2, 4, 8, … instructions: what a base changes shows at the beginning or never. */
class Sooner implements Pace {
  private next = 1;

  stride(): number {
    const { next } = this;
    this.next *= 2;
    return next;
  }
}

/** From the base image of a program, if it has one. */
export function runBased(moved: Moved, renew: () => World): GoldenOutcome {
  const base = makeBase(moved.program, moved.registry);
  return run(new Mover(moved, true, base), moved.program, new Sooner(), renew());
}

export function runMoved(moved: Moved, every: number, renew: () => World): GoldenOutcome {
  const near = new Mover(moved, true, null);
  const outcome = run(near, moved.program, new Closely(every), renew());
  // Of a short one, moves that are close leave nothing over but what its imports made.
  if (near.own < FAR_LEAST && !GOLDEN_ALL) return outcome;
  const steps = Math.ceil(near.steps / (MOVES_FAR + 1));
  const seldom = { stride: () => steps };
  const far = run(new Mover(moved, false, null), moved.program, seldom, renew());
  return isDeepStrictEqual(far, outcome) ? outcome : far;
}

/** Nothing is written here, so what waits to be on disk is; whether there was anything. */
function answerWaits(machine: Machine, { waits }: Sorted): boolean {
  for (const { ordinal } of waits) machine.settle(ordinal, { kind: 'resolved', value: null });
  return waits.length > 0;
}

/** Instructions of a program that is worth a second run. */
const FAR_LEAST = 3000;

/** How often a state is moved that is moved seldom. */
const MOVES_FAR = 2;

function run(mover: Mover, program: LinkedProgram, pace: Pace, world: World): GoldenOutcome {
  let nowMs = WORLD_START_MS;
  let coming: Coming[] = [];
  let stdout = '';
  let stderr = '';
  for (;;) {
    const { machine, twin } = mover;
    const outcome = mover.step(pace.stride(machine, mover.bytes), nowMs);
    if (twin !== null) {
      twin.takeOutput();
      answerWaits(
        twin,
        sortEffects(twin, () => CALLBACK_BASE),
      );
    }
    for (const { stream, text } of machine.takeOutput()) {
      if (stream === 'stdout') stdout += text;
      else stderr += text;
    }
    const sorted = sortEffects(machine, () => CALLBACK_BASE);
    const answered = answerWaits(machine, sorted) || sorted.answered;
    for (const effect of sorted.effects) coming.push(...comingOf(effect, world, nowMs));
    if (outcome.kind === 'done') return { stdout, stderr };
    if (outcome.kind === 'failed') {
      const { error } = outcome;
      const trace = places(program, error.trace).map(({ file, line }) => ({ file, line }));
      stderr += formatTraceback(program, error);
      return { stdout, stderr, failure: { lastLine: lastLine(error), trace } };
    }
    mover.move();
    if (outcome.kind === 'waiting') mover.compare();
    if (outcome.kind === 'spent' || answered) continue;
    const next = Math.min(outcome.wakeAtMs ?? Infinity, ...coming.map(({ atMs }) => atMs));
    if (next === Infinity) throw new Error('the program waits for ever');
    nowMs = Math.max(nowMs, next);
    const due = coming.filter(({ atMs }) => atMs <= nowMs).toSorted((a, b) => a.atMs - b.atMs);
    coming = coming.filter(({ atMs }) => atMs > nowMs);
    for (const { ordinal, kind, bytes } of due) {
      for (const each of mover.both) {
        each.momentMs = nowMs;
        each.settle(ordinal, readAnswer(kind, bytes, effectKinds));
      }
    }
  }
}

function comingOf(
  { ordinal, kind, payload }: EffectRequest,
  world: World,
  nowMs: number,
): Coming[] {
  if (kind === HTTP_REQUEST) {
    const said = askWorld(world, `effect-${ordinal}`, payload, nowMs);
    return said === null ? [] : [{ ordinal, kind, atMs: said.atMs, bytes: encode(said.answer) }];
  }
  if (kind === HTTP_CALLBACK) {
    const url = `${CALLBACK_BASE}/callback/${readCallbackToken(payload)}`;
    return world.callback(url, nowMs).map(({ atMs, body }) => ({
      ordinal,
      kind,
      atMs,
      bytes: encode(postOf(body)),
    }));
  }
  throw new Error(`no script for an effect of kind ${kind}`);
}
