// Deltas: they say what has changed, all of it, and little else.

import { Buffer } from 'node:buffer';
import { describe, expect, test } from 'vitest';
import { findUnsaved } from '../../vm/snapshot/check.ts';
import { kindName } from '../../vm/snapshot/kinds.ts';
import { decodeDeltaSegment, type Row } from '../../vm/snapshot/segment.ts';
import type { Machine } from '../../vm/machine/machine.ts';
import { ByteArray, List } from '../../vm/values/collections.ts';
import { Dict } from '../../vm/values/dict.ts';
import type { HeapObject } from '../../vm/values/heap.ts';
import type { Slot } from '../../vm/values/value.ts';
import { heldOf, heldOptions, hold, newHeld, restoreHeld } from './held.ts';
import { advance, begin, chunksOf, encodeDelta, linkText, optionsFor } from './programs.ts';
import { restoreMachine, NOW_MS } from './programs.ts';

/** A chain of deltas that is checked against the live state at each link. */
class Chain {
  readonly machine: Machine;
  readonly deltas: Uint8Array[] = [];

  constructor(machine: Machine) {
    this.machine = machine;
    this.next();
  }

  /** The next delta: its bytes; all that changed must be in it. */
  next(): Uint8Array {
    const delta = encodeDelta(this.machine);
    this.deltas.push(delta);
    expect(findUnsaved(this.machine, { checkpoint: [], deltas: this.deltas })).toBe(null);
    return delta;
  }

  rows(): readonly Row[] {
    return decodeDeltaSegment(this.next());
  }

  kinds(): string[] {
    return this.rows().map((row) => kindName(row[0] as number) ?? '?');
  }
}

function chainOf(...values: Slot[]): Chain {
  const machine = newHeld();
  hold(machine, ...values);
  return new Chain(machine);
}

/** A chain of a script, after so many ticks. */
function scriptChain(text: string, ticks: number): Chain {
  const machine = begin(linkText(text));
  advance(machine, ticks);
  return new Chain(machine);
}

describe('what has not changed', () => {
  test('costs next to nothing', () => {
    const chain = chainOf(new List(Array.from({ length: 10_000 }, (_, i) => i)));
    expect(chain.next().length).toBeLessThan(40);
    expect(chain.kinds()).toEqual(['STATE']);
  });

  test('ten changed objects cost the same in a small heap and in a large one', () => {
    const cost = (count: number): number => {
      const objects = Array.from({ length: count }, (_, i) => new List([i]));
      const chain = chainOf(new List([...objects]));
      for (const each of objects.slice(-10)) {
        each.items[0] = 1;
        each.touchAt(0);
      }
      return chain.next().length;
    };
    expect(cost(20_000)).toBeLessThan(160);
    expect(cost(20_000) - cost(1000)).toBeLessThan(30);
  });

  test('a module writes the globals that changed', () => {
    const names = Array.from({ length: 300 }, (_, i) => `name_${i}`);
    const chain = scriptChain(
      `${names.map((name) => `${name} = [1]`).join('\n')}\nn = 0\nwhile True:\n    n += 1\n`,
      3,
    );
    advance(chain.machine, 2);
    const rows = chain.rows();
    const module = rows.find((row) => row[0] === 57);
    expect(module).toHaveLength(7);
  });

  test('a recursion writes the frames that ran', () => {
    const chain = scriptChain(
      `
import sys
sys.setrecursionlimit(20000)
def down(n):
    if n > 0:
        return down(n - 1)
    for i in range(1000000):
        pass
down(5000)
`,
      6000,
    );
    advance(chain.machine, 1);
    expect(chain.kinds().filter((kind) => kind === 'FRAME')).toHaveLength(1);
  });

  test('frames that returned are gone, and the one that goes on is written', () => {
    const chain = scriptChain(
      `
def leaf(n):
    for i in range(50):
        pass
    return n
def run():
    total = 0
    while True:
        total += leaf(total)
run()
`,
      20,
    );
    for (let i = 0; i < 30; i++) {
      advance(chain.machine, 17);
      chain.next();
    }
  });
});

