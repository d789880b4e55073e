// Elements and collections: the loop's steps that are not in the loop.

import { equals, identical } from '../values/compare.ts';
import { List, Tuple } from '../values/collections.ts';
import { Dict } from '../values/dict.ts';
import { keyError, typeError, valueError } from '../values/exception.ts';
import { advance, drain, iteratorOf } from '../values/iterate.ts';
import { NativeIterator } from '../values/iterator.ts';
import { KeyTable, UNHASHABLE } from '../values/keys.ts';
import { ITEMS_MAX, memoryError } from '../values/limits.ts';
import { hasMethod } from '../values/plain.ts';
import { SetObject } from '../values/set.ts';
import { textAt, textLength } from '../values/text.ts';
import { Instance, type TypeObject } from '../values/type.ts';
import { typeOf } from '../values/typeof.ts';
import { types } from '../values/types.ts';
import { Float, type Slot, type Value } from '../values/value.ts';
import { bindNative } from './bind-native.ts';
import { CALLED, invokeFrom, missingSlot, reserve, rest, type Stepped } from './calls.ts';
import { CLAIM } from './classes.ts';
import { GeneratorObject, HOOKS, type Frame, type Task } from './frame.ts';
import { FunctionObject } from './function.ts';
import type { Machine } from './machine.ts';
import { DECLINED, Native, TailCall } from './native.ts';
import { truthOf } from './operators.ts';

/** A type's native method on values, or the flow half if it declines. */
function nativeMethod(
  machine: Machine,
  frame: Frame,
  method: Native,
  args: readonly Value[],
  hook: Frame['hook'],
): Stepped {
  const result = machine.runNative(method, bindNative(method, args, null));
  if (result === DECLINED) {
    return invokeFrom(machine, frame, machine.twinOf(method), args, hook);
  }
  if (result instanceof TailCall) {
    return invokeFrom(machine, frame, result.callable, result.args, hook);
  }
  return result;
}

/** A special method of a value's class, or the prelude's way to do without. */
function special(
  machine: Machine,
  frame: Frame,
  name: string,
  fallback: string,
  args: readonly Value[],
  hook: Frame['hook'],
): Stepped {
  const method = typeOf(args[0] as Value).lookup(name);
  if (method instanceof Native) return nativeMethod(machine, frame, method, args, hook);
  if (method instanceof FunctionObject) return invokeFrom(machine, frame, method, args, hook);
  return invokeFrom(machine, frame, machine.prelude(fallback), args, hook);
}

function unhashable(key: Value): Error {
  const part = key instanceof Tuple ? unhashablePart(key) : key;
  return typeError(`unhashable type: '${typeOf(part).name}'`);
}

/** The element that makes a tuple no key. */
function unhashablePart(tuple: Tuple): Value {
  const todo: Value[] = [tuple];
  while (todo.length > 0) {
    const part = todo.pop() as Value;
    if (part instanceof Tuple) todo.push(...part.items.toReversed());
    else if (
      typeof part === 'object' &&
      part !== null &&
      !(part instanceof Float) &&
      part.isUnhashable
    ) {
      return part;
    } else if (part instanceof Instance && part.cls.lookup('__hash__') === null) return part;
  }
  return tuple;
}

/** text[index] of an int; '' if there is no such character. */
export function characterAt(text: string, index: number): string {
  const points = textLength(text);
  const at = index < 0 ? index + points : index;
  return at < 0 || at >= points ? '' : textAt(text, at);
}

/** x[key] */
export function getItem(machine: Machine, frame: Frame, x: Value, key: Value): Stepped {
  if (x instanceof Dict) {
    const value = x.get(key);
    if (value === undefined) throw keyError(key);
    if (value === UNHASHABLE) throw unhashable(key);
    if (typeof value !== 'symbol') return value;
    return invokeFrom(machine, frame, machine.prelude('_getitem_dict'), [x, key]);
  }
  if (typeof key === 'number') {
    if (x instanceof List || x instanceof Tuple) {
      const value = x.items[key < 0 ? key + x.items.length : key];
      if (value !== undefined) return value;
    } else if (typeof x === 'string') {
      const character = characterAt(x, key);
      if (character !== '') return character;
    }
  }
  return special(machine, frame, '__getitem__', '_getitem', [x, key], HOOKS.VALUE.code);
}

