// What people and hosts do to runs: cancel them, ask why, look inside, move and fork their store,
// kill their driver at a bad moment.

import { describe, expect, test } from 'vitest';
import { isFlowError } from '../../vm/bytecode/errors.ts';
import type { MemoryDisk } from '../../vm/store/memory-disk.ts';
import { answerRaw, Outside, response, SimCallbacks, SimHttp } from './sim-http.ts';
import { START_MS, World } from './sim.ts';

const never = (): Outside => new Outside(() => ({ answer: null }));

describe('cancel', () => {
  const TIDY = `
from flow.time import sleep

def work(name):
    try:
        sleep("1d")
    finally:
        print(name, "cleans up")

task = spawn(work, "task")
try:
    work("main")
finally:
    sleep(5)
    print("main leaves")
`;

  test('raises Cancelled where tasks wait, and their finally blocks run', async () => {
    const world = await World.open();
    const run = await world.start(TIDY);
    await world.play(START_MS + 60_000);
    expect(await world.driver.cancel(run, 'not needed')).toBe('accepted');
    await world.play();
    expect(world.endings.get(run)).toEqual({ kind: 'cancelled', reason: 'not needed' });
    expect(world.stdout).toBe('task cleans up\nmain cleans up\nmain leaves\n');
  });

  test('works on a run that only the store knows, and over a crash in the middle', async () => {
    const first = await World.open();
    const run = await first.start(TIDY);
    await first.play(START_MS + 60_000);
    const second = await World.open({ disk: first.disk.copy(), clock: first.clock });
    expect(await second.driver.cancel(run)).toBe('accepted');
    await second.driver.settled();
    const third = await World.open({ disk: second.disk.copy(), clock: second.clock });
    await third.driver.resume();
    await third.play();
    expect(third.endings.get(run)).toEqual({ kind: 'cancelled', reason: null });
    expect(third.stdout).toBe('main leaves\n');
  });

  test.each([
    ['n = 0\n    while True:\n        n += 1', 'at the module'],
    ['n = 0\n    while True:\n        n = sum(i for i in range(50)) + n % 7', 'in a generator'],
    [
      'def f():\n        while True:\n            [x * x for x in range(9)]\n    f()',
      'in a function',
    ],
  ])('stops a program that only computes: %s', async (loop) => {
    const world = await World.open();
    const run = await world.start(`
try:
    ${loop}
finally:
    print("cleans up")
`);
    for (let i = 0; i < 30; i++) await new Promise((resolve) => setImmediate(resolve));
    await world.driver.cancel(run, 'enough');
    await world.play();
    expect(world.endings.get(run)).toEqual({ kind: 'cancelled', reason: 'enough' });
    expect(world.stdout).toBe('cleans up\n');
  });

  test('a program may catch it and go on', async () => {
    const world = await World.open();
    const run = await world.start(`
from flow.time import sleep
try:
    sleep("1d")
except Cancelled as error:
    print("caught", error)
print("done")
`);
    await world.play(START_MS);
    await world.driver.cancel(run, 'why not');
    await world.play();
    expect(world.endings.get(run)?.kind).toBe('done');
    expect(world.stdout).toBe('caught why not\ndone\n');
  });

  test('a Cancelled of the program itself is a failure', async () => {
    const world = await World.open();
    const ending = await world.run(`
from flow.time import sleep
def work():
    sleep("1d")
t = spawn(work)
sleep(1)
t.cancel()
await t
`);
    expect(ending).toMatchObject({ kind: 'failed', lastLine: 'Cancelled' });
  });

  test('a run that has ended is told so', async () => {
    const world = await World.open();
    await world.run('print(1)\n');
    const [run = ''] = world.endings.keys();
    expect(await world.driver.cancel(run)).toBe('abandoned');
    const unknown = await world.driver.cancel('r-nobody').catch((error: unknown) => error);
    expect(isFlowError(unknown, 'FLOW_RUN_UNKNOWN')).toBe(true);
  });
});

