// The encodings that have one byte for a character: cp1252, iso8859-15, koi8-r and their kin.

import { pointsOf } from '../../vm/values/plain-unicode.ts';
import { handle } from './bytes-decode.ts';
import { encodeError } from './bytes-errors.ts';
import { handlerOf, Output } from './bytes-encode.ts';

const NOTHING = '\ufffd';
const REASON = 'character maps to <undefined>';

/** By table: the byte of each character. */
const bytesBy = new Map<string, ReadonlyMap<number, number>>();

function bytesOf(table: string): ReadonlyMap<number, number> {
  let found = bytesBy.get(table);
  if (found === undefined) {
    const pairs = Array.from(table, (character, byte) => [character, byte] as const);
    found = new Map(
      pairs.filter(([character]) => character !== NOTHING).map(([c, b]) => [c.charCodeAt(0), b]),
    );
    bytesBy.set(table, found);
  }
  return found;
}

export function encodeCharmap(text: string, errors: string, table: string): Uint8Array {
  const bytes = bytesOf(table);
  const points = pointsOf(text);
  const out = new Output(points.length);
  const encoding = 'charmap';
  for (let at = 0; at < points.length; at++) {
    const byte = bytes.get(points[at] as number);
    if (byte !== undefined) {
      out.bytes(byte);
      continue;
    }
    const start = at;
    while (at + 1 < points.length && !bytes.has(points[at + 1] as number)) at++;
    const trouble = { encoding, text, points, start, end: at + 1, reason: REASON };
    const stand = handlerOf(errors)(trouble);
    if (typeof stand === 'string') {
      // What stands in has to have bytes itself.
      for (const point of pointsOf(stand)) {
        const own = bytes.get(point);
        if (own === undefined) throw encodeError(encoding, text, start, at + 1, REASON);
        out.bytes(own);
      }
    } else out.all(stand);
  }
  return out.result();
}

export function decodeCharmap(bytes: Uint8Array, errors: string, table: string): string {
  let out = '';
  for (let at = 0; at < bytes.length;) {
    const character = table[bytes[at] as number] as string;
    if (character !== NOTHING) {
      out += character;
      at++;
      continue;
    }
    const trouble = { encoding: 'charmap', bytes, start: at, end: at + 1, reason: REASON };
    const stand = handle(trouble, errors);
    out += stand.text;
    at = stand.end;
  }
  return out;
}
