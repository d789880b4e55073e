// The kinds of rows a snapshot is made of.
//
// A snapshot is a list of rows, each an array that begins with the number of its
// kind. The picture of a row says what follows; spec/formats/snapshot.md explains
// each, and test/snapshot/spec.test.ts holds the two together.
//
//     roots         what the run has that is no object: counters, lists of tasks
//     definitions   names that rows of the same delta or checkpoint use by number
//     parts         of an object too large to be written whole at each change
//     objects       one row an object; the second element is its id
//
// Invariant: N1. A number, once released, keeps its meaning for ever (L9). A row
// that must change gets a new number; retired rows stay here as comments.

import type { Layout } from '../values/type.ts';

export interface KindRow<Code extends number = number> {
  readonly code: Code;
  readonly role: 'root' | 'definition' | 'part' | 'object';
  /** What follows the number: `x` a slot, `x#` a number, `x?` or null, `x…` the rest of the row. */
  readonly fields: string;
}

function row<const Code extends number>(
  code: Code,
  role: KindRow['role'],
  fields: string,
): KindRow<Code> {
  return { code, role, fields };
}

// prettier-ignore
export const KINDS = {
  PROGRAM:        row(1, 'root', 'hash'),
  STATE:          row(2, 'root', 'nextId# ticks# effects# random# tasks# deadlines# identities# recursionLimit#'),
  ARGV:           row(3, 'root', 'argument…'),
  MODULES:        row(4, 'root', 'module…'),
  TASKS:          row(5, 'root', 'gone task…'),
  PENDING:        row(6, 'root', 'gone ordinal#,event…'),
  TIMERS:         row(7, 'root', 'gone dueMs#,event…'),
  IDENTITIES:     row(8, 'root', 'object,identity#…'),
  INT_DIGITS:     row(9, 'root', 'limit#'),

  STATIC:         row(10, 'definition', 'kind# path…'),
  LAYOUT:         row(11, 'definition', 'class name…'),
  TEXT:           row(12, 'definition', 'before? text'),

  PAGE:           row(16, 'part', 'object# index# item…'),
  FRAME:          row(17, 'part', 'task# index# function pc# flags# data? handled? generator? slot…'),

  LIST:           row(32, 'object', 'id# item…'),
  LONG_LIST:      row(33, 'object', 'id# length#'),
  TUPLE:          row(34, 'object', 'id# item…'),
  LONG_TUPLE:     row(35, 'object', 'id# length#'),
  DICT:           row(36, 'object', 'id# key,value…'),
  LONG_DICT:      row(37, 'object', 'id# length#'),
  SET:            row(38, 'object', 'id# layout key…'),
  LONG_SET:       row(39, 'object', 'id# layout length#'),
  FROZENSET:      row(40, 'object', 'id# layout key…'),
  LONG_FROZENSET: row(41, 'object', 'id# layout length#'),
  BYTES:          row(42, 'object', 'id# bytes'),
  LONG_BYTES:     row(43, 'object', 'id# length#'),
  BYTEARRAY:      row(44, 'object', 'id# bytes'),
  LONG_BYTEARRAY: row(45, 'object', 'id# length#'),
  RANGE:          row(46, 'object', 'id# start stop step'),
  SLICE:          row(47, 'object', 'id# start stop step'),
  CELL:           row(48, 'object', 'id# value'),
  CLASS:          row(49, 'object', 'id# name qualname? layout# meta? bases mro name,value…'),
  INSTANCE:       row(50, 'object', 'id# layout# slot…'),
  INSTANCE_MORE:  row(51, 'object', 'id# layout# base dict? slot…'),
  EXCEPTION:      row(52, 'object', 'id# layout# args cause? context? suppress trace dict? slot…'),
  ITERATOR:       row(53, 'object', 'id# kind# source index extra'),
  DICT_VIEW:      row(54, 'object', 'id# kind# dict'),
  FUNCTION:       row(55, 'object', 'id# unit# number# module closure? defaults? kwdefaults? annotations? attrs? name? qualname?'),
  METHOD:         row(56, 'object', 'id# self callable'),
  MODULE:         row(57, 'object', 'id# unit# state# extra? index#,slot…'),
  PROPERTY:       row(58, 'object', 'id# getter setter deleter doc'),
  METHOD_WRAPPER: row(59, 'object', 'id# kind# callable'),
  SUPER:          row(60, 'object', 'id# class self selfType'),
  GENERATOR:      row(61, 'object', 'id# kind# state# name? qualname? function pc# handled? slot…'),
  EVENT:          row(62, 'object', 'id# effect# kind state? watchers'),
  TASK:           row(63, 'object', 'id# number# name done depth# state deadlines wake? cancelled? start? repr…'),
  DICT_ITERATOR:  row(64, 'object', 'id# kind# source index extra left#'),
  // As CLASS, of a class whose instances have no dict.
  CLASS_SLOTTED:  row(65, 'object', 'id# name qualname? layout# meta? bases mro name,value…'),
  MEMBER:         row(66, 'object', 'id# class name depth#'),
  TRACEBACK:      row(67, 'object', 'id# unit# number# pc# next? depth#'),
  // As EXCEPTION, of one whose traceback a program has seen.
  EXCEPTION_SEEN: row(68, 'object', 'id# layout# args cause? context? suppress trace dict? traceback slot…'),
  FAILED:         row(69, 'root', 'gone task…'),
  // As FUNCTION, of one with a signature of its own.
  FUNCTION_SIGNED: row(70, 'object', 'id# unit# number# module closure? defaults? kwdefaults? annotations? attrs? name? qualname? positional# parameter…'),
  COMPLEX:        row(71, 'object', 'id# real imag'),
  // As DICT, of the globals of a module.
  NAMESPACE:      row(72, 'object', 'id# key,value…'),
  LONG_NAMESPACE: row(73, 'object', 'id# length#'),
  // In the place of PROGRAM: what follows is said of a state that begins as a base image (base.ts).
  BASE:           row(74, 'root', 'hash'),
  GONE:           row(75, 'root', 'id#,count#…'),
  // Of a run with quotas.
  QUOTA_USE:      row(76, 'root', 'log# graceUntil# measureAt# isOver#'),
} as const;

