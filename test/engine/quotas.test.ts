// Quotas as runs have them: kept with the run, and met at the same place wherever it is. What a
// program sees of them is in test/golden/limit/quota.

import { describe, expect, test } from 'vitest';
import { openLibrary } from '../../stdlib/library.ts';
import { encode } from '../../vm/bytecode/codec.ts';
import { isFlowError } from '../../vm/bytecode/errors.ts';
import { decodeInput, encodeInput } from '../../vm/engine/input.ts';
import { Programs } from '../../vm/engine/programs.ts';
import { machineOf } from '../../vm/engine/state.ts';
import type { Machine } from '../../vm/machine/machine.ts';
import { heapBytes } from '../../vm/snapshot/size.ts';
import type { Quotas } from '../../vm/values/quotas.ts';
import { advance, begin, chunksOf, encodeDelta, linkText } from '../snapshot/programs.ts';
import { World } from './sim.ts';

describe('an input', () => {
  const bare = { argv: ['a.flow', 'x'], args: ['1'] };

  test('without quotas has the bytes that it always had', () => {
    const bytes = encodeInput({ ...bare, quotas: {} });
    expect(bytes).toEqual(encode([1, ['a.flow', 'x'], ['1']]));
    expect(decodeInput('r', bytes)).toEqual({ ...bare, quotas: {} });
  });

  test('with some has them, in one order', () => {
    const quotas = { tasks: 3, instructions: 2 ** 40, log: 0 };
    const bytes = encodeInput({ ...bare, quotas });
    expect(decodeInput('r', bytes)).toEqual({ ...bare, quotas });
    const turned = { log: 0, instructions: 2 ** 40, tasks: 3 };
    expect(encodeInput({ ...bare, quotas: turned })).toEqual(bytes);
  });

  test.each([
    ['FLOW_STORE_VERSION', 'a quota that is not known here', [2, [], [], ['weight', 3]]],
    ['FLOW_STORE_CORRUPT', 'a limit that is none', [2, [], [], ['tasks', 0]]],
    ['FLOW_STORE_CORRUPT', 'a limit that is missing', [2, [], [], ['tasks']]],
    ['FLOW_STORE_CORRUPT', 'no list of quotas', [2, [], []]],
    ['FLOW_STORE_VERSION', 'a later version', [3, [], [], []]],
  ] as const)('is %s with %s', (code, _, plain) => {
    let found: unknown = null;
    try {
      decodeInput('r', encode(plain));
    } catch (error) {
      found = error;
    }
    expect(isFlowError(found, code)).toBe(true);
  });
});

test('a run is not made with quotas that are none', async () => {
  const world = await World.open();
  for (const bad of [{ weight: 3 }, { tasks: 0 }, { log: 1.5 }, { frames: 15 }]) {
    const refused = await world.start('print(1)', { quotas: bad }).catch((error: unknown) => error);
    expect(isFlowError(refused, 'FLOW_REQUEST_INVALID')).toBe(true);
  }
  expect((await world.store.listRuns({ status: 'all' })).rows).toEqual([]);
});

/** It is asleep in the middle, and says how far it came. */
const SLEEPER = `from flow.time import sleep
n = 0
try:
    while True:
        n += 1
        if n == 1_000:
            sleep("1h")
except QuotaExceeded:
    print(n)
`;

