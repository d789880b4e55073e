// What if: a run that goes on from its past with other values, and asks nobody.

import { describe, expect, test } from 'vitest';
import { FunctionsConnector } from '../../stdlib/connectors/functions.ts';
import { openLibrary } from '../../stdlib/library.ts';
import { jsonToValue, valueTexts } from '../../stdlib/natives/json.ts';
import { effectKinds } from '../../stdlib/connectors/kinds.ts';
import { isFlowError } from '../../vm/bytecode/errors.ts';
import type { At } from '../../vm/engine/past.ts';
import { Programs } from '../../vm/engine/programs.ts';
import { whatIf, type WhatIfEnd } from '../../vm/engine/what-if.ts';
import { World } from './sim.ts';

const ORDERS = `
from flow import checkpoint
from flow.functions import function
from flow.time import sleep
import random, time

price = function('price')
limit = 10

def total(names):
    sum = 0
    for name in names:
        sum += await price(name)
        sleep("1h")
        print(name, sum, time.time(), random.randint(1, 1000))
    return sum

asked = total(["a", "b", "c"])
if asked > limit:
    print("too much:", await price("discount"))
print("asked", asked)
`;

const PRICES: Readonly<Record<string, number>> = { a: 3, b: 4, c: 1, discount: 2 };

async function orders(): Promise<{ readonly world: World; readonly run: string; calls: string[] }> {
  const calls: string[] = [];
  const price = ([name]: readonly unknown[]): number => {
    calls.push(String(name));
    return PRICES[String(name)] ?? 0;
  };
  const world = await World.open({
    connectors: () => [new FunctionsConnector({ functions: new Map([['price', price]]) })],
  });
  // Drivers are late, and never twice by as much.
  let late = 0;
  const { clock } = world;
  clock.nowMs = () => (clock.ms += late++ % 3);
  expect((await world.run(ORDERS)).kind).toBe('done');
  const [run = ''] = world.endings.keys();
  return { world, run, calls };
}

async function play(
  world: World,
  run: string,
  at: At | undefined,
  set: Readonly<Record<string, unknown>> = {},
): Promise<{ readonly end: WhatIfEnd; readonly stdout: string }> {
  const { registry } = openLibrary();
  const { store } = world;
  const programs = new Programs(store, registry);
  const options = { store, programs, registry, kinds: effectKinds, texts: valueTexts };
  let stdout = '';
  const values = Object.entries(set).map(
    ([name, value]) => [name, jsonToValue(JSON.stringify(value)) ?? null] as const,
  );
  const end = await whatIf(options, run, {
    ...(at === undefined ? {} : { at }),
    set: new Map(values),
    output: (stream, text) => {
      if (stream === 'stdout') stdout += text;
    },
    pause: () => Promise.resolve(),
  });
  return { end, stdout };
}

describe('with the same values', () => {
  test('it does what the run did, from each commit', async () => {
    const { world, run, calls } = await orders();
    const count = calls.length;
    const { sequence } = (await world.store.getRun(run))!;
    for (let at = 0; at < sequence; at++) {
      const { end, stdout } = await play(world, run, { sequence: at });
      expect(end).toEqual({ kind: 'ended', ending: world.endings.get(run) });
      expect(world.stdout.endsWith(stdout)).toBe(true);
      if (at === 0) expect(stdout).toBe(world.stdout);
    }
    expect(calls).toHaveLength(count);
  });
});

describe('with another value', () => {
  test('it goes its own way, until it asks for what nobody has answered', async () => {
    const { world, run, calls } = await orders();
    const count = calls.length;
    const { end, stdout } = await play(world, run, { sequence: 1 }, { limit: 5 });
    expect(stdout).toBe(world.stdout.replace('asked 8\n', ''));
    expect(end).toMatchObject({
      kind: 'asked',
      what: 'the function price',
      instead: null,
      reasons: [{ place: { line: 20 } }],
    });
    expect(calls).toHaveLength(count);
  });

  test('of a local it computes with that', async () => {
    const { world, run } = await orders();
    const { sequence } = (await world.store.getRun(run))!;
    let at = sequence;
    for (; at > 0; at--) {
      const { tasks } = await world.driver.inspect(run, { sequence: at });
      const inner = tasks[0]?.frames.findLast(({ isLibrary }) => !isLibrary);
      if (inner?.text === 'sleep("1h")') break;
    }
    const { end, stdout } = await play(world, run, { sequence: at }, { sum: -1 });
    expect(stdout).toMatch(/^c -1 \d+\.?\d* \d+\nasked -1\n$/u);
    expect(end.kind).toBe('ended');
  });

  test('it says what the run asked for instead', async () => {
    const functions = new Map([['price', () => 1]]);
    const world = await World.open({ connectors: () => [new FunctionsConnector({ functions })] });
    const text = `
from flow.functions import function
price = function('price')
prefix = "a"
for i in range(3):
    await price(prefix + str(i))
`;
    expect((await world.run(text)).kind).toBe('done');
    const [run = ''] = world.endings.keys();
    const { end } = await play(world, run, { sequence: 1 }, { prefix: 'b' });
    const what = 'the function price';
    expect(end).toMatchObject({ kind: 'asked', what, instead: what });
  });

  test('for a name that is not there is refused', async () => {
    const { world, run } = await orders();
    await expect(play(world, run, { sequence: 1 }, { limits: 5 })).rejects.toSatisfy((error) =>
      isFlowError(error, 'FLOW_REQUEST_INVALID'),
    );
  });
});

test('what the run has had no answer to is waited for', async () => {
  const world = await World.open();
  const text = `
from flow.functions import function
ask = function('ask')
print("before")
print(await ask(1))
`;
  const run = await world.start(text);
  await world.play();
  const { end, stdout } = await play(world, run, { sequence: 0 });
  expect(stdout).toBe('before\n');
  expect(end).toMatchObject({ kind: 'waits', reasons: [{ place: { line: 5 } }] });
});

test('an effect whose commit was pruned is not taken for answered', async () => {
  const world = await World.open();
  const text = `
from flow import checkpoint
from flow.functions import function
from flow.time import sleep

async def waits():
    print("answered", await function("ask")(1))

asked = spawn(waits)
sleep(1)
for i in range(6):
    kept = [str(i + n) for n in range(9_000)]
    checkpoint()
await asked
`;
  const run = await world.start(text);
  await world.play();
  const { sequence } = (await world.store.getRun(run))!;
  await world.store.prune({ run, before: sequence, history: true, records: 10_000 });
  const { historyFrom } = (await world.store.getRun(run))!;
  expect(historyFrom).toBeGreaterThan(2);
  const { end, stdout } = await play(world, run, { sequence });
  expect(stdout).toBe('');
  expect(end.kind).toBe('waits');
});

test('a message that the batch has taken in before the point does not come twice', async () => {
  const world = await World.open();
  const text = `
from flow.time import sleep
for i in range(2):
    try:
        sleep(10)
    except Cancelled:
        print("cancelled")
print("over")
`;
  const run = await world.start(text);
  await world.driver.settled();
  await world.driver.cancel(run);
  await world.play();
  expect(world.stdout).toBe('cancelled\nover\n');
  let looks = 0;
  for await (const { sequence, consumed } of world.store.history({ run })) {
    if (consumed.length === 0) continue;
    const { stdout } = await play(world, run, { sequence: sequence - 1, instruction: 1 });
    expect(stdout).toMatch(/^(?:cancelled\n)?over\n$/u);
    looks++;
  }
  expect(looks).toBe(1);
});
