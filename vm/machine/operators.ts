// Operators off the fast path: what the loop does not decide by itself.
//
//     x + y ── numbers, strs, lists ──▶ value
//           ── natives of the types ──▶ value, or NotImplemented: the other side
//           ── a dunder in flow ──────▶ CALLED, with the hook that goes on from there

import { OP } from '../bytecode/opcodes.ts';
import { binary, unary } from '../values/arithmetic.ts';
import { equals, hasOwnInequality, order, type OrderOperator } from '../values/compare.ts';
import { Tuple } from '../values/collections.ts';
import { Complex } from '../values/complex.ts';
import { NOT_IMPLEMENTED } from '../values/constants.ts';
import { typeError } from '../values/exception.ts';
import { hasMethod, intOf } from '../values/plain.ts';
import { Instance, TypeObject } from '../values/type.ts';
import { typeOf } from '../values/typeof.ts';
import { types } from '../values/types.ts';
import { nativeLength } from '../values/length.ts';
import { Float, type Slot, type Value } from '../values/value.ts';
import { bindNative } from './bind-native.ts';
import { CALLED, invoke, invokeFrom, type Stepped } from './calls.ts';
import { HOOKS, type Frame, type Task } from './frame.ts';
import { findSpecial } from './control.ts';
import { FunctionObject } from './function.ts';
import type { Machine } from './machine.ts';
import { DECLINED, Native, TailCall } from './native.ts';
import { blame } from './unwind.ts';

export type BinaryOperator =
  | '+'
  | '-'
  | '*'
  | '/'
  | '//'
  | '%'
  | '**'
  | '@'
  | '<<'
  | '>>'
  | '&'
  | '|'
  | '^';

interface OperatorRow {
  readonly symbol: BinaryOperator;
  readonly dunder: string;
  readonly reflected: string;
  /** Of x OP= y; empty for x OP y. */
  readonly inPlace: string;
}

const NAMES: readonly (readonly [number, number, BinaryOperator, string])[] = [
  [OP.ADD, OP.ADD_TO, '+', 'add'],
  [OP.SUBTRACT, OP.SUBTRACT_TO, '-', 'sub'],
  [OP.MULTIPLY, OP.MULTIPLY_TO, '*', 'mul'],
  [OP.DIVIDE, OP.DIVIDE_TO, '/', 'truediv'],
  [OP.FLOOR_DIVIDE, OP.FLOOR_DIVIDE_TO, '//', 'floordiv'],
  [OP.MODULO, OP.MODULO_TO, '%', 'mod'],
  [OP.POWER, OP.POWER_TO, '**', 'pow'],
  [OP.MATMUL, OP.MATMUL_TO, '@', 'matmul'],
  [OP.LSHIFT, OP.LSHIFT_TO, '<<', 'lshift'],
  [OP.RSHIFT, OP.RSHIFT_TO, '>>', 'rshift'],
  [OP.BIT_AND, OP.BIT_AND_TO, '&', 'and'],
  [OP.BIT_OR, OP.BIT_OR_TO, '|', 'or'],
  [OP.BIT_XOR, OP.BIT_XOR_TO, '^', 'xor'],
];

const OPERATORS: ReadonlyMap<number, OperatorRow> = new Map(
  NAMES.flatMap(([plain, inPlace, symbol, name]): [number, OperatorRow][] => {
    const row = { symbol, dunder: `__${name}__`, reflected: `__r${name}__` };
    return [
      [plain, { ...row, inPlace: '' }],
      [inPlace, { ...row, inPlace: `__i${name}__` }],
    ];
  }),
);

export type Comparison = '==' | '!=' | OrderOperator;

interface CompareRow {
  readonly symbol: Comparison;
  readonly dunder: string;
  readonly reflected: string;
}

const COMPARISONS: ReadonlyMap<number, CompareRow> = new Map<number, CompareRow>([
  [OP.LESS, { symbol: '<', dunder: '__lt__', reflected: '__gt__' }],
  [OP.LESS_EQUAL, { symbol: '<=', dunder: '__le__', reflected: '__ge__' }],
  [OP.EQUAL, { symbol: '==', dunder: '__eq__', reflected: '__eq__' }],
  [OP.NOT_EQUAL, { symbol: '!=', dunder: '__ne__', reflected: '__ne__' }],
  [OP.GREATER, { symbol: '>', dunder: '__gt__', reflected: '__lt__' }],
  [OP.GREATER_EQUAL, { symbol: '>=', dunder: '__ge__', reflected: '__le__' }],
]);

