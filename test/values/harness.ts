// Runs expectation tables: lines of one call each, and what CPython 3.11 says.
//
//     str.center('ab', 5, '*') -> '**ab*'
//     int('x') !! ValueError: invalid literal for int() with base 10: 'x'
//
// The tables are made by tables/generate.py with CPython. Here the call is read,
// done by the native (or the pure function) of that name, and its result written
// as Python writes it, so that the two texts can be compared.

import {
  absolute,
  binary,
  divmod,
  power,
  unary,
  type BinaryOp,
} from '../../vm/values/arithmetic.ts';
import { binarySequence } from '../../vm/values/arithmetic-sequence.ts';
import { ByteArray, Bytes, List, Range, Slice, Tuple } from '../../vm/values/collections.ts';
import { equals, order, UNSUPPORTED, type OrderOperator } from '../../vm/values/compare.ts';
import { Dict } from '../../vm/values/dict.ts';
import { Raised, type ExceptionObject } from '../../vm/values/exception.ts';
import { formatValue } from '../../vm/values/format-spec.ts';
import { hashValue } from '../../vm/values/hash.ts';
import { intPrefixed } from '../../vm/values/int-text.ts';
import { intOf } from '../../vm/values/plain.ts';
import { escapePoint, simpleAscii, simpleRepr } from '../../vm/values/plain-text.ts';
import { SetObject } from '../../vm/values/set.ts';
import { textAt, textLength } from '../../vm/values/text.ts';
import { typeOf } from '../../vm/values/typeof.ts';
import { types } from '../../vm/values/types.ts';
import { Float, integer, type Value } from '../../vm/values/value.ts';
import { bindNative } from '../../vm/machine/bind-native.ts';
import { DECLINED, TailCall, type Native, type NativeContext } from '../../vm/machine/native.ts';
import { Registry } from '../../vm/machine/registry.ts';
import * as bool from '../../stdlib/natives/bool.ts';
import * as bytes from '../../stdlib/natives/bytes.ts';
import * as bytesArray from '../../stdlib/natives/bytes-array.ts';
import * as bytesBuild from '../../stdlib/natives/bytes-build.ts';
import * as bytesOperators from '../../stdlib/natives/bytes-operators.ts';
import * as float from '../../stdlib/natives/float.ts';
import * as int from '../../stdlib/natives/int.ts';
import * as intOperators from '../../stdlib/natives/int-operators.ts';
import * as math from '../../stdlib/natives/math.ts';
import * as str from '../../stdlib/natives/str.ts';
import * as strBuild from '../../stdlib/natives/str-build.ts';
import * as strOperators from '../../stdlib/natives/str-operators.ts';

export const registry = new Registry(
  [
    bool,
    bytes,
    bytesArray,
    bytesBuild,
    bytesOperators,
    float,
    int,
    intOperators,
    math,
    str,
    strBuild,
    strOperators,
  ].flatMap(({ rows }) => rows),
  [...int.attributes, ...float.attributes],
);

/** Nothing here may ask the machine for anything. */
const context = new Proxy({} as NativeContext, {
  get(_target, name) {
    throw new Error(`a native asked for ${String(name)}`);
  },
});

type Result = Value | typeof DECLINED;

/** A call of a native, as the machine would make it. */
export function callNative(
  name: string,
  args: readonly Value[],
  keywords: ReadonlyMap<string, Value> | null = null,
): Result {
  const native = registry.newestNative(name);
  if (native === undefined) throw new Error(`no native ${name}`);
  return callRow(native, args, keywords);
}

function callRow(
  native: Native,
  args: readonly Value[],
  keywords: ReadonlyMap<string, Value> | null,
): Result {
  const result = native.row.run(context, ...bindNative(native, args, keywords));
  if (result instanceof TailCall) throw new Error('a tail call');
  return result;
}

const BINARY: Readonly<Record<string, BinaryOp>> = {
  add: '+',
  sub: '-',
  mul: '*',
  truediv: '/',
  floordiv: '//',
  mod: '%',
  pow: '**',
  lshift: '<<',
  rshift: '>>',
  and_: '&',
  or_: '|',
  xor: '^',
};
const ORDER: Readonly<Record<string, OrderOperator>> = { lt: '<', le: '<=', gt: '>', ge: '>=' };

function unknownPair(result: Value | symbol | undefined): Value {
  if (result === undefined || typeof result === 'symbol') {
    return result === UNSUPPORTED ? 'UNSUPPORTED' : 'NEEDS FLOW';
  }
  return result;
}

function operate(name: string, a: Value, b: Value): Value {
  const symbol = BINARY[name];
  if (symbol !== undefined) {
    const value = binary(symbol, a, b);
    if (value !== undefined) return value;
    if (symbol === '+' || symbol === '*') return unknownPair(binarySequence(symbol, a, b));
    return 'UNSUPPORTED';
  }
  const ordering = ORDER[name];
  if (ordering !== undefined) return unknownPair(order(ordering, a, b));
  const same = unknownPair(equals(a, b));
  return name === 'ne' ? !same : same;
}

