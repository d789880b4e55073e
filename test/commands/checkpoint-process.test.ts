// The process that makes checkpoints, as the commands have it.

import { mkdtempSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CheckpointProcess } from '../../bin/checkpoint-process.ts';
import { openLibrary } from '../../stdlib/library.ts';
import { makeCheckpoint, type CheckpointJob } from '../../vm/engine/checkpoint-maker.ts';
import { Programs } from '../../vm/engine/programs.ts';
import { openLevelStore } from '../../vm/store/level.ts';
import { World } from '../engine/sim.ts';

const PROGRAM = `
from flow import checkpoint
kept = ['ab' * 9000]
for n in range(5):
    kept.append([f'{n}-{i}' for i in range(200)])
    checkpoint()
`;

/** A run, and what is known of its last state. */
async function aJob(): Promise<{ world: World; job: CheckpointJob }> {
  const world = await World.open();
  const run = await world.start(PROGRAM);
  await world.play();
  const { record, checkpoint, deltas } = await world.store.loadRun(run);
  return {
    world,
    job: {
      run: record,
      checkpoint: checkpoint?.chunks ?? [],
      deltas: deltas.map(({ bytes }) => bytes),
    },
  };
}

test('makes what this process makes, of several states at once', async () => {
  const maker = new CheckpointProcess();
  const { registry } = openLibrary();
  const jobs = await Promise.all([aJob(), aJob()]);
  const asked: string[] = [];
  const made = await Promise.all(
    jobs.map(({ world, job }) =>
      maker.make(job, (hash) => {
        asked.push(hash);
        return world.store.getCode(hash);
      }),
    ),
  );
  for (const [i, { world, job }] of jobs.entries()) {
    const here = await makeCheckpoint(job, new Programs(world.store, registry), registry);
    expect(here.texts.length).toBeGreaterThan(4);
    expect(made[i]).toEqual(here);
  }
  // Both are of one program, which it is told once.
  expect(new Set(asked).size).toBe(asked.length);
  await maker.close();
});

test('says what is wrong with a state, and makes the next one', async () => {
  const maker = new CheckpointProcess();
  const { world, job } = await aJob();
  const getCode = (hash: string): Promise<Uint8Array> => world.store.getCode(hash);
  await expect(maker.make({ ...job, deltas: job.deltas.slice(1) }, getCode)).rejects.toThrow();
  await expect(maker.make(job, () => Promise.reject(new Error('no code')))).rejects.toThrow();
  expect((await maker.make(job, getCode)).chunks.length).toBeGreaterThan(0);
  await maker.close();
});

test('is given up when it is closed, whatever it is at', async () => {
  const maker = new CheckpointProcess();
  const { world, job } = await aJob();
  const made = maker.make(job, (hash) => world.store.getCode(hash));
  const next = maker.make(job, (hash) => world.store.getCode(hash));
  await Promise.all([
    expect(made).rejects.toThrow('closed'),
    expect(next).rejects.toThrow('closed'),
    maker.close(),
  ]);
  await expect(maker.make(job, () => Promise.reject(new Error()))).rejects.toThrow('closed');
});

test.skipIf(process.platform !== 'linux')('holds none of the files of who started it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'flow-checkpoint-'));
  const store = await openLevelStore(join(folder, 'store'), {
    home: 'here',
    create: { id: 'store-1', atMs: 0 },
  });
  const maker = new CheckpointProcess();
  const { world, job } = await aJob();
  await maker.make(job, (hash) => world.store.getCode(hash));
  const files = `/proc/${maker['child']?.pid}/fd`;
  const open = readdirSync(files).map((fd) => readlinkSync(join(files, fd)));
  expect(open.filter((file) => file.startsWith(folder))).toEqual([]);
  await maker.close();
  await store.close();
  rmSync(folder, { recursive: true });
});
