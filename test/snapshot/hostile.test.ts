// Hostile bytes: damaged and forged snapshots are refused with a typed error, or are a state that
// runs. Nothing else may come: no crash of the host, no hang, no memory that the bytes do not pay.

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decode, encode, type Plain } from '../../vm/bytecode/codec.ts';
import { FlowError, isFlowError } from '../../vm/bytecode/errors.ts';
import { heldTo } from '../../vm/engine/state.ts';
import type { Machine } from '../../vm/machine/machine.ts';
import type { Quotas } from '../../vm/values/quotas.ts';
import { beginFrom, makeBase, type Base as BaseImage } from '../../vm/snapshot/base.ts';
import { KIND, kindName } from '../../vm/snapshot/kinds.ts';
import { SNAPSHOT_VERSION } from '../../vm/snapshot/segment.ts';
import {
  advance,
  begin,
  chunksOf,
  encodeDelta,
  linkText,
  optionsFor,
  restoreMachine,
  type Options,
} from './programs.ts';
import { tries } from '../harness/fuzz.ts';

/** A bit of everything, at rest in the middle. */
const RICH = `
from flow.time import sleep
class Base:
    def __init__(self, x):
        self.x = x
    def __enter__(self):
        return self
    def __exit__(self, *what):
        return False
    def __iter__(self):
        return self
    def __next__(self):
        if self.x == 0:
            raise StopIteration
        self.x -= 1
        return self.x
    def __eq__(self, other):
        return self.x == other.x
    def __hash__(self):
        return hash(self.x)
class Derived(Base):
    limit = 2.5
class Slotted:
    __slots__ = ("first", "second")
class Further(Slotted):
    __slots__ = "first"
def fail(n):
    if n == 0:
        raise ValueError(n)
    fail(n - 1)
try:
    fail(1)
except ValueError as error:
    seen = error, error.__traceback__
def counter(start):
    n = start
    def step(by=1, *more, key=None, **others):
        nonlocal n
        n = n + by
        return n
    return step
def numbers(n):
    for i in range(n):
        got = yield i
        if got:
            yield from numbers(got)
def slow(n):
    sleep(1)
    yield n
def work(items):
    step = counter(10)
    pair = Further()
    pair.first, pair.second = Slotted, items
    Slotted.first.__set__(pair, step)
    spent = slow(0)
    for each in spent:
        step(each)
    gen = numbers(5)
    next(gen)
    pairs = {**{str(i): [i, (i, "x")] for i in range(3)}, "big": 2 ** 80}
    walk = iter(pairs)
    names = {"a", "b", 1.5}
    for at, item in enumerate(items):
        try:
            with Base(at) as base:
                for left in base:
                    step(left)
                    if left == 1:
                        raise ValueError(f"{left:>3} of {item}")
        except ValueError as error:
            sleep(1)
            pairs[Base(at)] = error
        finally:
            names.add(next(gen, None))
    return sorted(pairs, key=lambda key: str(key)), names, step
text = "long " * 2000
task = spawn(work, [bytearray(b"abc"), (1, 2), text, Derived(3)])
while True:
    print(await task)
    task = spawn(work, list(range(6)))
`;

type Rows = Plain[][];

interface Base {
  readonly options: Options;
  /** The base image that it began from. */
  readonly image: BaseImage | null;
  /** Decoded chunks of a checkpoint. */
  readonly chunks: readonly Plain[];
}

function copy(plain: Plain): Plain {
  return Array.isArray(plain) ? plain.map((each: Plain) => copy(each)) : plain;
}

/** A script's states on its way, as plain data. */
function statesOf(
  text: string,
  mode: 'fused' | 'plain',
  step: number,
  count: number,
  isBased = false,
  quotas: Quotas = {},
): Base[] {
  const options = { ...optionsFor(linkText(text), mode), held: heldTo({ quotas }) };
  const { program, registry } = options;
  const image = isBased ? makeBase(program, registry) : null;
  const machine =
    image === null
      ? begin(program, mode, options.held)
      : beginFrom(image, options, { argv: [], entry: null, args: [] });
  const bases: Base[] = [];
  let nowMs = 1_900_000_000_000;
  for (let i = 0; i < count; i++) {
    advance(machine, step, (nowMs += 400));
    encodeDelta(machine);
    bases.push({ options, image, chunks: chunksOf(machine).map((chunk) => decode(chunk)) });
  }
  return bases;
}

/** A limit of its own. */
const LIMITED = `
import sys
sys.set_int_max_str_digits(700)
while True:
    pass
`;