const COMPARED: ReadonlyMap<string, CompareRow> = new Map(
  [...COMPARISONS.values()].map((row) => [row.symbol, row]),
);

/** In place of '!=' in the data of a frame: __eq__ was asked, for want of a __ne__. On disk. */
const BY_EQUALITY = 'not ==';

/** What an operator or a comparison is written as; '' for any other opcode. */
export function symbolOf(op: number): string {
  return OPERATORS.get(op)?.symbol ?? COMPARISONS.get(op)?.symbol ?? '';
}

export function comparisonOf(symbol: Comparison): CompareRow {
  const row = COMPARED.get(symbol);
  if (row === undefined) throw new Error(`no comparison: ${symbol}`);
  return row;
}

/** The opcode that the running frame is at. */
export function opcodeAt(machine: Machine, frame: Frame): number {
  const { code } = frame;
  const instruction = code.translation(machine.mode).instruction[frame.wpc] ?? 0;
  return code.table.ops[instruction] ?? 0;
}

/** x OP y and x OP= y. */
export function binarySlow(machine: Machine, frame: Frame, x: Value, y: Value): Stepped {
  const row = OPERATORS.get(opcodeAt(machine, frame));
  if (row === undefined) throw new Error('not at an operator');
  const hasOwn = isOpen(x) || isOpen(y);
  if (!hasOwn) {
    const value = binary(row.symbol, x, y);
    if (value !== undefined) return value;
  }
  if (row.inPlace !== '') {
    const method = typeOf(x).lookup(row.inPlace);
    // In place, a list leaves the other side its turn first, as + does: _inplace knows. One of a
    // subclass does not.
    const isLeft = typeOf(x).isBuiltin && isOpen(y);
    const isOthers = isLeft && typeOf(y).lookup(row.reflected) !== undefined;
    if (method instanceof Native && !isOthers) {
      if (row.inPlace === '__imul__') checkTimes(y);
      const result = machine.runNative(method, bindNative(method, [x, y], null));
      if (result === DECLINED || result instanceof TailCall) {
        return invokeFrom(machine, frame, method, [x, y]);
      }
      if (result !== NOT_IMPLEMENTED) return result;
    } else if (method !== undefined) {
      return invokeFrom(machine, frame, machine.prelude('_inplace'), [
        row.symbol,
        row.inPlace,
        row.dunder,
        row.reflected,
        x,
        y,
      ]);
    }
  }
  return dispatch(machine, frame, row.symbol, row.inPlace !== '', row.dunder, row.reflected, x, y);
}

/** Whether operators on a value may be a class's own. */
function isOpen(value: Value): boolean {
  return value instanceof Instance || value instanceof TypeObject;
}

/** The protocol of binary operators over the types' methods. */
function dispatch(
  machine: Machine,
  frame: Frame,
  symbol: BinaryOperator,
  inPlace: boolean,
  dunder: string,
  reflected: string,
  x: Value,
  y: Value,
): Stepped {
  const [left, right] = [typeOf(x), typeOf(y)];
  const method = left.lookup(dunder);
  const other = left === right ? undefined : right.lookup(reflected);
  if (method instanceof FunctionObject && (other === undefined || !right.isSubtype(left))) {
    // The common case of operators in flow: call it, and look at NotImplemented later.
    const data = new Tuple([symbol, inPlace, x, y]);
    return invokeFrom(machine, frame, method, [x, y], HOOKS.BINARY.code, data);
  }
  const isNative = (each: unknown): boolean => each === undefined || each instanceof Native;
  if (isNative(method) && isNative(other)) {
    for (const [native, args] of [
      [method, [x, y]],
      [other, [y, x]],
    ] as const) {
      if (!(native instanceof Native)) continue;
      if (native.row.twin === '_sequence_repeat') checkTimes(args[1]);
      const result = machine.runNative(native, bindNative(native, args, null));
      if (result === DECLINED || result instanceof TailCall) {
        return invokeFrom(machine, frame, native, args);
      }
      if (result !== NOT_IMPLEMENTED) return result;
    }
    throw unsupported(inPlace ? `${symbol}=` : symbol, x, y);
  }
  const shown = inPlace ? `${symbol}=` : symbol;
  return invokeFrom(machine, frame, machine.prelude('_binary'), [shown, dunder, reflected, x, y]);
}