/** x[key] = value */
export function setItem(
  machine: Machine,
  frame: Frame,
  x: Value,
  key: Value,
  value: Value,
): Stepped {
  if (x instanceof Dict) {
    const problem = x.set(key, value);
    if (problem === false) return null;
    if (problem === UNHASHABLE) throw unhashable(key);
    const set = machine.prelude('_setitem_dict');
    return invokeFrom(machine, frame, set, [x, key, value], HOOKS.DROP.code);
  }
  if (x instanceof List && typeof key === 'number') {
    const at = key < 0 ? key + x.items.length : key;
    if (at >= 0 && at < x.items.length) {
      x.items[at] = value;
      if (x.owner !== null) x.touchAt(at);
      return null;
    }
  }
  return special(machine, frame, '__setitem__', '_setitem', [x, key, value], HOOKS.DROP.code);
}

/** del x[key] */
export function deleteItem(machine: Machine, frame: Frame, x: Value, key: Value): Stepped {
  if (x instanceof Dict) {
    const at = x.find(key);
    if (at === UNHASHABLE) throw unhashable(key);
    if (typeof at === 'number') {
      if (at < 0) throw keyError(key);
      x.removeAt(at);
      return null;
    }
    return invokeFrom(machine, frame, machine.prelude('_delitem_dict'), [x, key], HOOKS.DROP.code);
  }
  return special(machine, frame, '__delitem__', '_delitem', [x, key], HOOKS.DROP.code);
}

/** x is y. The empty tuple is one value: the host may make it anew. */
export function isSame(x: Value, y: Value): boolean {
  if (identical(x, y)) return true;
  return x instanceof Tuple && y instanceof Tuple && x.items.length === 0 && y.items.length === 0;
}

/** x in container, or not in. */
export function contains(
  machine: Machine,
  frame: Frame,
  container: Value,
  x: Value,
  negated: boolean,
): Stepped {
  const known = containsNative(container, x);
  if (known !== undefined) return known !== negated;
  const method = typeOf(container).lookup('__contains__');
  if (method instanceof Native) {
    const result = machine.runNative(method, bindNative(method, [container, x], null));
    if (typeof result === 'boolean') return result !== negated;
  }
  const hook = negated ? HOOKS.NOT.code : HOOKS.VALUE.code;
  const found = invokeFrom(machine, frame, machine.prelude('_contains'), [container, x], hook);
  return found === CALLED ? CALLED : (found === true) !== negated;
}

export function containsNative(container: Value, x: Value): boolean | undefined {
  if (container instanceof KeyTable) {
    const at = container.find(x);
    // A set is looked for as if it were frozen; set.__contains__ knows how.
    if (at === UNHASHABLE && x instanceof SetObject && container instanceof SetObject) {
      return undefined;
    }
    if (at === UNHASHABLE) throw unhashable(x);
    return typeof at === 'number' ? at >= 0 : undefined;
  }
  if (container instanceof List || container instanceof Tuple) {
    for (const item of container.items) {
      if (identical(item, x)) return true;
      const same = equals(item, x);
      if (typeof same !== 'boolean') return undefined;
      if (same) return true;
    }
    return false;
  }
  if (typeof container === 'string') {
    if (typeof x === 'string') return container.includes(x);
    throw typeError(`'in <string>' requires string as left operand, not ${typeOf(x).name}`);
  }
  return undefined;
}

/** not x */
export function notSlow(machine: Machine, frame: Frame, x: Value): Stepped {
  const truth = truthOf(x);
  if (truth !== undefined) return !truth;
  const result = invokeFrom(machine, frame, machine.prelude('_truth'), [x], HOOKS.NOT.code);
  return result === CALLED ? CALLED : result !== true;
}

export function makeSet(machine: Machine, frame: Frame, items: Value[]): Stepped {
  const set = new SetObject();
  for (const item of items) {
    const problem = set.add(item);
    if (problem === false) continue;
    if (problem === UNHASHABLE) throw unhashable(item);
    const make = machine.prelude('_make_set');
    return invokeFrom(machine, frame, make, [new List(items)], HOOKS.MADE.code);
  }
  return set;
}

