// Which characters are one without regard to case, as CPython's re has it.
//
// A character is compared by its small form, one to one. Some small letters have one capital
// between them (s and ſ, σ and ς), and are taken for the same: `others`.

import { lowerOf, pointsWithCase, upperOf } from '../../vm/values/plain-unicode.ts';

/** What a pattern knows of case: all of Unicode, or ASCII's letters. */
export interface CaseRules {
  lower(point: number): number;
  isCased(point: number): boolean;
  /** Whether any point from one to another has another case. */
  hasCased(low: number, high: number): boolean;
  /** The small letters that are the same as this one. */
  others(lower: number): readonly number[];
  /** The points whose small form is this one. */
  sources(lower: number): readonly number[];
}

const NONE: readonly number[] = [];

interface CaseTable {
  readonly lower: ReadonlyMap<number, number>;
  readonly upper: ReadonlyMap<number, number>;
  /** In order. */
  readonly cased: readonly number[];
  readonly others: ReadonlyMap<number, readonly number[]>;
  readonly sources: ReadonlyMap<number, readonly number[]>;
}

let table: CaseTable | null = null;

function cases(): CaseTable {
  table ??= makeTable();
  return table;
}

function first(text: string): number {
  return text.codePointAt(0) as number;
}

function makeTable(): CaseTable {
  const cased = pointsWithCase().sort((a, b) => a - b);
  const lower = new Map(cased.map((point) => [point, first(lowerOf(point))]));
  const upper = new Map(cased.map((point) => [point, first(upperOf(point))]));
  const sources = new Map<number, number[]>();
  const byCapital = new Map<string, Set<number>>();
  for (const point of cased) {
    const small = lower.get(point) as number;
    append(sources, small, point);
    if (small !== point && !lower.has(small)) append(sources, small, small);
    // Only what is one character in either direction counts as a letter of that capital.
    const capital = upperOf(point);
    const letters = byCapital.get(capital) ?? new Set();
    letters.add(small);
    byCapital.set(capital, letters);
  }
  const others = new Map<number, readonly number[]>();
  for (const letters of byCapital.values()) {
    for (const letter of letters) {
      const rest = [...letters].filter((each) => each !== letter);
      if (rest.length > 0) others.set(letter, rest);
    }
  }
  return { lower, upper, cased, others, sources };
}

function append(map: Map<number, number[]>, key: number, value: number): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}

export function lowerPoint(point: number): number {
  if (point < 128) return lowerAscii(point);
  return cases().lower.get(point) ?? point;
}

export function upperPoint(point: number): number {
  return cases().upper.get(point) ?? point;
}

export function lowerAscii(point: number): number {
  return point >= 65 && point <= 90 ? point + 32 : point;
}

function isAsciiLetter(point: number): boolean {
  const small = lowerAscii(point);
  return small >= 97 && small <= 122;
}

export const UNICODE_CASE: CaseRules = {
  lower: lowerPoint,
  isCased: (point) => {
    const { lower, upper } = cases();
    return (lower.get(point) ?? point) !== point || (upper.get(point) ?? point) !== point;
  },
  hasCased: (low, high) => {
    const { cased } = cases();
    let from = 0;
    for (let to = cased.length; from < to;) {
      const middle = (from + to) >> 1;
      if ((cased[middle] as number) < low) from = middle + 1;
      else to = middle;
    }
    for (let at = from; at < cased.length && (cased[at] as number) <= high; at++) {
      if (UNICODE_CASE.isCased(cased[at] as number)) return true;
    }
    return false;
  },
  others: (lower) => cases().others.get(lower) ?? NONE,
  sources: (lower) => cases().sources.get(lower) ?? [lower],
};

export const ASCII_CASE: CaseRules = {
  lower: lowerAscii,
  isCased: isAsciiLetter,
  hasCased: (low, high) => (low <= 122 && high >= 97) || (low <= 90 && high >= 65),
  others: () => NONE,
  sources: (lower) => (lower >= 97 && lower <= 122 ? [lower - 32, lower] : [lower]),
};
