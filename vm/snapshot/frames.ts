// Reading frames: what a task or generator goes on with, held against its program.
//
// The verifier has proved of every instruction how deep the stack is before it and of
// what kind its slots are (vm/bytecode/verify-shapes.ts). A decoded frame must be what
// was proved, or the loop, which does not look again, would run on something else (L7).
//
// Invariants of what is let through:
//
//   V1. A frame goes on before an instruction, with as many slots as are alive there,
//       each of its kind; locals that are read unseen are bound, cells are cells.
//   V2. A frame below another waits at an instruction that can wait in the way the
//       hook says: ITERATE at FOR_ITER, DELEGATE at YIELD_FROM, and so on.
//   V3. What the machine takes for a set, a dict or a str unseen comes by the hook that
//       looks at it when it comes (MADE).
//   V4. TASK is the hook of the lowest frame and of no other.

import type { Plain } from '../bytecode/codec.ts';
import { OP, OPCODES } from '../bytecode/opcodes.ts';
import { flowOf, opName, popCount, pushCount } from '../bytecode/operands.ts';
import { FLAG } from '../bytecode/program.ts';
import { KIND as STACK, KIND_BITS, KIND_MASK, type Shape } from '../bytecode/verify-shapes.ts';
import type { Code } from '../machine/code.ts';
import { Frame, GeneratorObject, HOOKS, HOOK_ROWS, type Hook } from '../machine/frame.ts';
import { FunctionObject, ModuleObject } from '../machine/function.ts';
import { isMade } from '../machine/made.ts';
import { Cell, List, Tuple } from '../values/collections.ts';
import { Dict } from '../values/dict.ts';
import { ExceptionObject } from '../values/exception.ts';
import { SetObject } from '../values/set.ts';
import type { Slot, Value } from '../values/value.ts';
import { isMarked, localFacts } from './bound.ts';
import type { Part, Scope } from './gather.ts';
import { FRAME_DATA, FRAME_GENERATOR, FRAME_HANDLED, FRAME_HOOK } from './kinds.ts';
import type { Reader } from './reader.ts';
import { lacksValue, liveDepth, waitsBefore, waitsToRaise, type Waiting } from './resting.ts';

/** A frame with its locals and what is alive of its operand stack. */
export interface RestingFrame {
  readonly frame: Frame;
  readonly slots: readonly Slot[];
  /** Whether a value is yet to come on top of them. */
  readonly lacks: boolean;
}

/** Kinds of slots for which any value will do. */
const OPEN: ReadonlySet<number> = new Set([STACK.value, STACK.iterator, STACK.exit]);

/** Instructions that are done again with a value in the place of their operand. */
const RETRIED: ReadonlySet<number> = new Set([
  OP.JUMP_IF_FALSE,
  OP.JUMP_IF_TRUE,
  OP.UNPACK,
  OP.UNPACK_STAR,
]);

const GENERATOR_FLAGS = {
  generator: FLAG.generator,
  coroutine: FLAG.coroutine,
  async_generator: FLAG.asyncGenerator,
} as const;

/** The hook and data that a FRAME row says, before the frame can be read. */
export function frameHook(reader: Reader, { row }: Part): Hook {
  const flags = reader.index(row[5], 256, 'the flags of a frame');
  const hook = flags & FRAME_HOOK;
  if (HOOK_ROWS[hook] === undefined) throw reader.fault('a frame with a hook of no kind');
  return hook as Hook;
}

/**
 * The frame of a FRAME row.
 *
 * @param waiting what it waits for
 */
export function readFrame(reader: Reader, { row, scope }: Part, waiting: Waiting): RestingFrame {
  const hook = frameHook(reader, { row, scope });
  const flags = row[5] as number;
  let from = 6;
  const data: Value = (flags & FRAME_DATA) === 0 ? null : reader.value(row[from++], scope);
  const handled =
    (flags & FRAME_HANDLED) === 0
      ? null
      : reader.of(row[from++], scope, ExceptionObject, 'an exception');
  const generator =
    (flags & FRAME_GENERATOR) === 0
      ? null
      : reader.of(row[from++], scope, GeneratorObject, 'a generator');
  if (data === null && (flags & FRAME_DATA) !== 0) throw reader.fault('a frame with None for data');
  checkData(reader, hook, data);
  const fn = reader.of(row[3], scope, FunctionObject, 'a function');
  const resting = readResting(reader, fn, row[4], row.slice(from), scope, waiting);
  const { frame } = resting;
  frame.hook = hook;
  frame.data = data;
  frame.handled = handled;
  attach(reader, frame, generator);
  return resting;
}

