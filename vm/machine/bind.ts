// Binding: from the arguments of a call to the locals of a frame, with the
// words CPython uses when they do not fit.

import { FLAG } from '../bytecode/program.ts';
import { Tuple } from '../values/collections.ts';
import { Dict } from '../values/dict.ts';
import { typeError, type Raised } from '../values/exception.ts';
import { TypeObject } from '../values/type.ts';
import type { Slot, Value } from '../values/value.ts';
import { wrongOfMethod } from './bind-native.ts';
import type { FunctionObject, Signature } from './function.ts';
import { moduleGlobal } from './module-attributes.ts';
import type { Parameter } from './native.ts';

/** Locals for the parameters of a call, in their order; others are left out. */
export function bindArguments(
  fn: FunctionObject,
  args: readonly Value[],
  keywords: ReadonlyMap<string, Value> | null,
): readonly Slot[] {
  const { info, plainArguments } = fn.code;
  if (keywords === null && args.length === plainArguments) return args;
  if (fn.signature !== null) return bindSigned(fn, fn.signature, args, keywords);
  const { flags } = info;
  // Only class statements run class bodies; a forged snapshot could hand one to the program.
  if ((flags & FLAG.classBody) !== 0) throw typeError(`'${fn.qualname}' is not callable`);
  return bindTo(fn, parametersOf(fn), args, keywords);
}

/** What arguments are bound to. */
export interface Parameters {
  /** Positional ones, then keyword-only ones. */
  readonly names: readonly string[];
  readonly positional: number;
  readonly positionalOnly: number;
  readonly keywordOnly: number;
  readonly hasArgs: boolean;
  readonly hasKeywords: boolean;
}

/** The parameters that calls of a function are bound to. */
export function parametersOf({ code, signature }: FunctionObject): Parameters {
  if (signature !== null) {
    const { names, positional } = signature;
    const keywordOnly = names.length - positional;
    const none = { positionalOnly: 0, hasArgs: false, hasKeywords: false };
    return { names, positional, keywordOnly, ...none };
  }
  const { positional, positionalOnly, keywordOnly, flags, locals } = code.info;
  const hasArgs = (flags & FLAG.varargs) !== 0;
  const hasKeywords = (flags & FLAG.varkeywords) !== 0;
  return { names: locals, positional, positionalOnly, keywordOnly, hasArgs, hasKeywords };
}

/** Whether a function's code can stand behind a signature: no parameters but some and *values. */
export function canBeSigned({ code }: FunctionObject, { names, positional }: Signature): boolean {
  const { flags, keywordOnly, positional: own } = code.info;
  const kinds = flags & (FLAG.varargs | FLAG.varkeywords | FLAG.classBody);
  if (kinds !== FLAG.varargs || keywordOnly > 0) return false;
  return own <= positional && positional <= names.length && new Set(names).size === names.length;
}

function bindSigned(
  fn: FunctionObject,
  signature: Signature,
  args: readonly Value[],
  keywords: ReadonlyMap<string, Value> | null,
): readonly Slot[] {
  const isWhole = keywords === null && args.length === signature.names.length;
  const isPlain = isWhole && args.length === signature.positional;
  const bound = (isPlain ? args : bindTo(fn, parametersOf(fn), args, keywords)) as readonly Value[];
  const own = fn.code.info.positional;
  return [...bound.slice(0, own), new Tuple(bound.slice(own))];
}

