// Changing waiting runs by hand: flowvm answer, flowvm set.

import { afterAll, describe, expect, test } from 'vitest';
import { Bench } from './command.ts';

const bench = new Bench();
afterAll(() => bench.close());

const APPROVE = `from flow.functions import function
approve = function("approve")
try:
    print("approved:", await approve("a-17"))
except Exception as error:
    print(type(error).__name__, error)
`;

const ASKS = `from flow.http import callback
answer = callback.new()
print(await answer.event)
`;

/** A run that waits, and that nobody drives. */
async function waiting(text: string, ...options: readonly string[]): Promise<string> {
  const file = bench.file('waits.flow', text);
  const running = bench.start('flowmetal', [...options, '--json', file]);
  await running.says(/"event":"waiting"/u);
  running.signal('SIGINT');
  const { stdout } = await running.end();
  return /"run":"([^"]+)"/u.exec(stdout)?.[1] ?? '';
}

const answer = (...words: readonly string[]) => bench.call('flowvm', ['answer', ...words]);

describe('a call of a function', () => {
  test('returns what a person says', async () => {
    const run = await waiting(APPROVE);
    expect(await answer(run, 'true')).toMatchObject({
      status: 0,
      stdout: '',
      stderr: expect.stringMatching(
        new RegExp(`^run ${run}, effect e\\d+: answered\nto let it go on: flowvm resume ${run}`),
      ) as string,
    });
    const { stdout, status } = await bench.call('flowvm', ['resume', run]);
    expect({ stdout, status }).toEqual({ stdout: 'approved: True\n', status: 0 });
    const { stdout: history } = await bench.call('flowvm', ['history', run, '--json']);
    expect(history).toContain('"by-hand"');
  });

  test('raises what a person says', async () => {
    const run = await waiting(APPROVE);
    expect((await answer(run, '--error', 'ValueError: no such order')).status).toBe(0);
    const { stdout } = await bench.call('flowvm', ['resume', run]);
    expect(stdout).toMatch(/ValueError.*no such order|no such order/u);
  });

  test('is answered once: the second is told so', async () => {
    const run = await waiting(APPROVE);
    expect((await answer(run, '1', '--json')).stdout).toMatch(/"told":"accepted"/u);
    const second = await answer(run, '2', '--json');
    expect(second.stdout).toMatch(/"told":"already"/u);
    expect(second.status).toBe(1);
    const { stdout } = await bench.call('flowvm', ['resume', run]);
    expect(stdout).toBe('approved: 1\n');
  });
});

describe('a callback', () => {
  test('brings the text that a person says, and no error', async () => {
    const run = await waiting(ASKS, '--listen', '0');
    const refused = await answer(run, '--error', 'ValueError:no');
    expect(refused.status).toBe(1);
    expect(refused.stderr).toMatch(/a callback brings no errors/u);
    expect((await answer(run, 'yes, do')).status).toBe(0);
    const { stdout } = await bench.call('flowvm', ['resume', run, '--listen', '0']);
    expect(stdout).toBe('yes, do\n');
  });
});

describe('what is no answer', () => {
  test.each([
    [[], /an answer is a value or an error\n {2}say flowvm answer RUN VALUE/u],
    [['1', '--error', 'a:b'], /an answer is a value or an error/u],
    [['--error', 'ab'], /'ab' is no error\n {2}it looks like ValueError:no such order/u],
  ])('is refused before a store is opened: %s', async (words, said) => {
    const { status, stderr } = await answer('run', ...words);
    expect(status).toBe(2);
    expect(stderr).toMatch(said);
  });

  test('is refused by what it is for', async () => {
    const run = await waiting(APPROVE);
    expect((await answer(run, 'yes')).stderr).toMatch(/what a function returns is told as JSON/u);
    expect((await answer(run, '1', '--effect', 'e99')).stderr).toMatch(/asked for no effect e99/u);
    await answer(run, 'true');
    await bench.call('flowvm', ['resume', run]);
    expect((await answer(run, '1')).stderr).toMatch(/waits for nothing: it is done/u);
  });
});

describe('another value', () => {
  const LIMIT = `from flow.time import sleep
limit = 10

def work(n):
    sleep("1s")
    print(n, limit)

work(1)
`;

  test('of a local and of a global is what the program goes on with', async () => {
    const run = await waiting(LIMIT);
    const { stderr, status } = await bench.call('flowvm', ['set', run, 'n=[1, "a"]', 'limit=20']);
    expect(status).toBe(0);
    expect(stderr).toBe(
      `run ${run}: local n will be [1, "a"]\nrun ${run}: global limit will be 20\n` +
        `to let it go on: flowvm resume ${run}\n`,
    );
    const { stdout } = await bench.call('flowvm', ['resume', run]);
    expect(stdout).toBe("[1, 'a'] 20\n");
    const ended = await bench.call('flowvm', ['set', run, 'n=1']);
    expect(ended.stderr).toMatch(/has ended: its values cannot be changed\n {2}to see what would/u);
  });

  test('of a name that is not there is refused, and nothing is set', async () => {
    const run = await waiting(LIMIT);
    const { stderr, status } = await bench.call('flowvm', ['set', run, 'n=2', 'm=1']);
    expect(status).toBe(1);
    expect(stderr).toMatch(/has a local m, and no module a global/u);
    expect((await bench.call('flowvm', ['resume', run])).stdout).toBe('1 10\n');
  });
});
