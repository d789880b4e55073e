// Methods of str that put strs together: str(), join, format, encode, translate.

import { Bytes, List, Tuple } from '../../vm/values/collections.ts';
import { Dict } from '../../vm/values/dict.ts';
import { typeError, valueError } from '../../vm/values/exception.ts';
import { formatText } from '../../vm/values/format-spec.ts';
import { formatFields, PieceReader, type FieldValues } from '../../vm/values/format-spec-fields.ts';
import { memoryError, TEXT_UNITS_MAX } from '../../vm/values/limits.ts';
import { anyBytes } from '../../vm/values/memory.ts';
import { percentText } from '../../vm/values/percent-format.ts';
import { intOf, plain, instanceOf, typeName } from '../../vm/values/plain.ts';
import { Asked } from '../../vm/values/plain-asked.ts';
import { simpleStr } from '../../vm/values/plain-text.ts';
import { pointsOf } from '../../vm/values/plain-unicode.ts';
import { textLength } from '../../vm/values/text.ts';
import { Instance } from '../../vm/values/type.ts';
import { types } from '../../vm/values/types.ts';
import type { Slot, Value } from '../../vm/values/value.ts';
import { DECLINED, native, type NativeResult, type NativeRow } from '../../vm/machine/native.ts';
import { decode, encode, settles } from './bytes-codec.ts';
import { decline, known, method, text, textOf, wrongArgument } from './int-arguments.ts';
import { isContainer, isIterable, peek } from './iterator-elements.ts';
import { classOf, given } from './object-receiver.ts';
import { textSelf } from './str.ts';

/** sep.join(items), of items that can be gone over without flow code. */
function join(separator: string, iterable: Value): string {
  if (!isContainer(iterable)) {
    if (isIterable(iterable)) return decline();
    throw typeError('can only join an iterable');
  }
  const items = peek(iterable) ?? decline();
  const texts: string[] = [];
  let length = separator.length * Math.max(0, items.length - 1);
  for (const [at, item] of items.entries()) {
    const part = textOf(item);
    if (part === undefined) {
      throw typeError(`sequence item ${at}: expected str instance, ${typeName(item)} found`);
    }
    length += part.length;
    texts.push(part);
  }
  if (length > TEXT_UNITS_MAX) throw memoryError();
  return texts.join(separator);
}

/** str(object, encoding, errors) for a class of strs. */
function make(cls: Slot, object: Slot, encoding: Slot, errors: Slot): NativeResult {
  const type = classOf(cls, types.str);
  if (object === undefined) return instanceOf(type, '');
  if (encoding === undefined && errors === undefined) {
    return instanceOf(
      type,
      object instanceof Instance ? decline() : known(simpleStr(given(object))),
    );
  }
  const name = encoding === undefined ? 'utf-8' : text(encoding, "str() argument 'encoding'");
  const how = errors === undefined ? 'strict' : text(errors, "str() argument 'errors'");
  const source = plain(given(object));
  if (typeof source === 'string') throw typeError('decoding str is not supported');
  const bytes = anyBytes(source);
  if (bytes === undefined) {
    const found = typeName(given(object));
    throw typeError(`decoding to str: need a bytes-like object, ${found} found`);
  }
  return instanceOf(type, settles(name, how, 'decode') ? decode(bytes, name, how) : decline());
}

/** The mapping that translate() takes, from one dict or two or three strs. */
function makeTable(x: Slot, y: Slot, z: Slot): Dict {
  const table = new Dict();
  if (y === undefined) {
    const source = plain(given(x));
    if (!(source instanceof Dict)) {
      throw typeError('if you give only one argument to maketrans it must be a dict');
    }
    for (const [key, value] of source.entries()) table.set(tableKey(key), value);
    return table;
  }
  const to = text(y, 'maketrans() argument 2');
  const gone = z === undefined ? '' : text(z, 'maketrans() argument 3');
  const from = textOf(x);
  if (from === undefined) {
    throw typeError('first maketrans argument must be a string if there is a second argument');
  }
  const [keys, values] = [pointsOf(from), pointsOf(to)];
  if (keys.length !== values.length) {
    throw valueError('the first two maketrans arguments must have equal length');
  }
  for (const [i, key] of keys.entries()) table.set(key, values[i] as number);
  for (const key of pointsOf(gone)) table.set(key, null);
  return table;
}

function tableKey(key: Value): Value {
  const char = textOf(key);
  if (char === undefined) {
    if (intOf(key) === undefined) {
      throw typeError('keys in translate table must be strings or integers');
    }
    return key;
  }
  if (textLength(char) !== 1) {
    throw valueError('string keys in translate table must be of length 1');
  }
  return char.codePointAt(0) as number;
}

/** What a table says of a code point; undefined to leave it. */
function lookUp(table: Value, point: number): Slot {
  if (table instanceof Dict) return unlessFlow(table.get(point));
  if (table instanceof List || table instanceof Tuple) return table.items[point];
  if (typeof table === 'string') return pointsOf(table.slice(0, 2 * point + 2))[point];
  return decline();
}

/** A dict's answer, unless flow code must compare the keys. */
function unlessFlow(value: Slot | symbol): Slot {
  return typeof value === 'symbol' ? decline() : value;
}