/** Make a frame of where it goes on and what it holds. V1, V2 */
export function readResting(
  reader: Reader,
  fn: FunctionObject,
  pc: Plain | undefined,
  plain: readonly Plain[],
  scope: Scope,
  waiting: Waiting,
): RestingFrame {
  const { code } = fn;
  const rest = restOf(reader, code, pc, waiting);
  checkWaiting(reader, code, rest, waiting);
  const live = liveDepth(code, rest, waiting);
  if (live < 0 || plain.length !== code.freeStart + live) {
    throw reader.fault(`${code.info.qualname} rests with a stack of another depth`);
  }
  const slots: Slot[] = plain.slice(0, code.freeStart).map((each) => reader.slot(each, scope));
  for (const cell of fn.closure?.items ?? []) slots.push(cell);
  for (const each of plain.slice(code.freeStart)) slots.push(reader.slot(each, scope));
  checkLocals(reader, code, rest, waiting, slots);
  checkStack(reader, code, rest, waiting, slots, live);
  const frame = new Frame(code, fn);
  frame.rest = rest;
  return { frame, slots, lacks: lacksValue(waiting) };
}

/** The instruction that begins at an offset; past the end only below `raise Class`. */
function restOf(reader: Reader, code: Code, pc: Plain | undefined, waiting: Waiting): number {
  const { table } = code;
  const end = table.pcs[table.count] ?? 0;
  const offset = reader.index(pc, end + 1, 'the place of a frame');
  if (offset === end && waitsToRaise(code, table.count, waiting)) return table.count;
  const rest = table.indexAt[offset] ?? -1;
  if (rest < 0 || offset === end) {
    throw reader.fault(`${code.info.qualname} rests inside an instruction`);
  }
  return rest;
}

// -------------------------------------------------------------- V2 and V3

function checkWaiting(reader: Reader, code: Code, rest: number, waiting: Waiting): void {
  if (!canWait(code, rest, waiting)) {
    const name = rest < code.table.count ? opName(code.table, rest) : 'the end';
    throw reader.fault(`${code.info.qualname} cannot wait at ${name} as it does`);
  }
  if (typeof waiting !== 'number' || !lacksValue(waiting) || waiting === HOOKS.MADE.code) return;
  // What comes must be of the kind that was proved of its slot.
  if (OPEN.has((code.shapes[rest]?.kind ?? -1) & KIND_MASK)) return;
  throw reader.fault(`${code.info.qualname} cannot wait for any value at all`);
}

function canWait(code: Code, rest: number, waiting: Waiting): boolean {
  const { ops, operands } = code.table;
  const here = ops[rest] ?? -1;
  const before = rest > 0 ? (ops[rest - 1] ?? -1) : -1;
  switch (waiting) {
    case 'nothing':
      return true;
    case 'event':
      return before === OP.AWAIT || before === OP.YIELD_FROM;
    case 'sent':
      return before === OP.YIELD || here === OP.YIELD_FROM;
    case HOOKS.TASK.code:
      return false; // V4
    case HOOKS.ITERATE.code:
      return here === OP.FOR_ITER;
    case HOOKS.DELEGATE.code:
      return here === OP.YIELD_FROM;
    case HOOKS.RETRY.code:
      return RETRIED.has(here);
    case HOOKS.TEST.code:
      return here === OP.AND_JUMP || here === OP.OR_JUMP;
    case HOOKS.MADE.code:
      return isMade(before);
    default: {
      if (before < 0 || !waitsBefore(waiting)) return false;
      if (!OPCODES[opName(code.table, rest - 1)].calls) return false;
      const pushes = pushCount(before, operands[rest - 1] ?? 0);
      if (!lacksValue(waiting)) return pushes === 0 || flowOf(before) === 'end';
      return pushes > 0 && flowOf(before) === 'next';
    }
  }
}

function checkData(reader: Reader, hook: Hook, data: Value): void {
  const items = data instanceof Tuple ? data.items : [];
  switch (hook) {
    case HOOKS.INIT.code:
      return;
    case HOOKS.IMPORT.code:
      if (data instanceof ModuleObject) return;
      break;
    case HOOKS.BINARY.code:
      if (items.length === 4 && typeof items[0] === 'string' && typeof items[1] === 'boolean')
        return;
      break;
    case HOOKS.DELEGATE.code:
      // The GeneratorExit that closes it, if that is why it runs.
      if (data === null || data instanceof ExceptionObject) return;
      break;
    case HOOKS.GETATTR.code:
      if (data === null) return;
      if (typeof items[1] === 'string' && items.length === (items[2] === true ? 3 : 2)) return;
      break;
    default:
      if (data === null) return;
  }
  throw reader.fault('the data of a frame do not fit its hook');
}