describe('a run', () => {
  test('meets its limit where it would have, under a driver that knows it from the store', async () => {
    const quotas = { instructions: 5_000, log: 100 };
    const whole = await World.open();
    await whole.start(SLEEPER, { quotas });
    await whole.play();
    const first = await World.open();
    const run = await first.start(SLEEPER, { quotas });
    await first.play(first.clock.ms + 1_000);
    expect(first.endings.has(run)).toBe(false);
    const { clock, disk } = first;
    const second = await World.open({ clock, disk: disk.copy() });
    await second.driver.resume();
    await second.play();
    expect(second.endings.get(run)).toMatchObject({ kind: 'done' });
    expect(Number(second.stdout)).toBeGreaterThan(1_000);
    expect(second.stdout).toBe(whole.stdout);
  });

  test('begins from no base image, so that what its imports use counts', async () => {
    const text = 'import asyncio\nprint("here")\n';
    const world = await World.open({ bases: true });
    const run = await world.start(text, { quotas: { instructions: 100 } });
    await world.play();
    expect(world.endings.get(run)).toMatchObject({
      kind: 'failed',
      lastLine: 'QuotaExceeded: more than 100 instructions',
    });
    expect(world.stdout).toBe('');
    await world.start(text);
    await world.play();
    expect(world.stdout).toBe('here\n');
  });

  test.each([
    ['computes', 'while True:\n    try:\n        stubborn()\n    except RuntimeError: pass\n'],
    ['waits', 'spawn(stubborn)\nfor x in wait(): pass\n'],
  ])('that is ended while it %s leaves a state that can be read', async (_, last) => {
    const text = `from flow.time import sleep
def stubborn():
    n = 0
    while True:
        try:
            while True:
                n += 1
        except QuotaExceeded:
            print("no")

def wait():
    try:
        sleep("1h")
    finally:
        print("never")
    yield 1

${last}`;
    const world = await World.open();
    const run = await world.start(text, { quotas: { instructions: 1_000 } });
    await world.play();
    expect(world.endings.get(run)).toMatchObject({
      kind: 'failed',
      lastLine: 'QuotaExceeded: more than 1000 instructions',
    });
    expect(world.stdout).toBe('no\n');
    const { store } = world;
    const loaded = await store.loadRun(run);
    const { registry } = openLibrary();
    const program = await new Programs(store, registry).load(loaded.record.program);
    const machine = machineOf(loaded, { program, registry, random: () => 0, base: null });
    expect(machine.state.tasks.map(({ number }) => number)).not.toContain(1);
    expect(machine.state.tickCount).toBeGreaterThan(11_000);
    expect(machine.state.tickCount).toBeLessThan(11_100);
  });
});

describe('ticks', () => {
  // A match that fails late: some thousands of ticks of one native.
  const TEXT = `import re
for _ in range(3):
    re.search("a*c", "a" * 1_000)
`;

  test('of a native are counted, however many the batch had left', () => {
    const counts = [100, 1_000_000].map((ticks) => {
      const machine = begin(linkText(TEXT));
      while (advance(machine, ticks).kind === 'spent');
      return machine.state.tickCount;
    });
    expect(counts[0]).toBeGreaterThan(3_000);
    expect(counts[0]).toBe(counts[1]);
  });
});

describe('a heap', () => {
  const TEXT = `import json
class Point:
    def __init__(self, x, y):
        self.x, self.y = x, y
long = "words " * 20_000
held = [long, long, {n: Point(n, [n / 7, str(n), n ** 9]) for n in range(3_000)}, bytes(5_000)]
def f(n):
    return f(n - 1) if n else [0 for _ in range(200_000)]
f(50)
`;

  test('has about as many bytes as its checkpoint, whatever was committed before', () => {
    const machine = begin(linkText(TEXT));
    advance(machine, 30_000);
    const before = heapBytes(machine);
    encodeDelta(machine);
    expect(heapBytes(machine)).toBe(before);
    const checkpoint = chunksOf(machine).reduce((sum, { length }) => sum + length, 0);
    expect(before / checkpoint).toBeGreaterThan(0.8);
    expect(before / checkpoint).toBeLessThan(1.3);
  });

  test('is measured seldom where it is large', () => {
    let looks = 0;
    const limits: Quotas = { heap: 100_000_000 };
    const held = { limits, heapBytes: (of: Machine) => (looks++, heapBytes(of)) };
    const machine = begin(linkText(TEXT), 'fused', held);
    while (advance(machine, 10_000).kind === 'spent');
    const { tickCount } = machine.state;
    expect(looks).toBeGreaterThan(3);
    expect(looks).toBeLessThan(tickCount / 4_000);
  });
});
