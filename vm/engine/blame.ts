// Blame: where what a path leads to was changed last.
//
//     commit    …   s ──────── s+4 ──── s+6 ── s+7 ── at      blocks of batches, back from a point,
//                   └─ 4, 8 … ─┘└── 2 ──┘└─ 1 ─┘└─ part ┘     each walked forwards on one machine
//
// What was there before the first instruction (definitions and constants of a program that begins
// from a base image) was made by its prefix, which is executed once more to say where.
//
// A change is a binding that was not there, one that is gone, or another value in its place. To
// write the same object again, or an equal immutable value, is none; nor is what happens inside an
// object: its attributes and elements are paths of their own.

import { FlowError, isFlowError } from '../bytecode/errors.ts';
import type { Task } from '../machine/frame.ts';
import { Machine } from '../machine/machine.ts';
import { nearest } from '../machine/suggestions.ts';
import type { RunId } from '../store/store.ts';
import { Changes, isSamePoint, keeperOf, type Change, type Changed } from './changes.ts';
import { PROGRESS_INSTRUCTIONS } from './limits.ts';
import type { At, Past, Point, Walk } from './past.ts';
import type { Path } from './path.ts';
import { findVariable, instructionAt, keeperIn, namesNear } from './variable.ts';
import type { Keeper, Variable } from './variable.ts';

export interface BlameQuery {
  readonly run: RunId;
  readonly path: Path;
  /** By default the last commit. */
  readonly at?: At;
  /** Called now and then with the commit that is looked at. */
  readonly progress?: (sequence: number) => void;
}

/** Batches that are walked at once at most: a machine is read from the store for each block. */
const BLOCK_MAX = 64;

/**
 * @throws FLOW_REQUEST_INVALID  there is no such variable, it was never bound, or what came before
 *   was pruned; and what Past.stateAt throws
 */
export async function blame(past: Past, query: BlameQuery): Promise<Change> {
  const { run, path } = query;
  const { machine, at, loaded } = await past.stateAt(run, query.at);
  const variable = variableOf(machine, path, run);
  let end = at;
  let size = end.instruction > 0 ? 0 : 1;
  while (end.sequence > 0 || end.instruction > 0) {
    const from = Math.max(0, end.sequence - size);
    let block: Block;
    try {
      block = await walkBlock(past, query, variable, from, end);
    } catch (error) {
      if (!isFlowError(error, 'FLOW_REQUEST_INVALID')) throw error;
      if (size <= 1) throw beyondReach(query, end, error);
      size = Math.floor(size / 2);
      continue;
    }
    if (block.change !== null) return await tell(past, query, variable, block);
    if (block.hasBegun) throw neverBound(query);
    end = { sequence: from, instruction: 0 };
    size = Math.min(BLOCK_MAX, Math.max(1, size * 2));
  }
  const change = await changeOfPrefix(past, query, variable, loaded.record.createdMs);
  if (change === null) throw neverBound(query);
  return change;
}

function variableOf(machine: Machine, { name }: Path, run: RunId): Variable {
  const found = findVariable(machine, name);
  if (found !== null) return found;
  const near = nearest(name, namesNear(machine));
  const left = machine.state.tasks.length > 0 ? '' : ': it has ended, and its globals are left';
  const hint = near === null ? left : `: did you mean '${near}'?`;
  const what = `nothing is called '${name}' where run ${run} stands${hint}`;
  throw new FlowError('FLOW_REQUEST_INVALID', what, { run, name });
}

function neverBound({ run, path }: BlameQuery): FlowError {
  const what = `'${path.text}' of run ${run} was never bound before that point`;
  return new FlowError('FLOW_REQUEST_INVALID', what, { run, path: path.text });
}

function beyondReach({ run, path }: BlameQuery, { sequence }: Point, cause: FlowError): FlowError {
  const what =
    `'${path.text}' of run ${run} has not changed since commit ${sequence}, ` +
    `and what was before cannot be looked at: ${cause.message}`;
  return new FlowError('FLOW_REQUEST_INVALID', what, { run, sequence }, { cause });
}

interface Block {
  readonly change: Changed | null;
  /** The variable began in this block: there is no need to look further back. */
  readonly hasBegun: boolean;
  /** Where what keeps the variable was first seen; null if it was there before the block. */
  readonly birth: Point | null;
}

