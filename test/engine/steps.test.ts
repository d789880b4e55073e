// Steps: calls of functions served in the driver's process, and checkpoint(); how they cost one
// write each, and what a crash or a stop does to them.

import { describe, expect, test } from 'vitest';
import { FunctionsConnector, type HostFunction } from '../../stdlib/connectors/functions.ts';
import type { MemoryDisk } from '../../vm/store/memory-disk.ts';
import type { HistoryEntry } from '../../vm/store/store.ts';
import { Outside, response, SimHttp } from './sim-http.ts';
import { SimClock, World } from './sim.ts';

function serving(functions: Readonly<Record<string, HostFunction>>): FunctionsConnector {
  return new FunctionsConnector({ functions: new Map(Object.entries(functions)) });
}

const COUNT = `
from flow.functions import function
add = function('add')
x = 0
for i in range(20):
    x = await add(x, i, scale=2)
print(x)
`;

describe('functions', () => {
  test('are called once each, and cost one write a call', async () => {
    const calls: string[] = [];
    const world = await World.open({
      connectors: () => [
        serving({
          add: ([x, i], { keywords, key }) => {
            calls.push(key);
            return Number(x) + Number(i) * Number(keywords['scale']);
          },
        }),
      ],
    });
    let writes = 0;
    world.disk.beforeWrite = () => void writes++;
    expect((await world.run(COUNT)).kind).toBe('done');
    expect(world.stdout).toBe('380\n');
    expect(new Set(calls).size).toBe(20);
    // The run's beginning and its end, and what it printed, are a few more.
    expect(writes).toBeLessThan(20 + 8);
  });

  test('are called again after a crash, under the same key, if their answer was not there', async () => {
    const keys: string[][] = [];
    const clock = new SimClock();
    const disks: MemoryDisk[] = [];
    const world = await World.open({
      clock,
      connectors: (it) => [
        serving({
          add: ([x, i], { key }) => {
            keys.push([key]);
            disks.push(it.disk.copy());
            return Number(x) + Number(i);
          },
        }),
      ],
    });
    await world.run(COUNT);
    expect(world.stdout).toBe('190\n');
    const [n, disk] = [7, disks[7]];
    const again: string[] = [];
    const second = await World.open({
      clock,
      disk: disk!,
      connectors: () => [
        serving({
          add: ([x, i], { key }) => {
            again.push(key);
            return Number(x) + Number(i);
          },
        }),
      ],
    });
    await second.driver.resume();
    await second.play();
    expect(second.stdout).toBe('190\n');
    expect(again).toEqual(keys.slice(n).map(([key]) => key));
  });

  test('that raise are a FunctionError, and what is no JSON is None', async () => {
    const world = await World.open({
      connectors: () => [
        serving({
          fails: () => {
            throw new RangeError('no such thing');
          },
          nothing: () => undefined as unknown as null,
          echo: (args) => args,
        }),
      ],
    });
    await world.run(`
from flow.functions import FunctionError, function
try:
    await function('fails')()
except FunctionError as error:
    print(error.kind, error)
print(await function('nothing')(), await function('echo')(1, 'é', [None, True, 1.5, {'a': 2}]))
print(gather(*[function('echo')(n) for n in range(3)]))
for name in ['', 5]:
    try:
        function(name)
    except (TypeError, ValueError) as error:
        print(error)
try:
    function('echo')({1, 2})
except TypeError as error:
    print(error)
`);
    expect(world.stdout).toBe(`RangeError no such thing
None [1, 'é', [None, True, 1.5, {'a': 2}]]
[[0], [1], [2]]
a function's name has from 1 to 256 characters
a function's name must be a str, not 'int'
Object of type set is not JSON serializable
`);
  });

  test('that nobody serves are waited for, until somebody does', async () => {
    const text = "from flow.functions import function\nprint(await function('late')(1))\n";
    const world = await World.open({ connectors: () => [serving({})] });
    const run = await world.start(text);
    await world.play();
    expect(JSON.stringify(await world.driver.why(run))).toContain('the function late');
    await world.driver.close();
    const second = await World.open({
      disk: world.disk,
      connectors: () => [serving({ late: ([x]) => Number(x) + 1 })],
    });
    await second.driver.resume();
    await second.play();
    expect(second.stdout).toBe('2\n');
  });
});