describe('pages', () => {
  const pagesOf = (rows: readonly Row[]): unknown[] =>
    rows.filter((row) => row[0] === 16).map((row) => row[2]);

  test('of a list: the one that changed, the last one, those after an insertion', () => {
    const list = new List(Array.from({ length: 1000 }, (_, i) => i));
    const chain = chainOf(list);
    list.items[500] = -1;
    list.touchAt(500);
    expect(pagesOf(chain.rows())).toEqual([3]);
    list.items.push(1);
    list.touchAt(list.items.length - 1);
    expect(pagesOf(chain.rows())).toEqual([7]);
    list.items.splice(400, 0, 5);
    list.touchFrom(400);
    expect(pagesOf(chain.rows())).toEqual([3, 4, 5, 6, 7]);
    list.items.length = 300;
    list.touchFrom(300);
    expect(pagesOf(chain.rows())).toEqual([2]);
    list.items.length = 256;
    list.touchFrom(256);
    expect(pagesOf(chain.rows())).toEqual([]);
    list.items.length = 10;
    list.touchFrom(10);
    expect(pagesOf(chain.rows())).toEqual([]);
    for (let i = 0; i < 400; i++) list.items.push(i);
    list.touchFrom(10);
    expect(pagesOf(chain.rows())).toEqual([0, 1, 2, 3]);
  });

  test('of a dict: values, deletions, and all of them when holes are closed', () => {
    const dict = new Dict();
    for (let i = 0; i < 1000; i++) dict.set(i, i);
    const chain = chainOf(dict);
    dict.set(300, 'x');
    expect(pagesOf(chain.rows())).toEqual([2]);
    dict.removeAt(dict.find(700) as number);
    expect(pagesOf(chain.rows())).toEqual([5]);
    dict.set('new', 1);
    expect(pagesOf(chain.rows())).toEqual([7]);
    for (let i = 0; i < 600; i++) if (i !== 300) dict.removeAt(dict.find(i) as number);
    chain.next();
    dict.set('compacts', 1);
    expect(pagesOf(chain.rows())).toEqual([0, 1, 2, 3]);
  });

  test('of a bytearray', () => {
    const array = new ByteArray(new Uint8Array(1_000_000));
    const chain = chainOf(array);
    array.bytes[500_000] = 1;
    array.touchAt(500_000);
    expect(pagesOf(chain.rows())).toEqual([122]);
    array.bytes = array.bytes.slice(0, 400_000);
    array.touchFrom(400_000);
    expect(pagesOf(chain.rows())).toEqual([97]);
    array.touch();
    expect(pagesOf(chain.rows())).toHaveLength(98);
  });
});

describe('long strs', () => {
  const textRows = (rows: readonly Row[]): number => rows.filter((row) => row[0] === 12).length;

  test('that did not change are not written again, wherever they are', () => {
    const text = Array.from({ length: 200_000 }, (_, i) => String(i)).join(' ');
    const chain = chainOf(text);
    expect(chain.deltas[0]?.length).toBeGreaterThan(text.length);
    hold(chain.machine, 1, text, `${text.slice(0, 5)}${text.slice(5)}`);
    expect(chain.next().length).toBeLessThan(100);
  });

  test('that grow write their end', () => {
    let text = 'x'.repeat(100_000);
    const chain = chainOf(text);
    for (let i = 0; i < 20; i++) {
      text += `line ${i}\n`;
      hold(chain.machine, text);
      expect(textRows(chain.rows())).toBe(1);
    }
  });

  test('that share their beginning are put together from the same pages', () => {
    const base = 'abc'.repeat(10_000);
    const texts = [base, `${base}x`, `${base}y`, base.slice(0, 8192), `${base.slice(0, 9000)}!`];
    const chain = chainOf(...texts);
    expect(heldOf(restoreHeld({ checkpoint: [], deltas: chain.deltas })).items).toEqual(texts);
    expect(textRows(decodeDeltaSegment(chain.deltas[0] ?? new Uint8Array()))).toBe(11);
  });

  test('that a checkpoint no longer has are written anew when they come back', () => {
    const text = 'y'.repeat(50_000);
    const chain = chainOf(text);
    hold(chain.machine, 0);
    chain.next();
    const checkpoint = chunksOf(chain.machine);
    hold(chain.machine, text);
    const delta = chain.next();
    const copy = restoreHeld({ checkpoint, deltas: [delta] });
    expect(heldOf(copy).items).toEqual([text]);
  });
});