const bases = [
  ...statesOf(RICH, 'plain', 37, 64),
  ...statesOf(RICH, 'fused', 9, 20),
  ...statesOf(RICH, 'plain', 101, 24, true),
  ...statesOf(LIMITED, 'fused', 900, 1),
  ...statesOf(LIMITED, 'fused', 900, 1, false, { instructions: 10 }),
];

function rowsOf(chunk: Plain | undefined): Rows {
  return (chunk as Plain[])[3] as Rows;
}

const REFUSALS = ['FLOW_SNAPSHOT_CORRUPT', 'FLOW_SNAPSHOT_VERSION', 'FLOW_NATIVE_MISSING'] as const;

/** The machine of some bytes; null if they were refused as they must be. */
function restored({ options, image }: Base, chunks: readonly Uint8Array[]): Machine | null {
  try {
    return restoreMachine(options, { base: image, checkpoint: chunks, deltas: [] });
  } catch (error) {
    if (error instanceof FlowError && REFUSALS.some((code) => isFlowError(error, code)))
      return null;
    throw error;
  }
}

/** A state that was let through runs, is written, and can be read again. */
function tryOut(base: Base, machine: Machine): void {
  let nowMs = 1_950_000_000_000;
  for (const steps of [1, 1, 2, 60, 400]) {
    const outcome = advance(machine, steps, (nowMs += 5000));
    encodeDelta(machine);
    const chunks = chunksOf(machine);
    if (steps === 2 || steps === 400) {
      restoreMachine(base.options, { base: base.image, checkpoint: chunks, deltas: [] });
    }
    if (outcome.kind === 'done' || outcome.kind === 'failed') return;
  }
}

/** One forgery, as numbers that are taken modulo what there is. */
interface Change {
  readonly kind: number;
  readonly row: number;
  readonly path: readonly number[];
  readonly how: number;
  readonly other: number;
  readonly value: number;
}

const CHANGES = 11;
const OTHERS: readonly Plain[] = [
  null,
  [],
  'abc',
  true,
  1.5,
  [0, 1],
  [-1],
  [-2],
  [5, 3],
  -1,
  2 ** 40,
];

function forge(rows: Rows, { kind, row, path, how, other, value }: Change): void {
  // A kind first, so that each has its share; frames a larger one.
  const kinds = [...new Set(rows.map(([code]) => code))];
  const wanted = kind % 3 === 0 ? KIND.FRAME : kinds[kind % kinds.length];
  const same = rows.filter(([code]) => code === wanted);
  let parent: Plain[] | undefined = same[row % Math.max(1, same.length)];
  if (parent === undefined || parent.length < 2) return;
  let at = 1 + ((path[0] ?? 0) % (parent.length - 1));
  for (const step of path.slice(1)) {
    const inner: Plain | undefined = parent[at];
    if (!Array.isArray(inner) || inner.length === 0) break;
    parent = inner as Plain[];
    at = step % inner.length;
  }
  const from = rows[other % rows.length] ?? [0];
  const node = parent[at];
  switch (how % CHANGES) {
    case 0:
      if (typeof node === 'number') parent[at] = node + ([1, -1, 2, 100, -100][value % 5] ?? 0);
      break;
    case 1:
      parent[at] = value;
      break;
    case 2:
      parent[at] = [typeof from[1] === 'number' ? from[1] : 1];
      break;
    case 3:
      parent[at] = OTHERS[value % OTHERS.length] ?? null;
      break;
    case 7:
      parent.splice(at, 1);
      break;
    case 8:
      parent.splice(at, 0, copy(parent[value % parent.length] ?? null));
      break;
    case 9: {
      const with_ = value % parent.length;
      parent[at] = parent[with_] ?? null;
      parent[with_] = node ?? null;
      break;
    }
    case 10:
      rows.splice(value % rows.length, 1);
      break;
    default:
      parent[at] = copy(from[1 + (value % Math.max(1, from.length - 1))] ?? null);
  }
}

const change: fc.Arbitrary<Change> = fc.record({
  kind: fc.nat(1000),
  row: fc.nat(1000),
  path: fc.array(fc.nat(1000), { minLength: 1, maxLength: 3 }),
  how: fc.nat(1000),
  other: fc.nat(10_000),
  value: fc.nat(200),
});

