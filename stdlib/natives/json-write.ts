// Values to JSON text, as CPython's json.dumps writes it.
//
//     {'a': [1, 2.5]} ──▶ containers that are open, in a list ──▶ '{"a": [1, 2.5]}'
//
// Where flow code would have to run (a `default` function, an `items()` of one's own, keys that
// only `sorted` can order) it gives up, and json.flow writes the value instead.
//
// Invariants:
//
//   JW1. No recursion: depth is bounded by `depthMax`, beyond it RecursionError.
//   JW2. The text is never longer than TEXT_UNITS_MAX.

import { List, Tuple } from '../../vm/values/collections.ts';
import { Dict } from '../../vm/values/dict.ts';
import { raised, typeError, valueError } from '../../vm/values/exception.ts';
import { floatText } from '../../vm/values/float-text.ts';
import { intText } from '../../vm/values/int-text.ts';
import { memoryError, TEXT_UNITS_MAX } from '../../vm/values/limits.ts';
import { keepsMethod, plain } from '../../vm/values/plain.ts';
import { compareText } from '../../vm/values/text.ts';
import { Instance } from '../../vm/values/type.ts';
import { typeOf } from '../../vm/values/typeof.ts';
import { types } from '../../vm/values/types.ts';
import { Float, type Value } from '../../vm/values/value.ts';
import { FunctionObject } from '../../vm/machine/function.ts';

export interface JsonWriteOptions {
  readonly depthMax: number;
  readonly skipKeys: boolean;
  readonly ensureAscii: boolean;
  readonly checkCircular: boolean;
  readonly allowNan: boolean;
  /** Text of one step of indentation; null for all on one line. */
  readonly indent: string | null;
  readonly itemSeparator: string;
  readonly keySeparator: string;
  readonly sortKeys: boolean;
  /** Whether flow code has a say in what is no JSON value. */
  readonly hasDefault: boolean;
}

/** As json.dumps(value) writes by default. */
export const PLAIN_JSON: JsonWriteOptions = {
  depthMax: 1000,
  skipKeys: false,
  ensureAscii: true,
  checkCircular: true,
  allowNan: true,
  indent: null,
  itemSeparator: ', ',
  keySeparator: ': ',
  sortKeys: false,
  hasDefault: false,
};

interface Open {
  readonly container: Value;
  readonly keys: readonly Value[] | null;
  readonly values: readonly Value[];
  at: number;
  /** Whether something has been written in it. */
  begun: boolean;
}

/** Whether a subclass of dict has an items() of its own: but OrderedDict's gives what is there. */
function hasOwnItems(value: Instance): boolean {
  const items = value.cls.lookup('items');
  if (items instanceof FunctionObject && items.module.unit.module.isLibrary) return false;
  return !keepsMethod(value, 'items');
}

/** The text; undefined where only flow code can go on. */
export function writeJson(value: Value, options: JsonWriteOptions): string | undefined {
  return new JsonWriter(options).write(value);
}

class JsonWriter {
  private readonly options: JsonWriteOptions;
  private readonly open: Open[] = [];
  private readonly inside = new Set<Value>();
  private readonly parts: string[] = [];
  private units = 0;

  constructor(options: JsonWriteOptions) {
    this.options = options;
  }

  write(root: Value): string | undefined {
    if (!this.begin(root)) return undefined;
    for (let top = this.open.at(-1); top !== undefined; top = this.open.at(-1)) {
      if (top.at >= top.values.length) {
        this.close(top);
        continue;
      }
      const { at } = top;
      top.at++;
      if (top.keys !== null) {
        const key = this.keyText(top.keys[at] as Value);
        if (key === undefined) continue;
        this.separate(top);
        this.put(jsonText(key, this.options.ensureAscii) + this.options.keySeparator);
      } else this.separate(top);
      if (!this.begin(top.values[at] as Value)) return undefined;
    }
    return this.parts.join('');
  }

  private put(text: string): void {
    this.units += text.length;
    if (this.units > TEXT_UNITS_MAX) throw memoryError();
    this.parts.push(text);
  }

  /** What stands before an element. */
  private separate(top: Open): void {
    const { indent, itemSeparator } = this.options;
    const comma = top.begun ? itemSeparator : '';
    top.begun = true;
    this.put(indent === null ? comma : `${comma}\n${indent.repeat(this.open.length)}`);
  }

