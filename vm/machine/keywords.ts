// Calls with keywords: from names to places.
//
//     def f(a, b, c, d=4)        f(1, c=3, b=2)
//
//     stack      1  3  2  ('c', 'b')
//     sources    0  2  1  default          of f and ('c', 'b') after one positional argument
//     locals     1  2  3  4
//
// Which argument is which parameter depends on the function's code and on the names the call
// writes, both of which stay what they are: so it is found out once, and remembered with the code.
// What does not come out even (stars, mistakes) is bound with the names in hand (bind.ts), which
// also has the words for it. Nothing remembered here is part of a state.

import { FLAG } from '../bytecode/program.ts';
import { Tuple } from '../values/collections.ts';
import { Instance, TypeObject } from '../values/type.ts';
import type { Slot, Value } from '../values/value.ts';
import { enterFunction, reserve, takes, type Stepped } from './calls.ts';
import type { Code } from './code.ts';
import { callFrom, isPlainClass } from './control.ts';
import { HOOKS, type Frame, type Task } from './frame.ts';
import { BoundMethod, FunctionObject } from './function.ts';
import type { Machine } from './machine.ts';

/** Where the parameters of a function come from in a call that writes certain names. */
export interface Arrangement {
  readonly names: Tuple;
  /** Arguments before those with names. */
  readonly positional: number;
  /** By parameter: the argument that it is, or -1: its default. Null if it must be bound. */
  readonly sources: readonly number[] | null;
  /** Whether the arguments stand as the first parameters do, and the others have defaults. */
  readonly isInOrder: boolean;
  readonly next: Arrangement | null;
}

/** Arrangements remembered of a function. What calls it in more ways is arranged each time. */
const ARRANGEMENTS_MAX = 4;

/**
 * CALL_KEYWORDS and CALL_METHOD_KEYWORDS of a function in flow, or of what comes down to one: its
 * frame is pushed. The operands stand at `at`; the caller's `rest` and `wpc` are set.
 *
 * @returns undefined, and nothing has changed, if callKeywords() must make the call
 */
export function enterKeywords(
  machine: Machine,
  task: Task,
  caller: Frame,
  at: number,
  count: number,
  isMethod: boolean,
): Frame | undefined {
  const { stack } = task;
  const place = isMethod ? at + 1 : at;
  const callee = stack[place];
  let self: Slot = isMethod ? stack[at] : undefined;
  let fn: Slot = callee;
  let isInit = false;
  if (self === undefined && !(callee instanceof FunctionObject)) {
    if (callee instanceof BoundMethod) {
      ({ self } = callee);
      fn = callee.callable;
    } else if (callee instanceof TypeObject) {
      if (callee.isBuiltin || callee.meta !== null || !isPlainClass(callee)) return undefined;
      fn = callee.lookup('__init__');
      self = new Instance(callee);
      isInit = true;
    }
  }
  const names = stack[place + 1 + count];
  if (!(fn instanceof FunctionObject) || !(names instanceof Tuple)) return undefined;
  if (task.depth > machine.framesMax) return undefined;
  // Self takes the place of what is called, so that the arguments stand in a row.
  const from = self === undefined ? place + 1 : place;
  const given = self === undefined ? count : count + 1;
  if (self !== undefined) stack[from] = self;
  const bound = arrange(task, fn, from, given, names);
  if (bound < 0) {
    stack[place] = callee;
    return undefined;
  }
  const frame = enterFunction(task, caller, fn, from, bound, at);
  if (isInit) {
    frame.hook = HOOKS.INIT.code;
    frame.data = self as Value;
  }
  return frame;
}

/** Put arguments where the parameters belong; how many enterFunction() finds then, or -1. */
function arrange(
  task: Task,
  fn: FunctionObject,
  from: number,
  given: number,
  names: Tuple,
): number {
  const positional = given - names.items.length;
  let known = fn.code.arranged;
  while (known !== null && (known.names !== names || known.positional !== positional)) {
    known = known.next;
  }
  const { sources, isInOrder } = known ?? remember(fn.code, names, positional);
  if (sources === null) return -1;
  if (isInOrder && takes(fn, given)) return given;
  const { stack } = task;
  const bound: Slot[] = [];
  for (const [parameter, source] of sources.entries()) {
    const value = source >= 0 ? stack[from + source] : fallback(fn, parameter);
    if (value === undefined) return -1;
    bound.push(value);
  }
  reserve(task, from + bound.length);
  for (let i = 0; i < bound.length; i++) stack[from + i] = bound[i];
  return bound.length;
}

function fallback(fn: FunctionObject, parameter: number): Slot {
  const { positional, locals } = fn.code.info;
  if (parameter >= positional) return fn.kwdefaults?.getText(locals[parameter] ?? '');
  const defaults = fn.defaults?.items ?? [];
  return defaults[parameter - positional + defaults.length];
}

function remember(code: Code, names: Tuple, positional: number): Arrangement {
  const sources = sourcesOf(code, names, positional);
  const given = positional + names.items.length;
  const isInOrder = sources?.every((source, i) => source === (i < given ? i : -1)) ?? false;
  let kept: Arrangement | null = null;
  let room = ARRANGEMENTS_MAX - 1;
  const before: Arrangement[] = [];
  for (let each = code.arranged; each !== null && room > 0; each = each.next, room--) {
    before.push(each);
  }
  for (const each of before.toReversed()) kept = { ...each, next: kept };
  return (code.arranged = { names, positional, sources, isInOrder, next: kept });
}

function sourcesOf(code: Code, names: Tuple, given: number): readonly number[] | null {
  const { positional, positionalOnly, keywordOnly, flags, locals } = code.info;
  const isOdd = (flags & (FLAG.varargs | FLAG.varkeywords | FLAG.classBody)) !== 0;
  if (isOdd || given < 0 || given > positional) return null;
  const sources = Array.from({ length: positional + keywordOnly }, (_, i) => (i < given ? i : -1));
  for (const [i, name] of names.items.entries()) {
    const at = typeof name === 'string' ? locals.indexOf(name) : -1;
    if (at < positionalOnly || at >= sources.length || sources[at] !== -1) return null;
    sources[at] = given + i;
  }
  return sources;
}

/** The same of anything that can be called: the names are handed on. */
export function callKeywords(
  machine: Machine,
  frame: Frame,
  pc: number,
  next: number,
  at: number,
  count: number,
  isMethod: boolean,
): Stepped {
  const { stack } = machine.current;
  const args: Value[] = [];
  let callee = stack[at] as Value;
  let first = at + 1;
  if (isMethod) {
    if (stack[at] !== undefined) args.push(stack[at]);
    callee = stack[at + 1] as Value;
    first = at + 2;
  }
  const names = stack[first + count];
  const named = names instanceof Tuple ? names.items : [];
  const positional = count - named.length;
  for (let i = 0; i < positional; i++) args.push(stack[first + i] as Value);
  const keywords = new Map<string, Value>();
  for (const [i, name] of named.entries()) {
    if (typeof name === 'string') keywords.set(name, stack[first + positional + i] as Value);
  }
  return callFrom(machine, frame, pc, next, callee, args, keywords);
}
