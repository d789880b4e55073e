// Methods of str that answer with strs, numbers and bools; those that build,
// encode and format are in str-build.ts, the operators in str-operators.ts.
//
//     row                what the algorithm is in
//     find … replace     str-search.ts
//     split … partition  str-parts.ts
//     center … zfill     str-padding.ts
//     upper … isspace    vm/values/plain-unicode.ts
//
// Positions are counted in code points outside and in UTF-16 units inside; for
// nearly all strs these are the same, and isFlat() remembers for which.

import { List, Tuple } from '../../vm/values/collections.ts';
import { typeError, valueError } from '../../vm/values/exception.ts';
import { plain, typeName } from '../../vm/values/plain.ts';
import * as unicode from '../../vm/values/plain-unicode.ts';
import { isFlat, pointIndex, textLength, unitOffset } from '../../vm/values/text.ts';
import type { Slot, Value } from '../../vm/values/value.ts';
import { native, type NativeResult, type NativeRow } from '../../vm/machine/native.ts';
import { bounds, cInt, method, size, text, textOf } from './int-arguments.ts';
import { given, wrongSelf } from './object-receiver.ts';
import { expandTabs, padTo, zeroFill, type Side } from './str-padding.ts';
import * as parts from './str-parts.ts';
import * as search from './str-search.ts';

/** `self` of a method of str. */
export function textSelf(name: string, self: Slot): string {
  return textOf(self) ?? wrong(name, self);
}

function wrong(name: string, self: Slot): never {
  throw wrongSelf('str', name, self);
}

type Run = (self: string, a: Slot, b: Slot, c: Slot) => NativeResult;

/** A method that needs no flow code, ever. */
function simple(name: string, parameters: string, run: Run): NativeRow {
  const signature = parameters === '' ? 'self, /' : `self, ${parameters}`;
  return native(`str.${name}`, signature, (_context, self, a, b, c) =>
    run(textSelf(name, self), a, b, c),
  );
}

/** A method with an argument that may have an __index__ to be asked. */
function counted(name: string, parameters: string, run: Run): NativeRow {
  return method(
    `str.${name}`,
    `self, ${parameters}`,
    (_context, self, a, b, c) => run(textSelf(name, self), a, b, c),
    `_str_${name}`,
  );
}

/** The part of a str that find() and its kin look at, in units; null if it begins past the end. */
function part(whole: string, start: Slot, end: Slot): readonly [number, number] | null {
  if ((start === null || start === undefined) && (end === null || end === undefined)) {
    return [0, whole.length];
  }
  const length = textLength(whole);
  const [from, to] = bounds(start, end, length);
  if (from > to) return null;
  return isFlat(whole) ? [from, to] : [unitOffset(whole, from), unitOffset(whole, to)];
}

type Find = (text: string, needle: string, from: number, to: number) => number;

function findIn(self: string, needle: Slot, start: Slot, end: Slot, find: Find): number {
  const range = part(self, start, end);
  const sought = textOf(needle) ?? mustBeText(needle);
  const at = range === null ? -1 : find(self, sought, ...range);
  return at < 0 ? -1 : pointIndex(self, at);
}

function mustBeText(value: Slot): never {
  throw typeError(`must be str, not ${typeName(given(value))}`);
}

function findRow(name: string, find: Find, mustExist: boolean): NativeRow {
  return counted(name, 'sub, start=None, end=None, /', (self, sub, start, end) => {
    const at = findIn(self, sub, start, end, find);
    if (at < 0 && mustExist) throw valueError('substring not found');
    return at;
  });
}

type Test = (text: string, needle: string, from: number, to: number) => boolean;

/** startswith() and endswith(), of one str or any of a tuple. */
function affixRow(name: string, test: Test): NativeRow {
  return counted(name, 'affix, start=None, end=None, /', (self, affix, start, end) => {
    const wanted = plain(given(affix));
    const range = part(self, start, end);
    if (!(wanted instanceof Tuple)) {
      const one = textOf(wanted);
      if (one === undefined) {
        const found = typeName(given(affix));
        throw typeError(`${name} first arg must be str or a tuple of str, not ${found}`);
      }
      return range !== null && test(self, one, ...range);
    }
    for (const item of wanted.items) {
      const one = textOf(item);
      if (one === undefined) {
        throw typeError(`tuple for ${name} must only contain str, not ${typeName(item)}`);
      }
      if (range !== null && test(self, one, ...range)) return true;
    }
    return false;
  });
}

function padRow(name: string, side: Side): NativeRow {
  return counted(name, "width, fillchar=' ', /", (self, width, fill) => {
    const columns = size(width);
    const char = textOf(fill);
    if (char === undefined) {
      const found = typeName(given(fill));
      throw typeError(`The fill character must be a unicode character, not ${found}`);
    }
    if (textLength(char) !== 1) {
      throw typeError('The fill character must be exactly one character long');
    }
    return padTo(self, columns, char, side);
  });
}

function stripRow(name: string, ends: search.Ends): NativeRow {
  return simple(name, 'chars=None, /', (self, chars) => {
    if (chars === null) return search.stripSpaces(self, unicode.isSpace, ends);
    const set = textOf(chars);
    if (set === undefined) throw typeError(`${name} arg must be None or str`);
    return search.stripChars(self, set, ends);
  });
}

