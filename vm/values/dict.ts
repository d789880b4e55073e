// Dicts: a key table with a value beside each key.

import type { TypeObject } from './type.ts';
import { types } from './types.ts';
import { KeyTable, type Hash, type NEEDS_FLOW, type UNHASHABLE } from './keys.ts';
import type { Slot, Value } from './value.ts';

/** Entries, holes included, of a dict that keeps the holes at its end. */
const HOLES_KEPT_MAX = 32;

/** A dict. */
export class Dict extends KeyTable {
  override get type(): TypeObject {
    return types.dict;
  }

  values: Slot[] = [];

  /** The value of a key; undefined, NEEDS_FLOW or UNHASHABLE as find() says. */
  get(key: Value): Value | undefined | typeof UNHASHABLE | typeof NEEDS_FLOW {
    const at = this.find(key);
    if (typeof at !== 'number') return at;
    return at < 0 ? undefined : this.values[at];
  }

  /** Bind a key; returns false, or why it cannot be done here. */
  set(key: Value, value: Value): false | typeof UNHASHABLE | typeof NEEDS_FLOW {
    const at = this.find(key);
    if (typeof at !== 'number') return at;
    if (at < 0) this.add(key, value);
    else this.setAt(at, value);
    return false;
  }

  /**
   * Bind a key that is not there (the caller has looked); returns its position.
   * A key that only flow code can compare brings its hash (D2).
   */
  add(key: Value, value: Value, hash?: Hash): number {
    const at = this.append(key, hash);
    this.values[at] = value;
    return at;
  }

  /** Change the value at a position. */
  setAt(at: number, value: Value): void {
    this.values[at] = value;
    if (this.owner !== null) this.touchAt(at);
  }

  /** A dict with the same entries. */
  copy(): Dict {
    const copy = new Dict();
    copy.takeKeys(this);
    copy.values = this.values.filter((_, at) => this.keys[at] !== undefined);
    return copy;
  }

  /** Take the last entry out, and the holes behind it. */
  removeLast(at: number): void {
    this.removeAt(at);
    super.closeHole(at);
  }

  /**
   * As in CPython the place of the last key is not used again, so that an iterator tells a new key
   * from the old; but a dict that was large is made small, so that its end is found at once.
   */
  protected override closeHole(at: number): void {
    if (this.keys.length > HOLES_KEPT_MAX) super.closeHole(at);
    else this.touchAt(at);
  }

  protected override dropValue(at: number): void {
    this.values[at] = undefined;
  }

  protected override moveValue(from: number, to: number): void {
    this.values[to] = this.values[from];
  }

  protected override cutValues(length: number): void {
    this.values.length = length;
  }

  /** A str key's value, for the machine's own dicts of names. */
  getText(key: string): Value | undefined {
    const value = this.get(key);
    return typeof value === 'symbol' ? undefined : value;
  }

  /** Pairs in order, as they are now. */
  *entries(): IterableIterator<[Value, Value]> {
    for (let i = 0; i < this.keys.length; i++) {
      const key = this.keys[i];
      if (key !== undefined) yield [key, this.values[i] as Value];
    }
  }
}
