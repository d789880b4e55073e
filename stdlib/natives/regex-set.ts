// A set of characters, as `[...]`, `\w` and letters without regard to case come to be tested.
//
// What is in it is asked of ranges, categories and cases; the answers for the first 256 points are
// kept, as they are asked for.
//
// Invariant:
//
//   RS1. Without regard to case the answers are those of CPython's compiled sets, whose items in
//        and beyond the first plane are compared in two ways: see ignoring().

import {
  isAlpha,
  isDecimal,
  isDigit,
  isNumeric,
  isSpace,
  type PointTest,
} from '../../vm/values/plain-unicode.ts';
import { ASCII_CASE, UNICODE_CASE, upperPoint, type CaseRules } from './regex-case.ts';
import { FLAG, type Category, type SetItem } from './regex-tree.ts';

/** The last point of Unicode's first plane. */
const PLANE_MAX = 0xffff;

const UNKNOWN = 2;

export class CharSet {
  /** Of the first 256 points: 0 not in it, 1 in it, 2 not asked yet. */
  private readonly known = new Uint8Array(256).fill(UNKNOWN);
  private readonly test: PointTest;

  constructor(test: PointTest) {
    this.test = test;
  }

  has(point: number): boolean {
    if (point >= 256) return this.test(point);
    const answer = this.known[point];
    return answer === UNKNOWN ? this.learn(point) : answer === 1;
  }

  private learn(point: number): boolean {
    const isIn = this.test(point);
    this.known[point] = isIn ? 1 : 0;
    return isIn;
  }
}

const UNICODE_TESTS: Readonly<Record<Category, PointTest>> = {
  digit: isDecimal,
  space: isSpace,
  word: (point) =>
    isAlpha(point) || point === 95 || isDecimal(point) || isDigit(point) || isNumeric(point),
};

const isAsciiDigit = (point: number): boolean => point >= 48 && point <= 57;

const ASCII_TESTS: Readonly<Record<Category, PointTest>> = {
  digit: isAsciiDigit,
  space: (point) => point === 32 || (point >= 9 && point <= 13),
  word: (point) =>
    isAsciiDigit(point) || point === 95 || (point < 128 && ASCII_CASE.isCased(point)),
};

/** What `\d`, `\s` and `\w` mean under some flags. */
export function categoryTest(category: Category, flags: number): PointTest {
  return ((flags & FLAG.UNICODE) !== 0 ? UNICODE_TESTS : ASCII_TESTS)[category];
}

/** The rules of case under some flags; null where case matters. */
export function caseRules(flags: number): CaseRules | null {
  if ((flags & FLAG.IGNORECASE) === 0) return null;
  return (flags & FLAG.UNICODE) !== 0 ? UNICODE_CASE : ASCII_CASE;
}

/** A set as written in brackets. */
export function setOf(items: readonly SetItem[], negated: boolean, flags: number): CharSet {
  const rules = caseRules(flags);
  const categories = items.flatMap((item) => {
    if (item.kind !== 'category') return [];
    const test = categoryTest(item.category, flags);
    return [item.negated ? (point: number) => !test(point) : test];
  });
  const plain = rules === null ? within(items) : ignoring(items, rules);
  const isIn = (point: number): boolean => plain(point) || categories.some((test) => test(point));
  // CPython lowers the character only if an item of the set has another case.
  const lowers = rules !== null && items.some((item) => isCasedItem(item, rules));
  const test: PointTest = lowers ? (point) => isIn(rules.lower(point)) : isIn;
  return new CharSet(negated ? (point) => !test(point) : test);
}

/** A character that has another case, and what is the same. */
export function casedLiteral(point: number, negated: boolean, rules: CaseRules): CharSet {
  const small = rules.lower(point);
  const others = rules.others(small);
  return new CharSet((each) => {
    const lower = rules.lower(each);
    return (lower === small || others.includes(lower)) !== negated;
  });
}

function isCasedItem(item: SetItem, rules: CaseRules): boolean {
  switch (item.kind) {
    case 'literal':
      return rules.lower(item.point) > PLANE_MAX || rules.isCased(item.point);
    case 'range':
      return item.high > PLANE_MAX || rules.hasCased(item.low, item.high);
    case 'category':
      return false;
  }
}

/** Whether a point is one of the items or in a range of them. */
function within(items: readonly SetItem[]): PointTest {
  const ranges: (readonly [low: number, high: number])[] = [];
  for (const item of items) {
    if (item.kind === 'literal') ranges.push([item.point, item.point]);
    if (item.kind === 'range') ranges.push([item.low, item.high]);
  }
  ranges.sort(([a], [b]) => a - b);
  // Starts and ends in turn, without overlap.
  const bounds: number[] = [];
  for (const [low, high] of ranges) {
    const end = bounds.at(-1);
    if (end === undefined || low > end) bounds.push(low, high + 1);
    else if (high + 1 > end) bounds[bounds.length - 1] = high + 1;
  }
  return (point) => {
    let from = 0;
    for (let to = bounds.length; from < to;) {
      const middle = (from + to) >> 1;
      if ((bounds[middle] as number) <= point) from = middle + 1;
      else to = middle;
    }
    return (from & 1) === 1;
  };
}

/**
 * Whether a small letter is one of the items without regard to case. In the first plane, items are
 * made small, and a small letter is taken for those that share its capital; beyond it, a literal is
 * compared as it is, and a range with the letter and its capital.
 */
function ignoring(items: readonly SetItem[], rules: CaseRules): PointTest {
  const plane = within(
    items.flatMap((item): SetItem[] => {
      if (item.kind === 'literal') return item.point > PLANE_MAX ? [] : [item];
      if (item.kind === 'category' || item.low > PLANE_MAX) return [];
      return [{ ...item, high: Math.min(item.high, PLANE_MAX) }];
    }),
  );
  const beyond = within(items.filter((item) => item.kind === 'literal' && item.point > PLANE_MAX));
  const rangesBeyond = within(
    items.filter((item) => item.kind === 'range' && item.high > PLANE_MAX),
  );
  const isSource = (lower: number): boolean => rules.sources(lower).some(plane);
  return (lower) =>
    isSource(lower) ||
    rules.others(lower).some(isSource) ||
    beyond(lower) ||
    rangesBeyond(lower) ||
    rangesBeyond(upperPoint(lower));
}
