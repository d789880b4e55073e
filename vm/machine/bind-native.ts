// Binding for natives: from the arguments of a call to the parameters of a row's signature, with
// the words CPython uses when they do not fit.
//
// CPython has no one way to say it. Each family of C functions reads its arguments with another
// helper, and each helper has words of its own:
//
//     takes keywords       "f() missing required argument 'x' (pos 1)"   _PyArg_UnpackKeywords
//     one or no argument   "f() takes exactly one argument (2 given)"    METH_O, METH_NOARGS
//     several              "f expected at least 1 argument, got 0"       _PyArg_CheckPositional
//     operators            "expected 1 argument, got 0"                  wrap_binaryfunc and kin
//     str.find and kin     "find() takes at least 1 argument (0 given)"  PyArg_ParseTuple

import { Tuple } from '../values/collections.ts';
import { Dict } from '../values/dict.ts';
import { typeError } from '../values/exception.ts';
import { TypeObject } from '../values/type.ts';
import { typeOf } from '../values/typeof.ts';
import { types } from '../values/types.ts';
import type { Slot, Value } from '../values/value.ts';
import type { Native, Parameter } from './native.ts';

export type Keywords = ReadonlyMap<string, Value> | null;

/**
 * What makes instances of a type without keywords, and the other half of it: where a class has that
 * half of its own, the keywords are for it, and this one lets them be.
 */
const MAKERS: ReadonlyMap<string, string> = new Map([
  ['filter.__new__', '__init__'],
  ['float.__new__', '__init__'],
  ['frozenset.__new__', '__init__'],
  ['list.__init__', '__new__'],
  ['map.__new__', '__init__'],
  ['reversed.__new__', '__init__'],
  ['set.__init__', '__new__'],
  ['tuple.__new__', '__init__'],
]);

/** Whether it lets keywords be, for a class or an instance. */
export function leavesKeywords(native: Native, self: Slot): boolean {
  const other = MAKERS.get(native.row.name);
  if (other === undefined || native.ofType === null || self === undefined) return false;
  const cls = self instanceof TypeObject ? self : typeOf(self);
  return cls.lookup(other) !== native.ofType.lookup(other);
}

/**
 * The arguments of a native in the order of its parameters.
 *
 * @param self what it was bound to before the call, where it was: errors name its type then
 */
export function bindNative(
  native: Native,
  args: readonly Value[],
  keywords: Keywords,
  self?: Value,
): readonly Slot[] {
  if (keywords === null && native.isPlain && args.length === native.most) return args;
  const { parameters } = native;
  const bound: Slot[] = [];
  // CPython refuses a keyword before it counts the others.
  if (keywords !== null && keywords.size > 0 && !takesKeywords(native)) {
    if (!leavesKeywords(native, args[0])) {
      throw noKeywords(native, self);
    }
    return bindNative(native, args, null);
  }
  let used = 0;
  let taken = 0;
  for (const parameter of parameters) {
    switch (parameter.kind) {
      case 'varargs':
        bound.push(new Tuple(args.slice(used)));
        used = args.length;
        continue;
      case 'varkeywords': {
        const rest = new Dict();
        for (const [name, value] of keywords ?? []) {
          if (named(parameters, name)) continue;
          rest.set(name, value);
          taken++;
        }
        bound.push(rest);
        continue;
      }
      case 'positional-only':
      case 'positional':
      case 'keyword-only': {
        const byName =
          parameter.kind === 'positional-only' ? undefined : keywords?.get(parameter.name);
        if (parameter.kind !== 'keyword-only' && used < args.length) {
          if (byName !== undefined) throw givenTwice(native, parameter, used);
          bound.push(args[used++]);
        } else if (byName !== undefined) {
          bound.push(byName);
          taken++;
        } else if (parameter.fallback === undefined) {
          throw wrongCount(native, args, keywords, self);
        } else bound.push(parameter.fallback.value);
      }
    }
  }
  if (used < args.length) throw wrongCount(native, args, keywords, self);
  if (keywords !== null && taken < keywords.size) {
    // All are counted before their names are looked at.
    if (native.isPlain && args.length + keywords.size > parameters.length) {
      throw wrongCount(native, args, keywords, self);
    }
    const most = parameters.filter(({ kind }) => kind === 'keyword-only').length;
    if (!native.isPlain && keywords.size > most && most > 0) {
      throw typeError(
        `${shortName(native)}() takes at most ${most} keyword ` +
          `${most === 1 ? 'argument' : 'arguments'} (${keywords.size} given)`,
      );
    }
    for (const name of keywords.keys()) {
      if (!named(parameters, name)) throw invalidKeyword(shortName(native), name);
    }
  }
  return bound;
}

