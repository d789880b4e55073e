// The engine: runs move, are forgotten, come back, end. In simulated time, on a store in memory.

import { describe, expect, test } from 'vitest';
import { encode } from '../../vm/bytecode/codec.ts';
import { FlowError } from '../../vm/bytecode/errors.ts';
import { CANCEL } from '../../vm/engine/turn.ts';
import type { MemoryDisk } from '../../vm/store/memory-disk.ts';
import type { HistoryEntry, RunId, Store } from '../../vm/store/store.ts';
import { compileText, START_MS, World } from './sim.ts';
import { Outside, response, SimCallbacks, SimHttp } from './sim-http.ts';

async function historyOf(store: Store, run: RunId): Promise<HistoryEntry[]> {
  const entries: HistoryEntry[] = [];
  for await (const entry of store.history({ run })) entries.push(entry);
  return entries;
}

/** All that a run has printed, exactly once, as the store has it. */
async function printed(store: Store, run: RunId): Promise<string> {
  return (await historyOf(store, run)).map(({ output }) => output).join('');
}

describe('one run', () => {
  test('runs to its end, and what it prints is told', async () => {
    const world = await World.open();
    const ending = await world.run('print("hello")\nprint(6 * 7)\n');
    expect(ending).toEqual({ kind: 'done', json: 'null', description: 'None' });
    expect(world.stdout).toBe('hello\n42\n');
  });

  test('calls its entry function with arguments, and keeps the result', async () => {
    const world = await World.open();
    const text = 'def f(a, b):\n    return {"sum": a + b, "x": [1.5, None, "é"]}\n';
    const run = await world.start(text, { entry: 'f', args: ['20', '22'] });
    await world.play();
    expect(world.endings.get(run)).toMatchObject({
      kind: 'done',
      json: '{"sum": 42, "x": [1.5, null, "é"]}',
    });
  });

  test('fails with a traceback of its own lines', async () => {
    const world = await World.open();
    const ending = await world.run('def f(x):\n    return 1 / x\n\nf(0)\n');
    expect(ending).toMatchObject({
      kind: 'failed',
      lastLine: 'ZeroDivisionError: division by zero',
      exitStatus: 1,
      places: [
        { file: 'main.flow', line: 4, name: '<module>' },
        { file: 'main.flow', line: 2, name: 'f' },
      ],
    });
    expect(ending.kind === 'failed' && ending.traceback).toContain('    return 1 / x\n');
  });

  test.each([
    ['raise SystemExit', { kind: 'done' }],
    ['raise SystemExit(0)', { kind: 'done' }],
    ['raise SystemExit(3)', { kind: 'failed', exitStatus: 3, traceback: '' }],
    ['raise SystemExit("bad day")', { kind: 'failed', exitStatus: 1, traceback: 'bad day\n' }],
    ['raise KeyboardInterrupt', { kind: 'failed', exitStatus: 130, lastLine: 'KeyboardInterrupt' }],
  ])('%s', async (text, ending) => {
    const world = await World.open();
    expect(await world.run(`${text}\n`)).toMatchObject(ending);
  });

  test('has as many frames as CPython, the last of which fails', async () => {
    const world = await World.open();
    const ending = await world.run('def r(n): return r(n + 1)\nr(0)\n');
    expect(ending).toMatchObject({ lastLine: 'RecursionError: maximum recursion depth exceeded' });
    expect(ending).toMatchObject({ traceback: expect.stringContaining('repeated 996 more times') });
  });

  test('sleeps through simulated time', async () => {
    const world = await World.open();
    await world.run(`
from flow.time import now, sleep
start = now()
sleep("1h30m")
sleep(0.25)
print(now() - start)
`);
    expect(world.stdout).toBe('5400.25\n');
    expect(world.clock.nowMs()).toBe(START_MS + 5_400_250);
  });

  test('never sees time go back', async () => {
    const world = await World.open();
    const run = await world.start(`
from flow.time import now, sleep
start = now()
sleep(10)
print(now() - start >= 10)
sleep(10)
print(now() - start >= 20)
`);
    await world.play(START_MS + 10_000);
    world.clock.ms = START_MS - 1_000_000;
    await world.play();
    expect(world.endings.get(run)?.kind).toBe('done');
    expect(world.stdout).toBe('True\nTrue\n');
  });

  test('finds what came first, though all of it is due when its driver comes back', async () => {
    const first = await World.open();
    const run = await first.start(`
from flow.time import sleep, timeout
def nap():
    try:
        with timeout(10):
            sleep(20)
    except Timeout:
        return "Timeout"
def doze():
    with timeout(20):
        sleep(10)
    return "slept"
print(gather(spawn(nap), spawn(doze)))
`);
    await first.play(START_MS + 1_000);
    const second = await World.open({ disk: first.disk.copy(), clock: first.clock });
    second.clock.ms = START_MS + 3_600_000;
    await second.driver.resume();
    await second.play();
    expect(second.endings.get(run)?.kind).toBe('done');
    expect(second.stdout).toBe("['Timeout', 'slept']\n");
  });

  test('that only computes is committed now and then', async () => {
    const world = await World.open();
    const run = await world.start('n = 0\nwhile n < 700_000:\n    n += 1\n');
    await world.play();
    const entries = await historyOf(world.store, run);
    expect(entries.length).toBeGreaterThan(2);
    expect(entries.length).toBeLessThan(8);
  });
});