describe('ids', () => {
  test('are given once, in the order in which objects are met', () => {
    const [a, b, c] = [new List([]), new List([]), new List([])];
    a.items = [c, b];
    const chain = chainOf(a);
    expect([c.id - a.id, b.id - c.id]).toEqual([1, 1]);
    const { nextId } = chain.machine.state.heap;
    const later = new List([]);
    hold(chain.machine, later);
    chain.next();
    expect(later.id).toBe(nextId);
    expect(chain.machine.state.heap.nextId).toBe(nextId + 1);
  });

  test('deltas that follow a restored state are those that would have followed the live one', () => {
    const text = `
class Point:
    def __init__(self, x):
        self.x = x
        self.log = {}
points = [Point(i) for i in range(400)]
words = ""
i = 0
while True:
    i = i + 1
    p = points[i * 37 % 400]
    p.x = p.x + 1
    p.log[i % 5] = [i]
    words = words + "some words "
    if i % 10 == 0:
        points[i % 400] = Point(-i)
`;
    const program = linkText(text);
    const live = begin(program);
    const deltas: Uint8Array[] = [];
    for (let i = 0; i < 10; i++) {
      advance(live, 300);
      deltas.push(encodeDelta(live));
    }
    const copy = restoreMachine(optionsFor(program), { checkpoint: [], deltas });
    const other = restoreMachine(optionsFor(program), { checkpoint: chunksOf(live), deltas: [] });
    for (let i = 0; i < 10; i++) {
      for (const machine of [live, copy, other]) advance(machine, 40);
      const delta = Buffer.from(encodeDelta(live));
      expect(delta.equals(encodeDelta(copy))).toBe(true);
      expect(delta.equals(encodeDelta(other))).toBe(true);
    }
  });

  test('an object of another run is no object of this one', () => {
    const [one, two] = [newHeld(), newHeld()];
    const shared: HeapObject = new List([]);
    hold(one, shared);
    encodeDelta(one);
    hold(two, shared);
    expect(() => encodeDelta(two)).toThrow('another run');
  });
});

describe('tasks, timers and effects', () => {
  test.each([
    ['that others lost', 'race(task, spawn(sleep, 1))'],
    ['that was won before it began', 'race(task, done)\n    sleep(1)'],
    [
      'that was given up',
      'try:\n        with timeout(1):\n            race(task, task)\n    except Timeout:\n        pass',
    ],
  ])('a race %s leaves nothing behind with those who go on', (_how, body) => {
    const machine = begin(
      linkText(`
from flow.time import sleep, timeout
def stubborn():
    while True:
        try:
            sleep("1d")
        except Cancelled:
            pass
task, done = spawn(stubborn), spawn(len, "")
await done
while True:
    ${body}
`),
    );
    const sizes: number[] = [];
    for (let races = 1; races <= 200; races++) {
      while (advance(machine, 10_000, NOW_MS + races * 1000).kind === 'spent');
      encodeDelta(machine);
      if (races % 100 === 0) sizes.push(Buffer.concat(chunksOf(machine)).length);
    }
    const [before = 0, after = 0] = sizes;
    expect(before).toBeGreaterThan(0);
    expect(after - before).toBeLessThan(100);
  });

  const SLEEPERS = `
from flow.time import sleep
def nap(n):
    sleep(n)
    return n
tasks = [spawn(nap, n + 1) for n in range(200)]
total = 0
for task in tasks:
    total += await task
print(total)
`;

  test('one task that wakes among many costs what it does', () => {
    const machine = begin(linkText(SLEEPERS));
    let nowMs = NOW_MS;
    while (advance(machine, 10_000, nowMs).kind === 'spent') void 0;
    const chain = new Chain(machine);
    expect(machine.state.tasks.length).toBe(201);
    nowMs += 1000;
    advance(machine, 10_000, nowMs);
    const delta = chain.next();
    expect(machine.state.tasks.length).toBe(200);
    expect(delta.length).toBeLessThan(500);
  });

  test('effects come and go', () => {
    const machine = newHeld();
    const chain = new Chain(machine);
    const [a, b, c] = [1, 2, 3].map(() => machine.effect('http', ['x']));
    chain.next();
    machine.settle(b?.effect ?? 0, { kind: 'resolved', value: 'answer' });
    const d = machine.effect('http', []);
    chain.next();
    // Given up without an answer.
    machine.state.pending.delete(c?.effect ?? 0);
    chain.next();
    const copy = restoreMachine(heldOptions, { checkpoint: chunksOf(machine), deltas: [] });
    expect([...copy.state.pending.keys()]).toEqual([a?.effect, d.effect]);
    expect(copy.settle(d.effect, { kind: 'resolved', value: null })).toBe(true);
    expect(copy.settle(d.effect, { kind: 'resolved', value: null })).toBe(false);
  });
});
