// The % operator of str and bytes.
//
//     'a %-5s %(n)d' % args     text, then for each %: [(key)] [flags] [width] [.precision] code
//
// What only flow code can do (a __str__, a mapping's __getitem__) is asked for
// (plain-asked.ts). bytes are formatted as strs of the code points 0..255.
//
// Invariant: P1. Nothing longer than TEXT_UNITS_MAX is made.

import { intToDouble, truncate, type Int } from './arithmetic-int.ts';
import { ByteArray, Bytes, List, Range, Tuple } from './collections.ts';
import { Dict } from './dict.ts';
import { keyError, overflowError, typeError, valueError } from './exception.ts';
import { magnitudeText } from './format-spec-float.ts';
import { intDigits } from './int-text.ts';
import { NEEDS_FLOW } from './keys.ts';
import { FORMAT_NUMBER_MAX, memoryError, TEXT_UNITS_MAX } from './limits.ts';
import { hasMethod, intOf, isIndexSized, keepsMethod, plain, typeName } from './plain.ts';
import { Answers, attempt, type Asked, type Question } from './plain-asked.ts';
import { latin1Bytes, latin1Text, simpleAscii, simpleRepr, simpleStr } from './plain-text.ts';
import { SetObject } from './set.ts';
import { pointIndex, textLength, textSlice } from './text.ts';
import { Instance } from './type.ts';
import { typeOf } from './typeof.ts';
import { types } from './types.ts';
import { Float, type Value } from './value.ts';

interface Flags {
  left: boolean;
  plus: boolean;
  blank: boolean;
  alternate: boolean;
  zero: boolean;
}

const FLAGS: Readonly<Record<string, keyof Flags>> = {
  '-': 'left',
  '+': 'plus',
  ' ': 'blank',
  '#': 'alternate',
  '0': 'zero',
};

/** format % args for a str; `answers` are those to what was asked so far, in order. */
export function percentText(
  format: string,
  args: Value,
  answers: readonly Value[],
): string | Asked {
  return attempt(() => new Percent(format, args, answers, false).run());
}

/** format % args for bytes. */
export function percentBytes(
  format: Uint8Array,
  args: Value,
  answers: readonly Value[],
): Uint8Array | Asked {
  const text = attempt(() => new Percent(latin1Text(format), args, answers, true).run());
  return typeof text === 'string' ? latin1Bytes(text) : text;
}

/** A deque has items by position alone. */
function isDeque({ cls }: Instance): boolean {
  return cls.mro.find(({ attrs }) => attrs.has('__getitem__'))?.name === 'collections.deque';
}

/** Whether % takes a value's items by key, and does not mind ones that are left over. */
function isMapping(args: Value, isBytes: boolean): boolean {
  const base = plain(args);
  if (typeof base === 'string' || base instanceof Tuple) return false;
  if (isBytes && (base instanceof Bytes || base instanceof ByteArray)) return false;
  if (base instanceof Instance) return hasMethod(base, '__getitem__') && !isDeque(base);
  return (
    base instanceof Dict ||
    base instanceof List ||
    base instanceof Range ||
    base instanceof Bytes ||
    base instanceof ByteArray
  );
}

class Percent {
  private readonly format: string;
  private readonly isBytes: boolean;
  private readonly mapping: Value | undefined;
  private readonly answers: Answers;
  /** The arguments still to come: a tuple's items, or the one value. */
  private items: readonly Value[];
  private next = 0;
  private at = 0;
  private out = '';

  constructor(format: string, args: Value, answers: readonly Value[], isBytes: boolean) {
    this.format = format;
    this.isBytes = isBytes;
    this.answers = new Answers(answers);
    const base = plain(args);
    this.items = base instanceof Tuple ? base.items : [args];
    this.mapping = isMapping(args, isBytes) ? args : undefined;
  }

  run(): string {
    for (;;) {
      const percent = this.format.indexOf('%', this.at);
      if (percent < 0) break;
      this.write(this.format.slice(this.at, percent));
      this.at = percent + 1;
      if (this.format.charAt(this.at) === '%') {
        this.write('%');
        this.at++;
      } else this.write(this.field());
    }
    this.write(this.format.slice(this.at));
    if (this.next < this.items.length && this.mapping === undefined) {
      const kind = this.isBytes ? 'bytes' : 'string';
      throw typeError(`not all arguments converted during ${kind} formatting`);
    }
    return this.out;
  }

  private write(text: string): void {
    if (this.out.length + text.length > TEXT_UNITS_MAX) throw memoryError();
    this.out += text;
  }

