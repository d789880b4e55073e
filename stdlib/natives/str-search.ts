// Searching in strs, by UTF-16 unit; and in bytes, as strs of code points 0..255.
//
// A code point above U+FFFF is two units. Half of one must not be found in it,
// which can only happen for a needle that begins or ends with such a half.

import { memoryError, TEXT_UNITS_MAX } from '../../vm/values/limits.ts';
import { textLength } from '../../vm/values/text.ts';

function isHigh(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}

function isLow(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff;
}

/** Whether a place in a str lies inside a code point. */
function isInside(text: string, at: number): boolean {
  return isLow(text.charCodeAt(at)) && isHigh(text.charCodeAt(at - 1));
}

/** Whether a needle might match half a code point. */
function isRagged(needle: string): boolean {
  return isLow(needle.charCodeAt(0)) || isHigh(needle.charCodeAt(needle.length - 1));
}

/** First place of a needle within text[from:to], in units; -1 if it is not there. */
export function findFirst(text: string, needle: string, from: number, to: number): number {
  if (from + needle.length > to) return -1;
  const ragged = isRagged(needle);
  for (let at = text.indexOf(needle, from); ; at = text.indexOf(needle, at + 1)) {
    if (at < 0 || at + needle.length > to) return -1;
    if (!ragged || !(isInside(text, at) || isInside(text, at + needle.length))) return at;
  }
}

/** Last place of a needle within text[from:to]. */
export function findLast(text: string, needle: string, from: number, to: number): number {
  let at = to - needle.length;
  if (at < from) return -1;
  const ragged = isRagged(needle);
  for (;;) {
    at = text.lastIndexOf(needle, at);
    if (at < from) return -1;
    if (!ragged || !(isInside(text, at) || isInside(text, at + needle.length))) return at;
    if (at-- === 0) return -1;
  }
}

/** How often a needle stands in text[from:to] without overlap. */
export function countIn(text: string, needle: string, from: number, to: number): number {
  if (needle === '') return from > to ? 0 : textLength(text.slice(from, to)) + 1;
  let count = 0;
  for (let at = findFirst(text, needle, from, to); at >= 0; count++) {
    at = findFirst(text, needle, at + needle.length, to);
  }
  return count;
}

/** Whether a needle stands at the beginning of text[from:to]. */
export function startsAt(text: string, needle: string, from: number, to: number): boolean {
  if (from > to || from + needle.length > to || !text.startsWith(needle, from)) return false;
  return !isRagged(needle) || !isInside(text, from + needle.length);
}

/** Whether a needle stands at the end of text[from:to]. */
export function endsAt(text: string, needle: string, from: number, to: number): boolean {
  const at = to - needle.length;
  if (at < from || !text.startsWith(needle, at)) return false;
  return !isRagged(needle) || !isInside(text, at);
}

/** The first `most` occurrences of `from` replaced; all if most is negative. */
export function replaceIn(text: string, from: string, to: string, most: number): string {
  if (most === 0 || from === to) return text;
  if (from === '') return interleave(text, to, most);
  if (to.length > from.length && text.length * to.length > TEXT_UNITS_MAX) {
    const all = countIn(text, from, 0, text.length);
    const count = most < 0 ? all : Math.min(all, most);
    checkLength(text.length + count * (to.length - from.length));
  }
  if (most < 0 && !isRagged(from)) return text.replaceAll(from, () => to);
  let out = '';
  let copied = 0;
  for (let left = most; left !== 0; left--) {
    const at = findFirst(text, from, copied, text.length);
    if (at < 0) break;
    out += text.slice(copied, at) + to;
    copied = at + from.length;
  }
  return out + text.slice(copied);
}

/** A str before each of the first code points, and at the end if there is one more place. */
function interleave(text: string, between: string, most: number): string {
  const places = textLength(text) + 1;
  const count = most < 0 ? places : Math.min(places, most);
  checkLength(text.length + count * between.length);
  const chars = Array.from(text);
  const head = chars.slice(0, count).map((char) => between + char);
  return head.join('') + (count === places ? between : '') + chars.slice(count).join('');
}

export function checkLength(units: number): void {
  if (units > TEXT_UNITS_MAX) throw memoryError();
}

/** text without a beginning. */
export function withoutPrefix(text: string, prefix: string): string {
  return startsAt(text, prefix, 0, text.length) ? text.slice(prefix.length) : text;
}

/** text without an end. */
export function withoutSuffix(text: string, suffix: string): string {
  if (suffix === '' || !endsAt(text, suffix, 0, text.length)) return text;
  return text.slice(0, text.length - suffix.length);
}

/** The code point that ends before a unit, as a str. */
function charBefore(text: string, end: number): string {
  return text.slice(isInside(text, end - 1) ? end - 2 : end - 1, end);
}

/** Which ends a strip works on. */
export interface Ends {
  readonly left: boolean;
  readonly right: boolean;
}

/** text without spaces at its ends. */
export function stripSpaces(text: string, isSpace: (point: number) => boolean, ends: Ends): string {
  let [start, end] = [0, text.length];
  if (ends.left) while (start < end && isSpace(text.charCodeAt(start))) start++;
  if (ends.right) while (end > start && isSpace(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

/** text without any of some characters at its ends. */
export function stripChars(text: string, chars: string, ends: Ends): string {
  const set = new Set(chars);
  let [start, end] = [0, text.length];
  while (ends.left && start < end) {
    const char = String.fromCodePoint(text.codePointAt(start) as number);
    if (!set.has(char)) break;
    start += char.length;
  }
  while (ends.right && end > start) {
    const char = charBefore(text, end);
    if (!set.has(char)) break;
    end -= char.length;
  }
  return text.slice(start, end);
}
