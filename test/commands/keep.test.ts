// --keep: how much of its past a run keeps, said once and kept to by whoever drives it.

import { afterAll, describe, expect, test } from 'vitest';
import { Bench } from './command.ts';

const bench = new Bench();
afterAll(() => bench.close());

const LONG = `from flow import checkpoint
from flow.time import sleep
text = ""
for n in range(400):
    text = str(n) * 1500
    checkpoint()
    if n == 200:
        sleep("300ms")
`;

interface Kept {
  readonly run: string;
  readonly keep: string | null;
  readonly sequence: number;
  readonly historyFrom: number;
  readonly statesFrom: number;
}

/** LONG under some options, killed in the middle and resumed under others: as it is left. */
async function left(start: readonly string[], resume: readonly string[] = []): Promise<Kept> {
  bench.file('long.flow', LONG);
  const running = bench.start('flowmetal', ['--json', ...start, 'long.flow']);
  await running.says(/"event":"waiting"/u);
  running.signal('SIGKILL');
  const { stdout } = await running.end();
  const { run } = JSON.parse(stdout.split('\n')[0] ?? '') as { run: string };
  const resumed = await bench.call('flowvm', ['resume', run, ...resume]);
  expect(resumed).toMatchObject({ status: 0 });
  const shown = await bench.call('flowvm', ['show', run, '--json']);
  return JSON.parse(shown.stdout) as Kept;
}

describe('what is kept of a run', () => {
  test('is said when it is started, and kept to when it goes on', async () => {
    const record = await left(['--keep', 'last=60']);
    expect(record.keep).toBe('last 60');
    expect(record.historyFrom).toBeGreaterThan(200);
    expect(record.statesFrom).toBeGreaterThan(200);
    const { stdout } = await bench.call('flowvm', ['show', record.run]);
    const { historyFrom, statesFrom } = record;
    expect(stdout).toContain(
      `\nkept     last 60, history from commit ${historyFrom}, states from commit ${statesFrom}\n`,
    );
    expect(stdout).not.toContain('flow.keep');
    const history = await bench.call('flowvm', ['history', record.run, '--kind', 'print']);
    expect(history.stderr).toBe(`commits 1 to ${historyFrom - 1} are forgotten\n`);
    const past = await bench.call('flowvm', ['show', record.run, '--at', '3']);
    expect(past.status).toBe(1);
    expect((await bench.call('flowvm', ['verify'])).status).toBe(0);
  });

  test('is its own, or else what its driver says', async () => {
    const full = await left(['--keep', 'full'], ['--keep', 'last 60']);
    expect(full).toMatchObject({ keep: 'full', historyFrom: 1, statesFrom: 0 });
    const none = await left([], ['--keep', 'events']);
    expect(none).toMatchObject({ keep: null, historyFrom: 1 });
    expect(none.statesFrom).toBeGreaterThan(200);
  });

  test.each([
    ['flowmetal', ['--keep', 'some', 'long.flow'], /'some' does not say what to keep\n {2}full /u],
    ['flowmetal', ['--label', 'flow.keep=full', 'long.flow'], /no name for a label\n.*--keep/u],
    ['flowmetal', ['--label', 'flow.x=1', 'long.flow'], /no name for a label\n.*own/u],
    ['flowvm', ['resume', '--keep', 'last 0'], /'last 0' does not say what to keep/u],
  ] as const)('is not said by %s %j', async (name, args, said) => {
    bench.file('long.flow', LONG);
    const { status, stderr } = await bench.call(name, args);
    expect({ status, stderr }).toEqual({ status: 2, stderr: expect.stringMatching(said) });
  });
});
