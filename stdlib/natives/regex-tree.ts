// A regular expression as a tree, between regex-parse.ts and regex-compile.ts.
//
//     'a(b|c)+' ──▶ [literal a, repeat max 1.. [group 1 [in b c]]]
//
// Depth is bounded by the parser (GROUP_DEPTH_MAX), so whoever walks a tree may call itself.

/** Flags by their numbers in CPython. */
export const FLAG = {
  TEMPLATE: 1,
  IGNORECASE: 2,
  LOCALE: 4,
  MULTILINE: 8,
  DOTALL: 16,
  UNICODE: 32,
  VERBOSE: 64,
  DEBUG: 128,
  ASCII: 256,
} as const;

/** Of these a pattern has one. */
export const TYPE_FLAGS = FLAG.ASCII | FLAG.LOCALE | FLAG.UNICODE;

/** A count of repetitions without bound. */
export const UNBOUNDED = Infinity;

/** The most CPython calls a number of repetitions, and a bit more. */
export const REPEAT_MAX = 4_294_967_295;

/** The widest that a pattern is said to be. */
const WIDTH_MAX = 2 ** 64;

export type Category = 'digit' | 'space' | 'word';

/** What is between square brackets, one by one. */
export type SetItem =
  | { readonly kind: 'literal'; readonly point: number }
  | { readonly kind: 'range'; readonly low: number; readonly high: number }
  | { readonly kind: 'category'; readonly category: Category; readonly negated: boolean };

export type Where = 'start' | 'start-string' | 'end' | 'end-string' | 'boundary' | 'non-boundary';

export type RepeatHow = 'max' | 'min' | 'possessive';

export type Node =
  | { readonly kind: 'literal'; readonly point: number; readonly negated: boolean }
  | { readonly kind: 'any' }
  | { readonly kind: 'in'; readonly items: readonly SetItem[]; readonly negated: boolean }
  | { readonly kind: 'at'; readonly where: Where }
  | { readonly kind: 'branch'; readonly branches: readonly Sequence[] }
  | {
      readonly kind: 'repeat';
      readonly how: RepeatHow;
      readonly min: number;
      readonly max: number;
      readonly body: Sequence;
    }
  | {
      readonly kind: 'group';
      /** Null for one that does not capture. */
      readonly group: number | null;
      readonly addFlags: number;
      readonly delFlags: number;
      readonly body: Sequence;
    }
  | { readonly kind: 'atomic'; readonly body: Sequence }
  | {
      readonly kind: 'assert';
      readonly negated: boolean;
      readonly behind: boolean;
      readonly body: Sequence;
    }
  | { readonly kind: 'backreference'; readonly group: number; readonly width: Width }
  | {
      readonly kind: 'conditional';
      readonly group: number;
      readonly yes: Sequence;
      readonly no: Sequence | null;
    };

export type Sequence = Node[];

/** The least and the most characters that something matches. */
export type Width = readonly [least: number, most: number];

export interface Tree {
  readonly body: Sequence;
  /** Those given, and those the pattern sets for all of itself. */
  readonly flags: number;
  /** Group 0 counted. */
  readonly groups: number;
  readonly names: ReadonlyMap<string, number>;
}

/** A pattern or template that is none: `re.error`, or what else CPython raises for it. */
export class PatternError extends Error {
  /** The position in code points; null if CPython names none. */
  readonly at: number | null;
  readonly type: 'error' | 'IndexError' | 'OverflowError' | 'RecursionError' | 'ValueError';

  constructor(message: string, at: number | null, type: PatternError['type'] = 'error') {
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = 0;
    super(message);
    Error.stackTraceLimit = limit;
    this.at = at;
    this.type = type;
  }
}

/** The flags that hold within a group. */
export function combineFlags(flags: number, add: number, del: number): number {
  const kept = (add & TYPE_FLAGS) !== 0 ? flags & ~TYPE_FLAGS : flags;
  return (kept | add) & ~del;
}

export function widthOf(sequence: Sequence): Width {
  let least = 0;
  let most = 0;
  for (const node of sequence) {
    const [low, high] = widthOfNode(node);
    least += low;
    most += high;
  }
  return [Math.min(least, WIDTH_MAX), Math.min(most, WIDTH_MAX)];
}

function widthOfNode(node: Node): Width {
  switch (node.kind) {
    case 'literal':
    case 'any':
    case 'in':
      return [1, 1];
    case 'at':
    case 'assert':
      return [0, 0];
    case 'branch':
      return either(node.branches.map(widthOf));
    case 'repeat': {
      const [low, high] = widthOf(node.body);
      if (high === 0) return [0, 0];
      return [low * node.min, node.max === UNBOUNDED ? WIDTH_MAX : high * node.max];
    }
    case 'group':
    case 'atomic':
      return widthOf(node.body);
    case 'backreference':
      return node.width;
    case 'conditional': {
      const yes = widthOf(node.yes);
      return either([yes, node.no === null ? [0, yes[1]] : widthOf(node.no)]);
    }
  }
}

function either(widths: readonly Width[]): Width {
  return [Math.min(...widths.map(([low]) => low)), Math.max(...widths.map(([, high]) => high))];
}

/** Whether two nodes are surely the same: what branches may share in front. */
export function isSame(a: Node, b: Node): boolean {
  switch (a.kind) {
    case 'literal':
      return b.kind === 'literal' && a.point === b.point && a.negated === b.negated;
    case 'any':
      return b.kind === 'any';
    case 'at':
      return b.kind === 'at' && a.where === b.where;
    case 'backreference':
      return b.kind === 'backreference' && a.group === b.group;
    case 'in':
      return (
        b.kind === 'in' &&
        a.negated === b.negated &&
        a.items.length === b.items.length &&
        a.items.every((item, i) => itemKey(item) === itemKey(b.items[i] as SetItem))
      );
    default:
      return false;
  }
}

function itemKey(item: SetItem): string {
  switch (item.kind) {
    case 'literal':
      return `${item.point}`;
    case 'range':
      return `${item.low}-${item.high}`;
    case 'category':
      return item.negated ? `!${item.category}` : item.category;
  }
}

/** The items of a set without those that come again. */
export function uniqueItems(items: readonly SetItem[]): SetItem[] {
  return [...new Map(items.map((item) => [itemKey(item), item])).values()];
}
