// str.format(): replacement fields.
//
//     'x {0.name[key]!r:>{width}} y'
//         literal, then a field: name, conversion, spec; the spec may hold fields itself
//
// Parsing and filling go hand in hand, as in CPython: a mistake late in the text
// is reported after what comes before it has been looked up.

import { List, Tuple } from './collections.ts';
import { Dict } from './dict.ts';
import { indexError, keyError, typeError, valueError } from './exception.ts';
import { formatValue } from './format-spec.ts';
import { NEEDS_FLOW } from './keys.ts';
import { INDEX_MAX, memoryError, TEXT_UNITS_MAX } from './limits.ts';
import { plain, typeName } from './plain.ts';
import { Answers, attempt, type Asked } from './plain-asked.ts';
import { simpleAscii, simpleRepr, simpleStr } from './plain-text.ts';
import { decimalValue } from './plain-unicode.ts';
import { textAt, textLength } from './text.ts';
import { integer, type Value } from './value.ts';

/** One replacement field as it is written. */
export interface Field {
  readonly name: string;
  /** The character after !, or empty. */
  readonly conversion: string;
  readonly spec: string;
  /** Whether the spec has fields of its own. */
  readonly nested: boolean;
}

/** Text as it stands, and the field after it if there is one. */
export interface Piece {
  readonly literal: string;
  readonly field: Field | null;
}

/** The pieces of a format string, one by one. Throws at the first mistake. */
export class PieceReader {
  private readonly text: string;
  private at = 0;

  constructor(text: string) {
    this.text = text;
  }

  /** The next piece; null at the end. */
  next(): Piece | null {
    const { text } = this;
    if (this.at >= text.length) return null;
    const start = this.at;
    while (this.at < text.length && !isBrace(text.charAt(this.at))) this.at++;
    if (this.at === text.length) return { literal: text.slice(start), field: null };
    const brace = text.charAt(this.at++);
    if (text.charAt(this.at) === brace) {
      // Doubled: one of the two belongs to the literal.
      return { literal: text.slice(start, this.at++), field: null };
    }
    if (brace === '}') throw valueError("Single '}' encountered in format string");
    if (this.at === text.length) throw valueError("Single '{' encountered in format string");
    return { literal: text.slice(start, this.at - 1), field: this.field() };
  }

  private field(): Field {
    const { text } = this;
    const start = this.at;
    let end = '';
    while (end === '' && this.at < text.length) {
      const char = text.charAt(this.at++);
      if (char === '{') throw valueError("unexpected '{' in field name");
      if (char === '[') {
        const close = text.indexOf(']', this.at);
        this.at = close < 0 ? text.length : close;
      } else if (char === '}' || char === ':' || char === '!') end = char;
    }
    if (end === '') throw valueError("expected '}' before end of string");
    const name = text.slice(start, this.at - 1);
    let conversion = '';
    if (end === '!') {
      if (this.at >= text.length) {
        throw valueError('end of string while looking for conversion specifier');
      }
      conversion = String.fromCodePoint(text.codePointAt(this.at) as number);
      this.at += conversion.length;
      if (this.at < text.length) {
        end = text.charAt(this.at++);
        if (end !== '}' && end !== ':') {
          throw valueError("expected ':' after conversion specifier");
        }
      }
    }
    return end === '}'
      ? { name, conversion, spec: '', nested: false }
      : this.spec(name, conversion);
  }

  private spec(name: string, conversion: string): Field {
    const start = this.at;
    let nested = false;
    for (let depth = 1; this.at < this.text.length;) {
      const char = this.text.charAt(this.at++);
      if (char === '{') {
        nested = true;
        depth++;
      } else if (char === '}' && --depth === 0) {
        return { name, conversion, spec: this.text.slice(start, this.at - 1), nested };
      }
    }
    throw valueError("unmatched '{' in format spec");
  }
}

function isBrace(char: string): boolean {
  return char === '{' || char === '}';
}

/** A step from a field's first object on: .name or [key]. */
export interface Step {
  readonly kind: 'attribute' | 'item';
  readonly key: string | number | bigint;
}

/** The name of a field: what is looked up first, and the steps from there, read one by one. */
export class FieldName {
  /** A position, a keyword, or '' for the next position. */
  readonly first: string | number | bigint;
  private readonly text: string;
  private at: number;