type SplitSpaces = typeof parts.splitSpaces;
type SplitAt = typeof parts.splitAt;

function splitRow(name: string, bySpaces: SplitSpaces, bySeparator: SplitAt): NativeRow {
  return counted(name, 'sep=None, maxsplit=-1', (self, sep, maxsplit) => {
    const most = size(maxsplit);
    if (sep === null) return new List(bySpaces(self, most, unicode.isSpace));
    const separator = textOf(sep);
    if (separator === undefined) {
      throw typeError(`must be str or None, not ${typeName(given(sep))}`);
    }
    if (separator === '') throw valueError('empty separator');
    return new List(bySeparator(self, separator, most));
  });
}

type Cut = (text: string, separator: string) => readonly Value[];

function partitionRow(name: string, cut: Cut): NativeRow {
  return simple(name, 'sep, /', (self, sep) => {
    const separator = textOf(sep) ?? mustBeText(sep);
    if (separator === '') throw valueError('empty separator');
    return new Tuple(cut(self, separator));
  });
}

function mapRow(name: string, map: (text: string) => string): NativeRow {
  return simple(name, '', (self) => {
    const mapped = map(self);
    search.checkLength(mapped.length);
    return mapped;
  });
}

function testRow(name: string, test: (text: string) => boolean): NativeRow {
  return simple(name, '', test);
}

// eslint-disable-next-line no-control-regex
const ASCII = /^[\0-\x7f]*$/;

const { isAlpha, isDecimal, isDigit, isNumeric, isSpace, isPrintable } = unicode;

function isAlphanumeric(point: number): boolean {
  return isAlpha(point) || isDecimal(point) || isDigit(point) || isNumeric(point);
}

function every(test: unicode.PointTest): (text: string) => boolean {
  return (self) => unicode.everyPoint(self, test);
}

export const rows: readonly NativeRow[] = [
  mapRow('capitalize', unicode.capitalizeText),
  mapRow('casefold', unicode.foldText),
  mapRow('lower', unicode.lowerText),
  mapRow('upper', unicode.upperText),
  mapRow('swapcase', unicode.swapText),
  mapRow('title', unicode.titleText),

  testRow('isalnum', every(isAlphanumeric)),
  testRow('isalpha', every(isAlpha)),
  testRow('isascii', (self) => ASCII.test(self)),
  testRow('isdecimal', every(isDecimal)),
  testRow('isdigit', every(isDigit)),
  testRow('isidentifier', unicode.isIdentifier),
  testRow('islower', (self) => unicode.isInCase(self, unicode.isLower, unicode.isUpper)),
  testRow('isnumeric', every(isNumeric)),
  testRow('isprintable', (self) => self === '' || unicode.everyPoint(self, isPrintable)),
  testRow('isspace', every(isSpace)),
  testRow('istitle', unicode.isTitled),
  testRow('isupper', (self) => unicode.isInCase(self, unicode.isUpper, unicode.isLower)),

  findRow('find', search.findFirst, false),
  findRow('rfind', search.findLast, false),
  findRow('index', search.findFirst, true),
  findRow('rindex', search.findLast, true),
  counted('count', 'sub, start=None, end=None, /', (self, sub, start, end) => {
    const range = part(self, start, end);
    const needle = textOf(sub) ?? mustBeText(sub);
    return range === null ? 0 : search.countIn(self, needle, ...range);
  }),
  affixRow('startswith', search.startsAt),
  affixRow('endswith', search.endsAt),
  simple('removeprefix', 'prefix, /', (self, prefix) =>
    search.withoutPrefix(self, text(prefix, 'removeprefix() argument')),
  ),
  simple('removesuffix', 'suffix, /', (self, suffix) =>
    search.withoutSuffix(self, text(suffix, 'removesuffix() argument')),
  ),
  counted('replace', 'old, new, count=-1, /', (self, from, to, count) => {
    const old = text(from, 'replace() argument 1');
    const replacement = text(to, 'replace() argument 2');
    return search.replaceIn(self, old, replacement, size(count));
  }),

  stripRow('strip', { left: true, right: true }),
  stripRow('lstrip', { left: true, right: false }),
  stripRow('rstrip', { left: false, right: true }),
  padRow('center', 'both'),
  padRow('ljust', 'right'),
  padRow('rjust', 'left'),
  counted('zfill', 'width, /', (self, width) => zeroFill(self, size(width))),
  counted('expandtabs', 'tabsize=8', (self, tab) => expandTabs(self, cInt(tab))),

  splitRow('split', parts.splitSpaces, parts.splitAt),
  splitRow('rsplit', parts.splitSpacesRight, parts.splitAtRight),
  counted(
    'splitlines',
    'keepends=False',
    (self, keep) => new List(parts.splitLines(self, parts.TEXT_LINE_ENDS, cInt(keep) !== 0)),
  ),
  partitionRow('partition', parts.partition),
  partitionRow('rpartition', parts.partitionRight),
];
