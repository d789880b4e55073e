// Blame: the last change of a path, against a trace of the whole run.

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { blame } from '../../vm/engine/blame.ts';
import { describeValue } from '../../vm/engine/describe.ts';
import type { At, Point } from '../../vm/engine/past.ts';
import type { Path, PathStep } from '../../vm/engine/path.ts';
import type { Machine } from '../../vm/machine/machine.ts';
import { Tuple } from '../../vm/values/collections.ts';
import type { Slot } from '../../vm/values/value.ts';
import { pastOf } from '../harness/again.ts';
import { localReader, programs, reader, trace } from './looking.ts';
import { START_MS, World } from './sim.ts';

type Steps = readonly (string | number)[];

/** `o.inner.size`, `d["a"]`: attributes of o, elements of the others. */
function pathOf([name, ...steps]: Steps): Path {
  const read = steps.map((step): PathStep =>
    name === 'o' ? { kind: 'attribute', name: String(step) } : { kind: 'element', key: step },
  );
  return { text: [name, ...steps].join(' '), name: String(name), steps: read };
}

async function started(text: string): Promise<{ readonly world: World; readonly run: string }> {
  const world = await World.open();
  const run = await world.start(text);
  await world.play();
  return { world, run };
}

async function changeOf({ world, run }: { world: World; run: string }, path: Steps, at?: At) {
  return await blame(pastOf(world.store), { run, path: pathOf(path), ...(at && { at }) });
}

/** As flow sees it: the same object, or an equal number, text or tuple. */
function isSame(a: Slot, b: Slot): boolean {
  if (a === b) return true;
  const areTuples = a instanceof Tuple && b instanceof Tuple;
  return areTuples && JSON.stringify(a.items) === JSON.stringify(b.items);
}

/** The point before the last change up to one. */
function lastChange(values: readonly Slot[], points: readonly Point[], upTo: number): Point | null {
  for (let i = upTo; i > 0; i--) if (!isSame(values[i], values[i - 1])) return points[i - 1]!;
  return null;
}

const PATHS: readonly Steps[] = [
  ['g'],
  ['xs'],
  ['xs', 0],
  ['xs', -1],
  ['d', 'a'],
  ['d', 'a', 'b'],
  ['o'],
  ['o', 'size'],
  ['o', 'inner'],
  ['o', 'inner', 'size'],
];

async function found(story: { world: World; run: string }, path: Steps, at: Point) {
  return await changeOf(story, path, at).catch((error: Error) => error.message);
}