  constructor(text: string) {
    const end = text.search(/[.[]/);
    this.text = text;
    this.at = end < 0 ? text.length : end;
    const first = text.slice(0, this.at);
    this.first = position(first) ?? first;
  }

  /** The next step; null at the end. */
  next(): Step | null {
    if (this.at >= this.text.length) return null;
    const opening = this.text.charAt(this.at++);
    if (opening !== '.' && opening !== '[') {
      throw valueError("Only '.' or '[' may follow ']' in format field specifier");
    }
    const isItem = opening === '[';
    const rest = this.text.slice(this.at);
    const end = isItem ? rest.indexOf(']') : rest.search(/[.[]/);
    if (isItem && end < 0) throw valueError("Missing ']' in format string");
    const key = end < 0 ? rest : rest.slice(0, end);
    this.at += key.length + (isItem ? 1 : 0);
    if (key === '') throw valueError('Empty attribute in format string');
    if (!isItem) return { kind: 'attribute', key };
    return { kind: 'item', key: position(key) ?? key };
  }
}

/** A str of digits of any script as an int; undefined for any other. */
function position(text: string): number | bigint | undefined {
  if (text === '') return undefined;
  let value = 0n;
  for (const char of text) {
    const digit = decimalValue(char.codePointAt(0) as number);
    if (digit < 0) return undefined;
    value = value * 10n + BigInt(digit);
    if (value > INDEX_MAX) throw valueError('Too many decimal digits in format string');
  }
  return integer(value);
}

/** What fields are filled from; positional is null for format_map(). */
export interface FieldValues {
  readonly positional: readonly Value[] | null;
  /** A dict of keywords, or format_map()'s mapping. */
  readonly named: Value;
}

/** A spec may hold fields, whose specs may hold none. */
const NESTING_MAX = 2;

/** text.format(...); what only flow code can do is asked for (plain-asked.ts). */
export function formatFields(
  text: string,
  values: FieldValues,
  answers: readonly Value[],
): string | Asked {
  return attempt(() => new Filler(values, new Answers(answers)).fill(text, NESTING_MAX));
}

class Filler {
  private readonly values: FieldValues;
  private readonly answers: Answers;
  private numbering: 'none' | 'automatic' | 'manual' = 'none';
  private nextPosition = 0;

  constructor(values: FieldValues, answers: Answers) {
    this.values = values;
    this.answers = answers;
  }

  fill(text: string, depth: number): string {
    if (depth <= 0) throw valueError('Max string recursion exceeded');
    const reader = new PieceReader(text);
    let out = '';
    for (let piece = reader.next(); piece !== null; piece = reader.next()) {
      out += piece.literal;
      if (piece.field !== null) out += this.field(piece.field, depth);
      if (out.length > TEXT_UNITS_MAX) throw memoryError();
    }
    return out;
  }

  private field(field: Field, depth: number): string {
    let value = this.find(new FieldName(field.name));
    if (field.conversion !== '') value = this.convert(value, field.conversion);
    const spec = field.nested ? this.fill(field.spec, depth - 1) : field.spec;
    const text = formatValue(value, spec);
    if (text !== NEEDS_FLOW) return text;
    return asText(this.answers.ask('format', value, spec));
  }

  private convert(value: Value, conversion: string): string {
    switch (conversion) {
      case 's':
        return this.known(simpleStr(value), 'str', value);
      case 'r':
        return this.known(simpleRepr(value), 'repr', value);
      case 'a':
        return this.known(simpleAscii(value), 'ascii', value);
    }
    const point = conversion.codePointAt(0) as number;
    const shown = point > 32 && point < 127 ? conversion : `\\x${point.toString(16)}`;
    throw valueError(`Unknown conversion specifier ${shown}`);
  }

  private known(
    text: string | typeof NEEDS_FLOW,
    question: 'str' | 'repr' | 'ascii',
    value: Value,
  ): string {
    return text === NEEDS_FLOW ? asText(this.answers.ask(question, value)) : text;
  }

  private find(name: FieldName): Value {
    let value = this.first(name.first);
    for (let step = name.next(); step !== null; step = name.next()) {
      value = this.step(value, step);
    }
    return value;
  }

  private first(first: string | number | bigint): Value {
    if (typeof first === 'string' && first !== '') return this.named(first);
    const numbering = first === '' ? 'automatic' : 'manual';
    if (this.numbering === 'none') this.numbering = numbering;
    else if (this.numbering !== numbering) {
      throw valueError(
        numbering === 'automatic'
          ? 'cannot switch from manual field specification to automatic field numbering'
          : 'cannot switch from automatic field numbering to manual field specification',
      );
    }
    const at = first === '' ? this.nextPosition++ : first;
    const { positional } = this.values;
    if (positional === null) throw valueError('Format string contains positional fields');
    const value = positional[Number(at)];
    if (value === undefined) {
      throw indexError(`Replacement index ${at} out of range for positional args tuple`);
    }
    return value;
  }

  private named(key: string): Value {
    const { named } = this.values;
    if (named instanceof Dict) {
      const value = named.get(key);
      if (value === undefined) throw keyError(key);
      if (typeof value !== 'symbol') return value;
    }
    return this.answers.ask('item', named, key);
  }

  private step(value: Value, { kind, key }: Step): Value {
    if (kind === 'attribute') return this.answers.ask('attribute', value, key);
    if (value instanceof Dict) {
      const item = value.get(key);
      if (item === undefined) throw keyError(key);
      if (typeof item !== 'symbol') return item;
    }
    if ((value instanceof List || value instanceof Tuple) && typeof key !== 'string') {
      const item = value.items[Number(key)];
      if (item !== undefined) return item;
    }
    if (typeof value === 'string' && typeof key === 'number' && key < textLength(value)) {
      return textAt(value, key);
    }
    return this.answers.ask('item', value, key);
  }
}

/** An answer that is to be a str. */
function asText(value: Value): string {
  const text = plain(value);
  if (typeof text === 'string') return text;
  throw typeError(`__format__ must return a str, not ${typeName(value)}`);
}