/** What a native says that takes no keywords. */
export function noKeywords(native: Native, self?: Value): Error {
  const isMaker = native.ofType !== null && MAKERS.has(native.row.name);
  let name = isMaker ? native.ofType.name : fullName(native, self);
  if (isSlot(native)) name = `wrapper ${shortName(native)}`;
  else if (isParsed(native, self)) name = shortName(native);
  return typeError(`${name}() takes no keyword arguments`);
}

/** Whether a parameter can be given by this name. */
function named(parameters: readonly Parameter[], name: string): boolean {
  return parameters.some(
    (each) => each.name === name && (each.kind === 'positional' || each.kind === 'keyword-only'),
  );
}

/** Whether some parameter can be given by name. */
export function takesKeywords({ parameters }: Native): boolean {
  return parameters.some(({ kind }) => kind !== 'positional-only' && kind !== 'varargs');
}

/** The last part of a native's name, and the type's for its __new__. */
function shortName({ row, ofType }: Native): string {
  const name = row.name.slice(row.name.indexOf('.') + 1);
  return name === '__new__' ? (ofType?.name ?? name) : name;
}

/** As most errors call it: `len`, `list.append`, `math.sqrt`, and `range` for its __new__. */
function fullName(native: Native, self?: Value): string {
  const { name } = native.row;
  if (self !== undefined) {
    const cls = self instanceof TypeObject ? self : typeOf(self);
    return `${cls.qualname}.${shortName(native)}`;
  }
  return name.endsWith('.__new__') ? shortName(native) : name;
}

const plural = (n: number): string => (n === 1 ? `${n} argument` : `${n} arguments`);

function givenTwice(native: Native, { name }: Parameter, position: number): Error {
  return typeError(
    `argument for ${shortName(native)}() given by name ('${name}') and position (${position + 1})`,
  );
}

function invalidKeyword(native: string, name: string): Error {
  // sorted() hands its keywords on, and so it is sort() that complains.
  const called = native === 'sorted' ? 'sort' : native;
  if (called === '') return typeError(`'${name}' is an invalid keyword argument for this function`);
  return typeError(`'${name}' is an invalid keyword argument for ${called}()`);
}

// ------------------------------------------------------------- wrong counts

/** Methods behind operators and syntax, which CPython calls through slots of the type. */
const SLOTS: ReadonlySet<string> = new Set(
  [
    'len contains iter next hash repr str bool int float index neg pos abs invert call',
    'getattribute setattr delattr get set delete getitem setitem delitem',
    'eq ne lt le gt ge add sub mul matmul truediv floordiv mod divmod pow lshift rshift and or xor',
    'radd rsub rmul rmatmul rtruediv rfloordiv rmod rdivmod rpow rlshift rrshift rand ror rxor',
    'iadd isub imul imatmul itruediv ifloordiv imod ipow ilshift irshift iand ior ixor',
  ]
    .join(' ')
    .split(' ')
    .map((name) => `__${name}__`),
);

/** Whether CPython calls a method through a slot of the type, and wraps it for calls by name. */
export function isSlot(native: Native): boolean {
  const isNamed = native.ofType !== null && SLOTS.has(shortName(native));
  return isNamed && !COEXISTING.has(native.row.name);
}

/** Whether CPython hands it a tuple and a dict, so that it says first that it takes no keywords. */
export function countsKeywords(native: Native, self?: Value): boolean {
  if (takesKeywords(native)) return false;
  return isSlot(native) || isParsed(native, self) || LOOSE.has(native.row.name);
}

/** Functions that get a tuple of their arguments, of which they may have none. */
const LOOSE: ReadonlySet<string> = new Set(['dir', 'vars']);

/**
 * What a method written in flow says of a wrong count, where CPython has its class in C; undefined
 * if that is known only of the method itself.
 *
 * @param wanted arguments after self, all of which must be given
 */
export function builtinMethodWords(
  name: string,
  wanted: number,
  owner: string,
  given: number,
  hasKeywords: boolean,
): string | undefined {
  if (SLOTS.has(name)) {
    if (hasKeywords) return `wrapper ${name}() takes no keyword arguments`;
    return `${UNPACKING.has(name) ? ' ' : ''}expected ${plural(wanted)}, got ${given}`;
  }

  const called = `${owner}.${name}()`;
  if (hasKeywords) return `${called} takes no keyword arguments`;
  const wants = wanted === 0 ? 'no arguments' : 'exactly one argument';
  return `${called} takes ${wants} (${given} given)`;
}