/** A sequence is multiplied by an int; the method, called by name, has other words for it. */
function checkTimes(value: Value): void {
  if (intOf(value) === undefined && !hasMethod(value, '__index__')) {
    throw typeError(`can't multiply sequence by non-int of type '${typeOf(value).name}'`);
  }
}

export function unsupported(symbol: string, x: Value, y: Value): Error {
  const shown = symbol === '**' ? '** or pow()' : symbol;
  const isOldPrint = symbol === '>>' && x instanceof Native && x.row.name === 'print';
  const hint = isOldPrint ? '. Did you mean "print(<message>, file=<output_stream>)"?' : '';
  return typeError(
    `unsupported operand type(s) for ${shown}: '${typeOf(x).name}' and '${typeOf(y).name}'${hint}`,
  );
}

/**
 * The value of an operator whose method in flow has answered; undefined where there is more to
 * ask. `data` are (operator, flag, x, y): whether it is in place, or for a comparison, whether the
 * reflected method was asked first.
 */
export function answerOf(data: Value, value: Value): Slot {
  if (!(data instanceof Tuple)) return value;
  if (value === NOT_IMPLEMENTED) return undefined;
  if (data.items[0] !== BY_EQUALITY) return value;
  const truth = truthOf(value);
  return truth === undefined ? undefined : !truth;
}

/** A dunder in flow has answered; NotImplemented sends us to the other operand. */
export function finishBinary(
  machine: Machine,
  task: Task,
  data: Value,
  value: Value,
  ret: number,
): void {
  const answer = answerOf(data, value);
  if (answer !== undefined) {
    task.stack[ret] = answer;
    return;
  }
  const [asked, flag, x, y] = (data as Tuple).items as [string, boolean, Value, Value];
  if (value !== NOT_IMPLEMENTED) {
    // Not by equality, and the answer's own method knows whether it is true.
    invoke(machine, task, machine.prelude('_truth'), [value], null, HOOKS.NOT.code);
    return;
  }
  const comparison = COMPARED.get(asked === BY_EQUALITY ? '!=' : asked);
  if (comparison !== undefined) {
    const { symbol, dunder, reflected } = comparison;
    const next = flag ? [dunder, x, y] : [reflected, y, x];
    invoke(machine, task, machine.prelude('_compare_on'), [symbol, ...next, x, y], null);
    return;
  }
  const [symbol, inPlace] = [asked as BinaryOperator, flag];
  const row = NAMES.find((each) => each[2] === symbol);
  const reflected = `__r${row?.[3] ?? ''}__`;
  const shown = inPlace ? `${symbol}=` : symbol;
  if (typeOf(x) === typeOf(y) || typeOf(y).lookup(reflected) === undefined) {
    blame(machine, task.top as Frame, HOOKS.BINARY.code);
    throw unsupported(shown, x, y);
  }
  const result = invoke(
    machine,
    task,
    machine.prelude('_binary_reflected'),
    [shown, reflected, x, y],
    null,
  );
  if (result !== CALLED) task.stack[ret] = result;
}

/** -x, +x, ~x. */
export function unarySlow(machine: Machine, frame: Frame, x: Value): Stepped {
  const op = opcodeAt(machine, frame);
  const [symbol, dunder] =
    op === OP.NEGATE
      ? (['-', '__neg__'] as const)
      : op === OP.PLUS
        ? (['+', '__pos__'] as const)
        : (['~', '__invert__'] as const);
  if (!isOpen(x)) {
    const value = unary(symbol, x);
    if (value !== undefined) return value;
  }
  const method = typeOf(x).lookup(dunder);
  if (method === undefined) {
    throw typeError(`bad operand type for unary ${symbol}: '${typeOf(x).name}'`);
  }
  if (method instanceof FunctionObject) return invokeFrom(machine, frame, method, [x]);
  return invokeFrom(machine, frame, findSpecial(machine, x, dunder), []);
}