describe('why', () => {
  test('says what is waited for, where, since when and until when', async () => {
    const callbacks = new SimCallbacks();
    const outside = never();
    const world = await World.open({ connectors: () => [new SimHttp(outside), callbacks] });
    const run = await world.start(`
from flow.http import callback, request
from flow.time import sleep, timeout

def wait():
    with timeout("1h"):
        await callback.new().event

def ask():
    request.get("http://slow.test/")

tasks = [spawn(wait), spawn(ask), spawn(sleep, 60)]
gather(*tasks)
`);
    await world.play(START_MS);
    const { state } = await world.driver.why(run);
    if (state.kind !== 'waiting') throw new Error(state.kind);
    expect(state.tasks).toBe(4);
    expect(state.wakeAtMs).toBe(START_MS + 60_000);
    const [main, wait, ask, sleep] = state.reasons;
    expect(main).toMatchObject({
      task: 1,
      on: { kind: 'event', what: 'gather' },
      place: { file: 'main.flow', line: 13, name: '<module>', text: 'gather(*tasks)' },
      wakers: ['task'],
    });
    expect(wait).toMatchObject({
      name: 'wait',
      on: { kind: 'effect', effectKind: 'http.callback' },
      place: { line: 7, name: 'wait', text: 'await callback.new().event' },
      sinceMs: START_MS,
      deadlineMs: START_MS + 3_600_000,
      wakers: ['time', 'stranger'],
    });
    expect(ask).toMatchObject({
      place: { line: 10 },
      effect: { description: 'GET http://slow.test/', state: 'attempted', isUnderWay: true },
      wakers: ['connector'],
    });
    expect(sleep).toMatchObject({
      name: 'sleep',
      on: { kind: 'timer', dueMs: START_MS + 60_000 },
      wakers: ['time'],
    });
  });

  test('says that nobody can wake a run that waits for itself', async () => {
    const world = await World.open();
    const run = await world.start(`
def a():
    await tasks[1]
def b():
    await tasks[0]
tasks = [spawn(a), spawn(b)]
gather(*tasks)
`);
    await world.play();
    const { state } = await world.driver.why(run);
    if (state.kind !== 'waiting') throw new Error(state.kind);
    expect(state.wakeAtMs).toBe(null);
    expect(state.reasons.map(({ on }) => on.kind)).toEqual(['event', 'task', 'task']);
    expect(state.reasons.map(({ wakers }) => wakers)).toEqual([['nobody'], ['nobody'], ['nobody']]);
  });

  test('tells how a run ended', async () => {
    const world = await World.open();
    const run = await world.start('raise ValueError("x")\n');
    await world.play();
    expect((await world.driver.why(run)).state).toMatchObject({
      kind: 'ended',
      ending: { kind: 'failed', lastLine: 'ValueError: x' },
    });
  });
});

test('a run is not made of arguments that it could not read', async () => {
  const world = await World.open();
  for (const bad of ['{', '['.repeat(5000) + ']'.repeat(5000)]) {
    const refused = await world
      .start('def f(x): print(x)', { entry: 'f', args: [bad] })
      .catch((error: unknown) => error);
    expect(isFlowError(refused, 'FLOW_REQUEST_INVALID')).toBe(true);
  }
  expect((await world.store.listRuns({ status: 'all' })).rows).toEqual([]);
});

test('tasks that only watch others are not shown', async () => {
  const world = await World.open();
  const run = await world.start(`
from flow.time import sleep
naps = [spawn(sleep, "1d"), spawn(sleep, "2d")]
spawn(lambda: race(*naps))
gather(*naps)
`);
  await world.play(START_MS);
  const { tasks } = await world.driver.inspect(run);
  expect(tasks.map(({ name }) => name)).toEqual(['main', 'sleep', 'sleep', '<lambda>']);
  const { state } = await world.driver.why(run);
  expect(state).toMatchObject({ kind: 'waiting', tasks: 4 });
});

test('a sleeping run can be looked into', async () => {
  const world = await World.open();
  const run = await world.start(`
from flow.time import sleep

def charge(order, items):
    total = sum(items)
    seen = {"a": [1.5, None]}
    sleep("1d")
    return total

charge("o-17", [1, 2, 3])
`);
  await world.play(START_MS);
  const view = await world.driver.inspect(run);
  expect(view.status.kind).toBe('waiting');
  const [main] = view.tasks;
  const frames = main?.frames.filter(({ isLibrary }) => !isLibrary);
  expect(frames).toMatchObject([
    { name: '<module>', line: 10, text: 'charge("o-17", [1, 2, 3])' },
    {
      name: 'charge',
      line: 7,
      text: 'sleep("1d")',
      locals: [
        { name: 'order', value: "'o-17'" },
        { name: 'items', value: '[1, 2, 3]' },
        { name: 'total', value: '6' },
        { name: 'seen', value: "{'a': [1.5, None]}" },
      ],
    },
  ]);
});

