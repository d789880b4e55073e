// Format specifications: format(value, spec) for int, bool, float, str and None.
//
//     [[fill]align][sign][z][#][0][width][grouping][.precision][type]
//
// A spec is read once into a record, checked by the type of the value, and laid
// out. The messages are CPython's, and so is the order in which they come.
//
// Invariants:
//
//   F1. Nothing is padded beyond TEXT_UNITS_MAX: MemoryError comes first.
//   F2. Locale does not exist: n is d for ints and g for floats.

import { intToDouble, type Int } from './arithmetic-int.ts';
import { Complex, complexText, type Parts } from './complex.ts';
import { overflowError, typeError, valueError } from './exception.ts';
import { floatText } from './float-text.ts';
import { magnitudeText, type FloatCode } from './format-spec-float.ts';
import type { HeapObject } from './heap.ts';
import { intDigits, intText } from './int-text.ts';
import { NEEDS_FLOW } from './keys.ts';
import { FORMAT_NUMBER_MAX, INDEX_MAX, memoryError, TEXT_UNITS_MAX } from './limits.ts';
import { typeName } from './plain.ts';
import { simpleStr } from './plain-text.ts';
import { decimalValue } from './plain-unicode.ts';
import { textLength, textSlice } from './text.ts';
import { Float, type Value } from './value.ts';

type Align = '<' | '>' | '=' | '^';

interface Spec {
  fill: string;
  align: Align;
  sign: '' | '+' | '-' | ' ';
  noNegativeZero: boolean;
  alternate: boolean;
  /** -1 if not given; cut to FORMAT_NUMBER_MAX + 1, which no str can reach. */
  width: number;
  grouping: '' | ',' | '_';
  /** As width. */
  precision: number;
  type: string;
}

/** One spec as a list of characters, and how far it has been read. */
class Reader {
  readonly chars: readonly string[];
  at = 0;

  constructor(text: string) {
    this.chars = Array.from(text);
  }

  peek(ahead = 0): string {
    return this.chars[this.at + ahead] ?? '';
  }

  take(char: string): boolean {
    if (this.peek() !== char) return false;
    this.at++;
    return true;
  }

  get left(): number {
    return this.chars.length - this.at;
  }

  /** A number in digits of any script; -1 if there is none here. */
  number(): number {
    let value = 0n;
    let any = false;
    for (; this.left > 0; this.at++, any = true) {
      const digit = decimalValue(this.peek().codePointAt(0) as number);
      if (digit < 0) break;
      value = value * 10n + BigInt(digit);
      if (value > INDEX_MAX) throw valueError('Too many decimal digits in format string');
    }
    if (!any) return -1;
    return value > FORMAT_NUMBER_MAX ? FORMAT_NUMBER_MAX + 1 : Number(value);
  }
}

function isAlign(char: string): char is Align {
  return char === '<' || char === '>' || char === '=' || char === '^';
}

/** Specs already read: programs have few, and use each often. */
const specs = new Map<string, Readonly<Spec>>();
const SPECS_MAX = 256;
const SPEC_REMEMBERED_MAX = 64;

/** A spec for a value whose type by default is `type` and aligned at `align`. */
function parseSpec(text: string, of: string, type: string, align: '<' | '>'): Readonly<Spec> {
  const key = `${type}${of} ${text}`; // a class may be called as it likes
  const known = specs.get(key);
  if (known !== undefined) return known;
  const spec = readSpec(text, of, type, align);
  if (text.length > SPEC_REMEMBERED_MAX) return spec;
  if (specs.size >= SPECS_MAX) specs.clear();
  specs.set(key, spec);
  return spec;
}

