// JSON text to values, as CPython's json.loads reads it.
//
//     '{"a": [1, 2.5]}' ──▶ scan ──▶ Builder ──▶ values, or a flat list of steps
//
// What is accepted, and where and how a text is found wrong, are CPython's C scanner's: the same
// messages at the same positions. Ints are exact, NaN and the infinities are taken.
//
// There are two builders. One makes dicts and lists. The other, for hooks that only flow code
// can call, writes down what to do, children before parents, which is the order of the hooks.
//
// Invariants:
//
//   JR1. No recursion: containers that are open stand in a list, bounded by `depthMax`.
//   JR2. Work is linear in the text.

import { List, Tuple } from '../../vm/values/collections.ts';
import { Dict } from '../../vm/values/dict.ts';
import { raised } from '../../vm/values/exception.ts';
import { intFromText } from '../../vm/values/number-parse.ts';
import { types } from '../../vm/values/types.ts';
import { Float, type Value } from '../../vm/values/value.ts';

/** What was found, or why the text is no JSON. `at` and `end` count UTF-16 units. */
export type JsonRead =
  | { readonly kind: 'value'; readonly value: Value; readonly end: number }
  | { readonly kind: 'wrong'; readonly message: string; readonly at: number };

export interface JsonReadOptions {
  /** Containers within containers; beyond it RecursionError, as CPython raises it. */
  readonly depthMax: number;
  /** Control characters inside strings are mistakes. */
  readonly strict?: boolean;
  /** Steps for hooks instead of a value: a list of (kind, payload) tuples. */
  readonly flat?: boolean;
}

/** Kinds of the steps of a flat reading; json.flow reads them. */
export const STEP = { value: 0, int: 1, float: 2, constant: 3, list: 4, object: 5 } as const;

/** Something wrong with the text; caught in readJson. */
class Wrong extends Error {
  readonly at: number;

  constructor(message: string, at: number) {
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = 0;
    super(message);
    Error.stackTraceLimit = limit;
    this.at = at;
  }
}

/** One value from `start` on; `end` is the unit after it. */
export function scanJson(text: string, start: number, options: JsonReadOptions): JsonRead {
  try {
    const scanner = new Scanner(text, options);
    scanner.at = start;
    const value = scanner.read();
    return { kind: 'value', value, end: scanner.at };
  } catch (problem) {
    if (!(problem instanceof Wrong)) throw problem;
    return { kind: 'wrong', message: problem.message, at: problem.at };
  }
}

/** A text that is one value with blanks around it. */
export function readJson(text: string, options: JsonReadOptions): JsonRead {
  const result = scanJson(text, skipBlanks(text, 0), options);
  if (result.kind === 'wrong') return result;
  const end = skipBlanks(text, result.end);
  if (end < text.length) return { kind: 'wrong', message: 'Extra data', at: end };
  return { ...result, end };
}

export function skipBlanks(text: string, from: number): number {
  let at = from;
  for (; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit !== 0x20 && unit !== 0x0a && unit !== 0x0d && unit !== 0x09) break;
  }
  return at;
}

/** Where values go as they are read, children before parents. */
interface Builder {
  value(value: Value): void;
  number(text: string, isFloat: boolean): void;
  constant(name: string, value: Float): void;
  key(key: string): void;
  open(isObject: boolean): void;
  close(isObject: boolean): void;
  result(): Value;
}

type Container = List | { readonly dict: Dict; key: string };

class ValueBuilder implements Builder {
  private readonly open_: Container[] = [];
  private top: Container | undefined;
  private root: Value = null;

  value(value: Value): void {
    const { top } = this;
    if (top === undefined) this.root = value;
    else if (top instanceof List) top.items.push(value);
    else top.dict.set(top.key, value);
  }

  number(text: string, isFloat: boolean): void {
    this.value(isFloat ? new Float(Number(text)) : intFromText(text));
  }

  constant(_name: string, value: Float): void {
    this.value(value);
  }

  key(key: string): void {
    if (this.top !== undefined && !(this.top instanceof List)) this.top.key = key;
  }

  open(isObject: boolean): void {
    const made = isObject ? { dict: new Dict(), key: '' } : new List([]);
    this.value(made instanceof List ? made : made.dict);
    if (this.top !== undefined) this.open_.push(this.top);
    this.top = made;
  }

  close(): void {
    this.top = this.open_.pop();
  }

  result(): Value {
    return this.root;
  }
}

class FlatBuilder implements Builder {
  private readonly steps: Value[] = [];
  private readonly counts: number[] = [];

  private step(kind: number, payload: Value): void {
    this.steps.push(new Tuple([kind, payload]));
    this.count();
  }

  /** One more element in the container that is open. */
  private count(): void {
    const last = this.counts.length - 1;
    if (last >= 0) this.counts[last] = (this.counts[last] ?? 0) + 1;
  }

  value(value: Value): void {
    this.step(STEP.value, value);
  }

  number(text: string, isFloat: boolean): void {
    this.step(isFloat ? STEP.float : STEP.int, text);
  }

  constant(name: string): void {
    this.step(STEP.constant, name);
  }

  key(key: string): void {
    this.steps.push(new Tuple([STEP.value, key]));
  }

  open(): void {
    this.counts.push(0);
  }

  close(isObject: boolean): void {
    this.step(isObject ? STEP.object : STEP.list, this.counts.pop() ?? 0);
  }

  result(): Value {
    return new List(this.steps);
  }
}

