// The seed's program against wilson, over real HTTP, with each of wilson's faults: both ways of it
// come to their end, by a callback and by polling after the time for one is over.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { Wilson } from '../../examples/wilson/service.ts';
import type { Faults } from '../../examples/wilson/faults.ts';
import { HttpCallbackConnector } from '../../stdlib/connectors/http-callback.ts';
import { HttpRequestConnector } from '../../stdlib/connectors/http-request.ts';
import { openReal } from '../engine/real.ts';
import { compileText } from '../engine/sim.ts';

const root = mkdtempSync(join(tmpdir(), 'flow-reboot-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const program = compileText(
  readFileSync(join(import.meta.dirname, '../../examples/reboot.flow'), 'utf8'),
  'reboot.flow',
);

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

let count = 0;

/** How a reboot ends, and how many jobs wilson has made of it. */
async function reboot(
  faults: Partial<Faults>,
  entry: string,
  more: readonly string[],
): Promise<{ readonly status: unknown; readonly jobs: number }> {
  const directory = join(root, `wilson-${++count}`);
  const wilson = await Wilson.start({ directory, port: 0, stageMs: 30, faults });
  closers.push(() => wilson.close());
  const { driver } = await openReal([
    new HttpRequestConnector({ graceMs: 0 }),
    new HttpCallbackConnector({ listen: { host: '127.0.0.1', port: 0 }, graceMs: 0 }),
  ]);
  closers.push(() => driver.close());
  const args = ['"node-17"', ...more, JSON.stringify(wilson.url)];
  const { run } = await driver.start({ program, entry, args });
  const ending = await driver.ended(run);
  if (ending.kind !== 'done') throw new Error(JSON.stringify(ending));
  const { status } = JSON.parse(ending.json ?? '') as { status: unknown };
  const second = await fetch(`${wilson.url}/api/v3/job/j-2`);
  return { status, jobs: second.status === 404 ? 1 : 2 };
}

describe.each<[string, Partial<Faults>]>([
  ['no fault', {}],
  ['slow answers', { slowMs: 300 }],
  ['answers of 500', { errors: 2 }],
  ['a connection that is cut once the job is made', { resets: 1 }],
  ['a restart in the middle', { restarts: 1 }],
  ['callbacks delivered twice', { callback: 'twice' }],
])('with %s', (_name, faults) => {
  test('the callback ends it', async () => {
    expect(await reboot(faults, 'reboot', [])).toEqual({ status: 'SUCCESS', jobs: 1 });
  });

  test('polling ends it, should no callback come', async () => {
    const lost = { callback: 'lost', ...faults } as const;
    const ended = await reboot(lost, 'reboot_or_poll', ['"400ms"', '"30s"', '0.1']);
    expect(ended).toEqual({ status: 'SUCCESS', jobs: 1 });
  });
});
