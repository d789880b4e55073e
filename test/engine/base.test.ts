// Runs that begin from base images, in a store: which do, what they keep, and where they can go.

import { Buffer } from 'node:buffer';
import { describe, expect, test } from 'vitest';
import { sha256Hex } from '../../vm/bytecode/hash.ts';
import type { PackedProgram } from '../../vm/bytecode/encode.ts';
import type { LoadedRun, Store } from '../../vm/store/store.ts';
import { compileText, World } from './sim.ts';

const SLEEPS = `
import json
import sys
from flow.time import sleep
def main(name, more=None):
    print("main", name, more)
    return len(name)
print(json.dumps(sys.argv))
sleep("1h")
json.dumps = None
sleep("1h")
print(json.dumps)
`;

/** The base image that is listed with a run; null if there is none. */
async function baseOf(store: Store, run: string, { modules }: PackedProgram) {
  const record = await store.getRun(run);
  const known = new Set(modules.map(({ hash }) => hash));
  return record?.modules.find((hash) => !known.has(hash)) ?? null;
}

const first = ({ deltas }: LoadedRun): Uint8Array => deltas[0]?.bytes ?? new Uint8Array();

describe('a base image', () => {
  test('is made for the second run of a program', async () => {
    const world = await World.open();
    const program = compileText(SLEEPS);
    const runs: string[] = [];
    for (let i = 0; i < 3; i++) runs.push((await world.driver.start({ program })).run);
    await world.driver.settled();
    const bases = await Promise.all(runs.map((run) => baseOf(world.store, run, program)));
    expect(bases[0]).toBe(null);
    expect(bases[1]).not.toBe(null);
    expect(bases[2]).toBe(bases[1]);
    const [whole, second, third] = await Promise.all(runs.map((run) => world.store.loadRun(run)));
    expect(first(whole as LoadedRun).length).toBeGreaterThan(5000);
    expect(first(second as LoadedRun).length).toBeLessThan(300);
    expect(first(third as LoadedRun)).toEqual(first(second as LoadedRun));
    await world.play();
    expect([...world.endings.values()].map(({ kind }) => kind)).toEqual(['done', 'done', 'done']);
    expect(world.stdout).toBe('[]\n'.repeat(3) + 'None\n'.repeat(3));
  });

  test('is made for the first one or for none, if that is asked for', async () => {
    const world = await World.open({ bases: false });
    const program = compileText(SLEEPS);
    const { run } = await world.driver.start({ program, base: true });
    expect(await baseOf(world.store, run, program)).not.toBe(null);
    for (let i = 0; i < 2; i++) {
      const other = await world.driver.start({ program });
      expect(await baseOf(world.store, other.run, program)).toBe(null);
    }
  });

  test('is none of a program that imports nothing first', async () => {
    const world = await World.open({ bases: true });
    const program = compileText('print(1)\nimport json\n');
    const { run } = await world.driver.start({ program });
    expect(await baseOf(world.store, run, program)).toBe(null);
    await world.play();
    expect(world.stdout).toBe('1\n');
  });
});

describe('a run that begins from a base image', () => {
  test('has its arguments, and the same result as another', async () => {
    const told: string[] = [];
    for (const bases of [false, true]) {
      const world = await World.open({ bases });
      const program = compileText(SLEEPS);
      const args = ['"abc"', '{"x": [1]}'];
      const asked = { program, entry: 'main', args, argv: ['main.flow', '-v'] };
      const { run } = await world.driver.start(asked);
      await world.play();
      const { status } = (await world.store.getRun(run)) ?? {};
      told.push(world.stdout + JSON.stringify(status?.kind === 'done' && [...status.result]));
      expect(world.stdout).toContain('["main.flow", "-v"]\nNone\nmain abc {\'x\': [1]}\n');
    }
    expect(told[1]).toBe(told[0]);
  });

  test('is loaded and looked at by another driver, over checkpoints and to its end', async () => {
    const grows = `
import json
from flow.time import sleep
rows = json.loads("[]")
for i in range(6):
    rows.extend(["x" * 200 + str(i * 100 + j) for j in range(100)])
    json.last = rows[-1]
    sleep(1)
print(len(rows), json.last[-3:])
`;
    const world = await World.open({ bases: true, name: 'a' });
    const program = compileText(grows);
    const { run } = await world.driver.start({ program });
    await world.play(world.clock.ms + 4500);
    expect((await world.store.getRun(run))?.checkpoint).toBeGreaterThan(0);
    const view = await world.driver.inspect(run);
    expect(view.tasks).toHaveLength(1);
    await world.driver.close();
    const other = await World.open({ disk: world.disk, clock: world.clock, name: 'b' });
    await other.driver.resume();
    await other.play();
    expect(other.endings.get(run)?.kind).toBe('done');
    expect(other.stdout).toBe('600 599\n');
  });

  test('goes to another store with its base', async () => {
    const here = await World.open({ bases: true });
    const program = compileText(SLEEPS);
    const { run } = await here.driver.start({ program });
    await here.play(here.clock.ms + 1000);
    const file = await here.store.exportRun(run);
    const there = await World.open({ clock: here.clock });
    expect(await there.store.importRun(file)).toBe(run);
    const hash = (await baseOf(there.store, run, program)) ?? '';
    expect(Buffer.from(await there.store.getCode(hash))).toEqual(
      Buffer.from(await here.store.getCode(hash)),
    );
    for await (const finding of there.store.verify()) expect(finding).toBe(null);
    await there.driver.resume([run]);
    await there.play();
    expect(there.endings.get(run)?.kind).toBe('done');
    expect(there.stdout.endsWith('None\n')).toBe(true);
  });

  test.each([
    ['is no base image', [1, 2, 3], 'FLOW_SNAPSHOT_CORRUPT'],
    ['is of a later version', null, 'FLOW_SNAPSHOT_VERSION'],
  ])('is stuck with a typed error if its blob %s', async (_what, bytes, code) => {
    const world = await World.open({ quiet: true });
    const program = compileText(SLEEPS);
    const { modules, hash, manifest } = program;
    let blob = Uint8Array.from(bytes ?? []);
    if (bytes === null) {
      const { run } = await world.driver.start({ program, base: true, go: false });
      const base = (await baseOf(world.store, run, program)) ?? '';
      blob = Uint8Array.from(await world.store.getCode(base));
      // [ 'flowb', 1, …
      blob[7] = 2;
    }
    const named = sha256Hex(blob);
    await world.store.createRun({
      run: 'bad',
      program: hash,
      modules: [...modules.map((each) => each.hash), named],
      code: [...modules, { hash, bytes: manifest }, { hash: named, bytes: blob }],
      entry: '',
      input: Uint8Array.from([0x93, 1, 0x90, 0x90]),
      createdMs: world.clock.nowMs(),
      seed: new Uint8Array(32),
    });
    await world.driver.resume(['bad']);
    await world.driver.settled();
    expect(world.stuck).toMatchObject([{ run: 'bad', error: { code } }]);
  });
});