describe('a function that does not come back', () => {
  test('keeps no driver from stopping, and is called again by the next one', async () => {
    const text = "from flow.functions import function\nprint(await function('slow')())\n";
    const signals: AbortSignal[] = [];
    const slow: HostFunction = (_args, { signal }) => {
      signals.push(signal);
      return new Promise(() => {});
    };
    const world = await World.open({ connectors: () => [serving({ slow })] });
    await world.start(text);
    await world.play();
    expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
    await world.driver.close();
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
    const second = await World.open({
      disk: world.disk,
      connectors: () => [serving({ slow: () => 'done' })],
    });
    await second.driver.resume();
    await second.play();
    expect(second.stdout).toBe('done\n');
  });
});

describe('a first attempt that began with its commit', () => {
  test('is given back by a driver that stops before it has left', async () => {
    const outside = new Outside(() => ({ answer: response(200, 1) }));
    const world = await World.open({ connectors: () => [new SimHttp(outside)] });
    const run = await world.start(`
from flow.http import request
print(request.post("http://a.test/x", json=1).status)
`);
    let open = (): void => {};
    const gate = new Promise<void>((resolve) => (open = resolve));
    world.disk.beforeWrite = () => gate;
    // The commit that asks is on its way when the driver is told to stop.
    for (let i = 0; i < 50; i++) await new Promise((resolve) => setImmediate(resolve));
    const closed = world.driver.close();
    open();
    await closed;
    expect(outside.seen).toEqual([]);
    const effect = await world.store.getEffect({ run, effect: 'e1' });
    expect(effect?.state).toMatchObject({ kind: 'attempted', attempt: 1, ended: {} });
    const second = await World.open({
      disk: world.disk,
      connectors: () => [new SimHttp(outside)],
    });
    await second.driver.resume();
    await second.play();
    expect(second.stdout).toBe('200\n');
    expect(outside.seen.length).toBe(1);
  });
});

describe('checkpoint()', () => {
  test('makes a commit of its own, and what was before it is not done again', async () => {
    const world = await World.open();
    const disks: MemoryDisk[] = [];
    world.disk.afterWrite = () => void disks.push(world.disk.copy());
    const run = await world.start(`
from flow import checkpoint
done = []
for i in range(10):
    done.append(i)
    checkpoint()
print(done)
`);
    await world.play();
    const history = await historyOf(world, run);
    expect(history.length).toBeGreaterThanOrEqual(11);
    for (const disk of disks) {
      const second = await World.open({ disk });
      if ((await second.store.getRun(run)) === null) continue;
      await second.driver.resume();
      await second.play();
      const again = await historyOf(second, run);
      expect(again.map(({ output }) => output).join('')).toBe('[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]\n');
      // As many commits in all as without a crash, give or take the note of what was told.
      expect(Math.abs(again.length - history.length)).toBeLessThanOrEqual(1);
    }
  });
});

test('many programs begin at once, before the code of any is on disk', async () => {
  const world = await World.open();
  let open = (): void => {};
  const gate = new Promise<void>((resolve) => (open = resolve));
  world.disk.beforeWrite = () => gate;
  // More than are remembered.
  const starts = Array.from({ length: 80 }, (_, n) => world.start(`print(${n})\n`));
  for (let i = 0; i < 200; i++) await new Promise((resolve) => setImmediate(resolve));
  open();
  await Promise.all(starts);
  await world.play();
  expect(world.stuck).toEqual([]);
  expect(world.endings.size).toBe(80);
});

async function historyOf({ store }: World, run: string): Promise<HistoryEntry[]> {
  const history: HistoryEntry[] = [];
  for await (const entry of store.history({ run })) history.push(entry);
  return history;
}