  private close(top: Open): void {
    this.open.pop();
    this.inside.delete(top.container);
    const { indent } = this.options;
    if (indent !== null) {
      // CPython writes the first line's indent though every key of the dict was left out.
      if (!top.begun) this.put(`\n${indent.repeat(this.open.length + 1)}`);
      this.put(`\n${indent.repeat(this.open.length)}`);
    }
    this.put(top.keys === null ? ']' : '}');
  }

  /** Write a leaf, or open a container; false if flow code must do it. */
  private begin(value: Value): boolean {
    const base = plain(value);
    if (typeof base === 'string') this.put(jsonText(base, this.options.ensureAscii));
    else if (base === null) this.put('null');
    else if (typeof base === 'boolean') this.put(base ? 'true' : 'false');
    else if (typeof base === 'number' || typeof base === 'bigint') this.put(intText(base));
    else if (base instanceof Float) this.put(this.float(base.value));
    else if (base instanceof List || base instanceof Tuple) this.enter(value, null, base.items);
    else if (base instanceof Dict) return this.beginDict(value, base);
    else if (this.options.hasDefault) return false;
    else throw typeError(`Object of type ${typeOf(value).shortName} is not JSON serializable`);
    return true;
  }

  private float(value: number): string {
    if (Number.isFinite(value)) return floatText(value);
    if (!this.options.allowNan) {
      throw valueError('Out of range float values are not JSON compliant');
    }
    if (Number.isNaN(value)) return 'NaN';
    return value > 0 ? 'Infinity' : '-Infinity';
  }

  private beginDict(value: Value, dict: Dict): boolean {
    if (value instanceof Instance && hasOwnItems(value)) return false;
    let pairs = [...dict.entries()];
    if (this.options.sortKeys) {
      const sorted = sortPairs(pairs);
      if (sorted === undefined) return false;
      pairs = sorted;
    }
    this.enter(
      value,
      pairs.map(([key]) => key),
      pairs.map(([, each]) => each),
    );
    return true;
  }

  private enter(container: Value, keys: readonly Value[] | null, values: readonly Value[]): void {
    if (values.length === 0) {
      this.put(keys === null ? '[]' : '{}');
      return;
    }
    if (this.options.checkCircular && this.inside.has(container)) {
      throw valueError('Circular reference detected');
    }
    if (this.open.length >= this.options.depthMax) {
      throw raised(
        types.RecursionError,
        'maximum recursion depth exceeded while encoding a JSON object',
      );
    }
    this.inside.add(container);
    this.open.push({ container, keys, values, at: 0, begun: false });
    this.put(keys === null ? '[' : '{');
  }

  /** A key as text; undefined if it is to be left out. */
  private keyText(key: Value): string | undefined {
    const base = plain(key);
    if (typeof base === 'string') return base;
    if (base instanceof Float) return this.float(base.value);
    if (base === null) return 'null';
    if (typeof base === 'boolean') return base ? 'true' : 'false';
    if (typeof base === 'number' || typeof base === 'bigint') return intText(base);
    if (this.options.skipKeys) return undefined;
    throw typeError(`keys must be str, int, float, bool or None, not ${typeOf(key).shortName}`);
  }
}

type Pair = [Value, Value];

/** Pairs in the order of their keys, if the host can tell; undefined if not. */
function sortPairs(pairs: readonly Pair[]): Pair[] | undefined {
  if (pairs.every(([key]) => typeof key === 'string')) {
    return pairs.toSorted(([a], [b]) => compareText(a as string, b as string));
  }
  if (pairs.every(([key]) => typeof key === 'number')) {
    return pairs.toSorted(([a], [b]) => (a as number) - (b as number));
  }
  return undefined;
}

// oxlint-disable-next-line no-control-regex -- what JSON does not allow in a string
const UNSAFE = /["\\\u0000-\u001f]/g;
/** The same, and all that is not printable ASCII: DEL too, which is a control character. */
const UNSAFE_ASCII = /["\\]|[^\u0020-\u007e]/g;

const SHORT: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
};

/** A str as a JSON string. */
export function jsonText(text: string, ensureAscii: boolean): string {
  const quoted = text.replace(
    ensureAscii ? UNSAFE_ASCII : UNSAFE,
    (char) => SHORT[char] ?? `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return `"${quoted}"`;
}
