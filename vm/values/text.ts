// Strs by code point.
//
// A str is a JavaScript string, whose units are UTF-16. Most strs have no
// surrogates, and then a code point is a unit. To know that, a str must be
// looked through once; the answer for the last few long ones is kept, because
// a loop over s[i] asks for each i, and two references to one string compare
// in constant time.
//
// Difference from CPython, on purpose: a high surrogate followed by a low one
// is one character here, two there (spec/language/differences.md).

const SURROGATE = /[\uD800-\uDFFF]/;
/** Below this length looking is cheaper than remembering. */
const SHORT = 32;
const REMEMBERED = 8;

interface Known {
  text: string;
  /** Offsets in units of every CHUNK-th code point, or null when units are code points. */
  chunks: Uint32Array | null;
  length: number;
}

const CHUNK = 64;
const known: Known[] = [];
let next = 0;

function look(text: string): Known {
  for (const entry of known) {
    if (entry.text !== text) continue;
    // An equal string that is another object costs a comparison of all of it, each time: from
    // now on this one is known. (Reading a text of 1.5 MB twice took 200 times as long.)
    entry.text = text;
    return entry;
  }
  const entry = SURROGATE.test(text) ? index(text) : { text, chunks: null, length: text.length };
  known[next] = entry;
  next = (next + 1) % REMEMBERED;
  return entry;
}

function index(text: string): Known {
  const chunks: number[] = [];
  let count = 0;
  for (let unit = 0; unit < text.length; count++) {
    if (count % CHUNK === 0) chunks.push(unit);
    unit += isPair(text, unit) ? 2 : 1;
  }
  return { text, chunks: Uint32Array.from(chunks), length: count };
}

function isPair(text: string, unit: number): boolean {
  const high = text.charCodeAt(unit);
  if (high < 0xd800 || high > 0xdbff || unit + 1 >= text.length) return false;
  const low = text.charCodeAt(unit + 1);
  return low >= 0xdc00 && low <= 0xdfff;
}

/** Whether every code point of a str is one UTF-16 unit. */
export function isFlat(text: string): boolean {
  return text.length < SHORT ? !SURROGATE.test(text) : look(text).chunks === null;
}

/** len(text). */
export function textLength(text: string): number {
  if (text.length < SHORT && !SURROGATE.test(text)) return text.length;
  return look(text).length;
}

/** Offset in UTF-16 units of the code point at an index in 0..length. */
export function unitOffset(text: string, point: number): number {
  if (isFlat(text)) return point;
  const { chunks, length } = look(text);
  if (chunks === null) return point;
  if (point >= length) return text.length;
  let unit = chunks[Math.floor(point / CHUNK)] ?? 0;
  for (let left = point % CHUNK; left > 0; left--) unit += isPair(text, unit) ? 2 : 1;
  return unit;
}

/** Index of the code point that starts at or holds a UTF-16 unit. */
export function pointIndex(text: string, unit: number): number {
  if (isFlat(text)) return unit;
  const { chunks } = look(text);
  if (chunks === null) return unit;
  let low = 0;
  for (let high = chunks.length - 1; low < high;) {
    const middle = (low + high + 1) >> 1;
    if ((chunks[middle] ?? 0) <= unit) low = middle;
    else high = middle - 1;
  }
  let point = low * CHUNK;
  for (let at = chunks[low] ?? 0; at < unit; point++) at += isPair(text, at) ? 2 : 1;
  return point;
}

/** text[index] for an index in 0..length-1. */
export function textAt(text: string, index: number): string {
  if (isFlat(text)) return text.charAt(index);
  const unit = unitOffset(text, index);
  return text.slice(unit, unit + (isPair(text, unit) ? 2 : 1));
}

/** text[start:stop] for 0 <= start <= stop <= length. */
export function textSlice(text: string, start: number, stop: number): string {
  if (isFlat(text)) return text.slice(start, stop);
  return text.slice(unitOffset(text, start), unitOffset(text, stop));
}

/** Compare two strs by code point: UTF-16 order differs from U+E000 on. */
export function compareText(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) {
      const surrogate = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdfff;
      if (surrogate(x) !== surrogate(y)) return surrogate(x) ? 1 : -1;
      return x < y ? -1 : 1;
    }
  }
  return a.length - b.length;
}
