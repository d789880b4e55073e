// Natives: functions of the host that programs can call.
//
// A native computes a value from values, at once. It never calls flow code
// (L3): where Python's meaning needs that (a key function, __eq__, __iter__),
// it declines, and its twin of the same arguments, written in flow in the
// prelude, does the work instead.
//
//     CALL len ──▶ native len@1 ──▶ a value
//                       │ DECLINED
//                       ▼
//                  prelude.len, as if it had been called
//
// A native is known on disk by `name@version`. Changing what one returns for
// some arguments means a new version beside the old one (L9).

import { HeapObject } from '../values/heap.ts';
import type { ExceptionObject, TraceEntry } from '../values/exception.ts';
import { types } from '../values/types.ts';
import type { TypeObject } from '../values/type.ts';
import type { Slot, Value } from '../values/value.ts';
import type { EventObject } from './event.ts';
import type { Place } from './traceback.ts';

/** Returned by a native that leaves its call to its twin in flow. */
export const DECLINED = Symbol('declined');

/** What a native may ask of the machine that runs it. */
export interface NativeContext {
  /** Milliseconds since 1970 as recorded for this batch: the same at every read in it. */
  readonly nowMs: number;
  /** The next 32 random bits of this run; recorded by counter, the same when re-executed. */
  random32(): number;
  /** Count work that took as long as some instructions against this batch. */
  spend(ticks: number): void;
  /** Ask the outside for something; the answer resolves the event (L1). */
  effect(kind: string, payload: readonly PlainPart[]): EventObject;
  /** Add to what the program has printed; released when this batch is committed. */
  write(text: string, stream: 'stdout' | 'stderr'): void;
  /** A new identity for id(): small and the same wherever the run is. */
  idOf(value: Value): number;
  /** Deepest flow stack allowed in a task (sys.getrecursionlimit). */
  recursionLimit: number;
  /** Frames of flow that the running task has now. */
  readonly depth: number;
  /** Decimal digits between int and str (sys.get_int_max_str_digits); 0 for any number. */
  intTextDigits: number;
  /** The exception now being handled, as sys.exception() says. */
  handled(): ExceptionObject | null;
  /** What the program has bound to sys.stdout or sys.stdin; undefined for the stream itself. */
  redirected(stream: 'stdin' | 'stdout'): Slot;
  /** Where a frame of a traceback stood; null if it is not of this program. */
  placeOf(entry: TraceEntry): Place | null;
}

/** What effects are made of: plain data that the codec can write. */
export type PlainPart = null | boolean | number | string | Uint8Array | readonly PlainPart[];

/**
 * The host's half. Arguments come bound to the signature's parameters, in
 * order: a missing optional one is its default, or undefined where the default
 * is written `?`; *args is a Tuple and **kwargs a Dict, or undefined where no keyword was given.
 */
export type NativeFunction = (context: NativeContext, ...args: Slot[]) => NativeResult;

export type NativeResult = Value | typeof DECLINED | TailCall;

export interface NativeRow {
  /** `len`, or `str.upper` for a method: then the first parameter is self. */
  readonly name: string;
  readonly version: number;
  /** As Python would write it: `self, sep=None, /, *, keepends=False`. */
  readonly signature: string;
  readonly run: NativeFunction;
  /** Name of the prelude function that takes over when `run` declines; by default none. */
  readonly twin: string | null;
  /** Performed by the machine itself (specials.ts); `run` is never called. */
  readonly isSpecial?: boolean;
}

/** One row of a table of natives. `signature` in Python's own words. */
export function native(
  name: string,
  signature: string,
  run: NativeFunction,
  how: { readonly twin?: string; readonly version?: number } = {},
): NativeRow {
  return { name, signature, run, twin: how.twin ?? null, version: how.version ?? 1 };
}

export interface Parameter {
  readonly name: string;
  readonly kind: 'positional-only' | 'positional' | 'keyword-only' | 'varargs' | 'varkeywords';
  /** Undefined if the argument must be given; `?` defaults are { absent: true }. */
  readonly fallback: { readonly value: Slot } | undefined;
}

/** Parameters after *args of a native that callWithRest() calls. */
const OTHERS_MAX = 4;

/** A native as a value programs can hold. Shared by all runs, known by name. */
export class Native extends HeapObject {
  readonly row: NativeRow;
  /** `len@1`. */
  readonly key: string;
  readonly parameters: readonly Parameter[];
  /** Positional arguments that can be passed straight through: from, to. */
  readonly least: number;
  readonly most: number;
  /** Defaults of the positional parameters, by index. */
  readonly fallbacks: readonly Slot[];
  /** No *args, **kwargs or keyword-only parameters. */
  readonly isPlain: boolean;
  /** Can be called by the loop at once: positional parameters, and no special. */
  readonly isDirect: boolean;
  /**
   * Can be called by callWithRest(): at most one parameter, then *args. What follows *args when no
   * keyword is given: defaults, and undefined for **kwargs. Else null.
   */
  readonly others: readonly Slot[] | null;
  /**
   * Wants the plain value of an instance of a subclass: a method whose first parameter is called
   * `self`. One that needs the instance itself calls it `this`.
   */
  readonly unwraps: boolean;
  /** The builtin type whose method this is. */
  readonly ofType: TypeObject | null;

  constructor(row: NativeRow, parameters: readonly Parameter[], ofType: TypeObject | null) {
    super();
    this.row = row;
    this.key = `${row.name}@${row.version}`;
    this.parameters = parameters;
    const byPosition = parameters.filter(
      ({ kind }) => kind === 'positional-only' || kind === 'positional',
    );
    this.least = byPosition.filter(({ fallback }) => fallback === undefined).length;
    this.most = byPosition.length;
    this.fallbacks = byPosition.map(({ fallback }) => fallback?.value);
    this.isPlain = byPosition.length === parameters.length;
    this.isDirect = this.isPlain && row.isSpecial !== true;
    const rest = parameters.findIndex(({ kind }) => kind === 'varargs');
    const others = parameters.slice(rest + 1);
    const isSpread = rest === this.most && rest <= 1 && others.length <= OTHERS_MAX;
    this.others =
      isSpread && row.isSpecial !== true ? others.map(({ fallback }) => fallback?.value) : null;
    this.ofType = ofType;
    this.unwraps = ofType !== null && parameters[0]?.name === 'self';
  }

  override get type(): TypeObject {
    return types.builtin_function_or_method;
  }

  /** Whether a number of positional arguments can be passed at once (control.ts, callNative()). */
  accepts(count: number): boolean {
    if (count < this.least) return false;
    return this.isDirect ? count <= this.most : this.others !== null;
  }

  /** The module of the library that it is a function of: `math` of `math.sqrt`. */
  get module(): string {
    const dot = this.row.name.indexOf('.');
    return dot < 0 || this.ofType !== null ? 'builtins' : this.row.name.slice(0, dot);
  }
}

/**
 * Returned by a native that has worked out which call its own call amounts to
 * (a property's getter, a bound method): the machine makes that call in its
 * place, and the native's frame of the host is gone by then (L3).
 */
export class TailCall {
  readonly callable: Value;
  readonly args: readonly Value[];
  readonly keywords: ReadonlyMap<string, Value> | null;

  constructor(
    callable: Value,
    args: readonly Value[],
    keywords: ReadonlyMap<string, Value> | null = null,
  ) {
    this.callable = callable;
    this.args = args;
    this.keywords = keywords;
  }
}