describe('forged rows', () => {
  test('are refused, or run', () => {
    const accepted = { count: 0 };
    fc.assert(
      fc.property(fc.nat(1000), fc.array(change, { minLength: 1, maxLength: 2 }), (at, changes) => {
        const base = bases[at % bases.length] as Base;
        const chunks = base.chunks.map(copy);
        for (const each of changes) forge(rowsOf(chunks[each.row % chunks.length]), each);
        const machine = restored(
          base,
          chunks.map((chunk) => encode(chunk)),
        );
        if (machine === null) return;
        accepted.count++;
        tryOut(base, machine);
      }),
      tries(1500),
    );
    // Forgeries that nobody could tell from a state are what this test is about.
    expect(accepted.count).toBeGreaterThan(50);
  });

  test('bytes with bits flipped, cut or doubled', () => {
    fc.assert(
      fc.property(fc.nat(1000), fc.nat(100_000), fc.nat(255), fc.nat(3), (which, at, byte, how) => {
        const base = bases[which % bases.length] as Base;
        const chunks = base.chunks.map((chunk) => encode(chunk));
        const chunk = chunks[at % chunks.length] as Uint8Array;
        const place = at % chunk.length;
        if (how === 0) chunk[place] = byte;
        else if (how === 1) chunk[place] = (chunk[place] ?? 0) ^ (1 << (byte % 8));
        else if (how === 2) chunks[at % chunks.length] = chunk.slice(0, place);
        else chunks.push(chunk);
        const machine = restored(base, chunks);
        if (machine !== null) tryOut(base, machine);
      }),
      tries(400),
    );
  });

  test('any bytes at all', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(restored(bases[0] as Base, [bytes])).toBe(null);
      }),
      tries(300),
    );
  });
});

/** What a forgery does to the first row of a kind that it can be done to. */
type Forgery = (row: Plain[], rows: Rows) => boolean;

/** The message with which a forged state is refused. */
function refusal(kind: number, forgery: Forgery): string {
  for (const base of bases) {
    const chunks = base.chunks.map(copy);
    const rows = chunks.flatMap((chunk) => rowsOf(chunk));
    const row = rows.find((each) => each[0] === kind && forgery(each, rows));
    if (row === undefined) continue;
    try {
      restoreMachine(base.options, {
        checkpoint: chunks.map((chunk) => encode(chunk)),
        deltas: [],
      });
    } catch (error) {
      if (error instanceof FlowError) return `${error.code} ${error.message}`;
      throw error;
    }
    return 'it was accepted';
  }
  return `no state has such a ${kindName(kind)}`;
}

const set =
  (at: number, value: Plain): Forgery =>
  (row) => {
    row[at] = value;
    return true;
  };

const whereFlags =
  (flags: (value: number) => boolean, forgery: (row: Plain[]) => void): Forgery =>
  (row) => {
    if (!flags(row[5] as number)) return false;
    forgery(row);
    return true;
  };

