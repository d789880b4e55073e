// Every key of the store, in one place.
//
//     key = table ! part ! part ...          log!run-7!0000000000002a
//
// The store keeps keys in byte order, so the shape of a key decides what can be read as one range.
// Numbers are 14 hexadecimal digits, which holds every safe integer, so byte order is numeric
// order. Ids have no character at or below `!`, so no id is ever mistaken for the beginning of
// another one. All keys are ASCII: byte order, code unit order and a database's C collation agree.
//
// Invariants:
//
//   K1. parseKey(makeKey(table, ...parts)) gives the parts back; every other text is refused.
//   K2. What one range reads (last column) is a prefix, or a prefix and a bound on the next number.
//   K3. A derived table holds nothing that its source does not: it can be made again, and
//       `verify` compares the two (T10).

import { FlowError } from '../bytecode/errors.ts';
import { ID_LENGTH_MAX } from './limits.ts';

/** What a part of a key is: how it is written and what is allowed. `run` is the id of a run. */
export type PartKind = 'run' | 'id' | 'number' | 'hash' | 'letter';

interface TableRow {
  readonly parts: readonly PartKind[];
  /** What the value is; records.ts has the layouts. Nothing: all is in the key. */
  readonly value: string;
  /** What a range over it reads. */
  readonly range: string;
  /** The table it can be made again from. */
  readonly derivedFrom: string | null;
}

// oxfmt-ignore
const ROWS = {
  // the store
  store:      row([],                            'identity, home, format',     'the store record'),
  counter:    row(['id'],                        'next number to reserve',     ''),
  secret:     row(['id'],                        'handle of a secret',         'all names'),
  code:       row(['hash'],                      'program, module, base image', ''),

  // one run
  run:        row(['run'],                       'birth: what never changes',  ''),
  head:       row(['run'],                       'what each commit moves',     ''),
  log:        row(['run', 'number'],             'commit record and its MAC',  'a history'),
  delta:      row(['run', 'number'],             'delta of a commit',          'deltas, n to m'),
  checkpoint: row(['run', 'number'],             'digests of its chunks',      'the last before n'),
  chunk:      row(['run', 'number', 'number'],   'slice of a full state',      'a full state'),
  effect:     row(['run', 'id'],                 'what was asked',             ''),
  fate:       row(['run', 'id'],                 'what became of an effect',   ''),
  arrival:    row(['run', 'number'],             'answer or message',          ''),
  unread:     row(['run', 'number'],             'effect and digest of it',    'what waits'),
  timer:      row(['run', 'id'],                 'due ms',                     'timers of a run'),

  // lists
  born:       row(['number', 'run'],             '', 'runs by creation',       'run'),
  status:     row(['letter', 'number', 'run'],   '', 'runs of a status',       'head'),
  created:    row(['hash'],                      'run made under a key', '',   'run'),
  due:        row(['number', 'run', 'id'],       '', 'timers due by a moment', 'timer'),
  pending:    row(['id', 'number', 'run', 'id'], '', 'effects to carry out',   'fate'),
  token:      row(['hash'],                      'effect of a token', '',      'effect'),
  sent:       row(['run', 'hash'],               'message of a key', '',       'arrival'),
} as const;

export type TableName = keyof typeof ROWS;
export const TABLES: Readonly<Record<TableName, TableRow>> = ROWS;

function row(
  parts: readonly PartKind[],
  value: string,
  range: string,
  derivedFrom: string | null = null,
): TableRow {
  return { parts, value, range, derivedFrom };
}

/** The tables that make up a run: what an export carries. The rest is made again from them. */
export const RUN_TABLES = [
  'run',
  'head',
  'log',
  'delta',
  'checkpoint',
  'chunk',
  'effect',
  'fate',
  'arrival',
  'unread',
  'timer',
] as const satisfies readonly TableName[];

export type RunTable = (typeof RUN_TABLES)[number];

const runTables: ReadonlySet<TableName> = new Set(RUN_TABLES);

export function isRunTable(table: TableName): table is RunTable {
  return runTables.has(table);
}

/** The run a row belongs to, or null if it is of no one run. */
export function runOf({ table, parts }: ParsedKey): string | null {
  const index = TABLES[table].parts.indexOf('run');
  const run = parts[index];
  return typeof run === 'string' ? run : null;
}

