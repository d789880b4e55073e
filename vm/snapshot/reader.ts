// Reading slots: from plain data to values, each checked for being what its place takes.
//
// All objects exist, if only as shells, before the first slot is read (restore.ts), so
// cycles need no second look. Errors name the object that was being read.
//
// Invariant (L7): R1. A method that names a kind gives that kind or throws
// FLOW_SNAPSHOT_CORRUPT; nothing read is trusted to be of a kind because of where it stood.

import { Buffer } from 'node:buffer';
import { isList, type Plain } from '../bytecode/codec.ts';
import { FlowError } from '../bytecode/errors.ts';
import type { LinkedProgram } from '../machine/link.ts';
import type { Registry } from '../machine/registry.ts';
import { ELLIPSIS, NOT_IMPLEMENTED } from '../values/constants.ts';
import { Tuple } from '../values/collections.ts';
import type { TraceEntry } from '../values/exception.ts';
import { HeapObject } from '../values/heap.ts';
import type { Hash } from '../values/keys.ts';
import { INT_BITS_MAX } from '../values/limits.ts';
import { SetObject } from '../values/set.ts';
import { TypeObject, type Shape } from '../values/type.ts';
import { types, type TypeName } from '../values/types.ts';
import { Float, type Slot, type Value } from '../values/value.ts';
import { STATIC_KINDS, TAG, kindName } from './kinds.ts';
import { Gathered, type Part, type Raw, type Scope } from './gather.ts';
import { corrupt, type Row } from './segment.ts';
import { INLINE_UNITS_MAX } from './texts.ts';
import { unitNumbers, type UnitNumbers } from './units.ts';

type Class<T> = abstract new (...args: never[]) => T;

export class Reader {
  readonly program: LinkedProgram;
  readonly registry: Registry;
  readonly units: UnitNumbers;
  readonly gathered: Gathered;
  /** What is filled after all others: their frames need functions and cells. */
  readonly generators: Raw[] = [];
  readonly tasks: Raw[] = [];
  /** Globals of the modules made so far. */
  globalSlots = 0;
  /** The object that is being read, for errors. */
  at: Raw | null = null;

  constructor(program: LinkedProgram, registry: Registry) {
    this.program = program;
    this.registry = registry;
    this.units = unitNumbers(program);
    this.gathered = new Gathered((row) => this.static(row));
  }

  /** The typed error for what is wrong with the object being read. */
  fault(what: string): FlowError {
    if (this.at === null) return corrupt(what);
    const { id, row } = this.at;
    const kind = (kindName(row[0] as number) ?? '?').toLowerCase().replaceAll('_', ' ');
    return corrupt(`object ${id} (${kind}): ${what}`, { object: id });
  }

  // --------------------------------------------------------------- slots

  /** A value, or undefined for an unbound slot. */
  slot(plain: Plain | undefined, scope: Scope): Slot {
    switch (typeof plain) {
      case 'number':
        // An int is a safe integer; a float that looks like one is tagged.
        return Number.isSafeInteger(plain) && !Object.is(plain, -0) ? plain : new Float(plain);
      case 'string':
        if (plain.length > INLINE_UNITS_MAX) throw this.fault('a long str written as a short one');
        return plain;
      case 'boolean':
        return plain;
      case 'object':
        if (plain === null) return null;
        if (isList(plain)) return this.tagged(plain, scope);
        throw this.fault('bytes in the place of a value');
      default:
        throw this.fault('it ends too early');
    }
  }

  value(plain: Plain | undefined, scope: Scope): Value {
    const slot = this.slot(plain, scope);
    if (slot === undefined) throw this.fault('an unbound slot in the place of a value');
    return slot;
  }

  private tagged(plain: readonly Plain[], scope: Scope): Slot {
    if (plain.length === 0) return undefined;
    const [first, payload] = plain;
    if (plain.length === 1) return this.object(first, scope);
    if (plain.length !== 2) throw this.fault('a slot of no kind');
    switch (first) {
      case TAG.FLOAT:
        if (!Number.isSafeInteger(payload) || Object.is(payload, -0)) break;
        return new Float(payload as number);
      case TAG.INT:
        return this.bigInt(payload, 1n);
      case TAG.NEGATIVE:
        return this.bigInt(payload, -1n);
      case TAG.TEXT:
        if (!(payload instanceof Uint8Array)) break;
        return this.gathered.texts.text(payload);
      default:
    }
    throw this.fault('a slot of no kind');
  }