const NUMBER = /-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?/y;
/** Characters of a string up to what needs a look. */
// oxlint-disable-next-line no-control-regex -- what a JSON string may not hold as it is
const PLAIN = /[^"\\\u0000-\u001f]*/y;
const PLAIN_LOOSE = /[^"\\]*/y;
const HEX = /^[0-9a-fA-F]{4}$/;

const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};

const WORDS: Readonly<Record<string, readonly [word: string, value: Value]>> = {
  n: ['null', null],
  t: ['true', true],
  f: ['false', false],
};

const CONSTANTS: Readonly<Record<string, readonly [word: string, value: number]>> = {
  N: ['NaN', NaN],
  I: ['Infinity', Infinity],
  '-': ['-Infinity', -Infinity],
};

class Scanner {
  at = 0;
  private readonly text: string;
  private readonly strict: boolean;
  private readonly depthMax: number;
  private readonly builder: Builder;
  /** The containers that are open: true for an object. */
  private readonly open: boolean[] = [];

  constructor(text: string, options: JsonReadOptions) {
    this.text = text;
    this.strict = options.strict ?? true;
    this.depthMax = options.depthMax;
    this.builder = options.flat === true ? new FlatBuilder() : new ValueBuilder();
  }

  read(): Value {
    // Each turn begins where a value must stand, and ends where the next one must.
    for (;;) {
      const char = this.text.charAt(this.at);
      if (char === '{' || char === '[') {
        if (!this.enter(char === '{')) continue;
      } else if (char === '"') this.builder.value(this.string());
      else if (!this.word(char)) this.number();
      if (this.isComplete()) return this.builder.result();
    }
  }

  /** Open a container; true if it is empty, and closed again. */
  private enter(isObject: boolean): boolean {
    if (this.open.length >= this.depthMax) {
      const what = isObject ? 'object' : 'array';
      throw raised(
        types.RecursionError,
        `maximum recursion depth exceeded while decoding a JSON ${what} from a unicode string`,
      );
    }
    this.open.push(isObject);
    this.builder.open(isObject);
    this.at = skipBlanks(this.text, this.at + 1);
    if (this.text.charAt(this.at) === (isObject ? '}' : ']')) {
      this.close();
      return true;
    }
    if (isObject) this.property();
    return false;
  }

  private close(): void {
    this.at++;
    this.builder.close(this.open.pop() === true);
  }

  /**
   * After a value: close what closes; whether there was a comma, and so more to come, or the end.
   */
  private isComplete(): boolean {
    for (;;) {
      const isObject = this.open.at(-1);
      if (isObject === undefined) return true;
      this.at = skipBlanks(this.text, this.at);
      const char = this.text.charAt(this.at);
      if (char !== (isObject ? '}' : ']')) {
        if (char !== ',') throw new Wrong("Expecting ',' delimiter", this.at);
        this.at = skipBlanks(this.text, this.at + 1);
        if (isObject) this.property();
        return false;
      }
      this.close();
    }
  }

  /** A key and its colon. */
  private property(): void {
    const { text } = this;
    if (text.charAt(this.at) !== '"') {
      throw new Wrong('Expecting property name enclosed in double quotes', this.at);
    }
    this.builder.key(this.string());
    this.at = skipBlanks(text, this.at);
    if (text.charAt(this.at) !== ':') throw new Wrong("Expecting ':' delimiter", this.at);
    this.at = skipBlanks(text, this.at + 1);
  }

  private word(char: string): boolean {
    const row = WORDS[char];
    if (row !== undefined && this.text.startsWith(row[0], this.at)) {
      this.at += row[0].length;
      this.builder.value(row[1]);
      return true;
    }
    const constant = CONSTANTS[char];
    if (constant === undefined || !this.text.startsWith(constant[0], this.at)) return false;
    this.at += constant[0].length;
    this.builder.constant(constant[0], new Float(constant[1]));
    return true;
  }

  private number(): void {
    NUMBER.lastIndex = this.at;
    const match = NUMBER.exec(this.text);
    if (match === null) throw new Wrong('Expecting value', this.at);
    this.at += match[0].length;
    this.builder.number(match[0], match[1] !== undefined || match[2] !== undefined);
  }

  /** The string whose opening quote stands here. */
  private string(): string {
    const { text } = this;
    const begin = this.at;
    const plain = this.strict ? PLAIN : PLAIN_LOOSE;
    let value = '';
    let at = begin + 1;
    for (;;) {
      plain.lastIndex = at;
      const run = plain.exec(text)?.[0] ?? '';
      value += run;
      at += run.length;
      const char = text.charAt(at);
      if (char === '"') {
        this.at = at + 1;
        return value;
      }
      if (char === '') throw new Wrong('Unterminated string starting at', begin);
      if (char !== '\\') throw new Wrong('Invalid control character at', at);
      const escape = text.charAt(at + 1);
      if (escape === '') throw new Wrong('Unterminated string starting at', begin);
      if (escape === 'u') {
        value += this.codeUnit(at);
        at += 6;
        continue;
      }
      const meant = ESCAPES[escape];
      if (meant === undefined) throw new Wrong('Invalid \\escape', at);
      value += meant;
      at += 2;
    }
  }

  /** `\uXXXX`; halves of a pair written one after the other become one character by themselves. */
  private codeUnit(at: number): string {
    const digits = this.text.slice(at + 2, at + 6);
    // CPython wants one more character than the digits: the closing quote at least.
    if (at + 6 >= this.text.length || !HEX.test(digits)) {
      throw new Wrong('Invalid \\uXXXX escape', at + 1);
    }
    return String.fromCharCode(Number.parseInt(digits, 16));
  }
}