/** Functions that are no natives: the pure ones of vm/values, under Python's names. */
const FUNCTIONS: Readonly<Record<string, (...args: Value[]) => Value | symbol | undefined>> = {
  abs: absolute,
  ascii: simpleAscii,
  bin: (x) => intPrefixed(intOf(x) ?? 0, 2),
  divmod,
  format: (x, spec) => formatValue(x, spec as string),
  hash: (x) => {
    const hash = hashValue(x, () => 0);
    return typeof hash === 'symbol' ? 'NEEDS FLOW' : hash;
  },
  hex: (x) => intPrefixed(intOf(x) ?? 0, 16),
  oct: (x) => intPrefixed(intOf(x) ?? 0, 8),
  pow: (a, b, m) => (m === undefined ? binary('**', a, b) : power(a, b, m)),
  repr: simpleRepr,
  'operator.neg': (a) => unary('-', a),
  'operator.pos': (a) => unary('+', a),
  'operator.inv': (a) => unary('~', a),
};

function perform(
  name: string,
  args: readonly Value[],
  keywords: Map<string, Value> | null,
): Result {
  const pure = FUNCTIONS[name];
  if (pure !== undefined) {
    const result = pure(...args);
    return result === undefined || typeof result === 'symbol' ? 'NEEDS FLOW' : result;
  }
  if (name.startsWith('operator.')) return operate(name.slice(9), args[0] ?? null, args[1] ?? null);
  if (name === 'mutated') {
    const [method, self, ...rest] = args as [string, Value, ...Value[]];
    const result = callNative(`${typeOf(self).name}.${method}`, [self, ...rest], keywords);
    return result === DECLINED ? DECLINED : new Tuple([result, self]);
  }
  if (name in types) {
    const cls = types[name as keyof typeof types];
    return callNative(`${name}.__new__`, [cls, ...args], keywords);
  }
  const native = registry.newestNative(name);
  if (native?.parameters[0]?.name === 'cls') {
    const cls = types[name.slice(0, name.indexOf('.')) as keyof typeof types];
    return callNative(name, [cls, ...args], keywords);
  }
  return callNative(name, args, keywords);
}

/** repr() of a result, containers too. */
export function show(value: Value): string {
  const list = (items: Iterable<Value>): string => Array.from(items, show).join(', ');
  if (value instanceof List) return `[${list(value.items)}]`;
  if (value instanceof Tuple) return `(${list(value.items)}${value.items.length === 1 ? ',' : ''})`;
  if (value instanceof Dict) {
    return `{${Array.from(value.entries(), ([k, v]) => `${show(k)}: ${show(v)}`).join(', ')}}`;
  }
  if (typeof value === 'bigint') return value.toString();
  const text = simpleRepr(value);
  return typeof text === 'string' ? text : `<${typeOf(value).name}>`;
}

/** `ValueError: text`, as the last line of a traceback has it. */
export function showError({ cls, args }: ExceptionObject): string {
  const { items } = args;
  const [first] = items;
  if (cls.name === 'UnicodeDecodeError' || cls.name === 'UnicodeEncodeError') {
    return `${cls.name}: ${unicodeMessage(items)}`;
  }
  if (first === undefined) return `${cls.name}: `;
  if (items.length > 1) return `${cls.name}: ${show(args)}`;
  const asRepr = typeof first !== 'string' || cls.name === 'KeyError';
  return `${cls.name}: ${asRepr ? show(first) : first}`;
}

function unicodeMessage(items: readonly Value[]): string {
  const [encoding, object, start, end, reason] = items as [string, Value, number, number, string];
  const range = end === start + 1 ? `${start}` : `${start}-${end - 1}`;
  const single = end === start + 1;
  if (object instanceof Bytes) {
    const byte = (object.bytes[start] ?? 0).toString(16).padStart(2, '0');
    const what = single ? `byte 0x${byte}` : 'bytes';
    return `'${encoding}' codec can't decode ${what} in position ${range}: ${reason}`;
  }
  const text = object as string;
  const char = start < textLength(text) ? (textAt(text, start).codePointAt(0) as number) : 0;
  const what = single ? `character '${escapePoint(char)}'` : 'characters';
  return `'${encoding}' codec can't encode ${what} in position ${range}: ${reason}`;
}

/** What a line's call gives: ` -> repr` or ` !! error`. */
export function answer(call: Call): string {
  try {
    const result = perform(call.name, call.args, call.keywords);
    return ` -> ${result === DECLINED ? 'DECLINED' : show(result)}`;
  } catch (error) {
    if (error instanceof Raised) return ` !! ${showError(error.exception)}`;
    throw error;
  }
}

export interface Call {
  readonly name: string;
  readonly args: Value[];
  readonly keywords: Map<string, Value> | null;
  /** Where the call ends in the line. */
  readonly end: number;
}