describe('many runs', () => {
  test('take turns: one that computes does not hold up one that waits', async () => {
    const world = await World.open();
    const busy = await world.start('n = 0\nwhile n < 3_000_000:\n    n += 1\nprint("busy")\n');
    await world.start('print("quick")\n');
    await world.play();
    expect(world.stdout).toBe('quick\nbusy\n');
    expect(world.endings.get(busy)?.kind).toBe('done');
  });

  test('are forgotten while they wait, and wake again', async () => {
    const world = await World.open({ warmRunsMax: 2 });
    const runs: RunId[] = [];
    for (let i = 0; i < 10; i++) {
      runs.push(
        await world.start(`
from flow.time import sleep
for step in range(3):
    sleep(${i + 1})
    print(${i}, step)
`),
      );
    }
    await world.play();
    for (const run of runs) expect(world.endings.get(run)?.kind).toBe('done');
    expect(world.stdout.split('\n').length).toBe(31);
  });

  test('that sleep are not looked at by a driver that takes all over', async () => {
    const world = await World.open();
    const sleeps = "from flow.time import sleep\nsleep('10d')\n";
    const runs = [];
    for (let i = 0; i < 60; i++) runs.push(await world.start(sleeps));
    await world.driver.settled();
    const [woken = ''] = runs;
    await world.driver.close();
    await world.store.send({ run: woken, name: CANCEL, body: encode([1, null]), atMs: 1 });
    let reads = 0;
    const { disk } = world;
    const getMany = disk.getMany.bind(disk);
    const get = disk.get.bind(disk);
    disk.getMany = (keys) => {
      reads += keys.length;
      return getMany(keys);
    };
    disk.get = (key) => {
      reads++;
      return get(key);
    };
    const next = await World.open({ disk, clock: world.clock });
    await next.driver.resume();
    await next.driver.settled();
    expect(next.endings.get(woken)?.kind).toBe('cancelled');
    expect(reads).toBeLessThan(runs.length / 2);
    await next.play();
    expect([...next.endings.values()].filter(({ kind }) => kind === 'done')).toHaveLength(59);
  });

  test('a hundred at once share writes', async () => {
    const world = await World.open();
    let writes = 0;
    world.disk.afterWrite = () => void writes++;
    for (let i = 0; i < 100; i++) {
      await world.driver.start({
        program: compileText(`
from flow.time import sleep
sleep(5)
print(${i})
`),
      });
    }
    await world.play();
    expect(world.endings.size).toBe(100);
    const commits = world.progress.length;
    expect(writes).toBeLessThan(commits * 3);
  });
});