/** x < y and its kin, as a value. */
export function compareSlow(machine: Machine, frame: Frame, x: Value, y: Value): Stepped {
  const row = COMPARISONS.get(opcodeAt(machine, frame));
  if (row === undefined) throw new Error('not at a comparison');
  const { symbol, dunder, reflected } = row;
  const known = compareAtOnce(symbol, x, y);
  if (known !== undefined) return known;
  const asked = askFirst(row, x, y);
  if (asked !== undefined) {
    const { method, self, other, data } = asked;
    return invokeFrom(machine, frame, method, [self, other], HOOKS.BINARY.code, data);
  }
  return invokeFrom(machine, frame, machine.prelude('_compare'), [symbol, dunder, reflected, x, y]);
}

/** x OP y where the host can tell; undefined where a method must be asked. */
export function compareAtOnce(symbol: Comparison, x: Value, y: Value): boolean | undefined {
  if (symbol !== '==' && symbol !== '!=') {
    const value = order(symbol, x, y);
    return typeof value === 'boolean' ? value : undefined;
  }
  if (symbol === '!=' && (hasOwnInequality(x) || hasOwnInequality(y))) return undefined;
  const same = equals(x, y);
  if (typeof same !== 'boolean') return undefined;
  return symbol === '==' ? same : !same;
}

/** A method in flow that a comparison asks, with what BINARY keeps to go on from its answer. */
export interface Asked {
  readonly method: FunctionObject;
  readonly self: Value;
  readonly other: Value;
  readonly data: Tuple;
}

/**
 * What x OP y asks first: x, or y where its class is derived from x's. Undefined if that is no
 * function in flow; then the prelude asks.
 */
export function askFirst(row: CompareRow, x: Value, y: Value): Asked | undefined {
  const { symbol, dunder, reflected } = row;
  const [left, right] = [typeOf(x), typeOf(y)];
  if (left !== right && right.isSubtype(left)) {
    const method = right.lookup(reflected);
    // What all classes have of object says NotImplemented; but its __ne__ asks __eq__.
    const isSilent = symbol !== '!=' && method === types.object.lookup(reflected);
    if (!isSilent) return asking(symbol, true, x, y, method);
  }
  return asking(symbol, false, x, y, left.lookup(dunder));
}

function asking(
  symbol: Comparison,
  isReflected: boolean,
  x: Value,
  y: Value,
  found: Slot,
): Asked | undefined {
  const [self, other] = isReflected ? [y, x] : [x, y];
  const byEquality = symbol === '!=' && found === types.object.lookup('__ne__');
  const method = byEquality ? typeOf(self).lookup('__eq__') : found;
  if (!(method instanceof FunctionObject)) return undefined;
  const data = new Tuple([byEquality ? BY_EQUALITY : symbol, isReflected, x, y]);
  return { method, self, other, data };
}

/**
 * Whether x is true. Numbers and strs are the loop's; here are collections
 * and instances, whose __bool__ or __len__ may have to be called: then CALLED,
 * and the instruction is done again with the bool in place of x.
 */
export function truthSlow(machine: Machine, frame: Frame, x: Value): boolean | typeof CALLED {
  const known = truthOf(x);
  if (known !== undefined) return known;
  const op = opcodeAt(machine, frame);
  // `x and y` may have x itself for its value, so its truth must not take its place.
  const keeps = op === OP.AND_JUMP || op === OP.OR_JUMP;
  const hook = keeps ? HOOKS.TEST.code : HOOKS.RETRY.code;
  const result = invokeFrom(machine, frame, machine.prelude('_truth'), [x], hook);
  return result === CALLED ? CALLED : result === true;
}

/** Whether x is true; undefined if a method must be called to know. */
export function truthOf(x: Value): boolean | undefined {
  switch (typeof x) {
    case 'boolean':
      return x;
    case 'number':
      return x !== 0;
    case 'string':
      return x !== '';
    case 'bigint':
      return x !== 0n;
    default:
      return truthOfObject(x);
  }
}

function truthOfObject(x: Value): boolean | undefined {
  if (x === null) return false;
  if (x instanceof Float) return x.value !== 0;
  if (x instanceof Complex) return x.real !== 0 || x.imag !== 0;
  const length = nativeLength(x);
  if (length !== undefined) return length !== 0 && length !== 0n;
  if (x instanceof Instance) {
    const { cls } = x;
    if (cls.lookup('__bool__') === undefined && cls.lookup('__len__') === undefined) return true;
    return undefined;
  }
  if (x instanceof TypeObject) return x.meta === null ? true : undefined;
  // To ask it is deprecated: its __bool__() says so.
  return x === NOT_IMPLEMENTED ? undefined : true;
}