const FORGERIES: readonly (readonly [what: string, kind: number, Forgery, says: RegExp])[] = [
  ['a state of another program', KIND.PROGRAM, set(1, new Uint8Array(32)), /another program/],
  ['an id beyond the last', KIND.STATE, set(1, 3), /comes after the last one/],
  ['a counter below zero', KIND.STATE, set(2, -1), /a counter is out of range/],
  [
    'a quota that was used less than not at all',
    KIND.QUOTA_USE,
    set(1, -1),
    /quotas .*out of range/,
  ],
  ['a heap neither over nor under', KIND.QUOTA_USE, set(4, 2), /quotas .*out of range/],
  ['ints of too few digits', KIND.INT_DIGITS, set(1, 5), /too few digits/],
  ['a native that is not', KIND.STATIC, (row) => row[1] === 1 && set(2, 'x@1')(row, []), /x@1/],
  ['a static that is not', KIND.STATIC, (row) => row[1] === 0 && set(2, 'x')(row, []), /not there/],
  ['a reference to nothing', KIND.CELL, set(2, [99_999]), /99999, which is not there/],
  ['a frame inside an instruction', KIND.FRAME, set(4, 1), /rests/],
  ['a frame past its code', KIND.FRAME, set(4, 1_000_000), /out of range/],
  ['a frame with a slot too many', KIND.FRAME, (row) => row.push(1) > 0, /another depth/],
  ['a hook of no kind', KIND.FRAME, set(5, 31), /no kind/],
  [
    'a lowest frame that is not the first',
    KIND.FRAME,
    whereFlags(
      (flags) => flags === 0,
      (row) => (row[5] = 7),
    ),
    /cannot wait|lowest/,
  ],
  [
    'a loop fed by what is no loop',
    KIND.FRAME,
    whereFlags(
      (flags) => flags === 0,
      (row) => (row[5] = 3),
    ),
    /cannot wait/,
  ],
  [
    'a frame of a generator that does not run',
    KIND.GENERATOR,
    (row) => row[3] === 2 && set(3, 3)(row, []),
    /does not run/,
  ],
  [
    'a generator that runs nowhere',
    KIND.GENERATOR,
    (row) => row[3] === 3 && set(3, 2)(row, []),
    /runs in no task/,
  ],
  ['a task without a frame', KIND.TASK, (row) => row[5] === 3 && set(5, 4)(row, []), /missing/],
  [
    'a task that waits for what has come',
    KIND.TASK,
    (row, rows) => {
      const event = Array.isArray(row[6]) ? (row[6][0] as Plain[])[0] : undefined;
      const found = rows.find(([kind, id]) => kind === KIND.EVENT && id === event);
      if (found !== undefined) found[4] = [0, null];
      return found !== undefined;
    },
    /waits for what it cannot/,
  ],
  [
    'a task that writes an object twice',
    KIND.TASK,
    (row) => row.push(row[4] as Plain, row[4] as Plain) > 0,
    /twice/,
  ],
  [
    'a task that writes no object',
    KIND.TASK,
    (row) => row.push(5) > 0,
    /in the place of an object/,
  ],
  [
    'a failed task that goes on',
    KIND.TIMERS,
    (row, rows) => {
      const task = rows.find(([kind]) => kind === KIND.TASKS)?.[2];
      if (task !== undefined) row.splice(0, row.length, KIND.FAILED, [], task);
      return task !== undefined;
    },
    /failed tasks has others/,
  ],
  ['a task that ends too early', KIND.TASK, (row) => row.pop() !== undefined, /too early/],
  [
    'a closure without its cells',
    KIND.FUNCTION,
    (row) => row[5] !== null && set(5, null)(row, []),
    /closure/,
  ],
  ['a function of another module', KIND.FUNCTION, set(2, 1), /module is another|no such function/],
  ['an iterator over what it cannot go over', KIND.ITERATOR, set(3, true), /goes over/],
  ['an iterator with a position below zero', KIND.ITERATOR, set(4, -7), /position/],
  ['a traceback that is longer than it can be', KIND.TRACEBACK, set(6, 7), /depth is not|longer/],
  [
    'a traceback that goes on into itself',
    KIND.TRACEBACK,
    (row) => set(5, [row[1] as number])(row, []),
    /depth is not/,
  ],
  ['a traceback of nowhere', KIND.TRACEBACK, set(4, 1_000_000), /nowhere/],
  ['an exception with a traceback of its own', KIND.EXCEPTION_SEEN, set(7, []), /longer than/],
  ['an iterator over no dict that counts', KIND.DICT_ITERATOR, set(2, 1), /goes over no dict/],
  ['an iterator with less than nothing left', KIND.DICT_ITERATOR, set(6, -1), /left is out of/],
  ['an iterator over a dict that is none', KIND.DICT_ITERATOR, set(3, 5), /goes over what/],
  [
    'a tuple inside itself',
    KIND.TUPLE,
    (row) => row.push([row[1] as number]) > 0,
    /inside itself|closure/,
  ],
  ['two keys that are equal', KIND.DICT, (row) => row.push('k', 1, 'k', 2) > 0, /equal/],
  ['a key that can be none', KIND.DICT, (row) => row.push([row[1] as number], 1) > 0, /no key/],
  ['a dict without its last value', KIND.DICT, (row) => row.push('k') > 0, /too early/],
  ['a set in another layout', KIND.SET, set(2, [1, 7, 5, 0]), /layout/],
  ['a class without object', KIND.CLASS, set(7, []), /order/],
  ['a class based on what it cannot be', KIND.CLASS, set(6, [[99_999]]), /not there/],
  ['a class whose instances are lists', KIND.CLASS, set(4, 7), /based|made of/],
  [
    'instances with attributes that their class allows them none of',
    KIND.CLASS,
    (_row, rows) => {
      if (!rows.some(([kind, , , ...slots]) => kind === KIND.INSTANCE && slots.length === 1)) {
        return false;
      }
      for (const each of rows) if (each[0] === KIND.CLASS) each[0] = KIND.CLASS_SLOTTED;
      return true;
    },
    /no attributes/,
  ],
  ['a member of no class', KIND.MEMBER, set(2, [99_999]), /not there/],
  ['a member below all members', KIND.MEMBER, set(4, 5000), /depth is out of range/],
  ['an instance with a slot too many', KIND.INSTANCE, (row) => row.push(1) > 0, /fields/],
  ['an instance of no layout', KIND.INSTANCE, set(2, 999), /layout is out of range/],
  ['a long collection that is short', KIND.LONG_LIST, set(2, 5), /not long|no state/],
  ['a str without its pages', KIND.TEXT, set(2, 'other'), /page/],
  ['an event that is settled in no way', KIND.EVENT, set(4, [7, 1]), /no way/],
  ['a timer without its event', KIND.TIMERS, set(3, [1]), /needs an event|without its number/],
];