  private bigInt(payload: Plain | undefined, sign: bigint): bigint {
    if (!(payload instanceof Uint8Array) || payload.length * 8 > INT_BITS_MAX + 8) {
      throw this.fault('an int of no size');
    }
    const digits = Buffer.from(payload.buffer, payload.byteOffset, payload.length).toString('hex');
    const magnitude = digits === '' ? 0n : BigInt(`0x${digits}`);
    if (payload[0] === 0 || magnitude <= BigInt(Number.MAX_SAFE_INTEGER)) {
      throw this.fault('an int in a longer form than it needs');
    }
    return sign * magnitude;
  }

  /** The object of an id, or the static of a number. */
  private object(number: Plain | undefined, scope: Scope): HeapObject {
    const isNumber = typeof number === 'number';
    const found = !isNumber
      ? undefined
      : number < 0
        ? scope.statics[-1 - number]
        : this.gathered.objects.get(number)?.object;
    if (found === undefined || found === null)
      throw this.fault(`a reference to ${String(number)}, which is not there`);
    return found;
  }

  // ------------------------------------------------------- kinds of values

  ref(plain: Plain | undefined, scope: Scope): HeapObject {
    if (isList(plain) && plain.length === 1) return this.object(plain[0], scope);
    throw this.fault('a value in the place of an object');
  }

  /** An object of a class; `what` says which, for errors. */
  of<T extends HeapObject>(
    plain: Plain | undefined,
    scope: Scope,
    type: Class<T>,
    what: string,
  ): T {
    const object = this.ref(plain, scope);
    if (object instanceof type) return object;
    throw this.fault(`it needs ${what}`);
  }

  /** The same, or null. */
  maybe<T extends HeapObject>(
    plain: Plain | undefined,
    scope: Scope,
    type: Class<T>,
    what: string,
  ): T | null {
    return plain === null ? null : this.of(plain, scope, type, what);
  }

  text(plain: Plain | undefined, what: string): string {
    if (typeof plain === 'string') return plain;
    throw this.fault(`${what} is no text`);
  }

  /** An integer from 0 to a number, that one excluded. */
  index(plain: Plain | undefined, end: number, what: string): number {
    if (typeof plain === 'number' && Number.isSafeInteger(plain) && plain >= 0 && plain < end) {
      return plain;
    }
    throw this.fault(`${what} is out of range`);
  }

  /** An entry of a trace: unit, function and instruction, from an element of a list on. */
  place(plain: readonly Plain[], from: number): TraceEntry {
    const [unit, number, pc] = [0, 1, 2].map((i) =>
      this.index(plain[from + i], Infinity, 'a place of its trace'),
    ) as [number, number, number];
    const code = this.units.codeAt(unit, number);
    if (code === undefined || (code.table.indexAt[pc] ?? -1) < 0) {
      throw this.fault('a place of its trace is nowhere in the program');
    }
    return { module: code.unit.hash, function: number, pc };
  }

  /** A moment or length of time. */
  finite(plain: Plain | undefined, what: string): number {
    if (typeof plain === 'number' && Number.isFinite(plain)) return plain;
    throw this.fault(`${what} is no number`);
  }

  list(plain: Plain | undefined, what: string): readonly Plain[] {
    if (isList(plain)) return plain;
    throw this.fault(`${what} is no list`);
  }

  /** One of a list of words, by its number. */
  word<const W extends readonly string[]>(
    plain: Plain | undefined,
    words: W,
    what: string,
  ): W[number] {
    return words[this.index(plain, words.length, what)] as W[number];
  }

  int(plain: Plain | undefined, scope: Scope): number | bigint {
    const value = this.slot(plain, scope);
    if (typeof value === 'number' || typeof value === 'bigint') return value;
    throw this.fault('it needs an int');
  }

