// What expressions of `--where` compute with, and how it compares.
//
// A run may lack what it is asked for. So nothing here fails: what is not there is None, what has
// no order is neither smaller nor greater, and what cannot be computed is None.

import { LiveObject } from '../../vm/engine/variables.ts';

/** A moment of a run. */
export class Moment {
  readonly ms: number;
  /** Whether it is to come: a duration is then how far off it is, else how long ago it was. */
  readonly isAhead: boolean;

  constructor(ms: number, isAhead = false) {
    this.ms = ms;
    this.isAhead = isAhead;
  }
}

/** A length of time that a moment is compared with. */
export class Duration {
  readonly ms: number;

  constructor(ms: number) {
    this.ms = ms;
  }
}

export type Labels = Readonly<Record<string, string>>;

export type Data =
  | null
  | boolean
  | number
  | bigint
  | string
  | Moment
  | Duration
  | LiveObject
  | readonly Data[];

/** Below, at or above 0; NaN for what has no order. */
export function order(a: Data, b: Data, nowMs: number): number {
  if (isNumber(a) && isNumber(b)) return a < b ? -1 : Number(a > b);
  if (typeof a === 'string' && typeof b === 'string') return a < b ? -1 : Number(a > b);
  if (a instanceof Moment && b instanceof Moment) return a.ms - b.ms;
  if (a instanceof Moment && b instanceof Duration) return away(a, nowMs) - b.ms;
  if (a instanceof Duration && b instanceof Moment) return a.ms - away(b, nowMs);
  return NaN;
}

function away({ ms, isAhead }: Moment, nowMs: number): number {
  return isAhead ? ms - nowMs : nowMs - ms;
}

export function isSame(a: Data, b: Data, nowMs: number): boolean {
  return a === b || order(a, b, nowMs) === 0;
}

export function isIn(what: Data, where: Data, nowMs: number): boolean {
  if (typeof where === 'string') return typeof what === 'string' && where.includes(what);
  if (where instanceof LiveObject) {
    return isPlain(what) && where.has(what);
  }
  return isList(where) && where.some((each) => isSame(what, each, nowMs));
}

export function isTrue(value: Data): boolean {
  if (isList(value)) return value.length > 0;
  if (value instanceof LiveObject) return value.size !== 0;
  return Boolean(value);
}

export function isNumber(value: Data): value is number | bigint {
  return typeof value === 'number' || typeof value === 'bigint';
}

function isList(value: Data): value is readonly Data[] {
  return Array.isArray(value);
}

export function isPlain(value: Data): value is null | boolean | number | bigint | string {
  return value === null || typeof value !== 'object';
}

/** As Python computes it, in floats beyond what they hold exactly. */
export const ARITHMETIC: Readonly<Record<string, (a: number, b: number) => number>> = {
  Add: (a, b) => a + b,
  Sub: (a, b) => a - b,
  Mult: (a, b) => a * b,
  Div: (a, b) => a / b,
  FloorDiv: (a, b) => Math.floor(a / b),
  Mod: (a, b) => a - b * Math.floor(a / b),
};

export function compute(operator: string, a: Data, b: Data): Data {
  if (operator === 'Add' && typeof a === 'string' && typeof b === 'string') return a + b;
  if (!isNumber(a) || !isNumber(b)) return null;
  const result = ARITHMETIC[operator]?.(Number(a), Number(b)) ?? NaN;
  return Number.isFinite(result) ? result : null;
}

/** Methods of a text. */
export const METHODS: Readonly<Record<string, (text: string, part: string) => boolean>> = {
  startswith: (text, part) => text.startsWith(part),
  endswith: (text, part) => text.endsWith(part),
  contains: (text, part) => text.includes(part),
};