describe('one thing wrong', () => {
  test.each(FORGERIES)('%s', (_what, kind, forgery, says) => {
    expect(refusal(kind, forgery)).toMatch(says);
  });

  test('a snapshot of a later version', () => {
    const base = bases[0] as Base;
    const chunks = base.chunks.map(copy);
    (chunks[0] as Plain[])[1] = SNAPSHOT_VERSION + 1;
    expect(() =>
      restoreMachine(base.options, {
        checkpoint: chunks.map((chunk) => encode(chunk)),
        deltas: [],
      }),
    ).toThrow(expect.objectContaining({ code: 'FLOW_SNAPSHOT_VERSION' }));
  });

  test('chunks out of order, a missing one, a delta for a chunk', () => {
    const options = optionsFor(
      linkText('x = [str(i) * 9 for i in range(20000)]\nwhile True: pass\n'),
    );
    const machine = begin(options.program);
    advance(machine, 21_000);
    const delta = encodeDelta(machine);
    const chunks = chunksOf(machine);
    expect(chunks.length).toBeGreaterThan(2);
    const [first, ...others] = chunks;
    if (first === undefined) return;
    for (const checkpoint of [[...others, first], others, chunks.slice(0, -1), [delta]]) {
      expect(() => restoreMachine(options, { checkpoint, deltas: [] })).toThrow(FlowError);
    }
    expect(() => restoreMachine(options, { checkpoint: [], deltas: [first] })).toThrow(FlowError);
    expect(() => restoreMachine(options, { checkpoint: [], deltas: [] })).toThrow(FlowError);
    expect(() => restoreMachine(options, { checkpoint: chunks, deltas: [delta] })).toThrow(
      'two beginnings',
    );
  });
});

describe('small bytes that ask for much', () => {
  const base = bases[0] as Base;

  /** Rows in the place of the objects of a state; refused, and soon. */
  function refused(...rows: Rows): void {
    const chunks = base.chunks.map(copy);
    rowsOf(chunks[0]).push(...rows);
    const start = performance.now();
    expect(
      restored(
        base,
        chunks.map((chunk) => encode(chunk)),
      ),
    ).toBe(null);
    expect(performance.now() - start).toBeLessThan(5000);
  }

  test('lengths without contents', () => {
    refused([KIND.LONG_LIST, 7, 2 ** 50]);
    refused([KIND.LONG_BYTES, 7, 2 ** 40]);
    refused([KIND.DICT, 7, [5, 2 ** 40]]);
    refused([KIND.SET, 7, [1, 2 ** 30 - 1, 0, 0]]);
  });

  test('tuples of shared tuples as a key', () => {
    const rows: Rows = [[KIND.TUPLE, 1000, 1]];
    for (let id = 1001; id < 1060; id++) rows.push([KIND.TUPLE, id, [id - 1], [id - 1]]);
    refused(...rows, [KIND.DICT, 2000, [1059], 1], [KIND.STATE, 10_000, 0, 0, 0, 1, 0, 0, 1000]);
  });

  test('iterators over iterators without end', () => {
    const rows: Rows = [[KIND.ITERATOR, 1000, 11, null, 0, [1001]]];
    for (let id = 1001; id < 9000; id++) rows.push([KIND.ITERATOR, id, 11, null, 0, [id + 1]]);
    const last: Rows = [[KIND.ITERATOR, 9000, 11, null, 0, [1000]]];
    const state: Rows = [[KIND.STATE, 10_000, 0, 0, 0, 1, 0, 0, 1000]];
    refused(...rows, ...last, ...state);
    last[0] = [KIND.ITERATOR, 9000, 1, null, 0, null];
    refused(...rows, ...last, ...state);
  });

  test('arrays in arrays', () => {
    let nested: Plain = 1;
    for (let i = 0; i < 100; i++) nested = [nested];
    refused([KIND.CELL, 7, nested]);
  });
});