export function makeDict(machine: Machine, frame: Frame, pairs: Value[]): Stepped {
  const dict = new Dict();
  for (let i = 0; i < pairs.length; i += 2) {
    const problem = dict.set(pairs[i] as Value, pairs[i + 1] as Value);
    if (problem === false) continue;
    if (problem === UNHASHABLE) throw unhashable(pairs[i] as Value);
    const make = machine.prelude('_make_dict');
    return invokeFrom(machine, frame, make, [new List(pairs)], HOOKS.MADE.code);
  }
  return dict;
}

/** SET_ADD */
export function addToSet(machine: Machine, frame: Frame, set: Value, x: Value): Stepped {
  if (set instanceof SetObject) {
    const problem = set.add(x);
    if (problem === false) return null;
    if (problem === UNHASHABLE) throw unhashable(x);
  }
  return invokeFrom(machine, frame, machine.prelude('_set_add'), [set, x], HOOKS.DROP.code);
}

/** LIST_APPEND */
export function append(list: List, x: Value): void {
  list.items.push(x);
  if (list.owner !== null) list.touchAt(list.items.length - 1);
}

/** LIST_EXTEND */
export function extendList(machine: Machine, frame: Frame, list: List, x: Value): Stepped {
  const items = drain(x);
  if (items === undefined) {
    const extend = machine.prelude('_list_extend');
    return invokeFrom(machine, frame, extend, [list, x], HOOKS.DROP.code);
  }
  const from = list.items.length;
  if (from + items.length > ITEMS_MAX) throw memoryError();
  for (const item of items) list.items.push(item);
  list.touchFrom(from);
  return null;
}

/** The parts of an f-string. */
export function joinText(stack: readonly Slot[], from: number, count: number): string {
  let text = '';
  for (let i = 0; i < count; i++) text += stack[from + i] as string;
  return text;
}

// --------------------------------------------------------------- unpacking

function tooFew(wanted: number, got: number, least: boolean): Error {
  const expected = least ? `expected at least ${wanted}` : `expected ${wanted}`;
  return valueError(`not enough values to unpack (${expected}, got ${got})`);
}

/**
 * Before flow code goes over a value: a frame may rest there only if the value may be any, and one
 * that the verifier knows (`a, b = 5`) is none of those.
 */
function checkUnpackable(x: Value): void {
  const isIterable =
    hasMethod(x, '__iter__') ||
    (typeOf(x).lookup('__iter__') === undefined && hasMethod(x, '__getitem__'));
  if (!isIterable) throw typeError(`cannot unpack non-iterable ${typeOf(x).name} object`);
}

/** UNPACK: elements into places of the stack, the first on top. */
export function unpack(
  machine: Machine,
  frame: Frame,
  x: Value,
  count: number,
  into: number,
): typeof CALLED | true {
  const items = unpackable(x, count + 1);
  if (items === undefined) {
    checkUnpackable(x);
    const result = invokeFrom(
      machine,
      frame,
      machine.prelude('_unpack'),
      [x, count],
      HOOKS.RETRY.code,
    );
    if (result === CALLED) return CALLED;
    return unpack(machine, frame, result, count, into);
  }
  if (items.length < count) throw tooFew(count, items.length, false);
  if (items.length > count) {
    throw valueError(`too many values to unpack (expected ${count})`);
  }
  const { stack } = machine.current;
  for (let i = 0; i < count; i++) stack[into + i] = items[count - 1 - i];
  return true;
}

/** UNPACK2: a pair into two places. */
export function unpackPair(
  machine: Machine,
  frame: Frame,
  x: Value,
  first: number,
  second: number,
): typeof CALLED | true {
  const { stack } = machine.current;
  if ((x instanceof Tuple || x instanceof List) && x.items.length === 2) {
    [stack[first], stack[second]] = x.items;
    return true;
  }
  // The homes above every operand are free: unpack there, as the stack code would.
  const into = frame.base + frame.code.frameSize;
  reserve(machine.current, into + 2);
  if (unpack(machine, frame, x, 2, into) === CALLED) return CALLED;
  stack[first] = stack[into + 1];
  stack[second] = stack[into];
  return true;
}