function bindTo(
  fn: FunctionObject,
  parameters: Parameters,
  args: readonly Value[],
  keywords: ReadonlyMap<string, Value> | null,
): readonly Slot[] {
  const { names, positional, positionalOnly, keywordOnly, hasArgs, hasKeywords } = parameters;
  const bound: Slot[] = [];
  for (let i = 0; i < positional && i < args.length; i++) bound.push(args[i]);
  while (bound.length < positional + keywordOnly) bound.push(undefined);
  const others = hasKeywords ? new Dict() : null;
  if (keywords !== null) {
    for (const [name, value] of keywords) {
      const at = names.indexOf(name);
      if (at >= positionalOnly && at < positional + keywordOnly) {
        if (bound[at] !== undefined) {
          throw typeError(`${fn.qualname}() got multiple values for argument '${name}'`);
        }
        bound[at] = value;
      } else if (others !== null) others.set(name, value);
      else {
        checkBuiltinMethod(fn, parameters, args, keywords);
        throw unexpected(fn, names.slice(0, positionalOnly), keywords, name);
      }
    }
  }
  if (args.length > positional && !hasArgs) {
    checkBuiltinMethod(fn, parameters, args, keywords);
    throw tooMany(fn, parameters, args.length, bound);
  }
  fillDefaults(fn, parameters, bound, args, keywords);
  if (hasArgs) bound.push(new Tuple(args.slice(positional)));
  if (others !== null) bound.push(others);
  return bound;
}

/**
 * What does not fit a method of a class that CPython has in C: then it is said in other words than
 * of a function.
 */
function checkBuiltinMethod(
  fn: FunctionObject,
  parameters: Parameters,
  args: readonly Value[],
  keywords: ReadonlyMap<string, Value> | null,
): void {
  const [owner = '', name = '', ...more] = fn.qualname.split('.');
  const cls = more.length === 0 ? moduleGlobal(fn.module, owner) : undefined;
  // Named by its module as well: _name_as_builtin() did that.
  if (!(cls instanceof TypeObject) || !cls.name.includes('.') || name === '__call__') return;
  const { hasArgs, hasKeywords } = parameters;
  if (args.length === 0 || hasArgs || (hasKeywords && keywords !== null)) return;
  const [module = ''] = cls.name.split('.');
  const others = described(fn, parameters).slice(1);
  throw wrongOfMethod(module, owner, name, others, args.length - 1, keywords);
}

/** Parameters as those of natives are written. */
function described(
  { defaults, kwdefaults }: FunctionObject,
  { names, positional, positionalOnly, keywordOnly }: Parameters,
): Parameter[] {
  const required = positional - (defaults?.items.length ?? 0);
  return names.slice(0, positional + keywordOnly).map((name, i) => {
    const isByPosition = i < positional;
    const isOptional = isByPosition ? i >= required : kwdefaults?.getText(name) !== undefined;
    const kind = !isByPosition
      ? 'keyword-only'
      : i < positionalOnly
        ? 'positional-only'
        : 'positional';
    return { name, kind, fallback: isOptional ? { value: undefined } : undefined };
  });
}

/** No parameter takes this keyword; but those that only positions reach are told first. */
function unexpected(
  fn: FunctionObject,
  positionalOnly: readonly string[],
  keywords: ReadonlyMap<string, Value>,
  name: string,
): Raised {
  const misplaced = positionalOnly.filter((each) => keywords.has(each));
  if (misplaced.length === 0) {
    return typeError(`${fn.qualname}() got an unexpected keyword argument '${name}'`);
  }
  return typeError(
    `${fn.qualname}() got some positional-only arguments passed as keyword arguments: ` +
      `'${misplaced.join(', ')}'`,
  );
}

function fillDefaults(
  fn: FunctionObject,
  parameters: Parameters,
  bound: Slot[],
  args: readonly Value[],
  keywords: ReadonlyMap<string, Value> | null,
): void {
  const { positional, keywordOnly, names } = parameters;
  const defaults = fn.defaults?.items ?? [];
  const missing: string[] = [];
  for (let i = 0; i < positional; i++) {
    if (bound[i] !== undefined) continue;
    const at = i - (positional - defaults.length);
    if (at >= 0) bound[i] = defaults[at];
    else missing.push(names[i] ?? '?');
  }
  if (missing.length > 0) {
    checkBuiltinMethod(fn, parameters, args, keywords);
    throw tooFew(fn, missing, 'positional');
  }
  for (let i = positional; i < positional + keywordOnly; i++) {
    if (bound[i] !== undefined) continue;
    const name = names[i] ?? '?';
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

function tooMany(
  fn: FunctionObject,
  { positional, keywordOnly }: Parameters,
  given: number,
  bound: readonly Slot[],
): Error {
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