const SEPARATOR = '!';
/** The character after the separator: ends the range that a separator begins. */
const AFTER_SEPARATOR = '"';
const NUMBER_DIGITS = 14;

const ID = /^[A-Za-z0-9._:-]+$/;
const NUMBER = /^[01][0-9a-f]{13}$/;
const HASH = /^[0-9a-f]{64}$/;
const LETTER = /^[a-z]$/;

export function isId(text: unknown): text is string {
  return typeof text === 'string' && text.length <= ID_LENGTH_MAX && ID.test(text);
}

export function isHash(text: unknown): text is string {
  return typeof text === 'string' && HASH.test(text);
}

/** A number as its fixed digits, in which byte order is numeric order. */
export function digits(value: number): string {
  return value.toString(16).padStart(NUMBER_DIGITS, '0');
}

/** The key of one row. Parts are trusted: they were checked where they entered the store. */
export function makeKey(table: TableName, ...parts: readonly (string | number)[]): string {
  let key: string = table;
  for (const part of parts) key += SEPARATOR + (typeof part === 'number' ? digits(part) : part);
  return key;
}

export interface Range {
  /** Included. */
  readonly from: string;
  /** Not included. */
  readonly to: string;
}

/** All rows whose key begins with these parts. */
export function prefixRange(table: TableName, ...parts: readonly (string | number)[]): Range {
  const prefix = makeKey(table, ...parts);
  return { from: prefix + SEPARATOR, to: prefix + AFTER_SEPARATOR };
}

/** Rows under a prefix whose next number is from `first` to `last`, both included. */
export function numberRange(
  table: TableName,
  parts: readonly (string | number)[],
  first: number,
  last: number,
): Range {
  const prefix = makeKey(table, ...parts) + SEPARATOR;
  return { from: prefix + digits(first), to: prefix + digits(last) + AFTER_SEPARATOR };
}

/** The range that is left after a key. */
export function after(range: Range, key: string): Range {
  return { from: key + '\0', to: range.to };
}

export interface ParsedKey {
  readonly table: TableName;
  readonly parts: readonly (string | number)[];
}

/** The parts of a key, or null if no row can have it. */
export function parseKey(key: string): ParsedKey | null {
  const [table, ...texts] = key.split(SEPARATOR);
  if (table === undefined || !isTable(table)) return null;
  const kinds = TABLES[table].parts;
  if (texts.length !== kinds.length) return null;
  const parts: (string | number)[] = [];
  for (const [i, kind] of kinds.entries()) {
    const part = parsePart(kind, texts[i]!);
    if (part === null) return null;
    parts.push(part);
  }
  return { table, parts };
}

function isTable(name: string): name is TableName {
  return Object.hasOwn(TABLES, name);
}

function parsePart(kind: PartKind, text: string): string | number | null {
  if (kind === 'id' || kind === 'run') return isId(text) ? text : null;
  if (kind === 'hash') return isHash(text) ? text : null;
  if (kind === 'letter') return LETTER.test(text) ? text : null;
  const value = NUMBER.test(text) ? Number.parseInt(text, 16) : NaN;
  return Number.isSafeInteger(value) ? value : null;
}

/** The parts of a key read from the store; one that cannot be is damage. */
export function keyParts(table: TableName, key: string): readonly (string | number)[] {
  const parsed = parseKey(key);
  if (parsed === null || parsed.table !== table) throw badKey(table, key);
  return parsed.parts;
}

/** A part of a key that the table says is text. */
export function textPart(table: TableName, key: string, index: number): string {
  const part = keyParts(table, key)[index];
  if (typeof part !== 'string') throw badKey(table, key);
  return part;
}

/** A part of a key that the table says is a number. */
export function numberPart(table: TableName, key: string, index: number): number {
  const part = keyParts(table, key)[index];
  if (typeof part !== 'number') throw badKey(table, key);
  return part;
}

function badKey(table: TableName, key: string): FlowError {
  return new FlowError('FLOW_STORE_CORRUPT', `the store has a key that is none of ours: ${key}`, {
    table,
    key,
    field: 'key',
  });
}

/** The order of ids that end in numbers: e9 before e10. */
export function isAfter(a: string, b: string): boolean {
  return a.length > b.length || (a.length === b.length && a > b);
}