// --------------------------------------------------------------------- V1

function checkLocals(
  reader: Reader,
  code: Code,
  rest: number,
  waiting: Waiting,
  slots: readonly Slot[],
): void {
  const facts = localFacts(code);
  const isAfter = waitsBefore(waiting);
  // The path came through the instruction that waits, so what was bound there is bound.
  const bound = facts.boundAt(isAfter ? rest - 1 : rest, isAfter);
  for (let local = 0; local < code.localCount; local++) {
    const made = facts.cells.get(local);
    if (made !== undefined) {
      if (made < rest && !(slots[local] instanceof Cell)) {
        throw reader.fault(`local ${local} of ${code.info.qualname} is no cell`);
      }
    } else if (slots[local] === undefined && isMarked(bound, local)) {
      throw reader.fault(`local ${local} of ${code.info.qualname} is not bound`);
    }
  }
}

function checkStack(
  reader: Reader,
  code: Code,
  rest: number,
  waiting: Waiting,
  slots: readonly Slot[],
  live: number,
): void {
  const { ops, operands } = code.table;
  const isRaising = waitsToRaise(code, rest, waiting);
  const place = isRaising ? rest - 1 : rest;
  let skip = isRaising
    ? popCount(ops[place] ?? 0, operands[place] ?? 0)
    : lacksValue(waiting)
      ? 1
      : 0;
  let shape: Shape | null = code.shapes[place] ?? null;
  for (; skip > 0 && shape !== null; skip--) shape = shape.below;
  for (let i = live - 1; i >= 0; i--) {
    const isFit = shape !== null && isOfKind(shape.kind, slots[code.localCount + i]);
    if (!isFit) throw reader.fault(`slot ${i} of ${code.info.qualname}'s stack is of another kind`);
    shape = shape?.below ?? null;
  }
}

/** Whether a slot holds what the verifier proved of it. */
function isOfKind(kind: number, slot: Slot): boolean {
  const count = kind >> KIND_BITS;
  switch (kind & KIND_MASK) {
    // None where it was proved: but what is sent to a generator takes that None's place.
    case STACK.none:
      return slot !== undefined;
    case STACK.list:
      return slot instanceof List;
    case STACK.tuple:
      return slot instanceof Tuple && (count === 0 || slot.items.length === count - 1);
    case STACK.set:
      return slot instanceof SetObject && !slot.isFrozen;
    case STACK.dict:
      return slot instanceof Dict;
    case STACK.str:
      return typeof slot === 'string';
    case STACK.handled:
      return slot === null || slot instanceof ExceptionObject;
    case STACK.self:
      return true;
    case STACK.cell:
      return slot instanceof Cell;
    case STACK.cells:
      return (
        slot instanceof Tuple &&
        slot.items.length === count &&
        slot.items.every((each) => each instanceof Cell)
      );
    case STACK.body:
      return slot instanceof FunctionObject && (slot.code.info.flags & FLAG.classBody) !== 0;
    default:
      return slot !== undefined;
  }
}

// -------------------------------------------------------------- generators

/** The instruction at which a function becomes a generator: after its MAKE_CELLs. */
function generatorStart({ table }: Code): number {
  let start = 0;
  while (table.ops[start] === OP.MAKE_CELL) start++;
  return start;
}

/** Join a frame and the generator whose body it is. */
function attach(reader: Reader, frame: Frame, generator: GeneratorObject | null): void {
  const { code, rest } = frame;
  const isBody = code.isGenerator && rest > generatorStart(code);
  if (isBody !== (generator !== null)) {
    throw reader.fault(`${code.info.qualname} rests in a generator and outside of it`);
  }
  if (generator === null) return;
  if (generator.frame !== null || generator.state !== 'running') {
    throw reader.fault(`${code.info.qualname} is the body of a generator that does not run`);
  }
  checkBody(reader, generator, code);
  generator.frame = frame;
  frame.generator = generator;
}

/** That a generator is of the kind its function makes. */
export function checkBody(reader: Reader, { kind }: GeneratorObject, code: Code): void {
  if ((code.info.flags & GENERATOR_FLAGS[kind]) !== 0) return;
  throw reader.fault(`${code.info.qualname} makes no ${kind}`);
}

/** That a generator that has not begun rests at its beginning, and another beyond it. */
export function checkProgress(reader: Reader, { code, rest }: Frame, isNew: boolean): void {
  const start = generatorStart(code) + 1;
  if (isNew ? rest === start : rest > start) return;
  throw reader.fault(`${code.info.qualname} rests where its generator cannot`);
}