describe('the order of things', () => {
  test('nothing leaves before it is on disk, though the run goes on', async () => {
    const outside = new Outside(() => ({ answer: response(200, 1) }));
    const world = await World.open({ connectors: () => [new SimHttp(outside)] });
    const { run } = await world.driver.start({
      program: compileText(`
from flow.http import request
print("before")
request.post("http://a.test/x", json=1)
print("after")
`),
    });
    let open = (): void => {};
    const gate = new Promise<void>((resolve) => (open = resolve));
    world.disk.beforeWrite = () => gate;
    for (let i = 0; i < 50; i++) await new Promise((resolve) => setImmediate(resolve));
    expect(world.stdout).toBe('');
    expect(outside.seen).toEqual([]);
    open();
    await world.play();
    expect(world.stdout).toBe('before\nafter\n');
    expect(outside.seen.length).toBe(1);
    expect(world.endings.get(run)?.kind).toBe('done');
  });

  test('a store that fails stops everything, and nothing is told', async () => {
    const outside = new Outside(() => ({ answer: response(200, 1) }));
    const world = await World.open({ connectors: () => [new SimHttp(outside)] });
    const run = await world.start(`
from flow.http import request
from flow.time import sleep
sleep(1)
print("never told")
request.post("http://a.test/x", json=1)
`);
    await world.play(START_MS);
    world.disk.beforeWrite = () => {
      throw new Error('disk full');
    };
    const ended = world.driver.ended(run).catch((error: unknown) => error);
    await world.play();
    expect(await ended).toMatchObject({ code: 'FLOW_STORE_UNAVAILABLE' });
    expect(world.failure).toMatchObject({
      code: 'FLOW_STORE_UNAVAILABLE',
      message: expect.stringContaining('disk full') as string,
    });
    expect(world.stdout).toBe('');
    expect(outside.seen).toEqual([]);
  });

  test('a store that fails is the only news: a slice that does not follow then is none', async () => {
    const world = await World.open({ quiet: true });
    await world.start(`
from flow.time import sleep
big = ["x" * 40 + str(i) for i in range(10_000)]
sleep(1)
big.append(1)
sleep(1)
`);
    const commit = world.store.commit.bind(world.store);
    world.store.commit = async (each) => {
      if (each.sequence < 2) return await commit(each);
      throw new FlowError('FLOW_STORE_UNAVAILABLE', 'a read failed');
    };
    await world.play();
    expect(world.failure).toMatchObject({ code: 'FLOW_STORE_UNAVAILABLE' });
    expect(world.stuck).toEqual([]);
  });

  test('a run that another driver has claimed is let go', async () => {
    const world = await World.open({ quiet: true });
    const run = await world.start('from flow.time import sleep\nsleep(10)\nprint("old")\n');
    await world.play(START_MS + 1);
    const record = await world.store.getRun(run);
    await world.store.claimRun({ run, driver: 'other', epoch: record?.epoch ?? 0, atMs: START_MS });
    await world.play();
    expect(world.stuck).toMatchObject([{ run, error: { code: 'FLOW_LEASE_LOST' } }]);
    expect(world.stdout).toBe('');
  });

  test('a run that is stuck when its time comes is not looked at again and again', async () => {
    const first = await World.open();
    const run = await first.start('from flow.time import sleep\nsleep(10)\n');
    await first.start('from flow.time import sleep\nsleep(20)\nprint("other")\n');
    await first.play(START_MS + 1);
    const { clock } = first;
    const second = await World.open({ disk: first.disk.copy(), clock, quiet: true });
    const { store } = second;
    const claimRun = store.claimRun.bind(store);
    const dueTimers = store.dueTimers.bind(store);
    store.claimRun = async (claim) => {
      if (claim.run !== run) return await claimRun(claim);
      throw new FlowError('FLOW_STORE_CORRUPT', 'damaged');
    };
    let looks = 0;
    store.dueTimers = async (byMs, limit) => {
      looks++;
      return looks < 100 ? await dueTimers(byMs, limit) : [];
    };
    await second.driver.resume();
    await second.play();
    expect(second.stuck).toMatchObject([{ run, error: { code: 'FLOW_STORE_CORRUPT' } }]);
    expect(second.stdout).toBe('other\n');
    expect(looks).toBeLessThan(20);
  });
});

describe('a driver whose store has failed', () => {
  test('does not look again and again for whose time has come', async () => {
    const first = await World.open();
    await first.start('from flow.time import sleep\nsleep(10)\n');
    await first.play(START_MS + 1);
    const { clock } = first;
    const second = await World.open({ disk: first.disk.copy(), clock });
    const { store } = second;
    store.loadRun = () => Promise.reject(new FlowError('FLOW_STORE_UNAVAILABLE', 'a read failed'));
    const dueTimers = store.dueTimers.bind(store);
    let looks = 0;
    store.dueTimers = async (byMs, limit) => {
      looks++;
      return looks < 100 ? await dueTimers(byMs, limit) : [];
    };
    clock.ms = START_MS + 20_000;
    await second.driver.resume();
    await second.play();
    expect(second.failure).toMatchObject({ code: 'FLOW_STORE_UNAVAILABLE' });
    expect(looks).toBeLessThan(20);
  });
});

