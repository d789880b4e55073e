// == and the orderings, for every pair of values that needs no flow code.
//
//     equals(a, b)      true, false or NEEDS_FLOW
//     order('<', a, b)  true, false, NEEDS_FLOW or UNSUPPORTED (the machine then
//                       asks the reflected method, and says TypeError at last)
//
// Containers are gone through with a stack of this file's own: a list may be
// deep. As in CPython, elements that are the same object are equal without
// being asked (nan in a list), and nesting beyond COMPARE_DEPTH_MAX, which a
// list inside itself reaches at once, is a RecursionError.
//
// Invariants:
//
//   E1. No answer depends on the identity of a number, str or float, which the
//       machine may make anew: for these, the same value is the same object.
//   E2. The work is bounded by the number of pairs of different containers, also
//       where parts are shared: pairs found equal are remembered after a while.

import { ByteArray, Bytes, List, Range, Slice, Tuple } from './collections.ts';
import { Complex, equalComplex } from './complex.ts';
import { Dict } from './dict.ts';
import { raised, typeError } from './exception.ts';
import { DictView } from './iterator.ts';
import { NEEDS_FLOW } from './keys.ts';
import { COMPARE_DEPTH_MAX, COMPARE_STEPS_BEFORE_MEMO } from './limits.ts';
import { keepsMethod, typeName } from './plain.ts';
import { SetObject } from './set.ts';
import { compareText } from './text.ts';
import { Instance, TypeObject } from './type.ts';
import { types } from './types.ts';
import { Float, type Value } from './value.ts';

/** Returned for a pair that has no order. */
export const UNSUPPORTED = Symbol('unsupported');

export type OrderOperator = '<' | '<=' | '>' | '>=';

/** a is b; a float is any float of the same value, nan included (E1). */
export function identical(a: Value, b: Value): boolean {
  if (a === b) return true;
  return a instanceof Float && b instanceof Float && Object.is(a.value, b.value);
}

type Comparable = number | bigint;

/** The number that a numeric value compares as; the host compares bigints and doubles exactly. */
function numeric(value: Value): Comparable | undefined {
  switch (typeof value) {
    case 'number':
    case 'bigint':
      return value;
    case 'boolean':
      return value ? 1 : 0;
    default:
      return value instanceof Float ? value.value : undefined;
  }
}

/** Two rows of values to be compared pair by pair, and how far that has come. */
interface Frame {
  readonly left: readonly Value[];
  readonly right: readonly Value[];
  next: number;
  /** The containers the rows come from, for the memory of E2. */
  readonly pair: readonly [object, object] | null;
}

/** Whether flow code says what `!=` is of a value: its class has a __ne__ of its own. */
export function hasOwnInequality(value: Value): boolean {
  return side(value, '__ne__') === NEEDS_FLOW;
}

/**
 * What a value is compared by: itself, the plain value of an instance whose class has no __eq__
 * of its own, or NEEDS_FLOW.
 */
function side(value: Value, method: string): Value | typeof NEEDS_FLOW {
  if (value instanceof Instance) {
    if (!keepsMethod(value, method)) return NEEDS_FLOW;
    return value.base ?? value;
  }
  if (value instanceof TypeObject && value.meta !== null) {
    return value.meta.lookup(method) === types.type.lookup(method) ? value : NEEDS_FLOW;
  }
  return value;
}

/** a == b. */
export function equals(a: Value, b: Value): boolean | typeof NEEDS_FLOW {
  const first = compareOnce(a, b);
  return typeof first === 'object' ? equalDeep(first) : first;
}

/** `a is b or a == b`, which is how containers compare what they hold. */
export function equalsInside(a: Value, b: Value): boolean | typeof NEEDS_FLOW {
  return identical(a, b) ? true : equals(a, b);
}

/** Pairs already found equal, by their left container. */
type Memory = Map<object, Set<object>>;

function equalDeep(first: Frame): boolean | typeof NEEDS_FLOW {
  const stack: Frame[] = [first];
  let memory: Memory | null = null;
  for (let steps = 0; ; steps++) {
    const frame = stack.at(-1);
    if (frame === undefined) return true;
    if (frame.next === frame.left.length) {
      stack.pop();
      if (steps > COMPARE_STEPS_BEFORE_MEMO) memory ??= new Map();
      if (memory !== null && frame.pair !== null) remember(memory, frame.pair);
      continue;
    }
    const x = frame.left[frame.next] as Value;
    const y = frame.right[frame.next] as Value;
    frame.next++;
    if (identical(x, y)) continue;
    const result = compareOnce(x, y);
    if (result === true) continue;
    if (typeof result !== 'object') return result;
    if (result.pair !== null && memory?.get(result.pair[0])?.has(result.pair[1])) continue;
    if (stack.length >= COMPARE_DEPTH_MAX) throw tooDeep();
    stack.push(result);
  }
}