describe('output', () => {
  const PROGRAM = 'from flow.time import sleep\nprint("one")\nsleep(60)\nprint("two")\n';

  test('is not told again after a driver that closed', async () => {
    const first = await World.open();
    await first.start(PROGRAM);
    await first.play(START_MS);
    await first.driver.close();
    const second = await World.open({ disk: first.disk, clock: first.clock });
    await second.driver.resume();
    await second.play();
    expect([first.stdout, second.again, second.stdout]).toEqual(['one\n', '', 'two\n']);
  });

  test('is not told again after a driver that died a while later', async () => {
    const first = await World.open();
    await first.start(PROGRAM);
    await first.play(START_MS + 1000);
    const second = await World.open({ disk: first.disk.copy(), clock: first.clock });
    await second.driver.resume();
    await second.play();
    expect([second.again, second.stdout]).toEqual(['', 'two\n']);
  });

  test('is told again, and said to be, if nobody knows whether it was told', async () => {
    const first = await World.open();
    await first.start(PROGRAM);
    await first.play(START_MS);
    const second = await World.open({ disk: first.disk.copy(), clock: first.clock });
    await second.driver.resume();
    await second.play();
    expect([second.again, second.stdout]).toEqual(['one\n', 'two\n']);
  });

  test('is not looked for in the history of a run that prints nothing', async () => {
    const first = await World.open();
    const run = await first.start(`
from flow.time import sleep
for i in range(50):
    sleep(1)
`);
    await first.play(START_MS + 40_500);
    const record = await first.store.getRun(run);
    expect(record?.sequence).toBeGreaterThan(30);
    expect(record?.released).toBe((record?.sequence ?? 0) - 1);
  });

  test('waits for who is told, and does not run far ahead', async () => {
    let open: () => void = () => {};
    const gate = new Promise<void>((resolve) => (open = resolve));
    const world = await World.open({ told: () => gate });
    const run = await world.start(`
from flow.time import sleep
for i in range(200):
    print(i)
    sleep(0)
`);
    await world.play();
    const sequence = (await world.store.getRun(run))?.sequence ?? 0;
    expect(sequence).toBeGreaterThan(5);
    expect(sequence).toBeLessThan(60);
    open();
    await gate;
    await world.play();
    expect(world.endings.get(run)?.kind).toBe('done');
    expect(world.stdout.split('\n').length).toBe(201);
  });

  test('that nobody can be told stops the run in this process', async () => {
    const world = await World.open({
      quiet: true,
      told: () => Promise.reject(new Error('stdout is closed')),
    });
    const run = await world.start('print(1)\nfrom flow.time import sleep\nsleep(5)\nprint(2)\n');
    await world.play();
    expect(world.stuck).toMatchObject([{ run, error: { message: 'stdout is closed' } }]);
    const second = await World.open({ disk: world.disk.copy(), clock: world.clock });
    await second.driver.resume();
    await second.play();
    expect(second.again + second.stdout).toBe('1\n2\n');
  });

  test('last words are told whenever the driver dies', async () => {
    for (const text of ['print("last")\n', 'print("last")\nraise ValueError("x")\n']) {
      const first = await World.open();
      const deaths: { disk: MemoryDisk; told: string }[] = [];
      first.disk.afterWrite = () =>
        void deaths.push({ disk: first.disk.copy(), told: first.stdout });
      const run = await first.start(text);
      await first.play();
      expect(first.stdout).toBe('last\n');
      for (const { disk, told } of deaths) {
        const second = await World.open({ disk, clock: first.clock });
        if ((await second.store.getRun(run)) === null) continue;
        await second.driver.resume();
        await second.play();
        expect(told + second.again + second.stdout).toContain('last\n');
        expect((await second.driver.why(run)).state.kind).toBe('ended');
      }
    }
  });

  test('to stderr is kept apart', async () => {
    const world = await World.open();
    await world.run('import sys\nprint("a")\nprint("b", file=sys.stderr)\nprint("c")\n');
    expect([world.stdout, world.stderr]).toEqual(['a\nc\n', 'b\n']);
  });
});