/** Slots that unpack a tuple of arguments themselves, under an empty name. */
const UNPACKING: ReadonlySet<string> = new Set(
  ['get', 'set', 'setattr', 'setitem', 'pow', 'rpow', 'ipow'].map((name) => `__${name}__`),
);

/** Repeating a sequence does it, too; multiplying numbers does not. */
const REPEATED: ReadonlySet<string> = new Set(['str', 'bytes', 'bytearray', 'list', 'tuple']);
const REPEATING: ReadonlySet<string> = new Set(['__mul__', '__rmul__', '__imul__']);

/** Methods of the texts that read the bounds of a part with PyArg_ParseTuple. */
const BOUNDED: ReadonlySet<string> = new Set(
  'find rfind index rindex count startswith endswith'.split(' '),
);
const TEXTS: ReadonlySet<string> = new Set(['str', 'bytes', 'bytearray']);

/** Methods of the sets that take any number of others. */
const GATHERING: ReadonlySet<string> = new Set(
  'difference difference_update intersection intersection_update union update'.split(' '),
);
const SETS: ReadonlySet<string> = new Set(['set', 'frozenset']);

/** Methods that get a tuple of their arguments: once bound, their errors do not name the type. */
function isParsed(native: Native, self: Slot): boolean {
  const type = native.ofType?.name ?? '';
  const name = shortName(native);
  if (name === '__subclasshook__') return true;
  const isOf = (TEXTS.has(type) && BOUNDED.has(name)) || (SETS.has(type) && GATHERING.has(name));
  return isOf && self !== undefined;
}

/** Too few or too many arguments, as CPython says it. */
function wrongCount(
  native: Native,
  args: readonly Value[],
  keywords: Keywords,
  self?: Value,
): Error {
  const { ofType, parameters } = native;
  const shift = ofType === null ? 0 : 1;
  const given = args.length - shift;
  const name = shortName(native);
  const isOperator = isSlot(native);
  if (given < 0) {
    if (native.row.name.endsWith('.__new__')) {
      return typeError(`${native.row.name}(): not enough arguments`);
    }
    return typeError(
      isOperator
        ? `descriptor '${name}' of '${ofType?.name}' object needs an argument`
        : `unbound method ${fullName(native)}() needs an argument`,
    );
  }
  const [receiver] = args;
  if (receiver !== undefined && !isReceiver(native, receiver)) {
    const [type, found] = [ofType?.name, typeOf(receiver).name];
    return typeError(
      isOperator
        ? `descriptor '${name}' requires a '${type}' object but received a '${found}'`
        : `descriptor '${name}' for '${type}' objects doesn't apply to a '${found}' object`,
    );
  }
  if (takesKeywords(native)) {
    return wrongWithKeywords(name, parameters.slice(shift), given, keywords);
  }
  const least = native.least - shift;
  const hasMore = parameters.some(({ kind }) => kind === 'varargs');
  const most = hasMore ? Infinity : native.most - shift;
  const [side, bound] = given < least ? ['at least ', least] : ['at most ', most];
  const how = least === most ? '' : side;
  if (isOperator) {
    const isRepeating = REPEATED.has(ofType?.name ?? '') && REPEATING.has(name);
    const space = UNPACKING.has(name) || isRepeating ? ' ' : '';
    return typeError(`${space}expected ${how}${plural(bound)}, got ${given}`);
  }
  if (ofType !== null && TEXTS.has(ofType.name) && BOUNDED.has(name)) {
    return typeError(`${name}() takes ${how}${plural(bound)} (${given} given)`);
  }
  if (name === '__init__' && receiver !== undefined) {
    const isSet = ofType === types.set;
    const maker = isSet ? typeOf(receiver).name : (ofType?.name ?? name);
    return wrongByPosition(null, maker, least, most, given);
  }
  const isMaker = native.row.name.endsWith('.__new__');
  return wrongByPosition(isMaker ? null : fullName(native, self), name, least, most, given);
}

/** Whether it can be self: other natives of a type take a class, or anything. */
function isReceiver({ ofType, parameters }: Native, value: Value): boolean {
  const hasSelf = ['self', 'this'].includes(parameters[0]?.name ?? '');
  return ofType === null || !hasSelf || typeOf(value).isSubtype(ofType);
}