/** At most `most` elements of a builtin iterable. */
function unpackable(x: Value, most: number): readonly Value[] | undefined {
  if (x instanceof List || x instanceof Tuple) return x.items;
  const it = iteratorOf(x);
  if (it === undefined) return undefined;
  const items: Value[] = [];
  while (items.length < most) {
    const item = advance(it);
    if (item === undefined) break;
    items.push(item);
  }
  return items;
}

/** UNPACK_STAR: elements before, a list, elements after; the first on top. */
export function unpackStar(
  machine: Machine,
  frame: Frame,
  x: Value,
  operand: number,
  into: number,
): typeof CALLED | true {
  const before = operand >> 12;
  const after = operand & 0xfff;
  const items = drain(x);
  if (items === undefined) {
    checkUnpackable(x);
    const all = machine.prelude('_to_list');
    const result = invokeFrom(machine, frame, all, [x], HOOKS.RETRY.code);
    if (result === CALLED) return CALLED;
    return unpackStar(machine, frame, result, operand, into);
  }
  if (items.length < before + after) throw tooFew(before + after, items.length, true);
  const { stack } = machine.current;
  const middle = new List(items.slice(before, items.length - after));
  const row = [...items.slice(0, before), middle, ...items.slice(items.length - after)];
  for (const [i, value] of row.entries()) stack[into + row.length - 1 - i] = value;
  return true;
}

// --------------------------------------------------------------- iterating

/** GET_ITER */
export function iterate(machine: Machine, frame: Frame, x: Value): Stepped {
  if (x instanceof GeneratorObject && x.kind === 'generator') return x;
  return iteratorOf(x) ?? invokeFrom(machine, frame, machine.prelude('_iter'), [x]);
}

/** The next element for FOR_ITER; undefined at the end. The frame may come to rest. */
export function nextItem(machine: Machine, frame: Frame, it: Value): Slot | typeof CALLED {
  if (it instanceof NativeIterator) return advance(it);
  if (it instanceof GeneratorObject && it.kind === 'generator' && it.state === 'done') {
    return undefined;
  }
  const method = typeOf(it).lookup('__next__');
  if (method === undefined) throw typeError(`'${typeOf(it).name}' object is not an iterator`);
  try {
    return invokeFrom(machine, frame, method, [it], HOOKS.ITERATE.code);
  } catch (problem) {
    if (isStop(problem)) return undefined;
    throw problem;
  }
}

function isStop(problem: unknown): boolean {
  return (
    typeof problem === 'object' &&
    problem !== null &&
    'exception' in problem &&
    problem.exception instanceof Instance &&
    problem.exception.cls.isSubtype(types.StopIteration)
  );
}

/** A value at once where the instruction expects its result in the missing slot. */
export function restWith(machine: Machine, task: Task, frame: Frame, value: Value): void {
  rest(machine, task, frame, HOOKS.VALUE.code);
  task.stack[missingSlot(frame)] = value;
}

/** Builtin classes that patterns know. */
const CLAIMS: ReadonlyMap<TypeObject, string> = new Map([
  [types.list, 'sequence'],
  [types.tuple, 'sequence'],
  [types.range, 'sequence'],
  [types.memoryview, 'sequence'],
  [types.dict, 'mapping'],
  [types.mappingproxy, 'mapping'],
]);

export function isSequence(x: Value): boolean {
  if (x instanceof List || x instanceof Tuple) return true;
  return claimOf(typeOf(x)) === 'sequence';
}

export function isMapping(x: Value): boolean {
  return x instanceof Dict || claimOf(typeOf(x)) === 'mapping';
}

/** What objects of a class are to a pattern, never both: the first class that says so decides. */
function claimOf(cls: TypeObject): Value | undefined {
  for (const each of cls.mro) {
    const claim = each.attrs.get(CLAIM) ?? CLAIMS.get(each);
    if (claim !== undefined) return claim;
  }
  return undefined;
}
