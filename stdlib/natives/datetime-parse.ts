// strptime(): which part of a text each directive of a format stands for.
//
// A format becomes a regular expression, as in CPython: numbers are of limited length, blanks in
// the format stand for any blanks. What the parts mean together is worked out in
// modules/datetime/_strptime.flow.

import { Dict } from '../../vm/values/dict.ts';
import { typeError, valueError } from '../../vm/values/exception.ts';
import { plainSlot } from '../../vm/values/plain.ts';
import { reprText } from '../../vm/values/plain-text.ts';
import { native, type NativeRow } from '../../vm/machine/native.ts';
import { DAYS, MONTHS } from './datetime-format.ts';

const short = (names: readonly string[]): readonly string[] =>
  names.map((each) => each.slice(0, 3));

const oneOf = (names: readonly string[]): string =>
  names.toSorted((a, b) => b.length - a.length).join('|');

const DIRECTIVES: Readonly<Record<string, string>> = {
  a: oneOf(short(DAYS)),
  A: oneOf(DAYS),
  b: oneOf(short(MONTHS)),
  B: oneOf(MONTHS),
  d: String.raw`3[0-1]|[1-2]\p{Nd}|0[1-9]|[1-9]| [1-9]`,
  f: '[0-9]{1,6}',
  G: String.raw`\p{Nd}\p{Nd}\p{Nd}\p{Nd}`,
  H: String.raw`2[0-3]|[0-1]\p{Nd}|\p{Nd}`,
  I: '1[0-2]|0[1-9]|[1-9]',
  j: String.raw`36[0-6]|3[0-5]\p{Nd}|[1-2]\p{Nd}\p{Nd}|0[1-9]\p{Nd}|00[1-9]|[1-9]\p{Nd}|0[1-9]|[1-9]`,
  m: '1[0-2]|0[1-9]|[1-9]',
  M: String.raw`[0-5]\p{Nd}|\p{Nd}`,
  p: 'am|pm',
  S: String.raw`6[0-1]|[0-5]\p{Nd}|\p{Nd}`,
  u: '[1-7]',
  U: String.raw`5[0-3]|[0-4]\p{Nd}|\p{Nd}`,
  V: String.raw`5[0-3]|0[1-9]|[1-4]\p{Nd}|\p{Nd}`,
  w: '[0-6]',
  W: String.raw`5[0-3]|[0-4]\p{Nd}|\p{Nd}`,
  y: String.raw`\p{Nd}\p{Nd}`,
  Y: String.raw`\p{Nd}\p{Nd}\p{Nd}\p{Nd}`,
  z: String.raw`[+-]\p{Nd}\p{Nd}:?[0-5]\p{Nd}(?::?[0-5]\p{Nd}(?:\.\p{Nd}{1,6})?)?|Z`,
  Z: 'gmt|utc',
};

const LONGER: Readonly<Record<string, string>> = {
  c: '%a %b %d %H:%M:%S %Y',
  x: '%m/%d/%y',
  X: '%H:%M:%S',
};

/** Units of a format, and of what it is matched with: more is no date. */
const UNITS_MAX = 10_000;

const PIECE = /%(.?)|(\s+)|([^%\s]+)/gsu;

/** A regular expression with a group for each directive, called by its letter. */
function expression(format: string): RegExp {
  const seen = new Set<string>();
  const pattern = (part: string): string =>
    part.replaceAll(PIECE, (_whole, letter?: string, blank?: string, literal?: string) => {
      if (blank !== undefined) return String.raw`\s+`;
      if (literal !== undefined) return literal.replaceAll(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`);
      if (letter === undefined || letter === '') throw valueError(`stray % in format '${format}'`);
      if (letter === '%') return '%';
      const longer = LONGER[letter];
      if (longer !== undefined) return pattern(longer);
      const directive = DIRECTIVES[letter];
      if (directive === undefined) {
        const name = letter === '\\' ? '%' : letter;
        throw valueError(`'${name}' is a bad directive in format '${format}'`);
      }
      if (seen.has(letter)) throw valueError(`redefinition of group name '${letter}'`);
      seen.add(letter);
      return `(?<${letter}>${directive})`;
    });
  return new RegExp(pattern(format), 'iuy');
}

export const rows: readonly NativeRow[] = [
  native('_strptime', 'text, format, /', (_context, data, pattern) => {
    const [text, format] = [plainSlot(data), plainSlot(pattern)];
    if (typeof text !== 'string' || typeof format !== 'string') throw typeError('strs are needed');
    if (format.length > UNITS_MAX) throw valueError('a format of that length is none');
    const found = text.length > UNITS_MAX ? null : expression(format).exec(text);
    if (found === null) {
      throw valueError(`time data ${reprText(text)} does not match format ${reprText(format)}`);
    }
    if (found[0].length < text.length) {
      throw valueError(`unconverted data remains: ${text.slice(found[0].length)}`);
    }
    const parts = new Dict();
    for (const [letter, part] of Object.entries(found.groups ?? {})) parts.set(letter, part);
    return parts;
  }),
];