describe('blame', () => {
  test('is what a trace of every instruction says', async () => {
    await fc.assert(
      fc.asyncProperty(programs, fc.constantFrom(...PATHS), fc.nat(), async (text, path, pick) => {
        const story = await started(text);
        const past = pastOf(story.world.store);
        const { points, values } = await trace(story.world.store, past, story.run, reader(path));
        for (const upTo of [pick % points.length, points.length - 1]) {
          const expected = lastChange(values, points, upTo);
          const change = await found(story, path, points[upTo]!);
          if (expected === null) expect(change).toMatch(/was never bound|nothing is called/u);
          else expect(change).toMatchObject({ at: expected });
        }
      }),
      { numRuns: 25 },
    );
  });

  test.each([
    ['f', 't', (machine: Machine) => localReader('f', 't')(machine)],
    ['f', 'n', (machine: Machine) => localReader('f', 'n')(machine)],
    ['step', 'kept', (machine: Machine) => localReader('step', 'kept')(machine)],
  ])('of a local of %s, %s, is that of the call that is under way', async (name, local, read) => {
    const text = `
from flow import checkpoint

def f(n):
    t = n
    for i in range(2):
        t += i
        checkpoint()
    t = t
    return t

def make(start):
    kept = start
    def step():
        nonlocal kept
        kept += 1
        other = kept
        checkpoint()
        return other
    return step

steps = [make(5), make(50)]
for z in range(3):
    f(3)
    steps[0]()
    steps[1]()
`;
    const story = await started(text);
    const past = pastOf(story.world.store);
    const inside = (machine: Machine): boolean => {
      const [task] = machine.state.tasks;
      const { top } = task ?? {};
      return top?.code.info.name === name;
    };
    const { points, values } = await trace(story.world.store, past, story.run, read);
    const within = await trace(story.world.store, past, story.run, inside);
    let looked = 0;
    for (let upTo = points.length - 1; upTo > 0 && looked < 25; upTo -= 5) {
      const value = values[upTo];
      if (!within.values[upTo] || value === undefined) continue;
      looked++;
      const change = await changeOf(story, [local], points[upTo]);
      expect(change.after).toBe(describeValue(value));
      const at = points.findIndex(
        ({ sequence, instruction }) =>
          sequence === change.at.sequence && instruction === change.at.instruction,
      );
      // It has this value from there on: in the function itself, and by the same closure.
      const isOther = (other: Slot): boolean => Number(other) < 50 !== Number(value) < 50;
      for (let i = at + 1; i <= upTo; i++) {
        if (within.values[i] && !isOther(values[i])) expect(values[i]).toBe(value);
      }
    }
    expect(looked).toBeGreaterThan(5);
  });

  test('says where it was, and leads on back', async () => {
    const story = await started(`
from flow.time import sleep

def work(job):
    job["tries"] += 1
    sleep(60)
    job["tries"] = 7

job = {"tries": 0}
work(job)
`);
    const last = await changeOf(story, ['job', 'tries']);
    const place = { file: 'main.flow', line: 7, name: 'work', text: 'job["tries"] = 7' };
    expect(last).toMatchObject({ atMs: START_MS + 60_000, place, before: '1', after: '7' });
    const before = await changeOf(story, ['job', 'tries'], last.at);
    expect(before).toMatchObject({
      atMs: START_MS,
      place: { line: 5, text: 'job["tries"] += 1' },
      before: '0',
      after: '1',
    });
    // Here it is the parameter's, which the call has bound; before the call, the global's.
    const called = await changeOf(story, ['job', 'tries'], before.at);
    expect(called).toMatchObject({ place: { line: 10 }, before: null, after: '0' });
    const first = await changeOf(story, ['job', 'tries'], called.at);
    expect(first).toMatchObject({ place: { line: 9 }, before: null, after: '0' });
  });

  test('tells a deletion, and what the library does at a line of the program', async () => {
    const story = await started(`
import heapq
x = 1
del x
heap = [3]
heapq.heappush(heap, 1)
`);
    expect(await changeOf(story, ['x'])).toMatchObject({
      place: { line: 4 },
      before: '1',
      after: null,
    });
    expect(await changeOf(story, ['heap', 0])).toMatchObject({
      place: { line: 6, name: '<module>' },
      before: '3',
      after: '1',
    });
  });

  test('of a local of a generator counts what was done while it was suspended', async () => {
    const story = await started(`
from flow import checkpoint

def rows(box):
    for n in range(2):
        yield n
        checkpoint()

box = {"n": 0}
other = rows({"n": 9})
next(other)
for row in rows(box):
    box["n"] = row + 5
`);
    const { sequence } = (await story.world.store.getRun(story.run))!;
    const path = { text: 'box', name: 'box', steps: [{ kind: 'element', key: 'n' }] } as const;
    const change = await blame(pastOf(story.world.store), {
      run: story.run,
      path,
      at: { sequence: sequence - 1 },
    });
    expect(change).toMatchObject({ place: { line: 13 }, after: '6' });
  });

  test('tells calls apart that follow one another without a step between', async () => {
    const story = await started(`
def get(self, name):
    first = 1
    raise AttributeError(name)
class Shape:
    __getattribute__ = get
    __getattr__ = get
shape = Shape()
try:
    shape.sides
except AttributeError:
    pass
`);
    const points: Point[] = [];
    const past = pastOf(story.world.store);
    const to = { sequence: 1, instruction: 0 };
    for await (const walk of past.walk(story.run, 0, to, (task, { sequence, instruction }) => {
      if (task.top?.code.info.name === 'get') points.push({ sequence, instruction });
      return false;
    })) {
      expect(walk.machine.mode).toBe('plain');
    }
    // The second call is what becomes of the first one's exception.
    const calls = points.length / 2;
    expect(points[calls]!.instruction).toBe(points[calls - 1]!.instruction + 1);
    expect(await changeOf(story, ['first'], points[calls - 1])).toMatchObject({ after: '1' });
    const second = changeOf(story, ['first'], points[calls]);
    await expect(second).rejects.toThrow('was never bound');
    expect(await changeOf(story, ['self'], points[calls])).toMatchObject({ before: null });
  });

  test('finds a local of another task, if that of the program has none', async () => {
    const story = await started(`
from flow.time import sleep
def work(mine):
    mine = mine + 1
    sleep(60)
tasks = [spawn(work, 1), spawn(work, 7)]
for task in tasks:
    await task
`);
    const change = await changeOf(story, ['mine'], { sequence: 1 });
    expect(change).toMatchObject({ place: { line: 4, name: 'work' }, before: '1', after: '2' });
  });

  test('takes no turn of a loop for a call', async () => {
    const story = await started(`
from flow import checkpoint
def turn(n, kept):
    while True:
        n += 1
        if n > 3:
            checkpoint()
            return
turn(0, 5)
`);
    const at = { sequence: 1 };
    expect(await changeOf(story, ['n'], at)).toMatchObject({ place: { line: 5 }, after: '4' });
    expect(await changeOf(story, ['kept'], at)).toMatchObject({ place: { line: 9 }, after: '5' });
  });

  test('of what a base image had is at the line of the prefix', async () => {
    const world = await World.open({ bases: true });
    const run = await world.start(`
import json
LIMIT = 12
from flow.time import sleep
sleep(5)
LIMITS = [LIMIT]
`);
    await world.play();
    const change = await changeOf({ world, run }, ['LIMIT']);
    expect(change).toMatchObject({
      at: { sequence: 0, instruction: 0 },
      place: { line: 3, text: 'LIMIT = 12' },
      before: null,
      after: '12',
    });
  });

  test('says what cannot be blamed', async () => {
    const story = await started('total = 1\nprint(total)\n');
    await expect(changeOf(story, ['totl'])).rejects.toThrow("did you mean 'total'?");
    await expect(changeOf(story, ['receipt'])).rejects.toThrow(
      /nothing is called 'receipt' where run \S+ stands: it has ended, and its globals are left/u,
    );
    await expect(changeOf(story, ['print'])).rejects.toThrow("nothing is called 'print'");
    await expect(changeOf(story, ['total', 'x'])).rejects.toThrow('was never bound');
    await expect(changeOf(story, ['total'], { sequence: 99 })).rejects.toThrow('has not reached');
  });

  test('says how far it has looked, where the past was pruned', async () => {
    const world = await World.open();
    const run = await world.start(`
from flow import checkpoint
x = 1
for i in range(6):
    kept = [str(i + n) for n in range(9_000)]
    checkpoint()
`);
    await world.play();
    const { sequence } = (await world.store.getRun(run))!;
    await world.store.prune({ run, before: sequence, history: true, records: 1000 });
    await expect(changeOf({ world, run }, ['x'])).rejects.toThrow(
      /has not changed since commit \d+, and what was before cannot be looked at/u,
    );
  });
});
