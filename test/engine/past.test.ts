// The past of a run: any state again, at any commit and any instruction, from what its store holds.

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FunctionsConnector } from '../../stdlib/connectors/functions.ts';
import { openLibrary } from '../../stdlib/library.ts';
import { encode } from '../../vm/bytecode/codec.ts';
import { isFlowError } from '../../vm/bytecode/errors.ts';
import { BatchInputs, decodeBatch } from '../../vm/engine/batch.ts';
import { sortEffects } from '../../vm/engine/instant.ts';
import { TURN_TICKS } from '../../vm/engine/limits.ts';
import { Programs } from '../../vm/engine/programs.ts';
import { randomSource } from '../../vm/engine/random.ts';
import { SET } from '../../vm/engine/turn.ts';
import { Machine } from '../../vm/machine/machine.ts';
import { encodeCheckpoint } from '../../vm/snapshot/checkpoint.ts';
import { encodeDelta } from '../../vm/snapshot/delta.ts';
import type { Commit } from '../../vm/store/store.ts';
import { batchesAgain, pastOf } from '../harness/again.ts';
import { START_MS, World } from './sim.ts';

const STEPS = `
from flow import checkpoint
from flow.functions import function
import time

double = function('double')
seen = []

def work(n):
    total = 0
    for i in range(n):
        total += i * i
    return total

for n in range(4):
    seen.append([time.time(), work(30 * n), await double(n)])
    print(n, seen[-1][1:])
    checkpoint()
`;

const connectors = () => [
  new FunctionsConnector({ functions: new Map([['double', ([n]) => Number(n) * 2]]) }),
];

async function steps(): Promise<{ readonly world: World; readonly run: string }> {
  const world = await World.open({ connectors });
  expect((await world.run(STEPS)).kind).toBe('done');
  const [run = ''] = world.endings.keys();
  return { world, run };
}

function stateOf(machine: Machine): Buffer {
  encodeDelta(machine);
  return Buffer.concat([...encodeCheckpoint(machine).chunks]);
}

describe('any point', () => {
  test('each batch gives the same bytes when it is done again', async () => {
    const { world, run } = await steps();
    expect(await batchesAgain(world.store, run)).toBeNull();
  });

  test('is the state of a run that went straight there', async () => {
    const { world, run } = await steps();
    const past = pastOf(world.store);
    const record = (await world.store.getRun(run))!;
    const { instruction } = (await past.again(run, 1, 'plain')).at;
    const { registry } = openLibrary();
    const program = await new Programs(world.store, registry).load(record.program);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: instruction }), async (count) => {
        const random = randomSource(record.seed, run, record.lineage);
        const straight = new Machine({ program, registry, random, mode: 'plain' });
        straight.start(null, []);
        straight.singleStep = true;
        straight.steps = count;
        while (!straight.hasStopped && straight.steps > 0) {
          straight.step({ nowMs: START_MS, ticks: TURN_TICKS });
          sortEffects(straight, () => null);
        }
        const { machine } = await past.stateAt(run, { sequence: 0, instruction: count });
        expect(stateOf(machine).equals(stateOf(straight))).toBe(true);
      }),
      { numRuns: 30 },
    );
  });

  test('shows what the program saw then, and nothing of later', async () => {
    const { world, run } = await steps();
    const { sequence } = (await world.store.getRun(run))!;
    const seen: string[] = [];
    for (let at = 0; at <= sequence; at++) {
      const view = await world.driver.inspect(run, { sequence: at });
      const named = view.modules[0]?.globals.find(({ name }) => name === 'n');
      seen.push(named?.value ?? '-');
    }
    expect([...new Set(seen)]).toEqual(['-', '0', '1', '2', '3']);
    expect(seen).toEqual(seen.toSorted());
  });

  test('tells what the batch had printed by then', async () => {
    const { world, run } = await steps();
    const past = pastOf(world.store);
    for await (const { sequence, output } of world.store.history({ run })) {
      if (output === '') continue;
      const { stdout, at } = await past.again(run, sequence, 'plain');
      expect(stdout).toBe(output);
      const before = await past.stateAt(run, { sequence: sequence - 1, instruction: 1 });
      expect(before.stdout).toBe('');
      const end = await past.stateAt(run, at);
      expect(end.stdout).toBe(output);
    }
  });

  test('sends nothing, and changes nothing in the store', async () => {
    const { world, run } = await steps();
    let writes = 0;
    world.disk.beforeWrite = () => void writes++;
    await batchesAgain(world.store, run);
    await pastOf(world.store).stateAt(run, { sequence: 1, instruction: 5 });
    expect(writes).toBe(0);
  });
});

