// The log of a line: an expression at every pass of it in the past, as if it had been printed.
//
//     walk ──line is passed──▶ point ──▶ another machine, brought there ──▶ evaluate ──▶ Pass
//                                └─────▶ a path needs none: it is followed at once
//
// The machine that walks is only looked at; what the expression does, it does to a machine of its
// own. Passes of a batch are told when the batch is over, so memory holds those of one batch.

import type { Task } from '../machine/frame.ts';
import type { RunId } from '../store/store.ts';
import { describeValue } from './describe.ts';
import { evaluate, type Evaluated, type Expression } from './evaluate.ts';
import { PASSES_MAX, PROGRESS_INSTRUCTIONS } from './limits.ts';
import { startsOf, type Starts } from './lines.ts';
import { isBefore, type At, type Past, type Point, type Walk } from './past.ts';
import { follow } from './path.ts';
import { runningPlace, type SourcePlace } from './reasons.ts';
import { instructionAt, nameIn } from './variable.ts';

/** The line was passed: its statement comes next. */
export interface Pass {
  readonly at: Point;
  /** Of the turn. */
  readonly atMs: number;
  readonly task: number;
  readonly place: SourcePlace | null;
  readonly evaluated: Evaluated;
}

export interface LogQuery {
  readonly run: RunId;
  readonly file: string;
  readonly line: number;
  readonly expression: Expression;
  readonly from: At;
  readonly to: At;
  readonly limit?: number;
  /** Called now and then with the commit that is looked at. */
  readonly progress?: (sequence: number) => void;
}

type Found = Omit<Pass, 'evaluated'> & { readonly evaluated: Evaluated | null };

/**
 * The passes in order; at the end, whether the limit has cut them short.
 *
 * @throws FLOW_REQUEST_INVALID  there is no such line, and what Past.walk throws
 * @throws FLOW_EXPRESSION_UNFINISHED
 */
export async function* logLine(
  past: Past,
  query: LogQuery,
): AsyncGenerator<Pass, { readonly isCut: boolean }> {
  const { run, file, line, expression, limit = PASSES_MAX, progress } = query;
  const from = pointOf(query.from);
  let starts: Starts | null = null;
  let found: Found[] = [];
  let count = 0;
  const look = (task: Task, walk: Walk): boolean => {
    if (walk.instruction % PROGRESS_INSTRUCTIONS === 0) progress?.(walk.sequence);
    const { top } = task;
    const places = top === undefined ? undefined : starts?.get(top.code);
    if (top === undefined || places?.has(instructionAt(top)) !== true) return false;
    if (isBefore(walk, from)) return false;
    // One more than is told says that there are more.
    if (++count > limit) return true;
    const { sequence, instruction, machine } = walk;
    const at = { sequence, instruction };
    const [place, evaluated] = [runningPlace(task), atOnce(walk, task, expression)];
    found.push({ at, atMs: machine.momentMs, task: task.number, place, evaluated });
    return false;
  };
  for await (const { machine } of past.walk(run, from.sequence, pointOf(query.to), look)) {
    starts ??= startsOf(machine.program, file, line);
    for (const pass of found) {
      progress?.(pass.at.sequence);
      yield { ...pass, evaluated: pass.evaluated ?? (await elsewhere(past, query, pass)) };
    }
    found = [];
  }
  return { isCut: count > limit };
}

function pointOf({ sequence, instruction = 0 }: At): Point {
  return { sequence, instruction };
}

/** What a path leads to; null if it leads nowhere, or flow code must say. */
function atOnce({ machine }: Walk, task: Task, { path }: Expression): Evaluated | null {
  const { top } = task;
  if (path === null || top === undefined) return null;
  const value = follow(nameIn(machine, task, top, path.name), path.steps);
  return value === undefined ? null : { kind: 'value', text: describeValue(value) };
}

/** Evaluate on another machine at the same point. */
async function elsewhere(
  past: Past,
  { run, expression }: LogQuery,
  { at, atMs, task: number }: Found,
): Promise<Evaluated> {
  const { machine } = await past.stateAt(run, at);
  const task = machine.state.tasks.find((each) => each.number === number);
  const frame = task?.top;
  if (task === undefined || frame === undefined) throw new Error(`task ${number} is not there`);
  return evaluate(machine, { task, frame, nowMs: atMs }, expression);
}
