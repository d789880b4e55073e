// Cutting strs into parts: split, splitlines, partition. Bytes come as strs of
// code points 0..255, with another idea of what a space or the end of a line is.

import { findFirst, findLast } from './str-search.ts';

export type UnitTest = (unit: number) => boolean;

/** Parts between separators, at most `most` cuts from the left; all if negative. */
export function splitAt(text: string, separator: string, most: number): string[] {
  if (most < 0 && separator.length === 1 && separator < '\ud800') return text.split(separator);
  const parts: string[] = [];
  let start = 0;
  for (let left = most; left !== 0; left--) {
    const at = findFirst(text, separator, start, text.length);
    if (at < 0) break;
    parts.push(text.slice(start, at));
    start = at + separator.length;
  }
  parts.push(text.slice(start));
  return parts;
}

/** The same with the cuts counted from the right. */
export function splitAtRight(text: string, separator: string, most: number): string[] {
  const parts: string[] = [];
  let end = text.length;
  for (let left = most; left !== 0; left--) {
    const at = findLast(text, separator, 0, end);
    if (at < 0) break;
    parts.push(text.slice(at + separator.length, end));
    end = at;
  }
  parts.push(text.slice(0, end));
  return parts.reverse();
}

/** Words between runs of spaces; what is left after the last cut keeps its spaces but the first. */
export function splitSpaces(text: string, most: number, isSpace: UnitTest): string[] {
  const parts: string[] = [];
  let at = 0;
  for (let left = most; ; left--) {
    while (at < text.length && isSpace(text.charCodeAt(at))) at++;
    if (at === text.length) return parts;
    if (left === 0) {
      parts.push(text.slice(at));
      return parts;
    }
    const start = at;
    while (at < text.length && !isSpace(text.charCodeAt(at))) at++;
    parts.push(text.slice(start, at));
  }
}

/** The same with the cuts counted from the right. */
export function splitSpacesRight(text: string, most: number, isSpace: UnitTest): string[] {
  const parts: string[] = [];
  let at = text.length;
  for (let left = most; ; left--) {
    while (at > 0 && isSpace(text.charCodeAt(at - 1))) at--;
    if (at === 0) return parts.reverse();
    if (left === 0) {
      parts.push(text.slice(0, at));
      return parts.reverse();
    }
    const end = at;
    while (at > 0 && !isSpace(text.charCodeAt(at - 1))) at--;
    parts.push(text.slice(at, end));
  }
}

/** Ends of lines in strs; in bytes, only the first two. */
// eslint-disable-next-line no-control-regex
export const TEXT_LINE_ENDS = /\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]/g;
export const BYTES_LINE_ENDS = /\r\n|[\n\r]/g;

export function splitLines(text: string, ends: RegExp, keep: boolean): string[] {
  const lines: string[] = [];
  let start = 0;
  for (const match of text.matchAll(ends)) {
    const end = match.index + match[0].length;
    lines.push(text.slice(start, keep ? end : match.index));
    start = end;
  }
  if (start < text.length) lines.push(text.slice(start));
  return lines;
}

/** Before, separator, after; the whole and two empties if it is not there. */
export function partition(text: string, separator: string): readonly [string, string, string] {
  const at = findFirst(text, separator, 0, text.length);
  if (at < 0) return [text, '', ''];
  return [text.slice(0, at), separator, text.slice(at + separator.length)];
}

/** The same at the last separator; two empties and the whole if there is none. */
export function partitionRight(text: string, separator: string): readonly [string, string, string] {
  const at = findLast(text, separator, 0, text.length);
  if (at < 0) return ['', '', text];
  return [text.slice(0, at), separator, text.slice(at + separator.length)];
}