describe('a copied store', () => {
  const PROGRAM = `
from flow.http import request, callback
from flow.time import sleep
sleep(10)
reply = request.post("http://a.test/pay", json=1)
print("paid", reply.status)
cb = callback.new()
print(cb.url)
print(request.get("http://a.test/see").json())
`;
  const service = (): Outside => new Outside(() => ({ answer: response(200, 'ok') }));

  async function asleep(): Promise<World> {
    const world = await World.open({ connectors: () => [new SimHttp(never())] });
    await world.start(PROGRAM);
    await world.play(START_MS);
    await world.driver.close();
    return world;
  }

  test('must be adopted before it moves', async () => {
    const world = await asleep();
    const elsewhere = World.open({ disk: world.disk.copy(), home: 'there' });
    await expect(elsewhere).rejects.toMatchObject({ code: 'FLOW_STORE_MOVED' });
  });

  test('moved: the same run goes on, under the same keys', async () => {
    const world = await asleep();
    const keys: string[][] = [];
    for (const home of ['here', 'there']) {
      const outside = service();
      const moved = await World.open({
        disk: world.disk.copy(),
        clock: world.clock,
        home,
        ...(home === 'there' ? { adopt: { mode: 'move' } as const } : {}),
        connectors: () => [new SimHttp(outside), new SimCallbacks()],
      });
      await moved.driver.resume();
      await moved.play();
      expect(moved.stdout).toMatch(/^paid 200\nhttp:\/\/callback\.test\/callback\/\S+\nok\n$/);
      keys.push(outside.seen.map(({ key }) => key));
    }
    expect(keys[0]).toEqual(keys[1]);
    expect(new Set(keys[0]).size).toBe(2);
  });

  test('forked: other keys, other callbacks', async () => {
    const world = await asleep();
    const seen: string[][] = [];
    for (const id of [null, 'fork-1', 'fork-2']) {
      const outside = service();
      const copy = await World.open({
        disk: world.disk.copy(),
        clock: world.clock,
        ...(id === null ? {} : { home: id, adopt: { mode: 'fork', id } as const }),
        connectors: () => [new SimHttp(outside), new SimCallbacks()],
      });
      await copy.driver.resume();
      await copy.play();
      seen.push([...outside.seen.map(({ key }) => key), copy.stdout.split('\n')[1] ?? '']);
    }
    const all = seen.flat();
    expect(new Set(all).size).toBe(all.length);
  });

  test('forked with a request under way: safe ones are sent, others are uncertain', async () => {
    const world = await World.open({ connectors: () => [new SimHttp(never())] });
    await world.start(`
from flow.http import request
def ask(method):
    try:
        return request.new(method, "http://a.test/x").execute().status
    except UncertainOutcome:
        return "uncertain"
print(gather(spawn(ask, "GET"), spawn(ask, "POST"), spawn(ask, "PUT")))
`);
    await world.play(START_MS);
    const outside = service();
    const fork = await World.open({
      disk: world.disk.copy(),
      clock: world.clock,
      home: 'there',
      adopt: { mode: 'fork', id: 'fork-1' },
      connectors: () => [new SimHttp(outside)],
    });
    await fork.driver.resume();
    await fork.play();
    expect(fork.stdout).toBe("[200, 'uncertain', 200]\n");
    expect(outside.seen.map(({ method }) => method)).toEqual(['GET', 'PUT']);
  });

  test("forked: the parent's callback URLs do not lead here, and why says so", async () => {
    const parent = new SimCallbacks();
    const world = await World.open({ connectors: () => [parent] });
    const run = await world.start(`
from flow.http import callback
cb = callback.new()
print(cb.url)
print(await cb.event)
`);
    await world.play(START_MS);
    const callbacks = new SimCallbacks();
    const fork = await World.open({
      disk: world.disk.copy(),
      clock: world.clock,
      home: 'there',
      adopt: { mode: 'fork', id: 'fork-1' },
      connectors: () => [callbacks],
    });
    await fork.driver.resume();
    await fork.play();
    const url = world.stdout.trim();
    expect(await callbacks.post(url, 1)).toBe('abandoned');
    const { state } = await fork.driver.why(run);
    expect(state).toMatchObject({ reasons: [{ wakers: ['nobody'], effect: { isForeign: true } }] });
    expect(await parent.post(url, 2)).toBe('accepted');
    expect(await parent.post(url, 3)).toBe('already');
  });
});