export type KindName = keyof typeof KINDS;
export type Kind = (typeof KINDS)[KindName]['code'];

/** Kinds by name. */
export const KIND = Object.fromEntries(
  Object.entries(KINDS).map(([name, { code }]) => [name, code]),
) as { readonly [N in KindName]: (typeof KINDS)[N]['code'] };

const NAMES: ReadonlyMap<number, KindName> = new Map(
  (Object.keys(KINDS) as KindName[]).map((name) => [KINDS[name].code, name]),
);

/** The name of a kind, for errors and for those who look at snapshots. */
export function kindName(code: number): KindName | undefined {
  return NAMES.get(code);
}

/**
 * What an array in the place of a slot means, by its first element: `[]` is an
 * unbound slot or a hole, `[n]` an object (n > 0) or a static (n < 0: number
 * -1 - n of the definitions), and these have more elements.
 */
export const TAG = {
  FLOAT: 0, // [0, n]: a float whose value is the int n
  INT: 1, // [1, bytes]: an int beyond the safe ones, its magnitude with the highest byte first
  NEGATIVE: 2, // [2, bytes]: the same, below zero
  TEXT: 3, // [3, name]: a long str by the name of its last page
  HASHED: 4, // [4, hash, key]: in a dict or set, a key that flow code has hashed
  HOLES: 5, // [5, n]: in a dict or set, n holes in a row, two or more
} as const;

/** First element of STATIC, for each way in which vm/machine/statics.ts names a static. */
export const STATIC_KINDS = {
  type: 0,
  native: 1,
  single: 2,
  constant: 3,
  function: 4,
  module: 5,
  attribute: 6,
  code: 7,
} as const;

/** Numbers in CLASS for what instances are made of. */
export const LAYOUT_NUMBERS: Readonly<Record<Layout, number>> = {
  object: 0,
  type: 1,
  int: 2,
  float: 3,
  str: 4,
  bytes: 5,
  bytearray: 6,
  list: 7,
  tuple: 8,
  dict: 9,
  set: 10,
  frozenset: 11,
  exception: 12,
  module: 13,
  property: 14,
  staticmethod: 15,
  classmethod: 16,
  closed: 17,
  iterator: 18,
  complex: 19,
};

/** Words of the machine that rows give as a number: their place in these lists. */
export const MODULE_STATES = ['new', 'running', 'done'] as const;
export const GENERATOR_KINDS = [
  'generator',
  'coroutine',
  'async_generator',
  'async_generator_asend',
  'async_generator_athrow',
  'anext_awaitable',
  'coroutine_wrapper',
] as const;
export const GENERATOR_STATES = ['new', 'suspended', 'running', 'done'] as const;
export const VIEW_KINDS = ['keys', 'values', 'items'] as const;
export const WRAPPER_KINDS = ['static', 'class'] as const;

/** FRAME's flags: the hook in the low bits, then which of the three optional fields are there. */
export const FRAME_HOOK = 31;
export const FRAME_DATA = 32;
export const FRAME_HANDLED = 64;
export const FRAME_GENERATOR = 128;