  float(plain: Plain | undefined, scope: Scope): number {
    const value = this.slot(plain, scope);
    if (value instanceof Float) return value.value;
    throw this.fault('it needs a float');
  }

  hash(plain: Plain | undefined, scope: Scope): Hash {
    return this.int(plain, scope);
  }

  /** That a row has no more than so many elements. */
  end(row: Row, length: number): void {
    if (row.length !== length) throw this.fault(`${row.length} fields where ${length} belong`);
  }

  /** The class and shape of an instance. */
  layout(plain: Plain | undefined, scope: Scope): { cls: TypeObject; shape: Shape } {
    const found = scope.layouts[this.index(plain, scope.layouts.length, 'its layout')];
    if (found === undefined) throw this.fault('its layout is not there');
    if (found.made === null) {
      const { row } = found;
      const cls = this.of(row[1], found.scope, TypeObject, 'a class');
      const names = row.slice(2).map((name) => this.text(name, 'an attribute'));
      if (new Set(names).size !== names.length) throw this.fault('two attributes of one name');
      const shape = names.reduce((each, name) => each.with(name), cls.rootShape);
      found.made = { cls, shape };
    }
    return found.made;
  }

  /** All parts of an object, as many as there must be. */
  parts(parts: readonly Part[] | null, count: number): readonly Part[] {
    if (parts === null || parts.length !== count) throw this.fault('a part of it is missing');
    return parts;
  }

  // --------------------------------------------------------------- statics

  private static(row: Row): HeapObject {
    const [, kind, first, ...path] = row;
    const found = this.findStatic(kind, first, path);
    if (found !== undefined) return found;
    if (kind === STATIC_KINDS.native && typeof first === 'string') {
      throw new FlowError(
        'FLOW_NATIVE_MISSING',
        `the snapshot needs ${first}, which this version does not have`,
        { native: first },
      );
    }
    throw corrupt(`a static that is not there: ${JSON.stringify(row.slice(1)).slice(0, 100)}`);
  }

  private findStatic(
    kind: Plain | undefined,
    first: Plain | undefined,
    path: readonly Plain[],
  ): HeapObject | undefined {
    const unit = typeof first === 'number' ? this.units.units[first] : undefined;
    if (kind === STATIC_KINDS.constant) {
      return unit === undefined ? undefined : constantAt(unit.constants, path);
    }
    if (kind === STATIC_KINDS.function) {
      const [index] = path;
      const fn = typeof index === 'number' ? this.units.preludeFunctionAt(index) : undefined;
      return path.length === 1 && fn?.code.unit === unit ? fn : undefined;
    }
    if (kind === STATIC_KINDS.code) {
      const [index] = path;
      return path.length === 1 ? unit?.codes[Number(index)]?.object : undefined;
    }
    if (path.length !== 0) return undefined;
    if (kind === STATIC_KINDS.module) {
      const { preludeModule } = this.program;
      return preludeModule.unit === unit ? preludeModule : undefined;
    }
    if (typeof first !== 'string') return undefined;
    switch (kind) {
      case STATIC_KINDS.type:
        return Object.hasOwn(types, first) ? types[first as TypeName] : undefined;
      case STATIC_KINDS.native:
        return this.registry.native(first);
      case STATIC_KINDS.attribute:
        return this.registry.attribute(first);
      case STATIC_KINDS.single:
        return [NOT_IMPLEMENTED, ELLIPSIS].find(({ name }) => name === first);
      default:
        return undefined;
    }
  }
}

/** A constant of a unit, or a constant inside it, that is an object. */
function constantAt(constants: readonly Value[], path: readonly Plain[]): HeapObject | undefined {
  let items: readonly Slot[] = constants;
  let found: Slot;
  for (const index of path) {
    if (typeof index !== 'number') return undefined;
    found = items[index];
    if (found instanceof Tuple) ({ items } = found);
    else items = found instanceof SetObject ? found.keys : [];
  }
  return found instanceof HeapObject ? found : undefined;
}
