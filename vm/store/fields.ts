// Reading a record field by field, trusting nothing.
//
//     const fields = Fields.of('head!run-7', decoded, HEAD_VERSION);
//     const epoch = fields.count('epoch');      // FLOW_STORE_CORRUPT: head!run-7: epoch is ...
//     fields.done();
//
// The trailer has said that the bytes are those that were written. That they make sense is a
// question of its own: an import, a forger with the key, or a mistake of ours could say anything.
//
// Invariants:
//
//   F1. A field is returned only if it has its type and is within its limits.
//   F2. The error names the table, the key, and the field; for a run's records also run and number.

import { isList, type Plain } from '../bytecode/codec.ts';
import { FlowError, type ErrorDetails } from '../bytecode/errors.ts';
import { isHash, isId, parseKey, runOf, type TableName } from './keys.ts';
import { ID_LENGTH_MAX, TEXT_LENGTH_MAX, VALUE_BYTES_MAX } from './limits.ts';

export class Fields {
  readonly #key: string;
  readonly #values: readonly Plain[];
  #next = 0;
  #version = 0;
  /** Where inside the record, for lists: `effects[2].`. */
  readonly #prefix: string;

  private constructor(key: string, values: readonly Plain[], prefix: string) {
    this.#key = key;
    this.#values = values;
    this.#prefix = prefix;
  }

  /** The fields of a record of at most this version, its version taken off. */
  static of(key: string, record: Plain, version: number): Fields {
    if (!isList(record)) throw corruptRecord(key, 'record', 'is not a list of fields');
    const fields = new Fields(key, record, '');
    const written = fields.count('version');
    fields.#version = written;
    if (written < 1) throw corruptRecord(key, 'version', `is ${written}`);
    if (written > version) {
      const what = `the record at ${key} has version ${written}, this flowmetal knows ${version}`;
      throw new FlowError('FLOW_STORE_VERSION', what, { key, version: written, known: version });
    }
    return fields;
  }

  /** Under which version the record was written. */
  get version(): number {
    return this.#version;
  }

  fail(field: string, what: string): FlowError {
    return corruptRecord(this.#key, this.#prefix + field, what);
  }

  #take(field: string): Plain {
    const value = this.#values[this.#next++];
    if (value === undefined) throw this.fail(field, 'is missing');
    return value;
  }

  /** A safe integer, not negative. */
  count(field: string): number {
    const value = this.#take(field);
    if (!Number.isSafeInteger(value) || typeof value !== 'number' || value < 0) {
      throw this.fail(field, 'is not a count');
    }
    return value;
  }

  countOrNull(field: string): number | null {
    return this.#skipNull() ? null : this.count(field);
  }

  boolean(field: string): boolean {
    const value = this.#take(field);
    if (typeof value !== 'boolean') throw this.fail(field, 'is neither true nor false');
    return value;
  }

  id(field: string): string {
    const value = this.#take(field);
    if (!isId(value)) throw this.fail(field, `is not an id of 1 to ${ID_LENGTH_MAX} characters`);
    return value;
  }

  idOrNull(field: string): string | null {
    return this.#skipNull() ? null : this.id(field);
  }

  hash(field: string): string {
    const value = this.#take(field);
    if (!isHash(value)) throw this.fail(field, 'is not a hash');
    return value;
  }

  hashOrNull(field: string): string | null {
    return this.#skipNull() ? null : this.hash(field);
  }

  text(field: string, lengthMax = TEXT_LENGTH_MAX): string {
    const value = this.#take(field);
    if (typeof value !== 'string') throw this.fail(field, 'is not text');
    if (value.length > lengthMax) throw this.fail(field, `is longer than ${lengthMax}`);
    return value;
  }

  textOrNull(field: string): string | null {
    return this.#skipNull() ? null : this.text(field);
  }

  bytes(field: string, length: number | null = null): Uint8Array {
    const value = this.#take(field);
    if (!(value instanceof Uint8Array)) throw this.fail(field, 'is not bytes');
    if (length !== null && value.length !== length) {
      throw this.fail(field, `has ${value.length} bytes, not ${length}`);
    }
    if (value.length > VALUE_BYTES_MAX) throw this.fail(field, 'is too long');
    return value;
  }

  bytesOrNull(field: string, length: number | null = null): Uint8Array | null {
    return this.#skipNull() ? null : this.bytes(field, length);
  }

  /** A list whose items are single values of one kind. */
  values<Item>(field: string, read: (item: Fields, name: string) => Item): Item[] {
    const value = this.#take(field);
    if (!isList(value)) throw this.fail(field, 'is not a list');
    const items = new Fields(this.#key, value, this.#prefix);
    return value.map((_, i) => read(items, `${field}[${i}]`));
  }

  /** A list whose items are lists of fields. */
  records<Item>(field: string, read: (item: Fields) => Item): Item[] {
    return this.values(field, (items, name) => items.record(name, read));
  }

  record<Item>(field: string, read: (item: Fields) => Item): Item {
    const value = this.#take(field);
    if (!isList(value)) throw this.fail(field, 'is not a list');
    const inner = new Fields(this.#key, value, `${this.#prefix}${field}.`);
    const item = read(inner);
    inner.done();
    return item;
  }

  recordOrNull<Item>(field: string, read: (item: Fields) => Item): Item | null {
    return this.#skipNull() ? null : this.record(field, read);
  }

  /** Says that all fields have been read. */
  done(): void {
    if (this.#next < this.#values.length) throw this.fail('record', 'has fields too many');
  }

  #skipNull(): boolean {
    if (this.#values[this.#next] !== null) return false;
    this.#next++;
    return true;
  }
}

/** FLOW_STORE_CORRUPT for one field of the record at a key. */
export function corruptRecord(key: string, field: string, what: string): FlowError {
  return new FlowError('FLOW_STORE_CORRUPT', `${key}: ${field} ${what}`, {
    ...placeOf(key),
    field,
    what,
  });
}

/** Tables whose rows are of one commit, or of the state after it. */
const OF_COMMITS: ReadonlySet<TableName> = new Set(['log', 'delta', 'checkpoint', 'chunk']);

/** Table, run and sequence of a key, as far as it has them. */
export function placeOf(key: string): ErrorDetails {
  const parsed = parseKey(key);
  if (parsed === null) return { key };
  const { table, parts } = parsed;
  const run = runOf(parsed);
  const sequence = OF_COMMITS.has(table) ? parts[1] : undefined;
  return {
    table,
    key,
    ...(run === null ? {} : { run }),
    ...(typeof sequence === 'number' ? { sequence } : {}),
  };
}