  /** One %…: reads it, takes its arguments, and lays out the result. */
  private field(): string {
    if (this.format.charAt(this.at) === '(') {
      this.items = [this.lookUp(this.key())];
      this.next = 0;
    }
    const flags = this.flags();
    let width = this.number('width');
    if (width < 0) {
      flags.left = true;
      width = -width;
    }
    let precision = -1;
    if (this.format.charAt(this.at) === '.') {
      this.at++;
      precision = Math.max(0, this.number('precision'));
    }
    if ('hlL'.includes(this.format.charAt(this.at) || ' ')) this.at++;
    if (this.at >= this.format.length) throw valueError('incomplete format');
    const where = this.at;
    const code = String.fromCodePoint(this.format.codePointAt(where) as number);
    this.at += code.length;
    const value = this.argument();
    if ('sra'.includes(code) || (this.isBytes && code === 'b')) {
      return this.layText(this.text(value, code), flags, width, precision);
    }
    if (code === 'c') return this.layText(this.char(value), flags, width, -1);
    if ('diuxXo'.includes(code)) return this.layInt(value, code, flags, width, precision);
    if ('eEfFgG'.includes(code)) return this.layFloat(value, code, flags, width, precision);
    throw this.unsupported(code, where);
  }

  private unsupported(code: string, where: number): Error {
    const point = code.codePointAt(0) as number;
    const shown = point >= 32 && point < 127 ? code : '?';
    const index = pointIndex(this.format, where);
    return valueError(
      `unsupported format character '${shown}' (0x${point.toString(16)}) at index ${index}`,
    );
  }

  /** The text between ( and its ). */
  private key(): string {
    if (this.mapping === undefined) throw typeError('format requires a mapping');
    const start = ++this.at;
    for (let depth = 1; this.at < this.format.length; this.at++) {
      const char = this.format.charAt(this.at);
      if (char === '(') depth++;
      else if (char === ')' && --depth === 0) return this.format.slice(start, this.at++);
    }
    throw valueError('incomplete format key');
  }

  private lookUp(text: string): Value {
    const { mapping } = this;
    const key = this.isBytes ? new Bytes(latin1Bytes(text)) : text;
    if (mapping instanceof Dict) {
      const value = mapping.get(key);
      if (value === undefined) throw keyError(key);
      if (typeof value !== 'symbol') return value;
    }
    return this.answers.ask('item', mapping as Value, key);
  }

  private flags(): Flags {
    const flags = { left: false, plus: false, blank: false, alternate: false, zero: false };
    for (;;) {
      const flag = FLAGS[this.format.charAt(this.at)];
      if (flag === undefined) return flags;
      flags[flag] = true;
      this.at++;
    }
  }

  /** Digits or * as width or precision; 0 if there is neither. */
  private number(what: 'width' | 'precision'): number {
    if (this.format.charAt(this.at) === '*') {
      this.at++;
      return this.starred(what);
    }
    let value = 0;
    for (; ; this.at++) {
      const digit = this.format.charCodeAt(this.at) - 48;
      if (!(digit >= 0 && digit <= 9)) return value;
      value = value * 10 + digit;
      if (value > (what === 'width' ? WIDTH_MAX : FORMAT_NUMBER_MAX)) {
        throw valueError(`${what} too big`);
      }
    }
  }

  private starred(what: 'width' | 'precision'): number {
    const value = intOf(this.argument());
    if (value === undefined) throw typeError('* wants int');
    if (what === 'width') {
      if (!isIndexSized(value)) {
        throw overflowError('Python int too large to convert to C ssize_t');
      }
    } else if (value > FORMAT_NUMBER_MAX || value < -FORMAT_NUMBER_MAX - 1) {
      throw overflowError('Python int too large to convert to C int');
    }
    return Number(value);
  }

  private argument(): Value {
    const value = this.items[this.next];
    if (value === undefined) throw typeError('not enough arguments for format string');
    this.next++;
    return value;
  }

  private text(value: Value, code: string): string {
    if (this.isBytes && (code === 's' || code === 'b')) return this.bytes(value);
    // In bytes, %r is %a: there are no other characters to show.
    if (code === 's') return this.asText('str', value, simpleStr(simple(value)));
    if (code === 'r' && !this.isBytes) return this.asText('repr', value, simpleRepr(simple(value)));
    return this.asText('ascii', value, simpleAscii(simple(value)));
  }

  private asText(question: Question, value: Value, known: string | typeof NEEDS_FLOW): string {
    if (known !== NEEDS_FLOW) return known;
    const answer = plain(this.answers.ask(question, value));
    return typeof answer === 'string' ? answer : '';
  }

  private bytes(value: Value): string {
    const base = plain(value);
    if (base instanceof Bytes || base instanceof ByteArray) return latin1Text(base.bytes);
    const isView = typeOf(value) === types.memoryview;
    if (isView || (value instanceof Instance && hasMethod(value, '__bytes__'))) {
      const answer = plain(this.answers.ask('bytes', value));
      if (answer instanceof Bytes) return latin1Text(answer.bytes);
    }
    throw typeError(
      '%b requires a bytes-like object, or an object that implements __bytes__, ' +
        `not '${typeName(value)}'`,
    );
  }

