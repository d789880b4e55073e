// Binding: from the arguments of a call to the locals of a frame, with the
// words CPython uses when they do not fit.

import { FLAG } from '../bytecode/program.ts';
import { Tuple } from '../values/collections.ts';
import { Dict } from '../values/dict.ts';
import { typeError } from '../values/exception.ts';
import type { Slot, Value } from '../values/value.ts';
import type { FunctionObject } from './function.ts';

/** Locals for the parameters of a call, in their order; others are left out. */
export function bindArguments(
  fn: FunctionObject,
  args: readonly Value[],
  keywords: ReadonlyMap<string, Value> | null,
): readonly Slot[] {
  const { info, plainArguments } = fn.code;
  if (keywords === null && args.length === plainArguments) return args;
  const { positional, positionalOnly, keywordOnly, flags, locals } = info;
  // Only class statements run class bodies; a forged snapshot could hand one to the program.
  if ((flags & FLAG.classBody) !== 0) throw typeError(`'${fn.qualname}' is not callable`);
  const bound: Slot[] = [];
  for (let i = 0; i < positional && i < args.length; i++) bound.push(args[i]);
  while (bound.length < positional + keywordOnly) bound.push(undefined);
  const hasArgs = (flags & FLAG.varargs) !== 0;
  const hasKeywords = (flags & FLAG.varkeywords) !== 0;
  const others = hasKeywords ? new Dict() : null;
  if (keywords !== null) {
    const misplaced: string[] = [];
    for (const [name, value] of keywords) {
      const at = locals.indexOf(name);
      if (at >= positionalOnly && at < positional + keywordOnly) {
        if (bound[at] !== undefined) {
          throw typeError(`${fn.qualname}() got multiple values for argument '${name}'`);
        }
        bound[at] = value;
      } else if (others !== null) others.set(name, value);
      else if (at >= 0 && at < positionalOnly) misplaced.push(name);
      else throw typeError(`${fn.qualname}() got an unexpected keyword argument '${name}'`);
    }
    if (misplaced.length > 0) {
      throw typeError(
        `${fn.qualname}() got some positional-only arguments passed as keyword arguments: ` +
          `'${misplaced.join(', ')}'`,
      );
    }
  }
  if (args.length > positional && !hasArgs) throw tooMany(fn, args.length, bound);
  fillDefaults(fn, bound);
  if (hasArgs) bound.push(new Tuple(args.slice(positional)));
  if (others !== null) bound.push(others);
  return bound;
}

function fillDefaults(fn: FunctionObject, bound: Slot[]): void {
  const { positional, keywordOnly, locals } = fn.code.info;
  const defaults = fn.defaults?.items ?? [];
  const missing: string[] = [];
  for (let i = 0; i < positional; i++) {
    if (bound[i] !== undefined) continue;
    const at = i - (positional - defaults.length);
    if (at >= 0) bound[i] = defaults[at];
    else missing.push(locals[i] ?? '?');
  }
  if (missing.length > 0) throw tooFew(fn, missing, 'positional');
  for (let i = positional; i < positional + keywordOnly; i++) {
    if (bound[i] !== undefined) continue;
    const name = locals[i] ?? '?';
    const value = fn.kwdefaults?.getText(name);
    if (value === undefined) missing.push(name);
    else bound[i] = value;
  }
  if (missing.length > 0) throw tooFew(fn, missing, 'keyword-only');
}

function tooFew(fn: FunctionObject, missing: readonly string[], kind: string): Error {
  const quoted = missing.map((name) => `'${name}'`);
  const last = quoted.pop() ?? '';
  const list =
    quoted.length === 0
      ? last
      : quoted.length === 1
        ? `${quoted[0]} and ${last}`
        : `${quoted.join(', ')}, and ${last}`;
  const plural = missing.length === 1 ? 'argument' : 'arguments';
  return typeError(
    `${fn.qualname}() missing ${missing.length} required ${kind} ${plural}: ${list}`,
  );
}

function tooMany(fn: FunctionObject, given: number, bound: readonly Slot[]): Error {
  const { positional, keywordOnly } = fn.code.info;
  const defaults = fn.defaults?.items.length ?? 0;
  const wanted =
    defaults > 0
      ? `from ${positional - defaults} to ${positional} positional arguments`
      : `${positional} positional ${positional === 1 ? 'argument' : 'arguments'}`;
  let extra = 0;
  for (let i = positional; i < positional + keywordOnly; i++) if (bound[i] !== undefined) extra++;
  const gave =
    extra > 0
      ? `${given} positional ${given === 1 ? 'argument' : 'arguments'} (and ${extra} keyword-only ${
          extra === 1 ? 'argument' : 'arguments'
        }) were`
      : given === 1
        ? '1 was'
        : `${given} were`;
  return typeError(`${fn.qualname}() takes ${wanted} but ${gave} given`);
}