/** @param full as what takes no argument or one is called; null for what makes instances */
function wrongByPosition(
  full: string | null,
  name: string,
  least: number,
  most: number,
  given: number,
): Error {
  if (least === most && most <= 1 && full !== null) {
    const wants = most === 0 ? 'no arguments' : 'exactly one argument';
    return typeError(`${full}() takes ${wants} (${given} given)`);
  }
  const [side, bound] = given < least ? ['at least ', least] : ['at most ', most];
  const called = name === 'super' ? 'super()' : name;
  return typeError(
    `${called} expected ${least === most ? '' : side}${plural(bound)}, got ${given}`,
  );
}

/** Slots that CPython's list, dict and sets have as methods besides. */
const COEXISTING: ReadonlySet<string> = new Set([
  'list.__getitem__',
  'dict.__getitem__',
  'dict.__contains__',
  'set.__contains__',
  'frozenset.__contains__',
]);

/** @param name where CPython gives none, '' */
function wrongWithKeywords(
  name: string,
  all: readonly Parameter[],
  given: number,
  keywords: Keywords,
): Error {
  const called = name === '' ? 'function' : `${name}()`;
  const length = all.filter(({ kind }) => kind !== 'varargs' && kind !== 'varkeywords').length;
  const byPosition = all.filter(isByPosition);
  const most = byPosition.length;
  const total = given + (keywords?.size ?? 0);
  if (total > length) {
    const kind = given === 0 ? 'keyword ' : '';
    const noun = length === 1 ? 'argument' : 'arguments';
    return typeError(`${called} takes at most ${length} ${kind}${noun} (${total} given)`);
  }
  if (given > most) {
    const side = byPosition.every(isRequired) ? 'exactly' : 'at most';
    const noun = most === 1 ? 'argument' : 'arguments';
    return typeError(
      most === 0
        ? `${called} takes no positional arguments`
        : `${called} takes ${side} ${most} positional ${noun} (${given} given)`,
    );
  }
  const first = all.filter((each) => each.kind === 'positional-only' && isRequired(each)).length;
  if (given < first) {
    const side = first === most ? 'exactly' : 'at least';
    const noun = first === 1 ? 'argument' : 'arguments';
    return typeError(`${called} takes ${side} ${first} positional ${noun} (${given} given)`);
  }
  const at = all.findIndex((each, i) => i >= given && isMissing(each, keywords));
  for (const each of keywords?.keys() ?? []) {
    const isFirst = at < 0 || name === 'enumerate';
    if (isFirst && !named(all, each)) return invalidKeyword(name, each);
  }
  const missing = `${called} missing required argument '${all[at]?.name ?? '?'}'`;
  return typeError(name === 'enumerate' ? missing : `${missing} (pos ${at + 1})`);
}

/** Methods, by module, whose errors say but "function". */
const NAMELESS: readonly RegExp[] = [/^datetime\.(?:date|datetime|time)\.__new__$/u, /^decimal\./u];

/**
 * What does not fit a method written in flow of a class that CPython has in C.
 *
 * @param all its parameters after self
 */
export function wrongOfMethod(
  module: string,
  owner: string,
  method: string,
  all: readonly Parameter[],
  given: number,
  keywords: Keywords,
): Error {
  const hasKeywords = keywords !== null && keywords.size > 0;
  if (SLOTS.has(method)) {
    if (hasKeywords) return typeError(`wrapper ${method}() takes no keyword arguments`);
    const space = UNPACKING.has(method) ? ' ' : '';
    return typeError(`${space}expected ${plural(all.length)}, got ${given}`);
  }
  const isMaker = method === '__init__' || method === '__new__';
  const name = isMaker && owner !== 'timedelta' ? owner : method;
  const isSpecial = !isMaker && method.startsWith('__');
  if (!isSpecial && all.some(({ kind }) => kind !== 'positional-only')) {
    const isNamed = !NAMELESS.some((each) => each.test(`${module}.${owner}.${method}`));
    return wrongWithKeywords(isNamed ? name : '', all, given, keywords);
  }
  const full = isMaker ? owner : `${owner}.${method}`;
  if (hasKeywords) return typeError(`${full}() takes no keyword arguments`);
  const least = all.filter(isRequired).length;
  return wrongByPosition(isMaker ? null : full, name, least, all.length, given);
}

const isByPosition = ({ kind }: Parameter): boolean =>
  kind === 'positional-only' || kind === 'positional';

const isRequired = ({ fallback, kind }: Parameter): boolean =>
  fallback === undefined && kind !== 'varargs' && kind !== 'varkeywords';

function isMissing(parameter: Parameter, keywords: Keywords): boolean {
  return isRequired(parameter) && keywords?.has(parameter.name) !== true;
}
