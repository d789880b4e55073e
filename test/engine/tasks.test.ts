// Tasks as the outside sees them: failures that nobody awaited, and those that wait.

import { describe, expect, test } from 'vitest';
import { decodeNotes } from '../../vm/engine/notes.ts';
import type { MemoryDisk } from '../../vm/store/memory-disk.ts';
import type { RunId, Store } from '../../vm/store/store.ts';
import { SimClock, World } from './sim.ts';

/** What all commits of a run have printed to stderr. */
async function stderrOfRun(store: Store, run: RunId): Promise<string> {
  let text = '';
  for await (const { events } of store.history({ run })) text += decodeNotes(events).stderr;
  return text;
}

describe('a failure that nothing awaited', () => {
  const PROGRAM = `
from flow.time import sleep
class Odd(Exception):
    def __str__(self):
        sleep(1)
        return "slowly"
def f(error):
    raise error
async def g():
    await spawn(sleep, 1)
    raise Odd()
def cancelled():
    sleep("1d")
spawn(f, KeyError("x"))
later = spawn(f, ValueError("later"))
spawn(g())
try:
    gather(spawn(f, LookupError("of gather")), spawn(sleep, 1))
except LookupError:
    pass
spawn(cancelled).cancel()
asleep = spawn(cancelled)
sleep(5)
asleep.cancel()
try:
    await later
except ValueError:
    pass
print("end")
`;
  const TOLD = `Task 'f' failed, and nothing awaited it:
Traceback (most recent call last):
  File "main.flow", line 8, in f
    raise error
KeyError: 'x'
Task 'g' failed, and nothing awaited it:
Traceback (most recent call last):
  File "main.flow", line 11, in g
    raise Odd()
Odd: slowly
`;

  test('is told when the run ends, with its traceback', async () => {
    const world = await World.open();
    expect(await world.run(PROGRAM)).toMatchObject({ kind: 'done' });
    expect([world.stdout, world.stderr]).toEqual(['end\n', TOLD]);
  });

  test('is told before the failure of the program itself', async () => {
    const world = await World.open();
    const text = `${PROGRAM}raise RuntimeError("too")\n`;
    expect(await world.run(text)).toMatchObject({ kind: 'failed', lastLine: 'RuntimeError: too' });
    expect(world.stderr).toBe(TOLD);
  });

  test('is told exactly once, wherever the driver dies', async () => {
    const first = await World.open();
    const deaths: { disk: MemoryDisk; atMs: number }[] = [];
    first.disk.afterWrite = () =>
      void deaths.push({ disk: first.disk.copy(), atMs: first.clock.ms });
    const run = await first.start(PROGRAM);
    await first.play();
    expect(await stderrOfRun(first.store, run)).toBe(TOLD);
    for (const { disk, atMs } of deaths) {
      const clock = new SimClock();
      clock.ms = atMs;
      const second = await World.open({ disk, clock });
      if ((await second.store.getRun(run)) === null) continue;
      await second.driver.resume();
      await second.play();
      expect(await stderrOfRun(second.store, run)).toBe(TOLD);
    }
  });

  test('is told before the end if there are very many', async () => {
    const world = await World.open();
    const run = await world.start(`
from flow.time import sleep
def fail(n):
    raise ValueError(n)
for n in range(300):
    spawn(fail, n)
    sleep(1)
sleep("1d")
`);
    await world.play(world.clock.ms + 1_000_000);
    const told = world.stderr.split('\n').filter((line) => line.startsWith('ValueError'));
    expect(told).toEqual(Array.from({ length: 199 }, (_, n) => `ValueError: ${n}`));
    await world.play();
    expect(world.endings.get(run)?.kind).toBe('done');
    expect(world.stderr.match(/ValueError: /g)).toHaveLength(300);
  });
});

describe('a task in a race', () => {
  test('is told at the line of the program, and nothing of the library with it', async () => {
    const world = await World.open();
    const run = await world.start(`
from flow.time import sleep

def nap(n):
    sleep(n)

def either():
    return race(spawn(nap, 50), spawn(sleep, 60))

print(either())
`);
    await world.play(world.clock.ms);
    const { state } = await world.driver.why(run);
    if (state.kind !== 'waiting') throw new Error(state.kind);
    expect(state.reasons).toMatchObject([
      {
        name: 'main',
        place: { line: 8, name: 'either', text: 'return race(spawn(nap, 50), spawn(sleep, 60))' },
        on: { kind: 'event', what: 'race' },
        wakers: ['task'],
      },
      { name: 'nap', place: { line: 5 }, on: { kind: 'timer' } },
      { name: 'sleep', place: null, on: { kind: 'timer' } },
    ]);
    await world.play();
    expect(world.stdout).toBe('(0, None)\n');
  });
});
