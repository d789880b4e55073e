// Natives of the module json (stdlib/modules/json.flow), and JSON for the host's own use.
//
// The module's functions are flow code over these three; what needs flow code to run (hooks,
// `default`) is all there.

import { List, Tuple } from '../../vm/values/collections.ts';
import { Raised, typeError } from '../../vm/values/exception.ts';
import { intOf, plainSlot } from '../../vm/values/plain.ts';
import { pointIndex, textLength, unitOffset } from '../../vm/values/text.ts';
import { typeOf } from '../../vm/values/typeof.ts';
import type { Slot, Value } from '../../vm/values/value.ts';
import { native, type NativeRow } from '../../vm/machine/native.ts';
import type { ValueTexts } from '../../vm/engine/input.ts';
import { readJson, scanJson } from './json-read.ts';
import { jsonText, PLAIN_JSON, writeJson } from './json-write.ts';

/** Containers within containers, where no run sets the bound: CPython's recursion limit. */
const DEPTH_MAX = 1000;

/** The value of a JSON text, for arguments of programs; undefined if it is none. */
export function jsonToValue(text: string): Value | undefined {
  try {
    const read = readJson(text, { depthMax: DEPTH_MAX });
    return read.kind === 'value' ? read.value : undefined;
  } catch (problem) {
    if (problem instanceof Raised) return undefined;
    throw problem;
  }
}

/** JSON text of a value made of JSON's own types; null for any other. */
export function valueToJson(value: Value): string | null {
  try {
    return writeJson(value, { ...PLAIN_JSON, ensureAscii: false, depthMax: DEPTH_MAX }) ?? null;
  } catch (problem) {
    if (problem instanceof Raised) return null;
    throw problem;
  }
}

/** What the engine knows of JSON. */
export const valueTexts: ValueTexts = { read: jsonToValue, write: valueToJson };

function text(value: Slot, what: string): string {
  const base = plainSlot(value);
  if (typeof base === 'string') return base;
  throw typeError(`${what} must be a str, not ${typeOf(value ?? null).name}`);
}

/** A separator, refused in the words of CPython's own encoder. */
function separator(value: Slot, position: number): string {
  const base = plainSlot(value);
  if (typeof base === 'string') return base;
  const found = base === null ? 'None' : typeOf(value ?? null).name;
  throw typeError(`make_encoder() argument ${position} must be str, not ${found}`);
}

/** (True, value, end) or (False, message, position), counting code points. */
function outcome(source: string, ok: boolean, what: Value, unit: number): Tuple {
  return new Tuple([ok, what, pointIndex(source, unit)]);
}

export const rows: readonly NativeRow[] = [
  native('_json_read', 'text, start, whole, strict, flat, /', (context, source, from, ...how) => {
    const json = text(source, 'JSON');
    const at = intOf(from);
    if (typeof at !== 'number' || at < 0) throw typeError('a position is an int from 0 up');
    const [whole, strict, flat] = how;
    const depthMax = context.recursionLimit;
    const options = { depthMax, strict: strict === true, flat: flat === true };
    const start = at >= textLength(json) ? json.length : unitOffset(json, at);
    const read = whole === true ? readJson(json, options) : scanJson(json, start, options);
    return read.kind === 'value'
      ? outcome(json, true, read.value, read.end)
      : outcome(json, false, read.message, read.at);
  }),
  native('_json_write', 'value, options, /', (context, value, options) => {
    const row = options instanceof Tuple || options instanceof List ? options.items : [];
    const [skipKeys, ensureAscii, checkCircular, allowNan, indent, item, key, sort, fallback] = row;
    const keySeparator = separator(key, 5);
    const written = writeJson(value ?? null, {
      depthMax: context.recursionLimit,
      skipKeys: skipKeys === true,
      ensureAscii: ensureAscii === true,
      checkCircular: checkCircular === true,
      allowNan: allowNan === true,
      indent: indent === null ? null : text(indent, 'indent'),
      itemSeparator: separator(item, 6),
      keySeparator,
      sortKeys: sort === true,
      hasDefault: fallback === true,
    });
    return written ?? null;
  }),
  native('_json_quote', 'text, ensure_ascii, /', (_context, source, ensureAscii) =>
    jsonText(text(source, 'JSON'), ensureAscii === true),
  ),
];
