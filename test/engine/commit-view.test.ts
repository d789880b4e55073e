// Commits as people are told of them: why each began, what came in and what was asked for.

import { describe, expect, test } from 'vitest';
import { effectKinds } from '../../stdlib/connectors/kinds.ts';
import { commitSince, viewCommits, type CommitView } from '../../vm/engine/commit-view.ts';
import type { RunId } from '../../vm/store/store.ts';
import { Outside, response, SimHttp } from './sim-http.ts';
import { START_MS, World } from './sim.ts';

async function all(world: World, run: RunId, from = 1): Promise<CommitView[]> {
  const views: CommitView[] = [];
  for await (const view of viewCommits(world.store, effectKinds, { run, from })) views.push(view);
  return views;
}

const REFUND = `
import sys
from flow import checkpoint
from flow.http import callback, request
from flow.time import sleep, timeout

print("asks")
request.post("https://bank.example/refunds", json={"order": 7})
print("answered", file=sys.stderr)
checkpoint()
cb = callback.new()
try:
    with timeout("1h"):
        await cb.event
except Timeout:
    pass
sleep("90d")
`;

async function refund(): Promise<{ readonly world: World; readonly run: RunId }> {
  const outside = new Outside(() => ({ afterMs: 5, answer: response(200, 'ok') }));
  const world = await World.open({
    connectors: () => [new SimHttp(outside), callbacks],
  });
  const run = await world.start(REFUND);
  await world.play(START_MS + 2 * 3_600_000);
  await world.driver.cancel(run, 'enough');
  await world.play(START_MS + 3 * 3_600_000);
  return { world, run };
}

/** Gives callbacks an address; nobody calls. */
const callbacks = {
  kind: 'http.callback',
  address: 'http://here',
  start: () => Promise.resolve(),
  deliver: () => Promise.resolve(),
  cancel: () => {},
  stop: () => Promise.resolve(),
};

describe('the commits of a run', () => {
  test('say what came in, what was asked, printed and given up, and why it woke', async () => {
    const { world, run } = await refund();
    const views = await all(world, run);
    expect(views.map(({ sequence }) => sequence)).toEqual(views.map((_, i) => i + 1));
    const [first, ...others] = views;
    expect(first).toMatchObject({
      wakes: ['start'],
      stdout: 'asks\n',
      asked: [
        { effect: 'e1', kind: 'http.request', description: 'POST https://bank.example/refunds' },
      ],
      waits: { tasks: 1, rows: [{ place: { line: 8 }, on: { kind: 'effect' } }] },
    });
    const answered = others.find(({ answers }) => answers.length > 0);
    expect(answered).toMatchObject({
      wakes: ['answer'],
      answers: [{ effect: 'e1', description: 'POST https://bank.example/refunds' }],
    });
    expect(views.map(({ stderr }) => stderr).join('')).toBe('answered\n');
    expect(others.find(({ wakes }) => wakes.includes('driver'))).toMatchObject({
      asked: [{ kind: 'http.callback', description: expect.stringMatching(/^a callback to /u) }],
    });
    expect(others.find(({ wakes }) => wakes.includes('time'))).toMatchObject({
      atMs: expect.toSatisfy((ms: number) => ms >= START_MS + 3_600_000),
      waits: { rows: [{ place: { line: 17 }, on: { kind: 'timer' } }] },
    });
    expect(views.at(-1)).toMatchObject({
      wakes: ['message'],
      messages: [{ name: 'cancel' }],
      givenUp: [{ kind: 'http.callback', description: expect.stringMatching(/^a callback to /u) }],
      status: { kind: 'cancelled' },
      waits: null,
    });
  });

  test('say the same wherever one begins to read', async () => {
    const { world, run } = await refund();
    const views = await all(world, run);
    for (const { sequence } of views) {
      expect(await all(world, run, sequence)).toEqual(views.slice(sequence - 1));
    }
  });

  test('are found by their moment', async () => {
    const { world, run } = await refund();
    const record = (await world.store.getRun(run))!;
    const views = await all(world, run);
    for (const ms of [0, START_MS + 5, START_MS + 3_600_000, START_MS + 10 * 3_600_000]) {
      const before = views.filter(({ atMs }) => atMs < ms).length;
      expect(await commitSince(world.store, record, ms)).toBe(before + 1);
    }
  });
});