function remember(memory: Memory, [left, right]: readonly [object, object]): void {
  const known = memory.get(left);
  if (known === undefined) memory.set(left, new Set([right]));
  else known.add(right);
}

function tooDeep(): Error {
  return raised(types.RecursionError, 'maximum recursion depth exceeded in comparison');
}

/** One comparison: an answer, or the rows that must be compared to find it. */
function compareOnce(a: Value, b: Value): boolean | typeof NEEDS_FLOW | Frame {
  if (typeof a === 'string') return typeof b === 'string' ? a === b : strAndOther(a, b);
  const number = numeric(a);
  const other = numeric(b);
  // eslint-disable-next-line eqeqeq -- exact between bigint and double
  if (number !== undefined && other !== undefined) return number == other;
  const x = side(a, '__eq__');
  const y = side(b, '__eq__');
  if (x === NEEDS_FLOW || y === NEEDS_FLOW) return NEEDS_FLOW;
  if (x !== a || y !== b) return compareOnce(x, y);
  if (x instanceof Complex || y instanceof Complex) return equalComplex(x, y);
  if (x === null || y === null || number !== undefined || other !== undefined) return x === y;
  return typeof x === 'object' && typeof y === 'object' ? compareObjects(x, y) : false;
}

function strAndOther(a: string, b: Value): boolean | typeof NEEDS_FLOW {
  const y = side(b, '__eq__');
  return y === NEEDS_FLOW ? NEEDS_FLOW : a === y;
}

function compareObjects(x: object, y: object): boolean | typeof NEEDS_FLOW | Frame {
  if (x instanceof List) return y instanceof List ? rows(x, y) : false;
  if (x instanceof Tuple) return y instanceof Tuple ? rows(x, y) : false;
  if (x instanceof Dict) return y instanceof Dict ? dictRows(x, y) : false;
  if (x instanceof Bytes || x instanceof ByteArray) {
    return (y instanceof Bytes || y instanceof ByteArray) && compareBytes(x.bytes, y.bytes) === 0;
  }
  const keys = setLike(x);
  if (keys !== null) {
    const others = setLike(y);
    if (others === null) return false;
    if (keys.items !== null && others.items !== null) return dictRows(keys.items, others.items);
    return keys.size === others.size ? isSubset(keys, others) : false;
  }
  if (x instanceof Range) return y instanceof Range && equalRanges(x, y);
  if (x instanceof Slice) return y instanceof Slice ? sliceRows(x, y) : false;
  // Bound methods are equal if what they bind is, which the machine knows.
  if (x !== y && isMethod(x) && isMethod(y)) return NEEDS_FLOW;
  return x === y;
}

function isMethod(x: object): boolean {
  return 'type' in x && x.type === types.method;
}

function rows(x: List | Tuple, y: List | Tuple): boolean | Frame {
  if (x.items.length !== y.items.length) return false;
  if (x === y) return true;
  return { left: x.items, right: y.items, next: 0, pair: [x, y] };
}

function sliceRows(x: Slice, y: Slice): Frame {
  const left = [x.start, x.stop, x.step];
  return { left, right: [y.start, y.stop, y.step], next: 0, pair: null };
}

function dictRows(x: Dict, y: Dict): boolean | typeof NEEDS_FLOW | Frame {
  if (x.size !== y.size) return false;
  if (x === y) return true;
  const left: Value[] = [];
  const right: Value[] = [];
  for (const [key, value] of x.entries()) {
    const at = y.find(key);
    if (typeof at !== 'number') return NEEDS_FLOW;
    if (at < 0) return false;
    left.push(value);
    right.push(y.values[at] as Value);
  }
  return { left, right, next: 0, pair: [x, y] };
}

function equalRanges(x: Range, y: Range): boolean {
  if (x.length !== y.length) return false;
  if (x.length === 0) return true;
  return x.start === y.start && (x.length === 1 || x.step === y.step);
}

/** A set, or a view of a dict that behaves like one. */
interface SetLike {
  readonly size: number;
  /** The dict, if this is a view of its items. */
  readonly items: Dict | null;
  members(): Iterable<Value>;
  has(value: Value): boolean | typeof NEEDS_FLOW;
}

function setLike(x: object): SetLike | null {
  if (x instanceof SetObject) {
    return { size: x.size, items: null, members: () => x.items(), has: (value) => found(x, value) };
  }
  if (!(x instanceof DictView) || x.kind === 'values') return null;
  const { dict } = x;
  if (x.kind === 'keys') {
    return {
      size: dict.size,
      items: null,
      members: () => dict.keys.filter((key) => key !== undefined),
      has: (value) => found(dict, value),
    };
  }
  return {
    size: dict.size,
    items: dict,
    members: () => [...dict.entries()].map((entry) => new Tuple(entry)),
    has: (value) => hasItem(dict, value),
  };
}

function found(table: SetObject | Dict, value: Value): boolean | typeof NEEDS_FLOW {
  const at = table.find(value);
  return typeof at === 'number' ? at >= 0 : NEEDS_FLOW;
}