/** A program with everything: requests, callbacks, timers, tasks, cleaning up. */
const EVERYTHING = `
from flow.http import callback, request
from flow.time import now, sleep, timeout

log = []

def job(n):
    cb = callback.new()
    reply = request.post(f"http://jobs.test/start/{n}", json={"n": n, "url": cb.url})
    log.append(("started", n, reply.status))
    try:
        with timeout("20s"):
            value = await cb.event
    except Timeout:
        value = "timed out"
    finally:
        log.append(("left", n))
    print("job", n, value)
    return value

start = now()
results = gather(*[spawn(job, n) for n in range(3)])
sleep(5)
print(results, round(now() - start))
print(request.get("http://jobs.test/sum").json())
try:
    request.post("http://jobs.test/lost", json="x")
except UncertainOutcome:
    print("uncertain")
print(len(log), sorted(log)[0])
`;

/** Its other side: job 2's callback never comes. */
function jobs(): { outside: Outside; callbacks: { n: number; url: string }[] } {
  const callbacks: { n: number; url: string }[] = [];
  const outside = new Outside(({ url, text }) => {
    if (url.endsWith('/lost')) return { answer: 'lost' };
    if (url.endsWith('/sum')) return { afterMs: 700, answer: response(200, { sum: 3 }) };
    callbacks.push(JSON.parse(text) as { n: number; url: string });
    return { afterMs: 300, answer: response(201, {}) };
  });
  return { outside, callbacks };
}

async function playEverything(world: World, seen: Outside, sim: SimCallbacks): Promise<void> {
  for (let i = 0; i < 400; i++) {
    await world.driver.settled();
    for (const { body } of seen.seen) {
      if (!body.includes('"url"')) continue;
      const { n, url } = JSON.parse(body) as { n: number; url: string };
      if (n < 2 && world.clock.nowMs() >= START_MS + 4_000) await sim.post(url, { done: n });
    }
    await world.driver.settled();
    if (world.clock.nextMs === null) return;
    if (!world.clock.advance()) return;
  }
  throw new Error('it does not come to an end');
}

const EXPECTED = [
  "job 0 {'done': 0}",
  "job 1 {'done': 1}",
  'job 2 timed out',
  "[{'done': 0}, {'done': 1}, 'timed out'] 25",
  "{'sum': 3}",
  'uncertain',
  "6 ('left', 0)",
];

describe('a crash', () => {
  test('at any write leaves a store from which the run ends as it would have', async () => {
    const { outside } = jobs();
    const callbacks = new SimCallbacks();
    const world = await World.open({ connectors: () => [new SimHttp(outside), callbacks] });
    const crashes: { disk: MemoryDisk; outside: Outside; ms: number }[] = [];
    world.disk.afterWrite = () => {
      crashes.push({
        disk: world.disk.copy(),
        outside: outside.copy(),
        ms: world.clock.nowMs(),
      });
    };
    const run = await world.start(EVERYTHING);
    // A knock, so that time has a reason to reach the moment of the callbacks.
    world.clock.at(START_MS + 4_000, () => {});
    await playEverything(world, outside, callbacks);
    expect((await printed(world.store, run)).trim().split('\n').toSorted()).toEqual(
      EXPECTED.toSorted(),
    );
    expect(crashes.length).toBeGreaterThan(12);
    let resumed = 0;
    for (const crash of crashes) {
      const again = new SimCallbacks();
      const second = await World.open({
        disk: crash.disk,
        connectors: () => [new SimHttp(crash.outside), again],
      });
      second.clock.ms = crash.ms;
      second.clock.at(START_MS + 4_000, () => {});
      const record = await second.store.getRun(run);
      if (record === null) continue;
      await second.driver.resume();
      await playEverything(second, crash.outside, again);
      const lines = (await printed(second.store, run)).trim().split('\n');
      // A POST whose try was cut off by the crash is uncertain, and that is what the program is
      // told.
      const ending = (await second.store.getRun(run))?.status.kind;
      expect(crash.outside.complaints).toEqual([]);
      if (ending === 'failed') {
        const view = await second.driver.why(run);
        expect(JSON.stringify(view)).toContain('UncertainOutcome');
        continue;
      }
      resumed++;
      expect(ending).toBe('done');
      expect(lines.toSorted()).toEqual(EXPECTED.toSorted());
    }
    expect(resumed).toBeGreaterThan(10);
  });
});