function readSpec(text: string, of: string, type: string, align: '<' | '>'): Spec {
  const spec: Spec = {
    fill: ' ',
    align,
    sign: '',
    noNegativeZero: false,
    alternate: false,
    width: -1,
    grouping: '',
    precision: -1,
    type,
  };
  const reader = new Reader(text);
  const [first, second] = [reader.peek(), reader.peek(1)];
  let [filled, aligned] = [false, false];
  if (isAlign(second)) {
    [spec.fill, spec.align, filled, aligned] = [first, second, true, true];
    reader.at = 2;
  } else if (isAlign(first)) {
    [spec.align, aligned] = [first, true];
    reader.at = 1;
  }
  const sign = reader.peek();
  if (sign === '+' || sign === '-' || sign === ' ') {
    spec.sign = sign;
    reader.at++;
  }
  spec.noNegativeZero = reader.take('z');
  spec.alternate = reader.take('#');
  if (!filled && reader.take('0')) {
    spec.fill = '0';
    if (!aligned && align === '>') spec.align = '=';
  }
  spec.width = reader.number();
  readGrouping(reader, spec);
  if (reader.take('.')) {
    spec.precision = reader.number();
    if (spec.precision < 0) throw valueError('Format specifier missing precision');
  }
  if (reader.left > 1) {
    throw valueError(`Invalid format specifier '${text}' for object of type '${of}'`);
  }
  if (reader.left === 1) spec.type = reader.peek();
  checkGrouping(spec);
  return spec;
}

function readGrouping(reader: Reader, spec: Spec): void {
  if (reader.take(',')) spec.grouping = ',';
  if (reader.peek() === '_') {
    if (spec.grouping !== '') throw valueError("Cannot specify both ',' and '_'.");
    spec.grouping = '_';
    reader.at++;
  }
  if (reader.peek() === ',' && spec.grouping === '_') {
    throw valueError("Cannot specify both ',' and '_'.");
  }
}

/** Types whose digits may be grouped: by three, or by four. */
const GROUPED: ReadonlySet<string> = new Set(['', ...'defgEG%F']);
const FOUR_DIGITS: ReadonlySet<string> = new Set('boxX');

function checkGrouping({ grouping, type }: Readonly<Spec>): void {
  if (grouping === '' || GROUPED.has(type)) return;
  if (grouping === '_' && FOUR_DIGITS.has(type)) return;
  throw valueError(`Cannot specify '${grouping}' with '${showCode(type)}'.`);
}

/** A type code in a message: printable ASCII as it is, all else as \x. */
function showCode(type: string): string {
  const point = type.codePointAt(0) as number;
  return point > 32 && point < 128 ? type : `\\x${point.toString(16)}`;
}

function unknownCode(type: string, of: string): Error {
  return valueError(`Unknown format code '${showCode(type)}' for object of type '${of}'`);
}

/** format(text, spec). */
export function formatText(text: string, specText: string, of = 'str'): string {
  if (specText === '') return text;
  const spec = parseSpec(specText, of, 's', '<');
  if (spec.type !== 's') throw unknownCode(spec.type, of);
  if (spec.sign !== '') {
    const what = spec.sign === ' ' ? 'Space' : 'Sign';
    throw valueError(`${what} not allowed in string format specifier`);
  }
  if (spec.noNegativeZero) {
    throw valueError('Negative zero coercion (z) not allowed in string format specifier');
  }
  if (spec.alternate) throw valueError('Alternate form (#) not allowed in string format specifier');
  if (spec.align === '=') throw valueError("'=' alignment not allowed in string format specifier");
  let [shown, length] = [text, textLength(text)];
  if (spec.precision >= 0 && spec.precision < length) {
    length = spec.precision;
    shown = textSlice(text, 0, length);
  }
  return pad(shown, length, '', spec);
}

/** `prefix` and `body` of `length` code points in the width of a spec. */
function pad(body: string, length: number, prefix: string, spec: Readonly<Spec>): string {
  const missing = spec.width - length - prefix.length;
  if (missing <= 0) return prefix + body;
  if (spec.width * spec.fill.length > TEXT_UNITS_MAX) throw memoryError();
  const { fill } = spec;
  switch (spec.align) {
    case '<':
      return prefix + body + fill.repeat(missing);
    case '>':
      return fill.repeat(missing) + prefix + body;
    case '=':
      return prefix + fill.repeat(missing) + body;
    case '^': {
      const left = missing >> 1;
      return fill.repeat(left) + prefix + body + fill.repeat(missing - left);
    }
  }
}

