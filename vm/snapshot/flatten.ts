// Flattening: from values to the plain slots of rows.
//
//     [1, "a", <list>]  ──slot──▶  1   "a"   [57]        57 being the list's id
//
// Flattening goes along a list of work, never deeper into the host's stack: a slot
// that holds an object gives its id, and the object itself comes later. What an
// object that is met must have (an id; a mark that it has been seen) is for the
// two users to say: deltas (delta.ts) and checkpoints (checkpoint.ts).
//
// Names that rows share (statics, layouts of instances, pages of long strs) become
// definitions, numbered in the order in which they are met. A delta has its own,
// and so has a checkpoint, so that each can be read without the ones before.
//
// Invariant: S2. Equal states give equal rows: all that decides an order here is in
// the state (ids, positions, order of attributes), never in the host.

import { Buffer } from 'node:buffer';
import type { Plain } from '../bytecode/codec.ts';
import type { Task } from '../machine/frame.ts';
import type { ModuleObject } from '../machine/function.ts';
import type { LinkedProgram } from '../machine/link.ts';
import { STATIC_ID, staticName } from '../machine/statics.ts';
import type { RunHeap } from '../machine/state.ts';
import type { HeapObject, PagedObject } from '../values/heap.ts';
import type { Instance, Shape } from '../values/type.ts';
import { Float, type Slot } from '../values/value.ts';
import { KIND, STATIC_KINDS, TAG } from './kinds.ts';
import type { Row } from './segment.ts';
import { INLINE_UNITS_MAX, nameBytes, pageOf, type PageName, type TextLedger } from './texts.ts';
import { unitNumbers, type UnitNumbers } from './units.ts';

/** Statics whose path begins with a unit. */
const UNIT_STATICS: ReadonlySet<string> = new Set(['constant', 'function', 'module', 'code']);

/** An unbound slot, or a hole in a dict. */
export const UNBOUND: Plain = Object.freeze([]);

export abstract class Flattener {
  readonly heap: RunHeap;
  readonly units: UnitNumbers;
  private readonly texts: TextLedger;
  /** Definitions, in the order in which rows refer to them. */
  readonly definitions: Row[] = [];
  private readonly statics = new Map<HeapObject, number>();
  private readonly layouts = new Map<Shape, number>();
  /** Bytes of the slots flattened so far, roughly. */
  protected bytes = 0;

  constructor(program: LinkedProgram, heap: RunHeap, texts: TextLedger) {
    this.units = unitNumbers(program);
    this.heap = heap;
    this.texts = texts;
  }

  /** A row of the object that is being written. */
  abstract put(row: Row): void;

  /** An object was met that a row refers to: see that it has an id, and will get a row. */
  protected abstract meet(object: HeapObject): void;

  /** Whether a row for a page of a collection is wanted. */
  abstract wantsPage(object: PagedObject, page: number): boolean;

  /** Whether the row of a page of a long str is wanted; asked from the last page backwards. */
  protected abstract wantsText(page: PageName): boolean;

  /** The first of a task's frames whose row is wanted. */
  abstract firstFrame(task: Task): number;

  /** The globals of a module as the reader has them; null if all are wanted. */
  abstract globalsBefore(module: ModuleObject): readonly Slot[] | null;

  /** The slot of a value, or of an unbound name. */
  slot(value: Slot): Plain {
    switch (typeof value) {
      case 'number':
        this.bytes += value >= 0 && value < 128 ? 1 : value >>> 0 === value ? 5 : 9;
        return value;
      case 'string':
        return value.length > INLINE_UNITS_MAX ? this.longText(value) : this.text(value);
      case 'boolean':
        this.bytes += 1;
        return value;
      case 'undefined':
        this.bytes += 1;
        return UNBOUND;
      case 'bigint':
        return this.bigInt(value);
      default:
        if (value === null) {
          this.bytes += 1;
          return null;
        }
        return value instanceof Float ? this.float(value.value) : this.ref(value);
    }
  }

  /** The slot of an object. */
  ref(object: HeapObject): Plain {
    this.bytes += 6;
    if (object.id === STATIC_ID) return [-1 - this.static(object)];
    this.meet(object);
    return [object.id];
  }

  /** The same where there may be none. */
  refOrNull(object: HeapObject | null): Plain {
    return object === null ? null : this.ref(object);
  }

  /** A name or other text that is no str of the program's; never paged. */
  text(text: string): Plain {
    this.bytes += 2 + text.length;
    return text;
  }

  /** Some bytes of a value, in an array of their own. */
  bytesOf(bytes: Uint8Array, from: number, to: number): Plain {
    this.bytes += to - from + 3;
    return bytes.slice(from, to);
  }

  count(number: number): Plain {
    this.bytes += 3;
    return number;
  }

  /** A float that is an int too would be read as that. */
  private float(value: number): Plain {
    this.bytes += 9;
    const looksLikeInt = Number.isSafeInteger(value) && !Object.is(value, -0);
    return looksLikeInt ? [TAG.FLOAT, value] : value;
  }

  private bigInt(value: bigint): Plain {
    const digits = (value < 0n ? -value : value).toString(16);
    const even = digits.length % 2 === 0 ? digits : `0${digits}`;
    const magnitude = new Uint8Array(Buffer.from(even, 'hex'));
    this.bytes += 4 + magnitude.length;
    return [value < 0n ? TAG.NEGATIVE : TAG.INT, magnitude];
  }

  private longText(text: string): Plain {
    this.bytes += 20;
    const pages = this.texts.pagesOf(text);
    const last = pages.at(-1) as PageName;
    let from = pages.length;
    while (from > 0 && this.wantsText(pages[from - 1] as PageName)) from--;
    for (let i = from; i < pages.length; i++) {
      const before = i === 0 ? null : nameBytes(pages[i - 1] as PageName);
      this.definitions.push([KIND.TEXT, before, pageOf(text, i)]);
    }
    return [TAG.TEXT, nameBytes(last)];
  }

  private static(object: HeapObject): number {
    let number = this.statics.get(object);
    if (number === undefined) {
      number = this.statics.size;
      this.statics.set(object, number);
      this.definitions.push(this.staticRow(object));
    }
    return number;
  }

  private staticRow(object: HeapObject): Row {
    const [kind, ...path] = staticName(object) ?? ['?'];
    if (!(kind in STATIC_KINDS)) throw new Error(`statics of kind ${kind} cannot be written`);
    const known = kind as keyof typeof STATIC_KINDS;
    // Units are named by hash in the process, by number on disk.
    if (UNIT_STATICS.has(known)) {
      path[0] = this.units.numberOf(path[0] as string);
    }
    return [KIND.STATIC, STATIC_KINDS[known], ...path];
  }

  /** The number of the class and attribute names that an instance has. */
  layout({ cls, shape }: Instance): Plain {
    let number = this.layouts.get(shape);
    if (number === undefined) {
      number = this.layouts.size;
      this.layouts.set(shape, number);
      this.definitions.push([KIND.LAYOUT, this.ref(cls), ...shape.names]);
    }
    this.bytes += 2;
    return number;
  }
}