describe('what is not wanted any more', () => {
  test('a request that timed out is given up, and its connector told', async () => {
    const http = new SimHttp(never());
    const world = await World.open({ connectors: () => [http] });
    const run = await world.start(`
from flow.http import request
from flow.time import sleep, timeout
try:
    with timeout(30):
        request.get("http://a.test/")
except Timeout:
    print("gave up")
sleep(10)
`);
    await world.play(START_MS + 31_000);
    const effect = http.cancelled[0]?.effect ?? '';
    expect(world.stdout).toBe('gave up\n');
    expect((await world.store.getEffect({ run, effect }))?.state.kind).toBe('abandoned');
    expect(await answerRaw(world, { run, effect }, ['x'])).toBe('abandoned');
    await world.play();
    expect(world.endings.get(run)?.kind).toBe('done');
  });

  test('what a run leaves open when it ends is given up with it', async () => {
    const http = new SimHttp(never());
    const callbacks = new SimCallbacks();
    const world = await World.open({ connectors: () => [http, callbacks] });
    const run = await world.start(`
from flow.http import callback, request
from flow.time import sleep
print(callback.new().url)
spawn(request.get, "http://a.test/")
sleep(1)
spawn(request.get, "http://never.test/sent")
`);
    await world.play();
    expect(world.endings.get(run)?.kind).toBe('done');
    expect(http.outside.seen.map(({ url }) => url)).toEqual(['http://a.test/']);
    expect(http.cancelled.length).toBe(1);
    expect(await callbacks.post(world.stdout.trim(), 1)).toBe('abandoned');
    expect((await world.store.listPending({ kind: 'http.request' })).rows).toEqual([]);
  });

  test('timers of sleeps that ended early are gone', async () => {
    const world = await World.open();
    const run = await world.start(`
from flow.time import sleep, timeout
for i in range(5):
    try:
        with timeout(1):
            sleep("30d")
    except Timeout:
        pass
sleep(100)
`);
    await world.play(START_MS + 5_000);
    expect(await world.store.timersOf(run)).toMatchObject([{ dueMs: START_MS + 105_000 }]);
    await world.play();
    expect(world.clock.nowMs()).toBe(START_MS + 105_000);
  });
});

describe('bad answers', () => {
  test.each([
    ['bytes that are no encoding', Uint8Array.of(0xc1)],
    ['no answer', [1, 2, 3]],
    ['a response without a body', ['response', 200, '', []]],
    ['a response with a header of two lines', ['response', 200, '', [['a', 'b\r\nc']], 'x']],
    ['an unknown failure', ['failed', 'nonsense', 'x']],
  ])('%s: the program is told that its outcome is uncertain', async (_what, answer) => {
    const world = await World.open({ connectors: () => [new SimHttp(never())] });
    const run = await world.start(`
from flow.http import request
try:
    request.get("http://a.test/")
except UncertainOutcome as error:
    print("uncertain:", error)
`);
    await world.play();
    const { rows } = await world.store.listPending({ kind: 'http.request' });
    const effect = rows[0]?.effect ?? '';
    expect(await answerRaw(world, { run, effect }, answer)).toBe('accepted');
    await world.play();
    expect(world.stdout).toMatch(/^uncertain: the answer to http\.request cannot be read: /);
  });
});

test('a large state is checkpointed, and the run goes on from there', async () => {
  const world = await World.open();
  const run = await world.start(`
from flow.time import sleep
table = {}
for i in range(12):
    for j in range(400):
        table[i * 400 + j] = [f"row {i} {j} " + "x" * 40]
    sleep(1)
for i in range(20):
    table[i] = i
    sleep(1)
print(len(table), table[0], table[4799][0][:9])
`);
  await world.play(START_MS + 25_500);
  const record = await world.store.getRun(run);
  expect(record?.checkpoint).toBeGreaterThan(0);
  expect(record?.bytes.sinceCheckpoint).toBeLessThan(record?.bytes.checkpoint ?? 0);
  const second = await World.open({ disk: world.disk.copy(), clock: world.clock });
  await second.driver.resume();
  await second.play();
  expect(second.stdout).toBe('4800 0 row 11 39\n');
  for await (const finding of second.store.verify()) expect(finding).toEqual(null);
});