  /** The char of %c. */
  private char(value: Value): string {
    const base = plain(value);
    if (!this.isBytes && typeof base === 'string' && textLength(base) === 1) return base;
    if (this.isBytes && (base instanceof Bytes || base instanceof ByteArray)) {
      if (base.bytes.length === 1) return latin1Text(base.bytes);
    }
    let point = intOf(value);
    if (point === undefined && value instanceof Instance && hasMethod(value, '__index__')) {
      point = intOf(this.answers.ask('index', value));
    }
    const [limit, range] = this.isBytes ? [0xff, '256'] : [0x10ffff, '0x110000'];
    if (point === undefined) {
      throw typeError(
        this.isBytes
          ? '%c requires an integer in range(256) or a single byte'
          : '%c requires int or char',
      );
    }
    if (point < 0 || point > limit) throw overflowError(`%c arg not in range(${range})`);
    return String.fromCodePoint(Number(point));
  }

  private layText(text: string, flags: Flags, width: number, precision: number): string {
    let length = textLength(text);
    let shown = text;
    if (precision >= 0 && precision < length) {
      shown = textSlice(text, 0, precision);
      length = precision;
    }
    if (width <= length) return shown;
    if (width > TEXT_UNITS_MAX) throw memoryError();
    const padding = ' '.repeat(width - length);
    return flags.left ? shown + padding : padding + shown;
  }

  private layInt(
    value: Value,
    code: string,
    flags: Flags,
    width: number,
    precision: number,
  ): string {
    const int = this.int(value, code);
    const base = code === 'o' ? 8 : code === 'x' || code === 'X' ? 16 : 10;
    let digits = intDigits(int, base);
    if (precision > FORMAT_NUMBER_MAX - 3) throw overflowError('precision too large');
    if (precision > TEXT_UNITS_MAX) throw memoryError();
    digits = digits.padStart(precision, '0');
    let prefix = flags.alternate && base !== 10 ? (base === 8 ? '0o' : '0x') : '';
    if (code === 'X') {
      digits = digits.toUpperCase();
      prefix = prefix.toUpperCase();
    }
    return layNumber(int < 0, prefix, digits, flags, width);
  }

  private int(value: Value, code: string): Int {
    const int = intOf(value);
    if (int !== undefined) return int;
    const whole = 'xXo'.includes(code);
    const base = plain(value);
    if (!whole && base instanceof Float && !ownsMethod(value, '__int__')) {
      return truncate(base.value);
    }
    // One that has but a __trunc__ is no number.
    const methods = whole ? ['__index__'] : ['__int__', '__index__', '__float__'];
    if (value instanceof Instance && methods.some((name) => hasMethod(value, name))) {
      const answer = intOf(this.answers.ask(whole ? 'index' : 'int', value));
      if (answer !== undefined) return answer;
    }
    const shown = this.isBytes && 'iu'.includes(code) ? 'd' : code;
    const wanted = whole ? 'an integer' : 'a real number';
    throw typeError(`%${shown} format: ${wanted} is required, not ${typeName(value)}`);
  }

  private layFloat(
    value: Value,
    code: string,
    flags: Flags,
    width: number,
    precision: number,
  ): string {
    const double = this.double(value);
    const lower = code.toLowerCase() as 'e' | 'f' | 'g';
    const style = { alternate: flags.alternate, dotZero: false };
    let text = magnitudeText(double, lower, precision < 0 ? 6 : precision, style);
    if (lower !== code) text = text.toUpperCase();
    return layNumber(double < 0 || Object.is(double, -0), '', text, flags, width);
  }

  private double(value: Value): number {
    const base = plain(value);
    if (base instanceof Float) return base.value;
    const int = intOf(value);
    if (int !== undefined && !ownsMethod(value, '__float__')) return intToDouble(int);
    if (value instanceof Instance) {
      if (hasMethod(value, '__float__') || hasMethod(value, '__index__')) {
        const answer = plain(this.answers.ask('float', value));
        if (answer instanceof Float) return answer.value;
      }
    }
    throw typeError(
      this.isBytes
        ? `float argument required, not ${typeName(value)}`
        : `must be real number, not ${typeName(value)}`,
    );
  }
}

/** The widest field that can be written in digits: Py_ssize_t's room, less one digit. */
const WIDTH_MAX = 9.2e18;

/** Whether a subclass has put a method of its own in the place of its builtin base's. */
function ownsMethod(value: Value, name: string): boolean {
  return value instanceof Instance && !keepsMethod(value, name);
}

/** The plain value, if a subclass shows itself as its base does; else the instance. */
function simple(value: Value): Value {
  if (!(value instanceof Instance) || value.base === undefined) return value;
  // These show the name of the class.
  if (value.base instanceof ByteArray || value.base instanceof SetObject) return value;
  const keeps = keepsMethod(value, '__str__') && keepsMethod(value, '__repr__');
  return keeps ? value.base : value;
}

function layNumber(
  negative: boolean,
  prefix: string,
  digits: string,
  flags: Flags,
  width: number,
): string {
  const sign = negative ? '-' : flags.plus ? '+' : flags.blank ? ' ' : '';
  const missing = width - sign.length - prefix.length - digits.length;
  if (missing <= 0) return sign + prefix + digits;
  if (width > TEXT_UNITS_MAX) throw memoryError();
  if (flags.left) return sign + prefix + digits + ' '.repeat(missing);
  if (flags.zero) return sign + prefix + '0'.repeat(missing) + digits;
  return ' '.repeat(missing) + sign + prefix + digits;
}