/** Reads one call of literals. */
export function parseCall(line: string): Call {
  const parser = new Parser(line);
  const name = parser.name();
  const { args, keywords } = parser.callArguments();
  return { name, args, keywords, end: parser.at };
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };

class Parser {
  private readonly text: string;
  at = 0;

  constructor(text: string) {
    this.text = text;
  }

  private skip(): void {
    while (this.text.charAt(this.at) === ' ') this.at++;
  }

  private take(char: string): boolean {
    this.skip();
    if (!this.text.startsWith(char, this.at)) return false;
    this.at += char.length;
    return true;
  }

  private match(pattern: RegExp): string | null {
    this.skip();
    const found = pattern.exec(this.text.slice(this.at));
    if (found === null) return null;
    this.at += found[0].length;
    return found[0];
  }

  name(): string {
    return this.match(/^[A-Za-z_][\w.]*/) ?? this.fail('a name');
  }

  private fail(wanted: string): never {
    throw new Error(`${wanted} expected at ${this.at} of ${this.text}`);
  }

  callArguments(): { args: Value[]; keywords: Map<string, Value> | null } {
    if (!this.take('(')) this.fail('(');
    const args: Value[] = [];
    let keywords: Map<string, Value> | null = null;
    while (!this.take(')')) {
      const keyword = this.match(/^[A-Za-z_]\w*=/);
      const value = this.value();
      if (keyword === null) args.push(value);
      else (keywords ??= new Map()).set(keyword.slice(0, -1), value);
      this.take(',');
    }
    return { args, keywords };
  }

  private items(close: string): { items: Value[]; comma: boolean } {
    const items: Value[] = [];
    let comma = false;
    while (!this.take(close)) {
      items.push(this.value());
      comma = this.take(',');
    }
    return { items, comma };
  }

  private value(): Value {
    this.skip();
    const number = this.match(/^-?(?:\d+(?:\.\d*)?(?:e[+-]?\d+)?|inf\b|nan\b)/);
    if (number !== null) return numberOf(number);
    if (this.take('[')) return new List(this.items(']').items);
    if (this.take('(')) {
      const { items, comma } = this.items(')');
      const [only] = items;
      return items.length === 1 && !comma && only !== undefined ? only : new Tuple(items);
    }
    if (this.take('{')) return this.braces();
    if (this.match(/^b(?=['"])/) !== null) {
      return new Bytes(Uint8Array.from(Buffer.from(this.quoted(), 'latin1')));
    }
    if (/^['"]/.test(this.text.slice(this.at, this.at + 1))) return this.quoted();
    return this.named();
  }

  private braces(): Value {
    const dict = new Dict();
    const set = new SetObject();
    while (!this.take('}')) {
      const key = this.value();
      if (this.take(':')) dict.set(key, this.value());
      else set.add(key);
      this.take(',');
    }
    return set.size > 0 ? set : dict;
  }

  private quoted(): string {
    const quote = this.text.charAt(this.at++);
    let out = '';
    for (;;) {
      const char = this.text.charAt(this.at++);
      if (char === quote) return out;
      if (char === '') this.fail(quote);
      if (char !== '\\') {
        out += char;
        continue;
      }
      const escaped = this.text.charAt(this.at++);
      const width = { x: 2, u: 4, U: 8 }[escaped];
      if (width === undefined) out += ESCAPES[escaped] ?? escaped;
      else {
        out += String.fromCodePoint(Number.parseInt(this.text.slice(this.at, this.at + width), 16));
        this.at += width;
      }
    }
  }

  private named(): Value {
    const name = this.name();
    const constants: Readonly<Record<string, Value>> = { None: null, True: true, False: false };
    const constant = constants[name];
    if (constant !== undefined) return constant;
    const { args } = this.callArguments();
    const ints = args as (number | bigint)[];
    switch (name) {
      case 'bytearray':
        return new ByteArray(((args[0] as Bytes | undefined)?.bytes ?? new Uint8Array(0)).slice());
      case 'range':
        return args.length === 1
          ? new Range(0, ints[0] ?? 0, 1)
          : new Range(ints[0] ?? 0, ints[1] ?? 0, ints[2] ?? 1);
      case 'slice':
        return new Slice(args[0] ?? null, args[1] ?? null, args[2] ?? null);
      case 'set':
      case 'frozenset': {
        const set = new SetObject(name === 'frozenset');
        const [from] = args;
        if (from instanceof SetObject) for (const item of from.items()) set.add(item);
        return set;
      }
      default:
        return this.fail('a value');
    }
  }
}

function numberOf(text: string): Value {
  if (/[.en]/.test(text)) {
    return new Float(Number(text.replace('inf', 'Infinity').replace('nan', 'NaN')));
  }
  return integer(BigInt(text));
}

/** Lines of a table that do not come out as CPython has them, with what came instead. */
export function mismatches(table: string): string[] {
  const wrong: string[] = [];
  for (const line of table.split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    const call = parseCall(line);
    const found = answer(call);
    if (found !== line.slice(call.end)) wrong.push(`${line}\n    here:${found}`);
  }
  return wrong;
}