function hasItem(dict: Dict, item: Value): boolean | typeof NEEDS_FLOW {
  if (!(item instanceof Tuple) || item.items.length !== 2) return false;
  const [key, value] = item.items as [Value, Value];
  const at = dict.find(key);
  if (typeof at !== 'number') return NEEDS_FLOW;
  return at >= 0 && equalsInside(dict.values[at] as Value, value);
}

function isSubset(x: SetLike, y: SetLike): boolean | typeof NEEDS_FLOW {
  for (const member of x.members()) {
    const has = y.has(member);
    if (has !== true) return has;
  }
  return true;
}

/** Below 0, 0 or above, as strings of bytes compare. */
export function compareBytes(x: Uint8Array, y: Uint8Array): number {
  const length = Math.min(x.length, y.length);
  for (let i = 0; i < length; i++) {
    const difference = (x[i] as number) - (y[i] as number);
    if (difference !== 0) return difference;
  }
  return x.length - y.length;
}

const METHODS = { '<': '__lt__', '<=': '__le__', '>': '__gt__', '>=': '__ge__' } as const;
const REFLECTED = { '<': '>', '<=': '>=', '>': '<', '>=': '<=' } as const;

/** a < b, a <= b, a > b or a >= b. */
export function order(
  op: OrderOperator,
  a: Value,
  b: Value,
): boolean | typeof NEEDS_FLOW | typeof UNSUPPORTED {
  let [left, right] = [a, b];
  for (let depth = 0; depth < COMPARE_DEPTH_MAX; depth++) {
    const x = side(left, METHODS[op]);
    const y = side(right, METHODS[REFLECTED[op]]);
    if (x === NEEDS_FLOW || y === NEEDS_FLOW) return NEEDS_FLOW;
    const items = orderedItems(x, y);
    if (items === null) {
      const result = orderOnce(op, x, y);
      if (result !== UNSUPPORTED || depth === 0) return result;
      throw typeError(
        `'${op}' not supported between instances of '${typeName(left)}' and '${typeName(right)}'`,
      );
    }
    const at = firstDifference(...items);
    if (at === NEEDS_FLOW) return NEEDS_FLOW;
    const [xs, ys] = items;
    if (at === Math.min(xs.length, ys.length)) return ordered(op, xs.length - ys.length);
    left = xs[at] as Value;
    right = ys[at] as Value;
  }
  throw tooDeep();
}

function orderedItems(x: Value, y: Value): [readonly Value[], readonly Value[]] | null {
  if (x instanceof List && y instanceof List) return [x.items, y.items];
  if (x instanceof Tuple && y instanceof Tuple) return [x.items, y.items];
  return null;
}

function firstDifference(xs: readonly Value[], ys: readonly Value[]): number | typeof NEEDS_FLOW {
  const length = Math.min(xs.length, ys.length);
  for (let i = 0; i < length; i++) {
    const same = equalsInside(xs[i] as Value, ys[i] as Value);
    if (same === NEEDS_FLOW) return NEEDS_FLOW;
    if (!same) return i;
  }
  return length;
}

/** Whether a difference, below 0, 0 or above, satisfies an operator. */
function ordered(op: OrderOperator, difference: number): boolean {
  switch (op) {
    case '<':
      return difference < 0;
    case '<=':
      return difference <= 0;
    case '>':
      return difference > 0;
    case '>=':
      return difference >= 0;
  }
}

function orderNumbers(op: OrderOperator, x: Comparable, y: Comparable): boolean {
  switch (op) {
    case '<':
      return x < y;
    case '<=':
      return x <= y;
    case '>':
      return x > y;
    case '>=':
      return x >= y;
  }
}

function orderOnce(
  op: OrderOperator,
  x: Value,
  y: Value,
): boolean | typeof NEEDS_FLOW | typeof UNSUPPORTED {
  if (typeof x === 'string') {
    return typeof y === 'string' ? ordered(op, compareText(x, y)) : UNSUPPORTED;
  }
  const number = numeric(x);
  const other = numeric(y);
  if (number !== undefined) {
    return other === undefined ? UNSUPPORTED : orderNumbers(op, number, other);
  }
  if (x instanceof Bytes || x instanceof ByteArray) {
    const bytes = y instanceof Bytes || y instanceof ByteArray;
    return bytes ? ordered(op, compareBytes(x.bytes, y.bytes)) : UNSUPPORTED;
  }
  if (typeof x !== 'object' || x === null || typeof y !== 'object' || y === null) {
    return UNSUPPORTED;
  }
  const [keys, others] = [setLike(x), setLike(y)];
  if (keys === null || others === null) return UNSUPPORTED;
  const [small, large] = op === '<' || op === '<=' ? [keys, others] : [others, keys];
  if (small.size > large.size) return false;
  if ((op === '<' || op === '>') && small.size === large.size) return false;
  return isSubset(small, large);
}