/** Walk some batches, and see what changed last. */
async function walkBlock(
  past: Past,
  query: BlameQuery,
  variable: Variable,
  from: number,
  end: Point,
): Promise<Block> {
  const birth = variable.kind === 'object' ? await birthOf(past, query, variable, from, end) : null;
  if (birth === 'never') return { change: null, hasBegun: true, birth: null };
  const { last, hasBegun } = await walkChanges(past, query, { variable, from, end, birth });
  return { change: last, hasBegun, birth };
}

/** Go to a change once more, and see what it was. */
async function tell(
  past: Past,
  query: BlameQuery,
  variable: Variable,
  { change, birth }: Block,
): Promise<Change> {
  const { at } = change as Changed;
  const from = at.sequence;
  const end = { sequence: from, instruction: at.instruction + 1 };
  const asked = { variable, from, end, birth, wanted: at };
  const { told } = await walkChanges(past, query, asked);
  if (told === null) throw new Error(`the change at ${from}+${at.instruction} is not there again`);
  return told;
}

interface Stretch {
  readonly variable: Variable;
  readonly from: number;
  readonly end: Point;
  readonly birth: Point | null;
  readonly wanted?: Point;
}

async function walkChanges(
  past: Past,
  { run, path, progress }: BlameQuery,
  { variable, from, end, birth, wanted }: Stretch,
): Promise<Changes> {
  const changes = new Changes(variable, path.steps, wanted ?? null);
  let last: Walk | null = null;
  const look = (task: Task, walk: Walk): boolean => {
    if (birth !== null && isSamePoint(walk, birth) && variable.kind === 'object') {
      changes.born(keeperIn(task, variable) ?? null);
    }
    changes.look(task, walk);
    if (walk.instruction % PROGRESS_INSTRUCTIONS === 0) progress?.(walk.sequence);
    return false;
  };
  for await (const walk of past.walk(run, from, end, look)) {
    if (last === null) changes.begin(walk, keptIn(walk.machine, variable));
    last = walk;
  }
  if (last !== null) changes.end(last);
  return changes;
}

function keptIn(machine: Machine, variable: Variable): Keeper | null {
  return variable.kind === 'object' ? keeperOf(machine, variable.keeper.id) : null;
}

/**
 * Where in a block what keeps a variable was first seen; null if it was there before. An object has
 * no name while no commit has reached it: which of many it is, is known at the end.
 */
async function birthOf(
  past: Past,
  { run, path }: BlameQuery,
  variable: Extract<Variable, { kind: 'object' }>,
  from: number,
  end: Point,
): Promise<Point | null | 'never'> {
  const births = new WeakMap<Keeper, Point>();
  let last: Walk | null = null;
  const look = (task: Task, { sequence, instruction }: Walk): boolean => {
    const keeper = keeperIn(task, variable);
    if (keeper !== undefined && !births.has(keeper)) births.set(keeper, { sequence, instruction });
    return false;
  };
  for await (const walk of past.walk(run, from, end, look)) {
    if (last === null && keptIn(walk.machine, variable) !== null) return null;
    last = walk;
  }
  if (last === null) return 'never';
  const found = findVariable(last.machine, path.name);
  const now = keptIn(last.machine, variable) ?? (found?.kind === 'object' ? found.keeper : null);
  return (now === null ? undefined : births.get(now)) ?? 'never';
}

/** What the prefix of a program has bound, before there was a first instruction of the run. */
async function changeOfPrefix(
  past: Past,
  { run, path }: BlameQuery,
  variable: Variable,
  atMs: number,
): Promise<Change | null> {
  const { machine: begun, program } = await past.stateAt(run, { sequence: 0 });
  const [task] = begun.state.tasks;
  const cut = task?.top?.rest;
  const body = program.units.get(program.entry)?.codes[0];
  if (variable.kind !== 'global' || task?.top?.code !== body || cut === undefined) return null;
  const again = (wanted: Point | null): Changes => {
    const random = (): number => 0;
    const machine = new Machine({ program, registry: begun.registry, random, mode: 'plain' });
    machine.start(null, []);
    const changes = new Changes(variable, path.steps, wanted);
    const walk = { machine, sequence: 0, instruction: 0, isOver: false };
    changes.begin(walk, null);
    machine.singleStep = true;
    machine.steps = Infinity;
    machine.watch = (running) => {
      changes.look(running, walk);
      walk.instruction++;
      const { top } = running;
      return top !== undefined && top.code === body && instructionAt(top) === cut;
    };
    machine.step({ nowMs: atMs, ticks: Infinity });
    return changes;
  };
  const { last } = again(null);
  if (last === null) return null;
  const { told } = again(last.at);
  return told === null ? null : { ...told, at: { sequence: 0, instruction: 0 }, atMs };
}