describe('a point that is not there', () => {
  test('lies beyond the last commit, or beyond the end of a batch', async () => {
    const { world, run } = await steps();
    const past = pastOf(world.store);
    const { sequence } = (await world.store.getRun(run))!;
    await expect(past.stateAt(run, { sequence: sequence + 1 })).rejects.toThrow('has not reached');
    await expect(past.stateAt(run, { sequence, instruction: 1 })).rejects.toThrow(
      `has ${sequence} commits: what comes after the last is not known`,
    );
    await expect(past.stateAt(run, { sequence: 0, instruction: 1e6 })).rejects.toThrow(
      /batch 1 of run \S+ has \d+ instructions, no 1000000/u,
    );
    await expect(past.stateAt('r-none')).rejects.toThrow('there is no run r-none');
  });

  test('was pruned', async () => {
    const world = await World.open();
    const text = `
from flow import checkpoint
for i in range(6):
    kept = [str(i + n) for n in range(9_000)]
    checkpoint()
`;
    expect((await world.run(text)).kind).toBe('done');
    const [run = ''] = world.endings.keys();
    const { sequence, checkpoint } = (await world.store.getRun(run))!;
    expect(checkpoint).toBeGreaterThan(0);
    await world.store.prune({ run, before: sequence, history: true, records: 1000 });
    await expect(
      pastOf(world.store).stateAt(run, { sequence: 0, instruction: 1 }),
    ).rejects.toSatisfy((error) => isFlowError(error, 'FLOW_REQUEST_INVALID'));
  });
});

describe('what came into a batch', () => {
  test('of a copy of the store has the numbers that the copy drew', async () => {
    const text = `
import random
from flow.time import sleep
numbers = [random.getrandbits(32)]
sleep(10)
numbers.append(random.getrandbits(32))
print(numbers)
`;
    const first = await World.open();
    const run = await first.start(text);
    await first.driver.settled();
    const copy = await World.open({
      disk: first.disk.copy(),
      clock: first.clock,
      home: 'elsewhere',
      adopt: { mode: 'fork', id: 'store-2' },
    });
    await copy.driver.resume();
    await copy.play();
    expect(copy.endings.get(run)?.kind).toBe('done');
    expect(await batchesAgain(copy.store, run)).toBeNull();
  });

  test('has the values that somebody has set', async () => {
    const world = await World.open();
    const text = `
from flow.time import sleep
limit = 10
sleep(10)
print(limit)
`;
    const run = await world.start(text);
    await world.driver.settled();
    const body = encode([1, 'limit', '{"a": [1]}']);
    await world.store.send({ run, name: SET, body, atMs: world.clock.ms });
    await world.play();
    expect(world.stdout).toBe("{'a': [1]}\n");
    expect(await batchesAgain(world.store, run)).toBeNull();
  });

  test('is not counted turn by turn while nobody looks at the time', async () => {
    const world = await World.open();
    const sizes: number[] = [];
    const commit = world.store.commit.bind(world.store);
    world.store.commit = (asked: Commit) => {
      sizes.push(asked.inputs?.length ?? 0);
      return commit(asked);
    };
    world.clock.nowMs = () => (world.clock.ms += 1);
    expect((await world.run('x = 0\nfor i in range(400_000):\n    x += i\n')).kind).toBe('done');
    expect(Math.max(...sizes)).toBeLessThan(30);
    const [run = ''] = world.endings.keys();
    expect(await batchesAgain(world.store, run)).toBeNull();
  });

  test('has each moment that the program has looked at', async () => {
    const world = await World.open();
    world.clock.nowMs = () => (world.clock.ms += 1);
    const text = `
import time
seen = []
for i in range(300_000):
    if i % 30_000 == 0:
        seen.append(time.time())
print(len(set(seen)) > 5)
`;
    expect((await world.run(text)).kind).toBe('done');
    expect(world.stdout).toBe('True\n');
    const [run = ''] = world.endings.keys();
    expect(await batchesAgain(world.store, run)).toBeNull();
  });

  test('is written and read back', () => {
    const home = { store: 's', generation: 1 };
    const inputs = new BatchInputs({ born: home, lineage: home });
    expect(inputs.take(5)).toEqual(new Uint8Array(0));
    inputs.took();
    inputs.took();
    inputs.turned(1000, false);
    inputs.turned(1001, false);
    inputs.turned(1002, true);
    inputs.says('http://here');
    inputs.says(true);
    inputs.turned(1002, true);
    inputs.settled([7, 9]);
    inputs.turned(1003, true);
    expect(decodeBatch('r', 1, inputs.take(1005))).toEqual([
      { kind: 'arrivals', count: 2 },
      { kind: 'turns', count: 2, agoMs: 5 },
      { kind: 'turns', count: 1, agoMs: 3 },
      { kind: 'said', answers: ['http://here', true] },
      { kind: 'turns', count: 1, agoMs: 3 },
      { kind: 'settled', ordinals: [7, 9] },
      { kind: 'turns', count: 1, agoMs: 2 },
    ]);
    const away = new BatchInputs({ born: home, lineage: { store: 't', generation: 2 } });
    expect(decodeBatch('r', 1, away.take(5))).toEqual([
      { kind: 'lineage', lineage: { store: 't', generation: 2 } },
    ]);
  });

  test('is refused with a type if it is damaged', () => {
    const plain = fc.letrec((tie) => ({
      value: fc.oneof(
        fc.constant(null),
        fc.boolean(),
        fc.integer({ min: -2, max: 6 }),
        fc.double(),
        fc.string(),
        fc.array(tie('value'), { maxLength: 4 }),
      ),
    })).value;
    const bytes = fc.oneof(
      fc.uint8Array(),
      plain.map((value) => encode(value as Parameters<typeof encode>[0])),
    );
    fc.assert(
      fc.property(bytes, (input) => {
        try {
          decodeBatch('r', 1, input);
        } catch (error) {
          expect(isFlowError(error, 'FLOW_STORE_CORRUPT')).toBe(true);
        }
      }),
    );
  });
});