/** A number in its parts, laid out: sign and prefix, whole digits, the rest. */
function layNumber(
  negative: boolean,
  prefix: string,
  digits: string,
  rest: string,
  spec: Readonly<Spec>,
): string {
  const sign = negative ? '-' : spec.sign === '-' ? '' : spec.sign;
  const head = sign + prefix;
  let body = digits;
  if (digits !== '') {
    // Zeros between sign and digits are digits too, and so take part in the grouping.
    const zeros = spec.fill === '0' && spec.align === '=';
    const least = zeros ? spec.width - head.length - rest.length : 0;
    if (least > TEXT_UNITS_MAX) throw memoryError();
    const size = FOUR_DIGITS.has(spec.type) ? 4 : 3;
    if (spec.grouping !== '') body = group(digits, spec.grouping, size, least);
    else if (least > digits.length) body = digits.padStart(least, '0');
  }
  return pad(body + rest, body.length + rest.length, head, spec);
}

/** Digits in groups from the right, zeros before them to a least width. */
function group(digits: string, separator: string, size: number, least: number): string {
  const groups: string[] = [];
  let left = digits.length;
  let width = least;
  for (;;) {
    const length = Math.min(size, Math.max(left, width, 1));
    groups.push(digits.slice(Math.max(0, left - length), left).padStart(length, '0'));
    left = Math.max(0, left - length);
    width -= length;
    if (left <= 0 && width <= 0) return groups.reverse().join(separator);
    width -= 1;
  }
}

const BASES = { b: 2, o: 8, x: 16, X: 16, d: 10, n: 10 } as const;
const PREFIXES: Readonly<Record<string, string>> = { b: '0b', o: '0o', x: '0x', X: '0X' };

/** format(value, spec) of an int; `of` is the name of its type, int or bool. */
export function formatInt(value: Int, specText: string, of = 'int'): string {
  if (specText === '') return intText(value);
  const spec = parseSpec(specText, of, 'd', '>');
  const { type } = spec;
  if (type === 'c' || Object.hasOwn(BASES, type)) return layInt(value, spec);
  if (FLOAT_TYPES.has(type)) return layFloat(intToDouble(value), spec);
  throw unknownCode(type, of);
}

function layInt(value: Int, spec: Readonly<Spec>): string {
  if (spec.precision >= 0) {
    throw valueError('Precision not allowed in integer format specifier');
  }
  if (spec.noNegativeZero) {
    throw valueError('Negative zero coercion (z) not allowed in integer format specifier');
  }
  if (spec.type === 'c') return layChar(value, spec);
  const base = BASES[spec.type as keyof typeof BASES];
  const digits = intDigits(value, base);
  const shown = spec.type === 'X' ? digits.toUpperCase() : digits;
  const prefix = spec.alternate ? (PREFIXES[spec.type] ?? '') : '';
  return layNumber(value < 0, prefix, shown, '', spec);
}

function layChar(value: Int, spec: Readonly<Spec>): string {
  if (spec.sign !== '') throw valueError("Sign not allowed with integer format specifier 'c'");
  if (spec.alternate) {
    throw valueError("Alternate form (#) not allowed with integer format specifier 'c'");
  }
  if (typeof value === 'bigint' && (value > INDEX_MAX || value < -INDEX_MAX - 1n)) {
    throw overflowError('Python int too large to convert to C long');
  }
  if (value < 0 || value > 0x10ffff) throw overflowError('%c arg not in range(0x110000)');
  const char = String.fromCodePoint(Number(value));
  return pad(char, 1, '', spec);
}