/** text.translate(table): each code point by what the table has for it. */
function translate(self: string, table: Value): string {
  const source = table instanceof Instance ? decline() : table;
  if (typeof source !== 'object' && typeof source !== 'string') {
    if (self === '') return '';
    throw typeError(`'${typeName(source)}' object is not subscriptable`);
  }
  const replaced = new Map<number, string>();
  let out = '';
  for (const point of pointsOf(self)) {
    let shown = replaced.get(point);
    if (shown === undefined) {
      shown = translated(lookUp(source, point), point);
      replaced.set(point, shown);
    }
    out += shown;
    if (out.length > TEXT_UNITS_MAX) throw memoryError();
  }
  return out;
}

function translated(to: Slot, point: number): string {
  if (to === undefined) return String.fromCodePoint(point);
  if (to === null) return '';
  const char = textOf(to);
  if (char !== undefined) return char;
  const int = intOf(to);
  if (int === undefined) throw typeError('character mapping must return integer, None or str');
  if (int < 0 || int > 0x10ffff) {
    throw valueError('character mapping must be in range(0x110000)');
  }
  return String.fromCodePoint(Number(int));
}

/** A finished text, or DECLINED: the twin asks on with the answers. */
function finished(result: string | Asked): NativeResult {
  return result instanceof Asked ? DECLINED : result;
}

/** A finished text, or what is asked, as a tuple for the twin. */
function step(result: string | Asked): Value {
  if (!(result instanceof Asked)) return result;
  return new Tuple([result.question, result.value, result.key]);
}

function items(value: Slot): readonly Value[] {
  return value instanceof Tuple || value instanceof List ? value.items : [];
}

/** What str.format() is given; a dict is taken by itself, anything else by its items. */
function fieldValues(args: Slot, named: Slot): FieldValues {
  return { positional: args === null ? null : items(args), named: named ?? new Dict() };
}

/** The pieces of a format string as (literal, name, spec, conversion), mistakes and all. */
function pieces(format: string): List {
  const reader = new PieceReader(format);
  const found: Value[] = [];
  for (let piece = reader.next(); piece !== null; piece = reader.next()) {
    const { literal, field } = piece;
    found.push(
      new Tuple(
        field === null
          ? [literal, null, null, null]
          : [literal, field.name, field.spec, field.conversion === '' ? null : field.conversion],
      ),
    );
  }
  return new List(found);
}

export const rows: readonly NativeRow[] = [
  method(
    'str.__new__',
    'cls, object=?, encoding=?, errors=?',
    (_context, cls, object, encoding, errors) => make(cls, object, encoding, errors),
    '_str_new',
  ),
  method(
    'str.join',
    'self, iterable, /',
    (_context, self, iterable) => join(textSelf('join', self), given(iterable)),
    '_str_join',
  ),
  native(
    'str.encode',
    "self, encoding='utf-8', errors='strict'",
    (_context, self, encoding, errors) => {
      const name = text(encoding, "encode() argument 'encoding'");
      const how = text(errors, "encode() argument 'errors'");
      const source = textSelf('encode', self);
      return settles(name, how, 'encode') ? new Bytes(encode(source, name, how)) : DECLINED;
    },
    { twin: '_str_encode' },
  ),
  native('str.maketrans', 'cls, x, y=?, z=?, /', (_context, _cls, x, y, z) => makeTable(x, y, z)),
  method(
    'str.translate',
    'self, table, /',
    (_context, self, table) => translate(textSelf('translate', self), given(table)),
    '_str_translate',
  ),
  native('str.__format__', 'this, format_spec, /', (_context, self, spec) => {
    const specText = textOf(spec);
    if (specText === undefined) {
      return wrongArgument('__format__() argument', 'str', given(spec));
    }
    const of = self instanceof Instance ? self.cls.name : undefined;
    return formatText(textSelf('__format__', self), specText, of);
  }),
  native(
    'str.format',
    'self, /, *args, **kwargs',
    (_context, self, args, kwargs) =>
      finished(formatFields(textSelf('format', self), fieldValues(args, kwargs), [])),
    { twin: '_str_format' },
  ),
  native(
    'str.format_map',
    'self, mapping, /',
    (_context, self, mapping) =>
      finished(formatFields(textSelf('format_map', self), fieldValues(null, mapping), [])),
    { twin: '_str_format_map' },
  ),
  native(
    'str.__mod__',
    'self, value, /',
    (_context, self, value) => finished(percentText(textSelf('__mod__', self), given(value), [])),
    { twin: '_str_mod' },
  ),
  // For the twins: the finished text, or (question, value, key) to be answered.
  native(
    '_format_step',
    'text, args, named, answers, /',
    (_context, format, args, named, answers) =>
      step(formatFields(textSelf('format', format), fieldValues(args, named), items(answers))),
  ),
  native('_percent_step', 'text, value, answers, /', (_context, format, value, answers) =>
    step(percentText(textSelf('__mod__', format), given(value), items(answers))),
  ),
  native('_parse_format', 'text, /', (_context, format) =>
    pieces(text(format, '_parse_format() argument')),
  ),
  // For translate()'s twin: what the table has for a code point, as a str.
  native('_translated', 'to, /', (_context, to) => translated(given(to), 0)),
];