const FLOAT_TYPES: ReadonlySet<string> = new Set(['e', 'E', 'f', 'F', 'g', 'G', '%', 'n', '']);

/** format(value, spec) of a float. */
export function formatFloat(value: number, specText: string, of = 'float'): string {
  if (specText === '') return floatText(value);
  const spec = parseSpec(specText, of, '', '>');
  // CPython's code for no type at all is a character, too.
  if (spec.type === '\0') return formatFloat(value, specText.slice(0, -1), of);
  if (!FLOAT_TYPES.has(spec.type)) throw unknownCode(spec.type, of);
  return layFloat(value, spec);
}

function layFloat(given: number, spec: Readonly<Spec>, dotZero = spec.type === ''): string {
  const { type } = spec;
  if (spec.precision > FORMAT_NUMBER_MAX) throw valueError('precision too big');
  const value = type === '%' ? given * 100 : given;
  const code = floatCode(type, spec.precision);
  const precision = spec.precision < 0 ? 6 : spec.precision;
  const style = { alternate: spec.alternate, dotZero };
  let text = magnitudeText(value, code, precision, style);
  if (type === 'E' || type === 'F' || type === 'G') text = text.toUpperCase();
  let negative = value < 0 || Object.is(value, -0);
  if (negative && spec.noNegativeZero && !/[1-9in]/i.test(text.replace(/e.*/i, ''))) {
    negative = false;
  }
  if (type === '%') text += '%';
  const digits = /^[0-9]*/.exec(text)?.[0] ?? '';
  return layNumber(negative, '', digits, text.slice(digits.length), spec);
}

/** format(value, spec) of a complex number: both parts as floats, then one width for all. */
export function formatComplex(value: Parts, specText: string, of = 'complex'): string {
  if (specText === '') return complexText(value);
  const spec = parseSpec(specText, of, '', '>');
  if (spec.type === '\0') return formatComplex(value, specText.slice(0, -1), of);
  if (spec.type === '%' || !FLOAT_TYPES.has(spec.type)) throw unknownCode(spec.type, of);
  if (spec.fill === '0')
    throw valueError('Zero padding is not allowed in complex format specifier');
  if (spec.align === '=') {
    throw valueError("'=' alignment flag is not allowed in complex format specifier");
  }
  const { real, imag } = value;
  const part = { ...spec, width: -1 };
  const last = `${layFloat(imag, { ...part, sign: '+' }, false)}j`;
  // Without a code it is as repr(): the real part left out where it is 0.0, else in parentheses.
  const isPlain = spec.type === '';
  let text = layFloat(real, part, false) + last;
  if (isPlain) text = Object.is(real, 0) ? layFloat(imag, part, false) + 'j' : `(${text})`;
  return pad(text, textLength(text), '', spec);
}

function floatCode(type: string, precision: number): FloatCode {
  switch (type) {
    case '':
      return precision < 0 ? 'r' : 'g';
    case 'e':
    case 'E':
      return 'e';
    case 'f':
    case 'F':
    case '%':
      return 'f';
    default:
      return 'g';
  }
}

/** format(value, spec), if no flow code is needed for it. */
export function formatValue(value: Value, spec: string, of?: string): string | typeof NEEDS_FLOW {
  switch (typeof value) {
    case 'string':
      return formatText(value, spec, of);
    case 'number':
    case 'bigint':
      return formatInt(value, spec, of);
    case 'boolean':
      if (spec === '') return value ? 'True' : 'False';
      return formatInt(value ? 1 : 0, spec, 'bool');
    default:
      return value instanceof Float
        ? formatFloat(value.value, spec, of)
        : value instanceof Complex
          ? formatComplex(value, spec, of)
          : formatObject(value, spec);
  }
}

function formatObject(value: null | HeapObject, spec: string): string | typeof NEEDS_FLOW {
  const text = simpleStr(value);
  if (text === NEEDS_FLOW || spec === '') return text;
  throw typeError(`unsupported format string passed to ${typeName(value)}.__format__`);
}
